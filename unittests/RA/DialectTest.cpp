//===- DialectTest.cpp - Accessors of the ra dialect ----------------------===//
#include "cortex/Dialect/RA/IR/RA.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace mlir;
using namespace cortex;
using ::testing::ElementsAre;

namespace {

class Dialect : public ::testing::Test {
protected:
  Dialect() { context.loadDialect<ra::RADialect>(); }

  /// The first model of a verified module that the fixture keeps alive.
  ra::ModelOp parse(llvm::StringRef text) {
    module = parseSourceString<ModuleOp>(text, &context);
    if (!module || module->getOps<ra::ModelOp>().empty())
      return {};
    return *module->getOps<ra::ModelOp>().begin();
  }

  /// A model with these `ra.type` declarations and one sweep.
  ra::ModelOp withTypes(llvm::StringRef types) {
    return parse(("ra.model @M structure(dag) float(f32) {" + types + R"(
      ra.param @p : tensor<2xf32>
      ra.sweep @s map states(@h : tensor<2xf32>) {
        ra.body {
          %p = ra.read param @p : tensor<2xf32>
          ra.yield %p : tensor<2xf32>
        }
      }
    })")
                     .str());
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
};

TEST_F(Dialect, TypesOverlapWhenTheyShareAnArity) {
  auto overlap = [&](llvm::StringRef types) {
    ra::ModelOp model = withTypes(types);
    EXPECT_TRUE(model) << types.str();
    return model && ra::typesOverlap(model);
  };
  EXPECT_FALSE(overlap("ra.type @a(0 to *)"));
  EXPECT_FALSE(overlap("ra.type @a(0) ra.type @b(1 to *)"));
  EXPECT_FALSE(overlap("ra.type @b(3 to *) ra.type @a(0) ra.type @c(1 to 2)"));
  EXPECT_TRUE(overlap("ra.type @a(0) ra.type @b(0 to 1)"));
  EXPECT_TRUE(overlap("ra.type @a(0) ra.type @b(1 to *) ra.type @c(2)"));
  EXPECT_TRUE(overlap("ra.type @a(1 to *) ra.type @b(5 to *)"));
  EXPECT_TRUE(overlap("ra.type @a(2) ra.type @b(2)"));
}

TEST_F(Dialect, TypesComeInOrderOfDeclaration) {
  ra::ModelOp model = withTypes("ra.type @b(1) ra.type @a(0)");
  ASSERT_TRUE(model);
  llvm::SmallVector<ra::TypeOp> types = ra::getTypes(model);
  ASSERT_EQ(types.size(), 2u);
  EXPECT_EQ(types[0].getSymName(), "b");
  EXPECT_EQ(types[1].getSymName(), "a");
}

constexpr llvm::StringLiteral kModel = R"(
ra.model @M structure(dag) float(f32) {
  ra.type @leaf(0)
  ra.type @inner(1 to *)
  ra.input @word : !ra.symbol<9> on @leaf
  ra.input @x : tensor<2xf32>
  ra.input @w at edges : tensor<f32>
  ra.sweep @up up states(@h : tensor<2xf32>, @c : tensor<f32>) {
    ra.body @leaf {
      %x = ra.read self @x : tensor<2xf32>
      %c = arith.constant dense<1.0> : tensor<f32>
      ra.yield %x, %c : tensor<2xf32>, tensor<f32>
    }
    ra.body @inner {
      %z = ra.read self @x : tensor<2xf32>
      %y = ra.sigmoid %z : tensor<2xf32>
      %a, %b, %c, %d = ra.over children [sum, softmax, mean, max] else(%z, %y) {
        %k = ra.read there @up::@h : tensor<2xf32>
        %w = ra.read edge @w : tensor<f32>
        ra.yield %k, %w, %k, %w, %k : tensor<2xf32>, tensor<f32>, tensor<2xf32>, tensor<f32>, tensor<2xf32>
      } : tensor<2xf32>, tensor<2xf32>, tensor<f32>, tensor<2xf32>
      ra.yield %a, %c : tensor<2xf32>, tensor<f32>
    }
  }
  ra.sweep @all map at structures states(@n : tensor<f32>) {
    ra.body {
      %n = ra.over nodes [sum] {
        %c = ra.read there @up::@c : tensor<f32>
        ra.yield %c : tensor<f32>
      } : tensor<f32>
      ra.yield %n : tensor<f32>
    }
  }
  ra.output @h = @up::@h
  ra.output @c = @up::@c at nodes
  ra.output @n = @all::@n
})";

TEST_F(Dialect, InputsBelongToTypes) {
  ra::ModelOp model = parse(kModel);
  ASSERT_TRUE(model);
  auto has = [&](llvm::StringRef type, llvm::StringRef input) {
    return ra::hasInput(model.lookupSymbol<ra::TypeOp>(type), model.lookupSymbol<ra::InputOp>(input));
  };
  EXPECT_TRUE(has("leaf", "word"));
  EXPECT_FALSE(has("inner", "word"));
  EXPECT_TRUE(has("inner", "x"));
  EXPECT_FALSE(has("inner", "w")) << "an edge input is on no node";
}

TEST_F(Dialect, SweepsFindTheirStatesAndBodies) {
  ra::ModelOp model = parse(kModel);
  ASSERT_TRUE(model);
  auto up = model.lookupSymbol<ra::SweepOp>("up");
  ASSERT_EQ(up.getNumStates(), 2u);
  EXPECT_EQ(up.getStateName(1), "c");
  EXPECT_EQ(up.getStateType(1).getRank(), 0);
  EXPECT_EQ(up.findState("h"), 0);
  EXPECT_EQ(up.findState("n"), -1);
  EXPECT_EQ(up.getBodyFor("inner").getType(), "inner");
  EXPECT_EQ(up.getBodyFor("inner").getYield().getValues().size(), 2u);
  EXPECT_FALSE(up.getBodyFor("other"));
  auto all = model.lookupSymbol<ra::SweepOp>("all");
  EXPECT_TRUE(all.getBodyFor("leaf")) << "a body without a type serves every type";
  EXPECT_EQ(ra::getSweep(all.getBodyFor("leaf").getYield()), all);
  EXPECT_EQ(ra::getModel(all.getBodyFor("leaf").getYield()), model);
}

TEST_F(Dialect, OverMatchesYieldsAndDefaultsToCombiners) {
  ra::ModelOp model = parse(kModel);
  ASSERT_TRUE(model);
  ra::BodyOp body = model.lookupSymbol<ra::SweepOp>("up").getBodyFor("inner");
  ra::OverOp over = *body.getBody().getOps<ra::OverOp>().begin();
  ASSERT_EQ(over.getNumCombiners(), 4u);
  std::vector<unsigned> yields;
  for (unsigned i = 0; i != 4; ++i)
    yields.push_back(over.getYieldIndex(i));
  EXPECT_THAT(yields, ElementsAre(0, 1, 3, 4)) << "softmax takes two values";
  EXPECT_EQ(over.getCombiner(1), ra::Combiner::Softmax);
  EXPECT_FALSE(over.getDefault(0));
  EXPECT_EQ(over.getDefault(1), over.getDefaults()[0]);
  EXPECT_FALSE(over.getDefault(2));
  EXPECT_EQ(over.getDefault(3), over.getDefaults()[1]);
}

TEST_F(Dialect, OutputsDefaultToRootsOrTheSweepsPlace) {
  ra::ModelOp model = parse(kModel);
  ASSERT_TRUE(model);
  EXPECT_EQ(model.lookupSymbol<ra::OutputOp>("h").getEffectivePlace(), ra::Place::Roots);
  EXPECT_EQ(model.lookupSymbol<ra::OutputOp>("c").getEffectivePlace(), ra::Place::Nodes);
  EXPECT_EQ(model.lookupSymbol<ra::OutputOp>("n").getEffectivePlace(), ra::Place::Structures);
}

} // namespace
