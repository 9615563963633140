//===- Mutants.cpp - Faults that a sanitizer must report ------------------===//
#include "Emit.h"

#include "cortex/Dialect/ILIR/IR/ILIR.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Pass/PassManager.h"

#include <optional>

using namespace mlir;

namespace cortex::sanitizers {

namespace {

/// Lowers a copy of a model to a cut point, has it changed there, and compiles on.
class Maker {
public:
  Maker(ModuleOp model, const CompileOptions &options, std::string prefix, CutPoint cut)
      : options(options), prefix(std::move(prefix)), cut(cut), lowered(model.clone()),
        manifest(cli::orFail(lowerModel(*lowered, options, cut))) {}

  ModuleOp module() const { return *lowered; }

  /// `fault` gets a module and a manifest to damage; where it returns false there is no mutant.
  template <typename Fault> void add(std::vector<Mutant> &mutants, const std::string &what, const Fault &fault) const {
    OwningOpRef<ModuleOp> copy(module().clone());
    Manifest damaged = manifest;
    if (!fault(*copy, damaged))
      return;
    PassManager passes(copy->getContext());
    if (cut == CutPoint::ILIR)
      buildILIRToVector(passes, options);
    buildLowerToLLVM(passes, options.target.fma);
    if (failed(passes.run(*copy)))
      throw cli::Failure("mutant '" + what + "' cannot be lowered");
    CodegenOptions codegen = options.codegen;
    codegen.optLevel = 1; // quicker, and the fault is the same
    codegen.prefix = prefix + "_m" + std::to_string(mutants.size());
    mutants.push_back({what, cli::orFail(compileToLLVM(*copy, options.target, std::move(damaged), codegen))});
  }

private:
  const CompileOptions &options;
  std::string prefix;
  CutPoint cut;
  OwningOpRef<ModuleOp> lowered;
  Manifest manifest;
};

/// operand + 1, in its place.
void addOne(OpOperand &operand) {
  OpBuilder b(operand.getOwner());
  const Location loc = operand.getOwner()->getLoc();
  operand.set(arith::AddIOp::create(b, loc, operand.get(), arith::ConstantIndexOp::create(b, loc, 1)));
}

/// All masks of `Access`, in run and its kernels, get one lane more: a lane of padding, or of the next tensor row.
template <typename Access> bool lengthenMasks(ModuleOp module) {
  bool found = false;
  module.walk([&](vector::CreateMaskOp mask) {
    if (llvm::none_of(mask->getUsers(), llvm::IsaPred<Access>))
      return;
    addOne(mask->getOpOperand(0));
    found = true;
  });
  return found;
}

/// Loops of run whose number of trips the batch or the worker decides: levels, strips, rows, edges, panels. Not those
/// that make their own masks: a panel past the last has an empty one. Nor those over blocks of panels, whose height
/// depends on the rows: a block past the last has less than no panels, for which there is no kernel to call.
std::vector<scf::ForOp> loopsOf(ModuleOp module) {
  std::vector<scf::ForOp> loops;
  module.lookupSymbol<func::FuncOp>("cortex_run").walk([&](scf::ForOp loop) {
    auto blocks = loop.getUpperBound().getDefiningOp<arith::CeilDivUIOp>();
    const bool overBlocks = blocks && !matchPattern(blocks.getRhs(), m_Constant());
    if (!overBlocks && !matchPattern(loop.getUpperBound(), m_Constant()) && loop.getOps<vector::CreateMaskOp>().empty())
      loops.push_back(loop);
  });
  return loops;
}

/// The first buffer of a space for which the runtime can be told of less: a constant's memory, or an item's last value.
bool shrinkBuffer(Manifest &manifest, Space space) {
  const uint64_t element = bytesOf(manifest.float_type);
  for (BufferInfo &buffer : manifest.buffers) {
    if (buffer.space != space || buffer.prepare_only)
      continue;
    if (space != Space::Const && buffer.value_bytes > element)
      buffer.value_bytes -= element;
    else if (space == Space::Const && buffer.item_bytes > 64)
      buffer.item_bytes -= 64;
    else if (space == Space::Const && buffer.count > 1)
      --buffer.count;
    else
      continue;
    buffer.value_bytes = std::min(buffer.value_bytes, buffer.item_bytes);
    return true;
  }
  return false;
}

std::vector<Mutant> overruns(ModuleOp model, const CompileOptions &options, const std::string &prefix, bool inLoops) {
  const Maker maker(model, options, prefix, CutPoint::Vector);
  std::vector<Mutant> mutants;
  maker.add(mutants, "stores' masks one lane too long",
            [](ModuleOp module, Manifest &) { return lengthenMasks<LLVM::MaskedStoreOp>(module); });
  maker.add(mutants, "loads' masks one lane too long",
            [](ModuleOp module, Manifest &) { return lengthenMasks<LLVM::MaskedLoadOp>(module); });
  const size_t loops = inLoops ? loopsOf(maker.module()).size() : 0;
  for (size_t i = 0; i < loops; ++i)
    maker.add(mutants, "loop " + std::to_string(i) + " of run one too long", [i](ModuleOp module, Manifest &) {
      addOne(loopsOf(module)[i].getUpperBoundMutable());
      return true;
    });
  for (auto [space, what] : {std::pair(Space::Const, "too little memory for packed weights or a table"),
                             std::pair(Space::Rows, "states one value short"),
                             std::pair(Space::StripRows, "a strip's temporaries one value short")})
    maker.add(mutants, what, [space](ModuleOp, Manifest &manifest) { return shrinkBuffer(manifest, space); });
  return mutants;
}

std::vector<ilir::BarrierOp> exchangesOf(ModuleOp module) {
  std::vector<ilir::BarrierOp> barriers;
  module.walk([&](ilir::FuncOp function) {
    if (function.getSymName() == "run")
      function.walk([&](ilir::BarrierOp barrier) { barriers.push_back(barrier); });
  });
  return barriers;
}

std::vector<Mutant> races(ModuleOp model, const CompileOptions &options, const std::string &prefix) {
  const Maker maker(model, options, prefix, CutPoint::ILIR);
  std::vector<Mutant> mutants;
  const size_t exchanges = exchangesOf(maker.module()).size();
  for (size_t i = 0; i < exchanges; ++i) {
    ilir::BarrierOp barrier = exchangesOf(maker.module())[i];
    std::string buffers;
    for (auto name : barrier.getExchanges().getAsRange<FlatSymbolRefAttr>())
      buffers += (buffers.empty() ? "" : ", ") + name.getValue().str();
    maker.add(mutants, "no exchange of " + buffers, [i](ModuleOp module, Manifest &) {
      exchangesOf(module)[i].erase();
      return true;
    });
  }
  return mutants;
}

} // namespace

std::vector<Mutant> makeMutants(ModuleOp module, const CompileOptions &options, const std::string &prefix,
                                bool inLoops) {
  return options.codegen.sanitize == Sanitize::Address ? overruns(module, options, prefix, inLoops)
                                                       : races(module, options, prefix);
}

} // namespace cortex::sanitizers
