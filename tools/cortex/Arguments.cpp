//===- Arguments.cpp - Command lines that are wrong, and what is said of them ===//
#include "Cli.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <sys/stat.h>

namespace cortex::cli {

//===----------------------------------------------------------------------===//
// Values of options
//===----------------------------------------------------------------------===//

static std::string expected(const std::string &what, const std::string &found) {
  return "expected " + what + ", found '" + found + "'";
}

CLI::Validator oneOf(std::vector<std::string> words) {
  std::string shown;
  for (const std::string &word : words)
    shown += (shown.empty() ? "{" : ",") + word;
  auto check = [words = std::move(words)](const std::string &text) {
    if (std::find(words.begin(), words.end(), text) != words.end())
      return std::string();
    return expected(joinWords(words, " or "), text) + didYouMean(text, words);
  };
  return {check, shown + "}", "oneOf"};
}

CLI::Validator wholeNumber(uint64_t least, uint64_t most) {
  auto check = [=](const std::string &text) {
    uint64_t value = 0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (status == std::errc() && end == text.data() + text.size() && value >= least && value <= most)
      return std::string();
    return expected("a whole number from " + std::to_string(least) + " to " + std::to_string(most), text);
  };
  return {check, "", "wholeNumber"};
}

CLI::Validator notNegative() {
  auto check = [](const std::string &text) {
    double value = 0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (status == std::errc() && end == text.data() + text.size() && std::isfinite(value) && value >= 0)
      return std::string();
    return expected("a number of at least 0", text);
  };
  return {check, "", "notNegative"};
}

CLI::Validator keyAndValue() {
  auto check = [](const std::string &text) {
    const size_t equals = text.find('=');
    return equals != std::string::npos && equals != 0 ? std::string() : expected("KEY=VALUE", text);
  };
  return {check, "KEY=VALUE", "keyAndValue"};
}

//===----------------------------------------------------------------------===//
// The command line as a whole
//===----------------------------------------------------------------------===//

/// The option of `word` if one may have several values after it.
static std::string listOptionOf(const std::string &word) {
  const std::string option = word.substr(0, word.find('='));
  return option == "--set" || option == "--schedule" || option == "--also" ? option : "";
}

std::vector<std::string> wordsOf(int argc, const char *const *argv) {
  std::vector<std::string> words;
  std::string option; // whose values may come
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word.starts_with('-')) {
      option = listOptionOf(word);
      words.push_back(word);
      if (word == option && i + 1 < argc) {
        if (argv[i + 1][0] == '-') // which the parser would take for the value
          throw CLI::ArgumentMismatch::TypedAtLeast(option, 1, "value");
        words.emplace_back(argv[++i]);
      }
      continue;
    }
    if (word.find('=') == std::string::npos && (option != "--also" || word != "chunks"))
      option.clear();
    if (!option.empty())
      words.push_back(option);
    words.push_back(word);
  }
  std::reverse(words.begin(), words.end());
  return words;
}

static std::vector<std::string> namesOf(const std::vector<const CLI::App *> &subcommands) {
  std::vector<std::string> names;
  names.reserve(subcommands.size());
  for (const CLI::App *command : subcommands)
    names.push_back(command->get_name());
  return names;
}

static std::vector<std::string> longOptionsOf(const CLI::App &command) {
  std::vector<std::string> names;
  for (const CLI::Option *option : command.get_options())
    for (const std::string &name : option->get_lnames())
      names.push_back("--" + name);
  return names;
}

/// What is left over, the first of it: no option or no subcommand of this name.
static std::string unexpected(const std::string &word, const CLI::App &app, const CLI::App &command) {
  const std::string &name = command.get_name();
  if (word.starts_with('-')) {
    const std::string option = word.substr(0, word.find('='));
    return "unknown option '" + option + "' of " + name + didYouMean(option, longOptionsOf(command));
  }
  if (&app != &command)
    return "unexpected argument '" + word + "' of " + name;
  const std::vector<std::string> names = namesOf(app.get_subcommands([](const CLI::App *) { return true; }));
  return "unknown subcommand '" + word + "'" + didYouMean(word, names) + " (there are " + joinWords(names) + ")";
}

std::string describe(const CLI::ParseError &error, const CLI::App &app) {
  const std::vector<CLI::App *> chosen = app.get_subcommands();
  const CLI::App &command = chosen.empty() ? app : *chosen.front();
  const std::string help = " (see cortex " + (chosen.empty() ? "" : command.get_name() + " ") + "--help)";
  std::string message = error.what();
  const std::string subject = message.substr(0, message.find(':'));
  // An argument that nobody takes is told first: what seems to be missing may be its misspelling.
  if (const std::vector<std::string> rest = app.remaining(false); !rest.empty())
    message = unexpected(rest.front(), app, app) +
              (chosen.empty() ? "" : ": options of " + command.get_name() + " come after it");
  else if (const std::vector<std::string> all = app.remaining(true); !all.empty())
    message = unexpected(all.front(), app, command);
  else if (dynamic_cast<const CLI::RequiredError *>(&error) && chosen.empty())
    message = "expected a subcommand: " +
              joinWords(namesOf(app.get_subcommands([](const CLI::App *) { return true; })), " or ");
  else if (dynamic_cast<const CLI::ExcludesError *>(&error))
    message = message.replace(message.find(" excludes "), 10, " and ") + " exclude each other";
  else if (dynamic_cast<const CLI::RequiresError *>(&error))
    message = message.replace(message.find(" requires "), 10, " needs ");
  else if (dynamic_cast<const CLI::ArgumentMismatch *>(&error))
    message = message.ends_with(" missing") ? subject + ": expected a value after it" : subject + " is given twice";
  else if (dynamic_cast<const CLI::ConversionError *>(&error))
    message = message.substr(subject.size() + 2, message.find(" = ") - subject.size() - 2) + " takes no value";
  return message + help;
}

//===----------------------------------------------------------------------===//
// Files
//===----------------------------------------------------------------------===//

void refuseToOverwrite(const NamedFile &output, const std::vector<NamedFile> &inputs) {
  struct stat out{}, in{};
  if (output.second.empty() || ::stat(output.second.c_str(), &out) != 0 || !S_ISREG(out.st_mode))
    return;
  for (const auto &[option, path] : inputs)
    if (!path.empty() && ::stat(path.c_str(), &in) == 0 && in.st_dev == out.st_dev && in.st_ino == out.st_ino)
      throw Failure(output.first + " " + output.second + ": expected another file than " + option +
                    ", which it would overwrite");
}

void refuseArtifactName(const std::string &path) {
  for (const char *ending : {".mlir", ".ll", ".s", ".o", ".h", ".json", ".jsonl", ".npy", ".txt", ".safetensors"})
    if (path.ends_with(ending))
      throw Failure("-o " + path + ": an artifact with the name of another kind of file: expected a name such as " +
                    path.substr(0, path.rfind('.')) + ".cortex");
}

} // namespace cortex::cli
