#include "hub/exchange/notices.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "hub/base/ids.h"
#include "hub/base/log.h"
#include "hub/base/metrics.h"
#include "hub/exchange/clock_rows.h"
#include "hub/exchange/event_texts.h"
#include "hub/model/codes.h"

namespace hub::exchange {
namespace {

struct Matter {
  std::string_view of;
  const char *clock, *event;
};
constexpr std::array kMatters = {
    Matter{kOfExtension, "extension_notice", "extension_notified"},
    Matter{kOfForwarding, "forward_notice", "forwarding_notified"},
};

Status nothingToNotify(const std::string& why) {
  return Status::failure("exchange.nothing_to_notify", why);
}

// Clocks of two systems differ a little.
Result<Instant> toldAt(const std::string& text, const store::ClockRow& notice, Instant now,
                       bool extension) {
  constexpr auto kSkewMax = std::chrono::minutes(5);
  auto at = parseInstant(text);
  if (!at) return Status::failure("exchange.bad_notice", at.error().text, "/at");
  if (*at > now + kSkewMax) {
    return Status::failure("exchange.bad_notice", "the time is in the future", "/at");
  }
  if (*at < notice.start_at - kSkewMax) {
    return Status::failure(
        "exchange.bad_notice",
        extension ? "the time is before the extension" : "the time is before the forwarding",
        "/at");
  }
  return std::min(*at, now);
}

Result<store::ClockRow> runningNotice(store::Store& store, const store::AppealRow& appeal,
                                      const Matter& matter) {
  const bool extension = matter.of == kOfExtension;
  auto clocks = store.clocks(appeal.id);
  if (!clocks) return clocks.status();
  auto newest = std::find_if(clocks->rbegin(), clocks->rend(),
                             [&](const auto& clock) { return clock.name == matter.clock; });
  if (newest == clocks->rend()) {
    return nothingToNotify(extension ? "the term was not extended"
                                     : "the appeal was not forwarded");
  }
  if (newest->status != "running") {
    return nothingToNotify(
        (extension ? "the notice of the extension is " : "the notice of the forwarding is ") +
        newest->status);
  }
  return std::move(*newest);
}

}  // namespace

Result<Notified> Notices::told(const store::AppealRow& appeal, const std::string& of,
                               const std::string& at, const std::string& channel,
                               const Caller& caller) const {
  const auto matter = std::find_if(kMatters.begin(), kMatters.end(), [&](const auto& one) {
    return one.of == (of.empty() ? kOfExtension : of);
  });
  if (matter == kMatters.end()) {
    return Status::failure("exchange.bad_notice", "extension or forwarding is expected", "/of");
  }
  const bool extension = matter->of == kOfExtension;
  if (!model::hasCode(model::codes::kAnswerChannel, channel)) {
    return Status::failure("exchange.bad_notice", "not a code of answer_channel", "/channel");
  }
  auto notice = runningNotice(store_, appeal, *matter);
  if (!notice) return notice.status();
  Instant now = clock_.now();
  auto told = toldAt(at, *notice, now, extension);
  if (!told) return told.status();
  const std::string day = clockDay(*notice, *told);
  notice->status = day > notice->due_date ? "missed" : "met";
  // One event for one notice: of two reports at once, the second finds the first one's event.
  std::string digest = sha256Hex(std::string(matter->clock) + "\n" +
                                 formatInstant(notice->start_at) + "\n" + notice->due_date);
  auto status = store_.write([&](store::Tx& tx) -> Status {
    auto done = tx.hasEventOf(appeal.id, digest);
    if (!done) return done.status();
    if (*done)
      return nothingToNotify(extension ? "the applicant was told of this extension"
                                       : "the applicant was told of this forwarding");
    auto current = tx.appeal(appeal.id);
    if (!current) return current.status();
    auto event = makeEvent(appeal.id, matter->event, now, "door:" + caller.client, current->state,
                           current->state, channel, day, digest);
    if (auto s = tx.addEvent(event); !s) return s;
    if (auto s = tx.setClockStatus(appeal.id, matter->clock, notice->status); !s) return s;
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
