//===- LLVMProgram.cpp - An optimized LLVM module and its output forms ----===//
#include "LLVMProgramImpl.h"

#include "llvm/IR/LegacyPassManager.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Transforms/Utils/Cloning.h"

using namespace llvm;
using namespace cortex;

LLVMProgram::LLVMProgram(std::unique_ptr<Impl> impl) : impl(std::move(impl)) {}
LLVMProgram::LLVMProgram(LLVMProgram &&) noexcept = default;
LLVMProgram &LLVMProgram::operator=(LLVMProgram &&) noexcept = default;
LLVMProgram::~LLVMProgram() = default;

const TargetSpec &LLVMProgram::target() const {
  return impl->target;
}
const Manifest &LLVMProgram::manifest() const {
  return impl->manifest;
}
StringRef LLVMProgram::symbol() const {
  return impl->symbol;
}

std::string LLVMProgram::llvmIR() const {
  std::string text;
  raw_string_ostream stream(text);
  impl->module->print(stream, nullptr);
  return text;
}

/// Code generation rewrites the module, so it works on a copy.
static Error generateCode(const Module &module, TargetMachine &machine, CodeGenFileType kind,
                          SmallVectorImpl<char> &out) {
  std::unique_ptr<Module> copy = CloneModule(module);
  raw_svector_ostream stream(out);
  legacy::PassManager passes;
  if (machine.addPassesToEmitFile(passes, stream, nullptr, kind))
    return createStringError("LLVM cannot write code for target " + machine.getTargetCPU());
  passes.run(*copy);
  return Error::success();
}

Expected<std::string> LLVMProgram::assembly() const {
  SmallVector<char, 0> text;
  if (Error error = generateCode(*impl->module, *impl->machine, CodeGenFileType::AssemblyFile, text))
    return error;
  return std::string(text.begin(), text.end());
}

Expected<ArrayRef<uint8_t>> LLVMProgram::object() const {
  SmallVectorImpl<char> &code = impl->object;
  if (code.empty()) {
    SmallVector<char, 0> bytes;
    if (Error error = generateCode(*impl->module, *impl->machine, CodeGenFileType::ObjectFile, bytes))
      return error;
    ArrayRef<uint8_t> view(reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size());
    if (Error error = checkUndefinedSymbols(view, impl->sanitize))
      return error;
    code = std::move(bytes);
  }
  return ArrayRef<uint8_t>(reinterpret_cast<const uint8_t *>(code.data()), code.size());
}

Error cortex::checkUndefinedSymbols(ArrayRef<uint8_t> object, Sanitize sanitize) {
  StringRef bytes(reinterpret_cast<const char *>(object.data()), object.size());
  auto file = object::ObjectFile::createELFObjectFile(MemoryBufferRef(bytes, "object"));
  if (!file)
    return file.takeError();
  std::string undefined;
  for (const object::SymbolRef &symbol : (*file)->symbols()) {
    Expected<uint32_t> flags = symbol.getFlags();
    if (!flags)
      return flags.takeError();
    Expected<StringRef> name = symbol.getName();
    if (!name)
      return name.takeError();
    // _GLOBAL_OFFSET_TABLE_ is the linker's own.
    if (!(*flags & object::BasicSymbolRef::SF_Undefined) || name->empty() || *name == "memcpy" || *name == "memset" ||
        *name == "_GLOBAL_OFFSET_TABLE_")
      continue;
    // The linker marks where the list of tables begins and ends.
    if ((sanitize == Sanitize::Address &&
         (name->starts_with("__asan_") || *name == "__start_asan_globals" || *name == "__stop_asan_globals")) ||
        (sanitize == Sanitize::Thread && name->starts_with("__tsan_")))
      continue;
    undefined += (undefined.empty() ? "'" : ", '") + name->str() + "'";
  }
  if (undefined.empty())
    return Error::success();
  return createStringError("generated code calls " + undefined + "; a program may only need memcpy and memset");
}
