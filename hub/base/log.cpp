#include "hub/base/log.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>

#include "hub/base/text.h"
#include "hub/base/time.h"

namespace hub {
namespace {

std::atomic<int> minimum_level{static_cast<int>(LogLevel::kInfo)};
std::atomic<void (*)(std::string_view)> sink{nullptr};

// The personal fields of the canonical model and their usual spellings in agencies' dialects. A test
// in hub/model holds the model's descriptions against this list.
constexpr std::array kPersonal = {"iin",
                                  "bin",
                                  "uin",
                                  "userUin",
                                  "names",
                                  "name",
                                  "family",
                                  "given",
                                  "patronymic",
                                  "surname",
                                  "middlename",
                                  "org_name",
                                  "full_name",
                                  "fullName",
                                  "birth_date",
                                  "sex",
                                  "citizenship",
                                  "social_status",
                                  "residency",
                                  "nationality",
                                  "occupation",
                                  "registered_on",
                                  "head",
                                  "business_category",
                                  "outgoing_number",
                                  "postal_address",
                                  "actual_address",
                                  "address",
                                  "phone",
                                  "phones",
                                  "email",
                                  "emails",
                                  "subject_text",
                                  "summary",
                                  "text",
                                  "reasons",
                                  "note",
                                  "description",
                                  "official",
                                  "addressee_official",
                                  "comment",
                                  "lat",
                                  "lon",
                                  "applicant",
                                  "representative",
                                  "body",
                                  "raw",
                                  "executor",
                                  "co_executors",
                                  "issued_by",
                                  "objection",
                                  "signer_iin",
                                  "signer_bin"};

bool isDigit(char c) { return c >= '0' && c <= '9'; }
bool isWord(char c) {
  return isDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' ||
         c == '-' || c == '+';
}

// Blanks digits of runs that look like an IIN/BIN (12) or a phone (10–15 with separators).
void maskNumbers(std::string& text) {
  std::size_t i = 0;
  while (i < text.size()) {
    bool boundary = i == 0 || (!isWord(text[i - 1]) || text[i - 1] == '+');
    if (!isDigit(text[i]) || !boundary) {
      ++i;
      continue;
    }
    std::size_t end = i, count = 0;
    while (end < text.size() && (isDigit(text[end]) || text[end] == ' ' || text[end] == '(' ||
                                 text[end] == ')' || text[end] == '-')) {
      count += isDigit(text[end]);
      ++end;
    }
    while (!isDigit(text[end - 1])) --end;
    bool whole = end == text.size() || !isWord(text[end]) || text[end] == '.';
    if (whole && count >= 10 && count <= 15) {
      for (std::size_t k = i; k < end; ++k) {
        if (isDigit(text[k])) text[k] = '*';
      }
    }
    i = end;
  }
}

// The id of an item from a dropped file: NAME#ROW@ and twelve digits of the file's digest.
bool isItemId(std::string_view text, std::size_t from, std::size_t at, std::size_t to) {
  constexpr std::size_t kDigestDigits = 12;
  const auto row = text.substr(from, at - from), digest = text.substr(at + 1, to - at - 1);
  return from > 0 && text[from - 1] == '#' && digest.size() == kDigestDigits &&
         row.find_first_not_of("0123456789") == row.npos &&
         digest.find_first_not_of("0123456789abcdef") == digest.npos;
}

void maskEmails(std::string& text) {
  std::size_t at = 0;
  while ((at = text.find('@', at)) != std::string::npos) {
    std::size_t from = at, to = at + 1;
    while (from > 0 && isWord(text[from - 1])) --from;
    while (to < text.size() && isWord(text[to])) ++to;
    if (from < at && to > at + 1 && !isItemId(text, from, at, to)) {
      text.replace(from, to - from, "***@***");
      at = from + 7;
    } else {
      ++at;
    }
  }
}

std::string_view levelName(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
  }
  return "error";
}

}  // namespace

bool isPersonalFieldName(std::string_view name) {
  return std::find(kPersonal.begin(), kPersonal.end(), name) != kPersonal.end();
}

std::string maskValue(std::string_view value) {
  std::size_t length = utf8Length(value);
  if (length <= 4) return std::string(length, '*');
  bool ascii = length == value.size();
  if (!ascii || length < 8) return std::string(length, '*');
  return std::string(value.substr(0, 2)) + std::string(length - 4, '*') +
         std::string(value.substr(length - 2));
}

std::string maskText(std::string_view text) {
  std::string out(text);
  maskEmails(out);
  maskNumbers(out);
  return out;
}

void setLogLevel(LogLevel level) { minimum_level = static_cast<int>(level); }
void setLogSink(void (*function)(std::string_view)) { sink = function; }

void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  if (static_cast<int>(level) < minimum_level.load(std::memory_order_relaxed)) return;
  std::string line = "{\"at\":\"" + formatInstant(systemClock().now()) + "\",\"level\":\"";
  line += levelName(level);
  line += "\",\"event\":" + quoteJson(event);
  for (const auto& field : fields) {
    line += "," + quoteJson(field.name) + ":";
    if (field.number)
      line += field.value;
    else if (isPersonalFieldName(field.name))
      line += quoteJson(maskValue(field.value));
    else
      line += quoteJson(maskText(field.value));
  }
  line += "}\n";
  if (auto* function = sink.load()) {
    function(line);
    return;
  }
  // One write per line keeps lines of different threads apart.
  [[maybe_unused]] ssize_t ignored = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace hub
