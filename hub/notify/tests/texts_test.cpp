// The texts of config/sms.yaml, what is refused in such a file, numbers, quiet hours, tokens.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "hub/base/ids.h"
#include "hub/base/text.h"
#include "hub/exchange/event_texts.h"
#include "hub/notify/quiet_hours.h"
#include "hub/notify/recipient.h"
#include "hub/notify/report_token.h"
#include "hub/notify/sms_texts.h"

namespace hub::notify {
namespace {

bool known(std::string_view event) {
  return exchange::isEventType(event.substr(0, event.find('/')));
}

std::string ownFile() {
  const char* root = ::getenv("OTINISH_SOURCE_DIR");
  return std::string(root ? root : ".") + "/config/sms.yaml";
}

class TextsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("otinish-sms-" + toHex(randomBytes(6)));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  Result<SmsTexts> load(const std::string& text) {
    const auto file = folder_ / "sms.yaml";
    std::ofstream(file) << text;
    return SmsTexts::load(file.string(), known);
  }
  // "CODE line N" of every error.
  std::vector<std::string> errors(const std::string& text) {
    std::vector<std::string> found;
    const auto texts = load(text);
    if (texts.ok()) return found;
    for (const auto& error : texts.status().errors()) {
      found.push_back(error.code + " line " + std::to_string(error.line));
      EXPECT_NE(error.text.find("sms.yaml:" + std::to_string(error.line)), std::string::npos);
    }
    return found;
  }
  static std::string row(const std::string& change = {}, const std::string& by = {}) {
    std::string text =
        "texts:\n"
        "  - kind: registered\n"
        "    events: [registered]\n"
        "    kk: \"{number} тіркелді\"\n"
        "    ru: \"{number} зарегистрировано\"\n"
        "    en: \"{number} registered\"\n";
    if (!change.empty()) text.replace(text.find(change), change.size(), by);
    return text;
  }
  using Errors = std::vector<std::string>;
  std::filesystem::path folder_;
};

TEST_F(TextsTest, OurOwnAreRightAndTellTheLegalEvents) {
  const auto texts = SmsTexts::load(ownFile(), known);
  ASSERT_TRUE(texts.ok()) << texts.error().text;
  for (const char* key :
       {"registered", "routed", "status_extended", "acted/extension_sign", "term_moved",
        "term_lost", "acted/hearing_notify", "acted/notify_defects", "decided", "status_returned",
        "deemed_refused", "acted/withdraw", "decision_corrected"}) {
    EXPECT_FALSE(texts->of(key).empty()) << key;
  }
  for (const auto* text : texts->of("status_hearing_notified")) {
    EXPECT_EQ(text->due_of, "objection") << "no day, no text";
  }
  int days_told = 0;
  for (const auto& text : texts->all()) {
    if (text.due_of.empty()) continue;
    ++days_told;
    const auto moved = texts->of("clock_moved/" + text.due_of);
    ASSERT_EQ(moved.size(), 1U) << "he was told of " << text.due_of;
    EXPECT_EQ(moved.front()->due_of, text.due_of);
    EXPECT_TRUE(moved.front()->wants("{due}"));
  }
  EXPECT_GE(days_told, 4) << "objection and cure, each with its move";
  EXPECT_TRUE(texts->of("clock_moved").empty()) << "what nobody was told of moves in silence";
  const SmsValues values{"ЖТ-2026-01234567", "2026-04-10", {"Қаржы", "Минфин", "Ministry"}};
  const auto& registered = *texts->of("registered").front();
  EXPECT_EQ(fillSms(*texts->of("term_lost").front(), "ru", {"ЖТ-2026-01234567", "", {}}),
            "ЖТ-2026-01234567: календарь изменён, срок уточняется.");
  EXPECT_EQ(fillSms(registered, "kk", values),
            "ЖТ-2026-01234567 тіркелді. Мерзімі 10.04.2026 дейін.");
  EXPECT_EQ(fillSms(registered, "ru", values),
            "ЖТ-2026-01234567 зарегистрировано. Срок до 10.04.2026.");
  EXPECT_EQ(fillSms(registered, "en", values),
            "Appeal ZhT-2026-01234567 registered. Reply due by 10.04.2026.");
}

TEST_F(TextsTest, AValueThatIsNotKnownOrTooLongFallsToTheNextText) {
  const auto texts = SmsTexts::load(ownFile(), known);
  ASSERT_TRUE(texts.ok());
  const auto forwarded = texts->of("routed");
  ASSERT_EQ(forwarded.size(), 2U);
  SmsValues values{"ЖТ-2026-01234567", "", {"Қаржы министрлігі", "Минфин", "Ministry"}};
  EXPECT_EQ(fillSms(*forwarded[0], "kk", values),
            "ЖТ-2026-01234567 құзыретті органға жіберілді: Қаржы министрлігі.");
  values.body.ru = "Управление земельных отношений города";
  EXPECT_FALSE(fillSms(*forwarded[0], "ru", values).has_value());
  EXPECT_EQ(fillSms(*forwarded[1], "ru", values),
            "ЖТ-2026-01234567 передано в компетентный орган.");
  EXPECT_FALSE(fillSms(*texts->of("registered")[0], "ru", values).has_value());
  EXPECT_TRUE(fillSms(*texts->of("registered")[1], "ru", values).has_value());
}

TEST_F(TextsTest, TheReasonMakesADifferenceWhereTheFileSaysSo) {
  const auto texts = SmsTexts::load(ownFile(), known);
  ASSERT_TRUE(texts.ok());
  store::EventRow event;
  event.type = "decided";
  event.reason = "act_favourable";
  EXPECT_EQ(texts->keyOf(event), "decided");
  event.reason = "returned";
  EXPECT_EQ(texts->keyOf(event), "decided/returned");
  event.type = "acted";
  event.reason = "extension_sign";
  EXPECT_EQ(texts->keyOf(event), "acted/extension_sign");
  event.reason = "assign";
  EXPECT_EQ(texts->keyOf(event), "") << "the office's own business";
  event.type = "delivered";
  EXPECT_EQ(texts->keyOf(event), "");
}

TEST_F(TextsTest, MistakesAreRefusedWithTheirLine) {
  EXPECT_EQ(errors(row()), Errors());
  EXPECT_EQ(errors(row("kind:", "knid:")),
            (Errors{"rules.data_missing_key line 2", "rules.data_unknown_key line 2"}));
  EXPECT_EQ(errors(row("texts:", "extra: 1\ntexts:")), Errors{"rules.data_unknown_key line 1"});
  EXPECT_EQ(errors(row("[registered]", "[registred]")), Errors{"notify.bad_texts line 3"});
  EXPECT_EQ(errors(row("тіркелді", "тіркелді {date}")), Errors{"notify.bad_texts line 4"});
  EXPECT_EQ(errors(row("\"{number} зарегистрировано\"", "\"зарегистрировано\"")),
            Errors{"notify.bad_texts line 5"});
  EXPECT_EQ(errors(row("registered\"", "зарегистрировано\"")), Errors{"notify.bad_texts line 6"});
  EXPECT_EQ(errors(row("тіркелді", std::string(60, 'x') + "ә")), Errors{"notify.bad_texts line 4"});
  EXPECT_EQ(errors(row("registered\"", std::string(150, 'x') + "\"")),
            Errors{"notify.bad_texts line 6"});
  EXPECT_EQ(errors(row("registered\"", "{body}\"")), Errors{"notify.bad_texts line 2"})
      << "a name may be too long";
  EXPECT_EQ(errors("texts: [\n"), Errors{"notify.bad_texts line 2"});
  EXPECT_EQ(
      errors(row() + "  - {kind: other, events: [registered], kk: \"{number}\", ru: \"{number}\", "
                     "en: \"{number}\"}\n"),
      Errors{"notify.bad_texts line 7"});
  EXPECT_EQ(SmsTexts::load("/nowhere/sms.yaml", known).error().code, "base.file_unreadable");
}

TEST(Sms, OneIsSeventyCharactersOrAHundredAndSixtyOfSevenBits) {
  EXPECT_TRUE(fitsOneSms(std::string(160, 'a')));
  EXPECT_FALSE(fitsOneSms(std::string(161, 'a')));
  std::string kazakh;
  for (int i = 0; i < 70; ++i) kazakh += "ә";
  EXPECT_TRUE(fitsOneSms(kazakh));
  EXPECT_FALSE(fitsOneSms(kazakh + "ә"));
  EXPECT_FALSE(fitsOneSms("😀")) << "not in UCS-2";
  EXPECT_FALSE(isSevenBit("a{b"));
  EXPECT_EQ(languageOfSms("ru"), "ru");
  EXPECT_EQ(languageOfSms("en"), "en");
  EXPECT_EQ(languageOfSms("other"), "kk");
}

TEST(Recipient, IsAMobileNumberOfTheCountry) {
  for (const char* same : {"+77011234567", "+7 701 123-45-67", "8 (701) 123 45 67", "87011234567",
                           "7 701 123 45 67"}) {
    EXPECT_EQ(mobileNumber(same), "+77011234567") << same;
  }
  for (const char* none : {"+7 727 250 00 00", "+7 (7172) 74-00-00", "+7 495 123 45 67", "701 123",
                           "+1 701 123 4567", "+8 701 123 45 67", "", "+770112345678",
                           "777 123 45 67 (1)", "7771 234 567 8", "877 123 45 67 1"}) {
    EXPECT_FALSE(mobileNumber(none).has_value()) << none;
  }
}

TEST(Recipient, NeedsConfirmedContacts) {
  model::Appeal appeal;
  appeal.confidentiality = "applicant";
  appeal.contacts_confirmed = true;
  EXPECT_EQ(mobileOf(appeal).error().code, "notify.no_phone");
  appeal.applicant.resize(2);
  appeal.applicant[0].phone = {"+7 727 250 00 00"};
  appeal.applicant[1].phone = {"+7 777 111 22 33", "+7 701 123 45 67"};
  EXPECT_EQ(mobileOf(appeal).value(), "+77771112233");
  appeal.contacts_confirmed = false;
  EXPECT_EQ(mobileOf(appeal).error().code, "notify.contacts_not_confirmed");
  appeal.contacts_confirmed = true;
  appeal.confidentiality = "restricted";
  EXPECT_EQ(mobileOf(appeal).error().code, "notify.confidential");
  appeal.confidentiality = "public";
  appeal.applicant.pop_back();
  appeal.representative = model::Representative{};
  appeal.representative->party.phone = {"8 747 000 00 01"};
  EXPECT_EQ(mobileOf(appeal).value(), "+77470000001");
}

TEST(Quiet, AreTheHoursOfTheNightInKazakhstan) {
  const QuietHours usual;
  const auto at = [](const char* text) { return *parseInstant(text); };
  EXPECT_FALSE(isQuiet(usual, at("2026-03-17T20:59:59+05:00")));
  EXPECT_TRUE(isQuiet(usual, at("2026-03-17T21:00:00+05:00")));
  EXPECT_TRUE(isQuiet(usual, at("2026-03-18T07:59:59+05:00")));
  EXPECT_FALSE(isQuiet(usual, at("2026-03-18T08:00:00+05:00")));
  const QuietHours noon{12 * 60, 13 * 60};
  EXPECT_TRUE(isQuiet(noon, at("2026-03-17T12:30:00+05:00")));
  EXPECT_FALSE(isQuiet(noon, at("2026-03-17T13:00:00+05:00")));
  EXPECT_FALSE(isQuiet({60, 60}, at("2026-03-17T01:00:00+05:00")));
}

TEST(Token, IsOfOneNoticeAndOneSecret) {
  EXPECT_EQ(reportToken("secret", 7).size(), 64U);
  EXPECT_EQ(reportToken("secret", 7), reportToken("secret", 7));
  EXPECT_NE(reportToken("secret", 7), reportToken("secret", 8));
  EXPECT_NE(reportToken("secret", 7), reportToken("another", 7));
}

}  // namespace
}  // namespace hub::notify
