// What each event of an appeal's life says to people, in Kazakh, Russian and English. No personal data.
#pragma once

#include <string>
#include <string_view>

#include "hub/base/status.h"
#include "hub/base/time.h"
#include "hub/rules/local_text.h"
#include "hub/store/store.h"

namespace hub::exchange {

// An event row with its texts. `detail` replaces {} in the texts (a date); it is shown to applicants.
// "registered" without a detail says nothing of a term.
store::EventRow makeEvent(store::RowId appeal, std::string_view type, Instant at,
                          std::string_view actor, std::string_view from_state,
                          std::string_view to_state, std::string_view reason = {},
                          std::string_view detail = {}, std::string_view payload_sha256 = {});

// The term of the answer counts anew from the arrival at the body that has the appeal now (arrival.h).
inline constexpr const char* kTermRestarted = "term_restarted";

// Whether the hub makes events of this type.
bool isEventType(std::string_view type);
// The event's texts again with a detail that differs by language (a body's name).
void fillTexts(store::EventRow& event, const rules::LocalText& detail);
// Adds a sentence (why a body was chosen, a remark) after the event's texts.
void addSentence(store::EventRow& event, const rules::LocalText& sentence);
// "2026-03-17" as people write it: "17.03.2026"; "?" if there is no date.
std::string spokenDate(const std::string& iso);
// As spokenDate, with a word of each language for a day that is not known.
rules::LocalText spokenOrUnknown(const std::string& iso);
// What an operator gave as a reason or a note: one line of at most 500 characters, trimmed; what looks
// like an identifier or a phone is masked. "exchange.reason_needed" with `field`.
Result<std::string> operatorWords(std::string_view text, std::string_view field);
// APPC 89(2): the answer is neither in the state language nor in that of the appeal.
const rules::LocalText& answerLanguageRemark();

}  // namespace hub::exchange
