// Sub-orders: numbered under their appeal, changed by number, found while they are open and by no look at the others.
#include <gtest/gtest.h>

#include "hub/store/tests/sample.h"

namespace hub::store {
namespace {

class SubOrderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    store_ = sample::openOrDie(folder_.file("hub.db"));
    for (auto* appeal : {&first_, &second_}) {
      sample::Intake intake;
      intake.source_id = appeal == &first_ ? "one" : "two";
      sample::Given given;
      auto status = store_->write([&](Tx& tx) { return sample::addIntake(tx, intake, given); });
      ASSERT_TRUE(status.ok()) << status.error().text;
      *appeal = given.appeal;
    }
  }
  SubOrderRow order(RowId appeal, const std::string& due, const std::string& target = "T") const {
    SubOrderRow row;
    row.appeal = appeal;
    row.kind = "request";
    row.state = "created";
    row.body = "B";
    row.target = target;
    row.text = "Сведения о земельном участке";
    row.due_date = due;
    row.created_at = row.state_since = kNow;
    row.created_by = "executor:desk";
    return row;
  }
  std::int64_t add(const SubOrderRow& row) {
    std::int64_t number = 0;
    auto status = store_->write([&](Tx& tx) -> Status {
      auto added = tx.addSubOrder(row);
      if (!added) return added.status();
      number = *added;
      return {};
    });
    EXPECT_TRUE(status.ok()) << status.error().text;
    return number;
  }
  std::vector<std::string> open(const SubOrderFilter& filter, const SubOrderRow* after = nullptr,
                                int limit = 10) {
    std::vector<std::string> days;
    const auto rows = store_->openSubOrders(filter, after, limit).value();
    for (const auto& row : rows) {
      days.push_back(row.due_date + " " + row.target);
    }
    return days;
  }

  const Instant kNow = sample::at(1'780'000'000'000'000);
  sample::TempFolder folder_;
  std::unique_ptr<Store> store_;
  RowId first_ = 0, second_ = 0;
};

TEST_F(SubOrderTest, IsNumberedUnderItsAppealAndReadWhole) {
  auto whole = order(first_, "2026-03-27");
  whole.follows = 7;
  whole.answer = "Есть";
  whole.reason = "Уточнить";
  whole.answered_at = whole.sent_at = kNow;
  whole.missed = true;
  whole.source = "desk";
  whole.source_id = "d-1";
  whole.content_sha256 = std::string(64, 'a');
  EXPECT_EQ(add(whole), 1);
  EXPECT_EQ(add(order(first_, "2026-03-28")), 2);
  EXPECT_EQ(add(order(second_, "2026-03-29")), 1);
  const auto rows = store_->subOrders(first_).value();
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].number, 1);
  EXPECT_EQ(rows[0].appeal, first_);
  EXPECT_EQ(rows[0].kind, "request");
  EXPECT_EQ(rows[0].state, "created");
  EXPECT_TRUE(rows[0].open);
  EXPECT_EQ(rows[0].body, "B");
  EXPECT_EQ(rows[0].target, "T");
  EXPECT_EQ(rows[0].follows, 7);
  EXPECT_EQ(rows[0].text, whole.text);
  EXPECT_EQ(rows[0].due_date, "2026-03-27");
  EXPECT_EQ(rows[0].answer, "Есть");
  EXPECT_EQ(rows[0].reason, "Уточнить");
  EXPECT_EQ(rows[0].created_at, kNow);
  EXPECT_EQ(rows[0].created_by, "executor:desk");
  EXPECT_EQ(rows[0].state_since, kNow);
  EXPECT_EQ(rows[0].answered_at, kNow);
  EXPECT_EQ(rows[1].number, 2);
  EXPECT_EQ(rows[0].sent_at, kNow);
  EXPECT_TRUE(rows[0].missed);
  EXPECT_EQ(rows[0].source, "desk");
  EXPECT_EQ(rows[0].source_id, "d-1");
  EXPECT_EQ(rows[0].content_sha256, whole.content_sha256);
  EXPECT_FALSE(rows[1].answered_at.has_value());
  EXPECT_FALSE(rows[1].sent_at.has_value());
  EXPECT_FALSE(rows[1].missed);
}

TEST_F(SubOrderTest, IsChangedByItsNumberAndSeenInTheUnitThatChangedIt) {
  add(order(first_, "2026-03-27"));
  add(order(first_, "2026-03-28"));
  auto row = store_->subOrders(first_).value()[1];
  row.state = "answered";
  row.answer = "Сведений нет";
  row.answered_at = kNow;
  row.due_date = "2026-03-30";
  const auto changed = store_->write([&](Tx& tx) -> Status {
    if (auto s = tx.updateSubOrder(row); !s) return s;
    const auto seen = tx.subOrders(first_).value();
    EXPECT_EQ(seen[0].state, "created");
    EXPECT_EQ(seen[1].answer, "Сведений нет");
    EXPECT_EQ(seen[1].due_date, "2026-03-30");
    return {};
  });
  EXPECT_TRUE(changed.ok());
  row.number = 3;
  const auto missing = store_->write([&](Tx& tx) { return tx.updateSubOrder(row); });
  EXPECT_EQ(missing.error().code, "store.not_found");
}

TEST_F(SubOrderTest, OpenOnesAreFoundByTheirDayWhoAskedAndWhoWasAsked) {
  add(order(first_, "2026-03-30"));
  add(order(first_, "2026-03-27", "U"));
  add(order(second_, "2026-03-28"));
  auto other = order(second_, "2026-03-26");
  other.body = "C";
  add(other);
  auto over = order(second_, "2026-03-25");
  over.open = false;
  over.state = "checked";
  add(over);
  const std::vector<std::string> all = {"2026-03-26 T", "2026-03-27 U", "2026-03-28 T",
                                        "2026-03-30 T"};
  EXPECT_EQ(open({}), all);
  EXPECT_EQ(open({.body = "C"}), std::vector<std::string>{"2026-03-26 T"});
  EXPECT_EQ(open({.target = "U"}), std::vector<std::string>{"2026-03-27 U"});
  EXPECT_EQ(open({.state = "checked"}), std::vector<std::string>{});
  EXPECT_EQ(open({.due_to = "2026-03-27"}),
            (std::vector<std::string>{"2026-03-26 T", "2026-03-27 U"}));
  EXPECT_EQ(open({.body = "B", .target = "T", .due_to = "2026-03-29"}),
            std::vector<std::string>{"2026-03-28 T"});
  // Page by page, none twice and none left out.
  const auto page = store_->openSubOrders({}, nullptr, 2).value();
  ASSERT_EQ(page.size(), 2U);
  EXPECT_EQ(open({}, &page.back(), 2), (std::vector<std::string>{"2026-03-28 T", "2026-03-30 T"}));
}

TEST_F(SubOrderTest, MissedOnesAreReadByPagesOpenOrNot) {
  for (const auto appeal : {first_, second_}) {
    auto row = order(appeal, "2026-03-27");
    add(row);
    row.missed = true;
    row.open = false;
    add(row);
    row.open = true;
    row.sent_at = kNow;
    add(row);
  }
  std::vector<std::pair<RowId, std::int64_t>> seen;
  std::optional<SubOrderRow> last;
  for (;;) {
    const auto page = store_->missedSubOrders(last ? &*last : nullptr, 1).value();
    if (page.empty()) break;
    last = page.back();
    seen.emplace_back(last->appeal, last->number);
  }
  EXPECT_EQ(seen, (std::vector<std::pair<RowId, std::int64_t>>{
                      {first_, 2}, {first_, 3}, {second_, 2}, {second_, 3}}));
  SubOrderFilter sent;
  sent.sent = true;
  EXPECT_EQ(open(sent).size(), 2U);
}

TEST_F(SubOrderTest, OnesOfOneDayArePagedByAppealAndNumber) {
  for (const auto appeal : {first_, second_}) {
    add(order(appeal, "2026-03-27"));
    add(order(appeal, "2026-03-27"));
  }
  std::vector<std::pair<RowId, std::int64_t>> seen;
  std::optional<SubOrderRow> last;
  for (;;) {
    const auto page = store_->openSubOrders({}, last ? &*last : nullptr, 1).value();
    if (page.empty()) break;
    last = page.back();
    seen.emplace_back(last->appeal, last->number);
  }
  EXPECT_EQ(seen, (std::vector<std::pair<RowId, std::int64_t>>{
                      {first_, 1}, {first_, 2}, {second_, 1}, {second_, 2}}));
}

}  // namespace
}  // namespace hub::store
