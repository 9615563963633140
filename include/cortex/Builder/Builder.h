//===- Builder.h - Write a recursive model in C++ -------------------------===//
//
//   using namespace cortex::build;
//   Model m("TreeFC", cortex::StructureKind::Tree);
//   auto leaf = m.type("leaf", 0), internal = m.type("internal", 2);
//   auto word = m.symbolInput("word", 1568, {leaf});
//   auto E = m.param("E", {1568, 35}), W = m.param("W", {35, 70}), bias = m.param("b", {35});
//   auto up = m.sweep("up", Direction::Up);
//   auto h = up.state("h", {35});
//   up.body(leaf, [&](Body &b) { b.set(h, E[b.self(word)]); });
//   up.body(internal, [&](Body &b) {
//     b.set(h, relu(matvec(W, concat({b.child(0, h), b.child(1, h)}), bias)));
//   });
//   m.output("root", h);
//
// docs/Models.md teaches it. Nothing here needs MLIR's headers.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_BUILDER_BUILDER_H
#define CORTEX_BUILDER_BUILDER_H

#include "cortex/Builder/Model.h" // IWYU pragma: export
#include "cortex/Builder/Ops.h"   // IWYU pragma: export

#endif // CORTEX_BUILDER_BUILDER_H
