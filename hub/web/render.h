// Store rows and service answers as JSON members. Internal to hub/web. Pure.
#pragma once

#include <map>
#include <set>
#include <string>

#include "hub/exchange/service.h"
#include "hub/web/json_writer.h"

namespace hub::web {

// The members of an open object. Metadata only: no text of the citizen, no identity.
void writeAppeal(JsonWriter& json, const store::AppealRow& row);
// `explanation`: in the caller's language.
void writeClock(JsonWriter& json, const store::ClockRow& row, const std::string& explanation);
// Who signed is told without the names and the IIN of people, unless `whole`.
void writeEvent(JsonWriter& json, const store::EventRow& row, const std::string& language,
                bool whole = false);
void writeOutbox(JsonWriter& json, const store::OutboxRow& row);
void writeAttempt(JsonWriter& json, const store::AttemptRow& row);
// Without `whole` which agency it is and its state alone: what bodies said is about all bodies' appeals. Where its
// adapter lies on this machine is for administrators.
void writeAgency(JsonWriter& json, const exchange::AgencyStatus& agency,
                 const std::string& language, bool whole, bool admin);
// `unknown`: paths of the members that were kept though nobody knows them.
std::string renderReceipt(const exchange::Receipt& receipt,
                          const std::vector<std::string>& unknown = {});
std::string_view outcomeName(int outcome);
// The text in `language`, else Russian, Kazakh, English, whichever exists.
const std::string& inLanguage(const std::string& language, const std::string& kk,
                              const std::string& ru, const std::string& en);

// Reads the body of POST /v1/deadlines:calculate. "web.bad_json" with the member in `field`.
struct DeadlineQuery {
  std::string kind;         // mandatory unless `clock` is there
  std::string received_at;  // mandatory
  std::string body, procedure, special_kind, level, registered_at, zone, clock;
  bool explain = false;
};
Result<DeadlineQuery> parseDeadlineQuery(std::string_view body);
// Reads a small JSON object whose members are all strings, each of `names` needed, those of `optional`
// allowed, no other known.
// "web.bad_json" with the member in `field`.
Result<std::map<std::string, std::string>> parseStrings(std::string_view body,
                                                        const std::set<std::string>& names,
                                                        const std::set<std::string>& optional = {});
bool isJson(std::string_view text);

}  // namespace hub::web
