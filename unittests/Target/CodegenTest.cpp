//===- CodegenTest.cpp - LLVM IR, assembly, object, header, JIT -----------===//
#include "TestPrograms.h"

#include <gmock/gmock.h>

#include <cmath>
#include <random>

using namespace cortex;
using namespace cortex::test;
using ::testing::HasSubstr;
using ::testing::Not;

namespace {

template <typename T> T valueOf(llvm::Expected<T> expected) {
  if (!expected)
    throw std::runtime_error(llvm::toString(expected.takeError()));
  return std::move(*expected);
}

template <typename T> std::string errorOf(llvm::Expected<T> expected) {
  return expected ? "no error" : llvm::toString(expected.takeError());
}

/// W and x of productText, and room for y.
struct Product {
  explicit Product(unsigned lanes) : w(40 * lanes), y(lanes + 4, 7.f) {
    std::mt19937 random(1);
    std::uniform_real_distribution<float> uniform(-.3f, .3f);
    for (float &v : x)
      v = uniform(random);
    for (float &v : w)
      v = uniform(random);
  }
  void run(const cortex_program_entry *entry) {
    uint64_t frame[] = {reinterpret_cast<uint64_t>(x), reinterpret_cast<uint64_t>(w.data()),
                        reinterpret_cast<uint64_t>(y.data()), y.size() * sizeof(float)};
    entry->run(frame, 0, 1);
  }
  float x[40];
  std::vector<float> w, y;
};

TEST(Codegen, EveryTargetMakesCodeOfItsVectors) {
  struct Case {
    const char *target, *vectorRegister, *multiply;
  } cases[] = {{"x86-64", "xmm", "mulps"}, {"x86-64-v3", "ymm", "vfmadd"}, {"x86-64-v4", "zmm", "vfmadd"}};
  for (const Case &c : cases) {
    SCOPED_TRACE(c.target);
    TargetSpec target = valueOf(TargetSpec::parse(c.target));
    LLVMProgram program = valueOf(compileText(productText(target.lanes(DType::F32)), target));
    std::string assembly = valueOf(program.assembly());
    EXPECT_THAT(assembly, HasSubstr(c.vectorRegister));
    EXPECT_THAT(assembly, HasSubstr(c.multiply));
    EXPECT_THAT(assembly, Not(HasSubstr("@PLT")));
    EXPECT_THAT(program.llvmIR(), Not(HasSubstr("fmuladd")));
    EXPECT_THAT(program.llvmIR(), HasSubstr("\"target-cpu\"=\"" + target.cpu + "\""));
    EXPECT_FALSE(valueOf(program.object()).empty());
    EXPECT_EQ(program.manifest().target, c.target);
    EXPECT_EQ(program.manifest().level, target.level);
  }
}

TEST(Codegen, JITComputesTheProduct) {
  for (const TargetSpec &target : runnableTargets()) {
    SCOPED_TRACE(target.name);
    unsigned lanes = target.lanes(DType::F32);
    auto program = valueOf(JITProgram::create(valueOf(compileText(productText(lanes), target))));
    const cortex_program_entry *entry = program->entry();
    EXPECT_EQ(entry->magic, CORTEX_ABI_MAGIC);
    EXPECT_EQ(entry->abi_version, CORTEX_ABI_VERSION);
    EXPECT_EQ(entry->struct_size, sizeof(cortex_program_entry));
    Manifest manifest;
    std::string error;
    ASSERT_TRUE(parseManifest(entry->manifest, entry->manifest_size, manifest, error)) << error;
    EXPECT_EQ(manifest.model, "Test");
    EXPECT_EQ(manifest.target, target.name);

    uint32_t workers = 0;
    uint64_t frame[] = {reinterpret_cast<uint64_t>(&workers)};
    entry->prepare(frame, 0, 3);
    EXPECT_EQ(workers, 3u);

    Product product(lanes);
    product.run(entry);
    for (unsigned i = 0; i < lanes; ++i) {
      double sum = 0;
      for (unsigned k = 0; k < 40; ++k)
        sum += static_cast<double>(product.w[k * lanes + i]) * product.x[k];
      ASSERT_GT(std::abs(sum), 1e-3) << "the test data are vacuous";
      EXPECT_NEAR(product.y[i], std::tanh(sum), 1e-6);
    }
    for (unsigned i = lanes; i < product.y.size(); ++i)
      EXPECT_EQ(product.y[i], 0.f) << "memset was not called";
  }
}

TEST(Codegen, OptimizationLevelsAgreeToTheBit) {
  TargetSpec target = valueOf(TargetSpec::parse("host"));
  unsigned lanes = target.lanes(DType::F32);
  std::vector<std::vector<float>> results;
  for (unsigned level : {0u, 1u, 2u, 3u}) {
    CodegenOptions options;
    options.optLevel = level;
    auto program = valueOf(JITProgram::create(valueOf(compileText(productText(lanes), target, options))));
    Product product(lanes);
    product.run(program->entry());
    results.push_back(product.y);
  }
  for (const std::vector<float> &result : results)
    EXPECT_EQ(result, results[0]);
}

TEST(Codegen, MultiplicationsAndAdditionsAreNotContracted) {
  TargetSpec target = valueOf(TargetSpec::parse("x86-64-v4"));
  std::string text = productText(16);
  std::string fma = "%next = vector.fma %wk, %xv, %acc : vector<16xf32>";
  text.replace(text.find(fma), fma.size(),
               "%m = arith.mulf %wk, %xv : vector<16xf32>\n%next = arith.addf %m, %acc : vector<16xf32>");
  text.replace(text.find("math.tanh"), 9, "math.absf");
  std::string assembly = valueOf(valueOf(compileText(text, target)).assembly());
  EXPECT_THAT(assembly, HasSubstr("vmulps"));
  EXPECT_THAT(assembly, Not(HasSubstr("vfmadd")));
}

TEST(Codegen, OnlyThePrefixedEntryIsExported) {
  TargetSpec target = valueOf(TargetSpec::parse("x86-64-v3"));
  CodegenOptions options;
  options.prefix = "sentiment";
  LLVMProgram program = valueOf(compileText(productText(8), target, options));
  EXPECT_EQ(program.symbol(), "cortex_program_sentiment");
  std::string assembly = valueOf(program.assembly());
  EXPECT_THAT(assembly, HasSubstr(".globl\tcortex_program_sentiment"));
  EXPECT_EQ(assembly.find(".globl"), assembly.rfind(".globl"));
}

TEST(Codegen, HeaderDeclaresTheEntry) {
  TargetSpec target = valueOf(TargetSpec::parse("x86-64-v3"));
  CodegenOptions options;
  options.prefix = "sentiment";
  std::string header = emitHeader(valueOf(compileText(productText(8), target, options)));
  EXPECT_THAT(header, HasSubstr("#include \"cortex/cortex.h\""));
  EXPECT_THAT(header, HasSubstr("extern const cortex_program_entry cortex_program_sentiment;"));
  EXPECT_THAT(header, HasSubstr("cortex_program_from_entry(&cortex_program_sentiment, NULL, NULL, &program)"));
  EXPECT_THAT(header, HasSubstr("#ifndef CORTEX_PROGRAM_SENTIMENT_H"));
}

std::string withCall(const char *callee) {
  std::string text = productText(8);
  std::string name(callee);
  size_t at = text.find("%t = math.tanh");
  text.insert(at, "%c = llvm.load %x : !llvm.ptr -> f32\n %r = func.call @" + name +
                      "(%c) : (f32) -> f32\n llvm.store %r, %y : f32, !llvm.ptr\n");
  return "func.func private @" + name + "(f32) -> f32\n" + text;
}

TEST(CodegenErrors, UndefinedSymbolsAreNamed) {
  LLVMProgram program = valueOf(compileText(withCall("cosf"), valueOf(TargetSpec::parse("x86-64-v3"))));
  EXPECT_EQ(errorOf(program.object()), "generated code calls 'cosf'; a program may only need memcpy and memset");
}

TEST(CodegenErrors, FunctionsWithoutAnExpansionAreNamed) {
  std::string text = productText(8);
  text.replace(text.find("math.tanh"), 9, "math.sinh");
  EXPECT_THAT(errorOf(compileText(text, valueOf(TargetSpec::parse("x86-64-v3")))),
              HasSubstr("'math.sinh' op has no expansion"));
}

TEST(CodegenErrors, EntriesMustExistWithTheirType) {
  TargetSpec target = valueOf(TargetSpec::parse("x86-64-v3"));
  EXPECT_EQ(errorOf(compileText("func.func @cortex_run(%f: !llvm.ptr, %w: i32, %n: i32) { return }", target)),
            "the lowered program has no function 'cortex_prepare'");
  EXPECT_EQ(errorOf(compileText("func.func @cortex_prepare(%f: !llvm.ptr) { return }", target)),
            "function 'cortex_prepare' must take (ptr frame, i32 worker, i32 workers) and return nothing");
}

TEST(CodegenErrors, OptionsAreChecked) {
  TargetSpec target = valueOf(TargetSpec::parse("x86-64-v3"));
  CodegenOptions prefix, level;
  prefix.prefix = "a-b";
  level.optLevel = 4;
  EXPECT_EQ(errorOf(compileText(productText(8), target, prefix)), "prefix 'a-b' may only have letters, digits and '_'");
  EXPECT_EQ(errorOf(compileText(productText(8), target, level)), "optimization level 4 is not one of 0, 1, 2, 3");
}

TEST(CodegenErrors, ObjectsThatAreNotELF) {
  uint8_t bytes[64] = {1, 2, 3};
  EXPECT_TRUE(static_cast<bool>(checkUndefinedSymbols(bytes)));
}

TEST(Sanitizers, InstrumentTheCode) {
  TargetSpec target = valueOf(TargetSpec::parse("x86-64-v3"));
  for (auto [kind, symbol] : {std::pair(Sanitize::Address, "__asan_"), std::pair(Sanitize::Thread, "__tsan_")}) {
    CodegenOptions options;
    options.sanitize = kind;
    LLVMProgram program = valueOf(compileText(productText(8), target, options));
    EXPECT_THAT(program.llvmIR(), HasSubstr(symbol));
    llvm::ArrayRef<uint8_t> object = valueOf(program.object());
    EXPECT_THAT(llvm::toString(checkUndefinedSymbols(object)), HasSubstr(symbol));
  }
}

} // namespace
