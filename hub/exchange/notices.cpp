#include "hub/exchange/notices.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <vector>

#include "hub/base/ids.h"
#include "hub/base/log.h"
#include "hub/base/metrics.h"
#include "hub/exchange/clock_rows.h"
#include "hub/exchange/event_texts.h"
#include "hub/exchange/occasions.h"
#include "hub/model/codes.h"
#include "hub/rules/procedure.h"

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

// nullptr: nobody is told of that.
const Matter* matterOf(std::string_view of) {
  const auto* found = std::find_if(kMatters.begin(), kMatters.end(), [&](const auto& one) {
    return one.of == (of.empty() ? std::string_view(kOfExtension) : of);
  });
  return found == kMatters.end() ? nullptr : found;
}

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

Status noneRuns(const std::vector<store::ClockRow>& clocks, const Matter& matter) {
  const bool extension = matter.of == kOfExtension;
  const auto newest = std::find_if(clocks.rbegin(), clocks.rend(),
                                   [&](const auto& clock) { return clock.name == matter.clock; });
  if (newest == clocks.rend()) {
    return nothingToNotify(extension ? "the term was not extended"
                                     : "the appeal was not forwarded");
  }
  return nothingToNotify(
      (extension ? "the notice of the extension is " : "the notice of the forwarding is ") +
      newest->status);
}

// Of one report; of two at once, the second finds the first one's event.
std::string digestOf(const std::vector<store::ClockRow>& notices) {
  std::string text;
  for (const auto& notice : notices) {
    text += (text.empty() ? "" : "\n") + notice.name + "\n" + formatInstant(notice.start_at) +
            "\n" + notice.due_date + (notice.occasion.empty() ? "" : "\n" + notice.occasion);
  }
  return sha256Hex(text);
}

}  // namespace

// Oldest first; none if none runs.
Result<std::vector<store::ClockRow>> Notices::openNotices(const store::AppealRow& appeal,
                                                          const Report& report, const char* clock,
                                                          const Caller& caller, Instant now) const {
  auto clocks = store_.clocks(appeal.id);
  if (!clocks) return clocks;
  std::erase_if(*clocks, [&](const auto& one) {
    return one.name != clock || one.status != "running" || one.due_date.empty();
  });
  if (report.number > 0) {
    std::erase_if(*clocks, [&](const auto& one) { return one.number != report.number; });
    return clocks;
  }
  const auto law = law_ ? law_->get() : nullptr;
  const auto* procedure = law ? law->data().procedure.get() : nullptr;
  if (procedure && procedure->isOfEachOccasion(clock)) {
    Meeting meeting{clock, report.occasion};
    if (const auto at = parseInstant(report.at); at.ok()) meeting.at = *at;
    return termsMet(store_, *law, appeal, *clocks, meeting, caller, now);
  }
  if (!report.occasion.empty()) {
    return Status::failure("exchange.bad_input", "this action meets no term of several occasions",
                           "/occasion");
  }
  if (clocks->size() > 1) clocks->erase(clocks->begin(), clocks->end() - 1);
  return clocks;
}

Status Notices::mayReport(const rules::LawBook& law, const store::AppealRow& appeal,
                          const Report& report, const Caller& caller) {
  const auto& own = caller.source_system.empty() ? caller.client : caller.source_system;
  const auto is_of = [&](std::string_view role) {
    return std::find(caller.roles.begin(), caller.roles.end(), role) != caller.roles.end();
  };
  if (own == appeal.source_system || is_of("applicant")) return {};
  const auto* matter = matterOf(report.of);
  if (matter == nullptr) return {};  // told() says so
  std::set<std::string> allowed;
  if (const auto* procedure = law.data().procedure.get()) {
    for (const auto& row : procedure->data().rows) {
      const bool closes =
          std::find(row.closes.begin(), row.closes.end(), matter->clock) != row.closes.end();
      if (closes && row.action.ends_with("notify")) allowed.insert(row.by.begin(), row.by.end());
    }
  }
  std::string list;
  for (const auto& role : allowed) {
    if (is_of(role)) return {};
    if (role != "hub") list += (list.empty() ? "" : ", ") + role;
  }
  return Status::failure(
      "exchange.role_not_allowed",
      "the source system of the appeal reports this, or: " + (list.empty() ? "nobody" : list));
}

Result<Notified> Notices::told(const store::AppealRow& appeal, const Report& report,
                               const Caller& caller) const {
  const auto* matter = matterOf(report.of);
  if (matter == nullptr) {
    return Status::failure("exchange.bad_notice", "extension or forwarding is expected", "/of");
  }
  const bool extension = matter->of == kOfExtension;
  const auto& channel = report.channel;
  if (!model::hasCode(model::codes::kAnswerChannel, channel)) {
    return Status::failure("exchange.bad_notice", "not a code of answer_channel", "/channel");
  }
  const Instant now = clock_.now();
  auto notices = openNotices(appeal, report, matter->clock, caller, now);
  if (!notices) return notices.status();
  if (notices->empty()) {
    const auto clocks = store_.clocks(appeal.id);
    return clocks ? noneRuns(*clocks, *matter) : clocks.status();
  }
  const auto& newest = notices->back();
  auto told = toldAt(report.at, newest, now, extension);
  if (!told) return told.status();
  const std::string day = clockDay(newest, *told);
  for (auto& notice : *notices) notice.status = ending(notice, clockDay(notice, *told));
  const std::string digest = digestOf(*notices);
  auto status = store_.write([&](store::Tx& tx) -> Status {
    const auto clocks = tx.clocks(appeal.id);
    if (!clocks) return clocks.status();
    const bool open = std::all_of(notices->begin(), notices->end(), [&](const auto& notice) {
      return std::any_of(clocks->begin(), clocks->end(), [&](const auto& clock) {
        return clock.number == notice.number && isOpen(clock);
      });
    });
    auto done = tx.hasEventOf(appeal.id, digest);
    if (!done) return done.status();
    if (*done || !open)
      return nothingToNotify(extension ? "the applicant was told of this extension"
                                       : "the applicant was told of this forwarding");
    auto current = tx.appeal(appeal.id);
    if (!current) return current.status();
    auto event = makeEvent(appeal.id, matter->event, now, "door:" + caller.client, current->state,
                           current->state, channel, day, digest);
    addSentence(event, partsOf(*notices));
    if (auto s = tx.addEvent(event); !s) return s;
    for (const auto& notice : *notices) {
      if (auto s = tx.setClockStatusAt(appeal.id, notice.number, notice.status); !s) return s;
    }
    current->updated_at = now;
    return tx.updateAppeal(*current);
  });
  if (!status) return status;
  for (const auto& notice : *notices) {
    metrics::count("hub_notices_total", "Notices to applicants that were reported.",
                   {{"channel", channel}, {"result", notice.status}});
  }
  logInfo("audit.applicant_notified",
          {{"client", caller.client}, {"correlation_id", appeal.hub_id}, {"channel", channel}});
  Notified result{appeal, std::move(notices->back()), *told, channel};
  notices->pop_back();
  result.others = std::move(*notices);
  return result;
}

}  // namespace hub::exchange
