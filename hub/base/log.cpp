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

bool isLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool isHexDigit(char c) { return isDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

constexpr std::size_t kShortestNumber = 10, kIdentificationNumber = 12, kLongestNumber = 15;

bool isNumberLength(std::size_t digits) {
  return digits >= kShortestNumber && digits <= kLongestNumber;
}

void blankDigits(std::string& text, std::size_t from, std::size_t to) {
  for (; from < to; ++from) {
    if (isDigit(text[from])) text[from] = '*';
  }
}

// A word is letters and digits, without hyphens. Texts of many megabytes come here, so nobody walks a
// whole word for each of its bytes.
bool isPart(char c) { return isLetter(c) || isDigit(c); }
bool wordBeginsAt(std::string_view text, std::size_t at) {
  return at == 0 || !isPart(text[at - 1]);
}
bool wordEndsAt(std::string_view text, std::size_t at) {
  return at == text.size() || !isPart(text[at]);
}

// Where a whole UUID ends that begins at `from`; `from` itself if there is none.
std::size_t uuidEnd(std::string_view text, std::size_t from) {
  constexpr std::string_view kShape = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  if (from + kShape.size() > text.size() || !wordBeginsAt(text, from)) return from;
  for (std::size_t i = 0; i < kShape.size(); ++i) {
    const char c = text[from + i];
    if (kShape[i] == '-' ? c != '-' : !isHexDigit(c)) return from;
  }
  const std::size_t end = from + kShape.size();
  return wordEndsAt(text, end) ? end : from;
}

// Whether the word around the digits from `from` to `to` is a digest, or a part of one: its digits are
// nobody's number. No digest is longer than one of SHA-512.
bool isInDigest(std::string_view text, std::size_t from, std::size_t to) {
  constexpr std::size_t kLongestDigest = 128;
  while (to - from <= kLongestDigest && !wordBeginsAt(text, from)) --from;
  while (to - from <= kLongestDigest && !wordEndsAt(text, to)) ++to;
  const auto word = text.substr(from, to - from);
  return word.size() <= kLongestDigest && word.size() % 4 == 0 &&
         std::all_of(word.begin(), word.end(), isHexDigit);
}

// Digits that stand together, from `from` to `to`. In a word that has letters too ("iin850101100012"),
// only what has the length of an IIN or BIN is one.
bool isNumber(std::string_view text, std::size_t from, std::size_t to) {
  if (wordBeginsAt(text, from) && wordEndsAt(text, to)) return isNumberLength(to - from);
  return to - from == kIdentificationNumber && !isInDigest(text, from, to);
}

// Whether a telephone with separators may begin at `at`.
bool mayBeginSpaced(std::string_view text, std::size_t at) {
  return at == 0 || !isWord(text[at - 1]) || text[at - 1] == '+';
}

bool isSeparator(char c) { return c == ' ' || c == '(' || c == ')' || c == '-'; }

// Digits with separators between them, from `from` to behind the last digit. Each run is read once,
// however many of its digits a telephone may begin at.
struct SpacedRun {
  std::size_t from = 0, end = 0, digits = 0;
};

SpacedRun spacedRunAt(std::string_view text, std::size_t from) {
  SpacedRun run{from, from, 0};
  for (std::size_t i = from; i < text.size(); ++i) {
    if (isDigit(text[i])) {
      ++run.digits;
      run.end = i + 1;
    } else if (!isSeparator(text[i])) {
      break;
    }
  }
  return run;
}

// Where the digits that begin at `from` end, if they are a telephone with separators; else `from`.
// `run` is the last run read; what precedes `from` in it may be blanked by now.
std::size_t spacedEnd(std::string_view text, std::size_t from, SpacedRun& run) {
  if (from >= run.end) run = spacedRunAt(text, from);
  for (; run.from < from; ++run.from) run.digits -= !isSeparator(text[run.from]);
  const bool whole = run.end == text.size() || !isWord(text[run.end]) || text[run.end] == '.';
  return whole && isNumberLength(run.digits) ? run.end : from;
}

// Blanks what looks like an IIN or BIN (12 digits) or a telephone (10 to 15, with separators or not),
// wherever it stands: people put both into the names of files, with hyphens around. A UUID and a
// digest keep their digits.
void maskNumbers(std::string& text) {
  SpacedRun run;
  std::size_t i = 0;
  while (i < text.size()) {
    if (const std::size_t end = uuidEnd(text, i); end > i) {
      i = end;
      continue;
    }
    if (!isDigit(text[i])) {
      ++i;
      continue;
    }
    std::size_t end = i;
    while (end < text.size() && isDigit(text[end])) ++end;
    if (isNumber(text, i, end)) {
      blankDigits(text, i, end);
    } else if (mayBeginSpaced(text, i)) {
      const std::size_t spaced = spacedEnd(text, i, run);
      blankDigits(text, i, spaced);
      end = std::max(end, spaced);
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

std::string maskEmails(std::string_view text) {
  std::string out;
  std::size_t at = 0, copied = 0;
  while ((at = text.find('@', at)) != text.npos) {
    std::size_t from = at, to = at + 1;
    while (from > copied && isWord(text[from - 1])) --from;
    while (to < text.size() && isWord(text[to])) ++to;
    if (from < at && to > at + 1 && !isItemId(text, from, at, to)) {
      out.append(text, copied, from - copied).append("***@***");
      at = copied = to;
    } else {
      ++at;
    }
  }
  return out.append(text, copied, text.npos);
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
  std::string out = maskEmails(text);
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
