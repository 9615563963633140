//===- Isolated.h - Work in processes of their own ------------------------===//
//
// Generated code may crash, hang or eat the memory: each trial runs in a process
// that is forked for it, with limits, so that such a case is one more finding and
// the others go on.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_TOOLS_FUZZ_ISOLATED_H
#define CORTEX_TOOLS_FUZZ_ISOLATED_H

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace cortex::fuzz {

struct Limits {
  uint64_t memoryMiB = 4096;   ///< of address space; 0: none
  uint64_t cpuSeconds = 300;   ///< of all threads
  uint64_t wallSeconds = 1800; ///< for what waits and does not compute
};

/// How a process ended.
struct Ended {
  std::string text;    ///< what the work returned, if it came to that
  std::string problem; ///< how it died; empty: it did not
  double cpuSeconds = 0;
};

/// At most so many processes at once, each of which does one piece of work.
class Pool {
public:
  using Work = std::function<std::string()>;
  using Then = std::function<void(const Ended &)>;

  Pool(unsigned processes, const Limits &limits) : most(processes), limits(limits) {}
  Pool(const Pool &) = delete;
  Pool &operator=(const Pool &) = delete;
  /// Kills what still runs.
  ~Pool();

  /// Forks a process for `work`, first waiting for one to end if there are too many;
  /// `then` is called here with what came of it, during this or a later call. The
  /// caller must have no other threads.
  void start(const Work &work, Then then);
  /// Waits for all.
  void finish();

private:
  struct Process {
    pid_t pid;
    int pipe;
    std::string text;
    Then then;
    std::chrono::steady_clock::time_point deadline;
    bool late = false;
  };

  /// Waits until some process writes, ends or is late; ends those that are done.
  void wait();
  void end(size_t i);

  unsigned most;
  Limits limits;
  std::vector<Process> running;
};

/// One piece of work.
Ended runIsolated(const Pool::Work &work, const Limits &limits);

} // namespace cortex::fuzz
#endif // CORTEX_TOOLS_FUZZ_ISOLATED_H
