#include "hub/exchange/notices.h"

#include <algorithm>

#include "hub/base/ids.h"
#include "hub/base/log.h"
#include "hub/base/metrics.h"
#include "hub/exchange/clock_rows.h"
#include "hub/exchange/event_texts.h"
#include "hub/model/codes.h"

namespace hub::exchange {
namespace {

constexpr const char* kClock = "extension_notice";

Status nothingToNotify(const std::string& why) {
  return Status::failure("exchange.nothing_to_notify", why);
}

// Clocks of two systems differ a little.
Result<Instant> toldAt(const std::string& text, const store::ClockRow& notice, Instant now) {
  constexpr auto kSkewMax = std::chrono::minutes(5);
  auto at = parseInstant(text);
  if (!at) return Status::failure("exchange.bad_notice", at.error().text, "/at");
  if (*at > now + kSkewMax) {
    return Status::failure("exchange.bad_notice", "the time is in the future", "/at");
  }
  if (*at < notice.start_at - kSkewMax) {
    return Status::failure("exchange.bad_notice", "the time is before the extension", "/at");
  }
  return std::min(*at, now);
}

}  // namespace

Result<store::ClockRow> Notices::runningNotice(const store::AppealRow& appeal) const {
  auto clocks = store_.clocks(appeal.id);
  if (!clocks) return clocks.status();
  auto newest = std::find_if(clocks->rbegin(), clocks->rend(),
                             [](const auto& clock) { return clock.name == kClock; });
  if (newest == clocks->rend()) return nothingToNotify("the term was not extended");
  if (newest->status != "running") {
    return nothingToNotify("the notice of the extension is " + newest->status);
  }
  return std::move(*newest);
}

Result<Notified> Notices::extension(const store::AppealRow& appeal, const std::string& at,
                                    const std::string& channel, const Caller& caller) const {
  if (!model::hasCode(model::codes::kAnswerChannel, channel)) {
    return Status::failure("exchange.bad_notice", "not a code of answer_channel", "/channel");
  }
  auto notice = runningNotice(appeal);
  if (!notice) return notice.status();
  Instant now = clock_.now();
  auto told = toldAt(at, *notice, now);
  if (!told) return told.status();
  const std::string day = clockDay(*notice, *told);
  notice->status = day > notice->due_date ? "missed" : "met";
  // One event for one notice: of two reports at once, the second finds the first one's event.
  std::string digest = sha256Hex(std::string(kClock) + "\n" + formatInstant(notice->start_at) +
                                 "\n" + notice->due_date);
  auto status = store_.write([&](store::Tx& tx) -> Status {
    auto done = tx.hasEventOf(appeal.id, digest);
    if (!done) return done.status();
    if (*done) return nothingToNotify("the applicant was told of this extension");
    auto current = tx.appeal(appeal.id);
    if (!current) return current.status();
    auto event = makeEvent(appeal.id, "extension_notified", now, "door:" + caller.client,
                           current->state, current->state, channel, day, digest);
    if (auto s = tx.addEvent(event); !s) return s;
    if (auto s = tx.setClockStatus(appeal.id, kClock, notice->status); !s) return s;
    current->updated_at = now;
    return tx.updateAppeal(*current);
  });
  if (!status) return status;
  metrics::count("hub_notices_total", "Notices to applicants that were reported.",
                 {{"channel", channel}, {"result", notice->status}});
  logInfo("audit.applicant_notified",
          {{"client", caller.client}, {"correlation_id", appeal.hub_id}, {"channel", channel}});
  return Notified{appeal, std::move(*notice), *told, channel};
}

}  // namespace hub::exchange
