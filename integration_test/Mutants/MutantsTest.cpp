//===- MutantsTest.cpp - Every small fault must be seen by some check -----===//
//
// Each fault (Faults.h) is made in several models, one at a time; each mutant is
// compiled, run and put to the checks that guard every compiled model. The table
// that a test prints is that of docs/Testing.md. CORTEX_FULL=1: every site.
//===----------------------------------------------------------------------===//
#include "Faults.h"
#include "Victim.h"

#include "cortex/IO/Files.h"

#include <fstream>
#include <iostream>
#include <iterator>
#include <map>

using namespace cortex;
using namespace cortex::mutants;

namespace {

constexpr uint64_t kSeed = 7;
/// Mutants per fault, each in another model, where not all are made.
constexpr size_t kPerFault = 3;

std::string textOf(const std::string &path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> modelNames() {
  std::vector<std::string> names;
  for (const zoo::Entry &entry : zoo::entries())
    names.push_back(entry.name);
  names.emplace_back("Words");
  return names;
}

test::Source sourceOf(const std::string &name) {
  // What no model of the zoo has at these sizes: a model of additions only, and products that continue others' sums.
  for (const auto &[own, file] : {std::pair("Words", "words.mlir"), std::pair("Chain", "chain.mlir")})
    if (name == own) {
      const std::string path = CORTEX_MUTANTS "/models/" + std::string(file);
      return test::fromText(textOf(path), path);
    }
  // A full panel and a remainder; widths that differ a little.
  return test::fromZoo(name, test::sizesOf(*zoo::find(name), 13));
}

/// The models under their schedules, each set up when it is first needed.
class Victims {
public:
  const Victim &get(const std::string &name, const std::string &schedule = "") {
    std::unique_ptr<Victim> &victim = all[{name, schedule}];
    if (!victim)
      victim = std::make_unique<Victim>(name, sourceOf(name), schedule, kSeed);
    return *victim;
  }

private:
  std::map<std::pair<std::string, std::string>, std::unique_ptr<Victim>> all;
};

size_t sitesIn(const Fault &fault, const Victim &victim, Stage stage) {
  const mlir::OwningOpRef<mlir::ModuleOp> module = victim.lowered(stage);
  Sites sites;
  fault.find(*module, sites);
  return sites.size();
}

/// A row of the table.
struct Row {
  size_t mutants = 0;
  std::vector<std::string> models;
  std::map<std::string, size_t> killers;
};

void tryMutant(const Fault &fault, const Victim &victim, Stage stage, size_t site, Row &row) {
  const mlir::OwningOpRef<mlir::ModuleOp> module = victim.lowered(stage);
  Sites sites;
  fault.find(*module, sites);
  SCOPED_TRACE(testing::Message() << fault.name << ", " << victim.name() << ", site " << site << ": "
                                  << sites[site].where);
  sites[site].make();
  if (stage == Stage::Model)
    ASSERT_FALSE(victim.isEquivalent(*module)) << "the oracle computes the same: this is no site of the fault";
  const Verdict verdict = victim.judge(*module, stage);
  ASSERT_NE(verdict.killer, "error") << verdict.detail;
  EXPECT_NE(verdict.killer, "") << "the mutant survived every check";
  ++row.mutants;
  ++row.killers[verdict.killer];
  if (row.models.empty() || row.models.back() != victim.name())
    row.models.push_back(victim.name());
}

/// The sites that are tried: all, or one of each of some models, always the same ones.
void tryFault(const Fault &fault, size_t number, Victims &victims, Stage stage, Row &row) {
  const std::vector<std::string> names = fault.only.empty() ? modelNames() : fault.only;
  for (size_t i = 0; i < names.size(); ++i) {
    const std::string &name = names[(i + 5 * number) % names.size()];
    const Victim &victim = victims.get(name, fault.schedule);
    const size_t sites = sitesIn(fault, victim, stage);
    if (test::full()) {
      for (size_t site = 0; site < sites; ++site)
        tryMutant(fault, victim, stage, site, row);
    } else if (sites > 0 && row.mutants < kPerFault) {
      tryMutant(fault, victim, stage, (7 * number + i) % sites, row);
    }
  }
  EXPECT_GT(row.mutants, 0U) << "no model has a site of the fault '" << fault.name << "'";
}

void killAll(Stage stage) {
  Victims victims;
  std::cout << "| fault | mutants | in | killed by |\n|---|---|---|---|\n";
  size_t number = 0, mutants = 0;
  for (const Fault &fault : faultsOf(stage)) {
    Row row;
    tryFault(fault, number++, victims, stage, row);
    mutants += row.mutants;
    std::cout << "| " << fault.name << " | " << row.mutants << " | ";
    for (size_t i = 0; i < row.models.size(); ++i)
      std::cout << (i ? ", " : "") << row.models[i];
    std::cout << " |";
    for (const auto &[killer, count] : row.killers)
      std::cout << ' ' << (killer.empty() ? "SURVIVED" : killer) << ' ' << count << ';';
    std::cout << " |" << std::endl;
  }
  std::cout << mutants << " mutants of " << number << " faults\n";
}

TEST(Mutants, OriginalsPassEveryCheck) {
  Victims victims;
  auto expectSound = [&](const std::string &name, Stage stage) {
    const Victim &victim = victims.get(name);
    const Verdict verdict = victim.judge(*victim.lowered(stage), stage);
    EXPECT_EQ(verdict.killer, "") << name << ": " << verdict.detail;
  };
  for (const std::string &name : modelNames())
    expectSound(name, Stage::Model);
  // The stages in between only change how the same program is made.
  for (Stage stage : {Stage::Loops, Stage::Code})
    expectSound("Words", stage);
  expectSound("Chain", Stage::Loops);
}

TEST(Mutants, OfModels) {
  killAll(Stage::Model);
}

TEST(Mutants, OfLoops) {
  killAll(Stage::Loops);
}

TEST(Mutants, OfCode) {
  killAll(Stage::Code);
}

TEST(Mutants, AreDocumented) {
  const std::string text = textOf(CORTEX_SOURCE_DIR "/docs/Testing.md");
  for (Stage stage : {Stage::Model, Stage::Loops, Stage::Code})
    for (const Fault &fault : faultsOf(stage))
      EXPECT_NE(text.find("| " + fault.name + " |"), std::string::npos) << fault.name << " is not in docs/Testing.md";
}

} // namespace
