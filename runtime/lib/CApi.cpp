//===- CApi.cpp - The C interface -----------------------------------------===//
#include "cortex/cortex.h"

#include "Error.h"
#include "Model.h"
#include "Program.h"
#include "Session.h"
#include "Team.h"

#include <cstring>
#include <new>
#include <pthread.h>
#include <system_error>

using namespace cortex;
using namespace cortex::rt;

#ifndef CORTEX_VERSION_STRING
#error "the build defines the version"
#endif

//===----------------------------------------------------------------------===//
// Errors
//===----------------------------------------------------------------------===//

namespace {
/// What a thread keeps from call to call. Behind a key, not thread_local: a
/// thread_local with a destructor ends the process if there is no memory for it.
struct ThreadState {
  std::string error;
  std::vector<uint8_t> hasParent; ///< of countParentless; kept, so that steady state does not allocate

  /// The calling thread's; null if it has none and there is no memory for one.
  static ThreadState *get() noexcept {
    ThreadState *state = find();
    if (state && state != noMemory())
      return state;
    state = new (std::nothrow) ThreadState;
    if (state && !keep(state)) {
      delete state;
      return nullptr;
    }
    return state;
  }
  static const char *message() noexcept {
    const ThreadState *state = find();
    return !state ? "" : state == noMemory() ? kOutOfMemory : state->error.c_str();
  }
  static void setMessage(const char *message) noexcept {
    ThreadState *state = get();
    if (!state) {
      keep(noMemory());
      return;
    }
    try {
      state->error = message;
    } catch (const std::bad_alloc &) {
      state->error = kOutOfMemory; // which needs no memory: it is short
    }
  }

  static constexpr const char *kOutOfMemory = "out of memory";

private:
  struct Key {
    pthread_key_t key = 0;
    bool made = false; ///< not if other libraries have all of the process's keys in use
  };
  static const Key &key() {
    static const Key key = [] {
      Key k;
      k.made = pthread_key_create(&k.key, [](void *state) {
                 if (state != noMemory())
                   delete static_cast<ThreadState *>(state);
               }) == 0;
      return k;
    }();
    return key;
  }
  /// In place of a state: the thread's last call found no memory for one.
  static ThreadState *noMemory() {
    static ThreadState state;
    return &state;
  }
  static ThreadState *find() {
    return key().made ? static_cast<ThreadState *>(pthread_getspecific(key().key)) : nullptr;
  }
  static bool keep(ThreadState *state) { return key().made && pthread_setspecific(key().key, state) == 0; }
};
} // namespace

static cortex_status report(cortex_status status, const char *message) noexcept {
  ThreadState::setMessage(message);
  return status;
}

/// Runs `body`; what it throws becomes the status and the thread's message.
template <class Body> static cortex_status guarded(Body body) noexcept {
  try {
    body();
    return CORTEX_OK;
  } catch (const Error &e) {
    return report(e.status, e.what());
  } catch (const std::bad_alloc &) {
    return report(CORTEX_OUT_OF_MEMORY, ThreadState::kOutOfMemory);
  } catch (const std::length_error &) {
    return report(CORTEX_OUT_OF_MEMORY, ThreadState::kOutOfMemory);
  } catch (const std::exception &e) {
    return report(CORTEX_SYSTEM_ERROR, e.what());
  }
}

template <class T> static void need(T *pointer, const char *name) {
  if (!pointer)
    invalidArgument(std::string(name) + " is null");
}

const char *cortex_last_error(void) {
  return ThreadState::message();
}
const char *cortex_version(void) {
  return CORTEX_VERSION_STRING;
}

//===----------------------------------------------------------------------===//
// Programs
//===----------------------------------------------------------------------===//

/// The target that `options` ask for; empty: none.
static std::string targetOf(const cortex_program_options *options) {
  if (!options)
    return "";
  if (options->struct_size != sizeof *options)
    invalidArgument("cortex_program_options.struct_size is not sizeof(cortex_program_options)");
  return options->target ? options->target : "";
}

cortex_status cortex_program_load(const char *path, const cortex_program_options *options, cortex_program **program) {
  return guarded([&] {
    need(path, "path");
    need(program, "program");
    *program = cortex_program::fromArtifact(readFile(path), quoted(path), targetOf(options)).detach();
  });
}

cortex_status cortex_program_load_memory(const void *bytes, size_t size, const cortex_program_options *options,
                                         cortex_program **program) {
  return guarded([&] {
    if (size > 0)
      need(bytes, "bytes");
    need(program, "program");
    *program = cortex_program::fromArtifact(Block::copyOf(bytes, size), "the artifact", targetOf(options)).detach();
  });
}

cortex_status cortex_program_from_entry(const cortex_program_entry *entry, void (*release)(void *), void *context,
                                        cortex_program **program) {
  return guarded([&] {
    need(entry, "entry");
    need(program, "program");
    *program = cortex_program::fromEntry(entry, release, context).detach();
  });
}

void cortex_program_retain(cortex_program *program) {
  if (program)
    program->retain();
}
void cortex_program_release(cortex_program *program) {
  if (program)
    program->release();
}

void cortex_program_get_info(const cortex_program *program, cortex_program_info *info) {
  const Manifest &m = program->manifest;
  *info = {m.model.c_str(),
           m.target.c_str(),
           nameOf(m.level),
           program->levels.c_str(),
           static_cast<cortex_structure_kind>(m.structure),
           static_cast<cortex_dtype>(m.float_type),
           static_cast<uint32_t>(m.types.size()),
           static_cast<uint32_t>(m.inputs.size()),
           static_cast<uint32_t>(m.params.size()),
           static_cast<uint32_t>(m.outputs.size()),
           program->plan.typesFromArity ? 1 : 0,
           program->weights().empty() ? 0 : 1,
           m.exchanges_per_level,
           m.schedule.c_str()};
}

template <class T> static const T &element(const std::vector<T> &list, uint32_t index, const char *what) {
  if (index >= list.size())
    invalidArgument("there is no " + std::string(what) + " " + std::to_string(index) + ": the program has " +
                    std::to_string(list.size()));
  return list[index];
}

cortex_status cortex_program_get_type(const cortex_program *program, uint32_t index, cortex_type_info *info) {
  return guarded([&] {
    need(program, "program");
    need(info, "info");
    const TypeInfo &t = element(program->manifest.types, index, "type");
    *info = {t.name.c_str(), t.min_arity, t.max_arity};
  });
}

cortex_status cortex_program_get_input(const cortex_program *program, uint32_t index, cortex_input_info *info) {
  return guarded([&] {
    need(program, "program");
    need(info, "info");
    const InputInfo &i = element(program->manifest.inputs, index, "input");
    const std::vector<uint64_t> &shape = program->inputShapes[index];
    *info = {i.name.c_str(),
             static_cast<cortex_place>(i.place),
             i.symbol ? 1 : 0,
             i.symbol ? i.domain : 0,
             i.symbol ? CORTEX_I32 : static_cast<cortex_dtype>(i.dtype),
             static_cast<uint32_t>(shape.size()),
             shape.data(),
             static_cast<uint32_t>(i.types.size()),
             i.types.data()};
  });
}

cortex_status cortex_program_get_param(const cortex_program *program, uint32_t index, cortex_param_info *info) {
  return guarded([&] {
    need(program, "program");
    need(info, "info");
    const ParamInfo &p = element(program->manifest.params, index, "parameter");
    *info = {p.name.c_str(), static_cast<cortex_dtype>(p.dtype), static_cast<uint32_t>(p.shape.size()), p.shape.data()};
  });
}

cortex_status cortex_program_get_output(const cortex_program *program, uint32_t index, cortex_output_info *info) {
  return guarded([&] {
    need(program, "program");
    need(info, "info");
    const OutputInfo &o = element(program->manifest.outputs, index, "output");
    const std::vector<uint64_t> &shape = program->outputShapes[index];
    *info = {o.name.c_str(),
             static_cast<cortex_place>(o.place),
             static_cast<cortex_dtype>(o.dtype),
             static_cast<uint32_t>(shape.size()),
             shape.data(),
             program->outputBytes[index] / bytesOf(o.dtype)};
  });
}

template <class T> static int32_t find(const std::vector<T> &list, const char *name) {
  for (size_t i = 0; name && i < list.size(); ++i)
    if (list[i].name == name)
      return static_cast<int32_t>(i);
  return -1;
}

int32_t cortex_program_find_type(const cortex_program *program, const char *name) {
  return find(program->manifest.types, name);
}
int32_t cortex_program_find_input(const cortex_program *program, const char *name) {
  return find(program->manifest.inputs, name);
}
int32_t cortex_program_find_output(const cortex_program *program, const char *name) {
  return find(program->manifest.outputs, name);
}

//===----------------------------------------------------------------------===//
// Teams
//===----------------------------------------------------------------------===//

/// More workers than this is a mistake: a negative number, say.
static constexpr uint32_t kMostWorkers = 4096;

cortex_status cortex_team_create(uint32_t workers, cortex_team **team) {
  return guarded([&] {
    need(team, "team");
    if (workers > kMostWorkers)
      invalidArgument("a team has at most " + std::to_string(kMostWorkers) + " workers, not " +
                      std::to_string(workers));
    *team = new cortex_team(workers);
  });
}

cortex_team *cortex_team_default(void) {
  cortex_team *team = nullptr;
  guarded([&] { team = &cortex_team::processWide(); });
  return team;
}
uint32_t cortex_team_workers(const cortex_team *team) {
  return team->size();
}

void cortex_team_retain(cortex_team *team) {
  if (team)
    team->retain();
}
void cortex_team_release(cortex_team *team) {
  if (team)
    team->release();
}

//===----------------------------------------------------------------------===//
// Models
//===----------------------------------------------------------------------===//

cortex_status cortex_model_create(cortex_program *program, const cortex_tensor *weights, size_t num_weights,
                                  const cortex_model_options *options, cortex_model **model) {
  return guarded([&] {
    need(program, "program");
    need(model, "model");
    if (!weights && num_weights > 0)
      invalidArgument("weights is null, but num_weights is not 0");
    cortex_model_options o{};
    if (options) {
      if (options->struct_size != sizeof o)
        invalidArgument("cortex_model_options.struct_size is not sizeof(cortex_model_options)");
      o = *options;
    }
    if (o.flags & ~CORTEX_MODEL_GUARD_PAGES)
      invalidArgument("cortex_model_options.flags has unknown bits");
    *model = new cortex_model(*program, weights, num_weights, o);
  });
}

cortex_program *cortex_model_program(const cortex_model *model) {
  return &model->program();
}
uint64_t cortex_model_bytes(const cortex_model *model) {
  return model->bytes();
}

void cortex_model_retain(cortex_model *model) {
  if (model)
    model->retain();
}
void cortex_model_release(cortex_model *model) {
  if (model)
    model->release();
}

//===----------------------------------------------------------------------===//
// Batches and sessions
//===----------------------------------------------------------------------===//

/// Nodes without a parent, of a batch whose head was checked.
static uint64_t countParentless(const cortex_batch &b) {
  const int32_t nodes = b.node_offsets[b.num_structures], edges = b.child_offsets[nodes];
  ThreadState *state = ThreadState::get();
  std::vector<uint8_t> own; // where nothing can be kept for the thread
  std::vector<uint8_t> &hasParent = state ? state->hasParent : own;
  hasParent.assign(static_cast<size_t>(nodes), 0);
  uint64_t roots = static_cast<uint64_t>(nodes);
  for (int32_t e = 0; e < edges; ++e) {
    const int32_t c = b.children[e];
    if (c < 0 || c >= nodes)
      throw Error(CORTEX_INVALID_BATCH, "children[" + std::to_string(e) + "] is " + std::to_string(c) +
                                            ", the batch has " + std::to_string(nodes) + " nodes");
    if (!hasParent[c]) {
      hasParent[c] = 1;
      --roots;
    }
  }
  return roots;
}

cortex_status cortex_batch_num_roots(const cortex_batch *batch, uint64_t *num_roots) {
  return guarded([&] {
    need(batch, "batch");
    need(num_roots, "num_roots");
    checkBatchHead(*batch);
    *num_roots = batch->num_structures == 0 ? 0
                 : batch->root_offsets      ? static_cast<uint64_t>(batch->root_offsets[batch->num_structures])
                                            : countParentless(*batch);
  });
}

cortex_status cortex_session_create(cortex_model *model, const cortex_session_options *options,
                                    cortex_session **session) {
  return guarded([&] {
    need(model, "model");
    need(session, "session");
    cortex_session_options o{};
    if (options) {
      if (options->struct_size != sizeof o)
        invalidArgument("cortex_session_options.struct_size is not sizeof(cortex_session_options)");
      o = *options;
    }
    if (o.exact_workers > kMostWorkers)
      invalidArgument("exact_workers is " + std::to_string(o.exact_workers) + ", at most " +
                      std::to_string(kMostWorkers) + " are possible");
    if (o.flags & ~(CORTEX_SESSION_TIME_LINEARIZER | CORTEX_SESSION_GUARD_PAGES))
      invalidArgument("cortex_session_options.flags has unknown bits");
    *session = new cortex_session(*model, o);
  });
}

cortex_status cortex_session_reserve(cortex_session *session, uint64_t structures, uint64_t nodes, uint64_t edges,
                                     uint64_t roots, uint64_t level_rows) {
  return guarded([&] {
    need(session, "session");
    session->reserve(structures, nodes, edges, roots, level_rows);
  });
}

cortex_status cortex_session_run(cortex_session *session, const cortex_batch *batch, void *const *outputs) {
  return guarded([&] {
    need(session, "session");
    need(batch, "batch");
    session->run(*batch, outputs);
  });
}

cortex_status cortex_session_parallel(cortex_session *session, cortex_function function, void *context,
                                      uint32_t *workers) {
  return guarded([&] {
    need(session, "session");
    need(function, "function");
    const uint32_t count = session->parallel(function, context);
    if (workers)
      *workers = count;
  });
}

cortex_status cortex_session_get_stats(const cortex_session *session, cortex_session_stats *stats) {
  return guarded([&] {
    need(session, "session");
    need(stats, "stats");
    if (stats->struct_size != sizeof *stats)
      invalidArgument("cortex_session_stats.struct_size is not sizeof(cortex_session_stats)");
    session->stats(*stats);
  });
}

cortex_model *cortex_session_model(const cortex_session *session) {
  return &session->model();
}

void cortex_session_retain(cortex_session *session) {
  if (session)
    session->retain();
}
void cortex_session_release(cortex_session *session) {
  if (session)
    session->release();
}
