//===- Drive.cpp - Runs instrumented programs, without the compiler -------===//
//
//   driver DATA-FOLDER                       every program, then every mutant
//   driver DATA-FOLDER PROGRAM [--short]     one; used for mutants, in a process of their own
//
// Linked with the objects and the table that cortex-emit-sanitized wrote, the
// runtime and lib/IO, all with one sanitizer. Runs every program with one to four
// workers, in chunks, with and without guard pages, and repeatedly; the bytes of all
// outputs must be those of the code without a sanitizer, and nothing may be
// reported. A mutant must be reported.
//===----------------------------------------------------------------------===//
#include "Data.h"
#include "Programs.h"

#include "cortex/IO/Safetensors.h"
#include "cortex/cortex.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <iostream>
#include <memory>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace cortex;
using namespace cortex::sanitizers;

extern char **environ; // NOLINT(readability-redundant-declaration): not everywhere in unistd.h

namespace {

#if __has_feature(address_sanitizer)
constexpr const char *kReport = "ERROR: AddressSanitizer";
constexpr bool kAddress = true;
#elif __has_feature(thread_sanitizer)
constexpr const char *kReport = "WARNING: ThreadSanitizer: data race";
constexpr bool kAddress = false;
#else
#error "the driver is for builds with a sanitizer"
#endif

constexpr uint32_t kMostWorkers = 4;
/// For one mutant: far more than any takes that ends.
constexpr unsigned kMostSeconds = 120;

/// An array of exactly its size, so that AddressSanitizer knows where it ends.
class Array {
public:
  Array() = default;
  /// With `less` bytes missing at the end.
  explicit Array(const io::Tensor *tensor, size_t less = 0) {
    if (!tensor || tensor->bytes.size() <= less)
      return;
    const size_t size = tensor->bytes.size() - less;
    bytes.reset(static_cast<unsigned char *>(std::malloc(size)));
    std::memcpy(bytes.get(), tensor->bytes.data(), size);
  }
  const void *data() const { return bytes.get(); }
  const int32_t *integers() const { return static_cast<const int32_t *>(data()); }

private:
  struct Free {
    void operator()(unsigned char *memory) const { std::free(memory); }
  };
  std::unique_ptr<unsigned char, Free> bytes;
};

/// A batch and what must come out.
struct Batch {
  Batch(const io::TensorFile &file, const std::string &name, const Program &program, bool shortInput) {
    auto array = [&](const std::string &part, size_t less = 0) -> const Array & {
      return arrays.emplace_back(std::make_unique<Array>(file.find(name + part), less)).operator*();
    };
    view.num_structures = static_cast<int32_t>(file.find(name + kNodeOffsets)->elements()) - 1;
    view.node_offsets = array(kNodeOffsets).integers();
    view.child_offsets = array(kChildOffsets).integers();
    view.children = array(kChildren).integers();
    view.types = array(kTypes).integers();
    view.root_offsets = array(kRootOffsets).integers();
    view.roots = array(kRoots).integers();
    const cortex_program_info info = program.info();
    for (uint32_t i = 0; i < info.num_inputs; ++i) {
      const cortex_input_info input = program.input(i);
      const bool isShort = shortInput && !input.is_symbol && input.num_types == 0;
      inputs.push_back(array(kInput + std::string(input.name), isShort ? 4 : 0).data());
      shortened |= isShort;
    }
    view.inputs = inputs.data();
    for (uint32_t i = 0; i < info.num_outputs; ++i)
      expected.push_back(&file.find(name + kOutput + program.output(i).name)->bytes);
  }

  cortex_batch view = makeBatch();
  std::vector<const std::vector<uint8_t> *> expected;
  bool shortened = false;

private:
  std::vector<std::unique_ptr<Array>> arrays;
  std::vector<const void *> inputs;
};

struct Counts {
  uint64_t programs = 0, runs = 0, chunked = 0, faults = 0;
};

/// A program with its weights and batches.
class Subject {
public:
  Subject(const std::string &folder, const sanitized_program &what, bool shortInput = false)
      : name(what.name), program(Program::fromEntry(*what.entry)) {
    std::string error;
    if (!io::readSafetensors(folder + "/" + what.data + ".safetensors", file, error))
      throw std::runtime_error(error);
    for (uint64_t i = 0; file.find(batchName(i) + kNodeOffsets); ++i)
      batches.push_back(std::make_unique<Batch>(file, batchName(i), program, shortInput));
    if (batches.empty())
      throw std::runtime_error(name + ": the data file has no batch");
  }

  const Batch &batch(size_t i) const { return *batches[i]; }

  void runEverything(Counts &counts) const {
    for (const bool guarded : {true, false})
      for (uint32_t workers = 1; workers <= kMostWorkers; ++workers) {
        const Team team = Team::create(workers);
        const Model model = prepare(team, guarded);
        Session session = open(model, team, workers, guarded, 0);
        // Growing, shrinking, steady.
        for (int repeat = 0; repeat < 2; ++repeat)
          for (const std::unique_ptr<Batch> &batch : batches)
            expectSame(session, *batch, counts, workers, guarded);
        runInChunks(model, team, workers, guarded, counts);
      }
    ++counts.programs;
  }

private:
  Model prepare(const Team &team, bool guarded) const {
    std::vector<cortex_tensor> tensors;
    std::vector<std::unique_ptr<Array>> arrays;
    for (uint32_t i = 0; i < program.info().num_params; ++i) {
      const cortex_param_info param = program.param(i);
      arrays.push_back(std::make_unique<Array>(file.find(kParam + std::string(param.name))));
      tensors.push_back({param.name, param.dtype, param.rank, param.shape, arrays.back()->data()});
    }
    return {program, tensors, team, guarded ? CORTEX_MODEL_GUARD_PAGES : 0u};
  }

  static Session open(const Model &model, const Team &team, uint32_t workers, bool guarded, uint64_t budget) {
    cortex_session_options options{};
    options.exact_workers = workers;
    options.flags = guarded ? CORTEX_SESSION_GUARD_PAGES : 0u;
    options.scratch_budget = budget;
    options.team = team.get();
    return Session(model, options);
  }

  void expectSame(Session &session, const Batch &batch, Counts &counts, uint32_t workers, bool guarded) const {
    Outputs outputs(program);
    session.run(batch.view, outputs);
    ++counts.runs;
    for (uint32_t i = 0; i < batch.expected.size(); ++i) {
      const std::vector<uint8_t> &expected = *batch.expected[i];
      const void *found = program.output(i).dtype == CORTEX_F64
                              ? static_cast<const void *>(outputs.values<double>(i).data())
                              : outputs.values<float>(i).data();
      if (std::memcmp(found, expected.data(), expected.size()) == 0)
        continue;
      ++counts.faults;
      std::cout << name << ": output '" << program.output(i).name << "' of batch of " << batch.view.num_structures
                << " structures differs, " << workers << " workers" << (guarded ? ", guard pages" : "") << '\n';
    }
  }

  /// With the least budget, in quarters of what the batch takes, that holds its largest structure.
  void runInChunks(const Model &model, const Team &team, uint32_t workers, bool guarded, Counts &counts) const {
    Session whole = open(model, team, workers, guarded, 0);
    expectSame(whole, *batches[0], counts, workers, guarded);
    const uint64_t bytes = whole.stats().scratch_bytes;
    for (uint64_t budget = bytes / 4; budget < bytes; budget += bytes / 4)
      try {
        Session session = open(model, team, workers, guarded, budget);
        expectSame(session, *batches[0], counts, workers, guarded);
        counts.chunked += session.stats().chunks > 1;
        return;
      } catch (const Error &error) {
        if (error.status() != CORTEX_OVER_BUDGET)
          throw;
      }
  }

  std::string name;
  Program program;
  io::TensorFile file;
  std::vector<std::unique_ptr<Batch>> batches;
};

/// What a child process with these arguments writes to standard error.
std::string errorsOf(std::vector<std::string> arguments) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0)
    throw std::runtime_error("no pipe");
  std::vector<char *> pointers;
  for (std::string &argument : arguments)
    pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addclose(&actions, ends[0]);
  pid_t child = 0;
  const int failed = posix_spawn(&child, "/proc/self/exe", &actions, nullptr, pointers.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  std::string text;
  std::array<char, 4096> buffer{};
  for (ssize_t n = 0; (n = read(ends[0], buffer.data(), buffer.size())) > 0;)
    text.append(buffer.data(), static_cast<size_t>(n));
  close(ends[0]);
  if (failed)
    throw std::runtime_error("cannot start a process for a mutant");
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
    text += "no end after " + std::to_string(kMostSeconds) + " seconds\n";
  return text;
}

/// What kind of report there is; empty if there is none.
std::string reportIn(const std::string &text) {
  const size_t at = text.find(kReport);
  if (at == std::string::npos)
    return "";
  const size_t kind = text.find("Sanitizer: ", at) + std::string_view("Sanitizer: ").size();
  return text.substr(kind, std::min(text.find(" on ", kind), text.find_first_of("(\n", kind)) - kind);
}

struct Mutants {
  uint64_t all = 0, survived = 0;

  void expectReported(const std::string &program, const std::string &what, const std::vector<std::string> &arguments) {
    ++all;
    const std::string text = errorsOf(arguments), found = reportIn(text);
    std::cout << "  " << program << ", " << what << ": " << (found.empty() ? "NOT REPORTED" : found) << std::endl;
    if (!found.empty())
      return;
    ++survived;
    std::cout << text << '\n';
  }
};

int driveAll(const std::string &self, const std::string &folder) {
  Counts counts;
  Mutants mutants;
  bool any = false;
  for (unsigned i = 0; i < num_sanitized_programs; ++i)
    if (*sanitized_programs[i].fault)
      any = true;
    else
      Subject(folder, sanitized_programs[i]).runEverything(counts);
  std::cout << counts.programs << " programs, " << counts.runs << " runs, " << counts.chunked << " of them in chunks, "
            << counts.faults << " with other bytes than without the sanitizer" << std::endl;
  for (unsigned i = 0; any && i < num_sanitized_programs; ++i) {
    const sanitized_program &one = sanitized_programs[i];
    if (*one.fault)
      mutants.expectReported(one.data, one.fault, {self, folder, one.name});
    else if (kAddress && Subject(folder, one, true).batch(0).shortened)
      mutants.expectReported(one.data, "an input one value short", {self, folder, one.name, "--short"});
  }
  if (any)
    std::cout << mutants.all << " mutants, " << mutants.survived << " not reported\n";
  return counts.programs == 0 || counts.faults || mutants.survived || (any && counts.chunked == 0) ? 1 : 0;
}

int driveOne(const std::string &folder, const std::string &name, bool shortInput) {
  alarm(kMostSeconds); // a fault may lead round and round before it is reported
  for (unsigned i = 0; i < num_sanitized_programs; ++i)
    if (name == sanitized_programs[i].name) {
      Counts counts;
      Subject(folder, sanitized_programs[i], shortInput).runEverything(counts);
      return 0;
    }
  throw std::runtime_error("no program is called " + name);
}

} // namespace

int main(int argc, char **argv) {
  const std::vector<std::string> arguments(argv, argv + argc);
  try {
    if (arguments.size() == 2)
      return driveAll(arguments[0], arguments[1]);
    if (arguments.size() == 3 || (arguments.size() == 4 && arguments[3] == "--short"))
      return driveOne(arguments[1], arguments[2], arguments.size() == 4);
    std::cerr << "usage: driver FOLDER [PROGRAM [--short]]\n";
  } catch (const std::exception &error) {
    std::cerr << "error: " << error.what() << '\n';
  }
  return 2;
}
