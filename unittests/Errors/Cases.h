//===- Cases.h - The table of wrong uses of the interfaces ----------------===//
//
// Every case does something wrong and says which status and which message, to
// the letter, must come of it. ErrorTable.cpp tests all of them and prints them
// for docs/Errors.md; the command line has tables of its own (integration_test/errors).
//===----------------------------------------------------------------------===//
#ifndef CORTEX_UNITTESTS_ERRORS_CASES_H
#define CORTEX_UNITTESTS_ERRORS_CASES_H

#include "cortex/cortex.hpp"

#include <functional>
#include <string>
#include <vector>

namespace cortex::errors {

/// What a case led to.
struct Outcome {
  std::string status; ///< a name of cortex_status; "" where the interface has none
  std::string message;
};

struct Case {
  std::string title; ///< what is done, as docs/Errors.md says it
  std::string status;
  std::string message;
  std::string advice; ///< what the user should do
  std::function<Outcome()> run;
};

struct Group {
  std::string title, about; ///< of the section
  std::vector<Case> cases;
};

/// The groups, one file each.
Group programCases();
Group modelCases();
Group sessionCases();
Group batchCases();
Group linkedCases();
Group fileCases();
Group builderModelCases();
Group builderBodyCases();
Group compilerCases();

std::string nameOf(cortex_status status);

/// What a call of the C interface left: its status and the thread's message.
inline Outcome called(cortex_status status) {
  return {nameOf(status), status == CORTEX_OK ? "" : cortex_last_error()};
}

/// What `f` throws.
template <class F> Outcome thrown(F f) {
  try {
    f();
  } catch (const Error &error) {
    return {nameOf(error.status()), error.what()};
  }
  return {nameOf(CORTEX_OK), ""};
}

} // namespace cortex::errors
#endif // CORTEX_UNITTESTS_ERRORS_CASES_H
