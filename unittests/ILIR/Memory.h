//===- Memory.h - What workers may know of each other's stores --*- C++ -*-===//
//
// On a real machine, a program that lacks an exchange mostly works: the other
// worker has usually stored by then, and its cache has usually heard of it. This
// memory knows no "usually". Every element remembers who stored it and when, and
// reading what is not certain to be there is a violation, whatever value lies there.
//
//   poison     An element that nobody stored. Everything is poison when `run`
//              begins, but what `prepare` made; so is a temporary's element that
//              was stored for another strip (level): the memory is the same, and
//              the item it stood for is gone.
//   ownership  Of the P panels of W workers, worker w owns [P·w/W, P·(w+1)/W). An
//              element belongs to the owner of its unit's panel, and only the
//              owner stores it. Nobody else ever touches a `private` buffer's;
//              of a `local` buffer every worker has a copy that is all its own.
//   epoch      The number of barriers that a worker has passed. All workers pass
//              barrier k together, so what lies in different epochs is in order,
//              and what two workers do in one epoch happens in any order.
//
// From these follow the rules, checked at each element that is touched:
//
//   read   not poison; stored by the reader itself, or in an epoch that ended
//          with (or was followed by) a barrier that names the buffer;
//   store  by the owner; not where another worker has read in this epoch: it may
//          as well come to read only now, and find the new value;
//   both   not what another row or panel of the same nest stores, since the rows
//          of a nest run in parallel.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_UNITTESTS_ILIR_MEMORY_H
#define CORTEX_UNITTESTS_ILIR_MEMORY_H

#include "Arrays.h"

#include "llvm/ADT/DenseMap.h"

#include <stdexcept>

namespace cortex::interleaved {

/// A rule of ilir that a program broke: one line that names the operation, the
/// buffer, the item and the workers.
struct Violation : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Who touches memory, and when. Serial numbers are those of the program's order, the same for all workers.
struct Moment {
  int64_t worker = 0;
  int64_t epoch = 0;
  int64_t level = 0, strip = 0; ///< serial numbers
  int64_t nest = 0, step = 0;   ///< a nest's execution in a strip; one row and panel of it
};

/// One element of a buffer.
struct Element {
  mlir::Operation *by; ///< the operation that touches it
  ilir::BufferOp buffer;
  int64_t item, offset;
  int64_t units, unit; ///< of the tensor that is touched: its last extent, and the element's index in it
};

/// All panels of `units` units.
int64_t panelsOf(int64_t units, int64_t lanes);
/// The first panel of worker w of W; that of worker w + 1 is one past its last.
int64_t firstPanel(int64_t panels, int64_t worker, int64_t workers);

class Memory {
public:
  Memory(ilir::ProgramOp program, int64_t lanes);

  /// Before prepare (`constants`) or run: sizes and poisons all buffers that it stores.
  void reset(bool constants, const Arrays &arrays, int64_t workers);
  /// All workers have passed a barrier at the end of `epoch` that names this buffer.
  void exchange(ilir::BufferOp buffer, int64_t epoch);
  /// A function has ended, which all wait for: everything is seen by all from now on.
  void join();

  double read(const Moment &now, const Element &element);
  void store(const Moment &now, const Element &element, double value);
  /// What lies there after the run; poison is a violation by `output`.
  double result(mlir::Operation *output, ilir::BufferOp buffer, int64_t item, int64_t offset) const;

private:
  static constexpr int64_t kNever = -1, kSeveral = -2;
  struct Cell {
    double value = 0;
    int64_t writer = kNever, epoch = 0; ///< never: poison
    int64_t scope = 0;                  ///< the level or strip that it was stored for
    int64_t nest = kNever, step = 0;    ///< that stored it
    int64_t readEpoch = kNever, reader = 0;
    int64_t readNest = kNever, readStep = 0;
  };
  struct Buffer {
    int64_t items = 0, size = 0;
    ilir::Storage storage{};
    int64_t Moment::*lifetime = nullptr; ///< the serial number of what a temporary is stored for
    int64_t seen = kNever;               ///< stores of this epoch and before are seen by all
    std::vector<Cell> cells;
  };

  static int64_t scopeOf(const Buffer &buffer, const Moment &now) { return buffer.lifetime ? now.*buffer.lifetime : 0; }
  Cell &cellOf(const Moment &now, const Element &element, Buffer &buffer) const;
  int64_t ownerOf(const Element &element) const;
  void checkRead(const Moment &now, const Element &element, const Buffer &buffer, const Cell &cell) const;
  void checkStore(const Moment &now, const Element &element, const Buffer &buffer, const Cell &cell) const;

  ilir::ProgramOp program;
  int64_t lanes, workers = 1;
  llvm::DenseMap<mlir::Operation *, Buffer> buffers;
};

} // namespace cortex::interleaved
#endif // CORTEX_UNITTESTS_ILIR_MEMORY_H
