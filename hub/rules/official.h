// Whether two spellings may name one official: bodies and applicants write names in different orders, with
// initials or in full, and no register tells them apart. Pure.
#pragma once

#include <string_view>

namespace hub::rules {

// Letters and digits alone count, in lower case; words in any order. Every word of the shorter name stands in the
// other, whole or as an initial, and one of them whole: "Үлгіұлы А." is "Асан Үлгіұлы", and is not "Үлгіұлы Б.".
// Namesakes of the same initials are taken for one, since who may be complained of must not decide (APPC
// 97(2)): names written in full keep them apart. False if one of the two is empty.
bool sameOfficial(std::string_view one, std::string_view other);

}  // namespace hub::rules
