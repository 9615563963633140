//===- Explain.cpp - cortex explain ---------------------------------------===//
#include "Loaded.h"
#include "Sample.h"

#include "cortex/cortex.hpp"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <sstream>

namespace cortex::cli {

namespace {
struct ExplainOptions {
  ModelOptions model;
  TargetOptions target;
  SampleOptions sample;
  bool json = false;
};
} // namespace

/// "bytes_per_node" as "bytes per node".
static std::string spoken(std::string key) {
  std::replace(key.begin(), key.end(), '_', ' ');
  return key;
}

/// A value that fits a table's cell.
static std::string cell(const Json &value) {
  if (value.is_string())
    return value.get<std::string>();
  if (value.is_number_unsigned())
    return withCommas(value.get<uint64_t>());
  if (value.is_number_float())
    return formatNumber(value.get<double>());
  if (value.is_null())
    return "-";
  if (value.is_array()) {
    std::string text;
    for (const Json &item : value)
      text += (text.empty() ? "" : ", ") + cell(item);
    return text.empty() ? "-" : text;
  }
  if (value.is_boolean())
    return value.get<bool>() ? "yes" : "no";
  if (value.is_object()) {
    std::string text;
    for (const auto &item : value.items())
      text += (text.empty() ? "" : ", ") + spoken(item.key()) + " " + cell(item.value());
    return text;
  }
  return value.dump();
}

static bool isListOfObjects(const Json &value) {
  return value.is_array() && !value.empty() && value[0].is_object();
}

/// Whether a list has objects that hold lists of objects: these need headings of
/// their own, the others are one table.
static bool isNested(const Json &list) {
  return std::any_of(list.begin(), list.end(),
                     [](const Json &item) { return std::any_of(item.begin(), item.end(), isListOfObjects); });
}

/// The keys of an object in the order in which people look for them: what names
/// a thing comes first, long lists come last. JSON text has them by the alphabet.
static std::vector<std::string> inReadingOrder(const std::vector<std::string> &keys) {
  static const std::vector<std::string> kFirst{"model", "target",    "level",    "variants", "float",
                                               "name",  "weights",   "function", "order",    "body",
                                               "type",  "operation", "reads",    "stage",    "exchanges_per_level",
                                               "key",   "value",     "chosen"};
  static const std::vector<std::string> kLast{"schedule", "sweeps", "levels", "work", "products", "buffers"};
  auto rank = [](const std::string &key) {
    if (const auto at = std::find(kFirst.begin(), kFirst.end(), key); at != kFirst.end())
      return at - kFirst.begin();
    const auto at = std::find(kLast.begin(), kLast.end(), key);
    return static_cast<ptrdiff_t>(at == kLast.end() ? 100 : 200 + (at - kLast.begin()));
  };
  std::vector<std::string> ordered = keys;
  std::sort(ordered.begin(), ordered.end(), [&](const std::string &a, const std::string &b) {
    return std::pair(rank(a), std::string_view(a)) < std::pair(rank(b), std::string_view(b));
  });
  return ordered;
}

static std::vector<std::string> keysOf(const Json &object) {
  std::vector<std::string> keys;
  for (const auto &field : object.items())
    keys.push_back(field.key());
  return inReadingOrder(keys);
}

static void printObjects(const Json &list) {
  std::vector<std::string> keys;
  for (const Json &item : list)
    for (const auto &field : item.items())
      if (std::find(keys.begin(), keys.end(), field.key()) == keys.end())
        keys.push_back(field.key());
  keys = inReadingOrder(keys);
  std::vector<std::vector<std::string>> rows(1);
  std::vector<size_t> numbers;
  for (size_t i = 0; i < keys.size(); ++i) {
    rows[0].push_back(spoken(keys[i]));
    if (std::all_of(list.begin(), list.end(),
                    [&](const Json &item) { return !item.contains(keys[i]) || item[keys[i]].is_number(); }))
      numbers.push_back(i);
  }
  for (const Json &item : list) {
    std::vector<std::string> &row = rows.emplace_back();
    for (const std::string &key : keys)
      row.push_back(item.contains(key) ? cell(item[key]) : "");
  }
  printTable(rows, numbers);
}

/// Plain fields first, then a heading for every list of objects.
static void printObject(const Json &object, const std::string &heading) {
  if (!heading.empty())
    std::cout << '\n' << heading << '\n';
  std::vector<std::vector<std::string>> plain;
  for (const std::string &key : keysOf(object))
    if (!isListOfObjects(object[key]))
      plain.push_back({spoken(key), cell(object[key])});
  printTable(plain);
  for (const std::string &key : keysOf(object)) {
    const Json &list = object[key];
    if (!isListOfObjects(list))
      continue;
    // A list within a named thing says whose it is: "sweep up: values".
    const std::string owner = object.contains("name") ? cell(object["name"]) + ": "
                              : heading.empty()       ? ""
                                                      : heading + ": ";
    if (isNested(list)) {
      for (const Json &item : list)
        printObject(item, owner + spoken(key));
    } else {
      std::cout << '\n' << owner << spoken(key) << '\n';
      printObjects(list);
    }
  }
}

/// What an artifact says of itself.
static Json explainArtifact(const ExplainOptions &options) {
  if (!options.model.settings.empty() || !options.target.schedule.empty() || !options.target.scheduleFile.empty())
    throw Failure(options.model.model + ": the artifact is compiled; --set and --schedule are for models");
  if (!options.sample.input.path.empty())
    throw Failure(options.model.model + ": the artifact is compiled; --input is for models");
  const Program program = loadVariant(options.model.model, options.target.target);
  const cortex_program_info info = program.info();
  Json json{{"model", info.model},
            {"target", info.target},
            {"level", info.level},
            {"variants", Json::array()},
            {"float", info.float_type == CORTEX_F64 ? "f64" : "f32"},
            {"exchanges_per_level", info.exchanges_per_level},
            {"weights", info.has_weights ? "embedded" : "none"},
            {"schedule", Json::array()}};
  std::istringstream variants(info.variants);
  for (std::string level; std::getline(variants, level, ',');)
    json["variants"].push_back(level);
  Schedule schedule;
  std::string error;
  if (!parseSchedule(info.schedule, schedule, error))
    throw Failure(options.model.model + ": schedule: " + error);
  for (const ScheduleKey &key : scheduleKeys())
    json["schedule"].push_back({{"key", key.name}, {"value", key.get(schedule)}});
  return json;
}

/// Whether it is a file that is no model's text: an artifact.
static bool isArtifact(const std::string &model) {
  return !model.ends_with(".mlir") && std::filesystem::is_regular_file(model);
}

static Json explainModelOf(const ExplainOptions &options) {
  const std::unique_ptr<mlir::MLIRContext> context = makeContext();
  mlir::OwningOpRef<mlir::ModuleOp> module = loadModel(options.model, *context);
  CompileOptions compile = compileOptions(options.target);
  takeSample(options.sample, *module, compile);
  return Json::parse(orFail(explainModel(*module, compile)));
}

static int explain(const ExplainOptions &options) {
  const Json json = isArtifact(options.model.model) ? explainArtifact(options) : explainModelOf(options);
  if (options.json)
    printJson(json);
  else
    printObject(json, "");
  return kSuccess;
}

void addExplain(CLI::App &app, Action &action) {
  auto options = std::make_shared<ExplainOptions>();
  CLI::App *command =
      app.add_subcommand("explain", "Shows what the compiler made of a model: its schedule, why and what "
                                    "each key did, stages, exchanges, products, bytes");
  addModelOptions(*command, options->model);
  addTargetOptions(*command, options->target);
  addSampleOptions(*command, options->sample);
  command->add_flag("--json", options->json, "Print it as JSON");
  command->footer("Examples:\n"
                  "  cortex explain treelstm --set hidden=256\n"
                  "  cortex explain my_model.mlir --json\n"
                  "  cortex explain m.cortex        (an artifact: its variants, and the schedule of the one that "
                  "this CPU would run)");
  command->callback([options, &action] { action = [options] { return explain(*options); }; });
}

} // namespace cortex::cli
