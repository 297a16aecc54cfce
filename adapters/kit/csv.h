// CSV (RFC 4180, with a configurable separator): quoted fields may hold separators and doubled quotes, and
// line breaks where they are allowed; lines end with LF or CRLF. A bad record never costs the good ones.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace otinish::kit {

enum class CsvQuotes {
  kOneLine,    // a quoted field ends on its line
  kMultiLine,  // it may hold line breaks
  kNone,       // a quote is a character as any other
};

struct CsvRecord {
  int row = 0;   // 1-based among the records after the header
  int line = 0;  // 1-based line where it starts
  std::vector<std::string> fields;
  std::string raw;      // the record as it stood
  std::string problem;  // not empty: why the record cannot be used
};

struct CsvTable {
  std::vector<std::string> header;
  std::string header_raw;
  std::vector<CsvRecord> records;  // blank lines are left out
};

// `text` is UTF-8. A record with another number of fields than the header has `problem`; so has one
// with a stray quote. With line breaks allowed, a quote that is not closed could swallow records behind it
// up to the next quote: what of several lines has a problem, or could as well be whole records, is a
// problem of its first line only, and the lines behind it are read on their own. Failure: MappingError
// "adapter.bad_csv" (no header, a quote never closed in the header, a column named twice, or one column
// only that holds another common separator), "adapter.too_large" (more than 100,000 records).
CsvTable readCsv(std::string_view text, char separator, CsvQuotes quotes = CsvQuotes::kOneLine);
// The fields of one line, which has no header. Failure: "adapter.bad_csv".
std::vector<std::string> readCsvLine(std::string_view line, char separator);

}  // namespace otinish::kit
