//===- Zoo.h - Small models of the zoo --------------------------*- C++ -*-===//
#ifndef CORTEX_UNITTESTS_ILIR_ZOO_H
#define CORTEX_UNITTESTS_ILIR_ZOO_H

#include "ModelSource.h"

#include "cortex/Builder/BuilderIR.h"
#include "models/Zoo.h"

namespace cortex::interleaved {

/// A model of the zoo with small sizes, prime and different from each other, so
/// that no mixed-up pair goes unseen.
struct ZooModel {
  ZooModel(const zoo::Entry &entry, int64_t bits) : context(cli::makeContext()) {
    const std::vector<int64_t> primes{7, 11, 5, 13, 3};
    std::map<std::string, int64_t> sizes{{"float", bits}};
    size_t next = 0;
    for (const zoo::Parameter &p : entry.parameters)
      if (p.name == "layers" || p.name == "directions")
        sizes[p.name] = 2;
      else if (p.name != "float" && p.value > 4)
        sizes[p.name] = primes[next++ % primes.size()];
    std::string error;
    const std::optional<build::Model> built = zoo::buildModel(entry.name, sizes, error);
    if (!built)
      throw cli::Failure(error);
    module = build::buildModule(*built, *context, error);
    if (!module)
      throw cli::Failure(error);
  }

  std::unique_ptr<mlir::MLIRContext> context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

} // namespace cortex::interleaved
#endif // CORTEX_UNITTESTS_ILIR_ZOO_H
