//===- Poison.h - What AddressSanitizer is to report -----------------------===//
//
// Blocks come from the system, so AddressSanitizer knows nothing of where the
// buffers and items in them end. In builds with it the runtime says so: the gaps
// between buffers and the padding of items are poisoned. Without it this is nothing.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_RUNTIME_POISON_H
#define CORTEX_RUNTIME_POISON_H

#include <cstddef>
#include <cstdint>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CORTEX_ADDRESS_SANITIZER 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define CORTEX_ADDRESS_SANITIZER 1
#endif

#ifdef CORTEX_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#endif

namespace cortex::rt {

#ifdef CORTEX_ADDRESS_SANITIZER
inline void poison(const void *begin, size_t size) {
  __asan_poison_memory_region(begin, size);
}
inline void unpoison(const void *begin, size_t size) {
  __asan_unpoison_memory_region(begin, size);
}
/// `count` items from `begin`, each of `used` bytes and padding up to `size`.
inline void poisonPadding(const uint8_t *begin, size_t count, size_t used, size_t size) {
  for (size_t i = 0; i < count; ++i)
    poison(begin + i * size + used, size - used);
}
/// The values of `count` items within what is poisoned.
inline void unpoisonItems(const uint8_t *begin, size_t count, size_t used, size_t size) {
  for (size_t i = 0; i < count; ++i)
    unpoison(begin + i * size, used);
}
#else
inline void poison(const void *, size_t) {}
inline void unpoison(const void *, size_t) {}
inline void poisonPadding(const uint8_t *, size_t, size_t, size_t) {}
inline void unpoisonItems(const uint8_t *, size_t, size_t, size_t) {}
#endif

} // namespace cortex::rt
#endif // CORTEX_RUNTIME_POISON_H
