//===- Program.cpp - Code and its description -----------------------------===//
#include "Program.h"

#include "Error.h"

#include <cstring>
#include <utility>

using namespace cortex;
using namespace cortex::rt;

/// Checks what can be told from the entry alone.
static void checkEntry(const cortex_program_entry &entry, const std::string &name) {
  auto fail = [&](const std::string &what) { throw Error(CORTEX_INVALID_ARTIFACT, name + ": " + what); };
  if (entry.magic != CORTEX_ABI_MAGIC)
    fail("its entry is no Cortex program");
  if (entry.abi_version != CORTEX_ABI_VERSION)
    fail("it is of ABI version " + std::to_string(entry.abi_version) + ", this runtime needs version " +
         std::to_string(CORTEX_ABI_VERSION));
  if (entry.struct_size != sizeof(cortex_program_entry))
    fail("its entry has " + std::to_string(entry.struct_size) + " bytes, not " +
         std::to_string(sizeof(cortex_program_entry)));
  if (!entry.manifest || !entry.prepare || !entry.run)
    fail("its entry lacks a manifest or code");
}

cortex_program::cortex_program(Manifest m, const cortex_program_entry &entry, LoadedObject o, Artifact a,
                               void (*releaseEntry)(void *), void *releaseContext)
    : manifest(std::move(m)), plan(manifest), prepare(entry.prepare), run(entry.run),
      levels(a.levels.empty() ? nameOf(manifest.level) : a.levels), object(std::move(o)), artifact(std::move(a)),
      releaseEntry(releaseEntry), releaseContext(releaseContext) {
  auto bytes = [](const std::vector<uint64_t> &shape, DType dtype) {
    uint64_t n = bytesOf(dtype);
    for (uint64_t d : shape)
      n *= d;
    return n;
  };
  for (const InputInfo &i : manifest.inputs) {
    inputShapes.emplace_back(i.shape.begin(), i.shape.end());
    inputBytes.push_back(i.symbol ? sizeof(int32_t) : bytes(inputShapes.back(), i.dtype));
  }
  for (const OutputInfo &o : manifest.outputs) {
    outputShapes.emplace_back(o.shape.begin(), o.shape.end());
    outputBytes.push_back(bytes(outputShapes.back(), o.dtype));
  }
}

cortex_program::~cortex_program() {
  if (releaseEntry)
    releaseEntry(releaseContext);
}

Ref<cortex_program> cortex_program::fromArtifact(Block bytes, const std::string &name, const std::string &level) {
  Artifact artifact = readArtifact(std::move(bytes), name, hostCpu(), level);
  const ArtifactVariant &code = artifact.code;
  LoadedObject object(artifact.bytes.data() + code.code_offset, code.code_size, name);
  const auto *entry = static_cast<const cortex_program_entry *>(object.symbol("cortex_program"));
  if (!entry)
    throw Error(CORTEX_INVALID_ARTIFACT, name + ": its machine code has no symbol 'cortex_program'");
  checkEntry(*entry, name);
  if (entry->manifest_size != code.manifest_size ||
      std::memcmp(entry->manifest, artifact.bytes.data() + code.manifest_offset, code.manifest_size) != 0)
    throw Error(CORTEX_INVALID_ARTIFACT, name + ": its manifest is not that of its machine code");
  if (artifact.weights.empty())
    artifact.bytes = {};
  Manifest manifest = std::move(artifact.manifest);
  return Ref<cortex_program>::adopt(
      new cortex_program(std::move(manifest), *entry, std::move(object), std::move(artifact), nullptr, nullptr));
}

Ref<cortex_program> cortex_program::fromEntry(const cortex_program_entry *entry, void (*release)(void *),
                                              void *context) {
  const std::string name = "the program";
  checkEntry(*entry, name);
  Manifest manifest;
  std::string error;
  if (!parseManifest(entry->manifest, entry->manifest_size, manifest, error))
    throw Error(CORTEX_INVALID_ARTIFACT, name + ": " + error);
  const std::string missing = missingFeatures(manifest.level, hostCpu());
  if (!missing.empty())
    throw Error(CORTEX_UNSUPPORTED_CPU,
                name + ": it is compiled for " + nameOf(manifest.level) + ", but this CPU lacks " + missing);
  return Ref<cortex_program>::adopt(
      new cortex_program(std::move(manifest), *entry, LoadedObject(), Artifact(), release, context));
}
