// Batches: what an outside tester sends in and gets back.
#include "hub/rules/batch.h"

#include <gtest/gtest.h>

#include <sstream>

#include "hub/base/error_catalogue.h"

namespace hub::rules {
namespace {

const LawBook& book() {
  static const auto kBook = LawBook::load("config/law");
  return **kBook;
}

struct Answer {
  Result<BatchCounts> counts = BatchCounts{};
  std::vector<std::string> lines;
};

Answer deadlines(const std::string& text) {
  std::istringstream in(text);
  Answer answer;
  answer.counts = deadlineBatch(
      book(), [&](std::string& line) { return static_cast<bool>(std::getline(in, line)); },
      [&](std::string_view line) { answer.lines.emplace_back(line); });
  return answer;
}

Answer routes(const std::string& text) {
  std::istringstream in(text);
  Answer answer;
  answer.counts = routeBatch(
      book(), *parseDate("2026-03-17"), "ru",
      [&](std::string& line) { return static_cast<bool>(std::getline(in, line)); },
      [&](std::string_view line) { answer.lines.emplace_back(line); });
  return answer;
}

bool holds(const Answer& answer, const std::string& part) {
  for (const auto& line : answer.lines) {
    if (line.find(part) != std::string::npos) return true;
  }
  return false;
}

TEST(DeadlineBatch, EveryClockWithItsLawAndArticle) {
  const auto answer = deadlines(
      "kind\treceived_at\tbody\n"
      "application\t2026-03-17T10:00+05:00\tminfin\n"
      "complaint\t2026-03-17T10:00:00+05:00\t990140900507\n");
  ASSERT_TRUE(answer.counts.ok());
  EXPECT_EQ(answer.counts->rows, 2);
  EXPECT_EQ(answer.counts->refused, 0);
  EXPECT_TRUE(
      holds(answer, "\tconsider\t2026-04-10\tAPPC\t76(1)\tA7\tappc-2025-12-29\t2026.1\thigh\t\n"));
  EXPECT_TRUE(holds(answer, "\tconsider\t2026-04-17\tAPPC\t99\t"));
  EXPECT_TRUE(holds(answer, "\tforward\t2026-03-20\tAPPC\t65(1)\t"));
  EXPECT_EQ(answer.lines.size(), 7U);
}

TEST(DeadlineBatch, WithoutAHeadingTheColumnsStandInOrder) {
  const auto answer = deadlines("application\t2026-03-17T10:00+05:00\takimat\r\n");
  ASSERT_TRUE(answer.counts.ok());
  EXPECT_TRUE(holds(answer, "\tconsider\t2026-04-10\t"));
}

TEST(DeadlineBatch, TheBodysLevelZoneAndColumnsInAnyOrder) {
  const auto answer = deadlines(
      "id\tbody\treceived_at\tkind\n"
      "p1\tminfin\t2026-06-01 10:00\tpetition\n"
      "p2\takimat\t2026-06-01\tpetition\n");
  ASSERT_TRUE(answer.counts.ok());
  EXPECT_TRUE(holds(answer, "1\tp1\tpetition\t2026-06-01 10:00\tminfin\tconsider\t2026-07-28\t"));
  EXPECT_TRUE(holds(answer, "2\tp2\tpetition\t2026-06-01\takimat\tconsider\t2026-06-29\t"));
}

TEST(DeadlineBatch, AWrongRowIsToldAndStopsNothing) {
  const auto answer = deadlines(
      "kind\treceived_at\tbody\n"
      "rumour\t2026-03-17T10:00+05:00\tminfin\n"
      "application\tyesterday\tminfin\n"
      "application\t2026-03-17T10:00+05:00\tnobody\n"
      "application\t1999-03-17T10:00+05:00\t\n"
      "application\t2026-03-17T10:00+05:00\tminfin\tmore\n"
      "\n# a remark\n"
      "application\t2026-03-17T10:00+05:00\tminfin\n");
  ASSERT_TRUE(answer.counts.ok());
  EXPECT_EQ(answer.counts->rows, 6);
  EXPECT_EQ(answer.counts->refused, 5);
  EXPECT_TRUE(holds(answer, "rules.unknown_kind: /kind: "));
  EXPECT_TRUE(holds(answer, "base.bad_date: /received_at: "));
  EXPECT_TRUE(holds(answer, "rules.unknown_body: /body: "));
  EXPECT_TRUE(holds(answer, "rules.no_rule_for_date: "));
  EXPECT_TRUE(holds(answer, "rules.bad_row: "));
  EXPECT_TRUE(holds(answer, "6\t\tapplication\t"));
}

TEST(DeadlineBatch, ALocalTimeThatWasTwiceIsRefused) {
  // On 01.03.2024 Almaty moved its clocks from UTC+6 to UTC+5: 23:00 to 24:00 of 29.02 was twice.
  const auto answer = deadlines(
      "kind\treceived_at\tzone\n"
      "application\t2024-02-29 23:30\tAsia/Almaty\n"
      "application\t2024-02-29T23:30+06:00\tAsia/Almaty\n");
  ASSERT_TRUE(answer.counts.ok());
  EXPECT_EQ(answer.counts->refused, 1);
  EXPECT_TRUE(holds(answer, "base.ambiguous_time: /received_at: "));
}

// That hour was twice in Almaty, not in Aqtobe, which had UTC+5 before and after: the body's zone decides.
TEST(DeadlineBatch, ALocalTimeIsReadInTheZoneOfTheBody) {
  LawData data = book().data();
  for (auto& body : data.bodies) {
    if (body.alias == "akimat") body.zone = "Asia/Aqtobe";
  }
  const auto law = LawBook::build(std::move(data));
  ASSERT_TRUE(law.ok());
  DeadlineRow row;
  row.kind = "application";
  row.received_at = "2024-02-29 23:30";
  row.body = "akimat";
  const auto clocks = clocksOf(**law, row, false);
  ASSERT_TRUE(clocks.ok()) << clocks.error().code << " " << clocks.error().field;
  EXPECT_EQ(clocks->front().zone, "Asia/Aqtobe");
  EXPECT_EQ(formatInstant(clocks->front().start_at), "2024-02-29T18:30:00Z");
  EXPECT_EQ(formatDate(clocks->front().start_date), "2024-02-29");
  row.body = "minfin";  // Almaty
  EXPECT_EQ(clocksOf(**law, row, false).error().code, "base.ambiguous_time");
  row.body = "akimat";
  row.zone = "Asia/Almaty";
  EXPECT_EQ(clocksOf(**law, row, false).error().code, "base.ambiguous_time")
      << "a zone that was named";
  row.zone = "";
  row.body = "nobody";
  EXPECT_EQ(clocksOf(**law, row, false).error().code, "rules.unknown_body");
}

// The asker's fault, however the time is written, and said of the zone.
TEST(DeadlineBatch, AZoneThatThereIsNotIsTheAskersFault) {
  DeadlineRow row;
  row.kind = "application";
  row.zone = "Mars/Olympus";
  for (const char* body : {"", "akimat", "nobody"}) {
    for (const char* at : {"2026-03-17", "2026-03-17 10:00", "2026-03-17T10:00:00Z"}) {
      row.body = body;
      row.received_at = at;
      const auto clocks = clocksOf(book(), row, false);
      ASSERT_FALSE(clocks.ok());
      EXPECT_EQ(clocks.error().code + clocks.error().field, "rules.unknown_zone/zone");
      EXPECT_EQ(findError(clocks.error().code)->http_status, 422);
    }
  }
}

// The terms of later events, by the vectors of the domain facts.
TEST(DeadlineBatch, OneTermOfALaterEvent) {
  struct Vector {
    const char *clock, *kind, *at, *due, *rule;
  };
  for (const Vector& v : {Vector{"extend", "application", "2025-12-31", "2026-03-02", "A9"},
                          Vector{"extend", "", "2025-12-31", "2026-03-02", "A9"},
                          Vector{"extension_notice", "", "2025-12-31", "2026-01-08", "A10"},
                          Vector{"hearing_notice", "", "2026-06-01", "2026-05-26", "A18"},
                          Vector{"objection", "", "2026-05-22", "2026-05-26", "A19"},
                          Vector{"complaint_window", "", "2026-03-31", "2026-06-30", "A27"},
                          Vector{"execute", "complaint", "2026-03-17T09:00", "2026-03-27", "A25"},
                          Vector{"consider", "complaint", "2026-03-17T09:00", "2026-04-17", "A30"},
                          Vector{"forward", "", "2026-05-09", "2026-05-14", "A4"}}) {
    DeadlineRow row;
    row.clock = v.clock;
    row.kind = v.kind;
    row.received_at = v.at;
    const auto clocks = clocksOf(book(), row, true);
    ASSERT_TRUE(clocks.ok()) << v.clock << " " << clocks.error().code;
    ASSERT_EQ(clocks->size(), 1U);
    EXPECT_EQ(formatDate(*clocks->front().due_date), v.due) << v.clock;
    EXPECT_EQ(clocks->front().rule_id, v.rule);
    EXPECT_NE(clocks->front().explanation.ru.find("Срок: "), std::string::npos);
  }
}

TEST(DeadlineBatch, ATermThatCannotBeToldIsRefusedWithItsField) {
  struct Case {
    const char *clock, *kind, *at, *code, *field;
  };
  for (const Case& c : {Case{"rest", "", "2026-03-17", "rules.unknown_clock", "/clock"},
                        Case{"extend", "complaint", "2026-03-17", "rules.no_such_term", "/clock"},
                        Case{"cure", "", "2026-03-17", "rules.no_such_term", "/clock"},
                        Case{"consider", "", "2026-03-17", "rules.kind_needed", "/kind"},
                        Case{"extend", "rumour", "2026-03-17", "rules.unknown_kind", "/kind"},
                        Case{"extend", "", "17.03.2026", "base.bad_date", "/received_at"}}) {
    DeadlineRow row;
    row.clock = c.clock;
    row.kind = c.kind;
    row.received_at = c.at;
    const auto clocks = clocksOf(book(), row, false);
    ASSERT_FALSE(clocks.ok()) << c.clock;
    EXPECT_EQ(clocks.error().code, c.code) << c.clock;
    EXPECT_EQ(clocks.error().field, c.field) << c.clock;
  }
  const auto answer = deadlines(
      "kind\treceived_at\tclock\n"
      "application\t2025-12-31\textend\n"
      "application\t2026-03-17\trest\n");
  EXPECT_EQ(answer.counts->refused, 1);
  EXPECT_TRUE(holds(answer, "\textend\t2026-03-02\tAPPC\t76(3)\tA9\t"));
  EXPECT_TRUE(holds(answer, "rules.unknown_clock: /clock: "));
}

TEST(DeadlineBatch, AMissingCalendarIsSaidAndNotGuessed) {
  const auto answer = deadlines("application\t2027-12-20T10:00+05:00\n");
  EXPECT_TRUE(holds(answer, "\tconsider\t\tAPPC\t76(1)\t"));
  EXPECT_TRUE(holds(answer, "rules.calendar_missing\n"));
}

TEST(DeadlineBatch, AHeadingThatIsWrongIsRefusedWhole) {
  for (const char* text : {"", "# nothing\n", "kind\treceived_at\tcolour\n", "kind\tkind\n",
                           "kind\tbody\napplication\tminfin\n"}) {
    const auto answer = deadlines(text);
    ASSERT_FALSE(answer.counts.ok()) << text;
    EXPECT_EQ(answer.counts.error().code, "rules.bad_batch");
  }
}

TEST(DeadlineBatch, LongLinesAreRefusedAsRows) {
  const auto answer = deadlines("application\t" + std::string(5000, '1') + "\n");
  ASSERT_TRUE(answer.counts.ok());
  EXPECT_EQ(answer.counts->refused, 1);
}

TEST(RouteBatch, BodyRuleAndReason) {
  const auto answer = routes(
      "kind\ttopics\tkato\n"
      "application\ttax\t\n"
      "application\thousing\t710000000\n"
      "application\thousing\t390000000\n"
      "application\tweather\t\n"
      "rumour\ttax\t\n");
  ASSERT_TRUE(answer.counts.ok());
  EXPECT_EQ(answer.counts->refused, 2);
  EXPECT_TRUE(holds(answer, "\t990140900507\tminfin\tМинистерство финансов\tR1\t"));
  EXPECT_TRUE(holds(answer, "\t940140000385\takimat\t"));
  EXPECT_TRUE(holds(answer, "\treception\t"));
  EXPECT_TRUE(holds(answer, "rules.bad_row: /topics: "));
  EXPECT_TRUE(holds(answer, "rules.unknown_kind: /kind: "));
}

TEST(RouteBatch, TheAddresseeIsABinOrAnAlias) {
  const auto answer = routes(
      "kind\ttopics\tkato\taddressee\n"
      "application\tland\t\tminfin\n"
      "application\tland\t\t990140900507\n"
      "application\tland\t\t990160999904\n"
      "application\tland\t\tmin\n"
      "application\tland\t\t99014090050\n");
  ASSERT_TRUE(answer.counts.ok());
  EXPECT_EQ(answer.counts->refused, 2);
  for (const char* row : {"1\t", "2\t"}) {
    EXPECT_TRUE(holds(answer, std::string(row) + "\tapplication\tland\t\t990140900507\tminfin\t"
                                                 "Министерство финансов\taddressee\t"));
  }
  EXPECT_TRUE(holds(answer, "Указанного адресата нет в реестре.\t\n"));
  EXPECT_TRUE(holds(answer, "rules.unknown_body: /addressee: a BIN (12 digits) or the alias"));
}

TEST(RouteBatch, APlaceThatIsNoKatoCodeIsRefused) {
  const auto answer = routes(
      "kind\ttopics\tkato\n"
      "application\ttax\tabc\n"
      "application\ttax\t710000000;7\n"
      "application\ttax\t7100000000\n"
      "application\ttax\t71;751110000\n");
  ASSERT_TRUE(answer.counts.ok());
  EXPECT_EQ(answer.counts->refused, 3);
  EXPECT_TRUE(holds(answer, "1\t\tapplication\ttax\tabc\t"));
  EXPECT_TRUE(holds(answer, "rules.bad_kato: /kato: 'abc' "));
  EXPECT_TRUE(holds(answer, "rules.bad_kato: /kato: '7' "));
}

// The applicant named another matter first: who reads the route learns why it is not the one that decided.
TEST(RouteBatch, ATopicThatLedNowhereIsSaid) {
  RouteRow row;
  row.kind = "application";
  row.topics = "housing;tax";
  row.kato = "390000000";
  auto route = routeOf(book(), row, *parseDate("2026-03-17"));
  ASSERT_TRUE(route.ok());
  EXPECT_EQ(route->destination, "minfin");
  EXPECT_NE(route->explanation.kk.find("Негізгі «Тұрғын үй» тақырыбы бойынша"), std::string::npos);
  EXPECT_NE(route->explanation.ru.find("Для основной темы «Жильё» компетентный орган не найден"),
            std::string::npos);
  EXPECT_NE(route->explanation.en.find("for the primary topic \"Housing\", so the next topic"),
            std::string::npos);
  row.topics = "housing;roads;tax";
  route = routeOf(book(), row, *parseDate("2026-03-17"));
  EXPECT_NE(route->explanation.ru.find("Для тем «Жильё», «Дороги и транспорт», указанных раньше,"),
            std::string::npos);
  row.topics = "tax;housing";
  route = routeOf(book(), row, *parseDate("2026-03-17"));
  EXPECT_EQ(route->explanation.ru.find("следующая тема"), std::string::npos);
}

}  // namespace
}  // namespace hub::rules
