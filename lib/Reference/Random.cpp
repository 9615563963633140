//===- Random.cpp - Random structures and inputs --------------------------===//
#include "cortex/Reference/Random.h"

#include "Code.h"

#include <cmath>
#include <limits>

namespace cortex::reference {

//===----------------------------------------------------------------------===//
// The generator
//===----------------------------------------------------------------------===//

Random::Random(uint64_t seed) {
  for (uint64_t &word : state_) {
    seed += 0x9E3779B97F4A7C15u;
    uint64_t z = seed;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    word = z ^ (z >> 31);
  }
}

static uint64_t rotateLeft(uint64_t x, int k) {
  return (x << k) | (x >> (64 - k));
}

uint64_t Random::next() {
  uint64_t result = rotateLeft(state_[1] * 5, 7) * 9, t = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= t;
  state_[3] = rotateLeft(state_[3], 45);
  return result;
}

// The bias of the remainder is below 2^-32 for every n used here.
int64_t Random::below(int64_t n) {
  return static_cast<int64_t>(next() % static_cast<uint64_t>(n));
}

double Random::uniform(double low, double high) {
  return low + (high - low) * std::ldexp(static_cast<double>(next() >> 11), -53);
}

llvm::StringRef nameOf(Shape shape) {
  static constexpr llvm::StringLiteral names[] = {"single", "chain", "perfect", "random-binary", "random-nary",
                                                  "star",   "dag",   "grid",    "mixed"};
  return names[static_cast<int>(shape)];
}

//===----------------------------------------------------------------------===//
// Structures
//===----------------------------------------------------------------------===//

namespace {

/// Child lists of one structure.
using Children = std::vector<std::vector<int32_t>>;

class Generator {
public:
  Generator(const ModelCode &model, Random &random) : model_(model), random_(random) {}

  bool admits(int64_t arity) const {
    if (model_.structure == ra::Structure::Sequence && arity > 1)
      return false;
    return llvm::any_of(model_.types, [&](const TypeCode &t) { return t.admits(arity); });
  }

  /// The smallest arity in [low, high] that a type has, or -1.
  int64_t arityFrom(int64_t low, int64_t high = 64) const {
    for (int64_t a = low; a <= high; ++a)
      if (admits(a))
        return a;
    return -1;
  }

  bool admits(Shape shape) const {
    bool dag = model_.structure == ra::Structure::Dag;
    if (!admits(0)) // nothing finite without leaves
      return false;
    switch (shape) {
    case Shape::Single:
    case Shape::Mixed:
      return true;
    case Shape::Chain:
      return arityFrom(1) > 0;
    case Shape::Perfect:
    case Shape::RandomBinary:
    case Shape::RandomNary:
      return arityFrom(2) > 0;
    case Shape::Star:
      return arityFrom(3) > 0;
    case Shape::Dag:
      return dag && arityFrom(1) > 0;
    case Shape::Grid:
      return dag && admits(1) && admits(2);
    }
    return false;
  }

  Children make(Shape shape, int64_t nodes) {
    switch (shape) {
    case Shape::Chain:
      return chain(nodes);
    case Shape::Perfect:
      return perfect(nodes);
    case Shape::RandomBinary:
      return randomTree(nodes, {arityFrom(2)});
    case Shape::RandomNary:
      return randomTree(nodes, arities());
    case Shape::Star:
      return star(nodes);
    case Shape::Dag:
      return dag(nodes);
    case Shape::Grid:
      return grid(nodes);
    case Shape::Single:
    case Shape::Mixed:
      break;
    }
    return Children(1);
  }

  int32_t typeFor(int64_t arity) {
    std::vector<int32_t> fitting;
    for (size_t t = 0; t < model_.types.size(); ++t)
      if (model_.types[t].admits(arity))
        fitting.push_back(static_cast<int32_t>(t));
    return fitting[random_.below(static_cast<int64_t>(fitting.size()))];
  }

private:
  /// The arities from 1 to 5 that types have; a larger one where there are none.
  std::vector<int64_t> arities() const {
    std::vector<int64_t> list;
    for (int64_t a = 1; a <= 5; ++a)
      if (admits(a))
        list.push_back(a);
    if (list.empty())
      list.push_back(arityFrom(1));
    return list;
  }

  static void expand(Children &children, int32_t node, int64_t arity) {
    for (int64_t i = 0; i < arity; ++i) {
      children[node].push_back(static_cast<int32_t>(children.size()));
      children.emplace_back();
    }
  }

  Children chain(int64_t nodes) {
    Children children(1);
    int64_t arity = arityFrom(1);
    int32_t end = 0;
    do {
      expand(children, end, arity);
      end = children[end][random_.below(arity)];
    } while (static_cast<int64_t>(children.size()) < nodes);
    return children;
  }

  Children perfect(int64_t nodes) {
    Children children(1);
    int64_t arity = arityFrom(2), first = 0, width = 1;
    do {
      for (int64_t i = 0; i < width; ++i)
        expand(children, static_cast<int32_t>(first + i), arity);
      first += width;
      width *= arity;
    } while (static_cast<int64_t>(children.size()) + width * arity <= nodes);
    return children;
  }

  Children randomTree(int64_t nodes, const std::vector<int64_t> &arities) {
    Children children(1);
    std::vector<int32_t> leaves{0};
    do {
      int64_t pick = random_.below(static_cast<int64_t>(leaves.size()));
      int32_t node = leaves[pick];
      leaves[pick] = leaves.back();
      leaves.pop_back();
      expand(children, node, arities[random_.below(static_cast<int64_t>(arities.size()))]);
      leaves.insert(leaves.end(), children[node].begin(), children[node].end());
    } while (static_cast<int64_t>(children.size()) < nodes);
    return children;
  }

  Children star(int64_t nodes) {
    int64_t arity = arityFrom(3);
    for (int64_t a = arity; a < nodes; ++a)
      if (admits(a))
        arity = a;
    Children children(1);
    expand(children, 0, arity);
    return children;
  }

  Children dag(int64_t nodes) {
    Children children(1);
    std::vector<int64_t> list = arities();
    while (static_cast<int64_t>(children.size()) < nodes) {
      int64_t n = static_cast<int64_t>(children.size());
      int64_t arity = random_.below(4) == 0 ? 0 : list[random_.below(static_cast<int64_t>(list.size()))];
      std::vector<int32_t> own;
      for (int64_t i = 0; i < arity; ++i) {
        int64_t recent = std::min<int64_t>(n, 6);
        if (i > 0 && random_.below(5) == 0)
          own.push_back(own.back()); // the same child twice
        else
          own.push_back(static_cast<int32_t>(random_.below(2) ? n - 1 - random_.below(recent) : random_.below(n)));
      }
      children.push_back(std::move(own));
    }
    return children;
  }

  Children grid(int64_t nodes) {
    int64_t width = std::max<int64_t>(1, std::llround(std::sqrt(static_cast<double>(nodes))));
    int64_t height = (nodes + width - 1) / width;
    Children children(width * height);
    for (int64_t y = 0; y < height; ++y)
      for (int64_t x = 0; x < width; ++x) {
        if (x > 0)
          children[y * width + x].push_back(static_cast<int32_t>(y * width + x - 1));
        if (y > 0)
          children[y * width + x].push_back(static_cast<int32_t>((y - 1) * width + x));
      }
    return children;
  }

  const ModelCode &model_;
  Random &random_;
};

/// Appends a structure with its node ids shuffled.
void append(const Children &children, Generator &generator, Random &random, bool giveTypes, Batch &batch) {
  int32_t count = static_cast<int32_t>(children.size()), base = batch.node_offsets.back();
  std::vector<int32_t> idOf(count), nodeOf(count);
  for (int32_t i = 0; i < count; ++i) {
    int64_t j = random.below(i + 1);
    nodeOf[i] = nodeOf[j];
    nodeOf[j] = i;
  }
  for (int32_t i = 0; i < count; ++i)
    idOf[nodeOf[i]] = i;
  for (int32_t i = 0; i < count; ++i) {
    const std::vector<int32_t> &own = children[nodeOf[i]];
    for (int32_t child : own)
      batch.children.push_back(base + idOf[child]);
    batch.child_offsets.push_back(static_cast<int32_t>(batch.children.size()));
    if (giveTypes)
      batch.types.push_back(generator.typeFor(static_cast<int64_t>(own.size())));
  }
  batch.node_offsets.push_back(base + count);
}

int32_t typeOf(const ModelCode &model, const Batch &batch, size_t node) {
  if (!batch.types.empty())
    return batch.types[node];
  for (size_t t = 0; t < model.types.size(); ++t)
    if (model.types[t].admits(batch.arity(node)))
      return static_cast<int32_t>(t);
  return 0;
}

io::Input randomInput(const ModelCode &model, const InputCode &code, const Batch &batch, Random &random) {
  io::Input input;
  input.name = code.name;
  input.place = code.place;
  input.dtype = code.symbol ? DType::I32 : model.f64 ? DType::F64 : DType::F32;
  input.shape.assign(code.shape.begin(), code.shape.end());
  size_t items = batch.items(code.place);
  for (size_t i = 0; i < items; ++i) {
    bool present = code.place != Place::Nodes || code.onType[typeOf(model, batch, i)];
    if (code.symbol)
      input.symbols.push_back(present ? static_cast<int32_t>(random.below(code.domain)) : 0);
    for (int64_t e = 0; !code.symbol && e < code.size; ++e) {
      double value = present ? random.uniform(-1, 1) : std::numeric_limits<double>::quiet_NaN();
      if (model.f64)
        input.f64.push_back(value);
      else
        input.f32.push_back(static_cast<float>(value));
    }
  }
  return input;
}

std::vector<Shape> shapesOf(const Generator &generator) {
  std::vector<Shape> shapes;
  for (int i = 0; i <= static_cast<int>(Shape::Mixed); ++i)
    if (generator.admits(static_cast<Shape>(i)))
      shapes.push_back(static_cast<Shape>(i));
  return shapes;
}

} // namespace

std::vector<Shape> shapesOf(ra::ModelOp model) {
  ModelCode code;
  std::string error;
  if (!compileDeclarations(model, code, error))
    return {};
  Random unused(0);
  return shapesOf(Generator(code, unused));
}

bool randomBatch(ra::ModelOp model, const StructureOptions &options, uint64_t seed, Batch &batch, std::string &error) {
  ModelCode code;
  if (!compileDeclarations(model, code, error))
    return false;
  Random random(seed);
  Generator generator(code, random);
  if (!generator.admits(options.shape)) {
    error = "the types and the structure kind of model @" + code.name + " do not admit the shape '" +
            nameOf(options.shape).str() + "'";
    return false;
  }
  std::vector<Shape> shapes = shapesOf(generator);
  shapes.pop_back(); // Mixed itself
  batch = {};
  for (int64_t s = 0; s < options.structures; ++s) {
    Shape shape = options.shape;
    int64_t nodes = options.nodes;
    if (shape == Shape::Mixed) {
      shape = shapes[random.below(static_cast<int64_t>(shapes.size()))];
      nodes = 1 + random.below(2 * options.nodes);
    }
    append(generator.make(shape, nodes), generator, random, code.typesOverlap(), batch);
  }
  for (const InputCode &input : code.inputs)
    batch.inputs.push_back(randomInput(code, input, batch, random));
  return true;
}

} // namespace cortex::reference
