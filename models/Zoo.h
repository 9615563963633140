//===- Zoo.h - The models that come with Cortex ---------------------------===//
//
// Each model is an ordinary use of the public builder (one file per family)
// with sizes as parameters. docs/Models.md lists formulas and weights.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_MODELS_ZOO_H
#define CORTEX_MODELS_ZOO_H

#include "cortex/Builder/Builder.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cortex::zoo {

/// A size of a model that the user may set.
struct Parameter {
  std::string name;
  int64_t value;       ///< the default
  std::string meaning; ///< one line
  int64_t least = 1;
  int64_t most = 65536;
};

struct Entry {
  std::string name;
  std::string description; ///< one line
  std::vector<Parameter> parameters;
};

/// The models in a fixed order.
const std::vector<Entry> &entries();

/// The model of that name (exact), or null.
const Entry *find(std::string_view name);

/// Builds a model; parameters that `values` lacks have their defaults. On an
/// unknown model or parameter, or a value out of range, returns nothing and
/// sets `error` to one line.
std::optional<build::Model> buildModel(std::string_view name, const std::map<std::string, int64_t> &values,
                                       std::string &error);

} // namespace cortex::zoo
#endif // CORTEX_MODELS_ZOO_H
