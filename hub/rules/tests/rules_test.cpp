// Goal: clocks carry their rule and a full explanation; wrong law data is refused with file and
// line; numbers round-trip. Dates themselves are held by the text cases.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hub/rules/deadlines.h"
#include "hub/rules/law_book.h"
#include "hub/rules/number.h"
#include "hub/rules/recount.h"
#include "hub/rules/routing.h"
#include "hub/rules/tests/law_folder.h"

namespace hub::rules {
namespace {

using testing::HasSubstr;
using testing::Not;

const LawBook& book() {
  static const auto kBook = LawBook::load("config/law");
  return **kBook;
}

Instant at(const char* text) { return *parseInstant(text); }

Clock clockOf(const std::vector<Clock>& clocks, const std::string& name) {
  for (const auto& clock : clocks) {
    if (clock.name == name) return clock;
  }
  ADD_FAILURE() << "no clock " << name;
  return {};
}

ClockRequest application(const char* received) {
  ClockRequest request;
  request.kind = "application";
  request.received_at = at(received);
  request.explain = true;
  return request;
}

TEST(Clocks, CarryTheRuleTheyFollow) {
  const auto clocks = computeClocks(book(), application("2026-03-17T10:00:00+05:00"));
  ASSERT_TRUE(clocks.ok());
  ASSERT_EQ(clocks->size(), 3U);
  EXPECT_EQ(clocks->front().name, "register") << "the earliest due date first";
  const Clock consider = clockOf(*clocks, "consider");
  EXPECT_EQ(consider.rule_id, "A7");
  EXPECT_EQ(consider.rule_version, "appc-2025-12-29");
  EXPECT_EQ(consider.law, "APPC");
  EXPECT_EQ(consider.article, "76(1)");
  EXPECT_EQ(consider.day_kind, DayKind::kWorking);
  EXPECT_EQ(consider.length, 15);
  EXPECT_EQ(consider.first_day, FirstDay::kNextDay);
  EXPECT_EQ(consider.start_event, "registration");
  EXPECT_EQ(formatInstant(consider.start_at), "2026-03-17T05:00:00Z");
  EXPECT_EQ(consider.calendar_version, "2026.1");
  EXPECT_FALSE(consider.low_confidence);
}

TEST(Clocks, ExplainEveryDayInThreeLanguages) {
  const auto clocks = computeClocks(book(), application("2026-03-17T10:00:00+05:00"));
  const LocalText text = clockOf(*clocks, "consider").explanation;
  EXPECT_THAT(text.en, HasSubstr("76(1) [A7, appc-2025-12-29]: 15 working days"));
  EXPECT_THAT(text.en, HasSubstr("17.03.2026 Tue — day of the event"));
  EXPECT_THAT(text.en, HasSubstr("18.03.2026 Wed — day 1\n"));
  EXPECT_THAT(text.en, HasSubstr("24.03.2026 Tue — day off: holiday moved from a day off"));
  EXPECT_THAT(text.en, HasSubstr("28.03.2026 Sat — day off\n"));
  EXPECT_THAT(text.en, HasSubstr("10.04.2026 Fri — day 15, last day"));
  EXPECT_THAT(text.ru, HasSubstr("23.03.2026 пн — выходной: Наурыз мейрамы"));
  EXPECT_THAT(text.ru, HasSubstr("Срок: 10.04.2026."));
  EXPECT_THAT(text.kk, HasSubstr("18.03.2026 ср — 1-күн"));
  EXPECT_THAT(text.kk, HasSubstr("Мерзімі: 10.04.2026."));
  // 17.03 to 10.04 is 25 days; with a headline and a conclusion.
  EXPECT_EQ(std::count(text.en.begin(), text.en.end(), '\n'), 26);
}

TEST(Clocks, ExplainNothingUnlessAsked) {
  ClockRequest request = application("2026-03-17T10:00:00+05:00");
  request.explain = false;
  const auto clocks = computeClocks(book(), request);
  EXPECT_TRUE(clockOf(*clocks, "consider").explanation.empty());
}

TEST(Clocks, ExplainRollingForwardBackwardsAndMonths) {
  EventClockRequest request{"extend", "application", "", "", "", at("2025-12-31T07:00:00Z"),
                            "",       true};
  const auto months = computeEventClock(book(), request);
  EXPECT_THAT(months->explanation.en, HasSubstr("28.02.2026 Sat — day off"));
  EXPECT_THAT(months->explanation.en, HasSubstr("02.03.2026 Mon — end of 2 months, last day"));
  request.clock = "hearing_notice";
  request.event_at = at("2026-06-01T07:00:00Z");
  const auto back = computeEventClock(book(), request);
  EXPECT_THAT(back->explanation.en, HasSubstr("27.05.2026 Wed — day off: first day of Kurban Ait"));
  EXPECT_THAT(back->explanation.en, HasSubstr("26.05.2026 Tue — day 3, last day"));
  ClockRequest access = application("2026-03-06T10:00:00+05:00");
  access.special_kind = "access_to_information";
  const auto clocks = computeClocks(book(), access);
  const std::string text = clockOf(*clocks, "consider").explanation.en;
  EXPECT_THAT(text, HasSubstr("21.03.2026 Sat — day 15 (day off)"));
  EXPECT_THAT(text, HasSubstr("26.03.2026 Thu — next working day, last day"));
  EXPECT_THAT(text, HasSubstr("not certain")) << "low confidence is shown";
}

TEST(Clocks, SayThatAReceiptWasAfterHours) {
  const auto clocks = computeClocks(book(), application("2026-03-17T20:00:00+05:00"));
  const Clock registered = clockOf(*clocks, "register");
  EXPECT_THAT(registered.explanation.en, HasSubstr("received after working hours"));
  EXPECT_EQ(registered.due_date, parseDate("2026-03-18").value());
  // Not registered yet: the term starts on the day the law sets for it.
  EXPECT_EQ(clockOf(*clocks, "consider").start_date, parseDate("2026-03-18").value());
}

TEST(Clocks, StayOpenWithoutADateWhenTheCalendarEnds) {
  const auto clocks = computeClocks(book(), application("2027-12-31T20:00:00+05:00"));
  ASSERT_TRUE(clocks.ok());
  for (const auto& clock : *clocks) {
    EXPECT_FALSE(clock.due_date.has_value()) << clock.name;
    EXPECT_EQ(clock.problem, "rules.calendar_missing");
  }
  EXPECT_EQ(clocks->size(), 3U);
}

// Whoever is to add it learns of which year: of the term's end, and of a registration that nobody can date.
TEST(Clocks, SayWhichCalendarTheyWaitForWhenAskedWhy) {
  for (const char* received : {"2027-12-31T20:00:00+05:00", "2028-02-01T10:00:00+05:00"}) {
    const auto clocks = computeClocks(book(), application(received));
    ASSERT_TRUE(clocks.ok());
    EXPECT_EQ(clocks->size(), 3U);
    for (const auto& clock : *clocks) {
      const auto& why = clock.explanation;
      EXPECT_THAT(why.en, HasSubstr("no production calendar for the year 2028.")) << clock.name;
      EXPECT_THAT(why.ru, HasSubstr("нет производственного календаря на 2028 год."));
      EXPECT_THAT(why.kk, HasSubstr("2028 жылға өндірістік күнтізбе жоқ."));
    }
  }
}

TEST(Clocks, SayWhatMayExtendThemAndWhatIsToBeToldWithThem) {
  const auto clocks = computeClocks(book(), application("2026-03-17T10:00:00+05:00"));
  EXPECT_THAT(clockOf(*clocks, "consider").explanation.en, HasSubstr("It may be extended."));
  EXPECT_THAT(clockOf(*clocks, "forward").explanation.en, Not(HasSubstr("extended")));
  const EventClockRequest extend{"extend", "application", "", "", "", at("2026-03-17T07:00:00Z"),
                                 "",       true};
  EXPECT_THAT(computeEventClock(book(), extend)->explanation.en,
              HasSubstr("With it: notice of the extension."));
}

// A lawyer reads them in one language: also where an act was not read and words stand for its article.
TEST(Clocks, AnExplanationOfAnActThatWasNotReadIsInOneLanguage) {
  ClockRequest old = application("2005-03-17T10:00:00+06:00");
  ClockRequest special = application("2026-03-17T10:00:00+05:00");
  special.special_kind = "rehabilitation";
  const auto told = [](ClockRequest request) {
    request.explain = true;
    const auto clocks = computeClocks(book(), request);
    EXPECT_TRUE(clocks.ok());
    return clockOf(*clocks, "consider").explanation;
  };
  EXPECT_THAT(told(old).kk, HasSubstr("заң, өтініштер туралы тарау [N8, "));
  EXPECT_THAT(told(old).ru, HasSubstr(", глава об обращениях [N8, "));
  EXPECT_THAT(told(old).en, HasSubstr(", chapter on appeals [N8, "));
  EXPECT_THAT(told(special).ru, HasSubstr(", реабилитация [P9, "));
  EXPECT_THAT(told(special).kk, HasSubstr(", ақтау [P9, "));
}

// Whatever became of their rules: the calendar alone moves open terms.
TEST(Recounts, KeepDirectionAndClosingHourOfATermWhoseRuleIsGone) {
  OpenClock notice;
  notice.name = "hearing_notice";
  notice.rule_version = "no-such-table";
  notice.rule_id = "A18";
  notice.day_kind = "working";
  notice.first_day = "next_day";
  notice.start_event = "act_planned";
  notice.length = 3;
  notice.start_at = at("2026-06-01T05:00:00Z");
  notice.due_date = "2026-05-26";
  notice.zone = "Asia/Almaty";
  OpenClock registered = notice;
  registered.name = "register";
  registered.rule_id = "A1";
  registered.first_day = "same_day";
  registered.start_event = "receipt";
  registered.length = 0;
  registered.start_at = at("2026-03-17T15:00:00Z");  // 20:00, after 18:30
  registered.due_date = "2026-03-18";
  registered.zone = "Asia/Almaty";
  registered.cut_off_minute = 18 * 60 + 30;
  const auto fail = [](const OpenClock& clock, const Error& error) {
    ADD_FAILURE() << clock.name << error.code;
  };
  const auto counted = recountAppeal(book(), {notice, registered}, fail);
  EXPECT_EQ(counted[0]->due_date, parseDate("2026-05-26").value());
  EXPECT_EQ(counted[1]->due_date, parseDate("2026-03-18").value());
}

// A registration that a new calendar moves takes along what began with it, and not what began with the arrival at
// another body, though it is counted from that as from a registration.
TEST(Recounts, AMovedRegistrationMovesOnlyWhatBeganWithIt) {
  OpenClock registered;
  registered.name = "register";
  registered.day_kind = "working";
  registered.first_day = "same_day";
  registered.start_event = "receipt";
  registered.start_at = at("2026-03-17T15:00:00Z");  // 20:00, after 18:30
  registered.due_date = "2026-03-19";                // 18 March was a day off then
  registered.zone = "Asia/Almaty";
  registered.cut_off_minute = 18 * 60 + 30;
  OpenClock first = registered;
  first.name = "consider";
  first.first_day = "next_day";
  first.start_event = "registration";
  first.length = 15;
  first.start_at = at("2026-03-18T19:00:00Z");  // 19 March, midnight
  first.due_date = "2026-04-14";
  first.cut_off_minute = 0;
  OpenClock next = first;
  next.start_at = at("2026-03-26T05:00:00Z");
  next.due_date = "2026-04-16";
  const auto fail = [](const OpenClock& clock, const Error& error) {
    ADD_FAILURE() << clock.name << error.code;
  };
  const auto counted = recountAppeal(book(), {registered, first, next}, fail);
  EXPECT_EQ(formatDate(*counted[0]->due_date), "2026-03-18");
  EXPECT_EQ(formatDate(counted[1]->start_date), "2026-03-18");
  EXPECT_EQ(formatDate(*counted[1]->due_date), "2026-04-13");
  EXPECT_EQ(formatDate(counted[2]->start_date), "2026-03-26");
  EXPECT_EQ(formatDate(*counted[2]->due_date), "2026-04-16");
}

TEST(Clocks, RefuseUnknownWords) {
  const auto code = [](auto change) {
    ClockRequest request = application("2026-03-17T10:00:00+05:00");
    change(request);
    const auto clocks = computeClocks(book(), request);
    return clocks.ok() ? std::string() : clocks.error().code;
  };
  EXPECT_EQ(code([](ClockRequest& r) { r.kind = "grievance"; }), "rules.unknown_kind");
  EXPECT_EQ(code([](ClockRequest& r) { r.kind = ""; }), "rules.unknown_kind");
  EXPECT_EQ(code([](ClockRequest& r) { r.procedure = "x"; }), "rules.unknown_procedure");
  EXPECT_EQ(code([](ClockRequest& r) { r.special_kind = "x"; }), "rules.unknown_special_kind");
  EXPECT_EQ(code([](ClockRequest& r) { r.level = "x"; }), "rules.unknown_level");
  EXPECT_EQ(code([](ClockRequest& r) { r.zone = "Mars/Olympus"; }), "base.unknown_zone");
  ClockRequest wrong = application("2026-03-17T10:00:00+05:00");
  wrong.special_kind = "x";
  EXPECT_EQ(computeClocks(book(), wrong).error().field, "/special_kind");
  EventClockRequest request{"tea", "application", "", "", "", at("2026-03-17T07:00:00Z"),
                            "",    false};
  EXPECT_EQ(computeEventClock(book(), request).error().code, "rules.unknown_clock");
  request.clock = "objection";
  request.event_at = at("1999-03-17T07:00:00Z");
  EXPECT_EQ(computeEventClock(book(), request).error().code, "rules.no_rule_for_date");
}

TEST(Routing, SaysWhyInThreeLanguages) {
  RouteRequest request;
  request.kind = "application";
  request.topics = {{"land", ""}};
  request.addressee_bin = "990140900507";
  request.date = parseDate("2026-03-17").value();
  const Route named = route(book(), request);
  EXPECT_EQ(named.body_bin, "990140900507");
  EXPECT_EQ(named.level, "central");
  EXPECT_THAT(named.explanation.en, HasSubstr("The applicant named the body: Ministry of Finance"));
  EXPECT_THAT(named.explanation.ru, HasSubstr("не значится в её компетенции"));
  EXPECT_THAT(named.explanation.en, testing::Not(HasSubstr("territory"))) << "the whole country";
  request.addressee_bin = "990160999904";
  const Route other = route(book(), request);
  EXPECT_EQ(other.destination, "zher");
  EXPECT_THAT(other.explanation.en, HasSubstr("topic \"Land\""));
  EXPECT_THAT(other.explanation.en, HasSubstr("addressee named is not in the register"));
  EXPECT_THAT(other.explanation.kk, HasSubstr("Жер ресурстары комитеті"));
}

// Whom the applicant names gets the appeal; that it may not be competent is said, by topic and by place.
TEST(Routing, SaysThatThePlaceIsNotTheAddressees) {
  RouteRequest request;
  request.kind = "application";
  request.addressee_bin = "940140000385";
  request.date = parseDate("2026-03-17").value();
  const auto asked = [&](const char* topic, std::vector<std::string> katos) {
    request.topics = {{topic, ""}};
    request.katos = std::move(katos);
    const Route found = route(book(), request);
    EXPECT_EQ(found.destination, "akimat");
    return found.explanation;
  };
  const auto none = testing::Not(HasSubstr("65(1)"));
  EXPECT_THAT(asked("housing", {"751110000"}).en, none);
  EXPECT_THAT(asked("housing", {}).en, none) << "nobody knows where";
  EXPECT_THAT(asked("housing", {"631010000", "711010000"}).en, none) << "one of its places is";
  EXPECT_THAT(asked("housing", {"511010000"}).en, none) << "one of two regions, neither is known";
  const auto far = asked("housing", {"632810000"});
  EXPECT_THAT(far.en, HasSubstr(". The place of the appeal lies outside its territory; if need be "
                                "it forwards the appeal within three working days"));
  EXPECT_THAT(far.en, HasSubstr("Semey city, since 08.06.2022 in Abai region"));
  EXPECT_THAT(far.ru, HasSubstr(". Место обращения лежит вне её территории; при необходимости"));
  EXPECT_THAT(far.kk, HasSubstr(". Өтініштің аумағы оның аумағына кірмейді; қажет болса"));
  const auto both = asked("tax", {"551010000"});
  EXPECT_THAT(both.en, HasSubstr("not listed in its competence, and the place of the appeal lies"));
  EXPECT_THAT(both.ru, HasSubstr("в её компетенции, а место обращения лежит вне её территории"));
}

TEST(Numbers, RoundTrip) {
  RegistrationNumber number{false, 2026, 1234567, 0};
  EXPECT_EQ(*formatNumber(number), "ЖТ-2026-01234567");
  EXPECT_EQ(toAsciiNumber("ЖТ-2026-01234567/1"), "ZhT-2026-01234567/1");
  EXPECT_EQ(toAsciiNumber("something else"), "something else");
  for (const bool company : {false, true}) {
    for (const std::uint32_t serial : {1U, 42U, 99'999'999U}) {
      for (const int part : {0, 1, 999}) {
        number = {company, 2026, serial, part};
        const auto text = formatNumber(number);
        ASSERT_TRUE(text.ok());
        EXPECT_EQ(*parseNumber(*text), number) << *text;
        EXPECT_EQ(*parseNumber(toAsciiNumber(*text)), number) << *text;
      }
    }
  }
}

TEST(Numbers, RefuseOtherText) {
  for (const char* bad :
       {"", "ЖТ-2026-1234567", "ЖТ-2026-012345678", "ЖТ-26-01234567", "XX-2026-01234567",
        "ЖТ-2026-00000000", "ЖТ-1999-01234567", "ЖТ-2026-01234567/", "ЖТ-2026-01234567/0",
        "ЖТ-2026-01234567/01", "ЖТ-2026-01234567/1/1", "ЖТ-2026-0123456a", "ЖТ-2026 01234567",
        "ЖТ-2026-01234567 ", "ЖТ-+026-01234567", "ЖТ-2026-01234567/9999999999999"}) {
    EXPECT_EQ(parseNumber(bad).ok(), false) << bad;
  }
  EXPECT_FALSE(formatNumber({false, 2026, 0, 0}).ok());
  EXPECT_FALSE(formatNumber({false, 2026, 1, -1}).ok());
  EXPECT_FALSE(formatNumber({false, 2026, 1, 1000}).ok());
}

// ---- law data ----

class LawData_ : public LawFolder {};

TEST_F(LawData_, LoadsAsShipped) { EXPECT_EQ(refusal(), "loaded"); }

TEST_F(LawData_, ANewRuleIsDataOnly) {
  replace("vocabulary.yaml",
          "special_kinds:", "special_kinds:\n  hotline: {kk: a, ru: b, en: hotline call}");
  append("rules/special-2022.yaml",
         "  - {id: P99, clock: consider, article: \"7\", opens: intake, special: [hotline], start: "
         "receipt,"
         " day_kind: calendar, length: 2, first_day: next_day}\n");
  const auto changed = LawBook::load(folder_);
  ASSERT_TRUE(changed.ok()) << changed.error().text;
  ClockRequest request = application("2026-03-17T10:00:00+05:00");
  request.special_kind = "hotline";
  const auto clocks = computeClocks(**changed, request);
  EXPECT_EQ(clockOf(*clocks, "consider").due_date, parseDate("2026-03-19").value());
}

// What "from the day of receipt" meant before 29.12.2025 nobody has confirmed: the data take the next day (Civil Code
// 173), and can take the day itself, after hours the next.
TEST_F(LawData_, TheFirstDayOfTheOldWordingIsData) {
  const auto due = [&](const char* received) {
    const auto book = LawBook::load(folder_);
    EXPECT_TRUE(book.ok()) << refusal();
    ClockRequest request;
    request.kind = "application";
    request.received_at = at(received);
    const auto clocks = computeClocks(**book, request);
    for (const auto& clock : *clocks) {
      if (clock.name != "consider") continue;
      EXPECT_TRUE(clock.low_confidence);
      return clock.rule_id + " " + formatDate(*clock.due_date);
    }
    return std::string("none");
  };
  constexpr const char *kInHours = "2025-11-03T05:00:00Z", *kAfterHours = "2025-11-03T14:00:00Z";
  EXPECT_EQ(due(kInHours), "B7 2025-11-24");
  EXPECT_EQ(due(kAfterHours), "B7 2025-11-24");
  const std::string length = "start: receipt, day_kind: working, length: 15, ";
  replace("rules/appc-2021-07-01.yaml", length + "first_day: next_day",
          length + "first_day: same_day, cut_off: true");
  EXPECT_EQ(due(kInHours), "B7 2025-11-21");
  EXPECT_EQ(due(kAfterHours), "B7 2025-11-24");
}

TEST_F(LawData_, UnknownKeyIsRefusedWithFileAndLine) {
  append("routing.yaml", "colour: green\n");
  const std::string all = refusal();
  EXPECT_THAT(all, HasSubstr("rules.data_unknown_key routing.yaml:"));
  EXPECT_THAT(all, HasSubstr("unknown key 'colour'"));
  EXPECT_THAT(all, testing::Not(HasSubstr("@0")));
}

TEST_F(LawData_, MissingNamesAndKeysAreRefused) {
  replace("bodies.yaml", ", en: \"City akimat\"", "");
  replace("rules/law-88.yaml", "confidence: low\n", "");
  const std::string all = refusal();
  EXPECT_THAT(all, HasSubstr("rules.data_missing_key bodies.yaml:"));
  EXPECT_THAT(all, HasSubstr("'en' is missing"));
  EXPECT_THAT(all, HasSubstr("'confidence' is missing")) << "all errors, not only the first";
}

TEST_F(LawData_, OverlappingRulesAreRefusedWithBothLines) {
  append(
      "rules/law-88.yaml",
      "  - {id: S9, clock: consider, article: \"25\", opens: intake, kinds: [complaint, message],"
      " procedures: [public_service], start: registration, day_kind: working, length: 7,"
      " first_day: next_day}\n");
  const std::string all = refusal();
  EXPECT_THAT(
      all, testing::ContainsRegex("rules.data_overlap rules/law-88.yaml:[0-9]+: rule S9 overlaps "
                                  "rule S1 at rules/law-88.yaml:[0-9]+"));
}

TEST_F(LawData_, RulesOfWhichNeitherIsMoreExactAreRefused) {
  append("rules/appc-2025-12-29.yaml",
         "  - {id: A99, clock: consider, article: \"76\", opens: intake, kinds: [application],"
         " levels: [local], start: registration, day_kind: working, length: 7,"
         " first_day: next_day}\n");
  EXPECT_THAT(refusal(), HasSubstr("rule A99 overlaps rule A7"))
      << "kinds and levels against kinds "
         "and procedures";
}

TEST_F(LawData_, AColumnThatWouldBeIgnoredIsRefused) {
  replace("rules/appc-2025-12-29.yaml", "day_kind: months, length: 2, first_day: next_day",
          "day_kind: months, length: 2, first_day: same_day");
  replace("rules/law-88.yaml", "extended_by: [extend]", "extended_by: [petition_check]");
  replace("vocabulary.yaml", "also: [public_service,", "also: [tea,");
  replace("vocabulary.yaml", "kinds: [petition], procedures: [petition], kk",
          "kinds: [tea], procedures: [coffee], kk");
  replace("vocabulary.yaml", "without_terms: [outside_appc,", "without_terms: [milk,");
  const std::string words = refusal();
  EXPECT_THAT(words, HasSubstr("kind application: unknown word 'tea'"));
  EXPECT_THAT(words, HasSubstr("special kind unsupported_petition: unknown word 'tea'"));
  EXPECT_THAT(words, HasSubstr("special kind unsupported_petition: unknown word 'coffee'"));
  EXPECT_THAT(words, HasSubstr("without_terms: unknown word 'milk'"));
  replace("vocabulary.yaml", "also: [tea,", "also: [public_service,");
  replace("vocabulary.yaml", "kinds: [tea], procedures: [coffee], kk",
          "kinds: [petition], procedures: [petition], kk");
  replace("vocabulary.yaml", "without_terms: [milk,", "without_terms: [outside_appc,");
  const std::string rules = refusal();
  EXPECT_THAT(rules, HasSubstr("rule A9: a term in months knows no first day"));
  EXPECT_THAT(rules, HasSubstr("rule S2: 'extended_by' names 'petition_check'"));
}

TEST_F(LawData_, OverlapsAcrossTablesAndValidity) {
  replace("rules/appc-2021-07-01.yaml", "valid_until: 2025-12-28", "valid_until: 2025-12-29");
  EXPECT_THAT(refusal(), HasSubstr("overlaps rule"));
}

TEST_F(LawData_, OverlappingRowsAndBodiesAreRefused) {
  append("routing.yaml",
         "  - {id: R9, topics: [health], kato: [\"75\"], body: \"990140900507\", valid_from: "
         "2024-01-01}\n");
  replace("bodies.yaml", "alias: zher", "alias: akimat");
  const std::string all = refusal();
  EXPECT_THAT(all, HasSubstr("row R9 overlaps row R2"));
  EXPECT_THAT(all, HasSubstr("the same BIN or alias"));
}

TEST_F(LawData_, ABodyThatIsNoMoreHasASuccessorAndAPlaceItsNewRegion) {
  append("bodies.yaml",
         "  - {bin: \"990160999904\", alias: oldtax, level: central, names: {kk: a, ru: b, en: Old "
         "tax "
         "committee}, kato: [], topics: [tax], valid_from: 2010-01-01, valid_until: 2019-12-31}\n");
  replace("bodies.yaml", "    valid_from: 2000-11-27\n", "    valid_from: 2020-01-01\n");
  replace("routing.yaml", "body: \"990140900507\", valid_from: 2000-11-27",
          "body: \"990140900507\", valid_from: 2020-01-01");
  replace("bodies.yaml", "    topics: [tax, public_procurement, budget, customs]\n",
          "    topics: [tax, public_procurement, budget, customs]\n    predecessors: "
          "[\"990160999904\"]\n");
  append("routing.yaml",
         "  - {id: R8, topics: [housing], kato: [\"33\"], body: \"990141999900\", valid_from: "
         "2020-01-01}\n");
  const auto book = LawBook::load(folder_);
  ASSERT_TRUE(book.ok()) << refusal();
  RouteRequest request;
  request.kind = "application";
  request.addressee_bin = "990160999904";
  request.date = parseDate("2026-03-17").value();
  const auto successor = route(**book, request);
  EXPECT_EQ(successor.destination, "minfin");
  EXPECT_EQ(successor.rule_id, "successor");
  EXPECT_THAT(successor.explanation.en, HasSubstr("took over"));
  request.date = parseDate("2019-03-17").value();
  EXPECT_EQ(route(**book, request).destination, "oldtax") << "then it was itself";
  const Date today = parseDate("2026-03-17").value();
  EXPECT_EQ((*book)->regionsOf("750000000", today), std::vector<std::string>{"75"});
  EXPECT_EQ((*book)->regionsOf("511010000", today), (std::vector<std::string>{"61", "79"}));
  EXPECT_EQ((*book)->regionsOf("511010000", parseDate("2018-06-18").value()),
            std::vector<std::string>{"51"});
  EXPECT_TRUE((*book)->regionsOf("990000000", today).empty());
  EXPECT_EQ((*book)->region("33", today)->label.en, "Zhetysu region");
  EXPECT_EQ((*book)->region("33", parseDate("2022-06-07").value()), nullptr);
}

// The register knows who took over: the table need not be written anew on the same day.
TEST_F(LawData_, ARowOfABodyThatIsNoMoreLeadsToItsSuccessor) {
  append(
      "bodies.yaml",
      "  - {bin: \"990160999904\", alias: oldland, level: central, names: {kk: a, ru: b, en: Old "
      "land committee}, kato: [], topics: [land], valid_from: 2000-11-27, valid_until: "
      "2025-12-31}\n");
  replace("routing.yaml", "body: \"990141999900\"", "body: \"990160999904\"");
  const auto asked = [&](const char* day) {
    const auto book = LawBook::load(folder_);
    EXPECT_TRUE(book.ok()) << refusal();
    RouteRequest request;
    request.kind = "application";
    request.topics = {{"land", ""}};
    request.date = parseDate(day).value();
    return route(**book, request);
  };
  EXPECT_TRUE(asked("2026-03-17").to_reception) << "nobody took over";
  replace("bodies.yaml", "valid_from: 2000-11-27\n    higher_body: \"990140000037\"",
          "valid_from: 2026-01-01\n    higher_body: \"990140000037\"\n    predecessors: "
          "[\"990160999904\"]");
  EXPECT_EQ(asked("2025-12-31").destination, "oldland");
  auto answer = asked("2026-03-17");
  EXPECT_EQ(answer.destination, "zher");
  EXPECT_EQ(answer.rule_id, "R3");
  EXPECT_THAT(answer.explanation.en, HasSubstr("took over from the body of the row"));
  EXPECT_THAT(answer.explanation.ru, HasSubstr("правопреемник указанного в строке органа"));
  EXPECT_THAT(answer.explanation.kk, HasSubstr("құқықтық мирасқоры"));
  replace("bodies.yaml", "    alias: zher\n", "");
  answer = asked("2026-03-17");
  EXPECT_TRUE(answer.to_reception);
  EXPECT_THAT(answer.explanation.ru, HasSubstr("он не подключён к хабу"));
}

TEST_F(LawData_, OfTwoPlacesWithEquallyExactRowsTheFirstIsTaken) {
  replace("bodies.yaml", "kato: [\"71\", \"75\"]", "kato: [\"71\", \"75\", \"19\"]");
  replace("routing.yaml", "health], kato: [\"71\", \"75\"]", "health], kato: [\"71\"]");
  append("routing.yaml",
         "  - {id: R8, topics: [housing], kato: [\"75\"], body: \"990141999900\", valid_from: "
         "2020-01-01}\n"
         "  - {id: R9, topics: [housing], kato: [\"19\"], body: \"940140000385\", valid_from: "
         "2020-01-01}\n"
         "  - {id: R10, topics: [housing], kato: [\"7110\"], body: \"990140900507\", valid_from: "
         "2020-01-01}\n");
  const auto book = LawBook::load(folder_);
  ASSERT_TRUE(book.ok()) << refusal();
  RouteRequest request;
  request.kind = "application";
  request.topics = {{"housing", ""}};
  request.date = parseDate("2026-03-17").value();
  const auto asked = [&](std::vector<std::string> katos) {
    request.katos = std::move(katos);
    return route(**book, request);
  };
  auto answer = asked({"751110000", "712210000"});
  EXPECT_EQ(answer.rule_id, "R8");
  EXPECT_THAT(answer.explanation.en, HasSubstr("as exact for 712210000, and the one named first, "
                                               "751110000, was taken"));
  EXPECT_THAT(answer.explanation.ru, HasSubstr("взято указанное первым место 751110000"));
  EXPECT_THAT(answer.explanation.kk, HasSubstr("бірінші көрсетілген 751110000 жері алынды"));
  answer = asked({"712210000", "751110000"});
  EXPECT_EQ(answer.rule_id, "R2");
  EXPECT_THAT(answer.explanation.en, HasSubstr("row R8"));
  EXPECT_EQ(asked({"751110000", "711010000"}).rule_id, "R10") << "the most exact first";
  answer = asked({"712210000", "191010000"});
  EXPECT_THAT(answer.explanation.en, testing::Not(HasSubstr("several places"))) << "one body";
}

TEST_F(LawData_, AnOldCodeGoesToTheBodyOfTheNewRegionAndTheAnswerSaysWhy) {
  append("routing.yaml",
         "  - {id: R8, topics: [housing], kato: [\"63\"], body: \"990140900507\", valid_from: "
         "2020-01-01}\n"
         "  - {id: R9, topics: [housing], kato: [\"10\"], body: \"990141999900\", valid_from: "
         "2022-06-08}\n"
         "  - {id: R10, topics: [roads], kato: [\"6328\"], body: \"990140900507\", valid_from: "
         "2020-01-01}\n"
         "  - {id: R11, topics: [roads], kato: [\"10\"], body: \"990141999900\", valid_from: "
         "2022-06-08}\n");
  const auto book = LawBook::load(folder_);
  ASSERT_TRUE(book.ok()) << refusal();
  RouteRequest request;
  request.kind = "application";
  request.topics = {{"housing", ""}};
  request.katos = {"632810000"};
  request.date = parseDate("2026-03-17").value();
  auto answer = route(**book, request);
  EXPECT_EQ(answer.rule_id, "R9");
  EXPECT_EQ(answer.destination, "zher");
  EXPECT_THAT(answer.explanation.en, HasSubstr("KATO code 632810000: Semey city, since 08.06.2022 "
                                               "in Abai region (the code is not certain)."));
  EXPECT_THAT(answer.explanation.ru, HasSubstr("город Семей, с 08.06.2022 — Абайская область"));
  EXPECT_THAT(answer.explanation.kk, HasSubstr("08.06.2022 бастап — Абай облысы"));
  request.date = parseDate("2022-06-07").value();
  answer = route(**book, request);
  EXPECT_EQ(answer.rule_id, "R8") << "then it was the old region";
  EXPECT_THAT(answer.explanation.en, testing::Not(HasSubstr("KATO")));
  request.date = parseDate("2026-03-17").value();
  request.katos = {"631010000"};
  answer = route(**book, request);
  EXPECT_EQ(answer.rule_id, "R8") << "Ust-Kamenogorsk stays";
  EXPECT_THAT(
      answer.explanation.en,
      HasSubstr("East Kazakhstan region was divided (Abai region since 08.06.2022); whether "
                "the place stayed in it is not certain."));
  EXPECT_THAT(answer.explanation.ru, HasSubstr("разделена (Абайская область с 08.06.2022)"));
  EXPECT_THAT(answer.explanation.kk, HasSubstr("бөлінген (Абай облысы, 08.06.2022 бастап)"));
  request.katos = {"101010000"};
  answer = route(**book, request);
  EXPECT_EQ(answer.rule_id, "R9");
  EXPECT_THAT(answer.explanation.en, testing::Not(HasSubstr("KATO")));
  // A row that names the district by its old code is nearer than the region.
  request.topics = {{"roads", ""}};
  request.katos = {"632810000"};
  EXPECT_EQ(route(**book, request).rule_id, "R10");
  EXPECT_EQ((*book)->regionOf("632810000", request.date), "10");
  EXPECT_EQ((*book)->regionOf("511010000", request.date), "51") << "nobody can tell";
}

TEST_F(LawData_, ADistrictThatIsKnownToHaveStayedLeavesNoDoubt) {
  replace("kato.yaml", "districts:\n",
          "districts:\n  - {code: \"6310\", region: \"63\", label: {kk: a, ru: b, en: "
          "Ust-Kamenogorsk}, valid_from: 2022-06-08, confidence: high}\n");
  const auto book = LawBook::load(folder_);
  ASSERT_TRUE(book.ok()) << refusal();
  RouteRequest request;
  request.kind = "application";
  request.topics = {{"housing", ""}};
  request.date = parseDate("2026-03-17").value();
  request.katos = {"631010000"};
  EXPECT_THAT(route(**book, request).explanation.en, testing::Not(HasSubstr("KATO")));
  request.katos = {"637010000"};
  EXPECT_THAT(route(**book, request).explanation.en, HasSubstr("is not certain"));
}

TEST_F(LawData_, ARowLiesInTheTerritoryOfItsBody) {
  replace("bodies.yaml", "kato: [\"71\", \"75\"]", "kato: [\"71\", \"75\", \"10\"]");
  append("routing.yaml",
         "  - {id: R8, topics: [tax], kato: [\"7511\", \"6328\"], body: \"940140000385\", "
         "valid_from: 2020-01-01}\n");
  EXPECT_EQ(refusal(), "loaded") << "Semey is in Abai region now";
  append("routing.yaml",
         "  - {id: R9, topics: [tax/personal], kato: [\"71\", \"55\"], body: \"940140000385\", "
         "valid_from: 2020-01-01}\n"
         "  - {id: R10, topics: [customs], kato: [], body: \"940140000385\", valid_from: "
         "2020-01-01, kinds: [message]}\n");
  const std::string all = refusal();
  EXPECT_THAT(all, testing::ContainsRegex("rules.data_bad_value routing.yaml:[0-9]+: row R9: place "
                                          "55 lies outside the territory of its body at "
                                          "bodies.yaml:[0-9]+"));
  EXPECT_THAT(all, HasSubstr("row R10: the whole country lies outside the territory of its body"));
}

TEST_F(LawData_, DistrictsAreChecked) {
  replace("kato.yaml", "{code: \"6328\", region: \"10\"", "{code: \"6328\", region: \"62\"");
  replace("kato.yaml", "{code: \"3518\"", "{code: \"351810000\"");
  replace("kato.yaml", "{code: \"1926\"", "{code: \"1910\"");
  replace("kato.yaml", "{code: \"1934\", region: \"33\"", "{code: \"1934\", region: \"99\"");
  const std::string all = refusal();
  EXPECT_THAT(all, HasSubstr("district 6328 was in a region that is no predecessor of 62"));
  EXPECT_THAT(all, HasSubstr("district 351810000 is named by four digits"));
  EXPECT_THAT(all, testing::ContainsRegex("district 1910 stands at kato.yaml:[0-9]+"));
  EXPECT_THAT(all, HasSubstr("district 1934 is in region 99, which there is not"));
}

TEST_F(LawData_, ABodyDoesNotFollowItselfNorOneThatStillIs) {
  replace("bodies.yaml", "    topics: [tax,",
          "    predecessors: [\"940140000385\"]\n    topics: [tax,");
  EXPECT_THAT(refusal(), HasSubstr("its predecessor 940140000385 is valid on the same days"));
}

TEST_F(LawData_, StaffAndRegionsAreChecked) {
  append("staff.yaml", "  - {body: \"990140900507\", executors: []}\n");
  replace("staff.yaml", "capacity: 50", "capacity: 500");
  replace("staff.yaml", "until: 2026-07-28", "until: 2026-06-28");
  std::string all = refusal();
  EXPECT_THAT(all, HasSubstr("0 to 200 per cent"));
  EXPECT_THAT(all, HasSubstr("'until' is before 'from'"));
  replace("staff.yaml", "capacity: 500", "capacity: 50");
  replace("staff.yaml", "until: 2026-06-28", "until: 2026-07-28");
  replace("staff.yaml", "{id: mf-02,", "{id: mf-01,");
  replace("kato.yaml", "{code: \"79\"", "{code: \"61\"");
  all = refusal();
  EXPECT_THAT(all, testing::ContainsRegex("the same body stands at staff.yaml:[0-9]+"));
  EXPECT_THAT(all, HasSubstr("two executors have the id mf-01"));
  EXPECT_THAT(all, testing::ContainsRegex("region 61 stands at kato.yaml:[0-9]+"));
}

TEST_F(LawData_, WordsOutsideTheListsAreRefused) {
  replace("rules/law-88.yaml", "kinds: [complaint]", "kinds: [complain]");
  replace("rules/law-221.yaml", "clock: forward", "clock: foreward");
  replace("routing.yaml", "topics: [tax,", "topics: [taxes,");
  const std::string all = refusal();
  EXPECT_THAT(all, HasSubstr("'complain' is not in vocabulary.yaml"));
  EXPECT_THAT(all, HasSubstr("its clock or start event"));
  EXPECT_THAT(all, HasSubstr("topic 'taxes' is not in topics.yaml"));
}

TEST_F(LawData_, WrongValuesAreRefused) {
  replace("rules/law-88.yaml", "length: 5", "length: five");
  replace("rules/law-221.yaml", "valid_from: 2007-01-12", "valid_from: 2007-02-30");
  replace("calendar/2026.yaml", "2026-03-24: observed", "2025-03-24: observed");
  replace("calendar/2025.yaml", ": kurban_ait", ": carnival");
  replace("bodies.yaml", "closes: \"18:30\"", "closes: \"18:75\"");
  replace("bodies.yaml", "bin: \"990141999900\"", "bin: \"99014199990\"\n    zone: Asia/Almatty");
  const std::string all = refusal();
  EXPECT_THAT(all, HasSubstr("'length' must be a whole number"));
  EXPECT_THAT(all, HasSubstr("'valid_from' must be a day"));
  EXPECT_THAT(all, HasSubstr("a day of the year of this file"));
  EXPECT_THAT(all, HasSubstr("reason 'carnival'"));
  EXPECT_THAT(all, HasSubstr("'closes' must be a time"));
  EXPECT_THAT(all, HasSubstr("'bin' must have 12 digits"));
  EXPECT_THAT(all, HasSubstr("'zone' is not an IANA time zone"));
}

TEST_F(LawData_, AYearInTwoFilesIsRefusedWithBothLines) {
  std::filesystem::copy(folder_ + "/calendar/2026.yaml", folder_ + "/calendar/again.yaml");
  EXPECT_THAT(refusal(), testing::ContainsRegex(
                             "rules.data_overlap calendar/again.yaml:[1-9][0-9]*: the year 2026 "
                             "stands at calendar/2026.yaml:[1-9][0-9]* already"));
}

TEST_F(LawData_, BrokenYamlRepeatedKeysAndMissingFilesAreRefused) {
  append("topics.yaml", "  - [\n");
  replace("vocabulary.yaml", "default_level: local",
          "default_level: local\ndefault_level: central");
  std::filesystem::remove(folder_ + "/routing.yaml");
  const std::string all = refusal();
  EXPECT_THAT(all, HasSubstr("rules.data_syntax topics.yaml:"));
  EXPECT_THAT(all, HasSubstr("a key is repeated"));
  EXPECT_THAT(all, HasSubstr("rules.data_unreadable routing.yaml"));
  EXPECT_THAT(LawBook::load(folder_ + "/nowhere").error().code, "rules.data_unreadable");
}

TEST(Topics, KnowTheirPaths) {
  EXPECT_TRUE(book().knowsTopic("tax"));
  EXPECT_TRUE(book().knowsTopic("tax", "personal", "property"));
  EXPECT_FALSE(book().knowsTopic("tax", "personal", "kitchen"));
  EXPECT_FALSE(book().knowsTopic("tax", "", "property"));
  EXPECT_FALSE(book().knowsTopic(""));
}

}  // namespace
}  // namespace hub::rules
