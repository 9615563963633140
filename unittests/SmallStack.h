//===- SmallStack.h - Running a test on a small stack ---------------------===//
//
// A thread whose stack is too small for any recursion over a deep structure:
// what finishes on it keeps its own stack.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_UNITTESTS_SMALLSTACK_H
#define CORTEX_UNITTESTS_SMALLSTACK_H

#include <cstddef>
#include <exception>
#include <pthread.h>
#include <stdexcept>

namespace cortex::test {

inline constexpr size_t kSmallStack = size_t(256) << 10;

/// Calls `body` on a stack of `size` bytes; passes on what it throws.
template <class Body> void onSmallStack(Body body, size_t size = kSmallStack) {
  struct Call {
    Body &body;
    std::exception_ptr thrown;
  } call{body, nullptr};
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, size);
  pthread_t thread;
  const int failed = pthread_create(
      &thread, &attributes,
      [](void *context) -> void * {
        auto *call = static_cast<Call *>(context);
        try {
          call->body();
        } catch (...) {
          call->thrown = std::current_exception();
        }
        return nullptr;
      },
      &call);
  pthread_attr_destroy(&attributes);
  if (failed)
    throw std::runtime_error("no thread with a small stack");
  pthread_join(thread, nullptr);
  if (call.thrown)
    std::rethrow_exception(call.thrown);
}

} // namespace cortex::test
#endif // CORTEX_UNITTESTS_SMALLSTACK_H
