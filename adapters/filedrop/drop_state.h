// How far each claimed file got, kept as compact JSON in the collect cursor: its size depends on
// what is open, not on how many items a file has. Cursors of version 1.0 (all items of a file given
// at once, accepted ones still listed) are understood. Pure values.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "contracts/adapter/verbs.h"

namespace otinish {

struct DropFile {
  enum class Stage {
    kClaimed,   // in processing/, not read yet or failed to read
    kReturned,  // items given to the hub, all of them if complete
    kSettled,   // the hub has settled every item: only the file remains to be moved
    kWaiting,   // still outside processing/, incomplete; attempts counts the looks
  };
  struct Item {
    enum class State { kOpen, kAccepted, kRefused };
    State state = State::kOpen;
    std::string code;  // of a problem or a refusal
    std::string text;
    // Of the appeal and of the message we delivered, as far as the item or the answered file's name
    // tells.
    std::string correlation_id;
    std::string in_reply_to;
    int line = 0;  // of its record in the file; 0 if it has none
  };
  // Only so many are named in the cursor and in a reason file; the rest is counted.
  static constexpr std::size_t kProblemsMax = 50;

  Stage stage = Stage::kClaimed;
  int attempts = 0;                   // failed reads, or looks while waiting
  std::size_t taken = 0;              // items given to the hub so far, in the file's order
  bool complete = false;              // the last of them was
  int refusals = 0;                   // answers with items of this file that the hub did not commit
  int fetches = 0;                    // rounds the next item waited for an attachment
  int accepted = 0;                   // items settled without any problem; their ids are forgotten
  int problems_unnamed = 0;           // beyond kProblemsMax
  bool told = false;                  // the ack or err file is written
  std::string first_seen;             // RFC 3339; of one that waited, when the wait began
  std::string sha256;                 // of the content, as far as it is known
  std::int64_t size = 0;              // as first listed here
  std::int64_t modified_ms = 0;       // the same; 0 if the place tells no time
  std::map<std::string, Item> items;  // open and bad ones, by item id

  // True if the file belongs into error/: a problem or a refusal among its items.
  bool bad() const;
  // Nothing of it is open and nothing is left to give: on to kSettled.
  void settleIfDone();
};

// By "<folder>/<name>".
using DropState = std::map<std::string, DropFile>;

struct DropCursor {
  // Under which this hub claims where no `node` is set; made once, so that it is another one for every
  // hub that keeps a cursor of its own. "": none was made yet.
  std::string node;
  DropState files;
};

// Failure: kit::MappingError "adapter.bad_cursor".
DropCursor readDropCursor(const std::string& cursor);
std::string writeDropCursor(const DropCursor& cursor);
// Marks what the hub settled, which may be some of a file's items only; a file given completely
// with nothing open becomes kSettled.
void applySettled(DropState& state, const std::vector<Settled>& settled);
// The machine-readable reason that stands beside a file in error/. `mapping` is the setting whose
// mapping reads such files: the rule that a problem without one of its own broke.
std::string reasonJson(const std::string& name, const std::string& mapping, const DropFile& file);
// For the sender: {"file","code","rule","element","line","text","problems":[…]}; the first problem,
// then every named one with item, code, rule, line (0 if unknown), text and, when known,
// correlation_id and in_reply_to.
std::string errJson(const std::string& name, const std::string& mapping, const DropFile& file);

}  // namespace otinish
