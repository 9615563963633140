//===- ScheduleFile.h - Schedules as JSON ---------------------------------===//
//
//   {"tables": 0.5, "strip_rows": 64, "batching": "batch"}
//
// Keys and values are those of cortex/Schedule/Schedule.h. A number may be
// written as a number or as a string; true and false are `on` and `off`.
//===----------------------------------------------------------------------===//
#ifndef CORTEX_IO_SCHEDULEFILE_H
#define CORTEX_IO_SCHEDULEFILE_H

#include "cortex/Schedule/Schedule.h"

#include <string>
#include <string_view>

namespace cortex::io {

/// Asks `schedule` for all that `text` says. `name` is for messages: on failure returns false, `error` is then one
/// line that begins with it.
bool parseScheduleJson(std::string_view text, const std::string &name, Schedule &schedule, std::string &error);

/// The same with the content of a file.
bool readScheduleFile(const std::string &path, Schedule &schedule, std::string &error);

} // namespace cortex::io
#endif // CORTEX_IO_SCHEDULEFILE_H
