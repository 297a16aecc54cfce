// A complaint stops the execution of the act it is against, and an unsatisfied one lets it go on (APPC 96).
#include "hub/exchange/suspension.h"

#include "hub/exchange/tests/casework_world.h"

namespace hub::exchange::testing {
namespace {

class SuspensionTest : public CaseworkWorld {
 protected:
  store::AppealRow actOf(const std::string& id) {
    const auto appeal = accepted(id);
    atWork(appeal);
    decided(appeal, decision("act_favourable", "Налог пересчитан."));
    good(appeal, "deliver_decision", "registrar");
    return appeal;
  }
  store::AppealRow complaintOn(const store::AppealRow& earlier, const std::string& id) {
    auto complaint = complaintAbout("act", id);
    complaint.contested->official = kComplainedOf;
    model::Ref ref;
    ref.reg_number = earlier.reg_number;
    complaint.previous_appeal.push_back(ref);
    return taken(complaint);
  }
  ActionOrder cancelled() {
    auto order = decision("act_cancelled", "Акт отменён.");
    order.ground = "100(3)(1)";
    return order;
  }
  void leave(const store::AppealRow& complaint) {
    auto end = endFor("95(1)(1)", "leave_without_consideration");
    end.official = kHeadsName;
    endingAgreed(complaint, "leave");
    good(complaint, end);
  }
  std::vector<std::string> history(store::RowId appeal) {
    std::vector<std::string> types;
    for (const auto& event : eventsOf(appeal)) {
      if (event.type.rfind("execution_", 0) == 0) types.push_back(event.type);
    }
    return types;
  }
};

TEST_F(SuspensionTest, AComplaintStopsTheExecutionAndLeftItGoesOn) {
  const auto appeal = actOf("s-1");
  EXPECT_EQ(daysOf(appeal.id, "execute"), std::vector<std::string>{"2026-03-27 running"});
  on("2026-03-19T05:00:00Z");
  const auto complaint = complaintOn(appeal, "s-2");
  EXPECT_EQ(daysOf(appeal.id, "execute"), std::vector<std::string>{"2026-03-27 cancelled"});
  EXPECT_EQ(lastText(appeal.id), "The execution of the act is suspended by complaint " +
                                     complaint.reg_number + ". APPC art. 96");
  EXPECT_EQ(refused(appeal, order("execute", "executor")).code, "rules.action_not_allowed");
  on("2026-04-02T05:00:00Z");
  leave(complaint);
  EXPECT_EQ(daysOf(appeal.id, "execute"),
            (std::vector<std::string>{"2026-03-27 cancelled", "2026-04-09 running"}));
  const auto text = lastText(appeal.id);
  EXPECT_NE(text.find("Until 09.04.2026"), std::string::npos) << text;
  good(appeal, order("execute", "executor"));
  EXPECT_EQ(history(appeal.id),
            (std::vector<std::string>{"execution_suspended", "execution_resumed"}));
}

TEST_F(SuspensionTest, AnUnsatisfiedComplaintLetsItGoOnWithItsDelivery) {
  const auto appeal = actOf("s-3");
  const auto complaint = complaintOn(appeal, "s-4");
  atWork(complaint);
  auto no = decision("not_satisfied", "Нарушений нет.");
  no.waived = "applicant_asks";
  decided(complaint, no);
  EXPECT_EQ(clockOf(appeal.id, "execute").status, "cancelled")
      << "it takes effect with its delivery";
  good(complaint, "deliver_decision", "registrar");
  EXPECT_EQ(clockOf(appeal.id, "execute").status, "running");
}

TEST_F(SuspensionTest, ACancelledActIsNotExecuted) {
  const auto appeal = actOf("s-5");
  const auto complaint = complaintOn(appeal, "s-6");
  atWork(complaint);
  decided(complaint, cancelled());
  good(complaint, "deliver_decision", "registrar");
  EXPECT_EQ(clockOf(appeal.id, "execute").status, "cancelled");
  EXPECT_EQ(history(appeal.id),
            (std::vector<std::string>{"execution_suspended", "execution_over"}));
}

// What is not done is asked for: nothing stops it.
TEST_F(SuspensionTest, AComplaintOfInactionStopsNothing) {
  const auto appeal = actOf("s-20");
  auto complaint = complaintAbout("inaction", "s-21");
  model::Ref ref;
  ref.reg_number = appeal.reg_number;
  complaint.previous_appeal.push_back(ref);
  taken(complaint);
  EXPECT_EQ(clockOf(appeal.id, "execute").status, "running");
  EXPECT_TRUE(hasEvent(appeal.id, "complaint_filed"));
  good(appeal, order("execute", "executor"));
}

TEST_F(SuspensionTest, ATermThatIsOverStaysMissed) {
  const auto appeal = actOf("s-22");
  on("2026-04-10T05:00:00Z");
  complaintOn(appeal, "s-23");
  EXPECT_EQ(daysOf(appeal.id, "execute"), std::vector<std::string>{"2026-03-27 missed"});
}

// The one that changed the act counts, whichever ends last.
TEST_F(SuspensionTest, WhatOneComplaintCancelledNoOtherBringsBack) {
  const auto appeal = actOf("s-24");
  const auto one = complaintOn(appeal, "s-25"), other = complaintOn(appeal, "s-26");
  atWork(one);
  decided(one, cancelled());
  good(one, "deliver_decision", "registrar");
  leave(other);
  EXPECT_EQ(clockOf(appeal.id, "execute").status, "cancelled");
  EXPECT_EQ(history(appeal.id).back(), "execution_over");
}

TEST_F(SuspensionTest, OfTwoComplaintsTheLastLetsItGoOn) {
  const auto appeal = actOf("s-7");
  const auto one = complaintOn(appeal, "s-8"), other = complaintOn(appeal, "s-9");
  leave(one);
  EXPECT_EQ(clockOf(appeal.id, "execute").status, "cancelled");
  EXPECT_EQ(history(appeal.id).back(), "execution_still_stopped");
  leave(other);
  EXPECT_EQ(clockOf(appeal.id, "execute").status, "running");
}

TEST_F(SuspensionTest, WhatWasExecutedIsNotStopped) {
  const auto appeal = actOf("s-10");
  good(appeal, order("execute", "executor"));
  const auto complaint = complaintOn(appeal, "s-11");
  leave(complaint);
  EXPECT_EQ(daysOf(appeal.id, "execute"), std::vector<std::string>{"2026-03-27 met"});
  EXPECT_TRUE(history(appeal.id).empty());
}

}  // namespace
}  // namespace hub::exchange::testing
