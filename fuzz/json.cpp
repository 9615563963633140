#include "Fuzz.h"
#include "cortex/IO/JsonLines.h"

using namespace cortex;
using namespace cortex::fuzz;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  io::Schema schema;
  schema.structure = StructureKind::Dag;
  schema.types = {{"leaf", 0, 0}, {"inner", 1, 3}};
  schema.inputs = {{"word", Place::Nodes, true, 10, DType::I32, {}, {0}}};
  io::Batch batch;
  std::string error;
  requireVerdict(io::parseJsonLines(text(data, size), "input", schema, batch, nullptr, error), error);
  return 0;
}
