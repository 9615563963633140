#include "cortex/IO/Files.h"
#include "Testing.h"

#include <fstream>
#include <sys/stat.h>

namespace cortex::io {
namespace {

std::string contentOf(const std::string &path) {
  std::string text, error;
  EXPECT_TRUE(readFile(path, text, error)) << error;
  return text;
}

TEST(FilesTest, WritesAndReads) {
  TemporaryDirectory directory;
  std::string error, bytes("a\0\r\n\xFF", 5);
  ASSERT_TRUE(writeFile(directory / "f", bytes, error)) << error;
  EXPECT_EQ(contentOf(directory / "f"), bytes);
  ASSERT_TRUE(writeFile(directory / "f", "", error)) << error;
  EXPECT_EQ(contentOf(directory / "f"), "");
  EXPECT_EQ(directory.entries(), 1u);
}

TEST(FilesTest, NothingIsSeenBeforeCommit) {
  TemporaryDirectory directory;
  std::string error;
  ASSERT_TRUE(writeFile(directory / "f", "old", error)) << error;
  {
    AtomicFile file;
    ASSERT_TRUE(file.open(directory / "f", error) && file.write("new", error)) << error;
    EXPECT_EQ(contentOf(directory / "f"), "old");
  } // no commit
  EXPECT_EQ(contentOf(directory / "f"), "old");
  EXPECT_EQ(directory.entries(), 1u) << "the temporary file must be gone";
}

TEST(FilesTest, UnwritablePaths) {
  TemporaryDirectory directory;
  std::string error;
  EXPECT_FALSE(writeFile(directory / "no/f", "x", error));
  EXPECT_EQ(error, "cannot write '" + (directory / "no/f") + "': No such file or directory");
  EXPECT_FALSE(writeFile(directory / "", "x", error));
  EXPECT_EQ(error, "cannot write '" + (directory / "") + "': Is a directory");
  EXPECT_FALSE(writeFile("", "x", error));
  EXPECT_EQ(error, "cannot write '': No such file or directory");
  EXPECT_FALSE(writeFile("/dev/full", std::string(1 << 20, 'x'), error));
  EXPECT_EQ(error, "cannot write '/dev/full': No space left on device");
  EXPECT_FALSE(writeFile("/dev/full", "x", error)) << "seen when the buffer is flushed";
  std::string out;
  EXPECT_FALSE(readFile(directory / "g", out, error));
  EXPECT_EQ(error, "cannot read '" + (directory / "g") + "': No such file or directory");
  EXPECT_EQ(directory.entries(), 0u);
}

TEST(FilesTest, DevicesAreWrittenDirectly) {
  std::string error;
  EXPECT_TRUE(writeFile("/dev/null", "x", error)) << error;
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
}

TEST(FilesTest, LinksAndPermissionsStay) {
  TemporaryDirectory directory;
  std::string error;
  ASSERT_TRUE(writeFile(directory / "f", "old", error)) << error;
  ASSERT_EQ(chmod((directory / "f").c_str(), 0640), 0);
  std::filesystem::create_symlink("f", directory / "link");
  ASSERT_TRUE(writeFile(directory / "link", "new", error)) << error;
  EXPECT_TRUE(std::filesystem::is_symlink(directory / "link"));
  EXPECT_EQ(contentOf(directory / "f"), "new");
  struct stat status{};
  ASSERT_EQ(stat((directory / "f").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0640u);
}

} // namespace
} // namespace cortex::io
