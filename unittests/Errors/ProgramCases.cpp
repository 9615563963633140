//===- ProgramCases.cpp - Programs and artifacts --------------------------===//
#include "../../runtime/lib/Artifact.h"
#include "../../runtime/lib/Error.h"
#include "Fakes.h"

#include "cortex/artifact.h"

#include <fstream>
#include <iterator>
#include <regex>

namespace cortex::errors {

namespace {

constexpr const char *kAgain = "Copy or compile it again.";
constexpr const char *kCompiler = "The compiler that wrote it is at fault, or the file is damaged: compile it again.";

std::vector<uint8_t> bytesOfFile(const char *path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// A good artifact of the fake program, with its weights.
std::vector<uint8_t> artifact(const std::function<void(std::vector<uint8_t> &elf, Manifest &)> &edit = nullptr) {
  std::vector<uint8_t> elf = bytesOfFile(CORTEX_FAKE_F32);
  Manifest manifest = fakeManifest(DType::F32, StructureKind::Dag);
  if (edit)
    edit(elf, manifest);
  const std::vector<float> e = fakeWeights<float>();
  return writeArtifact({{elf, manifest}}, {{"E", DType::F32, {kWordDomain, kUnits}, e.data()}});
}

/// Loading leaves the caller's pointer as it was.
Outcome load(const std::vector<uint8_t> &bytes) {
  auto *const before = reinterpret_cast<cortex_program *>(&load);
  cortex_program *program = before;
  Outcome found = called(cortex_program_load_memory(bytes.data(), bytes.size(), nullptr, &program));
  return program == before ? found : Outcome{"", "the result was touched"};
}

/// An artifact after an edit, with a checksum that holds.
std::vector<uint8_t> withChecksum(std::vector<uint8_t> bytes) {
  const uint64_t checksum = contentHash(bytes.data(), bytes.size() - 16);
  std::memcpy(bytes.data() + bytes.size() - 16, &checksum, sizeof checksum);
  return bytes;
}

/// An artifact whose footer is edited.
Outcome loadWithFooter(const std::function<void(ArtifactFooter &)> &edit) {
  std::vector<uint8_t> bytes = artifact();
  ArtifactFooter footer;
  std::memcpy(&footer, bytes.data() + bytes.size() - sizeof footer, sizeof footer);
  edit(footer);
  std::memcpy(bytes.data() + bytes.size() - sizeof footer, &footer, sizeof footer);
  return load(withChecksum(std::move(bytes)));
}

/// The same with the table of weights edited: `size` bytes of `value` at an offset of it.
Outcome loadWithWeights(size_t at, uint64_t value, size_t size) {
  std::vector<uint8_t> bytes = artifact();
  ArtifactFooter footer;
  std::memcpy(&footer, bytes.data() + bytes.size() - sizeof footer, sizeof footer);
  std::memcpy(bytes.data() + footer.weights_offset + at, &value, size);
  return load(withChecksum(std::move(bytes)));
}

/// The same with its one variant edited.
Outcome loadWithVariant(const std::function<void(ArtifactVariant &)> &edit) {
  std::vector<uint8_t> bytes = artifact();
  ArtifactFooter footer;
  std::memcpy(&footer, bytes.data() + bytes.size() - sizeof footer, sizeof footer);
  ArtifactVariant variant;
  std::memcpy(&variant, bytes.data() + footer.variants_offset, sizeof variant);
  edit(variant);
  std::memcpy(bytes.data() + footer.variants_offset, &variant, sizeof variant);
  return load(withChecksum(std::move(bytes)));
}

/// An artifact of two variants, of which the first says that it is for what the second is for.
Outcome loadTwins() {
  const std::vector<uint8_t> elf = bytesOfFile(CORTEX_FAKE_F32);
  Manifest low = fakeManifest(DType::F32, StructureKind::Dag), high = low;
  high.level = TargetLevel::X86_64_V3;
  std::vector<uint8_t> bytes = writeArtifact({{elf, low}, {elf, high}}, {});
  ArtifactFooter footer;
  std::memcpy(&footer, bytes.data() + bytes.size() - sizeof footer, sizeof footer);
  ArtifactVariant first;
  std::memcpy(&first, bytes.data() + footer.variants_offset, sizeof first);
  const std::vector<uint8_t> text = serializeManifest(low);
  std::copy(text.begin(), text.end(), bytes.begin() + static_cast<std::ptrdiff_t>(first.manifest_offset));
  return load(withChecksum(std::move(bytes)));
}

/// An artifact of two variants, of which the second is of a model with another name.
Outcome loadStrangers() {
  const std::vector<uint8_t> elf = bytesOfFile(CORTEX_FAKE_F32);
  Manifest low = fakeManifest(DType::F32, StructureKind::Dag), high = low;
  high.level = TargetLevel::X86_64_V3;
  low.model += "Other";
  return load(writeArtifact({{elf, low}, {elf, high}}, {}));
}

/// An artifact with these variants, on a CPU without AVX-512.
Outcome loadOnHaswell(const std::vector<TargetLevel> &levels, const std::string &target) {
  const rt::CpuFeatures haswell{0x7ed8320b | (1u << 12) | (1u << 22) | (1u << 28) | (1u << 29), 0x128, 0x21, 0x7};
  std::vector<CodeVariant> variants;
  for (TargetLevel level : levels) {
    variants.push_back({bytesOfFile(CORTEX_FAKE_F32), fakeManifest(DType::F32, StructureKind::Dag)});
    variants.back().manifest.level = level;
  }
  try {
    const std::vector<uint8_t> bytes = writeArtifact(variants, {});
    rt::readArtifact(rt::Block::copyOf(bytes.data(), bytes.size()), "m.cortex", haswell, target);
  } catch (const rt::Error &error) {
    return Outcome{nameOf(error.status), error.what()};
  }
  return Outcome{};
}

Outcome fromEntry(const std::function<void(cortex_program_entry &)> &edit) {
  static const FakeEntry good(fakeManifest(DType::F32, StructureKind::Dag));
  cortex_program_entry entry = good.entry;
  edit(entry);
  cortex_program *program = nullptr;
  return called(cortex_program_from_entry(&entry, nullptr, nullptr, &program));
}

/// The fake program with the bytes of its manifest edited.
Outcome withManifest(const std::function<void(std::vector<uint8_t> &)> &edit) {
  std::vector<uint8_t> bytes = serializeManifest(fakeManifest(DType::F32, StructureKind::Dag));
  edit(bytes);
  return fromEntry([&](cortex_program_entry &e) {
    e.manifest = bytes.data();
    e.manifest_size = bytes.size();
  });
}

/// A manifest at fault, met where a program is linked in.
Case manifestCase(const char *title, const char *fault, std::function<void(Manifest &)> edit) {
  return {title, "CORTEX_INVALID_ARTIFACT", std::string("the program: bad manifest: ") + fault, kCompiler,
          [edit = std::move(edit)] {
            Manifest manifest = fakeManifest(DType::F32, StructureKind::Dag);
            edit(manifest);
            const IdleProgram program(manifest);
            cortex_program *made = nullptr;
            return called(cortex_program_from_entry(&program.entry, nullptr, nullptr, &made));
          }};
}

std::vector<Case> argumentCases() {
  const std::string status = "CORTEX_INVALID_ARGUMENT";
  cortex_program *const none = nullptr;
  return {
      {"no path", status, "path is null", "Give the file's name.",
       [=] {
         cortex_program *program = none;
         return called(cortex_program_load(nullptr, nullptr, &program));
       }},
      {"no place for the program", status, "program is null", "Give the address of a pointer.",
       [] { return called(cortex_program_load("m.cortex", nullptr, nullptr)); }},
      {"options without their size", status, "cortex_program_options.struct_size is not sizeof(cortex_program_options)",
       "Set `struct_size`; compile the program with the header of the runtime.",
       [=] {
         cortex_program *program = none;
         const cortex_program_options options{};
         const std::vector<uint8_t> bytes = artifact();
         return called(cortex_program_load_memory(bytes.data(), bytes.size(), &options, &program));
       }},
      {"a target that the artifact has no variant for", status,
       "the artifact: it has no variant for target 'x86-64-v4', only for x86-64",
       "Name one that it has, or none: then the most capable is loaded that the CPU can run.",
       [] {
         const std::vector<uint8_t> bytes = artifact();
         return thrown([&] { Program::loadMemory(bytes.data(), bytes.size(), "x86-64-v4"); });
       }},
      {"no bytes", status, "bytes is null", "Give the artifact's bytes.",
       [=] {
         cortex_program *program = none;
         return called(cortex_program_load_memory(nullptr, 100, nullptr, &program));
       }},
      {"no entry", status, "entry is null", "Give the address of `cortex_program`, which the object file exports.",
       [=] {
         cortex_program *program = none;
         return called(cortex_program_from_entry(nullptr, nullptr, nullptr, &program));
       }},
      {"a type that the program does not have", status, "there is no type 2: the program has 2",
       "Stay below `num_types`.", [] { return thrown([] { fakeProgram().type(2); }); }},
      {"an input that it does not have", status, "there is no input 5: the program has 5", "Stay below `num_inputs`.",
       [] { return thrown([] { fakeProgram().input(5); }); }},
      {"a parameter that it does not have", status, "there is no parameter 1: the program has 1",
       "Stay below `num_params`.", [] { return thrown([] { fakeProgram().param(1); }); }},
      {"an output that it does not have", status, "there is no output 4: the program has 4",
       "Stay below `num_outputs`.", [] { return thrown([] { fakeProgram().output(4); }); }},
      {"no place for a description", status, "info is null", "Give the address of a record.",
       [] { return called(cortex_program_get_output(fakeProgram().get(), 0, nullptr)); }},
      {"no program to describe", status, "program is null", "Load a program first.",
       [] {
         cortex_type_info info;
         return called(cortex_program_get_type(nullptr, 0, &info));
       }},
      {"`Program::findType` of a wrong name", status, "the program has no type 'root'", "Use the model's names.",
       [] { return thrown([] { fakeProgram().findType("root"); }); }},
      {"`Program::findInput` of a wrong name", status, "the program has no input 'words'", "Use the model's names.",
       [] { return thrown([] { fakeProgram().findInput("words"); }); }},
      {"`Program::findOutput` of a wrong name", status, "the program has no output 'z'", "Use the model's names.",
       [] { return thrown([] { fakeProgram().findOutput("z"); }); }},
      {"`Outputs::values` of a wrong number", status, "there is no output 4", "Stay below `num_outputs`.",
       [] { return thrown([] { Outputs(fakeProgram()).values<float>(4); }); }},
      {"`Outputs::values` of another type", status, "output 'h' is of another dtype",
       "Ask for `float` or `double`, as the model is.",
       [] { return thrown([] { Outputs(fakeProgram()).values<double>("h"); }); }},
  };
}

std::vector<Case> artifactCases() {
  const std::string status = "CORTEX_INVALID_ARTIFACT";
  return {
      {"no such file", "CORTEX_SYSTEM_ERROR", "cannot open '/nonexistent/m.cortex': No such file or directory",
       "Correct the name.", [] { return thrown([] { Program::load("/nonexistent/m.cortex"); }); }},
      {"a folder", "CORTEX_SYSTEM_ERROR", "cannot read '/': it is not a regular file", "Name a file.",
       [] { return thrown([] { Program::load("/"); }); }},
      {"another kind of file", status,
       "'/proc/self/exe': it is no Cortex artifact, or it is truncated: it does not end as one",
       "Compile the model first.",
       [] {
         Outcome found = thrown([] { Program::load("/proc/self/exe"); });
         return found;
       }},
      {"three bytes", status, "the artifact: it is no Cortex artifact: it has only 3 bytes", kAgain,
       [] { return load({1, 2, 3}); }},
      {"a byte too few", status, "the artifact: it is no Cortex artifact, or it is truncated: it does not end as one",
       kAgain,
       [] {
         std::vector<uint8_t> bytes = artifact();
         bytes.pop_back();
         return load(bytes);
       }},
      {"a flipped bit", status, "the artifact: it is damaged: its checksum does not match its contents", kAgain,
       [] {
         std::vector<uint8_t> bytes = artifact();
         bytes[bytes.size() / 2] ^= 1;
         return load(bytes);
       }},
      {"a later version", status, "the artifact: it is of artifact version 3, this runtime reads version 2",
       "Update the runtime, or compile the model with an older Cortex.",
       [] { return loadWithFooter([](ArtifactFooter &f) { f.version = 3; }); }},
      {"code elsewhere", status, "the artifact: its section of machine code does not lie within the file", kAgain,
       [] { return loadWithVariant([](ArtifactVariant &v) { v.code_size = ~uint64_t(0); }); }},
      {"a manifest elsewhere", status, "the artifact: its section of manifest does not lie within the file", kAgain,
       [] { return loadWithVariant([](ArtifactVariant &v) { v.manifest_size = uint64_t(1) << 40; }); }},
      {"weights elsewhere", status, "the artifact: its section of weights does not lie within the file", kAgain,
       [] { return loadWithFooter([](ArtifactFooter &f) { f.weights_size = uint64_t(1) << 40; }); }},
      {"no code", status, "the artifact: its machine code is no ELF object", kAgain,
       [] { return loadWithVariant([](ArtifactVariant &v) { v.code_size = 10; }); }},
      {"code without its headers", status, "the artifact: the program headers of its machine code do not lie within it",
       kAgain, [] { return loadWithVariant([](ArtifactVariant &v) { v.code_size = 100; }); }},
      {"code that is cut short", status, "the artifact: a segment of its machine code does not lie within it", kAgain,
       [] { return loadWithVariant([](ArtifactVariant &v) { v.code_size = 2048; }); }},
      {"variants elsewhere", status, "the artifact: its table of variants does not lie within the file", kAgain,
       [] { return loadWithFooter([](ArtifactFooter &f) { f.variant_count = uint64_t(1) << 40; }); }},
      {"no variants", status, "the artifact: its table of variants is empty", kAgain,
       [] { return loadWithFooter([](ArtifactFooter &f) { f.variant_count = 0; }); }},
      {"two variants for the same instructions", status,
       "the artifact: its variants are out of order: one for x86-64 follows one for x86-64", kCompiler,
       [] { return loadTwins(); }},
      {"variants of two models", status, "the artifact: its variants are of different models", kCompiler,
       [] { return loadStrangers(); }},
      {"a damaged table of weights", status, "the artifact: its table of weights is damaged", kAgain,
       [] { return loadWithWeights(0, 0xffffffff, 4); }},
      {"a weight beyond the end", status,
       "the artifact: the size of its weight 'E' does not match its place in the file", kAgain,
       [] { return loadWithWeights(33, ~uint64_t(63), 8); }},
      {"code without a program", status, "the artifact: its machine code has no symbol 'cortex_program'", kCompiler,
       [] { return load(artifact([](auto &elf, Manifest &) { elf = bytesOfFile(CORTEX_FAKE_EMPTY); })); }},
      {"code that the system cannot load", status, "the artifact: the system refuses its machine code: REASON",
       kCompiler,
       [] {
         Outcome found = load(artifact([](auto &elf, Manifest &) {
           elf[56] = elf[57] = 0; /* e_phnum */
         }));
         found.message = std::regex_replace(found.message, std::regex("code: .*"), "code: REASON");
         return found;
       }},
      {"the manifest of another program", status, "the artifact: its manifest is not that of its machine code",
       kCompiler, [] { return load(artifact([](auto &, Manifest &m) { m.model = "other"; })); }},
      {"code for another kind of CPU", "CORTEX_UNSUPPORTED_CPU",
       "the artifact: its machine code is for another kind of CPU", "Compile the model on such a machine.",
       [] {
         return load(artifact([](auto &elf, Manifest &) {
           elf[18] = 183; /* e_machine: AArch64 */
         }));
       }},
      {"instructions that the CPU lacks", "CORTEX_UNSUPPORTED_CPU",
       "m.cortex: it is compiled for x86-64-v4, but this CPU lacks avx512f avx512dq avx512cd avx512bw avx512vl "
       "operating-system-support-for-512-bit-registers",
       "Compile it for a target that every machine has, or for several: `--target x86-64-v3,x86-64-v4`.",
       [] { return loadOnHaswell({TargetLevel::X86_64_V4}, ""); }},
      {"instructions that the CPU lacks, for a target that was asked for", "CORTEX_UNSUPPORTED_CPU",
       "m.cortex: it is compiled for x86-64-v4, but this CPU lacks avx512f avx512dq avx512cd avx512bw avx512vl "
       "operating-system-support-for-512-bit-registers",
       "Ask for a lesser target, or for none: then the most capable is loaded that the CPU can run.",
       [] { return loadOnHaswell({TargetLevel::X86_64_V3, TargetLevel::X86_64_V4}, "x86-64-v4"); }},
  };
}

std::vector<Case> entryCases() {
  const std::string status = "CORTEX_INVALID_ARTIFACT";
  return {
      {"an entry that is none", status, "the program: its entry is no Cortex program",
       "Pass the address of `cortex_program`, not its value.",
       [] { return fromEntry([](cortex_program_entry &e) { e.magic ^= 1; }); }},
      {"an entry of another size", status, "the program: its entry has 40 bytes, not 48",
       "Compile the object with the Cortex of the runtime.",
       [] { return fromEntry([](cortex_program_entry &e) { e.struct_size = 40; }); }},
      {"an entry without code", status, "the program: its entry lacks a manifest or code", kCompiler,
       [] { return fromEntry([](cortex_program_entry &e) { e.run = nullptr; }); }},
      {"an entry of another version", status,
       "the program: it is of ABI version 99, this runtime needs version " + std::to_string(CORTEX_ABI_VERSION),
       "Compile the object with the Cortex of the runtime.",
       [] { return fromEntry([](cortex_program_entry &e) { e.abi_version = 99; }); }},
      {"a manifest that is cut off", status, "the program: bad manifest: it is truncated or damaged", kCompiler,
       [] { return fromEntry([](cortex_program_entry &e) { e.manifest_size -= 1; }); }},
      {"a manifest of nothing", status, "the program: bad manifest: it does not begin as one", kCompiler,
       [] { return fromEntry([](cortex_program_entry &e) { e.manifest_size = 0; }); }},
      {"a manifest of another version", status,
       "the program: bad manifest: it is of ABI version 99, this runtime needs version " +
           std::to_string(CORTEX_ABI_VERSION),
       "Compile the object with the Cortex of the runtime.",
       [] { return withManifest([](std::vector<uint8_t> &bytes) { bytes[8] = 99; }); }},
      {"a manifest with something after it", status, "the program: bad manifest: 3 bytes follow its end", kCompiler,
       [] { return withManifest([](std::vector<uint8_t> &bytes) { bytes.resize(bytes.size() + 3); }); }},
  };
}

std::vector<Case> manifestCases() {
  return {
      manifestCase("no node types", "it has no node types", [](Manifest &m) { m.types.clear(); }),
      manifestCase("too many node types", "it has too many node types",
                   [](Manifest &m) { m.types.assign(70000, m.types[0]); }),
      manifestCase("a type without arities", "type 't' has an empty range of arities",
                   [](Manifest &m) { m.types[0] = {"t", 3, 2}; }),
      manifestCase("a rule for kinds that there is not", "type 'leaf' has an unknown rule for its kinds",
                   [](Manifest &m) { m.types[0].kinds = static_cast<KindRule>(5); }),
      manifestCase("a level that there is not", "unknown target level",
                   [](Manifest &m) { m.level = static_cast<TargetLevel>(7); }),
      manifestCase("a kind of structure that there is not", "unknown structure kind",
                   [](Manifest &m) { m.structure = static_cast<StructureKind>(9); }),
      manifestCase("a partition that there is not", "unknown partition",
                   [](Manifest &m) { m.partition = static_cast<Partition>(4); }),
      manifestCase("subtrees that are not alone", "it computes subtrees alone, but its nodes need more than theirs",
                   [](Manifest &m) { m.subtrees_alone = true; }),
      manifestCase("integers as float type", "the float type is neither f32 nor f64",
                   [](Manifest &m) { m.float_type = DType::I32; }),
      manifestCase("an input in no place", "input 'x' is not at nodes, edges or structures",
                   [](Manifest &m) { m.inputs[kX].place = Place::Roots; }),
      manifestCase("a symbol without values", "input 'word' has a domain outside of 1..2147483647",
                   [](Manifest &m) { m.inputs[kWord].domain = 0; }),
      manifestCase("an input of another type", "input 'x' is not of the model's float type",
                   [](Manifest &m) { m.inputs[kX].dtype = DType::F64; }),
      manifestCase("an input of an impossible shape", "input 'x' has an impossible shape",
                   [](Manifest &m) { m.inputs[kX].shape = {0}; }),
      manifestCase("edges with node types", "input 'label' is restricted to types but is not at nodes",
                   [](Manifest &m) { m.inputs[kLabel].types = {0}; }),
      manifestCase("an input of a type that there is not", "input 'word' names a type that does not exist",
                   [](Manifest &m) { m.inputs[kWord].types = {2}; }),
      manifestCase("a parameter of no type", "parameter 'E' has an unknown dtype",
                   [](Manifest &m) { m.params[0].dtype = static_cast<DType>(9); }),
      manifestCase("a parameter of an impossible shape", "parameter 'E' has an impossible shape",
                   [](Manifest &m) { m.params[0].shape = {uint64_t(1) << 60, 4}; }),
      manifestCase("a parameter without memory", "parameter 'E' has no parameter buffer",
                   [](Manifest &m) { m.params[0].buffer = 1; }),
      manifestCase("a buffer nowhere", "buffer 'h' is in an unknown space",
                   [](Manifest &m) { m.buffers[2].space = static_cast<Space>(99); }),
      manifestCase("a buffer of odd items", "buffer 'h' has an item size that is not a positive multiple of 64",
                   [](Manifest &m) { m.buffers[2].item_bytes = 32; }),
      manifestCase("values larger than their items", "buffer 'h' has values that do not fit its items",
                   [](Manifest &m) { m.buffers[2].value_bytes = 65; }),
      manifestCase("a buffer without end", "buffer 'table' is too large",
                   [](Manifest &m) { m.buffers[1].count = ~uint64_t(0); }),
      manifestCase("constants as scratch", "buffer 'table' is a parameter or a constant and cannot be scratch",
                   [](Manifest &m) { m.buffers[1].per_worker = true; }),
      manifestCase("a buffer of no order", "buffer 'messages' names an order that does not exist",
                   [](Manifest &m) { m.buffers[6].order = 5; }),
      manifestCase("a buffer of edges that there are not",
                   "buffer 'messages' is indexed by edges that its order does not have",
                   [](Manifest &m) { m.buffers[6].order = 1; }),
      manifestCase("an order of no kind", "order '0' is of an unknown kind",
                   [](Manifest &m) { m.orders[0].kind = static_cast<OrderKind>(77); }),
      manifestCase("strips of no rows", "order '1' has empty strips", [](Manifest &m) { m.orders[1].strip_rows = 0; }),
      manifestCase("an order of no symbols", "order '4' has a domain outside of 1..2147483647",
                   [](Manifest &m) { m.orders[4].domain = 0; }),
      manifestCase("structures with parents", "order '2' has an adjacency that its kind does not have",
                   [](Manifest &m) { m.orders[2].needs_parents = true; }),
      manifestCase("kinds of some types only", "order '0' does not say which kinds of each type it visits",
                   [](Manifest &m) { m.orders[0].visits = {1}; }),
      manifestCase("an order of a kind that there is not", "order '0' visits a kind that does not exist",
                   [](Manifest &m) { m.orders[0].visits = {1, 2}; }),
      manifestCase("too few keys", "order '0' does not have one key per type",
                   [](Manifest &m) { m.orders[0].key_input = {0}; }),
      manifestCase("roots with keys", "order '3' has a group key, but is neither up, down nor map",
                   [](Manifest &m) { m.orders[3].key_input = {0, -1}; }),
      manifestCase("a key that is no symbol", "order '0' has a group key that is not a node symbol of the type",
                   [](Manifest &m) { m.orders[0].key_input = {0, 0}; }),
      manifestCase("work of no order", "work '0' names an order that does not exist",
                   [](Manifest &m) { m.work[0].order = 5; }),
      manifestCase("work of prepare", "work '0' is of an order that run does not visit",
                   [](Manifest &m) { m.work[0].order = 4; }),
      manifestCase("work of no type", "work '0' names a type that does not exist",
                   [](Manifest &m) { m.work[0].type = 2; }),
      manifestCase("work of no kind", "work '0' names a kind that does not exist",
                   [](Manifest &m) { m.work[0].kind = 0; }),
      manifestCase("work on edges that there are not", "work '0' counts edges that its order does not have",
                   [](Manifest &m) { m.work[0].flops_per_edge[abi::kParents] = 1; }),
      manifestCase("an output of no buffer", "output 'h' names a buffer that does not exist",
                   [](Manifest &m) { m.outputs[0].buffer = 99; }),
      manifestCase("an output elsewhere", "output 'h' does not fit the space of its buffer",
                   [](Manifest &m) { m.outputs[0].buffer = 4; }),
      manifestCase("an output of another type", "output 'h' is not of the model's float type",
                   [](Manifest &m) { m.outputs[0].dtype = DType::F64; }),
      manifestCase("an output larger than its buffer", "output 'h' is larger than the items of its buffer",
                   [](Manifest &m) { m.outputs[0].shape = {17}; }),
  };
}

} // namespace

Group programCases() {
  Group group{"C and C++: programs and artifacts",
              "`cortex_program_load`, `_load_memory` and `_from_entry`, `Program` and `Outputs`. What is loaded from "
              "memory is called \"the artifact\".",
              argumentCases()};
  for (const std::vector<Case> &cases : {artifactCases(), entryCases(), manifestCases()})
    group.cases.insert(group.cases.end(), cases.begin(), cases.end());
  return group;
}

} // namespace cortex::errors
