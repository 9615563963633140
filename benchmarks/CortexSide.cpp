#include "CortexSide.h"

#include <ranges>

namespace cortex::bench {

CortexSide::CortexSide(const Program &program, const Model &model, uint32_t workers, uint32_t flags)
    : outputs(program.info().num_outputs, nullptr) {
  const Team team = Team::create(workers);
  cortex_session_options options{};
  options.team = team.get();
  options.flags = flags;
  session = Session(model, options);
  if (program.info().types_from_arity)
    plain = std::make_unique<LinkedBatch<Accessor>>(program);
  else
    typed = std::make_unique<LinkedBatch<TypedAccessor>>(program);
}

template <typename Linked>
static const cortex_batch &walkInto(Linked &linked, Session &session, std::span<const Structure *const> structures) {
  linked.clear();
  linked.addEach(
      session, structures | std::views::transform([](const Structure *roots) -> const Structure & { return *roots; }));
  return linked.batch();
}

const cortex_batch &CortexSide::walk(std::span<const Structure *const> structures) {
  return plain ? walkInto(*plain, session, structures) : walkInto(*typed, session, structures);
}

void CortexSide::forward(std::span<const Structure *const> structures, float *out) {
  outputs[0] = out;
  session.run(walk(structures), outputs.data());
}

} // namespace cortex::bench
