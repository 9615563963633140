#include "TestPrograms.h"

#include "mlir/Conversion/ConvertToLLVM/ToLLVMInterface.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace cortex;

std::unique_ptr<MLIRContext> cortex::test::makeContext() {
  auto context = std::make_unique<MLIRContext>(MLIRContext::Threading::DISABLED);
  context
      ->loadDialect<arith::ArithDialect, cf::ControlFlowDialect, func::FuncDialect, LLVM::LLVMDialect,
                    math::MathDialect, memref::MemRefDialect, scf::SCFDialect, ub::UBDialect, vector::VectorDialect>();
  return context;
}

Manifest cortex::test::makeManifest() {
  Manifest manifest;
  manifest.model = "Test";
  manifest.types = {{"leaf", 0, 0}, {"inner", 1, TypeInfo::kAnyArity}};
  return manifest;
}

llvm::Expected<LLVMProgram> cortex::test::compileText(const std::string &text, const TargetSpec &target,
                                                      const CodegenOptions &options, const EmitFunction &emit) {
  std::unique_ptr<MLIRContext> context = makeContext();
  std::string messages;
  ScopedDiagnosticHandler handler(context.get(), [&](Diagnostic &diagnostic) { messages += diagnostic.str() + "\n"; });
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, context.get());
  if (!module)
    return llvm::createStringError("does not parse: " + messages);
  if (emit) {
    auto function = module->lookupSymbol<func::FuncOp>("f");
    OpBuilder builder(context.get());
    Block *body = function.addEntryBlock();
    builder.setInsertionPointToStart(body);
    Value result = emit(builder, function.getLoc(), body->getArgument(0));
    func::ReturnOp::create(builder, function.getLoc(), result);
  }
  PassManager pm(context.get());
  buildLowerToLLVM(pm, target.fma);
  if (failed(pm.run(*module)))
    return llvm::createStringError(messages);
  return compileToLLVM(*module, target, makeManifest(), options);
}

llvm::Expected<LLVMProgram> cortex::test::compileElementwise(const EmitFunction &emit, bool f64, unsigned lanes,
                                                             const TargetSpec &target) {
  std::string element = f64 ? "f64" : "f32";
  std::string type = lanes ? "vector<" + std::to_string(lanes) + "x" + element + ">" : element;
  constexpr const char *text = R"(
    func.func private @f({0}) -> {0}
    func.func @cortex_prepare(%frame: !llvm.ptr, %worker: i32, %workers: i32) {{ return }
    func.func @cortex_run(%frame: !llvm.ptr, %worker: i32, %workers: i32) {{
      %in = llvm.load %frame : !llvm.ptr -> !llvm.ptr
      %p1 = llvm.getelementptr %frame[1] : (!llvm.ptr) -> !llvm.ptr, i64
      %out = llvm.load %p1 : !llvm.ptr -> !llvm.ptr
      %p2 = llvm.getelementptr %frame[2] : (!llvm.ptr) -> !llvm.ptr, i64
      %count = llvm.load %p2 : !llvm.ptr -> i64
      %zero = arith.constant 0 : i64
      %step = arith.constant {1} : i64
      scf.for %i = %zero to %count step %step : i64 {{
        %pi = llvm.getelementptr %in[%i] : (!llvm.ptr, i64) -> !llvm.ptr, {2}
        %po = llvm.getelementptr %out[%i] : (!llvm.ptr, i64) -> !llvm.ptr, {2}
        %x = llvm.load %pi {{alignment = 8 : i64} : !llvm.ptr -> {0}
        %y = func.call @f(%x) : ({0}) -> {0}
        llvm.store %y, %po {{alignment = 8 : i64} : {0}, !llvm.ptr
      }
      return
    })";
  return compileText(llvm::formatv(text, type, std::max(lanes, 1u), element).str(), target, {}, emit);
}

std::string cortex::test::productText(unsigned lanes) {
  constexpr const char *text = R"(
    func.func @cortex_prepare(%frame: !llvm.ptr, %worker: i32, %workers: i32) {{
      %out = llvm.load %frame : !llvm.ptr -> !llvm.ptr
      llvm.store %workers, %out : i32, !llvm.ptr
      return
    }
    func.func @cortex_run(%frame: !llvm.ptr, %worker: i32, %workers: i32) {{
      %x = llvm.load %frame : !llvm.ptr -> !llvm.ptr
      %p1 = llvm.getelementptr %frame[1] : (!llvm.ptr) -> !llvm.ptr, i64
      %w = llvm.load %p1 : !llvm.ptr -> !llvm.ptr
      %p2 = llvm.getelementptr %frame[2] : (!llvm.ptr) -> !llvm.ptr, i64
      %y = llvm.load %p2 : !llvm.ptr -> !llvm.ptr
      %p3 = llvm.getelementptr %frame[3] : (!llvm.ptr) -> !llvm.ptr, i64
      %bytes = llvm.load %p3 : !llvm.ptr -> i64
      %nil = arith.constant 0 : i8
      "llvm.intr.memset"(%y, %nil, %bytes) <{{isVolatile = false}> : (!llvm.ptr, i8, i64) -> ()
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %c40 = arith.constant 40 : index
      %zero = arith.constant dense<0.0> : vector<{0}xf32>
      %sum = scf.for %k = %c0 to %c40 step %c1 iter_args(%acc = %zero) -> vector<{0}xf32> {{
        %k64 = arith.index_cast %k : index to i64
        %px = llvm.getelementptr %x[%k64] : (!llvm.ptr, i64) -> !llvm.ptr, f32
        %xk = llvm.load %px : !llvm.ptr -> f32
        %xv = vector.broadcast %xk : f32 to vector<{0}xf32>
        %pw = llvm.getelementptr %w[%k64] : (!llvm.ptr, i64) -> !llvm.ptr, !llvm.array<{0} x f32>
        %wk = llvm.load %pw {{alignment = 4 : i64} : !llvm.ptr -> vector<{0}xf32>
        %next = vector.fma %wk, %xv, %acc : vector<{0}xf32>
        scf.yield %next : vector<{0}xf32>
      }
      %t = math.tanh %sum : vector<{0}xf32>
      llvm.store %t, %y {{alignment = 4 : i64} : vector<{0}xf32>, !llvm.ptr
      return
    })";
  return llvm::formatv(text, lanes).str();
}

std::vector<TargetSpec> cortex::test::runnableTargets() {
  std::vector<TargetSpec> result;
  for (llvm::StringRef name : TargetSpec::names()) {
    TargetSpec target = llvm::cantFail(TargetSpec::parse(name));
    if (target.runsHere())
      result.push_back(target);
  }
  return result;
}
