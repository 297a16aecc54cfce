// Code lists of the canonical model. Lists that an office may extend (special kinds, clock
// purposes, social status) are open: shape only, the words live in config/law/vocabulary.yaml.
#pragma once

#include "hub/model/field.h"

namespace hub::model::codes {

extern const CodeList kKind, kProcedure, kForm, kChannel, kCharacter, kLanguage, kPartyType, kSex,
    kResidency, kBusinessCategory, kMatch, kAuthorityDoc, kTopicBy, kActOrAction, kNature, kRepeat,
    kUrgent, kConfidentiality, kAnswerChannel, kState, kDayKind, kFirstDay, kClockStatus,
    kNomination, kSignatureFormat, kRevocation, kOutcome, kAnswerCharacter, kHearingMode,
    kWaivedReason, kStatus, kQueryKind, kResult, kMessageType;

// Every list above, by name order of declaration.
const std::vector<const CodeList*>& all();

}  // namespace hub::model::codes

namespace hub::model {

// APPC 77, 89, 91(4), 100 and domain practice: may an appeal of this kind end with this outcome?
// `deemed_refused` (91(2), 100(5)) is made by the hub alone and is never allowed here.
// False for an unknown kind or outcome.
bool outcomeAllowed(std::string_view kind, std::string_view outcome);
// True for "deemed_refused": an incoming decision must never carry it.
bool outcomeIsHubOnly(std::string_view outcome);
// APPC 89(2): the answer is in the state language (kk) or in the language of the appeal.
bool answerLanguageAllowed(std::string_view appeal_language, std::string_view answer_language);
// True if the list has the code.
bool hasCode(const CodeList& list, std::string_view code);

}  // namespace hub::model
