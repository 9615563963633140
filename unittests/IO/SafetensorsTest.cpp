#include "cortex/IO/Safetensors.h"
#include "Testing.h"

#include <cmath>
#include <limits>

namespace cortex::io {
namespace {

/// A file with this header and `data` bytes of zeros.
std::string fileOf(const std::string &header, size_t data) {
  std::string bytes;
  for (size_t i = 0; i < 8; ++i)
    bytes += static_cast<char>(uint64_t{header.size()} >> (8 * i) & 0xFF);
  return bytes + header + std::string(data, '\0');
}

std::string problem(std::string_view bytes) {
  TensorFile file;
  std::string error;
  EXPECT_FALSE(parseSafetensors(bytes, "w", file, error));
  EXPECT_TRUE(file.tensors.empty());
  return error;
}

/// The error for a file of 16 bytes of data and one tensor "a" with this record.
std::string record(const std::string &json) {
  return problem(fileOf("{\"a\": " + json + "}", 16));
}

TEST(SafetensorsTest, RoundTripsEveryType) {
  TemporaryDirectory directory;
  TensorFile file;
  file.metadata = {{"source", "a \"test\""}, {"é", "\n"}};
  const std::vector<std::vector<uint64_t>> shapes = {{}, {3}, {2, 0, 5}, {4, 2}};
  for (const char *name : {"BOOL", "U8", "I8", "F8_E5M2", "F8_E4M3", "I16", "U16", "F16", "BF16", "I32", "U32", "F32",
                           "I64", "U64", "F64"})
    for (const auto &shape : shapes) {
      Tensor tensor{std::string(name) + " " + describeShape(shape), *tensorTypeOf(name), shape, {}};
      tensor.bytes.resize(*byteSize(shape, tensor.type));
      std::mt19937 random(static_cast<uint32_t>(file.tensors.size()));
      for (uint8_t &byte : tensor.bytes)
        byte = static_cast<uint8_t>(random());
      file.tensors.push_back(std::move(tensor));
    }
  std::string error;
  ASSERT_TRUE(writeSafetensors(directory / "w.safetensors", file, error)) << error;
  TensorFile read;
  ASSERT_TRUE(readSafetensors(directory / "w.safetensors", read, error)) << error;
  EXPECT_EQ(read.metadata, file.metadata);
  ASSERT_EQ(read.tensors.size(), file.tensors.size());
  for (const Tensor &tensor : file.tensors) {
    const Tensor *found = read.find(tensor.name);
    ASSERT_NE(found, nullptr) << tensor.name;
    EXPECT_EQ(found->type, tensor.type);
    EXPECT_EQ(found->shape, tensor.shape);
    EXPECT_EQ(found->bytes, tensor.bytes);
  }
  EXPECT_EQ(read.find("no"), nullptr);
}

TEST(SafetensorsTest, EmptyFileOfTensors) {
  TensorFile file;
  std::string error;
  EXPECT_TRUE(parseSafetensors(fileOf("{}", 0), "w", file, error)) << error;
  EXPECT_TRUE(parseSafetensors(fileOf("{}      ", 0), "w", file, error)) << error;
}

TEST(SafetensorsTest, HostileLengths) {
  EXPECT_EQ(problem(""), "w: expected at least 8 bytes, found 0: is this a safetensors file?");
  EXPECT_EQ(problem("1234567"), "w: expected at least 8 bytes, found 7: is this a safetensors file?");
  EXPECT_EQ(problem(std::string_view("\3\0\0\0\0\0\0\0{}", 10)),
            "w: the first 8 bytes give a header of 3 bytes: expected at most 2, what the file has left: is this a "
            "safetensors file?");
  EXPECT_EQ(problem("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF{}"),
            "w: the first 8 bytes give a header of 18446744073709551615 bytes: expected at most 2, what the file has "
            "left: is this a safetensors file?");
  EXPECT_EQ(problem(fileOf("", 4)), "w: expected a JSON object as header: is this a safetensors file?");
  EXPECT_EQ(problem("<!DOCTYPE html>").find("w: the first 8 bytes give a header of "), 0u);
}

TEST(SafetensorsTest, BadHeaders) {
  EXPECT_EQ(problem(fileOf("{\"a\": }", 0)), "w: the header is no JSON, byte 14: syntax error while parsing value - "
                                             "unexpected '}'; expected '[', '{', or a literal");
  EXPECT_EQ(problem(fileOf("{\"a\": {}, \"a\": {}}", 0)), "w: the header is no JSON: the key 'a' occurs twice");
  EXPECT_EQ(problem(fileOf("{\"__metadata__\": {\"a\": 3}}", 0)),
            "w: __metadata__, key 'a': expected a string, found 3");
  EXPECT_EQ(problem(fileOf("{\"__metadata__\": 3}", 0)), "w: __metadata__: expected an object, found 3");
  EXPECT_EQ(problem(fileOf("{\"a\":" + std::string(100'000, '['), 0)),
            "w: the header is no JSON: values are nested deeper than 64");
}

TEST(SafetensorsTest, BadRecords) {
  EXPECT_EQ(record("3"), "w: tensor 'a': expected an object, found 3");
  EXPECT_EQ(record("{\"dtype\": \"F32\", \"shape\": [4]}"), "w: tensor 'a': expected the key \"data_offsets\"");
  EXPECT_EQ(record("{\"dtype\": \"F32\", \"shape\": [4], \"data_offsets\": [0, 16], \"x\": 1}"),
            "w: tensor 'a': unknown key 'x': expected dtype, shape and data_offsets");
  EXPECT_EQ(record("{\"dtype\": \"F33\", \"shape\": [4], \"data_offsets\": [0, 16]}"),
            "w: tensor 'a': expected a known dtype such as F32, found 'F33'");
  EXPECT_EQ(record("{\"dtype\": 1, \"shape\": [4], \"data_offsets\": [0, 16]}"),
            "w: tensor 'a': expected a known dtype such as F32, found 1");
  EXPECT_EQ(record("{\"dtype\": \"F32\", \"shape\": 4, \"data_offsets\": [0, 16]}"),
            "w: tensor 'a': expected a list as shape, found 4");
  EXPECT_EQ(record("{\"dtype\": \"F32\", \"shape\": [-4], \"data_offsets\": [0, 16]}"),
            "w: tensor 'a': expected whole numbers as shape, found -4");
  EXPECT_EQ(record("{\"dtype\": \"F32\", \"shape\": [4], \"data_offsets\": [0]}"),
            "w: tensor 'a': expected two data_offsets, found a list of 1");
  const std::string within = "w: tensor 'a': expected data_offsets in order within the 16 bytes of data, found ";
  EXPECT_EQ(record("{\"dtype\": \"F32\", \"shape\": [4], \"data_offsets\": [0, 17]}"), within + "[0, 17]");
  EXPECT_EQ(record("{\"dtype\": \"F32\", \"shape\": [4], \"data_offsets\": [16, 0]}"), within + "[16, 0]");
  EXPECT_EQ(record("{\"dtype\": \"F32\", \"shape\": [4], \"data_offsets\": [-1, 15]}"), within + "[-1, 15]");
  EXPECT_EQ(record("{\"dtype\": \"F32\", \"shape\": [5], \"data_offsets\": [0, 16]}"),
            "w: tensor 'a': F32 of shape 5 takes 20 bytes: expected data_offsets that far apart, found 16");
  EXPECT_EQ(record("{\"dtype\": \"F32\", \"shape\": [4611686018427387904, 4], \"data_offsets\": [0, 0]}"),
            "w: tensor 'a': F32 of shape 4611686018427387904x4 takes more than 2^64 bytes: expected data_offsets that "
            "far apart, found 0");
}

TEST(SafetensorsTest, DataIsCoveredExactly) {
  auto tensor = [](int begin, int end) {
    return "{\"dtype\": \"U8\", \"shape\": [" + std::to_string(end - begin) + "], \"data_offsets\": [" +
           std::to_string(begin) + ", " + std::to_string(end) + "]}";
  };
  TensorFile file;
  std::string error;
  ASSERT_TRUE(
      parseSafetensors(fileOf("{\"b\": " + tensor(8, 16) + ", \"a\": " + tensor(0, 8) + "}", 16), "w", file, error))
      << error;
  EXPECT_EQ(file.tensors[0].name, "a");
  EXPECT_EQ(problem(fileOf("{\"b\": " + tensor(7, 16) + ", \"a\": " + tensor(0, 8) + "}", 16)),
            "w: tensor 'b': expected its data to begin at 8, where the tensor before it ends, found 7");
  EXPECT_EQ(problem(fileOf("{\"b\": " + tensor(9, 16) + ", \"a\": " + tensor(0, 8) + "}", 16)),
            "w: tensor 'b': expected its data to begin at 8, where the tensor before it ends, found 9");
  EXPECT_EQ(problem(fileOf("{\"a\": " + tensor(0, 8) + "}", 16)),
            "w: expected 8 bytes of data, as the header says, found 16");
  // The whole file twice: many tensors may not share the same bytes.
  EXPECT_EQ(problem(fileOf("{\"a\": " + tensor(0, 16) + ", \"b\": " + tensor(0, 16) + "}", 16)),
            "w: tensor 'b': expected its data to begin at 16, where the tensor before it ends, found 0");
}

TEST(SafetensorsTest, EveryTruncationIsAnError) {
  const float values[] = {1, 2, 3};
  std::string bytes, error;
  ASSERT_TRUE(formatSafetensors({{makeTensor("a", {3}, values)}, {}}, bytes, error)) << error;
  for (size_t size = 0; size < bytes.size(); ++size)
    EXPECT_NE(problem(std::string_view(bytes).substr(0, size)), "") << size;
}

TEST(SafetensorsTest, RandomDamageNeverCrashes) {
  const float values[] = {1, 2, 3};
  std::string good, error;
  ASSERT_TRUE(
      formatSafetensors({{makeTensor("a", {3}, values), makeTensor("b", {1, 3}, values)}, {{"k", "v"}}}, good, error))
      << error;
  for (uint32_t seed = 0; seed < 3000; ++seed) {
    std::mt19937 random(seed);
    std::string bytes = good;
    for (uint32_t n = 1 + below(random, 3); n > 0; --n)
      bytes[below(random, bytes.size())] = static_cast<char>(random());
    TensorFile file;
    if (parseSafetensors(bytes, "w", file, error))
      for (const Tensor &tensor : file.tensors)
        EXPECT_EQ(byteSize(tensor.shape, tensor.type), tensor.bytes.size()) << "seed " << seed;
    else
      EXPECT_EQ(error.find("w: "), 0u) << "seed " << seed;
  }
}

TEST(SafetensorsTest, RefusesToWriteBadTensors) {
  std::string bytes, error;
  const float values[] = {1, 2, 3};
  EXPECT_FALSE(formatSafetensors({{makeTensor("a", {4}, values)}, {}}, bytes, error));
  EXPECT_EQ(error, "tensor 'a': expected the bytes of F32 4, found 12");
  EXPECT_FALSE(formatSafetensors({{makeTensor("a", {3}, values), makeTensor("a", {3}, values)}, {}}, bytes, error));
  EXPECT_EQ(error, "tensor 'a': expected every name once");
  EXPECT_FALSE(formatSafetensors({{makeTensor("\xFF", {3}, values)}, {}}, bytes, error));
  EXPECT_EQ(error, "tensor '\\xff': expected a name in UTF-8 other than __metadata__");
  EXPECT_FALSE(writeSafetensors("no/such/w", {{makeTensor("a", {3}, values)}, {}}, error));
  EXPECT_EQ(error, "cannot write 'no/such/w': No such file or directory");
}

TEST(SafetensorsTest, MissingFileAndDirectory) {
  TensorFile file;
  std::string error;
  EXPECT_FALSE(readSafetensors("no/such/w", file, error));
  EXPECT_EQ(error, "cannot read 'no/such/w': No such file or directory");
  EXPECT_FALSE(readSafetensors("/", file, error));
  EXPECT_EQ(error, "cannot read '/': Is a directory");
  EXPECT_FALSE(readSafetensors("/dev/null", file, error));
  EXPECT_EQ(error, "/dev/null: expected at least 8 bytes, found 0: is this a safetensors file?");
}

TEST(TensorTest, HalfPrecisionIsWidenedExactly) {
  EXPECT_EQ(widenF16(0x3C00), 1.0f);
  EXPECT_EQ(widenF16(0xC000), -2.0f);
  EXPECT_EQ(widenF16(0x7BFF), 65504.0f);
  EXPECT_EQ(widenF16(0x0400), 0x1p-14f); // smallest normal
  EXPECT_EQ(widenF16(0x0001), 0x1p-24f); // smallest subnormal
  EXPECT_EQ(widenF16(0x83FF), -0x3FFp-24f);
  EXPECT_TRUE(std::signbit(widenF16(0x8000)) && widenF16(0x8000) == 0);
  EXPECT_EQ(widenF16(0xFC00), -std::numeric_limits<float>::infinity());
  EXPECT_TRUE(std::isnan(widenF16(0x7E01)));
  for (uint32_t bits = 0; bits < 0x10000; ++bits) { // against the definition
    const uint32_t exponent = bits >> 10 & 31, fraction = bits & 0x3FF;
    if (exponent == 31)
      continue;
    const double magnitude =
        exponent ? std::ldexp(1024 + fraction, static_cast<int>(exponent) - 25) : std::ldexp(fraction, -24);
    ASSERT_EQ(widenF16(static_cast<uint16_t>(bits)), bits & 0x8000 ? -magnitude : magnitude) << bits;
  }
  EXPECT_EQ(widenBF16(0x3F80), 1.0f);
  EXPECT_EQ(widenBF16(0xC020), -2.5f);
  EXPECT_TRUE(std::isnan(widenBF16(0x7FC0)));
}

} // namespace
} // namespace cortex::io
