//===- LevelBatched.h - What level-batched experts share ------------------===//
#ifndef CORTEX_BENCHMARKS_LEVELBATCHED_H
#define CORTEX_BENCHMARKS_LEVELBATCHED_H

#include "../Side.h"
#include "Experts.h"
#include "OneDnn.h"
#include "SpinTeam.h"

#include <string>
#include <vector>

namespace cortex::bench {

/// The nodes of a batch, numbered level by level: leaves first, children before their parents.
class Levels {
public:
  void build(std::span<const Structure *const> structures);

  int nodes() const { return static_cast<int>(node.size()); }
  int levels() const { return static_cast<int>(start.size()) - 1; }
  int widest() const { return most; }
  int arity(int row) const { return kidStart[static_cast<size_t>(row) + 1] - kidStart[static_cast<size_t>(row)]; }
  int child(int row, int i) const {
    return kids[static_cast<size_t>(kidStart[static_cast<size_t>(row)]) + static_cast<size_t>(i)];
  }

  std::vector<int> start;         ///< [levels + 1]: rows of a level
  std::vector<const Node *> node; ///< [rows]
  std::vector<int> roots;         ///< rows, in the order of the structures
  std::vector<int> structureOf;   ///< [rows]

private:
  int visit(const Node *node, int structure);

  std::vector<const Node *> met;        ///< in the order of visits
  std::vector<int> height, structureAt; ///< of these
  std::vector<int> row, next, kidStart, kids;
  int most = 0, first = 0;
};

/// A unit range [first, first + count).
struct Units {
  int first, count;
};
inline Units unitsOf(int units, int thread, int threads) {
  const int first = units * thread / threads;
  return {first, units * (thread + 1) / threads - first};
}

/// A weight by its name, as floats.
std::vector<float> floatsOf(const reference::Params &weights, const std::string &name);
/// Rows [first, first + count) of each of `gates` matrices [units, k] that lie one after the other.
std::vector<float> rowsOf(const std::vector<float> &weights, int gates, int units, int k, Units owned);
/// table[word] = W E[word] + b for every word: [vocab, rows], with W [rows, k] and E [vocab, k].
std::vector<float> productTable(const std::vector<float> &embedding, const std::vector<float> &w,
                                const std::vector<float> &b, int k);

/// A model over levels whose state is `width` floats per node, all of it copied out for each root.
class LevelBatched : public Side {
public:
  LevelBatched(int width, int threads) : width(width), threads(threads), team(threads) {}
  void forward(std::span<const Structure *const> structures, float *out) override;
  void linearize(std::span<const Structure *const> structures) override { nodes.build(structures); }

protected:
  /// Scratch for batches of this size; for one thread.
  virtual void reserve(int thread) = 0;
  /// One thread's part of rows [first, first + count). Ends with a barrier if others read what it wrote.
  virtual void level(int thread, int level, int first, int count) = 0;

  float *state(int row) { return states.data() + static_cast<size_t>(row) * static_cast<size_t>(width); }
  /// to[count, parts * width]: the states of each row's children side by side; for whole rows.
  void gatherChildren(int first, int count, int parts, float *to);
  /// to[count, width]: their sums.
  void sumChildren(int first, int count, float *to);
  /// Sets up what each thread owns, in that thread.
  template <typename F> void onEachThread(F f) {
    team.run([&](int thread) {
      setOneDnnThreads(1);
      f(thread);
    });
  }

  const int width, threads;
  SpinTeam team;
  Levels nodes;
  Buffer states; ///< [rows, width]
};

} // namespace cortex::bench
#endif // CORTEX_BENCHMARKS_LEVELBATCHED_H
