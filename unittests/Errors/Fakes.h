//===- Fakes.h - Programs, models and batches that cases are about --------===//
#ifndef CORTEX_UNITTESTS_ERRORS_FAKES_H
#define CORTEX_UNITTESTS_ERRORS_FAKES_H

#include "../Runtime/FakeFixture.h"
#include "Cases.h"

namespace cortex::errors {

using namespace cortex::test;

/// A program of this manifest whose code does nothing; of what is refused, nothing is run.
class IdleProgram {
public:
  explicit IdleProgram(const Manifest &manifest) : bytes(serializeManifest(manifest)) {
    entry.magic = CORTEX_ABI_MAGIC;
    entry.abi_version = CORTEX_ABI_VERSION;
    entry.struct_size = sizeof entry;
    entry.manifest = bytes.data();
    entry.manifest_size = bytes.size();
    entry.prepare = entry.run = [](const uint64_t *, uint32_t, uint32_t) {};
  }
  cortex_program_entry entry{};

private:
  std::vector<uint8_t> bytes;
};

/// The fake program of FakeProgram.h, in this process; DAGs unless said otherwise.
inline Program fakeProgram(StructureKind kind = StructureKind::Dag) {
  static FakeEntry dags(fakeManifest(DType::F32, StructureKind::Dag)),
      trees(fakeManifest(DType::F32, StructureKind::Tree)),
      sequences(fakeManifest(DType::F32, StructureKind::Sequence));
  return Program::fromEntry((kind == StructureKind::Dag    ? dags
                             : kind == StructureKind::Tree ? trees
                                                           : sequences)
                                .entry);
}

} // namespace cortex::errors
#endif // CORTEX_UNITTESTS_ERRORS_FAKES_H
