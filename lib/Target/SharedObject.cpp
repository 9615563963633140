//===- SharedObject.cpp - Linking in process, and artifacts ---------------===//
#include "cortex/Target/Target.h"

#include "lld/Common/Driver.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include <cstdlib>
#include <mutex>

LLD_HAS_DRIVER(elf)

using namespace llvm;
using namespace cortex;

namespace {

/// A folder that only this user can read, removed with its files.
class TemporaryFolder {
public:
  static Expected<std::unique_ptr<TemporaryFolder>> create() {
    SmallString<128> parent;
    sys::path::system_temp_directory(/*ErasedOnReboot=*/true, parent);
    std::string pattern = (parent + "/cortex-XXXXXX").str();
    if (!mkdtemp(pattern.data())) {
      std::error_code code = errnoAsErrorCode();
      return createStringError(code, "cannot make a temporary folder in '" + parent + "': " + code.message());
    }
    return std::unique_ptr<TemporaryFolder>(new TemporaryFolder(pattern));
  }
  ~TemporaryFolder() {
    // Nobody is hurt by files that cannot be removed.
    std::error_code ignored = sys::fs::remove_directories(path);
    (void)ignored;
  }
  std::string file(StringRef name) const { return path + "/" + name.str(); }

private:
  explicit TemporaryFolder(StringRef path) : path(path) {}
  std::string path;
};

Error writeFile(const std::string &path, ArrayRef<uint8_t> bytes) {
  std::error_code code;
  raw_fd_ostream stream(path, code, sys::fs::OF_None);
  if (!code) {
    stream.write(reinterpret_cast<const char *>(bytes.data()), bytes.size());
    stream.close();
    code = stream.error();
    stream.clear_error();
  }
  return code ? createStringError(code, "cannot write temporary file '" + path + "': " + code.message())
              : Error::success();
}

} // namespace

Expected<std::vector<uint8_t>> cortex::linkSharedObject(ArrayRef<uint8_t> object) {
  // lld keeps its state in globals.
  static std::mutex mutex;
  static bool canRun = true;
  std::lock_guard lock(mutex);
  if (!canRun)
    return createStringError("the linker failed earlier in this process and cannot run again");

  auto folder = TemporaryFolder::create();
  if (!folder)
    return folder.takeError();
  std::string input = (*folder)->file("program.o"), output = (*folder)->file("program.so");
  if (Error error = writeFile(input, object))
    return error;
  const char *arguments[] = {
      "ld.lld",     "-shared", "--threads=1", "--build-id=none", "--hash-style=gnu", "-z", "now",
      "-z",         "relro",   "-z",          "noexecstack",     "--no-rosegment",   "-o", output.c_str(),
      input.c_str()};
  std::string messages;
  raw_string_ostream stream(messages);
  lld::Result result = lld::lldMain(arguments, stream, stream, {{lld::Gnu, &lld::elf::link}});
  canRun = result.canRunAgain;
  if (result.retCode != 0)
    return createStringError("the linker failed: " + messages);
  auto linked = MemoryBuffer::getFile(output, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!linked)
    return createStringError(linked.getError(), "the linker wrote no shared object");
  StringRef bytes = (*linked)->getBuffer();
  return std::vector<uint8_t>(bytes.bytes_begin(), bytes.bytes_end());
}

Expected<std::vector<uint8_t>> cortex::buildArtifact(ArrayRef<LLVMProgram> variants,
                                                     const std::vector<WeightTensor> &weights) {
  std::vector<CodeVariant> linked;
  for (const LLVMProgram &program : variants) {
    auto object = program.object();
    if (!object)
      return object.takeError();
    auto elf = linkSharedObject(*object);
    if (!elf)
      return elf.takeError();
    linked.push_back({std::move(*elf), program.manifest()});
  }
  return writeArtifact(linked, weights);
}
