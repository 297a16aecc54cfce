// A text in the three languages of the hub. Value type.
#pragma once

#include <string>
#include <string_view>

namespace hub::rules {

struct LocalText {
  std::string kk;
  std::string ru;
  std::string en;

  // "kk" and "ru" select their text; anything else the English one.
  const std::string& in(std::string_view language) const {
    return language == "kk" ? kk : language == "ru" ? ru : en;
  }
  bool empty() const { return kk.empty() && ru.empty() && en.empty(); }
};

}  // namespace hub::rules
