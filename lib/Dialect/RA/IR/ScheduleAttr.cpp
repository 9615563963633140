#include "cortex/Dialect/RA/IR/ScheduleAttr.h"

#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/raw_ostream.h"

#include <charconv>

using namespace mlir;

/// A value as the command line would have it, or nothing where it is neither a word nor a number.
static std::optional<std::string> settingOf(Attribute value) {
  return llvm::TypeSwitch<Attribute, std::optional<std::string>>(value)
      .Case([](StringAttr word) { return word.str(); })
      .Case([](BoolAttr flag) { return flag.getValue() ? "on" : "off"; })
      .Case([](IntegerAttr number) { return llvm::toString(number.getValue(), 10, /*Signed=*/true); })
      .Case([](FloatAttr number) {
        char buffer[40];
        return std::string(buffer, std::to_chars(buffer, buffer + sizeof buffer, number.getValueAsDouble()).ptr);
      })
      .Default(std::nullopt);
}

bool cortex::ra::readSchedule(DictionaryAttr attribute, Schedule &schedule, std::string &error) {
  for (NamedAttribute entry : attribute) {
    const StringRef key = entry.getName();
    const std::optional<std::string> value = settingOf(entry.getValue());
    if (!value) {
      llvm::raw_string_ostream(error) << key << " is " << entry.getValue() << ", expected a word or a number";
      return false;
    }
    if (!setScheduleKey(schedule, key, *value, error))
      return false;
  }
  return true;
}
