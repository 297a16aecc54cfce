// Goal: the official complained of is found in whatever way his name is written, and others are not taken for him.
#include "hub/rules/official.h"

#include <gtest/gtest.h>

namespace hub::rules {
namespace {

const std::vector<std::string> kPosts = {"руководител*", "управлени*", "отдел*", "басшы*", "по"};

TEST(SameOfficial, HoweverTheNameIsWritten) {
  for (const char* other : {"Үлгіұлы А.", "А. Үлгіұлы", "ҮЛГІҰЛЫ  АСАН", "Асан Бекұлы Үлгіұлы",
                            "Үлгіұлы А.Б.", "Үлгіұлы"}) {
    EXPECT_TRUE(sameOfficial("Үлгіұлы Асан Бекұлы", other, kPosts)) << other;
    EXPECT_TRUE(sameOfficial(other, "Үлгіұлы Асан Бекұлы", kPosts)) << other;
  }
  EXPECT_TRUE(sameOfficial("Үлгіұлы А.", "А. Үлгіұлы", kPosts));
}

TEST(SameOfficial, OthersAreOthers) {
  for (const char* other : {"", " . ", "Үлгіұлы Б.", "Үлгіұлы Айдос", "А. Б.", "Мысалов А. Б."}) {
    EXPECT_FALSE(sameOfficial("Үлгіұлы Асан", other, kPosts)) << other;
  }
  EXPECT_FALSE(sameOfficial("", "", kPosts));
}

// In a passport, on a Latin keyboard, or without the letters of Kazakh: somebody makes sure.
TEST(SameOfficial, InOtherLetters) {
  const struct {
    const char *one, *other;
  } pairs[] = {
      {"Myssaluly M.", "М. Мысалұлы"},
      {"Мысалулы М.", "М. Мысалұлы"},
      {"Akhmetov Zh.", "Ахметов Жанат"},
      {"Ahmetov Janat", "Ахметов Ж."},
      {"Yerlan Sergeyev", "Сергеев Ерлан"},
      {"Aliya Qasymova", "Касымова Әлия"},
      {"Dmitriy Shcherbakov", "Щербаков Д."},
      {"Şäken Jumağali", "Жұмағали Шәкен"},
      {"Ulgiuly A.", "Үлгіұлы Асан"},
      {"Mukhametjanova Gh.", "Мұхаметжанова Ғалия"},
      {"Aliyev A.", "Алиев Асан"},
      {"Aliev Assan", "Алиев А."},
      {"Kaliyeva Aliya", "Калиева Ә."},
      {"Nurgaliyev N.", "Нургалиев Нурлан"},
      {"Zhangali A.", "Жанғали Асан"},
      {"Zhanghali A.", "Жанғали Асан"},
      {"Tursyngali B.", "Тұрсынғали Болат"},
      {"Tengizov B.", "Тенгизов Болат"},
      {"Tenizov B.", "Теңізов Болат"},
      {"Tengizov B.", "Теңізов Болат"},
      {"Sergeev Ya.", "Сергеев Яков"},
      {"Yussupov Yu.", "Юсупов Юрий"},
      {"Yusupov Yuri", "Юсупов Ю."},
      {"Vasilyev Y.", "Васильев Ю."},
  };
  for (const auto& [one, other] : pairs) {
    EXPECT_TRUE(sameOfficial(one, other, kPosts)) << one;
    EXPECT_TRUE(sameOfficial(other, one, kPosts)) << one;
    EXPECT_FALSE(surelySameOfficial(one, other, {})) << one;
  }
  EXPECT_FALSE(sameOfficial("Yusupov Ya.", "Юсупов Юрий", kPosts));
  EXPECT_FALSE(sameOfficial("Yu. Ya.", "Юсупов Яков", kPosts));
  for (const char* other : {"Myssalov M.", "Myssaluly B.", "Mussaluly M.", "M. M."}) {
    EXPECT_FALSE(sameOfficial(other, "М. Мысалұлы", kPosts)) << other;
  }
}

// As citizens write of whom they complain: somebody makes sure.
TEST(SameOfficial, ByPostAndInWhateverCase) {
  for (const char* written :
       {"Руководитель Мысалов", "Мысалова С.А.", "Мысалову С.", "Мысаловым Сакеном",
        "руководителем отдела Мысаловым", "Мысаловқа", "С. Мысаловтың", "Мысалова Сакена"}) {
    EXPECT_TRUE(sameOfficial("Мысалов Сакен", written, kPosts)) << written;
    EXPECT_TRUE(sameOfficial(written, "Мысалов Сакен", kPosts)) << written;
  }
  EXPECT_TRUE(sameOfficial("Мысаловский С.", "Мысаловского С.", kPosts));
  EXPECT_TRUE(sameOfficial("Мысаловская С.", "Мысаловской С.", kPosts));
  EXPECT_TRUE(sameOfficial("Үлгіұлы А.", "Үлгіұлына", kPosts));
  EXPECT_TRUE(sameOfficial("Үлгіұлы А.", "Үлгіұлының", kPosts));
  EXPECT_TRUE(sameOfficial("Mysalov S.", "Мысалову С.", kPosts));
  EXPECT_TRUE(sameOfficial("руководитель управления", "Руководитель управления", kPosts));
  EXPECT_TRUE(
      sameOfficial("Руководитель управления Мысалов С.", "руководитель управления", kPosts));
  for (const char* other :
       {"Мысалову Б.", "Мысаловского С.", "руководителю отдела", "Мысаева С."}) {
    EXPECT_FALSE(sameOfficial("Мысалов Сакен", other, kPosts)) << other;
  }
}

TEST(SurelySameOfficial, ByTheFamilyNameAndAGivenOne) {
  for (const char* other :
       {"Үлгіұлы А.", "А. Үлгіұлы", "ҮЛГІҰЛЫ  АСАН", "Асан Бекұлы Үлгіұлы",
        "Руководитель управления Үлгіұлы А.Б.", "Басшысы Асан Бекұлы Үлгіұлы"}) {
    EXPECT_TRUE(surelySameOfficial("Үлгіұлы Асан Бекұлы", other, kPosts)) << other;
    EXPECT_TRUE(surelySameOfficial(other, "Үлгіұлы Асан Бекұлы", kPosts)) << other;
  }
  EXPECT_TRUE(surelySameOfficial("Ахметов Асан", "Асан Ахметов", kPosts));
  EXPECT_TRUE(surelySameOfficial("Ахметов Иван Петрович", "Иван Ахметов", kPosts));
}

// A complaint is written by a citizen, and what he calls the official may fit many.
TEST(SurelySameOfficial, NotByLess) {
  const struct {
    const char *one, *other;
  } doubts[] = {
      {"Ахметов Асан Бекұлы", "Ахметов"},
      {"Ахметов А.", "руководитель Ахметов"},
      {"Руководитель управления Иванова А.", "руководитель управления"},
      {"Руководитель отдела по надзору Иванова А.", "руководитель отдела по надзору"},
      {"Иванов Иван Петрович", "Иван Петрович"},
      {"Ахметов Асан Бекұлы", "Асан Бекұлы"},
      {"Ахметов Асан Бекұлы", "Асан Б."},
      {"Руководитель управления", "руководитель управления"},
  };
  for (const auto& [one, other] : doubts) {
    EXPECT_FALSE(surelySameOfficial(one, other, kPosts)) << other;
    EXPECT_FALSE(surelySameOfficial(other, one, kPosts)) << other;
  }
  EXPECT_FALSE(surelySameOfficial("Ахметов Болат", "Ахметов А.", kPosts));
  EXPECT_FALSE(surelySameOfficial("Асанов А.", "Ахметов А.", kPosts));
  EXPECT_FALSE(surelySameOfficial("", "", kPosts));
}

}  // namespace
}  // namespace hub::rules
