// Tells applicants by SMS what happens to their appeals, APPC 66(2). One thread follows the feed of events:
// what config/sms.yaml names becomes a notice, in the unit of work that moves the cursor, so that a crash
// neither loses nor doubles one. Waiting notices are sent to the gateway, not in quiet hours and not faster
// than it may; the text is made and the number is read when it is sent, and neither is kept.
//
// Towards the gateway it is at least once: if nobody knows whether it took a message (no answer came, or the
// hub died before it wrote the answer down), the message is sent again.
//
// Threads: start, stop and step from one thread; report and retry from any.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>

#include "hub/base/limits.h"
#include "hub/base/time.h"
#include "hub/exchange/notices.h"
#include "hub/exchange/transitions.h"
#include "hub/notify/sms_desk.h"
#include "hub/notify/sms_gateway.h"
#include "hub/notify/sms_options.h"
#include "hub/notify/sms_texts.h"
#include "hub/rules/local_text.h"
#include "hub/store/store.h"
#include "hub/transport/endpoint.h"

namespace hub::notify {

// The name of the feed's cursor; no agency's alias can hold a colon.
inline constexpr std::string_view kSmsCursor = "notify:sms";
// Older events are no news.
inline constexpr std::chrono::hours kNewsAge{72};

class SmsNotifier final : public SmsDesk {
 public:
  struct World {
    store::Store& store;
    const Clock& clock;
    const Limits& limits;  // retry_ms_first and retry_ms_max: the pauses between attempts
    // The name of a body by its BIN, empty if it is not known.
    std::function<rules::LocalText(const std::string& bin)> body_name;
  };
  // What `world` refers to must outlive the object.
  SmsNotifier(const SmsOptions& options, SmsTexts texts,
              std::unique_ptr<transport::Endpoint> endpoint, World world);
  ~SmsNotifier() override;

  // Runs step() again and again in a thread of its own.
  void start();
  // Waits for a request that runs. Idempotent.
  void stop();

  struct Step {
    int told = 0;     // events that became notices
    int sent = 0;     // taken by the gateway
    int removed = 0;  // notices kept for SmsOptions::keep_days
  };
  // Reads what is new of the feed, then sends what is due and may go out now; once an hour removes old
  // notices. Failure: the store's.
  Result<Step> step();

  Status report(const SmsReport& report) override;
  Result<store::NoticeRow> retry(store::RowId notice, const exchange::Caller& caller) override;

 private:
  Status follow(Step& step);
  Result<std::optional<store::NoticeRow>> noticeOf(store::Tx& tx, const store::EventRow& event,
                                                   Instant now) const;
  Status sendDue(Step& step);
  // Removes what is kept long enough, a batch a unit of work, some batches a step.
  Status forget(Step& step);
  bool mayGo(Instant now);
  struct Letter {
    std::string phone, text;
  };
  // Failure: the code with which the notice is skipped, or the store's.
  Result<Letter> write(const store::NoticeRow& notice) const;
  Result<std::string> dueOf(const store::AppealRow& appeal, const std::string& term) const;
  Result<bool> claim(const store::NoticeRow& notice);
  Status deliver(const store::NoticeRow& notice, const Letter& letter, Step& step);
  Status skip(const store::NoticeRow& notice, const std::string& code) const;
  Status settle(const store::NoticeRow& notice, const SmsAnswer& answer);
  // What its delivery tells the applicant of; `of` is "" if of nothing.
  Result<exchange::Notices::Report> toldOf(const store::NoticeRow& notice, Instant now) const;
  bool isStopping();
  void loop();

  const SmsOptions options_;
  const SmsTexts texts_;
  const World world_;
  SmsGateway gateway_;
  exchange::Breaker breaker_;      // of the gateway; step() only, as the next three
  std::deque<Instant> last_sent_;  // attempts of the last second
  Instant forget_at_{};            // not before
  std::mt19937_64 random_{std::random_device{}()};

  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;  // guarded by mutex_
  bool woken_ = false;     // guarded by mutex_
  std::thread thread_;
};

}  // namespace hub::notify
