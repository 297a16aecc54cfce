// What an applicant is told by SMS: config/sms.yaml, one row a text in Kazakh, Russian and English, with the
// events it is told of. Every text fits one SMS (3GPP TS 23.038): 160 characters of the 7-bit alphabet, or 70
// of UCS-2 as soon as one letter is not in it, which all Cyrillic is not. No personal data, nothing of the
// matter.
// Threads: immutable.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/status.h"
#include "hub/rules/local_text.h"
#include "hub/store/store.h"

namespace hub::notify {

struct SmsText {
  std::string kind;
  std::vector<std::string> events;  // "registered", "decided/returned", "acted/extension_sign"
  std::string due_of;               // name of the term whose last day is told; "": the answer's
  bool unless_addressee = false;    // not told if the body is the one the applicant wrote to
  bool tells_forwarding = false;    // the same of that notice, APPC 65(1)
  bool tells_extension = false;     // its delivery meets the term of that notice, APPC 76(3)
  rules::LocalText text;

  bool wants(std::string_view placeholder) const;  // "{due}"
};

// What placeholders stand for; "" is not known.
struct SmsValues {
  std::string number;  // ЖТ-2026-01234567; English texts show ZhT-…
  std::string due;     // 2026-04-10
  rules::LocalText body;
};

class SmsTexts {
 public:
  // `known`: whether the hub has such an event ("registered", "acted/extension_sign"). Failure: all that is
  // wrong, with file and line: "notify.bad_texts", "rules.data_…", "base.file_…".
  static Result<SmsTexts> load(const std::string& file,
                               const std::function<bool(std::string_view)>& known);

  // As what the event is told: "type/reason" where the file names it, else its type; "" if it is not told.
  std::string keyOf(const store::EventRow& event) const;
  // The texts of a key in their order; none for another key. All have one kind.
  std::vector<const SmsText*> of(std::string_view key) const;
  const std::vector<SmsText>& all() const { return texts_; }

 private:
  std::vector<SmsText> texts_;
};

// The text with its values; nothing if one is not known or it does not fit one SMS.
std::optional<std::string> fillSms(const SmsText& text, std::string_view language,
                                   const SmsValues& values);
// Every character is in the 7-bit alphabet (of its letters: ASCII).
bool isSevenBit(std::string_view text);
bool fitsOneSms(std::string_view text);
// kk, ru or en: the state language for whatever else an appeal is written in.
std::string languageOfSms(std::string_view appeal_language);

}  // namespace hub::notify
