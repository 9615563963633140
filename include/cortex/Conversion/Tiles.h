//===- Tiles.h - Shapes of the register tiles of products -------*- C++ -*-===//
//
// A product's tile is rows x panels of interleaved products, whose sums stay in
// vector registers for the whole loop over k. Per k a tile does
//
//   sums  = rows * panels * width      multiply-adds
//   loads = rows + panels * width      one broadcast per row, one weight vector per panel and product
//
// and holds the sums, the smaller of its two kinds of operands and one of the
// other kind in registers. The tallest tile that fits reads the weights least
// often. Where a strip has few rows, more panels make up for them: a sum is one
// chain, so there must be `chains` of them in flight, and there should not be more
// than three loads to four multiply-adds, since a core loads about as often as it
// multiplies. More than that gains nothing, and spills sums.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_CONVERSION_TILES_H
#define CORTEX_CONVERSION_TILES_H

#include <cstdint>

namespace cortex {

struct TileRules {
  int64_t registers = 32; ///< vector registers that a tile may use
  int64_t chains = 8;     ///< sums that keep the multiply-add units busy: latency times units
  int64_t rows = 0;       ///< the most rows of a tile; 0: as many as fit, up to kMaxRows
  int64_t panels = 0;     ///< the most panels of a tile; 0: by the rule above, up to kMaxPanels

  int64_t terms = 1; ///< k whose operands are in registers at once

  static constexpr int64_t kMaxRows = 8, kMaxPanels = 4;

  /// Whether the sums and operands of a tile have registers.
  bool fits(int64_t rows, int64_t panels, int64_t width) const;
  /// The tallest tile of `width` products in a panel.
  int64_t maxRows(int64_t width) const;
  /// Panels of a tile of `rows` rows where a product has `total` panels.
  int64_t panelsFor(int64_t rows, int64_t width, int64_t total) const;
};

} // namespace cortex
#endif // CORTEX_CONVERSION_TILES_H
