//===- RandomTest.cpp - Random calls: never a crash, never a late surprise ===//
//
// What the builder accepts, the dialect's verifier accepts; what it refuses, it
// explains. Operands and arguments are drawn without regard to what fits.
//===----------------------------------------------------------------------===//
#include "cortex/Builder/BuilderIR.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

using namespace cortex::build;

namespace {

/// Draws values of small shapes and calls with them.
class Caller {
public:
  Caller(unsigned seed, Model &m, Body &b) : random(seed), m(m), b(b) {
    for (int i = 0; i < 4; ++i)
      pool.push_back(b.self(m.input("x" + std::to_string(i), shape())));
    pool.push_back(m.param("p", shape()));
  }

  int64_t number(int64_t least, int64_t most) { return std::uniform_int_distribution<int64_t>(least, most)(random); }
  /// Mostly sizes of 1 and 2, so that many things fit.
  Shape shape() {
    Shape s(static_cast<size_t>(number(0, 3)));
    for (int64_t &size : s)
      size = number(1, 2) == 1 ? 2 : number(1, 3);
    return s;
  }
  std::vector<int64_t> dims() {
    std::vector<int64_t> d(static_cast<size_t>(number(0, 3)));
    for (int64_t &dim : d)
      dim = number(-3, 2);
    return d;
  }
  Value value() { return pool[static_cast<size_t>(number(0, static_cast<int64_t>(pool.size()) - 1))]; }
  /// The first operand of every call below is a value: numbers alone belong to no model.
  Operand operand() { return number(0, 9) == 0 ? Operand(0.5) : Operand(value()); }

  Value product() {
    static const char *const specs[] = {"ik,k->i", "ik,kj->ij", "bik,bk->bi", "k,k->",   "ij,ij->",
                                        "ki,k->i", "abc,cb->a", "ij,jk->ik",  "i,j->ij", "ii,i->i"};
    switch (number(0, 6)) {
    case 0:
      return matvec(value(), operand());
    case 1:
      return matvec(value(), operand(), operand());
    case 2:
      return vecmat(value(), operand(), operand());
    case 3:
      return matmul(value(), operand());
    case 4:
      return bilinear(value(), operand(), operand(), operand());
    case 5:
      return number(0, 1) ? dot(value(), operand()) : outer(value(), operand());
    default:
      return contract(specs[number(0, 9)], value(), operand());
    }
  }

  Value elementwise() {
    switch (number(0, 7)) {
    case 0:
      return operand() + value();
    case 1:
      return value() / operand();
    case 2:
      return maximum(value(), operand());
    case 3:
      return gelu(value());
    case 4:
      return relu(sigmoid(value()));
    case 5:
      return layerNorm(value(), operand(), operand());
    case 6:
      return softmax(value(), number(-3, 3));
    default:
      return select(less(value(), operand()), operand(), operand());
    }
  }

  Value shaping() {
    switch (number(0, 7)) {
    case 0:
      return concat({value(), operand()}, number(-3, 3));
    case 1:
      return stack({value(), value()}, number(-3, 3));
    case 2:
      return slice(value(), number(-3, 3), number(-1, 3), number(0, 3));
    case 3:
      return reshape(value(), shape());
    case 4:
      return transpose(value(), dims());
    case 5:
      return broadcast(value(), shape());
    case 6:
      return value()[number(-1, 3)];
    default:
      return number(0, 1) ? sum(value(), dims()) : max(value(), dims());
    }
  }

  Value neighbours() {
    auto there = [&](const Edge &e) { return e.there(m.input("n" + std::to_string(++inputs), shape())) * operand(); };
    switch (number(0, 3)) {
    case 0:
      return b.sum(children, there);
    case 1:
      return b.max(parents, there, operand());
    case 2:
      return b.attend(
          children, [&](const Edge &e) { return Scored{number(0, 1) ? e.position() : value(), there(e)}; }, operand());
    default:
      return b.reduce(children, {Combine::Mean, Combine::Prod},
                      [&](const Edge &e) { return std::vector<Value>{there(e), value()}; })[1];
    }
  }

  void call() {
    switch (number(0, 3)) {
    case 0:
      pool.push_back(product());
      break;
    case 1:
      pool.push_back(elementwise());
      break;
    case 2:
      pool.push_back(shaping());
      break;
    default:
      pool.push_back(neighbours());
    }
  }

private:
  std::mt19937 random;
  Model &m;
  Body &b;
  std::vector<Value> pool;
  int inputs = 0;
};

TEST(RandomCalls, WhatTheBuilderAcceptsVerifies) {
  unsigned accepted = 0, refused = 0;
  for (unsigned seed = 0; seed < 1500; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Model m("M", cortex::StructureKind::Dag);
    m.type("node", 0, 3);
    Sweep s = m.sweep("s", Direction::Map);
    State y = s.state("y", {});
    s.body([&](Body &b) {
      Caller caller(seed, m, b);
      for (int i = 0; i < 2 && m.errors().empty(); ++i)
        caller.call();
      b.set(y, sum(caller.value()));
    });
    std::string error;
    if (m.errors().empty()) {
      ++accepted;
      ASSERT_TRUE(m.verify(error)) << error;
      mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
      ASSERT_TRUE(buildModule(m, context, error)) << error << m.text();
    } else {
      ++refused;
      EXPECT_FALSE(m.verify(error));
      EXPECT_EQ(m.errors().size(), 1U) << error;
      EXPECT_THAT(error, testing::MatchesRegex("RandomTest\\.cpp:[0-9]+: sweep 's', body.*: .+"));
    }
  }
  // Neither side of the test is empty.
  EXPECT_GT(accepted, 100U);
  EXPECT_GT(refused, 100U);
}

} // namespace
