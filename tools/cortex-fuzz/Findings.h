//===- Findings.h - Failing cases as files --------------------------------===//
#ifndef CORTEX_TOOLS_FUZZ_FINDINGS_H
#define CORTEX_TOOLS_FUZZ_FINDINGS_H

#include "Trial.h"

#include <string>

namespace cortex::fuzz {

/// Writes case 0 of a trial to FOLDER/case-SEED.mlir (whose first lines are the
/// command that shows the fault, and the fault), .jsonl (the structures) and
/// .safetensors (the weights). Returns the command. Throws cli::Failure.
std::string writeFinding(const std::string &folder, mlir::ModuleOp module, const Trial &trial,
                         const std::string &fault);

} // namespace cortex::fuzz
#endif // CORTEX_TOOLS_FUZZ_FINDINGS_H
