#include "cortex/IO/Schema.h"

#include <algorithm>

namespace cortex::io {

std::optional<uint32_t> Schema::findType(std::string_view name) const {
  for (uint32_t i = 0; i < types.size(); ++i)
    if (types[i].name == name)
      return i;
  return std::nullopt;
}

std::optional<uint32_t> Schema::findInput(std::string_view name) const {
  for (uint32_t i = 0; i < inputs.size(); ++i)
    if (inputs[i].name == name)
      return i;
  return std::nullopt;
}

bool Schema::typesFollowFromArity() const {
  for (size_t i = 0; i < types.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      if (types[i].min_arity <= types[j].max_arity && types[j].min_arity <= types[i].max_arity)
        return false;
  return true;
}

std::optional<uint32_t> Schema::typeOfArity(uint32_t arity) const {
  for (uint32_t i = 0; i < types.size(); ++i)
    if (types[i].min_arity <= arity && arity <= types[i].max_arity)
      return i;
  return std::nullopt;
}

bool Schema::typeHasInput(uint32_t type, const InputInfo &input) const {
  return input.types.empty() || std::find(input.types.begin(), input.types.end(), type) != input.types.end();
}

std::string Schema::describeArities() const {
  std::string text;
  for (const TypeInfo &type : types) {
    if (!text.empty())
      text += " or ";
    text += describeArity(type) + " (" + type.name + ")";
  }
  return text;
}

Schema schemaOf(const Manifest &manifest) {
  return {manifest.structure, manifest.types, manifest.inputs};
}

std::string describeArity(const TypeInfo &type) {
  if (type.min_arity == type.max_arity)
    return std::to_string(type.min_arity);
  const std::string last = type.max_arity == TypeInfo::kAnyArity ? "*" : std::to_string(type.max_arity);
  return std::to_string(type.min_arity) + " to " + last;
}

} // namespace cortex::io
