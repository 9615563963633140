//===- Header.cpp - The C header of a program linked as an object ---------===//
#include "cortex/Target/Target.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

std::string cortex::emitHeader(const LLVMProgram &program) {
  std::string text;
  raw_string_ostream out(text);
  StringRef symbol = program.symbol();
  std::string guard = symbol.upper() + "_H";
  // The name is the user's: it must not end the comment.
  std::string model;
  for (char c : program.manifest().model)
    model += isAlnum(c) || c == '_' || c == '-' ? c : '_';
  out << "/* Model " << model << " compiled by Cortex for " << program.target().name << ".\n"
      << " *\n"
      << " * Link the object file and libcortex-runtime, then:\n"
      << " *\n"
      << " *   cortex_program *program;\n"
      << " *   if (cortex_program_from_entry(&" << symbol << ", NULL, NULL, &program) != CORTEX_OK)\n"
      << " *     fprintf(stderr, \"%s\\n\", cortex_last_error());\n"
      << " */\n"
      << "#ifndef " << guard << "\n#define " << guard << "\n\n"
      << "#include \"cortex/cortex.h\"\n\n"
      << "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n"
      << "extern const cortex_program_entry " << symbol << ";\n\n"
      << "#ifdef __cplusplus\n}\n#endif\n\n"
      << "#endif\n";
  return text;
}
