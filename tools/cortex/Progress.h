//===- Progress.h - A line that says how far a long command is ------------===//
#ifndef CORTEX_TOOLS_PROGRESS_H
#define CORTEX_TOOLS_PROGRESS_H

#include <string>

namespace cortex::cli {

/// A bar with the time left and a text, on standard error: rewritten in place on a terminal, else a line now and then.
class Progress {
public:
  /// `seconds` is how long the work may take. Not `shown`: nothing is printed.
  Progress(double seconds, bool shown);
  /// After `elapsed` seconds.
  void show(double elapsed, const std::string &text);
  /// Leaves the line.
  void end();

private:
  const double seconds;
  const bool shown, terminal;
  double last = -1e9;
  bool open = false;
};

} // namespace cortex::cli
#endif // CORTEX_TOOLS_PROGRESS_H
