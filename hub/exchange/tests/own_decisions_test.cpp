// What a decision made here says of itself: language, where to complain, ground and character, who made it.
#include "hub/exchange/own_decisions.h"

#include <filesystem>
#include <fstream>
#include <regex>

#include "hub/base/text.h"
#include "hub/exchange/inbound.h"
#include "hub/exchange/tests/casework_world.h"

namespace hub::exchange::testing {
namespace {

class OwnDecisionsTest : public CaseworkWorld {
 protected:
  // The hub goes on by our law with `file` changed so.
  void changeLaw(const std::string& file, const std::string& what, const std::string& by) {
    const auto folder = folder_.file("law");
    std::filesystem::copy(sourceFile("config/law"), folder,
                          std::filesystem::copy_options::recursive |
                              std::filesystem::copy_options::overwrite_existing);
    std::ifstream in(folder + "/" + file);
    const std::string text((std::istreambuf_iterator<char>(in)), {});
    const auto changed = std::regex_replace(text, std::regex(what), by);
    ASSERT_NE(changed, text);
    std::ofstream(folder + "/" + file) << changed;
    auto book = rules::LawBook::load(folder);
    ASSERT_TRUE(book.ok()) << book.error().text;
    law_ = std::make_unique<rules::CurrentLaw>(*book);
    work_ = std::make_unique<Casework>(
        *store_, *law_, limits_, clock_,
        Casework::Options{"hub", model::IdentityCheck::kStrict,
                          [this](const std::string& alias) { return connected_.count(alias) > 0; },
                          [](const std::string&) { return Result<std::string>("c2lnbmVk"); }});
  }
  void nobodyStandsAbove() { changeLaw("bodies.yaml", " *higher_body: .*\n", "\n"); }
  store::AppealRow signedAct(const std::string& id, const ActionOrder& sign) {
    const auto appeal = accepted(id);
    atWork(appeal);
    decided(appeal, sign);
    return appeal;
  }
  store::AppealRow signedAct(const std::string& id) {
    return signedAct(id, decision("act_favourable", "Налог пересчитан."));
  }

  std::unique_ptr<rules::CurrentLaw> law_;
};

// APPC 89(2): the state language, or that of the appeal.
TEST_F(OwnDecisionsTest, TheLanguageIsOneThatTheLawAllows) {
  const auto ended = [&](const std::string& language) {
    auto appeal = taxAppeal("l-" + language);
    appeal.language = language;
    const auto row = taken(appeal);
    endingAgreed(row);
    good(row, endFor("70(1)(4)"));
    return newest<model::Decision>(row.id);
  };
  for (const char* language : {"kk", "en", "other"}) {
    const auto decision = ended(language);
    EXPECT_EQ(decision.language, "kk") << language;
    EXPECT_EQ(
        decision.text,
        "рәсімді тоқтату (ӘРПК 70(1)). Құқықтық негізі: ӘРПК 70(1)(4), өтініш беруші өтінішін кері "
        "қайтарып алды. Вопрос решён");
    EXPECT_EQ(decision.body.name, "Қаржы министрлігі");
    EXPECT_EQ(decision.signer.org_name, "Қаржы министрлігі");
    EXPECT_EQ(decision.appeal_route->higher_body->name, "Қазақстан Республикасының Үкіметі");
  }
  const auto russian = ended("ru");
  EXPECT_EQ(russian.language, "ru");
  EXPECT_EQ(
      russian.text,
      "прекратить процедуру (АППК ст. 70(1)). Правовое основание: АППК ст. 70(1)(4), заявитель "
      "отозвал обращение. Вопрос решён");
  EXPECT_EQ(russian.body.name, "Министерство финансов");
}

// APPC 80(5), 92(1): the body above, and the term of the law.
TEST_F(OwnDecisionsTest, ItSaysWhereToComplainAndHowLong) {
  const auto appeal = signedAct("r-1");
  auto route = newest<model::Decision>(appeal.id).appeal_route;
  ASSERT_TRUE(route.has_value());
  EXPECT_EQ(route->higher_body->bin, "990140000017");
  EXPECT_EQ(route->term_months, 3);
  EXPECT_FALSE(route->term_days.has_value());
  changeLaw("rules/appc-2025-12-29.yaml", "(id: A27, .*) length: 3,", "$1 length: 4,");
  const auto longer = signedAct("r-2");
  EXPECT_EQ(newest<model::Decision>(longer.id).appeal_route->term_months, 4) << "by the rule";
  good(longer, "deliver_decision", "registrar");
  EXPECT_EQ(clockOf(longer.id, "complaint_window").due_date, "2026-07-17");
}

// APPC 92(1-1): half a year for an act that does not say where.
TEST_F(OwnDecisionsTest, AnActThatDoesNotSayWhereGivesHalfAYear) {
  const auto before = signedAct("r-3");
  nobodyStandsAbove();
  const auto appeal = signedAct("r-4");
  EXPECT_FALSE(newest<model::Decision>(appeal.id).appeal_route.has_value());
  good(appeal, "deliver_decision", "registrar");
  EXPECT_EQ(clockOf(appeal.id, "complaint_window_long").due_date, "2026-09-17");
  EXPECT_EQ(clockOf(appeal.id, "complaint_window_long").rule_id, "A28");
  EXPECT_FALSE(hasClock(appeal.id, "complaint_window"));
  good(before, "deliver_decision", "registrar");
  EXPECT_TRUE(hasClock(before.id, "complaint_window")) << "that one was signed with a route";
}

TEST_F(OwnDecisionsTest, APresumedRefusalWithoutARouteIsReplacedByTheLateAct) {
  nobodyStandsAbove();
  const auto here = accepted("r-5"), there = accepted("r-6");
  atWork(here);
  on("2026-04-11T05:00:00Z");
  ASSERT_EQ(*work_->deemRefusals(), 2);
  EXPECT_EQ(daysOf(here.id, "complaint_window_long"),
            std::vector<std::string>{"2026-10-12 running"});
  const auto refusal = newest<model::Decision>(here.id);
  EXPECT_FALSE(refusal.appeal_route.has_value());
  EXPECT_EQ(refusal.official, "") << "nobody decided";
  on("2026-04-20T05:00:00Z");
  decided(here, decision("act_favourable", "Налог пересчитан."));
  good(here, "deliver_decision", "registrar");
  EXPECT_EQ(daysOf(here.id, "complaint_window_long"),
            (std::vector<std::string>{"2026-10-12 cancelled", "2026-10-20 running"}));
  // The same by a body's own system.
  Inbound inbound(limits_, model::IdentityCheck::kStrict, nullptr, law_.get());
  auto items = inbound.prepare({decisionItem("late-1", there.hub_id)});
  int put_off = 0;
  ASSERT_TRUE(store_
                  ->write([&](store::Tx& tx) {
                    return inbound.applyItems(tx, {"minfin", "cms", false, {}, {}, {}}, items,
                                              clock_.now(), &put_off);
                  })
                  .ok());
  EXPECT_EQ(daysOf(there.id, "complaint_window_long"),
            (std::vector<std::string>{"2026-10-12 cancelled", "2026-10-20 running"}));
}

TEST_F(OwnDecisionsTest, AnAnswerHasACharacterAndAnActHasNone) {
  const auto message = ofKind("message", "g-1");
  atWork(message);
  decisionAgreed(message);
  auto answer = decision("answered", "Фонарь заменён, второй заменят.");
  answer.ground = " 89 ";
  answer.character = "half";
  EXPECT_EQ(refused(message, answer).code, "exchange.bad_input");
  EXPECT_EQ(refused(message, answer).field, "/character");
  auto noted = decision("noted", "Принято к сведению.");
  noted.character = "explained";
  EXPECT_EQ(refused(message, noted).field, "/character") << "nothing was answered";
  answer.character = "partly";
  good(message, answer);
  const auto made = newest<model::Decision>(message.id);
  EXPECT_EQ(made.ground, std::vector<std::string>{"89"});
  EXPECT_EQ(made.answer_character, "partly");
  EXPECT_EQ(appealNow(message.id).decision_character, "partly");
  // A correction keeps what it does not change.
  good(message, "deliver_decision", "registrar");
  auto correct = order("correct", kHead);
  correct.official = kHeadsName;
  correct.text = "Фонари заменены.";
  correct.character = "satisfied";
  good(message, correct);
  const auto corrected = newest<model::Decision>(message.id);
  EXPECT_EQ(corrected.ground, std::vector<std::string>{"89"});
  EXPECT_EQ(corrected.answer_character, "satisfied");
  EXPECT_EQ(appealNow(message.id).decision_character, "satisfied");
  auto act = decision("act_favourable", "Налог пересчитан.");
  act.character = "satisfied";
  const auto application = accepted("g-2");
  atWork(application);
  decisionAgreed(application);
  EXPECT_EQ(refused(application, act).field, "/character");
}

TEST_F(OwnDecisionsTest, ACaseEndsWithoutADecisionForAGroundOfTheArticle) {
  const auto appeal = accepted("g-3");
  endingAgreed(appeal);
  EXPECT_EQ(refused(appeal, order("terminate", kHead, "Вопрос решён")).field, "/ground");
  for (const std::string& bad : {std::string(61, 'x'), std::string("70\n1"), std::string("  "),
                                 std::string("70"), std::string("88(1)(1)")}) {
    EXPECT_EQ(refused(appeal, endFor(bad)).code,
              trim(bad).empty() ? "exchange.bad_input" : "rules.action_wrong_ground")
        << bad;
    EXPECT_EQ(refused(appeal, endFor(bad)).field, "/ground");
  }
  auto end = endFor(" 70(1)(2) ");
  end.reason.clear();
  good(appeal, end);
  EXPECT_EQ(newest<model::Decision>(appeal.id).ground, std::vector<std::string>{"70(1)(2)"});
  EXPECT_FALSE(newest<model::Decision>(appeal.id).answer_character.has_value());
  // What may be done tells the grounds, and the history the one that was named.
  const auto message = ofKind("message", "g-4");
  endingAgreed(message);
  const auto choices = work_->choices(message, kHead);
  ASSERT_TRUE(choices.ok());
  const auto& ending = *std::find_if(choices->actions.begin(), choices->actions.end(),
                                     [](const auto& one) { return one.action == "terminate"; });
  ASSERT_EQ(ending.grounds.size(), 4U);
  EXPECT_EQ(ending.grounds.front().ground, "88(1)(1)");
  EXPECT_EQ(ending.grounds.front().label.ru, "повторное обращение без новых доводов");
  EXPECT_EQ(ending.needs, std::vector<std::string>{"ground"});
  good(message, endFor("88(1)(1)"));
  EXPECT_NE(lastText(message.id).find("APPC art. 88(1)(1), a repeat without anything new"),
            std::string::npos)
      << lastText(message.id);
  // A withdrawal has one.
  const auto request = ofKind("request", "g-5");
  good(request, order("withdraw", "applicant"));
  endingAgreed(request, "withdrawal");
  good(request, order("withdrawal_accept", kHead));
  EXPECT_EQ(newest<model::Decision>(request.id).ground, std::vector<std::string>{"88(1)(4)"});
  EXPECT_EQ(newest<model::Decision>(request.id).legal_refs, std::vector<std::string>{"APPC 88(1)"});
  // What makes no decision has none.
  auto start = giveTo("mf-01");
  start.ground = "70";
  EXPECT_EQ(refused(accepted("g-6"), start).field, "/ground");
}

// APPC 100(3): an act is cancelled for one of three grounds; other outcomes of the same action have none.
TEST_F(OwnDecisionsTest, AnActIsCancelledForAGroundOfTheArticle) {
  const auto complaint = ofKind("complaint", "g-7");
  atWork(complaint);
  decisionAgreed(complaint);
  const auto choices = work_->choices(complaint, kHead);
  ASSERT_TRUE(choices.ok());
  const auto& signing =
      *std::find_if(choices->actions.begin(), choices->actions.end(),
                    [](const auto& one) { return one.action == "decision_sign"; });
  ASSERT_EQ(signing.grounds.size(), 3U);
  EXPECT_EQ(signing.grounds[1].ground, "100(3)(2)");
  EXPECT_EQ(signing.grounds[1].label.ru, "выводы не соответствуют материалам дела");
  EXPECT_EQ(signing.grounds[1].outcomes,
            (std::vector<std::string>{"act_cancelled", "act_cancelled_new"}));
  auto act = decision("act_cancelled", "Акт отменён.");
  EXPECT_EQ(refused(complaint, act).code, "exchange.input_needed");
  EXPECT_EQ(refused(complaint, act).field, "/ground");
  EXPECT_EQ(refused(complaint, act).text, "the ground is one of: 100(3)(1), 100(3)(2), 100(3)(3)");
  act.ground = "95(1)(1)";
  EXPECT_EQ(refused(complaint, act).code, "rules.action_wrong_ground");
  act.ground = "100(3)(3)";
  good(complaint, act);
  EXPECT_EQ(newest<model::Decision>(complaint.id).ground, std::vector<std::string>{"100(3)(3)"});
  EXPECT_NE(lastText(complaint.id).find("APPC art. 100(3)(3), the law was applied wrongly"),
            std::string::npos)
      << lastText(complaint.id);
  // A correction does not step round the list.
  good(complaint, "deliver_decision", "registrar");
  auto correct = order("correct", kHead);
  correct.official = kHeadsName;
  correct.text = "Акт отменён полностью.";
  correct.ground = "70(1)(1)";
  EXPECT_EQ(refused(complaint, correct).code, "exchange.bad_input");
  EXPECT_EQ(refused(complaint, correct).field, "/ground");
  correct.ground = "100(3)(1)";
  // Nor does the official complained of put words of his into it, 97(2).
  auto by_him = correct;
  by_him.official = kComplainedOf;
  EXPECT_EQ(refused(complaint, by_him).code, "rules.action_wrong_official");
  const auto basis = newest<model::Decision>(complaint.id).legal_refs;
  good(complaint, correct);
  EXPECT_EQ(newest<model::Decision>(complaint.id).ground, std::vector<std::string>{"100(3)(1)"});
  EXPECT_EQ(newest<model::Decision>(complaint.id).legal_refs, basis)
      << "82(3) mends words, and is no basis of the act";
}

// A role is nobody's name.
TEST_F(OwnDecisionsTest, WhoMadeItIsAPersonOrNotThere) {
  const auto nameless = accepted("o-1"), named = accepted("o-2");
  auto end = endFor("70(1)(1)");
  endingAgreed(nameless);
  endingAgreed(named);
  good(nameless, end);
  EXPECT_EQ(newest<model::Decision>(nameless.id).official, "");
  const auto body = store_->messages(nameless.id, true)->back().body;
  EXPECT_TRUE(schema().validateAndDecode(body, limits_).ok()) << body;
  end.official = kHeadsName;
  good(named, end);
  EXPECT_EQ(newest<model::Decision>(named.id).official, kHeadsName);
}

}  // namespace
}  // namespace hub::exchange::testing
