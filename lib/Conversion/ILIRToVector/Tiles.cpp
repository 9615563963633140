//===- Tiles.cpp - Shapes of the register tiles of products ---------------===//
#include "cortex/Conversion/Tiles.h"

#include <algorithm>

using namespace cortex;

bool TileRules::fits(int64_t r, int64_t p, int64_t width) const {
  return (r * p * width) + (terms * (std::min(r, p * width) + 1)) <= registers;
}

int64_t TileRules::maxRows(int64_t width) const {
  int64_t most = rows ? std::min(rows, kMaxRows) : kMaxRows;
  while (most > 1 && !fits(most, 1, width))
    --most;
  return most;
}

int64_t TileRules::panelsFor(int64_t r, int64_t width, int64_t total) const {
  const int64_t most = std::min(panels ? std::min(panels, kMaxPanels) : kMaxPanels, total);
  // All panels in one tile: each row is looked up once. A number asked for is taken if it fits.
  if ((panels || total <= kMaxPanels) && fits(r, most, width))
    return most;
  int64_t p = 1;
  for (; p * 2 <= most && fits(r, p * 2, width); p *= 2) {
    const int64_t sums = r * p * width, loads = r + (p * width);
    // With one row every weight is used once, and loads are what the time is made of anyway.
    if (!panels && sums >= chains && (r == 1 || 4 * loads <= 3 * sums))
      break;
  }
  return p;
}
