// Finds what is missing in data that are right line by line: a year between two calendar years, a day on
// which a kind has no term of consideration, a special kind that no rule names, a body that is above
// itself. Threads: pure.
#pragma once

#include <vector>

#include "hub/base/status.h"
#include "hub/rules/law_data.h"

namespace hub::rules {

// One error for each gap, naming file and line: "rules.data_gap", "rules.special_without_rule", or for a chain
// of higher bodies that never ends "rules.data_bad_value".
// The words of the data are known and their validities in order.
std::vector<Error> findGaps(const LawData& data);

}  // namespace hub::rules
