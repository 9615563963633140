//===- TestSupport.cpp - Models from text and batches from literals -------===//
#include "TestSupport.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Parser/Parser.h"

namespace cortex::reference {

ParsedModel::ParsedModel(llvm::StringRef text) {
  context.loadDialect<ra::RADialect, mlir::arith::ArithDialect, mlir::linalg::LinalgDialect, mlir::math::MathDialect,
                      mlir::tensor::TensorDialect>();
  module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
  if (module)
    for (auto op : module->getOps<ra::ModelOp>())
      model = op;
  EXPECT_TRUE(model) << text.str();
}

Batch batchOf(const std::vector<Lists> &structures) {
  Batch batch;
  for (const Lists &lists : structures) {
    int32_t base = batch.node_offsets.back();
    for (const std::vector<int32_t> &children : lists) {
      for (int32_t child : children)
        batch.children.push_back(base + child);
      batch.child_offsets.push_back(static_cast<int32_t>(batch.children.size()));
    }
    batch.node_offsets.push_back(base + static_cast<int32_t>(lists.size()));
  }
  return batch;
}

void addFeatures(Batch &batch, const std::string &name, Place place, std::vector<uint32_t> shape,
                 std::vector<double> values, bool f64) {
  io::Input input;
  input.name = name;
  input.place = place;
  input.dtype = f64 ? DType::F64 : DType::F32;
  input.shape = std::move(shape);
  if (f64)
    input.f64 = std::move(values);
  else
    input.f32.assign(values.begin(), values.end());
  batch.inputs.push_back(std::move(input));
}

void addSymbols(Batch &batch, const std::string &name, Place place, std::vector<int32_t> values) {
  io::Input input;
  input.name = name;
  input.place = place;
  input.symbols = std::move(values);
  batch.inputs.push_back(std::move(input));
}

Result evaluated(ra::ModelOp model, const Params &params, const Batch &batch) {
  Result result;
  std::string error;
  EXPECT_TRUE(evaluate(model, params, batch, result, error)) << error;
  return result;
}

FloatStates::FloatStates(const Result &result) {
  for (const StateValues &state : result.states)
    values.emplace_back(state.values.begin(), state.values.end());
  for (size_t i = 0; i < values.size(); ++i)
    states.push_back({result.states[i].sweep, result.states[i].state, values[i].data(), DType::F32});
}

std::vector<double> evaluateBody(const std::string &declarations, const std::string &resultType,
                                 const std::string &body, const Batch &batch, const Params &params) {
  std::string maps = R"(
#mv0 = affine_map<(i, k) -> (i, k)>
#mv1 = affine_map<(i, k) -> (k)>
#mv2 = affine_map<(i, k) -> (i)>
#mvt = affine_map<(i, k) -> (k, i)>
#mm0 = affine_map<(i, j, k) -> (i, k)>
#mm1 = affine_map<(i, j, k) -> (k, j)>
#mm2 = affine_map<(i, j, k) -> (i, j)>
#dot = affine_map<(k) -> (k)>
#scalar = affine_map<(k) -> ()>
)";
  ParsedModel parsed(maps + "ra.model @M structure(tree) float(f32) {\n ra.type @node(0 to *)\n" + declarations +
                     "\n ra.sweep @sweep map states(@y : " + resultType + ") {\n ra.body {\n" + body + " : " +
                     resultType + "\n } } }");
  if (!parsed.model)
    return {};
  Result result = evaluated(parsed.model, params, batch);
  return result.states.empty() ? std::vector<double>{} : result.states[0].values;
}

} // namespace cortex::reference
