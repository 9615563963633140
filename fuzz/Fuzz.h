//===- Fuzz.h - What the harnesses share ----------------------------------===//
#ifndef CORTEX_FUZZ_H
#define CORTEX_FUZZ_H

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace cortex::fuzz {

/// Ends the process, which libFuzzer reports with the input, unless `holds`.
inline void require(bool holds, const char *what) {
  if (holds)
    return;
  std::fprintf(stderr, "violated: %s\n", what);
  std::abort();
}

/// A refusal must say why, an acceptance nothing.
inline void requireVerdict(bool accepted, const std::string &error) {
  require(accepted == error.empty(), "a message if and only if the input is refused");
}

inline std::string_view text(const uint8_t *data, size_t size) {
  return {reinterpret_cast<const char *>(data), size};
}

} // namespace cortex::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif // CORTEX_FUZZ_H
