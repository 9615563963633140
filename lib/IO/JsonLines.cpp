#include "cortex/IO/JsonLines.h"

#include "Json.h"
#include "Support.h"
#include "cortex/IO/Files.h"

#include <algorithm>
#include <cfloat>
#include <cmath>

namespace cortex::io {

namespace {

constexpr std::string_view kInputKeys[] = {"inputs", "edge_inputs", "structure_inputs"}; // by Place

/// Reads the structure of one line, whose object is given, into `batch`.
class LineReader {
public:
  LineReader(const Schema &schema, Batch &batch, const std::string &place, std::string &error)
      : schema(schema), batch(batch), place(place), error(error) {}

  bool read(const Json &object);

private:
  bool failAt(const std::string &where, const std::string &expected, const Json *found = nullptr) {
    return fail(error, place + where + ": expected " + expected + (found ? ", found " + describeJson(*found) : ""));
  }
  static std::string key(std::string_view name) { return "key \"" + std::string(name) + "\""; }
  static std::string atNode(const std::string &where, size_t node) { return where + ", node " + std::to_string(node); }

  bool readKeys(const Json &object);
  bool readNodes(const Json &object);
  bool readChildren(const Json &lists);
  bool readTypes(const Json *names);
  bool readRoots(const Json *ids);
  bool checkInputNames(const Json *object, Place where);
  std::string knownInputs(Place where) const;
  bool readInputs(const Json *object, Place where);
  bool readNodeInput(const Json &values, const InputInfo &info, Input &input);
  bool readEdgeInput(const Json &values, const InputInfo &info, Input &input);
  bool readItem(const Json &value, const InputInfo &info, const std::string &where, Input &input);
  bool readDense(const Json &value, const InputInfo &info, size_t axis, const std::string &where, Input &input);

  size_t nodes() const { return batch.nodes() - first_node; }

  const Schema &schema;
  Batch &batch;
  const std::string &place; ///< "file:line: "
  std::string &error;
  size_t first_node = 0;           ///< of this structure
  std::vector<uint32_t> node_type; ///< [nodes of this structure]
};

} // namespace

static const Json *member(const Json &object, std::string_view name) {
  const auto it = object.find(name);
  return it == object.end() ? nullptr : &*it;
}

bool LineReader::readKeys(const Json &object) {
  static constexpr std::string_view kKeys[] = {"nodes", "children", "sequence",    "types",
                                               "roots", "inputs",   "edge_inputs", "structure_inputs"};
  for (const auto &item : object.items())
    if (std::find(std::begin(kKeys), std::end(kKeys), item.key()) == std::end(kKeys))
      return fail(error, place + "unknown key " + inQuotes(item.key()) +
                             ": expected nodes, children, sequence, types, roots, inputs, edge_inputs or "
                             "structure_inputs");
  const bool sequence = object.contains("sequence");
  if (sequence && (object.contains("children") || object.contains("nodes")))
    return failAt(key("sequence"), "no key \"nodes\" or \"children\" beside it");
  if (!sequence && !object.contains("children"))
    return fail(error, place + "expected the key \"children\" or \"sequence\"");
  return true;
}

bool LineReader::readChildren(const Json &lists) {
  const std::string where = key("children");
  if (!lists.is_array() || lists.empty())
    return failAt(where, "a list with the children of every node, at least one node", &lists);
  if (lists.size() > kMaxItems - first_node)
    return failAt(where, "at most " + std::to_string(kMaxItems) + " nodes in all");
  for (size_t n = 0; n < lists.size(); ++n) {
    const Json &list = lists[n];
    if (!list.is_array())
      return failAt(atNode(where, n), "a list of node ids", &list);
    if (list.size() > kMaxItems - batch.edges())
      return failAt(atNode(where, n), "at most " + std::to_string(kMaxItems) + " children in all");
    for (const Json &child : list) {
      const auto id = asUnsigned(child, lists.size() - 1);
      if (!id)
        return failAt(atNode(where, n), "node ids from 0 to " + std::to_string(lists.size() - 1), &child);
      batch.children.push_back(static_cast<int32_t>(first_node + *id));
    }
    batch.child_offsets.push_back(static_cast<int32_t>(batch.edges()));
  }
  return true;
}

bool LineReader::readNodes(const Json &object) {
  if (const Json *length = member(object, "sequence")) {
    const auto count = asUnsigned(*length, kMaxItems - first_node);
    if (!count || *count == 0)
      return failAt(key("sequence"),
                    "a number of nodes, at least 1 and at most " + std::to_string(kMaxItems) + " in all", length);
    // A short line must not claim much memory: the inputs have to be as long.
    for (const InputInfo &input : schema.inputs) {
      if (input.place == Place::Structures)
        continue;
      const std::string_view group = kInputKeys[static_cast<uint32_t>(input.place)];
      const Json &values = *member(*member(object, group), input.name);
      if (!values.is_array() || values.size() != *count)
        return failAt(key(group) + ", input " + inQuotes(input.name),
                      "a list of " + std::to_string(*count) + ", an element for every node", &values);
    }
    for (uint64_t n = 0; n < *count; ++n) {
      if (n > 0)
        batch.children.push_back(static_cast<int32_t>(first_node + n - 1));
      batch.child_offsets.push_back(static_cast<int32_t>(batch.edges()));
    }
    return true;
  }
  const Json &lists = *member(object, "children");
  if (!readChildren(lists))
    return false;
  if (const Json *count = member(object, "nodes"); count && asUnsigned(*count, kMaxItems) != lists.size())
    return failAt(key("nodes"), std::to_string(lists.size()) + ", the length of \"children\"", count);
  return true;
}

bool LineReader::readTypes(const Json *names) {
  const std::string where = key("types");
  const bool needed = !schema.typesFollowFromArity();
  if (!names && needed)
    return fail(error, place + "expected the key \"types\": several types of the model take the same number of "
                               "children");
  if (names && (!names->is_array() || names->size() != nodes()))
    return failAt(where, "a list of " + std::to_string(nodes()) + ", a type's name for every node", names);
  node_type.resize(nodes());
  for (size_t n = 0; n < nodes(); ++n) {
    const auto arity = static_cast<uint32_t>(batch.arity(first_node + n));
    const std::string has = arity == 1 ? "1 child" : std::to_string(arity) + " children";
    if (!names) {
      const auto type = schema.typeOfArity(arity);
      if (!type)
        return failAt(atNode(key("children"), n),
                      schema.describeArities() + " children, found " + std::to_string(arity));
      node_type[n] = *type;
      continue;
    }
    const Json &name = (*names)[n];
    const auto type = name.is_string() ? schema.findType(name.get_ref<const std::string &>()) : std::nullopt;
    if (!type) {
      std::string known;
      for (const TypeInfo &t : schema.types)
        known += (known.empty() ? "" : ", ") + t.name;
      return failAt(atNode(where, n), "one of the types " + known, &name);
    }
    const TypeInfo &info = schema.types[*type];
    if (arity < info.min_arity || arity > info.max_arity)
      return failAt(atNode(where, n),
                    describeArity(info) + " children for the type " + inQuotes(info.name) + ", found " + has);
    node_type[n] = *type;
  }
  if (needed)
    batch.types.insert(batch.types.end(), node_type.begin(), node_type.end());
  return true;
}

bool LineReader::readRoots(const Json *ids) {
  const std::string where = key("roots");
  if (!ids && batch.root_offsets.empty())
    return true; // so far every structure has the default roots
  if (batch.root_offsets.empty()) {
    // The first structure that names its roots: those before it get theirs written out.
    batch.root_offsets.push_back(0);
    for (size_t s = 0; s + 1 < batch.structures(); ++s) {
      const std::vector<int32_t> roots = defaultRoots(batch, s);
      batch.roots.insert(batch.roots.end(), roots.begin(), roots.end());
      batch.root_offsets.push_back(static_cast<int32_t>(batch.roots.size()));
    }
  }
  if (!ids) {
    const std::vector<int32_t> roots = defaultRoots(batch, batch.structures() - 1);
    batch.roots.insert(batch.roots.end(), roots.begin(), roots.end());
  } else {
    if (!ids->is_array() || ids->empty())
      return failAt(where, "a list of node ids, at least one", ids);
    if (ids->size() > kMaxItems - batch.roots.size())
      return failAt(where, "at most " + std::to_string(kMaxItems) + " roots in all");
    for (const Json &root : *ids) {
      const auto id = asUnsigned(root, nodes() - 1);
      if (!id)
        return failAt(where, "node ids from 0 to " + std::to_string(nodes() - 1), &root);
      batch.roots.push_back(static_cast<int32_t>(first_node + *id));
    }
  }
  batch.root_offsets.push_back(static_cast<int32_t>(batch.roots.size()));
  return true;
}

bool LineReader::readDense(const Json &value, const InputInfo &info, size_t axis, const std::string &where,
                           Input &input) {
  if (axis < info.shape.size()) {
    if (!value.is_array() || value.size() != info.shape[axis])
      return failAt(where, "a list of " + std::to_string(info.shape[axis]), &value);
    for (const Json &element : value)
      if (!readDense(element, info, axis + 1, where, input))
        return false;
    return true;
  }
  if (!value.is_number())
    return failAt(where, "a number", &value);
  const double number = value.get<double>();
  if (info.dtype == DType::F64) {
    input.f64.push_back(number);
    return true;
  }
  // Compared after rounding: the largest doubles that round to FLT_MAX do fit.
  const auto narrow = std::fabs(number) <= 2.0 * FLT_MAX ? static_cast<float>(number) : INFINITY;
  if (!std::isfinite(narrow))
    return failAt(where, "a number in the range of float32", &value);
  input.f32.push_back(narrow);
  return true;
}

bool LineReader::readItem(const Json &value, const InputInfo &info, const std::string &where, Input &input) {
  if (!info.symbol)
    return readDense(value, info, 0, where, input);
  const auto symbol = asUnsigned(value, kMaxItems);
  if (!symbol || *symbol >= info.domain)
    return failAt(where, "a whole number from 0 to " + std::to_string(int64_t{info.domain} - 1), &value);
  input.symbols.push_back(static_cast<int32_t>(*symbol));
  return true;
}

bool LineReader::readNodeInput(const Json &values, const InputInfo &info, Input &input) {
  const std::string where = key("inputs") + ", input " + inQuotes(info.name);
  if (!values.is_array() || values.size() != nodes())
    return failAt(where, "a list of " + std::to_string(nodes()) + ", an element for every node", &values);
  for (size_t n = 0; n < nodes(); ++n) {
    if (schema.typeHasInput(node_type[n], info)) {
      if (!readItem(values[n], info, atNode(where, n), input))
        return false;
    } else if (values[n].is_null()) {
      input.appendZeros(1);
    } else {
      return failAt(atNode(where, n),
                    "null, because nodes of type " + inQuotes(schema.types[node_type[n]].name) +
                        " do not have this input",
                    &values[n]);
    }
  }
  return true;
}

bool LineReader::readEdgeInput(const Json &values, const InputInfo &info, Input &input) {
  const std::string where = key("edge_inputs") + ", input " + inQuotes(info.name);
  if (!values.is_array() || values.size() != nodes())
    return failAt(where, "a list of " + std::to_string(nodes()) + ", an element for every node", &values);
  for (size_t n = 0; n < nodes(); ++n) {
    const auto arity = static_cast<size_t>(batch.arity(first_node + n));
    if (!values[n].is_array() || values[n].size() != arity)
      return failAt(atNode(where, n), "a list of " + std::to_string(arity) + ", a value for every child", &values[n]);
    for (const Json &value : values[n])
      if (!readItem(value, info, atNode(where, n), input))
        return false;
  }
  return true;
}

/// ": expected NAMES": the inputs that the model has at a place.
std::string LineReader::knownInputs(Place where) const {
  std::string names;
  for (const InputInfo &info : schema.inputs)
    if (info.place == where)
      names += (names.empty() ? ": expected " : ", ") + info.name;
  return names.empty() ? ": expected none" : names;
}

/// Whether the value of a key for inputs (null: the line lacks it) has all inputs
/// of the model at `where` and no others.
bool LineReader::checkInputNames(const Json *object, Place where) {
  const std::string name = key(kInputKeys[static_cast<uint32_t>(where)]);
  if (object && !object->is_object())
    return failAt(name, "an object with a value for every input", object);
  if (object)
    for (const auto &item : object->items()) {
      const auto input = schema.findInput(item.key());
      if (!input || schema.inputs[*input].place != where)
        return fail(error, place + name + ": the model has no such input " + inQuotes(item.key()) + knownInputs(where));
    }
  for (const InputInfo &info : schema.inputs)
    if (info.place == where && (!object || !object->contains(info.name)))
      return failAt(name, "the input " + inQuotes(info.name));
  return true;
}

/// The inputs at `where`, whose names are checked.
bool LineReader::readInputs(const Json *object, Place where) {
  for (size_t i = 0; i < schema.inputs.size(); ++i) {
    const InputInfo &info = schema.inputs[i];
    if (info.place != where)
      continue;
    const Json &values = *member(*object, info.name);
    Input &input = batch.inputs[i];
    const bool good = where == Place::Nodes ? readNodeInput(values, info, input)
                      : where == Place::Edges
                          ? readEdgeInput(values, info, input)
                          : readItem(values, info, key(kInputKeys[2]) + ", input " + inQuotes(info.name), input);
    if (!good)
      return false;
  }
  return true;
}

bool LineReader::read(const Json &object) {
  first_node = batch.nodes();
  if (!object.is_object())
    return fail(error, place + "expected one JSON object a line, found " + describeJson(object));
  constexpr Place kPlaces[] = {Place::Nodes, Place::Edges, Place::Structures};
  if (!readKeys(object))
    return false;
  for (const Place where : kPlaces)
    if (!checkInputNames(member(object, kInputKeys[static_cast<uint32_t>(where)]), where))
      return false;
  if (!readNodes(object))
    return false;
  batch.node_offsets.push_back(static_cast<int32_t>(batch.nodes()));
  if (!readTypes(member(object, "types")) || !readRoots(member(object, "roots")))
    return false;
  for (const Place where : kPlaces)
    if (!readInputs(member(object, kInputKeys[static_cast<uint32_t>(where)]), where))
      return false;
  return true;
}

bool parseJsonLines(std::string_view text, const std::string &file, const Schema &schema, Batch &out,
                    std::vector<uint32_t> *line_numbers, std::string &error) {
  Batch batch;
  for (const InputInfo &info : schema.inputs)
    batch.inputs.push_back({info.name,
                            info.place,
                            info.symbol ? DType::I32 : info.dtype,
                            info.symbol ? std::vector<uint32_t>{} : info.shape,
                            {},
                            {},
                            {}});
  std::vector<uint32_t> numbers;
  Lines lines(text);
  for (std::string_view line; lines.next(line);) {
    if (line.find_first_not_of(" \t") == std::string_view::npos)
      continue;
    const std::string place = file + ":" + std::to_string(lines.number()) + ":";
    Json object;
    JsonError problem;
    if (!parseJson(line, object, problem)) {
      const std::string column = problem.offset ? std::to_string(columnOf(line, *problem.offset)) + ":" : "";
      const bool cut = problem.message.find("unexpected end of input") != std::string::npos;
      return fail(error, place + column + " " + problem.message + (cut ? " (one JSON object a line)" : ""));
    }
    const std::string prefix = place + " ";
    if (!LineReader(schema, batch, prefix, error).read(object))
      return false;
    numbers.push_back(static_cast<uint32_t>(lines.number()));
  }
  out = std::move(batch);
  if (line_numbers)
    *line_numbers = std::move(numbers);
  return true;
}

bool readJsonLines(const std::string &path, const Schema &schema, Batch &out, std::vector<uint32_t> *lines,
                   std::string &error) {
  std::string text;
  return readFile(path, text, error) && parseJsonLines(text, path, schema, out, lines, error);
}

} // namespace cortex::io
