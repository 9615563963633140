#include "Author.h"

using namespace cortex;
using namespace cortex::build;

namespace cortex::fuzz {

/// Often the newest, so that values build on each other.
Value Author::pick(Scope &s) {
  return oneIn(2) ? s.pool.back() : pickFrom(s.pool);
}

/// `v` with another shape.
Value Author::fit(Value v, const Shape &to) {
  if (v.shape() == to)
    return v;
  const int64_t from = elementsOf(v.shape()), want = elementsOf(to);
  Value flat = v.shape().size() == 1 ? v : reshape(v, {from});
  switch (random.below(4)) {
  case 0:
    return broadcast(oneIn(2) ? max(v) : mean(v), to);
  case 1:
    if (want * from <= 2500)
      return reshape(matvec(param({want, from}), flat), to);
    [[fallthrough]];
  case 2:
    if ((to.size() == 2 || to.size() == 3) && want * from <= 2500) {
      Shape w = to;
      w.push_back(from);
      return matvec(param(w), flat);
    }
    [[fallthrough]];
  default: {
    std::vector<Operand> parts;
    for (int64_t have = 0; have < want; have += from)
      parts.emplace_back(flat);
    if (parts.size() > 64)
      return broadcast(mean(v), to);
    Value all = parts.size() == 1 ? flat : concat(parts);
    return reshape(slice(all, 0, random.below(elementsOf(all.shape()) - want + 1), want), to);
  }
  }
}

Value Author::operation(Scope &s) {
  switch (random.below(s.edge ? 9 : 12)) {
  case 0:
  case 1:
  case 2:
    return elementwise(s);
  case 3:
  case 4:
    return shaping(s);
  case 5:
    return reduction(s);
  case 6:
  case 7:
    return product(s);
  case 8:
    return read(s);
  default:
    return s.place == Place::Roots ? read(s) : neighbours(s);
  }
}

Value Author::elementwise(Scope &s) {
  Value v = pick(s);
  switch (random.below(14)) {
  case 0:
    return exp(minimum(v, 2.0));
  case 1:
    return log(abs(v) + 0.5);
  case 2:
    return sqrt(abs(v));
  case 3:
    return tanh(v);
  case 4:
    return sigmoid(v);
  case 5:
    return erf(v);
  case 6:
    return gelu(v);
  case 7:
    return relu(v) - 0.25;
  case 8:
    return v + fit(pick(s), v.shape());
  case 9: {
    const Value factor = fit(pick(s), v.shape());
    return v * (oneIn(4) ? minimum(maximum(factor, -4.0), 4.0) : tanh(factor));
  }
  case 10:
    return v / (abs(fit(pick(s), v.shape())) + 0.75);
  case 11:
    return maximum(v, fit(pick(s), v.shape())) - minimum(v, 0.125);
  case 12:
    return -v;
  default:
    return select(less(v, fit(pick(s), v.shape())), v, oneIn(2) ? Operand(0.5) : Operand(tanh(v)));
  }
}

Value Author::shaping(Scope &s) {
  Value v = pick(s);
  const Shape sizes = v.shape();
  if (sizes.empty())
    return broadcast(v, shape());
  const int64_t d = dim(v), size = sizes[static_cast<size_t>(d)];
  switch (random.below(8)) {
  case 0:
    return elementsOf(sizes) > 200 ? v : concat({v, tanh(v), v}, d);
  case 1: {
    const int64_t width = 1 + random.below(size);
    return slice(v, d, random.below(size - width + 1), width);
  }
  case 2:
    return v[random.below(sizes[0])];
  case 3: {
    std::vector<int64_t> order(sizes.size());
    for (size_t i = 0; i < order.size(); ++i)
      order[i] = static_cast<int64_t>((i + 1) % order.size());
    return transpose(v, order);
  }
  case 4:
    return reshape(v, {elementsOf(sizes)});
  case 5:
    return elementsOf(sizes) > 200 ? v : stack({v, fit(pick(s), sizes)}, random.below(2));
  case 6:
    return softmax(v, d);
  default:
    return layerNorm(v, 0.25);
  }
}

Value Author::reduction(Scope &s) {
  Value v = pick(s);
  if (v.shape().empty())
    return v * 0.5;
  switch (random.below(4)) {
  case 0:
    return sum(v, {dim(v)}) * 0.25;
  case 1:
    return mean(v);
  case 2:
    return max(v, {dim(v)});
  default:
    return min(v, {dim(v)});
  }
}

Value Author::product(Scope &s) {
  Value v = pick(s);
  const Shape sizes = v.shape();
  if (sizes.empty() || elementsOf(sizes) > 400)
    return mean(v) + param({});
  const int64_t k = sizes.back(), n = sizes.size() == 1 ? width() : 1 + random.below(20);
  if (sizes.size() == 1)
    switch (random.below(8)) {
    case 0:
      return matvec(param({n, k}), v, param({n}));
    case 1:
      return matvec(param({2, n, k}), v);
    case 2:
      return vecmat(v, param({k, n}));
    case 3:
      return dot(v, tanh(fit(pick(s), {k}))) * 0.25;
    case 4:
      if (k <= 16 && random.below(2) == 0) { // a quadratic form
        const Value both = concat({v, tanh(fit(pick(s), {2}))});
        return bilinear(both, param({3, k + 2, k + 2}), both) * 0.25;
      }
      return bilinear(v, param({3, k, 2}), tanh(fit(pick(s), {2})));
    case 5:
    case 6: { // a matrix for each symbol
      int64_t domain = 0;
      const Symbol at = symbol(s, domain);
      return matvec(param({domain, n * k * domain > 20000 ? 3 : n, k})[at], v);
    }
    default:
      return matvec(tanh(fit(pick(s), {3, k})), v);
    }
  if (sizes.size() == 2)
    switch (random.below(4)) {
    case 0:
      return matmul(v, param({k, n}));
    case 1:
      return matmul(param({2, sizes[0]}), v);
    case 2:
      return matmul(v, tanh(fit(pick(s), {k, 3}))) * 0.25;
    default:
      return contract("bik,bk->bi", param({sizes[0], 3, k}), v);
    }
  return sizes.size() == 3 ? contract("abk,k->ab", v, param({k})) : sum(v, {0}) * 0.5;
}

} // namespace cortex::fuzz
