//===- FakeFixture.h - Batches for the fake program, and their answers ----===//
#ifndef CORTEX_UNITTESTS_RUNTIME_FAKEFIXTURE_H
#define CORTEX_UNITTESTS_RUNTIME_FAKEFIXTURE_H

#include "FakeProgram.h"
#include "TestBatch.h"
#include "cortex/cortex.hpp"

#include <functional>

namespace cortex::test {

/// Small numbers whose sums are not exact in T, so that the order of additions shows.
template <class T> std::vector<T> randomValues(size_t n, std::mt19937 &random) {
  std::vector<T> v(n);
  for (T &x : v)
    x = static_cast<T>(static_cast<double>(random() % 2001) / 977.0 - 1.0);
  return v;
}

/// The fake program as this manifest describes it.
inline Program fakeProgram(const Manifest &manifest) {
  auto *fake = new FakeEntry(manifest); // lives as long as the program
  return Program::fromEntry(fake->entry, [](void *p) { delete static_cast<FakeEntry *>(p); }, fake);
}
inline Program fakeProgram(DType type = DType::F32, StructureKind kind = StructureKind::Dag) {
  return fakeProgram(fakeManifest(type, kind));
}

/// A session that exactly `workers` workers run.
inline Session sessionOf(const Model &model, uint32_t workers, uint32_t flags = 0, uint64_t budget = 0) {
  cortex_session_options options{};
  options.exact_workers = workers;
  options.flags = flags;
  options.scratch_budget = budget;
  return Session(model, options);
}

template <class T> std::vector<T> fakeWeights() {
  std::mt19937 random(42);
  return randomValues<T>(kWordDomain * kUnits, random);
}

template <class T> constexpr cortex_dtype dtypeOf() {
  return sizeof(T) == 4 ? CORTEX_F32 : CORTEX_F64;
}

template <class T> Model fakeModel(const Program &program, const Team &team = Team(), uint32_t flags = 0) {
  const std::vector<T> e = fakeWeights<T>();
  const uint64_t shape[] = {kWordDomain, kUnits};
  const cortex_tensor tensor{"E", dtypeOf<T>(), 2, shape, e.data()};
  return Model(program, std::span(&tensor, 1), team, flags);
}

/// A batch with random inputs.
template <class T> struct FakeBatch : TestBatch {
  void finish(std::mt19937 &random) {
    for (int32_t n = 0; n < nodes(); ++n) // inner nodes have no word: what stands there must not be read
      word.push_back(childOffsets[n] == childOffsets[n + 1] ? static_cast<int32_t>(random() % kWordDomain) : -1);
    for (int32_t e = 0; e < edges(); ++e)
      label.push_back(static_cast<int32_t>(random() % kLabelDomain));
    x = randomValues<T>(static_cast<size_t>(nodes()) * kUnits, random);
    weight = randomValues<T>(static_cast<size_t>(edges()), random);
    topic = randomValues<T>(static_cast<size_t>(structures()) * kUnits, random);
    inputs = {word.data(), x.data(), label.data(), weight.data(), topic.data()};
  }

  std::vector<int32_t> word, label;
  std::vector<T> x, weight, topic;
};

template <class T> FakeBatch<T> randomFakeBatch(uint32_t seed, int32_t structures, int32_t most, bool dag) {
  std::mt19937 random(seed);
  FakeBatch<T> b;
  for (int32_t s = 0; s < structures; ++s) {
    const auto n = static_cast<int32_t>(1 + random() % most);
    b.add(renumber(dag ? randomDag(n, random) : randomTree(n, 3, random), static_cast<Ids>(random() % 3), random));
  }
  b.finish(random);
  return b;
}

/// The four outputs by the formulas in FakeProgram.h, additions in the order
/// that the ABI promises. `up`: as fakeUpManifest has it.
template <class T> std::vector<std::vector<T>> expectedOutputs(const FakeBatch<T> &b, bool up = false) {
  const auto n = static_cast<size_t>(b.nodes());
  const std::vector<T> e = fakeWeights<T>();
  std::vector<T> h(n * kUnits), d(n * kUnits), s = b.topic, dr, y;
  std::vector<std::vector<int32_t>> parents(n);
  for (int32_t p = 0; p < b.nodes(); ++p)
    for (int32_t k = b.childOffsets[p]; k < b.childOffsets[p + 1]; ++k)
      parents[b.children[k]].push_back(p);

  std::vector<uint8_t> done(n, 0);
  std::function<void(int32_t)> visit = [&](int32_t p) {
    if (done[p]++)
      return;
    const int32_t first = b.childOffsets[p], last = b.childOffsets[p + 1];
    for (int32_t k = first; k < last; ++k)
      visit(b.children[k]);
    for (uint32_t i = 0; i < kUnits; ++i) {
      T sum = b.x[p * kUnits + i];
      if (first == last)
        sum += 2 * e[b.word[p] * kUnits + i];
      for (int32_t k = first; k < last; ++k)
        sum += h[b.children[k] * kUnits + (i + 3) % kUnits] * static_cast<T>(1 + k - first) +
               b.weight[k] * static_cast<T>(b.label[k]);
      h[p * kUnits + i] = sum;
    }
  };
  for (int32_t p = 0; p < b.nodes(); ++p)
    visit(p);

  std::fill(done.begin(), done.end(), 0);
  std::function<void(int32_t)> down = [&](int32_t c) {
    if (done[c]++)
      return;
    for (int32_t p : parents[c])
      down(p);
    for (uint32_t i = 0; i < kUnits; ++i) {
      T sum = h[c * kUnits + i] / 2;
      for (int32_t p : up ? std::vector<int32_t>() : parents[c])
        sum += d[p * kUnits + (i + 1) % kUnits];
      d[c * kUnits + i] = sum;
    }
  };
  for (int32_t c = 0; c < b.nodes(); ++c)
    down(c);

  std::vector<int32_t> roots = b.roots;
  for (int32_t c = 0; c < b.nodes() && b.rootOffsets.empty(); ++c)
    if (parents[c].empty())
      roots.push_back(c);
  for (int32_t st = 0; st < b.structures(); ++st)
    for (int32_t c = b.nodeOffsets[st]; c < b.nodeOffsets[st + 1]; ++c)
      for (uint32_t i = 0; i < kUnits; ++i)
        s[st * kUnits + i] += h[c * kUnits + i];
  for (int32_t r : roots)
    for (uint32_t i = 0; i < kUnits; ++i) {
      dr.push_back(d[r * kUnits + i]);
      y.push_back(d[r * kUnits + (i + 3) % kUnits]);
    }
  return {h, dr, s, y};
}

/// The bytes of all outputs of a run.
template <class T> std::vector<std::vector<T>> runBatch(Session &session, const FakeBatch<T> &b) {
  Outputs outputs(Program([&] {
    cortex_program *p = cortex_model_program(cortex_session_model(session.get()));
    cortex_program_retain(p);
    return p;
  }()));
  session.run(b.view(), outputs);
  std::vector<std::vector<T>> all;
  for (uint32_t i = 0; i < 4; ++i) {
    auto v = outputs.values<T>(i);
    all.emplace_back(v.begin(), v.end());
  }
  return all;
}

} // namespace cortex::test
#endif // CORTEX_UNITTESTS_RUNTIME_FAKEFIXTURE_H
