#include "adapters/kit/csv.h"

#include <algorithm>
#include <utility>

#include "adapters/kit/error.h"

namespace otinish::kit {
namespace {

constexpr std::size_t kRecordsMax = 100'000;
constexpr int kFieldLinesMax =
    1'000;  // each doubtful field is read again: more of them cost their square

class Reader {
 public:
  Reader(std::string_view text, char separator, CsvQuotes quotes)
      : text_(text), separator_(separator), quotes_(quotes) {}

  bool atEnd() const { return at_ >= text_.size(); }
  void setColumns(std::size_t columns) { columns_ = columns; }

  CsvRecord next() {
    const std::size_t start = at_;
    const int line = line_;
    CsvRecord record = read();
    const bool several = record.raw.find('\n') != std::string::npos;
    const bool doubtful = !record.problem.empty() || record.fields.size() != columns_ || swallows_;
    if (several && columns_ > 0 && doubtful) {
      at_ = start;
      line_ = line;
      const CsvQuotes allowed = std::exchange(quotes_, CsvQuotes::kOneLine);
      record = read();
      quotes_ = allowed;
    }
    return record;
  }

 private:
  CsvRecord read() {
    CsvRecord record;
    record.line = line_;
    swallows_ = false;
    const std::size_t start = at_;
    bool more = true;
    while (more) more = field(record);
    std::string_view raw = text_.substr(start, at_ - start);
    while (!raw.empty() && (raw.back() == '\n' || raw.back() == '\r')) raw.remove_suffix(1);
    record.raw = std::string(raw);
    return record;
  }

  // Reads one field; true if another follows in the same record.
  bool field(CsvRecord& record) {
    std::string value;
    const bool quotes = quotes_ != CsvQuotes::kNone;
    if (quotes && !atEnd() && text_[at_] == '"') {
      quoted(value, record);
    }
    while (!atEnd() && text_[at_] != separator_ && text_[at_] != '\n') {
      if (quotes && text_[at_] == '"') record.problem = "a quote inside an unquoted field";
      value += text_[at_++];
    }
    const bool more = !atEnd() && text_[at_] == separator_;
    if (!more && !value.empty() && value.back() == '\r') value.pop_back();
    record.fields.push_back(std::move(value));
    if (!atEnd()) {
      if (text_[at_] == '\n') ++line_;
      ++at_;
    }
    return more;
  }

  void quoted(std::string& value, CsvRecord& record) {
    const std::size_t open = at_++;
    const int open_line = line_;
    while (!atEnd()) {
      const char c = text_[at_];
      const bool ends = quotes_ == CsvQuotes::kOneLine || columns_ == 0;  // a header is one line
      if (c == '\n' && (ends || line_ - open_line >= kFieldLinesMax)) break;
      ++at_;
      if (c == '\n') ++line_;
      if (c != '"') {
        value += c;
      } else if (!atEnd() && text_[at_] == '"') {
        value += '"';
        ++at_;
      } else {
        swallows_ = swallows_ || looksLikeRecords(value, record.fields.size());
        return;
      }
    }
    // Give up this line only and go on after it.
    record.problem = "a quote is not closed on its line";
    value.clear();
    at_ = std::min(text_.find('\n', open), text_.size());
    line_ = open_line;
  }

  // Whether the quoted field of this index would, without its quotes, be the rest of one whole record and
  // the beginning of another.
  bool looksLikeRecords(std::string_view value, std::size_t index) const {
    const std::size_t first = value.find('\n');
    if (first == std::string_view::npos || columns_ < 2) return false;
    const auto separators = [this](std::string_view part) {
      return static_cast<std::size_t>(std::count(part.begin(), part.end(), separator_));
    };
    return separators(value.substr(0, first)) + index + 1 == columns_ &&
           separators(value.substr(value.rfind('\n'))) == index;
  }

  std::string_view text_;
  char separator_;
  CsvQuotes quotes_;
  std::size_t columns_ = 0;  // of the header; 0 while it is read
  std::size_t at_ = 0;
  int line_ = 1;
  bool swallows_ = false;  // the record read last
};

// A file with another separator has one column, whose name holds all of them.
void checkSeparator(const std::vector<std::string>& header, char separator) {
  if (header.size() != 1) return;
  for (const char other : {';', ',', '\t', '|'}) {
    if (other == separator || header[0].find(other) == std::string::npos) continue;
    const std::string shown = other == '\t' ? "a tab" : std::string("'") + other + "'";
    throw MappingError("adapter.bad_csv",
                       "the header is one column and holds " + shown + ": csv_separator is another",
                       1);
  }
}

void check(CsvRecord& record, std::size_t columns) {
  if (record.problem.empty() && record.fields.size() != columns) {
    record.problem = "the record has " + std::to_string(record.fields.size()) + " fields, not " +
                     std::to_string(columns);
  }
}

}  // namespace

CsvTable readCsv(std::string_view text, char separator, CsvQuotes quotes) {
  Reader reader(text, separator, quotes);
  if (reader.atEnd()) throw MappingError("adapter.bad_csv", "the file is empty");
  CsvTable table;
  CsvRecord head = reader.next();
  if (!head.problem.empty()) throw MappingError("adapter.bad_csv", "header: " + head.problem, 1);
  table.header = std::move(head.fields);
  table.header_raw = std::move(head.raw);
  auto sorted = table.header;
  std::sort(sorted.begin(), sorted.end());
  if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) {
    throw MappingError("adapter.bad_csv", "two columns have the same name", 1);
  }
  checkSeparator(table.header, separator);
  reader.setColumns(table.header.size());
  int row = 0;
  while (!reader.atEnd()) {
    CsvRecord record = reader.next();
    if (record.raw.empty()) continue;
    if (table.records.size() >= kRecordsMax) {
      throw MappingError("adapter.too_large", "too many records in one file");
    }
    record.row = ++row;
    check(record, table.header.size());
    table.records.push_back(std::move(record));
  }
  return table;
}

std::vector<std::string> readCsvLine(std::string_view line, char separator) {
  CsvRecord record = Reader(line, separator, CsvQuotes::kOneLine).next();
  // A name in quotes beside other words is no quoted field.
  if (!record.problem.empty()) record = Reader(line, separator, CsvQuotes::kNone).next();
  return std::move(record.fields);
}

}  // namespace otinish::kit
