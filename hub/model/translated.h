// What a mapping makes of an agency's words: the payload of a status or of a decision, of which the hub fills in the rest.
// Threads: pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/limits.h"
#include "hub/base/status.h"

namespace hub::model {

// A decision in JSON may give the outcome for each kind of appeal, since it is checked by the kind (APPC 77, 89, 100) and many
// a system does not tell that: {"application": "act_favourable", "*": "answered"}. Takes the table out of `body`, where the
// first of its outcomes stays. Problems ("model.unknown_code") are added.
std::map<std::string, std::string> takeOutcomes(std::string* body, std::vector<Error>* problems);

// Why the hub would refuse such a payload ("status/1", "decision/1"; form "json" or "xml") whatever appeal it is about. Empty:
// it would not. What only the appeal and the exchange give (its reference, the body, signatures) may be absent.
std::vector<Error> problemsOfTranslated(std::string_view type, std::string_view form,
                                        const std::string& body, const Limits& limits);

}  // namespace hub::model
