//===- LoadSubject.h - A loaded program, random batches, right answers ----===//
//
// The tests of load, of running out of memory and of the steady state do the
// same with the hand-made program (built with the runtime alone) and with
// compiled models (integration_test/Load). All they know of either is an
// artifact with weights, whose node types are told apart by arity and of which
// one takes any number of children.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_UNITTESTS_RUNTIME_LOADSUBJECT_H
#define CORTEX_UNITTESTS_RUNTIME_LOADSUBJECT_H

#include "TestBatch.h"
#include "cortex/cortex.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace cortex::test {

struct NamedArtifact {
  std::string name;
  std::vector<uint8_t> bytes;
  bool constructs = false; ///< its code allocates when it is loaded, which compiled code does not
};
/// What this test program is about; each with its own definition (Fake- or CompiledSubjects.cpp).
const std::vector<NamedArtifact> &loadArtifacts();

/// The bytes of all outputs of a run.
using Answer = std::vector<std::vector<std::byte>>;

/// A batch with random inputs for any program.
struct RandomBatch : TestBatch {
  RandomBatch() = default;
  /// Structures of 1 to `most` nodes.
  RandomBatch(const Program &program, uint32_t seed, int32_t structures, int32_t most);
  /// These structures.
  RandomBatch(const Program &program, uint32_t seed, const std::vector<Children> &structures);

private:
  void finish(const Program &program, std::mt19937 &random);
  std::vector<std::shared_ptr<std::vector<std::byte>>> values; ///< of the inputs; shared by copies
};

/// Arrays for the outputs of runs that show what was written. They only grow.
class OutputArrays {
public:
  /// Arrays of these bytes, all blank.
  void *const *blank(const std::vector<size_t> &sizes);
  bool stillBlank() const;
  bool hold(const Answer &answer) const;
  Answer answer() const;

private:
  Answer arrays;
  std::vector<size_t> bytes;
  std::vector<void *> pointers;
};

/// A batch, and what a run of it gives.
struct Exercise {
  RandomBatch batch;
  std::vector<size_t> outputBytes;
  Answer answer; ///< by a session of one worker, alone

  /// Runs it. "" if that gave the answer, else what went wrong.
  std::string tryOn(Session &session, OutputArrays &outputs) const;
};
/// A batch that is at fault, and what the runtime says of it.
struct FaultyExercise {
  RandomBatch batch;
  std::vector<size_t> outputBytes;
  std::string message;

  /// Runs it. "" if that failed with the message and wrote nothing, else what went wrong.
  std::string tryOn(Session &session, OutputArrays &outputs) const;
};

/// One artifact, loaded, and exercises for it: `count` batches of up to so many structures and nodes in each.
struct LoadSubject {
  LoadSubject(const NamedArtifact &artifact, uint32_t count, int32_t mostStructures, int32_t mostNodes);

  Program program;
  Model model;
  std::vector<Exercise> exercises;
  std::vector<FaultyExercise> faulty;
  uint64_t tightBudget = 0; ///< of a session of one worker that has to run the larger batches in chunks
};
Exercise exerciseOf(const Model &model, RandomBatch batch);

Session sessionOf(const Model &model, const Team &team, uint32_t exactWorkers, uint64_t budget = 0);

/// Nodes of a user for LinkedBatch; whatever an input needs is the first symbol or zeros.
struct LinkedTree {
  std::vector<LinkedTree *> kids;
};
struct LinkedAccessor {
  using Node = const LinkedTree *;
  const std::vector<LinkedTree *> &children(Node n) const { return n->kids; }
  int32_t symbol(Node, uint32_t) const { return 0; }
  const void *features(Node, uint32_t) const { return zeros(); }
  int32_t edge_symbol(Node, size_t, uint32_t) const { return 0; }
  const void *edge_features(Node, size_t, uint32_t) const { return zeros(); }
  static const void *zeros() {
    static const double values[4096] = {};
    return values;
  }
};

} // namespace cortex::test
#endif // CORTEX_UNITTESTS_RUNTIME_LOADSUBJECT_H
