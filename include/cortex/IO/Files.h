//===- Files.h - Whole files, read and written safely ---------------------===//
#ifndef CORTEX_IO_FILES_H
#define CORTEX_IO_FILES_H

#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>

namespace cortex::io {

/// Reads all of `path` (a regular file, a pipe, a device). On failure returns
/// false; `error` is one line with the path and the system's reason.
bool readFile(const std::string &path, std::string &out, std::string &error);

/// A file that appears under its name only when it is complete: what is written
/// goes to a temporary file in the same directory, and commit() renames it.
/// Without commit() nothing is left behind and an older file stays as it was.
/// A path that exists and is no regular file (a pipe, /dev/null) is written
/// directly. Symbolic links are followed, permissions of an older file kept.
class AtomicFile {
public:
  AtomicFile() = default;
  AtomicFile(const AtomicFile &) = delete;
  AtomicFile &operator=(const AtomicFile &) = delete;
  ~AtomicFile() { discard(); }

  /// Each returns false on failure; `error` is then one line with the path and
  /// the system's reason. After a failure only discard() or open() may follow.
  bool open(const std::string &path, std::string &error);
  /// In place of open: what is written goes to standard output.
  bool openStandardOutput(std::string &error);
  bool write(std::string_view bytes, std::string &error);
  bool commit(std::string &error);
  /// Closes and removes the temporary file.
  void discard();

private:
  bool fail(int error_number, std::string &error);

  std::FILE *stream = nullptr;
  std::string path, target, temporary; ///< temporary is empty when written directly
};

/// Writes `bytes` as the whole content of `path`, by AtomicFile.
bool writeFile(const std::string &path, std::string_view bytes, std::string &error);

} // namespace cortex::io
#endif // CORTEX_IO_FILES_H
