// How far each claimed file got, kept as compact JSON in the collect cursor. Pure values.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "contracts/adapter/verbs.h"

namespace otinish {

struct DropFile {
  enum class Stage {
    kClaimed,   // in processing/, not read yet or failed to read
    kReturned,  // items given to the hub
    kSettled,   // the hub has committed every item: only the file remains to be moved
    kWaiting,   // still outside processing/, incomplete; attempts counts the looks
  };
  struct Item {
    enum class State { kOpen, kAccepted, kRefused };
    State state = State::kOpen;
    std::string code;  // of a problem or a refusal
    std::string text;
  };
  Stage stage = Stage::kClaimed;
  int attempts = 0;                   // failed reads, or looks while waiting
  bool told = false;                  // the ack or err file is written
  std::string first_seen;             // RFC 3339
  std::string sha256;                 // of the content
  std::map<std::string, Item> items;  // by item id

  // True if the file belongs into error/: a problem or a refusal among its items.
  bool bad() const;
};

// By "<folder>/<name>".
using DropState = std::map<std::string, DropFile>;

// Failure: kit::MappingError "adapter.bad_cursor".
DropState readDropState(const std::string& cursor);
std::string writeDropState(const DropState& state);
// Marks what the hub settled; a file with nothing open becomes kSettled.
void applySettled(DropState& state, const std::vector<Settled>& settled);
// The machine-readable reason that stands beside a file in error/.
std::string reasonJson(const std::string& name, const DropFile& file);
// {"code","rule","element","line","text"} for the sender, from the first problem.
std::string errJson(const DropFile& file);

}  // namespace otinish
