// What an agency's word on an appeal does to the outbox: the delivery of the appeal, and of what followed it
// (a withdrawal, a changed term), is finished by the answer to it.
// Threads: pure but for the unit of work.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/status.h"
#include "hub/exchange/inbound_item.h"
#include "hub/store/store.h"

namespace hub::exchange {

// The agency registered or decided the appeal …
Status appealWasDelivered(store::Tx& tx, const store::AppealRow& appeal);
// … or refused it, and said this.
Status appealWasRefused(store::Tx& tx, const store::AppealRow& appeal, std::string_view note);
// The agency had the appeal before it said no. It knows the message: the same once more it would answer
// with the case that it gave back.
bool knowsRefused(const store::OutboxRow& row);
// False: what follows the appeal (a withdrawal) would reach a body that has not got it, and is not sent.
Result<bool> mayHaveTheAppeal(store::Store& store, const store::OutboxRow& following);

// What followed the appeal and is answered by the item: what it names; or, if it is a no and does not say to what,
// the withdrawal that the agency was told of last, if it had registered the appeal and has said nothing of it since.
// Nothing in every other case: then a no refuses the appeal.
Result<std::optional<store::OutboxRow>> followingMessage(store::Tx& tx, const ItemSource& source,
                                                         const PreparedItem& item,
                                                         const store::AppealRow& appeal,
                                                         bool is_no);
// The withdrawals that the agency was told of and has not answered: its word on a withdrawal answers them, though
// it names none.
Result<std::vector<store::OutboxRow>> openWithdrawals(store::Tx& tx, const ItemSource& source,
                                                      const store::AppealRow& appeal);
// The case ended, which is the answer to a withdrawal, too.
Status withdrawalsAnswered(store::Tx& tx, const ItemSource& source, const store::AppealRow& appeal);
// Nobody waits for the answer to a delivery any more: the case is over, or went on to another body.
bool needsNoAnswer(const store::AppealRow& appeal, const store::OutboxRow& row);
// A person or the procedure stopped it: the case is over, or the appeal was directed elsewhere.
bool isStopped(const store::OutboxRow& row);
// Such a delivery that the agency took is done with.
void closeUnanswered(store::OutboxRow& row, const std::string& why);
// The carrier could not deliver the message that the item names: the delivery is a dead letter, which an operator
// sees and may try again. Nothing happens if the agency has answered it, or it was given to the carrier again
// since. False: no message of the appeal had that name.
Result<bool> deliveryWasLost(store::Tx& tx, const ItemSource& source, const PreparedItem& item,
                             const store::AppealRow& appeal, Instant now);
// The agency did not take the message that the item answers, and nobody listed what that means: the delivery is a
// dead letter, too. Nothing happens if it was answered otherwise. False: its attempt has not ended yet.
Result<bool> messageWasNotTaken(store::Tx& tx, const ItemSource& source, const PreparedItem& item,
                                Instant now);
// The id of the case among what an agency gave (Answer::external_id), and every id.
std::string caseIdIn(const std::string& external_id);
std::vector<std::string> idsIn(const std::string& external_id);
// Such an id names a message of ours, not the case.
bool isOfMessage(std::string_view id);
// Its delivery is finished by the receipt for it, or by a no, with what was said.
Status settleFollowing(store::Tx& tx, store::OutboxRow row, bool refused,
                       std::string_view note = {});

}  // namespace hub::exchange
