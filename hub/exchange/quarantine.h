// The quarantine as operators work it off: look, judge again, close. Who looked and who closed is in
// the log ("audit.…", never with content) and beside the item.
// Threads: any.
#pragma once

#include <string>

#include "hub/base/limits.h"
#include "hub/base/time.h"
#include "hub/exchange/inbound.h"
#include "hub/exchange/service.h"
#include "hub/store/store.h"

namespace hub::exchange {

class Quarantine {
 public:
  // Everything must outlive the object.
  Quarantine(store::Store& store, const Inbound& inbound, const Clock& clock)
      : store_(store), inbound_(inbound), clock_(clock) {}

  // What came, whole. "store.not_found".
  Result<std::string> raw(store::RowId id, const Caller& caller) const;
  // Judges a translated item as if it came now. Success: it was applied and is resolved. What only an
  // adapter or the sender could give again is "exchange.not_replayable"; refused again: the code of
  // the refusal, which the item keeps. "exchange.quarantine_closed", "store.not_found".
  Result<store::QuarantineRow> replay(store::RowId id, const Caller& caller) const;
  // Closes it with a note. "exchange.reason_needed", "exchange.quarantine_closed", "store.not_found".
  Result<store::QuarantineRow> resolve(store::RowId id, const std::string& note,
                                       const Caller& caller) const;

 private:
  Result<store::QuarantineRow> find(store::RowId id, bool with_content) const;
  void audit(const char* event, const store::QuarantineRow& row, const Caller& caller) const;

  store::Store& store_;
  const Inbound& inbound_;
  const Clock& clock_;
};

}  // namespace hub::exchange
