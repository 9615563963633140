//===- LateWorkers.h - When to run without the team -----------------------===//
//
// Where other work takes CPUs away, a worker may be gone for milliseconds in the
// midst of a run while the caller waits. After such a run the caller's next ones
// are its own alone: the more, the more often it happens.
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

  /// A run of several workers took `took` for `work`, `lost` of which the caller slept until others were ready.
  void ranTogether(int64_t lost, int64_t took, double work) {
    if (unjudged > 0) {
      --unjudged;
      return;
    }
    if (lost <= kLate || lost <= took / 2) {
      lower(nextAlone);
      return;
    }
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
  static constexpr int64_t kLate = 200'000; // waking a thread takes less
  static constexpr uint32_t kFirst = 8, kMost = 512;
  static uint32_t raise(uint32_t &next) { return next = std::clamp(2 * next, kFirst, kMost); }
  static void lower(uint32_t &next) { next -= (next + 15) / 16; }

  uint32_t runsAlone = 0, nextAlone = 0;   ///< runs alone that are still to come; how many the last time
  uint32_t unjudged = 0, nextUnjudged = 0; ///< the same of runs together that are not judged
  bool trial = false;
  double lateCost = 0; ///< time per work of the run that was late
};

} // namespace cortex::rt
#endif // CORTEX_RUNTIME_LATEWORKERS_H
