// What a body said of an appeal is read where a person looks: with the event, the delivery, the report.
#include "hub/exchange/event_notes.h"

#include <gmock/gmock.h>

#include "hub/base/text.h"
#include "hub/exchange/case_reports.h"
#include "hub/exchange/event_texts.h"
#include "hub/exchange/tests/inbound_world.h"

namespace hub::exchange::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kWhy =
    "Turi: мәні тізімде жоқ.\nӨтініш иесі Айгүл Серікқызы, ЖСН 850101300123";

class EventNotesTest : public InboundWorld {
 protected:
  otinish::Inbound saying(const std::string& id, const std::string& status, const std::string& note,
                          const std::string& until = {}) {
    auto item = statusItem(id, appeal_, status, until);
    auto message = model::decodeXml(item.body, limits_);
    EXPECT_TRUE(message.ok());
    std::get<model::StatusUpdate>(message->payload).note = note;
    item.body = model::encodePayloadXml(*message);
    return item;
  }
  // By the types of the events; "" for those without a note.
  std::vector<std::pair<std::string, std::string>> notes() {
    const auto events = eventsOf(appeal_.id);
    auto said = eventNotes(*store_, appeal_.id, events, limits_);
    std::vector<std::pair<std::string, std::string>> all;
    if (!said.ok() || said->size() != events.size()) {
      ADD_FAILURE() << "a note for each event";
      return all;
    }
    for (std::size_t i = 0; i < events.size(); ++i) all.emplace_back(events[i].type, (*said)[i]);
    return all;
  }
};

TEST_F(EventNotesTest, ARefusalIsReadWithItsEventAndItsDelivery) {
  deliver();
  EXPECT_EQ(apply(saying("i-1", "refused", kWhy)), "");
  ASSERT_EQ(appealNow(appeal_.id).state, "awaiting_routing");
  const auto all = notes();
  EXPECT_EQ(all.back(), (std::pair<std::string, std::string>{"status_refused", kWhy}));
  EXPECT_EQ(all.front().second, "") << all.front().first;
  EXPECT_THAT(outboxOf(appeal_.id).last_text,
              AllOf(HasSubstr("the agency refused the appeal: Turi: мәні тізімде жоқ. Өтініш"),
                    Not(HasSubstr("850101300123"))))
      << "one line, and no identification number in lists";
  const auto event = eventOf(appeal_.id, "status_refused");
  for (const auto* text : {&event.text_kk, &event.text_ru, &event.text_en}) {
    EXPECT_THAT(*text, Not(HasSubstr("Turi"))) << "applicants are told by these";
  }
}

// All of one unit of work, so of one instant.
TEST_F(EventNotesTest, EachStatusHasItsOwnNote) {
  deliver();
  applyAll({saying("i-1", "registered", "нөмірі 7"), statusItem("i-2", appeal_, "in_work"),
            saying("i-3", "extended", "сараптама керек", "2026-05-10"),
            saying("i-4", "in_work", "кеш келді")});
  std::map<std::string, std::string> said;
  for (const auto& [type, note] : notes()) said[type] += note;
  EXPECT_EQ(said["status_registered"], "нөмірі 7");
  EXPECT_EQ(said["status_in_work"] + said["status_late"], "кеш келді");
  EXPECT_EQ(said["status_extended"] + said["status_unlawful"], "сараптама керек");
}

TEST_F(EventNotesTest, TheNoToAWithdrawalSaysWhy) {
  deliver();
  const auto message_id = queueAfter(appeal_.id, "withdrawal/1", store::OutboxState::kAwaiting);
  auto no = saying("i-1", "refused", "шешім шықты");
  no.in_reply_to = message_id;
  EXPECT_EQ(apply(no), "");
  EXPECT_EQ(notes().back(),
            (std::pair<std::string, std::string>{"message_refused", "шешім шықты"}));
  EXPECT_EQ(store_->outboxOf(appeal_.id)->back().last_text,
            "the agency refused the message: шешім шықты");
}

TEST_F(EventNotesTest, TheAnswerToADeliveryIsANoteToo) {
  auto row = store_->outboxOf(appeal_.id)->front();
  auto event = makeEvent(appeal_.id, "delivery_refused", clock_.now(), "hub", "routed",
                         "awaiting_routing", "agency.not_ours", "", "");
  ASSERT_TRUE(store_
                  ->write([&](store::Tx& tx) -> Status {
                    store::AttemptRow attempt{row.id,
                                              1,
                                              clock_.now(),
                                              clock_.now(),
                                              static_cast<int>(otinish::Outcome::kRejected),
                                              "agency.not_ours",
                                              "бұл біздің салық емес"};
                    if (auto s = tx.addAttempt(attempt); !s) return s;
                    return tx.addEvent(event);
                  })
                  .ok());
  EXPECT_EQ(notes().back().second, "бұл біздің салық емес");
}

TEST_F(EventNotesTest, TheReportOfMisroutedAppealsNamesTheLastOneAndWhy) {
  deliver();
  EXPECT_EQ(apply(saying("i-1", "refused", kWhy)), "");
  auto rows = misroutedReport(*store_, *lawBook(), std::nullopt, std::nullopt, limits_);
  ASSERT_TRUE(rows.ok()) << rows.error().text;
  ASSERT_EQ(rows->size(), 1U);
  EXPECT_EQ(rows->front().last_number, appealNow(appeal_.id).reg_number);
  EXPECT_THAT(rows->front().last_note,
              AllOf(HasSubstr("тізімде жоқ. Өтініш"), Not(HasSubstr("850101300123"))));
}

TEST(ShownNote, IsOneShortLine) {
  EXPECT_EQ(shownNote(" a\r\n\tb "), "a b");
  EXPECT_EQ(shownNote(""), "");
  std::string letters;
  for (int i = 0; i < 600; ++i) letters += "қ";
  const auto shown = shownNote(letters);
  EXPECT_EQ(utf8Length(shown), 501U);
  EXPECT_TRUE(isUtf8(shown) && shown.ends_with("…"));
}

}  // namespace
}  // namespace hub::exchange::testing
