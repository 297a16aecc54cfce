// What each command of hubctl does. Exit codes: 0 done, 1 refused, 2 could not.
#pragma once

#include <iosfwd>
#include <map>
#include <string>
#include <vector>

#include "hub/programs/hubctl_client.h"

namespace hub::ctl {

constexpr int kDone = 0;
constexpr int kRefused = 1;
constexpr int kCouldNot = 2;

struct Arguments {
  std::string command;                         // "adapter check"
  std::vector<std::string> words;              // what follows the command
  std::map<std::string, std::string> options;  // "--state" → value; flags have ""
  bool json = false;
  std::string option(const std::string& name) const {
    auto it = options.find(name);
    return it == options.end() ? std::string() : it->second;
  }
  bool has(const std::string& name) const { return options.contains(name); }
};

struct Command {
  std::string name;                            // one or two words
  std::string usage;                           // what follows the name
  std::string meaning;                         // one sentence
  int words_min, words_max;                    // -1: any number
  std::map<std::string, std::string> options;  // name → value's name ("" for a flag)
  int (*run)(const Arguments&, Client&, std::ostream& out, std::ostream& err);
};

const std::vector<Command>& commands();

}  // namespace hub::ctl
