//===- FakeSubjects.cpp - The hand-made program as a subject of load ------===//
#include "FakeFixture.h"
#include "LoadSubject.h"

#include "cortex/artifact.h"

#include <fstream>

using namespace cortex;
using namespace cortex::test;

const std::vector<NamedArtifact> &cortex::test::loadArtifacts() {
  static const std::vector<NamedArtifact> artifacts = [] {
    std::ifstream in(CORTEX_FAKE_F32, std::ios::binary);
    const std::vector<uint8_t> elf{std::istreambuf_iterator<char>(in), {}};
    const std::vector<float> e = fakeWeights<float>();
    return std::vector<NamedArtifact>{{"fake",
                                       writeArtifact({{elf, fakeManifest(DType::F32, StructureKind::Dag)}},
                                                     {{"E", DType::F32, {kWordDomain, kUnits}, e.data()}}),
                                       true}};
  }();
  return artifacts;
}
