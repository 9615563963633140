//===- Schema.h - What a model expects of its structures ------------------===//
//
// The readers resolve names of inputs and types against this. It holds the same
// records as a compiled program's manifest, so that a loaded artifact and a
// model that is still IR describe their inputs to lib/IO in one way.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_IO_SCHEMA_H
#define CORTEX_IO_SCHEMA_H

#include "cortex/manifest.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cortex::io {

struct Schema {
  StructureKind structure = StructureKind::Tree;
  std::vector<TypeInfo> types;   ///< at least one
  std::vector<InputInfo> inputs; ///< of nodes, edges and structures; names are unique

  /// Index of a type or input by its name.
  std::optional<uint32_t> findType(std::string_view name) const;
  std::optional<uint32_t> findInput(std::string_view name) const;

  /// Whether arity alone says which type a node has: no arity fits two types.
  bool typesFollowFromArity() const;
  /// The first type that takes `arity` children.
  std::optional<uint32_t> typeOfArity(uint32_t arity) const;
  /// Whether nodes of type `type` have the input `input` (a node input).
  bool typeHasInput(uint32_t type, const InputInfo &input) const;
  /// The arities that some type takes, for messages: "0 (leaf) or 2 (internal)".
  std::string describeArities() const;
};

/// The schema of a compiled program.
Schema schemaOf(const Manifest &manifest);

/// A type's arities as the model's text has them: "2", "0 to 1" or "1 to *".
std::string describeArity(const TypeInfo &type);

} // namespace cortex::io
#endif // CORTEX_IO_SCHEMA_H
