//===- Compile.cpp - cortex compile ---------------------------------------===//
#include "Sample.h"

#include "cortex/IO/Files.h"
#include "cortex/IO/Safetensors.h"
#include "cortex/IO/Weights.h"
#include "cortex/Reference/Random.h"
#include "cortex/artifact.h"

#include "llvm/Support/raw_ostream.h"

#include <chrono>
#include <iostream>
#include <optional>

namespace cortex::cli {

namespace {

struct CompileCommand {
  ModelOptions model;
  TargetOptions target;
  SampleOptions sample;
  std::string emit = "artifact";
  std::string weights;
  std::optional<uint64_t> randomWeights;
  std::string output;
  std::string prefix;
  std::string sanitize;
  bool json = false;
};

} // namespace

static void checkOptions(const CompileCommand &options) {
  const bool artifact = options.emit == "artifact";
  if (options.output.empty() && (artifact || options.emit == "obj"))
    throw Failure("compile: expected -o FILE for the " + std::string(artifact ? "artifact" : "object file"));
  if (artifact)
    refuseArtifactName(options.output);
  if (!artifact && !options.weights.empty())
    throw Failure("--weights: only artifacts carry weights, not --emit=" + options.emit);
  if (!artifact && options.randomWeights)
    throw Failure("--random-weights: only artifacts carry weights, not --emit=" + options.emit);
  if (!options.prefix.empty() && options.emit != "obj" && options.emit != "asm" && options.emit != "llvm")
    throw Failure("--prefix: only --emit=obj, asm and llvm have an exported name to choose");
  if (!options.sanitize.empty() && options.emit != "obj" && options.emit != "asm" && options.emit != "llvm")
    throw Failure("--sanitize: only --emit=obj, asm and llvm take it, not --emit=" + options.emit +
                  (artifact ? ": programs that load artifacts lack the sanitizer's run-time library" : ""));
  if (options.emit == "ra" && !options.sample.input.path.empty())
    throw Failure("--input: --emit=ra shows the model before a schedule is chosen");
  if (options.emit == "obj" && !options.output.ends_with(".o"))
    throw Failure("-o " + options.output + ": expected a name that ends in .o (the header gets the same name in .h)");
  refuseToOverwrite(
      {"-o", options.output},
      {{"MODEL", options.model.model}, {"--weights", options.weights}, {"--input", options.sample.input.path}});
}

/// Text to the output file, or to standard output without one (or for "-").
static void writeText(const std::string &path, const std::string &text) {
  if (path.empty() || path == "-") {
    std::cout << text;
    return;
  }
  std::string error;
  if (!io::writeFile(path, text, error))
    throw Failure(error);
}

static std::string textOf(mlir::ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  module.print(stream);
  stream << '\n';
  return text;
}

/// The IR at a cut point, as text.
static std::string emitIR(mlir::ModuleOp module, const CompileOptions &options, const std::string &emit) {
  const CutPoint cut = emit == "ra" ? CutPoint::RA : emit == "ilir" ? CutPoint::ILIR : CutPoint::Vector;
  orFail(lowerModel(module, options, cut));
  return textOf(module);
}

/// Object and header; neither appears unless both are complete.
static void emitObject(const LLVMProgram &program, const std::string &path) {
  const llvm::ArrayRef<uint8_t> object = orFail(program.object());
  const std::string header = path.substr(0, path.size() - 2) + ".h";
  io::AtomicFile objectFile, headerFile;
  std::string error;
  const std::string_view bytes(reinterpret_cast<const char *>(object.data()), object.size());
  if (!objectFile.open(path, error) || !objectFile.write(bytes, error) || !headerFile.open(header, error) ||
      !headerFile.write(emitHeader(program), error) || !objectFile.commit(error) || !headerFile.commit(error))
    throw Failure(error);
  std::cout << "wrote " << path << " and " << header << " (symbol " << program.symbol().str() << ")\n";
}

/// The weights to embed: from the file, random, or none.
static std::vector<io::Tensor> takeWeights(const CompileCommand &options, std::optional<io::TensorFile> file,
                                           ra::ModelOp model, const Manifest &manifest) {
  if (options.randomWeights)
    return toTensors(manifest.params, reference::randomParams(model, *options.randomWeights));
  std::vector<io::Tensor> weights;
  std::string error;
  if (file && !io::matchWeights(manifest.params, std::move(file->tensors), options.weights, weights, error))
    throw Failure(error);
  return weights;
}

static void emitArtifact(const CompileCommand &options, const std::vector<LLVMProgram> &variants,
                         const std::vector<io::Tensor> &weights, double seconds) {
  uint64_t weightBytes = 0;
  const Manifest &manifest = variants.front().manifest();
  std::vector<std::string> targets;
  Json programs = Json::array(); // what may differ between the targets
  for (const LLVMProgram &variant : variants) {
    targets.push_back(variant.manifest().target);
    programs.push_back(
        {{"target", variant.manifest().target}, {"exchanges_per_level", variant.manifest().exchanges_per_level}});
  }
  for (const io::Tensor &tensor : weights)
    weightBytes += tensor.bytes.size();
  const std::vector<uint8_t> bytes = orFail(buildArtifact(variants, embeddable(manifest.params, weights)));
  std::string error;
  if (!io::writeFile(options.output, {reinterpret_cast<const char *>(bytes.data()), bytes.size()}, error))
    throw Failure(error);
  if (options.json) {
    printJson({{"artifact", options.output},
               {"model", manifest.model},
               {"programs", programs},
               {"bytes", bytes.size()},
               {"weight_bytes", weightBytes},
               {"seconds", seconds}});
    return;
  }
  std::cout << "wrote " << options.output << ": " << manifest.model << " for " << joinWords(targets) << ", "
            << formatBytes(bytes.size()) << ", "
            << (weights.empty() ? "without weights" : formatBytes(weightBytes) + " of weights") << ", compiled in "
            << formatNumber(seconds) << " s\n";
}

static int compile(const CompileCommand &command) {
  checkOptions(command);
  std::vector<CompileOptions> variants;
  if (command.emit == "artifact")
    variants = variantOptions(command.target);
  else
    variants.push_back(compileOptions(command.target));
  CompileOptions &options = variants.front(); // but for artifacts the only one
  options.codegen.prefix = command.prefix;
  if (!command.sanitize.empty())
    options.codegen.sanitize = command.sanitize == "address" ? Sanitize::Address : Sanitize::Thread;
  // Files are read before the work starts, so that a wrong name is told at once.
  std::optional<io::TensorFile> file;
  std::string error;
  if (!command.weights.empty() && !io::readSafetensors(command.weights, file.emplace(), error))
    throw Failure(error);

  const auto begin = std::chrono::steady_clock::now();
  const std::unique_ptr<mlir::MLIRContext> context = makeContext();
  mlir::OwningOpRef<mlir::ModuleOp> module = loadModel(command.model, *context);
  takeSample(command.sample, *module, options);
  for (CompileOptions &variant : variants)
    variant.sample = options.sample;
  if (command.emit == "ra" || command.emit == "ilir" || command.emit == "vector") {
    writeText(command.output, emitIR(*module, options, command.emit));
    return kSuccess;
  }
  std::vector<LLVMProgram> programs;
  for (const CompileOptions &variant : variants) {
    const mlir::OwningOpRef<mlir::ModuleOp> lowered(module->clone());
    programs.push_back(orFail(compileModel(*lowered, variant)));
  }
  const LLVMProgram &program = programs.front();
  if (command.emit == "llvm") {
    writeText(command.output, program.llvmIR());
  } else if (command.emit == "asm") {
    writeText(command.output, orFail(program.assembly()));
  } else if (command.emit == "obj") {
    emitObject(program, command.output);
  } else {
    const std::vector<io::Tensor> weights = takeWeights(command, std::move(file), modelIn(*module), program.manifest());
    for (const LLVMProgram &variant : programs)
      static_cast<void>(orFail(variant.object())); // compiles now, within the measured time
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    emitArtifact(command, programs, weights, seconds);
  }
  return kSuccess;
}

void addCompile(CLI::App &app, Action &action) {
  auto options = std::make_shared<CompileCommand>();
  CLI::App *command =
      app.add_subcommand("compile", "Compiles a model to an artifact, or shows it at a stage of compilation");
  addModelOptions(*command, options->model);
  addTargetOptions(*command, options->target, /*several=*/true);
  addSampleOptions(*command, options->sample);
  command->add_option("-o,--output", options->output, "The file to write; text goes to standard output without it");
  command
      ->add_option("--emit", options->emit,
                   "What to write: the artifact; the model as text (ra), its loops (ilir), vector code (vector), "
                   "LLVM IR (llvm), assembly (asm); or an object file and its header (obj)")
      ->check(oneOf({"artifact", "ra", "ilir", "vector", "llvm", "asm", "obj"}))
      ->capture_default_str();
  CLI::Option *weights = command->add_option("--weights", options->weights, "Weights to embed (.safetensors)");
  command->add_option("--random-weights", options->randomWeights, "Embed random weights of this seed, for measurements")
      ->check(wholeNumber(0, UINT64_MAX))
      ->excludes(weights);
  command->add_option(
      "--prefix", options->prefix,
      "The exported symbol becomes cortex_program_PREFIX, so that several objects can be linked together");
  command
      ->add_option("--sanitize", options->sanitize,
                   "Instrument the code with this sanitizer (address or thread); link it with clang's -fsanitize=")
      ->check(oneOf({"address", "thread"}));
  command->add_flag("--json", options->json, "Print what was written as JSON");
  command->footer(
      "Examples:\n"
      "  cortex compile treefc --set hidden=35 --weights weights.safetensors -o m.cortex\n"
      "  cortex compile treelstm --set hidden=256 --random-weights 1 --target x86-64-v3 -o m.cortex\n"
      "  cortex compile treelstm --target x86-64-v3,x86-64-v4 -o m.cortex   (loading takes what the CPU can run)\n"
      "  cortex compile my_model.mlir --input sample.jsonl -o m.cortex   (the schedule suits such structures)\n"
      "  cortex compile my_model.mlir --emit=ilir\n"
      "  cortex compile treegru --emit=obj --prefix gru -o gru.o\n"
      "  cortex compile treegru --emit=obj --sanitize=thread -o gru.o");
  command->callback([options, &action] { action = [options] { return compile(*options); }; });
}

} // namespace cortex::cli
