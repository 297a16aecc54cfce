// The details of refusals in Russian and Kazakh. The code of the hub says them in English
// (status.h); a caller at a door reads them in its own language. The phrases stand in
// detail_phrases.inc. Any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hub {

struct DetailPhrase {
  std::string_view en;  // {} is a value
  std::string_view ru;  // {1}, {2} … are the values, {1>} a value that is a phrase itself
  std::string_view kk;
};

const std::vector<DetailPhrase>& detailPhrases();
// The detail in "kk" or "ru", its values kept; as it is for another language and for what no phrase
// fits, such as what an agency's own system said.
std::string detailIn(std::string_view detail, std::string_view language);

}  // namespace hub
