#include "Fuzz.h"
#include "cortex/IO/JsonLines.h"

using namespace cortex;
using namespace cortex::fuzz;

const Limits fuzz::limits{64 << 10, 512};

/// Inputs of every kind at every place; with `typed`, types that arity does not tell apart.
static io::Schema makeSchema(bool typed) {
  io::Schema schema;
  schema.structure = StructureKind::Dag;
  schema.types = {{"leaf", 0, 0}, {"inner", typed ? 0U : 1U, 3}};
  schema.inputs = {{"word", Place::Nodes, true, 10, DType::I32, {}, {0}},
                   {"x", Place::Nodes, false, 0, DType::F32, {2}, {}},
                   {"w", Place::Edges, false, 0, DType::F64, {}, {}},
                   {"label", Place::Edges, true, 4, DType::I32, {}, {}},
                   {"g", Place::Structures, false, 0, DType::F64, {2, 2}, {}}};
  if (!typed)
    schema.inputs.resize(1);
  return schema;
}

static std::string format(const io::Batch &batch, const io::Schema &schema) {
  std::string text;
  for (size_t s = 0; s < batch.structures(); ++s)
    text += io::formatJsonLine(batch, schema, s) + "\n";
  return text;
}

bool fuzz::parse(std::string_view input) {
  bool accepted = false;
  for (bool typed : {false, true}) {
    const io::Schema schema = makeSchema(typed);
    io::Batch batch, again;
    std::string error;
    std::vector<uint32_t> lines;
    if (!requireVerdict(io::parseJsonLines(input, "input", schema, batch, &lines, error), error))
      continue;
    accepted = true;
    require(lines.size() == batch.structures(), "every structure has a line");
    const std::string text = format(batch, schema);
    require(io::parseJsonLines(text, "copy", schema, again, nullptr, error), "what was written is read again");
    require(format(again, schema) == text, "and is the same");
  }
  return accepted;
}
