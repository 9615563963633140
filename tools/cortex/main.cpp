#include "Cli.h"

#include "cortex/cortex.hpp"

#include <exception>
#include <iostream>

using namespace cortex::cli;

/// Prints the one line (or list) that says what was wrong.
static int reportError(const std::string &message) {
  std::cout.flush();
  std::cerr << "cortex: error: " << message << '\n';
  return kBadInput;
}

int main(int argc, char **argv) {
  CLI::App app{"Compiles recursive deep-learning models (over trees, DAGs and sequences) and runs them.", "cortex"};
  app.set_version_flag("--version", std::string("cortex ") + cortex_version());
  app.require_subcommand(1);
  app.footer("Exit codes: 0 success, 1 a check failed, 2 wrong usage or input.\n"
             "\n"
             "Examples:\n"
             "  cortex models\n"
             "  cortex compile treelstm --set hidden=256 --random-weights 1 -o m.cortex\n"
             "  cortex run m.cortex --input trees.jsonl --output states.npy\n"
             "  cortex check treegru --set hidden=35\n"
             "\n"
             "`cortex SUBCOMMAND --help` explains a subcommand.");
  Action action;
  addModels(app, action);
  addCompile(app, action);
  addRun(app, action);
  addCheck(app, action);
  addBench(app, action);
  addExplain(app, action);
  addTune(app, action);
  try {
    app.parse(wordsOf(argc, argv));
  } catch (const CLI::Success &success) { // --help, --version
    return app.exit(success);
  } catch (const CLI::ParseError &error) {
    return reportError(describe(error, app));
  }
  try {
    const int status = action();
    std::cout.flush();
    if (!std::cout)
      return reportError("standard output: cannot write");
    return status;
  } catch (const Failure &failure) {
    return reportError(failure.what());
  } catch (const cortex::Error &error) { // of the runtime: an artifact, weights, threads
    return reportError(error.what());
  } catch (const std::bad_alloc &) {
    return reportError("out of memory");
  } catch (const std::exception &unexpected) {
    return reportError(std::string("internal error: ") + unexpected.what());
  }
}
