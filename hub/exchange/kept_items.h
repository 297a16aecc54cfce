// What the hub remembers of an agency's items: which were judged (the inbox), and whole what was refused or
// waits (the quarantine).
// Threads: any.
#pragma once

#include "hub/base/status.h"
#include "hub/base/time.h"
#include "hub/exchange/inbound_item.h"
#include "hub/exchange/keep_budget.h"
#include "hub/store/store.h"

namespace hub::exchange {

// It comes again as it came then, so that the answer of then holds. What was accepted is known by its words; what
// was refused or waits also by what it was taken for and whose appeal it named, which may have been the mistake.
bool isSame(const store::InboxRow& before, const PreparedItem& item);
// Judged and accepted.
bool isTaken(const store::InboxRow& row);
// Put off, not judged.
bool isWaiting(const store::InboxRow& row);
bool isWaiting(const store::QuarantineRow& row);

// The item was judged.
Status noteJudged(store::Tx& tx, const ItemSource& source, const PreparedItem& item,
                  const Judgement& judgement, Instant now);
// Refused, one that waited in this row is open in the quarantine; the caller stores the row.
void openWaited(store::QuarantineRow& waited, const ItemSource& source, const PreparedItem& item,
                const Judgement& judgement, Instant now);

// What is refused or waits, kept whole in the quarantine, each within a bound. Beyond that of the refused the agency
// hears that it is refused as ever, and the hub forgets it; beyond that of the waiting it has to give it again.
class KeptItems {
 public:
  // It was judged and refused. False beyond the bound.
  Result<bool> keepRefused(store::Tx& tx, const ItemSource& source, const PreparedItem& item,
                           const Judgement& judgement, Instant now);
  // It is not judged yet; once, however often it comes. False beyond the bound.
  Result<bool> keepWaiting(store::Tx& tx, const ItemSource& source, const PreparedItem& item,
                           Instant now);

 private:
  KeepBudget refused_, waiting_;
};

// Items that came with other content under an id that was taken.
class ChangedItems {
 public:
  // Once for each content; false if this one is new. One that differs every time is kept within bounds only:
  // the agency hears each time that it is refused.
  Result<bool> keep(store::Tx& tx, const ItemSource& source, const PreparedItem& item,
                    const Judgement& judgement, Instant now);

 private:
  KeepBudget budget_;  // of its own: what strangers push must not use up what is kept of the agency
};

}  // namespace hub::exchange
