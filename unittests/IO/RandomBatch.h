//===- RandomBatch.h - Random structures with inputs everywhere -----------===//
#ifndef CORTEX_UNITTESTS_IO_RANDOMBATCH_H
#define CORTEX_UNITTESTS_IO_RANDOMBATCH_H

#include "Testing.h"

namespace cortex::io {

/// Every kind of input, and types that arity does not tell apart.
inline Schema richSchema() {
  return {StructureKind::Dag,
          {{"var", 0, 0}, {"fn", 1, TypeInfo::kAnyArity}, {"eq", 2, 2}},
          {{"sym", Place::Nodes, true, 300, DType::I32, {}, {1}},
           {"x", Place::Nodes, false, 0, DType::F32, {2, 3}, {}},
           {"rel", Place::Edges, true, 7, DType::I32, {}, {}},
           {"weight", Place::Edges, false, 0, DType::F64, {}, {}},
           {"doc", Place::Structures, true, 9, DType::I32, {}, {}},
           {"mood", Place::Structures, false, 0, DType::F64, {2}, {}}}};
}

/// A finite number of any size, most of them not short decimals.
inline double anyNumber(std::mt19937 &random, bool single) {
  const double mantissa = (random() - 2147483648.0) / 2147483648.0;
  const double value = std::ldexp(mantissa + random() * 0x1p-64, static_cast<int>(below(random, 60)) - 30);
  return single ? static_cast<float>(value) : value;
}

/// Random DAGs of richSchema(): children precede their parents, may repeat, and
/// nodes may have several parents.
inline Batch randomBatch(std::mt19937 &random, size_t structures, bool with_roots) {
  const Schema schema = richSchema();
  Batch batch;
  for (const InputInfo &info : schema.inputs)
    batch.inputs.push_back({info.name, info.place, info.dtype, info.shape, {}, {}, {}});
  if (with_roots)
    batch.root_offsets.push_back(0);
  auto append = [&](const char *name, uint32_t domain) {
    Input &input = *batch.find(name);
    if (input.dtype == DType::I32)
      return input.symbols.push_back(static_cast<int32_t>(below(random, domain)));
    for (size_t i = 0; i < input.itemSize(); ++i)
      if (input.dtype == DType::F32)
        input.f32.push_back(static_cast<float>(anyNumber(random, true)));
      else
        input.f64.push_back(anyNumber(random, false));
  };
  for (size_t s = 0; s < structures; ++s) {
    const auto first = static_cast<int32_t>(batch.nodes());
    const uint32_t count = 1 + below(random, 12);
    for (uint32_t n = 0; n < count; ++n) {
      const uint32_t arity = n == 0 ? 0 : below(random, 4);
      for (uint32_t k = 0; k < arity; ++k) {
        batch.children.push_back(first + static_cast<int32_t>(below(random, n)));
        append("rel", 7);
        append("weight", 0);
      }
      batch.child_offsets.push_back(static_cast<int32_t>(batch.edges()));
      const int32_t type = arity == 0 ? 0 : arity == 2 && below(random, 2) ? 2 : 1;
      batch.types.push_back(type);
      if (type == 1)
        append("sym", 300);
      else
        batch.find("sym")->appendZeros(1);
      append("x", 0);
    }
    batch.node_offsets.push_back(static_cast<int32_t>(batch.nodes()));
    append("doc", 9);
    append("mood", 0);
    if (with_roots) {
      for (uint32_t r = 1 + below(random, 3); r > 0; --r)
        batch.roots.push_back(first + static_cast<int32_t>(below(random, count)));
      batch.root_offsets.push_back(static_cast<int32_t>(batch.roots.size()));
    }
  }
  return batch;
}

} // namespace cortex::io
#endif // CORTEX_UNITTESTS_IO_RANDOMBATCH_H
