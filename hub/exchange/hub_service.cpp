#include "hub/exchange/hub_service.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include "hub/base/ids.h"
#include "hub/base/log.h"
#include "hub/base/text.h"
#include "hub/exchange/agency.h"
#include "hub/exchange/agency_counts.h"
#include "hub/exchange/cards.h"
#include "hub/exchange/casework.h"
#include "hub/exchange/clock_review.h"
#include "hub/exchange/dispatcher.h"
#include "hub/exchange/event_texts.h"
#include "hub/exchange/explanations.h"
#include "hub/exchange/former_aliases.h"
#include "hub/exchange/inbound.h"
#include "hub/exchange/intake.h"
#include "hub/exchange/likeness.h"
#include "hub/exchange/notices.h"
#include "hub/exchange/pushes.h"
#include "hub/exchange/quarantine.h"
#include "hub/exchange/receipts.h"
#include "hub/exchange/reception.h"
#include "hub/exchange/retry.h"
#include "hub/exchange/sharing.h"
#include "hub/exchange/sub_orders.h"
#include "hub/exchange/transitions.h"
#include "hub/model/codec.h"
#include "hub/rules/law_gaps.h"

namespace hub::exchange {
namespace {

class Implementation final : public HubService {
 public:
  Implementation(ServiceOptions options, store::Store& store,
                 transport::AttachmentStore& attachments, std::shared_ptr<const rules::LawBook> law,
                 std::unique_ptr<model::XsdValidator> schema, const Clock& clock)
      : options_(std::move(options)),
        store_(store),
        attachments_(attachments),
        law_(std::move(law)),
        schema_(std::move(schema)),
        clock_(clock),
        inbound_(options_.limits, options_.identity, &attachments, &law_,
                 {[this](const std::string& alias) { return running_.count(alias) > 0; },
                  options_.node_name}),
        pushes_(store, inbound_, budget_, clock,
                {std::max(1, options_.limits.http_threads_max / 8),
                 std::max(1, options_.limits.http_threads_max / 2)}),
        receipts_(store, law_, options_.limits),
        intake_(store, *schema_, law_, options_.limits, clock, options_.identity,
                options_.node_name),
        reception_(store, law_, options_.limits, clock, options_.node_name,
                   {[this](const std::string& alias) { return running_.count(alias) > 0; },
                    [this](const std::string& alias, store::RowId outbox) {
                      return holdBack(alias, outbox);
                    }}),
        notices_(store, clock, &law_),
        sub_orders_(store, law_, clock),
        casework_(store, law_, options_.limits, clock,
                  {options_.node_name, options_.identity,
                   [this](const std::string& alias) { return running_.count(alias) > 0; },
                   [this](const std::string& body) { return signDecision(body); },
                   [this](const std::string& alias, store::RowId outbox) {
                     return holdBack(alias, outbox);
                   }}),
        likeness_(store, law_, options_.limits, clock),
        sharing_(store, law_, options_.limits, clock),
        quarantine_(store, inbound_, clock,
                    [this](const store::QuarantineRow& row) { return readAgain(row); }) {}
  ~Implementation() override { stop(); }

  Status open(trust::Keyring& keys) {
    if (!options_.journal_key.empty()) {
      trust::ProfileConfig decisions;
      decisions.name = "cms-detached";
      decisions.key = options_.journal_key;
      auto profile = trust::makeProfile(decisions, keys, options_.limits);
      if (!profile) return profile.status();
      decision_profile_ = std::move(*profile);
    }
    if (auto s = renameFormerAliases(store_, options_.agencies); !s) return s;
    auto forgotten = forgottenAliases(store_, options_.agencies);
    if (!forgotten) return forgotten.status();
    for (const auto& use : *forgotten) {
      logWarning("config.alias_without_agency", {{"alias", use.alias}, {"detail", described(use)}});
    }
    auto recovered = store_.recoverInFlight();
    if (!recovered) return recovered.status();
    for (const auto& config : options_.agencies) {
      auto agency = Agency::open(config, keys, attachments_, options_.limits, clock_);
      if (!agency) return agency.status();
      // Of settings that are right; said at the start alone, however often a process of it starts.
      if (const auto remark = (*agency)->adapter().status().remark; !remark.empty()) {
        logWarning("agency.remark", {{"agency", config.adapter.alias}, {"detail", remark}});
      }
      Running running;
      running.agency = std::move(*agency);
      running.dispatcher =
          std::make_unique<Dispatcher>(*running.agency, store_, inbound_, budget_, options_.limits,
                                       clock_, options_.journal_key, options_.node_name);
      running_[config.adapter.alias] = std::move(running);
    }
    for (auto& [alias, running] : running_) running.dispatcher->start();
    const auto law = law_.get();
    if (auto s = keepCalendars(store_, *law); !s) return s;
    // The data may have changed while the hub was down.
    auto reviewed = reviewClocks(*law, "hub");
    if (!reviewed) return reviewed.status();
    for (const auto& body : law->data().bodies) {
      if (!body.alias.empty() && !running_.count(body.alias)) {
        logWarning("config.body_without_agency",
                   {{"alias", body.alias},
                    {"detail", "appeals routed to this body wait: no agency of this alias"}});
      }
    }
    if (auto s = likeness_.start(); !s) return s;
    if (options_.deem_refused) watcher_ = std::thread([this] { watchTerms(); });
    return {};
  }

  void stop() override {
    if (stopped_.exchange(true)) return;
    {
      const std::lock_guard lock(watching_);
      watch_ended_ = true;
    }
    watch_changed_.notify_all();
    if (watcher_.joinable()) watcher_.join();
    likeness_.stop();
    for (auto& [alias, running] : running_) running.dispatcher->askToStop();
    for (auto& [alias, running] : running_) running.dispatcher->stop();
    for (auto& [alias, running] : running_) running.agency->adapter().stop();
  }

  Result<Submitted> submit(const std::string& document, Form form, const Caller& caller) override {
    auto accepted = intake_.accept(document, form, caller);
    if (!accepted) return accepted.status();
    Submitted submitted;
    submitted.created = accepted->created;
    submitted.unknown = std::move(accepted->unknown);
    if (!accepted->created) {
      auto first = receipts_.receiptOf(accepted->appeal);
      if (!first) return first.status();
      submitted.receipt = std::move(*first);
      return submitted;
    }
    if (auto found = running_.find(accepted->appeal.destination); found != running_.end()) {
      found->second.dispatcher->offer(accepted->message_id,
                                      {std::move(accepted->body), accepted->appeal.hub_id,
                                       accepted->appeal.reg_number, accepted->record.body_sha256});
      found->second.dispatcher->wake();
    }
    const auto& row = accepted->appeal;
    likeness_.offer({row.id, std::move(accepted->person), row.topic, row.kato, row.received_at,
                     std::move(accepted->text)});
    auto proof = store_.prove(accepted->journal_position);
    if (!proof) return proof.status();
    submitted.receipt = {std::move(accepted->appeal), std::move(accepted->message_id),
                         std::move(accepted->destination_name), std::move(accepted->record),
                         std::move(*proof)};
    return submitted;
  }

  Result<Receipt> receipt(const std::string& id) override {
    auto appeal = find(id);
    if (!appeal) return appeal.status();
    return receipts_.receiptOf(*appeal);
  }

  Result<Talon> talon(const std::string& id) override {
    auto appeal = find(id);
    if (!appeal) return appeal.status();
    return receipts_.talon(*appeal);
  }

  Result<store::AppealRow> find(const std::string& id) override {
    auto found = isUuid(id) ? store_.findByHubId(id) : store_.findByNumber(cyrillicNumber(id));
    if (!found) return found.status();
    if (!found->has_value()) return Status::failure("store.not_found", "no such appeal");
    return std::move(**found);
  }

  Result<std::string> decisionJson(store::RowId appeal, bool whole) override {
    // What went on to another body is not decided there yet, whatever the one before said.
    auto row = store_.appeal(appeal);
    if (!row) return row.status();
    if (row->decision_outcome.empty()) return std::string();
    auto message = newestOf(appeal, "decision/1");
    if (!message) return message.status();
    if (!message->has_value()) return std::string();
    if (!whole) hideSigners(**message);
    return model::encodePayloadJson(**message);
  }
  Result<std::string> appealJson(store::RowId appeal) override {
    auto message = newestOf(appeal, "appeal/1");
    if (!message) return message.status();
    return message->has_value() ? model::encodePayloadJson(**message) : std::string();
  }

  Result<std::vector<rules::LocalText>> explain(
      const std::vector<store::ClockRow>& clocks) override {
    return explainClocks(store_, *law_.get(), clocks);
  }

  Result<NativeAnswer> agencyPush(const std::string& alias, const std::string& method,
                                  const std::string& target,
                                  const std::vector<otinish::Header>& headers,
                                  const std::string& body) override {
    auto found = running_.find(alias);
    if (found == running_.end()) {
      return Status::failure("exchange.unknown_agency", "no agency of this name");
    }
    Running& running = found->second;
    return pushes_.take(*running.agency, {method, target, headers, body}, *running.dispatcher);
  }

  std::shared_ptr<const rules::LawBook> law() override { return law_.get(); }

  Result<LawReload> reloadLaw(const Caller& caller) override {
    const std::unique_lock alone(reloading_, std::try_to_lock);
    if (!alone.owns_lock()) {
      return Status::failure("exchange.busy_reloading", "the law data is being read anew already");
    }
    auto book = rules::LawBook::load(options_.law_folder);
    if (!book) return book.status();
    // Half a copied folder would bar every action, let anybody be an executor, or move dates already told.
    auto lost = rules::findLost(law_.get()->data(), (*book)->data(), options_.law_folder);
    if (!lost.empty()) return Status(std::move(lost));
    if (auto s = keepCalendars(store_, **book); !s) return s;
    law_.replace(*book);
    logInfo("audit.law_reloaded", {{"client", caller.client}});
    // What was judged by the book before is stored when this is; what comes later is judged by the new one.
    if (auto s = store_.write([](store::Tx&) { return Status(); }); !s) return s;
    return reviewClocks(**book, "operator:" + caller.client);
  }

  std::vector<AgencyStatus> agencies() override {
    std::vector<AgencyStatus> list;
    Instant now = clock_.now();
    for (auto& [alias, running] : running_) {
      AgencyStatus status;
      status.alias = alias;
      const auto& config = running.agency->config().adapter;
      status.adapter_file =
          config.file.empty() && !config.command.empty() ? config.command.back() : config.file;
      status.hosting = config.hosting == hosting::Hosting::kInProcess ? "in-process" : "child";
      status.instance = running.agency->adapter().status();
      status.breaker = running.agency->breakerState(now);
      if (running.agency->collects()) {
        status.collect_breaker = running.agency->breakerState(now, Way::kCollect);
      }
      auto stats = running.agency->stats();
      status.last_success = stats.last_success;
      status.last_failure = stats.last_failure;
      for (const Way way : {Way::kDeliver, Way::kCollect}) {
        const auto& problem = stats.problems[static_cast<int>(way)];
        if (problem.code.empty()) continue;
        status.problems.push_back(
            {way == Way::kCollect ? "collect" : "deliver", problem.code, problem.text, problem.at});
      }
      list.push_back(std::move(status));
    }
    addCounts(store_, counts_, &list);
    addNames(now, &list);
    return list;
  }

  Result<otinish::Answer> probe(const std::string& alias) override {
    auto found = running_.find(alias);
    if (found == running_.end()) {
      return Status::failure("exchange.unknown_agency", "no agency of this name");
    }
    Agency& agency = *found->second.agency;
    if (auto status = agency.checkEndpoints(5'000); !status) {
      otinish::Answer answer;
      answer.outcome = otinish::Outcome::kRetry;
      answer.code = status.error().code;
      answer.text = status.error().text;
      return answer;
    }
    auto answer = agency.adapter().probe(agency.config().deliver_ms_max);
    if (answer.outcome == otinish::Outcome::kDone && answer.text.empty()) {
      answer.text = agency.adapter().status().remark;
    }
    // What was reached, yet does not go on, is no good news.
    if (const auto stats = agency.stats();
        answer.outcome == otinish::Outcome::kDone && !stats.standing_code.empty()) {
      answer.outcome = otinish::Outcome::kRetry;
      answer.code = stats.standing_code;
      answer.text = stats.standing_text;
    }
    return answer;
  }

  Result<AgencyCursors> cursors(const std::string& alias, const Caller& caller) override {
    if (alias.find(':') != alias.npos) {
      return Status::failure("exchange.unknown_agency", "no agency of this name");
    }
    AgencyCursors found;
    const auto running = running_.find(alias);
    if (running != running_.end()) found.adapter = running->second.agency->adapter().about().name;
    auto rows = store_.cursors(alias);
    if (!rows) return rows.status();
    if (rows->empty() && running == running_.end()) {
      return Status::failure("exchange.unknown_agency", "no agency of this name");
    }
    found.rows = std::move(*rows);
    logInfo("audit.cursor_read", {{"client", caller.client}, {"agency", alias}});
    return found;
  }

  Result<int> resetCursors(const std::string& alias, const Caller& caller) override {
    // What is no agency's has a colon.
    if (alias.find(':') != alias.npos) {
      return Status::failure("exchange.unknown_agency", "no agency of this name");
    }
    int forgotten = 0;
    auto status = store_.write([&](store::Tx& tx) -> Status {
      auto removed = tx.removeCursors(alias);
      if (!removed) return removed.status();
      forgotten = *removed;
      return {};
    });
    if (!status) return status;
    if (forgotten == 0 && running_.count(alias) == 0) {
      return Status::failure("exchange.unknown_agency", "no agency of this name");
    }
    logInfo("audit.cursor_reset", {{"client", caller.client},
                                   {"agency", alias},
                                   {"cursors", static_cast<long long>(forgotten)}});
    return forgotten;
  }

  Status retry(store::RowId outbox, const Caller& caller) override {
    auto destination =
        retryDelivery(store_, outbox, caller, clock_,
                      [this](const std::string& alias) { return running_.count(alias) > 0; });
    if (!destination) return destination.status();
    if (auto found = running_.find(*destination); found != running_.end()) {
      found->second.dispatcher->wake();
    }
    return {};
  }

  Result<Routed> route(const std::string& id, const std::string& body, const std::string& reason,
                       const Caller& caller, bool not_received) override {
    auto appeal = find(id);
    if (!appeal) return appeal.status();
    auto routed = reception_.direct(*appeal, {body, reason, not_received}, caller);
    if (routed.ok()) running_.at(routed->appeal.destination).dispatcher->wake();
    return routed;
  }

  Result<Notified> notified(const std::string& id, const std::string& at,
                            const std::string& channel, const Caller& caller, const std::string& of,
                            const std::string& occasion) override {
    auto appeal = find(id);
    if (!appeal) return appeal.status();
    const Notices::Report report{of, at, channel, occasion};
    if (auto s = Notices::mayReport(*law_.get(), *appeal, report, caller); !s) return s;
    return notices_.told(*appeal, report, caller);
  }

  Result<ActionChoices> actions(const std::string& id, const std::string& role) override {
    auto appeal = find(id);
    if (!appeal) return appeal.status();
    return casework_.choices(*appeal, role);
  }

  Result<Acted> act(const std::string& id, const ActionOrder& order,
                    const Caller& caller) override {
    auto appeal = find(id);
    if (!appeal) return appeal.status();
    auto done = casework_.act(*appeal, order, caller);
    if (!done) return done.status();
    for (const auto& alias : done->wake) {
      if (auto found = running_.find(alias); found != running_.end()) {
        found->second.dispatcher->wake();
      }
    }
    return std::move(done->acted);
  }

  Result<SubOrderList> subOrders(const std::string& id, const Caller& caller) override {
    auto appeal = find(id);
    if (!appeal) return appeal.status();
    return sub_orders_.of(*appeal, caller);
  }

  Result<SubOrderList> actOnSubOrder(const std::string& id, std::int64_t number,
                                     const SubOrderOrder& order, const Caller& caller) override {
    auto appeal = find(id);
    if (!appeal) return appeal.status();
    return sub_orders_.act(*appeal, number, order, caller);
  }

  Result<SubOrderPage> openSubOrders(const store::SubOrderFilter& filter, const std::string& after,
                                     int limit) override {
    return sub_orders_.open(filter, after, limit);
  }

  Result<Cards> cards(const store::AppealFilter& filter, const std::string& after, int limit,
                      const std::string& purpose, const Caller& caller) override {
    auto words = operatorWords(purpose, "?purpose");
    if (!words) return words.status();
    auto page = store_.listAppeals(filter, after, limit);
    if (!page) return page.status();
    const auto law = law_.get();
    Cards cards;
    cards.next = std::move(page->next);
    for (const auto& row : page->rows) {
      auto card = cardFor(store_, row, *law, options_.limits);
      if (!card) return card.status();
      cards.rows.push_back(std::move(*card));
    }
    logInfo("audit.cards_read", {{"client", caller.client},
                                 {"purpose", *words},
                                 {"cards", static_cast<long long>(cards.rows.size())}});
    return cards;
  }

  Result<Suggestion> suggestExecutor(const std::string& id) override {
    auto appeal = find(id);
    if (!appeal) return appeal.status();
    return sharing_.suggest(*appeal);
  }
  Result<std::vector<rules::Move>> rebalance(const std::string& body, int moves_max) override {
    return sharing_.rebalance(body, moves_max);
  }

  Result<std::vector<Similar>> similar(const std::string& id) override {
    auto appeal = find(id);
    if (!appeal) return appeal.status();
    auto hints = store_.hints(appeal->id);
    if (!hints) return hints.status();
    std::vector<Similar> list;
    for (auto& hint : *hints) {
      auto other = store_.appeal(hint.appeal == appeal->id ? hint.other : hint.appeal);
      if (!other) return other.status();
      list.push_back({std::move(*other), std::move(hint)});
    }
    return list;
  }

  Result<Similar> judgeSimilar(const std::string& id, const std::string& other,
                               const std::string& verdict, const Caller& caller) override {
    auto appeal = find(id);
    if (!appeal) return appeal.status();
    auto second = find(other);
    if (!second) return Status::failure("store.not_found", "no such appeal", "/other");
    auto hint = likeness_.judge(appeal->id, second->id, verdict, caller);
    if (!hint) return hint.status();
    return Similar{std::move(*second), std::move(*hint)};
  }

  Result<std::string> quarantineRaw(store::RowId id, const Caller& caller) override {
    return quarantine_.raw(id, caller);
  }
  Result<store::QuarantineRow> replayQuarantined(store::RowId id, const Caller& caller) override {
    return quarantine_.replay(id, caller);
  }
  Result<store::QuarantineRow> resolveQuarantined(store::RowId id, const std::string& note,
                                                  const Caller& caller) override {
    return quarantine_.resolve(id, note, caller);
  }
  Result<std::int64_t> resolveAllQuarantined(const store::QuarantineFilter& filter,
                                             store::RowId up_to, const std::string& note,
                                             const Caller& caller) override {
    return quarantine_.resolveAll(filter, up_to, note, caller);
  }

  store::Store& store() override { return store_; }
  transport::AttachmentStore& attachments() override { return attachments_; }
  Status addAttachment(const std::string& sha256, std::int64_t bytes,
                       const std::string& mime) override {
    store::AttachmentRow row{sha256, bytes, mime, clock_.now()};
    return store_.write([&](store::Tx& tx) { return tx.addAttachment(row); });
  }
  Status ready() override {
    auto healthy = store_.healthy();
    // Who asks need not be who looks after the hub: the log tells once that the doors close, and that they open.
    if (open_.exchange(healthy.ok()) != healthy.ok()) {
      if (healthy.ok()) {
        logInfo("intake.open", {});
      } else {
        logError("intake.closed",
                 {{"code", healthy.error().code}, {"detail", healthy.error().text}});
      }
    }
    return healthy;
  }

 private:
  struct Running {
    std::unique_ptr<Agency> agency;
    std::unique_ptr<Dispatcher> dispatcher;
  };

  KeptBack holdBack(const std::string& alias, store::RowId outbox) const {
    const auto found = running_.find(alias);
    return found == running_.end() ? KeptBack::kMaybeSent  // by a process that had its agency
                                   : found->second.dispatcher->holdBack(outbox);
  }

  Result<LawReload> reviewClocks(const rules::LawBook& law, const std::string& actor) {
    ClockReview::Telling telling{options_.node_name, [this](const std::string& destination) {
                                   const auto found = running_.find(destination);
                                   return found != running_.end() &&
                                          found->second.agency->config().tell_term_changes;
                                 }};
    auto done = ClockReview(store_, law, clock_, actor, std::move(telling)).run();
    for (auto& [alias, running] : running_) {
      if (running.agency->config().tell_term_changes) running.dispatcher->wake();
    }
    return done;
  }

  // Terms end at midnight; ten minutes more or less harm nobody.
  void watchTerms() {
    constexpr auto kPause = std::chrono::minutes(10);
    std::unique_lock lock(watching_);
    while (!watch_ended_) {
      lock.unlock();
      auto count = casework_.deemRefusals();
      if (!count) {
        logError("terms.not_watched",
                 {{"code", count.error().code}, {"detail", count.error().text}});
      } else if (*count > 0) {
        logInfo("terms.deemed_refused", {{"appeals", static_cast<long long>(*count)}});
      }
      lock.lock();
      watch_changed_.wait_for(lock, kPause, [this] { return watch_ended_; });
    }
  }

  Result<std::string> signDecision(const std::string& body) {
    if (!decision_profile_) return std::string();
    auto made = decision_profile_->sign(body, {}, clock_.now());
    if (!made) return made.status();
    return toBase64(made->detached);
  }

  // "ZhT-2026-…" as typed on a Latin keyboard is "ЖТ-2026-…" in the register.
  static std::string cyrillicNumber(const std::string& number) {
    if (number.rfind("ZhT-", 0) == 0) return "ЖТ-" + number.substr(4);
    if (number.rfind("ZT-", 0) == 0) return "ЗТ-" + number.substr(3);
    return number;
  }

  Result<std::optional<model::Message>> newestOf(store::RowId appeal, std::string_view type) {
    using Found = std::optional<model::Message>;
    auto newest = store_.newestMessage(appeal, type);
    if (!newest) return newest.status();
    if (!newest->has_value()) return Found();
    auto message = model::decodeXml((*newest)->body, options_.limits);
    if (!message) return message.status();
    return Found(std::move(*message));
  }

  // Who signed for the body is told by `official`; his number, and the certificates in the signatures, are not.
  static void hideSigners(model::Message& message) {
    auto* decision = std::get_if<model::Decision>(&message.payload);
    if (decision == nullptr) return;
    model::Party body;
    body.type = decision->signer.type;
    body.bin = decision->signer.bin;
    body.org_name = decision->signer.org_name;
    body.org_form = decision->signer.org_form;
    decision->signer = std::move(body);
    for (auto& signature : decision->signatures) {
      signature.signer_iin.reset();
      signature.value.reset();
    }
  }

  void addNames(Instant now, std::vector<AgencyStatus>* list) {
    const auto law = law_.get();
    const auto today = toLocal(now, "Asia/Almaty");
    if (!today.ok()) return;
    for (auto& status : *list) {
      if (const auto* body = law->bodyByAlias(status.alias, today->date)) {
        status.name_kk = body->names.kk;
        status.name_ru = body->names.ru;
        status.name_en = body->names.en;
      }
    }
  }

  Result<Quarantine::Reread> readAgain(const store::QuarantineRow& row) {
    auto found = running_.find(row.party);
    if (found == running_.end()) {
      return Status::failure("exchange.unknown_agency", "no agency of this name");
    }
    return pushes_.readAgain(*found->second.agency, row);
  }

  ServiceOptions options_;
  store::Store& store_;
  transport::AttachmentStore& attachments_;
  rules::CurrentLaw law_;
  std::mutex reloading_;
  std::unique_ptr<model::XsdValidator> schema_;
  const Clock& clock_;
  Inbound inbound_;
  KeepBudget budget_;
  Pushes pushes_;
  Receipts receipts_;
  Intake intake_;
  Reception reception_;
  Notices notices_;
  SubOrders sub_orders_;
  Casework casework_;
  Likeness likeness_;
  Sharing sharing_;
  std::unique_ptr<trust::Profile> decision_profile_;
  std::thread watcher_;
  std::mutex watching_;  // guards watch_ended_
  std::condition_variable watch_changed_;
  bool watch_ended_ = false;
  Quarantine quarantine_;
  std::map<std::string, Running> running_;
  std::atomic<bool> stopped_{false};
  std::atomic<bool> open_{true};  // as the log was told
  OutageLog counts_{"counts"};
};

}  // namespace

Result<std::unique_ptr<HubService>> HubService::start(ServiceOptions options, store::Store& store,
                                                      trust::Keyring& keys,
                                                      transport::AttachmentStore& attachments,
                                                      std::shared_ptr<const rules::LawBook> law,
                                                      const Clock& clock) {
  auto schema = model::XsdValidator::load(options.schema_file);
  if (!schema) return schema.status();
  auto service = std::make_unique<Implementation>(std::move(options), store, attachments,
                                                  std::move(law), std::move(*schema), clock);
  if (auto status = service->open(keys); !status) return status;
  return std::unique_ptr<HubService>(std::move(service));
}

}  // namespace hub::exchange
