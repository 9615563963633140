//===- Interpreter.cpp - Who does what, and when --------------------------===//
#include "Interpreter.h"

using namespace cortex::ilir;

namespace cortex::interleaved {

using ilir::Space; // not the manifest's

//===----------------------------------------------------------------------===//
// Steps
//===----------------------------------------------------------------------===//

namespace {

/// Walks a function as one worker does.
class Walk {
public:
  Walk(const Arrays &arrays, int64_t lanes, int64_t worker, int64_t workers, reference::Random &random)
      : arrays(arrays), lanes(lanes), worker(worker), workers(workers), random(random) {}

  void block(mlir::Block &block, Step at) {
    for (mlir::Operation &op : block) {
      at.op = &op;
      at.when.nest = ++nests;
      if (auto loop = llvm::dyn_cast<LevelsOp>(op))
        levels(loop, at);
      else if (auto loop = llvm::dyn_cast<StripsOp>(op))
        strips(loop, at);
      else if (auto loop = llvm::dyn_cast<RowsOp>(op))
        nest(loop, at);
      else if (auto packing = llvm::dyn_cast<PackOp>(op))
        pack(packing, at);
      else if (llvm::isa<BarrierOp>(op))
        steps.push_back(at);
    }
  }

  std::vector<Step> steps;

private:
  void levels(LevelsOp op, Step at) {
    at.order = &arrays.orders.at(op.getOrder().str());
    for (const Level &level : at.order->levels) {
      at.level = &level;
      at.when.level = ++scopes;
      block(op.getBody().front(), at);
    }
  }

  void strips(StripsOp op, Step at) {
    for (const Strip &strip : at.level->strips) {
      at.strip = &strip;
      at.when.strip = ++scopes;
      if (!op.getType() || (typeName(op, strip.type) == *op.getType() &&
                            (!op.getKind() || strip.kind == static_cast<int64_t>(*op.getKind()))))
        block(op.getBody().front(), at);
    }
  }

  static llvm::StringRef typeName(StripsOp op, int64_t type) {
    auto types = op->getParentOfType<ProgramOp>().getBody().getOps<TypeOp>();
    return (*std::next(types.begin(), type)).getSymName();
  }

  std::pair<int64_t, int64_t> itemsOf(RowsOp op, const Step &at) const {
    if (op.getDomain() == Domain::Once)
      return {0, 1};
    if (op.getDomain() == Domain::Rows)
      return {at.strip->begin, at.strip->end};
    const EdgeList &list = at.order->edges(op.getDomain());
    return {list.first[at.strip->begin], list.first[at.strip->end]};
  }

  /// Every panel of every row, in any order.
  void nest(RowsOp op, Step at) {
    if (op.getMode() == Mode::Unassigned)
      throw Violation("'ilir.rows': has no mode, so that nobody knows who computes it");
    auto store = *op.getBody().getOps<StoreOp>().begin();
    const Shape shape = shapeOf(store.getValue());
    const int64_t units = shape.empty() ? 1 : shape.back(), panels = panelsOf(units, lanes);
    const bool whole = op.getMode() == Mode::Whole;
    const auto [begin, end] = itemsOf(op, at);
    const size_t first = steps.size();
    for (at.item = begin; at.item < end; ++at.item)
      for (at.outer = 0; at.outer < countOf(shape) / units; ++at.outer)
        panelsFrom(at, whole ? 0 : firstPanel(panels, worker, workers),
                   whole ? panels : firstPanel(panels, worker + 1, workers));
    mix(first);
  }

  void pack(PackOp op, Step at) {
    auto buffer = llvm::cast<BufferOp>(lookupMemory(op, op.getPackedAttr()));
    const int64_t panels = llvm::cast<mlir::RankedTensorType>(buffer.getType()).getDimSize(0);
    const size_t first = steps.size();
    for (at.item = 0; at.item < static_cast<int64_t>(buffer.getCount().value_or(1)); ++at.item)
      panelsFrom(at, firstPanel(panels, worker, workers), firstPanel(panels, worker + 1, workers));
    mix(first);
  }

  void panelsFrom(Step at, int64_t begin, int64_t end) {
    for (at.panel = begin; at.panel < end; ++at.panel) {
      at.when.step = static_cast<int64_t>(steps.size());
      steps.push_back(at);
    }
  }

  void mix(size_t first) {
    for (size_t i = steps.size(); i > first + 1; --i)
      std::swap(steps[i - 1], steps[first + random.below(static_cast<int64_t>(i - first))]);
  }

  const Arrays &arrays;
  int64_t lanes, worker, workers, nests = 0, scopes = 0;
  reference::Random &random;
};

} // namespace

std::vector<Step> stepsOf(FuncOp function, const Arrays &arrays, int64_t lanes, int64_t index, int64_t workers,
                          reference::Random &random) {
  Walk walk(arrays, lanes, index, workers, random);
  walk.block(function.getBody().front(), Step{});
  return std::move(walk.steps);
}

//===----------------------------------------------------------------------===//
// The schedule
//===----------------------------------------------------------------------===//

Interpreter::Interpreter(ProgramOp program, int64_t lanes, const reference::Params &params)
    : program(program), lanes(lanes), params(params), memory(program, lanes) {
  program.walk([&](SymbolOp op) { inputOf[op] = lookupMemory(op, op.getInputAttr()); });
}

void Interpreter::prepare(const Arrays &given, const Crew &crew) {
  memory.reset(/*constants=*/true, given, crew.workers);
  execute("prepare", given, crew);
}

void Interpreter::run(const io::Batch &structures, const Arrays &given, const Crew &crew) {
  for (auto op : program.getBody().getOps<InputOp>())
    inputs[op] = structures.find(op.getSymName().str());
  memory.reset(/*constants=*/false, given, crew.workers);
  execute("run", given, crew);
}

void Interpreter::execute(llvm::StringRef name, const Arrays &given, const Crew &crew) {
  multiplyAdds_ = 0;
  arrays = &given;
  auto function = llvm::cast<FuncOp>(mlir::SymbolTable::lookupSymbolIn(program, name));
  reference::Random random(crew.seed);
  workers.assign(crew.workers, Worker());
  for (int64_t w = 0; w < crew.workers; ++w) {
    const Arrays &seen = crew.lastSees && w + 1 == crew.workers ? *crew.lastSees : given;
    workers[w].steps = stepsOf(function, seen, lanes, w, crew.workers, random);
  }
  auto waits = [](const Worker &w) { return w.next == w.steps.size() || llvm::isa<BarrierOp>(w.steps[w.next].op); };
  for (;;) {
    std::vector<int64_t> ready;
    for (int64_t w = 0; w < crew.workers; ++w)
      if (!waits(workers[w]))
        ready.push_back(w);
    if (ready.empty()) {
      if (llvm::all_of(workers, [](const Worker &w) { return w.next == w.steps.size(); }))
        break;
      meet();
      continue;
    }
    // In step with each other, or one far ahead of the others.
    const int64_t index = ready[random.below(static_cast<int64_t>(ready.size()))];
    Worker &worker = workers[index];
    for (int64_t burst = int64_t(1) << (2 * random.below(7)); burst > 0 && !waits(worker); --burst)
      take(worker, index);
  }
  memory.join();
}

/// All workers wait. They pass if it is at one and the same barrier.
void Interpreter::meet() {
  auto describe = [&](const Worker &w) -> std::string {
    if (w.next == w.steps.size())
      return "has finished";
    auto barrier = llvm::cast<BarrierOp>(w.steps[w.next].op);
    std::string text = "waits at barrier " + std::to_string(w.epoch) + ", of";
    for (auto buffer : barrier.getExchanges().getAsRange<mlir::FlatSymbolRefAttr>())
      text += " @" + buffer.getValue().str();
    return text;
  };
  auto place = [](const Worker &w) {
    return w.next == w.steps.size() ? std::pair<mlir::Operation *, int64_t>()
                                    : std::pair(w.steps[w.next].op, w.steps[w.next].when.level);
  };
  for (Worker &w : workers)
    if (place(w) != place(workers[0]))
      throw Violation("'ilir.barrier': worker 0 " + describe(workers[0]) + ", but worker " +
                      std::to_string(&w - workers.data()) + " " + describe(w));
  auto barrier = llvm::cast<BarrierOp>(workers[0].steps[workers[0].next].op);
  for (auto name : barrier.getExchanges().getAsRange<mlir::FlatSymbolRefAttr>())
    memory.exchange(llvm::cast<BufferOp>(lookupMemory(barrier, name)), workers[0].epoch);
  for (Worker &w : workers) {
    ++w.next;
    ++w.epoch;
  }
}

void Interpreter::take(Worker &worker, int64_t index) {
  Step step = worker.steps[worker.next++];
  step.when.worker = index;
  step.when.epoch = worker.epoch;
  now = &step;
  llvm::isa<PackOp>(step.op) ? pack(step) : computePanel(step);
}

std::vector<double> Interpreter::output(llvm::StringRef name) const {
  auto op = llvm::cast<OutputOp>(mlir::SymbolTable::lookupSymbolIn(program, ("out:" + name).str()));
  auto buffer = llvm::cast<BufferOp>(mlir::SymbolTable::lookupSymbolIn(program, op.getBufferAttr()));
  std::vector<int64_t> items;
  if (op.getPlace() == ra::Place::Nodes)
    items = arrays->rowOfNode;
  else if (buffer.getSpace() == Space::Rows)
    for (int64_t root : arrays->roots)
      items.push_back(arrays->rowOfNode[root]);
  else
    for (int64_t i = 0, n = buffer.getSpace() == Space::Roots ? arrays->roots.size() : arrays->structures; i < n; ++i)
      items.push_back(i);
  std::vector<double> result;
  for (int64_t item : items)
    for (int64_t i = 0, n = llvm::cast<mlir::RankedTensorType>(buffer.getType()).getNumElements(); i < n; ++i)
      result.push_back(memory.result(op, buffer, item, i));
  return result;
}

} // namespace cortex::interleaved
