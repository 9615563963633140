//===- Cli.h - What the subcommands of `cortex` share ---------------------===//
//
// Every subcommand is one file with one function that adds it to the command
// line. Exit codes: 0 success, 1 a check that failed, 2 wrong usage or input.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_TOOLS_CLI_H
#define CORTEX_TOOLS_CLI_H

#include "cortex/Support/Words.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cortex::cli {

using Json = nlohmann::ordered_json;

enum ExitCode : int { kSuccess = 0, kCheckFailed = 1, kBadInput = 2 };

/// Ends the command with exit code 2; main prints the message after
/// "cortex: error: ".
struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// What the command line asked for, run after parsing has succeeded.
using Action = std::function<int()>;

/// Each adds its subcommand to `app`; when it was named, `action` is set.
void addModels(CLI::App &app, Action &action);
void addCompile(CLI::App &app, Action &action);
void addRun(CLI::App &app, Action &action);
void addCheck(CLI::App &app, Action &action);
void addBench(CLI::App &app, Action &action);
void addExplain(CLI::App &app, Action &action);
void addTune(CLI::App &app, Action &action);

/// Splits "key=value" at the first '=', which keyAndValue() has found.
std::pair<std::string, std::string> splitSetting(const std::string &setting);

/// A whole number written in decimal, from `least` to `most`; fails naming `what`.
int64_t parseInteger(const std::string &text, const std::string &what, int64_t least, int64_t most);

/// Checks of an option's value, made on its text before it is converted. What they
/// refuse is an error "--option: expected ..., found '...'".
CLI::Validator oneOf(std::vector<std::string> words);
CLI::Validator wholeNumber(uint64_t least, uint64_t most);
CLI::Validator notNegative(); ///< a finite number
CLI::Validator keyAndValue(); ///< KEY=VALUE, the value may be empty

/// The words of a command line, last one first as CLI11 takes them, where every value of an option with several
/// stands behind the option: "--set a=1 b=2 TreeFC" becomes "--set a=1 --set b=2 TreeFC". Values hold a '=' (or are
/// "chunks", of --also), so that such an option takes no model or file that comes after it. Throws CLI::ParseError
/// where another option stands in the place of its first value.
std::vector<std::string> wordsOf(int argc, const char *const *argv);

/// What a command line that cannot be parsed gets wrong, in one line.
std::string describe(const CLI::ParseError &error, const CLI::App &app);

/// An output file and the files that the command reads, each with its option.
using NamedFile = std::pair<std::string, std::string>;
/// Fails if `output` is one of `inputs`, whatever the paths look like; empty paths are no files.
void refuseToOverwrite(const NamedFile &output, const std::vector<NamedFile> &inputs);

/// Fails if `path` says by its ending that it is another kind of file than an artifact.
void refuseArtifactName(const std::string &path);

/// "1 batch", "1,200 batches".
std::string countOf(uint64_t number, const std::string &one);
/// "1,234,567"; "1.5 KiB".
std::string withCommas(uint64_t number);
std::string formatBytes(uint64_t bytes);
/// A number of bytes: "1048576", "512K", "64M", "2G" (of 1024 each); fails naming `what`.
uint64_t parseBytes(const std::string &text, const std::string &what);
/// Four significant digits, without an exponent where it reads well.
std::string formatNumber(double number);

/// Prints rows of cells with aligned columns; the first row is the header.
/// Columns of `rightAligned` (by index) are aligned right.
void printTable(const std::vector<std::vector<std::string>> &rows, const std::vector<size_t> &rightAligned = {});

/// The processor's name as the system reports it, or "unknown CPU".
std::string cpuName();

/// Median and other quantiles (0..1) by linear interpolation; `values` not empty.
double quantile(std::vector<double> values, double q);

/// Prints `json` on standard output, indented, with a newline.
void printJson(const Json &json);

} // namespace cortex::cli
#endif // CORTEX_TOOLS_CLI_H
