//===- Fuzz.h - What the harnesses share ----------------------------------===//
//
// A harness defines `limits` and `parse`, which `run` calls for libFuzzer (Fuzz.cpp)
// and for the kept corpus (Replay.cpp). In builds with the address sanitizer it
// counts the bytes that are held around each call: more than the limits allow for
// an input of that size is a finding, at the very allocation that goes too far.
// libFuzzer's programs say at exit how many inputs were accepted, and fail if none
// was: a harness that only ever reaches refusals tests little.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_FUZZ_H
#define CORTEX_FUZZ_H

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace cortex::fuzz {

/// How much memory may be held at once while an input is parsed: base + perByte * size of the input.
struct Limits {
  size_t base, perByte;
};
extern const Limits limits;

/// Parses an input and checks what must hold of the result. Whether it was accepted.
bool parse(std::string_view input);

/// The same within the limits, and counted. Whether it was accepted.
bool run(std::string_view input);

/// Ends the process, which libFuzzer reports with the input, unless `holds`.
void require(bool holds, const char *what);

/// A refusal must say why, an acceptance nothing. Returns `accepted`.
bool requireVerdict(bool accepted, const std::string &error);

} // namespace cortex::fuzz
#endif // CORTEX_FUZZ_H
