//===- Families.h - What the zoo's files share ----------------------------===//
#ifndef CORTEX_MODELS_FAMILIES_H
#define CORTEX_MODELS_FAMILIES_H

#include "Zoo.h"

namespace cortex::zoo {

/// The parameters' values, complete and checked.
using Sizes = std::map<std::string, int64_t>;

/// An entry with the function that builds it.
struct Recipe {
  Entry entry;
  build::Model (*build)(const Sizes &sizes);
};

// One list per family.
std::vector<Recipe> simpleTreeRecipes();  // TreeRNN, TreeFC
std::vector<Recipe> treeLstmRecipes();    // TreeLSTM, NaryTreeLSTM
std::vector<Recipe> treeGruRecipes();     // TreeGRU, SimpleTreeGRU
std::vector<Recipe> compositionRecipes(); // MVRNN, RNTN
std::vector<Recipe> dagRecipes();         // DAGRNN, Terms
std::vector<Recipe> sequenceRecipes();    // LSTM, GRU
std::vector<Recipe> multiSweepRecipes();  // PlanConv, UpDown

// Parameters that many models have.
Parameter hiddenParameter(int64_t value);
Parameter vocabParameter(int64_t value);
Parameter embedParameter();
Parameter featuresParameter(int64_t value);
Parameter classesParameter(int64_t value = 0);
Parameter floatParameter();

/// F32 or F64, by the parameter "float".
DType floatType(const Sizes &sizes);

/// What models over parse trees share: leaves with a word, internal nodes.
struct ParseTree {
  build::Type leaf, internal;
  build::SymbolInput word;
  build::Param embedding; ///< (vocab, width)
};
ParseTree declareParseTree(build::Model &m, int64_t minArity, int64_t maxArity, int64_t vocab, int64_t width);

/// Without classes the output `name` is `state` at `at`. With classes it is "logits" = readout.weight state +
/// readout.bias there. Two states are taken as one vector, one after the other.
void declareOutput(build::Model &m, const char *name, const std::vector<build::State> &states, int64_t size,
                   const Sizes &sizes, Place at = Place::Roots);

} // namespace cortex::zoo
#endif // CORTEX_MODELS_FAMILIES_H
