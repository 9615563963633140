//===- Emit.cpp - Writes the cases of the sanitized driver ----------------===//
//
//   cortex-emit-sanitized --sanitize address --out DIR [--random N --seed S]
//
// For each case DIR gets an object, its mutants' objects, and a file with weights,
// batches and expected outputs (Data.h); and programs.c, the table of all of them.
//===----------------------------------------------------------------------===//
#include "Emit.h"
#include "Data.h"

#include "Subject.h"

#include "cortex/IO/Files.h"
#include "cortex/IO/Safetensors.h"

#include <algorithm>
#include <filesystem>
#include <iostream>

using namespace cortex;
using namespace cortex::sanitizers;

namespace {

struct Options {
  std::string sanitize, out;
  int64_t random = 0;
  uint64_t seed = 1;
};

/// One line of programs.c.
struct Entry {
  std::string name, data, fault;
};

/// A batch and what comes out, as tensors of the data file.
void addBatch(io::TensorFile &file, const std::string &batch, const io::Batch &structures,
              const std::vector<cli::Output> &outputs) {
  auto integers = [&](const char *name, const std::vector<int32_t> &values) {
    file.tensors.push_back(io::makeTensor(batch + name, {values.size()}, std::span(values)));
  };
  integers(kNodeOffsets, structures.node_offsets);
  integers(kChildOffsets, structures.child_offsets);
  integers(kChildren, structures.children);
  if (!structures.types.empty())
    integers(kTypes, structures.types);
  if (!structures.root_offsets.empty()) {
    integers(kRootOffsets, structures.root_offsets);
    integers(kRoots, structures.roots);
  }
  for (const io::Input &input : structures.inputs) {
    const std::string name = batch + kInput + input.name;
    if (input.dtype == DType::I32)
      file.tensors.push_back(io::makeTensor(name, {input.symbols.size()}, std::span(input.symbols)));
    else if (input.dtype == DType::F32)
      file.tensors.push_back(io::makeTensor(name, {input.f32.size()}, std::span(input.f32)));
    else
      file.tensors.push_back(io::makeTensor(name, {input.f64.size()}, std::span(input.f64)));
  }
  for (const cli::Output &output : outputs) {
    const auto *bytes = reinterpret_cast<const uint8_t *>(output.values.data());
    file.tensors.push_back({batch + kOutput + output.name,
                            io::tensorTypeOf(output.dtype),
                            {output.values.size() / bytesOf(output.dtype)},
                            {bytes, bytes + output.values.size()}});
  }
}

class Emitter {
public:
  explicit Emitter(const Options &options) : options(options) { std::filesystem::create_directories(options.out); }

  void emit(Case &one) {
    one.options.codegen.sanitize = options.sanitize == "address" ? Sanitize::Address : Sanitize::Thread;
    one.options.codegen.prefix = one.name;
    writeData(one);
    // The same outputs as the Subject's: all states.
    const mlir::OwningOpRef<mlir::ModuleOp> shown(one.module->clone());
    reference::exposeStates(cli::modelIn(*shown));
    if (one.mutants != Case::No)
      for (const Mutant &mutant : makeMutants(*shown, one.options, one.name, one.mutants == Case::InEachLoop))
        write(mutant.program, one.name, mutant.what);
    write(cli::orFail(compileModel(*shown, one.options)), one.name, "");
    ++cases;
  }

  void finish() {
    std::string text = "#include \"Programs.h\"\n";
    for (const Entry &entry : entries)
      text += "extern const cortex_program_entry cortex_program_" + entry.name + ";\n";
    text += "const sanitized_program sanitized_programs[] = {\n";
    for (const Entry &entry : entries)
      text += "  {\"" + entry.name + "\", \"" + entry.data + "\", \"" + entry.fault + "\", &cortex_program_" +
              entry.name + "},\n";
    text += "};\nconst unsigned num_sanitized_programs = " + std::to_string(entries.size()) + ";\n";
    writeFile("programs.c", text);
    std::cout << "wrote " << cases << " cases and " << entries.size() - cases << " mutants to " << options.out << '\n';
  }

private:
  void writeData(const Case &one) const {
    CompileOptions plain = one.options;
    plain.codegen.sanitize = Sanitize::None;
    plain.codegen.prefix.clear();
    const cli::Subject subject(*one.module, plain);
    const reference::Params params = subject.stored(one.params);
    io::TensorFile file;
    for (io::Tensor &tensor : cli::toTensors(subject.manifest().params, params)) {
      tensor.name = kParam + tensor.name;
      file.tensors.push_back(std::move(tensor));
    }
    const Model model = subject.prepare(subject.inProcess(), params);
    Session session = subject.session(model, 1);
    for (size_t i = 0; i < one.batches.size(); ++i) {
      const std::vector<cli::Output> outputs = subject.run(session, one.batches[i]);
      reference::LocalReport found;
      std::string error;
      reference::LocalOptions options;
      options.operands = subject.operands();
      if (!reference::checkLocal(subject.model(), params, one.batches[i], subject.states(outputs), found, error,
                                 options))
        throw cli::Failure(one.name + ": " + error);
      if (!found.passed)
        throw cli::Failure(one.name + ": " + found.str());
      addBatch(file, batchName(i), one.batches[i], outputs);
    }
    std::string error;
    if (!io::writeSafetensors(options.out + "/" + one.name + ".safetensors", file, error))
      throw cli::Failure(error);
  }

  void write(const LLVMProgram &program, const std::string &data, const std::string &fault) {
    const llvm::ArrayRef<uint8_t> object = cli::orFail(program.object());
    const std::string name = program.symbol().substr(std::string_view("cortex_program_").size()).str();
    writeFile(name + ".o", {reinterpret_cast<const char *>(object.data()), object.size()});
    entries.push_back({name, data, fault});
  }

  void writeFile(const std::string &name, std::string_view bytes) const {
    std::string error;
    if (!io::writeFile(options.out + "/" + name, bytes, error))
      throw cli::Failure(error);
  }

  const Options &options;
  std::vector<Entry> entries;
  size_t cases = 0;
};

void emitAll(const Options &options) {
  Emitter emitter(options);
  if (options.random == 0)
    for (Case &one : chosenCases())
      emitter.emit(one);
  for (int64_t i = 0; i < options.random; ++i) {
    Case one = randomCase(options.seed + static_cast<uint64_t>(i));
    emitter.emit(one);
  }
  emitter.finish();
}

} // namespace

int main(int argc, char **argv) {
  Options options;
  CLI::App app("Compiles models with a sanitizer, for a driver that is linked without the compiler");
  app.add_option("--sanitize", options.sanitize, "address or thread")
      ->check(CLI::IsMember({"address", "thread"}))
      ->required();
  app.add_option("--out", options.out, "Folder for objects and data, made when there is none")->required();
  app.add_option("--random", options.random, "In place of chosen models and their mutants: so many random ones")
      ->check(CLI::PositiveNumber);
  app.add_option("--seed", options.seed, "The first random model's seed; the next has the next")->capture_default_str();
  try {
    app.parse(argc, argv);
    emitAll(options);
    return cli::kSuccess;
  } catch (const CLI::ParseError &error) {
    return app.exit(error) ? cli::kBadInput : cli::kSuccess;
  } catch (const std::exception &error) {
    std::cerr << "cortex-emit-sanitized: error: " << error.what() << '\n';
    return cli::kBadInput;
  }
}
