#include "Elementwise.h"
#include "Others.h"

#include <cmath>

namespace cortex::bench {

namespace {

/// Each thread runs whole trees: the weights are small, and nothing is exchanged.
class PlanConv final : public Side {
public:
  PlanConv(int features, int channels1, int channels2, const reference::Params &weights, int threads)
      : f(features), c1(channels1), c2(channels2), threads(threads), b1(floatsOf(weights, "b1")),
        b2(floatsOf(weights, "b2")), team(threads), parts(static_cast<size_t>(threads)) {
    const std::vector<float> w1 = floatsOf(weights, "W1"), w2 = floatsOf(weights, "W2");
    team.run([&](int thread) {
      setOneDnnThreads(1);
      Part &part = parts[static_cast<size_t>(thread)];
      part.first = std::make_unique<Product>(w1.data(), c1, 3 * f);
      part.second = std::make_unique<Product>(w2.data(), c2, 3 * c1);
    });
  }

  void forward(std::span<const Structure *const> structures, float *out) override {
    team.run([&](int thread) {
      const auto count = static_cast<int>(structures.size());
      const Units own = unitsOf(count, thread, threads);
      if (own.count > 0)
        run(parts[static_cast<size_t>(thread)],
            structures.subspan(static_cast<size_t>(own.first), static_cast<size_t>(own.count)),
            out + static_cast<size_t>(own.first) * static_cast<size_t>(c2));
    });
  }

private:
  struct Part {
    std::unique_ptr<Product> first, second;
    std::vector<const Node *> nodes;
    std::vector<int> left, right, start; ///< children's places or -1; [structures + 1]
    Buffer inputs, hidden, wide, last;
  };

  int visit(Part &part, const Node *n) {
    const int l = n->count > 0 ? visit(part, n->at(0)) : -1, r = n->count > 1 ? visit(part, n->at(1)) : -1;
    part.nodes.push_back(n);
    part.left.push_back(l);
    part.right.push_back(r);
    return static_cast<int>(part.nodes.size()) - 1;
  }

  /// to = x or 0.
  static float *put(float *to, const float *x, int count) {
    if (x)
      std::memcpy(to, x, static_cast<size_t>(count) * sizeof(float));
    else
      std::memset(to, 0, static_cast<size_t>(count) * sizeof(float));
    return to + count;
  }

  void run(Part &p, std::span<const Structure *const> structures, float *out) {
    p.nodes.clear();
    p.left.clear();
    p.right.clear();
    p.start.assign(1, 0);
    for (const Structure *s : structures) {
      visit(p, s->front());
      p.start.push_back(static_cast<int>(p.nodes.size()));
    }
    const size_t n = p.nodes.size();
    p.inputs.reserve(n * 3 * static_cast<size_t>(f));
    p.hidden.reserve(n * static_cast<size_t>(c1));
    p.wide.reserve(n * 3 * static_cast<size_t>(c1));
    p.last.reserve(n * static_cast<size_t>(c2));
    auto featuresOf = [&](int at) { return at < 0 ? nullptr : p.nodes[static_cast<size_t>(at)]->features; };
    float *to = p.inputs.data();
    for (size_t i = 0; i < n; ++i)
      to = put(put(put(to, p.nodes[i]->features, f), featuresOf(p.left[i]), f), featuresOf(p.right[i]), f);
    p.first->run(static_cast<int64_t>(n), p.inputs.data(), p.hidden.data());
    for (size_t s = 0; s < structures.size(); ++s)
      normalize(p.hidden.data() + static_cast<size_t>(p.start[s]) * static_cast<size_t>(c1),
                p.start[s + 1] - p.start[s]);
    auto hiddenOf = [&](int at) {
      return at < 0 ? nullptr : p.hidden.data() + static_cast<size_t>(at) * static_cast<size_t>(c1);
    };
    to = p.wide.data();
    for (size_t i = 0; i < n; ++i)
      to = put(put(put(to, hiddenOf(static_cast<int>(i)), c1), hiddenOf(p.left[i]), c1), hiddenOf(p.right[i]), c1);
    p.second->run(static_cast<int64_t>(n), p.wide.data(), p.last.data());
    for (size_t s = 0; s < structures.size(); ++s, out += c2) {
      std::fill(out, out + c2, 0.0f); // relu is never less
      for (int i = p.start[s]; i < p.start[s + 1]; ++i) {
        const float *z = p.last.data() + static_cast<size_t>(i) * static_cast<size_t>(c2);
#pragma clang loop vectorize(assume_safety)
        for (int j = 0; j < c2; ++j)
          out[j] = std::max(out[j], z[j] + b2[static_cast<size_t>(j)]);
      }
    }
  }

  /// relu((y + b1 - mean) / sqrt(variance + 1e-5)) over all elements of `count` nodes.
  void normalize(float *y, int count) {
    const int all = count * c1;
    float sum = 0, squares = 0;
    for (int i = 0; i < count; ++i)
#pragma clang loop vectorize(assume_safety)
      for (int j = 0; j < c1; ++j)
        sum += y[i * c1 + j] += b1[static_cast<size_t>(j)];
    const float mean = sum / static_cast<float>(all);
#pragma clang loop vectorize(assume_safety)
    for (int i = 0; i < all; ++i)
      squares += (y[i] - mean) * (y[i] - mean);
    const float scale = 1.0f / std::sqrt(squares / static_cast<float>(all) + 1e-5f);
#pragma clang loop vectorize(assume_safety)
    for (int i = 0; i < all; ++i)
      y[i] = std::max((y[i] - mean) * scale, 0.0f);
  }

  const int f, c1, c2, threads;
  std::vector<float> b1, b2;
  SpinTeam team;
  std::vector<Part> parts;
};

} // namespace

std::unique_ptr<Side> makePlanConv(int features, int channels1, int channels2, const reference::Params &weights,
                                   int threads) {
  return std::make_unique<PlanConv>(features, channels1, channels2, weights, threads);
}

} // namespace cortex::bench
