// Goal: a card tells what the hub holds of the record of the live system. Method: one card of a made-up appeal,
// column by column; the columns of a served card are tested with the service.
#include "hub/exchange/cards.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "hub/exchange/tests/world.h"
#include "hub/model/types.h"
#include "hub/rules/law_book.h"

namespace hub::exchange::testing {
namespace {

std::string cellOf(const std::vector<std::string>& card, std::string_view name) {
  const auto& columns = cardColumns();
  const auto at = std::find(columns.begin(), columns.end(), name) - columns.begin();
  return card.at(static_cast<std::size_t>(at));
}

// What the record of the live system holds and a card did not tell: extensions and their days, who took it in,
// who speaks for the applicant, the files, the history.
TEST(Cards, TellExtensionsReceiverRepresentativeFilesAndHistory) {
  store::AppealRow row;
  row.received_at = *parseInstant("2026-03-17T05:00:00Z");
  model::Appeal document;
  document.applicant.emplace_back();
  document.applicant[0].bin = "990150999910";
  document.received_by = model::ReceivedBy{"Г. Мысалова", "оператор", {}};
  document.representative.emplace();
  document.representative->party.names = model::Names{"Үлгі", "Асан", std::nullopt, {}};
  document.representative->authority_doc.type = "power_of_attorney";
  document.attachments.push_back({"f1", "a.pdf", "application/pdf", 9, "ab12", "акт", {}});
  document.topic.resize(2);
  document.topic[0].section = "housing";
  document.topic[1].section = "tax";
  document.topic[1].category = "property";
  std::vector<store::ClockRow> clocks(4);
  const char* const kDue[] = {"2026-04-10", "2026-06-05", "2026-06-08", "2026-06-09"};
  for (std::size_t i = 0; i < clocks.size(); ++i) {
    clocks[i].name = i == 0 ? "consider" : "consider_extended";
    clocks[i].due_date = kDue[i];
    clocks[i].start_at = *parseInstant("2026-03-17T20:00:00Z");
    clocks[i].status = i == 0 ? "extended" : i == 3 ? "running" : "cancelled";
  }
  std::vector<store::EventRow> events(2);
  events[0].type = "received";
  events[0].actor = "door:portal";
  events[0].to_state = "received";
  events[1].type = "action";
  events[1].actor = "client:clerk";
  events[1].from_state = "decision_prepared";
  events[1].to_state = "decision_agreed";
  events[1].evidence = "xmldsig";
  events[1].text_kk = "Келісілді";
  events[1].text_ru = "Согласовано";
  const auto card = cardOf({row, document, nullptr, clocks, events, {}, {}}, *lawBook());
  ASSERT_TRUE(card.ok());
  const auto cell = [&](std::string_view name) { return cellOf(*card, name); };
  EXPECT_EQ(cell("extensions"), "1") << "a term superseded by the calendar is no extension more";
  EXPECT_EQ(cell("extended_calendar_days"), "60");
  EXPECT_EQ(cell("term_start"), "2026-03-18") << "in local days";
  EXPECT_EQ(cell("taken_in_by"), "door:portal");
  EXPECT_EQ(cell("receiver"), "Г. Мысалова");
  EXPECT_EQ(cell("receiver_post"), "оператор");
  EXPECT_EQ(cell("residency"), "non_resident");
  EXPECT_EQ(cell("representative_name"), "Үлгі Асан");
  EXPECT_EQ(cell("representative_authority"), "power_of_attorney");
  EXPECT_EQ(cell("topics"), "housing; tax/property");
  EXPECT_EQ(cell("file_list"), "a.pdf (application/pdf, 9, sha256 ab12) акт");
  EXPECT_EQ(cell("controller_check"), "yes");
  EXPECT_NE(cell("history").find(
                "decision_prepared>decision_agreed client:clerk signed [Келісілді | Согласовано]"),
            std::string::npos)
      << cell("history");
  for (const char* agreed :
       {"termination_agreed", "leaving_agreed", "satisfaction_agreed", "withdrawal_agreed"}) {
    events[1].to_state = agreed;
    const auto other = cardOf({row, document, nullptr, clocks, events, {}, {}}, *lawBook());
    EXPECT_EQ(cellOf(*other, "controller_check"), "yes") << agreed;
  }
}

// The day that the reports count to: a correction of its words does not move it.
TEST(Cards, TellTheDayOfTheActThatStands) {
  store::AppealRow row;
  row.received_at = *parseInstant("2026-03-17T05:00:00Z");
  row.state = "executed";
  row.decided_on = "2026-03-31";
  model::Appeal document;
  const std::vector<store::ClockRow> clocks;
  const std::vector<store::EventRow> events;
  model::Decision correction;
  correction.supersedes = "D-1";
  correction.decided_at = "2026-04-20T10:00:00+05:00";
  const auto decided = [&] {
    const auto card = cardOf({row, document, &correction, clocks, events, {}, {}}, *lawBook());
    return card.ok() ? cellOf(*card, "decided") : card.error().text;
  };
  EXPECT_EQ(decided(), "2026-03-31");
  row.decided_on.clear();  // of before that day was kept
  EXPECT_EQ(decided(), "2026-04-20");
}

TEST(Cards, ABodyThatBeganAfterTheReceiptHasItsName) {
  auto data = lawBook()->data();
  for (auto& body : data.bodies) {
    if (body.alias == "zher") body.validity.from = *parseDate("2026-04-01");
  }
  std::erase_if(data.routing, [](const auto& rule) { return rule.body == "990141999900"; });
  const auto law = rules::LawBook::build(std::move(data));
  ASSERT_TRUE(law.ok()) << law.error().text;
  store::AppealRow row;
  row.received_at = *parseInstant("2026-03-17T05:00:00Z");
  row.body_bin = "990141999900";
  model::Appeal document;
  document.applicant.emplace_back();
  document.addressee_body.bin = "990141999900";
  document.addressee_body.name = "Жер ресурстары комитеті";
  const auto card = cardOf({row, document, nullptr, {}, {}, {}, {}}, **law);
  ASSERT_TRUE(card.ok());
  EXPECT_EQ(cellOf(*card, "executing_body"), "Комитет по земельным ресурсам");
  EXPECT_EQ(cellOf(*card, "addressee"), "Комитет по земельным ресурсам");
}

// What a person did with it tells more than the document it came with.
TEST(Cards, TellOfAComplaintTakenDownAndOfTheCaseARepeatWasJoinedTo) {
  store::AppealRow row;
  row.received_at = *parseInstant("2026-03-17T05:00:00Z");
  model::Appeal document;
  document.applicant.emplace_back();
  document.repeat_flag = "none";
  const auto cardAfter = [&](const std::string& action, const std::string& duplicate_of) {
    std::vector<store::EventRow> events(1);
    events[0].type = "acted";
    events[0].reason = action;
    CardSource source{row, document, nullptr, {}, events, {}, {}};
    source.duplicate_of = duplicate_of;
    const auto card = cardOf(source, *lawBook());
    EXPECT_TRUE(card.ok());
    return *card;
  };
  for (const char* action : {"complain", "complain_inaction"}) {
    EXPECT_EQ(cellOf(cardAfter(action, ""), "complained_of"), "yes") << action;
  }
  const auto other = cardAfter("start_work", "");
  EXPECT_EQ(cellOf(other, "complained_of"), "no");
  EXPECT_EQ(cellOf(other, "repeat"), "none");
  const auto joined = cardAfter("join_repeat", "ЖТ-2026-00000011");
  EXPECT_EQ(cellOf(joined, "repeat"), "repeat_same");
  EXPECT_EQ(cellOf(joined, "earlier_appeals"), "ЖТ-2026-00000011");
  EXPECT_EQ(cellOf(joined, "duplicate_of"), "ЖТ-2026-00000011");
}

TEST(Cards, TellWhoTheApplicantIsAndOfTheLetterAndTheLawsuit) {
  store::AppealRow row;
  row.received_at = *parseInstant("2026-03-17T05:00:00Z");
  model::Appeal document;
  auto& company = document.applicant.emplace_back();
  company.bin = "990150999910";
  company.residency = "resident";
  company.nationality = "kazakh";
  company.occupation = "teacher";
  company.registered_on = "1999-01-14";
  company.head = "Үлгібаев Ә.";
  company.business_category = "small";
  document.subject_text = "Прошу пересчитать налог.";
  document.outgoing_number = "17-03/8";
  document.outgoing_date = "2026-03-16";
  document.lawsuit.push_back({"1", "first", "2026-01-01", {}, {}});
  document.lawsuit.push_back({"7194-26", "court", "2026-03-02", "0-55", {}});
  const auto card = cardOf({row, document, nullptr, {}, {}, {}, {}}, *lawBook());
  ASSERT_TRUE(card.ok());
  const std::pair<const char*, const char*> kCells[] = {
      {"residency", "resident"},  // as told, though the BIN is a non-resident's
      {"nationality", "kazakh"},
      {"text", "Прошу пересчитать налог."},
      {"occupation", "teacher"},
      {"organisation_registered", "1999-01-14"},
      {"organisation_head", "Үлгібаев Ә."},
      {"business_category", "small"},
      {"outgoing_number", "17-03/8"},
      {"outgoing_date", "2026-03-16"},
      {"lawsuit_id", "0-55"},
      {"lawsuit_number", "7194-26"}};
  for (const auto& [name, value] : kCells) EXPECT_EQ(cellOf(*card, name), value) << name;
}

}  // namespace
}  // namespace hub::exchange::testing
