// Opening files: new, of an older schema, of a newer one, foreign, damaged, already open.
#include <gtest/gtest.h>

#include <cstdio>

#include "hub/base/text.h"
#include "hub/store/sqlite/database.h"
#include "hub/store/sqlite/migrations.h"
#include "hub/store/tests/sample.h"

namespace hub::store {
namespace {

using sqlite::Connection;

std::unique_ptr<Connection> connect(const std::string& path) {
  auto connection = Connection::open({path, false, 4096, 0});
  EXPECT_TRUE(connection.ok());
  return std::move(*connection);
}

std::int64_t numberOf(Connection& db, const char* sql) {
  sqlite::Statement s = db.statement(sql);
  EXPECT_TRUE(s.step().value());
  return s.integer();
}

// The whole schema as text, in a fixed order.
std::string schemaOf(const std::string& path) {
  auto db = connect(path);
  sqlite::Statement s = db->statement(
      "SELECT type || name || coalesce(sql, '') FROM sqlite_schema ORDER BY type, name");
  std::string schema;
  while (s.step().value()) schema += s.text() + "\n";
  return schema;
}

std::string openFailure(const std::string& path) {
  SqliteOptions options;
  options.path = path;
  auto store = openSqlite(options, Limits(), nullptr);
  return store.ok() ? "" : store.error().code;
}

TEST(Migrations, AreNumberedWithoutGaps) {
  int expected = 1;
  for (const sqlite::Migration& migration : sqlite::migrations()) {
    EXPECT_EQ(migration.number, expected++);
    EXPECT_FALSE(migration.sql.empty());
  }
}

TEST(Migrations, EmptyFileGetsTheNewestSchema) {
  sample::TempFolder folder;
  std::string path = folder.file("hub.db");
  sample::openOrDie(path).reset();
  auto db = connect(path);
  EXPECT_EQ(numberOf(*db, "SELECT max(version) FROM schema_version"),
            sqlite::migrations().back().number);
  EXPECT_EQ(numberOf(*db, "PRAGMA application_id"), 0x4F54494E);
  EXPECT_EQ(numberOf(*db, "PRAGMA synchronous"), 2);
  EXPECT_EQ(numberOf(*db, "PRAGMA foreign_keys"), 1);
}

TEST(Migrations, RoomForTheLogAndForTheFileIsAskedForFirst) {
  constexpr std::int64_t kGiB = std::int64_t{1} << 30;
  EXPECT_TRUE(sqlite::checkRoomToMigrate(6 * kGiB, true, 12 * kGiB));
  EXPECT_TRUE(sqlite::checkRoomToMigrate(6 * kGiB, false, 3 * kGiB)) << "a few indexes more";
  EXPECT_FALSE(sqlite::checkRoomToMigrate(6 * kGiB, false, kGiB));
  const Status narrow = sqlite::checkRoomToMigrate(6 * kGiB, true, 3 * kGiB);
  ASSERT_FALSE(narrow);
  EXPECT_EQ(narrow.error().code, "store.unavailable");
  EXPECT_NE(narrow.error().text.find("12289 MiB"), std::string::npos) << narrow.error().text;
  EXPECT_NE(narrow.error().text.find("3072"), std::string::npos) << narrow.error().text;
}

TEST(Migrations, EveryOlderVersionIsBroughtForwardWithItsData) {
  sample::TempFolder folder;
  sample::openOrDie(folder.file("new.db")).reset();
  std::string newest = schemaOf(folder.file("new.db"));
  for (const sqlite::Migration& migration : sqlite::migrations()) {
    std::string path = folder.file("v" + std::to_string(migration.number) + ".db");
    {
      auto db = connect(path);
      ASSERT_TRUE(sqlite::migrate(*db, migration.number).ok());
      EXPECT_EQ(numberOf(*db, "SELECT max(version) FROM schema_version"), migration.number);
      ASSERT_TRUE(
          db->execute("INSERT INTO collect_cursor (destination, cursor) VALUES ('moe', 'page-9')")
              .ok());
    }
    auto store = sample::openOrDie(path);
    EXPECT_EQ(store->cursor("moe").value(), "page-9");
    store.reset();
    EXPECT_EQ(schemaOf(path), newest);
  }
}

// An appeal as schema 9 kept it.
std::string appealOfSchema9(int id, const std::string& kind) {
  const std::string n = std::to_string(id);
  return "INSERT INTO appeal (id, hub_id, source_system, source_id, content_sha256, reg_number, "
         "kind, language, character, topic, kato, body_bin, destination, state, state_since, "
         "received_at, due_date, decision_outcome, decision_character, journal_position, "
         "updated_at) VALUES (" +
         n + ", '" + n + "', 's', '" + n + "', '', '', '" + kind +
         "', 'kk', '', '', '', '', '', 'in_work', 0, 0, '', '', '', 0, 0);";
}

// What sub-orders of schema 18 still tell of themselves.
TEST(Migrations, SubOrdersOfOlderSchemasKnowWhetherTheyWereSentAndMissed) {
  sample::TempFolder folder;
  const std::string path = folder.file("hub.db");
  {
    auto db = connect(path);
    ASSERT_TRUE(sqlite::migrate(*db, 9).ok());
    ASSERT_TRUE(db->execute(appealOfSchema9(7, "complaint")).ok());
    ASSERT_TRUE(sqlite::migrate(*db, 18).ok());
    const std::string evening = "1774634340000000";  // 2026-03-27 22:59 at the registrar
    const std::string night = "1774641600000000";    // 2026-03-28 01:00 there, the 27th in UTC
    int number = 0;
    std::string sql;
    for (const auto& [state, answered] : std::vector<std::pair<std::string, std::string>>{
             {"created", "NULL"}, {"answered", evening}, {"checked", night}, {"signed", evening}}) {
      sql += "INSERT INTO sub_order VALUES ((7 << 20) + " + std::to_string(++number) +
             ", 'request', '" + state +
             "', 1, 'B', 'T', 0, 'x', '2026-03-27', '', '', 0, 'e', 5, " + answered + ");";
    }
    const Status filled = db->execute(sql);
    ASSERT_TRUE(filled.ok()) << filled.error().text;
  }
  const auto rows = sample::openOrDie(path)->subOrders(7).value();
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_FALSE(rows[0].sent_at.has_value());
  for (const std::size_t i : {1U, 2U, 3U}) EXPECT_TRUE(rows[i].sent_at.has_value()) << i;
  EXPECT_FALSE(rows[1].missed);
  EXPECT_TRUE(rows[2].missed);
  EXPECT_FALSE(rows[3].answered_at.has_value()) << "it was asked again";
  EXPECT_TRUE(rows[1].answered_at.has_value());
}

// Events and terms keep their order, their chain and what was found by index.
TEST(Migrations, EventsAndTermsOfOlderSchemasAreAllThere) {
  sample::TempFolder folder;
  const std::string path = folder.file("hub.db");
  {
    auto db = connect(path);
    ASSERT_TRUE(sqlite::migrate(*db, 9).ok());
    std::string sql = appealOfSchema9(7, "complaint") + appealOfSchema9(1'000'000, "request");
    for (const char* key : {"7, 1", "7, 2", "1000000, 1"}) {
      sql += std::string("INSERT INTO clock VALUES (") + key +
             ", 'consider', 'A7', 'v', 'APPC', '76', 'working', 'next_day', 'registration', 15, 0, "
             "'2026-12-01', 'c', 'running', 'why');";
      sql += std::string("INSERT INTO event VALUES (") + key +
             ", 'e', 'status_refused', 5, 'hub', 'a', 'b', '', 'kk', 'ru', 'en', '', '" + key +
             "', '');";
    }
    const Status filled = db->execute(sql);
    ASSERT_TRUE(filled.ok()) << filled.error().text;
  }
  auto store = sample::openOrDie(path);
  auto events = store->events(7);
  ASSERT_EQ(events->size(), 2U);
  EXPECT_EQ(events->at(0).appeal, 7);
  EXPECT_EQ(events->at(0).seq, 1);
  EXPECT_EQ(events->at(1).seq, 2);
  EXPECT_EQ(events->at(1).previous_sha256, "7, 1");
  EXPECT_EQ(events->at(1).text_ru, "ru");
  ASSERT_EQ(store->events(1'000'000)->size(), 1U);
  ASSERT_EQ(store->clocks(7)->size(), 2U);
  EXPECT_EQ(store->clocks(7)->at(1).due_date, "2026-12-01");
  EXPECT_EQ(store->clocks(1'000'000)->at(0).appeal, 1'000'000);
  EXPECT_EQ(store->openClocks(7, 100)->size(), 1U);
  EXPECT_EQ(store->openClocksDue("consider", "2026-12-31", nullptr, 100)->size(), 3U);
  EXPECT_EQ(store->refusedAppeals({}, {}, 0, 10)->size(), 2U);
  EXPECT_EQ(store->feed("", 10)->items.size(), 3U);
}

// Of a case that is over no consideration runs on; of the others everything does.
TEST(Migrations, WhatACaseThatIsOverLeftOpenIsClosed) {
  sample::TempFolder folder;
  const std::string path = folder.file("hub.db");
  {
    auto db = connect(path);
    ASSERT_TRUE(sqlite::migrate(*db, 14).ok());
    std::string sql;
    for (const std::string id : {"1", "2"}) {
      sql +=
          "INSERT INTO appeal (id, hub_id, source_system, source_id, content_sha256, reg_number, "
          "kind, language, character, topic, kato, body_bin, destination, state, state_since, "
          "received_at, due_date, decision_outcome, decision_character, journal_position, "
          "updated_at) VALUES (" +
          id + ", 'h" + id + "', 's', '" + id +
          "', '', '', 'application', 'kk', '', '', '', '', '', " +
          (id == "1" ? "'executed'" : "'in_work'") + ", 0, 0, '2026-04-10', '', '', 0, 0);";
      int number = 0;
      for (const char* name : {"consider", "execute"}) {
        sql +=
            "INSERT INTO clock (id, name, rule_id, rule_version, law, article, day_kind, "
            "first_day, "
            "start_event, length, start_at, due_date, calendar_version, status, explanation, zone, "
            "cut_off) VALUES ((" +
            id + " << 20) + " + std::to_string(++number) + ", '" + name +
            "', 'A7', 'v', 'APPC', '76', 'working', 'next_day', 'registration', 15, 0, "
            "'2026-04-10', 'c', 'running', '', '', 0);";
      }
    }
    const Status filled = db->execute(sql);
    ASSERT_TRUE(filled.ok()) << filled.error().text;
  }
  auto store = sample::openOrDie(path);
  EXPECT_EQ(store->clocks(1)->at(0).status, "cancelled");
  EXPECT_EQ(store->clocks(1)->at(1).status, "running") << "the act is still to be executed";
  EXPECT_EQ(store->clocks(2)->at(0).status, "running");
  EXPECT_EQ(store->openClocksDue("consider", "2026-12-31", nullptr, 10)->size(), 1U);
}

// A complaint on a public service is told from one under the Code by the law of its term.
TEST(Migrations, TheProcedureOfOlderComplaintsIsTakenFromTheirTerm) {
  sample::TempFolder folder;
  const std::string path = folder.file("hub.db");
  {
    auto db = connect(path);
    ASSERT_TRUE(sqlite::migrate(*db, 9).ok());
    for (const char* law : {"LAW-88", "APPC"}) {
      const std::string id = std::string(law) == "APPC" ? "2" : "1";
      ASSERT_TRUE(
          db->execute(
                appealOfSchema9(std::stoi(id), "complaint") + "INSERT INTO clock VALUES (" + id +
                ", 1, 'consider', 'S1', '', '" + law +
                "', '25', 'working', 'next_day', 'registration', 5, 0, '', '', 'running', '')")
              .ok());
    }
  }
  auto store = sample::openOrDie(path);
  EXPECT_EQ(store->appeal(1)->procedure, "public_service");
  EXPECT_EQ(store->appeal(2)->procedure, "");
}

TEST(Migrations, NewerSchemaIsRefusedAndLeftAlone) {
  sample::TempFolder folder;
  std::string path = folder.file("hub.db");
  sample::openOrDie(path).reset();
  ASSERT_TRUE(connect(path)->execute("INSERT INTO schema_version VALUES (1000, 0)").ok());
  EXPECT_EQ(openFailure(path), "store.newer_schema");
  auto db = connect(path);
  EXPECT_EQ(numberOf(*db, "SELECT max(version) FROM schema_version"), 1000);
}

TEST(Opening, ForeignAndDamagedFilesAreRefused) {
  sample::TempFolder folder;
  ASSERT_TRUE(writeFileAtomically(folder.file("text.db"), std::string(8192, 'x')).ok());
  EXPECT_EQ(openFailure(folder.file("text.db")), "store.corrupt");
  {
    auto db = connect(folder.file("foreign.db"));
    ASSERT_TRUE(db->execute("PRAGMA application_id = 7; CREATE TABLE t (x)").ok());
  }
  EXPECT_EQ(openFailure(folder.file("foreign.db")), "store.corrupt");
  EXPECT_EQ(openFailure(folder.file("no/such/folder.db")), "store.unavailable");
}

TEST(Opening, SecondOpenerIsRefused) {
  sample::TempFolder folder;
  auto store = sample::openOrDie(folder.file("hub.db"));
  EXPECT_EQ(openFailure(folder.file("hub.db")), "store.unavailable");
  store.reset();
  EXPECT_EQ(openFailure(folder.file("hub.db")), "");
}

TEST(Opening, TamperedJournalIsRefused) {
  sample::TempFolder folder;
  std::string path = folder.file("hub.db");
  auto fill = [&](const std::string& prefix) {
    auto store = sample::openOrDie(path);
    for (int i = 0; i < 5; ++i) {
      sample::Intake wanted;
      sample::Given given;
      wanted.source_id = prefix + std::to_string(i);
      ASSERT_TRUE(store->write([&](Tx& tx) { return sample::addIntake(tx, wanted, given); }).ok());
    }
  };
  fill("A");
  ASSERT_TRUE(connect(path)->execute("DELETE FROM journal WHERE position = 4").ok());
  EXPECT_EQ(openFailure(path), "store.corrupt");
  ASSERT_TRUE(connect(path)
                  ->execute("INSERT INTO journal VALUES (4, 0, '', '', '', '', '', '');"
                            "UPDATE journal_node SET hash = zeroblob(32) WHERE number = 7")
                  .ok());
  EXPECT_EQ(openFailure(path), "store.corrupt");
}

}  // namespace
}  // namespace hub::store
