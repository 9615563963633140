//===- Explain.cpp - cortex explain ---------------------------------------===//
#include "ModelSource.h"

#include <algorithm>
#include <iostream>

namespace cortex::cli {

namespace {
struct ExplainOptions {
  ModelOptions model;
  TargetOptions target;
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

/// Whether a list has objects that hold lists of objects: these need headings of
/// their own, the others are one table.
static bool isNested(const Json &list) {
  return std::any_of(list.begin(), list.end(), [](const Json &item) {
    return std::any_of(item.begin(), item.end(),
                       [](const Json &value) { return value.is_array() && !value.empty() && value[0].is_object(); });
  });
}

static void printObjects(const Json &list) {
  std::vector<std::string> keys;
  for (const Json &item : list)
    for (const auto &field : item.items())
      if (std::find(keys.begin(), keys.end(), field.key()) == keys.end())
        keys.push_back(field.key());
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
  std::vector<std::vector<std::string>> plain;
  for (const auto &field : object.items())
    if (!(field.value().is_array() && !field.value().empty() && field.value()[0].is_object()))
      plain.push_back({spoken(field.key()), cell(field.value())});
  if (!heading.empty())
    std::cout << '\n' << heading << '\n';
  printTable(plain);
  for (const auto &field : object.items()) {
    const Json &list = field.value();
    if (!list.is_array() || list.empty() || !list[0].is_object())
      continue;
    const std::string name = (heading.empty() ? "" : heading + ": ") + spoken(field.key());
    if (isNested(list)) {
      for (const Json &item : list)
        printObject(item, name);
    } else {
      std::cout << '\n' << name << '\n';
      printObjects(list);
    }
  }
}

static int explain(const ExplainOptions &options) {
  const std::unique_ptr<mlir::MLIRContext> context = makeContext();
  mlir::OwningOpRef<mlir::ModuleOp> module = loadModel(options.model, *context);
  const Json json = Json::parse(orFail(explainModel(*module, compileOptions(options.target))));
  if (options.json)
    printJson(json);
  else
    printObject(json, "");
  return kSuccess;
}

void addExplain(CLI::App &app, Action &action) {
  auto options = std::make_shared<ExplainOptions>();
  CLI::App *command = app.add_subcommand(
      "explain", "Shows what the compiler made of a model: stages, unit spaces, exchanges, products, bytes");
  addModelOptions(*command, options->model);
  addTargetOptions(*command, options->target);
  command->add_flag("--json", options->json, "Print it as JSON");
  command->footer("Examples:\n"
                  "  cortex explain treelstm --set hidden=256\n"
                  "  cortex explain my_model.mlir --json");
  command->callback([options, &action] { action = [options] { return explain(*options); }; });
}

} // namespace cortex::cli
