//===- LateWorkers.h - When to run without the team -----------------------===//
//
// Where other work takes CPUs away, a worker may be gone for milliseconds in the
// midst of a run while the caller waits. After such a run the caller's next ones
// are its own alone: the more, the more often it happens. So they are where caller
// and worker share one CPU, and each waits until the other has given up spinning:
// that takes less, but goes on run after run.
//
// That a caller waited is no proof, though: the others may have had more to do
// than it had. So the first run alone is a trial. If it takes as long for its work
// as the run that waited, runs together go on, and are not judged for a while.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_RUNTIME_LATEWORKERS_H
#define CORTEX_RUNTIME_LATEWORKERS_H

#include <algorithm>
#include <cstdint>

namespace cortex::rt {

/// What one caller knows of it. Times are in nanoseconds; work in any unit that is the same for all its runs.
class LateWorkers {
public:
  /// Whether the caller should run alone now.
  bool alone() const { return runsAlone > 0; }
  /// Whether the next run alone must be timed.
  bool onTrial() const { return trial; }

  /// A run of several workers took `took` for `work`, `lost` of which the caller waited for others so long that it
  /// slept.
  void ranTogether(int64_t lost, int64_t took, double work) {
    if (unjudged > 0) {
      --unjudged;
      return;
    }
    if (lost <= took / 2) {
      shortInARow = 0;
      lower(nextAlone);
      return;
    }
    if (lost <= kLong && ++shortInARow < kPatience)
      return;
    shortInARow = 0;
    runsAlone = raise(nextAlone);
    trial = true;
    lateCost = static_cast<double>(took) / work;
  }

  /// A run that was alone because alone() said so took `took` for `work`; both matter on trial only.
  void ranAlone(int64_t took, double work) {
    --runsAlone;
    if (!trial)
      return;
    trial = false;
    if (static_cast<double>(took) < lateCost * work) {
      lower(nextUnjudged);
      return;
    }
    runsAlone = 0;
    nextAlone = 0;
    unjudged = raise(nextUnjudged);
  }

private:
  static constexpr int64_t kLong = 200'000; // a thread that has just been woken is not as late
  static constexpr uint32_t kPatience = 4;
  static constexpr uint32_t kFirst = 8, kMost = 512;
  static uint32_t raise(uint32_t &next) { return next = std::clamp(2 * next, kFirst, kMost); }
  static void lower(uint32_t &next) { next -= (next + 15) / 16; }

  uint32_t shortInARow = 0;                ///< runs that mostly waited, but not for long
  uint32_t runsAlone = 0, nextAlone = 0;   ///< runs alone that are still to come; how many the last time
  uint32_t unjudged = 0, nextUnjudged = 0; ///< the same of runs together that are not judged
  bool trial = false;
  double lateCost = 0; ///< time per work of the run that was late
};

} // namespace cortex::rt
#endif // CORTEX_RUNTIME_LATEWORKERS_H
