#include "hub/exchange/quarantine.h"

#include <algorithm>
#include <functional>
#include <limits>

#include "hub/base/error_catalogue.h"
#include "hub/base/log.h"
#include "hub/base/metrics.h"
#include "hub/exchange/event_texts.h"
#include "hub/exchange/kept_items.h"
#include "hub/exchange/refused.h"

namespace hub::exchange {
namespace {

// Open, or waiting for a delivery: then a person does not have to wait with it.
Status mustBeUnresolved(const store::QuarantineRow& row) {
  if (row.state == "open" || isWaiting(row)) return {};
  return Status::failure("exchange.quarantine_closed", "the item is " + row.state);
}

Status notReplayable(const store::QuarantineRow& row) {
  if (row.code == kSecondCase) {
    return Status::failure("exchange.not_replayable",
                           "the agency says which of its two cases goes on; then close the item");
  }
  if (row.kind == "answer" && !row.correlation.empty()) {
    return Status::failure("exchange.deliver_again",
                           "it answered the delivery of message " + row.correlation);
  }
  std::string why =
      row.code == "trust.replayed" ? "it had come before, or was too old when it came"
      : row.kind == "push" && isNobodys({row.code, {}, {}, 0})
          ? "it had no signature that tells who sent it, so only its beginning is kept"
      : row.kind == "push"   ? "it was too large to be kept whole; the agency sends it again"
      : row.kind == "answer" ? "the next collect asks for the same again"
      : row.kind == "item"   ? "no adapter could translate the item, and not enough of it is "
                               "kept to try again; only the agency can give it again"
                             : "it was kept by an older release";
  return Status::failure("exchange.not_replayable", why);
}

// An adapter's own code is not in the catalogue.
Status refusedAgain(const Error& refusal) {
  constexpr int kBadGateway = 502;  // what the agency sent is judged, not a call to it
  const auto* known = findError(refusal.code);
  if (known && known->http_status != kBadGateway) {
    return Status::failure(refusal.code, refusal.text, refusal.field);
  }
  return Status::failure("exchange.push_rejected", refusal.code + ": " + refusal.text);
}

}  // namespace

Result<store::QuarantineRow> Quarantine::find(store::RowId id, bool with_content) const {
  auto row = store_.findQuarantine(id, with_content);
  if (!row) return row.status();
  if (!row->has_value()) return Status::failure("store.not_found", "no such item");
  return std::move(**row);
}

void Quarantine::audit(const char* event, const store::QuarantineRow& row,
                       const Caller& caller) const {
  logInfo(event, {{"client", caller.client},
                  {"item", static_cast<long long>(row.id)},
                  {"agency", row.party},
                  {"code", row.code},
                  {"bytes", static_cast<long long>(row.bytes)}});
}

Result<std::string> Quarantine::raw(store::RowId id, const Caller& caller) const {
  auto row = find(id, true);
  if (!row) return row.status();
  audit("audit.quarantine_read", *row, caller);
  return std::move(row->raw);
}

Result<Quarantine::Reread> Quarantine::read(const store::QuarantineRow& row) const {
  if (row.translated()) {
    Reread one{{row.party, row.item->evidence}, {}};
    one.who.signers = Evidence::fromText(row.item->signer);
    one.items.push_back(inbound_.preparedFrom(row));
    return one;
  }
  auto came = read_again_(row);
  if (!came || row.kind != "item") return came;
  // The others that came with it were judged by themselves.
  auto& items = came->items;
  auto same = [&](const PreparedItem& item) { return item.item.item_id == row.item_id; };
  if (std::any_of(items.begin(), items.end(), same)) {
    items.erase(std::remove_if(items.begin(), items.end(), std::not_fn(same)), items.end());
  }
  return came;
}

Result<store::QuarantineRow> Quarantine::changeOpen(
    store::RowId id, const std::function<Status(store::Tx&, store::QuarantineRow&)>& change) const {
  store::QuarantineRow after;
  auto status = store_.write([&](store::Tx& tx) -> Status {
    auto current = tx.findQuarantine(id);
    if (!current) return current.status();
    if (!current->has_value()) return Status::failure("store.not_found", "no such item");
    after = std::move(**current);
    if (auto s = mustBeUnresolved(after); !s) return s;
    if (auto s = change(tx, after); !s) return s;
    return tx.updateQuarantine(after);
  });
  if (!status) return status;
  return after;
}

void Quarantine::close(store::QuarantineRow& row, const Caller& caller, std::string note) const {
  row.state = "resolved";
  row.closed_at = clock_.now();
  row.closed_by = "operator:" + caller.client;
  row.note = std::move(note);
}

Result<store::QuarantineRow> Quarantine::replay(store::RowId id, const Caller& caller) const {
  auto row = find(id, true);
  if (!row) return row.status();
  if (auto s = mustBeUnresolved(*row); !s) return s;
  bool kept_item = row->kind == "item" && row->item && !row->raw.empty();
  bool readable = row->translated() ||
                  (read_again_ && row->code != "trust.replayed" && (row->request || kept_item));
  if (!readable) return notReplayable(*row);
  auto came = read(*row);
  // Not a word about the item itself: it keeps its code.
  if (!came && came.error().code == "exchange.not_replayable") return came.status();
  Error refusal;
  auto after = changeOpen(id, [&](store::Tx& tx, store::QuarantineRow& open) -> Status {
    refusal = came.ok() ? Error{} : came.error();
    std::size_t items = came.ok() ? came->items.size() : 0;
    // Whoever gave what waits has not heard yet what became of it.
    const bool waits = isWaiting(open);
    if (came.ok()) came->who.owes_settlement = waits;
    for (std::size_t i = 0; i < items; ++i) {
      Error one;
      auto judged = row->translated()
                        ? inbound_.judgeAgain(tx, came->who, came->items[i], clock_.now(), &one)
                        : inbound_.takeAgain(tx, came->who, came->items[i], clock_.now(), &one);
      if (!judged) return judged;
      if (refusal.code.empty()) refusal = one;
    }
    if (refusal.code.empty()) {
      // What else was kept of a push whose every item was judged just now.
      if (open.kind == "push") {
        if (auto s = closeKept(tx, open.party, open.subject, clock_.now()); !s) return s;
      }
      close(open, caller, items > 0 ? "accepted when judged again" : "read again; it held no item");
    } else if (!waits) {
      open.code = refusal.code;
      open.text = maskText(refusal.text);
    }
    return {};
  });
  if (!after) return after;
  audit("audit.quarantine_replayed", *after, caller);
  metrics::count(
      "hub_quarantine_replays_total", "Kept items that were judged again.",
      {{"agency", after->party}, {"result", refusal.code.empty() ? "accepted" : "refused"}});
  if (!refusal.code.empty()) return refusedAgain(refusal);
  return after;
}

Result<store::QuarantineRow> Quarantine::resolve(store::RowId id, const std::string& note,
                                                 const Caller& caller) const {
  auto words = operatorWords(note, "/note");
  if (!words) return words.status();
  auto row = find(id, true);
  if (!row) return row.status();
  auto after = changeOpen(id, [&](store::Tx& tx, store::QuarantineRow& open) -> Status {
    if (isWaiting(open)) {
      if (auto s = inbound_.endWaiting(tx, *row, clock_.now()); !s) return s;
    }
    close(open, caller, *words);
    return {};
  });
  if (after.ok()) audit("audit.quarantine_resolved", *after, caller);
  return after;
}

Result<std::int64_t> Quarantine::resolveAll(store::QuarantineFilter filter, store::RowId up_to,
                                            const std::string& note, const Caller& caller) const {
  constexpr int kPage = 500;
  auto words = operatorWords(note, "/note");
  if (!words) return words.status();
  const bool only_nobodys = filter.nobodys.value_or(false);
  if (filter.party.empty() && filter.code.empty() && !only_nobodys) {
    return Status::failure("exchange.bad_input", "party, code or unsigned is needed", "/party");
  }
  if (up_to <= 0) return Status::failure("exchange.bad_input", "an id is needed", "/up_to");
  filter.state = "open";
  if (!filter.opened_by) filter.opened_by = Instant{};
  std::int64_t closed = 0;
  store::RowId before = std::min(up_to, std::numeric_limits<store::RowId>::max() - 1) + 1;
  for (;;) {
    auto page = store_.quarantinePage(filter, before, kPage);
    if (!page) return page.status();
    if (page->empty()) break;
    before = page->back().id;
    std::int64_t of_page = 0;
    auto status = store_.write([&](store::Tx& tx) -> Status {
      of_page = 0;
      for (const auto& listed : *page) {
        auto current = tx.findQuarantine(listed.id);
        if (!current) return current.status();
        if (!current->has_value() || (*current)->state != "open") continue;
        close(**current, caller, *words);
        if (auto s = tx.updateQuarantine(**current); !s) return s;
        ++of_page;
      }
      return {};
    });
    if (!status) return status;
    closed += of_page;
  }
  logInfo("audit.quarantine_resolved", {{"client", caller.client},
                                        {"agency", filter.party},
                                        {"code", filter.code},
                                        {"unsigned", only_nobodys},
                                        {"up_to", static_cast<long long>(up_to)},
                                        {"items", static_cast<long long>(closed)}});
  return closed;
}

}  // namespace hub::exchange
