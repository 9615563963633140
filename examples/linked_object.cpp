//===- linked_object.cpp - A compiled model linked into the program -------===//
//
//   cortex compile TreeFC --emit=obj --prefix treefc -o treefc.o
//   c++ linked_object.cpp treefc.o … -lcortex-runtime
//
// No file is loaded when the program runs: the code is part of it. The weights
// are given at run time.
//===----------------------------------------------------------------------===//
#include "treefc.h"

#include "cortex/cortex.hpp"

#include <cstdio>
#include <exception>
#include <vector>

int main() {
  try {
    const cortex::Program program = cortex::Program::fromEntry(cortex_program_treefc);
    // Weights in the program's order, filled with small numbers.
    std::vector<std::vector<float>> values;
    std::vector<cortex_tensor> weights;
    for (uint32_t i = 0; i < program.info().num_params; ++i) {
      const cortex_param_info param = program.param(i);
      size_t count = 1;
      for (uint32_t d = 0; d < param.rank; ++d)
        count *= param.shape[d];
      values.emplace_back(count, 0.01f);
      weights.push_back({param.name, param.dtype, param.rank, param.shape, values.back().data()});
    }
    cortex::Session session(cortex::Model(program, weights));

    const int32_t nodeOffsets[] = {0, 3}, childOffsets[] = {0, 0, 0, 2}, children[] = {0, 1}, words[] = {5, 9, 0};
    const void *inputs[] = {words};
    cortex_batch batch = cortex::makeBatch();
    batch.num_structures = 1;
    batch.node_offsets = nodeOffsets;
    batch.child_offsets = childOffsets;
    batch.children = children;
    batch.inputs = inputs;
    cortex::Outputs outputs(program);
    session.run(batch, outputs);
    const std::span<const float> logits = outputs.values<float>("logits");
    // h = relu(70 * 0.01 * 0.01 + 0.01) = 0.017; logits = 35 * 0.01 * h + 0.01 = 0.01595.
    std::printf("logits: %.5f %.5f\n", static_cast<double>(logits[0]), static_cast<double>(logits[1]));
    return 0;
  } catch (const std::exception &error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 2;
  }
}
