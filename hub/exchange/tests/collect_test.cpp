// What agencies give when they are asked: one commit with the cursor, told how it was settled, and put off while a
// delivery is open.
#include <filesystem>
#include <thread>

#include "hub/base/log.h"
#include "hub/base/metrics.h"
#include "hub/exchange/dispatcher.h"
#include "hub/exchange/early_items.h"
#include "hub/exchange/pushes.h"
#include "hub/exchange/tests/inbound_world.h"

namespace hub::exchange::testing {
namespace {

class CollectTest : public InboundWorld {};

// The folder of what is processed is made with the first file: no alarm may ring because it is not there yet.
TEST_F(CollectTest, ThatAFileIsNotThereIsNoFailedExchange) {
  AgencyConfig config = scriptedAgency("looking", script_);
  transport::EndpointConfig drop, gone;
  drop.name = "drop";
  drop.url = "file://" + folder_.file("drop");
  std::filesystem::create_directory(folder_.file("drop"));
  gone.name = "gone";
  gone.url = "file:///nowhere/at/all";
  config.endpoints = {drop, gone};
  auto agency = openAgency(config);
  ASSERT_NE(agency, nullptr);
  const auto codeOf = [&](const std::string& endpoint, const std::string& path) {
    otinish::ExchangeRequest request;
    request.endpoint = endpoint;
    request.method = "LIST";
    request.path = path;
    return agency->exchange(request, std::chrono::steady_clock::now() + std::chrono::minutes(1))
        .code;
  };
  EXPECT_EQ(codeOf("drop", ""), "");
  EXPECT_EQ(codeOf("drop", "out/processing"), "transport.not_found");
  EXPECT_EQ(codeOf("gone", ""), "transport.unreachable");
  const std::string shown = metrics::render();
  const std::string name = R"(hub_exchanges_total{agency="looking",endpoint=")";
  for (const char* series :
       {R"(drop",result="ok"} 1)", R"(drop",result="no"} 1)", R"(gone",result="failed"} 1)"}) {
    EXPECT_NE(shown.find(name + series), std::string::npos) << series;
  }
  EXPECT_EQ(shown.find(name + R"(drop",result="failed")"), std::string::npos);
}

TEST_F(CollectTest, CollectedItemsAndTheCursorAreOneCommit) {
  deliver();
  script_->on_collect = [&](const otinish::CollectRequest& request) {
    auto answer = answerOf(Outcome::kDone);
    if (request.cursor.empty()) answer.items = {decisionItem("i-1", appeal_.hub_id)};
    answer.cursor = "after i-1";
    return answer;
  };
  sealer_.broken = true;
  EXPECT_FALSE(dispatcher_->collectOnce());
  EXPECT_EQ(*store_->cursor("minfin", "scripted"), "") << "nothing of it happened";
  EXPECT_EQ(appealNow(appeal_.id).state, "assigned");
  EXPECT_TRUE(store_->settled("minfin", 10)->empty());

  sealer_.broken = false;
  EXPECT_FALSE(dispatcher_->collectOnce());
  EXPECT_EQ(*store_->cursor("minfin", "scripted"), "after i-1");
  EXPECT_EQ(appealNow(appeal_.id).state, "executed");
}

TEST_F(CollectTest, TheAgencyHearsOfEachItemOnceAtTheNextCollect) {
  deliver();
  auto bad = decisionItem("i-2", appeal_.hub_id);
  bad.body = "rubbish";
  script_->on_collect = [&, call = 0](const otinish::CollectRequest&) mutable {
    auto answer = answerOf(Outcome::kDone);
    if (++call == 1) answer.items = {decisionItem("i-1", appeal_.hub_id), bad};
    if (call == 2) return answerOf(Outcome::kRetry, "transport.down");
    answer.cursor = "c";
    return answer;
  };
  for (int i = 0; i < 4; ++i) dispatcher_->collectOnce();
  auto calls = script_->collected();
  ASSERT_EQ(calls.size(), 4u);
  EXPECT_TRUE(calls[0].settled.empty());
  ASSERT_EQ(calls[1].settled.size(), 2u);
  EXPECT_EQ(calls[1].settled[0].item_id, "i-1");
  EXPECT_TRUE(calls[1].settled[0].accepted);
  EXPECT_FALSE(calls[1].settled[0].reference.empty());
  EXPECT_EQ(calls[1].settled[1].item_id, "i-2");
  EXPECT_FALSE(calls[1].settled[1].accepted);
  EXPECT_FALSE(calls[1].settled[1].code.empty());
  EXPECT_EQ(calls[2].settled.size(), 2u) << "the call before failed: told again";
  EXPECT_TRUE(calls[3].settled.empty());
  EXPECT_TRUE(store_->settled("minfin", 10)->empty());
}

TEST_F(CollectTest, AFailedCollectMovesNothing) {
  deliver();
  script_->on_collect = [&](const otinish::CollectRequest&) {
    auto answer = answerOf(Outcome::kRetry, "transport.down");
    answer.items = {decisionItem("i-1", appeal_.hub_id)};
    answer.cursor = "elsewhere";
    answer.more = true;
    return answer;
  };
  EXPECT_FALSE(dispatcher_->collectOnce());
  EXPECT_EQ(*store_->cursor("minfin", "scripted"), "");
  EXPECT_EQ(appealNow(appeal_.id).state, "assigned");
}

// A hundred messages of a backlog may be more than an exchange, or an adapter's answer, may hold.
TEST_F(CollectTest, APageThatIsTooLargeIsAskedForInSmallerOnes) {
  deliver();
  std::vector<int> limits;
  int backlog = 0;
  otinish::Answer too_large;
  script_->on_collect = [&](const otinish::CollectRequest& r) {
    limits.push_back(r.limit);
    if (backlog > 25 && r.limit > 25) return too_large;
    auto answer = answerOf(Outcome::kDone);
    if (backlog > 0) answer.items = {decisionItem("i-1", appeal_.hub_id)};
    backlog = std::max(0, backlog - r.limit);
    answer.cursor = r.cursor + "1";
    answer.more = backlog > 0;
    return answer;
  };
  for (const auto& [outcome, code] : {std::pair(Outcome::kRetry, "transport.too_large"),
                                      std::pair(Outcome::kFault, "hosting.answer_too_large")}) {
    SCOPED_TRACE(code);
    too_large = answerOf(outcome, code);
    limits.clear();
    backlog = 75;
    for (int i = 0; i < 6; ++i) dispatcher_->collectOnce();
    EXPECT_EQ(limits, (std::vector<int>{100, 50, 25, 25, 25, 100}));
  }
  EXPECT_EQ(appealNow(appeal_.id).state, "executed");
}

// Nothing smaller can be asked for: somebody must be told, in words of its own, for as long as it lasts.
TEST_F(CollectTest, AMessageThatIsTooLargeAloneStandsOutUntilItIsTaken) {
  auto given = answerOf(Outcome::kFault, "hosting.answer_too_large");
  std::vector<int> limits;
  script_->on_collect = [&](const otinish::CollectRequest& r) {
    limits.push_back(r.limit);
    return given;
  };
  for (int i = 0; i < 6; ++i) dispatcher_->collectOnce();
  EXPECT_EQ(agency_->stats().problems[static_cast<int>(Way::kCollect)].code,
            "hosting.answer_too_large");
  EXPECT_EQ(agency_->stats().standing_code, "");
  for (int i = 0; i < 2; ++i) dispatcher_->collectOnce();
  EXPECT_EQ(limits, (std::vector<int>{100, 50, 25, 12, 6, 3, 1, 1}));
  EXPECT_EQ(agency_->stats().problems[static_cast<int>(Way::kCollect)].code,
            "exchange.item_too_large");
  EXPECT_EQ(agency_->stats().standing_code, "exchange.item_too_large");
  EXPECT_NE(agency_->stats().standing_text.find("hosting.answer_too_large"), std::string::npos);
  given = answerOf(Outcome::kRetry, "transport.down");
  dispatcher_->collectOnce();
  EXPECT_EQ(agency_->stats().standing_code, "exchange.item_too_large") << "still not taken";
  given = answerOf(Outcome::kDone);
  dispatcher_->collectOnce();
  EXPECT_EQ(agency_->stats().standing_code, "");
}

TEST_F(CollectTest, MoreIsAskedForAtOnceButNotWithoutAStepForward) {
  deliver();
  script_->on_collect = [&](const otinish::CollectRequest& request) {
    auto answer = answerOf(Outcome::kDone);
    answer.more = true;
    answer.cursor = request.cursor.empty() ? "1" : request.cursor;
    return answer;
  };
  EXPECT_TRUE(dispatcher_->collectOnce());
  EXPECT_FALSE(dispatcher_->collectOnce()) << "the cursor stands still and nothing came";
  script_->on_collect = [&](const otinish::CollectRequest& request) {
    auto answer = answerOf(Outcome::kDone);
    answer.items = {statusItem("i-1", appeal_, "in_work")};
    answer.more = true;
    answer.cursor = request.cursor;
    return answer;
  };
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(dispatcher_->collectOnce()) << "the same page again";
}

// The alias was given to an adapter of another kind.
TEST_F(CollectTest, EachAdapterGoesOnFromItsOwnCursor) {
  deliver();
  const auto gives = [&](const std::string& id, const std::string& cursor) {
    script_->on_collect = [item = statusItem(id, appeal_, "in_work"),
                           cursor](const otinish::CollectRequest&) {
      auto answer = answerOf(Outcome::kDone);
      answer.items = {item};
      answer.cursor = cursor;
      return answer;
    };
  };
  gives("i-1", "of the first");
  dispatcher_->collectOnce();
  const auto events = eventsOf(appeal_.id).size();

  const auto restart = [&](const std::string& name) {
    script_->name = name;
    agency_ = openAgency(scriptedAgency("minfin", script_));
    ASSERT_NE(agency_, nullptr);
    dispatcher_ = dispatcherOf(*agency_, inbound_);
  };
  restart("another");
  gives("file-1", "of the other");
  dispatcher_->collectOnce();
  EXPECT_EQ(script_->collected().back().cursor, "") << "asked as a new agency is";
  EXPECT_EQ(eventsOf(appeal_.id).size(), events) << "what comes again is known";
  EXPECT_TRUE(quarantine().empty());
  dispatcher_->collectOnce();
  EXPECT_EQ(script_->collected().back().cursor, "of the other");

  restart("scripted");
  dispatcher_->collectOnce();
  EXPECT_EQ(script_->collected().back().cursor, "of the first");
}

TEST_F(CollectTest, AnotherAdapterThanBeforeIsToldInTheLog) {
  dispatcher_->collectOnce();
  EXPECT_TRUE(store_->write([](store::Tx& tx) {
                      return tx.putCursor({"minfin", "scripted", "7"});
                    })
                  .ok());
  script_->name = "another";
  agency_ = openAgency(scriptedAgency("minfin", script_));
  ASSERT_NE(agency_, nullptr);
  dispatcher_ = dispatcherOf(*agency_, inbound_);
  static std::string log;
  log.clear();
  setLogSink([](std::string_view line) { log += line; });
  dispatcher_->start();
  EXPECT_TRUE(script_->waitCollected(2));
  dispatcher_->stop();
  setLogSink(nullptr);
  EXPECT_NE(log.find("collect.cursor_of_another_adapter"), std::string::npos) << log;
  EXPECT_NE(log.find("how far scripted had come is set aside"), std::string::npos) << log;
}

// What an older release kept says nothing of the adapter.
TEST_F(CollectTest, AnOlderReleasesCursorIsTheNextAskers) {
  ASSERT_TRUE(store_->write([](store::Tx& tx) { return tx.setCursor("minfin", "older"); }).ok());
  script_->on_collect = [](const otinish::CollectRequest&) {
    auto answer = answerOf(Outcome::kDone);
    answer.cursor = "newer";
    return answer;
  };
  dispatcher_->collectOnce();
  EXPECT_EQ(script_->collected().back().cursor, "older");
  const auto kept = store_->cursors("minfin").value();
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_EQ(kept[0].adapter, "scripted");
  EXPECT_EQ(kept[0].cursor, "newer");
  EXPECT_EQ(kept[0].at, clock_.now());
}

// A person has the agency asked anew while it is being asked.
TEST_F(CollectTest, ACursorThatIsResetMeanwhileStaysReset) {
  ASSERT_TRUE(store_->write([](store::Tx& tx) {
                      return tx.putCursor({"minfin", "scripted", "7"});
                    })
                  .ok());
  deliver();
  script_->on_collect = [&](const otinish::CollectRequest&) {
    EXPECT_TRUE(
        store_->write([](store::Tx& tx) { return tx.removeCursors("minfin").status(); }).ok());
    auto answer = answerOf(Outcome::kDone);
    answer.items = {statusItem("i-1", appeal_, "in_work")};
    answer.cursor = "8";
    return answer;
  };
  dispatcher_->collectOnce();
  EXPECT_TRUE(store_->cursors("minfin")->empty());
  EXPECT_EQ(appealNow(appeal_.id).state, "in_work") << "what came was taken";
}

// An item about an appeal nobody knows, while a delivery is open: the agency may know what the hub does
// not know yet.
class WaitingItemTest : public InboundWorld {
 protected:
  static otinish::Inbound about(const std::string& external_id, const std::string& id) {
    auto item = decisionItem(id, "");
    item.external_id = external_id;
    return item;
  }
  // Pages of one item each, by the cursor; the last one is empty.
  void give(std::vector<otinish::Inbound> items) {
    script_->on_collect = [items](const otinish::CollectRequest& request) {
      auto answer = answerOf(Outcome::kDone);
      std::size_t page = request.cursor.empty() ? 0 : std::stoul(request.cursor);
      if (page < items.size()) answer.items = {items[page]};
      answer.cursor = std::to_string(std::min(page + 1, items.size()));
      answer.more = page + 1 < items.size();
      return answer;
    };
  }
  std::size_t waiting() { return store_->listQuarantine("minfin", "waiting", 100)->size(); }
};

TEST_F(WaitingItemTest, IsJudgedOnceItsDeliveryIsThrough) {
  give({about("MF-7", "i-1")});
  EXPECT_FALSE(dispatcher_->collectOnce());
  EXPECT_EQ(*store_->cursor("minfin", "scripted"), "1") << "the adapter's step counts";
  ASSERT_EQ(waiting(), 1u);
  EXPECT_TRUE(store_->settled("minfin", 10)->empty()) << "not judged yet";
  dispatcher_->collectOnce();
  EXPECT_EQ(waiting(), 1u);
  deliver("MF-7");
  dispatcher_->collectOnce();
  EXPECT_EQ(appealNow(appeal_.id).state, "executed");
  ASSERT_EQ(quarantine().size(), 1u);
  EXPECT_EQ(quarantine().front().state, "resolved");
  EXPECT_EQ(quarantine().front().closed_by, "hub");
  auto told = script_->collected().back().settled;
  ASSERT_EQ(told.size(), 1u) << "in the same round";
  EXPECT_EQ(told[0].item_id, "i-1");
  EXPECT_TRUE(told[0].accepted);
  EXPECT_FALSE(told[0].reference.empty());
  EXPECT_EQ(apply(about("MF-7", "i-1")), "") << "a duplicate from now on";
  EXPECT_EQ(quarantine().size(), 1u);
}

TEST_F(WaitingItemTest, IsJudgedBeforeItsTimeWhereAPersonAsksForThat) {
  give({about("MF-7", "i-1")});
  dispatcher_->collectOnce();
  auto desk = operatorsDesk();
  const auto id = quarantine().front().id;
  EXPECT_EQ(desk.replay(id, clerk_).error().code, "exchange.unknown_appeal");
  EXPECT_EQ(waiting(), 1u) << "it waits on";
  EXPECT_TRUE(store_->settled("minfin", 10)->empty());
  ASSERT_TRUE(store_
                  ->write([&](store::Tx& tx) {
                    return tx.addExternalId(appeal_.id, "minfin", "MF-7", clock_.now());
                  })
                  .ok());
  auto judged = desk.replay(id, clerk_);
  ASSERT_TRUE(judged.ok()) << judged.error().code;
  EXPECT_EQ(judged->state, "resolved");
  EXPECT_EQ(appealNow(appeal_.id).state, "executed");
  auto told = store_->settled("minfin", 10).value();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].item_id, "i-1");
  EXPECT_TRUE(told[0].accepted);
  EXPECT_FALSE(told[0].reference.empty());
  EXPECT_EQ(apply(about("MF-7", "i-1")), "") << "a duplicate from now on";
  EXPECT_EQ(desk.replay(id, clerk_).error().code, "exchange.quarantine_closed");
}

TEST_F(WaitingItemTest, IsRefusedWhereAPersonClosesIt) {
  give({about("MF-7", "i-1")});
  dispatcher_->collectOnce();
  const auto id = quarantine().front().id;
  auto closed = operatorsDesk().resolve(id, "not ours", clerk_);
  ASSERT_TRUE(closed.ok()) << closed.error().code;
  EXPECT_EQ(closed->state, "resolved");
  EXPECT_EQ(closed->note, "not ours");
  dispatcher_->collectOnce();
  auto told = script_->collected().back().settled;
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].code, "exchange.unknown_appeal");
  EXPECT_EQ(apply(about("MF-7", "i-1")), "exchange.unknown_appeal")
      << "and whenever it comes again";
  EXPECT_EQ(quarantine().size(), 1u);
}

// It came before what a person looked at, and was not among it.
TEST_F(WaitingItemTest, IsNotClosedUnseenWithNewerOnes) {
  give({about("nobody's", "i-1")});
  dispatcher_->collectOnce();
  applyAll({about("nobody's", "i-2")});
  const auto newest = quarantine().front().id;
  const auto looked = clock_.now();
  clock_.advance(std::chrono::hours(1));
  dispatcher_->collectOnce();
  ASSERT_EQ(waiting(), 0u);
  const auto open = [&] { return store_->listQuarantine("minfin", "open", 10).value(); };
  ASSERT_EQ(open().size(), 2u);
  EXPECT_EQ(open().back().opened_at, clock_.now());
  auto desk = operatorsDesk();
  EXPECT_EQ(*desk.resolveAll({"minfin", "", "", {}, looked}, newest, "seen", clerk_), 1);
  ASSERT_EQ(open().size(), 1u);
  EXPECT_EQ(open().front().item_id, "i-1");
  EXPECT_EQ(*desk.resolveAll({"minfin"}, newest, "seen", clerk_), 0) << "nobody says when";
  const auto all = std::numeric_limits<store::RowId>::max();
  EXPECT_EQ(*desk.resolveAll({"minfin", "", "", {}, clock_.now()}, all, "seen", clerk_), 1);
}

TEST_F(WaitingItemTest, WaitsAnHourAtMostRestartOrNot) {
  give({about("nobody's", "i-1")});
  dispatcher_->collectOnce();
  clock_.advance(std::chrono::minutes(59));
  Inbound other{limits_,          model::IdentityCheck::kStrict, attachments_.get(), &currentLaw(),
                WayUp::Options{}, [this] { return steady(); }};
  Dispatcher restarted(*agency_, *store_, other, budget_, limits_, clock_, "");
  restarted.collectOnce();
  EXPECT_EQ(waiting(), 1u);
  clock_.advance(std::chrono::minutes(1));
  restarted.collectOnce();
  EXPECT_EQ(waiting(), 0u);
  ASSERT_EQ(quarantine().size(), 1u);
  EXPECT_EQ(quarantine().front().state, "open");
  EXPECT_EQ(quarantine().front().code, "exchange.unknown_appeal");
  auto told = script_->collected().back().settled;
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].code, "exchange.unknown_appeal");
}

// One delivery that never gets through, and what an agency says of all other appeals.
TEST_F(WaitingItemTest, HoldsUpNothingElse) {
  auto other = accepted("a-2");
  give({about("nobody's", "i-1"), statusItem("i-2", other, "in_work")});
  EXPECT_TRUE(dispatcher_->collectOnce()) << "the next page is asked for at once";
  EXPECT_FALSE(dispatcher_->collectOnce());
  EXPECT_EQ(appealNow(other.id).state, "in_work");
  EXPECT_EQ(waiting(), 1u);
}

TEST_F(WaitingItemTest, IsKeptOnceHoweverOftenItIsGiven) {
  script_->on_collect = [item = about("MF-7", "i-1")](const otinish::CollectRequest& request) {
    auto answer = answerOf(Outcome::kDone);
    answer.items = {item};  // as of an agency that was not told that we have it
    answer.cursor = request.cursor + "x";
    return answer;
  };
  for (int i = 0; i < 5; ++i) dispatcher_->collectOnce();
  EXPECT_EQ(quarantine().size(), 1u);
  EXPECT_TRUE(store_->settled("minfin", 10)->empty());
  deliver("MF-7");
  dispatcher_->collectOnce();
  EXPECT_EQ(appealNow(appeal_.id).state, "executed");
  EXPECT_EQ(quarantine().size(), 1u);
}

// A wrong reference looks like one that will be known soon.
TEST_F(WaitingItemTest, IsJudgedAtOnceWhenItComesWithItsReferencesMended) {
  auto mended = about("MF-8", "i-1");
  mended.external_id.clear();
  mended.correlation_id = appeal_.hub_id;
  give({about("MF-8", "i-1"), mended});
  dispatcher_->collectOnce();
  ASSERT_EQ(waiting(), 1u);
  dispatcher_->collectOnce();
  EXPECT_EQ(appealNow(appeal_.id).state, "executed");
  deliver();
  dispatcher_->collectOnce();
  EXPECT_EQ(waiting(), 0u);
  EXPECT_EQ(quarantine().front().state, "resolved");
  for (const auto& request : script_->collected()) {
    for (const auto& told : request.settled) EXPECT_TRUE(told.accepted) << told.code;
  }
}

// Two that name different appeals under one id take turns.
TEST_F(WaitingItemTest, IsKeptOnceAlsoWhenAnotherCameUnderItsId) {
  const auto one = about("MF-7", "i-1"), other = about("MF-8", "i-1");
  give({one, other, one, other, one});
  for (int i = 0; i < 5; ++i) dispatcher_->collectOnce();
  EXPECT_EQ(waiting(), 2u);
}

// What was refused takes no room from what is not judged yet, and what finds none is not lost.
TEST_F(WaitingItemTest, WithoutRoomItComesAgain) {
  const int many = KeepBudget::kItemsPerDayMax;
  const auto rubbish = [](int i) {
    otinish::Inbound item;
    item.item_id = "bad-" + std::to_string(i);
    item.type = "status/1";
    item.form = "xml";
    item.body = "rubbish";
    return item;
  };
  std::vector<otinish::Inbound> refused;
  for (int i = 0; i < many; ++i) refused.push_back(rubbish(i));
  applyAll(refused);
  std::vector<otinish::Inbound> page;
  for (int i = 0; i < many; ++i) page.push_back(about("nobody's", "w-" + std::to_string(i)));
  page.push_back(about("MF-7", "last"));
  script_->on_collect = [&](const otinish::CollectRequest& request) {
    auto answer = answerOf(Outcome::kDone);
    if (request.cursor.empty()) answer.items = page;
    answer.cursor = "end";
    answer.more = request.cursor.empty();
    return answer;
  };
  const auto waits = [&] { return store_->listQuarantine("minfin", "waiting", 20'000)->size(); };
  EXPECT_FALSE(dispatcher_->collectOnce()) << "not at once again";
  EXPECT_EQ(waits(), static_cast<std::size_t>(many)) << "a bound of their own";
  EXPECT_EQ(*store_->cursor("minfin", "scripted"), "") << "the page is asked for again";
  dispatcher_->collectOnce();
  EXPECT_EQ(waits(), static_cast<std::size_t>(many));
  deliver("MF-7");
  dispatcher_->collectOnce();
  EXPECT_EQ(appealNow(appeal_.id).state, "executed");
  EXPECT_EQ(*store_->cursor("minfin", "scripted"), "end");
  dispatcher_->collectOnce();
  std::vector<bool> no_room;
  for (const auto& call : script_->collected()) no_room.push_back(call.no_room);
  EXPECT_EQ(no_room, (std::vector<bool>{false, true, true, false})) << "an adapter is told why";
}

TEST_F(WaitingItemTest, WhatFoundNoRoomWaitsAnHourAtMostToo) {
  EarlyItems early([this] { return steady(); });
  ItemSource who{"minfin", "", true,
                 [&] { return std::optional<Instant>(instant("2026-03-17T04:00:00Z")); }};
  const auto item = inbound_.prepare({about("nobody's", "i-1")}).front();
  const auto later = [&](int minutes) {
    clock_.advance(std::chrono::minutes(minutes));
    return early.mayComeSoon(who, item, clock_.now());
  };
  EXPECT_TRUE(later(0));
  EXPECT_TRUE(later(59));
  EXPECT_FALSE(later(1));
  EXPECT_TRUE(later(1)) << "anew";
  early.forget(who, item);
  EXPECT_TRUE(later(120));
}

// A clock that was wrong and is set right is no time that passed, and makes no delivery a newer one.
TEST_F(WaitingItemTest, WaitsAnHourWhateverHappensToTheClock) {
  using std::chrono::hours;
  using std::chrono::minutes;
  give({about("MF-7", "i-1")});
  setClock(hours(-3));  // the delivery was queued before, and its time lies ahead now
  dispatcher_->collectOnce();
  ASSERT_EQ(waiting(), 1u) << "older all the same";
  for (const auto by : {hours(-24 * 365), hours(24 * 365), hours(24 * 365)}) {
    setClock(by);
    dispatcher_->collectOnce();
    EXPECT_EQ(waiting(), 1u) << by.count();
  }
  clock_.advance(minutes(59));
  dispatcher_->collectOnce();
  EXPECT_EQ(waiting(), 1u);
  setClock(hours(-24 * 365));
  clock_.advance(minutes(1));
  dispatcher_->collectOnce();
  EXPECT_EQ(waiting(), 0u) << "an hour, and no more";
  EXPECT_EQ(quarantine().front().code, "exchange.unknown_appeal");
}

// An agency that also pushes: what it pushes early waits as what it is asked for does.
class WaitingPushTest : public WaitingItemTest {
 protected:
  Result<NativeAnswer> push(const otinish::Inbound& item) {
    script_->on_receive = [item](const otinish::NativeRequest&) {
      auto answer = answerOf(Outcome::kDone);
      answer.items = {item};
      return answer;
    };
    return Pushes(*store_, inbound_, budget_, clock_)
        .take(*agency_, {"POST", "/events", {}, item.body}, *dispatcher_);
  }
};

TEST_F(WaitingPushTest, IsJudgedOnceItsDeliveryIsThrough) {
  dispatcher_->collectOnce();
  EXPECT_EQ(push(about("MF-7", "i-1")).error().code, "exchange.busy");
  ASSERT_EQ(waiting(), 1u);
  EXPECT_EQ(push(about("MF-7", "i-1")).error().code, "exchange.busy") << "not judged yet";
  deliver("MF-7");
  dispatcher_->collectOnce();
  EXPECT_EQ(waiting(), 0u);
  EXPECT_EQ(appealNow(appeal_.id).state, "executed");
  auto again = push(about("MF-7", "i-1"));
  ASSERT_TRUE(again.ok()) << again.error().code;
  EXPECT_EQ(again->status, 200);
}

TEST_F(WaitingPushTest, IsJudgedThoughNothingCanBeAskedFor) {
  auto config = scriptedAgency("minfin", script_);
  config.failures_to_open = 1;
  config.collect_every_ms = 1;
  agency_ = openAgency(config);
  ASSERT_NE(agency_, nullptr);
  Gate answered;
  script_->on_collect = [](const auto&) { return answerOf(Outcome::kRetry, "transport.down"); };
  script_->on_deliver = [&](const otinish::Message&) {
    EXPECT_TRUE(answered.wait());
    auto answer = answerOf(Outcome::kPending);
    answer.external_id = "MF-7";
    return answer;
  };
  dispatcher_ = dispatcherOf(*agency_, inbound_);
  dispatcher_->start();
  ASSERT_TRUE(script_->waitDelivered(1));
  ASSERT_TRUE(script_->waitCollected(1));
  EXPECT_EQ(push(about("MF-7", "i-1")).error().code, "exchange.busy");
  answered.open();
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (waiting() > 0 && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  dispatcher_->stop();
  EXPECT_EQ(appealNow(appeal_.id).state, "executed");
  EXPECT_EQ(script_->collected().size(), 1u) << "the breaker is open";
}

// What began to wait while the agency was asked for news is judged though nobody asks it any more.
TEST_F(WaitingPushTest, IsJudgedThoughCollectingIsSwitchedOff) {
  EXPECT_EQ(push(about("MF-7", "i-1")).error().code, "exchange.busy");
  ASSERT_EQ(waiting(), 1u);
  auto config = scriptedAgency("minfin", script_);
  config.collect_every_ms = 0;
  agency_ = openAgency(config);
  ASSERT_NE(agency_, nullptr);
  Gate answered;
  script_->on_deliver = [&](const otinish::Message&) {
    EXPECT_TRUE(answered.wait());
    auto answer = answerOf(Outcome::kPending);
    answer.external_id = "MF-7";
    return answer;
  };
  dispatcher_ = dispatcherOf(*agency_, inbound_);
  dispatcher_->start();
  ASSERT_TRUE(script_->waitDelivered(1));
  EXPECT_EQ(push(about("MF-7", "i-1")).error().code, "exchange.busy");
  answered.open();
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (waiting() > 0 && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  dispatcher_->stop();
  EXPECT_EQ(waiting(), 0u);
  EXPECT_EQ(appealNow(appeal_.id).state, "executed");
  EXPECT_TRUE(script_->collected().empty());
  auto again = push(about("MF-7", "i-1"));
  ASSERT_TRUE(again.ok()) << again.error().code;
  EXPECT_EQ(again->status, 200);
}

// What came first is judged first, also when it had to wait.
TEST_F(WaitingItemTest, KeepsItsPlaceBeforeWhatCameLater) {
  auto news = statusItem("i-1", appeal_, "registered");
  news.correlation_id.clear();
  news.external_id = "MF-7";
  give({news, about("MF-7", "i-2"), about("MF-7", "i-3")});
  dispatcher_->collectOnce();
  dispatcher_->collectOnce();
  EXPECT_EQ(waiting(), 2u);
  deliver("MF-7");
  dispatcher_->collectOnce();
  auto types = eventTypes(appeal_.id);
  ASSERT_GE(types.size(), 2u);
  EXPECT_EQ(types[types.size() - 2], "status_registered");
  EXPECT_EQ(types.back(), "decided");
}

}  // namespace
}  // namespace hub::exchange::testing
