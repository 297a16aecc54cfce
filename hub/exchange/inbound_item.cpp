#include "hub/exchange/inbound_item.h"

#include "hub/base/ids.h"
#include "hub/base/log.h"
#include "hub/base/metrics.h"
#include "hub/model/codec.h"
#include "hub/model/translated.h"

namespace hub::exchange {
namespace {

// One a line.
std::string referencesOf(const otinish::Inbound& item) {
  std::string lines;
  for (const auto* reference :
       {&item.correlation_id, &item.in_reply_to, &item.external_id, &item.reg_number}) {
    lines += *reference + "\n";
  }
  return lines;
}

// Of an item without one. The same words about two appeals are two items.
std::string idOf(const otinish::Inbound& item, const std::string& content_sha256) {
  const std::string about = referencesOf(item);
  return about == "\n\n\n\n" ? content_sha256 : sha256Hex(about + content_sha256);
}

}  // namespace

std::vector<PreparedItem> prepareItems(const std::vector<otinish::Inbound>& items,
                                       const Limits& limits) {
  std::vector<PreparedItem> prepared;
  prepared.reserve(items.size());
  for (const auto& item : items) {
    PreparedItem one;
    one.item = item;
    one.content_sha256 = sha256Hex(item.problem_code.empty() ? item.body : item.raw);
    one.about_sha256 = sha256Hex(item.type + "\n" + item.form + "\n" + referencesOf(item));
    if (one.item.item_id.empty()) one.item.item_id = idOf(item, one.content_sha256);
    if (!item.problem_code.empty()) {
      one.problems.push_back({item.problem_code, maskText(item.problem_text), "", 0});
    } else if (item.type != "status/1" && item.type != "decision/1") {
      one.problems.push_back({"exchange.type_not_allowed", "an agency sent " + item.type, "", 0});
    } else {
      std::string body = item.body;
      if (item.form == "json" && item.type == "decision/1") {
        one.outcomes = model::takeOutcomes(&body, &one.problems);
      }
      auto message = item.form == "json" ? model::decodeJson(body, limits, item.type)
                                         : model::decodeXml(body, limits);
      if (!one.problems.empty()) {
        // The table is wrong: what stands in its place is none of the decision's.
      } else if (!message) {
        one.problems = message.status().errors();
      } else if (model::typeOf(message->payload) != item.type) {
        one.problems.push_back({"model.unknown_type", "the payload is not a " + item.type, "", 0});
      } else {
        one.message = std::move(*message);
      }
    }
    prepared.push_back(std::move(one));
  }
  return prepared;
}

PreparedItem preparedFrom(const store::QuarantineRow& row, const Limits& limits) {
  const auto& kept = *row.item;
  otinish::Inbound item;
  item.item_id = row.item_id;
  item.type = kept.type;
  item.form = kept.form;
  item.body = kept.body;
  item.correlation_id = kept.correlation_id;
  item.in_reply_to = kept.in_reply_to;
  item.external_id = kept.external_id;
  item.reg_number = kept.reg_number;
  return std::move(prepareItems({item}, limits).front());
}

std::string summaryOf(const std::vector<Error>& problems) {
  std::string text;
  for (std::size_t i = 0; i < problems.size() && i < 5; ++i) {
    text += (i ? "; " : "") + problems[i].code;
    if (!problems[i].field.empty()) text += " at " + problems[i].field;
    if (!problems[i].text.empty()) text += ": " + problems[i].text;
  }
  return text;
}

std::string actorOf(const ItemSource& source) { return "agency:" + source.alias; }

void countDuplicate(const ItemSource& source) {
  metrics::count("hub_inbound_duplicates_total", "Items an agency sent again.",
                 {{"agency", source.alias}});
}

}  // namespace hub::exchange
