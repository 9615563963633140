//===- Program.h - Code and its description -------------------------------===//
#ifndef CORTEX_RUNTIME_PROGRAM_H
#define CORTEX_RUNTIME_PROGRAM_H

#include "Artifact.h"
#include "LinearizerPlan.h"
#include "Memory.h"
#include "cortex/cortex.h"

#include <memory>
#include <string>
#include <vector>

struct cortex_program final : public cortex::rt::RefCounted {
  /// From an artifact's bytes; see readArtifact.
  static cortex::rt::Ref<cortex_program> fromArtifact(cortex::rt::Block bytes, const std::string &name,
                                                      const std::string &level);
  /// From an entry in this process; see cortex_program_from_entry.
  static cortex::rt::Ref<cortex_program> fromEntry(const cortex_program_entry *entry, void (*release)(void *),
                                                   void *context);
  ~cortex_program() override;

  const cortex::Manifest manifest;
  const cortex::rt::LinearizerPlan plan;
  const cortex_entry prepare, run;
  /// The artifact's weights; empty if it has none.
  const std::vector<cortex::rt::Artifact::Weight> &weights() const { return artifact.weights; }

  /// The levels of all variants that it was chosen among: "x86-64-v4,x86-64-v3".
  const std::string levels;

  /// Shapes as the C interface shows them.
  std::vector<std::vector<uint64_t>> inputShapes, outputShapes;
  /// Bytes of one item of each output, as the caller receives it.
  std::vector<uint64_t> outputBytes;
  /// Bytes of one item of each input.
  std::vector<uint64_t> inputBytes;

private:
  cortex_program(cortex::Manifest manifest, const cortex_program_entry &entry, cortex::rt::LoadedObject object,
                 cortex::rt::Artifact artifact, void (*releaseEntry)(void *), void *releaseContext);

  cortex::rt::LoadedObject object;
  cortex::rt::Artifact artifact; ///< kept for its weights only
  void (*releaseEntry)(void *);
  void *releaseContext;
};

#endif // CORTEX_RUNTIME_PROGRAM_H
