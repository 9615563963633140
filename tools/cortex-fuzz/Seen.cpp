//===- Seen.cpp - Which features a trial has ------------------------------===//
#include "Coverage.h"

#include "cortex/Conversion/ProgramLayout.h"

#include "../../runtime/lib/Linearizer.h"

#include <algorithm>
#include <array>

using namespace cortex;

namespace cortex::fuzz {

void Seen::addModel(mlir::ModuleOp module) {
  ra::ModelOp model = cli::modelIn(module);
  add("structures", ra::stringifyStructure(model.getStructure()).str());
  add("float", model.getFloatType().isF64() ? "f64" : "f32");
  size_t types = 0, sweeps = 0;
  model.walk([&](mlir::Operation *op) {
    if (op->getParentOfType<ra::BodyOp>())
      add("operation", op->getName().getStringRef().str());
    if (mlir::isa<ra::TypeOp>(op)) {
      ++types;
    } else if (auto sweep = mlir::dyn_cast<ra::SweepOp>(op)) {
      ++sweeps;
      add("sweep",
          (ra::stringifyDirection(sweep.getDirection()) + " at " + ra::stringifyPlace(sweep.getPlace())).str());
      add("states of a sweep", std::to_string(sweep.getNumStates()));
      for (mlir::Attribute type : sweep.getStateTypes())
        add("rank of a state",
            std::to_string(mlir::cast<mlir::RankedTensorType>(mlir::cast<mlir::TypeAttr>(type).getValue()).getRank()));
    } else if (auto input = mlir::dyn_cast<ra::InputOp>(op)) {
      add("input", ((mlir::isa<ra::SymbolType>(input.getType()) ? "symbol at " : "features at ") +
                    ra::stringifyPlace(input.getPlace()))
                       .str());
      if (input.getTypes())
        add("input", "of one type");
    } else if (auto read = mlir::dyn_cast<ra::ReadOp>(op)) {
      add("read", ra::stringifyReadPlace(read.getPlace()).str());
    } else if (auto over = mlir::dyn_cast<ra::OverOp>(op)) {
      for (unsigned i = 0; i < over.getCombiners().size(); ++i)
        add("reduction over " + ra::stringifyNeighbours(over.getNeighbours()).str(),
            ra::stringifyCombiner(over.getCombiner(i)).str());
    }
  });
  add("types", std::to_string(types));
  add("sweeps", std::to_string(sweeps));
}

static bool isPrime(int64_t n) {
  for (int64_t d = 2; d * d <= n; ++d)
    if (n % d == 0)
      return false;
  return n > 1;
}

void Seen::addUnits(int64_t units, int64_t lanes) {
  if (units == 1)
    add("units", "1");
  else if (units < lanes)
    add("units", "below a vector");
  else if (units == lanes)
    add("units", "a vector");
  else
    add("units", units % lanes == 0 ? "vectors" : "vectors and a rest");
  if (units > lanes && isPrime(units))
    add("units", "prime above a vector");
  if (units > 128)
    add("units", "above 128");
}

void Seen::addProgram(mlir::ModuleOp module, const CompileOptions &options) {
  bool tables = false;
  module.walk([&](mlir::Operation *op) {
    auto nest = op->getParentOfType<ilir::RowsOp>();
    if (auto stage = op->getAttrOfType<mlir::StringAttr>("ra.stage"); stage && nest)
      add("stage", stage.getValue().split(':').first.str());
    if (auto rows = mlir::dyn_cast<ilir::RowsOp>(op)) {
      if (rows.getDomain() == ilir::Domain::Once)
        return add("nest", "once");
      add("nest", ilir::stringifyMode(rows.getMode()).str());
      add("nest", ("over " + ilir::stringifyDomain(rows.getDomain())).str());
    } else if (auto buffer = mlir::dyn_cast<ilir::BufferOp>(op)) {
      tables |= buffer.getSymName().starts_with("table.");
      add("memory", ilir::stringifyStorage(buffer.getStorage()).str());
      add("space", ilir::stringifySpace(buffer.getSpace()).str());
    } else if (auto store = mlir::dyn_cast<ilir::StoreOp>(op)) {
      auto type = mlir::cast<mlir::RankedTensorType>(store.getValue().getType());
      const DType element = type.getElementType().isF64() ? DType::F64 : DType::F32;
      addUnits(type.getRank() ? type.getShape().back() : 1, options.target.lanes(element));
    } else if (auto product = mlir::dyn_cast<ilir::ProductOp>(op)) {
      addProduct(product, options);
    } else if (op->getName().getStringRef() == "linalg.contract") {
      add("product", "not packed");
    }
  });
  add("tables", tables ? "built" : "none");
}

void Seen::addProduct(ilir::ProductOp product, const CompileOptions &options) {
  add("product", product.getKey() ? "with a key" : "without a key");
  if (product.getAcc())
    add("product", "continued");
  if (product->getParentOfType<ilir::FuncOp>().getSymName() == "prepare")
    return add("product", "in prepare");
  auto nest = product->getParentOfType<ilir::RowsOp>();
  add("product", nest.getDomain() == ilir::Domain::Rows ? "of rows" : "of edges");
  auto levels = product->getParentOfType<ilir::LevelsOp>();
  auto strips = product->getParentOfType<ilir::StripsOp>();
  if (!levels || !strips)
    return;
  auto program = product->getParentOfType<ilir::ProgramOp>();
  const auto kind = strips.getKind() ? static_cast<int32_t>(*strips.getKind()) : -1;
  int32_t type = -1, next = 0;
  for (auto declared : program.getOps<ilir::TypeOp>()) {
    if (strips.getType() && declared.getSymName() == *strips.getType())
      type = next;
    ++next;
  }
  auto packed =
      mlir::cast<mlir::RankedTensorType>(ilir::getItemType(ilir::lookupMemory(product, product.getWeightsAttr())));
  auto x = mlir::cast<mlir::RankedTensorType>(product.getX().getType());
  Tiles tiles{ProgramLayout(program).order(levels.getOrder()),
              type,
              kind,
              nest.getDomain(),
              1,
              tileRulesFor(options.target, options.schedule).maxRows(packed.getDimSize(3))};
  for (int64_t m : product.getMDims())
    tiles.rowsEach *= x.getDimSize(m);
  products.push_back(tiles);
}

/// The rows are spread evenly over the least number of tiles, as Products.cpp does it.
void Seen::addTiles(const Tiles &tiles, int64_t items) {
  const int64_t rows = items * tiles.rowsEach;
  if (rows == 0)
    return;
  const int64_t count = (rows + tiles.maxRows - 1) / tiles.maxRows;
  add("tile height", std::to_string(rows / count));
  if (rows % count)
    add("tile height", std::to_string(rows / count + 1));
}

void Seen::addSchedule(const Trial &trial) {
  for (const ScheduleKey &key : scheduleKeys())
    add("schedule", key.name + "=" + key.get(trial.way.schedule));
  add("optimization level", std::to_string(trial.way.optLevel));
  add("target", trial.way.target);
  if (trial.other)
    add("run", "with another schedule");
}

void Seen::addStructures(const io::Batch &batch) {
  const size_t structures = batch.structures();
  add("batch", structures == 1 ? "1 structure" : structures < 10 ? "2 to 9 structures" : "10 structures and more");
  for (size_t s = 0; s < structures; ++s) {
    const int32_t nodes = batch.node_offsets[s + 1] - batch.node_offsets[s];
    add("nodes of a structure", nodes == 1 ? "1" : nodes < 10 ? "2 to 9" : nodes < 40 ? "10 to 39" : "40 and more");
  }
  std::vector<int32_t> parents(batch.nodes());
  for (size_t node = 0; node < batch.nodes(); ++node) {
    const int32_t arity = batch.arity(node);
    add("arity", arity < 6 ? std::to_string(arity) : "6 and more");
    std::vector<int32_t> own(batch.children.begin() + batch.child_offsets[node],
                             batch.children.begin() + batch.child_offsets[node + 1]);
    for (int32_t child : own)
      if (++parents[child] == 2)
        add("node", "several parents");
    std::sort(own.begin(), own.end());
    if (std::adjacent_find(own.begin(), own.end()) != own.end())
      add("node", "the same child twice");
  }
  if (!batch.types.empty())
    add("node", "type given");
  if (batch.root_offsets.empty())
    return;
  add("node", "named as a root");
  std::vector<int32_t> roots = batch.roots;
  std::sort(roots.begin(), roots.end());
  if (std::adjacent_find(roots.begin(), roots.end()) != roots.end())
    add("node", "root twice");
}

void Seen::addCase(const Case &one, const Manifest &manifest, const cortex_batch &batch) {
  addStructures(one.batch);
  add("workers", std::to_string(one.workers));
  if (one.artifact)
    add("run", "from the artifact");
  if (one.chunks)
    add("run", "in chunks");
  const rt::LinearizerPlan plan(manifest);
  rt::Linearizer linearizer(plan);
  const rt::Extent room = linearizer.bound(batch, 0, batch.num_structures);
  std::vector<std::array<uint8_t, 64>> memory(linearizer.bytes(room) / 64 + 1);
  linearizer.place(room, memory.data()->data(), /*fresh=*/true);
  if (!linearizer.run(batch, 0, batch.num_structures))
    throw cli::Failure("the linearizer's bound is too low");
  for (uint32_t i = 0; i < manifest.orders.size(); ++i) {
    if (manifest.orders[i].kind == OrderKind::Symbols)
      continue;
    const rt::OrderArrays &order = linearizer.order(i);
    const std::vector<int32_t> &keys = manifest.orders[i].key_input;
    auto keyed = [&](const cortex_strip &strip) {
      return !keys.empty() && keys[static_cast<size_t>(strip.type % CORTEX_KIND)] >= 0;
    };
    for (int32_t level = 0; level < order.numLevels; ++level) {
      bool types = false, differentKeys = false;
      for (int32_t s = order.levelStrips[level]; s < order.levelStrips[level + 1]; ++s) {
        const cortex_strip &strip = order.strips[s];
        add("group", keyed(strip) ? "with a key" : "without a key");
        if (strip.type >= CORTEX_KIND)
          add("group", "several kinds of a type");
        if (s > order.levelStrips[level]) {
          const cortex_strip &before = order.strips[s - 1];
          types |= before.type % CORTEX_KIND != strip.type % CORTEX_KIND;
          differentKeys |= before.type == strip.type && before.key != strip.key;
          if (before.type == strip.type && before.key == strip.key)
            add("group", "several strips");
        }
        for (const Tiles &tiles : products)
          if (tiles.order == i && (tiles.type < 0 || tiles.type == strip.type % CORTEX_KIND) &&
              (tiles.kind < 0 || tiles.kind == strip.type / CORTEX_KIND)) {
            const auto &edges = order.adjacency[slotOf(tiles.domain)];
            addTiles(tiles, tiles.domain == ilir::Domain::Rows ? strip.end - strip.begin
                                                               : edges.offsets[strip.end] - edges.offsets[strip.begin]);
          }
      }
      if (types)
        add("group", "several types in a level");
      if (differentKeys)
        add("group", "several keys in a level");
      if (types && differentKeys)
        add("group", "types and keys in a level");
    }
  }
}

} // namespace cortex::fuzz
