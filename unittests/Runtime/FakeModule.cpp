//===- FakeModule.cpp - The fake program as a shared object ---------------===//
//
// What the compiler writes holds its manifest as data; here a constructor makes
// it when the object is loaded.
//===----------------------------------------------------------------------===//
#include "FakeProgram.h"

extern "C" {
extern __attribute__((visibility("default"))) cortex_program_entry cortex_program;
cortex_program_entry cortex_program;
}

namespace {
using namespace cortex;
const test::FakeEntry kFake(test::fakeManifest(CORTEX_FAKE_TYPE, StructureKind::Dag));
struct Filler {
  Filler() { cortex_program = kFake.entry; }
} filler;
} // namespace
