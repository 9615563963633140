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
  cortex_model(cortex_program &program, const cortex_tensor *weights, size_t numWeights, cortex_team &team);

  cortex_program &program() const { return *program_; }
  uint64_t bytes() const { return constants.size(); }
  /// Writes the frame slots of the constant buffers.
  void placeConstants(uint64_t *frame) const;

private:
  cortex::rt::Ref<cortex_program> program_;
  cortex::rt::Block constants;
};

#endif // CORTEX_RUNTIME_MODEL_H
