// Not a parser: faults planted on purpose, which scripts/fuzz.sh expects to be caught before it fuzzes anything.
#include "Fuzz.h"

#include <cstdlib>
#include <limits>
#include <thread>
#include <vector>

using namespace cortex;
using namespace cortex::fuzz;

const Limits fuzz::limits{64 << 10, 256};

/// Not inlined, so that the allocation is not left out.
[[gnu::noinline]] static void *allocate(size_t size) {
  void *volatile block = std::malloc(size);
  return block;
}
static bool lose(size_t size) {
  return allocate(size) == nullptr;
}

bool fuzz::parse(std::string_view input) {
  std::vector<char> bytes(input.begin(), input.end());
  if (input == "overrun")
    return *(bytes.data() + bytes.size()) == 'x';
  if (input == "overflow")
    return std::numeric_limits<int>::max() + static_cast<int>(bytes.size()) > 0;
  if (input == "leak")
    return lose(input.size());
  if (input == "grow") {
    bytes.reserve(size_t(1) << 20);
    return true;
  }
  if (input == "hang")
    std::this_thread::sleep_for(std::chrono::hours(1));
  if (input == "false")
    return requireVerdict(true, "a message with an acceptance");
  return input == "accept";
}
