//===- CostModel.h - How long a model must take on a machine --------------===//
//
// A model's *work* (what its products compute and its states, tables and inputs
// move, per row and per edge), the *histogram* of a batch (how many rows and
// edges each level has) and a machine's *ceilings* together give the time below
// which no legal schedule can go:
//
//   sum over levels of max( FLOPs / peak,
//                           weight bytes / bandwidth of the memory that holds them,
//                           bytes of states, tables and inputs / bandwidth )
//   + exchanges * cost of a barrier
//
// the least over the ways to divide the work among workers. Nothing here knows
// MLIR: CountWork.h makes the work of a model.
//
// The same arithmetic estimates a program as it is scheduled (CountProgram.h), whose
// work also has what is not a product, and is told apart by kinds of rows.
//
// A child is a *symbol child* if its type's states follow from its symbol alone,
// so that its states, and their products with weights, are rows of tables; any
// other child is an *inner* child.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_COSTMODEL_COSTMODEL_H
#define CORTEX_COSTMODEL_COSTMODEL_H

#include "cortex/IO/Batch.h"

#include <cstdint>
#include <string>
#include <vector>

namespace cortex::cost {

//===----------------------------------------------------------------------===//
// The machine
//===----------------------------------------------------------------------===//

/// What each of a number of cores reaches while all of them work.
struct Ceilings {
  double gflops = 0;                                         ///< FMA peak in f32, 10^9 FLOP/s
  double l1Gbps = 0, l2Gbps = 0, l3Gbps = 0, memoryGbps = 0; ///< reading, 10^9 bytes/s
  uint64_t l1Bytes = 0, l2Bytes = 0;                         ///< a core's own
  uint64_t l3Bytes = 0;                                      ///< shared by the cores
  double barrierUs = 0;                                      ///< microseconds that a barrier of all of them takes
  double bf16Gflops = 0;                                     ///< peak of dot products of bf16; 0: the CPU has none

  /// A cache holds what takes at most this part of it.
  static constexpr double kHeld = 0.75;
  /// A round figure for a core of today with products at `gflops`, one of `workers` (docs/Performance.md, "The default
  /// schedule"): what is compiled must not depend on the machine that compiles.
  static Ceilings assumed(double gflops, uint32_t workers);
  /// The bandwidth at which a worker reads `share` bytes again and again, of which all workers together read `all`.
  double bandwidth(double share, double all) const;
};

//===----------------------------------------------------------------------===//
// The work
//===----------------------------------------------------------------------===//

/// What an amount of work is done for, once for each.
enum class Domain {
  Rows,          ///< row of the type
  RowsWithInner, ///< row that has an inner child
  Inner,         ///< inner child
  Symbols,       ///< symbol child
  InnerAt,       ///< row whose child at `position` is an inner one
  SymbolAt,      ///< row whose child at `position` is a symbol child
  Parents,       ///< parent
  Nodes          ///< node of the structure (sweeps at structures)
};

/// To whom an amount of work belongs.
struct Where {
  uint32_t type = 0; ///< of the row, or a class of rows (classOf); 0 at structures
  Domain domain = Domain::Rows;
  uint32_t position = 0;
};

/// A product with weights, or of states with states.
struct Product {
  Where where;
  uint64_t flops = 0;       ///< two per multiply-add
  uint64_t weightBytes = 0; ///< read once per level, whatever the number of rows; 0 for products of states
  uint64_t groups = 0;      ///< weights looked up by a symbol: so many matrices of `weightBytes` each; 0: one
};

enum class Memory { States, Tables, Inputs };

/// Bytes read or written.
struct Stream {
  Where where;
  Memory memory = Memory::States;
  uint64_t bytes = 0;
  bool whole = false; ///< by every worker, where workers divide the units
};

/// Arithmetic that is no product.
struct Elementwise {
  Where where;
  uint64_t operations = 0; ///< one multiply-add's time each, for every element
  bool whole = false;      ///< by every worker, where workers divide the units
};

/// One loop over levels.
struct Sweep {
  std::string name;
  OrderKind order = OrderKind::Up;
  std::vector<bool> symbolTypes; ///< [types]: states follow from the symbol; such rows need no work
  uint32_t exchanges = 0;        ///< per level, where workers divide the units
  std::vector<Product> products;
  std::vector<Stream> streams;
  std::vector<Elementwise> elementwise; ///< none in the work that every schedule has
};

struct Work {
  uint32_t types = 1;
  std::vector<Sweep> sweeps;
  uint64_t stateBytes = 0; ///< of all states of a row
  uint64_t inputBytes = 0; ///< of all inputs of a row
  uint64_t tableBytes = 0; ///< of all tables
};

//===----------------------------------------------------------------------===//
// The batch
//===----------------------------------------------------------------------===//

/// The rows of one type in one level, and their edges.
struct TypeCount {
  uint64_t rows = 0, rowsWithInner = 0, inner = 0, symbols = 0, parents = 0, nodes = 0;
  std::vector<uint64_t> innerAt, symbolAt; ///< by position, as long as needed

  uint64_t at(Domain domain, uint32_t position) const;
};
/// By type, then by type and kind (0: rows without an inner child, 1: with one), then all rows in one.
using Level = std::vector<TypeCount>;

/// Where a level has the rows of one kind of a type; of all rows of a type it is the type's number.
inline uint32_t classOf(uint32_t types, uint32_t type, uint32_t kind) {
  return types + 2 * type + kind;
}
/// Where it has all rows.
inline uint32_t classOfAll(uint32_t types) {
  return 3 * types;
}

/// What a batch has, as each sweep of some work meets it.
struct Histogram {
  std::vector<std::vector<Level>> sweeps;
  uint64_t structures = 0;
  uint64_t rows = 0; ///< that are no symbol types' in the first sweep
};

/// Counts the structures [begin, end) of a valid batch. `typeOfArity` serves batches without types.
Histogram countLevels(const Work &work, const io::Batch &batch, const std::vector<TypeInfo> &types, size_t begin,
                      size_t end);

/// A batch of the same structures `times` times.
Histogram repeated(Histogram histogram, double times);

//===----------------------------------------------------------------------===//
// The estimate
//
// Partition::Units: each worker owns a slice of the units of all products, so
// that weights are shared out and levels exchange. Partition::Structures: each
// worker runs whole structures; it reads all weights, and nothing is exchanged.
//===----------------------------------------------------------------------===//

struct Estimate {
  double us = 0; ///< microseconds
  uint32_t workers = 1;
  Partition partition = Partition::Units;
  uint64_t flops = 0; ///< of all workers
  uint32_t levels = 0;
  /// The parts of `us` that levels bound by FLOPs, by weights and by other bytes take, and exchanges.
  double flopsUs = 0, weightsUs = 0, streamsUs = 0, exchangesUs = 0;
  double elementwiseUs = 0; ///< beside the rest: few instructions of it overlap with products
};

/// The time of exactly `workers` workers under one partition; `ceilings` are those of so many.
Estimate estimate(const Work &work, const Histogram &histogram, const Ceilings &ceilings, uint32_t workers,
                  Partition partition);

/// The floor: the least over all partitions and numbers of workers up to the number of `ceilings`, which are
/// those of 1, 2, … workers.
Estimate floorOf(const Work &work, const Histogram &histogram, const std::vector<Ceilings> &ceilings);

} // namespace cortex::cost
#endif // CORTEX_COSTMODEL_COSTMODEL_H
