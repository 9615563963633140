#include "cortex/IO/Files.h"

#include "Support.h"

#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <memory>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cortex::io {

static std::string because(const char *what, const std::string &path, int error_number) {
  return std::string("cannot ") + what + " '" + path + "': " + std::generic_category().message(error_number);
}

bool readFile(const std::string &path, std::string &out, std::string &error) {
  out.clear();
  std::unique_ptr<std::FILE, int (*)(std::FILE *)> stream(std::fopen(path.c_str(), "rbe"), &std::fclose);
  struct stat status{};
  if (!stream || fstat(fileno(stream.get()), &status) != 0)
    return fail(error, because("read", path, errno));
  if (S_ISDIR(status.st_mode))
    return fail(error, because("read", path, EISDIR));
  if (S_ISREG(status.st_mode))
    out.reserve(static_cast<size_t>(status.st_size));
  // A regular file has an end; a device such as /dev/zero has none.
  const bool endless = !S_ISREG(status.st_mode);
  constexpr size_t kMostOfStream = size_t{1} << 30;
  char buffer[1 << 16];
  while (const size_t got = std::fread(buffer, 1, sizeof buffer, stream.get())) {
    if (endless && out.size() + got > kMostOfStream)
      return fail(error, "cannot read '" + path + "': expected at most 1 GiB from a pipe or device, found more");
    out.append(buffer, got);
  }
  if (std::ferror(stream.get()))
    return fail(error, because("read", path, errno));
  return true;
}

bool AtomicFile::fail(int error_number, std::string &error) {
  error = because("write", path, error_number);
  discard();
  return false;
}

/// Opens a new file in the directory of `target` and puts its name in `temporary`.
static int openTemporary(const std::string &target, std::string &temporary) {
  static std::atomic<unsigned> counter{0};
  const size_t slash = target.rfind('/');
  const std::string directory = slash == std::string::npos ? "" : target.substr(0, slash + 1);
  for (int attempt = 0; attempt < 100; ++attempt) {
    temporary = directory + ".cortex-" + std::to_string(getpid()) + "-" + std::to_string(counter++) + ".tmp";
    const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd >= 0 || errno != EEXIST)
      return fd;
  }
  return -1;
}

bool AtomicFile::open(const std::string &wanted, std::string &error) {
  discard();
  path = target = wanted;
  if (path.empty())
    return fail(ENOENT, error);
  struct stat status{};
  if (lstat(path.c_str(), &status) == 0 && S_ISLNK(status.st_mode)) {
    // Renaming over a link would replace the link, not what it points to.
    const std::unique_ptr<char, void (*)(void *)> resolved(realpath(path.c_str(), nullptr), &std::free);
    if (!resolved)
      return fail(errno, error);
    target = resolved.get();
  }
  const bool exists = stat(target.c_str(), &status) == 0;
  if (exists && S_ISDIR(status.st_mode))
    return fail(EISDIR, error);
  if (exists && access(target.c_str(), W_OK) != 0)
    return fail(errno, error);

  const bool direct = exists && !S_ISREG(status.st_mode);
  const int fd = direct ? ::open(target.c_str(), O_WRONLY | O_CLOEXEC) : openTemporary(target, temporary);
  if (fd < 0) {
    temporary.clear();
    return fail(errno, error);
  }
  if (exists && !direct && fchmod(fd, status.st_mode & 07777) != 0) {
    const int reason = errno;
    ::close(fd);
    return fail(reason, error);
  }
  stream = fdopen(fd, "wb");
  if (!stream) {
    const int reason = errno;
    ::close(fd);
    return fail(reason, error);
  }
  return true;
}

bool AtomicFile::openStandardOutput(std::string &error) {
  discard();
  path = "standard output";
  const int fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
  stream = fd < 0 ? nullptr : fdopen(fd, "wb");
  if (stream)
    return true;
  const int reason = errno;
  if (fd >= 0)
    ::close(fd);
  return fail(reason, error);
}

bool AtomicFile::write(std::string_view bytes, std::string &error) {
  if (!stream)
    return fail(EBADF, error);
  if (std::fwrite(bytes.data(), 1, bytes.size(), stream) != bytes.size())
    return fail(errno, error);
  return true;
}

bool AtomicFile::commit(std::string &error) {
  if (!stream)
    return fail(EBADF, error);
  // The data must be on disk before the name is: a crash in between must not
  // leave an empty file under it. A pipe cannot be synced, and need not be.
  if (std::fflush(stream) != 0 || (!temporary.empty() && fsync(fileno(stream)) != 0))
    return fail(errno, error);
  std::FILE *closing = std::exchange(stream, nullptr);
  if (std::fclose(closing) != 0)
    return fail(errno, error);
  if (!temporary.empty() && std::rename(temporary.c_str(), target.c_str()) != 0)
    return fail(errno, error);
  temporary.clear();
  return true;
}

void AtomicFile::discard() {
  if (stream)
    std::fclose(std::exchange(stream, nullptr));
  if (!temporary.empty())
    ::unlink(temporary.c_str());
  temporary.clear();
}

bool writeFile(const std::string &path, std::string_view bytes, std::string &error) {
  AtomicFile file;
  return file.open(path, error) && file.write(bytes, error) && file.commit(error);
}

} // namespace cortex::io
