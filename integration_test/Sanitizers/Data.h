//===- Data.h - Names in a case's data file -------------------------------===//
//
// A safetensors file: "param/W"; and for each batch 0, 1, …: "0/node_offsets",
// "0/children" …, "0/input/word", "0/output/root", flat.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_INTEGRATION_TEST_SANITIZERS_DATA_H
#define CORTEX_INTEGRATION_TEST_SANITIZERS_DATA_H

#include <cstdint>
#include <string>

namespace cortex::sanitizers {

inline constexpr const char *kParam = "param/", *kNodeOffsets = "node_offsets", *kChildOffsets = "child_offsets",
                            *kChildren = "children", *kTypes = "types", *kRootOffsets = "root_offsets",
                            *kRoots = "roots", *kInput = "input/", *kOutput = "output/";

inline std::string batchName(uint64_t number) {
  return std::to_string(number) + "/";
}

} // namespace cortex::sanitizers
#endif // CORTEX_INTEGRATION_TEST_SANITIZERS_DATA_H
