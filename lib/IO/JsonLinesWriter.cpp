#include "cortex/IO/JsonLines.h"

#include "Json.h"

namespace cortex::io {

/// The item at `data` as nested lists of the given shape, from axis `axis` on.
template <typename T> static const T *appendItem(std::string &out, const T *data, std::span<const uint32_t> shape) {
  if (shape.empty()) {
    appendJsonNumber(out, *data);
    return data + 1;
  }
  out += '[';
  for (uint32_t i = 0; i < shape[0]; ++i) {
    if (i > 0)
      out += ", ";
    data = appendItem(out, data, shape.subspan(1));
  }
  out += ']';
  return data;
}

static void appendItem(std::string &out, DType dtype, std::span<const uint32_t> shape, const void *data, size_t item) {
  size_t size = 1;
  for (const uint32_t extent : shape)
    size *= extent;
  switch (dtype) {
  case DType::F32:
    appendItem(out, static_cast<const float *>(data) + item * size, shape);
    return;
  case DType::F64:
    appendItem(out, static_cast<const double *>(data) + item * size, shape);
    return;
  case DType::I32:
    appendItem(out, static_cast<const int32_t *>(data) + item * size, shape);
    return;
  }
}

/// `items` elements, each written by `each(i)`, as a list.
template <typename Each> static void appendList(std::string &out, size_t begin, size_t end, Each each) {
  out += '[';
  for (size_t i = begin; i < end; ++i) {
    if (i > begin)
      out += ", ";
    each(i);
  }
  out += ']';
}

static void appendInput(std::string &out, const Batch &batch, const Schema &schema, const InputInfo &info,
                        const Input &input, size_t s) {
  auto item = [&](size_t i) { appendItem(out, input.dtype, input.shape, input.data(), i); };
  const auto begin = static_cast<size_t>(batch.node_offsets[s]), end = static_cast<size_t>(batch.node_offsets[s + 1]);
  switch (input.place) {
  case Place::Nodes:
    appendList(out, begin, end, [&](size_t n) {
      const uint32_t type = batch.types.empty() ? schema.typeOfArity(batch.arity(n)).value_or(0) : batch.types[n];
      if (schema.typeHasInput(type, info))
        item(n);
      else
        out += "null";
    });
    return;
  case Place::Edges:
    appendList(out, begin, end,
               [&](size_t n) { appendList(out, batch.child_offsets[n], batch.child_offsets[n + 1], item); });
    return;
  default:
    item(s);
  }
}

static void appendInputs(std::string &out, const Batch &batch, const Schema &schema, Place place, const char *key,
                         size_t s) {
  bool first = true;
  for (const InputInfo &info : schema.inputs) {
    const Input *input = batch.find(info.name);
    if (info.place != place || !input)
      continue;
    out += first ? std::string(", \"") + key + "\": {" : std::string(", ");
    first = false;
    out += jsonString(info.name) + ": ";
    appendInput(out, batch, schema, info, *input, s);
  }
  if (!first)
    out += '}';
}

std::string formatJsonLine(const Batch &batch, const Schema &schema, size_t s) {
  const int32_t begin = batch.node_offsets[s], end = batch.node_offsets[s + 1];
  std::string out = "{\"children\": ";
  appendList(out, begin, end, [&](size_t n) {
    appendList(out, batch.child_offsets[n], batch.child_offsets[n + 1],
               [&](size_t e) { appendJsonNumber(out, batch.children[e] - begin); });
  });
  if (!batch.types.empty()) {
    out += ", \"types\": ";
    appendList(out, begin, end, [&](size_t n) { out += jsonString(schema.types[batch.types[n]].name); });
  }
  if (!batch.root_offsets.empty()) {
    out += ", \"roots\": ";
    appendList(out, batch.root_offsets[s], batch.root_offsets[s + 1],
               [&](size_t r) { appendJsonNumber(out, batch.roots[r] - begin); });
  }
  appendInputs(out, batch, schema, Place::Nodes, "inputs", s);
  appendInputs(out, batch, schema, Place::Edges, "edge_inputs", s);
  appendInputs(out, batch, schema, Place::Structures, "structure_inputs", s);
  return out + "}";
}

bool ResultWriter::append(size_t structures, std::span<const OutputView> outputs, std::string &error) {
  std::string line;
  for (size_t s = 0; s < structures; ++s) {
    line = "{\"structure\": " + std::to_string(next++) + ", \"outputs\": {";
    for (const OutputView &output : outputs) {
      if (&output != outputs.data())
        line += ", ";
      line += jsonString(output.name) + ": ";
      auto item = [&](size_t i) { appendItem(line, output.dtype, output.shape, output.data, i); };
      if (output.place == Place::Structures)
        item(s);
      else
        appendList(line, output.offsets[s], output.offsets[s + 1], item);
    }
    line += "}}\n";
    if (!file.write(line, error))
      return false;
  }
  return true;
}

} // namespace cortex::io
