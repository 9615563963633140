//===- Pipeline.cpp - The passes on ra in their order ---------------------===//
#include "cortex/Dialect/RA/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace cortex::ra;

void cortex::ra::buildRAPipeline(OpPassManager &pm, const Schedule &schedule) {
  OpPassManager &model = pm.nest<ModelOp>();
  if (schedule.specialize)
    model.addPass(createSpecialize());
  model.addPass(createFoldConstants());
  // Before slices are looked at: parameters are read outside of reductions then.
  model.addPass(createHoistInvariants());
  model.addPass(createCSEPass());
  model.addPass(createStackSlices());
  // What was cut into unequal parts may hold equal ones.
  model.addPass(createPushSlices());
  model.addPass(createStackSlices());
  if (schedule.quadratic)
    model.addPass(createFoldQuadraticForms());
  model.addPass(createSplitProducts());
  model.addPass(schedule.sum_first ? createPullProducts() : createPushProducts());
  if (schedule.refactor == Refactoring::ProductAtChild) {
    // The product of a sum of states is no product of a child's state yet.
    if (schedule.sum_first)
      model.addPass(createPushProducts({/*ofStates=*/true}));
    model.addPass(createRefactorProducts());
  }
  // Once products are what they will be: it moves them.
  if (schedule.leaf_products && schedule.tables > 0 && schedule.specialize)
    model.addPass(createTabulateChildren({schedule.tables}));
  // Products that were separated from what a neighbour gives.
  model.addPass(createHoistInvariants());
  // Reshaped and sliced constants, and the products of the parts that are zero.
  model.addPass(createFoldConstants());
  // What was split and is of one stage all the same; such a concatenation may be there already.
  model.addPass(createJoinProducts());
  model.addPass(createCSEPass());
  model.addPass(createAssignStages());
}
