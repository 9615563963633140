#include "cortex/IO/Weights.h"
#include "Testing.h"

namespace cortex::io {
namespace {

Tensor typed(const std::string &name, TensorType type, std::vector<uint64_t> shape, std::vector<uint8_t> bytes) {
  return {name, type, std::move(shape), std::move(bytes)};
}

TEST(WeightsTest, OrdersAndWidens) {
  const float values[] = {1.5f, -2};
  const ParamInfo params[] = {{"c", DType::F32, {2}}, {"b", DType::F32, {2}}, {"a", DType::F32, {2}}};
  std::vector<Tensor> tensors = {makeTensor("a", {2}, values),
                                 typed("b", TensorType::F16, {2}, {0x00, 0x3C, 0x00, 0xC0}),
                                 typed("c", TensorType::BF16, {2}, {0x80, 0x3F, 0x20, 0xC0})};
  std::vector<Tensor> out;
  std::string error;
  ASSERT_TRUE(matchWeights(params, std::move(tensors), "w", out, error)) << error;
  ASSERT_EQ(out.size(), 3u);
  auto check = [](const Tensor &tensor, const char *name, float first, float second) {
    EXPECT_EQ(tensor.name, name);
    ASSERT_EQ(valuesOf<float>(tensor).size(), 2u);
    EXPECT_EQ(valuesOf<float>(tensor)[0], first);
    EXPECT_EQ(valuesOf<float>(tensor)[1], second);
  };
  check(out[0], "c", 1, -2.5f);
  check(out[1], "b", 1, -2);
  check(out[2], "a", 1.5f, -2);
}

TEST(WeightsTest, WidensToDouble) {
  const float single[] = {0.1f};
  const double wide[] = {0.1};
  const ParamInfo params[] = {{"a", DType::F64, {1}}, {"b", DType::F64, {}}, {"h", DType::F64, {1}}};
  std::vector<Tensor> out;
  std::string error;
  ASSERT_TRUE(matchWeights(
      params, {makeTensor("a", {1}, single), makeTensor("b", {}, wide), typed("h", TensorType::F16, {1}, {0x00, 0x3C})},
      "w", out, error))
      << error;
  EXPECT_EQ(valuesOf<double>(out[0])[0], double{0.1f});
  EXPECT_EQ(valuesOf<double>(out[1])[0], 0.1);
  EXPECT_EQ(valuesOf<double>(out[2])[0], 1.0);
}

TEST(WeightsTest, OneErrorListsEveryMismatch) {
  const float six[6] = {};
  const double wide[2] = {};
  const int32_t whole[2] = {};
  const ParamInfo params[] = {{"E", DType::F32, {20, 3}}, {"W", DType::F32, {2, 3}}, {"b", DType::F32, {2}},
                              {"c", DType::F32, {2}},     {"d", DType::F32, {}},     {"good", DType::F32, {6}}};
  std::vector<Tensor> out;
  std::string error;
  EXPECT_FALSE(matchWeights(params,
                            {makeTensor("extra", {2}, whole), makeTensor("W", {3, 2}, six), makeTensor("b", {2}, wide),
                             makeTensor("c", {2}, whole), makeTensor("d", {6}, six), makeTensor("good", {6}, six),
                             makeTensor("w", {}, std::span<const double>(wide, 1))},
                            "w.safetensors", out, error));
  EXPECT_EQ(error, "w.safetensors: the tensors do not match the model's parameters:\n"
                   "  missing: E (expected F32 20x3)\n"
                   "  wrong shape: W (expected F32 2x3, found F32 3x2)\n"
                   "  wrong dtype: b (expected F32 2, found F64 2)\n"
                   "  wrong dtype: c (expected F32 2, found I32 2)\n"
                   "  wrong shape: d (expected F32 scalar, found F32 6)\n"
                   "  not a parameter: extra (found I32 2)\n"
                   "  not a parameter: w (found F64 scalar)");
  EXPECT_TRUE(out.empty());
}

} // namespace
} // namespace cortex::io
