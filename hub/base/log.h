// The log: one JSON object a line on standard error, with personal data masked.
//
// Fields are named; a field whose name the model marks as personal (iin, bin, names, phone, email,
// address, text …) is masked by name, and every value is also scanned for 12-digit numbers, phone
// numbers and e-mail addresses, so that a careless call cannot leak them. Threads: any.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace hub {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

struct LogField {
  LogField(std::string_view n, std::string_view v) : name(n), value(v) {}
  LogField(std::string_view n, long long v) : name(n), value(std::to_string(v)), number(true) {}
  std::string name;
  std::string value;
  bool number = false;
};

// `event` is a stable dotted name ("outbox.delivered"); `correlation_id` travels as a field.
void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {});
inline void logInfo(std::string_view e, std::initializer_list<LogField> f = {}) {
  log(LogLevel::kInfo, e, f);
}
inline void logWarning(std::string_view e, std::initializer_list<LogField> f = {}) {
  log(LogLevel::kWarning, e, f);
}
inline void logError(std::string_view e, std::initializer_list<LogField> f = {}) {
  log(LogLevel::kError, e, f);
}
void setLogLevel(LogLevel level);
// Sends lines to a function instead of standard error (tests); nullptr restores standard error.
void setLogSink(void (*sink)(std::string_view line));

// "85******0012"-like forms: keeps at most the first two and last two characters.
std::string maskValue(std::string_view value);
// Replaces 12-digit numbers, phone numbers and e-mail addresses inside free text.
std::string maskText(std::string_view text);
// True if a field of this name is personal data wherever it appears.
bool isPersonalFieldName(std::string_view name);

}  // namespace hub
