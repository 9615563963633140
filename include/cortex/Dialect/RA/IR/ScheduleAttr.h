//===- ScheduleAttr.h - Schedules as attributes -----------------*- C++ -*-===//
#ifndef CORTEX_DIALECT_RA_IR_SCHEDULEATTR_H
#define CORTEX_DIALECT_RA_IR_SCHEDULEATTR_H

#include "cortex/Schedule/Schedule.h"

#include "mlir/IR/BuiltinAttributes.h"

namespace cortex::ra {

/// Asks `schedule` for what the attribute of a model says: words as strings, numbers as they are, true and false for
/// `on` and `off`. False where it is at fault; `error` is then one line.
bool readSchedule(mlir::DictionaryAttr attribute, Schedule &schedule, std::string &error);

} // namespace cortex::ra

#endif // CORTEX_DIALECT_RA_IR_SCHEDULEATTR_H
