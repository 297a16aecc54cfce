// The quarantine as operators work it off: look, judge again, close. Who looked and who closed is in
// the log ("audit.…", never with content) and beside the item.
// Threads: any.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "hub/base/limits.h"
#include "hub/base/time.h"
#include "hub/exchange/inbound.h"
#include "hub/exchange/service.h"
#include "hub/store/store.h"

namespace hub::exchange {

class Quarantine {
 public:
  // What a kept push says when it is verified and translated again, or a kept item when it is
  // translated again.
  struct Reread {
    ItemSource who;
    std::vector<PreparedItem> items;
  };
  // Failure: why it is still refused; "exchange.not_replayable" if nobody can translate it here.
  using ReadAgain = std::function<Result<Reread>(const store::QuarantineRow&)>;

  // Everything must outlive the object. Without `read_again` only translated items can be replayed.
  Quarantine(store::Store& store, const Inbound& inbound, const Clock& clock,
             ReadAgain read_again = {})
      : store_(store), inbound_(inbound), clock_(clock), read_again_(std::move(read_again)) {}

  // What came, whole. "store.not_found".
  Result<std::string> raw(store::RowId id, const Caller& caller) const;
  // Judges a translated item as if it came now; runs a push that was kept whole through signature,
  // adapter and rules again, its signature as of its arrival; gives an untranslated item back to an
  // adapter that takes such. Success: all of it was applied, now or before, and the item is resolved.
  // What only the sender could give again is "exchange.not_replayable", an answer to a delivery
  // "exchange.deliver_again"; refused again: the code of the refusal, which the item keeps (what else a
  // push held is applied). One that waits for a delivery is judged before it; refused, it waits on.
  // "exchange.quarantine_closed", "store.not_found".
  Result<store::QuarantineRow> replay(store::RowId id, const Caller& caller) const;
  // Closes it with a note; one that waits is refused by that. "exchange.reason_needed", "exchange.quarantine_closed", "store.not_found".
  Result<store::QuarantineRow> resolve(store::RowId id, const std::string& note,
                                       const Caller& caller) const;

  // Closes every open one that the filter takes and that is no newer than `up_to`, with the same note; how many. Those
  // that waited for a delivery and became open later than the filter's `opened_by`, or whenever if it is not set, stay open.
  // "exchange.reason_needed";
  // "exchange.bad_input": neither party nor code, nor those that nobody signed.
  Result<std::int64_t> resolveAll(store::QuarantineFilter filter, store::RowId up_to,
                                  const std::string& note, const Caller& caller) const;

 private:
  Result<store::QuarantineRow> find(store::RowId id, bool with_content) const;
  Result<Reread> read(const store::QuarantineRow& row) const;
  // Runs `change` on the open row inside one unit of work.
  Result<store::QuarantineRow> changeOpen(
      store::RowId id,
      const std::function<Status(store::Tx&, store::QuarantineRow&)>& change) const;
  void close(store::QuarantineRow& row, const Caller& caller, std::string note) const;
  void audit(const char* event, const store::QuarantineRow& row, const Caller& caller) const;

  store::Store& store_;
  const Inbound& inbound_;
  const Clock& clock_;
  ReadAgain read_again_;
};

}  // namespace hub::exchange
