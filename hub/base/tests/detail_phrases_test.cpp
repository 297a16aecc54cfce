// The phrases of details: whole, and chosen and filled as they should be.
#include "hub/base/detail_phrases.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace hub {
namespace {

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++found;
  return found;
}

TEST(DetailPhrases, EachStandsOnceAndKeepsEveryValue) {
  std::set<std::string_view> seen;
  for (const auto& phrase : detailPhrases()) {
    EXPECT_TRUE(seen.insert(phrase.en).second) << phrase.en << " stands twice";
    const auto gaps = count(phrase.en, "{}");
    for (const auto& text : {phrase.ru, phrase.kk}) {
      EXPECT_FALSE(text.empty()) << phrase.en;
      EXPECT_EQ(count(text, "{"), gaps) << text;
      for (std::size_t i = 1; i <= gaps; ++i) {
        const auto number = std::to_string(i);
        EXPECT_EQ(count(text, "{" + number + "}") + count(text, "{" + number + ">}"), 1u) << text;
      }
    }
    for (std::size_t i = 1; i <= gaps; ++i) {
      const auto told = "{" + std::to_string(i) + ">}";
      EXPECT_EQ(count(phrase.ru, told), count(phrase.kk, told)) << phrase.en;
    }
  }
}

TEST(DetailPhrases, ValuesAreKept) {
  EXPECT_EQ(detailIn("The text is longer than 500 characters", "ru"), "Текст длиннее 500 символов");
  EXPECT_EQ(detailIn("The text is longer than 500 characters", "kk"), "Мәтін 500 таңбадан ұзын");
  EXPECT_EQ(detailIn("The text is longer than 500 characters", "en"),
            "The text is longer than 500 characters");
  EXPECT_EQ(detailIn("a whole number from 1 to 1000", "ru"), "целое число от 1 до 1000");
}

TEST(DetailPhrases, ThePhraseThatSaysMostIsChosen) {
  EXPECT_EQ(detailIn("at most 10 bytes", "ru"), "не более 10 байт");
  EXPECT_EQ(detailIn("at most 10", "ru"), "не более 10");
  EXPECT_EQ(detailIn("send UTF-8", "ru"), "отправьте в UTF-8");
  EXPECT_EQ(detailIn("send application/json", "ru"), "отправьте application/json");
}

TEST(DetailPhrases, AValueThatIsAPhraseIsToldToo) {
  const std::string refusal =
      "APPC article 65(1): 'forward_whole' in the state 'registered': not allowed in this state; "
      "allowed now: nothing";
  EXPECT_EQ(detailIn(refusal, "ru"),
            "АППК ст. 65(1): «forward_whole» в состоянии «registered»: не разрешено в этом "
            "состоянии; сейчас разрешено: ничего");
  EXPECT_EQ(detailIn(refusal, "kk"),
            "ӘРПК 65(1)-бап: «registered» күйіндегі «forward_whole»: бұл күйде рұқсат етілмейді; "
            "қазір рұқсат етілгені: ештеңе");
  EXPECT_EQ(detailIn("exchange.unknown_appeal: no such appeal", "ru"),
            "exchange.unknown_appeal: такого обращения нет");
}

TEST(DetailPhrases, WhatNoPhraseFitsStaysAsItIs) {
  EXPECT_EQ(detailIn("fault E-17 of the agency", "kk"), "fault E-17 of the agency");
  EXPECT_EQ(detailIn("", "kk"), "");
  EXPECT_EQ(detailIn("{}", "kk"), "{}");
}

}  // namespace
}  // namespace hub
