// What a body's system is told of a due date that the calendar moved ("status/1", term_changed). It goes to a
// system that has the appeal and got it with another date; what was overtaken before it left stays here.
// Threads: any.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "hub/base/limits.h"
#include "hub/store/store.h"

namespace hub::exchange {

// Whether the destination took the appeal itself, by these rows of its outbox.
bool hasTaken(const std::vector<store::OutboxRow>& rows, const std::string& destination);

// The message that the appeal's due date is now `due_date`, to appeal.destination. `why`: the event that tells of it.
store::MessageRow termNews(const store::AppealRow& appeal, const std::string& due_date,
                           const std::string& node_name, Instant now,
                           std::string_view why = "term_moved");

// Whether the row's news is still true: the destination has the appeal, and this is its due date.
// Failure: the store's, or "store.not_found" without the message.
Result<bool> isNewsTrue(store::Store& store, const store::OutboxRow& row, const Limits& limits);

// The destination has just taken the appeal by `row`: queues the news, if the document it got has another due
// date. True if it did.
Result<bool> tellWhatMovedMeanwhile(store::Store& store, store::Tx& tx,
                                    const store::AppealRow& appeal, const store::OutboxRow& row,
                                    const std::string& node_name, const Limits& limits,
                                    Instant now);

}  // namespace hub::exchange
