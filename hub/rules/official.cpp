#include "hub/rules/official.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include "hub/base/text.h"
#include "hub/rules/text_sketch.h"

namespace hub::rules {
namespace {

std::vector<std::string> wordsOf(std::string_view name) {
  std::vector<std::string> words;
  for (const auto& word : split(normaliseText(name), ' ')) {
    if (!word.empty()) words.emplace_back(word);
  }
  return words;
}

bool isInitial(const std::string& word) { return utf8Length(word) == 1; }

// "Ю." and "Я.", which sound as two letters.
bool soundsAsInitial(const std::string& word) {
  return isInitial(word) || word == "iu" || word == "ia";
}

using IsInitial = bool (*)(const std::string& word);

// Of Kazakh and Russian names; family names may end so, too.
bool isPatronymic(const std::string& word) {
  constexpr std::string_view kEnds[] = {"ұлы",  "улы",  "қызы", "кызы", "ович",
                                        "евич", "овна", "евна", "ична"};
  return std::any_of(std::begin(kEnds), std::end(kEnds),
                     [&](auto end) { return word.size() > end.size() && word.ends_with(end); });
}

// Which words may be the family name: it stands first or last, and a patronymic never first.
std::vector<std::string> familyOf(const std::vector<std::string>& words) {
  std::vector<std::string> whole;
  std::copy_if(words.begin(), words.end(), std::back_inserter(whole),
               [](const auto& word) { return !isInitial(word); });
  if (whole.size() < 2) return whole;
  const auto &first = whole.front(), &last = whole.back();
  if (isPatronymic(first)) return {first};
  if (std::any_of(whole.begin() + 1, whole.end() - 1, isPatronymic)) return {last};
  if (!isPatronymic(last)) return {first, last};
  if (whole.size() == 2) return {};
  return {first};
}

bool isPost(const std::string& word, const std::vector<std::string>& post_words) {
  return std::any_of(post_words.begin(), post_words.end(), [&](const std::string& post) {
    if (!post.ends_with('*')) return word == post;
    return word.starts_with(std::string_view(post).substr(0, post.size() - 1));
  });
}

struct Letters {
  std::string_view from, to;
};

// How the letters of Kazakh and Russian names are written in Latin ones, in passports and by hand. Nobody writes
// them one way: what differs between the ways falls together afterwards.
constexpr Letters kLatin[] = {
    {"а", "a"},
    {"ә", "a"},
    {"б", "b"},
    {"в", "v"},
    {"г", "g"},
    {"ғ", "g"},
    {"д", "d"},
    {"е", "e"},
    {"ж", "J"},
    {"з", "z"},
    {"и", "i"},
    {"й", "i"},
    {"к", "k"},
    {"қ", "k"},
    {"л", "l"},
    {"м", "m"},
    {"н", "n"},
    {"ң", "n"},
    {"о", "o"},
    {"ө", "o"},
    {"п", "p"},
    {"р", "r"},
    {"с", "s"},
    {"т", "t"},
    {"у", "u"},
    {"ұ", "u"},
    {"ү", "u"},
    {"ф", "f"},
    {"х", "h"},
    {"һ", "h"},
    {"ц", "T"},
    {"ч", "C"},
    {"ш", "S"},
    {"щ", "S"},
    {"ъ", ""},
    {"ы", "i"},
    {"і", "i"},
    {"ь", ""},
    {"э", "e"},
    {"ю", "iu"},
    {"я", "ia"},
    // Of the Latin ways, the longer first.
    {"shch", "S"},
    {"sch", "S"},
    {"zh", "J"},
    {"kh", "h"},
    {"gh", "g"},
    {"sh", "S"},
    {"ch", "C"},
    {"ts", "T"},
    {"j", "J"},
    {"y", "i"},
    {"w", "v"},
    {"q", "k"},
    {"x", "ks"},
    {"ä", "a"},
    {"á", "a"},
    {"ö", "o"},
    {"ó", "o"},
    {"ü", "u"},
    {"ú", "u"},
    {"ū", "u"},
    {"ı", "i"},
    {"í", "i"},
    {"ş", "S"},
    {"ç", "C"},
    {"ğ", "g"},
    {"ǵ", "g"},
    {"ñ", "n"},
    {"ń", "n"},
};

// A letter is written once or twice, and "iy" is one sound or two: "Aliyev", "Алиев".
void writeOnce(std::string& letters) {
  letters.erase(std::unique(letters.begin(), letters.end()), letters.end());
}

// The word as it sounds, whatever it is written in: "мысалұлы" and "myssaluly" are one.
std::string soundOf(const std::string& word) {
  std::string letters, sound;
  for (std::size_t at = 0; at < word.size();) {
    const auto rest = std::string_view(word).substr(at);
    const auto known = std::find_if(std::begin(kLatin), std::end(kLatin),
                                    [&](const auto& each) { return rest.starts_with(each.from); });
    const bool found = known != std::end(kLatin);
    letters += found ? known->to : rest.substr(0, 1);
    at += found ? known->from.size() : 1;
  }
  writeOnce(letters);
  for (std::size_t at = 0; at < letters.size(); ++at) {
    // "Yerlan", "Sergeyev", "Aliyev".
    if (letters.compare(at, 2, "ie") == 0) continue;
    // "Ng" is one letter of Kazakh or two: no Latin word says which.
    if (letters[at] == 'g' && !sound.empty() && sound.back() == 'n') continue;
    sound += letters[at];
  }
  writeOnce(sound);
  return sound;
}

// Endings of the cases of Russian and Kazakh names; what is left of a word without one has this many letters at least.
constexpr std::string_view kCaseEnds[] = {
    "ого", "его", "ому", "ему", "ым",  "им",  "ом",  "ем",  "ой",  "ей",  "ою",  "ею",  "ую",
    "юю",  "ая",  "яя",  "ый",  "ий",  "а",   "я",   "у",   "ю",   "ы",   "и",   "е",   "ның",
    "нің", "дың", "дің", "тың", "тің", "ға",  "ге",  "қа",  "ке",  "на",  "не",  "ды",  "ді",
    "ты",  "ті",  "ны",  "ні",  "нан", "нен", "дан", "ден", "тан", "тен", "мен", "бен", "пен"};
constexpr std::size_t kStemMin = 4;

// The word, and what it may be an oblique case of.
std::vector<std::string> formsOf(const std::string& word) {
  std::vector<std::string> forms = {word};
  for (const auto end : kCaseEnds) {
    if (!word.ends_with(end)) continue;
    auto stem = word.substr(0, word.size() - end.size());
    if (utf8Length(stem) >= kStemMin) forms.push_back(std::move(stem));
  }
  return forms;
}

using Forms = std::vector<std::string>;

bool akin(const Forms& a, const Forms& b) {
  return std::any_of(a.begin(), a.end(), [&](const auto& form) {
    return std::find(b.begin(), b.end(), form) != b.end();
  });
}

bool meets(const std::string& a, const std::string& b, IsInitial initial) {
  return (initial(a) && b.starts_with(a)) || (initial(b) && a.starts_with(b));
}

bool same(std::vector<std::string> fewer, std::vector<std::string> more, IsInitial initial) {
  if (fewer.size() > more.size()) fewer.swap(more);
  // Whole words first, so that an initial does not take the place of one.
  const auto whole = std::erase_if(fewer, [&](const std::string& word) {
    const auto found = std::find(more.begin(), more.end(), word);
    if (initial(word) || found == more.end()) return false;
    more.erase(found);
    return true;
  });
  if (whole == 0) return false;
  return std::all_of(fewer.begin(), fewer.end(), [&](const std::string& word) {
    const auto found = std::find_if(more.begin(), more.end(), [&](const auto& each) {
      return each == word || meets(word, each, initial);
    });
    if (found == more.end()) return false;
    more.erase(found);
    return true;
  });
}

// As `same`, of words in whatever case.
bool alike(std::vector<Forms> fewer, std::vector<Forms> more, IsInitial initial) {
  if (fewer.size() > more.size()) fewer.swap(more);
  const auto whole = std::erase_if(fewer, [&](const Forms& word) {
    const auto found =
        std::find_if(more.begin(), more.end(), [&](const auto& each) { return akin(word, each); });
    if (initial(word.front()) || found == more.end()) return false;
    more.erase(found);
    return true;
  });
  if (whole == 0) return false;
  return std::all_of(fewer.begin(), fewer.end(), [&](const Forms& word) {
    const auto found = std::find_if(more.begin(), more.end(), [&](const auto& each) {
      return akin(word, each) || meets(word.front(), each.front(), initial);
    });
    if (found == more.end()) return false;
    more.erase(found);
    return true;
  });
}

}  // namespace

bool sameOfficial(std::string_view one, std::string_view other,
                  const std::vector<std::string>& post_words) {
  auto his = wordsOf(one), named = wordsOf(other);
  auto his_names = his, other_names = named;
  for (auto* words : {&his_names, &other_names}) {
    std::erase_if(*words, [&](const auto& word) { return isPost(word, post_words); });
  }
  if (!his_names.empty() && !other_names.empty()) {
    his.swap(his_names);
    named.swap(other_names);
  }
  if (his.empty() || named.empty()) return false;
  std::vector<Forms> his_forms, named_forms;
  for (const auto& word : his) his_forms.push_back(formsOf(word));
  for (const auto& word : named) named_forms.push_back(formsOf(word));
  if (alike(his_forms, named_forms, isInitial)) return true;
  for (auto* words : {&his_forms, &named_forms}) {
    for (auto& forms : *words) {
      for (auto& form : forms) form = soundOf(form);
      std::erase(forms, "");
    }
    std::erase_if(*words, [](const auto& forms) { return forms.empty(); });
  }
  return alike(std::move(his_forms), std::move(named_forms), soundsAsInitial);
}

bool surelySameOfficial(std::string_view one, std::string_view other,
                        const std::vector<std::string>& post_words) {
  auto his = wordsOf(one), named = wordsOf(other);
  for (auto* words : {&his, &named}) {
    std::erase_if(*words, [&](const auto& word) { return isPost(word, post_words); });
    if (words->size() < 2) return false;
  }
  const auto family = familyOf(his), other_family = familyOf(named);
  return same(his, named, isInitial) &&
         std::any_of(family.begin(), family.end(), [&](const auto& word) {
           return std::find(other_family.begin(), other_family.end(), word) != other_family.end();
         });
}

}  // namespace hub::rules
