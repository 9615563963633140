//===- Memory.cpp - What workers may know of each other's stores ----------===//
#include "Memory.h"

#include "llvm/ADT/StringExtras.h"

using namespace cortex::ilir;

namespace cortex::interleaved {

using ilir::Space; // not the manifest's

int64_t panelsOf(int64_t units, int64_t lanes) {
  return (units + lanes - 1) / lanes;
}

int64_t firstPanel(int64_t panels, int64_t worker, int64_t workers) {
  return panels * worker / workers;
}

static bool isOfStrip(BufferOp buffer) {
  return buffer.getSpace() == Space::StripRows || buffer.getSpace() == Space::StripEdges;
}

static std::string number(llvm::StringRef word, int64_t n) {
  return (word + " " + llvm::Twine(n)).str();
}

[[noreturn]] static void violate(mlir::Operation *by, BufferOp buffer, int64_t item, int64_t offset,
                                 const std::string &what) {
  const std::string name = by->getName().getStringRef().str();
  throw Violation("'" + name + "' of @" + buffer.getSymName().str() + ", " + number("item", item) + ", " +
                  number("element", offset) + ": " + what);
}

Memory::Memory(ProgramOp program, int64_t lanes) : program(program), lanes(lanes) {}

static int64_t widest(const Order &order, BufferOp buffer) {
  int64_t most = 0;
  auto see = [&](int64_t begin, int64_t end) {
    if (buffer.getAdjacency()) {
      const std::vector<int64_t> &first = order.edges(*buffer.getAdjacency()).first;
      begin = first[begin];
      end = first[end];
    }
    most = std::max(most, end - begin);
  };
  if (buffer.getSpace() == Space::OrderRows || buffer.getSpace() == Space::OrderEdges) {
    see(0, order.levels.empty() ? 0 : order.levels.back().end);
    return most;
  }
  for (const Level &level : order.levels)
    if (isOfStrip(buffer))
      for (const Strip &strip : level.strips)
        see(strip.begin, strip.end);
    else
      see(level.begin, level.end);
  return most;
}

static int64_t itemsOf(BufferOp buffer, const Arrays &arrays) {
  switch (buffer.getSpace()) {
  case Space::Const:
    return static_cast<int64_t>(buffer.getCount().value_or(1));
  case Space::Rows:
    return static_cast<int64_t>(arrays.nodeOfRow.size());
  case Space::Roots:
    return static_cast<int64_t>(arrays.roots.size());
  case Space::Structures:
    return arrays.structures;
  default:
    return widest(arrays.orders.at(buffer.getOrder()->str()), buffer);
  }
}

void Memory::reset(bool constants, const Arrays &arrays, int64_t count) {
  workers = count;
  for (auto op : program.getBody().getOps<BufferOp>()) {
    if (!constants && op.getSpace() == Space::Const)
      continue;
    Buffer &buffer = buffers[op];
    buffer.items = itemsOf(op, arrays);
    buffer.size = llvm::cast<mlir::RankedTensorType>(op.getType()).getNumElements();
    buffer.storage = op.getStorage();
    buffer.lifetime = !op.getOrder() ? nullptr : isOfStrip(op) ? &Moment::strip : &Moment::level;
    buffer.seen = kNever;
    const int64_t copies = buffer.storage == Storage::Local ? workers : 1;
    buffer.cells.assign(copies * buffer.items * buffer.size, Cell());
  }
}

void Memory::exchange(BufferOp op, int64_t epoch) {
  buffers[op].seen = epoch;
}

void Memory::join() {
  for (auto &[op, buffer] : buffers) {
    buffer.seen = std::numeric_limits<int64_t>::max();
    for (Cell &cell : buffer.cells) // what comes next counts its epochs and nests anew
      cell.nest = cell.readNest = cell.readEpoch = kNever;
  }
}

Memory::Cell &Memory::cellOf(const Moment &now, const Element &e, Buffer &buffer) const {
  if (e.item < 0 || e.item >= buffer.items || e.offset < 0 || e.offset >= buffer.size)
    violate(e.by, e.buffer, e.item, e.offset, "the buffer has " + number("items 0 to", buffer.items - 1));
  const int64_t copy = buffer.storage == Storage::Local ? now.worker : 0;
  return buffer.cells[(copy * buffer.items + e.item) * buffer.size + e.offset];
}

int64_t Memory::ownerOf(const Element &e) const {
  const int64_t panels = panelsOf(e.units, lanes), panel = e.unit / lanes;
  int64_t worker = 0;
  while (firstPanel(panels, worker + 1, workers) <= panel)
    ++worker;
  return worker;
}

void Memory::checkRead(const Moment &now, const Element &e, const Buffer &buffer, const Cell &cell) const {
  auto fail = [&](const std::string &what) { violate(e.by, e.buffer, e.item, e.offset, what); };
  auto me = [&] { return number("worker", now.worker); };
  if (buffer.storage == Storage::Private && ownerOf(e) != now.worker)
    fail(me() + " reads a private unit of " + number("worker", ownerOf(e)));
  if (cell.writer == kNever)
    fail(me() + " reads what nobody has stored");
  if (cell.scope != scopeOf(buffer, now))
    fail(me() + " reads what was stored for another " + (buffer.lifetime == &Moment::strip ? "strip" : "level"));
  if (cell.writer != now.worker && cell.epoch > buffer.seen)
    fail(me() + " reads what " + number("worker", cell.writer) + " stored " +
         (cell.epoch == now.epoch ? "in the same epoch" : "in an earlier epoch") +
         ", and no barrier has exchanged the buffer since");
  if (cell.nest == now.nest && cell.step != now.step)
    fail(me() + " reads what another row of the same nest stores");
}

void Memory::checkStore(const Moment &now, const Element &e, const Buffer &buffer, const Cell &cell) const {
  auto fail = [&](const std::string &what) { violate(e.by, e.buffer, e.item, e.offset, what); };
  auto me = [&] { return number("worker", now.worker); };
  if (buffer.storage != Storage::Local && ownerOf(e) != now.worker)
    fail(me() + " stores a unit of " + number("worker", ownerOf(e)));
  if (cell.readEpoch == now.epoch && cell.reader != now.worker)
    fail(me() + " overwrites what " +
         (cell.reader == kSeveral ? "others read" : number("worker", cell.reader) + " reads") + " in the same epoch");
  if ((cell.readNest == now.nest && cell.readStep != now.step) || (cell.nest == now.nest && cell.step != now.step))
    fail(me() + " stores what another row of the same nest touches");
}

double Memory::read(const Moment &now, const Element &e) {
  Buffer &buffer = buffers[e.buffer];
  Cell &cell = cellOf(now, e, buffer);
  checkRead(now, e, buffer, cell);
  cell.reader = cell.readEpoch == now.epoch && cell.reader != now.worker ? kSeveral : now.worker;
  cell.readEpoch = now.epoch;
  cell.readStep = cell.readNest == now.nest && cell.readStep != now.step ? kSeveral : now.step;
  cell.readNest = now.nest;
  return cell.value;
}

void Memory::store(const Moment &now, const Element &e, double value) {
  Buffer &buffer = buffers[e.buffer];
  Cell &cell = cellOf(now, e, buffer);
  checkStore(now, e, buffer, cell);
  cell.value = value;
  cell.writer = now.worker;
  cell.epoch = now.epoch;
  cell.scope = scopeOf(buffer, now);
  cell.nest = now.nest;
  cell.step = now.step;
}

double Memory::result(mlir::Operation *output, BufferOp op, int64_t item, int64_t offset) const {
  const Buffer &buffer = buffers.find(op)->second;
  const Cell &cell = buffer.cells[item * buffer.size + offset];
  if (cell.writer == kNever)
    violate(output, op, item, offset, "the caller reads what nobody has stored");
  return cell.value;
}

} // namespace cortex::interleaved
