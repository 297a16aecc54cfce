// Refusals of the procedure in the caller's language: no text carries a code that the law data have a name for.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "hub/rules/procedure.h"
#include "hub/rules/sub_orders.h"
#include "hub/web/refusal_names.h"

namespace hub::web {
namespace {

using nlohmann::json;

class RefusalTest : public testing::Test {
 protected:
  json told(const Status& refused, const std::string& language) const {
    Request request;
    request.language = language;
    return json::parse(refusal(refused, request, *law_).body);
  }
  static std::string folder() {
    const char* source = std::getenv("OTINISH_SOURCE_DIR");
    return std::string(source ? source : ".") + "/config/law";
  }
  const rules::ProcedureTable& table() const { return *law_->data().procedure; }

  std::shared_ptr<const rules::LawBook> law_ = *rules::LawBook::load(folder());
  Date day_ = *parseDate("2026-03-17");
};

// What the table itself says, whatever it is: in kk and ru no word of it is left in Latin letters but the names of acts.
TEST_F(RefusalTest, EveryRefusedActIsToldWithoutCodes) {
  int refused = 0;
  for (const auto& row : table().data().rows) {
    for (const auto& [state, label] : table().data().states) {
      rules::CaseState where;
      where.state = state;
      where.kind = "complaint";
      rules::ActionRequest request{};
      request.action = row.action;
      request.role = "executor";
      request.today = day_;
      const auto verdict = table().check(where, request);
      if (verdict.ok()) continue;
      for (const char* language : {"kk", "ru"}) {
        const auto body = told(verdict.status(), language);
        const std::string detail = body["detail"];
        EXPECT_EQ(detail.find('_'), std::string::npos) << detail;
        for (const auto& code : {row.action, state}) {
          EXPECT_EQ(detail.find("«" + code + "»"), std::string::npos) << detail;
        }
        EXPECT_EQ(body["refusal"]["action"], row.action);
        EXPECT_EQ(body["refusal"]["state"], state);
        EXPECT_TRUE(body["refusal"]["allowed"].is_array());
      }
      ++refused;
    }
  }
  EXPECT_GT(refused, 500);
}

TEST_F(RefusalTest, NamesAreThoseOfTheLawData) {
  rules::CaseState where;
  where.state = "routed";
  where.kind = "application";
  rules::ActionRequest request{};
  request.action = "terminate";
  request.role = "head";
  request.today = day_;
  const auto verdict = table().check(where, request);
  ASSERT_FALSE(verdict.ok());
  const auto ru = told(verdict.status(), "ru");
  const std::string detail = ru["detail"];
  EXPECT_EQ(detail.rfind("АППК ст. 70(1): «прекратить процедуру» в состоянии «направлено»: не "
                         "разрешено в этом состоянии, сначала подготовить прекращение "
                         "(исполнитель), согласовать прекращение (контролёр); сейчас разрешено: ",
                         0),
            0U)
      << detail;
  EXPECT_NE(detail.find("назначить исполнителя"), std::string::npos) << detail;
  EXPECT_EQ(ru["refusal"]["first"],
            json::parse(R"([{"action":"terminate_prepare","role":"executor"},
                            {"action":"terminate_agree","role":"controller"}])"));
  const auto& allowed = ru["refusal"]["allowed"];
  EXPECT_NE(std::find(allowed.begin(), allowed.end(), "assign"), allowed.end());
  const std::string en = told(verdict.status(), "en")["detail"];
  EXPECT_NE(en.find("'terminate' in the state 'routed'"), std::string::npos) << en;
  EXPECT_NE(en.find("it comes after prepare the termination (executor), agree the termination "
                    "(controller)"),
            std::string::npos)
      << en;
  request.action = "deem_refused";
  const std::string role = told(table().check(where, request).status(), "kk")["detail"];
  EXPECT_NE(role.find("хаб"), std::string::npos) << role;
}

// Whoever is to name an outcome reads what it may be in words; the codes to answer with stand beside them.
TEST_F(RefusalTest, OutcomesAreNamedToo) {
  int refused = 0;
  for (const auto& row : table().data().rows) {
    if (row.outcomes.size() < 2) continue;
    rules::CaseState where;
    where.state = row.from.front();
    where.kind = row.kinds.empty() ? "application" : row.kinds.front();
    if (!row.procedures.empty()) {
      const auto& groups = table().data().procedure_groups;
      const auto group = groups.find(row.procedures.front());
      where.procedure = group == groups.end() ? row.procedures.front() : group->second.front();
    }
    rules::ActionRequest request{};
    request.action = row.action;
    request.role = row.by.front();
    request.today = day_;
    const auto verdict = table().check(where, request);
    ASSERT_FALSE(verdict.ok());
    ASSERT_EQ(verdict.error().code, "rules.action_wrong_outcome") << verdict.error().text;
    for (const char* language : {"kk", "ru", "en"}) {
      const auto body = told(verdict.status(), language);
      EXPECT_EQ(body["refusal"]["outcomes"], json(row.outcomes));
      const std::string detail = body["detail"];
      for (const auto& code : row.outcomes) {
        const auto& name = table().data().outcome_names.at(code).in(language);
        EXPECT_NE(detail.find(name), std::string::npos) << detail;
        if (code.find('_') == code.npos) continue;
        EXPECT_EQ(detail.find(code), std::string::npos) << detail;
      }
    }
    ++refused;
  }
  EXPECT_GE(refused, 4);
  for (const auto& code : table().data().outcomes) {
    EXPECT_TRUE(table().data().outcome_names.contains(code)) << code;
  }
}

TEST_F(RefusalTest, SoAreThoseOfSubOrdersAndOfTheDesk) {
  const auto& rules = *table().data().sub_orders;
  const auto verdict =
      rules::checkSubOrderStep(rules, {"signed", "in_work"}, "check", "controller");
  ASSERT_FALSE(verdict.ok());
  const auto body = told(verdict.status(), "ru");
  const std::string detail = body["detail"];
  EXPECT_NE(detail.find("«проверить» в состоянии «подписано и направлено»"), std::string::npos)
      << detail;
  EXPECT_EQ(body["refusal"]["state"], "signed");
  const auto desk = told(
      Status::failure("exchange.not_routable",
                      "APPC article 65(1): only an appeal that waits for its competent body can be "
                      "directed; this one is in state in_work"),
      "ru");
  EXPECT_NE(std::string(desk["detail"]).find("в состоянии на рассмотрении"), std::string::npos);
  EXPECT_EQ(desk["refusal"]["state"], "in_work");
  const auto other = told(Status::failure("store.not_found", "no such appeal"), "ru");
  EXPECT_FALSE(other.contains("refusal"));
}

}  // namespace
}  // namespace hub::web
