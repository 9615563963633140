//===- SharedObjectTest.cpp - Linking in process, and artifacts -----------===//
#include "TestPrograms.h"

#include "cortex/cortex.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <dlfcn.h>
#include <filesystem>
#include <fstream>
#include <thread>
#include <unistd.h>

using namespace cortex;
using namespace cortex::test;

namespace {

template <typename T> T valueOf(llvm::Expected<T> expected) {
  if (!expected)
    throw std::runtime_error(llvm::toString(expected.takeError()));
  return std::move(*expected);
}

/// A folder for one test.
struct Folder {
  Folder() {
    std::string pattern = ::testing::TempDir() + "cortex-test-XXXXXX";
    if (!mkdtemp(pattern.data()))
      throw std::runtime_error("cannot make " + pattern);
    path = pattern;
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::filesystem::path path;
};

std::vector<float> runProduct(const cortex_program_entry *entry, unsigned lanes) {
  std::vector<float> x(40), w(40 * lanes), y(lanes);
  for (size_t i = 0; i < x.size(); ++i)
    x[i] = 0.01f * static_cast<float>(i % 17) - 0.07f;
  for (size_t i = 0; i < w.size(); ++i)
    w[i] = 0.02f * static_cast<float>(i % 23) - 0.19f;
  uint64_t frame[] = {reinterpret_cast<uint64_t>(x.data()), reinterpret_cast<uint64_t>(w.data()),
                      reinterpret_cast<uint64_t>(y.data()), lanes * sizeof(float)};
  entry->run(frame, 0, 1);
  return y;
}

TEST(SharedObject, ArtifactGivesTheBitsOfTheJIT) {
  Folder folder;
  for (const TargetSpec &target : runnableTargets()) {
    SCOPED_TRACE(target.name);
    unsigned lanes = target.lanes(DType::F32);
    LLVMProgram program = valueOf(compileText(productText(lanes), target));
    std::vector<uint8_t> artifact = valueOf(buildArtifact(program));
    std::filesystem::path file = folder.path / (target.name + ".cortex");
    std::ofstream(file, std::ios::binary)
        .write(reinterpret_cast<const char *>(artifact.data()), static_cast<std::streamsize>(artifact.size()));
    // The shared object is the artifact's head, so the system's loader takes it as it is.
    void *library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    ASSERT_TRUE(library) << dlerror();
    auto *entry = static_cast<const cortex_program_entry *>(dlsym(library, "cortex_program"));
    ASSERT_TRUE(entry) << dlerror();
    EXPECT_EQ(entry->magic, CORTEX_ABI_MAGIC);
    EXPECT_FALSE(dlsym(library, "cortex_run")) << "only the entry is exported";
    Manifest manifest;
    std::string error;
    ASSERT_TRUE(parseManifest(entry->manifest, entry->manifest_size, manifest, error)) << error;
    EXPECT_EQ(manifest.level, target.level);

    std::vector<float> loaded = runProduct(entry, lanes);
    auto jit = valueOf(JITProgram::create(program));
    std::vector<float> compiled = runProduct(jit->entry(), lanes);
    EXPECT_EQ(0, memcmp(loaded.data(), compiled.data(), lanes * sizeof(float)));
    EXPECT_NE(loaded[0], 0.f);
    dlclose(library);
  }
}

TEST(SharedObject, TheRuntimeTakesArtifactAndJIT) {
  TargetSpec target = valueOf(TargetSpec::parse("host"));
  LLVMProgram program = valueOf(compileText(productText(target.lanes(DType::F32)), target));
  std::vector<uint8_t> artifact = valueOf(buildArtifact(program));
  auto jit = valueOf(JITProgram::create(program));
  cortex_program *loaded = nullptr, *compiled = nullptr;
  ASSERT_EQ(cortex_program_load_memory(artifact.data(), artifact.size(), nullptr, &loaded), CORTEX_OK)
      << cortex_last_error();
  ASSERT_EQ(cortex_program_from_entry(jit->entry(), nullptr, nullptr, &compiled), CORTEX_OK) << cortex_last_error();
  for (cortex_program *each : {loaded, compiled}) {
    cortex_program_info info;
    cortex_program_get_info(each, &info);
    EXPECT_STREQ(info.model, "Test");
    EXPECT_STREQ(info.target, "host");
    EXPECT_EQ(info.num_types, 2u);
    cortex_program_release(each);
  }
}

TEST(SharedObject, LinksWithoutPathOrProcessAndCleansUp) {
  Folder folder;
  LLVMProgram program = valueOf(compileText(productText(8), valueOf(TargetSpec::parse("x86-64-v3"))));
  llvm::ArrayRef<uint8_t> object = valueOf(program.object());
  std::vector<uint8_t> before = valueOf(linkSharedObject(object));
  const char *path = getenv("PATH"), *temporary = getenv("TMPDIR");
  std::string savedPath = path ? path : "", savedTemporary = temporary ? temporary : "";
  setenv("PATH", "", 1);
  setenv("TMPDIR", folder.path.c_str(), 1);
  std::vector<uint8_t> after = valueOf(linkSharedObject(object));
  EXPECT_TRUE(std::filesystem::is_empty(folder.path)) << "temporary files are left";
  setenv("TMPDIR", (folder.path / "absent").c_str(), 1);
  auto failed = linkSharedObject(object);
  setenv("PATH", savedPath.c_str(), 1);
  temporary ? setenv("TMPDIR", savedTemporary.c_str(), 1) : unsetenv("TMPDIR");
  EXPECT_EQ(before, after) << "the same object must give the same bytes";
  ASSERT_FALSE(static_cast<bool>(failed));
  EXPECT_THAT(llvm::toString(failed.takeError()), ::testing::HasSubstr("cannot make a temporary folder in"));
}

TEST(SharedObject, LinksAgainAfterAFailureAndFromSeveralThreads) {
  LLVMProgram program = valueOf(compileText(productText(8), valueOf(TargetSpec::parse("x86-64-v3"))));
  llvm::ArrayRef<uint8_t> object = valueOf(program.object());
  std::vector<uint8_t> garbage(100, 0x55);
  auto failed = linkSharedObject(garbage);
  ASSERT_FALSE(static_cast<bool>(failed));
  EXPECT_THAT(llvm::toString(failed.takeError()), ::testing::HasSubstr("the linker failed"));
  std::vector<std::vector<uint8_t>> results(3);
  std::vector<std::thread> threads;
  threads.reserve(results.size());
  for (std::vector<uint8_t> &result : results)
    threads.emplace_back([&] { result = valueOf(linkSharedObject(object)); });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_FALSE(results[0].empty());
  for (const std::vector<uint8_t> &result : results)
    EXPECT_EQ(result, results[0]);
}

TEST(SharedObject, TheProcessHoldsOneCopyOfLLVM) {
  // lld's static libraries must take LLVM from the shared library too.
  std::ifstream maps("/proc/self/maps");
  std::string line;
  std::set<std::string> copies;
  while (std::getline(maps, line))
    if (size_t at = line.find('/'); at != std::string::npos && line.find("libLLVM") != std::string::npos)
      copies.insert(line.substr(at));
  EXPECT_EQ(copies.size(), 1u);
}

} // namespace
