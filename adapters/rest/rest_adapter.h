// REST (JSON over HTTP) adapter driven by settings and jq programs: one class for every agency with
// such an interface.
//
// deliver: request program of the message type → HTTP call of the `operations` row → status table
// or
//   response program; then each attachment by `attachments_up`. All calls carry the message_id, so
//   a repeated attempt is recognised by the agency; one that does not look at it is asked by `find`
//   before an appeal is sent again. Once the case is open the answer is never REJECTED, since the
//   appeal would go to another body and be two cases.
// collect: GET of the `collect` row with cursor and limit; each change is mapped on its own, so
// that a
//   bad one costs itself only; attachments of an item are fetched by `attachments_down`.
// A list without a cursor is walked from its first page in each round (`paging: page`).
// receive: one change, pushed.
//
// Files take what time a call has; the next call goes on where it ended.
//
// Threads: constant after configure but for steps_ and what mutex_ guards, so verbs may overlap.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "adapters/kit/adapter.h"
#include "adapters/kit/jq_mapping.h"
#include "adapters/kit/settings.h"
#include "adapters/kit/steps.h"
#include "adapters/kit/time_budget.h"

namespace otinish {

class RestAdapter final : public kit::Adapter {
 public:
  static About about();
  Answer configure(kit::Host& host, const Configuration& configuration) override;
  Answer probe(kit::Host& host) override;
  Answer deliver(kit::Host& host, const Message& message) override;
  Answer collect(kit::Host& host, const CollectRequest& request) override;
  Answer receive(kit::Host& host, const NativeRequest& request) override;

 private:
  struct Operation {
    std::string method, path;
    std::vector<Header> headers;
    kit::JqMapping program;  // empty: the call has no body
  };
  // What became of the attachments of an item; kCut: the call has no time for the rest.
  enum class Fetched { kOk, kWrong, kLater, kCut };

  void readOperations(const kit::Settings& settings);
  void readCalls(const kit::Settings& settings);
  void readWalk();
  Answer call(kit::Host& host, const Message& message, const Operation& operation,
              const kit::StringMap& values) const;
  // PENDING with its number if an earlier attempt opened the case, or why that cannot be told; nothing
  // if there is no case, or nobody to ask.
  std::optional<Answer> openedBefore(kit::Host& host, const Message& message,
                                     const kit::StringMap& values);
  Answer judge(const kit::JqMapping& program, const ExchangeResponse& response,
               const std::string& type) const;
  // `delivered`, or why a file is missing in the case it opened: RETRY or FAULT, with its number.
  Answer sendAttachments(kit::Host& host, kit::TimeBudget& time, const Message& message,
                         const Answer& delivered, kit::StringMap values);
  Inbound mapItem(const std::string& change) const;
  Answer translateAgain(kit::Host& host, const NativeRequest& request);
  using Files = kit::FileBudget;
  Fetched fetchAttachments(kit::Host& host, Files& files, Inbound& item);
  // What became of a page: what was given (id, digest), ids that are still to come, and the names of their appeals.
  struct Left {
    std::vector<std::pair<std::string, std::string>> given;
    std::vector<std::string> ids;
    std::map<std::string, nlohmann::json> about;  // of `ids`
    std::set<std::string> names;
    std::size_t waiting = 0;  // of `ids`, for a file of their own
  };
  struct Round;
  ExchangeResponse askForPage(Round& round, const std::string& cursor, int limit) const;
  // Of an item's id and digest.
  using Wanted = std::function<bool(const std::string&, const std::string&)>;
  // The answer to a collect call, by the program `page` if there is one.
  nlohmann::json pageOf(const std::string& body) const;
  Left takePage(Round& round, const nlohmann::json& items, const Wanted& wanted);
  void countMissing(Round& round, const std::string& why,
                    const std::map<std::string, nlohmann::json>& about,
                    std::vector<std::string>& left) const;
  Answer goOn(Round& round);                   // the next page
  Answer lookBack(Round& round, bool served);  // pages that were put aside
  Answer walk(Round& round);                   // a list without a cursor, from its first page

  std::map<std::string, Operation> operations_;  // by message type
  kit::JqMapping response_, item_, reply_, found_, probed_, page_;
  kit::StringMap statuses_, find_, collect_, up_, down_, probe_;
  std::string endpoint_, item_id_member_;
  bool knows_repeats_ = false;
  std::string content_type_;
  int attachment_rounds_max_ = 60;
  kit::Steps steps_;   // files sent of a message and its case, or files fetched of an item
  int pages_max_ = 0;  // of a list that is walked; 0: the agency gives cursors
  // What a look at the pages put aside came to while the next page failed: in place of the cursor `from`.
  struct Looked {
    std::string from, to;
  };
  // Of a list without a cursor: what the hub has of it, id and digest; and what it has once it comes with `cursor`.
  struct Walked {
    std::map<std::string, std::string> known;
    std::vector<std::pair<std::string, std::string>> given;
    std::string cursor;
  };
  std::mutex mutex_;
  Looked looked_;
  Walked walked_;
};

}  // namespace otinish
