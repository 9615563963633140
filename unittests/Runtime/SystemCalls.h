//===- SystemCalls.h - Refusing system calls in tests ---------------------===//
//
// Filters of the kernel (seccomp) for this process. They cannot be taken off
// again, so that a test puts them on in a process of its own: a forked child.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_UNITTESTS_RUNTIME_SYSTEMCALLS_H
#define CORTEX_UNITTESTS_RUNTIME_SYSTEMCALLS_H

#include <cstdint>
#include <functional>
#include <string>

namespace cortex::test {

/// Whether this system lets a process filter its own calls; a test says that it was skipped if not.
bool canFilterSystemCalls();

/// Why allowFutexOnly cannot be used to watch runs, which look at the clock; "" if it can.
std::string whyNotFutexOnly();

/// From here on futex and the end of the process are the only system calls that any thread may make. Another
/// ends the process: inChild then tells its number, or where the thread blocks signals the signal SIGSYS.
void allowFutexOnly();

/// From here on those system calls of the calling thread and of the threads that it starts with which memory is
/// had (mmap, mprotect, memfd_create, openat, read, write, brk) can be refused by RefuseSystemCalls. They must not
/// be made where signals are blocked.
void interceptSystemCalls();

/// While in scope the n-th of those system calls fails with ENOMEM; n counts from 1.
class RefuseSystemCalls {
public:
  explicit RefuseSystemCalls(uint64_t n);
  ~RefuseSystemCalls();
  RefuseSystemCalls(const RefuseSystemCalls &) = delete;
  RefuseSystemCalls &operator=(const RefuseSystemCalls &) = delete;
  /// Whether it came to that.
  bool refused() const;
};

/// Runs `body` in a forked child. Returns "" if it returned "", else what went wrong: what it returned, its exit
/// status or its signal.
std::string inChild(const std::function<std::string()> &body);

} // namespace cortex::test
#endif // CORTEX_UNITTESTS_RUNTIME_SYSTEMCALLS_H
