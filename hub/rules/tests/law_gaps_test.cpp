// Goal: data that are right line by line and leave something out are refused, and a doubt about one rule shows.
// Method: the shipped data with one thing taken away.
#include "hub/rules/law_gaps.h"

#include <gmock/gmock.h>

#include "hub/rules/deadlines.h"
#include "hub/rules/tests/law_folder.h"

namespace hub::rules {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class LawGaps : public LawFolder {};

TEST_F(LawGaps, AYearLostBetweenTwo) {
  std::filesystem::remove(folder_ + "/calendar/2016.yaml");
  EXPECT_THAT(refusal(),
              HasSubstr("rules.data_gap calendar/2015.yaml:1: the year 2016 is missing between"));
}

TEST_F(LawGaps, TheYearsAfterTheLastMayBeUnknown) {
  std::filesystem::remove(folder_ + "/calendar/2027.yaml");
  EXPECT_EQ(refusal(), "loaded");
}

TEST_F(LawGaps, DaysBetweenTwoLaws) {
  replace("rules/law-221.yaml", "valid_until: 2021-06-30", "valid_until: 2021-06-28");
  const auto all = refusal();
  EXPECT_THAT(all, AllOf(HasSubstr("rules.data_gap rules/appc-2021-07-01.yaml:"),
                         HasSubstr("from 2021-06-29, the end of rules/law-221.yaml:"),
                         HasSubstr("has no term of consideration")));
}

TEST_F(LawGaps, ASpecialKindWithoutARule) {
  replace("vocabulary.yaml",
          "special_kinds:", "special_kinds:\n  hotline: {kk: a, ru: b, en: hotline call}");
  const std::string text = *readFile(folder_ + "/vocabulary.yaml", 1 << 20);
  const auto line =
      1 + std::count(text.begin(), text.begin() + static_cast<long>(text.find("  hotline:")), '\n');
  EXPECT_GT(line, 1);
  EXPECT_THAT(refusal(), HasSubstr("rules.special_without_rule vocabulary.yaml:" +
                                   std::to_string(line) + ": special kind 'hotline'"));
}

TEST_F(LawGaps, ABodyAboveItself) {
  const std::string text = *readFile(folder_ + "/bodies.yaml", 1 << 20);
  const auto begin = text.find("higher_body: \"") + 14;
  const std::string higher = text.substr(begin, 12);
  const auto row = text.rfind("bin: \"", begin) + 6;
  const std::string lower = text.substr(row, 12);
  replace("bodies.yaml", "bin: \"" + higher + "\"",
          "bin: \"" + higher + "\"\n    higher_body: \"" + lower + "\"");
  EXPECT_THAT(refusal(), HasSubstr("the chain of higher bodies of " + lower + " never ends"));
}

TEST_F(LawGaps, ADayThatStandsTwiceIsNamedWithBothLines) {
  replace("calendar/2026.yaml", "working_days:", "working_days: [2026-01-01] #");
  const auto all = refusal();
  EXPECT_THAT(all, AllOf(HasSubstr("rules.data_bad_value calendar/2026.yaml:"),
                         HasSubstr("2026-01-01 stands at line ")));
}

// A doubt about one rule is told of its own term and of no other.
TEST_F(LawGaps, AMarkOfOneRule) {
  replace("rules/appc-2025-12-29.yaml", "{id: A7,", "{confidence: low, id: A7,");
  const auto book = LawBook::load(folder_);
  ASSERT_TRUE(book.ok());
  ClockRequest request;
  request.kind = "application";
  request.received_at = *parseInstant("2026-03-17T10:00:00+05:00");
  const auto clocks = computeClocks(**book, request);
  ASSERT_TRUE(clocks.ok());
  for (const auto& clock : *clocks) {
    if (clock.name == "register") {
      EXPECT_FALSE(clock.low_confidence);
    }
    if (clock.name == "consider") {
      EXPECT_TRUE(clock.low_confidence);
    }
  }
}

// What a reload of a folder that lost something is told.
class LostData : public LawFolder {
 protected:
  std::vector<std::string> lost() {
    const auto now = LawBook::load("config/law");
    const auto next = LawBook::load(folder_);
    EXPECT_TRUE(now.ok() && next.ok()) << refusal();
    std::vector<std::string> files;
    for (const auto& error : findLost((*now)->data(), (*next)->data(), folder_)) {
      EXPECT_EQ(error.code, "rules.data_lost");
      EXPECT_NE(findError(error.code), nullptr);
      EXPECT_THAT(error.text, HasSubstr("put it back and reload"));
      files.push_back(
          error.text.substr(folder_.size() + 1, error.text.find(':') - folder_.size() - 1));
    }
    return files;
  }
  void remove(const std::string& file) { std::filesystem::remove(folder_ + "/" + file); }
};

TEST_F(LostData, EachFileThatIsGoneIsNamed) {
  EXPECT_THAT(lost(), testing::IsEmpty());
  for (const char* file : {"kato.yaml", "staff.yaml", "procedure.yaml", "calendar/2027.yaml",
                           "calendar/2007.yaml", "rules/appc-2025-12-29.yaml"}) {
    remove(file);
  }
  EXPECT_THAT(lost(), testing::UnorderedElementsAre("kato.yaml", "staff.yaml", "procedure.yaml",
                                                    "calendar/2027.yaml", "calendar/2007.yaml",
                                                    "rules/appc-2025-12-29.yaml"));
}

TEST_F(LostData, WhatWasRenamedOrEmptiedOnPurposeIsNotLost) {
  const auto rename = [&](const char* from, const char* to) {
    std::filesystem::rename(folder_ + "/" + from, folder_ + "/" + to);
  };
  rename("calendar/2027.yaml", "calendar/2027-second.yaml");
  rename("rules/law-88.yaml", "rules/monitoring.yaml");
  replace("rules/law-107.yaml", "version: ", "version: new-");
  std::ofstream(folder_ + "/staff.yaml") << "bodies: []\n";
  EXPECT_THAT(lost(), testing::IsEmpty());
}

TEST_F(LostData, WhatIsLeftOutIsToldWithWhatItBars) {
  EXPECT_THAT(leftOut((*LawBook::load(folder_))->data()), testing::IsEmpty());
  remove("kato.yaml");
  remove("procedure.yaml");
  EXPECT_THAT(leftOut((*LawBook::load(folder_))->data()),
              testing::ElementsAre(HasSubstr("no procedure.yaml"), HasSubstr("no kato.yaml")));
}

TEST_F(LostData, ARoutingRowThatOutlivesItsBodyIsToldOf) {
  std::ofstream(folder_ + "/bodies.yaml", std::ios::app)
      << "  - {bin: \"990160999904\", alias: old, level: central, names: {kk: a, ru: b, en: c}, "
         "kato: "
         "[], topics: [land], valid_from: 2000-11-27, valid_until: 2025-12-31}\n";
  replace("routing.yaml", "body: \"990141999900\"", "body: \"990160999904\"");
  const auto told = [&] { return leftOut((*LawBook::load(folder_))->data()); };
  EXPECT_THAT(told(), testing::ElementsAre(HasSubstr(
                          "row R3 names the body 990160999904, which ends on 2025-12-31; after "
                          "that it leads to nobody")));
  replace("bodies.yaml", "valid_from: 2000-11-27\n    higher_body: \"990140000037\"",
          "valid_from: 2026-01-01\n    higher_body: \"990140000037\"\n    predecessors: "
          "[\"990160999904\"]");
  EXPECT_THAT(told(), testing::ElementsAre(AllOf(HasSubstr("routing.yaml:"),
                                                 HasSubstr("to its successor 990141999900"))));
}

// After the end of its body a row must not lead to one that is not for that place.
TEST_F(LawGaps, ASuccessorHasTheTerritoryOfTheRowsThatLeadToIt) {
  std::ofstream(folder_ + "/bodies.yaml", std::ios::app)
      << "  - {bin: \"990160999904\", alias: old, level: central, names: {kk: a, ru: b, en: c}, "
         "kato: [], topics: [land], valid_from: 2000-11-27, valid_until: 2025-12-31}\n"
         "  - {bin: \"990150999910\", alias: part, level: central, names: {kk: a, ru: b, en: c}, "
         "kato: [\"71\"], topics: [land], valid_from: 2026-01-01, predecessors: "
         "[\"990160999904\"]}\n";
  replace("routing.yaml", "body: \"990141999900\"", "body: \"990160999904\"");
  EXPECT_THAT(refusal(), AllOf(HasSubstr("rules.data_bad_value routing.yaml:9"),
                               HasSubstr("row R3: the whole country lies outside the territory of "
                                         "its body's successor at bodies.yaml:")));
  replace("routing.yaml", "ecology], kato: []", "ecology], kato: [\"71\"]");
  EXPECT_EQ(refusal(), "loaded");
  replace("routing.yaml", "ecology], kato: [\"71\"]", "ecology], kato: [\"71\", \"75\"]");
  EXPECT_THAT(refusal(), HasSubstr("place 75 lies outside"));
  // A row that ends with its body leads nowhere else.
  replace("routing.yaml", "body: \"990160999904\", valid_from: 2000-11-27",
          "body: \"990160999904\", valid_from: 2000-11-27, valid_until: 2025-12-31");
  EXPECT_EQ(refusal(), "loaded");
}

}  // namespace
}  // namespace hub::rules
