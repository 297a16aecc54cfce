#include "adapters/kit/csv.h"

#include <gtest/gtest.h>

#include "adapters/kit/error.h"

namespace otinish::kit {
namespace {

TEST(Csv, ReadsQuotesSeparatorsAndLineBreaks) {
  const auto table =
      readCsv("a;b\r\n\"x;\"\"y\"\"\";2\r\n\"ә\nғ\";4\r\n", ';', CsvQuotes::kMultiLine);
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

// One quote too many, and one further on that would close it: each record of its own shows what is wrong.
TEST(Csv, AQuoteSwallowsNoRecord) {
  const std::string text = "a;b\n1;\"Romashka\n2;Alma\"\n3;x\n4;\"y\"\n";
  for (const CsvQuotes quotes : {CsvQuotes::kOneLine, CsvQuotes::kMultiLine}) {
    const auto table = readCsv(text, ';', quotes);
    ASSERT_EQ(table.records.size(), 4U);
    EXPECT_FALSE(table.records[0].problem.empty());
    EXPECT_FALSE(table.records[1].problem.empty());
    EXPECT_EQ(table.records[1].line, 3);
    EXPECT_EQ(table.records[2].fields, (std::vector<std::string>{"3", "x"}));
    EXPECT_EQ(table.records[3].fields, (std::vector<std::string>{"4", "y"}));
    EXPECT_TRUE(table.records[2].problem.empty() && table.records[3].problem.empty());
  }
  const auto plain = readCsv(text, ';', CsvQuotes::kNone);
  ASSERT_EQ(plain.records.size(), 4U);
  EXPECT_EQ(plain.records[0].fields[1], "\"Romashka");
  EXPECT_EQ(plain.records[1].fields[1], "Alma\"");
  // The quote that closes it opens a field of another record.
  const auto later = readCsv("a;b\n1;\"open\n2;x\n3;\"y\"\n", ';', CsvQuotes::kMultiLine);
  ASSERT_EQ(later.records.size(), 3U);
  EXPECT_FALSE(later.records[0].problem.empty());
  EXPECT_EQ(later.records[1].fields, (std::vector<std::string>{"2", "x"}));
  EXPECT_EQ(later.records[2].fields, (std::vector<std::string>{"3", "y"}));
  EXPECT_THROW(readCsv("a;\"b\n1;\"x\n", ';', CsvQuotes::kMultiLine), MappingError)
      << "a header is a line";
  // In the middle of a record, too; a note of two lines beside it is none of that.
  const auto middle =
      readCsv("a;b;c\n1;\"x;2\n3;y\";4\n5;\"p\nq\";6\n", ';', CsvQuotes::kMultiLine);
  ASSERT_EQ(middle.records.size(), 3U);
  EXPECT_FALSE(middle.records[0].problem.empty());
  EXPECT_FALSE(middle.records[1].problem.empty());
  EXPECT_EQ(middle.records[2].fields, (std::vector<std::string>{"5", "p\nq", "6"}));
}

TEST(Csv, LinesWithoutHeaderMayHaveEqualFields) {
  EXPECT_EQ(readCsvLine("OK;17;17\r\n", ';'), (std::vector<std::string>{"OK", "17", "17"}));
  EXPECT_EQ(readCsvLine("OK;n.xml;;", ';'), (std::vector<std::string>{"OK", "n.xml", "", ""}));
  EXPECT_EQ(readCsvLine("OK;17;ЖШС \"Ромашка\"", ';'),
            (std::vector<std::string>{"OK", "17", "ЖШС \"Ромашка\""}));
  EXPECT_EQ(readCsvLine("OK;17;\"Ромашка", ';'),
            (std::vector<std::string>{"OK", "17", "\"Ромашка"}));
}

TEST(Csv, ASeparatorOfAnotherFileIsTold) {
  EXPECT_THROW(readCsv("a,b\n1,2\n", ';'), MappingError);
  EXPECT_THROW(readCsv("a\tb\n1\t2\n", ','), MappingError);
  EXPECT_EQ(readCsv("a\n1\n", ';').records.size(), 1U);
}

TEST(Csv, RefusesWhatHasNoHeader) {
  EXPECT_THROW(readCsv("", ';'), MappingError);
  EXPECT_THROW(readCsv("a;a\n1;2\n", ';'), MappingError);
  EXPECT_TRUE(readCsv("a;b\n\n\n", ';').records.empty());
}

}  // namespace
}  // namespace otinish::kit
