#include <sqlite3.h>

#include <algorithm>
#include <mutex>
#include <thread>

#include "hub/base/ids.h"
#include "hub/base/log.h"
#include "hub/exchange/cards.h"
#include "hub/exchange/hub_service.h"
#include "hub/exchange/tests/inbound_world.h"

namespace hub::exchange::testing {
namespace {

using store::OutboxState;

class ServiceTest : public World {
 protected:
  void SetUp() override {
    World::SetUp();
    script_->collects = false;
  }
  void TearDown() override {
    if (service_) service_->stop();
  }
  void start(const std::vector<std::string>& aliases = {"minfin", "akimat"}) {
    ServiceOptions options;
    options.schema_file = sourceFile("contracts/appeal/appeal.xsd");
    options.limits = limits_;
    for (const auto& alias : aliases) {
      options.agencies.push_back(scriptedAgency(alias, alias == "minfin" ? script_ : akimat_));
      if (collect_every_ms_ > 0) options.agencies.back().collect_every_ms = collect_every_ms_;
    }
    auto started = HubService::start(options, *store_, *keys_, *attachments_, lawBook(), clock_);
    ASSERT_TRUE(started.ok()) << started.error().text;
    service_ = std::move(*started);
  }
  Result<Submitted> submit(const std::string& source_id) {
    return service_->submit(documentOf(taxAppeal(source_id)), Form::kJson, caller_);
  }
  Result<NativeAnswer> push(const std::string& body = "native") {
    return service_->agencyPush("minfin", "POST", "/events", {}, body);
  }
  // Until the hub stored what became of every delivery. Before that a push may be put off
  // ("exchange.busy"): it may be the answer to one.
  bool waitSettled() {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    for (bool open = true; open && std::chrono::steady_clock::now() < end;) {
      open = false;
      const auto appeals = store_->listAppeals({}, "", 100).value();
      for (const auto& appeal : appeals.rows) {
        const auto rows = store_->outboxOf(appeal.id).value();
        for (const auto& row : rows) {
          open = open || row.state == store::OutboxState::kPending ||
                 row.state == store::OutboxState::kInFlight;
        }
      }
      if (!open) return true;
      std::this_thread::yield();
    }
    return false;
  }
  // Once no delivery to the body that it was sent to is under way.
  Result<Routed> directed(const std::string& hub_id, const std::string& body, bool not_received) {
    for (;;) {
      auto routed = service_->route(hub_id, body, "nobody answers there", caller_, not_received);
      if (routed.ok() || routed.error().code != "exchange.busy") return routed;
      std::this_thread::yield();
    }
  }
  // A body's system tells a status of the appeal.
  static otinish::Inbound statusOf(const std::string& item_id, const std::string& hub_id,
                                   const model::StatusUpdate& status) {
    model::Message message;
    message.payload = status;
    otinish::Inbound item;
    item.item_id = item_id;
    item.type = "status/1";
    item.form = "xml";
    item.correlation_id = hub_id;
    item.body = model::encodePayloadXml(message);
    return item;
  }
  void gaveBack(const std::string& hub_id) {
    model::StatusUpdate refused;
    refused.status = "refused";
    pushGives({statusOf("s-1", hub_id, refused)});
    ASSERT_TRUE(push().ok());
  }
  void pushGives(std::vector<otinish::Inbound> items) {
    script_->on_receive = [items](const otinish::NativeRequest&) {
      auto answer = answerOf(Outcome::kDone);
      answer.items = items;
      answer.native_body = "<ok/>";
      answer.native_type = "application/xml";
      return answer;
    };
  }

  std::unique_ptr<trust::Keyring> keys_ = trust::makeKeyring();
  std::unique_ptr<transport::AttachmentStore> attachments_ =
      transport::openAttachmentFolder(folder_.file("attachments"), limits_);
  std::shared_ptr<Script> script_ = std::make_shared<Script>();
  std::shared_ptr<Script> akimat_ = std::make_shared<Script>();
  std::unique_ptr<HubService> service_;
  std::int64_t collect_every_ms_ = 0;  // 0: as by default
};

TEST_F(ServiceTest, ASubmittedAppealIsDeliveredAndTheReceiptProvesIt) {
  start();
  auto first = submit("a-1");
  ASSERT_TRUE(first.ok()) << first.error().code;
  EXPECT_TRUE(first->created);
  EXPECT_EQ(first->receipt.destination_name, "Ministry of Finance");
  EXPECT_EQ(first->receipt.proof.position, first->receipt.record.position);
  EXPECT_FALSE(first->receipt.proof.head.signature.empty());
  ASSERT_TRUE(script_->waitDelivered(1));
  service_->stop();
  EXPECT_EQ(script_->delivered().front().message_id, first->receipt.message_id);
  EXPECT_EQ(appealNow(first->receipt.appeal.id).state, "assigned");
}

TEST_F(ServiceTest, CardsTellTheCaseAndTheApplicantForAPurpose) {
  start();
  auto first = submit("a-card");
  ASSERT_TRUE(first.ok());
  auto again = submit("a-card-2");
  ASSERT_TRUE(again.ok());
  ASSERT_TRUE(waitSettled());
  pushGives({decisionItem("d-card", first->receipt.appeal.hub_id)});
  ASSERT_TRUE(push().ok());
  EXPECT_EQ(service_->cards({}, "", 10, "", caller_).error().code, "exchange.reason_needed");
  auto cards = service_->cards({}, "", 10, "form 1-OL", caller_);
  ASSERT_TRUE(cards.ok()) << cards.error().text;
  ASSERT_EQ(cards->rows.size(), 2U);
  const auto cell = [&](std::size_t row, std::string_view name) {
    const auto& columns = cardColumns();
    const auto at = std::find(columns.begin(), columns.end(), name) - columns.begin();
    return cards->rows[row].at(static_cast<std::size_t>(at));
  };
  EXPECT_EQ(cell(1, "reg_number"), first->receipt.appeal.reg_number);
  EXPECT_EQ(cell(1, "received"), "2026-03-17");
  EXPECT_EQ(cell(1, "finished"), "2026-03-17");
  EXPECT_EQ(cell(1, "family"), "Үлгібаев");
  EXPECT_EQ(cell(1, "iin"), "850101100012");
  EXPECT_EQ(cell(1, "language_class"), "official");
  EXPECT_EQ(cell(1, "executing_body"), "Министерство финансов");
  EXPECT_EQ(cell(1, "outcome"), "act_favourable");
  EXPECT_EQ(cell(1, "signer"), "Начальник управления");
  EXPECT_EQ(cell(1, "extended"), "no");
  EXPECT_EQ(cell(1, "procedure"), "appeal");
  EXPECT_EQ(cell(1, "accounted"), "yes");
  EXPECT_EQ(cell(1, "taken_in_by"), "door:portal");
  EXPECT_EQ(cell(1, "topics"), "tax");
  EXPECT_EQ(cell(1, "term_start"), "2026-03-17");
  EXPECT_EQ(cell(1, "extensions"), "0");
  EXPECT_EQ(cell(1, "extended_calendar_days"), "");
  EXPECT_EQ(cell(1, "controller_check"), "no");
  EXPECT_EQ(cell(1, "residency"), "") << "an IIN does not tell";
  EXPECT_NE(cell(1, "history").find("received>registered hub ["), std::string::npos)
      << cell(1, "history");
  EXPECT_EQ(cell(0, "finished"), "");
  EXPECT_EQ(cell(0, "topic_section"), "tax");
}

TEST_F(ServiceTest, TheSameAgainGetsTheSameReceipt) {
  start();
  auto first = submit("a-1");
  ASSERT_TRUE(first.ok());
  ASSERT_TRUE(script_->waitDelivered(1));
  auto again = submit("a-1");
  ASSERT_TRUE(again.ok());
  EXPECT_FALSE(again->created);
  const auto& a = first->receipt;
  const auto& b = again->receipt;
  EXPECT_EQ(b.appeal.hub_id, a.appeal.hub_id);
  EXPECT_EQ(b.appeal.reg_number, a.appeal.reg_number);
  EXPECT_EQ(b.appeal.state, a.appeal.state) << "as it was when it was given";
  EXPECT_EQ(b.appeal.due_date, a.appeal.due_date);
  EXPECT_EQ(b.message_id, a.message_id);
  EXPECT_EQ(b.destination_name, a.destination_name);
  EXPECT_EQ(store::journalText(b.record), store::journalText(a.record));
  service_->stop();
  EXPECT_EQ(script_->delivered().size(), 1u) << "and is not delivered again";
}

TEST_F(ServiceTest, AnAppealIsFoundByIdAndNumberInBothAlphabets) {
  start();
  auto submitted = submit("a-1");
  ASSERT_TRUE(submitted.ok());
  auto id = submitted->receipt.appeal.id;
  EXPECT_EQ(service_->find(submitted->receipt.appeal.hub_id)->id, id);
  EXPECT_EQ(service_->find("ЖТ-2026-00000001")->id, id);
  EXPECT_EQ(service_->find("ZhT-2026-00000001")->id, id);
  EXPECT_EQ(service_->find("ZhT-2026-00000002").error().code, "store.not_found");
}

TEST_F(ServiceTest, APushedDecisionEndsTheAppeal) {
  start();
  auto submitted = submit("a-1");
  ASSERT_TRUE(submitted.ok());
  ASSERT_TRUE(script_->waitDelivered(1));
  auto id = submitted->receipt.appeal.id;
  EXPECT_EQ(*service_->decisionJson(id, true), "");
  auto decision = decisionItem("i-1", submitted->receipt.appeal.hub_id);
  amend(decision, [](model::Decision& made) {
    made.signer.type = "person";
    made.signer.iin = "860228200011";
    made.signer.names = model::Names{};
    made.signer.names->family = "Мысалова";
    made.signer.names->given = "Сара";
    made.signatures.front().signer_iin = "860228200011";
    made.signatures.front().value = "Y2VydGlmaWNhdGU=";
  });
  pushGives({decision});
  auto answer = push();
  ASSERT_TRUE(answer.ok()) << answer.error().code;
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "<ok/>");
  EXPECT_EQ(appealNow(id).state, "executed") << "stored before the agency is answered";
  const auto whole = *service_->decisionJson(id, true), shown = *service_->decisionJson(id, false);
  for (const auto& json : {whole, shown}) {
    EXPECT_NE(json.find("act_favourable"), std::string::npos);
  }
  for (const char* of_person : {"860228200011", "Мысалова", "Y2VydGlmaWNhdGU="}) {
    EXPECT_NE(whole.find(of_person), std::string::npos) << of_person;
    EXPECT_EQ(shown.find(of_person), std::string::npos) << of_person;
  }
  EXPECT_NE(shown.find(kMinfinBin), std::string::npos);
  ASSERT_TRUE(push().ok()) << "the same again is answered the same";
  EXPECT_EQ(store_->messages(id, false)->size(), 2u);
}

// The agency decides so quickly that its push comes before the delivery's own answer is stored.
TEST_F(ServiceTest, ADecisionMayOvertakeTheDeliverysOwnAnswer) {
  for (auto outcome : {Outcome::kDone, Outcome::kPending, Outcome::kRetry}) {
    SCOPED_TRACE(static_cast<int>(outcome));
    auto script = script_ = std::make_shared<Script>();
    script->collects = false;
    Gate answered;
    script->on_deliver = [&answered, outcome](const otinish::Message&) {
      EXPECT_TRUE(answered.wait());
      return answerOf(outcome, outcome == Outcome::kRetry ? "transport.lost" : "");
    };
    start();
    auto submitted = submit("a-" + std::to_string(static_cast<int>(outcome)));
    ASSERT_TRUE(submitted.ok());
    auto id = submitted->receipt.appeal.id;
    ASSERT_TRUE(script->waitDelivered(1));
    pushGives({decisionItem("i-" + std::to_string(static_cast<int>(outcome)),
                            submitted->receipt.appeal.hub_id)});
    ASSERT_TRUE(push().ok());
    EXPECT_EQ(appealNow(id).state, "executed");
    answered.open();
    service_->stop();
    EXPECT_EQ(appealNow(id).state, "executed");
    EXPECT_EQ(appealNow(id).decision_outcome, "act_favourable");
    auto row = outboxOf(id);
    EXPECT_EQ(row.state, OutboxState::kDelivered);
    EXPECT_EQ(row.attempts, 1) << "the attempt is on record all the same";
    EXPECT_EQ(clockOf(id, "consider").status, "met");
    EXPECT_EQ(eventTypes(id).back(), "decided");
    EXPECT_TRUE(store_->dueOutbox("minfin", clock_.now() + std::chrono::hours(1), 10)->empty());
    if (outcome != Outcome::kRetry) {
      EXPECT_EQ(clockOf(id, "forward").status, "met");
    }
    service_.reset();
  }
}

TEST_F(ServiceTest, APushThatCannotBeStoredIsNotAcknowledged) {
  start();
  auto submitted = submit("a-1");
  ASSERT_TRUE(submitted.ok());
  ASSERT_TRUE(script_->waitDelivered(1));
  service_->stop();
  service_.reset();
  start();
  pushGives({decisionItem("i-1", submitted->receipt.appeal.hub_id)});
  sealer_.broken = true;
  auto answer = push();
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code, "store.unavailable");
  sealer_.broken = false;
  EXPECT_EQ(appealNow(submitted->receipt.appeal.id).state, "assigned");
  ASSERT_TRUE(push().ok());
  EXPECT_EQ(appealNow(submitted->receipt.appeal.id).state, "executed");
}

TEST_F(ServiceTest, AdapterRefusalsOfAPushBecomeErrors) {
  start();
  script_->on_receive = [](const otinish::NativeRequest&) {
    return answerOf(Outcome::kRejected, "mapping.unknown_operation");
  };
  auto answer = push();
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code, "exchange.push_rejected");
  EXPECT_EQ(service_->agencyPush("nobody", "POST", "/", {}, "").error().code,
            "exchange.unknown_agency");
}

// The mapping was wrong; once it is mended, what was kept runs through the whole way in again.
TEST_F(ServiceTest, APushNobodyCouldReadIsReadAgain) {
  start();
  Caller clerk{"clerk", "", true};
  auto submitted = submit("a-1");
  ASSERT_TRUE(submitted.ok());
  auto appeal = submitted->receipt.appeal;
  script_->on_receive = [](const otinish::NativeRequest&) {
    return answerOf(Outcome::kFault, "adapter.bad_mapping");
  };
  std::string large(100'000, 'x');
  std::vector<otinish::Header> headers{{"Content-Type", "text/xml"}, {"Authorization", "secret"}};
  for (int i = 0; i < 2; ++i) {
    EXPECT_FALSE(service_->agencyPush("minfin", "PUT", "/events?a=b", headers, large).ok());
  }
  auto rows = store_->listQuarantine("minfin", "", 10);
  ASSERT_TRUE(rows.ok());
  ASSERT_EQ(rows->size(), 1u) << "kept once";
  EXPECT_EQ(rows->front().kind, "push");
  EXPECT_EQ(rows->front().code, "adapter.bad_mapping");
  auto id = rows->front().id;
  EXPECT_EQ(store_->findQuarantine(id, true).value()->request->headers, "Content-Type: text/xml\n");

  script_->on_receive = [](const otinish::NativeRequest&) {
    return answerOf(Outcome::kRejected, "adapter.unknown_code");
  };
  EXPECT_EQ(service_->replayQuarantined(id, clerk).error().code, "adapter.unknown_code");
  EXPECT_EQ(store_->findQuarantine(id, false).value()->code, "adapter.unknown_code");
  EXPECT_EQ(store_->findQuarantine(id, false).value()->state, "open");

  std::vector<otinish::NativeRequest> asked;
  script_->on_receive = [&](const otinish::NativeRequest& request) {
    asked.push_back(request);
    auto answer = answerOf(Outcome::kDone);
    answer.items = {decisionItem("i-1", appeal.hub_id)};
    return answer;
  };
  ASSERT_TRUE(script_->waitDelivered(1));
  ASSERT_TRUE(waitSettled());
  auto replayed = service_->replayQuarantined(id, clerk);
  ASSERT_TRUE(replayed.ok()) << replayed.error().code;
  EXPECT_EQ(replayed->state, "resolved");
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(asked[0].method + asked[0].path, "PUT/events?a=b");
  EXPECT_EQ(asked[0].body, large);
  ASSERT_EQ(asked[0].headers.size(), 1u);
  EXPECT_EQ(asked[0].headers[0].value, "text/xml");
  EXPECT_EQ(appealNow(appeal.id).state, "executed");
  EXPECT_EQ(eventOf(appeal.id, "decided").actor, "agency:minfin");

  auto events = eventsOf(appeal.id).size();
  EXPECT_EQ(service_->replayQuarantined(id, clerk).error().code, "exchange.quarantine_closed");
  EXPECT_TRUE(push().ok()) << "the agency sending it again hears that it was taken";
  EXPECT_EQ(eventsOf(appeal.id).size(), events);
}

// The adapter failed for a while: what is kept of it is closed once the agency's next try succeeds.
TEST_F(ServiceTest, APushThatSucceedsLaterClosesWhatWasKeptOfIt) {
  start();
  auto submitted = submit("a-1");
  ASSERT_TRUE(submitted.ok());
  ASSERT_TRUE(script_->waitDelivered(1));
  ASSERT_TRUE(waitSettled());
  for (const char* code : {"adapter.exception", "adapter.exception", "adapter.died"}) {
    script_->on_receive = [code](const otinish::NativeRequest&) {
      return answerOf(Outcome::kFault, code);
    };
    EXPECT_FALSE(push("same").ok());
  }
  EXPECT_FALSE(push("another").ok());
  EXPECT_FALSE(service_->agencyPush("minfin", "POST", "/elsewhere", {}, "same").ok());
  ASSERT_EQ(store_->listQuarantine("minfin", "open", 10)->size(), 4u)
      << "one of each code and request";
  clock_.advance(std::chrono::minutes(1));
  pushGives({decisionItem("i-1", submitted->receipt.appeal.hub_id)});
  ASSERT_TRUE(push("same").ok());
  auto open = store_->listQuarantine("minfin", "open", 10);
  ASSERT_EQ(open->size(), 2u);
  EXPECT_EQ((*open)[0].code, "adapter.died") << "the same to another place is another request";
  EXPECT_EQ(service_->quarantineRaw((*open)[1].id, caller_).value(), "another");
  auto closed = store_->listQuarantine("minfin", "resolved", 10);
  ASSERT_EQ(closed->size(), 2u);
  for (const auto& row : *closed) {
    EXPECT_EQ(row.closed_by, "hub");
    EXPECT_EQ(row.closed_at, clock_.now());
    EXPECT_FALSE(row.note.empty());
  }
}

TEST_F(ServiceTest, APushWithoutNewsThatSucceedsLaterClosesWhatWasKeptOfIt) {
  start();
  auto fault = [](const otinish::NativeRequest&) {
    return answerOf(Outcome::kFault, "adapter.exception");
  };
  script_->on_receive = fault;
  EXPECT_FALSE(push().ok());
  script_->on_receive = [](const otinish::NativeRequest&) {
    return answerOf(Outcome::kRetry, "transport.lost");
  };
  EXPECT_FALSE(push().ok());
  EXPECT_EQ(store_->listQuarantine("minfin", "open", 10)->size(), 1u) << "not taken yet";
  pushGives({});
  ASSERT_TRUE(push().ok());
  EXPECT_EQ(store_->listQuarantine("minfin", "open", 10)->size(), 0u);
}

// Untranslated, the items have no ids of their own: the push they came in is what is known again.
TEST_F(ServiceTest, AnUntranslatedPushThatSucceedsLaterIsClosedUnlessAnItemIsRefused) {
  start();
  auto submitted = submit("a-1");
  ASSERT_TRUE(submitted.ok());
  ASSERT_TRUE(script_->waitDelivered(1));
  ASSERT_TRUE(waitSettled());
  auto hub_id = submitted->receipt.appeal.hub_id;
  otinish::Inbound bad;
  bad.item_id = "sha256:of the whole";
  bad.problem_code = "adapter.unknown_code";
  bad.raw = "<whole/>";
  pushGives({bad});
  ASSERT_TRUE(push().ok());
  auto id = store_->listQuarantine("minfin", "open", 10)->front().id;
  auto wrong = decisionItem("i-2", hub_id, "not_satisfied");
  pushGives({decisionItem("i-1", hub_id), wrong});
  ASSERT_TRUE(push().ok());
  EXPECT_EQ(store_->findQuarantine(id, false).value()->state, "open") << "not all of it was taken";
  pushGives({decisionItem("i-1", hub_id)});
  ASSERT_TRUE(push().ok());
  EXPECT_EQ(store_->findQuarantine(id, false).value()->state, "resolved");
  auto open = store_->listQuarantine("minfin", "open", 10);
  ASSERT_EQ(open->size(), 1u);
  EXPECT_EQ(open->front().item_id, "i-2") << "translated, it has its own life";
}

// An item that the adapter could not translate comes again with the request it came in.
TEST_F(ServiceTest, AnUntranslatedItemOfAPushIsReadAgain) {
  start();
  Caller clerk{"clerk", "", true};
  auto submitted = submit("a-1");
  ASSERT_TRUE(submitted.ok());
  ASSERT_TRUE(script_->waitDelivered(1));
  ASSERT_TRUE(waitSettled());
  auto appeal = submitted->receipt.appeal;
  otinish::Inbound bad;
  bad.item_id = "i-1";
  bad.problem_code = "mapping.unknown_document";
  bad.raw = "<part/>";
  auto wrong = decisionItem("i-2", appeal.hub_id, "not_satisfied");
  pushGives({bad, wrong});
  ASSERT_TRUE(push("<whole><part/></whole>").ok());
  auto rows = store_->listQuarantine("minfin", "open", 10);
  ASSERT_EQ(rows->size(), 2u);
  auto id = rows->back().id;
  ASSERT_EQ(rows->back().item_id, "i-1");
  EXPECT_EQ(service_->quarantineRaw(id, clerk).value(), "<part/>");
  EXPECT_EQ(service_->replayQuarantined(id, clerk).error().code, "exchange.push_rejected");
  script_->on_receive = [&](const otinish::NativeRequest& request) {
    auto answer = answerOf(Outcome::kDone);
    EXPECT_EQ(request.body, "<whole><part/></whole>");
    answer.items = {decisionItem("i-1", appeal.hub_id), wrong};
    return answer;
  };
  auto replayed = service_->replayQuarantined(id, clerk);
  ASSERT_TRUE(replayed.ok()) << replayed.error().code;
  EXPECT_EQ(appealNow(appeal.id).state, "executed");
  EXPECT_EQ(store_->listQuarantine("minfin", "open", 10)->size(), 1u);
}

// What was collected comes back to the adapter that could not translate it.
TEST_F(ServiceTest, ACollectThatGoesOnWithTroubleIsTheAgencysProblem) {
  script_->collects = true;
  std::atomic<bool> stuck{true};
  script_->on_collect = [&](const otinish::CollectRequest& request) {
    auto answer = answerOf(Outcome::kDone, stuck ? "adapter.file_not_moved" : "");
    answer.text = stuck ? "out: 1 files wait for it: transport.refused" : "";
    answer.cursor = request.cursor;
    return answer;
  };
  start();
  const auto probed = [&](Outcome outcome) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (std::chrono::steady_clock::now() < end) {
      if (service_->probe("minfin")->outcome == outcome && !script_->collected().empty()) break;
      std::this_thread::yield();
    }
    return *service_->probe("minfin");
  };
  EXPECT_EQ(probed(Outcome::kRetry).code, "adapter.file_not_moved");
  const auto problems = service_->agencies()[1].problems;
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].code, "adapter.file_not_moved");
  EXPECT_NE(problems[0].text.find("transport.refused"), std::string::npos);
  EXPECT_TRUE(service_->agencies()[1].last_success.has_value()) << "the others went on";
  stuck = false;
  EXPECT_EQ(probed(Outcome::kDone).code, "");
}

TEST_F(ServiceTest, AnUntranslatedCollectedItemIsTranslatedAgain) {
  script_->collects = true;
  script_->translates = true;
  std::atomic<bool> given{false};
  otinish::Inbound bad;
  bad.item_id = "i-1";
  bad.problem_code = "adapter.unknown_code";
  bad.raw = "<native/>";
  script_->on_collect = [&](const otinish::CollectRequest& request) {
    auto answer = answerOf(Outcome::kDone);
    answer.cursor = request.cursor;
    if (!given.exchange(true)) answer.items = {bad};
    return answer;
  };
  start();
  Caller clerk{"clerk", "", true};
  auto submitted = submit("a-1");
  ASSERT_TRUE(submitted.ok());
  ASSERT_TRUE(script_->waitDelivered(1));
  ASSERT_TRUE(waitSettled());
  ASSERT_TRUE(script_->waitCollected(2)) << "so what the first gave is stored";
  auto appeal = submitted->receipt.appeal;
  auto rows = store_->listQuarantine("minfin", "open", 10);
  ASSERT_EQ(rows->size(), 1u);
  auto id = rows->front().id;
  script_->on_receive = [](const otinish::NativeRequest&) {
    return answerOf(Outcome::kRejected, "adapter.bad_mapping");
  };
  EXPECT_EQ(service_->replayQuarantined(id, clerk).error().code, "adapter.bad_mapping");
  EXPECT_EQ(store_->findQuarantine(id, false).value()->state, "open");
  otinish::NativeRequest asked;
  script_->on_receive = [&](const otinish::NativeRequest& request) {
    asked = request;
    auto answer = answerOf(Outcome::kDone);
    answer.items = {decisionItem("i-1", appeal.hub_id)};
    return answer;
  };
  auto replayed = service_->replayQuarantined(id, clerk);
  ASSERT_TRUE(replayed.ok()) << replayed.error().code << replayed.error().text;
  EXPECT_EQ(asked.method + " " + asked.path + " " + asked.body, "TRANSLATE i-1 <native/>");
  EXPECT_EQ(replayed->closed_by, "operator:clerk");
  EXPECT_EQ(appealNow(appeal.id).state, "executed");
  // The agency giving it again, or an operator asking again, changes nothing.
  auto events = eventsOf(appeal.id).size();
  EXPECT_EQ(service_->replayQuarantined(id, clerk).error().code, "exchange.quarantine_closed");
  pushGives({decisionItem("i-1", appeal.hub_id)});
  EXPECT_TRUE(push().ok());
  EXPECT_EQ(eventsOf(appeal.id).size(), events);
  // The method is the hub's own: no agency can ask its adapter so.
  EXPECT_EQ(service_->agencyPush("minfin", "TRANSLATE", "/i-1", {}, "<native/>").error().code,
            "exchange.push_not_allowed");
}

TEST_F(ServiceTest, WhatNobodyCanTranslateAgainSaysWhatToDo) {
  start();
  Caller clerk{"clerk", "", true};
  store::QuarantineRow item{0,  "minfin", "i-1",       clock_.now(), "adapter.unknown_code",
                            "", "",       "<native/>", "open"};
  item.kind = "item";
  item.item = store::QuarantinedItem();
  store::QuarantineRow answer{0,  "minfin", "answer:…", clock_.now(), "adapter.bad_answer",
                              "", "0192…",  "garbage",  "open"};
  answer.kind = "answer";
  auto collected = answer;
  collected.correlation = "";
  auto unsigned_push = answer;
  unsigned_push.kind = "push";
  unsigned_push.code = "trust.signature_missing";
  unsigned_push.raw = "7 bytes";
  unsigned_push.request.reset();
  store::RowId ids[4] = {};
  ASSERT_TRUE(store_
                  ->write([&](store::Tx& tx) -> Status {
                    ids[0] = *tx.addQuarantine(item);
                    ids[1] = *tx.addQuarantine(answer);
                    ids[2] = *tx.addQuarantine(collected);
                    ids[3] = *tx.addQuarantine(unsigned_push);
                    return {};
                  })
                  .ok());
  auto said = service_->replayQuarantined(ids[0], clerk);
  EXPECT_EQ(said.error().code, "exchange.not_replayable");
  EXPECT_EQ(store_->findQuarantine(ids[0], false).value()->code, "adapter.unknown_code");
  said = service_->replayQuarantined(ids[1], clerk);
  EXPECT_EQ(said.error().code, "exchange.deliver_again");
  EXPECT_NE(said.error().text.find("0192…"), std::string::npos);
  said = service_->replayQuarantined(ids[2], clerk);
  EXPECT_EQ(said.error().code, "exchange.not_replayable");
  EXPECT_NE(said.error().text.find("collect"), std::string::npos);
  said = service_->replayQuarantined(ids[3], clerk);
  EXPECT_EQ(said.error().code, "exchange.not_replayable");
  EXPECT_NE(said.error().text.find("no signature"), std::string::npos) << "it was seven bytes";
}

// Two items, one of them wrong: what can be taken is, and nothing twice.
TEST_F(ServiceTest, APartlyRefusedPushStaysOpen) {
  start();
  Caller clerk{"clerk", "", true};
  auto submitted = submit("a-1");
  ASSERT_TRUE(submitted.ok());
  ASSERT_TRUE(script_->waitDelivered(1));
  ASSERT_TRUE(waitSettled());
  auto appeal = submitted->receipt.appeal;
  script_->on_receive = [](const otinish::NativeRequest&) {
    return answerOf(Outcome::kFault, "adapter.bad_mapping");
  };
  EXPECT_FALSE(push().ok());
  auto id = store_->listQuarantine("minfin", "open", 10)->front().id;
  auto unknown = decisionItem("i-2", "");
  unknown.reg_number = "ЖТ-2026-00000002";
  pushGives({decisionItem("i-1", appeal.hub_id), unknown});
  EXPECT_EQ(service_->replayQuarantined(id, clerk).error().code, "exchange.unknown_appeal");
  EXPECT_EQ(appealNow(appeal.id).state, "executed");
  auto events = eventsOf(appeal.id).size();
  auto second = submit("a-2");
  ASSERT_TRUE(script_->waitDelivered(2));
  ASSERT_TRUE(waitSettled());
  ASSERT_TRUE(service_->replayQuarantined(id, clerk).ok());
  EXPECT_EQ(eventsOf(appeal.id).size(), events);
  EXPECT_EQ(appealNow(second->receipt.appeal.id).state, "executed");
}

// APPC 76(3): told within three working days of the extension; 17 March 2026 is a Tuesday.
TEST_F(ServiceTest, TheApplicantIsToldOfAnExtensionOnce) {
  start();
  caller_.roles = {"applicant"};  // as the door gives them to a client that has none
  auto extend = [&](const std::string& source_id) {
    auto submitted = submit(source_id);
    EXPECT_TRUE(submitted.ok());
    auto appeal = submitted->receipt.appeal;
    model::StatusUpdate extended;
    extended.status = "extended";
    extended.until = "2026-05-10";
    pushGives({statusOf(source_id, appeal.hub_id, extended)});
    EXPECT_EQ(service_->notified(appeal.hub_id, formatInstant(clock_.now()), "sms", caller_, "", "")
                  .error()
                  .code,
              "exchange.nothing_to_notify");
    EXPECT_TRUE(push(source_id).ok());
    EXPECT_EQ(clockOf(appeal.id, "extension_notice").status, "running");
    return appeal;
  };
  auto tell = [&](const store::AppealRow& appeal, const std::string& at,
                  const std::string& channel = "sms") {
    auto told = service_->notified(appeal.reg_number, at, channel, caller_, "extension", "");
    return told.ok() ? told->clock.status : told.error().code + told.error().field;
  };
  auto in_time = extend("a-1");
  EXPECT_EQ(tell(in_time, "2026-03-17T05:00:00Z", "pigeon"), "exchange.bad_notice/channel");
  EXPECT_EQ(tell(in_time, "yesterday"), "exchange.bad_notice/at");
  EXPECT_EQ(tell(in_time, "2026-03-16T05:00:00Z"), "exchange.bad_notice/at");
  EXPECT_EQ(tell(in_time, "2026-03-17T05:06:00Z"), "exchange.bad_notice/at");
  auto late = extend("a-2");
  clock_.set(instant("2026-03-27T05:00:00Z"));
  EXPECT_EQ(tell(in_time, "2026-03-20T19:30:00Z"), "missed") << "past midnight in Kazakhstan";
  EXPECT_EQ(clockOf(in_time.id, "extension_notice").status, "missed");
  EXPECT_EQ(tell(late, "2026-03-20T18:30:00+05:00"), "met") << "reported later";
  EXPECT_EQ(clockOf(late.id, "extension_notice").status, "met");
  auto event = eventOf(late.id, "extension_notified");
  EXPECT_EQ(event.actor, "door:portal");
  EXPECT_EQ(event.reason, "sms");
  EXPECT_NE(event.text_kk.find("2026-03-20"), std::string::npos);
  auto events = eventsOf(late.id).size();
  EXPECT_EQ(tell(late, "2026-03-20T18:30:00+05:00"), "exchange.nothing_to_notify");
  EXPECT_EQ(eventsOf(late.id).size(), events);
  EXPECT_EQ(appealNow(late.id).state, "extended");
}

// It ends a term of the law.
TEST_F(ServiceTest, WhoMayReportThatTheApplicantWasToldIsAskedForHisRole) {
  start();
  const auto appeal = submit("a-1")->receipt.appeal;
  Caller caller{"reader", "", false, {}, appeal.body_bin};
  const auto tell = [&](const std::string& of) {
    return service_->notified(appeal.hub_id, formatInstant(clock_.now()), "sms", caller, of, "")
        .status()
        .error();
  };
  for (const char* of : {"", "extension", "forwarding"}) {
    caller.roles = {};
    EXPECT_EQ(tell(of).code, "exchange.role_not_allowed") << of;
    EXPECT_NE(tell(of).text.find("agency, executor, registrar"), std::string::npos)
        << tell(of).text;
    caller.roles = {"head", "controller"};
    EXPECT_EQ(tell(of).code, "exchange.role_not_allowed") << of;
    for (const char* role : {"registrar", "executor", "agency", "applicant"}) {
      caller.roles = {role};
      EXPECT_EQ(tell(of).code, "exchange.nothing_to_notify") << role;
    }
  }
  caller.roles = {};
  EXPECT_EQ(tell("weather").code, "exchange.bad_notice");
  caller.source_system = appeal.source_system;
  EXPECT_EQ(tell("").code, "exchange.nothing_to_notify");
}

TEST_F(ServiceTest, AnOperatorBringsADeadLetterBack) {
  script_->on_deliver = [times = 0](const otinish::Message&) mutable {
    return ++times == 1 ? answerOf(Outcome::kMisconfigured, "adapter.bad_settings")
                        : answerOf(Outcome::kDone);
  };
  start();
  auto submitted = submit("a-1");
  ASSERT_TRUE(submitted.ok());
  auto id = submitted->receipt.appeal.id;
  ASSERT_TRUE(script_->waitDelivered(1));
  service_->stop();
  service_.reset();
  auto row = outboxOf(id);
  ASSERT_EQ(row.state, OutboxState::kDead);
  start();
  Caller operator_caller{"clerk", "", true};
  ASSERT_TRUE(service_->retry(row.id, operator_caller).ok());
  ASSERT_TRUE(script_->waitDelivered(2));
  service_->stop();
  EXPECT_EQ(outboxOf(id).state, OutboxState::kDelivered);
  EXPECT_EQ(outboxOf(id).attempts, 2);
  EXPECT_EQ(eventOf(id, "retry_requested").actor, "operator:clerk");
  auto delivered = script_->delivered();
  EXPECT_EQ(delivered[0].message_id, delivered[1].message_id);
  EXPECT_EQ(service_->retry(row.id, operator_caller).error().code, "exchange.not_retryable");
  EXPECT_EQ(service_->retry(999, operator_caller).error().code, "store.not_found");
}

// Taken by the agency's queue and never answered: delivered again, it is the same message.
TEST_F(ServiceTest, AnOverdueDeliveryIsTriedAgainAsTheSameMessage) {
  script_->on_deliver = [](const otinish::Message&) { return answerOf(Outcome::kPending); };
  start();
  auto submitted = submit("a-1");
  ASSERT_TRUE(submitted.ok());
  auto id = submitted->receipt.appeal.id;
  ASSERT_TRUE(script_->waitDelivered(1));
  service_->stop();
  service_.reset();
  Caller clerk{"clerk", "", true};
  clock_.advance(std::chrono::hours(24 * 10));
  start();
  // The loops look once they start; what they find is stored before the second delivery.
  ASSERT_TRUE(submit("a-2").ok());
  ASSERT_TRUE(script_->waitDelivered(2));
  service_->stop();
  service_.reset();
  ASSERT_TRUE(hasEvent(id, "answer_overdue"));
  start();
  auto list = service_->agencies();
  EXPECT_EQ(list[1].alias, "minfin");
  EXPECT_EQ(list[1].overdue, 1);
  EXPECT_EQ(list[1].awaiting, 2);
  EXPECT_EQ(service_->retry(outboxOf(id).id + 1, clerk).error().code, "exchange.not_retryable")
      << "the second one is in time";
  ASSERT_TRUE(service_->retry(outboxOf(id).id, clerk).ok());
  ASSERT_TRUE(script_->waitDelivered(3));
  service_->stop();
  auto delivered = script_->delivered();
  EXPECT_EQ(delivered[2].message_id, delivered[0].message_id);
  EXPECT_EQ(delivered[2].attempt, 2);
  auto row = outboxOf(id);
  EXPECT_EQ(row.state, OutboxState::kAwaiting);
  EXPECT_FALSE(row.escalated) << "a new wait";
  EXPECT_EQ(row.last_code, "");
  EXPECT_EQ(clockOf(id, "forward").status, "running") << "the body has it, and says nothing";
  EXPECT_EQ(store_->outboxOf(id)->size(), 1u);
}

TEST_F(ServiceTest, ARefusedAppealTriedAgainIsOnItsWayAgain) {
  script_->on_deliver = [times = 0](const otinish::Message&) mutable {
    return ++times == 1 ? answerOf(Outcome::kRejected, "agency.not_ours")
                        : answerOf(Outcome::kDone);
  };
  start();
  auto submitted = submit("a-1");
  ASSERT_TRUE(submitted.ok());
  auto id = submitted->receipt.appeal.id;
  ASSERT_TRUE(script_->waitDelivered(1));
  service_->stop();
  service_.reset();
  ASSERT_EQ(appealNow(id).state, "awaiting_routing");
  clock_.advance(std::chrono::hours(1));
  start();
  ASSERT_TRUE(service_->retry(outboxOf(id).id, caller_).ok());
  ASSERT_TRUE(script_->waitDelivered(2));
  service_->stop();
  EXPECT_EQ(appealNow(id).state, "assigned");
  auto event = eventOf(id, "retry_requested");
  EXPECT_EQ(event.from_state, "awaiting_routing");
  EXPECT_EQ(event.to_state, "routed");
}

// A subject that no body of the register is competent for.
model::Appeal strayAppeal(const std::string& source_id) {
  auto appeal = taxAppeal(source_id);
  appeal.topic.front().section = "other";
  return appeal;
}

TEST_F(ServiceTest, AClerkDirectsAnAppealOfTheReceptionDesk) {
  start();
  auto submitted = service_->submit(documentOf(strayAppeal("r-1")), Form::kJson, caller_);
  ASSERT_TRUE(submitted.ok()) << submitted.error().code;
  auto id = submitted->receipt.appeal.id;
  ASSERT_EQ(appealNow(id).state, "awaiting_routing");
  ASSERT_TRUE(store_->outboxOf(id)->empty());
  clock_.advance(std::chrono::hours(24));
  Caller clerk{"clerk", "", true};
  auto routed = service_->route("ZhT-2026-00000001", kMinfinBin,
                                "про налог, тел. +7 701 123 45 67, ИИН 850101100012", clerk);
  ASSERT_TRUE(routed.ok()) << routed.error().code;
  EXPECT_EQ(routed->appeal.state, "routed");
  EXPECT_EQ(routed->appeal.destination, "minfin");
  EXPECT_EQ(routed->appeal.body_bin, kMinfinBin);
  EXPECT_EQ(routed->name_en, "Ministry of Finance");
  ASSERT_TRUE(script_->waitDelivered(1));
  service_->stop();
  EXPECT_EQ(appealNow(id).state, "assigned");
  std::vector<std::string> forward;
  for (const auto& row : clocksOf(id)) {
    if (row.name == "forward") forward.push_back(row.due_date + " " + row.status);
  }
  EXPECT_EQ(forward, (std::vector<std::string>{"2026-03-20 met", "2026-03-26 running"}))
      << "one day of the desk's three, and the body's own";
  auto events = eventsOf(id);
  auto event =
      *std::find_if(events.begin(), events.end(), [](const auto& e) { return e.type == "routed"; });
  EXPECT_EQ(event.actor, "operator:clerk");
  EXPECT_EQ(event.from_state, "awaiting_routing");
  EXPECT_NE(event.text_ru.find("Основание: про налог"), std::string::npos);
  EXPECT_EQ(event.text_ru.find("850101100012"), std::string::npos);
  auto delivered = script_->delivered().front();
  EXPECT_EQ(delivered.message_id, routed->message_id);
  EXPECT_NE(delivered.message_id, submitted->receipt.message_id)
      << "another document: it names the body";
  auto message = model::decodeXml(delivered.body, limits_);
  ASSERT_TRUE(message.ok());
  const auto& document = std::get<model::Appeal>(message->payload);
  EXPECT_EQ(message->envelope.to, "minfin");
  EXPECT_EQ(message->envelope.causation_id, submitted->receipt.message_id);
  ASSERT_TRUE(document.competent_body.has_value());
  EXPECT_EQ(document.competent_body->bin, kMinfinBin);
  EXPECT_EQ(document.reg_number, "ЖТ-2026-00000001");
  model::ValidateOptions options{model::Profile::kCanonical, model::IdentityCheck::kStrict,
                                 clock_.now()};
  EXPECT_TRUE(model::validate(*message, options, limits_).empty());
  auto again = service_->receipt(routed->appeal.hub_id);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->appeal.state, "awaiting_routing") << "a receipt says what was so then";
  EXPECT_EQ(again->appeal.body_bin, "");
  auto twice = service_->route(routed->appeal.hub_id, "akimat", "once more", clerk);
  EXPECT_EQ(twice.error().code, "exchange.not_routable");
  EXPECT_NE(twice.error().text.find("65(1)"), std::string::npos);
  EXPECT_NE(twice.error().text.find("assigned"), std::string::npos);
}

TEST_F(ServiceTest, DirectingIsRefusedWithItsReason) {
  start();
  auto submitted = service_->submit(documentOf(strayAppeal("r-1")), Form::kJson, caller_);
  ASSERT_TRUE(submitted.ok());
  auto hub_id = submitted->receipt.appeal.hub_id;
  auto code = [&](const std::string& id, const std::string& body, const std::string& reason) {
    auto routed = service_->route(id, body, reason, caller_);
    return routed.ok() ? std::string() : routed.error().code;
  };
  EXPECT_EQ(code("ZhT-2026-00000009", "minfin", "x"), "store.not_found");
  EXPECT_EQ(code(hub_id, "nobody", "x"), "exchange.unknown_body");
  EXPECT_EQ(code(hub_id, "zher", "x"), "exchange.body_not_connected");
  EXPECT_EQ(code(hub_id, "minfin", " "), "exchange.reason_needed");
  EXPECT_EQ(code(hub_id, "minfin", "a\nb"), "exchange.reason_needed");
  EXPECT_EQ(code(hub_id, "minfin", std::string(501, 'x')), "exchange.reason_needed");
  EXPECT_EQ(appealNow(submitted->receipt.appeal.id).state, "awaiting_routing");
  EXPECT_EQ(eventTypes(submitted->receipt.appeal.id).back(), "awaiting_routing");
}

TEST_F(ServiceTest, WhatABodyRefusedIsDirectedToAnother) {
  script_->on_deliver = [times = 0](const otinish::Message&) mutable {
    return ++times == 1 ? answerOf(Outcome::kRejected, "agency.not_ours")
                        : answerOf(Outcome::kDone);
  };
  akimat_->on_deliver = [](const otinish::Message&) {
    return answerOf(Outcome::kRejected, "agency.not_ours");
  };
  start();
  auto submitted = submit("a-1");
  ASSERT_TRUE(submitted.ok());
  auto id = submitted->receipt.appeal.id;
  auto waitRefused = [&](std::shared_ptr<Script> script) {
    ASSERT_TRUE(script->waitDelivered(1));
    service_->stop();
    service_.reset();
    ASSERT_EQ(appealNow(id).state, "awaiting_routing");
    start();
  };
  waitRefused(script_);
  Caller clerk{"clerk", "", true};
  auto first = service_->route(submitted->receipt.appeal.hub_id, "akimat", "local", clerk);
  ASSERT_TRUE(first.ok()) << first.error().code;
  waitRefused(akimat_);
  auto rows = *store_->outboxOf(id);
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(clockOf(id, "forward").status, "running") << "nobody has it yet";
  store::OutboxRow withdrawal;
  withdrawal.message_id = newUuid7(clock_.now());
  withdrawal.destination = "minfin";
  withdrawal.appeal = id;
  withdrawal.type = "withdrawal/1";
  withdrawal.state = OutboxState::kDead;
  auto added = store_->write([&](store::Tx& tx) -> Status {
    auto row = tx.addOutbox(withdrawal);
    if (row.ok()) withdrawal.id = *row;
    return row.status();
  });
  ASSERT_TRUE(added.ok());
  EXPECT_EQ(service_->retry(withdrawal.id, clerk).error().code, "exchange.not_retryable")
      << "minfin is out of it";
  ASSERT_TRUE(store_
                  ->write([&](store::Tx& tx) {
                    withdrawal.state = OutboxState::kRejected;
                    return tx.updateOutbox(withdrawal);
                  })
                  .ok());
  auto back = service_->route(submitted->receipt.appeal.hub_id, "minfin", "a mistake", clerk);
  ASSERT_TRUE(back.ok()) << back.error().code;
  EXPECT_EQ(back->outbox, rows[0].id);
  EXPECT_EQ(service_->retry(rows[1].id, clerk).error().code, "exchange.not_retryable")
      << "the akimat is out of it";
  ASSERT_TRUE(script_->waitDelivered(2));
  service_->stop();
  auto delivered = script_->delivered();
  EXPECT_EQ(delivered[0].message_id, delivered[1].message_id) << "it knows the case";
  EXPECT_EQ(appealNow(id).state, "assigned");
  EXPECT_EQ(store_->outboxOf(id)->size(), 3u);
}

// Nobody answers at the body's system: what it cannot have got goes elsewhere, and to it no more.
TEST_F(ServiceTest, WhatNeverReachedItsBodyIsDirectedToAnother) {
  limits_.retry_ms_first = 60'000;
  script_->on_deliver = [](const otinish::Message&) {
    return answerOf(Outcome::kRetry, "transport.unreachable");
  };
  start();
  auto submitted = submit("a-1");
  ASSERT_TRUE(submitted.ok());
  const auto id = submitted->receipt.appeal.id;
  const auto hub_id = submitted->receipt.appeal.hub_id;
  ASSERT_TRUE(script_->waitDelivered(1));
  ASSERT_TRUE(waitSettled());
  ASSERT_EQ(service_->route(hub_id, "minfin", "x", caller_).error().code, "exchange.not_routable")
      << "it is on its way there";
  const auto routed = directed(hub_id, "akimat", false);
  ASSERT_TRUE(routed.ok()) << routed.error().code;
  EXPECT_EQ(routed->appeal.destination, "akimat");
  EXPECT_EQ(routed->appeal.state, "routed");
  EXPECT_EQ(routed->appeal.due_date, submitted->receipt.appeal.due_date)
      << "the term runs since the registration: no body has had it";
  ASSERT_TRUE(akimat_->waitDelivered(1));
  ASSERT_TRUE(waitSettled());
  const auto rows = *store_->outboxOf(id);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].state, OutboxState::kRejected);
  EXPECT_EQ(rows[0].last_code, "exchange.directed_elsewhere");
  EXPECT_EQ(service_->retry(rows[0].id, caller_).error().code, "exchange.not_retryable");
  EXPECT_EQ(appealNow(id).state, "assigned");
  EXPECT_EQ(service_->route(hub_id, "minfin", "x", caller_, true).error().code,
            "exchange.not_routable")
      << "the akimat has it";
  const auto events = eventsOf(id);
  EXPECT_TRUE(std::any_of(events.begin(), events.end(), [](const auto& event) {
    return event.type == "routed" && event.from_state == "routed" && event.reason == "operator";
  }));
}

// A setting is wrong, no process of the adapter was free, or the files that go before it are still on their way.
TEST_F(ServiceTest, WhatNobodySentIsDirectedToAnotherWithoutAsking) {
  limits_.retry_ms_first = 60'000;
  Answer says;
  script_->on_deliver = [&](const otinish::Message&) { return says; };
  start();
  std::size_t sent = 0;
  for (const auto& [outcome, code] : std::vector<std::pair<Outcome, const char*>>{
           {Outcome::kMisconfigured, "adapter.bad_setting"},
           {Outcome::kRetry, "hosting.busy"},
           {Outcome::kRetry, "adapter.files_go_on"}}) {
    says = answerOf(outcome, code);
    auto submitted = submit(std::string("a-") + code);
    ASSERT_TRUE(submitted.ok());
    ASSERT_TRUE(script_->waitDelivered(++sent));
    ASSERT_TRUE(waitSettled());
    const auto routed = directed(submitted->receipt.appeal.hub_id, "akimat", false);
    EXPECT_TRUE(routed.ok()) << code << ": " << routed.error().code;
  }
}

// Its system opened the case, and went down before the files came: a person hands them over.
TEST_F(ServiceTest, WhatHasACaseAtItsBodyIsNotDirectedToAnother) {
  limits_.retry_ms_first = 60'000;
  script_->on_deliver = [](const otinish::Message&) {
    auto answer = answerOf(Outcome::kRetry, "transport.unreachable");
    answer.external_id = "MF-9";
    return answer;
  };
  start();
  auto submitted = submit("a-1");
  ASSERT_TRUE(submitted.ok());
  ASSERT_TRUE(script_->waitDelivered(1));
  ASSERT_TRUE(waitSettled());
  const auto refused = directed(submitted->receipt.appeal.hub_id, "akimat", true);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, "exchange.not_routable");
}

// The ministry had it and gave it back, the akimat was never reached: the committee's days run from its arrival.
TEST_F(ServiceTest, WhatNeverReachedTheSecondBodyBeginsAnewAtTheThird) {
  limits_.retry_ms_first = 600'000'000;
  limits_.retry_ms_max = 600'000'000;
  script_->on_deliver = [](const otinish::Message&) {
    return answerOf(Outcome::kRejected, "agency.not_ours");
  };
  akimat_->on_deliver = [](const otinish::Message&) {
    return answerOf(Outcome::kRetry, "transport.unreachable");
  };
  start({"minfin", "akimat", "zher"});
  auto submitted = submit("a-1");
  ASSERT_TRUE(submitted.ok());
  const auto id = submitted->receipt.appeal.id;
  const auto hub_id = submitted->receipt.appeal.hub_id;
  ASSERT_TRUE(script_->waitDelivered(1));
  ASSERT_TRUE(waitSettled());
  ASSERT_TRUE(service_->route(hub_id, "akimat", "its place", caller_).ok());
  ASSERT_TRUE(akimat_->waitDelivered(1));
  ASSERT_TRUE(waitSettled());
  const auto due = appealNow(id).due_date;
  clock_.advance(std::chrono::hours(10 * 24));
  const auto routed = directed(hub_id, "zher", false);
  ASSERT_TRUE(routed.ok()) << routed.error().code;
  EXPECT_GT(routed->appeal.due_date, due);
  std::vector<std::string> terms;
  for (const auto& clock : clocksOf(id)) {
    if (clock.name == "consider") terms.push_back(clock.status);
  }
  ASSERT_EQ(terms.size(), 3U);
  EXPECT_EQ(terms[1], "cancelled") << "the akimat never had it";
  EXPECT_EQ(terms[2], "running");
}

// A second case could come of it: the clerk asks the body first.
TEST_F(ServiceTest, WhatMayHaveReachedItsBodyIsDirectedOnlyOnItsWord) {
  limits_.retry_ms_first = 60'000;
  script_->on_deliver = [](const otinish::Message&) {
    return answerOf(Outcome::kRetry, "transport.timeout");
  };
  start();
  auto submitted = submit("a-1");
  ASSERT_TRUE(submitted.ok());
  const auto hub_id = submitted->receipt.appeal.hub_id;
  ASSERT_TRUE(script_->waitDelivered(1));
  ASSERT_TRUE(waitSettled());
  const auto refused = directed(hub_id, "akimat", false);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, "exchange.maybe_received");
  EXPECT_NE(refused.error().text.find("transport.timeout"), std::string::npos);
  const auto routed = directed(hub_id, "akimat", true);
  ASSERT_TRUE(routed.ok()) << routed.error().code;
  EXPECT_EQ(store_->outboxOf(submitted->receipt.appeal.id)->front().state, OutboxState::kRejected);
}

// The refusal is of the second try; what became of the first one nobody knows.
TEST_F(ServiceTest, WhatWasRefusedAfterATryWithoutAnAnswerIsDirectedOnlyOnItsWord) {
  limits_.retry_ms_first = limits_.retry_ms_max = 0;
  script_->on_deliver = [times = 0](const otinish::Message&) mutable {
    return ++times == 1     ? answerOf(Outcome::kRetry, "transport.timeout")
           : times % 2 == 0 ? answerOf(Outcome::kRejected, "agency.not_ours")
                            : answerOf(Outcome::kRetry, "transport.unreachable");
  };
  start();
  auto submitted = submit("a-1");
  ASSERT_TRUE(submitted.ok());
  const auto id = submitted->receipt.appeal.id;
  const auto hub_id = submitted->receipt.appeal.hub_id;
  ASSERT_TRUE(script_->waitDelivered(2));
  const auto waitRefused = [&] {
    while (appealNow(id).state != "awaiting_routing") std::this_thread::yield();
  };
  waitRefused();
  const auto refused = directed(hub_id, "akimat", false);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, "exchange.maybe_received");
  EXPECT_NE(refused.error().text.find("transport.timeout"), std::string::npos);
  ASSERT_TRUE(directed(hub_id, "minfin", false).ok()) << "the same message: no second case";
  ASSERT_TRUE(script_->waitDelivered(4));
  waitRefused();
  EXPECT_EQ(directed(hub_id, "akimat", false).error().code, "exchange.maybe_received");
  EXPECT_TRUE(directed(hub_id, "akimat", true).ok());

  auto other = submit("a-2");  // not reached, then refused
  ASSERT_TRUE(other.ok());
  ASSERT_TRUE(script_->waitDelivered(6));
  while (appealNow(other->receipt.appeal.id).state != "awaiting_routing") {
    std::this_thread::yield();
  }
  EXPECT_TRUE(directed(other->receipt.appeal.hub_id, "akimat", false).ok());
}

// Nothing was sent: there was no translation for it.
TEST_F(ServiceTest, WhatCouldNotBeTranslatedIsRefusedByNobodyAndDirectedElsewhere) {
  script_->on_deliver = [](const otinish::Message&) {
    return answerOf(Outcome::kUnsupported, "adapter.mapping_failed");
  };
  start();
  auto submitted = submit("a-1");
  ASSERT_TRUE(submitted.ok());
  const auto id = submitted->receipt.appeal.id;
  ASSERT_TRUE(script_->waitDelivered(1));
  ASSERT_TRUE(waitSettled());
  EXPECT_EQ(outboxOf(id).state, OutboxState::kDead);
  EXPECT_EQ(appealNow(id).state, "routed");
  EXPECT_EQ(eventTypes(id).back(), "delivery_failed");
  EXPECT_EQ(service_->agencies().back().rejected, 0);
  EXPECT_TRUE(directed(submitted->receipt.appeal.hub_id, "akimat", false).ok());
}

// The section of a body is taken out of hub.yaml while messages to it are open.
TEST_F(ServiceTest, WhatWaitsForAnAgencyThatIsNotConfiguredIsSeenAndSentElsewhere) {
  limits_.retry_ms_first = 60'000;
  script_->on_deliver = [](const otinish::Message&) {
    return answerOf(Outcome::kRetry, "transport.unreachable");
  };
  start();
  auto submitted = submit("a-1");
  ASSERT_TRUE(submitted.ok());
  const auto id = submitted->receipt.appeal.id;
  const auto hub_id = submitted->receipt.appeal.hub_id;
  ASSERT_TRUE(script_->waitDelivered(1));
  ASSERT_TRUE(waitSettled());
  service_->stop();
  service_.reset();
  clock_.advance(std::chrono::hours(1));
  start({"akimat"});
  const auto agencies = service_->agencies();
  ASSERT_EQ(agencies.size(), 2U);
  EXPECT_TRUE(agencies[0].configured);
  EXPECT_EQ(agencies[1].alias, "minfin");
  EXPECT_FALSE(agencies[1].configured);
  EXPECT_EQ(*agencies[1].waiting + *agencies[1].retrying, 1);
  EXPECT_EQ(agencies[1].name_en, "Ministry of Finance");
  EXPECT_EQ(service_->retry(outboxOf(id).id, caller_).error().code, "exchange.body_not_connected")
      << "nobody would try it";
  EXPECT_EQ(service_->route(hub_id, "akimat", "gone", caller_).error().code,
            "exchange.maybe_received")
      << "the process before may have died while it sent it";
  ASSERT_TRUE(service_->route(hub_id, "akimat", "gone", caller_, true).ok());
  EXPECT_EQ(service_->agencies().size(), 1U) << "nothing waits for it any more";
}

TEST_F(ServiceTest, WhatWaitsForAPersonIsCounted) {
  script_->on_deliver = [](const otinish::Message&) {
    return answerOf(Outcome::kRejected, "agency.not_ours");
  };
  script_->on_receive = [](const otinish::NativeRequest&) {
    return answerOf(Outcome::kFault, "adapter.exception");
  };
  start();
  auto submitted = submit("a-1");
  ASSERT_TRUE(submitted.ok());
  ASSERT_TRUE(script_->waitDelivered(1));
  ASSERT_TRUE(waitSettled());
  EXPECT_FALSE(push().ok());
  const auto minfin = [&] { return service_->agencies().back(); };
  ASSERT_EQ(minfin().alias, "minfin");
  EXPECT_EQ(minfin().rejected, 1);
  EXPECT_EQ(minfin().quarantined, 1);
  EXPECT_EQ(minfin().nobodys, 0);
  ASSERT_EQ(minfin().problems.size(), 1U);
  EXPECT_EQ(minfin().problems[0].code, "agency.not_ours");
  // Directed to another body, and its kept message closed, it waits for nobody.
  ASSERT_TRUE(service_->route(submitted->receipt.appeal.hub_id, "akimat", "local", caller_).ok());
  store::QuarantineFilter none;
  EXPECT_EQ(service_->resolveAllQuarantined(none, 9, "x", caller_).error().code,
            "exchange.bad_input");
  none.code = "adapter.exception";
  EXPECT_EQ(service_->resolveAllQuarantined(none, 9, "", caller_).error().code,
            "exchange.reason_needed");
  const auto seen = store_->listQuarantine("minfin", "open", 10)->front().id;
  EXPECT_EQ(service_->resolveAllQuarantined(none, 0, "mended", caller_).error().code,
            "exchange.bad_input");
  EXPECT_FALSE(push("another").ok());
  EXPECT_EQ(service_->resolveAllQuarantined(none, seen, "mended", caller_).value(), 1);
  EXPECT_EQ(service_->resolveAllQuarantined(none, seen, "mended", caller_).value(), 0);
  ASSERT_EQ(minfin().quarantined, 1) << "what came after the look stays open";
  EXPECT_EQ(service_->resolveAllQuarantined(none, seen + 1, "mended", caller_).value(), 1);
  EXPECT_EQ(minfin().rejected, 0);
  EXPECT_EQ(minfin().quarantined, 0);
}

// What is logged from several threads while a test listens.
std::mutex log_mutex;
std::vector<std::string> log_lines;

void listenToTheLog() {
  setLogSink([](std::string_view line) {
    const std::lock_guard lock(log_mutex);
    log_lines.emplace_back(line);
  });
  const std::lock_guard lock(log_mutex);
  log_lines.clear();
}
std::vector<std::string> whatTheLogSaid() {
  setLogSink(nullptr);
  const std::lock_guard lock(log_mutex);
  return log_lines;
}

TEST_F(ServiceTest, WhatCannotBeCountedIsUnknownAndToldOnceInTheLog) {
  start();
  ASSERT_TRUE(submit("a-1").ok());
  ASSERT_TRUE(script_->waitDelivered(1));
  ASSERT_TRUE(waitSettled());
  EXPECT_EQ(service_->agencies().back().rejected, 0);
  const auto run = [&](const char* sql) {
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open(folder_.file("hub.db").c_str(), &db), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(db, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(db);
    sqlite3_close(db);
  };
  run("DROP INDEX outbox_rejected");
  listenToTheLog();
  for (int i = 0; i < 3; ++i) {
    for (const auto& agency : service_->agencies()) {
      EXPECT_EQ(agency.rejected, std::nullopt) << "it is not known to be none";
      EXPECT_FALSE(agency.not_counted.empty());
      EXPECT_EQ(agency.quarantined, 0) << "the others are known";
      EXPECT_EQ(agency.dead, 0);
    }
  }
  const auto lines = whatTheLogSaid();
  EXPECT_EQ(std::count_if(
                lines.begin(), lines.end(),
                [](const auto& line) { return line.find("counts.missing") != std::string::npos; }),
            1);
}

TEST_F(ServiceTest, WhatAnAdapterSaysOfItsSettingsIsToldAtTheStartAndByTheProbe) {
  script_->remark = "order is not set and is modified";
  listenToTheLog();
  start();
  const auto lines = whatTheLogSaid();
  EXPECT_EQ(std::count_if(lines.begin(), lines.end(),
                          [](const auto& line) {
                            return line.find("agency.remark") != std::string::npos &&
                                   line.find("order is not set") != std::string::npos;
                          }),
            1);
  EXPECT_EQ(service_->probe("minfin")->text, "order is not set and is modified");
  EXPECT_EQ(service_->probe("minfin")->outcome, Outcome::kDone);
}

// The trouble of a way is over when the same way goes well; its time stays.
TEST_F(ServiceTest, TheLastProblemEndsWithTheNextSuccess) {
  script_->on_deliver = [times = 0](const otinish::Message&) mutable {
    return ++times == 1 ? answerOf(Outcome::kRejected, "agency.not_ours")
                        : answerOf(Outcome::kDone);
  };
  start();
  ASSERT_TRUE(submit("a-1").ok());
  ASSERT_TRUE(script_->waitDelivered(1));
  ASSERT_TRUE(waitSettled());
  ASSERT_EQ(service_->agencies().back().problems.size(), 1U);
  EXPECT_EQ(service_->agencies().back().problems[0].code, "agency.not_ours");
  ASSERT_TRUE(submit("a-2").ok());
  ASSERT_TRUE(script_->waitDelivered(2));
  ASSERT_TRUE(waitSettled());
  EXPECT_TRUE(service_->agencies().back().problems.empty());
  EXPECT_TRUE(service_->agencies().back().last_failure.has_value());
}

TEST_F(ServiceTest, AProblemOfOneWayIsNotMendedByTheOther) {
  collect_every_ms_ = 5;
  script_->collects = true;
  script_->on_deliver = [times = 0](const otinish::Message&) mutable {
    return ++times == 1 ? answerOf(Outcome::kRejected, "agency.not_ours")
                        : answerOf(Outcome::kDone);
  };
  std::atomic<bool> down{false};
  script_->on_collect = [&](const otinish::CollectRequest& request) {
    auto answer = down ? answerOf(Outcome::kRejected, "agency.no_list") : answerOf(Outcome::kDone);
    answer.cursor = request.cursor;
    return answer;
  };
  start();
  const auto problems = [&] {
    std::string all;
    const auto agencies = service_->agencies();
    for (const auto& one : agencies.back().problems) all += one.way + " " + one.code + ";";
    return all;
  };
  const auto waitFor = [&](const std::string& wanted) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (problems() != wanted && std::chrono::steady_clock::now() < end)
      std::this_thread::yield();
    return problems();
  };
  ASSERT_TRUE(submit("a-1").ok());
  ASSERT_TRUE(script_->waitDelivered(1));
  ASSERT_TRUE(waitSettled());
  down = true;
  EXPECT_EQ(waitFor("deliver agency.not_ours;collect agency.no_list;"),
            "deliver agency.not_ours;collect agency.no_list;");
  down = false;
  EXPECT_EQ(waitFor("deliver agency.not_ours;"), "deliver agency.not_ours;")
      << "collecting goes well again, the delivery did not";
  down = true;
  waitFor("deliver agency.not_ours;collect agency.no_list;");
  ASSERT_TRUE(submit("a-2").ok());
  ASSERT_TRUE(script_->waitDelivered(2));
  EXPECT_EQ(waitFor("collect agency.no_list;"), "collect agency.no_list;");
  service_->stop();
}

// The body gave the case back that it had opened: the same message again would be answered with that one.
TEST_F(ServiceTest, WhatABodyGaveBackGoesToItAgainAsAnotherMessage) {
  script_->on_deliver = [times = 0](const otinish::Message&) mutable {
    auto answer = answerOf(Outcome::kPending);
    answer.external_id = "MF-" + std::to_string(++times);
    return answer;
  };
  start();
  auto submitted = submit("a-1");
  ASSERT_TRUE(submitted.ok());
  auto id = submitted->receipt.appeal.id;
  ASSERT_TRUE(script_->waitDelivered(1));
  service_->stop();
  service_.reset();
  start();
  const std::string hub_id = submitted->receipt.appeal.hub_id;
  gaveBack(hub_id);
  ASSERT_EQ(appealNow(id).state, "awaiting_routing");
  EXPECT_EQ(service_->retry(outboxOf(id).id, caller_).error().code, "exchange.not_retryable")
      << "it would be recorded as delivered while the body does nothing";
  auto routed = service_->route(hub_id, "minfin", "it is a tax", caller_);
  ASSERT_TRUE(routed.ok()) << routed.error().code;
  ASSERT_TRUE(script_->waitDelivered(2));
  service_->stop();
  const auto delivered = script_->delivered();
  EXPECT_NE(delivered[1].message_id, delivered[0].message_id);
  EXPECT_EQ(delivered[1].external_id, "");
  EXPECT_EQ(appealNow(id).state, "assigned");
  EXPECT_EQ(store_->externalIds(id)->size(), 2U);
}

// Whichever body has the appeal by now.
TEST_F(ServiceTest, AReceiptGivenAgainNamesTheFirstBody) {
  script_->on_deliver = [](const otinish::Message&) {
    return answerOf(Outcome::kRejected, "agency.not_ours");
  };
  start();
  auto first = submit("a-1");
  ASSERT_TRUE(first.ok());
  ASSERT_TRUE(script_->waitDelivered(1));
  service_->stop();
  service_.reset();
  start();
  ASSERT_TRUE(service_->route(first->receipt.appeal.hub_id, "akimat", "local", caller_).ok());
  ASSERT_EQ(appealNow(first->receipt.appeal.id).destination, "akimat");
  const auto again = submit("a-1");
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->receipt.appeal.body_bin, kMinfinBin);
  EXPECT_EQ(again->receipt.appeal.destination, "minfin");
  EXPECT_EQ(again->receipt.destination_name, first->receipt.destination_name);
  const auto talon = service_->talon(first->receipt.appeal.hub_id);
  ASSERT_TRUE(talon.ok());
  EXPECT_EQ(talon->body.en, first->receipt.destination_name);
}

// The same of a body that gives its cases no numbers that the hub knows.
TEST_F(ServiceTest, WhatABodyGaveBackWithoutANumberGoesToItAgainAsAnotherMessage) {
  start();
  auto submitted = submit("a-1");
  ASSERT_TRUE(submitted.ok());
  auto id = submitted->receipt.appeal.id;
  ASSERT_TRUE(script_->waitDelivered(1));
  service_->stop();
  service_.reset();
  start();
  const std::string hub_id = submitted->receipt.appeal.hub_id;
  gaveBack(hub_id);
  ASSERT_EQ(outboxOf(id).external_id, "");
  EXPECT_EQ(service_->retry(outboxOf(id).id, caller_).error().code, "exchange.not_retryable");
  ASSERT_TRUE(service_->route(hub_id, "minfin", "it is a tax", caller_).ok());
  ASSERT_TRUE(script_->waitDelivered(2));
  service_->stop();
  const auto delivered = script_->delivered();
  EXPECT_NE(delivered[1].message_id, delivered[0].message_id);
}

// A body that gives the appeal back has not forwarded it: its term runs on at the desk, and is missed there.
TEST_F(ServiceTest, TheTermToForwardRunsOnWhenABodyGivesTheAppealBack) {
  start();
  auto submitted = submit("a-1");
  ASSERT_TRUE(submitted.ok());
  auto id = submitted->receipt.appeal.id;
  ASSERT_TRUE(script_->waitDelivered(1));
  service_->stop();
  service_.reset();
  ASSERT_EQ(clockOf(id, "forward").status, "running");
  clock_.advance(std::chrono::hours(24 * 14));
  start();
  const std::string hub_id = submitted->receipt.appeal.hub_id;
  gaveBack(hub_id);
  ASSERT_EQ(appealNow(id).state, "awaiting_routing");
  auto routed = service_->route(hub_id, "akimat", "not a tax", caller_);
  ASSERT_TRUE(routed.ok()) << routed.error().code;
  EXPECT_EQ(clockOf(id, "forward").due_date, "2026-03-20");
  ASSERT_TRUE(akimat_->waitDelivered(1));
  service_->stop();
  EXPECT_EQ(routed->appeal.due_date, "2026-04-21")
      << "the other body's term counts from its arrival there, APPC 65(3), 76(2)";
  std::vector<std::string> terms;
  for (const auto& row : clocksOf(id)) {
    if (row.name == "register") continue;
    terms.push_back(row.name + " " + row.due_date + " " + row.status);
  }
  EXPECT_EQ(terms,
            (std::vector<std::string>{"forward 2026-03-20 missed", "consider 2026-04-10 met",
                                      "consider 2026-04-21 running", "forward 2026-04-03 running"}))
      << "the other body has three days of its own";
}

TEST_F(ServiceTest, APetitionsTermFollowsTheBodyThatIsChosen) {
  start();
  auto petition = strayAppeal("p-1");
  petition.kind = "petition";
  petition.character = "collective";
  petition.applicants_count = 60;
  auto submitted = service_->submit(documentOf(petition), Form::kJson, caller_);
  ASSERT_TRUE(submitted.ok()) << submitted.error().code << submitted.error().field;
  auto id = submitted->receipt.appeal.id;
  EXPECT_EQ(clockOf(id, "consider").rule_id, "A34.2") << "local until known";
  auto routed = service_->route(submitted->receipt.appeal.hub_id, "minfin", "state", caller_);
  ASSERT_TRUE(routed.ok()) << routed.error().code;
  EXPECT_EQ(clockOf(id, "consider").rule_id, "A34.1");
  EXPECT_EQ(routed->appeal.due_date, clockOf(id, "consider").due_date);
  EXPECT_GT(routed->appeal.due_date, submitted->receipt.appeal.due_date);
  std::vector<std::string> statuses;
  for (const auto& clock : clocksOf(id)) {
    if (clock.name == "consider") statuses.push_back(clock.status);
  }
  EXPECT_EQ(statuses, (std::vector<std::string>{"cancelled", "running"}));
}

TEST_F(ServiceTest, TheStatusPageCountsPerAgency) {
  script_->on_deliver = [](const otinish::Message&) {
    return answerOf(Outcome::kUnsupported, "adapter.no_verb");
  };
  start();
  ASSERT_TRUE(submit("a-1").ok());
  ASSERT_TRUE(script_->waitDelivered(1));
  service_->stop();
  auto list = service_->agencies();
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0].alias, "akimat");
  EXPECT_EQ(list[0].dead, 0);
  EXPECT_EQ(list[1].alias, "minfin");
  EXPECT_EQ(list[1].dead, 1);
  ASSERT_EQ(list[1].problems.size(), 1U);
  EXPECT_EQ(list[1].problems[0].code, "adapter.no_verb");
  EXPECT_EQ(list[1].name_en, "Ministry of Finance");
  EXPECT_TRUE(list[1].last_failure.has_value());
}

TEST_F(ServiceTest, HowFarCollectingHasComeIsShownAndReset) {
  const Caller admin{"admin", "", true};
  ASSERT_TRUE(store_
                  ->write([&](store::Tx& tx) -> Status {
                    auto s = tx.putCursor({"minfin", "scripted", "7", clock_.now()});
                    if (s) s = tx.putCursor({"gone", "filedrop", "9", clock_.now()});
                    return s ? tx.setCursor("notify:sms", "12") : s;
                  })
                  .ok());
  start();
  auto shown = service_->cursors("minfin", admin);
  ASSERT_TRUE(shown.ok());
  EXPECT_EQ(shown->adapter, "scripted");
  ASSERT_EQ(shown->rows.size(), 1u);
  EXPECT_EQ(shown->rows[0].cursor, "7");
  EXPECT_TRUE(service_->cursors("akimat", admin)->rows.empty());
  EXPECT_EQ(service_->cursors("gone", admin)->adapter, "") << "no longer configured";
  for (const char* none : {"none", "notify:sms"}) {
    EXPECT_EQ(service_->cursors(none, admin).error().code, "exchange.unknown_agency");
    EXPECT_EQ(service_->resetCursors(none, admin).error().code, "exchange.unknown_agency");
  }
  EXPECT_EQ(*service_->resetCursors("minfin", admin), 1);
  EXPECT_EQ(*service_->resetCursors("minfin", admin), 0);
  EXPECT_EQ(*service_->resetCursors("gone", admin), 1);
  EXPECT_TRUE(store_->cursors("minfin")->empty());
  EXPECT_EQ(*store_->cursor("notify:sms"), "12");
}

// The section of a body in hub.yaml is called otherwise from now on.
TEST_F(ServiceTest, WhatTheOldAliasHasIsServedUnderTheNewOne) {
  limits_.retry_ms_first = limits_.retry_ms_max = 0;
  script_->on_deliver = [](const otinish::Message&) {
    auto said = answerOf(Outcome::kPending);
    said.external_id = "MF-7";
    return said;
  };
  start();
  auto submitted = submit("a-1");
  ASSERT_TRUE(submitted.ok());
  const auto appeal = submitted->receipt.appeal;
  ASSERT_TRUE(script_->waitDelivered(1));
  ASSERT_TRUE(waitSettled());
  auto waits = accepted("a-2");  // on its way
  ASSERT_TRUE(store_
                  ->write([&](store::Tx& tx) {
                    return tx.putCursor({"minfin", "scripted", "7", clock_.now()});
                  })
                  .ok());
  service_->stop();
  service_.reset();

  static std::string log;
  const auto restart = [&](const std::string& alias, std::vector<std::string> former) {
    log.clear();
    setLogSink([](std::string_view line) { log += line; });
    ServiceOptions options;
    options.schema_file = sourceFile("contracts/appeal/appeal.xsd");
    options.limits = limits_;
    options.agencies.push_back(scriptedAgency(alias, script_));
    options.agencies.back().former_aliases = std::move(former);
    options.agencies.push_back(scriptedAgency("akimat", akimat_));
    auto started = HubService::start(options, *store_, *keys_, *attachments_, lawBook(), clock_);
    setLogSink(nullptr);
    return started;
  };
  EXPECT_EQ(restart("finance", {"akimat"}).error().code, "exchange.alias_still_used");

  auto without = restart("finance", {});
  ASSERT_TRUE(without.ok()) << without.error().text;
  (*without)->stop();
  EXPECT_NE(log.find("config.alias_without_agency"), std::string::npos);
  EXPECT_NE(log.find("2 open appeals, 2 deliveries, a collect cursor of minfin"), std::string::npos)
      << log;
  EXPECT_NE(log.find("former_aliases: [minfin]"), std::string::npos) << log;

  auto renamed = restart("finance", {"minfin"});
  ASSERT_TRUE(renamed.ok()) << renamed.error().text;
  service_ = std::move(*renamed);
  EXPECT_NE(log.find("audit.alias_renamed"), std::string::npos) << log;
  EXPECT_EQ(log.find("config.alias_without_agency"), std::string::npos) << log;
  ASSERT_TRUE(script_->waitDelivered(2));
  ASSERT_TRUE(waitSettled());
  EXPECT_EQ(appealNow(waits.id).destination, "finance");
  EXPECT_EQ(*store_->cursor("finance", "scripted"), "7");
  auto item = decisionItem("i-1", "");
  item.external_id = "MF-7";
  pushGives({item});
  ASSERT_TRUE(service_->agencyPush("finance", "POST", "/events", {}, "native").ok());
  EXPECT_EQ(appealNow(appeal.id).state, "executed");
  EXPECT_FALSE(store_->aliasUse("minfin", {})->any());
}

TEST_F(ServiceTest, AnUnhealthyStoreStopsTheDoor) {
  store_.reset();
  intake_.reset();
  limits_.free_disk_bytes_min = std::int64_t{1} << 60;
  openStore();
  start();
  EXPECT_EQ(service_->ready().error().code, "store.unavailable");
  EXPECT_EQ(submit("a-1").error().code, "store.unavailable");
  EXPECT_EQ(store_->appealCount(), 0);
}

// An adapter that hangs while its agency pushes a backlog: the door's threads are there for everybody.
TEST_F(ServiceTest, PushesOfOneAgencyDoNotTakeEveryThread) {
  limits_.http_threads_max = 32;
  constexpr int kAtOnce = 4;
  Gate works;
  std::atomic<int> inside{0};
  script_->on_receive = [&](const otinish::NativeRequest&) {
    ++inside;
    EXPECT_TRUE(works.wait());
    return answerOf(Outcome::kDone);
  };
  start();
  std::vector<std::thread> threads;
  for (int i = 0; i < kAtOnce; ++i) {
    threads.emplace_back([&] { EXPECT_TRUE(push().ok()); });
  }
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (inside < kAtOnce && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  EXPECT_EQ(push().error().code, "exchange.busy") << "at once, not when the adapter is free";
  EXPECT_EQ(inside, kAtOnce);
  works.open();
  for (auto& thread : threads) thread.join();
  EXPECT_TRUE(push().ok());
}

TEST_F(ServiceTest, ManySubmittersAndPushesAtOnce) {
  akimat_->on_collect = [](const otinish::CollectRequest& request) {
    auto answer = answerOf(Outcome::kDone);
    answer.cursor = request.cursor;
    return answer;
  };
  script_->on_receive = [](const otinish::NativeRequest& request) {
    auto answer = answerOf(Outcome::kDone);
    answer.items = {decisionItem("d-" + request.body, request.body)};
    answer.native_body = "<ok/>";
    return answer;
  };
  start();
  std::vector<std::thread> threads;
  std::mutex mutex;
  std::vector<store::RowId> ids;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 10; ++i) {
        auto submitted = submit(std::to_string(t) + "-" + std::to_string(i));
        ASSERT_TRUE(submitted.ok()) << submitted.error().code;
        auto answer = push(submitted->receipt.appeal.hub_id);
        EXPECT_TRUE(answer.ok()) << answer.error().code;
        std::lock_guard lock(mutex);
        ids.push_back(submitted->receipt.appeal.id);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  service_->stop();
  ASSERT_EQ(ids.size(), 40u);
  for (auto id : ids) {
    EXPECT_EQ(appealNow(id).state, "executed");
    EXPECT_EQ(outboxOf(id).state, OutboxState::kDelivered);
  }
}

}  // namespace
}  // namespace hub::exchange::testing
