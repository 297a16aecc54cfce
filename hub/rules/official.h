// Whether two spellings may name one official: bodies and applicants write names in different orders, with
// initials or in full, and no register tells them apart. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hub::rules {

// Letters and digits alone count, in lower case; words in any order. Every word of the shorter name stands in the
// other, whole or as an initial, and one of them whole: "Үлгіұлы А." is "Асан Үлгіұлы", and is not "Үлгіұлы Б.".
// Namesakes of the same initials are taken for one, since who may be complained of must not decide (APPC
// 97(2)): names written in full keep them apart. In whatever letters: "Myssaluly M." may be "М. Мысалұлы", and
// "Мысалулы" too; in whatever case, as complaints name whom they are about: "на Мысалова С.", "Мысаловқа". The words of
// posts and bodies do not count ("post_words", as below), unless one of the two has nothing else. False if one of the two is empty.
bool sameOfficial(std::string_view one, std::string_view other,
                  const std::vector<std::string>& post_words);

// The two surely name one: written in the same letters; besides, the family name meets, and at least a given name or its initial. The words of
// posts and bodies do not count ("post_words" of the procedure: whole words, or with "*" their beginnings), so that
// neither "Ахметов" alone nor "руководитель управления" is anybody for sure. Where the order of the words leaves open
// which is the family name ("Асан Бекұлы": a patronymic?), it is not sure.
bool surelySameOfficial(std::string_view one, std::string_view other,
                        const std::vector<std::string>& post_words);

}  // namespace hub::rules
