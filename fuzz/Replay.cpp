//===- Replay.cpp - The kept corpus as an ordinary test -------------------===//
//
//   replay-PARSER FOLDER...   every file of the folders, without libFuzzer
//
// Fails if the folders hold too little: an input that is accepted and one that is not.
//===----------------------------------------------------------------------===//
#include "Fuzz.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

int main(int argc, char **argv) {
  size_t accepted = 0, refused = 0;
  for (int i = 1; i < argc; ++i)
    for (const auto &entry : std::filesystem::directory_iterator(argv[i])) {
      std::ifstream file(entry.path(), std::ios::binary);
      const std::string bytes{std::istreambuf_iterator<char>(file), {}};
      const bool ok = cortex::fuzz::run(bytes);
      std::printf("%s: %s\n", entry.path().c_str(), ok ? "accepted" : "refused");
      ++(ok ? accepted : refused);
    }
  std::printf("%zu accepted, %zu refused\n", accepted, refused);
  if (accepted > 0 && refused > 0)
    return 0;
  std::printf("error: expected inputs of both kinds\n");
  return 1;
}
