// Goal: the official complained of is found in whatever way his name is written, and others are not taken for him.
#include "hub/rules/official.h"

#include <gtest/gtest.h>

namespace hub::rules {
namespace {

TEST(SameOfficial, HoweverTheNameIsWritten) {
  for (const char* other : {"Үлгіұлы А.", "А. Үлгіұлы", "ҮЛГІҰЛЫ  АСАН", "Асан Бекұлы Үлгіұлы",
                            "Үлгіұлы А.Б.", "Үлгіұлы"}) {
    EXPECT_TRUE(sameOfficial("Үлгіұлы Асан Бекұлы", other)) << other;
    EXPECT_TRUE(sameOfficial(other, "Үлгіұлы Асан Бекұлы")) << other;
  }
  EXPECT_TRUE(sameOfficial("Үлгіұлы А.", "А. Үлгіұлы"));
}

TEST(SameOfficial, OthersAreOthers) {
  for (const char* other : {"", " . ", "Үлгіұлы Б.", "Үлгіұлы Айдос", "А. Б.", "Мысалов А. Б."}) {
    EXPECT_FALSE(sameOfficial("Үлгіұлы Асан", other)) << other;
  }
  EXPECT_FALSE(sameOfficial("", ""));
}

}  // namespace
}  // namespace hub::rules
