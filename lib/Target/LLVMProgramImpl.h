//===- LLVMProgramImpl.h - The parts of LLVMProgram (private) -------------===//
#ifndef CORTEX_LIB_TARGET_LLVMPROGRAMIMPL_H
#define CORTEX_LIB_TARGET_LLVMPROGRAMIMPL_H

#include "cortex/Target/Target.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Target/TargetMachine.h"

struct cortex::LLVMProgram::Impl {
  TargetSpec target;
  Manifest manifest;
  std::string symbol;
  Sanitize sanitize = Sanitize::None;
  std::unique_ptr<llvm::LLVMContext> context; // before what lives in it
  std::unique_ptr<llvm::TargetMachine> machine;
  std::unique_ptr<llvm::Module> module;
  llvm::SmallVector<char, 0> object; // empty until it is asked for
};

namespace cortex {
/// Runs LLVM's passes, with the analyses that `builder` knows.
void runPasses(llvm::PassBuilder &builder, llvm::ModulePassManager passes, llvm::Module &module);

/// Adds a sanitizer's checks to a module that is otherwise finished and whose functions have its attribute.
llvm::Error instrument(llvm::Module &module, llvm::TargetMachine &machine, Sanitize sanitize);
} // namespace cortex

#endif // CORTEX_LIB_TARGET_LLVMPROGRAMIMPL_H
