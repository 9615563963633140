//===- CheckText.h - Text that the parser must not see --------------------===//
#ifndef CORTEX_LIB_PIPELINES_CHECKTEXT_H
#define CORTEX_LIB_PIPELINES_CHECKTEXT_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace cortex {

/// MLIR's parser recurses for every open bracket and for every operator of an
/// affine expression, on the caller's stack; and aliases of aliases of aliases are
/// short to write and endless to print. Fails, with line and column, where a text
/// nests more deeply, has a longer affine map, or says more with its aliases written
/// out than any model needs.
llvm::Error checkText(llvm::StringRef text, llvm::StringRef name);

} // namespace cortex
#endif // CORTEX_LIB_PIPELINES_CHECKTEXT_H
