//===- Hogs.h - Processes that compute all the time -----------------------===//
#ifndef CORTEX_BENCHMARKS_HOGS_H
#define CORTEX_BENCHMARKS_HOGS_H

#include <csignal>
#include <cstdint>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace cortex::bench {

/// While in scope so many processes of the normal scheduling class compute and do nothing else.
class Hogs {
public:
  explicit Hogs(unsigned count) {
    for (unsigned i = 0; i < count; ++i) {
      const pid_t child = fork();
      if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (volatile uint64_t n = 0;; n = n + 1)
          ;
      }
      if (child > 0)
        processes.push_back(child);
    }
  }
  ~Hogs() {
    for (pid_t p : processes) {
      kill(p, SIGKILL);
      waitpid(p, nullptr, 0);
    }
  }
  Hogs(const Hogs &) = delete;
  Hogs &operator=(const Hogs &) = delete;

private:
  std::vector<pid_t> processes;
};

} // namespace cortex::bench
#endif // CORTEX_BENCHMARKS_HOGS_H
