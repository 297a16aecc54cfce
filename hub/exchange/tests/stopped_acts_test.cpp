// Which acts complaints keep from being executed, and what a person must do about them (APPC 96).
#include "hub/exchange/stopped_acts.h"

#include "hub/exchange/tests/casework_world.h"

namespace hub::exchange::testing {
namespace {

class StoppedActsTest : public CaseworkWorld {
 protected:
  store::AppealRow actOf(const std::string& id) {
    const auto appeal = accepted(id);
    atWork(appeal);
    decided(appeal, decision("act_favourable", "Налог пересчитан."));
    good(appeal, "deliver_decision", "registrar");
    return appealNow(appeal.id);
  }
  store::AppealRow complaintOn(const store::AppealRow& earlier, const std::string& id) {
    auto complaint = complaintAbout("act", id);
    complaint.contested->official = kComplainedOf;
    complaint.contested->body = model::BodyRef{kAkimatBin, std::nullopt, {}};
    model::Ref ref;
    ref.reg_number = earlier.reg_number;
    complaint.previous_appeal.push_back(ref);
    return taken(complaint);
  }
  std::vector<StoppedAct> stopped(
      const std::function<bool(const store::AppealRow&)>& takes = nullptr) {
    const auto law = currentLaw().get();
    const auto today = toLocal(clock_.now(), law->data().default_zone)->date;
    auto rows = stoppedActs(*store_, *law, today, takes);
    EXPECT_TRUE(rows.ok()) << rows.error().text;
    return rows.ok() ? std::move(*rows) : std::vector<StoppedAct>();
  }
  void outside(const store::AppealRow& appeal) { good(appeal, order("complain", "registrar")); }
};

TEST_F(StoppedActsTest, EachComplaintIsARowWithItsOwnLastDay) {
  const auto appeal = actOf("a-1");
  EXPECT_TRUE(stopped().empty());
  on("2026-03-19T05:00:00Z");
  const auto complaint = complaintOn(appeal, "a-2");
  auto rows = stopped();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].appeal.reg_number, appeal.reg_number);
  EXPECT_EQ(rows[0].complaint, complaint.reg_number);
  EXPECT_EQ(rows[0].complaint_hub_id, complaint.hub_id);
  EXPECT_EQ(rows[0].complaint_state, "routed");
  EXPECT_EQ(formatInstant(rows[0].since), "2026-03-19T05:00:00Z");
  ASSERT_TRUE(rows[0].due);
  EXPECT_EQ(formatDate(*rows[0].due), clockOf(complaint.id, "consider").due_date);
  EXPECT_FALSE(rows[0].due_reckoned);
  EXPECT_EQ(rows[0].problem, "");
  EXPECT_TRUE(whatToDo(rows[0]).en.empty());
  on("2026-06-01T05:00:00Z");
  rows = stopped();
  EXPECT_EQ(rows.at(0).problem, "complaint_overdue");
  EXPECT_TRUE(rows.at(0).needsPerson());
  EXPECT_TRUE(stopped([](const auto& row) { return row.executor == "nobody"; }).empty());
  EXPECT_EQ(stopped([](const auto& row) { return row.executor == "mf-01"; }).size(), 1U);
}

// Which calendar is to be added, by its year: of a complaint in the hub and of one that is not.
TEST_F(StoppedActsTest, ADayThatNobodyKnowsNamesTheYearWithoutACalendar) {
  const auto here = actOf("a-20"), elsewhere = actOf("a-21");
  on("2027-12-28T05:00:00Z");
  complaintOn(here, "a-22");
  outside(elsewhere);
  const auto rows = stopped();
  ASSERT_EQ(rows.size(), 2U);
  for (const auto& row : rows) {
    EXPECT_EQ(row.problem, "term_unknown") << row.complaint;
    EXPECT_EQ(row.missing_year, 2028) << row.complaint;
    const auto advice = whatToDo(row);
    for (const auto& text : {advice.kk, advice.ru, advice.en}) {
      EXPECT_NE(text.find("2028"), std::string::npos) << text;
    }
  }
  auto old = rows[0];
  old.missing_year.reset();
  EXPECT_EQ(whatToDo(old).en.find("{}"), std::string::npos);
}

// It went back for a new procedure: nobody but a person knows what becomes of the act.
TEST_F(StoppedActsTest, AComplaintThatIsOverAndLeftTheActStoppedNeedsAPerson) {
  const auto appeal = actOf("a-3");
  const auto complaint = complaintOn(appeal, "a-4");
  atWork(complaint);
  decided(complaint, decision("sent_back", "Дело возвращено."));
  auto rows = stopped();
  EXPECT_EQ(rows.at(0).problem, "") << "not delivered yet";
  EXPECT_FALSE(rows.at(0).due) << "its term is over with the signature";
  good(complaint, "deliver_decision", "registrar");
  rows = stopped();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].problem, "complaint_over");
  EXPECT_EQ(rows[0].complaint_state, "executed");
  const auto advice = whatToDo(rows[0]);
  EXPECT_NE(advice.en.find("complaint_failed if it stands"), std::string::npos);
  EXPECT_NE(advice.kk.find("complaint_upheld"), std::string::npos);
  const auto count = countActs(rows);
  EXPECT_EQ(count.acts, 1U);
  EXPECT_EQ(count.need_person, 1U);
  good(appeal, order("complaint_failed", "head", "Акт оставлен в силе"));
  EXPECT_TRUE(stopped().empty());
}

// A person linked it; its document names no case, so that its end says nothing to the case either.
TEST_F(StoppedActsTest, AComplaintThatAPersonLinkedIsNotForgottenWhenItEnds) {
  const auto appeal = actOf("a-5");
  const auto complaint = ofKind("complaint", "a-6");
  auto link = order("complain", "registrar");
  link.of = complaint.reg_number;
  good(appeal, link);
  EXPECT_EQ(stopped().at(0).problem, "");
  auto end = endFor("95(1)(1)", "leave_without_consideration");
  end.official = kHeadsName;
  endingAgreed(complaint, "leave");
  good(complaint, end);
  EXPECT_EQ(stopped().at(0).problem, "complaint_over");
}

// Of a complaint outside the hub nobody tells the end by himself: when the term of one is over, somebody asks.
TEST_F(StoppedActsTest, OneOutsideTheHubIsAskedAboutWhenItsTermIsOver) {
  const auto appeal = actOf("a-7");
  outside(appeal);
  auto rows = stopped();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].complaint, "outside");
  EXPECT_EQ(rows[0].complaint_state, "");
  ASSERT_TRUE(rows[0].due);
  EXPECT_TRUE(rows[0].due_reckoned);
  EXPECT_EQ(rows[0].problem, "");
  on(formatDate(*rows[0].due) + "T05:00:00Z");
  EXPECT_EQ(stopped().at(0).problem, "") << "the last day is in time";
  on("2026-06-01T05:00:00Z");
  EXPECT_EQ(stopped().at(0).problem, "outside_overdue");
}

// One complaint noted outside and then registered: both are shown, and what a person can do.
TEST_F(StoppedActsTest, TwoThatMayBeOneAreToldSo) {
  const auto appeal = actOf("a-8");
  outside(appeal);
  const auto complaint = complaintOn(appeal, "a-9");
  auto rows = stopped();
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(countActs(rows).acts, 1U);
  const auto& noted = rows[0].complaint == "outside" ? rows[0] : rows[1];
  EXPECT_EQ(noted.problem, "maybe_same");
  EXPECT_FALSE(noted.needsPerson());
  EXPECT_EQ(noted.beside, complaint.reg_number);
  EXPECT_EQ(whatToDo(noted).ru, "Если это жалоба " + complaint.reg_number +
                                    ", отметьте complaint_joined: она будет учтена один раз");
  // The registered one changed nothing: only the other keeps the act stopped.
  auto end = endFor("95(1)(1)", "leave_without_consideration");
  end.official = kHeadsName;
  endingAgreed(complaint, "leave");
  good(complaint, end);
  rows = stopped();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].problem, "maybe_over");
  EXPECT_EQ(rows[0].beside, complaint.reg_number);
  EXPECT_TRUE(rows[0].needsPerson());
  good(appeal, order("complaint_failed", "registrar", "Та же жалоба"));
  EXPECT_TRUE(stopped().empty());
}

TEST_F(StoppedActsTest, WhatNeedsAPersonComesFirst) {
  const auto fine = actOf("a-10");
  complaintOn(fine, "a-11");
  on("2026-03-19T05:00:00Z");
  const auto wrong = actOf("a-12");
  const auto complaint = complaintOn(wrong, "a-13");
  atWork(complaint);
  decided(complaint, decision("sent_back", "Дело возвращено."));
  good(complaint, "deliver_decision", "registrar");
  const auto rows = stopped();
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].appeal.id, wrong.id);
  const auto csv = stoppedCsv(rows, "Asia/Almaty", "ru");
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 3) << csv;
  EXPECT_NE(csv.find(",complaint_over,yes,\"Выясните, что стало с актом, и отметьте"),
            std::string::npos)
      << csv;
}

}  // namespace
}  // namespace hub::exchange::testing
