#include "hub/exchange/readdress.h"

#include <algorithm>

#include "hub/base/ids.h"
#include "hub/exchange/clock_rows.h"
#include "hub/model/codec.h"

namespace hub::exchange {

Result<const rules::Body*> connectedBody(const rules::LawBook& law, const std::string& name,
                                         Date today,
                                         const std::function<bool(const std::string&)>& connected) {
  const auto* body = law.bodyByBin(name, today);
  if (!body) body = law.bodyByAlias(name, today);
  if (!body) {
    return Status::failure("exchange.unknown_body", "not in the register of bodies today", "/body");
  }
  if (!connected(body->alias)) {
    return Status::failure(
        "exchange.body_not_connected",
        body->alias.empty()
            ? body->names.en + " is in the register without an alias: it is not connected"
            : "no agency '" + body->alias + "' is configured",
        "/body");
  }
  return body;
}

namespace {

// The newest message that is the appeal itself.
Result<store::MessageRow> newestAppealMessage(store::Store& store, store::RowId appeal) {
  auto newest = store.newestMessage(appeal, "appeal/1");
  if (!newest) return newest.status();
  if (!newest->has_value()) {
    return Status::failure("store.not_found", "the appeal's document is missing");
  }
  return std::move(**newest);
}

}  // namespace

Result<model::Appeal> documentOf(store::Store& store, store::RowId appeal, const Limits& limits) {
  auto newest = newestAppealMessage(store, appeal);
  if (!newest) return newest.status();
  auto message = model::decodeXml(newest->body, limits);
  if (!message) return message.status();
  return std::move(std::get<model::Appeal>(message->payload));
}

namespace {

Result<store::MessageRow> addressedAnew(const store::MessageRow& newest,
                                        const store::AppealRow& appeal, const NewAddress& to,
                                        const Limits& limits,
                                        const std::function<void(model::Appeal&)>& change) {
  auto message = model::decodeXml(newest.body, limits);
  if (!message) return message.status();
  auto& document = std::get<model::Appeal>(message->payload);
  document.state = to.state;
  document.state_since = formatInstant(to.now);
  document.competent_body = model::BodyRef{to.body.bin, to.body.names.ru, {}};
  if (document.addressee_body.bin.empty()) document.addressee_body = *document.competent_body;
  for (const auto& clock : to.clocks) {
    if (clock.due_date.empty()) continue;
    std::erase_if(document.clocks, [&](const auto& old) { return old.purpose == clock.name; });
    document.clocks.push_back(modelClock(clock));
  }
  // The last of the terms is that of the answer where a body's dialect has room for one.
  if (to.notice_dropped) {
    std::erase_if(document.clocks,
                  [&](const auto& old) { return old.purpose == to.notice_dropped->purpose; });
    document.clocks.insert(document.clocks.begin(), *to.notice_dropped);
  }
  if (change) change(document);
  auto& envelope = message->envelope;
  envelope.causation_id = newest.message_id;
  envelope.correlation_id = document.hub_id;
  envelope.message_id = newUuid7(to.now);
  envelope.from = to.node_name;
  envelope.to = to.body.alias;
  envelope.sent_at = formatInstant(to.now);
  store::MessageRow row;
  row.message_id = envelope.message_id;
  row.appeal = appeal.id;
  row.type = "appeal/1";
  row.direction = "out";
  row.party = to.body.alias;
  row.at = to.now;
  row.body = model::encodeXml(*message);
  return row;
}

}  // namespace

Result<store::MessageRow> readdress(store::Store& store, const store::AppealRow& appeal,
                                    const NewAddress& to, const Limits& limits,
                                    const std::function<void(model::Appeal&)>& change) {
  auto newest = newestAppealMessage(store, appeal.id);
  if (!newest) return newest.status();
  return addressedAnew(*newest, appeal, to, limits, change);
}

Result<store::MessageRow> readdress(store::Tx& tx, const store::AppealRow& appeal,
                                    const NewAddress& to, const Limits& limits) {
  auto rows = tx.messagesOf(appeal.id, "appeal/1");
  if (!rows) return rows.status();
  if (rows->empty()) {
    return Status::failure("store.not_found", "the appeal's document is missing");
  }
  return addressedAnew(rows->back(), appeal, to, limits, {});
}

}  // namespace hub::exchange
