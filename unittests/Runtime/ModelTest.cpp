//===- ModelTest.cpp - Programs, weights and their descriptions -----------===//
#include "FakeFixture.h"

#include <gtest/gtest.h>

using namespace cortex;
using namespace cortex::test;

namespace {

class ModelTest : public testing::Test {
protected:
  std::string weightsFault(const std::vector<cortex_tensor> &weights, const Manifest &m) {
    FakeEntry entry(m);
    const Program program = Program::fromEntry(entry.entry);
    try {
      Model model(program, weights);
    } catch (const Error &e) {
      EXPECT_EQ(e.status(), CORTEX_INVALID_WEIGHTS);
      return e.what();
    }
    return "";
  }

  const Manifest manifest = fakeManifest(DType::F32, StructureKind::Dag);
  const std::vector<float> values = std::vector<float>(4096, 1.0f);
  const uint64_t good[2] = {kWordDomain, kUnits}, bad[2] = {kWordDomain, 7};
};

} // namespace

extern "C" int cortexFromC(void);
TEST(CHeader, WorksFromC) {
  EXPECT_EQ(cortexFromC(), 1);
}

TEST_F(ModelTest, AllMismatchesInOneError) {
  Manifest m = manifest;
  for (const char *name : {"b", "c", "V"}) {
    m.params.push_back({name, DType::F32, {3}, 0});
  }
  const uint64_t three[] = {3};
  EXPECT_EQ(
      weightsFault({{"extra", CORTEX_F32, 1, three, values.data()},
                    {"E", CORTEX_F32, 2, bad, values.data()},
                    {"b", CORTEX_F64, 1, three, values.data()},
                    {"c", CORTEX_F32, 1, three, nullptr},
                    {"c", CORTEX_F32, 1, three, values.data()}},
                   m),
      "the weights do not match model 'fake': 'E' is f32[10,7], expected f32[10,6]; 'b' is f64[3], expected f32[3]; "
      "'c' has no data; missing 'V' f32[3]; superfluous 'extra'; a second 'c'");
}

TEST_F(ModelTest, NoWeights) {
  EXPECT_EQ(weightsFault({}, manifest), "the weights do not match model 'fake': missing 'E' f32[10,6]");
  FakeEntry entry(manifest);
  const Program program = Program::fromEntry(entry.entry);
  try {
    Model model(program);
    FAIL();
  } catch (const Error &e) {
    EXPECT_STREQ(e.what(), "the artifact's weights do not match model 'fake': missing 'E' f32[10,6]");
  }
  EXPECT_EQ(weightsFault({{"E", CORTEX_F32, 2, good, values.data()}}, manifest), "");
}

TEST_F(ModelTest, UnalignedWeights) {
  FakeEntry entry(manifest);
  const Program program = Program::fromEntry(entry.entry);
  const std::vector<float> e = fakeWeights<float>();
  std::vector<unsigned char> bytes(e.size() * 4 + 1);
  std::memcpy(bytes.data() + 1, e.data(), e.size() * 4);
  const cortex_tensor tensor{"E", CORTEX_F32, 2, good, bytes.data() + 1};
  const Model model(program, std::span(&tensor, 1));
  EXPECT_EQ(model.bytes(), uint64_t(64) * kWordDomain);
  Session session(model);
  const FakeBatch<float> b = randomFakeBatch<float>(1, 2, 10, true);
  EXPECT_EQ(runBatch(session, b), expectedOutputs(b));
}

TEST_F(ModelTest, ObjectsKeepAliveWhatTheyAreMadeOf) {
  auto *entry = new FakeEntry(manifest);
  static bool released;
  released = false;
  const FakeBatch<float> b = randomFakeBatch<float>(1, 2, 10, true);
  {
    Session session;
    {
      Model model;
      {
        const Program program = Program::fromEntry(
            entry->entry,
            [](void *context) {
              delete static_cast<FakeEntry *>(context);
              released = true;
            },
            entry);
        model = fakeModel<float>(program);
      }
      session = Session(model);
    }
    EXPECT_FALSE(released);
    EXPECT_EQ(runBatch(session, b), expectedOutputs(b));
  }
  EXPECT_TRUE(released);
}

TEST_F(ModelTest, Description) {
  FakeEntry entry(manifest);
  const Program program = Program::fromEntry(entry.entry);
  const cortex_program_info info = program.info();
  EXPECT_STREQ(info.model, "fake");
  EXPECT_STREQ(info.target, "host");
  EXPECT_EQ(info.structure, CORTEX_DAG);
  EXPECT_EQ(info.float_type, CORTEX_F32);
  EXPECT_EQ(info.num_types, 2u);
  EXPECT_EQ(info.num_inputs, 5u);
  EXPECT_EQ(info.num_params, 1u);
  EXPECT_EQ(info.num_outputs, 4u);
  EXPECT_TRUE(info.types_from_arity);
  EXPECT_FALSE(info.has_weights);
  EXPECT_EQ(info.exchanges_per_level, 3u);
  EXPECT_STREQ(program.type(1).name, "inner");
  EXPECT_EQ(program.type(1).max_arity, CORTEX_ANY_ARITY);
  const cortex_input_info word = program.input(program.findInput("word")), x = program.input(program.findInput("x"));
  EXPECT_TRUE(word.is_symbol);
  EXPECT_EQ(word.dtype, CORTEX_I32);
  EXPECT_EQ(word.domain, kWordDomain);
  EXPECT_EQ(word.num_types, 1u);
  EXPECT_EQ(word.types[0], 0u);
  EXPECT_EQ(x.place, CORTEX_AT_NODES);
  EXPECT_EQ(x.dtype, CORTEX_F32);
  EXPECT_EQ(x.rank, 1u);
  EXPECT_EQ(x.shape[0], kUnits);
  EXPECT_EQ(program.param(0).shape[1], kUnits);
  const cortex_output_info y = program.output(program.findOutput("y"));
  EXPECT_EQ(y.place, CORTEX_AT_ROOTS);
  EXPECT_EQ(y.elements, kUnits);
  EXPECT_THROW(program.findOutput("z"), Error);
  try {
    program.output(4);
    FAIL();
  } catch (const Error &e) {
    EXPECT_STREQ(e.what(), "there is no output 4: the program has 4");
  }
}

TEST_F(ModelTest, BadEntries) {
  FakeEntry good(manifest);
  auto fault = [&](auto damage) {
    cortex_program_entry entry = good.entry;
    damage(entry);
    cortex_program *program = nullptr;
    EXPECT_EQ(cortex_program_from_entry(&entry, nullptr, nullptr, &program), CORTEX_INVALID_ARTIFACT);
    EXPECT_EQ(program, nullptr);
    return std::string(cortex_last_error());
  };
  EXPECT_EQ(fault([](auto &e) { e.magic ^= 1; }), "the program: its entry is no Cortex program");
  EXPECT_EQ(fault([](auto &e) { e.abi_version = 9; }),
            "the program: it is of ABI version 9, this runtime needs version " + std::to_string(CORTEX_ABI_VERSION));
  EXPECT_EQ(fault([](auto &e) { e.struct_size = 40; }), "the program: its entry has 40 bytes, not 48");
  EXPECT_EQ(fault([](auto &e) { e.run = nullptr; }), "the program: its entry lacks a manifest or code");
  EXPECT_EQ(fault([](auto &e) { e.manifest_size -= 1; }), "the program: bad manifest: it is truncated or damaged");
}
