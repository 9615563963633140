//===- Loaded.h - A compiled model, through the runtime -------------------===//
//
// What `run`, `bench` and `check` do with a program: give it weights, give it
// batches, read its outputs. Uses the runtime and lib/IO only. The runtime's errors
// arrive as cortex::Error.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_TOOLS_LOADED_H
#define CORTEX_TOOLS_LOADED_H

#include "Cli.h"

#include "cortex/IO/Batch.h"
#include "cortex/IO/Schema.h"
#include "cortex/IO/Tensor.h"
#include "cortex/cortex.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace cortex::cli {

/// What the program expects of its structures.
io::Schema schemaOf(const Program &program);
/// The program's parameters, in its order.
std::vector<ParamInfo> paramsOf(const Program &program);

/// One output of a program and, after runs, its values.
struct Output {
  std::string name;
  Place place = Place::Roots;
  DType dtype = DType::F32;
  std::vector<uint32_t> shape;   ///< of one item
  size_t elements = 1;           ///< of one item
  std::vector<std::byte> values; ///< [items][elements], dense

  size_t items() const { return values.size() / (elements * bytesOf(dtype)); }
  double at(size_t item, size_t element) const;
  /// "200 x 2 float32 at roots".
  std::string describe() const;
};
/// The program's outputs, without values.
std::vector<Output> outputsOf(const Program &program);

/// A batch as the runtime takes it. Both arguments must outlive the view.
class BatchView {
public:
  BatchView(const io::Batch &batch, const io::Schema &schema);
  const cortex_batch &get() const { return raw; }

private:
  cortex_batch raw{};
  std::vector<const void *> inputs;
};

/// How a model is run: the options of `run` and `bench`.
struct LoadOptions {
  std::string artifact;
  std::string weights;         ///< a safetensors file; empty: the artifact's own
  std::string target = "host"; ///< which variant of the artifact; host: the most capable that this CPU can run
  int64_t threads = 0;         ///< 0: one per CPU of the affinity mask
  std::string scratchBudget;
};
void addLoadOptions(CLI::App &command, LoadOptions &options);
/// Loads the artifact's variant for `target`, as LoadOptions has it.
Program loadVariant(const std::string &artifact, const std::string &target);
/// The option --scratch-budget, and its value: 0 where it was not given, which means the runtime's default.
void addScratchBudget(CLI::App &command, std::string &budget);
uint64_t scratchBudget(const std::string &budget);

/// An artifact with its weights prepared, and a session to run it.
class LoadedModel {
public:
  explicit LoadedModel(const LoadOptions &options);

  const Program &program() const { return code; }
  const io::Schema &schema() const { return expects; }
  Session &session() { return scratch; }

private:
  Program code;
  Session scratch;
  io::Schema expects;
};

/// Enlarges `outputs`, which outputsOf made, by one run's items; `targets`
/// becomes the places where that run is to write them.
void makeRoom(const BatchView &view, const io::Batch &batch, std::vector<Output> &outputs,
              std::vector<void *> &targets);

/// Runs `session` and appends the run's values to `outputs`. Like makeRoom, throws
/// cortex::Error if the batch is at fault.
void runInto(Session &session, const BatchView &view, const io::Batch &batch, std::vector<Output> &outputs);

/// A model's weights from a safetensors file, as `params` orders them.
std::vector<io::Tensor> readWeights(const std::string &path, const std::vector<ParamInfo> &params);

/// A model of `program` with `weights`, which matchWeights put in the program's order. `flags`: CORTEX_MODEL_*.
Model createModel(const Program &program, std::span<const io::Tensor> weights, const Team &team, uint32_t flags = 0);

} // namespace cortex::cli
#endif // CORTEX_TOOLS_LOADED_H
