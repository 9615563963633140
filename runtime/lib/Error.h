//===- Error.h - What the runtime throws and the C interface reports ------===//
#ifndef CORTEX_RUNTIME_ERROR_H
#define CORTEX_RUNTIME_ERROR_H

#include "cortex/cortex.h"

#include <cerrno>
#include <cstring>
#include <exception>
#include <string>
#include <utility>

namespace cortex::rt {

/// A failure with the status and the one-line message that the caller sees.
class Error : public std::exception {
public:
  Error(cortex_status status, std::string message) : status(status), message(std::move(message)) {}
  const char *what() const noexcept override { return message.c_str(); }

  const cortex_status status;

private:
  std::string message;
};

[[noreturn]] inline void invalidArgument(std::string message) {
  throw Error(CORTEX_INVALID_ARGUMENT, std::move(message));
}

/// `'name'`, for messages.
inline std::string quoted(const std::string &name) {
  return "'" + name + "'";
}

/// A failed operation of the system; `error` is its errno.
[[noreturn]] inline void systemError(const std::string &what, int error) {
  throw Error(error == ENOMEM ? CORTEX_OUT_OF_MEMORY : CORTEX_SYSTEM_ERROR, what + ": " + std::strerror(error));
}

} // namespace cortex::rt
#endif // CORTEX_RUNTIME_ERROR_H
