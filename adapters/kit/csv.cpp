#include "adapters/kit/csv.h"

#include <algorithm>

#include "adapters/kit/error.h"

namespace otinish::kit {
namespace {

constexpr std::size_t kRecordsMax = 100'000;

class Reader {
 public:
  Reader(std::string_view text, char separator) : text_(text), separator_(separator) {}

  bool atEnd() const { return at_ >= text_.size(); }

  CsvRecord next() {
    CsvRecord record;
    record.line = line_;
    const std::size_t start = at_;
    bool more = true;
    while (more) more = field(record);
    std::string_view raw = text_.substr(start, at_ - start);
    while (!raw.empty() && (raw.back() == '\n' || raw.back() == '\r')) raw.remove_suffix(1);
    record.raw = std::string(raw);
    return record;
  }

 private:
  // Reads one field; true if another follows in the same record.
  bool field(CsvRecord& record) {
    std::string value;
    if (!atEnd() && text_[at_] == '"') {
      quoted(value, record);
    }
    while (!atEnd() && text_[at_] != separator_ && text_[at_] != '\n') {
      if (text_[at_] == '"') record.problem = "a quote inside an unquoted field";
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
      const char c = text_[at_++];
      if (c == '\n') ++line_;
      if (c != '"') {
        value += c;
      } else if (!atEnd() && text_[at_] == '"') {
        value += '"';
        ++at_;
      } else {
        return;
      }
    }
    // The quote swallowed the rest of the file: give up this line only and go on after it.
    record.problem = "a quote is never closed";
    value.clear();
    at_ = std::min(text_.find('\n', open), text_.size());
    line_ = open_line;
  }

  std::string_view text_;
  char separator_;
  std::size_t at_ = 0;
  int line_ = 1;
};

void check(CsvRecord& record, std::size_t columns) {
  if (record.problem.empty() && record.fields.size() != columns) {
    record.problem = "the record has " + std::to_string(record.fields.size()) + " fields, not " +
                     std::to_string(columns);
  }
}

}  // namespace

CsvTable readCsv(std::string_view text, char separator) {
  Reader reader(text, separator);
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

}  // namespace otinish::kit
