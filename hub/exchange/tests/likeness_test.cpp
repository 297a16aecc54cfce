// Appeals that look alike become hints for a person, and nothing more.
#include "hub/exchange/likeness.h"

#include "hub/base/metrics.h"
#include "hub/exchange/case_reports.h"
#include "hub/exchange/tests/world.h"

namespace hub::exchange::testing {
namespace {

constexpr const char* kText =
    "Прошу пересчитать налог на имущество за прошлый год, потому что площадь дома указана неверно "
    "и "
    "сумма завышена почти вдвое.";

class LikenessTest : public World {
 protected:
  store::AppealRow said(const std::string& source_id, const std::string& text,
                        const std::string& iin = "850101100012") {
    auto appeal = taxAppeal(source_id);
    appeal.subject_text = text;
    appeal.applicant.front().iin = iin;
    auto result = accept(appeal);
    EXPECT_TRUE(result.ok()) << (result.ok() ? "" : result.error().code);
    if (!result.ok()) return {};
    const auto& row = result->appeal;
    EXPECT_EQ(result->text, text);
    if (likeness_) {
      likeness_->offer(
          {row.id, result->person, row.topic, row.kato, row.received_at, result->text});
    }
    return row;
  }
  void start() {
    likeness_ = std::make_unique<Likeness>(*store_, currentLaw(), limits_, clock_);
    ASSERT_TRUE(likeness_->start().ok());
  }
  std::vector<store::HintRow> hints(const store::AppealRow& appeal) {
    likeness_->drain();
    auto rows = store_->hints(appeal.id);
    return rows.ok() ? std::move(*rows) : std::vector<store::HintRow>{};
  }
  std::unique_ptr<Likeness> likeness_;
};

TEST_F(LikenessTest, ARepeatIsHintedFromBothSides) {
  start();
  const auto first = said("l-1", kText);
  const auto repeat = said("l-2", std::string("  ") + kText);
  const auto other =
      said("l-3", "В подъезде не работает освещение, просим починить лампы на всех этажах.");
  const auto found = hints(repeat);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].nature, "exact_repeat");
  EXPECT_EQ(found[0].other, first.id);
  EXPECT_EQ(found[0].percent, 100);
  ASSERT_EQ(hints(first).size(), 1U);
  EXPECT_TRUE(hints(other).empty());
  EXPECT_EQ(appealNow(repeat.id).state, "routed") << "nothing is joined by itself";
}

TEST_F(LikenessTest, WhatACrashLeftIsComparedAtTheNextStart) {
  const auto first = said("l-4", kText);
  start();
  likeness_->drain();
  likeness_->stop();
  const auto second = said("l-5", kText);  // accepted, but never compared
  EXPECT_TRUE(store_->hints(second.id)->empty());
  start();
  const auto found = hints(second);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].other, first.id) << "the first one's sketch was read from the store";
}

TEST_F(LikenessTest, WhatLeftTheWindowIsForgottenWhileTheHubRuns) {
  start();
  said("l-20", kText);
  likeness_->drain();
  ASSERT_EQ(store_->sketches(0, 10)->size(), 1U);
  clock_.advance(std::chrono::days(91));
  const auto late = said("l-21", kText);
  EXPECT_TRUE(hints(late).empty());
  const auto kept = store_->sketches(0, 10);
  ASSERT_EQ(kept->size(), 1U);
  EXPECT_EQ(kept->front().appeal, late.id);
}

TEST_F(LikenessTest, HowMuchIsRememberedIsShown) {
  said("l-6", kText);
  start();
  said("l-7", kText);
  said("l-8", "В подъезде не работает освещение, просим починить лампы на всех этажах.");
  likeness_->drain();
  const auto shown = metrics::render();
  EXPECT_NE(shown.find("hub_similar_index_appeals 3\n"), std::string::npos) << shown;
  EXPECT_NE(shown.find("hub_similar_index_bytes "), std::string::npos);
  likeness_->stop();
  start();
  EXPECT_NE(metrics::render().find("hub_similar_index_appeals 3\n"), std::string::npos)
      << "read from the store";
}

TEST_F(LikenessTest, ACampaignOfManyPersonsIsOne) {
  start();
  store::AppealRow last;
  const char* people[] = {"850101100012", "850101100022", "860228200011",
                          "850101100304", "860228200216", "850101100012"};
  for (int i = 0; i < 5; ++i) last = said("l-1" + std::to_string(i), kText, people[i]);
  const auto found = hints(last);
  ASSERT_EQ(found.size(), 4U);
  for (const auto& hint : found)
    EXPECT_EQ(hint.nature, "similar") << "four others are no campaign yet";
}

TEST_F(LikenessTest, ADuplicateIsOneByAPersonsWordAlone) {
  start();
  const auto first = said("l-31", kText);
  const auto second = said("l-32", kText);
  const auto third = said("l-33", "Прошу отремонтировать дорогу у школы, по которой ходят дети.");
  ASSERT_EQ(hints(second).size(), 1U);
  EXPECT_EQ(*duplicateOf(*store_, second.id), "") << "a hint says nothing";
  Caller clerk{"desk", "", true, {"registrar"}, ""};
  ASSERT_TRUE(likeness_->judge(second.id, first.id, "duplicate", clerk).ok());
  EXPECT_EQ(*duplicateOf(*store_, second.id), first.reg_number);
  EXPECT_EQ(*duplicateOf(*store_, first.id), "") << "it came before";
  EXPECT_EQ(appealNow(second.id).state, "routed") << "nothing is merged";
  // A person sees what no program saw.
  ASSERT_TRUE(hints(third).empty());
  ASSERT_TRUE(likeness_->judge(third.id, first.id, "duplicate", clerk).ok());
  EXPECT_EQ(*duplicateOf(*store_, third.id), first.reg_number);
  EXPECT_EQ(likeness_->judge(first.id, first.id, "duplicate", clerk).error().code,
            "store.not_found");
  const auto report = repeatsReport(*store_, std::nullopt, std::nullopt);
  ASSERT_TRUE(report.ok());
  ASSERT_EQ(report->size(), 2U);
  EXPECT_EQ(report->front().reg_number, second.reg_number);
  EXPECT_EQ(report->front().other, first.reg_number);
  EXPECT_EQ(report->front().verdict, "duplicate");
  EXPECT_EQ(report->front().judged_by, "desk");
  EXPECT_EQ(report->back().percent, 0) << "the texts are not alike";
  EXPECT_TRUE(repeatsReport(*store_, clock_.now() + std::chrono::hours(1), std::nullopt)->empty());
  // He may think better of it.
  ASSERT_TRUE(likeness_->judge(second.id, first.id, "dismissed", clerk).ok());
  EXPECT_EQ(*duplicateOf(*store_, second.id), "");
}

TEST_F(LikenessTest, APersonJudgesOnceAndForAll) {
  start();
  const auto first = said("l-21", kText);
  const auto second = said("l-22", kText);
  ASSERT_EQ(hints(second).size(), 1U);
  Caller clerk{"desk", "", true, {"registrar"}, ""};
  EXPECT_EQ(likeness_->judge(second.id, first.id, "maybe", clerk).error().code,
            "exchange.bad_input");
  EXPECT_EQ(likeness_->judge(second.id, second.id, "linked", clerk).error().code,
            "store.not_found");
  Caller portal{"portal", "", false, {"applicant"}, ""};
  EXPECT_EQ(likeness_->judge(second.id, first.id, "linked", portal).error().code,
            "exchange.role_not_allowed");
  ASSERT_TRUE(likeness_->judge(first.id, second.id, "linked", clerk).ok());
  const auto found = hints(second);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].verdict, "linked");
  EXPECT_EQ(found[0].judged_by, "desk");
}

}  // namespace
}  // namespace hub::exchange::testing
