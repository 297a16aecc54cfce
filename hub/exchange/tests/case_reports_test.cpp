// Reports over the real store: what is counted, and that it is what the appeals' own rows, clocks and
// events say.
#include "hub/exchange/case_reports.h"

#include "hub/base/ids.h"
#include "hub/exchange/tests/world.h"

namespace hub::exchange::testing {
namespace {

class CaseReportsTest : public World {
 protected:
  struct Made {
    std::string body, kato, state, registered, ended, due;
    bool extended = false;
    std::string refused_by{};
    std::string refusal = "refused";  // the body's status
    std::string executor{};
    std::string decided_on{};
  };
  store::RowId add(const Made& made) {
    store::AppealRow row;
    row.hub_id = newUuid7(clock_.now());
    row.source_system = "portal";
    row.source_id = "r-" + std::to_string(++count_);
    row.content_sha256 = std::string(64, '0');
    row.kind = "application";
    row.topic = "tax";
    row.kato = made.kato;
    row.body_bin = "990140900507";
    row.destination = made.body;
    row.executor = made.executor;
    row.state = made.state;
    row.received_at = row.updated_at = instant(made.registered + "T05:00:00Z");
    row.state_since = instant(made.ended + "T05:00:00Z");
    row.registration_date = made.registered;
    row.due_date = made.due;
    row.decision_outcome = made.state == "executed" ? "act_favourable" : "";
    row.decided_on = made.decided_on;
    store::RowId id = 0;
    auto status = store_->write([&](store::Tx& tx) -> Status {
      auto added = tx.addAppeal(row);
      if (!added) return added.status();
      id = *added;
      store::ClockRow clock;
      clock.appeal = id;
      for (const char* name : {"consider", "consider_extended"}) {
        clock.name = name;
        clock.status = "running";
        if (made.extended || clock.name == "consider") {
          if (auto s = tx.addClock(clock); !s) return s;
        }
      }
      store::EventRow event;
      event.appeal = id;
      event.at = row.received_at;
      event.event_id = newUuid7(event.at);
      event.type = "routed";
      event.reason = "R1";
      if (auto s = tx.addEvent(event); !s || made.refused_by.empty()) return s;
      event.event_id = newUuid7(event.at);
      event.type = "status_" + made.refusal;
      event.reason = made.refusal;
      event.actor = "agency:" + made.refused_by;
      return tx.addEvent(event);
    });
    EXPECT_TRUE(status.ok()) << (status.ok() ? "" : status.error().text);
    return id;
  }
  // The appeal reached the body then, unless that refused it.
  void sent(store::RowId appeal, const char* to, const char* at,
            store::OutboxState state = store::OutboxState::kDelivered) {
    store::MessageRow message{newUuid7(instant(at)), appeal, "appeal/1", "out", to,
                              instant(at),           "<x/>"};
    ASSERT_TRUE(store_
                    ->write([&](store::Tx& tx) -> Status {
                      if (auto s = tx.addMessage(message); !s) return s;
                      store::OutboxRow row;
                      row.message_id = message.message_id;
                      row.destination = to;
                      row.appeal = appeal;
                      row.type = "appeal/1";
                      row.state = state;
                      row.created_at = row.next_at = message.at;
                      auto added = tx.addOutbox(row);
                      if (!added || state == store::OutboxState::kRejected) return added.status();
                      return tx.addAttempt({*added, 1, message.at, message.at,
                                            static_cast<int>(Outcome::kDone), "", ""});
                    })
                    .ok());
  }
  void deemed(store::RowId appeal, const char* at) {
    store::EventRow event;
    event.appeal = appeal;
    event.at = instant(at);
    event.event_id = newUuid7(event.at);
    event.type = "deemed_refused";
    ASSERT_TRUE(store_->write([&](store::Tx& tx) { return tx.addEvent(event); }).ok());
  }
  std::map<std::string, rules::DisciplineRow> by(const std::string& group,
                                                 const store::AppealFilter& filter = {}) {
    auto rows = disciplineReport(*store_, *lawBook(), filter, group, *parseDate("2026-04-14"));
    EXPECT_TRUE(rows.ok()) << (rows.ok() ? "" : rows.error().text);
    std::map<std::string, rules::DisciplineRow> out;
    if (rows.ok()) {
      for (const auto& row : *rows) out[row.group] = row;
    }
    return out;
  }
  int count_ = 0;
};

TEST_F(CaseReportsTest, DisciplineCountsWhatTheRowsAndClocksSay) {
  add({"minfin", "632810000", "executed", "2026-03-17", "2026-03-19", "2026-04-10", false});
  add({"minfin", "631010000", "executed", "2026-03-17", "2026-04-13", "2026-04-10", true});
  add({"minfin", "751110000", "in_work", "2026-03-17", "2026-03-18", "2026-04-10", false});
  const auto silent =
      add({"akimat", "751110000", "deemed_refused", "2026-02-17", "2026-03-11", "2026-03-10"});
  sent(silent, "akimat", "2026-02-18T05:00:00Z");
  deemed(silent, "2026-03-11T05:00:00Z");
  auto rows = by("body");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows["minfin"].received, 3);
  EXPECT_EQ(rows["minfin"].decided, 2);
  EXPECT_EQ(rows["minfin"].running, 1);
  EXPECT_EQ(rows["minfin"].late, 2) << "one decided late, one runs past its term";
  EXPECT_EQ(rows["minfin"].extended, 1);
  EXPECT_EQ(rows["minfin"].median_days, 2);
  EXPECT_EQ(rows["akimat"].deemed_refused, 1);
  rows = by("region");
  EXPECT_EQ(rows.count("10"), 1U) << "Semey by its old code is in Abai region now";
  EXPECT_EQ(rows.count("63"), 1U);
  EXPECT_EQ(rows["75"].received, 2);
  EXPECT_EQ(by("executor").count("-"), 1U);
  store::AppealFilter filter;
  filter.received_from = instant("2026-03-01T00:00:00Z");
  rows = by("body", filter);
  EXPECT_EQ(rows.count("akimat"), 0U) << "received before";
  filter.body_bin = "no such body";
  EXPECT_TRUE(by("body", filter).empty());
}

// What one body missed does not become the next one's.
TEST_F(CaseReportsTest, ABreachCountsForTheBodyThatHadTheAppealThen) {
  const auto appeal = add({.body = "zher",
                           .kato = "751110000",
                           .state = "in_work",
                           .registered = "2026-03-02",
                           .ended = "2026-03-30",
                           .due = "2026-05-20",
                           .executor = "zh-01"});
  const auto term = [&](const char* name, const char* due, const char* status) {
    store::ClockRow clock;
    clock.appeal = appeal;
    clock.name = name;
    clock.due_date = due;
    clock.status = status;
    ASSERT_TRUE(store_->write([&](store::Tx& tx) { return tx.addClock(clock); }).ok());
  };
  term("register", "2026-03-02", "missed");  // nobody had it yet
  sent(appeal, "minfin", "2026-03-03T05:00:00Z");
  term("forward", "2026-03-05", "missed");
  term("consider", "2026-03-24", "missed");
  sent(appeal, "zher", "2026-03-30T05:00:00Z");
  term("send_up", "2026-04-02", "missed");
  term("objection", "2026-04-03", "missed");  // the applicant's
  sent(appeal, "akimat", "2026-04-05T05:00:00Z", store::OutboxState::kRejected);
  term("hearing_minutes", "2026-04-06", "missed");  // that body refused it
  term("hearing_notice", "2026-04-07", "running");
  term("plan", "2026-04-07", "running");  // the body's own day
  auto rows = by("body");
  EXPECT_EQ(rows["minfin"].breaches, 2);
  EXPECT_EQ(rows["minfin"].received, 0) << "it has none of them any more";
  EXPECT_EQ(rows["zher"].breaches, 1) << "it was sent on before the others";
  EXPECT_EQ(rows["akimat"].breaches, 0) << "it refused the appeal";
  EXPECT_EQ(rows["-"].breaches, 3) << "one missed and one past its day with nobody, too";
  EXPECT_EQ(by("kind")["application"].breaches, 6);
  rows = by("executor");
  EXPECT_EQ(rows["zh-01"].breaches, 1);
  EXPECT_EQ(rows["-"].breaches, 5) << "what others missed is not charged to a person of this body";
  store::AppealFilter filter;
  filter.body_bin = "990140900507";
  EXPECT_EQ(by("body", filter)["minfin"].breaches, 2);
  filter.received_from = instant("2026-04-01T00:00:00Z");
  EXPECT_TRUE(by("body", filter).empty());
}

// A presumed refusal is one of the body that was silent, whatever came of the case.
TEST_F(CaseReportsTest, ADeemedRefusalCountsForTheBodyThatWasSilent) {
  const auto decided = add({"minfin", "751110000", "executed", "2026-03-02", "2026-04-14", ""});
  const auto up = add({"zher", "751110000", "in_work", "2026-03-02", "2026-04-14", "2026-05-05"});
  const auto nobody = add({"zher", "751110000", "in_work", "2026-03-02", "2026-04-14", ""});
  for (const auto appeal : {decided, up}) {
    sent(appeal, "minfin", "2026-03-02T05:00:00Z");
    deemed(appeal, "2026-04-13T05:00:00Z");
  }
  deemed(nobody, "2026-04-13T05:00:00Z");
  sent(up, "zher", "2026-04-14T05:00:00Z");
  auto rows = by("body");
  EXPECT_EQ(rows["minfin"].deemed_refused, 2);
  EXPECT_EQ(rows["zher"].deemed_refused, 0) << "it is in term";
  EXPECT_EQ(rows["-"].deemed_refused, 1);
  EXPECT_EQ(by("kind")["application"].deemed_refused, 3);
  store::AppealFilter filter;
  filter.body_bin = "990140900507";
  EXPECT_EQ(by("body", filter)["minfin"].deemed_refused, 2);
  filter.received_from = instant("2026-04-01T00:00:00Z");
  EXPECT_TRUE(by("body", filter).empty());
  // The body had decided in time, as was told later: its term was met.
  ASSERT_TRUE(store_
                  ->write([&](store::Tx& tx) -> Status {
                    store::ClockRow clock;
                    clock.appeal = decided;
                    clock.name = "consider";
                    clock.start_at = instant("2026-03-02T05:00:00Z");
                    clock.status = "met";
                    return tx.addClock(clock);
                  })
                  .ok());
  EXPECT_EQ(by("body")["minfin"].deemed_refused, 1);
}

// The day of the act, not that of its delivery, nor that on which the hub learned of it.
TEST_F(CaseReportsTest, DaysAreCountedToTheActItself) {
  add({.body = "minfin",
       .kato = "751110000",
       .state = "executed",
       .registered = "2026-03-17",
       .ended = "2026-04-13",
       .due = "2026-04-10",
       .decided_on = "2026-03-20"});
  auto rows = by("body");
  EXPECT_EQ(rows["minfin"].median_days, 3);
  EXPECT_EQ(rows["minfin"].late, 0);
}

// Today is 14 April.
TEST_F(CaseReportsTest, ALateSubOrderCountsForTheBodyThatHadToAct) {
  const auto appeal =
      add({"minfin", "632810000", "in_work", "2026-03-17", "2026-03-18", "2026-05-20"});
  const auto other =
      add({"minfin", "751110000", "in_work", "2026-04-01", "2026-04-02", "2026-05-20"});
  ASSERT_TRUE(store_
                  ->write([&](store::Tx& tx) -> Status {
                    auto row = tx.appeal(appeal);
                    if (!row) return row.status();
                    row->executor = "mf-01";
                    return tx.updateAppeal(*row);
                  })
                  .ok());
  const auto order = [&](store::RowId of, const char* due, bool sent, bool answered = false,
                         bool missed = false, bool open = true) {
    store::SubOrderRow row;
    row.appeal = of;
    row.kind = "request";
    row.state = "any";
    row.body = "990140900507";
    row.target = "940140000385";
    row.due_date = due;
    row.open = open;
    row.missed = missed;
    if (sent) row.sent_at = clock_.now();
    if (answered) row.answered_at = clock_.now();
    ASSERT_TRUE(store_
                    ->write([&](store::Tx& tx) -> Status {
                      auto added = tx.addSubOrder(row);
                      return added ? Status() : added.status();
                    })
                    .ok());
  };
  order(appeal, "2026-04-13", true);                        // no answer yet
  order(appeal, "2026-04-14", true);                        // until tonight
  order(appeal, "2026-04-10", true, true);                  // answered in time
  order(appeal, "2026-04-10", true, true, true);            // answered late, not checked yet
  order(appeal, "2026-04-10", true, false, true, false);    // cancelled after its day
  order(appeal, "2026-04-12", true, false, true);           // late, asked again, late again
  order(appeal, "2026-04-10", false);                       // never sent
  order(appeal, "2026-04-10", false, false, false, false);  // given up before it was sent
  order(other, "2026-04-13", true);
  auto rows = by("body");
  EXPECT_EQ(rows["akimat"].late_sub_orders, 5);
  EXPECT_EQ(rows["akimat"].received, 0);
  EXPECT_EQ(rows["akimat"].breaches, 0) << "no law is broken";
  EXPECT_EQ(rows["minfin"].late_sub_orders, 1);
  rows = by("executor");
  EXPECT_EQ(rows["mf-01"].late_sub_orders, 1) << "his own draft";
  EXPECT_EQ(rows["-"].late_sub_orders, 5);
  rows = by("region");
  EXPECT_EQ(rows["10"].late_sub_orders, 5);
  EXPECT_EQ(rows["75"].late_sub_orders, 1);
  EXPECT_EQ(by("topic")["tax"].late_sub_orders, 6);
  store::AppealFilter filter;
  filter.body_bin = "990140900507";
  rows = by("body", filter);
  EXPECT_EQ(rows["minfin"].late_sub_orders, 1);
  EXPECT_EQ(rows.count("akimat"), 0U);
  filter = {};
  filter.received_from = instant("2026-03-25T00:00:00Z");
  EXPECT_EQ(by("body", filter)["akimat"].late_sub_orders, 1);
  EXPECT_NE(rules::disciplineCsv({by("body")["akimat"]}).find(",5\r\n"), std::string::npos);
}

TEST_F(CaseReportsTest, MisroutedCountsRefusalsAndNothingElse) {
  for (const char* refusal : {"refused", "not_registered", "refused"}) {
    add({"zher", "751110000", "in_work", "2026-03-17", "2026-03-18", "2026-04-10", false, "minfin",
         refusal});
  }
  add({"akimat", "632810000", "awaiting_routing", "2026-03-17", "2026-03-18", "2026-04-10", false,
       "akimat"});
  add({"minfin", "751110000", "in_work", "2026-03-17", "2026-03-18", "2026-04-10", false});
  auto rows = misroutedReport(*store_, *lawBook(), std::nullopt, std::nullopt, limits_);
  ASSERT_TRUE(rows.ok()) << rows.error().text;
  ASSERT_EQ(rows->size(), 2U);
  EXPECT_EQ((*rows)[0].times, 3);
  EXPECT_EQ((*rows)[0].way, (Misrouting{"R1", "tax", "75", "minfin", "zher"}));
  EXPECT_EQ((*rows)[1].way, (Misrouting{"R1", "tax", "10", "akimat", ""}));
  rows =
      misroutedReport(*store_, *lawBook(), instant("2026-04-01T00:00:00Z"), std::nullopt, limits_);
  ASSERT_TRUE(rows.ok());
  EXPECT_TRUE(rows->empty());
}

}  // namespace
}  // namespace hub::exchange::testing
