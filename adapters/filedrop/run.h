// What the parts of this adapter share: one collect call under way, and small tools. Not for others.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "adapters/filedrop/filedrop_adapter.h"
#include "adapters/kit/outcome.h"

namespace otinish {
namespace filedrop {

inline constexpr int kSuffixesMax = 20;
inline constexpr int kAnswerItemsMax = kit::kAnswerItemsMax;
// The same trouble is logged once in so long.
inline constexpr std::int64_t kWarnEveryMs = 600'000;
inline constexpr std::string_view kMessageIdSlot = "{message_id}";
inline constexpr std::string_view kCorrelationIdSlot = "{correlation_id}";

// Digests named in a canonical document; attachments are its only holders of <sha256>.
std::set<std::string> digestsIn(const std::string& document);
// Of an item: the same as long as the file's name and content are.
std::string idOf(const std::string& name, int row, const std::string& sha256);
// What a file may be called where a name of its own may be taken, in the order they are tried: as it is,
// with kSuffixesMax numbers, and then with `mark`, which no other file has. Room is left for what
// stands beside it, so a very long name is cut.
std::vector<std::string> freeNames(const std::string& name, const std::string& mark);
// `when` (of any form) and the content's digest: the end of a name once its numbers are used up.
std::string markOf(const std::string& when, const std::string& sha256);
bool isTaken(const ExchangeResponse& response);
// A folder that nobody has written to yet is an empty one.
bool isListed(const ExchangeResponse& response);
// It tells of some files only, and nobody knows of which: enough to delete old ones.
bool isPartial(const ExchangeResponse& listing);
// There are more files than the listing tells.
bool isCut(const ExchangeResponse& listing);
bool isSignature(const std::string& name);
std::int64_t nowMs();

}  // namespace filedrop

struct FiledropAdapter::Run {
  kit::Host& host;
  kit::TimeBudget time, files_time;  // one step of each in any case
  std::string node;                  // under which this hub claims
  DropState state;
  Answer answer;
  std::size_t limit = 0;
  std::set<std::string> moved;    // finished in this call, still in the listing
  std::set<std::string> offered;  // files whose items are in the answer
  std::size_t bytes = 0;          // of the answer's items
  bool closed = false;            // nothing more may go into the answer

  // Files of `folder` that do not go on, and not by their content: the hub is told of the first kind of
  // trouble, with what the place said of the first file.
  struct Trouble {
    std::string code, folder, cause, first;
    int files = 0;
  };
  std::vector<Trouble> troubles;
  // Names in done/ and error/, where looked at; nothing: not known now.
  std::map<std::string, std::optional<std::set<std::string>>> listed;
  std::map<std::string, std::string> first_seen = {};  // of files that waited until now, by key

  void note(const std::string& code, const std::string& folder, const std::string& cause,
            const std::string& name, int files = 1);
  bool full() const { return closed || answer.items.size() >= limit; }
};

struct FiledropAdapter::Part {
  std::vector<Inbound> items;
  std::size_t total = 0;        // of the whole file
  std::string native = {};      // the file, if it holds this one item
  std::vector<int> lines = {};  // of the items' records, if the file has records
  std::shared_ptr<const kit::CsvTable> table = {};  // these
};

}  // namespace otinish
