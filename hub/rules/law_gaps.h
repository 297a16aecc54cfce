// Finds what is missing in data that are right line by line: a year between two calendar years, a day on
// which a kind has no term of consideration, a special kind that no rule names, a body that is above
// itself; what a reload would lose. Threads: pure.
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

// What a hub that works by `now` would lose with `next`, read from `folder`: a calendar year, a rule table (of the same
// file or version), or one of the files that may be left out. "rules.data_lost" for each, naming the file.
std::vector<Error> findLost(const LawData& now, const LawData& next, const std::string& folder);

// What the data leave out although they may, and what that bars: one sentence for each file. And each routing row
// that outlives its body, with whom it leads to then.
std::vector<std::string> leftOut(const LawData& data);

}  // namespace hub::rules
