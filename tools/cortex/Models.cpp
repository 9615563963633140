//===- Models.cpp - cortex models -----------------------------------------===//
#include "Cli.h"

#include "models/Zoo.h"

#include <iostream>
#include <memory>

namespace cortex::cli {

static Json asJson(const zoo::Entry &entry) {
  Json json{{"name", entry.name}, {"description", entry.description}, {"parameters", Json::array()}};
  for (const zoo::Parameter &parameter : entry.parameters)
    json["parameters"].push_back({{"name", parameter.name},
                                  {"default", parameter.value},
                                  {"least", parameter.least},
                                  {"most", parameter.most},
                                  {"meaning", parameter.meaning}});
  return json;
}

static int models(bool json) {
  if (json) {
    Json list = Json::array();
    for (const zoo::Entry &entry : zoo::entries())
      list.push_back(asJson(entry));
    printJson(list);
    return kSuccess;
  }
  // One table for all, so that the columns of different models line up.
  std::vector<std::vector<std::string>> rows;
  for (const zoo::Entry &entry : zoo::entries()) {
    rows.push_back({entry.name + ": " + entry.description});
    for (const zoo::Parameter &parameter : entry.parameters)
      rows.push_back({"  " + parameter.name + "=" + std::to_string(parameter.value), parameter.meaning});
  }
  size_t width = 0;
  for (const auto &row : rows)
    if (row.size() > 1)
      width = std::max(width, row[0].size());
  for (const auto &row : rows)
    std::cout << row[0] << (row.size() > 1 ? std::string(width + 2 - row[0].size(), ' ') + row[1] : "") << '\n';
  std::cout << "\nSet a parameter with --set NAME=VALUE; the values shown are the defaults.\n";
  return kSuccess;
}

void addModels(CLI::App &app, Action &action) {
  auto json = std::make_shared<bool>(false);
  CLI::App *command = app.add_subcommand("models", "Lists the models of the zoo and their parameters");
  command->add_flag("--json", *json, "Print the list as JSON");
  command->callback([json, &action] { action = [json] { return models(*json); }; });
}

} // namespace cortex::cli
