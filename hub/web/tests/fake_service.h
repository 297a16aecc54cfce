// An application service for tests of the doors: answers from memory, remembers what it was asked.
// Members are set before the server starts or under `mutex`.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <set>
#include <utility>

#include "hub/base/ids.h"
#include "hub/exchange/cards.h"
#include "hub/exchange/service.h"
#include "hub/rules/law_book.h"

namespace hub::web::testing {

inline Instant at(const char* text) { return *parseInstant(text); }

// Only reads that doors make; writing is the service's business.
class FakeStore final : public store::Store {
 public:
  std::vector<store::AppealRow> appeals;
  std::vector<store::EventRow> event_rows;
  std::vector<store::MessageRow> message_rows;
  std::vector<store::ClockRow> clock_rows, open_clock_rows;
  std::vector<store::OutboxRow> outbox;
  std::vector<store::AttemptRow> attempt_rows;
  std::vector<store::QuarantineRow> quarantine;
  std::vector<store::NoticeRow> notices;
  std::map<std::string, store::AttachmentRow> attachment_rows;
  store::AppealFilter last_filter;
  std::string last_after;
  int last_limit = 0;

  Status write(store::Unit) override { return unused(); }
  void writeAsync(store::Unit, std::function<void(Status)> done) override { done(unused()); }
  Result<std::optional<store::AppealRow>> findBySource(std::string_view,
                                                       std::string_view) override {
    return unused();
  }
  Result<std::optional<store::AppealRow>> findByHubId(std::string_view) override {
    return unused();
  }
  Result<std::optional<store::AppealRow>> findByNumber(std::string_view number) override {
    for (const auto& row : appeals) {
      if (row.reg_number == number) return std::optional<store::AppealRow>(row);
    }
    return std::optional<store::AppealRow>();
  }
  Result<store::AppealRow> appeal(store::RowId id) override {
    for (const auto& row : appeals) {
      if (row.id == id) return row;
    }
    return Status::failure("store.not_found", "no such appeal");
  }
  Result<store::AppealPage> listAppeals(const store::AppealFilter& filter, std::string_view after,
                                        int limit) override {
    last_filter = filter;
    last_after = after;
    last_limit = limit;
    store::AppealPage page;
    std::size_t from = after.empty() ? 0 : std::stoul(std::string(after));
    for (std::size_t i = from; i < appeals.size(); ++i) {
      if (page.rows.size() == static_cast<std::size_t>(limit)) {
        page.next = std::to_string(i);
        break;
      }
      const bool sent_there =
          filter.destination.empty() || filter.destination == appeals[i].destination;
      const bool of_body = filter.body_bin.empty() || filter.body_bin == appeals[i].body_bin;
      if (sent_there && of_body &&
          (filter.source_system.empty() || filter.source_system == appeals[i].source_system)) {
        page.rows.push_back(appeals[i]);
      }
    }
    return page;
  }
  Status eachCase(const store::AppealFilter& filter,
                  const std::function<Status(const store::CaseRow&)>& visit) override {
    last_filter = filter;
    for (const auto& row : appeals) {
      store::CaseRow one;
      one.id = row.id;
      one.kind = row.kind;
      one.topic = row.topic;
      one.kato = row.kato;
      one.body_bin = row.body_bin;
      one.destination = row.destination;
      one.executor = row.executor;
      one.state = row.state;
      one.state_since = row.state_since;
      one.received_at = row.received_at;
      one.registration_date = row.registration_date;
      one.due_date = row.due_date;
      one.decision_outcome = row.decision_outcome;
      for (const auto& clock : clock_rows) {
        if (clock.appeal == row.id && clock.name == "consider")
          one.term_met = clock.status == "met";
      }
      if (auto status = visit(one); !status) return status;
    }
    return {};
  }
  Result<std::vector<store::AppealRow>> refusedAppeals(std::optional<Instant>,
                                                       std::optional<Instant>, store::RowId after,
                                                       int) override {
    return of(appeals, [after](const auto& r) { return r.id > after; });
  }
  Result<std::vector<store::RowId>> stoppedAppeals(store::RowId after, int) override {
    std::vector<store::RowId> found;
    for (const auto& event : event_rows) {
      if (event.type == "execution_suspended" && event.appeal > after)
        found.push_back(event.appeal);
    }
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    return found;
  }
  Result<std::vector<store::EventRow>> events(store::RowId id) override {
    return of(event_rows, [id](const auto& r) { return r.appeal == id; });
  }
  Result<store::FeedPage> feed(std::string_view after, int limit) override {
    store::FeedPage page;
    page.next = after;
    if (after.find_first_not_of("0123456789") != std::string_view::npos) {
      return Status::failure("store.bad_cursor", "not a cursor of the feed", "/after");
    }
    const std::size_t from = after.empty() ? 0 : std::stoul(std::string(after));
    for (auto i = from; i < event_rows.size(); ++i) {
      if (page.items.size() == static_cast<std::size_t>(limit)) {
        page.more = true;
        break;
      }
      page.next = std::to_string(i + 1);
      page.items.push_back({page.next, event_rows[i]});
    }
    return page;
  }
  Result<std::string> feedEnd() override { return std::to_string(event_rows.size()); }
  Result<std::vector<store::ClockRow>> clocks(store::RowId id) override {
    return of(clock_rows, [id](const auto& r) { return r.appeal == id; });
  }
  Result<std::vector<store::ClockRow>> openClocks(store::RowId after, int) override {
    return of(open_clock_rows, [after](const auto& r) { return r.appeal == after + 1; });
  }
  Result<std::vector<store::ClockRow>> openClocksDue(std::string_view name, std::string_view due_to,
                                                     const store::ClockRow* after, int) override {
    return of(open_clock_rows, [&](const auto& r) {
      return after == nullptr && r.name == name && r.due_date <= due_to;
    });
  }
  Result<std::optional<store::CalendarRow>> calendar(int, std::string_view) override {
    return unused();
  }
  Result<std::vector<store::SketchRow>> sketches(store::RowId, int) override { return unused(); }
  Result<std::vector<store::RowId>> unsketched(Instant, store::RowId, int) override {
    return unused();
  }
  Result<std::vector<store::HintRow>> hints(store::RowId) override {
    return std::vector<store::HintRow>();
  }
  Result<std::vector<store::HintRow>> judgedHints(store::RowId, store::RowId, int) override {
    return std::vector<store::HintRow>();
  }
  Result<std::vector<store::MissedTerm>> missedTerms(std::optional<Instant>, std::optional<Instant>,
                                                     std::int64_t, int) override {
    return std::vector<store::MissedTerm>();
  }
  Result<std::vector<store::MissedTerm>> deemedRefusals(std::optional<Instant>,
                                                        std::optional<Instant>, std::int64_t,
                                                        int) override {
    return std::vector<store::MissedTerm>();
  }
  Result<std::string> hadOn(store::RowId, std::string_view) override { return std::string(); }
  Result<std::vector<store::AppealRow>> assignedOf(std::string_view, std::string_view, store::RowId,
                                                   int) override {
    return unused();
  }
  Result<std::optional<store::MessageRow>> newestMessage(store::RowId, std::string_view) override {
    return unused();
  }
  Result<std::vector<store::MessageRow>> messages(store::RowId id, bool) override {
    return of(message_rows, [id](const auto& r) { return r.appeal == id; });
  }
  Result<std::optional<store::MessageRow>> message(std::string_view) override { return unused(); }
  Result<std::vector<store::OutboxRow>> outboxOf(store::RowId id) override {
    return of(outbox, [id](const auto& r) { return r.appeal == id; });
  }
  Result<std::vector<store::AttemptRow>> attempts(store::RowId id) override {
    return of(attempt_rows, [id](const auto& r) { return r.outbox == id; });
  }
  Result<std::vector<std::pair<std::string, std::string>>> externalIds(store::RowId) override {
    return std::vector<std::pair<std::string, std::string>>{{"minfin", "MF-77"}};
  }
  Result<std::vector<store::OutboxRow>> dueOutbox(std::string_view, Instant, int,
                                                  Instant) override {
    return unused();
  }
  Result<std::optional<Instant>> nextDue(std::string_view) override { return unused(); }
  // Newest first, a page of them.
  template <class Rows>
  static Rows newest(Rows rows, store::RowId before, int limit) {
    std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.id > b.id; });
    std::erase_if(rows, [&](const auto& row) { return before > 0 && row.id >= before; });
    if (rows.size() > static_cast<std::size_t>(limit)) rows.resize(static_cast<std::size_t>(limit));
    return rows;
  }
  Result<std::vector<store::OutboxRow>> outboxPage(const store::OutboxFilter& filter,
                                                   store::RowId before, int limit) override {
    last_limit = limit;
    const auto& destination = filter.destination;
    return newest(of(outbox,
                     [&](const auto& r) {
                       return (destination.empty() || r.destination == destination) &&
                              (!filter.state || r.state == *filter.state);
                     }),
                  before, limit);
  }
  Result<std::vector<store::RejectedCounts>> rejectedCounts(std::string_view) override {
    return unused();
  }
  Result<std::int64_t> appealsIn(std::string_view state) override {
    if (counts_fail) return cannotCount();
    return std::count_if(appeals.begin(), appeals.end(),
                         [&](const auto& row) { return row.state == state; });
  }
  Result<std::vector<store::OutboxCounts>> outboxCounts() override {
    if (counts_fail) return cannotCount();
    return std::vector<store::OutboxCounts>{{"minfin", "dead", 2, std::nullopt}};
  }
  Result<std::vector<store::OutboxRow>> overdueOutbox(std::string_view, Instant, int) override {
    return unused();
  }
  Result<std::vector<store::OutboxCounts>> overdueCounts() override { return unused(); }
  Result<int> recoverInFlight() override { return 0; }
  Result<std::string> cursor(std::string_view, std::string_view) override { return unused(); }
  Result<std::vector<store::CursorRow>> cursors(std::string_view) override { return unused(); }
  Result<std::vector<std::string>> aliases() override { return unused(); }
  Result<store::AliasUse> aliasUse(std::string_view, const std::vector<std::string>&) override {
    return unused();
  }
  Result<std::vector<store::SettledRow>> settled(std::string_view, int) override {
    return unused();
  }
  Result<std::vector<store::QuarantineRow>> quarantinePage(const store::QuarantineFilter& filter,
                                                           store::RowId before,
                                                           int limit) override {
    auto rows = of(quarantine, [&](const auto& r) {
      return (filter.party.empty() || r.party == filter.party) &&
             (filter.state.empty() || r.state == filter.state) &&
             (filter.code.empty() || r.code == filter.code) &&
             (!filter.nobodys || r.nobodys == *filter.nobodys);
    });
    for (auto& row : rows) row.raw.clear();
    return newest(std::move(rows), before, limit);
  }
  Result<std::vector<store::QuarantineCounts>> quarantineCounts() override { return unused(); }
  Result<std::vector<store::QuarantineRow>> quarantineOf(store::RowId id, int limit) override {
    return newest(
        of(quarantine, [&](const auto& r) { return r.appeal == id && r.state != "resolved"; }), 0,
        limit);
  }
  Result<std::vector<store::QuarantineRow>> waitingItems(std::string_view, store::RowId,
                                                         int) override {
    return std::vector<store::QuarantineRow>();
  }
  Result<std::optional<store::QuarantineRow>> findQuarantine(store::RowId id,
                                                             bool with_content) override {
    for (auto row : quarantine) {
      if (row.id != id) continue;
      if (!with_content) row.raw.clear();
      return std::optional<store::QuarantineRow>(std::move(row));
    }
    return std::optional<store::QuarantineRow>();
  }
  Result<bool> hasOpenQuarantine(std::string_view, std::string_view) override { return unused(); }
  Result<std::optional<store::NoticeRow>> findNotice(store::RowId) override { return unused(); }
  Result<std::vector<store::NoticeRow>> noticesOf(store::RowId id) override {
    return of(notices, [id](const auto& r) { return r.appeal == id; });
  }
  Result<std::vector<store::NoticeRow>> dueNotices(Instant, int) override { return unused(); }
  Result<std::optional<Instant>> nextNotice() override { return unused(); }
  Result<std::int64_t> waitingNotices() override {
    if (counts_fail) return cannotCount();
    return static_cast<std::int64_t>(notices.size());
  }
  Result<std::vector<store::NoticeRow>> listNotices(std::optional<store::NoticeState> state,
                                                    store::RowId before, int limit) override {
    last_limit = limit;
    return of(notices, [&](const auto& r) {
      return (!state || r.state == *state) && (before == 0 || r.id < before);
    });
  }
  Result<std::vector<store::SubOrderRow>> subOrders(store::RowId) override { return unused(); }
  std::vector<store::SubOrderRow> sub_order_rows;
  Result<std::vector<store::SubOrderRow>> openSubOrders(const store::SubOrderFilter& filter,
                                                        const store::SubOrderRow* after,
                                                        int) override {
    return of(sub_order_rows, [&](const auto& r) {
      return after == nullptr && r.open && r.due_date <= filter.due_to;
    });
  }
  Result<std::vector<store::SubOrderRow>> missedSubOrders(const store::SubOrderRow* after,
                                                          int) override {
    return of(sub_order_rows, [&](const auto& r) { return after == nullptr && r.missed; });
  }
  Result<std::optional<store::AttachmentRow>> findAttachment(std::string_view sha256) override {
    std::lock_guard lock(mutex);
    auto it = attachment_rows.find(std::string(sha256));
    if (it == attachment_rows.end()) return std::optional<store::AttachmentRow>();
    return std::optional<store::AttachmentRow>(it->second);
  }
  Result<std::optional<store::JournalRow>> journal(std::int64_t) override { return unused(); }
  Result<store::InclusionProof> prove(std::int64_t) override { return unused(); }
  Result<store::TreeHead> head() override { return unused(); }
  Status healthy() override { return {}; }
  std::int64_t appealCount() override { return static_cast<std::int64_t>(appeals.size()); }

  std::mutex mutex;
  std::atomic<bool> counts_fail{false};
  // Of the agency.
  std::vector<exchange::AgencyStatus::Problem> problems;
  std::optional<Instant> last_failure;

 private:
  static Status cannotCount() { return Status::failure("store.unavailable", "the disk is away"); }
  static Status unused() { return Status::failure("base.internal", "not used by doors"); }
  template <class Rows, class Test>
  static Rows of(const Rows& rows, Test test) {
    Rows out;
    std::copy_if(rows.begin(), rows.end(), std::back_inserter(out), test);
    return out;
  }
};

// Keeps files in a folder; counts what is unfinished and the largest piece it was handed.
class FakeAttachments final : public transport::AttachmentStore {
 public:
  explicit FakeAttachments(std::filesystem::path folder) : folder_(std::move(folder)) {
    std::filesystem::create_directories(folder_);
  }
  Result<std::string> path(std::string_view sha256) override {
    auto file = folder_ / std::string(sha256);
    if (!std::filesystem::exists(file)) return Status::failure("store.not_found", "no such file");
    return file.string();
  }
  Result<std::unique_ptr<Sink>> create() override {
    return std::unique_ptr<Sink>(new FileSink(*this, folder_ / ("tmp" + std::to_string(++made_))));
  }
  int files() const {
    int count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
      count += entry.is_regular_file() ? 1 : 0;
    }
    return count;
  }
  std::atomic<std::size_t> largest_piece{0};
  std::atomic<std::uint64_t> bytes_written{0};

 private:
  class FileSink final : public Sink {
   public:
    FileSink(FakeAttachments& owner, std::filesystem::path path)
        : owner_(owner), path_(std::move(path)), file_(path_, std::ios::binary) {}
    ~FileSink() override {
      file_.close();
      if (!finished_) std::filesystem::remove(path_);
    }
    Status write(std::string_view bytes) override {
      owner_.largest_piece = std::max(owner_.largest_piece.load(), bytes.size());
      owner_.bytes_written += bytes.size();
      file_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
      return {};
    }
    Result<Stored> finish() override {
      file_.close();
      std::ifstream in(path_, std::ios::binary);
      std::string all((std::istreambuf_iterator<char>(in)), {});
      Stored stored{sha256Hex(all), static_cast<std::int64_t>(all.size())};
      std::filesystem::rename(path_, owner_.folder_ / stored.sha256_hex);
      finished_ = true;
      return stored;
    }

   private:
    FakeAttachments& owner_;
    std::filesystem::path path_;
    std::ofstream file_;
    bool finished_ = false;
  };
  std::filesystem::path folder_;
  std::atomic<int> made_{0};
};

class FakeService final : public exchange::Service {
 public:
  explicit FakeService(const std::filesystem::path& folder) : files(folder) { addSample(); }

  FakeStore rows;
  FakeAttachments files;
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::string> submitted;
  exchange::Caller last_caller;
  exchange::Form last_form = exchange::Form::kJson;
  Status readiness;
  std::string push_alias, push_method, push_target, push_body;
  exchange::NativeAnswer push_answer{200, "text/xml", "<ok/>", {{"X-Agency", "yes"}}};
  std::vector<store::RowId> retried;
  std::string routed_reason;
  bool said_not_received = false;
  store::QuarantineFilter resolved_all;
  store::RowId resolved_up_to = 0;
  bool hold_agencies = false;  // listing agencies waits until this is false
  bool agencies_entered = false;

  Result<exchange::Submitted> submit(const std::string& document, exchange::Form form,
                                     const exchange::Caller& caller) override {
    std::lock_guard lock(mutex);
    last_caller = caller;
    last_form = form;
    if (document.find("999999999999") != std::string::npos) {
      return Status(std::vector<Error>{
          {"model.iin_check_digit", "The check digit of the IIN is wrong",
           "/appeal/applicant/0/iin", 7},
          {"model.required", "A mandatory field is absent", "/appeal/subject_text", 0}});
    }
    if (!caller.source_system.empty() && document.find(caller.source_system) == std::string::npos) {
      return Status::failure("exchange.source_not_allowed", "", "/appeal/source_system");
    }
    const std::string id = sourceId(document);
    auto it = by_source_.find(id);
    if (it != by_source_.end()) {
      if (it->second.first != document) {
        return Status::failure("exchange.duplicate_key", "", "/appeal/source_id");
      }
      return exchange::Submitted{false, it->second.second};
    }
    submitted.push_back(document);
    exchange::Receipt receipt = sampleReceipt();
    receipt.appeal.source_id = id;
    receipt.record.position = static_cast<std::int64_t>(submitted.size());
    by_source_[id] = {document, receipt};
    exchange::Submitted result{true, receipt};
    if (document.find("\"sumary\"") != std::string::npos) result.unknown = {"/appeal/sumary"};
    return result;
  }
  Result<exchange::Talon> talon(const std::string& id) override {
    auto row = find(id);
    if (!row.ok()) return row.status();
    exchange::Talon talon = sampleTalon();
    talon.reg_number = row->reg_number;
    return talon;
  }
  static exchange::Talon sampleTalon() {
    return {"ЖТ-2026-00000001",
            {"өтініш", "заявление", "application"},
            "17.03.2026",
            "10:00",
            "17.03.2026",
            "10.04.2026",
            {"Қаржы министрлігі", "Министерство финансов", "Ministry of Finance"},
            "",
            "",
            2,
            true};
  }
  Result<exchange::Receipt> receipt(const std::string& id) override {
    auto row = find(id);
    if (!row.ok()) return row.status();
    return sampleReceipt();
  }
  Result<store::AppealRow> find(const std::string& id) override {
    for (const auto& row : rows.appeals) {
      const bool latin = id == "ZhT-2026-00000001" && row.id == 1;
      if (row.hub_id == id || row.reg_number == id || latin) return row;
    }
    return Status::failure("store.not_found", "no such appeal");
  }
  Result<std::string> decisionJson(store::RowId appeal, bool) override {
    return std::string(appeal == 1 ? R"({"outcome":"answered"})" : "");
  }
  Result<std::string> appealJson(store::RowId) override {
    return std::string(R"({"subject_text":"Әріп тексеру: әғқңөұүһі"})");
  }
  Result<std::vector<rules::LocalText>> explain(
      const std::vector<store::ClockRow>& clocks) override {
    std::vector<rules::LocalText> texts;
    for (const auto& clock : clocks) {
      texts.push_back({clock.name + ": он бес жұмыс күні", clock.name + ": пятнадцать рабочих дней",
                       clock.name + ": fifteen working days"});
    }
    return texts;
  }
  Result<exchange::NativeAnswer> agencyPush(const std::string& alias, const std::string& method,
                                            const std::string& target,
                                            const std::vector<otinish::Header>&,
                                            const std::string& body) override {
    std::lock_guard lock(mutex);
    push_alias = alias;
    push_method = method;
    push_target = target;
    push_body = body;
    if (alias == "nobody") return Status::failure("exchange.unknown_agency", "");
    if (alias == "unsigned") return Status::failure("trust.signature_missing", "");
    return push_answer;
  }
  std::vector<exchange::AgencyStatus> agencies() override {
    {
      std::unique_lock lock(mutex);
      agencies_entered = true;
      changed.notify_all();
      changed.wait(lock, [this] { return !hold_agencies; });
    }
    exchange::AgencyStatus status;
    status.alias = "minfin";
    status.name_kk = "Қаржы министрлігі";
    status.name_ru = "Министерство финансов";
    status.name_en = "Ministry of Finance";
    status.adapter_file = "/usr/lib/otinish/adapters/hub_adapter_soap.so";
    status.hosting = "child";
    status.instance.state = hosting::InstanceState::kReady;
    status.instance.about_name = "soap";
    status.breaker = "closed";
    status.waiting = 3;
    status.overdue = 4;
    status.collect_breaker = "open";
    status.rejected = 1;
    status.quarantined = 2;
    status.nobodys = 130;
    status.problems = rows.problems;
    status.last_failure = rows.last_failure;
    if (rows.counts_fail) {
      status.waiting = status.retrying = status.awaiting = status.dead = std::nullopt;
      status.overdue = status.rejected = status.quarantined = status.nobodys = std::nullopt;
      status.not_counted = "store.unavailable";
    }
    return {status};
  }
  Result<otinish::Answer> probe(const std::string& alias) override {
    if (alias != "minfin") return Status::failure("exchange.unknown_agency", "");
    otinish::Answer answer;
    answer.outcome = otinish::Outcome::kDone;
    answer.result_json = R"({"endpoint":"ok"})";
    return answer;
  }
  std::string cursor_reset;  // of the agency that was reset last
  Result<exchange::AgencyCursors> cursors(const std::string& alias,
                                          const exchange::Caller&) override {
    if (alias != "minfin") return Status::failure("exchange.unknown_agency", "");
    return exchange::AgencyCursors{
        "rest",
        {{alias, "filedrop", R"({"files":{}})", at("2026-03-01T08:00:00Z")},
         {alias, "rest", R"({"c":"42"})", at("2026-03-17T08:00:00Z")}}};
  }
  Result<int> resetCursors(const std::string& alias, const exchange::Caller&) override {
    if (alias != "minfin") return Status::failure("exchange.unknown_agency", "");
    std::lock_guard lock(mutex);
    cursor_reset = alias;
    return 2;
  }
  Status retry(store::RowId outbox, const exchange::Caller&) override {
    if (outbox != 5) return Status::failure("exchange.not_retryable", "");
    std::lock_guard lock(mutex);
    retried.push_back(outbox);
    return {};
  }
  exchange::ActionOrder ordered;  // the last one
  Result<exchange::ActionChoices> actions(const std::string& id, const std::string& role) override {
    auto row = find(id);
    if (!row.ok()) return row.status();
    if (role == "king") return Status::failure("rules.unknown_role", "no such role", "?role");
    exchange::ActionChoices choices;
    choices.appeal = *row;
    choices.state = {"қаралуда", "на рассмотрении", "in work"};
    choices.actions.push_back({"withdraw",
                               "APPC",
                               "64(9)",
                               {"кері қайтарып алу", "отозвать обращение", "withdraw"},
                               "withdrawn",
                               {"applicant", "registrar"},
                               {},
                               {},
                               "",
                               true});
    choices.actions.back().unheard = {"act_burdensome"};
    choices.actions.back().grounds = {
        {"88(1)(4)", {"кері қайтарды", "отозвано", "withdrawn"}, {"terminated"}},
        {"100(3)(1)", {"басқа", "другое", "another"}, {"act_cancelled"}}};
    choices.actions.back().characters = {{"answered", {"explained"}}};
    return choices;
  }
  Result<exchange::Acted> act(const std::string& id, const exchange::ActionOrder& order,
                              const exchange::Caller& caller) override {
    last_caller = caller;
    auto row = find(id);
    if (!row.ok()) return row.status();
    ordered = order;
    if (order.ground == "wrong") {
      return Status::failure("rules.action_wrong_ground",
                             "APPC article 88(1): 'withdraw' in the state 'in_work': the ground is "
                             "one of: 88(1)(4); allowed now: withdraw",
                             "/ground");
    }
    if (order.action != "withdraw") {
      return Status::failure("rules.action_not_allowed",
                             "APPC article 65(1): not allowed in this state");
    }
    exchange::Acted acted;
    acted.appeal = *row;
    acted.appeal.state = "withdrawn";
    acted.action = "withdraw";
    acted.law = "APPC";
    acted.article = "64(9)";
    return acted;
  }
  exchange::SubOrderOrder sub_ordered;  // the last one
  std::int64_t sub_order_number = -1;
  store::SubOrderFilter sub_order_filter;
  static exchange::SubOrderView subOrder(const store::AppealRow& row) {
    exchange::SubOrderView view;
    view.hub_id = row.hub_id;
    view.reg_number = row.reg_number;
    view.row.appeal = row.id;
    view.row.number = 2;
    view.row.kind = "request";
    view.row.state = "signed";
    view.row.body = row.body_bin;
    view.row.target = "940140000385";
    view.row.follows = 1;
    view.row.text = "Сведения о доме";
    view.row.due_date = "2026-03-27";
    view.row.created_by = "executor:desk";
    view.kind = {"сұрау салу", "запрос", "request"};
    view.state = {"жіберілді", "направлено", "signed and sent"};
    view.target = {"Әкімдік", "Акимат", "Akimat"};
    view.late = true;
    view.steps = {{"answer", {"жауап беру", "исполнить", "answer"}, {"executor"}, {"answer"}, {}}};
    return view;
  }
  Result<exchange::SubOrderList> subOrders(const std::string& id,
                                           const exchange::Caller& caller) override {
    last_caller = caller;
    auto row = find(id);
    if (!row.ok()) return row.status();
    exchange::SubOrderList list;
    list.appeal = *row;
    list.orders = {subOrder(*row)};
    list.kinds = {{"request", {"сұрау салу", "запрос", "request"}}};
    list.low_confidence = true;
    list.steps = {{"create", {"жасау", "составить", "create"}, {"executor"}, {"kind"}, {}}};
    return list;
  }
  Result<exchange::SubOrderList> actOnSubOrder(const std::string& id, std::int64_t number,
                                               const exchange::SubOrderOrder& order,
                                               const exchange::Caller& caller) override {
    last_caller = caller;
    auto row = find(id);
    if (!row.ok()) return row.status();
    sub_ordered = order;
    sub_order_number = number;
    if (order.action == "sign") {
      return Status::failure("rules.sub_order_not_allowed", "not in this state", "/action");
    }
    exchange::SubOrderList list;
    list.appeal = *row;
    list.orders = {subOrder(*row)};
    list.made = number == 0 && order.source_id != "known";
    return list;
  }
  std::vector<std::size_t> sub_orders_of;  // places in rows.appeals, one for each
  Result<exchange::SubOrderPage> openSubOrders(const store::SubOrderFilter& filter,
                                               const std::string& after, int limit) override {
    sub_order_filter = filter;
    rows.last_limit = limit;
    if (after == "bad") return Status::failure("store.bad_cursor", "", "?after");
    if (!sub_orders_of.empty()) {
      exchange::SubOrderPage page;
      auto at = after.empty() ? 0u : static_cast<std::size_t>(std::stoul(after));
      for (; at < sub_orders_of.size() && std::cmp_less(page.orders.size(), limit); ++at) {
        page.orders.push_back(subOrder(rows.appeals.at(sub_orders_of[at])));
      }
      if (std::cmp_equal(page.orders.size(), limit)) page.next = std::to_string(at);
      return page;
    }
    return exchange::SubOrderPage{{subOrder(rows.appeals.front())}, "2026-03-27.1.2"};
  }
  exchange::Similar pair(const store::AppealRow& row) {
    exchange::Similar similar;
    similar.appeal = row;
    similar.hint.appeal = row.id;
    similar.hint.nature = "same_matter";
    similar.hint.percent = 77;
    return similar;
  }
  Result<std::vector<exchange::Similar>> similar(const std::string& id) override {
    auto row = find(id);
    if (!row.ok()) return row.status();
    std::vector<exchange::Similar> list;
    for (const auto& other : rows.appeals) {
      if (other.id != row->id) list.push_back(pair(other));
    }
    return list;
  }
  Result<exchange::Similar> judgeSimilar(const std::string& id, const std::string& other,
                                         const std::string& verdict,
                                         const exchange::Caller&) override {
    if (auto row = find(id); !row.ok()) return row.status();
    auto row = find(other);
    if (!row.ok()) return row.status();
    if (verdict != "linked" && verdict != "duplicate" && verdict != "dismissed") {
      return Status::failure("exchange.bad_input", "linked, duplicate or dismissed", "/verdict");
    }
    auto similar = pair(*row);
    similar.hint.verdict = verdict;
    return similar;
  }
  Result<exchange::Cards> cards(const store::AppealFilter& filter, const std::string& after, int,
                                const std::string& purpose, const exchange::Caller&) override {
    if (purpose.empty()) return Status::failure("exchange.reason_needed", "one line", "?purpose");
    rows.last_filter = filter;
    exchange::Cards cards;
    std::vector<std::string> card(exchange::cardColumns().size());
    card.front() = after.empty() ? "ЖТ-2026-00000001" : "=1+1";
    cards.rows.push_back(card);
    if (after.empty()) cards.next = "1.1";
    return cards;
  }
  Result<exchange::Suggestion> suggestExecutor(const std::string& id) override {
    auto row = find(id);
    if (!row.ok()) return row.status();
    exchange::Suggestion suggestion;
    suggestion.appeal = *row;
    suggestion.assignment.executor = "mf-01";
    suggestion.assignment.candidates = {{"mf-01", 0.5, ""}, {"mf-02", 0, "away"}};
    suggestion.assignment.explanation = {"ең аз жүктеме", "наименьшая нагрузка", "the least load"};
    return suggestion;
  }
  Result<std::vector<rules::Move>> rebalance(const std::string& body, int moves_max) override {
    if (body != "minfin") return Status::failure("exchange.no_staff", "not listed");
    std::vector<rules::Move> moves{{"ЖТ-2026-00000001", "mf-01", "mf-02", {"а", "б", "even"}}};
    moves.resize(std::min(moves.size(), static_cast<std::size_t>(moves_max)));
    return moves;
  }
  Result<exchange::Notified> notified(const std::string& id, const std::string& at,
                                      const std::string& channel, const exchange::Caller& caller,
                                      const std::string& of, const std::string& occasion) override {
    auto row = find(id);
    if (!row.ok()) return row.status();
    if (row->id != 1) return Status::failure("exchange.nothing_to_notify", "");
    if (channel != "sms") return Status::failure("exchange.bad_notice", "", "/channel");
    std::lock_guard lock(mutex);
    last_caller = caller;
    store::ClockRow clock;
    clock.day_kind = "working";
    clock.name = of == "forwarding" ? "forward_notice" : "extension_notice";
    clock.status = "met";
    clock.due_date = "2026-03-20";
    clock.occasion = occasion;
    return exchange::Notified{*row, clock, parseInstant(at).value(), channel};
  }
  Result<exchange::Routed> route(const std::string& id, const std::string& body,
                                 const std::string& reason, const exchange::Caller& caller,
                                 bool not_received) override {
    auto row = find(id);
    if (!row.ok()) return row.status();
    said_not_received = not_received;
    if (row->id != 2) {
      return Status::failure("exchange.not_routable", "APPC article 65(1): state " + row->state);
    }
    if (body != "minfin") return Status::failure("exchange.unknown_body", "", "/body");
    std::lock_guard lock(mutex);
    last_caller = caller;
    routed_reason = reason;
    row->state = "routed";
    row->destination = body;
    return exchange::Routed{*row,
                            7,
                            "019a0c5e-7c1a-7000-8000-00000000000b",
                            "Қаржы министрлігі",
                            "Министерство финансов",
                            "Ministry of Finance"};
  }
  Result<std::string> quarantineRaw(store::RowId id, const exchange::Caller& caller) override {
    std::lock_guard lock(mutex);
    last_caller = caller;
    auto row = rows.findQuarantine(id, true);
    if (!row->has_value()) return Status::failure("store.not_found", "");
    return (*row)->raw;
  }
  std::string replay_refusal = "exchange.not_replayable";
  Result<store::QuarantineRow> replayQuarantined(store::RowId id,
                                                 const exchange::Caller&) override {
    auto row = rows.findQuarantine(id, false);
    if (!row->has_value()) return Status::failure("store.not_found", "");
    return Status::failure(replay_refusal, "no adapter could translate the item");
  }
  Result<store::QuarantineRow> resolveQuarantined(store::RowId id, const std::string& note,
                                                  const exchange::Caller& caller) override {
    auto row = rows.findQuarantine(id, false);
    if (!row->has_value()) return Status::failure("store.not_found", "");
    (*row)->state = "resolved";
    (*row)->note = note;
    (*row)->closed_by = "operator:" + caller.client;
    return **row;
  }
  Result<std::int64_t> resolveAllQuarantined(const store::QuarantineFilter& filter,
                                             store::RowId up_to, const std::string&,
                                             const exchange::Caller&) override {
    resolved_all = filter;
    resolved_up_to = up_to;
    return 3;
  }
  store::Store& store() override { return rows; }
  transport::AttachmentStore& attachments() override { return files; }
  Status addAttachment(const std::string& sha256, std::int64_t bytes,
                       const std::string& mime) override {
    std::lock_guard lock(rows.mutex);
    rows.attachment_rows.emplace(sha256, store::AttachmentRow{sha256, bytes, mime, {}});
    return {};
  }
  std::shared_ptr<const rules::LawBook> law() override {
    static const auto kBook = rules::LawBook::load("config/law");
    return *kBook;
  }
  Result<exchange::LawReload> reloadLaw(const exchange::Caller&) override {
    return exchange::LawReload{10, 30, 2, 1, 0};
  }
  Status ready() override {
    std::lock_guard lock(mutex);
    return readiness;
  }

 private:
  static std::string sourceId(const std::string& document) {
    auto start = document.find("source_id");
    auto from = document.find_first_of("PQ", start);
    return from == std::string::npos ? "" : document.substr(from, 3);
  }
  exchange::Receipt sampleReceipt() {
    exchange::Receipt receipt;
    receipt.appeal = rows.appeals.at(0);
    receipt.message_id = "019a0c5e-7c1a-7000-8000-00000000000a";
    receipt.destination_name = "Ministry of Finance";
    receipt.record.at = at("2026-03-17T05:00:00Z");
    receipt.record.direction = "in";
    receipt.record.body_sha256 = std::string(64, 'a');
    receipt.proof.path_hex = {std::string(64, 'b'), std::string(64, 'c')};
    receipt.proof.head.size = 3;
    receipt.proof.head.signature = "c2ln";
    return receipt;
  }
  void addSample() {
    store::AppealRow row;
    row.id = 1;
    row.hub_id = "019a0c5e-7c1a-7000-8000-000000000001";
    row.source_system = "portal";
    row.source_id = "P-1";
    row.reg_number = "ЖТ-2026-00000001";
    row.kind = "complaint";
    row.language = "kk";
    row.body_bin = "940140000385";
    row.destination = "minfin";
    row.state = "registered";
    row.received_at = at("2026-03-17T05:00:00Z");
    row.due_date = "2026-04-10";
    rows.appeals.push_back(row);
    row.id = 2;
    row.hub_id = "019a0c5e-7c1a-7000-8000-000000000002";
    row.source_system = "other";
    row.source_id = "Q-1";
    row.reg_number = "ЖТ-2026-00000002";
    row.body_bin = "990140900507";
    rows.appeals.push_back(row);
    store::EventRow event;
    event.appeal = 1;
    event.seq = 1;
    event.type = "registered";
    event.text_kk = "Тіркелді";
    event.text_ru = "Зарегистрировано";
    event.text_en = "Registered";
    rows.event_rows.push_back(event);
    event.seq = 2;
    event.type = "decided";
    event.evidence = "wsse subject=CN=minfin serial=0A1B sha256=5d41";
    rows.event_rows.push_back(event);
    store::ClockRow clock;
    clock.day_kind = "working";
    clock.appeal = 1;
    clock.name = "consider";
    clock.rule_id = "appc.consider";
    clock.due_date = "2026-04-10";
    clock.status = "running";
    clock.explanation = "as stored";
    rows.clock_rows.push_back(clock);
    clock.name = "notify";
    clock.explanation = "only stored";
    rows.clock_rows.push_back(clock);
    store::OutboxRow out;
    out.id = 5;
    out.appeal = 1;
    out.destination = "minfin";
    out.state = store::OutboxState::kDead;
    out.attempts = 2;
    rows.outbox.push_back(out);
    store::AttemptRow attempt;
    attempt.outbox = 5;
    attempt.number = 1;
    attempt.outcome = static_cast<int>(otinish::Outcome::kRetry);
    attempt.code = "transport.timeout";
    rows.attempt_rows.push_back(attempt);
    store::QuarantineRow held;
    held.id = 9;
    held.party = "minfin";
    held.code = "adapter.malformed";
    held.raw = "SECRET RAW CONTENT";
    held.bytes = 18;
    held.state = "open";
    rows.quarantine.push_back(held);
  }
  std::map<std::string, std::pair<std::string, exchange::Receipt>> by_source_;
};

}  // namespace hub::web::testing
