//===- Compiler.h - Compile a model from C++ ------------------------------===//
//
// The compiler as a library, for programs that write models with the builder.
// No header of MLIR or LLVM is needed here, only the builder's and the runtime's:
//
//   cortex::build::Model model = …;
//   cortex::Program program = cortex::compile(model);
//   cortex::Session session(cortex::Model(program, weights));
//===----------------------------------------------------------------------===//
#ifndef CORTEX_COMPILER_COMPILER_H
#define CORTEX_COMPILER_COMPILER_H

#include "cortex/Builder/Builder.h"
#include "cortex/Schedule/Schedule.h"
#include "cortex/cortex.hpp"

#include <span>
#include <string>

namespace cortex {

/// Compiles a model into this process, for the target of that name ("host",
/// "x86-64-v3", …), by what `schedule` asks for and else by default. The code
/// lives as long as anything that was made of the program. Throws Error
/// (CORTEX_INVALID_ARGUMENT) with the mistakes of a model that does not verify,
/// one a line, or for an unknown target or a schedule whose values exclude each
/// other; CORTEX_UNSUPPORTED_CPU if this CPU lacks the target's instructions.
Program compile(const build::Model &model, const std::string &target = "host", const Schedule &schedule = {});

/// Compiles a model to an artifact file, complete or not at all, which
/// Program::load reads without the compiler. With `weights`, which must be
/// exactly the model's parameters in any order, they are embedded. `targets`
/// separated by commas ("x86-64-v3,x86-64-v4") give the artifact a variant for
/// each, of which loading takes the most capable that the CPU can run. Throws Error
/// as above, CORTEX_INVALID_WEIGHTS, or CORTEX_SYSTEM_ERROR if the file cannot be written.
void compileToFile(const build::Model &model, const std::string &path, std::span<const cortex_tensor> weights = {},
                   const std::string &targets = "host", const Schedule &schedule = {});

} // namespace cortex
#endif // CORTEX_COMPILER_COMPILER_H
