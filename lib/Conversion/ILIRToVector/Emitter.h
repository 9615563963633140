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
#include "cortex/Conversion/Tiles.h"
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

/// What the product kernels of a module are told apart by; see Kernels.cpp.
struct KernelShape {
  int64_t k;           ///< terms of each sum
  int64_t width;       ///< products interleaved in a panel
  int64_t valid;       ///< of these, the ones that exist
  int64_t panelStride; ///< elements between the weights of two panels
  int64_t xStride;     ///< elements between two k of a row
  int64_t yStride;     ///< elements between two products' results
  bool accumulate;     ///< sums start from what is stored, not from zero
  bool bf16;           ///< weights are bf16, two k of a unit beside each other
  bool rounded;        ///< so are rows
  // The tile.
  int64_t rows;
  int64_t panels;
  int64_t tail; ///< units of the last panel, if it has some that do not exist; else 0
  std::string name() const;

  /// Tells the tiles of one product apart.
  static constexpr int64_t kPanelKey = 16, kTailKey = 256;
  int64_t key() const { return (tail ? kTailKey : 0) + panels * kPanelKey + rows; }
};

/// How a program is made, besides what the program says.
struct EmitOptions {
  unsigned lanes;        ///< elements of a vector register
  unsigned accumulators; ///< vector registers for the sums of a product of states
  TileRules tiles;       ///< of products with weights
  bool alternate = true; ///< every other level walks its panels from the last to the first
  bool together = true;  ///< a product and what consumes it run panel by panel
  bool prefetch = true;  ///< rows of tables are fetched before they are needed
  bool dots = false;     ///< products of bf16 take dot-product instructions
};

class Emitter {
public:
  Emitter(mlir::ModuleOp module, ilir::ProgramOp program, const ProgramLayout &layout, const EmitOptions &options);

  /// Emits `@cortex_<name>`; fails with a diagnostic if something has no lowering.
  mlir::LogicalResult emitFunction(ilir::FuncOp func);

  unsigned numKernels = 0, numProducts = 0, numTiled = 0, numMasked = 0, numTogether = 0, numAlternating = 0,
           numPrefetched = 0, numDots = 0, mostSums = 0;

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
  /// The type whose elements, row by row, lie at that address, for an access to a `value` of that type.
  mlir::RankedTensorType memoryType(mlir::Operation *access, mlir::FlatSymbolRefAttr name, mlir::Type value);
  mlir::Value bufferBase(ilir::BufferOp buffer);
  /// This worker's panels of a dimension of `units`, [first, last); within emitTogether, those of the step.
  std::pair<mlir::Value, mlir::Value> ownedPanels(int64_t units);
  /// Step `s` of `steps`, as this level walks them.
  mlir::Value walked(mlir::Value s, mlir::Value steps);

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
  void edgesReduce(ilir::EdgesOp op, mlir::Value result, llvm::function_ref<mlir::Value(mlir::Value)> pull, bool vector,
                   llvm::function_ref<void(mlir::Value, mlir::Value)> remember);
  mlir::Value horizontal(mlir::Value vector, llvm::function_ref<mlir::Value(mlir::Value, mlir::Value)> combine);
  /// for i in [0, n) with one loop-carried value.
  mlir::Value accumulate(int64_t n, int64_t step, mlir::Value init,
                         llvm::function_ref<mlir::Value(mlir::Value i, mlir::Value acc)> body);

  //===--- Contractions.cpp -------------------------------------------------===//
  mlir::Value contractVec(mlir::linalg::ContractOp op, const VecIndex &at);
  mlir::Value contractScalar(mlir::linalg::ContractOp op, llvm::ArrayRef<mlir::Value> at);
  mlir::Value contractDots(mlir::linalg::ContractOp op, const VecIndex &at);
  llvm::SmallVector<mlir::Value> partialDots(mlir::linalg::ContractOp op,
                                             llvm::ArrayRef<llvm::SmallVector<mlir::Value>> points);
  llvm::SmallVector<mlir::Value> contractTile(mlir::linalg::ContractOp op, llvm::ArrayRef<VecIndex> tile);
  /// The nest's only store is of a contraction: in tiles of rows and panels. False if its units do not lie along lanes.
  bool emitContractNest(ilir::RowsOp nest, ilir::StoreOp store, mlir::linalg::ContractOp op);
  /// for i in [0, n) with several loop-carried values.
  llvm::SmallVector<mlir::Value>
  accumulateMany(int64_t n, int64_t step, llvm::ArrayRef<mlir::Value> init,
                 llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::Value i, mlir::ValueRange acc)> body);

  //===--- Nests.cpp --------------------------------------------------------===//
  mlir::LogicalResult emitNest(ilir::RowsOp nest);
  void emitItems(ilir::RowsOp nest);
  /// The nests from `nest` on that may be walked together with it; at least itself.
  llvm::SmallVector<ilir::RowsOp> together(ilir::RowsOp nest);
  mlir::LogicalResult emitTogether(llvm::MutableArrayRef<ilir::RowsOp> nests);
  void emitItem(ilir::RowsOp nest);
  /// Stores a panel of the value that `store` stores.
  void storeVec(ilir::StoreOp store, const VecIndex &at, mlir::Value value);
  void emitPanels(ilir::RowsOp nest, mlir::RankedTensorType type, llvm::SmallVectorImpl<mlir::Value> &outer);
  void forLoop(mlir::Value begin, mlir::Value end, llvm::function_ref<void(mlir::Value)> body);
  /// The strip's rows, or the edges of its rows.
  std::pair<mlir::Value, mlir::Value> domainRange(ilir::RowsOp nest);
  void bindItem(ilir::RowsOp nest, mlir::Value item);

  //===--- Prefetch.cpp -----------------------------------------------------===//
  bool fetchesAhead(ilir::RowsOp nest);
  void prefetchNext(ilir::RowsOp nest, mlir::Value item, mlir::Value end);
  void prefetchAll(ilir::RowsOp nest);
  void emitPrefetch(ilir::RowsOp nest);
  void prefetchPanels(ilir::LoadOp load);

  //===--- Products.cpp, Kernels.cpp, Packing.cpp ----------------------------===//
  struct ProductLoops;
  mlir::LogicalResult readProduct(ilir::RowsOp nest, ilir::StoreOp store, ilir::ProductOp product, ProductLoops &loops);
  void spreadRows(ProductLoops &loops);
  void emitProduct(ProductLoops &loops);
  void emitChunk(ProductLoops &loops, const KernelShape &shape, mlir::Value chunk);
  llvm::SmallVector<KernelShape> tileShapes(const ProductLoops &loops, const KernelShape &shape);
  void emitTiles(ProductLoops &loops, llvm::ArrayRef<KernelShape> shapes, mlir::Value panel, mlir::Value panels,
                 mlir::Value chunk);
  void fillTables(ProductLoops &loops, mlir::Value first, mlir::Value count);
  mlir::func::FuncOp kernel(const KernelShape &shape);
  void emitKernelBody(mlir::func::FuncOp f, const KernelShape &shape);
  void emitPack(ilir::PackOp pack);
  /// The nearest bf16 of an f32, or of a vector of them, ties to even, as its 16 bits. Overflow gives an infinity, a
  /// NaN a quiet NaN.
  mlir::Value roundToBF16(mlir::Value x);

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
  const TileRules tiles;
  const bool alternate, walkTogether, prefetch, dots;
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
  mlir::Value backward; ///< this level walks from the end; null: none does
  /// The panels of emitTogether's step, of a dimension of `count` panels.
  struct {
    int64_t count = 0;
    mlir::Value first, last;
  } step;

  llvm::StringMap<mlir::func::FuncOp> kernels;
  llvm::DenseMap<mlir::Attribute, std::string> literals;
};

} // namespace cortex
#endif // CORTEX_LIB_CONVERSION_ILIRTOVECTOR_EMITTER_H
