// Goal: what the dry run of a reload foresees is what the reload does, term by term.
// Method: appeals in many places of their way under the shipped law; the law changed in a copy of its folder; the
// dry run (ClockReview::open, rules::movesOf) told from the data before, then the review itself.
#include <filesystem>
#include <fstream>
#include <map>

#include "hub/exchange/clock_review.h"
#include "hub/exchange/clock_rows.h"
#include "hub/exchange/tests/world.h"
#include "hub/exchange/transitions.h"

namespace hub::exchange::testing {
namespace {

// "a-1 consider" -> the last day, "" if nobody knows it.
using Days = std::map<std::string, std::string>;

class ReloadForecastTest : public World {
 protected:
  void SetUp() override {
    World::SetUp();
    law_ = folder_.file("law");
    std::filesystem::copy(sourceFile("config/law"), law_, std::filesystem::copy_options::recursive);
  }
  void edit(const std::string& from, const std::string& to) {
    const std::string year = law_ + "/calendar/2026.yaml";
    std::ifstream in(year);
    std::string text((std::istreambuf_iterator<char>(in)), {});
    const auto at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    std::ofstream(year) << text.replace(at, from.size(), to);
  }
  std::shared_ptr<const rules::LawBook> changedLaw() {
    edit("version: \"2026.1\"", "version: \"2026.2\"");
    auto book = rules::LawBook::load(law_);
    EXPECT_TRUE(book.ok()) << book.error().text;
    return *book;
  }
  store::AppealRow came(const std::string& at, const std::string& source_id) {
    clock_.set(instant(at));
    return accepted(source_id);
  }
  // As if its body had gone on: the state, and a term with a length or, with none, until a day that was named.
  void go(const store::AppealRow& appeal, const std::string& state, const std::string& name,
          const std::string& start, const std::string& due, int length) {
    const auto done = store_->write([&](store::Tx& tx) -> Status {
      auto row = tx.appeal(appeal.id);
      if (!row) return row.status();
      row->state = state;
      if (auto s = tx.updateAppeal(*row); !s) return s;
      store::ClockRow clock = clockOf(appeal.id, "consider");
      clock.name = name;
      clock.rule_id = length == 0 ? name : "A25";
      clock.start_event = length == 0 ? name : "delivery";
      clock.start_at = instant(start);
      clock.length = length;
      clock.due_date = due;
      return tx.addClock(clock);
    });
    ASSERT_TRUE(done.ok());
  }
  void many() {
    came("2026-03-17T05:00:00Z", "in-time");
    came("2026-05-08T14:00:00Z", "after-hours");  // 19:00 on the Friday before 9 to 11 May
    came("2026-05-10T06:00:00Z", "on-a-day-off");
    came("2026-12-28T05:00:00Z", "into-the-next-year");
    go(came("2026-05-07T14:00:00Z", "named"), "in_work", "plan", "2026-05-08T05:00:00Z",
       "2026-05-12", 0);
    go(came("2026-05-08T14:00:00Z", "over"), "executed", "execute", "2026-05-08T05:00:00Z",
       "2026-05-18", 5);
  }
  // The newest of each name.
  Days days() {
    Days out;
    for (store::RowId id = 1; store_->appeal(id).ok(); ++id) {
      for (const auto& clock : clocksOf(id)) {
        out[appealNow(id).source_id + " " + clock.name] = clock.due_date;
      }
    }
    return out;
  }
  Days foreseen(const rules::LawBook& next) {
    Days out;
    const ClockReview running(*store_, *lawBook(), clock_, "");
    for (store::RowId after = 0;;) {
      auto page = running.open(after, 100);
      EXPECT_TRUE(page.ok());
      for (const auto& [row, clocks] : page->appeals) {
        std::vector<rules::OpenClock> terms;
        for (const auto& clock : clocks) terms.push_back(openClock(clock));
        for (const auto& move : rules::movesOf(next, terms, [](const auto&, const auto&) {})) {
          const auto& name = terms[move.place].name;
          if (rules::runsOn(next, name, isFinal(row.state))) {
            out[row.source_id + " " + name] = move.due_date;
          }
        }
      }
      if ((after = page->next) == 0) return out;
    }
  }
  // What it does, after the forecast; they are the same.
  Days moved(const std::shared_ptr<const rules::LawBook>& next) {
    const Days told = foreseen(*next);
    const Days before = days();
    EXPECT_TRUE(ClockReview(*store_, *next, clock_, "test").run().ok());
    Days done;
    for (const auto& [name, day] : days()) {
      if (before.at(name) != day) done[name] = day;
    }
    EXPECT_EQ(told, done);
    return done;
  }

  std::string law_;
};

TEST_F(ReloadForecastTest, ADayOffAfterAWeekendMovesRegistrationsAndWhatRunsFromThem) {
  many();
  edit("  2026-05-27:", "  2026-05-12: observed\n  2026-05-27:");
  const auto done = moved(changedLaw());
  EXPECT_EQ(done.at("after-hours register"), "2026-05-13");
  EXPECT_EQ(done.at("after-hours consider"), "2026-06-04");
  EXPECT_EQ(done.at("on-a-day-off register"), "2026-05-13");
  EXPECT_EQ(done.at("named plan"), "2026-05-13") << "a named day that is not worked any more";
  EXPECT_EQ(done.at("over execute"), "2026-05-19");
  EXPECT_FALSE(done.contains("over consider")) << "it ended with the appeal";
  EXPECT_FALSE(done.contains("over register"));
  EXPECT_FALSE(done.contains("in-time consider"));
  EXPECT_EQ(appealNow(2).registration_date, "2026-05-13");
}

TEST_F(ReloadForecastTest, WhatRunsFromANamedDayGoesWithIt) {
  const auto notice = came("2026-05-04T05:00:00Z", "defects");
  go(notice, "nonconforming_notice", "return", "2026-05-11T19:00:00Z", "2026-05-15", 3);
  // Moved before, so that it is the younger of the two.
  go(notice, "nonconforming_notice", "cure", "2026-05-05T05:00:00Z", "2026-05-12", 0);
  const auto planned = came("2026-05-04T06:00:00Z", "hearing");
  go(planned, "in_work", "plan", "2026-05-05T05:00:00Z", "2026-05-12", 0);
  go(planned, "in_work", "hearing_notice", "2026-05-11T19:00:00Z", "2026-05-13", 1);
  edit("  2026-05-27:", "  2026-05-12: observed\n  2026-05-27:");
  auto done = moved(changedLaw());
  EXPECT_EQ(done.at("defects cure"), "2026-05-13");
  EXPECT_EQ(done.at("defects return"), "2026-05-18");
  EXPECT_EQ(done.at("hearing plan"), "2026-05-13");
  EXPECT_EQ(done.at("hearing hearing_notice"), "2026-05-14");
  edit("  2026-05-27:", "  2026-05-13: observed\n  2026-05-27:");
  edit("version: \"2026.2\"", "version: \"2026.1\"");
  done = moved(changedLaw());
  EXPECT_EQ(done.at("defects return"), "2026-05-19");
  EXPECT_EQ(done.at("hearing hearing_notice"), "2026-05-15");
}

TEST_F(ReloadForecastTest, ADayThatIsWorkedAgainBringsThemForward) {
  many();
  edit("  2026-05-11: observed\n", "");
  const auto done = moved(changedLaw());
  EXPECT_EQ(done.at("after-hours register"), "2026-05-11");
  EXPECT_EQ(done.at("on-a-day-off register"), "2026-05-11");
  EXPECT_FALSE(done.contains("named plan"));
}

TEST_F(ReloadForecastTest, ALostYearIsForeseenToo) {
  many();
  std::filesystem::remove(law_ + "/calendar/2027.yaml");
  const auto done = moved(changedLaw());
  EXPECT_EQ(done.at("into-the-next-year consider"), "");
}

TEST_F(ReloadForecastTest, TheSameLawMovesNothing) {
  many();
  EXPECT_EQ(moved(lawBook()), Days());
}

}  // namespace
}  // namespace hub::exchange::testing
