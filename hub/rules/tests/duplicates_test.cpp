#include "hub/rules/duplicates.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>

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

DuplicateOptions segmentsOf(std::size_t appeals) {
  DuplicateOptions options;
  options.segment_max = appeals;
  return options;
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

TEST(Duplicates, AKnownIdIsIgnoredInEverySegment) {
  DuplicateIndex index(segmentsOf(2));
  for (int i = 1; i <= 5; ++i) index.add(entry(i, static_cast<std::uint64_t>(i), kLamps));
  const auto before = index.bytes();
  for (int i = 1; i <= 5; ++i) index.add(entry(i, 77, kTax));
  EXPECT_EQ(index.size(), 5U);
  EXPECT_EQ(index.bytes(), before);
  EXPECT_TRUE(index.find(entry(99, 77, kTax), 10).hints.empty());
  EXPECT_EQ(index.find(entry(99, 99, kLamps), 10).hints.size(), 5U);
}

TEST(Duplicates, FindsInEverySegmentTheNewestFirst) {
  DuplicateIndex index(segmentsOf(7));
  for (int i = 1; i <= 120; ++i) index.add(entry(i, static_cast<std::uint64_t>(i), kLamps));
  const auto answer = index.find(entry(900, 900, kLamps), 100);
  ASSERT_EQ(answer.hints.size(), 50U) << "so many tell all";
  EXPECT_EQ(answer.hints.front().id, 120);
  EXPECT_EQ(answer.hints.back().id, 71);
  EXPECT_EQ(answer.campaign_people, 50);
  EXPECT_EQ(index.find(entry(900, 1, kLamps), 100).hints.front().nature,
            DuplicateNature::kExactRepeat)
      << "the person's own chain leads to the first segment";
}

TEST(Duplicates, SixteenBitsAreEnoughForAFullSegment) {
  DuplicateIndex index;
  auto many = entry(1, 0, kLamps);
  constexpr int kMany = 70'000;
  for (int i = 1; i <= kMany; ++i) {
    many.id = i;
    many.applicant = static_cast<std::uint64_t>(i);
    for (std::uint64_t k = 0; k < TextSketch::kMinima; ++k) {
      many.sketch.minima[k] = static_cast<std::uint16_t>(mixBits(many.applicant * 64 + k));
    }
    index.add(many);
    if (i % 5000 != 0 && i != 65'535 && i != 65'536) continue;
    auto asked = many;
    asked.id = kMany + i;
    asked.applicant = 0;
    const auto answer = index.find(asked, 10);
    ASSERT_EQ(answer.hints.size(), 1U) << i;
    EXPECT_EQ(answer.hints[0].id, i);
  }
  EXPECT_EQ(index.size(), std::size_t{kMany});
  EXPECT_LT(index.bytes(), std::size_t{kMany} * 76) << "two segments, the second hardly begun";
}

TEST(Duplicates, CandidatesAreBoundOverAllSegments) {
  auto options = segmentsOf(5);
  options.candidates_max = 8 * 20;
  DuplicateIndex index(options);
  index.add(entry(1, 1, kLamps));
  for (int i = 2; i <= 20; ++i) index.add(entry(i, 2, kLamps, "housing", "391010000"));
  EXPECT_EQ(index.find(entry(99, 99, kLamps), 10).hints.size(), 1U) << "the twentieth";
  index.add(entry(21, 2, kLamps, "housing", "391010000"));
  EXPECT_TRUE(index.find(entry(99, 99, kLamps), 10).hints.empty()) << "one too far";
  for (int i = 100; i < 260; ++i) index.add(entry(i, 1, kTax + std::to_string(i), "tax"));
  EXPECT_TRUE(index.find(entry(999, 1, kLamps), 10).hints.empty()) << "a person's stream";
}

TEST(Duplicates, ManyStrangersInASlotDoNotHideALikeOne) {
  auto options = segmentsOf(1000);
  options.candidates_max = 8 * 10;
  DuplicateIndex index(options);
  auto stranger = entry(2, 2, kLamps);
  stranger.topic = "tax";
  index.add(entry(1, 1, kLamps));
  std::mt19937 random(5);
  for (int i = 2; i < 20'000; ++i) {
    stranger.id = i;
    for (auto& minimum : stranger.sketch.minima) minimum = static_cast<std::uint16_t>(random());
    index.add(stranger);
  }
  EXPECT_EQ(index.find(entry(99'999, 9, kLamps), 10).hints.size(), 1U);
}

TEST(Duplicates, TheExpiredAreNotFoundAndTheirSegmentsDropped) {
  DuplicateIndex index(segmentsOf(2));
  index.add(entry(1, 1, kLamps, "housing", "751110000", "2026-01-05"));
  index.add(entry(2, 2, kLamps, "housing", "751110000", "2026-01-06"));
  index.add(entry(3, 3, kLamps, "housing", "751110000", "2026-02-01"));
  index.add(entry(4, 4, kLamps, "housing", "751110000", "2026-01-06"));  // late, and held for it
  index.add(entry(5, 5, kLamps, "housing", "751110000", "2026-03-01"));
  EXPECT_EQ(index.find(entry(9, 9, kLamps), 10).hints.size(), 5U);
  index.expireBefore(*parseDate("2026-01-06"));
  EXPECT_EQ(index.size(), 5U) << "the first segment holds an unexpired one";
  EXPECT_EQ(index.find(entry(9, 9, kLamps), 10).hints.size(), 4U);
  const auto before = index.bytes();
  index.expireBefore(*parseDate("2026-02-01"));
  EXPECT_EQ(index.size(), 3U);
  EXPECT_LT(index.bytes(), before);
  EXPECT_EQ(index.find(entry(9, 9, kLamps), 10).hints.size(), 2U);
  index.add(entry(2, 2, kLamps));  // forgotten, so no known id
  index.add(entry(4, 4, kLamps));  // held still
  EXPECT_EQ(index.size(), 4U);
  index.expireBefore(*parseDate("2026-05-01"));
  EXPECT_EQ(index.size(), 0U);
  EXPECT_TRUE(index.find(entry(9, 9, kLamps), 10).hints.empty());
  index.add(entry(1, 1, kLamps, "housing", "751110000", "2026-05-02"));
  EXPECT_EQ(index.size(), 1U);
}

TEST(Duplicates, TheOldestSegmentGoesWhenThereAreTooMany) {
  auto options = segmentsOf(10);
  options.entries_max = 25;
  DuplicateIndex index(options);
  for (int i = 1; i <= 26; ++i) index.add(entry(i, static_cast<std::uint64_t>(i), kLamps));
  EXPECT_EQ(index.size(), 16U);
  EXPECT_EQ(index.find(entry(99, 99, kLamps), 100).hints.back().id, 11);
  options.entries_max = 3;
  DuplicateIndex small(options);
  for (int i = 1; i <= 10; ++i) small.add(entry(i, static_cast<std::uint64_t>(i), kLamps));
  EXPECT_EQ(small.size(), 10U) << "never the last segment";
}

TEST(Duplicates, IdsFarApartAreKept) {
  DuplicateIndex index;
  const std::int64_t ids[] = {5, -5, std::int64_t{1} << 40, INT64_MAX, INT64_MIN};
  for (const auto id : ids) {
    index.add(entry(id, 1, kLamps));
    index.add(entry(id, 1, kLamps));
  }
  EXPECT_EQ(index.size(), 5U);
  const auto answer = index.find(entry(7, 1, kLamps), 10);
  ASSERT_EQ(answer.hints.size(), 5U);
  EXPECT_EQ(answer.hints.front().id, INT64_MAX);
  EXPECT_EQ(answer.hints.back().id, INT64_MIN);
}

TEST(Duplicates, MoreTopicsThanNumbersMixNothingUp) {
  DuplicateIndex index;
  auto any = entry(0, 0, kLamps);
  for (int i = 1; i <= 65'600; ++i) {
    any.id = i;
    any.topic = "t" + std::to_string(i);
    index.add(any);
  }
  EXPECT_EQ(index.find(entry(99'999, 9, kLamps, "t7"), 10).hints.size(), 1U);
  EXPECT_TRUE(index.find(entry(99'999, 9, kLamps, "t65599"), 10).hints.empty()) << "not told apart";
  EXPECT_TRUE(index.find(entry(99'999, 9, kLamps, "new"), 10).hints.empty());
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
