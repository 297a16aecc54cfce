// Notices to applicants: one per event and channel, found while they wait, nothing else is read.
#include <gtest/gtest.h>

#include "hub/store/tests/sample.h"

namespace hub::store {
namespace {

using std::chrono::hours;

class NoticeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    store_ = sample::openOrDie(folder_.file("hub.db"));
    sample::Given given;
    ASSERT_TRUE(
        store_->write([&](Tx& tx) { return sample::addIntake(tx, sample::Intake{}, given); }).ok());
    appeal_ = given.appeal;
  }
  NoticeRow notice(std::int64_t seq, const std::string& kind = "registered") const {
    NoticeRow row;
    row.appeal = appeal_;
    row.seq = seq;
    row.channel = "sms";
    row.event = "registered";
    row.kind = kind;
    row.language = "kk";
    row.event_at = row.created_at = row.next_at = kNow;
    return row;
  }
  bool add(const NoticeRow& row) {
    bool added = false;
    auto status = store_->write([&](Tx& tx) -> Status {
      auto done = tx.addNotice(row);
      if (!done) return done.status();
      added = *done;
      return {};
    });
    EXPECT_TRUE(status.ok()) << status.error().text;
    return added;
  }
  void change(const NoticeRow& row) {
    ASSERT_TRUE(store_->write([&](Tx& tx) { return tx.updateNotice(row); }).ok());
  }

  const Instant kNow = sample::at(1'780'000'000'000'000);
  sample::TempFolder folder_;
  std::unique_ptr<Store> store_;
  RowId appeal_ = 0;
};

TEST_F(NoticeTest, AnEventHasOneNoticeOfAChannel) {
  EXPECT_TRUE(add(notice(2)));
  EXPECT_FALSE(add(notice(2, "another")));
  EXPECT_TRUE(add(notice(3)));
  auto post = notice(2);
  post.channel = "email";
  EXPECT_TRUE(add(post));
  const auto rows = store_->noticesOf(appeal_).value();
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0].channel, "email");
  EXPECT_EQ(rows[1].kind, "registered");
  EXPECT_EQ(rows[1].language, "kk");
  EXPECT_EQ(rows[1].event_at, kNow);
  EXPECT_FALSE(rows[1].sent_at.has_value());
  auto nobodys = notice(2);
  nobodys.appeal = 77;
  EXPECT_FALSE(store_
                   ->write([&](Tx& tx) -> Status {
                     auto done = tx.addNotice(nobodys);
                     return done ? Status() : done.status();
                   })
                   .ok());
}

TEST_F(NoticeTest, WhatWaitsIsFoundByItsTime) {
  auto later = notice(3);
  later.next_at = kNow + hours(1);
  add(later);
  add(notice(2));
  EXPECT_EQ(store_->waitingNotices().value(), 2);
  EXPECT_EQ(store_->nextNotice().value(), kNow);
  auto due = store_->dueNotices(kNow, 10).value();
  ASSERT_EQ(due.size(), 1U);
  EXPECT_EQ(due[0].seq, 2);
  EXPECT_EQ(store_->dueNotices(kNow + hours(1), 10)->size(), 2U);
  due[0].state = NoticeState::kSent;
  due[0].provider_id = "P-1";
  due[0].attempts = 1;
  due[0].sent_at = kNow;
  change(due[0]);
  EXPECT_EQ(store_->nextNotice().value(), kNow + hours(1));
  EXPECT_EQ(store_->waitingNotices().value(), 1);
  const auto now = store_->findNotice(due[0].id).value().value();
  EXPECT_EQ(now.state, NoticeState::kSent);
  EXPECT_EQ(now.provider_id, "P-1");
  EXPECT_EQ(now.sent_at, kNow);
  EXPECT_FALSE(store_->findNotice(99).value().has_value());
}

TEST_F(NoticeTest, ALaterOneOfTheSameKindOvertakesWhatWaits) {
  add(notice(2, "term_moved"));
  add(notice(3, "answered"));
  auto sent = notice(4, "term_moved");
  sent.state = NoticeState::kSent;
  add(sent);
  int overtaken = 0;
  ASSERT_TRUE(store_
                  ->write([&](Tx& tx) -> Status {
                    auto done = tx.overtakeNotices(appeal_, "sms", "term_moved", 5, "a.code");
                    if (!done) return done.status();
                    overtaken = *done;
                    return {};
                  })
                  .ok());
  EXPECT_EQ(overtaken, 1);
  const auto rows = store_->noticesOf(appeal_).value();
  EXPECT_EQ(rows[0].state, NoticeState::kSkipped);
  EXPECT_EQ(rows[0].code, "a.code");
  EXPECT_EQ(rows[1].state, NoticeState::kWaiting);
  EXPECT_EQ(rows[2].state, NoticeState::kSent);
}

TEST_F(NoticeTest, OldOnesThatWaitNoMoreAreRemovedInBatches) {
  for (std::int64_t seq = 2; seq < 9; ++seq) {
    auto row = notice(seq);
    row.created_at = kNow + hours(seq);
    if (seq != 3) row.state = NoticeState::kDelivered;
    add(row);
  }
  const auto remove = [&](Instant before, int limit) {
    int removed = -1;
    auto status = store_->write([&](Tx& tx) -> Status {
      auto done = tx.removeNotices(before, limit);
      if (!done) return done.status();
      removed = *done;
      return {};
    });
    EXPECT_TRUE(status.ok());
    return removed;
  };
  EXPECT_EQ(remove(kNow, 10), 0);
  EXPECT_EQ(remove(kNow + hours(6), 2), 1) << "the second oldest waits";
  EXPECT_EQ(remove(kNow + hours(6), 3), 2);
  auto rows = store_->noticesOf(appeal_).value();
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_EQ(rows[0].seq, 3);
  EXPECT_EQ(rows[1].seq, 6);
  EXPECT_EQ(remove(kNow + hours(100), 10), 2);
  rows = store_->noticesOf(appeal_).value();
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[1].seq, 8) << "its id is not given again";
}

TEST_F(NoticeTest, ListsTheNewestFirstPageByPage) {
  for (std::int64_t seq = 2; seq < 7; ++seq) {
    auto row = notice(seq);
    if (seq % 2 == 0) row.state = NoticeState::kFailed;
    add(row);
  }
  const auto first = store_->listNotices(std::nullopt, 0, 2).value();
  ASSERT_EQ(first.size(), 2U);
  EXPECT_EQ(first[0].seq, 6);
  const auto second = store_->listNotices(std::nullopt, first.back().id, 10).value();
  ASSERT_EQ(second.size(), 3U);
  EXPECT_EQ(second[0].seq, 4);
  EXPECT_EQ(store_->listNotices(NoticeState::kFailed, 0, 10)->size(), 3U);
  EXPECT_EQ(store_->listNotices(NoticeState::kFailed, second[0].id, 10)->size(), 1U);
  EXPECT_TRUE(store_->listNotices(NoticeState::kDelivered, 0, 10)->empty());
}

}  // namespace
}  // namespace hub::store
