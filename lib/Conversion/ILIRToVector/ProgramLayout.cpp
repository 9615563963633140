//===- ProgramLayout.cpp - Where a program's memory lies ------------------===//
#include "cortex/Conversion/ProgramLayout.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"

#include <map>

using namespace mlir;
using namespace cortex;

static uint64_t valueBytes(RankedTensorType type) {
  return std::max<uint64_t>(type.getNumElements() * (type.getElementTypeBitWidth() / 8), 1);
}

static constexpr int64_t kLine = 64;

uint64_t cortex::itemBytes(RankedTensorType type) {
  return llvm::alignTo(valueBytes(type), kLine);
}

abi::Adjacency cortex::slotOf(ilir::Adjacency adjacency) {
  switch (adjacency) {
  case ilir::Adjacency::Children:
  case ilir::Adjacency::Nodes:
    return abi::kChildren;
  case ilir::Adjacency::Parents:
    return abi::kParents;
  case ilir::Adjacency::Inner:
    return abi::kInner;
  case ilir::Adjacency::Symbols:
    return abi::kSymbols;
  }
  llvm_unreachable("all edge lists are listed");
}

abi::Adjacency cortex::slotOf(ilir::Domain domain) {
  return slotOf(*ilir::symbolizeAdjacency(ilir::stringifyDomain(domain)));
}

ProgramLayout::ProgramLayout(ilir::ProgramOp program) {
  for (auto op : program.getBody().getOps<ilir::BufferOp>())
    buffers[op.getSymName()] = layout.buffers++;
  for (auto op : program.getBody().getOps<ilir::ParamOp>())
    buffers[op.getSymName()] = layout.buffers++;
  for (auto op : program.getBody().getOps<ilir::InputOp>())
    inputs[op.getSymName()] = layout.inputs++;
  for (auto op : program.getBody().getOps<ilir::OrderOp>())
    orders[op.getSymName()] = layout.orders++;
  program.walk([&](ilir::LoadOp load) {
    for (OpOperand &use : load->getUses()) {
      auto product = dyn_cast<ilir::ProductOp>(use.getOwner());
      if (isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp>(use.getOwner()) ||
          (product && product.getX() == load && product.getKDims().size() > 1))
        contiguous.insert(load.getBuffer());
    }
  });
}

RankedTensorType ProgramLayout::memoryType(ilir::BufferOp buffer) const {
  auto type = cast<RankedTensorType>(buffer.getType());
  const bool intermediate = llvm::is_contained(
      {ilir::Space::LevelRows, ilir::Space::LevelEdges, ilir::Space::StripRows, ilir::Space::StripEdges},
      buffer.getSpace());
  if (!intermediate || type.getRank() < 2 || buffer.getStorage() == ilir::Storage::Local ||
      contiguous.contains(buffer.getSymName()))
    return type;
  const int64_t perLine = kLine / (type.getElementTypeBitWidth() / 8);
  SmallVector<int64_t> shape(type.getShape());
  // One line or less is one panel of the widest vectors, and has one owner.
  if (shape.back() > perLine)
    shape.back() = llvm::alignTo(shape.back(), perLine);
  return RankedTensorType::get(shape, type.getElementType());
}

static DType dtypeOf(Type type) {
  return type.isF64() ? DType::F64 : DType::F32;
}

static Space spaceOf(ilir::BufferOp op) {
  if (op.getSpace() == ilir::Space::Const && op.getInPrepare())
    return Space::Fixed;
  return static_cast<Space>(op.getSpace());
}

static void addBuffers(ilir::ProgramOp program, const ProgramLayout &layout, Manifest &m) {
  for (auto op : program.getBody().getOps<ilir::BufferOp>()) {
    BufferInfo info;
    info.name = op.getSymName().str();
    info.space = spaceOf(op);
    const RankedTensorType memory = layout.memoryType(op);
    info.item_bytes = itemBytes(memory);
    info.value_bytes = valueBytes(memory);
    if (const auto type = cast<RankedTensorType>(op.getType()); type.getRank() > 0) // not what follows its last row
      info.value_bytes -= (memory.getShape().back() - type.getShape().back()) * (type.getElementTypeBitWidth() / 8);
    info.count = op.getSpace() == ilir::Space::Const ? op.getCount().value_or(1) : 0;
    info.per_worker = op.getStorage() == ilir::Storage::Local;
    info.prepare_only = op.getInPrepare();
    if (op.getOrder())
      info.order = layout.order(*op.getOrder());
    if (op.getAdjacency())
      info.adjacency = slotOf(*op.getAdjacency());
    m.buffers.push_back(info);
  }
  for (auto op : program.getBody().getOps<ilir::ParamOp>()) {
    auto type = cast<RankedTensorType>(op.getType());
    BufferInfo info;
    info.name = op.getSymName().str();
    info.space = Space::Param;
    info.item_bytes = itemBytes(type);
    info.value_bytes = valueBytes(type);
    ParamInfo param;
    param.name = info.name;
    param.dtype = dtypeOf(type.getElementType());
    param.shape.assign(type.getShape().begin(), type.getShape().end());
    param.buffer = m.buffers.size();
    m.buffers.push_back(info);
    m.params.push_back(param);
  }
  // Scratch that only prepare's loops over symbols use.
  for (BufferInfo &info : m.buffers)
    if (isOrdered(info.space) && !isByEdge(info.space))
      info.prepare_only |= m.orders[info.order].kind == OrderKind::Symbols;
}

static void addOrders(ilir::ProgramOp program, unsigned stripRows, Manifest &m) {
  llvm::StringMap<int32_t> inputs;
  for (auto [i, op] : llvm::enumerate(program.getBody().getOps<ilir::InputOp>()))
    inputs[op.getSymName()] = i;
  for (auto op : program.getBody().getOps<ilir::OrderOp>()) {
    OrderInfo info;
    info.kind = static_cast<OrderKind>(op.getKind());
    info.domain = op.getDomain().value_or(0);
    info.strip_rows = stripRows;
    info.strip_edges = 4 * stripRows;
    info.key_input.assign(m.types.size(), -1);
    if (op.getKeys())
      for (auto [i, key] : llvm::enumerate(op.getKeys()->getAsValueRange<StringAttr>()))
        if (!key.empty())
          info.key_input[i] = inputs.lookup(key);
    m.orders.push_back(info);
  }
}

/// Which edge lists an order's loops read.
static void findAdjacencies(ilir::ProgramOp program, const ProgramLayout &layout, Manifest &m) {
  program.walk([&](ilir::LevelsOp levels) {
    OrderInfo &order = m.orders[layout.order(levels.getOrder())];
    auto need = [&](abi::Adjacency a) {
      order.needs_children |= a == abi::kChildren;
      order.needs_parents |= a == abi::kParents;
      order.needs_inner |= a == abi::kInner;
      order.needs_symbols |= a == abi::kSymbols;
    };
    levels.walk([&](Operation *op) {
      if (auto index = dyn_cast<ilir::IndexOp>(op)) {
        if (index.getStep() == ilir::Step::Child || index.getStep() == ilir::Step::Parent)
          need(index.getStep() == ilir::Step::Parent ? abi::kParents : abi::kChildren);
      } else if (auto edges = dyn_cast<ilir::EdgesOp>(op)) {
        need(slotOf(edges.getAdjacency()));
      } else if (auto nest = dyn_cast<ilir::RowsOp>(op)) {
        if (nest.getDomain() != ilir::Domain::Rows)
          need(slotOf(nest.getDomain()));
      }
    });
  });
}

/// Which kinds the loops over an order visit, where some are of one kind only.
static void findVisits(ilir::ProgramOp program, const ProgramLayout &layout, const llvm::StringMap<uint32_t> &types,
                       Manifest &m) {
  llvm::SmallDenseSet<uint32_t> byKind;
  program.walk([&](ilir::StripsOp strips) {
    if (strips.getKind())
      byKind.insert(layout.order(strips->getParentOfType<ilir::LevelsOp>().getOrder()));
  });
  for (uint32_t order : byKind)
    m.orders[order].visits.assign(m.types.size(), 0);
  program.walk([&](ilir::StripsOp strips) {
    const uint32_t order = layout.order(strips->getParentOfType<ilir::LevelsOp>().getOrder());
    if (!byKind.contains(order))
      return;
    for (size_t t = 0; t < m.types.size(); ++t)
      if (!strips.getType() || types.lookup(*strips.getType()) == t)
        m.orders[order].visits[t] |= strips.getKind() ? 1u << *strips.getKind() : (1u << kindsOf(m.types[t].kinds)) - 1;
  });
}

/// Two FLOPs per multiply-add of a product; 0 for any other operation.
static uint64_t flopsOf(Operation *op) {
  uint64_t points = 0;
  if (auto product = dyn_cast<ilir::ProductOp>(op)) {
    auto x = cast<RankedTensorType>(product.getX().getType());
    points = cast<RankedTensorType>(product.getResult().getType()).getNumElements();
    for (int64_t d : product.getKDims())
      points *= x.getDimSize(d);
  } else if (auto contract = dyn_cast<linalg::ContractOp>(op)) {
    points = 1;
    for (int64_t extent : contract.getStaticLoopRanges())
      points *= extent;
  }
  return 2 * points;
}

static void countWork(ilir::ProgramOp program, const ProgramLayout &layout, const llvm::StringMap<uint32_t> &types,
                      Manifest &m) {
  std::map<std::tuple<uint32_t, int32_t, int32_t>, WorkInfo> all; // by order, type and kind
  auto run = cast<ilir::FuncOp>(SymbolTable::lookupSymbolIn(program, "run"));
  run.walk([&](Operation *op) {
    const uint64_t flops = flopsOf(op);
    if (!flops)
      return;
    const uint32_t order = layout.order(op->getParentOfType<ilir::LevelsOp>().getOrder());
    auto strips = op->getParentOfType<ilir::StripsOp>();
    int32_t type = WorkInfo::kEveryType;
    if (strips && strips.getType())
      type = types.lookup(*strips.getType());
    int32_t kind = WorkInfo::kEveryKind;
    if (strips && strips.getKind())
      kind = static_cast<int32_t>(*strips.getKind());
    WorkInfo &work = all[{order, type, kind}];
    work.order = order;
    work.type = type;
    work.kind = kind;
    auto domain = op->getParentOfType<ilir::RowsOp>().getDomain();
    auto edges = op->getParentOfType<ilir::EdgesOp>();
    if (domain == ilir::Domain::Rows && !edges)
      work.flops_per_row += flops;
    else
      work.flops_per_edge[edges ? slotOf(edges.getAdjacency()) : slotOf(domain)] += flops;
  });
  for (const auto &[where, work] : all)
    m.work.push_back(work);
}

static Partition partitionOf(Partitioning partition) {
  switch (partition) {
  case Partitioning::Auto:
    return Partition::Auto;
  case Partitioning::Units:
    return Partition::Units;
  case Partitioning::Structures:
    return Partition::Structures;
  case Partitioning::Subtrees:
    return Partition::Subtrees;
  }
  llvm_unreachable("a value that is none of the four");
}

/// Manifest::subtrees_alone.
static bool subtreesAlone(ilir::ProgramOp program, const Manifest &m) {
  if (m.structure != StructureKind::Tree)
    return false;
  // A worker that runs another's subtree, or what is above it, finds its rows.
  for (const BufferInfo &b : m.buffers)
    if (b.space == Space::Rows && b.per_worker)
      return false;
  bool up = false, alone = true;
  cast<ilir::FuncOp>(SymbolTable::lookupSymbolIn(program, "run")).walk([&](ilir::LevelsOp levels) {
    auto order = cast<ilir::OrderOp>(SymbolTable::lookupSymbolIn(program, levels.getOrderAttr()));
    const ilir::OrderKind kind = order.getKind();
    const bool ofNodes = kind == ilir::OrderKind::Up || kind == ilir::OrderKind::Map;
    up |= kind == ilir::OrderKind::Up;
    alone &= kind != ilir::OrderKind::Down;
    levels.walk([&](Operation *op) {
      if (auto index = dyn_cast<ilir::IndexOp>(op); index && ofNodes)
        alone &= index.getStep() != ilir::Step::Parent;
      auto spaceOf = [&](FlatSymbolRefAttr name) {
        auto buffer = dyn_cast<ilir::BufferOp>(SymbolTable::lookupSymbolIn(program, name));
        return buffer ? buffer.getSpace() : ilir::Space::Const;
      };
      if (auto load = dyn_cast<ilir::LoadOp>(op); load && ofNodes)
        alone &= !llvm::is_contained({ilir::Space::Roots, ilir::Space::Structures}, spaceOf(load.getBufferAttr()));
      if (auto store = dyn_cast<ilir::StoreOp>(op); store && !ofNodes)
        alone &= spaceOf(store.getBufferAttr()) != ilir::Space::Rows;
    });
  });
  for (const OrderInfo &order : m.orders)
    if (order.kind == OrderKind::Up || order.kind == OrderKind::Map)
      alone &= !order.needs_parents;
  return up && alone;
}

/// From so many keys on the rows of a level hardly share one: where levels are wider than this, batches have so many
/// structures that workers own some each whatever the weights weigh.
static constexpr int64_t kManyKeys = 32;

/// Bytes of the packed weights that the products of `run` read and that the rows of a level share, each once. Of
/// weights by one of many keys each row reads its own, whichever worker it belongs to: those of one key count.
static uint64_t sharedWeightBytes(ilir::ProgramOp program) {
  uint64_t bytes = 0;
  llvm::SmallPtrSet<Operation *, 8> seen;
  cast<ilir::FuncOp>(SymbolTable::lookupSymbolIn(program, "run")).walk([&](ilir::ProductOp product) {
    auto buffer = cast<ilir::BufferOp>(SymbolTable::lookupSymbolIn(program, product.getWeightsAttr()));
    const int64_t keys = buffer.getCount().value_or(1);
    if (seen.insert(buffer).second)
      bytes += itemBytes(cast<RankedTensorType>(buffer.getType())) * (keys < kManyKeys ? keys : 1);
  });
  return bytes;
}

Manifest cortex::buildManifest(ilir::ProgramOp program, const Schedule &schedule) {
  ProgramLayout layout(program);
  Manifest m;
  m.model = program.getSymName().str();
  m.float_type = dtypeOf(program.getFloatType());
  m.structure = static_cast<StructureKind>(program.getStructure());
  m.schedule = printSchedule(schedule);
  m.structures_at_once = schedule.batching == Batching::Structure ? 1 : 0;
  llvm::StringMap<uint32_t> types;
  for (auto op : program.getBody().getOps<ilir::TypeOp>()) {
    types[op.getSymName()] = m.types.size();
    m.types.push_back({op.getSymName().str(), static_cast<uint32_t>(op.getMinArity()),
                       op.getMaxArity() < 0 ? TypeInfo::kAnyArity : static_cast<uint32_t>(op.getMaxArity()),
                       op.getSymbol(), static_cast<KindRule>(op.getKinds())});
  }
  for (auto op : program.getBody().getOps<ilir::InputOp>()) {
    InputInfo info;
    info.name = op.getSymName().str();
    info.place = static_cast<Place>(op.getPlace());
    if (auto symbol = dyn_cast<ra::SymbolType>(op.getType())) {
      info.symbol = true;
      info.domain = symbol.getSize();
      info.dtype = DType::I32;
    } else {
      auto type = cast<RankedTensorType>(op.getType());
      info.dtype = dtypeOf(type.getElementType());
      info.shape.assign(type.getShape().begin(), type.getShape().end());
    }
    if (op.getTypes())
      for (auto name : op.getTypes()->getAsValueRange<FlatSymbolRefAttr>())
        info.types.push_back(types.lookup(name));
    m.inputs.push_back(info);
  }
  addOrders(program, schedule.strip_rows, m);
  addBuffers(program, layout, m);
  findAdjacencies(program, layout, m);
  findVisits(program, layout, types, m);
  for (auto op : program.getBody().getOps<ilir::OutputOp>()) {
    auto buffer = cast<ilir::BufferOp>(SymbolTable::lookupSymbolIn(program, op.getBufferAttr()));
    auto type = cast<RankedTensorType>(buffer.getType());
    StringRef name = op.getSymName();
    name.consume_front("out:");
    OutputInfo info;
    info.name = name.str();
    info.buffer = layout.buffer(op.getBuffer());
    info.place = static_cast<Place>(op.getPlace());
    info.dtype = dtypeOf(type.getElementType());
    info.shape.assign(type.getShape().begin(), type.getShape().end());
    m.outputs.push_back(info);
  }
  countWork(program, layout, types, m);
  m.partition = partitionOf(schedule.partition);
  m.subtrees_alone = subtreesAlone(program, m);
  m.weight_bytes = sharedWeightBytes(program);
  cast<ilir::FuncOp>(SymbolTable::lookupSymbolIn(program, "run")).walk([&](ilir::BarrierOp barrier) {
    m.exchanges_per_level += isa<ilir::LevelsOp>(barrier->getParentOp());
  });
  return m;
}
