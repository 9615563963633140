//===- ILIRToVector.cpp - convert-ilir-to-vector: functions and control ---===//
//
//   prepare, run  -> func @cortex_prepare, @cortex_run (frame, worker, workers)
//   ilir.levels   -> scf.for over levels
//   ilir.strips   -> scf.for over the level's strips, of one type
//   ilir.barrier  -> a call of the frame's barrier, when there are several workers
//   ilir.rows     -> Nests.cpp, Products.cpp, Kernels.cpp
//   ilir.pack     -> Packing.cpp
//===----------------------------------------------------------------------===//
#include "Emitter.h"

#include "cortex/Conversion/Passes.h"
#include "cortex/Support/PassCount.h"
#include "mlir/Dialect/Math/IR/Math.h"

namespace cortex {
#define GEN_PASS_DEF_CONVERTILIRTOVECTOR
#include "cortex/Conversion/Passes.h.inc"
} // namespace cortex

using namespace mlir;
using namespace cortex;

Emitter::Emitter(ModuleOp module, ilir::ProgramOp program, const ProgramLayout &layout, const EmitOptions &options)
    : module(module), program(program), layout(layout), lanes(options.lanes), accumulators(options.accumulators),
      tiles(options.tiles), alternate(options.alternate), walkTogether(options.together), prefetch(options.prefetch),
      dots(options.dots), b(module.getContext()), loc(program.getLoc()), element(program.getFloatType()),
      vectorType(VectorType::get({lanes}, element)), ptr(LLVM::LLVMPointerType::get(module.getContext())),
      i64(b.getI64Type()), i32(b.getI32Type()), elementBytes(element.getIntOrFloatBitWidth() / 8) {}

LogicalResult Emitter::emitFunction(ilir::FuncOp func) {
  b.setInsertionPointToEnd(module.getBody());
  auto f = func::FuncOp::create(b, func.getLoc(), ("cortex_" + func.getSymName()).str(),
                                b.getFunctionType({ptr, i32, i32}, {}));
  b.setInsertionPointToStart(f.addEntryBlock());
  slots.clear();
  constants.clear();
  panels.clear();
  memo.assign(1, {});
  frame = f.getArgument(0);
  worker = arith::IndexCastUIOp::create(b, loc, b.getIndexType(), f.getArgument(1));
  workers = arith::IndexCastUIOp::create(b, loc, b.getIndexType(), f.getArgument(2));
  Value tableSize = arith::ConstantOp::create(b, loc, b.getI64IntegerAttr(8));
  rowTable = LLVM::AllocaOp::create(b, loc, ptr, ptr, tableSize, 64);
  outTable = LLVM::AllocaOp::create(b, loc, ptr, ptr, tableSize, 64);
  // Whatever is needed once, at entry, goes before the return; the body follows after.
  auto ret = func::ReturnOp::create(b, loc);
  auto body = scf::ExecuteRegionOp::create(b, loc, TypeRange{});
  body->moveBefore(ret);
  prologueEnd = body;
  b.setInsertionPointToStart(&body.getRegion().emplaceBlock());
  LogicalResult result = emitBlock(func.getBody().front());
  scf::YieldOp::create(b, loc);
  // The body needs no region of its own.
  Block &inner = body.getRegion().front();
  inner.getTerminator()->erase();
  ret->getBlock()->getOperations().splice(Block::iterator(ret), inner.getOperations());
  body.erase();
  return result;
}

LogicalResult Emitter::emitBlock(Block &block) {
  for (Block::iterator at = block.begin(); at != block.end(); ++at) {
    Operation &op = *at;
    if (auto levels = dyn_cast<ilir::LevelsOp>(op)) {
      if (failed(emitLevels(levels)))
        return failure();
    } else if (auto nest = dyn_cast<ilir::RowsOp>(op)) {
      if (nest.getMode() == ilir::Mode::Unassigned)
        return nest.emitOpError("has no mode; run ilir-form-phases first");
      SmallVector<ilir::RowsOp> nests = together(nest);
      if (failed(nests.size() > 1 ? emitTogether(nests) : emitNest(nest)))
        return failure();
      at = Block::iterator(nests.back());
    } else if (auto strips = dyn_cast<ilir::StripsOp>(op)) {
      if (failed(emitStrips(strips)))
        return failure();
    } else if (auto pack = dyn_cast<ilir::PackOp>(op)) {
      emitPack(pack);
    } else if (isa<ilir::BarrierOp>(op)) {
      emitBarrier();
    }
  }
  return success();
}

LogicalResult Emitter::emitLevels(ilir::LevelsOp levels) {
  loc = levels.getLoc();
  order = layout.order(levels.getOrder());
  orderKind = cast<ilir::OrderOp>(ilir::lookupMemory(levels, levels.getOrderAttr())).getKind();
  Value levelStrips = slot(layout.frame().order(order, abi::kLevelStrips), true);
  Value strips = slot(layout.frame().order(order, abi::kStrips), true);
  LogicalResult result = success();
  forLoop(constant(0), slot(layout.frame().order(order, abi::kNumLevels), false), [&](Value level) {
    stripBegin = loadI32(levelStrips, level); // the level's strips, until emitStrips
    stripEnd = loadI32(levelStrips, add(level, 1));
    levelBegin = loadI32(strips, add(mul(stripBegin, 4), 1));
    if (alternate) {
      Value odd = arith::AndIOp::create(b, loc, level, constant(1));
      backward = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, odd, constant(0));
    }
    result = emitBlock(levels.getBody().front());
  });
  backward = {};
  return result;
}

LogicalResult Emitter::emitStrips(ilir::StripsOp op) {
  loc = op.getLoc();
  Value strips = slot(layout.frame().order(order, abi::kStrips), true);
  Value first = stripBegin, last = stripEnd;
  int64_t type = 0;
  bool mixed = false; // strips of all kinds of the type
  if (op.getType())
    for (auto t : program.getBody().getOps<ilir::TypeOp>()) {
      if (t.getSymName() == *op.getType()) {
        mixed = !op.getKind() && t.getKinds() != ra::KindRule::None;
        break;
      }
      ++type;
    }
  type += static_cast<int64_t>(op.getKind().value_or(0)) * CORTEX_KIND;
  LogicalResult result = success();
  forLoop(first, last, [&](Value s) {
    Value at = mul(s, 4); // cortex_strip is four int32: type, begin, end, key
    auto emit = [&] {
      stripBegin = loadI32(strips, add(at, 1));
      stripEnd = loadI32(strips, add(at, 2));
      stripKey = loadI32(strips, add(at, 3));
      result = emitBlock(op.getBody().front());
    };
    if (!op.getType())
      return emit();
    Value here = loadI32(strips, at);
    if (mixed)
      here = arith::RemUIOp::create(b, loc, here, constant(CORTEX_KIND));
    Value is = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, here, constant(type));
    auto branch = scf::IfOp::create(b, loc, is, /*withElseRegion=*/false);
    OpBuilder::InsertionGuard guard(b);
    Scope scope(*this);
    b.setInsertionPointToStart(branch.thenBlock());
    emit();
  });
  stripBegin = first;
  stripEnd = last;
  return result;
}

void Emitter::emitBarrier() {
  Value many = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ugt, workers, constant(1));
  auto branch = scf::IfOp::create(b, loc, many, /*withElseRegion=*/false);
  Value function = slot(abi::kBarrier, true), context = slot(abi::kBarrierContext, true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  auto type = LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(b.getContext()), {ptr, i32});
  Value id = arith::IndexCastUIOp::create(b, loc, i32, worker);
  LLVM::CallOp::create(b, loc, type, ValueRange{function, context, id});
}

namespace {
struct ConvertILIRToVector : cortex::impl::ConvertILIRToVectorBase<ConvertILIRToVector> {
  using Base::Base;
  uint64_t kernels = 0, products = 0, tiled = 0, masked = 0, together = 0, alternating = 0, prefetched = 0, dots = 0,
           mostSums = 0; // reported as remarks

  void runOnOperation() override {
    kernels = products = tiled = masked = together = alternating = prefetched = dots = mostSums = 0;
    auto programs = getOperation().getOps<ilir::ProgramOp>();
    if (!programs.empty() && !llvm::hasSingleElement(programs)) {
      (*std::next(programs.begin())).emitOpError("is the second one of its module, which becomes one @cortex_run");
      return signalPassFailure();
    }
    EmitOptions options{lanes,    accumulators, {registers, chains, tileRows, tilePanels}, alternate, walkTogether,
                        prefetch, bf16Dots};
    for (ilir::ProgramOp program : llvm::make_early_inc_range(getOperation().getOps<ilir::ProgramOp>())) {
      ProgramLayout layout(program);
      Emitter emitter(getOperation(), program, layout, options);
      for (auto func : program.getBody().getOps<ilir::FuncOp>())
        if (failed(emitter.emitFunction(func)))
          return signalPassFailure();
      kernels += emitter.numKernels;
      products += emitter.numProducts;
      tiled += emitter.numTiled;
      masked += emitter.numMasked;
      together += emitter.numTogether;
      alternating += emitter.numAlternating;
      prefetched += emitter.numPrefetched;
      dots += emitter.numDots;
      mostSums = std::max<uint64_t>(mostSums, emitter.mostSums);
      program.erase();
    }
    PassCount(getOperation(), "convert-ilir-to-vector", "product kernels") += kernels;
    PassCount(getOperation(), "convert-ilir-to-vector", "products lowered") += products;
    PassCount(getOperation(), "convert-ilir-to-vector", "contractions tiled") += tiled;
    PassCount(getOperation(), "convert-ilir-to-vector", "masked panels") += masked;
    PassCount(getOperation(), "convert-ilir-to-vector", "nests walked together") += together;
    PassCount(getOperation(), "convert-ilir-to-vector", "loops that alternate") += alternating;
    PassCount(getOperation(), "convert-ilir-to-vector", "table rows fetched ahead") += prefetched;
    PassCount(getOperation(), "convert-ilir-to-vector", "kernels of dot products") += dots;
    PassCount(getOperation(), "convert-ilir-to-vector", "sums of the largest tile") += mostSums;
  }
};
} // namespace
