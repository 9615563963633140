//===- Manifest.cpp - Writing, reading and checking manifests -------------===//
//
// One template, `transfer`, names the fields of every record once; a Writer and
// a Reader walk the records through it, so both directions agree by
// construction. What a reader returns is then checked as a whole.
//===----------------------------------------------------------------------===//
#include "cortex/manifest.h"

#include "Bytes.h"

#include <algorithm>
#include <type_traits>
#include <utility>

using namespace cortex;

namespace {

/// Names and descriptions longer than this are not ours.
constexpr size_t kMaxString = 1 << 16;
/// Sizes above this cannot be allocated; a bound keeps products from wrapping.
constexpr uint64_t kMaxBytes = uint64_t(1) << 46;

struct Writer {
  ByteWriter out;
  void operator()(std::string &s) { out.put(s); }
  void operator()(bool &b) { out.put(static_cast<uint8_t>(b)); }
  template <class T> void operator()(T &value) { out.put(value); }
  template <class T> void operator()(std::vector<T> &list);
};

struct Reader {
  ByteReader in;
  void operator()(std::string &s) { s = in.getString(kMaxString); }
  void operator()(bool &b) {
    uint8_t v = in.get<uint8_t>();
    b = v == 1;
    if (v > 1)
      in.fail();
  }
  template <class T> void operator()(T &value) { value = in.get<T>(); }
  template <class T> void operator()(std::vector<T> &list);
};

template <class IO> void transfer(IO &io, TypeInfo &t) {
  io(t.name);
  io(t.min_arity);
  io(t.max_arity);
  io(t.symbol);
  io(t.kinds);
}
template <class IO> void transfer(IO &io, InputInfo &i) {
  io(i.name);
  io(i.place);
  io(i.symbol);
  io(i.domain);
  io(i.dtype);
  io(i.shape);
  io(i.types);
}
template <class IO> void transfer(IO &io, ParamInfo &p) {
  io(p.name);
  io(p.dtype);
  io(p.shape);
  io(p.buffer);
}
template <class IO> void transfer(IO &io, BufferInfo &b) {
  io(b.name);
  io(b.space);
  io(b.item_bytes);
  io(b.value_bytes);
  io(b.count);
  io(b.per_worker);
  io(b.prepare_only);
  io(b.order);
  io(b.adjacency);
}
template <class IO> void transfer(IO &io, OrderInfo &o) {
  io(o.kind);
  io(o.needs_children);
  io(o.needs_parents);
  io(o.needs_inner);
  io(o.needs_symbols);
  io(o.domain);
  io(o.strip_rows);
  io(o.strip_edges);
  io(o.key_input);
  io(o.visits);
}
template <class IO> void transfer(IO &io, OutputInfo &o) {
  io(o.name);
  io(o.buffer);
  io(o.place);
  io(o.dtype);
  io(o.shape);
}
template <class IO> void transfer(IO &io, WorkInfo &w) {
  io(w.order);
  io(w.type);
  io(w.kind);
  io(w.flops_per_row);
  for (uint64_t &flops : w.flops_per_edge)
    io(flops);
}
template <class IO> void transfer(IO &io, Manifest &m) {
  io(m.model);
  io(m.target);
  io(m.level);
  io(m.float_type);
  io(m.structure);
  io(m.types);
  io(m.inputs);
  io(m.params);
  io(m.buffers);
  io(m.orders);
  io(m.outputs);
  io(m.work);
  io(m.exchanges_per_level);
  io(m.structures_at_once);
  io(m.partition);
  io(m.subtrees_alone);
  io(m.weight_bytes);
  io(m.schedule);
}

template <class T> void Writer::operator()(std::vector<T> &list) {
  out.put(static_cast<uint32_t>(list.size()));
  for (T &element : list)
    if constexpr (std::is_class_v<T>)
      transfer(*this, element);
    else
      (*this)(element);
}

template <class T> void Reader::operator()(std::vector<T> &list) {
  // Every record starts with a string's length, a flag or a number: 4 bytes at least.
  list.resize(in.getCount(4));
  for (T &element : list)
    if constexpr (std::is_class_v<T>)
      transfer(*this, element);
    else
      (*this)(element);
}

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

/// The bytes of one item, or kMaxBytes + 1 if a dimension is zero or the product is too large.
template <class Dim> uint64_t itemBytes(const std::vector<Dim> &shape, DType dtype, bool zeroAllowed) {
  uint64_t bytes = bytesOf(dtype);
  for (Dim d : shape) {
    if (d == 0)
      return zeroAllowed ? 0 : kMaxBytes + 1;
    if (d > kMaxBytes / bytes)
      return kMaxBytes + 1;
    bytes *= d;
  }
  return bytes;
}

/// Checks a manifest; the first fault found becomes the error.
class Checker {
public:
  Checker(const Manifest &m, std::string &error) : m(m), error(error) {}

  bool check() {
    if (m.level != TargetLevel::X86_64 && m.level != TargetLevel::X86_64_V3 && m.level != TargetLevel::X86_64_V4 &&
        m.level != TargetLevel::X86_64_V4_BF16)
      return fault("unknown target level");
    if (m.float_type != DType::F32 && m.float_type != DType::F64)
      return fault("the float type is neither f32 nor f64");
    if (m.structure > StructureKind::Dag)
      return fault("unknown structure kind");
    if (m.partition > Partition::Subtrees)
      return fault("unknown partition");
    if (m.types.empty())
      return fault("it has no node types");
    if (m.types.size() > kMaxTypes)
      return fault("it has too many node types");
    for (const TypeInfo &t : m.types) {
      if (t.min_arity > t.max_arity)
        return fault("type", t.name, "has an empty range of arities");
      if (t.kinds > KindRule::Root)
        return fault("type", t.name, "has an unknown rule for its kinds");
    }
    return each(m.inputs, &Checker::input) && each(m.params, &Checker::param) && each(m.buffers, &Checker::buffer) &&
           each(m.orders, &Checker::order) && each(m.outputs, &Checker::output) && each(m.work, &Checker::work) &&
           subtrees();
  }

private:
  static constexpr size_t kMaxTypes = 1 << 16;

  bool fault(const std::string &what) {
    error = "bad manifest: " + what;
    return false;
  }
  bool fault(const char *kind, const std::string &name, const char *what) {
    return fault(std::string(kind) + " '" + name + "' " + what);
  }
  template <class T> bool each(const std::vector<T> &list, bool (Checker::*one)(const T &)) {
    return std::all_of(list.begin(), list.end(), [&](const T &t) { return (this->*one)(t); });
  }

  bool input(const InputInfo &i) {
    if (i.place > Place::Structures)
      return fault("input", i.name, "is not at nodes, edges or structures");
    if (i.symbol && (i.domain == 0 || i.domain > 0x7fffffffu))
      return fault("input", i.name, "has a domain outside of 1..2147483647");
    if (!i.symbol && i.dtype != m.float_type)
      return fault("input", i.name, "is not of the model's float type");
    if (!i.symbol && itemBytes(i.shape, i.dtype, false) > kMaxBytes)
      return fault("input", i.name, "has an impossible shape");
    if (i.place != Place::Nodes && !i.types.empty())
      return fault("input", i.name, "is restricted to types but is not at nodes");
    for (uint32_t t : i.types)
      if (t >= m.types.size())
        return fault("input", i.name, "names a type that does not exist");
    return true;
  }

  bool param(const ParamInfo &p) {
    if (p.dtype > DType::I32)
      return fault("parameter", p.name, "has an unknown dtype");
    if (itemBytes(p.shape, p.dtype, true) > kMaxBytes)
      return fault("parameter", p.name, "has an impossible shape");
    if (p.buffer >= m.buffers.size() || m.buffers[p.buffer].space != Space::Param)
      return fault("parameter", p.name, "has no parameter buffer");
    return true;
  }

  bool buffer(const BufferInfo &b) {
    if (b.space > Space::OrderEdges)
      return fault("buffer", b.name, "is in an unknown space");
    bool owned = b.space != Space::Param;
    if (owned && (b.item_bytes == 0 || b.item_bytes % 64 != 0 || b.item_bytes > kMaxBytes))
      return fault("buffer", b.name, "has an item size that is not a positive multiple of 64");
    if (owned && (b.value_bytes == 0 || b.value_bytes > b.item_bytes))
      return fault("buffer", b.name, "has values that do not fit its items");
    bool counted = b.space == Space::Const || b.space == Space::Fixed;
    if (counted && b.count > kMaxBytes / b.item_bytes)
      return fault("buffer", b.name, "is too large");
    if ((b.space == Space::Param || b.space == Space::Const) && (b.per_worker || b.prepare_only))
      return fault("buffer", b.name, "is a parameter or a constant and cannot be scratch");
    if (isOrdered(b.space) && b.order >= m.orders.size())
      return fault("buffer", b.name, "names an order that does not exist");
    if (isByEdge(b.space)) {
      const OrderInfo &o = m.orders[b.order];
      if (b.adjacency >= abi::kAdjacencies || !o.needs(b.adjacency))
        return fault("buffer", b.name, "is indexed by edges that its order does not have");
    }
    return true;
  }

  bool order(const OrderInfo &o) {
    std::string name = std::to_string(&o - m.orders.data());
    if (o.kind > OrderKind::Symbols)
      return fault("order", name, "is of an unknown kind");
    if (o.strip_rows == 0 || o.strip_edges == 0)
      return fault("order", name, "has empty strips");
    if (o.kind == OrderKind::Symbols && (o.domain == 0 || o.domain > 0x7fffffffu))
      return fault("order", name, "has a domain outside of 1..2147483647");
    if ((o.kind == OrderKind::Symbols && o.needs_children) ||
        (o.kind >= OrderKind::Structures && (o.needs_parents || o.needs_inner || o.needs_symbols)))
      return fault("order", name, "has an adjacency that its kind does not have");
    if (!o.visits.empty() && (o.kind > OrderKind::Map || o.visits.size() != m.types.size()))
      return fault("order", name, "does not say which kinds of each type it visits");
    for (size_t t = 0; t < o.visits.size(); ++t)
      if (o.visits[t] >> kindsOf(m.types[t].kinds) != 0)
        return fault("order", name, "visits a kind that does not exist");
    if (o.key_input.empty())
      return true;
    if (o.key_input.size() != m.types.size())
      return fault("order", name, "does not have one key per type");
    for (size_t t = 0; t < o.key_input.size(); ++t) {
      int32_t key = o.key_input[t];
      if (key == -1)
        continue;
      if (o.kind > OrderKind::Map)
        return fault("order", name, "has a group key, but is neither up, down nor map");
      if (key < 0 || static_cast<size_t>(key) >= m.inputs.size() || !m.inputs[key].symbol ||
          m.inputs[key].place != Place::Nodes || !hasType(m.inputs[key], static_cast<uint32_t>(t)))
        return fault("order", name, "has a group key that is not a node symbol of the type");
    }
    return true;
  }

  bool work(const WorkInfo &w) {
    const std::string name = std::to_string(&w - m.work.data());
    if (w.order >= m.orders.size())
      return fault("work", name, "names an order that does not exist");
    const OrderInfo &o = m.orders[w.order];
    if (o.kind == OrderKind::Symbols)
      return fault("work", name, "is of an order that run does not visit");
    if (w.type != WorkInfo::kEveryType && (w.type < 0 || static_cast<size_t>(w.type) >= m.types.size()))
      return fault("work", name, "names a type that does not exist");
    if (w.kind != WorkInfo::kEveryKind &&
        (w.type == WorkInfo::kEveryType || w.kind < 0 || o.visits.empty() ||
         static_cast<uint32_t>(w.kind) >= kindsOf(m.types[static_cast<size_t>(w.type)].kinds)))
      return fault("work", name, "names a kind that does not exist");
    for (uint32_t a = 0; a < abi::kAdjacencies; ++a)
      if (w.flops_per_edge[a] && !o.needs(a))
        return fault("work", name, "counts edges that its order does not have");
    return true;
  }

  bool output(const OutputInfo &o) {
    if (o.buffer >= m.buffers.size())
      return fault("output", o.name, "names a buffer that does not exist");
    const BufferInfo &b = m.buffers[o.buffer];
    bool fits = (o.place == Place::Nodes && b.space == Space::Rows) ||
                (o.place == Place::Roots && (b.space == Space::Rows || b.space == Space::Roots)) ||
                (o.place == Place::Structures && b.space == Space::Structures);
    if (!fits || b.per_worker || b.prepare_only)
      return fault("output", o.name, "does not fit the space of its buffer");
    if (o.dtype != m.float_type)
      return fault("output", o.name, "is not of the model's float type");
    if (itemBytes(o.shape, o.dtype, false) > b.item_bytes)
      return fault("output", o.name, "is larger than the items of its buffer");
    return true;
  }

  bool subtrees() {
    bool alone = m.structure == StructureKind::Tree;
    for (const OrderInfo &o : m.orders)
      alone &= o.kind != OrderKind::Down && (!o.needs_parents || o.kind == OrderKind::Roots);
    for (const BufferInfo &b : m.buffers)
      alone &= b.space != Space::Rows || !b.per_worker;
    return alone || !m.subtrees_alone || fault("it computes subtrees alone, but its nodes need more than theirs");
  }

  static bool hasType(const InputInfo &i, uint32_t type) {
    return i.types.empty() || std::find(i.types.begin(), i.types.end(), type) != i.types.end();
  }

  const Manifest &m;
  std::string &error;
};

} // namespace

std::vector<uint8_t> cortex::serializeManifest(const Manifest &m) {
  Writer writer;
  Manifest copy = m; // `transfer` takes what it walks by mutable reference
  writer.out.put(CORTEX_ABI_MAGIC);
  writer.out.put(CORTEX_ABI_VERSION);
  transfer(writer, copy);
  return std::move(writer.out.bytes);
}

bool cortex::parseManifest(const uint8_t *data, size_t size, Manifest &out, std::string &error) {
  Reader reader{ByteReader(data, size)};
  if (reader.in.get<uint64_t>() != CORTEX_ABI_MAGIC) {
    error = "bad manifest: it does not begin as one";
    return false;
  }
  uint32_t version = reader.in.get<uint32_t>();
  if (reader.in.ok() && version != CORTEX_ABI_VERSION) {
    error = "bad manifest: it is of ABI version " + std::to_string(version) + ", this runtime needs version " +
            std::to_string(CORTEX_ABI_VERSION);
    return false;
  }
  Manifest m;
  transfer(reader, m);
  if (!reader.in.ok()) {
    error = "bad manifest: it is truncated or damaged";
    return false;
  }
  if (reader.in.remaining() != 0) {
    error = "bad manifest: " + std::to_string(reader.in.remaining()) + " bytes follow its end";
    return false;
  }
  if (!Checker(m, error).check())
    return false;
  out = std::move(m);
  return true;
}
