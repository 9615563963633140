#include "Progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace cortex::cli {

/// Columns of the terminal behind standard error.
static size_t columns() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
}

Progress::Progress(double seconds, bool shown) : seconds(seconds), shown(shown), terminal(isatty(STDERR_FILENO) != 0) {}

void Progress::show(double elapsed, const std::string &text) {
  constexpr double kRefresh = 0.1, kLines = 10; // seconds between two updates
  if (!shown || elapsed - last < (terminal ? kRefresh : kLines))
    return;
  last = elapsed;
  constexpr int kWidth = 24;
  const double part = seconds > 0 ? std::clamp(elapsed / seconds, 0.0, 1.0) : 1;
  const int done = static_cast<int>(part * kWidth);
  std::string line = "[" + std::string(done, '#') + std::string(kWidth - done, '.') + "] " +
                     std::to_string(static_cast<int>(std::max(0.0, seconds - elapsed))) + " s left, " + text;
  if (terminal) {
    line.resize(std::min(line.size(), columns() - 1));
    std::fprintf(stderr, "\r\033[K%s", line.c_str());
    open = true;
  } else {
    std::fprintf(stderr, "%s\n", line.c_str());
  }
}

void Progress::end() {
  if (open)
    std::fputc('\n', stderr);
  open = false;
}

} // namespace cortex::cli
