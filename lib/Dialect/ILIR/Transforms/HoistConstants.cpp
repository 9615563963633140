//===- HoistConstants.cpp - ilir-hoist-constants --------------------------===//
//
//   1. In every nest of a loop, find constant-stage values that something else
//      uses; each becomes a const buffer filled by a nest of prepare.
//   2. Whole parameters read in run, and parameters looked up in run, are
//      copied the same way: the caller's weights are gone after prepare.
//===----------------------------------------------------------------------===//
#include "cortex/Dialect/ILIR/Transforms/Passes.h"
#include "cortex/Dialect/ILIR/Transforms/Slices.h"
#include "cortex/Support/PassCount.h"

namespace cortex {
#define GEN_PASS_DEF_ILIRHOISTCONSTANTS
#include "cortex/Dialect/ILIR/Transforms/Passes.h.inc"
} // namespace cortex

using namespace mlir;
using namespace cortex;
using namespace cortex::ilir;

namespace {

struct ILIRHoistConstants : cortex::impl::ILIRHoistConstantsBase<ILIRHoistConstants> {
  uint64_t hoisted = 0;             // reported as remarks
  llvm::StringMap<BufferOp> copies; // of params

  void runOnOperation() override {
    hoisted = 0;
    ProgramOp program = getOperation();
    copies.clear();
    for (StringRef name : {"prepare", "run"}) {
      bool inRun = name == "run";
      SmallVector<RowsOp> nests;
      getFunc(program, name).walk([&](RowsOp nest) {
        if (nest.getDomain() != Domain::Once)
          nests.push_back(nest);
      });
      for (RowsOp nest : nests) {
        hoistValues(program, nest, inRun);
        if (inRun)
          copyParams(program, nest);
        eraseDead(nest);
      }
    }
    PassCount(program, "ilir-hoist-constants", "constants hoisted") += hoisted;
  }

  void hoistValues(ProgramOp program, RowsOp nest, bool inRun) {
    SmallVector<Value> values;
    nest.walk([&](Operation *op) {
      for (Value v : op->getResults()) {
        auto load = v.getDefiningOp<LoadOp>();
        bool whole = load && !load.getIndex();
        if (!isStorableAt(v, "constant") || isLiteral(v) || (whole && !inRun))
          continue;
        if (load && isa<BufferOp>(lookupMemory(load, load.getBufferAttr())))
          continue;
        if (leavesStage(v, "constant"))
          values.push_back(v);
      }
    });
    for (Value v : values) {
      auto load = v.getDefiningOp<LoadOp>();
      BufferOp buffer = load ? copyOf(program, load) : hoistConstant(program, v, !inRun);
      hoisted += !load;
      OpBuilder b(v.getContext());
      b.setInsertionPointAfterValue(v);
      v.replaceAllUsesWith(LoadOp::create(b, v.getLoc(), v.getType(), buffer.getSymName(), Value()));
    }
  }

  /// The const copy of the param that `load` reads whole or looks up.
  BufferOp copyOf(ProgramOp program, LoadOp load) {
    BufferOp &copy = copies[load.getBuffer()];
    if (!copy) {
      auto param = cast<ParamOp>(lookupMemory(load, load.getBufferAttr()));
      OpBuilder b(load);
      // A load of the whole param, only to be cloned into prepare.
      auto whole = LoadOp::create(b, load.getLoc(), param.getType(), load.getBuffer(), Value());
      copy = hoistConstant(program, whole, /*inPrepare=*/false);
      whole.erase();
      ++hoisted;
    }
    return copy;
  }

  void copyParams(ProgramOp program, RowsOp nest) {
    SmallVector<LoadOp> lookups;
    nest.walk([&](LoadOp load) {
      if (load.getIndex() && isa<ParamOp>(lookupMemory(load, load.getBufferAttr())))
        lookups.push_back(load);
    });
    for (LoadOp load : lookups)
      load.setBuffer(copyOf(program, load).getSymName());
  }
};

} // namespace
