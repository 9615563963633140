//===- FakeProgram.h - A program as the compiler would make it, by hand ---===//
//
// Plain C++ that speaks the frame protocol and touches every part of it. Six
// units, split among the workers; every value that crosses units goes through a
// barrier. With i a unit and "+k" a rotation of the units:
//
//   table[v] = 2 E[v]                                        (prepare)
//   h[n]     = x[n] + (leaf: table[word]) + sum over children k, in order, of
//              h[k](i+3) * (1 + position) + weight[edge] * label[edge]
//   d[n]     = h[n] / 2 + sum over parents p of d[p](i+1)
//   s[S]     = topic[S] + sum over nodes n of S of h[n]
//   y[root]  = d[root](i+3)
//
// Outputs: h at nodes, d at roots, s at structures, y at roots. Described by fakeUpManifest, it takes trees and d has
// no sum over parents: subtrees are computed alone.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_UNITTESTS_RUNTIME_FAKEPROGRAM_H
#define CORTEX_UNITTESTS_RUNTIME_FAKEPROGRAM_H

#include "cortex/manifest.h"

#include <atomic>
#include <vector>

namespace cortex::test {

constexpr uint32_t kUnits = 6, kWordDomain = 10, kLabelDomain = 4;

/// Inputs and outputs in the program's order.
enum FakeInput { kWord, kX, kLabel, kWeight, kTopic };
enum FakeOutput { kH, kD, kS, kY };

Manifest fakeManifest(DType type, StructureKind structure);
Manifest fakeUpManifest(DType type, Partition partition);

/// The entry of the program, for a manifest that lives as long as it.
struct FakeEntry {
  explicit FakeEntry(const Manifest &manifest);
  std::vector<uint8_t> bytes;
  cortex_program_entry entry;
};

/// What the workers of the last runs saw.
struct FakeWitness {
  std::atomic<uint32_t> runs{0};             ///< calls of `run`, by all workers
  std::atomic<bool> flushedDenormals{false}; ///< some worker had FTZ or DAZ on
};
FakeWitness &fakeWitness();

} // namespace cortex::test
#endif // CORTEX_UNITTESTS_RUNTIME_FAKEPROGRAM_H
