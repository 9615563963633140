//===- HostileBatchTest.cpp - Batches with a damaged array ----------------===//
//
// Valid random batches in which one entry (or pointer, or count) is replaced by
// a bad one: negative, out of range, the largest integers, a neighbour's value.
// A plain check here says whether the batch is still valid. If so, its outputs
// are right; if not, the run says where it is at fault, runs nothing and writes
// nothing. Under AddressSanitizer, also that nothing is read past any array.
//
// What no callee can notice is left out: arrays that are shorter than their own
// last offsets say.
//===----------------------------------------------------------------------===//
#include "../Settings.h"
#include "FakeFixture.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <optional>

using namespace cortex;
using namespace cortex::test;

namespace {

constexpr int32_t kLeast = std::numeric_limits<int32_t>::min(), kMost = std::numeric_limits<int32_t>::max();

/// The plain check: what cortex.h asks of a batch, word by word. Reads nothing that the head does not promise.
class Checker {
public:
  Checker(const FakeBatch<float> &b, StructureKind kind) : b(b), kind(kind) {}

  bool valid() const {
    return ascends(b.nodeOffsets) && heads() && children() && types() && acyclic() && symbols() && roots();
  }

private:
  static bool ascends(const std::vector<int32_t> &offsets) {
    return offsets[0] == 0 && std::is_sorted(offsets.begin(), offsets.end());
  }
  int32_t nodes() const { return b.nodeOffsets.back(); }
  int32_t arity(int32_t n) const { return b.childOffsets[n + 1] - b.childOffsets[n]; }

  bool heads() const {
    for (int32_t s = 0; s < b.structures(); ++s)
      if (b.nodeOffsets[s] == b.nodeOffsets[s + 1])
        return false;
    return std::is_sorted(b.childOffsets.begin(), b.childOffsets.begin() + nodes() + 1) && b.childOffsets[0] == 0 &&
           b.childOffsets[nodes()] <= b.edges();
  }
  bool children() const {
    std::vector<int32_t> parents(nodes(), 0);
    for (int32_t s = 0; s < b.structures(); ++s)
      for (int32_t n = b.nodeOffsets[s]; n < b.nodeOffsets[s + 1]; ++n) {
        if (kind == StructureKind::Sequence && arity(n) > 1)
          return false;
        for (int32_t e = b.childOffsets[n]; e < b.childOffsets[n + 1]; ++e) {
          const int32_t c = b.children[e];
          if (c < b.nodeOffsets[s] || c >= b.nodeOffsets[s + 1] || (++parents[c] > 1 && kind != StructureKind::Dag))
            return false;
        }
      }
    return true;
  }
  bool types() const {
    for (int32_t n = 0; n < nodes() && !b.types.empty(); ++n)
      if (b.types[n] != (arity(n) > 0 ? 1 : 0)) // the program's types: leaf 0, inner 1
        return false;
    return true;
  }
  /// Takes away nodes without children until none is left.
  bool acyclic() const {
    std::vector<uint8_t> done(nodes(), 0);
    for (int32_t round = 0; round < nodes(); ++round)
      for (int32_t n = 0; n < nodes(); ++n)
        done[n] =
            done[n] || std::all_of(b.children.begin() + b.childOffsets[n], b.children.begin() + b.childOffsets[n + 1],
                                   [&](int32_t c) { return done[c]; });
    return std::all_of(done.begin(), done.end(), [](uint8_t d) { return d; });
  }
  bool symbols() const {
    for (int32_t n = 0; n < nodes(); ++n)
      if (arity(n) == 0 && (b.word[n] < 0 || b.word[n] >= static_cast<int32_t>(kWordDomain)))
        return false;
    return std::all_of(b.label.begin(), b.label.begin() + b.childOffsets[nodes()],
                       [](int32_t l) { return l >= 0 && l < static_cast<int32_t>(kLabelDomain); });
  }
  bool roots() const {
    if (b.rootOffsets.empty())
      return true;
    if (!ascends(b.rootOffsets) || b.rootOffsets.back() > static_cast<int32_t>(b.roots.size()))
      return false;
    for (int32_t s = 0; s < b.structures(); ++s)
      for (int32_t r = b.rootOffsets[s]; r < b.rootOffsets[s + 1]; ++r)
        if (b.roots[r] < b.nodeOffsets[s] || b.roots[r] >= b.nodeOffsets[s + 1])
          return false;
    return true;
  }

  const FakeBatch<float> &b;
  StructureKind kind;
};

struct Kind {
  StructureKind structure;
  const char *name;
};

class HostileBatches : public testing::TestWithParam<Kind> {
protected:
  using Batch = FakeBatch<float>;

  Session session(uint64_t budget) const {
    cortex_session_options o{};
    o.exact_workers = 1;
    o.scratch_budget = budget;
    return Session(model, o);
  }

  Batch randomBatch(std::mt19937 &random) const {
    Batch b;
    for (uint32_t s = 1 + random() % 4; s > 0; --s) {
      const auto n = static_cast<int32_t>(1 + random() % 9);
      const Children kids = GetParam().structure == StructureKind::Dag    ? randomDag(n, random)
                            : GetParam().structure == StructureKind::Tree ? randomTree(n, 3, random)
                                                                          : chain(n);
      b.add(renumber(kids, static_cast<Ids>(random() % 3), random));
    }
    if (random() % 2)
      for (int32_t n = 0; n < b.nodes(); ++n)
        b.types.push_back(b.childOffsets[n + 1] > b.childOffsets[n] ? 1 : 0);
    if (random() % 2) {
      b.rootOffsets = {0};
      for (int32_t s = 0; s < b.structures(); ++s) {
        for (uint32_t r = random() % 3; r > 0; --r)
          b.roots.push_back(b.nodeOffsets[s] +
                            static_cast<int32_t>(random() % (b.nodeOffsets[s + 1] - b.nodeOffsets[s])));
        b.rootOffsets.push_back(static_cast<int32_t>(b.roots.size()));
      }
    }
    b.finish(random);
    return b;
  }

  /// Replaces an entry of one array; returns what was done. The last offsets of
  /// arrays only become smaller: nobody can tell how long an array really is.
  static std::string damage(Batch &b, std::mt19937 &random) {
    struct Array {
      const char *name;
      std::vector<int32_t> *values;
      bool offsets;
    };
    const Array arrays[] = {{"node_offsets", &b.nodeOffsets, true},
                            {"child_offsets", &b.childOffsets, true},
                            {"children", &b.children, false},
                            {"types", &b.types, false},
                            {"root_offsets", &b.rootOffsets, true},
                            {"roots", &b.roots, false},
                            {"word", &b.word, false},
                            {"label", &b.label, false}};
    for (;;) {
      const Array &a = arrays[random() % std::size(arrays)];
      if (a.values->empty())
        continue;
      const size_t at = random() % 3 ? random() % a.values->size() : a.values->size() - 1;
      int32_t &value = (*a.values)[at];
      const int32_t old = value;
      const int32_t choices[] = {kLeast,
                                 kLeast + 1,
                                 -1,
                                 0,
                                 1,
                                 kMost,
                                 kMost - 1,
                                 old - 1,
                                 old + 1,
                                 static_cast<int32_t>(random() % 40),
                                 static_cast<int32_t>(random()),
                                 (*a.values)[random() % a.values->size()]};
      value = choices[random() % std::size(choices)];
      if (a.offsets && at + 1 == a.values->size() && value > old)
        value = old - 1 - static_cast<int32_t>(random() % 3);
      return std::string(a.name) + "[" + std::to_string(at) + "] = " + std::to_string(value) + ", it was " +
             std::to_string(old);
    }
  }

  /// A batch that claims fewer nodes, edges or roots than its arrays hold is one of just those.
  static void trim(Batch &b) {
    b.childOffsets.resize(b.nodes() + 1);
    b.children.resize(b.childOffsets.back());
    b.x.resize(static_cast<size_t>(b.nodes()) * kUnits);
    b.topic.resize(static_cast<size_t>(b.structures()) * kUnits);
    if (!b.rootOffsets.empty())
      b.roots.resize(b.rootOffsets.back());
  }

  /// A copy of a batch still points to the inputs of the first.
  static Batch copied(const Batch &from) {
    Batch b = from;
    b.inputs = {b.word.data(), b.x.data(), b.label.data(), b.weight.data(), b.topic.data()};
    return b;
  }

  /// Runs it with outputs that show whether they were written; returns the status.
  static cortex_status run(Session &session, const cortex_batch &view, std::vector<std::vector<float>> &out) {
    void *outputs[4];
    for (size_t i = 0; i < 4; ++i)
      outputs[i] = out[i].data();
    return cortex_session_run(session.get(), &view, outputs);
  }

  void expectRefused(Session &session, const cortex_batch &view, size_t room) {
    const std::vector<std::vector<float>> blank(4, std::vector<float>(room, -77.0f));
    std::vector<std::vector<float>> out = blank;
    const uint32_t runs = fakeWitness().runs;
    EXPECT_EQ(run(session, view, out), CORTEX_INVALID_BATCH) << cortex_last_error();
    EXPECT_EQ(out, blank) << "something was written";
    EXPECT_EQ(fakeWitness().runs, runs) << "something was run";
    const std::string message = cortex_last_error();
    EXPECT_NE(message, "");
    EXPECT_EQ(message.find("changed while"), std::string::npos) << "the fault was not found again: " << message;
  }

  /// The bytes of a batch that is valid.
  void expectRight(Session &session, const Batch &b) {
    const std::vector<std::vector<float>> expected = expectedOutputs(b);
    std::vector<std::vector<float>> out;
    for (const auto &values : expected)
      out.emplace_back(values.size(), -77.0f);
    ASSERT_EQ(run(session, b.view(), out), CORTEX_OK) << cortex_last_error();
    ASSERT_EQ(out, expected);
  }

  FakeEntry entry{fakeManifest(DType::F32, GetParam().structure)};
  Program program = Program::fromEntry(entry.entry);
  Model model = fakeModel<float>(program);
};

uint32_t numCases() {
  return full() ? 300'000 : 6'000;
}

} // namespace

TEST_P(HostileBatches, OneEntryDamaged) {
  // One session that takes everything at once, and one that runs in chunks.
  Session roomy = session(0), tight = session(24'000);
  size_t refused = 0, accepted = 0;
  for (uint32_t seed = 0; seed < numCases(); ++seed) {
    std::mt19937 random(seed);
    Batch b = randomBatch(random);
    const Batch whole = copied(b);
    const std::string what = damage(b, random);
    SCOPED_TRACE("seed " + std::to_string(seed) + ": " + what);
    uint64_t roots = 0;
    const cortex_batch view = b.view();
    (void)cortex_batch_num_roots(&view, &roots); // must not crash, whatever it says
    const bool valid = Checker(b, GetParam().structure).valid();
    for (Session *s : {&roomy, &tight}) {
      if (valid) {
        Batch trimmed = copied(b);
        trim(trimmed);
        expectRight(*s, trimmed);
      } else {
        expectRefused(*s, view, static_cast<size_t>(whole.nodes() + 8) * kUnits);
      }
      expectRight(*s, whole); // the session is as good as before
    }
    ++(valid ? accepted : refused);
    if (HasFailure())
      return;
  }
  EXPECT_GT(refused, numCases() / 3);
  EXPECT_GT(accepted, numCases() / 20);
}

/// The message names structure and node, unless the fault is in the head.
TEST_P(HostileBatches, MessagesNameThePlace) {
  Session s = session(0);
  size_t named = 0;
  for (uint32_t seed = 0; seed < 1'000; ++seed) {
    std::mt19937 random(seed);
    Batch b = randomBatch(random);
    const std::string what = damage(b, random);
    if (Checker(b, GetParam().structure).valid())
      continue;
    std::vector<std::vector<float>> out(4, std::vector<float>(1000));
    ASSERT_EQ(run(s, b.view(), out), CORTEX_INVALID_BATCH);
    const std::string message = cortex_last_error();
    const bool head = message.find("_offsets does not begin with 0") != std::string::npos ||
                      message.find("_offsets ends below 0") != std::string::npos;
    EXPECT_TRUE(head || message.starts_with("structure ")) << what << ": " << message;
    named += message.find(", node ") != std::string::npos;
  }
  EXPECT_GT(named, 100u);
}

TEST_P(HostileBatches, PointersAndCounts) {
  Session roomy = session(0), tight = session(24'000);
  std::mt19937 random(1);
  for (int round = 0; round < 50; ++round) {
    Batch b = randomBatch(random);
    const std::vector<const void *> inputs = b.inputs;
    auto refused = [&](const char *what, auto change) {
      SCOPED_TRACE(what);
      b.inputs = inputs;
      cortex_batch view = b.view();
      change(view);
      for (Session *s : {&roomy, &tight})
        expectRefused(*s, view, static_cast<size_t>(b.nodes() + 8) * kUnits);
    };
    refused("node_offsets", [](cortex_batch &v) { v.node_offsets = nullptr; });
    refused("child_offsets", [](cortex_batch &v) { v.child_offsets = nullptr; });
    if (b.edges() > 0) {
      refused("children", [](cortex_batch &v) { v.children = nullptr; });
      refused("label", [&](cortex_batch &) { b.inputs[kLabel] = nullptr; });
      refused("weight", [&](cortex_batch &) { b.inputs[kWeight] = nullptr; });
    }
    if (!b.roots.empty())
      refused("roots", [](cortex_batch &v) { v.roots = nullptr; });
    refused("roots without offsets", [&](cortex_batch &v) {
      v.root_offsets = nullptr;
      v.roots = b.nodeOffsets.data();
    });
    refused("inputs", [](cortex_batch &v) { v.inputs = nullptr; });
    refused("word", [&](cortex_batch &) { b.inputs[kWord] = nullptr; });
    refused("x", [&](cortex_batch &) { b.inputs[kX] = nullptr; });
    refused("topic", [&](cortex_batch &) { b.inputs[kTopic] = nullptr; });
    refused("a negative number of structures", [](cortex_batch &v) { v.num_structures = -1; });
    refused("the most negative number of structures", [](cortex_batch &v) { v.num_structures = kLeast; });
    refused("struct_size", [](cortex_batch &v) { v.struct_size = 0; });
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, HostileBatches,
                         testing::Values(Kind{StructureKind::Dag, "Dag"}, Kind{StructureKind::Tree, "Tree"},
                                         Kind{StructureKind::Sequence, "Sequence"}),
                         [](const auto &info) { return info.param.name; });
