//===- Sanitizers.cpp - LLVM's sanitizers on generated code ---------------===//
//
// ThreadSanitizer's pass knows accesses of 1, 2, 4, 8 and 16 bytes: it is blind to
// wider vectors and to masked ones, which are most of a program. AddressSanitizer's
// checks the first and the last byte of a wide vector, and a masked one lane by
// lane, each in a branch of its own. Both are told of these here, as ranges of bytes.
//===----------------------------------------------------------------------===//
#include "LLVMProgramImpl.h"

#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Transforms/Instrumentation/AddressSanitizer.h"
#include "llvm/Transforms/Instrumentation/ThreadSanitizer.h"

using namespace llvm;
using namespace cortex;

/// The widest access that is left to the passes.
static constexpr uint64_t kWidest = 16;

namespace {

/// Puts a call of the sanitizer's library before each vector access, which its pass then leaves alone.
class VectorAccesses {
public:
  VectorAccesses(Module &module, Sanitize sanitize) : module(module), thread(sanitize == Sanitize::Thread) {}

  /// Names an operation whose accesses nobody handles.
  Error report();

private:
  void visit(Instruction &instruction);
  void call(IRBuilder<> &builder, Value *begin, Value *size, bool write);
  void callMasked(IntrinsicInst &access, Value *pointer, Type *vector, bool write);

  Module &module;
  bool thread;
  StringRef unknown;
};

} // namespace

/// For `size` bytes from `begin`.
void VectorAccesses::call(IRBuilder<> &builder, Value *begin, Value *size, bool write) {
  const char *name = thread  ? write ? "__tsan_write_range" : "__tsan_read_range"
                     : write ? "__asan_storeN"
                             : "__asan_loadN";
  FunctionCallee callee =
      module.getOrInsertFunction(name, builder.getVoidTy(), builder.getPtrTy(), builder.getInt64Ty());
  builder.CreateCall(callee, {begin, size});
}

/// The bytes from the first to the last lane of a masked access: programs' masks have no holes.
void VectorAccesses::callMasked(IntrinsicInst &access, Value *pointer, Type *vector, bool write) {
  IRBuilder<> builder(&access);
  const unsigned lanes = cast<FixedVectorType>(vector)->getNumElements();
  const uint64_t element = vector->getScalarSizeInBits() / 8;
  // The mask is the one operand of bits.
  Value *mask = *find_if(access.args(), [](Value *v) { return v->getType()->isIntOrIntVectorTy(1); });
  Value *bits = builder.CreateZExt(builder.CreateBitCast(mask, builder.getIntNTy(lanes)), builder.getInt64Ty());
  Value *first = builder.CreateBinaryIntrinsic(Intrinsic::cttz, bits, builder.getFalse());
  Value *end =
      builder.CreateSub(builder.getInt64(64), builder.CreateBinaryIntrinsic(Intrinsic::ctlz, bits, builder.getFalse()));
  Value *none = builder.CreateICmpEQ(bits, builder.getInt64(0));
  Value *count = builder.CreateSelect(none, builder.getInt64(0), builder.CreateSub(end, first));
  Value *offset = builder.CreateSelect(none, builder.getInt64(0), first);
  Value *begin = builder.CreateGEP(vector->getScalarType(), pointer, offset);
  call(builder, begin, builder.CreateMul(count, builder.getInt64(element)), write);
}

void VectorAccesses::visit(Instruction &instruction) {
  const auto leaveAlone = [&] {
    instruction.setMetadata(LLVMContext::MD_nosanitize, MDNode::get(module.getContext(), {}));
  };
  if (isa<LoadInst, StoreInst>(instruction)) {
    const uint64_t bytes = module.getDataLayout().getTypeStoreSize(getLoadStoreType(&instruction));
    if (bytes <= kWidest)
      return;
    IRBuilder<> builder(&instruction);
    call(builder, getLoadStorePointerOperand(&instruction), builder.getInt64(bytes), isa<StoreInst>(instruction));
    return leaveAlone();
  }
  auto *intrinsic = dyn_cast<IntrinsicInst>(&instruction);
  if (!intrinsic)
    return;
  if (intrinsic->getIntrinsicID() == Intrinsic::masked_load) {
    callMasked(*intrinsic, intrinsic->getArgOperand(0), intrinsic->getType(), false);
    leaveAlone();
  } else if (intrinsic->getIntrinsicID() == Intrinsic::masked_store) {
    callMasked(*intrinsic, intrinsic->getArgOperand(1), intrinsic->getArgOperand(0)->getType(), true);
    leaveAlone();
  } else if (intrinsic->getIntrinsicID() == Intrinsic::prefetch) {
    return; // a hint: it reads nothing that anybody sees, and no address of it is wrong
  } else if (intrinsic->mayReadOrWriteMemory() && !isa<MemIntrinsic>(intrinsic) &&
             !intrinsic->isAssumeLikeIntrinsic()) {
    unknown = intrinsic->getCalledFunction()->getName();
  }
}

Error VectorAccesses::report() {
  for (Function &function : module)
    for (Instruction &instruction : make_early_inc_range(instructions(function)))
      visit(instruction);
  if (unknown.empty())
    return Error::success();
  return createStringError("no sanitizer sees what '" + unknown + "' reads and writes");
}

Error cortex::instrument(Module &module, TargetMachine &machine, Sanitize sanitize) {
  if (sanitize == Sanitize::None)
    return Error::success();
  if (Error error = VectorAccesses(module, sanitize).report())
    return error;
  PassBuilder builder(&machine);
  ModulePassManager passes;
  if (sanitize == Sanitize::Address) {
    // A linked object's constructor registers its tables. Code that is loaded in process runs none: the rest works.
    passes.addPass(AddressSanitizerPass(AddressSanitizerOptions(), /*UseGlobalGC=*/true, /*UseOdrIndicator=*/false,
                                        AsanDtorKind::None, AsanCtorKind::Global));
  } else {
    passes.addPass(createModuleToFunctionPassAdaptor(ThreadSanitizerPass()));
  }
  runPasses(builder, std::move(passes), module);
  return Error::success();
}
