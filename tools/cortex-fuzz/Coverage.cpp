#include "Coverage.h"

#include <algorithm>
#include <iomanip>
#include <sstream>

using namespace cortex;

namespace cortex::fuzz {

/// Every cell of the table, but those that follow from other lists (see Coverage's constructor).
static const std::map<std::string, std::vector<std::string>> &features() {
  static const std::map<std::string, std::vector<std::string>> all{
      {"reduction over children", {"sum", "mean", "prod", "max", "min", "softmax"}},
      {"reduction over parents", {"sum", "mean", "prod", "max", "min", "softmax"}},
      {"reduction over nodes", {"sum", "mean", "prod", "max", "min", "softmax"}},
      {"read", {"param", "self", "child", "parent", "structure", "there", "edge"}},
      {"sweep", {"up at nodes", "down at nodes", "map at nodes", "map at roots", "map at structures"}},
      {"types", {"1", "2", "3", "4", "5"}},
      {"sweeps", {"1", "2", "3", "4"}},
      {"states of a sweep", {"1", "2", "3"}},
      {"rank of a state", {"0", "1", "2", "3"}},
      {"float", {"f32", "f64"}},
      {"input",
       {"symbol at nodes", "symbol at edges", "symbol at structures", "features at nodes", "features at edges",
        "features at structures", "of one type"}},
      {"units",
       {"1", "below a vector", "a vector", "vectors", "vectors and a rest", "prime above a vector", "above 128"}},
      {"stage", {"constant", "symbol", "node", "recursive"}},
      {"product", {"of rows", "of edges", "with a key", "without a key", "continued", "in prepare", "not packed"}},
      {"tile height", {"1", "2", "3", "4", "5", "6", "7", "8"}},
      {"tables", {"built", "none"}},
      {"nest", {"owned", "whole", "over rows", "over children", "over parents", "over nodes", "once"}},
      {"memory", {"constant", "private", "exchanged", "local"}},
      {"space",
       {"const", "rows", "roots", "structures", "level_rows", "level_edges", "strip_rows", "strip_edges", "order_rows",
        "order_edges"}},
      {"group",
       {"with a key", "without a key", "several types in a level", "several keys in a level", "several strips",
        "several kinds of a type", "types and keys in a level"}},
      {"structures", {"sequence", "tree", "dag"}},
      {"arity", {"0", "1", "2", "3", "4", "5", "6 and more"}},
      {"node", {"several parents", "the same child twice", "named as a root", "root twice", "type given"}},
      {"nodes of a structure", {"1", "2 to 9", "10 to 39", "40 and more"}},
      {"batch", {"1 structure", "2 to 9 structures", "10 structures and more"}},
      {"optimization level", {"0", "1", "2", "3"}},
      {"workers", {"2", "3", "4", "5", "8"}},
      {"run", {"from the artifact", "in chunks", "with another schedule"}},
  };
  return all;
}

Coverage::Coverage() {
  for (const auto &[group, names] : features())
    for (const std::string &name : names)
      cells[group][name] = 0;
  for (llvm::StringRef name : ra::namesAllowedInBody())
    cells["operation"][name.str()] = 0;
  for (const char *name : {"ra.sigmoid", "ra.lookup", "ra.over"})
    cells["operation"][name] = 0;
  for (const ScheduleKey &key : scheduleKeys())
    for (const std::string &value : key.choices)
      cells["schedule"][key.name + "=" + value] = 0;
  for (const std::string &target : targets())
    cells["target"][target] = 0;
}

void Coverage::add(const Seen &seen) {
  for (const auto &[group, name] : seen.features)
    ++cells[group][name];
  ++count;
}

std::vector<std::string> Coverage::empty() const {
  std::vector<std::string> found;
  for (const auto &[group, counts] : cells)
    for (const auto &[name, count] : counts)
      if (count == 0)
        found.push_back(std::string(group).append(": ").append(name));
  return found;
}

void Coverage::print(std::ostream &os) const {
  os << "coverage: of " << count << " models, so many had\n";
  for (const auto &[group, counts] : cells) {
    os << "  " << std::left << std::setw(24) << group;
    size_t column = 26;
    const char *between = "";
    for (const auto &[name, count] : counts) {
      const std::string cell = name + ' ' + std::to_string(count);
      if (column + cell.size() > 116) {
        os << '\n' << std::string(26, ' ');
        column = 26;
        between = "";
      }
      os << between << cell;
      column += cell.size() + 2;
      between = "  ";
    }
    os << '\n';
  }
}

std::string Seen::text() const {
  std::string text;
  for (const auto &[group, name] : features)
    text.append(group).append(": ").append(name).append("\n");
  return text;
}

void Seen::addText(const std::string &lines) {
  std::istringstream stream(lines);
  for (std::string line; std::getline(stream, line);)
    if (const size_t colon = line.find(": "); colon != std::string::npos)
      add(line.substr(0, colon), line.substr(colon + 2));
}

} // namespace cortex::fuzz
