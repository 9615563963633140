//===- JIT.cpp - A program in this process --------------------------------===//
#include "LLVMProgramImpl.h"

#include "llvm/ExecutionEngine/Orc/ExecutionUtils.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/Support/MemoryBuffer.h"

#include <cstring>

using namespace llvm;
using namespace cortex;

struct JITProgram::Impl {
  std::unique_ptr<orc::LLJIT> jit;
};

JITProgram::JITProgram() : impl(std::make_unique<Impl>()) {}
JITProgram::~JITProgram() = default;

/// Lets the program's code see memcpy and memset, and nothing else of the process.
static Error defineLibrarySymbols(orc::LLJIT &jit) {
  auto define = [](auto *function) {
    return orc::ExecutorSymbolDef(orc::ExecutorAddr::fromPtr(function),
                                  JITSymbolFlags::Exported | JITSymbolFlags::Callable);
  };
  void *(*copy)(void *, const void *, size_t) = std::memcpy;
  void *(*set)(void *, int, size_t) = std::memset;
  return jit.getMainJITDylib().define(orc::absoluteSymbols(
      {{jit.mangleAndIntern("memcpy"), define(copy)}, {jit.mangleAndIntern("memset"), define(set)}}));
}

Expected<std::unique_ptr<JITProgram>> JITProgram::create(const LLVMProgram &program) {
  const TargetSpec &target = program.target();
  if (!target.runsHere())
    return createStringError("this CPU cannot run code for target " + target.name);
  auto object = program.object();
  if (!object)
    return object.takeError();

  auto jit = orc::LLJITBuilder()
                 .setJITTargetMachineBuilder(orc::JITTargetMachineBuilder(Triple("x86_64-unknown-linux-gnu")))
                 .setLinkProcessSymbolsByDefault(false)
                 .setPlatformSetUp(orc::setUpInactivePlatform)
                 .create();
  if (!jit)
    return jit.takeError();
  if (Error error = defineLibrarySymbols(**jit))
    return error;
  if (program.impl->sanitize != Sanitize::None) {
    auto process = orc::DynamicLibrarySearchGenerator::GetForCurrentProcess((*jit)->getDataLayout().getGlobalPrefix());
    if (!process)
      return process.takeError();
    (*jit)->getMainJITDylib().addGenerator(std::move(*process));
  }
  StringRef bytes(reinterpret_cast<const char *>(object->data()), object->size());
  if (Error error = (*jit)->addObjectFile(MemoryBuffer::getMemBufferCopy(bytes, program.symbol())))
    return error;
  auto address = (*jit)->lookup(program.symbol());
  if (!address)
    return address.takeError();
  std::unique_ptr<JITProgram> result(new JITProgram());
  result->impl->jit = std::move(*jit);
  result->programEntry = address->toPtr<const cortex_program_entry *>();
  return result;
}
