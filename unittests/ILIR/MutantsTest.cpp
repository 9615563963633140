//===- MutantsTest.cpp - What the interpreter would catch -----------------===//
//
// Programs with one fault each, judged twice: by ilir-verify-exchanges, which
// reads the program, and by the interpreter, which runs it on some structures.
// They share nothing, so that each tests the other: what the verifier accepts
// must run without a violation, and what it rejects must show one, but where it
// is known to be careful beyond need.
//===----------------------------------------------------------------------===//
#include "Mutants.h"
#include "Lowered.h"
#include "Zoo.h"

#include "RandomModel.h"

#include "cortex/Dialect/ILIR/Transforms/Slices.h"

#include "mlir/IR/Diagnostics.h"

#include <gmock/gmock.h>

namespace cortex::interleaved {
namespace {

/// Whether ilir-verify-exchanges accepts the program.
bool isAccepted(ilir::ProgramOp program) {
  mlir::ScopedDiagnosticHandler quiet(program.getContext(), [](mlir::Diagnostic &) { return mlir::success(); });
  return mlir::succeeded(ilir::verifyExchanges(program));
}

struct Verdict {
  bool accepted;         ///< by the static verifier
  std::string violation; ///< of the interpreter; empty: none
};

Verdict judge(const Lowered &lowered, const Mutant &mutant, const std::vector<Given> &inputs,
              const std::vector<int64_t> &workers) {
  mutant.apply();
  Verdict verdict{isAccepted(lowered.program()), ""};
  for (const Given &given : inputs)
    for (int64_t count : workers)
      if (verdict.violation.empty())
        verdict.violation = violationOf(lowered, given, count, 7);
  mutant.undo();
  return verdict;
}

std::vector<Given> inputsOf(ra::ModelOp model, const std::vector<uint64_t> &seeds) {
  std::vector<Given> inputs;
  inputs.reserve(seeds.size());
  for (uint64_t seed : seeds)
    inputs.emplace_back(model, reference::StructureOptions{reference::Shape::Mixed, 6, 12}, seed);
  return inputs;
}

/// How mutants of a kind fared.
struct Count {
  int64_t caught = 0, harmless = 0, careful = 0;
};
using Counts = std::map<std::string, Count>;

void add(Count &count, const Verdict &verdict) {
  ++(!verdict.violation.empty() ? count.caught : verdict.accepted ? count.harmless : count.careful);
}

void print(const Counts &counts) {
  for (const auto &[kind, c] : counts)
    std::cout << kind << ": " << c.caught << " caught, " << c.harmless << " harmless, " << c.careful
              << " rejected without need\n";
}

/// What a kind of fault is reported as.
std::string messageOf(const std::string &kind) {
  const std::map<std::string, std::string> messages{
      {"barrier removed", "no barrier has exchanged the buffer since|nobody has stored|overwrites what"},
      {"exchange removed", "no barrier has exchanged the buffer since"},
      {"exchanged made local", "reads what nobody has stored|stored for another level"},
      {"exchanged made private", "reads a private unit of worker"},
      {"local made exchanged", "stores a unit of worker"},
      {"local made private", "stores a unit of worker"},
      {"nests swapped", "nobody has stored|stored for another (strip|level)"},
      {"owned nest whole", "(stores a|reads a private) unit of worker|no barrier has exchanged|nobody has stored"},
      {"whole nest owned", "reads what nobody has stored|stored for another (strip|level)"},
  };
  return messages.at(kind);
}

/// What may be done to a program without harm, and why.
bool mayBeHarmless(const Mutant &mutant) {
  if (mutant.inPrepare) // has a barrier after every constant; not each is needed
    return mutant.kind == "barrier removed" || mutant.kind == "exchange removed" || mutant.kind == "nests swapped";
  // Named by the barrier before it is overwritten, where every barrier would do.
  return mutant.kind == "nests swapped" || (mutant.kind == "exchange removed" && mutant.ofTemporary);
}

class ZooMutants : public testing::TestWithParam<zoo::Entry> {};

TEST_P(ZooMutants, AreCaught) {
  const ZooModel model(GetParam(), 64);
  const Lowered lowered(*model.module, 3);
  const std::vector<Given> inputs = inputsOf(lowered.model(), {1, 2, 3, 4});
  ASSERT_TRUE(isAccepted(lowered.program()));
  Counts counts;
  for (const Mutant &mutant : mutantsOf(lowered.program())) {
    SCOPED_TRACE(mutant.kind + ", " + mutant.what);
    const Verdict verdict = judge(lowered, mutant, inputs, {3, 2, 5});
    add(counts[mutant.kind], verdict);
    if (!verdict.violation.empty()) {
      EXPECT_FALSE(verdict.accepted) << "the static verifier accepts it, but: " << verdict.violation;
      EXPECT_THAT(verdict.violation, testing::ContainsRegex(messageOf(mutant.kind)));
    } else if (verdict.accepted) {
      EXPECT_TRUE(mayBeHarmless(mutant)) << "neither the static verifier nor the interpreter minds";
    } else {
      // A value that only its one owner needs may as well be computed by it alone; and constants are packed by whom
      // they belong to.
      EXPECT_TRUE(mutant.kind == "whole nest owned" || mutant.inPrepare) << "only the static verifier minds";
    }
  }
  print(counts);
  EXPECT_GT(counts["owned nest whole"].caught, 0);
}

INSTANTIATE_TEST_SUITE_P(Zoo, ZooMutants, testing::ValuesIn(zoo::entries()),
                         [](const auto &info) { return info.param.name; });

/// Random models have many nests: a sample of the mutants of each.
TEST(RandomMutants, AreCaught) {
  Counts counts;
  for (uint64_t seed = 1; seed <= 8; ++seed) {
    const std::unique_ptr<mlir::MLIRContext> context = cli::makeContext();
    std::string error;
    const mlir::OwningOpRef<mlir::ModuleOp> module = fuzz::randomModel(seed, *context, error);
    ASSERT_TRUE(module) << error;
    const Lowered lowered(*module, 3);
    const std::vector<Given> inputs = inputsOf(lowered.model(), {seed});
    std::map<std::string, std::vector<Mutant>> mutants; // each kind is as likely as the others
    for (const Mutant &mutant : mutantsOf(lowered.program()))
      mutants[mutant.kind].push_back(mutant);
    reference::Random random(seed);
    for (int64_t i = 0; i < 16; ++i) {
      const std::vector<Mutant> &ofKind = std::next(mutants.begin(), random.below(std::ssize(mutants)))->second;
      const Mutant &mutant = ofKind[static_cast<size_t>(random.below(std::ssize(ofKind)))];
      SCOPED_TRACE(testing::Message() << "random model of seed " << seed << ", " << mutant.kind << ", " << mutant.what);
      const Verdict verdict = judge(lowered, mutant, inputs, {3});
      add(counts[mutant.kind], verdict);
      if (!verdict.violation.empty()) {
        EXPECT_FALSE(verdict.accepted) << "the static verifier accepts it, but: " << verdict.violation;
      }
    }
  }
  print(counts);
  int64_t caught = 0;
  for (const auto &[kind, c] : counts)
    caught += c.caught;
  EXPECT_GE(caught, 64) << "of 128";
}

} // namespace
} // namespace cortex::interleaved
