#include "Sample.h"

#include "cortex/Reference/Evaluator.h"

namespace cortex::cli {

void addSampleOptions(CLI::App &command, SampleOptions &options) {
  addInputOptions(command, options.input, /*required=*/false);
  addBatchOptions(command, options.batches);
  CLI::Option *input = command.get_option("--input");
  input->description("Structures as runs will have them, by which defaults are chosen that depend on structures: "
                     "bracketed trees or JSON lines (docs/InputFormats.md); - is standard input");
  for (const char *name : {"--batch", "--limit"})
    command.get_option(name)->needs(input);
}

Structures readSample(const InputOptions &input, mlir::ModuleOp module, const CompileOptions &compile) {
  const mlir::OwningOpRef<mlir::ModuleOp> lowered(module.clone());
  const Manifest manifest = orFail(lowerModel(*lowered, compile, CutPoint::ILIR));
  Structures structures = readStructures(input, io::schemaOf(manifest));
  const ra::ModelOp model = modelIn(module);
  std::string error;
  if (reference::validate(model, structures.batch, error))
    return structures;
  for (size_t s = 0; s < structures.batch.structures(); ++s)
    if (!reference::validate(model, structures.batch.slice(s, s + 1), error))
      failAtLine(structures, s, error);
  throw Failure(structures.file + ": " + error);
}

void takeSample(const SampleOptions &options, mlir::ModuleOp module, CompileOptions &compile) {
  if (options.input.path.empty())
    return;
  const Structures structures = readSample(options.input, module, compile);
  compile.sample = cutIntoBatches(structures.batch, options.batches);
}

} // namespace cortex::cli
