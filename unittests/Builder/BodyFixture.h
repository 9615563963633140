//===- BodyFixture.h - A model with one body, to try operations in --------===//
#ifndef CORTEX_UNITTESTS_BUILDER_BODYFIXTURE_H
#define CORTEX_UNITTESTS_BUILDER_BODYFIXTURE_H

#include "cortex/Builder/Builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cortex::build {

/// A tree model with leaves and internal nodes of two to three children.
struct BodyFixture : testing::Test {
  Model m{"M", StructureKind::Tree};
  Type leaf = m.type("leaf", 0);
  Type internal = m.type("internal", 2, 3);

  /// An input of this shape, read at the node itself.
  Value in(Body &b, const Shape &shape) { return b.self(m.input("in" + std::to_string(++inputs), shape)); }

  /// Runs `fn` as the body of a map sweep with one state "y" of this shape and
  /// returns the body's text, without indentation; "" and a failure if the model does not verify.
  std::string emit(const Shape &shape, const std::function<Value(Body &)> &fn) {
    Sweep s = m.sweep("s" + std::to_string(++sweeps), Direction::Map);
    State y = s.state("y", shape);
    s.body([&](Body &b) {
      Value v = fn(b);
      EXPECT_EQ(v.shape(), shape);
      b.set(y, v);
    });
    std::string error;
    EXPECT_TRUE(m.verify(error)) << error;
    return inner(m.text());
  }

  /// Runs `fn` in a body and returns the errors, one a line, "file:line: " removed.
  std::string errorOf(const std::function<void(Body &)> &fn) {
    Sweep s = m.sweep("s", Direction::Map);
    State y = s.state("y", {});
    s.body([&](Body &b) {
      fn(b);
      b.set(y, 0.0);
    });
    return errors();
  }

  /// The model's errors without their places.
  std::string errors() const {
    std::string text;
    for (const std::string &e : m.errors()) {
      size_t place = e.find(": ");
      EXPECT_THAT(e.substr(0, place), testing::MatchesRegex("[A-Za-z]+\\.(cpp|h):[0-9]+")) << e;
      text += (text.empty() ? "" : "\n") + e.substr(place + 2);
    }
    return text;
  }

  /// The lines of the last body of a model's text.
  static std::string inner(const std::string &text) {
    size_t begin = text.rfind("ra.body {\n");
    if (begin == std::string::npos)
      return "";
    std::string result;
    size_t at = begin + 10;
    while (at < text.size()) {
      size_t end = text.find('\n', at);
      std::string line = text.substr(at, end - at);
      at = end + 1;
      if (line == "    }")
        break;
      size_t start = line.find_first_not_of(' ');
      size_t last = line.find_last_not_of(' ');
      result += line.substr(start, last - start + 1) + "\n";
    }
    return result;
  }

private:
  int inputs = 0, sweeps = 0;
};

} // namespace cortex::build
#endif // CORTEX_UNITTESTS_BUILDER_BODYFIXTURE_H
