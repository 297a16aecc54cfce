// What the hub itself tells a body's system about an appeal it has: the message and its place in the outbox.
// Threads: any.
#pragma once

#include <string>

#include "hub/model/types.h"
#include "hub/store/store.h"

namespace hub::exchange {

// Fills the envelope, with a new message id, and makes the row to keep; its party is the destination.
// `type`: "withdrawal/1", "status/1".
store::MessageRow outgoing(model::Message message, const std::string& type,
                           const store::AppealRow& appeal, const std::string& node_name,
                           Instant now);
// How messages refer to the appeal.
model::Ref refTo(const store::AppealRow& appeal);

// Keeps the message and queues its delivery, after what waits for the same appeal and destination.
Status queueMessage(store::Tx& tx, const store::MessageRow& message, Instant now);

}  // namespace hub::exchange
