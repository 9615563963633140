#include "Testing.h"
#include "cortex/IO/JsonLines.h"

#include <cmath>
#include <limits>

namespace cortex::io {
namespace {

TEST(ResultWriterTest, OneObjectAStructure) {
  TemporaryDirectory directory;
  std::string error, text;
  const float logits[] = {0.5f, -1.25f, 0.1f, 3.0f, 1e30f, -0.0f};
  const double pooled[] = {0.1, 2.0};
  const int32_t offsets[] = {0, 1, 3};
  const OutputView outputs[] = {{"logits", Place::Roots, DType::F32, {2}, offsets, logits},
                                {"pool", Place::Structures, DType::F64, {}, {}, pooled}};
  ResultWriter writer;
  ASSERT_TRUE(writer.open(directory / "r.jsonl", error)) << error;
  ASSERT_TRUE(writer.append(2, outputs, error)) << error;
  ASSERT_TRUE(writer.append(1, std::span(outputs).first(1), error)) << error; // numbered on
  EXPECT_FALSE(std::filesystem::exists(directory / "r.jsonl"));
  ASSERT_TRUE(writer.commit(error)) << error;
  ASSERT_TRUE(readFile(directory / "r.jsonl", text, error)) << error;
  EXPECT_EQ(text, "{\"structure\": 0, \"outputs\": {\"logits\": [[0.5, -1.25]], \"pool\": 0.1}}\n"
                  "{\"structure\": 1, \"outputs\": {\"logits\": [[0.1, 3], [1e+30, -0]], \"pool\": 2}}\n"
                  "{\"structure\": 2, \"outputs\": {\"logits\": [[0.5, -1.25]]}}\n");
}

TEST(ResultWriterTest, NumbersThatAreNotFinite) {
  TemporaryDirectory directory;
  std::string error, text;
  const double values[] = {std::nan(""), std::numeric_limits<double>::infinity(),
                           -std::numeric_limits<double>::infinity(), 5e-324};
  const OutputView output{"a \"b\"", Place::Structures, DType::F64, {2, 2}, {}, values};
  ResultWriter writer;
  ASSERT_TRUE(writer.open(directory / "r.jsonl", error) && writer.append(1, {&output, 1}, error) &&
              writer.commit(error))
      << error;
  ASSERT_TRUE(readFile(directory / "r.jsonl", text, error)) << error;
  EXPECT_EQ(text, "{\"structure\": 0, \"outputs\": {\"a \\\"b\\\"\": [[\"NaN\", \"Infinity\"], [\"-Infinity\", "
                  "5e-324]]}}\n");
}

} // namespace
} // namespace cortex::io
