// hubctl: the hub from the command line, over its REST door. Exit codes: 0 done, 1 refused (the
// reason, the field and the remedy are on standard error), 2 could not (no connection, a fault of
// the hub, wrong usage).
#include <sys/stat.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <string_view>

#include "hub/base/text.h"
#include "hub/programs/hubctl_commands.h"
#include "hub/programs/hubctl_options.h"
#include "hub/programs/hubctl_texts.h"

namespace {

using namespace hub;
using namespace hub::ctl;

const std::map<std::string, std::string> kGlobalOptions = {{"--url", "URL"},
                                                           {"--key-file", "FILE"},
                                                           {"--ca", "FILE"},
                                                           {"--certificate", "FILE"},
                                                           {"--certificate-key", "FILE"},
                                                           {"--lang", "kk|ru|en"},
                                                           {"--json", ""},
                                                           {"--help", ""}};

void printHelp(std::ostream& out) {
  out << "usage: hubctl [OPTIONS] COMMAND …\n\n";
  for (const Command& command : commands()) {
    const std::string left = command.name + " " + command.usage;
    const std::size_t width = utf8Length(left);
    out << "  " << left << std::string(width < 34 ? 34 - width : 1, ' ') << command.meaning << "\n";
  }
  out << "\n  --url URL           the hub (or OTINISH_URL; http://127.0.0.1:8480)\n"
         "  --key-file FILE     file with the API key (or OTINISH_KEY_FILE)\n"
         "  --ca FILE           https: certificates to trust\n"
         "  --certificate FILE --certificate-key FILE\n"
         "                      https: client certificate\n"
         "  --lang kk|ru|en     language of what is said (else by LC_ALL, LANG)\n"
         "  --json              the hub's JSON instead of tables\n"
         "\nhubctl help COMMAND shows its options. Exit codes: 0 done, 1 refused, 2 could not.\n";
}

void printCommandHelp(const Command& command, std::ostream& out) {
  out << "usage: hubctl " << command.name << " " << command.usage << "\n\n"
      << command.meaning << "\n";
  std::size_t widest = 0;
  const auto left = [](const auto& option) {
    return option.first + (option.second.empty() ? "" : " " + option.second);
  };
  for (const auto& option : command.options) widest = std::max(widest, utf8Length(left(option)));
  if (widest > 0) out << "\n";
  for (const auto& option : command.options) {
    const std::string name = left(option);
    out << "  " << name << std::string(widest - utf8Length(name) + 2, ' ')
        << optionMeaning(command.name, option.first) << "\n";
  }
  out << "\nhubctl help shows the options that every command has.\n";
}

const Command* findCommand(const std::vector<std::string>& words, std::size_t* used) {
  for (const Command& command : commands()) {
    const auto name = split(command.name, ' ');
    if (name.size() > words.size()) continue;
    if (std::equal(name.begin(), name.end(), words.begin())) {
      *used = name.size();
      return &command;
    }
  }
  return nullptr;
}

int usageError(const std::string& why) {
  std::cerr << say("could not: ") << why << "\n" << say("hubctl help shows the commands") << "\n";
  return kCouldNot;
}

// Splits words and options; whether an option takes a value is known from all tables.
std::optional<std::string> readArguments(int argc, char** argv, Arguments* arguments) {
  std::map<std::string, std::string> known = kGlobalOptions;
  for (const Command& command : commands()) {
    known.insert(command.options.begin(), command.options.end());
  }
  bool options_end = false;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (options_end || !word.starts_with("--")) {
      arguments->words.push_back(word);
      continue;
    }
    if (word == "--") {
      options_end = true;
      continue;
    }
    const auto equals = word.find('=');
    const std::string name = word.substr(0, equals);
    auto it = known.find(name);
    if (it == known.end()) return say("unknown option {}", {name});
    if (arguments->has(name)) return say("{} is given twice", {name});
    if (it->second.empty()) {
      if (equals != std::string::npos) return say("{} takes no value", {name});
      arguments->options[name] = "";
    } else if (equals != std::string::npos) {
      arguments->options[name] = word.substr(equals + 1);
    } else if (i + 1 < argc) {
      arguments->options[name] = argv[++i];
    } else {
      return say("{} wants a value", {name});
    }
    // A script's variable that is not set must not widen what is asked for. A page after "" is the first one.
    if (!it->second.empty() && name != "--after" && arguments->option(name).empty()) {
      return say("{} is given empty: leave it out or give a value", {name});
    }
  }
  return std::nullopt;
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

// As far as it can be told before the options are read, which may be wrong.
std::string languageOf(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--lang" && i + 1 < argc) return argv[i + 1];
    if (word.starts_with("--lang=")) return std::string(word.substr(word.find('=') + 1));
  }
  std::string locale = environment("LC_ALL");
  if (locale.empty()) locale = environment("LANG");
  const std::string language = locale.substr(0, 2);
  return language == "kk" || language == "ru" ? language : "en";
}

std::optional<std::string> readConnection(const Arguments& arguments, Connection* connection) {
  std::string url = arguments.option("--url");
  if (url.empty()) url = environment("OTINISH_URL");
  if (!url.empty()) connection->url = url;
  std::string key_file = arguments.option("--key-file");
  if (key_file.empty()) key_file = environment("OTINISH_KEY_FILE");
  if (!key_file.empty()) {
    auto key = readFile(key_file, 4096);
    if (!key.ok()) return say("the key file {} cannot be read", {key_file});
    connection->key = std::string(trim(*key));
    if (connection->key.find_first_of("\r\n") != std::string::npos) {
      return say("the key file {} holds more than one line", {key_file});
    }
  }
  if (const std::string language = arguments.option("--lang");
      arguments.has("--lang") && language != "kk" && language != "ru" && language != "en") {
    return say("--lang is kk, ru or en, not '{}'", {language});
  }
  connection->ca_file = arguments.option("--ca");
  connection->certificate = arguments.option("--certificate");
  connection->certificate_key = arguments.option("--certificate-key");
  return std::nullopt;
}

int help(const std::vector<std::string>& words) {
  std::size_t used = 0;
  if (words.empty()) {
    printHelp(std::cout);
  } else if (const Command* command = findCommand(words, &used)) {
    printCommandHelp(*command, std::cout);
  } else {
    return usageError(say("no command {}", {words[0]}));
  }
  return kDone;
}

int run(int argc, char** argv) {
  Arguments arguments;
  const std::string language = languageOf(argc, argv);
  speak(language);
  if (auto wrong = readArguments(argc, argv, &arguments)) return usageError(*wrong);
  auto& words = arguments.words;
  if (!words.empty() && words[0] == "help") return help({words.begin() + 1, words.end()});
  if (arguments.has("--help")) return help(words);
  if (words.empty()) return usageError(say("no command is given"));
  std::size_t used = 0;
  const Command* command = findCommand(words, &used);
  if (!command) return usageError(say("no command {}", {words[0]}));
  words.erase(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(used));
  const auto count = static_cast<int>(words.size());
  if (count < command->words_min || (command->words_max >= 0 && count > command->words_max)) {
    return usageError(say("usage: {}", {"hubctl " + command->name + " " + command->usage}));
  }
  for (const auto& [name, value] : arguments.options) {
    if (!kGlobalOptions.contains(name) && !command->options.contains(name)) {
      return usageError(say("{} has no option {}", {command->name, name}));
    }
  }
  arguments.command = command->name;
  arguments.json = arguments.has("--json");
  Connection connection;
  connection.language = language;
  if (auto wrong = readConnection(arguments, &connection)) return usageError(*wrong);
  Client client(connection);
  return command->run(arguments, client, std::cout, std::cerr);
}

}  // namespace

int main(int argc, char** argv) {
  // A hub that refuses a large file closes early: that is an answer, not the end of this program.
  std::signal(SIGPIPE, SIG_IGN);
  // What it writes (cards, talons, attachments) holds personal data.
  ::umask(S_IRWXG | S_IRWXO);
  try {
    return run(argc, argv);
  } catch (const std::exception& e) {
    std::cerr << say("could not: ") << e.what() << "\n";
    return kCouldNot;
  }
}
