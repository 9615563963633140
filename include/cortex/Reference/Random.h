//===- Random.h - Random structures, inputs and weights for a model -------===//
//
// Everything follows from a 64-bit seed by integer arithmetic that is the same
// on every platform; print the seed and a failure can be repeated anywhere.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_REFERENCE_RANDOM_H
#define CORTEX_REFERENCE_RANDOM_H

#include "cortex/Dialect/RA/IR/RA.h"
#include "cortex/Reference/Structures.h"

namespace cortex::reference {

/// xoshiro256** seeded by splitmix64.
class Random {
public:
  explicit Random(uint64_t seed);
  uint64_t next();
  /// Uniform in [0, n), n > 0.
  int64_t below(int64_t n);
  /// Uniform in [low, high).
  double uniform(double low, double high);

private:
  uint64_t state_[4];
};

enum class Shape {
  Single,       ///< one node
  Chain,        ///< a path (with single leaves hanging off it where no type has arity 1)
  Perfect,      ///< a perfect tree, binary where a type has arity 2
  RandomBinary, ///< a random tree of arity 2 (or the smallest larger one that a type has)
  RandomNary,   ///< a random tree of mixed arities
  Star,         ///< one root over leaves
  Dag,          ///< several parents, several roots, the same child twice
  Grid,         ///< near-square; predecessors left and above
  Mixed         ///< every structure of the batch another of the model's shapes
};
/// "single", "chain", "perfect", "random-binary", "random-nary", "star", "dag", "grid", "mixed".
llvm::StringRef nameOf(Shape shape);

/// The shapes that the model's structure kind and types admit, in the order of the enumeration.
std::vector<Shape> shapesOf(ra::ModelOp model);

struct StructureOptions {
  Shape shape = Shape::Mixed;
  int64_t structures = 1;
  int64_t nodes = 20; ///< about this many per structure
};

/// Random structures with random inputs. Node ids are shuffled within each
/// structure; types are given where arity does not tell them apart. Inputs of
/// nodes whose type lacks them are 0 (symbols) and NaN (features): nobody may
/// read them. Features are uniform in [-1, 1). Returns false and sets `error`
/// when the model does not admit the shape.
[[nodiscard]] bool randomBatch(ra::ModelOp model, const StructureOptions &options, uint64_t seed, Batch &batch,
                               std::string &error);

/// Random weights: uniform with variance gain²/(number of terms of the product
/// that uses them), so that with the default gain the recursion of the usual
/// cells contracts; look-up tables of vectors uniform in [-1, 1), vectors and
/// scalars that enter no product (biases) in [-0.5, 0.5). Rounded to float32
/// for f32 models.
Params randomParams(ra::ModelOp model, uint64_t seed, double gain = 0.4);

} // namespace cortex::reference
#endif // CORTEX_REFERENCE_RANDOM_H
