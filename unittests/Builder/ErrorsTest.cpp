//===- ErrorsTest.cpp - Wrong uses of operations, and their errors --------===//
#include "BodyFixture.h"

using namespace cortex::build;

namespace {

struct Errors : BodyFixture {
  static constexpr const char *where = "sweep 's', body: ";
};

struct OpCase {
  const char *message;
  std::function<void(Body &, Errors &)> fn;
};

class OpErrors : public Errors, public testing::WithParamInterface<int> {};

const std::vector<OpCase> &opCases() {
  static const std::vector<OpCase> cases{
      {"matvec: W has the shape (3, 4) and x (5); expected (..., i, k) and (k)",
       [](Body &b, Errors &t) { matvec(t.in(b, {3, 4}), t.in(b, {5})); }},
      {"matvec: W has the shape (4) and x (4); expected (..., i, k) and (k)",
       [](Body &b, Errors &t) { matvec(t.in(b, {4}), t.in(b, {4})); }},
      {"matvec: the vector is a number; a tensor is needed", [](Body &b, Errors &t) { matvec(t.in(b, {3, 4}), 1.0); }},
      {"matvec: the bias of shape (4) does not broadcast to (3)",
       [](Body &b, Errors &t) { matvec(t.in(b, {3, 4}), t.in(b, {4}), t.in(b, {4})); }},
      {"vecmat: x has the shape (3) and W (4, 3); expected (k) and (k, i)",
       [](Body &b, Errors &t) { vecmat(t.in(b, {3}), t.in(b, {4, 3})); }},
      {"matmul: A has the shape (2, 3) and B (2, 3); expected (i, k) and (k, j)",
       [](Body &b, Errors &t) { matmul(t.in(b, {2, 3}), t.in(b, {2, 3})); }},
      {"bilinear: x has the shape (2), V (4, 2, 3) and y (2); expected (m), (d, m, n) and (n)",
       [](Body &b, Errors &t) { bilinear(t.in(b, {2}), t.in(b, {4, 2, 3}), t.in(b, {2})); }},
      {"dot: the operands have the shapes (2) and (3); expected (k) and (k)",
       [](Body &b, Errors &t) { dot(t.in(b, {2}), t.in(b, {3})); }},
      {"outer: the operands have the shapes (2) and (); expected (i) and (j)",
       [](Body &b, Errors &t) { outer(t.in(b, {2}), t.in(b, {})); }},
      {"contract \"ik,k\": the form is \"indices,indices->indices\"",
       [](Body &b, Errors &t) { contract("ik,k", t.in(b, {2, 3}), t.in(b, {3})); }},
      {"contract \"ik->i\": the form is \"indices,indices->indices\"",
       [](Body &b, Errors &t) { contract("ik->i", t.in(b, {2, 3}), t.in(b, {3})); }},
      {"contract \"i1,1->i\": '1' is not an index; indices are letters",
       [](Body &b, Errors &t) { contract("i1,1->i", t.in(b, {2, 3}), t.in(b, {3})); }},
      {"contract \"ii,i->i\": index 'i' occurs twice in 'ii'",
       [](Body &b, Errors &t) { contract("ii,i->i", t.in(b, {3, 3}), t.in(b, {3})); }},
      {"contract \"ik,k->j\": index 'i' is in one operand only and not in the result; sum over it with sum()",
       [](Body &b, Errors &t) { contract("ik,k->j", t.in(b, {2, 3}), t.in(b, {3})); }},
      {"contract \"k,k->j\": index 'j' of the result is in no operand",
       [](Body &b, Errors &t) { contract("k,k->j", t.in(b, {3}), t.in(b, {3})); }},
      {"contract \"i,j->ij\": no index is summed over; use * with broadcasting",
       [](Body &b, Errors &t) { contract("i,j->ij", t.in(b, {3}), t.in(b, {3})); }},
      {"contract \"ik,k->i\": index 'k' is of size 4 in operand 1 and 3 in operand 2",
       [](Body &b, Errors &t) { contract("ik,k->i", t.in(b, {2, 4}), t.in(b, {3})); }},
      {"contract \"ik,k->i\": operand 1 of shape (2) has rank 1, its indices 'ik' are 2",
       [](Body &b, Errors &t) { contract("ik,k->i", t.in(b, {2}), t.in(b, {3})); }},
      {"+: the shapes (2) and (3) do not broadcast together", [](Body &b, Errors &t) { t.in(b, {2}) + t.in(b, {3}); }},
      {"*: operand 2 was never computed", [](Body &b, Errors &t) { t.in(b, {2}) * Value(); }},
      {"select: the mask of shape (2) does not broadcast with (3)",
       [](Body &b, Errors &t) { select(less(t.in(b, {2}), 0), t.in(b, {3}), 0); }},
      {"select: the mask was never computed", [](Body &b, Errors &t) { select(Mask(), t.in(b, {3}), 0); }},
      {"[]: index 3 is out of range for the shape (3)", [](Body &b, Errors &t) { t.in(b, {3})[3]; }},
      {"[]: index -1 is out of range for the shape (3)", [](Body &b, Errors &t) { t.in(b, {3})[-1]; }},
      {"[]: a scalar has no dimension to index", [](Body &b, Errors &t) { t.in(b, {})[0]; }},
      {"[]: the symbol's domain is 5, the table of shape (4, 2) has 4 rows",
       [](Body &b, Errors &t) { t.in(b, {4, 2})[b.self(t.m.symbolInput("w", 5))]; }},
      {"concat: operand 1 has the shape (2, 3) and operand 2 (2, 4); they may differ in dimension 0 only",
       [](Body &b, Errors &t) { concat({t.in(b, {2, 3}), t.in(b, {2, 4})}); }},
      {"concat: operand 1 has the shape (2) and operand 2 (2, 1); they may differ in dimension 0 only",
       [](Body &b, Errors &t) { concat({t.in(b, {2}), t.in(b, {2, 1})}); }},
      {"concat: operand 2 is a number; a tensor is needed", [](Body &b, Errors &t) { concat({t.in(b, {2}), 1.0}); }},
      {"concat: dimension 1 is out of range for rank 1", [](Body &b, Errors &t) { concat({t.in(b, {2})}, 1); }},
      {"stack: operand 1 has the shape (2) and operand 2 (3); they must be equal",
       [](Body &b, Errors &t) { stack({t.in(b, {2}), t.in(b, {3})}); }},
      {"slice: 3 elements from 2 are not within dimension 0 of the shape (4)",
       [](Body &b, Errors &t) { slice(t.in(b, {4}), 0, 2, 3); }},
      {"slice: 0 elements from 2 are not within dimension 0 of the shape (4)",
       [](Body &b, Errors &t) { slice(t.in(b, {4}), 0, 2, 0); }},
      {"slice: dimension -2 is out of range for rank 1", [](Body &b, Errors &t) { slice(t.in(b, {4}), -2, 0, 1); }},
      {"reshape: (2, 3) has 6 elements, (4) has 4", [](Body &b, Errors &t) { reshape(t.in(b, {2, 3}), {4}); }},
      {"reshape: the shape (0) has a size below 1", [](Body &b, Errors &t) { reshape(t.in(b, {2}), {0}); }},
      {"transpose: (0, 0) is not a permutation of the dimensions of (2, 3)",
       [](Body &b, Errors &t) { transpose(t.in(b, {2, 3}), {0, 0}); }},
      {"transpose: (2) is not a matrix; give the permutation", [](Body &b, Errors &t) { transpose(t.in(b, {2})); }},
      {"broadcast: the operand of shape (2) does not broadcast to (3)",
       [](Body &b, Errors &t) { broadcast(t.in(b, {2}), {3}); }},
      {"sum: dimension 2 is out of range for rank 2", [](Body &b, Errors &t) { sum(t.in(b, {2, 3}), {2}); }},
      {"max: dimension -1 is given twice", [](Body &b, Errors &t) { max(t.in(b, {2, 3}), {1, -1}); }},
      {"softmax: dimension -1 is out of range for rank 0", [](Body &b, Errors &t) { softmax(t.in(b, {})); }},
      {"layerNorm: a scalar has no dimension to normalize", [](Body &b, Errors &t) { layerNorm(t.in(b, {})); }},
      {"layerNorm: the gain of shape (2) does not broadcast to (3)",
       [](Body &b, Errors &t) { layerNorm(t.in(b, {3}), t.in(b, {2}), 0.0); }},
      {"constant: the shape (2, 0) has a size below 1", [](Body &b, Errors &) { b.zeros({2, 0}); }},
      {"self: the input was never declared", [](Body &b, Errors &) { b.self(Input()); }},
      {"self: the state was never declared", [](Body &b, Errors &) { b.self(State()); }},
      {"child: the index -1 is negative", [](Body &b, Errors &t) { b.child(-1, t.m.input("x", {2})); }},
      {"child: the index -1 is negative", [](Body &b, Errors &t) { b.child(-1, t.m.input("x", {2}), 0.0); }},
      {"child: the value to use where it is absent of shape (3) does not broadcast to (2)",
       [](Body &b, Errors &t) { b.child(0, t.m.input("x", {2}), t.in(b, {3})); }},
  };
  return cases;
}

TEST_P(OpErrors, HasOneClearMessage) {
  const OpCase &c = opCases()[GetParam()];
  EXPECT_EQ(errorOf([&](Body &b) { c.fn(b, *this); }), where + std::string(c.message));
}

INSTANTIATE_TEST_SUITE_P(All, OpErrors, testing::Range(0, static_cast<int>(opCases().size())));

} // namespace
