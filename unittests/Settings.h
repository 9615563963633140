//===- Settings.h - How tests are run -------------------------------------===//
#ifndef CORTEX_UNITTESTS_SETTINGS_H
#define CORTEX_UNITTESTS_SETTINGS_H

#include <cstdlib>
#include <string_view>

namespace cortex::test {

/// Whether CORTEX_FULL=1 asks for everything.
inline bool full() {
  const char *value = std::getenv("CORTEX_FULL");
  return value && std::string_view(value) == "1";
}

// Clang tells by a feature, GCC by a macro.
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CORTEX_TESTS_IN_ADDRESS_SANITIZER
#endif
#if __has_feature(thread_sanitizer)
#define CORTEX_TESTS_IN_THREAD_SANITIZER
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(CORTEX_TESTS_IN_ADDRESS_SANITIZER)
inline constexpr bool kAddressSanitizer = true;
#else
inline constexpr bool kAddressSanitizer = false;
#endif
#if defined(__SANITIZE_THREAD__) || defined(CORTEX_TESTS_IN_THREAD_SANITIZER)
inline constexpr bool kThreadSanitizer = true;
#else
inline constexpr bool kThreadSanitizer = false;
#endif
#undef CORTEX_TESTS_IN_ADDRESS_SANITIZER
#undef CORTEX_TESTS_IN_THREAD_SANITIZER

} // namespace cortex::test
#endif // CORTEX_UNITTESTS_SETTINGS_H
