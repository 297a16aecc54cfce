// CSV (RFC 4180, with a configurable separator): quoted fields may hold separators, doubled quotes
// and line breaks; lines end with LF or CRLF. A bad record never costs the good ones.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace otinish::kit {

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
// with a stray quote. Failure: MappingError "adapter.bad_csv" (no header, a quote never closed in
// the header, or a column named twice), "adapter.too_large" (more than 100,000 records).
CsvTable readCsv(std::string_view text, char separator);

}  // namespace otinish::kit
