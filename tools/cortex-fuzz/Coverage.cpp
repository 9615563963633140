#include "Coverage.h"

#include "cortex/Dialect/ILIR/IR/ILIR.h"

#include <algorithm>
#include <iomanip>
#include <sstream>

using namespace cortex;

namespace cortex::fuzz {

/// Every cell of the table.
static const std::map<std::string, std::vector<std::string>> &features() {
  static const std::map<std::string, std::vector<std::string>> all{
      {"reduction over children", {"sum", "mean", "prod", "max", "min", "softmax"}},
      {"reduction over parents", {"sum", "mean", "prod", "max", "min", "softmax"}},
      {"reduction over nodes", {"sum", "mean", "prod", "max", "min", "softmax"}},
      {"read", {"param", "self", "child", "parent", "structure", "there", "edge"}},
      {"sweep", {"up at nodes", "down at nodes", "map at nodes", "map at roots", "map at structures"}},
      {"structures", {"sequence", "tree", "dag"}},
      {"types", {"1", "2", "3", "5"}},
      {"sweeps", {"1", "2", "3", "4"}},
      {"rank of a state", {"0", "1", "2", "3"}},
      {"float", {"f32", "f64"}},
      {"input",
       {"symbol at nodes", "symbol at edges", "symbol at structures", "features at nodes", "features at edges",
        "features at structures"}},
      {"stage", {"constant", "symbol", "node", "recursive"}},
      {"product", {"of rows", "of edges", "with a key", "without a key", "continued", "in prepare", "not packed"}},
      {"nest", {"owned", "whole", "over rows", "over children", "over parents", "over nodes", "once"}},
      {"memory", {"constant", "private", "exchanged", "local"}},
      {"space", {"const", "rows", "roots", "structures", "level_rows", "level_edges", "strip_rows", "strip_edges"}},
      {"strip rows", {"1", "2", "3", "7", "8", "17", "32", "128"}},
      {"table budget", {"0", "0.5", "4"}},
      {"workers", {"2", "3", "4", "5"}},
      {"run", {"from the artifact", "in chunks", "with other strips"}},
  };
  return all;
}

Coverage::Coverage() {
  for (const auto &[group, names] : features())
    for (const std::string &name : names)
      cells[group][name] = 0;
  for (llvm::StringRef name : ra::namesAllowedInBody())
    cells["operation"][name.str()] = 0;
  for (const char *name : {"ra.sigmoid", "ra.lookup", "ra.over"})
    cells["operation"][name] = 0;
  for (const std::string &target : targets())
    cells["target"][target] = 0;
}

void Coverage::seeModel(mlir::ModuleOp module, Seen &seen) {
  ra::ModelOp model = cli::modelIn(module);
  auto see = [&](const std::string &group, const auto &name) { seen.emplace(group, name); };
  see("structures", ra::stringifyStructure(model.getStructure()).str());
  see("float", model.getFloatType().isF64() ? "f64" : "f32");
  size_t types = 0, sweeps = 0;
  model.walk([&](mlir::Operation *op) {
    if (op->getParentOfType<ra::BodyOp>())
      see("operation", op->getName().getStringRef().str());
    if (mlir::isa<ra::TypeOp>(op)) {
      ++types;
    } else if (auto sweep = mlir::dyn_cast<ra::SweepOp>(op)) {
      ++sweeps;
      see("sweep",
          (ra::stringifyDirection(sweep.getDirection()) + " at " + ra::stringifyPlace(sweep.getPlace())).str());
      for (mlir::Attribute type : sweep.getStateTypes())
        see("rank of a state",
            std::to_string(mlir::cast<mlir::RankedTensorType>(mlir::cast<mlir::TypeAttr>(type).getValue()).getRank()));
    } else if (auto input = mlir::dyn_cast<ra::InputOp>(op)) {
      see("input", ((mlir::isa<ra::SymbolType>(input.getType()) ? "symbol at " : "features at ") +
                    ra::stringifyPlace(input.getPlace()))
                       .str());
    } else if (auto read = mlir::dyn_cast<ra::ReadOp>(op)) {
      see("read", ra::stringifyReadPlace(read.getPlace()).str());
    } else if (auto over = mlir::dyn_cast<ra::OverOp>(op)) {
      for (unsigned i = 0; i < over.getCombiners().size(); ++i)
        see("reduction over " + ra::stringifyNeighbours(over.getNeighbours()).str(),
            ra::stringifyCombiner(over.getCombiner(i)).str());
    }
  });
  see("types", std::to_string(types));
  see("sweeps", std::to_string(sweeps));
}

void Coverage::seeProgram(mlir::ModuleOp module, Seen &seen) {
  auto see = [&](const std::string &group, const auto &name) { seen.emplace(group, name); };
  module.walk([&](mlir::Operation *op) {
    auto nest = op->getParentOfType<ilir::RowsOp>();
    if (auto stage = op->getAttrOfType<mlir::StringAttr>("ra.stage"); stage && nest)
      see("stage", stage.getValue().split(':').first.str());
    if (auto rows = mlir::dyn_cast<ilir::RowsOp>(op)) {
      if (rows.getDomain() == ilir::Domain::Once)
        return see("nest", "once");
      see("nest", ilir::stringifyMode(rows.getMode()).str());
      see("nest", ("over " + ilir::stringifyDomain(rows.getDomain())).str());
    } else if (auto buffer = mlir::dyn_cast<ilir::BufferOp>(op)) {
      see("memory", ilir::stringifyStorage(buffer.getStorage()).str());
      see("space", ilir::stringifySpace(buffer.getSpace()).str());
    } else if (auto product = mlir::dyn_cast<ilir::ProductOp>(op)) {
      see("product", product.getKey() ? "with a key" : "without a key");
      if (product.getAcc())
        see("product", "continued");
      if (op->getParentOfType<ilir::FuncOp>().getSymName() == "prepare")
        see("product", "in prepare");
      else
        see("product", nest.getDomain() == ilir::Domain::Rows ? "of rows" : "of edges");
    } else if (op->getName().getStringRef() == "linalg.contract") {
      see("product", "not packed");
    }
  });
}

void Coverage::seeTrial(const Trial &trial, Seen &seen) {
  std::ostringstream budget;
  budget << trial.tableBudget;
  seen.emplace("table budget", budget.str());
  seen.emplace("strip rows", std::to_string(trial.stripRows));
  seen.emplace("workers", std::to_string(trial.workers.back()));
  seen.emplace("target", trial.target);
  if (trial.artifact)
    seen.emplace("run", "from the artifact");
  if (trial.chunks)
    seen.emplace("run", "in chunks");
  if (trial.otherStripRows)
    seen.emplace("run", "with other strips");
}

void Coverage::add(mlir::ModuleOp module, const Trial &trial) {
  Seen seen;
  seeModel(module, seen);
  const mlir::OwningOpRef<mlir::ModuleOp> lowered(module.clone());
  cli::orFail(lowerModel(*lowered, trial.options(), CutPoint::ILIR));
  seeProgram(*lowered, seen);
  seeTrial(trial, seen);
  for (const auto &[group, name] : seen)
    ++cells[group][name];
  ++models;
}

std::vector<std::string> Coverage::empty() const {
  std::vector<std::string> found;
  for (const auto &[group, counts] : cells)
    for (const auto &[name, count] : counts)
      if (count == 0)
        found.push_back(std::string(group).append(": ").append(name));
  return found;
}

void Coverage::print(std::ostream &os) const {
  os << "coverage of " << models << " models\n";
  for (const auto &[group, counts] : cells) {
    os << "  " << std::left << std::setw(24) << group;
    size_t column = 26;
    for (const auto &[name, count] : counts) {
      const std::string cell = name + ' ' + std::to_string(count) + "  ";
      if (column + cell.size() > 118) {
        os << '\n' << std::string(26, ' ');
        column = 26;
      }
      os << cell;
      column += cell.size();
    }
    os << '\n';
  }
}

} // namespace cortex::fuzz
