#include "hub/exchange/intake.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <thread>

#include "hub/base/log.h"
#include "hub/base/text.h"
#include "hub/exchange/tests/world.h"

namespace hub::exchange::testing {
namespace {

class IntakeTest : public World {
 protected:
  std::string codeOf(const Result<Intake::Accepted>& result) {
    return result.ok() ? "" : result.error().code;
  }
  void expectNothingStored() {
    EXPECT_EQ(store_->appealCount(), 0);
    EXPECT_EQ(store_->head()->size, 0);
    EXPECT_TRUE(store_->listOutbox("", std::nullopt, 10)->empty());
    EXPECT_TRUE(store_->listAppeals({}, "", 10)->rows.empty());
  }
};

TEST_F(IntakeTest, TheSameContentIsTheSameAppeal) {
  auto first = accept(taxAppeal("a-1"));
  ASSERT_TRUE(first.ok()) << first.error().code;
  EXPECT_TRUE(first->created);
  clock_.advance(std::chrono::hours(30));
  auto again = accept(taxAppeal("a-1"));
  ASSERT_TRUE(again.ok());
  EXPECT_FALSE(again->created);
  EXPECT_EQ(again->appeal.hub_id, first->appeal.hub_id);
  EXPECT_EQ(again->appeal.reg_number, first->appeal.reg_number);
  EXPECT_EQ(again->appeal.journal_position, first->appeal.journal_position);
  EXPECT_EQ(store_->appealCount(), 1);
  EXPECT_EQ(store_->head()->size, 1) << "the second time is no new journal record";
}

TEST_F(IntakeTest, TheSameContentAsXmlAndAsJsonIsTheSameAppeal) {
  auto first = accept(taxAppeal("a-1"));
  ASSERT_TRUE(first.ok());
  model::Message message;
  message.payload = taxAppeal("a-1");
  auto again = intake_->accept(model::encodePayloadXml(message), Form::kXml, caller_);
  ASSERT_TRUE(again.ok()) << again.error().code << again.error().text;
  EXPECT_FALSE(again->created);
  EXPECT_EQ(again->appeal.hub_id, first->appeal.hub_id);
}

// docs/decisions/0009: additions have a namespace of their own in XML; in JSON they are members.
TEST_F(IntakeTest, AdditionsAreKeptAndMisspeltElementsRefused) {
  auto submit = [this](const std::string& id, const std::string& addition) {
    model::Message message;
    message.payload = taxAppeal(id);
    auto document = model::encodePayloadXml(message);
    auto end = document.rfind("</");
    EXPECT_NE(end, std::string::npos);
    document.insert(end, addition);
    return intake_->accept(document, Form::kXml, caller_);
  };
  EXPECT_FALSE(submit("own", "<kind_specal>x</kind_specal>").ok());
  auto other = submit("other", "<n:later xmlns:n=\"urn:otinish:appeal:1.1\">kept</n:later>");
  ASSERT_TRUE(other.ok()) << other.error().text;
  EXPECT_NE(other->body.find("kept</"), std::string::npos) << "forwarded to the body";
  auto document = documentOf(taxAppeal("json"));
  document.insert(document.find('{') + 1, R"("later":"kept",)");
  auto json = intake_->accept(document, Form::kJson, caller_);
  ASSERT_TRUE(json.ok()) << "an addition is no reason to refuse";
  EXPECT_NE(json->body.find("{\"later\":\"kept\"}</members>"), std::string::npos) << json->body;
}

TEST_F(IntakeTest, AWholeJsonMessageIsTakenLikeABareAppeal) {
  model::Message message;
  message.payload = taxAppeal("a-1");
  message.envelope.type = "appeal/1";
  message.envelope.message_id = "019d0000-0000-7000-8000-000000000001";
  auto first = intake_->accept(model::encodeJson(message), Form::kJson, caller_);
  ASSERT_TRUE(first.ok()) << first.error().code << first.error().field;
  EXPECT_NE(first->message_id, message.envelope.message_id) << "the hub names its own message";
  auto again = accept(taxAppeal("a-1"));
  ASSERT_TRUE(again.ok());
  EXPECT_FALSE(again->created);
}

// A submitter whose answer was lost asks again, though the law data would refuse the appeal today.
TEST_F(IntakeTest, WhatWasTakenInOnceHasItsReceiptUnderAStricterLaw) {
  auto appeal = taxAppeal("a-1");
  appeal.kind = "proposal";
  appeal.kind_special = "bailiff_request";
  ASSERT_EQ(codeOf(accept(appeal)), "rules.special_not_for_kind");
  auto data = lawBook()->data();
  data.vocabulary.special_of["bailiff_request"].push_back("proposal");
  auto looser = rules::LawBook::build(std::move(data));
  ASSERT_TRUE(looser.ok()) << looser.error().text;
  const rules::CurrentLaw before(*looser);
  const Intake old(*store_, schema(), before, limits_, clock_, model::IdentityCheck::kStrict,
                   "hub");
  auto first = old.accept(documentOf(appeal), Form::kJson, caller_);
  ASSERT_TRUE(first.ok()) << first.error().text;
  auto again = accept(appeal);
  ASSERT_TRUE(again.ok()) << again.error().text;
  EXPECT_FALSE(again->created);
  EXPECT_EQ(again->appeal.reg_number, first->appeal.reg_number);
  appeal.subject_text = "Другой текст.";
  EXPECT_EQ(codeOf(accept(appeal)), "rules.special_not_for_kind");
}

TEST_F(IntakeTest, OtherContentUnderAKnownKeyIsRefused) {
  auto first = accepted("a-1");
  auto other = taxAppeal("a-1");
  other.subject_text = "Другой текст.";
  auto result = accept(other);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, "exchange.duplicate_key");
  EXPECT_EQ(result.error().field, "/appeal/source_id");
  EXPECT_EQ(store_->appealCount(), 1);
  EXPECT_EQ(appealNow(first.id).content_sha256, first.content_sha256);
}

// What a newer minor version adds is content like any other: kept, counted, and the same again is the same.
TEST_F(IntakeTest, UnknownMembersAreKeptAndCounted) {
  const std::string plain = documentOf(taxAppeal("a-1"));
  const auto with = [&](const std::string& members) {
    return plain.substr(0, plain.size() - 1) + "," + members + "}";
  };
  auto first = intake_->accept(with(R"("newer":{"b":[1,"<&>"],"a":null},"also":1.50)"), Form::kJson,
                               caller_);
  ASSERT_TRUE(first.ok()) << first.error().code;
  EXPECT_TRUE(first->created);
  std::sort(first->unknown.begin(), first->unknown.end());
  EXPECT_EQ(first->unknown, (std::vector<std::string>{"/appeal/also", "/appeal/newer"}));
  auto again = intake_->accept(with(R"( "also": 1.50, "newer": {"a": null, "b": [1, "<&>"]})"),
                               Form::kJson, caller_);
  ASSERT_TRUE(again.ok()) << again.error().code;
  EXPECT_FALSE(again->created);
  EXPECT_EQ(again->unknown.size(), 2u);
  for (const auto& other : {plain, with(R"("newer":{"b":[1,"<&>"],"a":0},"also":1.50)")}) {
    EXPECT_EQ(intake_->accept(other, Form::kJson, caller_).error().code, "exchange.duplicate_key");
  }
  auto stored = model::decodeXml(store_->message(first->message_id).value()->body, limits_);
  ASSERT_TRUE(stored.ok()) << stored.error().code;
  auto json = model::encodePayloadJson(*stored);
  EXPECT_NE(json.find(R"("also":1.50,"newer":{"a":null,"b":[1,"<&>"]})"), std::string::npos)
      << json;
  // The same content as XML is the same appeal.
  model::Message message;
  message.payload = taxAppeal("a-1");
  auto xml = model::encodePayloadXml(message);
  xml.insert(xml.rfind("</"),
             "<members xmlns=\"urn:otinish:appeal:json:1\">{\"newer\":{\"b\":[1,\"&lt;&amp;>\"],"
             "\"a\":null},\"also\":1.50}</members>");
  auto as_xml = intake_->accept(xml, Form::kXml, caller_);
  ASSERT_TRUE(as_xml.ok()) << as_xml.error().code << as_xml.error().text;
  EXPECT_FALSE(as_xml->created);
}

// Its payload is a member of many kilobytes that the bare form does not know.
TEST_F(IntakeTest, ALargeWholeMessageIsNotTakenForUnknownMembers) {
  model::Message message;
  auto appeal = taxAppeal("a-1");
  appeal.subject_text = std::string(90'000, 'x');
  message.payload = appeal;
  message.envelope.message_id = "019d0000-0000-7000-8000-000000000001";
  message.envelope.type = "appeal/1";
  std::string document = model::encodeJson(message);
  auto first = intake_->accept(document, Form::kJson, caller_);
  EXPECT_TRUE(first.ok()) << first.error().code;
}

TEST_F(IntakeTest, ManyAtOnceMakeOneAppeal) {
  constexpr int kThreads = 8;
  std::vector<std::thread> threads;
  std::vector<std::string> ids(kThreads);
  std::atomic<int> created{0};
  Gate start;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      start.wait();
      auto result = accept(taxAppeal("a-1"));
      if (!result) return;
      ids[static_cast<std::size_t>(i)] = result->appeal.hub_id;
      if (result->created) ++created;
    });
  }
  start.open();
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(created, 1);
  for (const auto& id : ids) EXPECT_EQ(id, ids.front());
  EXPECT_FALSE(ids.front().empty());
  EXPECT_EQ(store_->appealCount(), 1);
}

TEST_F(IntakeTest, AttachmentsMustBeThereWithTheirSize) {
  auto appeal = taxAppeal("a-1");
  model::Attachment file;
  file.id = "f1";
  file.name = "scan.pdf";
  file.mime = "application/pdf";
  file.size = 10;
  file.sha256 = std::string(64, 'a');
  appeal.attachments.push_back(file);
  file.id = "f2";
  file.sha256 = std::string(64, 'b');
  appeal.attachments.push_back(file);
  ASSERT_TRUE(
      store_
          ->write([&](store::Tx& tx) {
            return tx.addAttachment({std::string(64, 'b'), 11, "application/pdf", clock_.now()});
          })
          .ok());

  auto result = accept(appeal);
  ASSERT_FALSE(result.ok());
  ASSERT_EQ(result.status().errors().size(), 2u) << "every wrong file is named at once";
  EXPECT_EQ(result.status().errors()[0].code, "exchange.attachment_missing");
  EXPECT_EQ(result.status().errors()[0].field, "/appeal/attachments/0/sha256");
  EXPECT_EQ(result.status().errors()[1].code, "exchange.attachment_size");
  EXPECT_EQ(result.status().errors()[1].field, "/appeal/attachments/1/size");
  expectNothingStored();

  ASSERT_TRUE(
      store_
          ->write([&](store::Tx& tx) {
            return tx.addAttachment({std::string(64, 'a'), 10, "application/pdf", clock_.now()});
          })
          .ok());
  appeal.attachments[1].size = 11;
  EXPECT_TRUE(accept(appeal).ok());
}

TEST_F(IntakeTest, ASystemOfABodySubmitsUnderItsOwnNameOnly) {
  caller_ = {"akimat-clerks", "", false, {"registrar"}, kAkimatBin};
  EXPECT_EQ(codeOf(accept(taxAppeal("a-1"))), "exchange.source_not_allowed");
  expectNothingStored();
  auto unnamed = taxAppeal("a-1");
  unnamed.source_system.clear();
  const auto result = accept(unnamed);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->appeal.source_system, "akimat-clerks");
}

TEST_F(IntakeTest, AClientSubmitsForItsOwnSystemOnly) {
  caller_.source_system = "call-centre";
  auto result = accept(taxAppeal("a-1"));
  EXPECT_EQ(codeOf(result), "exchange.source_not_allowed");
  expectNothingStored();
  auto unnamed = taxAppeal("a-1");
  unnamed.source_system.clear();
  result = accept(unnamed);
  ASSERT_TRUE(result.ok()) << "what the client is bound to needs not be said";
  EXPECT_EQ(result->appeal.source_system, "call-centre");
  EXPECT_EQ(std::get<model::Appeal>(model::decodeXml(result->body, limits_)->payload).source_system,
            "call-centre");
}

TEST_F(IntakeTest, RoutedByTopicWithTheReason) {
  auto row = accepted("a-1");
  EXPECT_EQ(row.state, "routed");
  EXPECT_EQ(row.destination, "minfin");
  EXPECT_EQ(row.body_bin, kMinfinBin);
  EXPECT_EQ(eventTypes(row.id), (std::vector<std::string>{"received", "registered", "routed"}));
  auto event = eventOf(row.id, "routed");
  EXPECT_EQ(event.reason, "R1");
  EXPECT_NE(event.text_en.find("Ministry of Finance"), std::string::npos);
  EXPECT_NE(event.text_kk.find("Қаржы министрлігі"), std::string::npos);
  EXPECT_NE(event.text_en.find("Row R1"), std::string::npos);
  auto delivery = outboxOf(row.id);
  EXPECT_EQ(delivery.destination, "minfin");
  EXPECT_EQ(delivery.state, store::OutboxState::kPending);
}

TEST_F(IntakeTest, AnUnknownAddresseeFallsBackAndTheEventSaysSo) {
  auto appeal = taxAppeal("a-1");
  appeal.addressee_body.bin = kUnknownBin;
  auto result = accept(appeal);
  ASSERT_TRUE(result.ok()) << result.error().code;
  EXPECT_EQ(result->appeal.destination, "minfin");
  auto event = eventOf(result->appeal.id, "routed");
  EXPECT_NE(event.text_en.find("not in the register"), std::string::npos) << event.text_en;
  EXPECT_NE(event.text_ru.find("нет в реестре"), std::string::npos) << event.text_ru;
  EXPECT_EQ(event.reason, "R1");
}

TEST_F(IntakeTest, AKnownAddresseeKeepsItsAppeal) {
  auto appeal = taxAppeal("a-1");
  appeal.addressee_body.bin = kAkimatBin;
  auto result = accept(appeal);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->appeal.destination, "akimat");
  EXPECT_EQ(eventOf(result->appeal.id, "routed").reason, "addressee");
}

TEST_F(IntakeTest, NobodyCompetentMeansTheReceptionDesk) {
  auto appeal = taxAppeal("a-1");
  appeal.topic.clear();
  auto result = accept(appeal);
  ASSERT_TRUE(result.ok());
  const auto& row = result->appeal;
  EXPECT_EQ(row.state, "awaiting_routing");
  EXPECT_TRUE(row.destination.empty());
  EXPECT_EQ(eventOf(row.id, "awaiting_routing").reason, "reception");
  EXPECT_TRUE(store_->outboxOf(row.id)->empty()) << "nothing leaves before a person decides";
}

// APPC 64(3), 65(1), 76(1), (2): Nauryz and the days moved for it lie in this term.
TEST_F(IntakeTest, TermsAndDueDate) {
  auto row = accepted("a-1");
  EXPECT_EQ(row.due_date, "2026-04-10");
  auto consider = clockOf(row.id, "consider");
  EXPECT_EQ(consider.due_date, "2026-04-10");
  EXPECT_EQ(consider.article, "76(1)");
  EXPECT_EQ(consider.status, "running");
  EXPECT_EQ(clockOf(row.id, "forward").due_date, "2026-03-20");
  EXPECT_EQ(clockOf(row.id, "forward").status, "running");
  EXPECT_EQ(clockOf(row.id, "register").due_date, "2026-03-17");
  EXPECT_EQ(clockOf(row.id, "register").status, "met");
  EXPECT_NE(eventOf(row.id, "registered").text_en.find("10.04.2026"), std::string::npos);
}

// APPC 64(3): Saturday 9 May 2026 is Victory Day, Monday is off for it.
TEST_F(IntakeTest, OutsideWorkingHoursTheDayOfRegistrationIsTheNextWorkingDay) {
  auto in_hours = accept(taxAppeal("in-hours"));
  ASSERT_TRUE(in_hours.ok());
  EXPECT_EQ(in_hours->appeal.registration_date, "2026-03-17");
  EXPECT_EQ(eventOf(in_hours->appeal.id, "registered").text_en.find("64(3)"), std::string::npos);
  clock_.set(instant("2026-03-17T14:00:00Z"));  // 19:00, the body closed at 18:30
  auto evening = accept(taxAppeal("evening"));
  ASSERT_TRUE(evening.ok());
  EXPECT_EQ(evening->appeal.registration_date, "2026-03-18");
  clock_.set(instant("2026-05-09T07:00:00Z"));
  auto holiday = accept(taxAppeal("holiday"));
  ASSERT_TRUE(holiday.ok());
  auto row = appealNow(holiday->appeal.id);
  EXPECT_EQ(row.registration_date, "2026-05-12");
  EXPECT_EQ(row.registered_at, instant("2026-05-09T07:00:00Z")) << "the instant it was entered";
  EXPECT_EQ(row.due_date, "2026-06-03");
  EXPECT_EQ(clockOf(row.id, "register").status, "met");
  auto event = eventOf(row.id, "registered");
  EXPECT_NE(event.text_en.find("12.05.2026"), std::string::npos) << event.text_en;
  EXPECT_NE(event.text_kk.find("12.05.2026"), std::string::npos);
  EXPECT_NE(event.text_ru.find("12.05.2026"), std::string::npos);
}

// APPC 64(7-2): at once, on a Saturday and a holiday, too.
TEST_F(IntakeTest, WhatTellsOfACrimeOrAThreatIsToBeActedUponTheSameDay) {
  auto plain = accepted("plain");
  EXPECT_EQ(store_->clocks(plain.id)->size(), 3U) << "register, forward, consider";
  clock_.set(instant("2026-05-09T07:00:00Z"));
  auto urgent = taxAppeal("urgent");
  urgent.urgent_flag = "life_risk";
  auto result = accept(urgent);
  ASSERT_TRUE(result.ok()) << result.error().code;
  const auto react = clockOf(result->appeal.id, "react");
  EXPECT_EQ(react.due_date, "2026-05-09");
  EXPECT_EQ(react.article, "64(7-2)");
  EXPECT_EQ(react.status, "running");
  EXPECT_EQ(clockOf(result->appeal.id, "consider").due_date, "2026-06-03") << "the rest as ever";
  auto canonical = std::get<model::Appeal>(model::decodeXml(result->body, limits_)->payload);
  EXPECT_TRUE(std::any_of(canonical.clocks.begin(), canonical.clocks.end(), [](const auto& clock) {
    return clock.purpose == "react";
  })) << "the body's system is told";
}

TEST_F(IntakeTest, RegisteredLateMeansTheTermWasMissed) {
  auto late = taxAppeal("late");
  late.received_at = "2026-03-16T05:00:00Z";
  auto result = accept(late);
  ASSERT_TRUE(result.ok()) << result.error().code;
  EXPECT_EQ(clockOf(result->appeal.id, "register").due_date, "2026-03-16");
  EXPECT_EQ(clockOf(result->appeal.id, "register").status, "missed");
  auto canonical = std::get<model::Appeal>(model::decodeXml(result->body, limits_)->payload);
  EXPECT_EQ(canonical.clocks.front().purpose, "register");
  EXPECT_EQ(canonical.clocks.front().status, "missed");

  // After hours counts as the next working day, so the next morning is in time.
  auto evening = taxAppeal("evening");
  evening.received_at = "2026-03-16T16:00:00Z";
  result = accept(evening);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(clockOf(result->appeal.id, "register").status, "met");
}

std::atomic<int> clock_alarms{0};

TEST_F(IntakeTest, ATermWithoutCalendarIsUnknownNeverGuessed) {
  clock_.set(instant("2027-12-27T05:00:00Z"));
  clock_alarms = 0;
  setLogSink([](std::string_view line) {
    if (line.find("intake.clock_unknown") != std::string_view::npos) ++clock_alarms;
  });
  auto result = accept(taxAppeal("a-1"));
  setLogSink(nullptr);
  ASSERT_TRUE(result.ok()) << result.error().code;
  EXPECT_GE(clock_alarms, 1);
  const auto& row = result->appeal;
  EXPECT_EQ(row.due_date, "");
  EXPECT_EQ(clockOf(row.id, "consider").status, "unknown");
  EXPECT_EQ(clockOf(row.id, "consider").due_date, "");
  EXPECT_EQ(clockOf(row.id, "consider").explanation, "rules.calendar_missing");
  EXPECT_EQ(clockOf(row.id, "register").status, "met");
  EXPECT_EQ(eventOf(row.id, "registered").text_en.find("due by"), std::string::npos);

  auto canonical = schema().validateAndDecode(result->body, limits_);
  ASSERT_TRUE(canonical.ok()) << canonical.error().text;
  for (const auto& clock : std::get<model::Appeal>(canonical->payload).clocks) {
    EXPECT_FALSE(clock.due_date.empty()) << clock.purpose;
  }
  model::ValidateOptions options{model::Profile::kCanonical, model::IdentityCheck::kStrict,
                                 clock_.now()};
  EXPECT_TRUE(model::validate(*canonical, options, limits_).empty());
}

TEST_F(IntakeTest, ASubmittedProcedureIsKeptElseTheUsualOneOfTheKind) {
  auto procedureIn = [this](const model::Appeal& appeal) {
    auto result = accept(appeal);
    EXPECT_TRUE(result.ok()) << (result.ok() ? "" : result.error().code);
    if (!result.ok()) return std::string();
    return std::get<model::Appeal>(model::decodeXml(result->body, limits_)->payload).procedure;
  };
  EXPECT_EQ(procedureIn(taxAppeal("usual")), "appeal");
  auto message = taxAppeal("message");
  message.kind = "message";
  EXPECT_EQ(procedureIn(message), "simplified");
  auto outside = taxAppeal("outside");
  outside.procedure = "outside_appc";
  EXPECT_EQ(procedureIn(outside), "outside_appc");
  // The terms follow the procedure: what is outside the Code has no term of art. 76.
  auto row = store_->findBySource("egov", "outside");
  ASSERT_TRUE(row.ok() && row->has_value());
  for (const auto& clock : clocksOf((*row)->id)) EXPECT_NE(clock.article, "76(1)");
}

// APPC 69(3): of what concerns public services, complaints alone are accounted.
TEST_F(IntakeTest, WhatIsNotAccountedIsKeptAndMarked) {
  bool told = true;
  std::string note;
  const auto accounted = [&](const std::string& kind, const std::string& procedure) {
    auto appeal = taxAppeal(kind + procedure + (told ? "" : "-told"));
    appeal.accounted = told;
    appeal.kind = kind;
    appeal.procedure = procedure;
    if (kind == "complaint") {
      appeal.contested = model::Contested{};
      appeal.contested->act_or_action = "inaction";
    }
    auto result = accept(appeal);
    EXPECT_TRUE(result.ok()) << kind << procedure << codeOf(result);
    if (!result.ok()) return false;
    note = eventOf(result->appeal.id, "registered").text_ru;
    EXPECT_EQ(appealNow(result->appeal.id).procedure,
              procedure.empty() && kind == "message" ? "simplified" : procedure);
    auto canonical = schema().validateAndDecode(result->body, limits_);
    EXPECT_TRUE(canonical.ok());
    return std::get<model::Appeal>(canonical->payload).accounted;
  };
  EXPECT_TRUE(accounted("message", ""));
  EXPECT_FALSE(accounted("request", "public_service"));
  EXPECT_EQ(note.find("учёт"), std::string::npos) << "nobody told so";
  EXPECT_TRUE(accounted("complaint", "public_service"));
  told = false;
  EXPECT_FALSE(accounted("proposal", "simplified")) << "it advertises";
  EXPECT_NE(note.find("По слову отправителя не подлежит учёту"), std::string::npos) << note;
  EXPECT_FALSE(accounted("message", "")) << "of a currency contract";
  EXPECT_TRUE(accounted("application", "appeal")) << "69(3) leaves out none";
  EXPECT_NE(note.find("обращения этого вида учитываются"), std::string::npos) << note;
  EXPECT_TRUE(accounted("complaint", "public_service"));
}

TEST_F(IntakeTest, AnUnknownSpecialKindIsRefusedAtItsField) {
  auto appeal = taxAppeal("a-1");
  appeal.kind_special = "no_such_kind";
  auto result = accept(appeal);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, "rules.unknown_special_kind");
  EXPECT_EQ(result.error().field, "/appeal/kind_special");
  expectNothingStored();
}

// Else it would be taken in without a term of consideration, or with another's.
TEST_F(IntakeTest, APairThatNoRuleKnowsIsRefusedAtItsField) {
  auto appeal = taxAppeal("a-1");
  appeal.procedure = "petition";
  auto result = accept(appeal);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, "rules.procedure_not_for_kind");
  EXPECT_EQ(result.error().field, "/appeal/procedure");
  appeal.procedure.clear();
  appeal.kind = "proposal";
  appeal.kind_special = "bailiff_request";
  result = accept(appeal);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, "rules.special_not_for_kind");
  EXPECT_EQ(result.error().field, "/appeal/kind_special");
  appeal.kind = "request";
  appeal.procedure = "public_service";
  result = accept(appeal);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, "rules.special_not_for_procedure");
  EXPECT_EQ(result.error().field, "/appeal/kind_special");
  expectNothingStored();
}

TEST_F(IntakeTest, NumbersRunPerApplicantTypeAndLocalYear) {
  EXPECT_EQ(accepted("p-1").reg_number, "ЖТ-2026-00000001");
  EXPECT_EQ(accepted("p-2").reg_number, "ЖТ-2026-00000002");
  auto company = taxAppeal("c-1");
  company.applicant.front().type = "company";
  company.applicant.front().iin.reset();
  company.applicant.front().bin = kAkimatBin;
  company.applicant.front().org_name = "ТОО «Үлгі»";
  auto result = accept(company);
  ASSERT_TRUE(result.ok()) << result.error().code;
  EXPECT_EQ(result->appeal.reg_number, "ЗТ-2026-00000001");
  // Half past midnight of 1 January in Kazakhstan (UTC+5).
  clock_.set(instant("2026-12-31T19:30:00Z"));
  EXPECT_EQ(accepted("p-3").reg_number, "ЖТ-2027-00000001");
}

// APPC 64(3): what comes after hours on the last working day is registered in the next year.
TEST_F(IntakeTest, TheNumbersYearIsThatOfTheDayOfRegistration) {
  clock_.set(instant("2026-12-31T13:00:00Z"));  // 18:00, the body is open until 18:30
  auto in_hours = accepted("in-hours");
  EXPECT_EQ(in_hours.registration_date, "2026-12-31");
  EXPECT_EQ(in_hours.reg_number, "ЖТ-2026-00000001");
  clock_.set(instant("2026-12-31T13:30:00Z"));
  auto evening = accepted("evening");
  EXPECT_EQ(evening.registration_date, "2027-01-05");
  EXPECT_EQ(evening.reg_number, "ЖТ-2027-00000001");
  clock_.set(instant("2027-01-03T07:00:00Z"));  // a Sunday
  EXPECT_EQ(accepted("sunday").reg_number, "ЖТ-2027-00000002");
}

// The table of the contract's broken examples is what the door answers, in XML as in JSON.
TEST_F(IntakeTest, EveryBrokenExampleGetsTheCodeAndFieldOfItsRule) {
  const std::string folder = sourceFile("contracts/appeal/examples/invalid/");
  std::ifstream table(folder + "expected.tsv");
  int rows = 0, others = 0;
  for (std::string line; std::getline(table, line);) {
    if (line.empty() || line.front() == '#') continue;
    const auto cells = split(line, '\t');
    ASSERT_EQ(cells.size(), 4U) << line;
    SCOPED_TRACE(cells[0]);
    const auto document = readFile(folder + cells[0], 1 << 24);
    ASSERT_TRUE(document.ok());
    const bool xml = cells[0].ends_with(".xml");
    const auto read = xml ? model::decodeXml(*document, limits_)
                          : model::decodeJsonOrMessage(*document, limits_, "appeal/1");
    const auto result = intake_->accept(*document, xml ? Form::kXml : Form::kJson, caller_);
    ASSERT_FALSE(result.ok());
    ++rows;
    if (read.ok() && model::typeOf(read->payload) != "appeal/1") {
      EXPECT_EQ(result.error().code, "exchange.not_an_appeal");
      ++others;
      continue;
    }
    EXPECT_EQ(result.error().code, cells[1]);
    if (read.ok()) {
      EXPECT_EQ(result.error().field, cells[2]);
    }
    const int expected_line = std::stoi(cells[3]);
    if (expected_line >= 0) {
      EXPECT_EQ(result.error().line, expected_line);
    }
  }
  EXPECT_GT(rows, 25);
  EXPECT_LT(others, rows / 4);
  expectNothingStored();
}

TEST_F(IntakeTest, ARefusalLeavesNothingBehindNotEvenANumber) {
  auto appeal = taxAppeal("a-1");
  appeal.applicant.front().iin = "850101100013";
  EXPECT_EQ(codeOf(accept(appeal)), "model.iin_check_digit");
  EXPECT_EQ(codeOf(intake_->accept("{", Form::kJson, caller_)), "model.truncated");
  EXPECT_EQ(
      codeOf(intake_->accept("<appeal xmlns=\"urn:otinish:appeal:1\"/>", Form::kXml, caller_)),
      "model.required");
  std::ifstream file(sourceFile("contracts/appeal/examples/valid/decision-submitted.json"));
  std::string decision{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(codeOf(intake_->accept(decision, Form::kJson, caller_)), "exchange.not_an_appeal");
  std::ifstream more(sourceFile("contracts/appeal/examples/valid/supplement.xml"));
  std::string supplement{std::istreambuf_iterator<char>(more), {}};
  const auto refused = intake_->accept(supplement, Form::kXml, caller_);
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().text.find("previous_appeal"), std::string::npos)
      << refused.error().text;
  // The commit itself fails: the caller hears of it, and nothing is half there.
  sealer_.broken = true;
  EXPECT_EQ(codeOf(accept(taxAppeal("a-2"))), "store.unavailable");
  sealer_.broken = false;
  expectNothingStored();
  EXPECT_EQ(accepted("a-3").reg_number, "ЖТ-2026-00000001") << "no gap in the series";
}

TEST_F(IntakeTest, AnUnhealthyStoreStopsIntake) {
  intake_.reset();
  store_.reset();
  limits_.outbox_rows_max = 1;
  openStore();
  accepted("a-1");
  EXPECT_EQ(codeOf(accept(taxAppeal("a-2"))), "store.unavailable");
  EXPECT_EQ(store_->appealCount(), 1);
}

TEST_F(IntakeTest, TheStoredDocumentIsCanonicalAndInTheJournal) {
  auto result = accept(taxAppeal("a-1"));
  ASSERT_TRUE(result.ok());
  auto record = store_->journal(result->journal_position);
  ASSERT_TRUE(record.ok() && record->has_value());
  EXPECT_EQ((*record)->message_id, result->message_id);
  auto stored = store_->message(result->message_id);
  ASSERT_TRUE(stored.ok() && stored->has_value());
  EXPECT_EQ((*stored)->body, result->body);
  auto canonical = schema().validateAndDecode((*stored)->body, limits_);
  ASSERT_TRUE(canonical.ok()) << canonical.error().text;
  EXPECT_EQ(canonical->envelope.to, "minfin");
  EXPECT_EQ(canonical->envelope.correlation_id, result->appeal.hub_id);
  EXPECT_TRUE(store_->prove(result->journal_position).ok());
}

}  // namespace
}  // namespace hub::exchange::testing
