#include "cortex/IO/Vocabulary.h"
#include "Testing.h"

namespace cortex::io {
namespace {

std::string problem(std::string_view text) {
  Vocabulary vocabulary;
  std::string error;
  EXPECT_FALSE(Vocabulary::parse(text, "v.txt", vocabulary, error));
  EXPECT_EQ(vocabulary.size(), 0u);
  return error;
}

TEST(VocabularyTest, LineNumberFromZeroIsTheId) {
  Vocabulary vocabulary;
  std::string error;
  for (const char *text : {"<unk>\na\nclichéd\n", "<unk>\r\na\r\nclichéd\r\n", "\xEF\xBB\xBF<unk>\na\nclichéd"}) {
    ASSERT_TRUE(Vocabulary::parse(text, "v.txt", vocabulary, error)) << error;
    EXPECT_EQ(vocabulary.size(), 3u);
    EXPECT_EQ(vocabulary.unknown(), 0);
    EXPECT_EQ(vocabulary.find("clichéd"), 2);
    EXPECT_EQ(vocabulary.find("A"), std::nullopt);
    EXPECT_EQ(vocabulary.word(1), "a");
  }
}

TEST(VocabularyTest, WithoutUnknownWord) {
  Vocabulary vocabulary;
  std::string error;
  ASSERT_TRUE(Vocabulary::parse("a\n", "v.txt", vocabulary, error)) << error;
  EXPECT_EQ(vocabulary.unknown(), std::nullopt);
}

TEST(VocabularyTest, ErrorsNameLineAndColumn) {
  EXPECT_EQ(problem(""), "v.txt:1:1: expected at least one word, found an empty file");
  EXPECT_EQ(problem("a\nb\na\n"), "v.txt:3:1: the word 'a' is already on line 1: expected every word once");
  EXPECT_EQ(problem("a\n\nb\n"), "v.txt:2:1: expected a word, found an empty line");
  EXPECT_EQ(problem("é two\n"), "v.txt:1:2: expected one word of UTF-8 text, found a space");
  EXPECT_EQ(problem("a\nb\tc\n"), "v.txt:2:2: expected one word of UTF-8 text, found a tab");
  EXPECT_EQ(problem("ab\xFF\n"), "v.txt:1:3: expected one word of UTF-8 text, found byte 0xff");
  EXPECT_EQ(problem(std::string_view("a\nb\0\n", 5)), "v.txt:2:2: expected one word of UTF-8 text, found byte 0x00");
  // An overlong form, a surrogate and a cut sequence are not UTF-8 either.
  EXPECT_EQ(problem("\xC0\xAF\n"), "v.txt:1:1: expected one word of UTF-8 text, found byte 0xc0");
  EXPECT_EQ(problem("\xED\xA0\x80\n"), "v.txt:1:1: expected one word of UTF-8 text, found byte 0xed");
  EXPECT_EQ(problem("\xE2\x82\n"), "v.txt:1:1: expected one word of UTF-8 text, found byte 0xe2");
}

TEST(VocabularyTest, MissingFile) {
  Vocabulary vocabulary;
  std::string error;
  EXPECT_FALSE(Vocabulary::read("no/such/vocab.txt", vocabulary, error));
  EXPECT_EQ(error, "cannot read 'no/such/vocab.txt': No such file or directory");
}

} // namespace
} // namespace cortex::io
