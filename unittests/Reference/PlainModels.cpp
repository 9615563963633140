//===- PlainModels.cpp - The zoo's models as plain C++ --------------------===//
#include "PlainModels.h"

namespace cortex::reference {

/// Leaf: h = E[word]; internal: h = tanh(h_l + h_r).
template <typename R> typename Plain<R>::States Plain<R>::treeRnn() {
  std::vector<V> h = perNode();
  visit([&](size_t n) {
    auto k = children(n);
    h[n] = leaf(n) ? word(n) : tanh(h[k[0]] + h[k[1]]);
  });
  return {flat(h)};
}

/// Leaf: h = E[word]; internal: h = relu([h_l; h_r] W + b); at the roots y = h P + c.
template <typename R> typename Plain<R>::States Plain<R>::treeFc() {
  std::vector<V> h = perNode(), y;
  visit([&](size_t n) {
    auto k = children(n);
    h[n] =
        leaf(n) ? word(n) : relu(vecmat(cat(h[k[0]], h[k[1]]), param("composition.weight"), param("composition.bias")));
  });
  for (size_t n = 0; n < h.size(); ++n)
    if (parent_[n] < 0)
      y.push_back(vecmat(h[n], param("projection.weight"), param("projection.bias")));
  return {flat(h), flat(y)};
}

/// Tai et al. (2015), equations 2 to 8, with x at leaves only.
template <typename R> typename Plain<R>::States Plain<R>::treeLstm() {
  std::vector<V> h = perNode(), c = perNode();
  size_t size = params_.at("bf").values.size();
  visit([&](size_t n) {
    V hs = sum(n, size, [&](size_t k) { return h[k]; });
    auto product = [&](int g) {
      return leaf(n) ? matvec(gate("W", g), word(n), row("b", g)) : matvec(gate("U", g), hs, row("b", g));
    };
    V i = sigmoid(product(0)), o = sigmoid(product(1)), u = tanh(product(2));
    c[n] = i * u + sum(n, size, [&](size_t k) { return sigmoid(matvec(param("Uf"), h[k], param("bf"))) * c[k]; });
    h[n] = o * tanh(c[n]);
  });
  return {flat(h), flat(c)};
}

/// Tai et al. (2015), equations 9 to 14: U and U_f over all children's h side by side.
template <typename R> typename Plain<R>::States Plain<R>::naryTreeLstm() {
  std::vector<V> h = perNode(), c = perNode();
  size_t size = params_.at("bf").values.size(), arity = params_.at("Uf").shape[0];
  visit([&](size_t n) {
    auto kids = children(n);
    V all;
    for (size_t k = 0; k < arity; ++k)
      all = cat(all, k < kids.size() ? h[kids[k]] : V(size, R(0)));
    auto product = [&](int g) {
      return leaf(n) ? matvec(gate("W", g), word(n), row("b", g)) : matvec(gate("U", g), all, row("b", g));
    };
    c[n] = sigmoid(product(0)) * tanh(product(2));
    for (size_t k = 0; k < kids.size(); ++k)
      c[n] = c[n] + sigmoid(matvec(row("Uf", k), all, param("bf"))) * c[kids[k]];
    h[n] = sigmoid(product(1)) * tanh(c[n]);
  });
  return {flat(h), flat(c)};
}

/// z, r, h' of the child-sum GRU; h = z*h̃ + (1 - z)*h', without the first term in the simple one.
template <typename R> typename Plain<R>::States Plain<R>::treeGru(bool simple) {
  std::vector<V> h = perNode();
  bool swapped = mistake_ == Mistake::SwappedGates;
  visit([&](size_t n) {
    V hs = sum(n, params_.at("b_z").values.size(), [&](size_t k) { return h[k]; });
    if (leaf(n)) {
      V z = sigmoid(matvec(param("W_z"), word(n), param("b_z")));
      h[n] = oneMinus(z) * tanh(matvec(param("W_h"), word(n), param("b_h")));
      return;
    }
    V z = sigmoid(matvec(param(swapped ? "U_r" : "U_z"), hs, param("b_z")));
    V r = sigmoid(matvec(param(swapped ? "U_z" : "U_r"), hs, param("b_r")));
    V fresh = oneMinus(z) * tanh(matvec(param("U_h"), r * hs, param("b_h")));
    h[n] = simple ? fresh : z * hs + fresh;
  });
  return {flat(h)};
}

/// Socher et al. (2012): p = tanh(W [B a; A b] + bias), P = W_M [A; B].
template <typename R> typename Plain<R>::States Plain<R>::mvRnn() {
  std::vector<V> a = perNode(), A = perNode();
  V w = param("W"), wm = param("W_M");
  size_t d = params_.at("bias").values.size();
  visit([&](size_t n) {
    if (leaf(n)) {
      a[n] = word(n);
      A[n] = row("embedding_matrix", symbol("word", n));
      return;
    }
    auto k = children(n);
    a[n] = tanh(matvec(w, cat(matvec(A[k[1]], a[k[0]]), matvec(A[k[0]], a[k[1]])), param("bias")));
    V below = cat(A[k[0]], A[k[1]]), column(2 * d);
    A[n].resize(d * d);
    for (size_t j = 0; j < d; ++j) {
      for (size_t i = 0; i < 2 * d; ++i)
        column[i] = below[i * d + j];
      V y = matvec(wm, column);
      for (size_t i = 0; i < d; ++i)
        A[n][i * d + j] = y[i];
    }
  });
  return {flat(a), flat(A)};
}

/// Socher et al. (2013): p = tanh(xᵀ V x + W x + b), x = [a; b].
template <typename R> typename Plain<R>::States Plain<R>::rntn() {
  std::vector<V> h = perNode();
  visit([&](size_t n) {
    if (leaf(n)) {
      h[n] = word(n);
      return;
    }
    auto k = children(n);
    V x = cat(h[k[0]], h[k[1]]), quadratic;
    for (int64_t i = 0; i < params_.at("V").shape[0]; ++i) {
      V vx = matvec(row("V", i), x);
      quadratic.push_back(dot(x.data(), 1, vx.data(), x.size(), R(0)));
    }
    h[n] = tanh(quadratic + matvec(param("W"), x, param("b")));
  });
  return {flat(h)};
}

/// Shuai et al. (2015): h = relu(U x + W Σ_pred h + b).
template <typename R> typename Plain<R>::States Plain<R>::dagRnn() {
  std::vector<V> h = perNode();
  visit([&](size_t n) {
    V before = sum(n, params_.at("b").values.size(), [&](size_t k) { return h[k]; });
    h[n] = relu(matvec(param("U"), features(n), param("b")) + matvec(param("W"), before));
  });
  return {flat(h)};
}

/// Variables, functions with attention over their arguments, equations.
template <typename R> typename Plain<R>::States Plain<R>::terms() {
  std::vector<V> h = perNode();
  visit([&](size_t n) {
    auto kids = children(n);
    if (batch_.types[n] == 0) {
      h[n] = row("embedding", symbol("name", n));
    } else if (batch_.types[n] == 2) {
      h[n] = tanh(matvec(param("W_l"), h[kids[0]], param("b")) + matvec(param("W_r"), h[kids[1]]));
    } else {
      int32_t s = symbol("sym", n);
      V q = row("Q", s), seen(q.size(), R(0)), scores;
      R most = -std::numeric_limits<R>::infinity(), norm = 0;
      for (int32_t k : kids) {
        scores.push_back(dot(q.data(), 1, h[k].data(), q.size(), R(0)));
        most = std::max(most, scores.back());
      }
      for (size_t k = 0; k < kids.size(); ++k) {
        R weight = std::exp(scores[k] - most);
        norm += weight;
        seen = seen + h[kids[k]] * V(q.size(), weight);
      }
      h[n] = relu(matvec(row("Wfn", s), seen * V(q.size(), 1 / norm)));
    }
  });
  return {flat(h)};
}

/// One layer of torch.nn.LSTM in one direction, gates i, f, g, o.
template <typename R>
std::vector<Vec<R>> Plain<R>::lstmLayer(const std::vector<V> &x, const std::string &suffix, bool down, States &states) {
  std::vector<V> h = perNode(), c = perNode();
  size_t size = params_.at("bias_hh" + suffix).values.size() / 4;
  auto cell = [&](size_t n) {
    int32_t last = down ? parent_[n] : leaf(n) ? -1 : children(n)[0];
    V zero(size, R(0)), hl = last < 0 ? zero : h[last], cl = last < 0 ? zero : c[last];
    auto g = [&](int i) {
      return matvec(torchGate("weight_ih" + suffix, i, 4), x[n], torchGate("bias_ih" + suffix, i, 4)) +
             matvec(torchGate("weight_hh" + suffix, i, 4), hl, torchGate("bias_hh" + suffix, i, 4));
    };
    c[n] = sigmoid(g(1)) * cl + sigmoid(g(0)) * tanh(g(2));
    h[n] = sigmoid(g(3)) * tanh(c[n]);
  };
  visit(cell, down);
  states.push_back(flat(h));
  states.push_back(flat(c));
  return h;
}

/// One layer of torch.nn.GRU in one direction, gates r, z, n.
template <typename R>
std::vector<Vec<R>> Plain<R>::gruLayer(const std::vector<V> &x, const std::string &s, bool down, States &states) {
  std::vector<V> h = perNode();
  size_t size = params_.at("bias_hh" + s).values.size() / 3;
  auto cell = [&](size_t n) {
    int32_t before = down ? parent_[n] : leaf(n) ? -1 : children(n)[0];
    V last = before < 0 ? V(size, R(0)) : h[before];
    auto gi = [&](int i) { return matvec(torchGate("weight_ih" + s, i, 3), x[n], torchGate("bias_ih" + s, i, 3)); };
    auto gh = [&](int i) { return matvec(torchGate("weight_hh" + s, i, 3), last, torchGate("bias_hh" + s, i, 3)); };
    V r = sigmoid(gi(0) + gh(0)), z = sigmoid(gi(1) + gh(1));
    h[n] = oneMinus(z) * tanh(gi(2) + r * gh(2)) + z * last;
  };
  visit(cell, down);
  states.push_back(flat(h));
  return h;
}

/// A stack of layers; both directions' h side by side are the next one's input, and in the end the output.
template <typename R> typename Plain<R>::States Plain<R>::stack(bool isLstm) {
  States states;
  std::vector<V> x = perNode();
  for (size_t n = 0; n < x.size(); ++n)
    x[n] = features(n);
  for (int layer = 0; params_.count("weight_ih_l" + std::to_string(layer)); ++layer) {
    std::vector<V> both = perNode();
    for (bool down : {false, true}) {
      std::string suffix = "_l" + std::to_string(layer) + (down ? "_reverse" : "");
      if (!params_.count("weight_ih" + suffix))
        continue;
      std::vector<V> h = isLstm ? lstmLayer(x, suffix, down, states) : gruLayer(x, suffix, down, states);
      for (size_t n = 0; n < h.size(); ++n)
        both[n] = cat(both[n], h[n]);
    }
    x = both;
  }
  if (params_.count("readout.weight"))
    states.push_back(readout(each_ ? x : ofRoots(x)));
  else if (params_.count("weight_ih_l0_reverse"))
    states.push_back(flat(each_ ? x : ofRoots(x)));
  return states;
}

/// Tree convolution over (node, left, right), norm over all elements of the tree, relu, again, max over the nodes.
template <typename R> typename Plain<R>::States Plain<R>::planConv() {
  auto hop = [&](const std::vector<V> &v, size_t n, const char *w, const char *b) {
    auto kids = children(n);
    V zero(v[n].size(), R(0));
    V x = cat(cat(v[n], kids.size() > 0 ? v[kids[0]] : zero), kids.size() > 1 ? v[kids[1]] : zero);
    return matvec(param(w), x, param(b));
  };
  std::vector<V> x = perNode(), y = perNode(), a = perNode(), z = perNode();
  V means, deviations, pooled;
  for (size_t n = 0; n < x.size(); ++n)
    x[n] = features(n);
  for (size_t n = 0; n < x.size(); ++n)
    y[n] = hop(x, n, "W1", "b1");
  for (size_t s = 0; s < batch_.structures(); ++s) {
    size_t begin = batch_.node_offsets[s], end = batch_.node_offsets[s + 1];
    // Means of the nodes' means, as the model says.
    auto average = [&](const std::function<R(R)> &f) {
      R total = 0;
      for (size_t n = begin; n < end; ++n) {
        R own = 0;
        for (R v : y[n])
          own += f(v);
        total += own / static_cast<R>(y[n].size());
      }
      return total / static_cast<R>(end - begin);
    };
    R mean = average([](R v) { return v; });
    R variance = average([&](R v) { return (v - mean) * (v - mean); });
    bool f64 = batch_.find("x")->dtype == DType::F64;
    R deviation = std::sqrt(variance + (f64 ? R(1e-5) : R(1e-5f)));
    for (size_t n = begin; n < end; ++n)
      for (R v : y[n])
        a[n].push_back(std::max(R(0), (v - mean) / deviation));
    means.push_back(mean);
    deviations.push_back(deviation);
  }
  for (size_t n = 0; n < x.size(); ++n)
    z[n] = relu(hop(a, n, "W2", "b2"));
  for (size_t s = 0; s < batch_.structures(); ++s) {
    V most = z[batch_.node_offsets[s]];
    for (int32_t n = batch_.node_offsets[s]; n < batch_.node_offsets[s + 1]; ++n)
      most = zip<R>(most, z[n], [](R p, R q) { return std::max(p, q); });
    pooled = cat(pooled, most);
  }
  return {flat(y), means, deviations, flat(a), flat(z), pooled};
}

/// Up: h = tanh(W x + b) or tanh(U Σ h_k + b). Down: d = tanh(V h + R d_parent + c).
template <typename R> typename Plain<R>::States Plain<R>::upDown() {
  std::vector<V> h = perNode(), d = perNode();
  visit([&](size_t n) {
    V hs = sum(n, params_.at("b").values.size(), [&](size_t k) { return h[k]; });
    h[n] = tanh(leaf(n) ? matvec(param("W"), word(n), param("b")) : matvec(param("U"), hs, param("b")));
  });
  auto down = [&](size_t n) {
    V above = parent_[n] < 0 ? V(h[n].size(), R(0)) : d[parent_[n]];
    d[n] = tanh(matvec(param("V"), h[n], param("c")) + matvec(param("R"), above));
  };
  visit(down, true);
  return {flat(h), flat(d)};
}

/// y = W v + b of each item.
template <typename R> Vec<R> Plain<R>::readout(const std::vector<V> &items) {
  V all;
  for (const V &v : items)
    all = cat(all, matvec(param("readout.weight"), v, param("readout.bias")));
  return all;
}

template <typename R> std::vector<Vec<R>> Plain<R>::ofRoots(const std::vector<V> &nodes) const {
  std::vector<V> roots;
  for (size_t n = 0; n < nodes.size(); ++n)
    if (parent_[n] < 0)
      roots.push_back(nodes[n]);
  return roots;
}

/// The items of a flat state.
template <typename R> std::vector<Vec<R>> Plain<R>::itemsOf(const V &state, size_t items) {
  std::vector<V> all;
  all.reserve(items);
  for (size_t i = 0; i < items; ++i)
    all.emplace_back(state.begin() + i * (state.size() / items), state.begin() + (i + 1) * (state.size() / items));
  return all;
}

template <typename R> typename Plain<R>::States Plain<R>::run(const std::string &model) {
  static const std::map<std::string, std::function<States(Plain &)>> kModels{{"TreeRNN", [](Plain &p) { return p.treeRnn(); }},
                                                                             {"TreeFC", [](Plain &p) { return p.treeFc(); }},
                                                                             {"TreeLSTM", [](Plain &p) { return p.treeLstm(); }},
                                                                             {"NaryTreeLSTM", [](Plain &p) { return p.naryTreeLstm(); }},
                                                                             {"TreeGRU", [](Plain &p) { return p.treeGru(false); }},
                                                                             {"SimpleTreeGRU", [](Plain &p) { return p.treeGru(true); }},
                                                                             {"MVRNN", [](Plain &p) { return p.mvRnn(); }},
                                                                             {"RNTN", [](Plain &p) { return p.rntn(); }},
                                                                             {"DAGRNN", [](Plain &p) { return p.dagRnn(); }},
                                                                             {"Terms", [](Plain &p) { return p.terms(); }},
                                                                             {"LSTM", [](Plain &p) { return p.stack(true); }},
                                                                             {"GRU", [](Plain &p) { return p.stack(false); }},
                                                                             {"PlanConv", [](Plain &p) { return p.planConv(); }},
                                                                             {"UpDown", [](Plain &p) { return p.upDown(); }}};
  auto found = kModels.find(model);
  if (found == kModels.end())
    return {};
  States states = found->second(*this);
  if (model == "LSTM" || model == "GRU" || !params_.count("readout.weight"))
    return states;
  // The readout is of the first state at the roots, of the last one at the structures (PlanConv) or nodes (UpDown).
  if (model == "PlanConv")
    states.push_back(readout(itemsOf(states.back(), batch_.structures())));
  else if (model == "UpDown")
    states.push_back(readout(itemsOf(states.back(), batch_.nodes())));
  else
    states.push_back(readout(ofRoots(itemsOf(states.front(), batch_.nodes()))));
  return states;
}

template class Plain<float>;
template class Plain<double>;

} // namespace cortex::reference
