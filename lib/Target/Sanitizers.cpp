//===- Sanitizers.cpp - LLVM's sanitizers on generated code ---------------===//
//
// AddressSanitizer's pass knows every access that programs make. ThreadSanitizer's
// knows those of 1, 2, 4, 8 and 16 bytes: of wider vectors and of masked ones, which
// are most of a program, it is told here, as ranges of bytes.
//===----------------------------------------------------------------------===//
#include "LLVMProgramImpl.h"

#include "llvm/ADT/SetVector.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Transforms/Instrumentation/AddressSanitizer.h"
#include "llvm/Transforms/Instrumentation/ThreadSanitizer.h"

using namespace llvm;
using namespace cortex;

/// The widest access that ThreadSanitizer's pass handles.
static constexpr uint64_t kWidestKnown = 16;

/// Calls `__tsan_read_range` or `__tsan_write_range` for `size` bytes from `begin`.
static void report(IRBuilder<> &builder, Value *begin, Value *size, bool write) {
  Module &module = *builder.GetInsertBlock()->getModule();
  FunctionCallee callee = module.getOrInsertFunction(write ? "__tsan_write_range" : "__tsan_read_range",
                                                     builder.getVoidTy(), builder.getPtrTy(), builder.getInt64Ty());
  builder.CreateCall(callee, {begin, size});
}

/// The bytes from the first to the last lane of a masked access: programs' masks have no holes.
static void reportMasked(IntrinsicInst &access, Value *pointer, Type *vector, bool write) {
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
  report(builder, begin, builder.CreateMul(count, builder.getInt64(element)), write);
}

/// Tells ThreadSanitizer of the accesses that its pass leaves out; names those that nobody handles.
static Error reportVectorAccesses(Module &module) {
  SetVector<StringRef> unknown;
  for (Function &function : module)
    for (Instruction &instruction : make_early_inc_range(instructions(function))) {
      if (isa<LoadInst, StoreInst>(instruction)) {
        const uint64_t bytes = module.getDataLayout().getTypeStoreSize(getLoadStoreType(&instruction));
        IRBuilder<> builder(&instruction);
        if (bytes > kWidestKnown)
          report(builder, getLoadStorePointerOperand(&instruction), builder.getInt64(bytes),
                 isa<StoreInst>(instruction));
        continue;
      }
      auto *intrinsic = dyn_cast<IntrinsicInst>(&instruction);
      if (!intrinsic)
        continue;
      const Intrinsic::ID id = intrinsic->getIntrinsicID();
      if (id == Intrinsic::masked_load)
        reportMasked(*intrinsic, intrinsic->getArgOperand(0), intrinsic->getType(), false);
      else if (id == Intrinsic::masked_store)
        reportMasked(*intrinsic, intrinsic->getArgOperand(1), intrinsic->getArgOperand(0)->getType(), true);
      else if (intrinsic->mayReadOrWriteMemory() && !isa<MemIntrinsic>(intrinsic) &&
               !intrinsic->isAssumeLikeIntrinsic())
        unknown.insert(intrinsic->getCalledFunction()->getName());
    }
  if (unknown.empty())
    return Error::success();
  return createStringError("ThreadSanitizer cannot see what '" + unknown.front() + "' reads and writes");
}

Error cortex::instrument(Module &module, TargetMachine &machine, Sanitize sanitize) {
  if (sanitize == Sanitize::None)
    return Error::success();
  PassBuilder builder(&machine);
  LoopAnalysisManager loops;
  FunctionAnalysisManager functions;
  CGSCCAnalysisManager components;
  ModuleAnalysisManager modules;
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  ModulePassManager passes;
  if (sanitize == Sanitize::Address) {
    // A linked object's constructor registers its tables. Code that is loaded in process runs none: the rest works.
    passes.addPass(AddressSanitizerPass(AddressSanitizerOptions(), /*UseGlobalGC=*/true, /*UseOdrIndicator=*/false,
                                        AsanDtorKind::None, AsanCtorKind::Global));
  } else {
    if (Error error = reportVectorAccesses(module))
      return error;
    passes.addPass(createModuleToFunctionPassAdaptor(ThreadSanitizerPass()));
  }
  passes.run(module, modules);
  return Error::success();
}
