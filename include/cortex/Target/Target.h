//===- Target.h - From upstream dialects to machine code ------------------===//
//
// The back end. In: a module of upstream dialects with `func.func @cortex_prepare`
// and `@cortex_run`, each (!llvm.ptr frame, i32 worker, i32 workers) -> (), and
// the program's manifest. Out, in steps:
//
//   buildLowerToLLVM   passes: the module to the LLVM dialect
//   compileToLLVM      an optimized LLVM module for one target: LLVMProgram
//   LLVMProgram        as LLVM IR, assembly or object text or bytes
//   JITProgram         the object in this process, callable
//   linkSharedObject   the object as an ELF shared object, linked in process
//
// The JIT runs the very object that an artifact holds, so both give the same bits.
// Errors are llvm::Error of one line that names the thing at fault.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_TARGET_TARGET_H
#define CORTEX_TARGET_TARGET_H

#include "cortex/artifact.h"
#include "cortex/manifest.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace mlir {
class OpPassManager;
} // namespace mlir

namespace cortex {

/// The machine that code is made for.
struct TargetSpec {
  std::string name;                        ///< as the user named it: host, x86-64, x86-64-v3, x86-64-v4, x86-64-v4-bf16
  TargetLevel level = TargetLevel::X86_64; ///< the only instruction sets the code uses; the loader checks them
  std::string cpu;                         ///< LLVM's name of the CPU whose instructions are used
  std::string tuneCPU;                     ///< LLVM's name of the CPU that instructions are scheduled for
  bool fma = false;                        ///< has fused multiply-add instructions
  unsigned vectorBytes = 16;               ///< width of a vector register
  unsigned vectorRegisters = 16;           ///< number of vector registers
  std::string features{};                  ///< LLVM's names of instruction sets that the CPU lacks: "+avx512bf16"
  bool bf16Dots = false;                   ///< has dot products of pairs of bf16, summed in f32

  /// Elements of type `dtype` in a vector register.
  unsigned lanes(DType dtype) const { return vectorBytes / bytesOf(dtype); }

  /// The target for a program that multiplies in bf16: of `host`, which names no level, the one with dot products where
  /// this CPU has them. Other programs do without, so that theirs run on more machines.
  TargetSpec forBF16() const;

  /// Whether the CPU and system of this process can run code for `level`.
  bool runsHere() const;

  /// Parses a name of `names()`. `host` becomes the best level of the psABI that this CPU
  /// and its system support, tuned for this CPU. An unknown name is an error that
  /// lists the legal ones.
  static llvm::Expected<TargetSpec> parse(llvm::StringRef name);

  /// Parses names separated by commas, for the variants of an artifact. Each must
  /// stand for a level of its own.
  static llvm::Expected<std::vector<TargetSpec>> parseList(llvm::StringRef names);

  /// The legal names, for help texts.
  static llvm::ArrayRef<llvm::StringRef> names();
};

/// Adds the passes that turn a module of func, scf, cf, arith, math, vector,
/// memref, ub and llvm operations into the LLVM dialect. `fma` is
/// TargetSpec::fma. Elementary functions are written out first.
void buildLowerToLLVM(mlir::OpPassManager &pm, bool fma = true);

/// Registers buildLowerToLLVM as the pipeline `cortex-lower-to-llvm{fma=true}`.
void registerLowerToLLVMPipeline();

/// Checks that an LLVM sanitizer can add to generated code; its runtime library
/// must be part of the process that runs the code.
enum class Sanitize { None, Address, Thread };

struct CodegenOptions {
  /// The one exported symbol is `cortex_program`, or `cortex_program_<prefix>`,
  /// so that several programs can be linked into one. Letters, digits, `_`.
  std::string prefix;
  Sanitize sanitize = Sanitize::None;
  /// LLVM's optimization level, 0 to 3.
  unsigned optLevel = 3;
};

/// An optimized program for one target.
class LLVMProgram {
public:
  LLVMProgram(LLVMProgram &&) noexcept;
  LLVMProgram &operator=(LLVMProgram &&) noexcept;
  ~LLVMProgram();

  const TargetSpec &target() const;
  /// The manifest as it stands in the object: with `target` and `level` set.
  const Manifest &manifest() const;
  /// The exported symbol.
  llvm::StringRef symbol() const;

  /// LLVM IR as text.
  std::string llvmIR() const;
  /// Assembly as text.
  llvm::Expected<std::string> assembly() const;
  /// A position-independent ELF object. Compiled at the first call, and checked:
  /// its only undefined symbols are memcpy and memset (see checkUndefinedSymbols).
  llvm::Expected<llvm::ArrayRef<uint8_t>> object() const;

private:
  friend class JITProgram;
  friend llvm::Expected<LLVMProgram> compileToLLVM(mlir::ModuleOp, const TargetSpec &, Manifest,
                                                   const CodegenOptions &);
  struct Impl;
  explicit LLVMProgram(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl;
};

/// Translates `module`, which buildLowerToLLVM has made all LLVM dialect, for
/// `target` and optimizes it. No fast-math flag, no contraction of a multiply
/// and an add, no automatic vectorization: arithmetic stays as it was written.
/// `manifest.target` and `manifest.level` are set from `target`. Errors: an
/// operation that cannot be translated, a missing or ill-typed cortex_prepare
/// or cortex_run, an ill-formed prefix.
llvm::Expected<LLVMProgram> compileToLLVM(mlir::ModuleOp module, const TargetSpec &target, Manifest manifest,
                                          const CodegenOptions &options = {});

/// Fails, naming the symbols, if an ELF object leaves anything undefined but
/// memcpy and memset (and, with a sanitizer, its entry points).
llvm::Error checkUndefinedSymbols(llvm::ArrayRef<uint8_t> object, Sanitize sanitize = Sanitize::None);

/// C header text that declares the program's exported entry and shows how to
/// open it with the runtime: for --emit=obj.
std::string emitHeader(const LLVMProgram &program);

/// A program loaded into this process; unloaded by the destructor. Thread-safe
/// after creation.
class JITProgram {
public:
  /// Loads the program's object. Fails if this CPU lacks the target's level.
  static llvm::Expected<std::unique_ptr<JITProgram>> create(const LLVMProgram &program);
  ~JITProgram();
  /// Valid as long as this object.
  const cortex_program_entry *entry() const { return programEntry; }

private:
  JITProgram();
  struct Impl;
  std::unique_ptr<Impl> impl;
  const cortex_program_entry *programEntry = nullptr;
};

/// Links an object into an ELF shared object, in process (lld), and returns its
/// bytes. Starts no process and reads no environment but the folder for
/// temporary files. Thread-safe; one link runs at a time.
llvm::Expected<std::vector<uint8_t>> linkSharedObject(llvm::ArrayRef<uint8_t> object);

/// The bytes of an artifact (cortex/artifact.h): the linked programs of one
/// model, each for a level of its own, their manifests and `weights`, which may
/// be empty. Write them with io::writeFile.
llvm::Expected<std::vector<uint8_t>> buildArtifact(llvm::ArrayRef<LLVMProgram> variants,
                                                   const std::vector<WeightTensor> &weights = {});

} // namespace cortex
#endif // CORTEX_TARGET_TARGET_H
