// What was given of a page that is asked for again because something on it waits: ids, and of each a digest of what was
// given. A change that the agency mends under the same id meanwhile (the hub refused it) is thereby given again. An
// agency whose list says another thing at every call gets no endless round: of one id no more than kMendsMax.
#pragma once

#include <cstddef>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "contracts/adapter/verbs.h"

namespace otinish::kit {

class GivenItems {
 public:
  static constexpr std::size_t kMendsMax = 5;

  // Of what the hub would judge. Before its files are fetched, which may make it a problem.
  static std::string digestOf(const Inbound& item);

  // An object, as write() made it, or a list of ids alone, which stand for any content: a cursor of an earlier release.
  static GivenItems read(const nlohmann::json& value);
  nlohmann::json write() const;

  // The hub has it, and not otherwise.
  bool has(const std::string& id, const std::string& digest) const;
  // The hub has it in other words.
  bool wasOther(const std::string& id, const std::string& digest) const;
  void add(const std::string& id, const std::string& digest);
  void keepFirst(std::size_t count);
  void clear() { items_.clear(); }
  bool empty() const { return items_.empty(); }

 private:
  std::map<std::string, std::string>
      items_;  // id → digest, a '+' behind it for each time it was mended
};

}  // namespace otinish::kit
