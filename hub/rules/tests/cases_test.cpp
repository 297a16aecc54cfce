// Goal: every text case of tests/cases holds. Method: each file is one test, named by the file, so that one can
// be run alone (tests/cases/README.md); the runner itself is held to failing when a case is wrong, cannot be
// read, or asks nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cctype>
#include <cstdlib>
#include <filesystem>

#include "hub/base/text.h"
#include "hub/rules/tests/case_runner.h"

namespace hub::rules::test {
namespace {

const LawBook& book() {
  static const auto kBook = LawBook::load("config/law");
  if (!kBook) {
    for (const auto& error : kBook.status().errors())
      ADD_FAILURE() << error.code << " " << error.text;
    std::abort();
  }
  return **kBook;
}

// The files of tests/cases, or those that OTINISH_CASES names: a file or a folder.
std::vector<std::string> caseFiles() {
  const char* named = std::getenv("OTINISH_CASES");
  const std::filesystem::path place = named != nullptr && *named != 0 ? named : "tests/cases";
  std::vector<std::string> files;
  std::error_code failed;
  if (std::filesystem::is_regular_file(place, failed)) return {place.string()};
  for (const auto& entry : std::filesystem::directory_iterator(place, failed)) {
    if (entry.path().extension() == ".case") files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

class CaseFile : public testing::TestWithParam<std::string> {};

TEST_P(CaseFile, Holds) {
  const std::string& file = GetParam();
  const auto text = readFile(file, 1 << 20);
  ASSERT_TRUE(text.ok()) << file;
  const CaseReport report = runCases(book(), *text);
  EXPECT_GT(report.cases, 0) << file;
  for (const auto& failure : report.failures) {
    ADD_FAILURE() << file << ":" << failure.line << ": " << failure.message;
  }
}

// appc-76-term.case → appc_76_term
std::string testName(const testing::TestParamInfo<std::string>& info) {
  std::string name = std::filesystem::path(info.param).stem().string();
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(Cases, CaseFile, testing::ValuesIn(caseFiles()), testName);

TEST(Cases, TheFilesAreThere) {
  const auto files = caseFiles();
  ASSERT_FALSE(files.empty()) << "run from the source folder, or name a file in OTINISH_CASES";
  if (std::getenv("OTINISH_CASES") != nullptr) return;
  ASSERT_GE(files.size(), 45U) << "the folder of cases is not the one expected";
  int checks = 0;
  for (const auto& file : files) {
    const auto text = readFile(file, 1 << 20);
    ASSERT_TRUE(text.ok()) << file;
    checks += runCases(book(), *text).checks;
  }
  EXPECT_GE(checks, 700);
}

constexpr const char* kHead = "# Act: A\n# Article: 1\n";

TEST(CaseRunner, ShowsTheDaysOfAWrongDate) {
  const CaseReport report = runCases(book(), std::string(kHead) +
                                                 "case wrong by a day\n"
                                                 "given an application received 2026-03-17 10:00\n"
                                                 "when its clocks open\n"
                                                 "then consider is due 2026-04-09\n");
  ASSERT_EQ(report.failures.size(), 1U);
  EXPECT_EQ(report.failures[0].line, 6);
  EXPECT_THAT(report.failures[0].message, testing::HasSubstr("10.04.2026 Fri — day 15, last day"));
  EXPECT_THAT(report.failures[0].message, testing::HasSubstr("23.03.2026 Mon — day off: Nauryz"));
}

TEST(CaseRunner, RefusesWhatItCannotRead) {
  const auto failures = [](const std::string& body) {
    return runCases(book(), kHead + body).failures.size();
  };
  const std::string good =
      "case c\ngiven the day 2026-03-17\nwhen 3 working days are counted, next day\n";
  EXPECT_EQ(failures(good + "then it falls on 2026-03-20\n"), 0U);
  EXPECT_EQ(failures(good), 1U) << "a case that asks nothing";
  EXPECT_EQ(failures(good + "then it falls on 2026-03-19\n"), 1U);
  EXPECT_EQ(failures(good + "then it falls on the 20th\n"), 1U);
  EXPECT_EQ(failures("case c\ngiven an appeal of some sort\n"), 2U);
  EXPECT_EQ(failures(good + "then it falls on 2026-03-20\nor else\n"), 1U);
  EXPECT_EQ(
      failures("case c\ngiven an application received 2026-03-17 10:00\nwhen its clocks open\n"
               "then consider is due 2026-04-10 by A8\n"),
      1U)
      << "the right day by the wrong rule";
  EXPECT_EQ(runCases(book(), good + "then it falls on 2026-03-20\n").failures.size(), 1U)
      << "no act and article";
}

}  // namespace
}  // namespace hub::rules::test
