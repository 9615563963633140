//===- PlacedLinearizer.h - A linearizer with memory of its own -----------===//
#ifndef CORTEX_UNITTESTS_RUNTIME_PLACEDLINEARIZER_H
#define CORTEX_UNITTESTS_RUNTIME_PLACEDLINEARIZER_H

#include "../../runtime/lib/Linearizer.h"

namespace cortex::test {

/// Each run has just the room that its range needs, and the next finds what this one left behind.
class PlacedLinearizer : public rt::Linearizer {
public:
  using Linearizer::Linearizer;

  void run(const cortex_batch &batch, int32_t first, int32_t last) {
    rt::Extent room = measure(batch, first, last);
    do {
      const size_t bytes = Linearizer::bytes(room);
      const bool grows = bytes > memory.size();
      if (grows)
        memory = rt::Block(bytes);
      place(room, memory.data(), grows);
      ++tries;
    } while (!Linearizer::run(batch, first, last) && (room = rt::Extent::larger(room, extent()), true));
  }
  int tries = 0; ///< more than runs: roots had to be counted first

private:
  rt::Block memory;
};

} // namespace cortex::test
#endif // CORTEX_UNITTESTS_RUNTIME_PLACEDLINEARIZER_H
