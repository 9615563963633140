//===- ViolationsTest.cpp - Each rule, broken, and what is said of it -----===//
//
// A small program that keeps all rules, and changes to its text that break one
// each. Beside them, the programs that ilir-verify-exchanges is tested on: what
// it rejects, the interpreter finds as well.
//===----------------------------------------------------------------------===//
#include "Interpreter.h"
#include "ModelSource.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/MemoryBuffer.h"

#include <gmock/gmock.h>

namespace cortex::interleaved {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;

/// A tree 0 -> (1 -> (3, 4), 2) and a chain 5 -> 6, with a symbol and a feature each.
io::Batch someStructures() {
  io::Batch batch;
  batch.node_offsets = {0, 5, 7};
  batch.child_offsets = {0, 2, 4, 4, 4, 4, 5, 5};
  batch.children = {1, 2, 3, 4, 6};
  io::Input word{"word", Place::Nodes, DType::I32, {}, {0, 1, 2, 1, 0, 1, 1}, {}, {}};
  io::Input x{"x", Place::Nodes, DType::F64, {}, {}, {}, std::vector<double>(7, 0.5)};
  batch.inputs = {word, x};
  return batch;
}

/// What all parameters hold: numbers that tell them apart.
reference::Params someParams(ilir::ProgramOp program) {
  reference::Params params;
  for (auto op : program.getBody().getOps<ilir::ParamOp>()) {
    reference::Tensor &tensor = params[op.getSymName().str()];
    const auto type = llvm::cast<mlir::RankedTensorType>(op.getType());
    tensor.shape.assign(type.getShape().begin(), type.getShape().end());
    for (int64_t i = 0; i < type.getNumElements(); ++i)
      tensor.values.push_back(0.01 * static_cast<double>(i % 17) - 0.07);
  }
  return params;
}

using Tamper = std::function<void(Arrays &)>;

/// Interprets a program's text with two workers and several schedules. Returns the violation, or "". `tamper` spoils
/// the arrays, those of all workers or those that only the last one sees.
std::string violationOf(const std::string &text, int64_t lanes, const Tamper &tamper = {}, bool lastOnly = false) {
  const std::unique_ptr<mlir::MLIRContext> context = cli::makeContext();
  auto module = mlir::parseSourceString<mlir::ModuleOp>(text, context.get());
  if (!module)
    throw cli::Failure("the program is not valid:\n" + text);
  auto program = *module->getOps<ilir::ProgramOp>().begin();
  const reference::Params params = someParams(program);
  const io::Batch batch = someStructures();
  const Arrays none = linearize(program, io::Batch(), 2), arrays = linearize(program, batch, 2);
  Arrays spoilt = arrays;
  if (tamper)
    tamper(spoilt);
  try {
    for (uint64_t seed = 1; seed <= 4; ++seed) {
      Interpreter interpreter(program, lanes, params);
      interpreter.prepare(none, {2, seed});
      interpreter.run(batch, lastOnly ? arrays : spoilt, {2, seed, lastOnly ? &spoilt : nullptr});
      for (auto output : program.getBody().getOps<ilir::OutputOp>())
        (void)interpreter.output(output.getSymName().drop_front(4)); // without "out:"
    }
    return "";
  } catch (const Violation &violation) {
    return violation.what();
  }
}

/// With two lanes, each of two workers owns one panel of the four units.
constexpr const char *kProgram = R"(
ilir.program @M structure(tree) float(f64) {
  ilir.type @leaf(0 to 0)
  ilir.type @node(1 to -1)
  ilir.input @word at nodes : !ra.symbol<3>
  ilir.input @x at nodes : tensor<f64> on [@leaf]
  ilir.param @U : tensor<3x4x4xf64>
  ilir.order @up up keys ["word", "word"]
  ilir.buffer @h rows : tensor<4xf64> exchanged
  ilir.buffer @c rows : tensor<4xf64> private
  ilir.buffer @s strip_rows of @up : tensor<4xf64> local
  ilir.buffer @t level_rows of @up : tensor<4xf64> exchanged
  ilir.buffer @Up const count 3 : tensor<2x1x4x1x2xf64> constant packed
  ilir.output @"out:h" = @h at nodes
  ilir.output @"out:c" = @c at roots
  ilir.func @prepare {
    ilir.pack @Up = @U keys [0] n [] k [1] unit 2
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips @leaf {
        ilir.rows rows owned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %n = ilir.index node %r : !ilir.index<row> to !ilir.index<node>
          %x = ilir.load @x[%n] : !ilir.index<node> to tensor<f64>
          %e = tensor.empty() : tensor<4xf64>
          %y = linalg.broadcast ins(%x : tensor<f64>) outs(%e : tensor<4xf64>) dimensions = [0]
          ilir.store %y, @h[%r] : tensor<4xf64>, !ilir.index<row>
          ilir.store %y, @c[%r] : tensor<4xf64>, !ilir.index<row>
        }
      }
      ilir.strips @node {
        ilir.rows rows whole (%p) {
          %y = ilir.edges children %p [sum] (%e) {
            %k = ilir.index neighbour %e : !ilir.index<edge> to !ilir.index<row>
            %h = ilir.load @h[%k] : !ilir.index<row> to tensor<4xf64>
            ilir.yield %h : tensor<4xf64>
          } : tensor<4xf64>
          ilir.store %y, @s[%p] : tensor<4xf64>, !ilir.index<position>
        }
        ilir.rows rows owned (%p) { // the first product
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %w = ilir.symbol @word[%r] : !ilir.index<row> to !ilir.index<symbol>
          %x = ilir.load @s[%p] : !ilir.index<position> to tensor<4xf64>
          %y = ilir.product %x, @Up key %w : !ilir.index<symbol> m [] k [0] out_m [] out_n [] : tensor<4xf64> to tensor<4xf64>
          ilir.store %y, @t[%p] : tensor<4xf64>, !ilir.index<position>
        }
      }
      ilir.barrier [@t]
      ilir.strips @node {
        ilir.rows rows owned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %w = ilir.symbol @word[%r] : !ilir.index<row> to !ilir.index<symbol>
          %x = ilir.load @t[%p] : !ilir.index<position> to tensor<4xf64>
          %y = ilir.product %x, @Up key %w : !ilir.index<symbol> m [] k [0] out_m [] out_n [] : tensor<4xf64> to tensor<4xf64>
          ilir.store %y, @c[%r] : tensor<4xf64>, !ilir.index<row>
        }
        ilir.rows rows owned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %x = ilir.load @c[%r] : !ilir.index<row> to tensor<4xf64>
          %y = math.tanh %x : tensor<4xf64>
          ilir.store %y, @h[%r] : tensor<4xf64>, !ilir.index<row>
        }
      }
      ilir.barrier [@h, @t]
    }
  }
}
)";

/// `text` with the first `from` that follows `after` replaced.
std::string with(const std::string &from, const std::string &to, const std::string &after = "",
                 std::string text = kProgram) {
  const size_t at = text.find(from, text.find(after));
  if (at == std::string::npos)
    throw cli::Failure("the program has no '" + from + "'");
  return text.replace(at, from.size(), to);
}

std::string violationWith(const std::string &from, const std::string &to, const std::string &after = "") {
  return violationOf(with(from, to, after), 2);
}

TEST(Violations, NoneWhereAllRulesAreKept) {
  EXPECT_EQ(violationOf(kProgram, 2), "");
  EXPECT_EQ(violationWith("ilir.barrier [@h, @t]", "ilir.barrier [@h]"), "") << "@t is overwritten, not read, after it";
}

TEST(Violations, ReadingWhatWasNotExchanged) {
  EXPECT_THAT(
      violationWith("      ilir.barrier [@t]\n", ""),
      ContainsRegex("'ilir.load' of @t, item [01], element [0-3]: worker [01] reads what (nobody has stored|worker "
                    "[01] stored in the same epoch, and no barrier has exchanged the buffer since)"));
  EXPECT_THAT(
      violationWith("ilir.barrier [@h, @t]", "ilir.barrier [@t]"),
      ContainsRegex("'ilir.load' of @h, item [0-9], element [0-3]: worker [01] reads what worker [01] stored in "
                    "an earlier epoch, and no barrier has exchanged the buffer since"));
}

/// Without a recursion through @h, only the place of @t is shared between levels.
std::string withoutRecursion() {
  return with("%h = ilir.load @h[%k] : !ilir.index<row> to tensor<4xf64>",
              "%h = arith.constant dense<1.0> : tensor<4xf64>");
}

TEST(Violations, OverwritingWhatOthersMayStillRead) {
  EXPECT_EQ(violationOf(withoutRecursion(), 2), "");
  // Whoever comes first finds the fault: the one who overwrites, or the one who would have read.
  EXPECT_THAT(
      violationOf(with("      ilir.barrier [@h, @t]\n", "", "", withoutRecursion()), 2),
      ContainsRegex("'ilir.store' of @t, item [01], element [0-3]: worker [01] overwrites what worker [01] reads in "
                    "the same epoch|'ilir.load' of @t, .* reads what was stored for another level"));
}

TEST(Violations, TouchingTheUnitsOfOthers) {
  EXPECT_THAT(
      violationWith("@h rows : tensor<4xf64> exchanged", "@h rows : tensor<4xf64> private"),
      ContainsRegex("'ilir.load' of @h, item [0-9], element [0-3]: worker [01] reads a private unit of worker"));
  EXPECT_THAT(violationWith("ilir.rows rows owned (%p) { // the first product", "ilir.rows rows whole (%p) {"),
              ContainsRegex("'ilir.store' of @t, item [0-9], element [0-3]: worker [01] stores a unit of worker [01]"));
  EXPECT_THAT(violationWith("ilir.rows rows whole", "ilir.rows rows owned"),
              ContainsRegex("'ilir.load' of @s, item [0-9], element [0-3]: worker [01] reads what nobody has stored"));
}

TEST(Violations, ReadingPoison) {
  EXPECT_THAT(violationWith("ilir.load @s[%p]", "ilir.load @t[%p]"),
              ContainsRegex("'ilir.load' of @t, item [01], element [0-3]: worker [01] reads what nobody has stored"));
  EXPECT_THAT(
      violationWith("@t[%p] : !ilir", "@s[%p] : !ilir", "ilir.barrier [@t]"),
      ContainsRegex("'ilir.load' of @s, item [01], element [0-3]: worker [01] reads what was stored for another "
                    "strip"));
  EXPECT_THAT(violationWith("%y = linalg.broadcast ins(%x : tensor<f64>) outs(%e : tensor<4xf64>) dimensions = [0]",
                            "%y = arith.negf %e : tensor<4xf64>"),
              HasSubstr("'tensor.empty': an element of it is needed, and it has no value"));
  EXPECT_THAT(
      violationWith("ilir.store %y, @c[%r] : tensor<4xf64>, !ilir.index<row>\n        }\n        ilir.rows rows "
                    "owned (%p) {\n",
                    "ilir.store %y, @h[%r] : tensor<4xf64>, !ilir.index<row>\n        }\n        ilir.rows rows "
                    "owned (%p) {\n"),
      ContainsRegex("'ilir.load' of @c, item [0-9], element [0-3]: worker [01] reads what nobody has stored"));
}

TEST(Violations, AnOutputThatNobodyStores) {
  std::string text = with("ilir.output @\"out:c\" = @c at roots", "ilir.output @\"out:c\" = @c at nodes");
  const std::string store = "          ilir.store %y, @c[%r] : tensor<4xf64>, !ilir.index<row>\n";
  text.erase(text.find(store), store.size());
  EXPECT_THAT(violationOf(text, 2),
              ContainsRegex("'ilir.output' of @c, item [0-9], element 0: the caller reads what nobody has stored"));
}

TEST(Violations, RowsOfANestThatDependOnEachOther) {
  std::string text =
      with("%x = ilir.load @c[%r] :", R"(%o = ilir.index child(0) %p : !ilir.index<position> to !ilir.index<row>
          %x = ilir.load @c[%o] :)",
           "", withoutRecursion());
  text = with("ilir.store %y, @h", "ilir.store %y, @c", "math.tanh", text);
  EXPECT_THAT(violationOf(text, 2,
                          [](Arrays &arrays) { // rows 4 and 5 are one strip; the first takes the second for its child
                            EdgeList &children = arrays.orders.at("up").children;
                            children.neighbour[children.first[4]] = 5;
                          }),
              ContainsRegex("of @c, item 5, element [0-3]: worker [01] (reads what another row of the same nest stores|"
                            "stores what another row of the same nest touches)"));
}

TEST(Violations, IndicesOutsideOfTheirSpace) {
  EXPECT_THAT(violationOf(kProgram, 2, [](Arrays &arrays) { arrays.orders.at("up").children.neighbour[0] = 7; }),
              ContainsRegex("'ilir.load' of @h, item 7, element [0-3]: the buffer has items 0 to 6"));
  EXPECT_THAT(violationOf(kProgram, 2, [](Arrays &arrays) { arrays.nodeOfRow[0] = 9; }),
              ContainsRegex("'ilir.load' of @x: there is no index 9"));
  EXPECT_THAT(violationWith("on [@leaf]", "on [@node]"),
              HasSubstr("'ilir.load' of @x: nodes of type @leaf do not have it"));
  EXPECT_THAT(violationOf(kProgram, 2,
                          [](Arrays &arrays) {
                            for (Strip &strip : arrays.orders.at("up").levels.back().strips)
                              strip.key = 2 - strip.key;
                          }),
              ContainsRegex("'ilir.product' of @Up: the row's key is [02], its strip's is [02]"));
}

TEST(Violations, WorkersThatComeToDifferentBarriers) {
  const Tamper oneLevelLess = [](Arrays &arrays) { arrays.orders.at("up").levels.pop_back(); };
  EXPECT_EQ(violationOf(kProgram, 2, oneLevelLess, /*lastOnly=*/true),
            "'ilir.barrier': worker 0 waits at barrier 4, of @t, but worker 1 has finished");
}

//===----------------------------------------------------------------------===//
// The static verifier's programs
//===----------------------------------------------------------------------===//

std::vector<std::string> programsOf(const std::string &file) {
  const auto buffer = llvm::MemoryBuffer::getFile(std::string(CORTEX_LIT_ILIR "/") + file);
  if (!buffer)
    throw cli::Failure("cannot read " + file);
  llvm::SmallVector<llvm::StringRef> parts;
  (*buffer)->getBuffer().split(parts, "// -----\n");
  // With two lanes in place of 16, their eight units are four panels, which several workers own.
  std::vector<std::string> programs;
  for (llvm::StringRef part : parts) {
    programs.push_back(part.str());
    const std::string wide = "1x1x8x1x16x", narrow = "4x1x8x1x2x";
    for (size_t at; (at = programs.back().find(wide)) != std::string::npos;)
      programs.back().replace(at, wide.size(), narrow);
  }
  return programs;
}

TEST(StaticVerifier, RejectsWhatTheInterpreterFinds) {
  int64_t programs = 0;
  for (const char *file : {"invalid-exchanges.mlir", "invalid-lifetimes.mlir"})
    for (const std::string &text : programsOf(file)) {
      const std::string violation = violationOf(text, 2);
      // Harmless, since nobody reads it: an owned nest that stores its part of a local buffer.
      const bool unread = text.find("'owned', but the buffer is 'local'") != std::string::npos;
      EXPECT_EQ(violation.empty(), unread) << violation << text;
      ++programs;
    }
  EXPECT_GE(programs, 19);
}

TEST(StaticVerifier, AcceptsWhatTheInterpreterRuns) {
  for (const std::string &text : programsOf("exchanges.mlir"))
    EXPECT_EQ(violationOf(text, 2), "") << text;
}

} // namespace
} // namespace cortex::interleaved
