#include "hub/notify/sms_notifier.h"

#include <algorithm>

#include "hub/base/ids.h"
#include "hub/base/log.h"
#include "hub/base/metrics.h"
#include "hub/exchange/forwarder.h"
#include "hub/exchange/notices.h"
#include "hub/exchange/readdress.h"
#include "hub/notify/recipient.h"
#include "hub/notify/report_token.h"

namespace hub::notify {
namespace {

using store::NoticeRow;
using store::NoticeState;

constexpr const char* kChannel = "sms";
constexpr int kPageEvents = 500;
constexpr int kBatchNotices = 100;
constexpr std::chrono::seconds kSecond{1};
// Between two looks at the feed, and after a failure of the store.
constexpr std::chrono::milliseconds kPause{1'000};
constexpr std::chrono::milliseconds kPauseFailed{5'000};

void counted(NoticeState state) {
  metrics::count("hub_sms_notices_total", "Notices by SMS that came into this state",
                 {{"state", std::string(store::toString(state))}});
}

bool isStoreFailure(const std::string& code) { return code.starts_with("store."); }

Status skipped(const char* code) { return Status::failure(code, "not told"); }

}  // namespace

SmsNotifier::SmsNotifier(const SmsOptions& options, SmsTexts texts,
                         std::unique_ptr<transport::Endpoint> endpoint, World world)
    : options_(options),
      texts_(std::move(texts)),
      world_(std::move(world)),
      gateway_(options, std::move(endpoint)) {}

SmsNotifier::~SmsNotifier() { stop(); }

void SmsNotifier::start() {
  thread_ = std::thread([this] { loop(); });
}

void SmsNotifier::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool SmsNotifier::isStopping() {
  std::lock_guard lock(mutex_);
  return stopping_;
}

void SmsNotifier::loop() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    woken_ = false;
    lock.unlock();
    auto done = step();
    if (!done) {
      logError("sms.not_told", {{"code", done.error().code}, {"detail", done.error().text}});
    }
    lock.lock();
    changed_.wait_for(lock, done ? kPause : kPauseFailed, [this] { return stopping_ || woken_; });
  }
}

Result<SmsNotifier::Step> SmsNotifier::step() {
  Step step;
  if (auto status = follow(step); !status) return status;
  if (auto status = sendDue(step); !status) return status;
  if (auto status = forget(step); !status) return status;
  return step;
}

// What the event is told as; nothing if it is not.
Result<std::optional<NoticeRow>> SmsNotifier::noticeOf(store::Tx& tx, const store::EventRow& event,
                                                       Instant now) const {
  const std::string key = texts_.keyOf(event);
  if (key.empty()) return std::optional<NoticeRow>();
  auto appeal = tx.appeal(event.appeal);
  if (!appeal) return appeal.status();
  NoticeRow row;
  row.appeal = event.appeal;
  row.seq = event.seq;
  row.channel = kChannel;
  row.event = key;
  row.kind = texts_.of(key).front()->kind;
  row.language = languageOfSms(appeal->language);
  row.event_at = event.at;
  row.created_at = row.next_at = now;
  if (event.at < now - kNewsAge) {
    row.state = NoticeState::kSkipped;
    row.code = "notify.too_old";
  }
  return std::optional<NoticeRow>(std::move(row));
}

Status SmsNotifier::follow(Step& step) {
  auto cursor = world_.store.cursor(kSmsCursor);
  if (!cursor) return cursor.status();
  if (cursor->empty()) {  // what happened before anybody wanted it told is not told
    auto end = world_.store.feedEnd();
    if (!end) return end.status();
    auto status = world_.store.write([&](store::Tx& tx) { return tx.setCursor(kSmsCursor, *end); });
    if (status) logInfo("sms.begun", {{"cursor", *end}});
    return status;
  }
  for (bool more = true; more && !isStopping();) {
    auto page = world_.store.feed(*cursor, kPageEvents);
    if (!page) return page.status();
    if (page->items.empty()) return {};
    const Instant now = world_.clock.now();
    std::vector<NoticeState> made;
    int overtaken = 0;
    auto status = world_.store.write([&](store::Tx& tx) -> Status {
      for (const auto& item : page->items) {
        auto notice = noticeOf(tx, item.event, now);
        if (!notice) return notice.status();
        if (!notice->has_value()) continue;
        const NoticeRow& row = **notice;
        if (row.state == NoticeState::kWaiting) {
          auto older =
              tx.overtakeNotices(row.appeal, kChannel, row.kind, row.seq, "notify.overtaken");
          if (!older) return older.status();
          overtaken += *older;
        }
        auto added = tx.addNotice(row);
        if (!added) return added.status();
        if (*added) made.push_back(row.state);
      }
      return tx.setCursor(kSmsCursor, page->next);
    });
    if (!status) return status;
    for (const auto state : made) counted(state);
    for (int i = 0; i < overtaken; ++i) counted(NoticeState::kSkipped);
    step.told += static_cast<int>(made.size());
    cursor = page->next;
    more = page->more;
  }
  return {};
}

// Not at night, not too many a second, and single ones only while the gateway is in trouble.
bool SmsNotifier::mayGo(Instant now) {
  while (!last_sent_.empty() && now - last_sent_.front() >= kSecond) last_sent_.pop_front();
  return !isQuiet(options_.quiet, now) &&
         last_sent_.size() < static_cast<std::size_t>(options_.per_second_max);
}

Status SmsNotifier::sendDue(Step& step) {
  for (;;) {
    const Instant begun = world_.clock.now();
    if (!mayGo(begun)) return {};
    auto due = world_.store.dueNotices(begun, kBatchNotices);
    if (!due) return due.status();
    for (const auto& notice : *due) {
      const Instant now = world_.clock.now();
      if (isStopping() || !mayGo(now)) return {};
      auto letter = write(notice);
      if (!letter) {
        if (isStoreFailure(letter.error().code)) return letter.status();
        if (auto status = skip(notice, letter.error().code); !status) return status;
        continue;
      }
      if (!breaker_.allow(now)) return {};
      auto claimed = claim(notice);
      if (!claimed) return claimed.status();
      if (!*claimed) continue;
      if (auto status = deliver(notice, *letter, step); !status) return status;
    }
    if (due->size() < static_cast<std::size_t>(kBatchNotices)) return {};
  }
}

Status SmsNotifier::forget(Step& step) {
  constexpr std::chrono::hours kEvery{1};
  constexpr int kBatch = 500, kBatchesMax = 20;
  const Instant now = world_.clock.now();
  if (now < forget_at_) return {};
  const Instant before = now - std::chrono::days(options_.keep_days);
  int removed = 0;
  for (int batch = 0; batch < kBatchesMax && !isStopping(); ++batch) {
    int gone = 0;
    auto status = world_.store.write([&](store::Tx& tx) -> Status {
      auto done = tx.removeNotices(before, kBatch);
      if (!done) return done.status();
      gone = *done;
      return {};
    });
    if (!status) return status;
    removed += gone;
    if (gone < kBatch) {
      forget_at_ = now + kEvery;
      break;
    }
  }
  step.removed = removed;
  if (removed > 0) logInfo("sms.forgotten", {{"notices", static_cast<long long>(removed)}});
  return {};
}

// Last day of the term; "" if it has none.
Result<std::string> SmsNotifier::dueOf(const store::AppealRow& appeal,
                                       const std::string& term) const {
  if (term.empty()) return appeal.due_date;
  auto clocks = world_.store.clocks(appeal.id);
  if (!clocks) return clocks.status();
  const auto newest = std::find_if(clocks->rbegin(), clocks->rend(),
                                   [&](const auto& clock) { return clock.name == term; });
  return newest == clocks->rend() ? std::string() : newest->due_date;
}

Result<SmsNotifier::Letter> SmsNotifier::write(const NoticeRow& notice) const {
  if (notice.event_at < world_.clock.now() - kNewsAge) return skipped("notify.too_old");
  const auto texts = texts_.of(notice.event);
  if (texts.empty()) return skipped("notify.no_text");
  auto appeal = world_.store.appeal(notice.appeal);
  if (!appeal) return appeal.status();
  auto document = exchange::documentOf(world_.store, notice.appeal, world_.limits);
  if (!document) {
    return isStoreFailure(document.error().code) ? document.status() : skipped("notify.no_phone");
  }
  auto phone = mobileOf(*document);
  if (!phone) return phone.status();
  const std::string& addressee = document->addressee_body.bin;
  SmsValues values;
  values.number = appeal->reg_number;
  values.body = world_.body_name(appeal->body_bin);
  for (const auto* text : texts) {
    if (text->unless_addressee && addressee == appeal->body_bin) {
      return skipped("notify.not_forwarded");
    }
    auto due = dueOf(*appeal, text->due_of);
    if (!due) return due.status();
    values.due = *due;
    if (auto filled = fillSms(*text, notice.language, values)) return Letter{*phone, *filled};
  }
  return skipped("notify.no_text");
}

Status SmsNotifier::skip(const NoticeRow& notice, const std::string& code) const {
  bool waited = false;
  auto status = world_.store.write([&](store::Tx& tx) -> Status {
    auto found = tx.findNotice(notice.id);
    if (!found) return found.status();
    waited = found->has_value() && (*found)->state == NoticeState::kWaiting;
    if (!waited) return {};
    (*found)->state = NoticeState::kSkipped;
    (*found)->code = code;
    return tx.updateNotice(**found);
  });
  if (status && waited) counted(NoticeState::kSkipped);
  return status;
}

// Written before the message goes: one whose end is never learned, or cannot be stored, is not repeated at once
// and not for ever. False: it is not to go now.
Result<bool> SmsNotifier::claim(const NoticeRow& notice) {
  const Instant now = world_.clock.now();
  const double random01 = std::uniform_real_distribution<double>(0, 1)(random_);
  bool mine = false, failed = false;
  auto status = world_.store.write([&](store::Tx& tx) -> Status {
    mine = failed = false;
    auto found = tx.findNotice(notice.id);
    if (!found) return found.status();
    if (!found->has_value() || (*found)->state != NoticeState::kWaiting) return {};
    NoticeRow& row = **found;
    if (row.attempts >= options_.attempts_max) {
      failed = true;
      row.state = NoticeState::kFailed;
      if (row.code.empty()) row.code = "notify.gateway_unavailable";
    } else {
      mine = true;
      ++row.attempts;
      row.next_at = now + std::chrono::milliseconds(
                              exchange::backOffMs(row.attempts, 0, random01, world_.limits));
    }
    return tx.updateNotice(row);
  });
  if (!status) return status;
  if (failed) counted(NoticeState::kFailed);
  return mine;
}

Status SmsNotifier::deliver(const NoticeRow& notice, const Letter& letter, Step& step) {
  last_sent_.push_back(world_.clock.now());
  const auto answer = gateway_.send(letter.phone, letter.text, notice.id);
  if (answer.outcome == SmsAnswer::Outcome::kTrouble) {
    breaker_.failed(world_.clock.now());
    logWarning("sms.gateway_trouble", {{"code", answer.code},
                                       {"status", static_cast<long long>(answer.status)},
                                       {"notice", static_cast<long long>(notice.id)}});
  } else {
    breaker_.succeeded();
  }
  if (answer.outcome == SmsAnswer::Outcome::kSent) ++step.sent;
  return settle(notice, answer);
}

// A delivery report may have come before this.
Status SmsNotifier::settle(const NoticeRow& notice, const SmsAnswer& answer) {
  const Instant now = world_.clock.now();
  std::optional<NoticeState> reached;
  auto status = world_.store.write([&](store::Tx& tx) -> Status {
    auto found = tx.findNotice(notice.id);
    if (!found) return found.status();
    if (!found->has_value()) return Status::failure("store.not_found", "the notice is gone");
    NoticeRow& row = **found;
    if (answer.outcome == SmsAnswer::Outcome::kSent && !row.sent_at) row.sent_at = now;
    reached.reset();
    if (row.state == NoticeState::kWaiting) {
      row.code = answer.code;
      if (answer.outcome == SmsAnswer::Outcome::kSent) {
        reached = NoticeState::kSent;
      } else if (answer.outcome == SmsAnswer::Outcome::kRefused ||
                 row.attempts >= options_.attempts_max) {
        reached = NoticeState::kFailed;
      }
      row.state = reached.value_or(row.state);
    }
    return tx.updateNotice(row);
  });
  if (!status || !reached) return status;
  counted(*reached);
  if (*reached == NoticeState::kFailed) {
    logWarning("sms.failed",
               {{"notice", static_cast<long long>(notice.id)}, {"code", answer.code}});
  }
  return status;
}

// The term that runs is that of the newest extension: a late report of an older one does not meet it. Each forwarding has
// one of its own, which began with its event, or with the day of the body's decision; one that has none meets no other's.
Result<exchange::Notices::Report> SmsNotifier::toldOf(const NoticeRow& notice, Instant now) const {
  exchange::Notices::Report report{{}, formatInstant(now), kChannel};
  auto& of = report.of;
  for (const auto* text : texts_.of(notice.event)) {
    if (text->tells_extension) of = exchange::kOfExtension;
    if (text->tells_forwarding) of = exchange::kOfForwarding;
  }
  if (of.empty()) return report;
  if (of == exchange::kOfForwarding) {
    auto clocks = world_.store.clocks(notice.appeal);
    if (!clocks) return clocks.status();
    // The newest that stood then: what a body's own system tells of, it had decided before.
    const bool by_body = notice.event.starts_with("status_") || notice.event.starts_with("decided");
    const auto own = std::find_if(clocks->rbegin(), clocks->rend(), [&](const auto& clock) {
      return clock.name == exchange::kForwardNotice &&
             (by_body ? clock.start_at <= notice.event_at : clock.start_at == notice.event_at);
    });
    if (own == clocks->rend()) {
      of.clear();
    } else {
      report.number = own->number;
    }
    return report;
  }
  auto all = world_.store.noticesOf(notice.appeal);
  if (!all) return all.status();
  const bool older = std::any_of(all->begin(), all->end(), [&](const NoticeRow& other) {
    return other.kind == notice.kind && other.seq > notice.seq;
  });
  if (older) of.clear();
  return report;
}

Status SmsNotifier::report(const SmsReport& report) {
  constexpr int kDelivered = 1, kNotDelivered = 2, kRefusedByNetwork = 16;
  const auto refused = [] { return Status::failure("notify.bad_report", ""); };
  if (!equalConstantTime(report.token, reportToken(options_.report_secret, report.notice))) {
    return refused();
  }
  auto known = world_.store.findNotice(report.notice);
  if (!known) return known.status();
  if (!known->has_value()) return refused();
  const Instant now = world_.clock.now();
  // Before the report is written down: a gateway may repeat a report that failed, but not one that did not.
  const bool again = (*known)->state == NoticeState::kDelivered;
  auto tells = !again && report.kind == kDelivered
                   ? toldOf(**known, now)
                   : Result<exchange::Notices::Report>(exchange::Notices::Report());
  if (!tells) return tells.status();
  if (!tells->of.empty()) {
    auto appeal = world_.store.appeal((*known)->appeal);
    if (!appeal) return appeal.status();
    exchange::Caller gateway;
    gateway.client = kChannel;
    auto told = exchange::Notices(world_.store, world_.clock).told(*appeal, *tells, gateway);
    if (!told && isStoreFailure(told.error().code)) return told.status();
    if (!told && told.error().code != "exchange.nothing_to_notify") {
      logWarning("sms.notice_not_noted", {{"correlation_id", appeal->hub_id},
                                          {"of", tells->of},
                                          {"code", told.error().code},
                                          {"detail", told.error().text}});
    }
  }
  std::optional<NoticeState> reached;
  auto status = world_.store.write([&](store::Tx& tx) -> Status {
    auto found = tx.findNotice(report.notice);
    if (!found) return found.status();
    if (!found->has_value()) return refused();
    NoticeRow& row = **found;
    reached.reset();
    if (report.kind == kDelivered) {
      if (row.state != NoticeState::kDelivered) reached = NoticeState::kDelivered;
      row.code.clear();
    } else if (row.state == NoticeState::kWaiting || row.state == NoticeState::kSent) {
      if (report.kind == kNotDelivered || report.kind == kRefusedByNetwork) {
        reached = NoticeState::kFailed;
        row.code = "notify.not_delivered";
      } else if (row.state == NoticeState::kWaiting) {
        reached = NoticeState::kSent;
      }
    }
    row.state = reached.value_or(row.state);
    if (!row.sent_at) row.sent_at = now;
    row.reported_at = now;
    if (!report.provider_id.empty()) row.provider_id = report.provider_id;
    return tx.updateNotice(row);
  });
  if (status && reached) counted(*reached);
  return status;
}

Result<NoticeRow> SmsNotifier::retry(store::RowId notice, const exchange::Caller& caller) {
  NoticeRow changed;
  auto status = world_.store.write([&](store::Tx& tx) -> Status {
    auto found = tx.findNotice(notice);
    if (!found) return found.status();
    if (!found->has_value()) return Status::failure("store.not_found", "no such notice");
    changed = std::move(**found);
    const Instant now = world_.clock.now();
    if (changed.state != NoticeState::kFailed) {
      return Status::failure("notify.not_retryable",
                             "the notice is " + std::string(store::toString(changed.state)));
    }
    if (changed.event_at < now - kNewsAge) {
      return Status::failure("notify.not_retryable", "the event is more than 72 hours old");
    }
    changed.state = NoticeState::kWaiting;
    changed.attempts = 0;
    changed.next_at = now;
    return tx.updateNotice(changed);
  });
  if (!status) return status;
  counted(NoticeState::kWaiting);
  logInfo("audit.notice_retried",
          {{"client", caller.client}, {"notice", static_cast<long long>(notice)}});
  {
    std::lock_guard lock(mutex_);
    woken_ = true;
  }
  changed_.notify_all();
  return changed;
}

}  // namespace hub::notify
