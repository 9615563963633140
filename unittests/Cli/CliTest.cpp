// What the subcommands share: numbers, suggestions, settings.
#include "Cli.h"

#include "cortex/Support/Words.h"

#include "gtest/gtest.h"

using namespace cortex;
using namespace cortex::cli;

TEST(CliTest, SuggestsWhatIsSpelledAlike) {
  const std::vector<std::string> names{"TreeLSTM", "TreeGRU", "LSTM"};
  EXPECT_EQ(didYouMean("treelstm", names), ", did you mean 'TreeLSTM'?");
  EXPECT_EQ(didYouMean("TreGRU", names), ", did you mean 'TreeGRU'?");
  EXPECT_EQ(didYouMean("Transformer", names), "");
  EXPECT_EQ(didYouMean("x", {}), "");
}

TEST(CliTest, SplitsSettings) {
  EXPECT_EQ(splitSetting("hidden=256"), std::pair(std::string("hidden"), std::string("256")));
  EXPECT_EQ(splitSetting("a=b=c"), std::pair(std::string("a"), std::string("b=c")));
  EXPECT_EQ(splitSetting("a="), std::pair(std::string("a"), std::string()));
}

/// The words in the order in which CLI11 takes them.
static std::vector<std::string> wordsOfLine(std::vector<const char *> line) {
  line.insert(line.begin(), "cortex");
  std::vector<std::string> words = wordsOf(static_cast<int>(line.size()), line.data());
  return {words.rbegin(), words.rend()};
}

TEST(CliTest, ValuesOfAListStandBehindTheirOption) {
  using Words = std::vector<std::string>;
  EXPECT_EQ(wordsOfLine({"compile", "--set", "a=1", "b=2", "M", "c=3", "-o", "x=y"}),
            (Words{"compile", "--set", "a=1", "--set", "b=2", "M", "c=3", "-o", "x=y"}));
  EXPECT_EQ(wordsOfLine({"--also", "chunks", "strip_rows=3", "chunks", "M"}),
            (Words{"--also", "chunks", "--also", "strip_rows=3", "--also", "chunks", "M"}));
  EXPECT_EQ(wordsOfLine({"--schedule=a=1", "b=2", "chunks"}), (Words{"--schedule=a=1", "--schedule", "b=2", "chunks"}));
  EXPECT_EQ(wordsOfLine({"--set"}), Words{"--set"});
  EXPECT_THROW(wordsOfLine({"--set", "-o", "m"}), CLI::ArgumentMismatch);
}

TEST(CliTest, CountsInWords) {
  EXPECT_EQ(countOf(1, "batch"), "1 batch");
  EXPECT_EQ(countOf(2, "batch"), "2 batches");
  EXPECT_EQ(countOf(0, "pass"), "0 passes");
  EXPECT_EQ(countOf(1200, "node"), "1,200 nodes");
}

TEST(CliTest, ParsesWholeNumbersOnly) {
  EXPECT_EQ(parseInteger("42", "x", 0, 42), 42);
  for (const char *text : {"", "4.5", "4 ", "-1", "many", "43", "99999999999999999999"})
    EXPECT_THROW(parseInteger(text, "x", 0, 42), Failure) << "'" << text << "'";
}

TEST(CliTest, FormatsNumbers) {
  EXPECT_EQ(withCommas(0), "0");
  EXPECT_EQ(withCommas(999), "999");
  EXPECT_EQ(withCommas(1234567), "1,234,567");
  EXPECT_EQ(formatBytes(512), "512 bytes");
  EXPECT_EQ(formatBytes(1536), "1.500 KiB");
  EXPECT_EQ(formatNumber(0), "0");
  EXPECT_EQ(formatNumber(1234.6), "1235");
  EXPECT_EQ(formatNumber(12.345), "12.35");
  EXPECT_EQ(formatNumber(0.5), "0.5000");
  EXPECT_EQ(formatNumber(3.1e-7), "3.10e-07");
}

TEST(CliTest, Quantiles) {
  EXPECT_EQ(quantile({3, 1, 2}, 0.5), 2);
  EXPECT_EQ(quantile({1, 2}, 0.5), 1.5);
  EXPECT_EQ(quantile({5}, 0.95), 5);
  EXPECT_EQ(quantile({0, 10}, 1), 10);
}

TEST(CliTest, JoinsWords) {
  EXPECT_EQ(joinWords({}), "");
  EXPECT_EQ(joinWords({"a"}), "a");
  EXPECT_EQ(joinWords({"a", "b", "c"}), "a, b and c");
}
