#include "adapters/kit/csv.h"

#include <gtest/gtest.h>

#include "adapters/kit/error.h"

namespace otinish::kit {
namespace {

TEST(Csv, ReadsQuotesSeparatorsAndLineBreaks) {
  const auto table = readCsv("a;b\r\n\"x;\"\"y\"\"\";2\r\n\"ә\nғ\";4\r\n", ';');
  ASSERT_EQ(table.header, (std::vector<std::string>{"a", "b"}));
  ASSERT_EQ(table.records.size(), 2U);
  EXPECT_EQ(table.records[0].fields, (std::vector<std::string>{"x;\"y\"", "2"}));
  EXPECT_EQ(table.records[1].fields, (std::vector<std::string>{"ә\nғ", "4"}));
  EXPECT_EQ(table.records[1].line, 3);
}

TEST(Csv, BadRecordsDoNotCostTheGoodOnes) {
  const auto table = readCsv("a;b\n1;2\n3\n4;\"open\n5;6\n7;8;9\n10;11", ';');
  ASSERT_EQ(table.records.size(), 6U);
  EXPECT_TRUE(table.records[0].problem.empty());
  EXPECT_FALSE(table.records[1].problem.empty());
  EXPECT_FALSE(table.records[2].problem.empty());
  EXPECT_EQ(table.records[2].raw, "4;\"open");
  EXPECT_TRUE(table.records[3].problem.empty());
  EXPECT_EQ(table.records[3].fields[0], "5");
  EXPECT_EQ(table.records[3].line, 5);
  EXPECT_FALSE(table.records[4].problem.empty());
  EXPECT_TRUE(table.records[5].problem.empty());
  EXPECT_EQ(table.records[5].row, 6);
}

TEST(Csv, RefusesWhatHasNoHeader) {
  EXPECT_THROW(readCsv("", ';'), MappingError);
  EXPECT_THROW(readCsv("a;a\n1;2\n", ';'), MappingError);
  EXPECT_TRUE(readCsv("a;b\n\n\n", ';').records.empty());
}

}  // namespace
}  // namespace otinish::kit
