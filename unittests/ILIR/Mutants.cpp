//===- Mutants.cpp - Programs with one fault each -------------------------===//
#include "Mutants.h"

#include "llvm/Support/raw_ostream.h"

using namespace cortex::ilir;

namespace cortex::interleaved {

namespace {

/// Where an operation stands: "@run, levels @up, rows owned".
std::string placeOf(mlir::Operation *op) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << "in @" << op->getParentOfType<FuncOp>().getSymName();
  if (auto levels = op->getParentOfType<LevelsOp>())
    os << ", levels @" << levels.getOrder();
  if (auto strips = op->getParentOfType<StripsOp>(); strips && strips.getType())
    os << ", strips @" << *strips.getType();
  os << ": ";
  if (auto barrier = llvm::dyn_cast<BarrierOp>(op))
    os << barrier.getExchanges();
  else if (auto nest = llvm::dyn_cast<RowsOp>(op))
    for (auto store : nest.getBody().getOps<StoreOp>())
      os << "nest of " << store.getBufferAttr() << ' ';
  return text;
}

bool isInPrepare(mlir::Operation *op) {
  return op->getParentOfType<FuncOp>().getSymName() == "prepare";
}

/// A mutant that sets an attribute.
template <typename Set, typename Value>
Mutant change(std::string kind, std::string what, Set set, Value from, Value to) {
  return {std::move(kind), std::move(what), false, false, [=]() mutable { set(to); }, [=]() mutable { set(from); }};
}

void addBarriers(ProgramOp program, std::vector<Mutant> &all) {
  program.walk([&](BarrierOp barrier) {
    mlir::Operation *op = barrier, *next = op->getNextNode();
    mlir::Block *block = op->getBlock();
    const bool prepare = isInPrepare(op);
    all.push_back({"barrier removed", placeOf(op), prepare, false, [=] { op->remove(); },
                   [=] { block->getOperations().insert(next ? next->getIterator() : block->end(), op); }});
    const mlir::ArrayAttr names = barrier.getExchanges();
    for (auto left : names.getAsRange<mlir::FlatSymbolRefAttr>()) {
      llvm::SmallVector<mlir::Attribute> kept;
      llvm::copy_if(names, std::back_inserter(kept), [&](mlir::Attribute name) { return name != left; });
      if (kept.empty())
        continue;
      Mutant mutant = change(
          "exchange removed", placeOf(op) + " without @" + left.getValue().str(),
          [=](mlir::ArrayAttr list) mutable { barrier.setExchangesAttr(list); }, names,
          mlir::ArrayAttr::get(op->getContext(), kept));
      mutant.inPrepare = prepare;
      mutant.ofTemporary = llvm::cast<BufferOp>(lookupMemory(op, left)).getOrder().has_value();
      all.push_back(std::move(mutant));
    }
  });
}

void addNests(ProgramOp program, std::vector<Mutant> &all) {
  program.walk([&](RowsOp nest) {
    const bool whole = nest.getMode() == Mode::Whole, prepare = isInPrepare(nest);
    all.push_back(change(
        whole ? "whole nest owned" : "owned nest whole", placeOf(nest), [=](Mode mode) mutable { nest.setMode(mode); },
        nest.getMode(), whole ? Mode::Owned : Mode::Whole));
    all.back().inPrepare = prepare;
    mlir::Operation *op = nest, *next = op->getNextNode();
    if (llvm::isa<StripsOp>(op->getParentOp()) && next)
      all.push_back(
          {"nests swapped", placeOf(op), prepare, false, [=] { op->moveAfter(next); }, [=] { op->moveBefore(next); }});
  });
}

void addBuffers(ProgramOp program, std::vector<Mutant> &all) {
  for (auto buffer : program.getBody().getOps<BufferOp>())
    for (Storage to : {Storage::Private, Storage::Exchanged, Storage::Local}) {
      const Storage from = buffer.getStorage();
      // A private buffer may be any other: all allow its owner's accesses.
      if (from != to && (from == Storage::Local || from == Storage::Exchanged))
        all.push_back(change((stringifyStorage(from) + " made " + stringifyStorage(to)).str(),
                             "@" + buffer.getSymName().str(),
                             [=](Storage storage) mutable { buffer.setStorage(storage); }, from, to));
    }
}

} // namespace

std::vector<Mutant> mutantsOf(ProgramOp program) {
  std::vector<Mutant> all;
  addBarriers(program, all);
  addNests(program, all);
  addBuffers(program, all);
  return all;
}

} // namespace cortex::interleaved
