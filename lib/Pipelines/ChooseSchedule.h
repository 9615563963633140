//===- ChooseSchedule.h - Defaults that depend on the model ---------------===//
//
// Where nobody asked for a value whose worth depends on the model and on its
// structures, the program is lowered to ilir with each value, its work counted
// (cortex/CostModel/CountProgram.h), and the cheaper one taken. The time of a
// program is estimated for one worker and for two of an assumed machine, so that
// what is compiled depends on nothing but the model, the options and the sample.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_LIB_PIPELINES_CHOOSESCHEDULE_H
#define CORTEX_LIB_PIPELINES_CHOOSESCHEDULE_H

#include "cortex/Pipelines/Pipelines.h"

namespace mlir {
class OpPassManager;
} // namespace mlir

namespace cortex {

/// The passes of a schedule, from a model to ilir with formed phases.
void buildScheduled(mlir::OpPassManager &pm, const CompileOptions &options, const Schedule &schedule);

} // namespace cortex
#endif // CORTEX_LIB_PIPELINES_CHOOSESCHEDULE_H
