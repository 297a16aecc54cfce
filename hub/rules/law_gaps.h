// Finds what is missing in data that are right line by line: a year between two calendar years, a day on
// which a kind has no term of consideration, a special kind that no rule names, a body that is above
// itself. Threads: pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "hub/base/status.h"
#include "hub/rules/law_data.h"

namespace hub::rules {

// One error for each gap, naming file and line: "rules.data_gap", or for a chain of higher bodies that never ends
// "rules.data_bad_value".
// The words of the data are known and their validities in order.
std::vector<Error> findGaps(const LawData& data);

// "rules.special_without_rule" for each; `origins`: where each special kind stands.
std::vector<Error> findUnnamedSpecials(const LawData& data,
                                       const std::map<std::string, Origin>& origins);

}  // namespace hub::rules
