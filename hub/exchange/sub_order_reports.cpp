#include "hub/exchange/sub_order_reports.h"

#include <optional>
#include <utility>

#include "hub/exchange/case_reports.h"

namespace hub::exchange {
namespace {

constexpr int kPage = 500;

}  // namespace

const std::string& owedBy(const store::SubOrderRow& row) {
  return row.sent_at ? row.target : row.body;
}

Status eachUnanswered(
    store::Store& store, const std::string& until,
    const std::function<Status(const store::SubOrderRow&, const store::AppealRow&)>& see) {
  store::SubOrderFilter filter;
  filter.due_to = until;
  std::optional<store::SubOrderRow> last;
  for (;;) {
    auto page = store.openSubOrders(filter, last ? &*last : nullptr, kPage);
    if (!page) return page.status();
    for (const auto& row : *page) {
      if (row.answered_at) continue;
      auto appeal = store.appeal(row.appeal);
      if (!appeal) return appeal.status();
      if (auto s = see(row, *appeal); !s) return s;
    }
    if (page->size() < static_cast<std::size_t>(kPage)) return {};
    last = std::move(page->back());
  }
}

Status countLateSubOrders(store::Store& store, const rules::LawBook& law,
                          const store::AppealFilter& filter, std::string_view by, Date today,
                          rules::Discipline& counted) {
  const auto count = [&](const store::SubOrderRow& row, const store::AppealRow& appeal) -> Status {
    if (!filter.body_bin.empty() && owedBy(row) != filter.body_bin) return {};
    if (appeal.received_at < filter.received_from.value_or(Instant::min()) ||
        appeal.received_at > filter.received_to.value_or(Instant::max())) {
      return {};
    }
    const auto received = toLocal(appeal.received_at, law.data().default_zone);
    if (!received) return received.status();
    store::CaseRow of;
    of.kind = appeal.kind;
    of.topic = appeal.topic;
    of.kato = appeal.kato;
    of.body_bin = owedBy(row);
    const auto* body = law.bodyByBin(of.body_bin, today);
    of.destination = body ? body->alias : "";
    if (!row.sent_at) of.executor = appeal.executor;
    counted.addLateSubOrder(disciplineGroupOf(of, law, by, received->date));
    return {};
  };
  const auto yesterday = formatDate(std::chrono::sys_days(today) - std::chrono::days(1));
  auto open = eachUnanswered(store, yesterday, [&](const auto& row, const auto& appeal) {
    return row.missed ? Status() : count(row, appeal);  // those come below
  });
  if (!open) return open;
  std::optional<store::SubOrderRow> last;
  for (;;) {
    auto page = store.missedSubOrders(last ? &*last : nullptr, kPage);
    if (!page) return page.status();
    for (const auto& row : *page) {
      auto appeal = store.appeal(row.appeal);
      if (!appeal) return appeal.status();
      if (auto s = count(row, *appeal); !s) return s;
    }
    if (page->size() < static_cast<std::size_t>(kPage)) return {};
    last = std::move(page->back());
  }
}

}  // namespace hub::exchange
