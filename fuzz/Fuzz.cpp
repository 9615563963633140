//===- Fuzz.cpp - Calls a harness, and watches the memory that it takes ---===//
#include "Fuzz.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

// Of the address sanitizer's runtime; absent from builds without it, which then count no bytes.
extern "C" {
int __attribute__((weak)) __sanitizer_install_malloc_and_free_hooks(void (*)(const volatile void *, size_t),
                                                                    void (*)(const volatile void *));
size_t __attribute__((weak)) __sanitizer_get_allocated_size(const volatile void *);
void __attribute__((weak)) __sanitizer_print_stack_trace();
}

using namespace cortex;

// What LLVM's allocators poison from instrumented code, its own code, which is not instrumented, hands out again.
extern "C" const char *__asan_default_options() {
  return "allow_user_poisoning=0:strict_string_checks=1:quarantine_size_mb=16";
}
extern "C" const char *__ubsan_default_options() {
  return "halt_on_error=1:print_stacktrace=1";
}

namespace {

/// Bytes that are held, of those allocated since the last start.
class Meter {
public:
  void start(size_t most) {
    if (!installed) {
      installed = true;
      if (__sanitizer_install_malloc_and_free_hooks)
        __sanitizer_install_malloc_and_free_hooks(
            [](const volatile void *, size_t size) { meter.took(size); },
            [](const volatile void *at) { meter.gave(at ? __sanitizer_get_allocated_size(at) : 0); });
    }
    held = peak = 0;
    limit = static_cast<int64_t>(most);
    on = true;
  }
  void stop() { on = false; }
  int64_t mostHeld() const { return peak; }

  static Meter meter;

private:
  void took(size_t size) {
    if (!on)
      return;
    held += static_cast<int64_t>(size);
    peak = std::max(peak, held);
    if (held <= limit)
      return;
    on = false;
    std::fprintf(stderr, "violated: memory in proportion to the input: %lld bytes are held, %lld are allowed\n",
                 static_cast<long long>(held), static_cast<long long>(limit));
    if (__sanitizer_print_stack_trace)
      __sanitizer_print_stack_trace();
    std::abort();
  }
  void gave(size_t size) { held -= on ? static_cast<int64_t>(size) : 0; }

  bool installed = false, on = false;
  int64_t held = 0, peak = 0, limit = 0;
};
Meter Meter::meter;

/// What is told at exit.
struct {
  size_t tried = 0, accepted = 0;
  int64_t mostHeld = 0;
  size_t ofBytes = 0; ///< the size of that input
} counts;

} // namespace

void fuzz::require(bool holds, const char *what) {
  if (holds)
    return;
  std::fprintf(stderr, "violated: %s\n", what);
  std::abort();
}

bool fuzz::requireVerdict(bool accepted, const std::string &error) {
  require(accepted == error.empty(), "a message if and only if the input is refused");
  return accepted;
}

bool fuzz::run(std::string_view input) {
  Meter &meter = Meter::meter;
  meter.start(limits.base + limits.perByte * input.size());
  const bool accepted = parse(input);
  meter.stop();
  ++counts.tried;
  counts.accepted += accepted;
  if (meter.mostHeld() > counts.mostHeld) {
    counts.mostHeld = meter.mostHeld();
    counts.ofBytes = input.size();
  }
  return accepted;
}

//===----------------------------------------------------------------------===//
// libFuzzer
//===----------------------------------------------------------------------===//

/// Prints how many inputs were accepted; exit status 1 if several were tried and none was.
static void reportAtExit() {
  std::atexit([] {
    std::fprintf(stderr, "accepted %zu of %zu inputs; at most %lld bytes held, for an input of %zu bytes\n",
                 counts.accepted, counts.tried, static_cast<long long>(counts.mostHeld), counts.ofBytes);
    if (counts.tried > 1 && counts.accepted == 0) {
      std::fprintf(stderr, "violated: some input is accepted\n");
      std::_Exit(1);
    }
  });
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz::run({reinterpret_cast<const char *>(data), size});
  return 0;
}

/// libFuzzer calls this first. A merge runs parts of the corpus in processes of their own, which may see refusals only.
extern "C" int LLVMFuzzerInitialize(int *argc, char ***argv) {
  const bool merges =
      std::any_of(*argv, *argv + *argc, [](const char *a) { return std::strstr(a, "merge") != nullptr; });
  if (!merges)
    reportAtExit();
  return 0;
}
