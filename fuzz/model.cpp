// The text of a model: parsed, verified, printed and read again, and lowered to vectors.
#include "Fuzz.h"

#include "cortex/Pipelines/Pipelines.h"

#include "mlir/IR/MLIRContext.h"

#include "llvm/Support/raw_ostream.h"

using namespace cortex;
using namespace cortex::fuzz;

// MLIR's own tables, and a model in all its stages: far from the input's size, but no more than this.
const Limits fuzz::limits{16 << 20, 8 << 10};

static std::string print(mlir::ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream os(text);
  module.print(os);
  return text;
}

/// Fails unless the error has a message.
static bool refused(llvm::Error error) {
  require(!llvm::toString(std::move(error)).empty(), "a refusal says why");
  return false;
}

bool fuzz::parse(std::string_view input) {
  mlir::DialectRegistry registry;
  registerCompilerDialects(registry);
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  auto module = parseModel({input.data(), input.size()}, "input", context);
  if (!module)
    return refused(module.takeError());
  const std::string text = print(**module);
  auto again = parseModel(text, "copy", context);
  if (!again) {
    std::fprintf(stderr, "%s\n%s\n", text.c_str(), llvm::toString(again.takeError()).c_str());
    require(false, "what was printed is read again");
  }
  require(print(**again) == text, "and is the same");

  // Both widths of tables and of strips; the target without FMA and with the fewest lanes differs most from the others.
  CompileOptions options;
  options.target = llvm::cantFail(TargetSpec::parse(input.size() % 2 ? "x86-64" : "x86-64-v4"));
  options.schedule.tables = input.size() % 3 ? 4.0 : 0.0;
  auto manifest = lowerModel(**module, options, CutPoint::Vector);
  if (!manifest)
    return refused(manifest.takeError());
  manifest->target = "x86-64";
  const std::vector<uint8_t> bytes = serializeManifest(*manifest);
  Manifest read;
  std::string error;
  if (!parseManifest(bytes.data(), bytes.size(), read, error)) {
    std::fprintf(stderr, "%s\n", error.c_str());
    require(false, "the runtime reads the manifest");
  }
  return true;
}
