//===- Sample.h - Structures that a schedule is chosen by -----------------===//
//
// `tune`, `compile` and `explain` take a sample of the structures that runs will
// have, before there is a program that could check them.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_TOOLS_SAMPLE_H
#define CORTEX_TOOLS_SAMPLE_H

#include "Input.h"
#include "ModelSource.h"

namespace cortex::cli {

struct SampleOptions {
  InputOptions input;
  BatchOptions batches{1, 16};
};
/// --input and how it is put into calls, where it is not required.
void addSampleOptions(CLI::App &command, SampleOptions &options);

/// The structures of `input`, which the model must take: else fails with their line.
Structures readSample(const InputOptions &input, mlir::ModuleOp module, const CompileOptions &compile);

/// Gives `compile` the sample, if there is one.
void takeSample(const SampleOptions &options, mlir::ModuleOp module, CompileOptions &compile);

} // namespace cortex::cli
#endif // CORTEX_TOOLS_SAMPLE_H
