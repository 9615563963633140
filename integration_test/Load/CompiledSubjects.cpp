//===- CompiledSubjects.cpp - Compiled models as subjects of load ---------===//
#include "LoadSubject.h"

#include <filesystem>
#include <fstream>
#include <sstream>

using namespace cortex::test;

const std::vector<NamedArtifact> &cortex::test::loadArtifacts() {
  static const std::vector<NamedArtifact> artifacts = [] {
    std::vector<NamedArtifact> list;
    std::istringstream paths(CORTEX_ARTIFACTS);
    for (std::string path; std::getline(paths, path, ':');) {
      std::ifstream in(path, std::ios::binary);
      list.push_back({std::filesystem::path(path).stem(), {std::istreambuf_iterator<char>(in), {}}});
    }
    return list;
  }();
  return artifacts;
}
