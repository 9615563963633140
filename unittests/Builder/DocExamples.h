//===- DocExamples.h - The C++ of docs/Models.md --------------------------===//
#ifndef CORTEX_UNITTESTS_BUILDER_DOCEXAMPLES_H
#define CORTEX_UNITTESTS_BUILDER_DOCEXAMPLES_H

#include "cortex/Builder/Builder.h"

namespace examples {
cortex::build::Model treeFc();
cortex::build::Model biLstm();
cortex::build::Model treeConvolution();
cortex::build::Model typedDag();
/// The errors of a wrong model.
std::string wrongModel();
} // namespace examples

#endif // CORTEX_UNITTESTS_BUILDER_DOCEXAMPLES_H
