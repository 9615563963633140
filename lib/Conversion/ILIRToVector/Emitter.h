//===- Emitter.h - Code generation for nests --------------------*- C++ -*-===//
//
// Nests are lowered by *pulling*: to store a panel of units, ask for the vector
// of the stored value at that panel; an elementwise operation asks its operands
// for the same panel, a broadcast for a scalar, a load emits a load. What was
// asked before, at the same indices, is reused. Nothing is computed that nobody
// asked for, and every value is a register.
//
//   vec(v, {outer indices}, lane)  = lanes [lane, lane+L) of v's last dimension
//   scalar(v, {all indices})       = one element
//===----------------------------------------------------------------------===//
#ifndef CORTEX_LIB_CONVERSION_ILIRTOVECTOR_EMITTER_H
#define CORTEX_LIB_CONVERSION_ILIRTOVECTOR_EMITTER_H

#include "cortex/Conversion/ProgramLayout.h"
#include "cortex/Dialect/ILIR/IR/ILIR.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include <map>

namespace cortex {

/// Indices into a tensor whose last dimension is taken as one vector.
struct VecIndex {
  llvm::SmallVector<mlir::Value> outer; ///< all dimensions but the last
  mlir::Value lane;                     ///< element of the last dimension in lane 0
  mlir::Value mask;                     ///< lanes that exist; null: all
};

/// What the product kernels of a module are told apart by; see Products.cpp.
struct KernelShape {
  int64_t k;           ///< terms of each sum
  int64_t width;       ///< products interleaved in a panel
  int64_t valid;       ///< of these, the ones that exist
  int64_t rows;        ///< height of the tile
  int64_t panels;      ///< panels of the tile
  int64_t panelStride; ///< elements between the weights of two panels
  int64_t xStride;     ///< elements between two k of a row
  int64_t yStride;     ///< elements between two products' results
  bool masked;         ///< the panel has units that do not exist
  bool accumulate;     ///< sums start from what is stored, not from zero
  std::string name() const;
};

class Emitter {
public:
  Emitter(mlir::ModuleOp module, ilir::ProgramOp program, const ProgramLayout &layout, unsigned lanes,
          unsigned accumulators);

  /// Emits `@cortex_<name>`; fails with a diagnostic if something has no lowering.
  mlir::LogicalResult emitFunction(ilir::FuncOp func);

  unsigned numKernels = 0, numProducts = 0, numMasked = 0;

private:
  //===--- Frame.cpp: the frame, addresses, indices -------------------------===//
  mlir::Value slot(uint32_t i, bool pointer);
  mlir::Value constant(int64_t i);
  mlir::Value address(mlir::Value base, mlir::Value bytes);
  mlir::Value loadI32(mlir::Value base, mlir::Value i);
  mlir::Value add(mlir::Value a, mlir::Value b);
  mlir::Value sub(mlir::Value a, mlir::Value b);
  mlir::Value mul(mlir::Value a, mlir::Value b);
  mlir::Value mul(mlir::Value a, int64_t b) { return mul(a, constant(b)); }
  mlir::Value add(mlir::Value a, int64_t b) { return add(a, constant(b)); }
  mlir::Value adjacency(abi::Adjacency a, abi::AdjacencySlot s);
  abi::Adjacency adjacencyOf(mlir::Value edge);
  /// The value of an ilir index, as an `index`.
  mlir::Value emitIndex(mlir::Value v);
  mlir::Value emitStep(ilir::IndexOp op);
  /// Runs `then` where cond holds, else gives -1.
  mlir::Value guarded(mlir::Value cond, llvm::function_ref<mlir::Value()> then);
  /// Pointer to the item of a buffer, input or param.
  mlir::Value itemAddress(mlir::Operation *access, mlir::FlatSymbolRefAttr name, mlir::Value index);
  mlir::Value bufferBase(ilir::BufferOp buffer);
  /// This worker's panels of a dimension of `units`: [first, last).
  std::pair<mlir::Value, mlir::Value> ownedPanels(int64_t units);

  //===--- Pull.cpp ---------------------------------------------------------===//
  mlir::Value vec(mlir::Value v, const VecIndex &at);
  mlir::Value scalar(mlir::Value v, llvm::ArrayRef<mlir::Value> at);
  mlir::Value computeVec(mlir::Value v, const VecIndex &at);
  mlir::Value computeScalar(mlir::Value v, llvm::ArrayRef<mlir::Value> at);
  mlir::Value elementwise(mlir::Operation *op, mlir::ValueRange operands, bool vector);
  mlir::Value loadVec(ilir::LoadOp load, const VecIndex &at);
  mlir::Value loadScalar(ilir::LoadOp load, llvm::ArrayRef<mlir::Value> at);
  mlir::Value literalVec(mlir::DenseElementsAttr value, const VecIndex &at);
  mlir::Value literalScalar(mlir::DenseElementsAttr value, llvm::ArrayRef<mlir::Value> at);
  mlir::Value literalBase(mlir::DenseElementsAttr value);
  mlir::Value concatVec(mlir::tensor::ConcatOp op, const VecIndex &at);
  mlir::Value insertVec(mlir::tensor::InsertSliceOp op, const VecIndex &at);
  /// Lane by lane, from scalars; for dimensions that do not lie along the lanes.
  mlir::Value byLanes(mlir::Value v, const VecIndex &at);
  mlir::Value memoryVec(mlir::Value base, mlir::RankedTensorType type, const VecIndex &at);
  mlir::Value memoryScalar(mlir::Value base, mlir::RankedTensorType type, llvm::ArrayRef<mlir::Value> at);
  mlir::Value linearIndex(mlir::RankedTensorType type, llvm::ArrayRef<mlir::Value> at);
  void delinearize(mlir::Value linear, mlir::RankedTensorType type, llvm::SmallVectorImpl<mlir::Value> &at);
  mlir::Value splat(mlir::Value scalar);
  mlir::Value splatConstant(mlir::Type element, double x);
  mlir::Value orElse(mlir::Value present, mlir::Type type, llvm::function_ref<mlir::Value()> load,
                     llvm::function_ref<mlir::Value()> other);
  mlir::Value clamp(mlir::Value i, int64_t last);
  mlir::Value select(mlir::Value mask, mlir::Value a, mlir::Value b);
  mlir::Value inRange(mlir::Value i, int64_t begin, int64_t end);
  mlir::Value laneRange(mlir::Value lane, int64_t begin, int64_t end);

  //===--- PullReductions.cpp -----------------------------------------------===//
  mlir::Value reduceVec(mlir::linalg::ReduceOp op, const VecIndex &at);
  mlir::Value reduceScalar(mlir::linalg::ReduceOp op, llvm::ArrayRef<mlir::Value> at);
  mlir::Value contractVec(mlir::linalg::ContractOp op, const VecIndex &at);
  mlir::Value contractScalar(mlir::linalg::ContractOp op, llvm::ArrayRef<mlir::Value> at);
  void edgesReduce(ilir::EdgesOp op, mlir::Value result, llvm::function_ref<mlir::Value(mlir::Value)> pull, bool vector,
                   llvm::function_ref<void(mlir::Value, mlir::Value)> remember);
  mlir::Value horizontal(mlir::Value vector, llvm::function_ref<mlir::Value(mlir::Value, mlir::Value)> combine);
  /// for i in [0, n) with one loop-carried value.
  mlir::Value accumulate(int64_t n, int64_t step, mlir::Value init,
                         llvm::function_ref<mlir::Value(mlir::Value i, mlir::Value acc)> body);

  //===--- Nests.cpp --------------------------------------------------------===//
  mlir::LogicalResult emitNest(ilir::RowsOp nest);
  void emitItem(ilir::RowsOp nest);
  void emitPanels(ilir::RowsOp nest, mlir::RankedTensorType type, llvm::SmallVectorImpl<mlir::Value> &outer);
  void forLoop(mlir::Value begin, mlir::Value end, llvm::function_ref<void(mlir::Value)> body);
  /// The strip's rows, or the edges of its rows.
  std::pair<mlir::Value, mlir::Value> domainRange(ilir::RowsOp nest);
  void bindItem(ilir::RowsOp nest, mlir::Value item);

  //===--- Products.cpp -----------------------------------------------------===//
  mlir::LogicalResult emitProductNest(ilir::RowsOp nest, ilir::StoreOp store, ilir::ProductOp product);
  void emitPack(ilir::PackOp pack);
  struct ProductLoops;
  void emitTiles(ProductLoops &loops, const KernelShape &shape, mlir::Value panel, mlir::Value chunk,
                 llvm::ArrayRef<std::pair<int64_t, int64_t>> tiles, mlir::Value panelsPerTile);
  void fillTables(ProductLoops &loops, mlir::Value first, mlir::Value count);
  void emitChunk(ProductLoops &loops, KernelShape shape, mlir::Value chunk);
  mlir::func::FuncOp kernel(const KernelShape &shape);
  void emitKernelBody(mlir::func::FuncOp f, const KernelShape &shape);

  //===--- ILIRToVector.cpp: control ----------------------------------------===//
  mlir::LogicalResult emitBlock(mlir::Block &block);
  mlir::LogicalResult emitLevels(ilir::LevelsOp levels);
  mlir::LogicalResult emitStrips(ilir::StripsOp strips);
  void emitBarrier();

  /// Values known within a scope (a loop body, a branch).
  struct Scope {
    Emitter &e;
    explicit Scope(Emitter &e) : e(e) { e.memo.emplace_back(); }
    ~Scope() { e.memo.pop_back(); }
  };
  using Key = std::pair<void *, llvm::SmallVector<void *>>;
  mlir::Value find(const Key &key);
  void remember(const Key &key, mlir::Value v) { memo.back()[key] = v; }
  static Key keyOf(mlir::Value v, const VecIndex &at);
  static Key keyOf(mlir::Value v, llvm::ArrayRef<mlir::Value> at);

  mlir::ModuleOp module;
  ilir::ProgramOp program;
  const ProgramLayout &layout;
  const int64_t lanes;
  const int64_t accumulators;
  mlir::OpBuilder b;
  mlir::Location loc;
  mlir::Type element;
  mlir::VectorType vectorType;
  mlir::Type ptr, i64, i32;
  int64_t elementBytes;

  // Of the function being emitted.
  mlir::Value frame, worker, workers;
  mlir::Operation *prologueEnd = nullptr; ///< slots are loaded before it, once
  llvm::DenseMap<uint32_t, mlir::Value> slots;
  llvm::DenseMap<int64_t, mlir::Value> constants;
  llvm::DenseMap<int64_t, std::pair<mlir::Value, mlir::Value>> panels;
  mlir::Value rowTable, outTable; ///< pointers of one tile's rows, on the stack
  std::vector<std::map<Key, mlir::Value>> memo;

  // Of the loop being emitted.
  uint32_t order = 0;
  ilir::OrderKind orderKind = ilir::OrderKind::Up;
  mlir::Value levelBegin, stripBegin, stripEnd, stripKey;

  llvm::StringMap<mlir::func::FuncOp> kernels;
  llvm::DenseMap<mlir::Attribute, std::string> literals;
};

} // namespace cortex
#endif // CORTEX_LIB_CONVERSION_ILIRTOVECTOR_EMITTER_H
