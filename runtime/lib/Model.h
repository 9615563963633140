//===- Model.h - A program with its weights prepared ----------------------===//
#ifndef CORTEX_RUNTIME_MODEL_H
#define CORTEX_RUNTIME_MODEL_H

#include "Memory.h"
#include "Program.h"
#include "Team.h"
#include "cortex/cortex.h"

#include <vector>

struct cortex_model final : public cortex::rt::RefCounted {
  /// See cortex_model_create; `weights` null: the artifact's own.
  cortex_model(cortex_program &program, const cortex_tensor *weights, size_t numWeights,
               const cortex_model_options &options);

  cortex_program &program() const { return *program_; }
  uint64_t bytes() const { return constantBytes; }
  /// Writes the frame slots of the constant buffers.
  void placeConstants(uint64_t *frame) const;

private:
  void allocateConstants(bool guarded);

  cortex::rt::Ref<cortex_program> program_;
  uint64_t constantBytes = 0;
  std::vector<cortex::rt::Block> blocks; ///< one for all constant buffers; or, guarded, one for each
  std::vector<uint64_t> places;          ///< by buffer: where a constant one lies
};

#endif // CORTEX_RUNTIME_MODEL_H
