//===- cortex.h - The C interface of the Cortex runtime -------------------===//
//
// Loads compiled recursive models and runs them on batches of structures
// (trees, DAGs, sequences). Four objects, each reference counted:
//
//   cortex_program  code and its description; from an artifact or linked in
//   cortex_model    a program with its weights prepared; immutable, may be
//                   used by any number of threads at once
//   cortex_session  the scratch memory of a run; one thread at a time
//   cortex_team     worker threads, shared by any number of sessions
//
// Every function that can fail returns a cortex_status; cortex_last_error()
// then gives one line that names what was wrong. On failure output arguments
// are left as they were and nothing was run. Objects keep alive what they are
// made of: a program may be released as soon as its model is created.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_CORTEX_H
#define CORTEX_CORTEX_H

#include "cortex/abi.h"

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define CORTEX_API __attribute__((visibility("default")))
#else
#define CORTEX_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cortex_program cortex_program;
typedef struct cortex_model cortex_model;
typedef struct cortex_session cortex_session;
typedef struct cortex_team cortex_team;

/// What kind of thing went wrong; the message says which thing.
typedef enum cortex_status {
  CORTEX_OK = 0,
  CORTEX_INVALID_ARGUMENT = 1, ///< a null or inconsistent argument of a call
  CORTEX_INVALID_BATCH = 2,    ///< a structure, a node or an input of the batch
  CORTEX_INVALID_WEIGHTS = 3,  ///< weights that do not match the program
  CORTEX_INVALID_ARTIFACT = 4, ///< a damaged or foreign artifact, or one of another version
  CORTEX_UNSUPPORTED_CPU = 5,  ///< the code needs instructions that this CPU lacks
  CORTEX_OVER_BUDGET = 6,      ///< one structure needs more scratch than the session may use
  CORTEX_OUT_OF_MEMORY = 7,    ///< the system refused memory
  CORTEX_SYSTEM_ERROR = 8      ///< a file or thread operation failed
} cortex_status;

/// The message of the calling thread's last failed call ("" before one). Valid
/// until the thread's next failing call. Never null.
CORTEX_API const char *cortex_last_error(void);

/// The version of the runtime, as "major.minor.patch".
CORTEX_API const char *cortex_version(void);

/// Element types. Values equal those of cortex::DType in manifest.h.
typedef enum cortex_dtype { CORTEX_F32 = 0, CORTEX_F64 = 1, CORTEX_I32 = 2 } cortex_dtype;

/// What the structures of a model look like.
typedef enum cortex_structure_kind {
  CORTEX_SEQUENCE = 0, ///< at most one child (the previous element) and one parent
  CORTEX_TREE = 1,     ///< any number of children, at most one parent
  CORTEX_DAG = 2       ///< several parents; the same child may appear twice
} cortex_structure_kind;

/// What an input or an output has one item of.
typedef enum cortex_place {
  CORTEX_AT_NODES = 0,
  CORTEX_AT_EDGES = 1,
  CORTEX_AT_STRUCTURES = 2,
  CORTEX_AT_ROOTS = 3
} cortex_place;

/// A type's max_arity when its number of children is not bounded.
#define CORTEX_ANY_ARITY UINT32_C(0xffffffff)

//===----------------------------------------------------------------------===//
// Programs
//===----------------------------------------------------------------------===//

/// All fields but struct_size may be 0, which means the default.
typedef struct cortex_program_options {
  uint32_t struct_size; ///< sizeof(cortex_program_options)
  const char *target;   ///< "x86-64", "x86-64-v3", "x86-64-v4" or "x86-64-v4-bf16": load the variant for that, for the
                        ///< same bits on different CPUs; default: the most capable that this CPU can run
} cortex_program_options;

/// Loads an artifact file (a .cortex file). Sizes, checksum, ABI version and
/// the CPU are checked before any of its code is mapped. An artifact is code:
/// load only what you trust. It may carry variants for several targets, of which
/// one is loaded: CORTEX_UNSUPPORTED_CPU if this CPU can run none, or not the one
/// asked for, CORTEX_INVALID_ARGUMENT if that is not there. `options` may be null.
CORTEX_API cortex_status cortex_program_load(const char *path, const cortex_program_options *options,
                                             cortex_program **program);

/// The same from `size` bytes in memory, which are copied.
CORTEX_API cortex_status cortex_program_load_memory(const void *bytes, size_t size,
                                                    const cortex_program_options *options, cortex_program **program);

/// A program that is already in this process: linked in from an object file, or
/// compiled just in time. `entry` and all it points to must stay valid until
/// `release(context)` is called (when the last object that uses the program is
/// gone); `release` may be null.
CORTEX_API cortex_status cortex_program_from_entry(const cortex_program_entry *entry, void (*release)(void *context),
                                                   void *context, cortex_program **program);

/// Adds a reference. Null is allowed.
CORTEX_API void cortex_program_retain(cortex_program *program);
/// Drops a reference; the code is unloaded with the last one. Null is allowed.
CORTEX_API void cortex_program_release(cortex_program *program);

/// What a program is. Strings live as long as the program.
typedef struct cortex_program_info {
  const char *model;
  const char *target;   ///< the target as it was named to the compiler: "host", "x86-64-v3", …
  const char *level;    ///< what its code may use: "x86-64", "x86-64-v3", "x86-64-v4" or "x86-64-v4-bf16"
  const char *variants; ///< the levels of all variants of the artifact, the most capable first: "x86-64-v4,x86-64-v3"
  cortex_structure_kind structure;
  cortex_dtype float_type; ///< of all features, weights and outputs
  uint32_t num_types, num_inputs, num_params, num_outputs;
  int types_from_arity; ///< nonzero: cortex_batch.types may be null
  int has_weights;      ///< nonzero: the artifact carries its weights
  uint32_t exchanges_per_level;
  const char *schedule; ///< how it was compiled: "key=value key=value …"
} cortex_program_info;
CORTEX_API void cortex_program_get_info(const cortex_program *program, cortex_program_info *info);

typedef struct cortex_type_info {
  const char *name;
  uint32_t min_arity;
  uint32_t max_arity; ///< CORTEX_ANY_ARITY: not bounded
} cortex_type_info;

typedef struct cortex_input_info {
  const char *name;
  cortex_place place; ///< nodes, edges or structures
  int is_symbol;      ///< nonzero: int32 in [0, domain), else features
  uint32_t domain;    ///< symbols only
  cortex_dtype dtype; ///< CORTEX_I32 for symbols
  uint32_t rank;      ///< of one item; 0 for symbols and scalars
  const uint64_t *shape;
  uint32_t num_types; ///< node inputs: how many types have it; 0 = all
  const uint32_t *types;
} cortex_input_info;

typedef struct cortex_param_info {
  const char *name;
  cortex_dtype dtype;
  uint32_t rank;
  const uint64_t *shape;
} cortex_param_info;

typedef struct cortex_output_info {
  const char *name;
  cortex_place place; ///< nodes, roots or structures
  cortex_dtype dtype;
  uint32_t rank; ///< of one item
  const uint64_t *shape;
  uint64_t elements; ///< of one item
} cortex_output_info;

/// Describe one type, input, parameter or output. CORTEX_INVALID_ARGUMENT if
/// `index` is not below the number that cortex_program_get_info gives.
CORTEX_API cortex_status cortex_program_get_type(const cortex_program *program, uint32_t index, cortex_type_info *info);
CORTEX_API cortex_status cortex_program_get_input(const cortex_program *program, uint32_t index,
                                                  cortex_input_info *info);
CORTEX_API cortex_status cortex_program_get_param(const cortex_program *program, uint32_t index,
                                                  cortex_param_info *info);
CORTEX_API cortex_status cortex_program_get_output(const cortex_program *program, uint32_t index,
                                                   cortex_output_info *info);

/// The index of a name, or -1.
CORTEX_API int32_t cortex_program_find_type(const cortex_program *program, const char *name);
CORTEX_API int32_t cortex_program_find_input(const cortex_program *program, const char *name);
CORTEX_API int32_t cortex_program_find_output(const cortex_program *program, const char *name);

//===----------------------------------------------------------------------===//
// Teams
//===----------------------------------------------------------------------===//

/// Creates a team of `workers` workers: the calling thread of each run and
/// workers - 1 threads, which are started by the first run that can use them.
/// A run takes those threads that are awake and free at that moment, never waits
/// for one, and takes no more workers than the process's affinity mask has CPUs.
/// One that would take one worker 0.4 ms or more wakes sleeping threads, too.
/// 0 = as many as CPUs.
CORTEX_API cortex_status cortex_team_create(uint32_t workers, cortex_team **team);

/// The process-wide team that is used where a team argument is null; sized by
/// the affinity mask at its first use. Not to be released unless retained. Null
/// if there is no memory for it.
CORTEX_API cortex_team *cortex_team_default(void);

/// The number of workers, the calling thread included.
CORTEX_API uint32_t cortex_team_workers(const cortex_team *team);

CORTEX_API void cortex_team_retain(cortex_team *team);
/// The threads end with the last reference. After fork() the child's teams are
/// empty and start new threads when they are used.
CORTEX_API void cortex_team_release(cortex_team *team);

//===----------------------------------------------------------------------===//
// Models
//===----------------------------------------------------------------------===//

/// A dense, row-major tensor with a name.
typedef struct cortex_tensor {
  const char *name;
  cortex_dtype dtype;
  uint32_t rank;
  const uint64_t *shape; ///< [rank]; may be null if rank is 0
  const void *data;
} cortex_tensor;

/// All fields but struct_size may be 0, which means the default.
typedef struct cortex_model_options {
  uint32_t struct_size; ///< sizeof(cortex_model_options)
  uint32_t flags;       ///< CORTEX_MODEL_*
  cortex_team *team;    ///< its workers prepare the model; default: cortex_team_default()
} cortex_model_options;

enum {
  /// For tests: every array of packed weights and every table ends at an inaccessible page, and so do
  /// the copies of the weights that preparing reads, and its scratch.
  CORTEX_MODEL_GUARD_PAGES = 1u
};

/// Prepares a program for a set of weights: packs them and builds its tables.
/// `weights` in any order; they must be exactly the program's parameters, and
/// are not read after the call. With `weights` null the artifact's own weights
/// are used. Missing, superfluous and misshaped tensors and wrong dtypes are one
/// CORTEX_INVALID_WEIGHTS whose message lists every one of them. `options` may be null.
CORTEX_API cortex_status cortex_model_create(cortex_program *program, const cortex_tensor *weights, size_t num_weights,
                                             const cortex_model_options *options, cortex_model **model);

/// The model's program (not retained for the caller).
CORTEX_API cortex_program *cortex_model_program(const cortex_model *model);
/// Bytes of packed weights and tables that the model holds.
CORTEX_API uint64_t cortex_model_bytes(const cortex_model *model);

CORTEX_API void cortex_model_retain(cortex_model *model);
CORTEX_API void cortex_model_release(cortex_model *model);

//===----------------------------------------------------------------------===//
// Batches
//===----------------------------------------------------------------------===//

/// The structures of one run, as arrays. Nodes have ids 0..n-1 in the whole
/// batch; the nodes of a structure are consecutive. An edge's id is its index in
/// `children`. Arrays are read during the call only.
typedef struct cortex_batch {
  uint32_t struct_size;         ///< sizeof(cortex_batch)
  int32_t num_structures;       ///< 0 runs nothing
  const int32_t *node_offsets;  ///< [num_structures + 1]: structure s has nodes [node_offsets[s], node_offsets[s+1])
  const int32_t *child_offsets; ///< [nodes + 1]: node n has children[child_offsets[n] .. child_offsets[n+1])
  const int32_t *children;      ///< [edges]: node ids of the same structure; may be null without edges
  const int32_t *types;         ///< [nodes]: index of each node's type; null where arities tell types apart
  const int32_t *root_offsets;  ///< [num_structures + 1], or null: the roots are the nodes without a parent, by id
  const int32_t *roots;         ///< [root_offsets[num_structures]]: node ids of the same structure
  const void *const *inputs;    ///< [num_inputs], in the program's order: int32_t* for symbols, else float*/double*,
                                ///< dense, by node id, edge id or structure; null where no node has the input
} cortex_batch;

/// Counts the roots of a batch: the items of an output at roots. Checks the
/// offsets and child ids on its way, but not the rest.
CORTEX_API cortex_status cortex_batch_num_roots(const cortex_batch *batch, uint64_t *num_roots);

//===----------------------------------------------------------------------===//
// Sessions
//===----------------------------------------------------------------------===//

/// All fields but struct_size may be 0, which means the default.
typedef struct cortex_session_options {
  uint32_t struct_size;    ///< sizeof(cortex_session_options)
  uint32_t max_workers;    ///< at most so many workers run it, and no more than CPUs; default: the team's
  uint32_t exact_workers;  ///< wait until exactly so many workers run it (for tests; may exceed the CPUs)
  uint32_t flags;          ///< CORTEX_SESSION_*
  uint64_t scratch_budget; ///< bytes; default 1 GiB. A batch that needs more is run in chunks of whole structures
  cortex_team *team;       ///< default: cortex_team_default()
} cortex_session_options;

enum {
  /// Measure the time of linearization (cortex_session_stats.linearize_ns).
  CORTEX_SESSION_TIME_LINEARIZER = 1u,
  /// For tests: every scratch buffer, every worker's copy of it, and copies of all inputs and index arrays
  /// end at an inaccessible page; scratch is filled with NaN before each run.
  CORTEX_SESSION_GUARD_PAGES = 2u
};

/// Creates a session; `options` may be null.
CORTEX_API cortex_status cortex_session_create(cortex_model *model, const cortex_session_options *options,
                                               cortex_session **session);

/// Makes room for batches of up to so many structures, nodes, edges and roots
/// and levels of up to `level_rows` nodes, so that no later run within these
/// numbers allocates. (Any run within what the session has already seen does
/// not allocate either.) level_rows = 0: as many as nodes. What it cannot
/// foresee are nodes with more children than the program takes at once, and,
/// where the program reads the neighbours of roots, nodes that a batch names as
/// roots several times.
CORTEX_API cortex_status cortex_session_reserve(cortex_session *session, uint64_t structures, uint64_t nodes,
                                                uint64_t edges, uint64_t roots, uint64_t level_rows);

/// Runs the model on a batch. outputs[i] receives output i of the program, or
/// is null where it is not wanted: at nodes [nodes][shape], by node id; at roots
/// [roots][shape], in order of structures and of their roots; at structures
/// [num_structures][shape]. If the batch is at fault, the message names the
/// structure and node, and nothing is written.
CORTEX_API cortex_status cortex_session_run(cortex_session *session, const cortex_batch *batch, void *const *outputs);

/// Calls function(context, worker, workers), worker = 0 .. workers - 1, once on each worker and returns when all are
/// done: for what goes before or after runs, such as making batches. Worker 0 is the calling thread; the others are
/// those of the session's team that are awake and free, up to as many as a run may have (exactly so many with
/// exact_workers), and none where runs find them late. `workers` receives their number and may be null. `function` must
/// not throw, nor use this session or wait for other workers of its team (as sessions with exact_workers do).
/// Floating-point modes are the default ones meanwhile. CORTEX_INVALID_ARGUMENT if another thread uses the session.
typedef void (*cortex_function)(void *context, uint32_t worker, uint32_t workers);
CORTEX_API cortex_status cortex_session_parallel(cortex_session *session, cortex_function function, void *context,
                                                 uint32_t *workers);

/// What the last successful run did.
typedef struct cortex_session_stats {
  uint32_t struct_size; ///< sizeof(cortex_session_stats), set by the caller
  uint32_t workers;     ///< workers that ran it (the fewest, if it ran in chunks)
  uint32_t chunks;      ///< runs of the program: 1 unless the scratch budget was too small
  uint32_t ranges;      ///< of whole structures, each run by one worker; 0: structures were not shared out
  uint64_t rows;        ///< nodes
  uint64_t edges;
  uint64_t roots;
  uint64_t levels;        ///< summed over the sweeps' orders
  uint64_t strips;        ///< summed over the sweeps' orders
  uint64_t barriers;      ///< passed by each worker; by ranges: the two before the program runs; with subtrees: the one
                          ///< behind them, and those of the nodes above
  uint64_t flops;         ///< of its products, two per multiply-add
  uint64_t linearize_ns;  ///< 0 unless CORTEX_SESSION_TIME_LINEARIZER
  uint64_t scratch_bytes; ///< of buffers and index arrays (the largest chunk's)
  /// Parts that the batch's trees were cut into, each of whole subtrees and run by one worker before all (or one, if
  /// they are little) run the nodes above; each has levels and strips of its own. 0: they were not cut. Summed over
  /// chunks.
  uint64_t subtrees;
} cortex_session_stats;
/// Tells of it; not while another thread uses the session.
CORTEX_API cortex_status cortex_session_get_stats(const cortex_session *session, cortex_session_stats *stats);

/// The session's model (not retained for the caller).
CORTEX_API cortex_model *cortex_session_model(const cortex_session *session);

CORTEX_API void cortex_session_retain(cortex_session *session);
CORTEX_API void cortex_session_release(cortex_session *session);

#ifdef __cplusplus
} // extern "C"
#endif
#endif // CORTEX_CORTEX_H
