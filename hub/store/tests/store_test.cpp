// The store port over SQLite, function by function.
#include "hub/store/store.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <array>
#include <filesystem>
#include <map>
#include <set>
#include <thread>

#include "hub/base/error_catalogue.h"
#include "hub/base/ids.h"
#include "hub/store/sqlite/queries.h"
#include "hub/store/tests/sample.h"
#include "hub/trust/merkle_log.h"

namespace hub::store {
namespace {

using sample::at;
using sample::Given;
using sample::Intake;

// The register holds personal data: nobody else on the machine reads it, whatever the umask.
TEST(StoreFile, IsItsOwnersAlone) {
  sample::TempFolder folder;
  const mode_t before = ::umask(0);
  {
    sample::CountingSealer sealer;
    auto store = sample::openOrDie(folder.file("hub.db"), &sealer);
    Given given;
    ASSERT_TRUE(store->write([&](Tx& tx) { return sample::addIntake(tx, {}, given); }).ok());
    for (const char* name : {"hub.db", "hub.db-wal", "hub.db-shm"}) {
      struct stat found {};
      if (::stat(folder.file(name).c_str(), &found) != 0)
        continue;  // the log may have another form
      EXPECT_EQ(found.st_mode & 0777, 0600U) << name;
    }
  }
  ::umask(before);
}

class StoreTest : public testing::Test {
 protected:
  sample::TempFolder folder_;
  sample::CountingSealer sealer_;
  std::unique_ptr<Store> store_ = sample::openOrDie(folder_.file("hub.db"), &sealer_);

  Given intake(const Intake& wanted) {
    Given given;
    Status status = store_->write([&](Tx& tx) { return sample::addIntake(tx, wanted, given); });
    EXPECT_TRUE(status.ok()) << (status.ok() ? "" : status.error().text);
    return given;
  }
  Given intake(const std::string& source_id) {
    Intake wanted;
    wanted.source_id = source_id;
    wanted.body = "<appeal>" + source_id + "</appeal>";
    return intake(wanted);
  }
  // Runs a unit that must succeed.
  template <class Work>
  void must(Work work) {
    Status status = store_->write(work);
    ASSERT_TRUE(status.ok()) << status.error().code << ": " << status.error().text;
  }
  std::string failureOf(Unit unit) {
    Status status = store_->write(std::move(unit));
    return status.ok() ? "" : status.error().code + status.error().field;
  }
  void setOutbox(RowId appeal, OutboxState state, Instant next) {
    OutboxRow row = store_->outboxOf(appeal)->at(0);
    row.state = state;
    row.next_at = next;
    must([&](Tx& tx) { return tx.updateOutbox(row); });
  }
  RowId queue(RowId appeal, const std::string& destination, Instant next) {
    OutboxRow row;
    row.message_id = newUuid7(next);
    row.destination = destination;
    row.appeal = appeal;
    row.type = "supplement/1";
    row.created_at = row.next_at = next;
    RowId id = 0;
    must([&](Tx& tx) -> Status {
      Result<RowId> added = tx.addOutbox(row);
      if (!added) return added.status();
      id = *added;
      return {};
    });
    return id;
  }
};

TEST_F(StoreTest, AppealComesBackAsItWasGiven) {
  Given given = intake("A-1");
  AppealRow row = store_->appeal(given.appeal).value();
  AppealRow wanted = sample::appealRow("A-1");
  EXPECT_EQ(row.hub_id, given.hub_id);
  EXPECT_EQ(row.reg_number, "ЖТ-2026-00000001");
  EXPECT_EQ(row.content_sha256, wanted.content_sha256);
  EXPECT_EQ(row.kind, wanted.kind);
  EXPECT_EQ(row.kato, wanted.kato);
  EXPECT_EQ(row.body_bin, wanted.body_bin);
  EXPECT_EQ(row.received_at, wanted.received_at);
  EXPECT_EQ(row.registered_at, wanted.received_at);
  EXPECT_EQ(row.due_date, wanted.due_date);
  EXPECT_EQ(row.procedure, wanted.procedure);
  EXPECT_EQ(row.kind_special, wanted.kind_special);
  EXPECT_EQ(store_->findBySource("e-otinish", "A-1").value()->id, given.appeal);
  EXPECT_EQ(store_->findByHubId(given.hub_id).value()->id, given.appeal);
  EXPECT_EQ(store_->findByNumber("ЖТ-2026-00000001").value()->id, given.appeal);
  EXPECT_FALSE(store_->findBySource("other", "A-1").value().has_value());
  EXPECT_FALSE(store_->findByNumber("").value().has_value());
  EXPECT_EQ(store_->appeal(99).error().code, "store.not_found");
  must([&](Tx& tx) -> Status {
    EXPECT_EQ(tx.findByExternalId("portal", "EXT-A-1").value()->id, given.appeal);
    EXPECT_FALSE(tx.findByExternalId("moe", "EXT-A-1").value().has_value());
    EXPECT_EQ(tx.findByNumber("ЖТ-2026-00000001").value()->id, given.appeal);
    std::string message = store_->messages(given.appeal, false)->at(0).message_id;
    EXPECT_EQ(tx.findByMessageId(message).value()->id, given.appeal);
    return {};
  });
}

TEST_F(StoreTest, SourceKeyIsTakenOnce) {
  Given first = intake("A-1");
  Given second;
  Intake again;
  again.source_id = "A-1";
  EXPECT_EQ(failureOf([&](Tx& tx) { return sample::addIntake(tx, again, second); }),
            "store.conflict/source_id");
  again.source_system = "another";
  again.source_id = "A-1b";
  Given third = intake(again);
  EXPECT_EQ(third.number, 2) << "the failed unit must give its number back";
  EXPECT_EQ(third.appeal, first.appeal + 1);
  EXPECT_EQ(store_->appealCount(), 2);
  EXPECT_EQ(store_->head()->size, 2);
}

TEST_F(StoreTest, UpdateChangesEverythingButTheKeys) {
  Given given = intake("A-1");
  AppealRow row = store_->appeal(given.appeal).value();
  row.state = "decided";
  row.destination = "akimat";
  row.body_bin = "990141999900";
  row.decision_outcome = "satisfied";
  row.due_date = "2026-07-15";
  row.source_id = "ignored";
  row.registered_at.reset();
  must([&](Tx& tx) { return tx.updateAppeal(row); });
  AppealRow now = store_->appeal(given.appeal).value();
  EXPECT_EQ(now.state, "decided");
  EXPECT_EQ(now.destination, "akimat");
  EXPECT_EQ(now.body_bin, "990141999900");
  EXPECT_EQ(now.decision_outcome, "satisfied");
  EXPECT_EQ(now.due_date, "2026-07-15");
  EXPECT_EQ(now.source_id, "A-1");
  EXPECT_FALSE(now.registered_at.has_value());
  AppealFilter decided;
  decided.state = "decided";
  EXPECT_EQ(store_->listAppeals(decided, "", 10)->rows.size(), 1U);
  row.id = 77;
  EXPECT_EQ(failureOf([&](Tx& tx) { return tx.updateAppeal(row); }), "store.not_found");
}

TEST_F(StoreTest, AppealsWithoutNumberDoNotCollide) {
  for (const char* id : {"A-1", "A-2"}) {
    must([&](Tx& tx) -> Status {
      AppealRow row = sample::appealRow(id);
      row.journal_position = 41;
      Result<RowId> added = tx.addAppeal(row);
      return added ? Status() : added.status();
    });
  }
  AppealRow first = store_->findBySource("e-otinish", "A-1").value().value();
  AppealRow second = store_->findBySource("e-otinish", "A-2").value().value();
  EXPECT_EQ(first.journal_position, 41);
  first.reg_number = second.reg_number = "ЖТ-2026-00000009";
  must([&](Tx& tx) { return tx.updateAppeal(first); });
  EXPECT_EQ(failureOf([&](Tx& tx) { return tx.updateAppeal(second); }),
            "store.conflict/reg_number");
}

TEST_F(StoreTest, EventsFormAChain) {
  Given given = intake("A-1");
  must([&](Tx& tx) { return tx.addEvent(sample::eventRow(given.appeal, "delivered")); });
  std::vector<EventRow> events = store_->events(given.appeal).value();
  ASSERT_EQ(events.size(), 4U);
  std::string previous;
  for (std::size_t i = 0; i < events.size(); ++i) {
    EXPECT_EQ(events[i].seq, static_cast<std::int64_t>(i) + 1);
    EXPECT_EQ(events[i].previous_sha256, previous);
    previous = eventSha256(events[i]);
  }
  EXPECT_EQ(events[3].type, "delivered");
  EXPECT_EQ(events[3].text_kk, "Өтініш тіркелді");
  EXPECT_EQ(failureOf([](Tx& tx) { return tx.addEvent(sample::eventRow(77, "x")); }),
            "store.not_found");
}

TEST_F(StoreTest, AnEventIsFoundByItsPayload) {
  Given given = intake("A-1");
  Given other = intake("A-2");
  EventRow event = sample::eventRow(given.appeal, "status_in_work");
  event.payload_sha256 = std::string(64, '7');
  must([&](Tx& tx) { return tx.addEvent(event); });
  must([&](Tx& tx) {
    EXPECT_TRUE(tx.hasEventOf(given.appeal, event.payload_sha256).value());
    EXPECT_FALSE(tx.hasEventOf(given.appeal, std::string(64, '8')).value());
    EXPECT_FALSE(tx.hasEventOf(other.appeal, event.payload_sha256).value());
    return Status();
  });
}

TEST_F(StoreTest, TheFeedTellsEveryEventOnceInTheOrderOfTheCommits) {
  EXPECT_EQ(store_->feed("", 10)->next, "0.0");
  EXPECT_EQ(store_->feedEnd().value(), "0.0");
  Given first = intake("A-1");
  Given second = intake("A-2");
  // Told later, though it is older by its own time.
  EventRow late = sample::eventRow(first.appeal, "term_moved");
  late.at = sample::at(1);
  must([&](Tx& tx) { return tx.addEvent(late); });
  must([&](Tx& tx) { return tx.setCursor("moe", "tells nothing"); });

  FeedPage page = store_->feed("", 4).value();
  ASSERT_EQ(page.items.size(), 4U) << "ends within a commit";
  EXPECT_TRUE(page.more);
  EXPECT_EQ(page.items[0].event.appeal, first.appeal);
  EXPECT_EQ(page.items[2].event.seq, 3);
  EXPECT_EQ(page.items[3].event.appeal, second.appeal);
  EXPECT_EQ(page.next, page.items[3].cursor);
  EXPECT_EQ(page.items[3].event.text_kk, "Өтініш тіркелді");

  FeedPage rest = store_->feed(page.next, 100).value();
  ASSERT_EQ(rest.items.size(), 3U);
  EXPECT_FALSE(rest.more);
  EXPECT_EQ(rest.items[0].event.seq, 2);
  EXPECT_EQ(rest.items[2].event.type, "term_moved");
  EXPECT_EQ(rest.next, store_->feedEnd().value());
  EXPECT_EQ(store_->feed(page.items[1].cursor, 100)->items.size(), 5U) << "any event is a place";

  FeedPage nothing = store_->feed(rest.next, 100).value();
  EXPECT_TRUE(nothing.items.empty());
  EXPECT_FALSE(nothing.more);
  EXPECT_EQ(nothing.next, rest.next);
  intake("A-3");
  EXPECT_EQ(store_->feed(nothing.next, 100)->items.size(), 3U);
  for (const char* bad :
       {"77.1", "1.99", "x", "1", "1.", ".1", "1.2.3", "-1.0", "1.-1", "99999999999999999999.0"}) {
    EXPECT_EQ(store_->feed(bad, 5).error().code, "store.bad_cursor") << bad;
  }
}

TEST_F(StoreTest, ASnapshotSeesOneStateInItsThreadAlone) {
  const Given first = intake("a-1");
  const auto stateNow = [&] { return store_->appeal(first.appeal)->state; };
  const std::string before = stateNow();
  auto snapshot = store_->snapshot();
  ASSERT_NE(snapshot, nullptr);
  EXPECT_EQ(stateNow(), before);
  std::string elsewhere;
  std::thread other([&] {
    must([&](Tx& tx) { return tx.setAppealState(first.appeal, "executed", at(2)); });
    elsewhere = stateNow();
  });
  other.join();
  intake("a-2");
  EXPECT_EQ(elsewhere, "executed");
  EXPECT_EQ(stateNow(), before);
  EXPECT_FALSE(store_->findBySource("e-otinish", "a-2")->has_value());
  EXPECT_EQ(store_->snapshot(), nullptr) << "there is one already";
  EXPECT_TRUE(store_->feed("", 10).ok()) << "what reads in a transaction of its own";
  EXPECT_EQ(stateNow(), before) << "and does not end the snapshot's";
  snapshot.reset();
  EXPECT_EQ(stateNow(), "executed");
  EXPECT_TRUE(store_->findBySource("e-otinish", "a-2")->has_value());
}

TEST(StoreText, EveryFieldCountsInTheHashes) {
  EventRow event = sample::eventRow(1, "received");
  std::set<std::string> hashes = {eventSha256(event)};
  auto changed = [&](auto change) {
    EventRow other = event;
    change(other);
    EXPECT_TRUE(hashes.insert(eventSha256(other)).second);
  };
  changed([](EventRow& e) { e.appeal = 2; });
  changed([](EventRow& e) { e.seq = 2; });
  changed([](EventRow& e) { e.at += std::chrono::microseconds(1); });
  changed([](EventRow& e) { e.reason = "x"; });
  changed([](EventRow& e) { e.text_en += "."; });
  changed([](EventRow& e) { e.previous_sha256 = "00"; });
  changed([](EventRow& e) { e.from_state = "a\tb", e.to_state = ""; });
  changed([](EventRow& e) { e.from_state = "a", e.to_state = "b\t"; });
  changed([](EventRow& e) { e.from_state = "a\\tb", e.to_state = ""; });
  JournalRow journal;
  journal.at = at(1'780'000'000'000'001);
  journal.direction = "in";
  journal.party = "portal";
  journal.signature = "none";
  EXPECT_EQ(journalText(journal),
            "journal/1\t0\t" + formatInstant(journal.at) + "\tin\tportal\t\t\t\tnone");
}

TEST_F(StoreTest, ClocksAndTheirStatus) {
  Given given = intake("A-1");
  must([&](Tx& tx) { return tx.setClockStatus(given.appeal, "consider", "extended"); });
  ClockRow longer = store_->clocks(given.appeal)->at(1);
  longer.status = "running";
  longer.due_date = "2026-07-30";
  must([&](Tx& tx) -> Status {
    Status status = tx.addClock(longer);
    return status ? tx.setClockStatus(given.appeal, "consider", "met") : status;
  });
  std::vector<ClockRow> clocks = store_->clocks(given.appeal).value();
  ASSERT_EQ(clocks.size(), 3U);
  EXPECT_EQ(clocks[0].name, "forward");
  EXPECT_EQ(clocks[0].status, "running");
  EXPECT_EQ(clocks[0].length, 3);
  EXPECT_EQ(clocks[1].status, "extended");
  EXPECT_EQ(clocks[2].status, "met");
  EXPECT_EQ(clocks[2].due_date, "2026-07-30");
  EXPECT_EQ(failureOf([&](Tx& tx) { return tx.setClockStatus(given.appeal, "none", "met"); }),
            "store.not_found");
}

// Of terms of one name that stand together, the very one.
TEST_F(StoreTest, AClockIsEndedByItsNumber) {
  Given given = intake("A-1");
  ClockRow notice = store_->clocks(given.appeal)->at(1);
  notice.name = "forward_notice";
  notice.status = "running";
  for (const char* occasion : {"ЖТ-2026-00000001/1", "ЖТ-2026-00000001/2"}) {
    notice.occasion = occasion;
    must([&](Tx& tx) { return tx.addClock(notice); });
  }
  auto clocks = *store_->clocks(given.appeal);
  ASSERT_EQ(clocks.size(), 4U);
  must([&](Tx& tx) { return tx.setClockStatusAt(given.appeal, clocks[2].number, "met"); });
  clocks = *store_->clocks(given.appeal);
  EXPECT_EQ(clocks[1].occasion, "");
  EXPECT_EQ(clocks[2].occasion + clocks[2].status, "ЖТ-2026-00000001/1met");
  EXPECT_EQ(clocks[3].occasion + clocks[3].status, "ЖТ-2026-00000001/2running");
  EXPECT_EQ(failureOf([&](Tx& tx) { return tx.setClockStatusAt(given.appeal, 99, "met"); }),
            "store.not_found");
}

TEST_F(StoreTest, AClockThatRunsIsClosedByItsDueDateOnce) {
  const RowId appeal = intake("A-1").appeal;
  ClockRow clock;
  clock.appeal = appeal;
  clock.status = "running";
  const auto add = [&](const char* name, const char* due) {
    clock.name = name;
    clock.due_date = due;
    must([&](Tx& tx) { return tx.addClock(clock); });
  };
  const auto close = [&](const char* name, const char* today) {
    bool closed = false;
    must([&](Tx& tx) -> Status {
      auto done = tx.closeClock(appeal, name, today);
      if (done.ok()) closed = *done;
      return done.ok() ? Status() : done.status();
    });
    return closed;
  };
  add("execute", "2026-04-17");
  add("notice", "2026-04-17");
  add("undated", "");
  EXPECT_TRUE(close("execute", "2026-04-17"));
  EXPECT_FALSE(close("execute", "2026-04-18")) << "it runs no more";
  EXPECT_TRUE(close("notice", "2026-04-18"));
  EXPECT_TRUE(close("undated", "2026-04-18"));
  EXPECT_FALSE(close("never opened", "2026-04-18"));
  std::map<std::string, std::string> status;
  const auto rows = store_->clocks(appeal);
  ASSERT_TRUE(rows.ok());
  for (const auto& row : *rows) status[row.name] = row.status;
  EXPECT_EQ(status["execute"], "met");
  EXPECT_EQ(status["notice"], "missed");
  EXPECT_EQ(status["undated"], "cancelled");
}

TEST_F(StoreTest, AReportSeesEveryCaseOnceHoweverItIsReadInParts) {
  std::set<RowId> all, extended, met;
  for (int i = 0; i < 7; ++i) {
    Intake wanted;
    wanted.source_id = "R-" + std::to_string(i);
    wanted.received_at = at(1'780'000'000'000'000 + i / 3);  // three at the same moment
    const RowId id = intake(wanted).appeal;
    all.insert(id);
    if (i % 3 != 1) continue;
    extended.insert(id);
    ClockRow clock;
    clock.appeal = id;
    clock.name = "consider_extended";
    clock.status = "running";
    must([&](Tx& tx) { return tx.addClock(clock); });
    must([&](Tx& tx) { return tx.addClock(clock); });
    must([&](Tx& tx) { return tx.setClockStatus(id, "consider", "met"); });
    if (i > 3) continue;
    met.insert(id);
    must([&](Tx& tx) { return tx.setClockStatus(id, clock.name, "met"); });
  }
  auto db = sqlite::Connection::open({folder_.file("hub.db"), true, 1024, 0});
  ASSERT_TRUE(db.ok());
  AppealFilter none, by_time, by_destination;
  by_time.received_from = at(1'780'000'000'000'000);
  by_destination.destination = "moe";
  for (const auto& filter : {none, by_time, by_destination}) {
    for (const int limit : {1, 2, 3, 7, 100}) {
      std::multiset<RowId> seen;
      std::set<RowId> marked, in_time;
      sqlite::CaseCursor cursor;
      for (bool more = true; more;) {
        auto part = sqlite::readCases(**db, filter, cursor, limit, [&](const CaseRow& row) {
          seen.insert(row.id);
          if (row.extended) marked.insert(row.id);
          if (row.term_met) in_time.insert(row.id);
          return Status();
        });
        ASSERT_TRUE(part.ok()) << part.error().text;
        more = *part;
      }
      EXPECT_EQ(seen.size(), 7U);
      EXPECT_EQ(std::set<RowId>(seen.begin(), seen.end()), all);
      EXPECT_EQ(marked, extended);
      EXPECT_EQ(in_time, met) << "by the newest clock, not by the one it superseded";
    }
  }
  int visited = 0;
  const auto stopped = store_->eachCase({}, [&](const CaseRow&) {
    return ++visited < 3 ? Status() : Status::failure("test.enough", "enough");
  });
  EXPECT_EQ(stopped.ok() ? "" : stopped.error().code, "test.enough");
  EXPECT_EQ(visited, 3);
}

// An appeal on the days of March 2026, counted from the second.
class PossessionTest : public StoreTest {
 protected:
  static Instant noon(int day) {
    const auto first = std::chrono::sys_days(std::chrono::year(2026) / 3 / 2);
    return Instant(first + std::chrono::days(day) + std::chrono::hours(7));
  }
  std::string had(int day) {
    const auto first = std::chrono::sys_days(std::chrono::year(2026) / 3 / 2);
    auto alias = store_->hadOn(appeal_, formatDate(first + std::chrono::days(day)));
    EXPECT_TRUE(alias.ok());
    return alias.ok() ? *alias : "?";
  }
  RowId sent(const char* to, int day) {
    RowId id = 0;
    must([&](Tx& tx) -> Status {
      MessageRow message{newUuid7(noon(day)), appeal_, "appeal/1", "out", to, noon(day), "<x/>"};
      if (auto s = tx.addMessage(message); !s) return s;
      OutboxRow row;
      row.message_id = message.message_id;
      row.destination = to;
      row.appeal = appeal_;
      row.type = "appeal/1";
      row.created_at = row.next_at = noon(day);
      auto added = tx.addOutbox(row);
      if (added.ok()) id = *added;
      return added.status();
    });
    return id;
  }
  void tried(RowId row, int day, int outcome) {
    must([&](Tx& tx) {
      return tx.addAttempt({row, ++attempts_, noon(day), noon(day), outcome, "", ""});
    });
  }
  void told(const char* type, int day, const char* actor, const char* from, const char* to,
            const char* reason = "") {
    EventRow event = sample::eventRow(appeal_, type);
    event.event_id = newUuid7(noon(day));
    event.at = noon(day);
    event.actor = actor;
    event.from_state = from;
    event.to_state = to;
    event.reason = reason;
    must([&](Tx& tx) { return tx.addEvent(event); });
  }

  RowId appeal_ = intake("H-1").appeal;
  int attempts_ = 0;
};

// Who is charged with what ran out on a day.
TEST_F(PossessionTest, WhoHadAnAppealOnADayIsWhomItHadReached) {
  EXPECT_EQ(had(0), "") << "sent to nobody";
  const RowId a = sent("moe", 1);
  tried(a, 1, 3);
  EXPECT_EQ(had(1), "") << "not delivered";
  tried(a, 3, 1);
  EXPECT_EQ(had(2), "");
  EXPECT_EQ(had(3), "moe");
  told("status_refused", 5, "agency:moe", "assigned", "awaiting_routing");
  EXPECT_EQ(had(4), "moe");
  EXPECT_EQ(had(5), "") << "at the desk";
  told("routed", 6, "operator:desk", "awaiting_routing", "routed");
  const RowId b = sent("moh", 6);
  EXPECT_EQ(had(6), "") << "on its way";
  told("status_in_work", 8, "agency:moh", "routed", "in_work");
  EXPECT_EQ(had(7), "");
  EXPECT_EQ(had(8), "moh") << "by its own word: the answer was lost";
  tried(b, 9, 2);
  EXPECT_EQ(had(9), "moh");
  told("routed", 10, "door:rest:desk", "forwarded_full", "routed");
  const RowId c = sent("moj", 10);
  EXPECT_EQ(had(9), "moh");
  EXPECT_EQ(had(10), "") << "sent on";
  tried(c, 11, 2);
  EXPECT_EQ(had(11), "moj");
  must([&](Tx& tx) -> Status {
    auto row = **tx.findOutbox(c);
    row.state = OutboxState::kDead;
    return tx.updateOutbox(row);
  });
  told("delivery_failed", 12, "agency:moj", "assigned", "assigned");
  EXPECT_EQ(had(12), "") << "the carrier lost it";
}

// What goes out once more to a body that sent the appeal on gives it nothing back.
TEST_F(PossessionTest, ARedeliveryBringsNobodyWhatHeSentOn) {
  told("routed", 1, "hub", "registered", "routed");
  const RowId a = sent("moe", 1);
  tried(a, 1, 1);
  EXPECT_EQ(had(1), "moe");
  tried(a, 2, 1);
  EXPECT_EQ(had(2), "moe") << "twice at the same body";
  told("routed", 4, "registrar:desk", "forwarded_full", "routed");
  const RowId b = sent("moh", 4);
  tried(a, 5, 1);
  EXPECT_EQ(had(5), "") << "on its way to the other";
  tried(b, 6, 1);
  EXPECT_EQ(had(6), "moh");
  tried(a, 7, 1);
  EXPECT_EQ(had(7), "moh") << "it sent it on";
  // Directed to it again, which the same message may do, it has it.
  told("status_refused", 8, "agency:moh", "assigned", "awaiting_routing");
  told("routed", 9, "operator:desk", "awaiting_routing", "routed");
  EXPECT_EQ(had(9), "");
  tried(a, 10, 1);
  EXPECT_EQ(had(10), "moe");
  told("status_refused", 11, "agency:moe", "assigned", "awaiting_routing");
  EXPECT_EQ(had(11), "");
  told("retry_requested", 12, "operator:desk", "awaiting_routing", "routed");
  tried(a, 13, 1);
  EXPECT_EQ(had(13), "moe") << "a retry from the desk is a direction, too";
}

// Before the hub's delivery went through, the body's people answered the withdrawal: they have it.
TEST_F(PossessionTest, WhoAnswersAWithdrawalHasTheAppeal) {
  told("routed", 1, "hub", "registered", "routed");
  sent("moe", 1);
  told("acted", 2, "applicant:portal", "routed", "withdrawn");
  EXPECT_EQ(had(2), "");
  told("acted", 3, "executor:desk", "withdrawn", "withdrawal_prepared");
  EXPECT_EQ(had(3), "moe");
}

// So do those who go on after the refusal that the law presumed meanwhile, or from any other state.
TEST_F(PossessionTest, WhoActsAfterAPresumedRefusalHasTheAppeal) {
  told("routed", 1, "hub", "registered", "routed");
  sent("moe", 1);
  told("deemed_refused", 3, "hub", "routed", "deemed_refused");
  EXPECT_EQ(had(3), "") << "silence is no act";
  told("acted", 4, "registrar:desk", "deemed_refused", "deemed_refused");
  EXPECT_EQ(had(4), "") << "the reception desk took a complaint down";
  told("acted", 5, "executor:desk", "deemed_refused", "decision_prepared");
  EXPECT_EQ(had(4), "");
  EXPECT_EQ(had(5), "moe");
}

// What a body does to send the appeal on, and to tell of that, is no act of the next.
TEST_F(PossessionTest, WhoSendsAnAppealOnActsForNobodyElse) {
  told("routed", 1, "hub", "registered", "routed");
  const RowId a = sent("moe", 1);
  tried(a, 1, 1);
  told("acted", 3, "head:desk", "routed", "sent_to_higher");
  told("routed", 3, "head:desk", "sent_to_higher", "routed");
  const RowId b = sent("moh", 3);
  EXPECT_EQ(had(3), "") << "on its way";
  told("acted", 4, "executor:desk", "routed", "routed", "notify");
  EXPECT_EQ(had(4), "") << "the forwarder told the applicant";
  tried(b, 5, 1);
  EXPECT_EQ(had(5), "moh");
}

TEST_F(StoreTest, RefusedAppealsAreFoundByTheirEventsPageByPage) {
  struct Told {
    const char* type;
    const char* reason;
    bool returned;
  };
  const std::vector<Told> told = {
      {"acted", "decline_competence", true},
      {"status_not_registered", "not_registered", true},
      {"delivery_refused", "adapter.refused_by_agency", false},
      {"status_refused", "refused", true},
      {"acted", "forward_whole", true},
      {"acted", "forward_part", false},
      {"status_late", "forwarded", false},
      {"status_forwarded", "forwarded", true},
      {"decided", "forwarded", true},
      {"decided", "act_favourable", false},
      {"delivery_refused", "adapter.not_competent", true},
  };
  std::vector<RowId> refused;
  for (std::size_t i = 0; i < told.size(); ++i) {
    const RowId id = intake("F-" + std::to_string(i)).appeal;
    if (told[i].returned) refused.push_back(id);
    for (int times = 0; times < 2; ++times) {
      EventRow event = sample::eventRow(id, told[i].type);
      event.event_id = newUuid7(at(1'780'000'000'000'000));
      event.reason = told[i].reason;
      must([&](Tx& tx) { return tx.addEvent(event); });
    }
  }
  std::vector<RowId> found;
  for (RowId after = 0;;) {
    const auto page = store_->refusedAppeals(std::nullopt, std::nullopt, after, 2);
    ASSERT_TRUE(page.ok());
    if (page->empty()) break;
    for (const auto& row : *page) found.push_back(after = row.id);
  }
  EXPECT_EQ(found, refused) << "each once, in order";
  EXPECT_TRUE(store_->refusedAppeals(at(1'790'000'000'000'000), std::nullopt, 0, 10)->empty());
}

TEST_F(StoreTest, AStoppedActIsFoundWhileMoreStopsItThanEnded) {
  const std::vector<std::vector<const char*>> histories = {
      {"execution_suspended"},
      {"execution_suspended", "execution_resumed"},
      {"execution_suspended", "execution_suspended", "execution_still_stopped"},
      {"execution_suspended", "execution_suspended", "execution_stop_joined", "execution_resumed"},
      {"execution_suspended", "execution_suspended", "execution_over"},
      {"execution_suspended", "execution_resumed", "execution_suspended", "execution_waits"},
      {"executed"}};
  std::vector<RowId> stopped;
  for (std::size_t i = 0; i < histories.size(); ++i) {
    const RowId id = intake(("A-" + std::to_string(i)).c_str()).appeal;
    if (i == 0 || i == 2 || i == 5) stopped.push_back(id);
    for (const char* type : histories[i]) {
      EventRow event = sample::eventRow(id, type);
      event.event_id = newUuid7(at(1'780'000'000'000'000));
      must([&](Tx& tx) { return tx.addEvent(event); });
    }
  }
  std::vector<RowId> found;
  for (RowId after = 0;;) {
    const auto page = store_->stoppedAppeals(after, 2);
    ASSERT_TRUE(page.ok()) << page.error().text;
    if (page->empty()) break;
    for (const auto id : *page) found.push_back(after = id);
  }
  EXPECT_EQ(found, stopped);
}

TEST_F(StoreTest, OpenClocksOfANameComeByTheirLastDayUnknownOnesFirst) {
  std::vector<RowId> ids;
  for (const char* source : {"A-1", "A-2", "A-3", "A-4"}) ids.push_back(intake(source).appeal);
  must([&](Tx& tx) -> Status {
    ClockRow unknown = tx.clocks(ids[3])->at(0);
    unknown.name = "consider";
    unknown.due_date = "";
    unknown.status = "unknown";
    unknown.zone = "Asia/Qyzylorda";
    unknown.cut_off_minute = 600;
    if (auto s = tx.addClock(unknown); !s) return s;
    ClockRow earlier = tx.clocks(ids[1])->at(1);
    earlier.due_date = "2026-05-05";
    if (auto moved = tx.supersedeClock(tx.clocks(ids[1])->at(1), earlier); !moved) {
      return moved.status();
    }
    return tx.setClockStatus(ids[0], "consider", "met");
  });
  // Two rows a page.
  const auto seen = [&](std::string_view name, std::string_view until) {
    std::vector<RowId> found;
    ClockRow last;
    for (;;) {
      auto page = store_->openClocksDue(name, until, last.appeal == 0 ? nullptr : &last, 2);
      EXPECT_TRUE(page.ok());
      if (!page.ok() || page->empty()) return found;
      for (const auto& clock : *page) found.push_back(clock.appeal);
      last = page->back();
    }
  };
  EXPECT_EQ(seen("consider", "2026-12-31"), (std::vector<RowId>{ids[3], ids[1], ids[2], ids[3]}));
  EXPECT_EQ(seen("consider", "2026-06-29"), (std::vector<RowId>{ids[3], ids[1]}));
  EXPECT_EQ(seen("consider", "2000-01-01"), (std::vector<RowId>{ids[3]}))
      << "the unknown one alone";
  EXPECT_EQ(seen("forward", "2026-12-31"), ids);
  EXPECT_TRUE(seen("execute", "2026-12-31").empty());
  const auto kept = store_->clocks(ids[3])->back();
  EXPECT_EQ(kept.zone, "Asia/Qyzylorda");
  EXPECT_EQ(kept.cut_off_minute, 600);
}

TEST_F(StoreTest, AVersionOfACalendarYearIsKeptAsItWasFirst) {
  must([](Tx& tx) { return tx.addCalendar({2026, "2026.1", "off 2026-01-01 new_year\n"}); });
  must([](Tx& tx) { return tx.addCalendar({2026, "2026.1", "changed"}); });
  auto kept = store_->calendar(2026, "2026.1");
  ASSERT_TRUE(kept.ok() && kept->has_value());
  EXPECT_EQ((*kept)->days, "off 2026-01-01 new_year\n");
  EXPECT_FALSE(store_->calendar(2026, "2026.2")->has_value());
}

TEST_F(StoreTest, AClockIsSupersededOnlyIfItIsStillTheOneSeen) {
  Given given = intake("A-1");
  const ClockRow seen = store_->clocks(given.appeal)->at(1);
  EXPECT_EQ(seen.number, 2);
  ClockRow moved = seen;
  moved.due_date = "2026-07-30";
  auto supersede = [&](const ClockRow& old) {
    bool done = false;
    must([&](Tx& tx) {
      auto result = tx.supersedeClock(old, moved);
      done = result && *result;
      return result.status();
    });
    return done;
  };
  ClockRow other = seen;
  other.due_date = "2026-01-01";
  EXPECT_FALSE(supersede(other)) << "it has another due date by now";
  EXPECT_TRUE(supersede(seen));
  EXPECT_FALSE(supersede(seen)) << "it is cancelled";
  std::vector<ClockRow> clocks = store_->clocks(given.appeal).value();
  ASSERT_EQ(clocks.size(), 3U);
  EXPECT_EQ(clocks[1].status, "cancelled");
  EXPECT_EQ(clocks[1].due_date, seen.due_date);
  EXPECT_EQ(clocks[2].due_date, "2026-07-30");
  EXPECT_EQ(clocks[2].status, moved.status);
  EXPECT_EQ(clocks[2].number, 3);
  must([&](Tx& tx) { return tx.setClockStatus(given.appeal, seen.name, "met"); });
  EXPECT_FALSE(supersede(clocks[2])) << "what was met meanwhile stays met";
}

TEST_F(StoreTest, TheTermOfAnAppeal) {
  Given given = intake("A-1");
  const AppealRow row = store_->appeal(given.appeal).value();
  must([&](Tx& tx) {
    auto term = tx.appealTerm(given.appeal);
    EXPECT_TRUE(term.ok());
    EXPECT_EQ(term->hub_id, row.hub_id);
    EXPECT_EQ(term->destination, row.destination);
    EXPECT_EQ(term->state, row.state);
    EXPECT_EQ(term->due_date, row.due_date);
    EXPECT_EQ(tx.appealTerm(given.appeal + 9).error().code, "store.not_found");
    return Status();
  });
}

TEST_F(StoreTest, TheDueDateOfAnAppealChangesAlone) {
  Given given = intake("A-1");
  AppealRow before = store_->appeal(given.appeal).value();
  must([&](Tx& tx) { return tx.setAppealDue(given.appeal, "2026-07-30", at(5)); });
  AppealRow after = store_->appeal(given.appeal).value();
  EXPECT_EQ(after.due_date, "2026-07-30");
  EXPECT_EQ(after.updated_at, at(5));
  EXPECT_EQ(after.state, before.state);
  EXPECT_EQ(failureOf([&](Tx& tx) { return tx.setAppealDue(given.appeal + 9, "", at(5)); }),
            "store.not_found");
}

std::vector<RowId> idsOf(const Result<std::vector<AppealRow>>& rows) {
  std::vector<RowId> ids;
  for (const auto& row : *rows) ids.push_back(row.id);
  return ids;
}

TEST_F(StoreTest, TheWorkOfExecutorsIsReadByBody) {
  std::vector<RowId> ids;
  for (const char* source : {"A-1", "A-2", "A-3", "A-4"}) ids.push_back(intake(source).appeal);
  const auto set = [&](RowId id, const std::string& body, const std::string& executor,
                       const std::string& state, const std::string& due) {
    AppealRow row = store_->appeal(id).value();
    row.body_bin = body;
    row.executor = executor;
    row.state = state;
    row.due_date = due;
    must([&](Tx& tx) { return tx.updateAppeal(row); });
  };
  set(ids[0], "B", "e-1", "in_work", "2026-06-02");
  set(ids[1], "B", "e-2", "in_work", "2026-06-01");
  set(ids[2], "B", "", "in_work", "2026-06-01");
  set(ids[3], "C", "e-3", "in_work", "2026-06-01");
  const auto of = [&](std::string_view body, std::string_view due, RowId after, int limit) {
    return idsOf(store_->assignedOf(body, due, after, limit));
  };
  EXPECT_EQ(of("B", "", 0, 10), (std::vector<RowId>{ids[1], ids[0]}));
  EXPECT_EQ(of("B", "2026-06-01", ids[1], 10), (std::vector<RowId>{ids[0]}));
  EXPECT_EQ(of("B", "", 0, 1), (std::vector<RowId>{ids[1]}));
  set(ids[1], "B", "e-2", "executed", "2026-06-01");
  EXPECT_EQ(of("B", "", 0, 10), (std::vector<RowId>{ids[0]}));
  EXPECT_EQ(of("C", "", 0, 10), (std::vector<RowId>{ids[3]}));
  // Work whose day nobody knows is work; what is signed is none any more.
  set(ids[2], "B", "e-1", "in_work", "");
  set(ids[1], "B", "e-2", "registered", "");
  EXPECT_EQ(of("B", "", 0, 10), (std::vector<RowId>{ids[1], ids[2], ids[0]}));
  EXPECT_EQ(of("B", "", ids[1], 1), (std::vector<RowId>{ids[2]}));
  EXPECT_EQ(of("B", "", ids[2], 10), (std::vector<RowId>{ids[0]}));
  set(ids[0], "B", "e-1", "decision_signed", "2026-06-02");
  EXPECT_EQ(of("B", "", 0, 10), (std::vector<RowId>{ids[1], ids[2]}));
}

TEST_F(StoreTest, TheNewestMessageOfATypeIsReadAlone) {
  Given given = intake("A-1");
  EXPECT_FALSE(store_->newestMessage(given.appeal, "decision/1").value().has_value());
  for (const char* body : {"<first/>", "<second/>"}) {
    MessageRow row;
    row.message_id = newUuid7(at(7));
    row.appeal = given.appeal;
    row.type = "decision/1";
    row.body = body;
    must([&](Tx& tx) { return tx.addMessage(row); });
  }
  EXPECT_EQ(store_->newestMessage(given.appeal, "decision/1").value()->body, "<second/>");
  EXPECT_EQ(store_->newestMessage(given.appeal, "appeal/1").value()->body, "<appeal>A-1</appeal>");
  const auto all = store_->messages(given.appeal, true).value();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[1].body + all[2].body, "<first/><second/>") << "in the order in which they came";
}

TEST_F(StoreTest, BodiesAreReadOnlyWhenAsked) {
  Given given = intake("A-1");
  std::vector<MessageRow> heads = store_->messages(given.appeal, false).value();
  ASSERT_EQ(heads.size(), 1U);
  EXPECT_EQ(heads[0].body, "");
  MessageRow whole = store_->message(heads[0].message_id).value().value();
  EXPECT_EQ(whole.body, "<appeal>A-1</appeal>");
  EXPECT_EQ(store_->messages(given.appeal, true)->at(0).body, whole.body);
  EXPECT_EQ(failureOf([&](Tx& tx) { return tx.addMessage(whole); }), "store.conflict/message_id");
  whole.message_id = "not a uuid";
  whole.appeal = 0;
  must([&](Tx& tx) { return tx.addMessage(whole); });
  EXPECT_EQ(store_->message("not a uuid").value()->appeal, 0);
}

TEST_F(StoreTest, DueOutboxKeepsTheOrderOfAnAppeal) {
  Given first = intake("A-1");
  Given second = intake("A-2");
  Instant now = at(1'780'000'000'000'000);
  RowId behind = queue(first.appeal, "moe", now);
  RowId elsewhere = queue(first.appeal, "akimat", now);
  auto due = [&](const std::string& destination, Instant when) {
    std::vector<RowId> ids;
    std::vector<OutboxRow> rows = store_->dueOutbox(destination, when, 10).value();
    for (const OutboxRow& row : rows) ids.push_back(row.id);
    return ids;
  };
  RowId a = store_->outboxOf(first.appeal)->at(0).id;
  RowId b = store_->outboxOf(second.appeal)->at(0).id;
  EXPECT_EQ(due("moe", now), (std::vector<RowId>{a, b}));
  EXPECT_EQ(due("akimat", now), (std::vector<RowId>{elsewhere}));
  EXPECT_EQ(due("moe", now - std::chrono::hours(6)), (std::vector<RowId>{a, b}))
      << "nobody has tried them: the clock was set back";
  for (OutboxState state : {OutboxState::kInFlight, OutboxState::kHeld}) {
    setOutbox(first.appeal, state, now);
    EXPECT_EQ(due("moe", now), (std::vector<RowId>{b})) << toString(state);
  }
  setOutbox(first.appeal, OutboxState::kRetryWait, now + std::chrono::seconds(5));
  EXPECT_EQ(due("moe", now), (std::vector<RowId>{b}));
  EXPECT_EQ(store_->dueOutbox("moe", now, 10, now + std::chrono::seconds(5)).value().size(), 1U);
  EXPECT_EQ(store_->dueOutbox("moe", now, 10, now + std::chrono::seconds(4)).value().size(), 2U)
      << "no retry waits that long";
  EXPECT_EQ(store_->nextDue("moe").value(), now);
  setOutbox(second.appeal, OutboxState::kDelivered, now);
  EXPECT_EQ(store_->nextDue("moe").value(), now + std::chrono::seconds(5));
  EXPECT_EQ(due("moe", now + std::chrono::seconds(5)), (std::vector<RowId>{a}));
  for (OutboxState state :
       {OutboxState::kAwaiting, OutboxState::kDelivered, OutboxState::kRejected}) {
    setOutbox(first.appeal, state, now);
    EXPECT_EQ(due("moe", now), (std::vector<RowId>{behind})) << toString(state);
  }
  // A dead letter of the appeal: the body has not got it, unless it has told of a case.
  const auto dies = [&](const std::string& external_id) {
    must([&](Tx& tx) {
      auto row = tx.findOutbox(a)->value();
      row.state = OutboxState::kDead;
      row.external_id = external_id;
      return tx.updateOutbox(row);
    });
  };
  for (const char* none : {"", "message:7"}) {
    dies(none);
    EXPECT_TRUE(due("moe", now).empty()) << none;
    EXPECT_FALSE(store_->nextDue("moe").value().has_value()) << none;
  }
  dies("MF-7\nmessage:7");
  EXPECT_EQ(due("moe", now), (std::vector<RowId>{behind}));
  EXPECT_FALSE(store_->nextDue("nobody").value().has_value());
}

TEST_F(StoreTest, DueOutboxIsOldestFirstAndLimited) {
  Instant now = at(1'780'000'000'000'000);
  for (int i = 0; i < 6; ++i) {
    Given given = intake("A-" + std::to_string(i));
    setOutbox(given.appeal, i % 2 == 0 ? OutboxState::kRetryWait : OutboxState::kPending,
              now + std::chrono::seconds(10 - i));
  }
  std::vector<OutboxRow> rows = store_->dueOutbox("moe", now + std::chrono::seconds(60), 4).value();
  ASSERT_EQ(rows.size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(rows[i].next_at, now + std::chrono::seconds(5 + static_cast<int>(i)));
  }
}

TEST_F(StoreTest, OutboxCountsAndLists) {
  Instant now = at(1'780'000'000'000'000);
  OutboxState states[] = {OutboxState::kPending, OutboxState::kPending, OutboxState::kDelivered,
                          OutboxState::kDead, OutboxState::kInFlight};
  for (int i = 0; i < 5; ++i) {
    Given given = intake("A-" + std::to_string(i));
    setOutbox(given.appeal, states[i], now);
  }
  std::vector<OutboxCounts> counts = store_->outboxCounts().value();
  ASSERT_EQ(counts.size(), 3U) << "what is delivered is not counted";
  EXPECT_EQ(counts[0].state, "pending");
  EXPECT_EQ(counts[0].count, 2);
  EXPECT_EQ(counts[0].oldest, now);
  EXPECT_EQ(counts[1].state, "in_flight");
  EXPECT_EQ(counts[2].state, "dead");
  EXPECT_EQ(store_->listOutbox("", std::nullopt, 10)->size(), 5U);
  EXPECT_EQ(store_->listOutbox("moe", OutboxState::kDelivered, 10)->size(), 1U);
  EXPECT_EQ(store_->listOutbox("moe", OutboxState::kDead, 10)->size(), 1U);
  EXPECT_EQ(store_->listOutbox("akimat", std::nullopt, 10)->size(), 0U);
  std::vector<OutboxRow> newest = store_->listOutbox("moe", std::nullopt, 2).value();
  ASSERT_EQ(newest.size(), 2U);
  EXPECT_GT(newest[0].id, newest[1].id);
}

// Whichever index a list goes by, its pages hold every row of it once, the newest first.
TEST_F(StoreTest, TheOutboxIsListedByPages) {
  constexpr int kRows = 40;
  constexpr std::array kStates = {OutboxState::kPending, OutboxState::kDelivered,
                                  OutboxState::kRejected, OutboxState::kDead};
  for (int i = 0; i < kRows; ++i) {
    Intake wanted;
    wanted.source_id = "A-" + std::to_string(i);
    wanted.destination = i % 3 == 0 ? "moe" : "akimat";
    const auto given = intake(wanted);
    setOutbox(given.appeal, kStates[static_cast<std::size_t>(i) % kStates.size()], at(1));
  }
  const auto all = store_->listOutbox("", std::nullopt, kRows).value();
  ASSERT_EQ(all.size(), static_cast<std::size_t>(kRows));
  for (const std::string destination : {"", "moe", "akimat"}) {
    for (const auto state : std::vector<std::optional<OutboxState>>{
             std::nullopt, kStates[0], kStates[1], kStates[2], kStates[3], OutboxState::kHeld}) {
      std::vector<RowId> wanted, listed;
      for (const auto& row : all) {
        const bool fits = (destination.empty() || row.destination == destination) &&
                          (!state || row.state == *state);
        if (fits) wanted.push_back(row.id);
      }
      for (RowId before = 0;;) {
        const auto page = store_->outboxPage({destination, state}, before, 3).value();
        for (const auto& row : page) listed.push_back(row.id);
        if (page.size() < 3) break;
        before = page.back().id;
      }
      EXPECT_EQ(listed, wanted) << destination << " " << (state ? toString(*state) : "any");
    }
  }
}

// An appeal at the desk counts with what refused it; any other only with what followed it.
TEST_F(StoreTest, RefusedDeliveriesAreCountedByWhatTheyLeftOpen) {
  const auto refused = [&](const char* source, const char* state) {
    Intake wanted;
    wanted.source_id = source;
    wanted.state = state;
    const auto given = intake(wanted);
    setOutbox(given.appeal, OutboxState::kRejected, at(1));
    return given.appeal;
  };
  refused("A-1", "awaiting_routing");
  const auto elsewhere = refused("A-2", "assigned");
  EXPECT_EQ(store_->appealsIn("awaiting_routing").value(), 1);
  auto counts = store_->rejectedCounts("awaiting_routing").value();
  ASSERT_EQ(counts.size(), 1U);
  EXPECT_EQ(counts[0].destination, "moe");
  EXPECT_EQ(counts[0].appeal_state, "awaiting_routing");
  EXPECT_EQ(counts[0].count, 1);
  OutboxRow following;
  following.message_id = newUuid7(at(1));
  following.destination = "moe";
  following.appeal = elsewhere;
  following.type = "withdrawal/1";
  following.state = OutboxState::kRejected;
  following.created_at = following.next_at = at(1);
  must([&](Tx& tx) { return tx.addOutbox(following).status(); });
  counts = store_->rejectedCounts("awaiting_routing").value();
  ASSERT_EQ(counts.size(), 2U);
  EXPECT_EQ(counts[1].appeal_state, "assigned");
}

TEST_F(StoreTest, TheQuarantineIsListedByPagesAndStrangersApart) {
  const auto given = intake("A-1");
  for (int i = 0; i < 12; ++i) {
    QuarantineRow row{0,
                      i % 2 == 0 ? "moe" : "akimat",
                      std::to_string(i),
                      at(i),
                      i % 3 == 0 ? "adapter.bad_row" : "trust.signature_missing",
                      "",
                      "",
                      "x",
                      i == 3 ? "resolved" : "open"};
    row.nobodys = i % 3 != 0;
    if (i % 3 == 0) row.appeal = given.appeal;
    must([&](Tx& tx) { return tx.addQuarantine(row).status(); });
  }
  const auto items = [&](const QuarantineFilter& filter) {
    std::string list;
    for (RowId before = 0;;) {
      const auto page = store_->quarantinePage(filter, before, 2).value();
      for (const auto& row : page) list += row.item_id + " ";
      if (page.size() < 2) return list;
      before = page.back().id;
    }
  };
  EXPECT_EQ(items({}), "11 10 9 8 7 6 5 4 3 2 1 0 ");
  EXPECT_EQ(items({"", "", "", false}), "9 6 3 0 ");
  EXPECT_EQ(items({"", "open", "", false}), "9 6 0 ");
  EXPECT_EQ(items({"", "open", "adapter.bad_row", {}}), "9 6 0 ");
  EXPECT_EQ(items({"akimat", "", "", {}}), "11 9 7 5 3 1 ");
  EXPECT_EQ(items({"akimat", "", "", false}), "9 3 ");
  EXPECT_EQ(items({"akimat", "resolved", "", {}}), "3 ");
  EXPECT_EQ(items({"moe", "open", "", true}), "10 8 4 2 ");
  std::string counts;
  const auto counted = store_->quarantineCounts().value();
  for (const auto& row : counted) {
    counts += row.party + (row.nobodys ? " nobodys " : " ") + std::to_string(row.open) + ", ";
  }
  EXPECT_EQ(counts, "akimat 1, akimat nobodys 4, moe 2, moe nobodys 4, ");
  const auto of_appeal = store_->quarantineOf(given.appeal, 2).value();
  ASSERT_EQ(of_appeal.size(), 2U);
  EXPECT_EQ(of_appeal[0].item_id, "9");
  EXPECT_EQ(of_appeal[1].item_id, "6");
  EXPECT_TRUE(store_->quarantineOf(given.appeal + 1, 2)->empty());
}

TEST_F(StoreTest, InFlightRowsAreRecovered) {
  Given first = intake("A-1");
  Given second = intake("A-2");
  Instant now = at(1'780'000'000'000'000);
  setOutbox(first.appeal, OutboxState::kInFlight, now);
  setOutbox(second.appeal, OutboxState::kAwaiting, now);
  store_.reset();
  store_ = sample::openOrDie(folder_.file("hub.db"), &sealer_);
  EXPECT_EQ(store_->recoverInFlight().value(), 1);
  EXPECT_EQ(store_->outboxOf(first.appeal)->at(0).state, OutboxState::kPending);
  EXPECT_EQ(store_->outboxOf(second.appeal)->at(0).state, OutboxState::kAwaiting);
  EXPECT_EQ(store_->recoverInFlight().value(), 0);
}

TEST_F(StoreTest, OutboxRowsAndAttempts) {
  Given given = intake("A-1");
  OutboxRow row = store_->outboxOf(given.appeal)->at(0);
  row.attempts = 1;
  row.external_id = "MIN-77";
  row.last_code = "http.503";
  row.last_text = "busy";
  row.escalated = true;
  row.state = OutboxState::kRetryWait;
  AttemptRow attempt{row.id, 1, at(5), at(9), 3, "http.503", "busy"};
  must([&](Tx& tx) -> Status {
    Status status = tx.updateOutbox(row);
    if (status) status = tx.addAttempt(attempt);
    EXPECT_EQ(tx.findOutbox(row.id).value()->external_id, "MIN-77");
    EXPECT_EQ(tx.findOutboxByMessageId(row.message_id).value()->id, row.id);
    EXPECT_FALSE(tx.findOutbox(12345).value().has_value());
    return status;
  });
  OutboxRow now = store_->outboxOf(given.appeal)->at(0);
  EXPECT_EQ(now.attempts, 1);
  EXPECT_EQ(now.last_text, "busy");
  EXPECT_TRUE(now.escalated);
  std::vector<AttemptRow> attempts = store_->attempts(row.id).value();
  ASSERT_EQ(attempts.size(), 1U);
  EXPECT_EQ(attempts[0].ended_at, at(9));
  EXPECT_EQ(attempts[0].outcome, 3);
  EXPECT_EQ(failureOf([&](Tx& tx) { return tx.addAttempt(attempt); }).substr(0, 14),
            "store.conflict");
  row.id = 12345;
  EXPECT_EQ(failureOf([&](Tx& tx) { return tx.updateOutbox(row); }), "store.not_found");
}

TEST_F(StoreTest, ExternalIds) {
  Given first = intake("A-1");
  Given second = intake("A-2");
  auto add = [](RowId appeal) {
    return [appeal](Tx& tx) { return tx.addExternalId(appeal, "moe", "MIN-1", at(7)); };
  };
  must(add(first.appeal));
  must(add(first.appeal));
  EXPECT_EQ(failureOf(add(second.appeal)), "store.conflict/external_id");
  auto ids = store_->externalIds(first.appeal).value();
  ASSERT_EQ(ids.size(), 2U);
  EXPECT_EQ(ids[0], (std::pair<std::string, std::string>("moe", "MIN-1")));
  EXPECT_EQ(ids[1], (std::pair<std::string, std::string>("portal", "EXT-A-1")));
}

TEST_F(StoreTest, AKeptItemHasWhatIsNeededToJudgeItAgain) {
  QuarantineRow row{0, "moe", "78", at(2), "exchange.unknown_appeal", "", "77", "native", "open"};
  row.kind = "item";
  row.item = QuarantinedItem{"decision/1", "xml", "c", "r", "e", "n", "wsse", "CN=moe", "<d/>"};
  row.request = QuarantinedRequest{"POST", "/news?a=b", "X-A: 1\n", "whole"};
  RowId id = 0;
  must([&](Tx& tx) -> Status {
    Result<RowId> added = tx.addQuarantine(row);
    if (!added) return added.status();
    id = *added;
    row = *tx.findQuarantine(id).value();
    EXPECT_FALSE(row.item.has_value());
    EXPECT_FALSE(row.request.has_value());
    row.state = "resolved";
    row.closed_at = at(5);
    row.closed_by = "operator:clerk";
    row.note = "told them";
    return tx.updateQuarantine(row);
  });
  QuarantineRow kept = *store_->findQuarantine(id, true).value();
  EXPECT_EQ(kept.kind, "item");
  EXPECT_EQ(kept.state, "resolved");
  EXPECT_EQ(kept.closed_at, at(5));
  EXPECT_EQ(kept.closed_by + kept.note, "operator:clerktold them");
  EXPECT_EQ(kept.raw, "native");
  ASSERT_TRUE(kept.item.has_value());
  const QuarantinedItem& item = *kept.item;
  EXPECT_EQ(item.type + item.form + item.body, "decision/1xml<d/>");
  EXPECT_EQ(item.correlation_id + item.in_reply_to + item.external_id + item.reg_number, "cren");
  EXPECT_EQ(item.evidence + item.signer, "wsseCN=moe");
  ASSERT_TRUE(kept.request.has_value());
  EXPECT_EQ(kept.request->method + kept.request->target, "POST/news?a=b");
  EXPECT_EQ(kept.request->headers + kept.request->body, "X-A: 1\nwhole");
}

TEST_F(StoreTest, OpenKeptRowsAreClosedByItemOrSubject) {
  const auto add = [&](const char* party, const char* item, const char* subject) {
    QuarantineRow row{0, party, item, at(2), "adapter.exception", "", "", "x", "open"};
    row.subject = subject;
    RowId id = 0;
    must([&](Tx& tx) -> Status {
      id = *tx.addQuarantine(row);
      return {};
    });
    return id;
  };
  const RowId first = add("moe", "1", "s"), second = add("moe", "2", "s");
  const RowId other = add("akimat", "1", "s"), none = add("moe", "3", "");
  EXPECT_TRUE(store_->hasOpenQuarantine("moe", "s").value());
  EXPECT_FALSE(store_->hasOpenQuarantine("moe", "").value()) << "no subject is not one";
  const auto close = [&](const std::string& item, const std::string& subject) {
    int closed = 0;
    must([&](Tx& tx) -> Status {
      closed = *tx.closeQuarantine({"moe", item, subject, at(7), "hub", "mended"});
      return {};
    });
    return closed;
  };
  EXPECT_EQ(close("2", ""), 1);
  EXPECT_EQ(close("2", ""), 0) << "closed once";
  EXPECT_EQ(close("", "s"), 1);
  EXPECT_FALSE(store_->hasOpenQuarantine("moe", "s").value());
  EXPECT_TRUE(store_->hasOpenQuarantine("akimat", "s").value());
  for (RowId id : {first, second}) {
    const QuarantineRow row = *store_->findQuarantine(id, false).value();
    EXPECT_EQ(row.state + row.closed_by + row.note, "resolvedhubmended");
    EXPECT_EQ(row.closed_at, at(7));
    EXPECT_EQ(row.subject, "s");
  }
  for (RowId id : {other, none}) {
    EXPECT_EQ(store_->findQuarantine(id, false).value()->state, "open");
  }
}

TEST_F(StoreTest, WaitingItemsComeWholeInTheirOrder) {
  QuarantineRow row{0, "moe", "1", at(2), "exchange.unknown_appeal", "", "77", "native", "waiting"};
  row.item = QuarantinedItem{"decision/1", "xml", "c", "r", "e", "n", "wsse", "CN=moe", "<d/>"};
  must([&](Tx& tx) -> Status {
    for (const char* id : {"1", "2", "3"}) {
      row.item_id = id;
      if (auto added = tx.addQuarantine(row); !added) return added.status();
    }
    row.party = "akimat";
    if (auto added = tx.addQuarantine(row); !added) return added.status();
    row.party = "moe";
    row.state = "open";
    return tx.addQuarantine(row).status();
  });
  auto rows = store_->waitingItems("moe", 0, 2).value();
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].item_id + rows[1].item_id, "12");
  EXPECT_EQ(rows[1].raw, "native");
  ASSERT_TRUE(rows[1].item.has_value());
  EXPECT_EQ(rows[1].item->body, "<d/>");
  rows = store_->waitingItems("moe", rows.back().id, 2).value();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].item_id, "3");
  EXPECT_TRUE(store_->waitingItems("minfin", 0, 2)->empty());
}

TEST_F(StoreTest, InboxQuarantineSettledCursorAttachment) {
  InboxRow inbox{"moe", "77", "in_progress", "", sha256Hex("x"), "", at(1)};
  QuarantineRow bad{
      0, "moe", "78", at(2), "model.bad_xml", "not XML", "77", std::string("\xff\x00<", 3), "open"};
  std::string digest = sha256Hex("file");
  must([&](Tx& tx) -> Status {
    Status status = tx.putInbox(inbox);
    inbox.status = "completed";
    inbox.answer = "<ok/>";
    inbox.about = sha256Hex("y");
    if (status) status = tx.putInbox(inbox);
    EXPECT_EQ(tx.findInbox("moe", "77").value()->status, "completed");
    EXPECT_EQ(tx.findInbox("moe", "77").value()->answer, "<ok/>");
    EXPECT_EQ(tx.findInbox("moe", "77").value()->about, sha256Hex("y"));
    EXPECT_FALSE(tx.findInbox("akimat", "77").value().has_value());
    Result<RowId> kept = tx.addQuarantine(bad);
    if (!kept) return kept.status();
    for (const char* item : {"1", "2", "3"}) {
      if (status) status = tx.addSettled({0, "moe", item, true, "", "", "r"});
    }
    if (status) status = tx.setCursor("moe", "page-1");
    if (status) status = tx.setCursor("moe", "page-2");
    if (status) status = tx.addAttachment({digest, 4, "application/pdf", at(3)});
    if (status) status = tx.addAttachment({digest, 4, "text/plain", at(4)});
    return status;
  });
  std::vector<QuarantineRow> kept = store_->listQuarantine("moe", "open", 10).value();
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(kept[0].raw, "") << "lists hold no content";
  EXPECT_EQ(kept[0].bytes, 3);
  EXPECT_EQ(kept[0].state, "open");
  EXPECT_EQ(store_->findQuarantine(kept[0].id, true).value()->raw, std::string("\xff\x00<", 3));
  EXPECT_EQ(store_->findQuarantine(kept[0].id, false).value()->raw, "");
  EXPECT_FALSE(store_->findQuarantine(99, true)->has_value());
  EXPECT_EQ(store_->listQuarantine("", "", 10)->size(), 1U);
  EXPECT_EQ(store_->listQuarantine("akimat", "", 10)->size(), 0U);
  EXPECT_EQ(store_->listQuarantine("", "resolved", 10)->size(), 0U);
  std::vector<SettledRow> settled = store_->settled("moe", 2).value();
  ASSERT_EQ(settled.size(), 2U);
  EXPECT_TRUE(settled[0].accepted);
  must([&](Tx& tx) { return tx.removeSettled({settled[0].id, settled[1].id}); });
  ASSERT_EQ(store_->settled("moe", 10)->size(), 1U);
  EXPECT_EQ(store_->settled("moe", 10)->at(0).item_id, "3");
  EXPECT_EQ(store_->cursor("moe").value(), "page-2");
  EXPECT_EQ(store_->cursor("akimat").value(), "");
  EXPECT_EQ(store_->cursor("moe", "rest").value(), "page-2") << "of no adapter: anybody's";
  must([](Tx& tx) { return tx.putCursor({"moe", "rest", "r-1", at(5)}); });
  EXPECT_EQ(store_->cursor("moe", "rest").value(), "r-1");
  EXPECT_EQ(store_->cursor("moe", "soap").value(), "") << "another adapter's";
  must([](Tx& tx) { return tx.putCursor({"moe", "soap", "s-1", at(6)}); });
  EXPECT_EQ(store_->cursor("moe", "rest").value(), "r-1");
  const auto cursors = store_->cursors("moe").value();
  ASSERT_EQ(cursors.size(), 2U);
  EXPECT_EQ(cursors[0].adapter, "rest");
  EXPECT_EQ(cursors[0].at, at(5));
  must([](Tx& tx) -> Status {
    auto removed = tx.removeCursors("moe");
    EXPECT_EQ(removed.value(), 2);
    return removed.status();
  });
  EXPECT_TRUE(store_->cursors("moe")->empty());
  EXPECT_EQ(store_->findAttachment(digest).value()->mime, "application/pdf");
  EXPECT_FALSE(store_->findAttachment(sha256Hex("none")).value().has_value());
}

TEST_F(StoreTest, ListsPageByKeyAndFilter) {
  Instant base = at(1'780'000'000'000'000);
  for (int i = 0; i < 25; ++i) {
    Intake wanted;
    wanted.source_id = "A-" + std::to_string(i);
    wanted.received_at = base + std::chrono::seconds(i / 3);  // several at the same instant
    wanted.destination = i % 2 == 0 ? "moe" : "akimat";
    wanted.state = i % 5 == 0 ? "decided" : "registered";
    intake(wanted);
  }
  std::vector<RowId> seen;
  std::string cursor;
  int pages = 0;
  do {
    AppealPage page = store_->listAppeals({}, cursor, 7).value();
    for (const AppealRow& row : page.rows) seen.push_back(row.id);
    cursor = page.next;
    ++pages;
  } while (!cursor.empty());
  EXPECT_EQ(pages, 4);
  ASSERT_EQ(seen.size(), 25U);
  for (std::size_t i = 1; i < seen.size(); ++i) EXPECT_EQ(seen[i], seen[i - 1] - 1);

  auto count = [&](AppealFilter filter) {
    return store_->listAppeals(filter, "", 100)->rows.size();
  };
  AppealFilter filter;
  filter.destination = "moe";
  EXPECT_EQ(count(filter), 13U);
  filter.state = "decided";
  EXPECT_EQ(count(filter), 3U);
  filter.kind = "complaint";
  filter.language = "kk";
  filter.source_system = "e-otinish";
  filter.body_bin = "940140000385";
  filter.due_to = "2026-06-30";
  EXPECT_EQ(count(filter), 3U);
  filter.due_to = "2026-06-29";
  EXPECT_EQ(count(filter), 0U);
  AppealFilter times;
  times.received_from = base + std::chrono::seconds(2);
  times.received_to = base + std::chrono::seconds(3);
  EXPECT_EQ(count(times), 6U);
  for (const char* bad : {"x", "1", "1.", ".1", "1.2.3", "1.2x"}) {
    EXPECT_EQ(store_->listAppeals({}, bad, 5).error().code, "store.bad_cursor") << bad;
  }
}

// Whatever few of many appeals are asked for, a page costs no more than a bound: the other readers wait for it.
TEST_F(StoreTest, AListOfFewAmongManyIsReadInShortPages) {
  constexpr int kMany = 11'000;
  Instant base = at(1'780'000'000'000'000);
  must([&](Tx& tx) -> Status {
    for (int i = 0; i < kMany; ++i) {
      Intake wanted;
      wanted.source_id = "A-" + std::to_string(i);
      wanted.received_at = base + std::chrono::seconds(i);
      const bool rare = i == 0;
      AppealRow row = sample::appealRow(wanted.source_id);
      row.received_at = wanted.received_at;
      row.hub_id = newUuid7(wanted.received_at);
      row.reg_number = "N-" + std::to_string(i);
      row.source_system = rare ? "paper" : "e-otinish";
      row.kind = rare ? "petition" : "complaint";
      if (auto added = tx.addAppeal(row); !added) return added.status();
    }
    return {};
  });
  AppealFilter mine;
  mine.source_system = "paper";
  const AppealPage page = store_->listAppeals(mine, "", 50).value();
  EXPECT_EQ(page.rows.size(), 1U) << "by an index of its own";
  EXPECT_EQ(page.next, "");
  AppealFilter rare;
  rare.kind = "petition";
  std::vector<std::size_t> pages;
  std::string cursor;
  do {
    AppealPage next = store_->listAppeals(rare, cursor, 50).value();
    pages.push_back(next.rows.size());
    EXPECT_NE(next.next, cursor);
    cursor = next.next;
  } while (!cursor.empty());
  EXPECT_EQ(pages, (std::vector<std::size_t>{0, 0, 1}));
  rare.kind = "complaint";
  std::size_t seen = 0;
  do {
    AppealPage next = store_->listAppeals(rare, cursor, 500).value();
    seen += next.rows.size();
    cursor = next.next;
  } while (!cursor.empty());
  EXPECT_EQ(seen, static_cast<std::size_t>(kMany - 1)) << "each once";
}

TEST_F(StoreTest, OtherAliasesAreSeenWithoutTouchingTheFile) {
  must([](Tx& tx) -> Status {
    if (auto s = tx.putCursor({"old", "rest", "1", at(1)}); !s) return s;
    return tx.putCursor({"new", "rest", "1", at(1)});
  });
  const auto path = folder_.file("hub.db");
  const auto look = [&] { return lookForOtherAliases(path, {"new"}, {"executed"}); };
  auto beside = look();
  ASSERT_TRUE(beside.ok()) << beside.error().text;
  ASSERT_EQ(beside->size(), 1U);
  EXPECT_EQ(beside->front().alias, "old");
  EXPECT_TRUE(beside->front().cursor);
  store_.reset();
  const auto files = [&] {
    std::set<std::string> names;
    const auto folder = std::filesystem::path(path).parent_path();
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      names.insert(entry.path().filename().string());
    }
    return names;
  };
  const auto before = files();
  auto alone = look();
  ASSERT_TRUE(alone.ok()) << alone.error().text;
  EXPECT_EQ(alone->size(), 1U);
  EXPECT_EQ(files(), before);
  EXPECT_TRUE(lookForOtherAliases(path + ".none", {}, {})->empty());
}

TEST_F(StoreTest, AnAliasIsRenamedWithAllThatItHas) {
  must([&](Tx& tx) -> Status {
    if (auto s = tx.putCursor({"old", "rest", "o-1", at(1)}); !s) return s;
    if (auto s = tx.putCursor({"old", "soap", "o-2", at(1)}); !s) return s;
    if (auto s = tx.putCursor({"new", "rest", "n-1", at(1)}); !s) return s;
    if (auto s = tx.setCursor("hub:mine", "x"); !s) return s;
    InboxRow seen;
    seen.party = "old";
    seen.item_id = "7";
    seen.status = "completed";
    seen.at = at(1);
    if (auto s = tx.putInbox(seen); !s) return s;
    QuarantineRow kept;
    kept.party = "old";
    kept.item_id = "8";
    kept.at = at(1);
    kept.code = "exchange.unknown_appeal";
    kept.state = "open";
    if (auto added = tx.addQuarantine(kept); !added) return added.status();
    return tx.addSettled({0, "old", "7", true, "", "", "r"});
  });
  EXPECT_EQ(store_->aliases().value(), (std::vector<std::string>{"new", "old"}));
  const auto use = store_->aliasUse("old", {"executed"}).value();
  EXPECT_EQ(use.kept, 1);
  EXPECT_TRUE(use.cursor);
  must([](Tx& tx) { return tx.renameDestination("old", "new").status(); });
  EXPECT_EQ(store_->aliases().value(), (std::vector<std::string>{"new"}));
  EXPECT_FALSE(store_->aliasUse("old", {})->any());
  EXPECT_EQ(store_->cursor("new", "rest").value(), "n-1") << "its own stays";
  EXPECT_EQ(store_->cursor("new", "soap").value(), "o-2");
  EXPECT_EQ(store_->settled("new", 10)->size(), 1U);
  EXPECT_EQ(store_->listQuarantine("new", "open", 10)->size(), 1U);
  must([](Tx& tx) -> Status {
    EXPECT_TRUE(tx.findInbox("new", "7").value().has_value());
    EXPECT_FALSE(tx.findInbox("old", "7").value().has_value());
    return {};
  });
}

TEST_F(StoreTest, EveryJournalRecordIsProvedAgainstTheNewestHead) {
  EXPECT_EQ(store_->head()->size, 0);
  EXPECT_EQ(store_->prove(0).error().code, "store.not_found");
  for (int i = 0; i < 21; ++i) intake("A-" + std::to_string(i));
  for (int reopened = 0; reopened < 2; ++reopened) {
    TreeHead head = store_->head().value();
    EXPECT_EQ(head.size, 21 + reopened);
    EXPECT_EQ(head.signature, "sealed:" + std::to_string(head.size) + ":" + head.root_hex);
    auto hash = [](const std::string& hex) {
      Sha256 out{};
      for (std::size_t i = 0; i < 32; ++i) {
        out[i] = static_cast<std::uint8_t>(std::stoi(hex.substr(2 * i, 2), nullptr, 16));
      }
      return out;
    };
    for (std::int64_t position = 0; position < head.size; ++position) {
      JournalRow row = store_->journal(position).value().value();
      EXPECT_EQ(row.position, position);
      InclusionProof proof = store_->prove(position).value();
      std::vector<Sha256> path;
      for (const std::string& hex : proof.path_hex) path.push_back(hash(hex));
      EXPECT_TRUE(trust::verifyMerklePath(
          trust::merkleLeafHash(journalText(row)), static_cast<std::uint64_t>(position),
          static_cast<std::uint64_t>(proof.head.size), path, hash(proof.head.root_hex)));
    }
    store_.reset();
    store_ = sample::openOrDie(folder_.file("hub.db"), &sealer_);
    intake("B-" + std::to_string(reopened));
  }
  EXPECT_FALSE(store_->journal(99).value().has_value());
}

TEST(StoreErrors, EveryCodeIsInTheCatalogue) {
  for (const char* code : {"store.unavailable", "store.corrupt", "store.newer_schema",
                           "store.conflict", "store.not_found", "store.bad_cursor"}) {
    ASSERT_NE(findError(code), nullptr) << code;
    EXPECT_NE(errorText(code, "kk"), errorText(code, "ru"));
  }
}

}  // namespace
}  // namespace hub::store
