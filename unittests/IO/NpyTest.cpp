#include "cortex/IO/Npy.h"
#include "Testing.h"

namespace cortex::io {
namespace {

std::string problem(std::string_view bytes) {
  Tensor tensor;
  std::string error;
  EXPECT_FALSE(parseNpy(bytes, "a.npy", tensor, error));
  EXPECT_TRUE(tensor.bytes.empty());
  return error;
}

/// A version 1.0 file with this header and `data` bytes of zeros.
std::string fileOf(const std::string &header, size_t data) {
  std::string bytes("\x93NUMPY\1\0", 8);
  bytes += static_cast<char>(header.size() & 0xFF);
  bytes += static_cast<char>(header.size() >> 8);
  return bytes + header + std::string(data, '\0');
}

TEST(NpyTest, WritesWhatNumpyWrites) {
  // numpy.save of numpy.array([[1, 2, 3]], "<f4")
  const float values[] = {1, 2, 3};
  const uint64_t shape[] = {1, 3};
  const std::string bytes = formatNpy(DType::F32, shape, values);
  ASSERT_EQ(bytes.size(), 128u + 12);
  EXPECT_EQ(bytes.substr(0, 10), std::string("\x93NUMPY\1\0\x76\0", 10));
  EXPECT_EQ(bytes.substr(10, 60), "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3), } ");
  EXPECT_EQ(bytes[127], '\n');
  EXPECT_EQ(bytes.substr(128), std::string("\0\0\x80\x3F\0\0\0\x40\0\0\x40\x40", 12));
}

TEST(NpyTest, RoundTrips) {
  TemporaryDirectory directory;
  const std::vector<std::vector<uint64_t>> shapes = {{}, {0}, {5}, {2, 3}, {3, 1, 4}, {7, 0}};
  for (const auto &shape : shapes)
    for (const DType dtype : {DType::F32, DType::F64, DType::I32}) {
      SCOPED_TRACE(describeShape(shape));
      const uint64_t size = *byteSize(shape, tensorTypeOf(dtype));
      std::mt19937 random(static_cast<uint32_t>(size));
      std::vector<uint8_t> data(size);
      for (uint8_t &byte : data)
        byte = static_cast<uint8_t>(random());
      Tensor tensor;
      std::string error;
      ASSERT_TRUE(writeNpy(directory / "a.npy", dtype, shape, data.data(), error)) << error;
      ASSERT_TRUE(readNpy(directory / "a.npy", tensor, error)) << error;
      EXPECT_EQ(tensor.shape, shape);
      EXPECT_EQ(tensor.type, tensorTypeOf(dtype));
      EXPECT_EQ(tensor.bytes, data);
    }
}

TEST(NpyTest, BadFiles) {
  const std::string good = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n";
  Tensor tensor;
  std::string error;
  ASSERT_TRUE(parseNpy(fileOf(good, 8), "a.npy", tensor, error)) << error;
  EXPECT_EQ(problem(""), "a.npy: expected the start of a .npy file, found 0 bytes");
  EXPECT_EQ(problem("\x93NUMPX\1   "), "a.npy: expected the start of a .npy file, found '\\x93NUMPX'");
  EXPECT_EQ(problem(std::string_view("\x93NUMPY\4\0\0\0", 10)),
            "a.npy: expected .npy version 1.0, 2.0 or 3.0, found 4.0");
  EXPECT_EQ(problem(std::string_view("\x93NUMPY\2\0\xFF\xFF\xFF\xFF{", 13)),
            "a.npy: the header claims 4294967295 bytes: expected at most 1, what the file has left");
  EXPECT_EQ(problem(fileOf(good, 7)), "a.npy: F32 of shape 2 takes 8 bytes: found 7");
  EXPECT_EQ(problem(fileOf(good, 9)), "a.npy: F32 of shape 2 takes 8 bytes: found 9");
  EXPECT_EQ(problem(fileOf("{'descr': '>f4', 'fortran_order': False, 'shape': (2,)}", 8)),
            "a.npy: the header: expected the descr '<f4', '<f8' or '<i4', found '>f4'");
  EXPECT_EQ(problem(fileOf("{'descr': '<f4', 'fortran_order': True, 'shape': (2,)}", 8)),
            "a.npy: the header: expected the fortran_order False (C order), found 'True, 'shape': (2,)}'");
  EXPECT_EQ(problem(fileOf("{'descr': '<f4', 'fortran_order': False}", 8)),
            "a.npy: the header: expected the key 'shape'");
  EXPECT_EQ(problem(fileOf("{'descr': '<f4', 'descr': '<f4'}", 8)),
            "a.npy: the header: expected the keys descr, fortran_order and shape once each, found 'descr'");
  EXPECT_EQ(problem(fileOf("{'descr': '<f4', 'fortran_order': False, 'shape': (-2,)}", 8)),
            "a.npy: the header: expected a number in the shape, found '-2,)}'");
  EXPECT_EQ(problem(fileOf("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296, 4)}", 8)),
            "a.npy: F32 of shape 4294967296x4294967296x4 takes more than 2^64 bytes: found 8");
  EXPECT_EQ(problem(fileOf("{'descr': '<f4", 8)).find("a.npy: the header: expected a string"), 0u);
  EXPECT_EQ(problem(fileOf("", 8)), "a.npy: the header: expected '{', found its end");
}

TEST(NpyTest, EveryTruncationIsAnError) {
  const double values[] = {1, 2};
  const uint64_t shape[] = {2};
  const std::string bytes = formatNpy(DType::F64, shape, values);
  for (size_t size = 0; size < bytes.size(); ++size)
    EXPECT_NE(problem(std::string_view(bytes).substr(0, size)), "") << size;
}

} // namespace
} // namespace cortex::io
