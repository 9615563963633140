//===- SessionCases.cpp - Sessions and runs -------------------------------===//
#include "Fakes.h"

#include <regex>

#include <sys/resource.h>

namespace cortex::errors {

namespace {

Model model() {
  return fakeModel<float>(fakeProgram());
}

FakeBatch<float> batch() {
  FakeBatch<float> b;
  b.add({{}, {}, {0, 1}});
  b.add(chain(1000));
  std::mt19937 random(1);
  b.finish(random);
  return b;
}

/// Runs with a budget; outputs must be as they were.
Outcome run(Session &session, const cortex_batch &b) {
  std::vector<float> h(1003 * kUnits, -5);
  const std::vector<float> before = h;
  void *outputs[] = {h.data(), nullptr, nullptr, nullptr};
  const Outcome found = thrown([&] { session.run(b, outputs); });
  return h == before ? found : Outcome{"", "the outputs were touched"};
}

Outcome create(const std::function<void(cortex_session_options &)> &edit) {
  cortex_session_options options{};
  options.struct_size = sizeof options;
  edit(options);
  cortex_session *session = nullptr;
  return called(cortex_session_create(model().get(), &options, &session));
}

/// How many bytes something takes is not the point.
Outcome withoutBytes(Outcome outcome) {
  outcome.message = std::regex_replace(outcome.message, std::regex("(takes|needs|up to) [0-9]+"), "$1 N");
  return outcome;
}

/// A call while this process may have no more memory than it has.
template <class F> Outcome starved(F f) {
  rlimit before{};
  getrlimit(RLIMIT_AS, &before);
  rlimit little = before;
  little.rlim_cur = rlim_t(64) << 20;
  setrlimit(RLIMIT_AS, &little);
  const Outcome found = f();
  setrlimit(RLIMIT_AS, &before);
  return found;
}

std::vector<Case> sessionArguments() {
  const std::string argument = "CORTEX_INVALID_ARGUMENT";
  return {
      {"no model", argument, "model is null", "Create a model first.",
       [] {
         cortex_session *session = nullptr;
         return called(cortex_session_create(nullptr, nullptr, &session));
       }},
      {"no place for the session", argument, "session is null", "Give the address of a pointer.",
       [] { return called(cortex_session_create(model().get(), nullptr, nullptr)); }},
      {"options without their size", argument,
       "cortex_session_options.struct_size is not sizeof(cortex_session_options)",
       "Set `struct_size`; compile the program with the header of the runtime.",
       [] { return create([](cortex_session_options &o) { o.struct_size = 0; }); }},
      {"flags that there are not", argument, "cortex_session_options.flags has unknown bits", "Use `CORTEX_SESSION_*`.",
       [] { return create([](cortex_session_options &o) { o.flags = 1u << 30; }); }},
      {"too many exact workers", argument, "exact_workers is 4097, at most 4096 are possible", "Ask for fewer.",
       [] { return create([](cortex_session_options &o) { o.exact_workers = 4097; }); }},
      {"more exact workers than the team has", argument, "exact_workers is 3, but the team has 2",
       "Create a larger team.",
       [] {
         const Team team = Team::create(2);
         return create([&](cortex_session_options &o) {
           o.exact_workers = 3;
           o.team = team.get();
         });
       }},
      {"model options without their size", argument,
       "cortex_model_options.struct_size is not sizeof(cortex_model_options)",
       "Set `struct_size`; compile the program with the header of the runtime.",
       [] {
         const cortex_model_options options{};
         cortex_model *made = nullptr;
         return called(cortex_model_create(fakeProgram().get(), nullptr, 0, &options, &made));
       }},
      {"model flags that there are not", argument, "cortex_model_options.flags has unknown bits",
       "Use `CORTEX_MODEL_*`.",
       [] {
         cortex_model_options options{};
         options.struct_size = sizeof options;
         options.flags = 1u << 30;
         cortex_model *made = nullptr;
         return called(cortex_model_create(fakeProgram().get(), nullptr, 0, &options, &made));
       }},
      {"no session", argument, "session is null", "Create a session first.",
       [] {
         const cortex_batch empty = makeBatch();
         return called(cortex_session_run(nullptr, &empty, nullptr));
       }},
      {"nothing to call in parallel", argument, "function is null", "Give the function that the workers are to call.",
       [] { return called(cortex_session_parallel(Session(model()).get(), nullptr, nullptr, nullptr)); }},
      {"statistics without their size", argument,
       "cortex_session_stats.struct_size is not sizeof(cortex_session_stats)",
       "Set `struct_size`; compile the program with the header of the runtime.",
       [] {
         cortex_session_stats stats{};
         return called(cortex_session_get_stats(Session(model()).get(), &stats));
       }},
      {"no place for statistics", argument, "stats is null", "Give the address of a record.",
       [] { return called(cortex_session_get_stats(Session(model()).get(), nullptr)); }},
  };
}

/// A program whose code runs the session again that runs it.
Outcome runTwice() {
  static cortex_session *running;
  static Outcome second;
  Manifest m;
  m.model = "idle";
  m.types = {{"any", 0, TypeInfo::kAnyArity}};
  m.orders = {orderOf(OrderKind::Up, true)};
  IdleProgram program(m);
  program.entry.run = [](const uint64_t *, uint32_t, uint32_t) {
    const cortex_batch empty = makeBatch();
    second = called(cortex_session_run(running, &empty, nullptr));
  };
  cortex_session_options options{};
  options.max_workers = 1;
  Session session(Model(Program::fromEntry(program.entry), std::span<const cortex_tensor>()), options);
  running = session.get();
  TestBatch b;
  b.add({{}});
  session.run(b.view(), nullptr);
  return second;
}

std::vector<Case> runCases() {
  const std::string argument = "CORTEX_INVALID_ARGUMENT", over = "CORTEX_OVER_BUDGET";
  return {
      {"no batch", argument, "batch is null", "Give the batch.",
       [] { return called(cortex_session_run(Session(model()).get(), nullptr, nullptr)); }},
      {"no outputs", argument, "outputs is null", "Give an array with a pointer, or null, for each output.",
       [] {
         Session session(model());
         const FakeBatch<float> b = batch();
         return thrown([&] { session.run(b.view(), nullptr); });
       }},
      {"a session that runs already", argument, "the session is in use by another thread",
       "Give every thread a session of its own; they share the model.", [] { return runTwice(); }},
      {"room for more than a batch can have", argument,
       "a batch has at most 2147483647 structures, nodes, edges and roots", "Reserve less.",
       [] { return thrown([] { Session(model()).reserve(1, uint64_t(1) << 31, 0, 1); }); }},
      {"room beyond the budget", over, "to reserve this takes N bytes of scratch, the session's budget is 1073741824",
       "Reserve less, or raise `scratch_budget`.",
       [] { return withoutBytes(thrown([] { Session(model()).reserve(1, 1 << 30, 0, 1); })); }},
      {"a structure beyond the budget", over,
       "structure 1 needs up to N bytes of scratch, the session's budget is 20000",
       "Raise `scratch_budget` (`--scratch-budget`). A batch of many structures is cut into chunks; one structure "
       "cannot be.",
       [] {
         cortex_session_options options{};
         options.scratch_budget = 20000;
         options.exact_workers = 1;
         Session session(model(), options);
         const FakeBatch<float> b = batch();
         return withoutBytes(run(session, b.view()));
       }},
#ifndef CORTEX_SANITIZED // sanitizers have an allocator of their own
      {"more memory than the system gives", "CORTEX_OUT_OF_MEMORY", "out of memory",
       "Run smaller batches, lower `scratch_budget`, or raise the limit. Session and model can be used again.",
       [] {
         cortex_session_options options{};
         options.scratch_budget = ~uint64_t(0);
         Session session(model(), options);
         return starved([&] { return thrown([&] { session.reserve(1, 1 << 30, 0, 1); }); });
       }},
#endif
  };
}

} // namespace

Group sessionCases() {
  Group group{
      "C and C++: sessions and runs",
      "`cortex_session_create`, `_reserve`, `_run`, `_get_stats` and `Session`. Numbers of bytes are written as N.",
      sessionArguments()};
  for (Case &one : runCases())
    group.cases.push_back(std::move(one));
  return group;
}

} // namespace cortex::errors
