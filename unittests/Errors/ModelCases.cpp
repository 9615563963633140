//===- ModelCases.cpp - Weights, teams ------------------------------------===//
#include "Fakes.h"

namespace cortex::errors {

namespace {

const std::vector<float> &values() {
  static const std::vector<float> some(kWordDomain * kUnits, 1);
  return some;
}

/// A model of the fake program, whose one parameter is E f32[10,6].
Outcome create(const std::vector<cortex_tensor> &weights) {
  return thrown([&] { Model(fakeProgram(), weights); });
}

constexpr uint64_t kShape[] = {kWordDomain, kUnits}, kTurned[] = {kUnits, kWordDomain};

} // namespace

Group modelCases() {
  const std::string argument = "CORTEX_INVALID_ARGUMENT", weights = "CORTEX_INVALID_WEIGHTS";
  const std::string head = "the weights do not match model 'fake': ";
  const cortex_tensor good{"E", CORTEX_F32, 2, kShape, values().data()};
  return {"C and C++: weights and teams",
          "`cortex_model_create`, `Model`, `cortex_team_create`. The examples are of a model `fake` with the one "
          "parameter `E`.",
          {
              {"no program", argument, "program is null", "Load a program first.",
               [] {
                 cortex_model *model = nullptr;
                 return called(cortex_model_create(nullptr, nullptr, 0, nullptr, &model));
               }},
              {"no place for the model", argument, "model is null", "Give the address of a pointer.",
               [] { return called(cortex_model_create(fakeProgram().get(), nullptr, 0, nullptr, nullptr)); }},
              {"a number of weights without the weights", argument, "weights is null, but num_weights is not 0",
               "Give the array, or 0 for the weights that the artifact carries.",
               [] {
                 cortex_model *model = nullptr;
                 return called(cortex_model_create(fakeProgram().get(), nullptr, 3, nullptr, &model));
               }},
              {"a weight without a name", argument, "weights[0].name is null", "Give every tensor its name.",
               [] { return create({{nullptr, CORTEX_F32, 2, kShape, values().data()}}); }},
              {"a weight without a shape", argument, "the shape of weight 'E' is null",
               "Give the shape; it may be null for scalars only.",
               [] { return create({{"E", CORTEX_F32, 2, nullptr, values().data()}}); }},
              {"weights that are missing", weights, head + "missing 'E' f32[10,6]",
               "Give exactly the program's parameters.", [] { return create({}); }},
              {"weights of another shape", weights, head + "'E' is f32[6,10], expected f32[10,6]",
               "Reshape the tensor, or compile the model with these sizes.",
               [] { return create({{"E", CORTEX_F32, 2, kTurned, values().data()}}); }},
              {"weights of another type", weights, head + "'E' is f64[10,6], expected f32[10,6]",
               "Convert the values: all are of the model's float type.",
               [] { return create({{"E", CORTEX_F64, 2, kShape, values().data()}}); }},
              {"weights of a type that there is not", weights, head + "'E' is dtype 9[10,6], expected f32[10,6]",
               "Use the values of `cortex_dtype`.",
               [] { return create({{"E", static_cast<cortex_dtype>(9), 2, kShape, values().data()}}); }},
              {"weights without values", weights, head + "'E' has no data", "Give the values.",
               [] { return create({{"E", CORTEX_F32, 2, kShape, nullptr}}); }},
              {"a weight too many", weights, head + "superfluous 'W'", "Leave it out.",
               [=] { return create({good, {"W", CORTEX_F32, 2, kShape, values().data()}}); }},
              {"a weight given twice", weights, head + "a second 'E'", "Leave one out.",
               [=] { return create({good, good}); }},
              {"several mistakes", weights, head + "missing 'E' f32[10,6]; superfluous 'e'; a second 'e'",
               "All of them are in one message.",
               [] {
                 const cortex_tensor other{"e", CORTEX_F32, 2, kShape, values().data()};
                 return create({other, other});
               }},
              {"the artifact's own weights, of which there are none", weights,
               "the artifact's weights do not match model 'fake': missing 'E' f32[10,6]",
               "Give weights, or compile them into the artifact.",
               [] { return thrown([] { const Model made(fakeProgram()); }); }},
              {"no place for the team", argument, "team is null", "Give the address of a pointer.",
               [] { return called(cortex_team_create(2, nullptr)); }},
              {"a negative number of workers", argument, "a team has at most 4096 workers, not 4294967295",
               "Give the number of workers, or 0 for one per CPU.",
               [] { return thrown([] { Team::create(static_cast<uint32_t>(-1)); }); }},
          }};
}

} // namespace cortex::errors
