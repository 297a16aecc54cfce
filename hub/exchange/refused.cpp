#include "hub/exchange/refused.h"

#include "hub/base/ids.h"
#include "hub/base/log.h"
#include "hub/base/metrics.h"

namespace hub::exchange {
namespace {

Status closeMended(store::Tx& tx, const store::QuarantineClosing& closing) {
  auto closed = tx.closeQuarantine(closing);
  if (!closed) return closed.status();
  if (*closed == 0) return {};
  metrics::count("hub_quarantine_mended_total", "Kept items that succeeded when they came again.",
                 {{"agency", closing.party}}, *closed);
  logInfo("quarantine.mended",
          {{"agency", closing.party}, {"items", static_cast<long long>(*closed)}});
  return {};
}

}  // namespace

bool isNobodys(const Error& reason) {
  return reason.code == "trust.signature_missing" || reason.code == "trust.malformed" ||
         reason.code == "trust.dtd_refused";
}

Status closeKept(store::Tx& tx, const std::string& party, const std::string& subject, Instant now) {
  if (subject.empty()) return {};
  return closeMended(tx, {party, "", subject, now, "hub", "the same succeeded later"});
}

Status closeKeptItem(store::Tx& tx, const std::string& party, const std::string& item_id,
                     Instant now) {
  return closeMended(tx, {party, item_id, "", now, "hub", "the item was taken later"});
}

Status keepRefused(store::Tx& tx, const std::string& party, const Error& reason,
                   const Refused& refused, Instant now) {
  const auto& [kind, raw, correlation, subject, request] = refused;
  const std::size_t bytes_max = kind == "push" && isNobodys(reason) ? 4 * 1024 : 64 * 1024;
  std::string digest = sha256Hex(raw);
  // The same content may come without a signature first and with one later.
  std::string item_id = kind + ":" + reason.code + ":" + digest;
  auto known = tx.findInbox(party, item_id);
  if (!known) return known.status();
  if (known->has_value()) {
    // What was closed because the same succeeded, and fails anew, is news.
    if (subject.empty()) return {};
    auto open = tx.hasOpenQuarantine(party, subject);
    if (!open) return open.status();
    if (*open) return {};
  }
  store::QuarantineRow row;
  row.party = party;
  row.item_id = item_id;
  row.at = now;
  row.code = reason.code;
  row.text = maskText(reason.text);
  row.correlation = correlation;
  row.raw = request ? raw : raw.substr(0, bytes_max);
  row.request = request;
  row.state = "open";
  row.kind = kind;
  row.subject = subject;
  row.nobodys = kind == "push" && isNobodys(reason);
  if (!correlation.empty()) {
    auto appeal = tx.findByMessageId(correlation);
    if (!appeal) return appeal.status();
    if (appeal->has_value()) row.appeal = (*appeal)->id;
  }
  if (auto added = tx.addQuarantine(row); !added) return added.status();
  store::InboxRow seen;
  seen.party = party;
  seen.item_id = item_id;
  seen.status = "completed";
  seen.content_sha256 = digest;
  seen.answer = reason.code;
  seen.at = now;
  return tx.putInbox(seen);
}

}  // namespace hub::exchange
