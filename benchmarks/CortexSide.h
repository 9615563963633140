//===- CortexSide.h - A compiled model, from linked nodes to outputs ------===//
#ifndef CORTEX_BENCHMARKS_CORTEXSIDE_H
#define CORTEX_BENCHMARKS_CORTEXSIDE_H

#include "Side.h"

#include "cortex/cortex.hpp"
#include "cortex/linked.hpp"

#include <memory>

namespace cortex::bench {

/// A model of `program`, run by `workers` workers.
class CortexSide final : public Side {
public:
  CortexSide(const Program &program, const Model &model, uint32_t workers, uint32_t flags = 0);
  void forward(std::span<const Structure *const> structures, float *out) override;

  /// Only the walk over the linked nodes; the session's linearizer follows in `forward`.
  void linearize(std::span<const Structure *const> structures) override { walk(structures); }
  cortex_session_stats stats() const { return session.stats(); }

private:
  const cortex_batch &walk(std::span<const Structure *const> structures);

  Session session;
  std::unique_ptr<LinkedBatch<Accessor>> plain;
  std::unique_ptr<LinkedBatch<TypedAccessor>> typed;
  std::vector<void *> outputs;
};

} // namespace cortex::bench
#endif // CORTEX_BENCHMARKS_CORTEXSIDE_H
