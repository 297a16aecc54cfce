#include "hub/rules/duplicates.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace hub::rules {
namespace {

const std::string kLamps =
    "Во дворе дома по улице Примерной не горят фонари уже третий месяц, вечером дети возвращаются "
    "из школы в темноте, прошу восстановить освещение и назвать срок.";
const std::string kLampsKk =
    "Ауладағы жарық шамдары үш айдан бері жанбайды, кешке балалар мектептен қараңғыда қайтады, "
    "жарықты қалпына келтіріп, мерзімін айтуыңызды сұраймын.";
const std::string kTax =
    "Начислен налог на автомобиль, проданный два года назад; прошу пересчитать и снять "
    "задолженность, договор купли-продажи прилагаю.";

DuplicateEntry entry(std::int64_t id, std::uint64_t person, const std::string& text,
                     const std::string& topic = "housing", const std::string& kato = "751110000",
                     const char* day = "2026-03-17") {
  return {id, person, topic, kato, *parseDate(day), sketchOf(text)};
}

TEST(Duplicates, NormalisingKeepsLettersOnly) {
  EXPECT_EQ(normaliseText("  Өтінемін!!  ЁЛКА, №5  "), "өтінемін елка 5");
  EXPECT_EQ(normaliseText(""), "");
}

TEST(Duplicates, TheSamePersonTheSameTextIsAnExactRepeat) {
  DuplicateIndex index;
  index.add(entry(1, 7, kLamps));
  std::string shouted = "!!! " + kLamps + " ...";
  const auto answer = index.find(entry(2, 7, shouted), 10);
  ASSERT_EQ(answer.hints.size(), 1U);
  EXPECT_EQ(answer.hints[0].nature, DuplicateNature::kExactRepeat);
  EXPECT_EQ(answer.hints[0].id, 1);
  EXPECT_FALSE(answer.explanation.kk.empty());
}

TEST(Duplicates, AFewWordsChangedIsTheSameMatter) {
  DuplicateIndex index;
  index.add(entry(1, 7, kLamps));
  index.add(entry(2, 7, kTax, "tax"));
  const auto answer = index.find(entry(3, 7, kLamps + " Отвечайте."), 10);
  ASSERT_EQ(answer.hints.size(), 1U);
  EXPECT_EQ(answer.hints[0].nature, DuplicateNature::kSameMatter);
  EXPECT_EQ(answer.hints[0].id, 1);
}

TEST(Duplicates, FiftyPeopleAreACampaignOneIsNot) {
  DuplicateIndex index;
  index.add(entry(1, 1, kLampsKk));
  EXPECT_EQ(index.find(entry(900, 900, kLampsKk), 10).hints.at(0).nature,
            DuplicateNature::kSimilar);
  for (int i = 2; i <= 50; ++i) {
    index.add(entry(i, static_cast<std::uint64_t>(i), kLampsKk + (i % 2 != 0 ? " Рахмет." : "")));
  }
  const auto answer = index.find(entry(900, 900, kLampsKk), 10);
  EXPECT_EQ(answer.hints.size(), 10U);
  EXPECT_EQ(answer.hints[0].nature, DuplicateNature::kCampaign);
  EXPECT_EQ(answer.campaign_people, 50);
}

TEST(Duplicates, OtherTopicPlaceOrTimeIsNotFound) {
  DuplicateIndex index;
  index.add(entry(1, 1, kLamps, "roads"));
  index.add(entry(2, 2, kLamps, "housing", "391010000"));
  index.add(entry(3, 3, kLamps, "housing", "751110000", "2025-12-16"));
  EXPECT_TRUE(index.find(entry(9, 9, kLamps), 10).hints.empty());
  index.add(entry(4, 4, kLamps, "housing", "751110000", "2025-12-17"));  // 90 days
  index.add(entry(5, 5, kLamps, "housing", ""));                         // place unknown
  EXPECT_EQ(index.find(entry(9, 9, kLamps), 10).hints.size(), 2U);
}

TEST(Duplicates, ShortTextsOfDifferentPeopleAreNoDuplicates) {
  DuplicateIndex index;
  for (int i = 1; i < 20; ++i) index.add(entry(i, static_cast<std::uint64_t>(i), "Здравствуйте!"));
  EXPECT_TRUE(index.find(entry(99, 99, "Здравствуйте!"), 10).hints.empty());
  EXPECT_EQ(index.find(entry(99, 5, "здравствуйте"), 10).hints.at(0).nature,
            DuplicateNature::kExactRepeat);
  EXPECT_TRUE(index.find(entry(99, 0, ""), 10).hints.empty());
}

TEST(Duplicates, RemovedAndExpiredAreGone) {
  DuplicateIndex index;
  index.add(entry(1, 1, kLamps));
  index.add(entry(2, 2, kLamps, "housing", "751110000", "2026-01-05"));
  index.add(entry(1, 1, kTax));  // known id
  EXPECT_EQ(index.size(), 2U);
  index.remove(1);
  index.remove(1);
  EXPECT_EQ(index.find(entry(9, 9, kLamps), 10).hints.size(), 1U);
  index.expireBefore(*parseDate("2026-02-01"));
  EXPECT_EQ(index.size(), 0U);
  EXPECT_TRUE(index.find(entry(9, 9, kLamps), 10).hints.empty());
}

TEST(Duplicates, TheEstimateIsNearTheExactJaccard) {
  std::mt19937 random(20260317);
  for (int round = 0; round < 40; ++round) {
    std::string a, b;
    for (int word = 0; word < 120; ++word) {
      std::string text;
      for (int i = 0; i < 6; ++i) text += static_cast<char>('a' + random() % 26);
      a += text + " ";
      if (static_cast<int>(random() % 40) < round) text[random() % 6] = 'z';
      b += text + " ";
    }
    const auto pieces = [](const std::string& text) {
      const std::string plain = normaliseText(text);
      std::set<std::string> out;
      for (std::size_t i = 0; i + 5 <= plain.size(); ++i) out.insert(plain.substr(i, 5));
      return out;
    };
    const auto of_a = pieces(a), of_b = pieces(b);
    double both = 0;
    for (const auto& piece : of_a) both += of_b.contains(piece) ? 1 : 0;
    const double exact = both / (static_cast<double>(of_a.size() + of_b.size()) - both);
    EXPECT_NEAR(similarity(sketchOf(a), sketchOf(b)), exact, 0.25) << round;
  }
}

TEST(Duplicates, TheOrderOfArrivalDoesNotMatter) {
  std::vector<DuplicateEntry> entries;
  for (int i = 1; i <= 30; ++i) {
    entries.push_back(entry(i, static_cast<std::uint64_t>(i % 7 + 1),
                            (i % 3 == 0 ? kLamps : kLampsKk) + std::to_string(i % 4)));
  }
  const auto told = [&] {
    DuplicateIndex index;
    for (const auto& each : entries) index.add(each);
    std::string out;
    for (const auto& hint : index.find(entry(99, 3, kLamps), 100).hints) {
      out += std::to_string(hint.id) + std::string(toString(hint.nature)) + " ";
    }
    return out;
  };
  const std::string first = told();
  std::mt19937 random(1);
  std::shuffle(entries.begin(), entries.end(), random);
  EXPECT_EQ(told(), first);
  EXPECT_FALSE(first.empty());
}

}  // namespace
}  // namespace hub::rules
