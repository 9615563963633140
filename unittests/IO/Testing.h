//===- Testing.h - What the tests of the file formats share ---------------===//
#ifndef CORTEX_UNITTESTS_IO_TESTING_H
#define CORTEX_UNITTESTS_IO_TESTING_H

#include "cortex/IO/Batch.h"
#include "cortex/IO/Schema.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>

namespace cortex::io {

/// A directory of this test's own, removed with all its files.
class TemporaryDirectory {
public:
  TemporaryDirectory() {
    std::string pattern = std::filesystem::temp_directory_path() / "cortex-io-XXXXXX";
    path = mkdtemp(pattern.data());
  }
  ~TemporaryDirectory() { std::filesystem::remove_all(path); }
  std::string operator/(const std::string &name) const { return path / name; }
  /// Number of entries, hidden ones included.
  size_t entries() const {
    return std::distance(std::filesystem::directory_iterator(path), std::filesystem::directory_iterator());
  }

private:
  std::filesystem::path path;
};

/// A file of the project.
inline std::string sourceFile(const std::string &name) {
  return std::string(CORTEX_SOURCE_DIR "/") + name;
}

/// A file of the shared test data, or an empty string when it is not here. The
/// data is looked for in $CORTEX_DATA, then beside the project.
inline std::string sharedData(const std::string &name) {
  const char *given = std::getenv("CORTEX_DATA");
  const std::filesystem::path path = std::filesystem::path(given ? given : CORTEX_SOURCE_DIR "/../shared/data") / name;
  return std::filesystem::exists(path) ? path.string() : std::string();
}
#define CORTEX_SKIP_WITHOUT(name)                                                                                      \
  if (sharedData(name).empty())                                                                                        \
  GTEST_SKIP() << "needs the shared test data " << (name) << ": set CORTEX_DATA to the folder that has it"

/// Binary trees with a word at every leaf.
inline Schema binaryTrees(uint32_t domain) {
  return {StructureKind::Tree,
          {{"leaf", 0, 0}, {"internal", 2, 2}},
          {{"word", Place::Nodes, true, domain, DType::I32, {}, {0}}}};
}

/// Whether two batches are the same, with a word for what differs.
inline void expectEqual(const Batch &a, const Batch &b) {
  EXPECT_EQ(a.node_offsets, b.node_offsets);
  EXPECT_EQ(a.child_offsets, b.child_offsets);
  EXPECT_EQ(a.children, b.children);
  EXPECT_EQ(a.types, b.types);
  EXPECT_EQ(a.root_offsets, b.root_offsets);
  EXPECT_EQ(a.roots, b.roots);
  ASSERT_EQ(a.inputs.size(), b.inputs.size());
  for (size_t i = 0; i < a.inputs.size(); ++i) {
    SCOPED_TRACE("input " + a.inputs[i].name);
    EXPECT_EQ(a.inputs[i].name, b.inputs[i].name);
    EXPECT_EQ(a.inputs[i].place, b.inputs[i].place);
    EXPECT_EQ(a.inputs[i].dtype, b.inputs[i].dtype);
    EXPECT_EQ(a.inputs[i].shape, b.inputs[i].shape);
    EXPECT_EQ(a.inputs[i].symbols, b.inputs[i].symbols);
    EXPECT_EQ(a.inputs[i].f32, b.inputs[i].f32);
    EXPECT_EQ(a.inputs[i].f64, b.inputs[i].f64);
  }
}

/// A number in [0, limit).
inline uint32_t below(std::mt19937 &random, uint32_t limit) {
  return random() % limit;
}

} // namespace cortex::io
#endif // CORTEX_UNITTESTS_IO_TESTING_H
