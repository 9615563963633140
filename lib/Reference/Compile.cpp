//===- Compile.cpp - Reads a model of the ra dialect into instructions ----===//
#include "Code.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/TypeSwitch.h"

#include <optional>

using namespace mlir;

namespace cortex::reference {

template <typename T> static int findByName(const std::vector<T> &items, llvm::StringRef name) {
  for (size_t i = 0; i < items.size(); ++i)
    if (items[i].name == name)
      return static_cast<int>(i);
  return -1;
}

int ModelCode::findInput(llvm::StringRef n) const {
  return findByName(inputs, n);
}
int ModelCode::findParam(llvm::StringRef n) const {
  return findByName(params, n);
}
int ModelCode::findSweep(llvm::StringRef n) const {
  return findByName(sweeps, n);
}

bool ModelCode::typesOverlap() const {
  for (size_t i = 0; i < types.size(); ++i)
    for (size_t j = 0; j < i; ++j) {
      const TypeCode &a = types[i], &b = types[j];
      bool aBelow = a.maxArity >= 0 && a.maxArity < b.minArity;
      bool bBelow = b.maxArity >= 0 && b.maxArity < a.minArity;
      if (!aBelow && !bBelow)
        return true;
    }
  return false;
}

static Place placeOf(ra::Place place) {
  return static_cast<Place>(static_cast<uint32_t>(place));
}
static_assert(static_cast<uint32_t>(ra::Place::Nodes) == static_cast<uint32_t>(Place::Nodes) &&
              static_cast<uint32_t>(ra::Place::Edges) == static_cast<uint32_t>(Place::Edges) &&
              static_cast<uint32_t>(ra::Place::Structures) == static_cast<uint32_t>(Place::Structures) &&
              static_cast<uint32_t>(ra::Place::Roots) == static_cast<uint32_t>(Place::Roots));

static Dims shapeOf(Type type) {
  auto shaped = dyn_cast<ShapedType>(type);
  return shaped ? Dims(shaped.getShape().begin(), shaped.getShape().end()) : Dims();
}

//===----------------------------------------------------------------------===//
// Bodies
//===----------------------------------------------------------------------===//

namespace {

/// Reads one body.
class BodyReader {
public:
  BodyReader(const ModelCode &model, BodyCode &body, std::string &error) : model_(model), body_(body), error_(error) {}

  bool read(ra::BodyOp op) { return readBlock(op.getBody().front(), body_.instructions, body_.yields); }

private:
  /// Reads a block's operations into `list` and what its ra.yield yields.
  bool readBlock(Block &block, std::vector<Instruction> &list, std::vector<int> &yields) {
    for (Operation &op : block) {
      if (auto yield = dyn_cast<ra::YieldOp>(op)) {
        for (Value v : yield.getValues())
          yields.push_back(slotOf_.lookup(v));
        return true;
      }
      Instruction instr{};
      for (Value v : op.getOperands())
        instr.in.push_back(slotOf_.lookup(v));
      for (Value v : op.getResults())
        instr.out.push_back(addSlot(v));
      if (!readOp(&op, instr))
        return false;
      bool constant = isConstant(instr);
      for (int slot : instr.out) {
        body_.slots[slot].constant = constant;
        body_.slots[slot].weight = constant || isEntry(instr);
      }
      (constant ? body_.prologue : list).push_back(std::move(instr));
    }
    return true;
  }

  int addSlot(Value v) {
    Slot slot;
    Type type = getElementTypeOrSelf(v.getType());
    slot.kind = isa<ra::SymbolType>(type) ? Slot::Symbol : type.isInteger(1) ? Slot::Bool : Slot::Float;
    slot.shape = shapeOf(v.getType());
    slot.size = countOf(slot.shape);
    body_.slots.push_back(std::move(slot));
    slotOf_[v] = static_cast<int>(body_.slots.size() - 1);
    return slotOf_[v];
  }

  bool isConstant(const Instruction &instr) const {
    if (instr.code == Opcode::Read)
      return instr.read.source == ReadSite::Param;
    return instr.code != Opcode::Over && llvm::all_of(instr.in, [&](int slot) { return body_.slots[slot].constant; });
  }

  bool isEntry(const Instruction &instr) const {
    return llvm::is_contained({Opcode::Lookup, Opcode::Alias, Opcode::Gather}, instr.code) &&
           body_.slots[instr.in[0]].weight;
  }

  bool readOp(Operation *op, Instruction &instr) {
    if (auto read = dyn_cast<ra::ReadOp>(op))
      return readRead(read, instr);
    if (auto over = dyn_cast<ra::OverOp>(op))
      return readOver(over, instr);
    if (auto constant = dyn_cast<arith::ConstantOp>(op))
      return readConstant(constant, instr);
    if (std::optional<Opcode> code = elementwise(op)) {
      instr.code = *code;
      if (auto compare = dyn_cast<arith::CmpFOp>(op))
        instr.predicate = compare.getPredicate();
      return true;
    }
    if (compileTensorOp(op, body_.slots, instr, error_))
      return true;
    if (error_.empty())
      error_ = "the reference evaluator does not know '" + op->getName().getStringRef().str() + "'";
    return false;
  }

  static std::optional<Opcode> elementwise(Operation *op) {
    return llvm::TypeSwitch<Operation *, std::optional<Opcode>>(op)
        .Case<ra::LookupOp>([](auto) { return Opcode::Lookup; })
        .Case<ra::SigmoidOp>([](auto) { return Opcode::Sigmoid; })
        .Case<arith::AddFOp>([](auto) { return Opcode::Add; })
        .Case<arith::SubFOp>([](auto) { return Opcode::Sub; })
        .Case<arith::MulFOp>([](auto) { return Opcode::Mul; })
        .Case<arith::DivFOp>([](auto) { return Opcode::Div; })
        .Case<arith::NegFOp>([](auto) { return Opcode::Neg; })
        .Case<arith::MaximumFOp>([](auto) { return Opcode::Max; })
        .Case<arith::MinimumFOp>([](auto) { return Opcode::Min; })
        .Case<arith::CmpFOp>([](auto) { return Opcode::Compare; })
        .Case<arith::SelectOp>([](auto) { return Opcode::Select; })
        .Case<math::ExpOp>([](auto) { return Opcode::Exp; })
        .Case<math::LogOp>([](auto) { return Opcode::Log; })
        .Case<math::TanhOp>([](auto) { return Opcode::Tanh; })
        .Case<math::ErfOp>([](auto) { return Opcode::Erf; })
        .Case<math::SqrtOp>([](auto) { return Opcode::Sqrt; })
        .Case<math::AbsFOp>([](auto) { return Opcode::Abs; })
        .Case<math::FmaOp>([](auto) { return Opcode::Fma; })
        .Default([](auto) { return std::nullopt; });
  }

  bool readConstant(arith::ConstantOp op, Instruction &instr) {
    instr.code = Opcode::Constant;
    int64_t size = body_.slots[instr.out[0]].size;
    if (auto scalar = dyn_cast<FloatAttr>(op.getValue())) {
      instr.values.push_back(scalar.getValueAsDouble());
    } else if (auto dense = dyn_cast<DenseFPElementsAttr>(op.getValue())) {
      instr.values.reserve(size);
      for (llvm::APFloat v : dense.getValues<llvm::APFloat>())
        instr.values.push_back(FloatAttr::getValueAsDouble(v));
    } else {
      error_ = "arith.constant that is no floating-point number or tensor";
      return false;
    }
    return true;
  }

  bool readRead(ra::ReadOp op, Instruction &instr) {
    instr.code = Opcode::Read;
    ReadSite &site = instr.read;
    site.place = op.getPlace();
    site.child = op.getIndex().value_or(0);
    site.otherwise = op.getOtherwise() ? instr.in[0] : -1;
    if (auto symbol = dyn_cast<ra::SymbolType>(op.getResult().getType()))
      site.domain = symbol.getSize();
    SymbolRefAttr name = op.getName();
    llvm::StringRef first = name.getRootReference();
    if (!name.getNestedReferences().empty()) {
      site.source = ReadSite::State;
      site.index = model_.findSweep(first);
      site.state = site.index < 0 ? -1 : findByName(model_.sweeps[site.index].states, name.getLeafReference());
      if (site.state >= 0)
        return true;
    } else if (site.place == ra::ReadPlace::Param) {
      site.source = ReadSite::Param;
      site.index = model_.findParam(first);
      if (site.index >= 0)
        return true;
    } else {
      site.source = ReadSite::Input;
      site.index = model_.findInput(first);
      if (site.index >= 0)
        return true;
      if (site.place == ra::ReadPlace::Edge && first == "position") {
        site.source = ReadSite::Position;
        return true;
      }
    }
    error_ = "ra.read of '@" + first.str() + "', which the model does not declare";
    return false;
  }

  bool readOver(ra::OverOp op, Instruction &instr) {
    instr.code = Opcode::Over;
    instr.neighbours = op.getNeighbours();
    for (unsigned i = 0; i < op.getNumCombiners(); ++i) {
      instr.combiners.push_back(op.getCombiner(i));
      instr.yieldOf.push_back(static_cast<int>(op.getYieldIndex(i)));
      Value otherwise = op.getDefault(i);
      instr.defaults.push_back(otherwise ? slotOf_.lookup(otherwise) : -1);
    }
    return readBlock(op.getBody().front(), instr.body, instr.yields);
  }

  const ModelCode &model_;
  BodyCode &body_;
  std::string &error_;
  llvm::DenseMap<Value, int> slotOf_;
};

} // namespace

//===----------------------------------------------------------------------===//
// Declarations
//===----------------------------------------------------------------------===//

static InputCode readInput(ra::InputOp op, const std::vector<TypeCode> &types) {
  InputCode input;
  input.name = op.getSymName().str();
  input.place = placeOf(op.getPlace());
  if (auto symbol = dyn_cast<ra::SymbolType>(op.getType())) {
    input.symbol = true;
    input.domain = symbol.getSize();
  } else {
    input.shape = shapeOf(op.getType());
    input.size = countOf(input.shape);
  }
  input.onType.assign(types.size(), !op.getTypes());
  if (std::optional<ArrayAttr> on = op.getTypes())
    for (auto ref : on->getAsRange<FlatSymbolRefAttr>())
      if (int type = findByName(types, ref.getValue()); type >= 0)
        input.onType[type] = true;
  return input;
}

bool compileDeclarations(ra::ModelOp model, ModelCode &code, std::string &error) {
  code = {};
  code.name = model.getSymName().str();
  code.f64 = model.getFloatType().isF64();
  code.structure = model.getStructure();
  if (!code.f64 && !model.getFloatType().isF32()) {
    error = "model @" + code.name + ": the reference evaluator knows the float types f32 and f64 only";
    return false;
  }
  for (auto op : model.getBody().getOps<ra::TypeOp>())
    code.types.push_back({op.getSymName().str(), static_cast<int64_t>(op.getMinArity()),
                          static_cast<int64_t>(op.getMaxArity()), op.getSymbol(), op.getKinds()});
  for (auto op : model.getBody().getOps<ra::InputOp>())
    code.inputs.push_back(readInput(op, code.types));
  for (auto op : model.getBody().getOps<ra::ParamOp>())
    code.params.push_back({op.getSymName().str(), shapeOf(op.getType())});
  for (auto op : model.getBody().getOps<ra::SweepOp>()) {
    SweepCode sweep;
    sweep.name = op.getSymName().str();
    sweep.direction = op.getDirection();
    sweep.place = placeOf(op.getPlace());
    for (unsigned i = 0; i < op.getNumStates(); ++i) {
      Dims shape = shapeOf(op.getStateType(i));
      int64_t size = countOf(shape);
      sweep.states.push_back({op.getStateName(i).str(), std::move(shape), size});
    }
    code.sweeps.push_back(std::move(sweep));
  }
  return true;
}

static bool readBodies(ra::SweepOp op, const ModelCode &model, SweepCode &sweep, std::string &error) {
  size_t types = sweep.place == Place::Structures ? 1 : model.types.size();
  sweep.bodyOfType.assign(types, -1);
  for (auto bodyOp : op.getBody().getOps<ra::BodyOp>()) {
    int index = static_cast<int>(sweep.bodies.size());
    sweep.bodies.emplace_back();
    if (!BodyReader(model, sweep.bodies.back(), error).read(bodyOp)) {
      error.insert(0, "sweep @" + sweep.name + ": ");
      return false;
    }
    std::optional<llvm::StringRef> type = bodyOp.getType();
    if (bodyOp.getKind())
      sweep.bodies[index].kind = static_cast<int>(*bodyOp.getKind());
    for (size_t t = 0; t < types; ++t)
      if (type ? model.types[t].name == *type : sweep.bodyOfType[t] < 0) {
        sweep.bodyOfType[t] = index;
        sweep.bodies[index].type = static_cast<int>(t);
      }
  }
  return true;
}

bool compileModel(ra::ModelOp model, ModelCode &code, std::string &error) {
  if (!compileDeclarations(model, code, error))
    return false;
  size_t i = 0;
  for (auto op : model.getBody().getOps<ra::SweepOp>())
    if (!readBodies(op, code, code.sweeps[i++], error))
      return false;
  return true;
}

} // namespace cortex::reference
