//===- cortex.hpp - The runtime for C++ -----------------------------------===//
//
// A thin layer over cortex.h: owning handles, exceptions with the message,
// outputs that are sized for you.
//
//   cortex::Program program = cortex::Program::load("model.cortex");
//   cortex::Model model(program);               // the artifact's own weights
//   cortex::Session session(model);
//   cortex::Outputs outputs(program);
//   session.run(batch, outputs);                // a cortex_batch; see linked.hpp
//   std::span<const float> logits = outputs.values<float>("logits");
//===----------------------------------------------------------------------===//
#ifndef CORTEX_CORTEX_HPP
#define CORTEX_CORTEX_HPP

#include "cortex/cortex.h"

#include <cstring>
#include <new>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace cortex {

/// What every function here throws: the status and the message of the C interface.
class Error : public std::runtime_error {
public:
  Error(cortex_status status, const std::string &message) : std::runtime_error(message), status_(status) {}
  cortex_status status() const { return status_; }

private:
  cortex_status status_;
};

/// Throws Error unless `status` is CORTEX_OK.
inline void check(cortex_status status) {
  if (status != CORTEX_OK)
    throw Error(status, cortex_last_error());
}

namespace detail {
/// Owns one reference to an object of the C interface; copies share it.
template <class T, void (*Retain)(T *), void (*Release)(T *)> class Handle {
public:
  Handle() = default;
  explicit Handle(T *adopted) : object(adopted) {}
  Handle(const Handle &other) : object(other.object) { Retain(object); }
  Handle(Handle &&other) noexcept : object(std::exchange(other.object, nullptr)) {}
  Handle &operator=(Handle other) noexcept {
    std::swap(object, other.object);
    return *this;
  }
  ~Handle() { Release(object); }

  /// The object, for calls of the C interface; null if default-constructed or moved from.
  T *get() const { return object; }
  explicit operator bool() const { return object != nullptr; }

private:
  T *object = nullptr;
};
} // namespace detail

/// Code and its description. See cortex_program_*.
class Program : public detail::Handle<cortex_program, cortex_program_retain, cortex_program_release> {
public:
  using Handle::Handle;

  /// `target`: load the artifact's variant for that ("x86-64-v3"); empty: the most capable that this CPU can run.
  static Program load(const std::string &path, const std::string &target = "") {
    const cortex_program_options options = optionsOf(target);
    cortex_program *p = nullptr;
    check(cortex_program_load(path.c_str(), &options, &p));
    return Program(p);
  }
  static Program loadMemory(const void *bytes, size_t size, const std::string &target = "") {
    const cortex_program_options options = optionsOf(target);
    cortex_program *p = nullptr;
    check(cortex_program_load_memory(bytes, size, &options, &p));
    return Program(p);
  }
  static Program fromEntry(const cortex_program_entry &entry, void (*release)(void *) = nullptr,
                           void *context = nullptr) {
    cortex_program *p = nullptr;
    check(cortex_program_from_entry(&entry, release, context, &p));
    return Program(p);
  }

  cortex_program_info info() const {
    cortex_program_info i;
    cortex_program_get_info(get(), &i);
    return i;
  }
  cortex_type_info type(uint32_t index) const {
    cortex_type_info i;
    check(cortex_program_get_type(get(), index, &i));
    return i;
  }
  cortex_input_info input(uint32_t index) const {
    cortex_input_info i;
    check(cortex_program_get_input(get(), index, &i));
    return i;
  }
  cortex_param_info param(uint32_t index) const {
    cortex_param_info i;
    check(cortex_program_get_param(get(), index, &i));
    return i;
  }
  cortex_output_info output(uint32_t index) const {
    cortex_output_info i;
    check(cortex_program_get_output(get(), index, &i));
    return i;
  }
  /// Throw Error if there is none of that name.
  uint32_t findType(const std::string &name) const { return found(cortex_program_find_type, "type", name); }
  uint32_t findInput(const std::string &name) const { return found(cortex_program_find_input, "input", name); }
  uint32_t findOutput(const std::string &name) const { return found(cortex_program_find_output, "output", name); }

private:
  static cortex_program_options optionsOf(const std::string &target) {
    return {sizeof(cortex_program_options), target.empty() ? nullptr : target.c_str()};
  }
  uint32_t found(int32_t (*find)(const cortex_program *, const char *), const char *what,
                 const std::string &name) const {
    const int32_t index = find(get(), name.c_str());
    if (index < 0)
      throw Error(CORTEX_INVALID_ARGUMENT, "the program has no " + std::string(what) + " '" + name + "'");
    return static_cast<uint32_t>(index);
  }
};

/// Worker threads. See cortex_team_*.
class Team : public detail::Handle<cortex_team, cortex_team_retain, cortex_team_release> {
public:
  using Handle::Handle;

  /// `workers` 0: as many as the CPUs of the affinity mask.
  static Team create(uint32_t workers) {
    cortex_team *t = nullptr;
    check(cortex_team_create(workers, &t));
    return Team(t);
  }
  uint32_t workers() const { return cortex_team_workers(get()); }
};

/// A program with its weights. See cortex_model_*.
class Model : public detail::Handle<cortex_model, cortex_model_retain, cortex_model_release> {
public:
  using Handle::Handle;
  Model() = default;
  /// With the weights that the artifact carries. `flags`: CORTEX_MODEL_*.
  explicit Model(const Program &program, const Team &team = Team(), uint32_t flags = 0) {
    create(program, nullptr, 0, team, flags);
  }
  /// With these weights, in any order; they are not read after the call.
  Model(const Program &program, std::span<const cortex_tensor> weights, const Team &team = Team(), uint32_t flags = 0) {
    // An empty list is a list: null would mean the artifact's own.
    static constexpr cortex_tensor kNone{};
    create(program, weights.empty() ? &kNone : weights.data(), weights.size(), team, flags);
  }
  uint64_t bytes() const { return cortex_model_bytes(get()); }

private:
  void create(const Program &program, const cortex_tensor *weights, size_t count, const Team &team, uint32_t flags) {
    const cortex_model_options options{sizeof options, flags, team.get()};
    cortex_model *m = nullptr;
    check(cortex_model_create(program.get(), weights, count, &options, &m));
    static_cast<Handle &>(*this) = Handle(m);
  }
};

/// A batch without structures, its struct_size set.
inline cortex_batch makeBatch() {
  cortex_batch b{};
  b.struct_size = sizeof b;
  return b;
}

/// The number of roots of a batch. See cortex_batch_num_roots.
inline uint64_t numRoots(const cortex_batch &batch) {
  uint64_t n = 0;
  check(cortex_batch_num_roots(&batch, &n));
  return n;
}

/// Arrays for all outputs of a program, sized by Session::run. They only grow.
class Outputs {
public:
  explicit Outputs(const Program &program) : program(program) {
    const uint32_t n = program.info().num_outputs;
    for (uint32_t i = 0; i < n; ++i)
      infos.push_back(program.output(i));
    bytes.resize(n);
    items.resize(n);
    pointers.resize(n);
  }

  /// The values of output `index`, item by item; see cortex_session_run for
  /// their order. T is float or double, as the program's output is.
  template <class T> std::span<const T> values(uint32_t index) const {
    static_assert(std::is_same_v<T, float> || std::is_same_v<T, double>);
    if (index >= infos.size())
      throw Error(CORTEX_INVALID_ARGUMENT, "there is no output " + std::to_string(index));
    if (infos[index].dtype != (sizeof(T) == 4 ? CORTEX_F32 : CORTEX_F64))
      throw Error(CORTEX_INVALID_ARGUMENT, "output '" + std::string(infos[index].name) + "' is of another dtype");
    return {reinterpret_cast<const T *>(bytes[index].data()), items[index] * infos[index].elements};
  }
  template <class T> std::span<const T> values(const std::string &name) const {
    return values<T>(program.findOutput(name));
  }
  /// How many items (nodes, roots or structures) output `index` has.
  uint64_t count(uint32_t index) const { return items.at(index); }

  /// Makes room for the outputs of a batch; returns what cortex_session_run takes.
  void *const *resize(const cortex_batch &batch) {
    uint64_t roots = 0;
    bool counted = false;
    for (size_t i = 0; i < infos.size(); ++i) {
      if (infos[i].place == CORTEX_AT_ROOTS) {
        // Where they cannot be counted the batch is at fault, and the run says how.
        if (!counted && cortex_batch_num_roots(&batch, &roots) != CORTEX_OK)
          roots = 0;
        counted = true;
        items[i] = roots;
      } else if (batch.num_structures <= 0 || infos[i].place == CORTEX_AT_STRUCTURES) {
        items[i] = batch.num_structures > 0 ? static_cast<uint64_t>(batch.num_structures) : 0;
      } else {
        const int32_t nodes = batch.node_offsets ? batch.node_offsets[batch.num_structures] : 0;
        items[i] = nodes > 0 ? static_cast<uint64_t>(nodes) : 0;
      }
      // An element more, so that the pointer is not null: null would mean that the output is not wanted.
      const uint64_t size = items[i] * infos[i].elements * (infos[i].dtype == CORTEX_F64 ? 8 : 4) + 8;
      if (bytes[i].size() < size)
        bytes[i].resize(size);
      pointers[i] = bytes[i].data();
    }
    return pointers.data();
  }

private:
  Program program;
  std::vector<cortex_output_info> infos;
  std::vector<std::vector<unsigned char>> bytes; // operator new aligns them for any element
  std::vector<uint64_t> items;
  std::vector<void *> pointers;
};

/// Scratch memory of a run; one thread at a time. See cortex_session_*.
class Session : public detail::Handle<cortex_session, cortex_session_retain, cortex_session_release> {
public:
  using Handle::Handle;
  Session() = default;
  explicit Session(const Model &model, cortex_session_options options = {}) {
    options.struct_size = sizeof options;
    cortex_session *s = nullptr;
    check(cortex_session_create(model.get(), &options, &s));
    static_cast<Handle &>(*this) = Handle(s);
  }

  /// outputs[i]: where output i goes, or null.
  void run(const cortex_batch &batch, void *const *outputs) { check(cortex_session_run(get(), &batch, outputs)); }
  void run(const cortex_batch &batch, Outputs &outputs) { run(batch, outputs.resize(batch)); }

  /// Calls body(worker, workers) on each of the workers that are there now; returns how many they are. See
  /// cortex_session_parallel.
  template <class Body> uint32_t parallel(const Body &body) {
    static_assert(noexcept(body(0u, 0u)), "what workers call must not throw");
    uint32_t workers = 0;
    check(cortex_session_parallel(
        get(),
        [](void *context, uint32_t worker, uint32_t count) { (*static_cast<const Body *>(context))(worker, count); },
        const_cast<void *>(static_cast<const void *>(&body)), &workers));
    return workers;
  }

  void reserve(uint64_t structures, uint64_t nodes, uint64_t edges, uint64_t roots, uint64_t levelRows = 0) {
    check(cortex_session_reserve(get(), structures, nodes, edges, roots, levelRows));
  }
  cortex_session_stats stats() const {
    cortex_session_stats s{};
    s.struct_size = sizeof s;
    check(cortex_session_get_stats(get(), &s));
    return s;
  }
};

} // namespace cortex
#endif // CORTEX_CORTEX_HPP
