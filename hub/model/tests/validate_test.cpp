#include "hub/model/validate.h"

#include <gtest/gtest.h>

#include <set>

#include "hub/base/error_catalogue.h"
#include "hub/base/log.h"
#include "hub/model/codes.h"
#include "hub/model/field.h"

namespace hub::model {
namespace {

const Limits kLimits;
const Instant kNow = *parseInstant("2026-04-01T00:00:00Z");
const Date kToday{std::chrono::year(2026), std::chrono::month(4), std::chrono::day(1)};

std::string codeOf(const Status& status) { return status.ok() ? "" : status.error().code; }
std::string iin(std::string_view v) { return codeOf(checkIin(v, IdentityCheck::kStrict, kToday)); }
std::string bin(std::string_view v) { return codeOf(checkBin(v, IdentityCheck::kStrict)); }

TEST(CheckIin, FollowsTheTable) {
  for (const char* good :
       {"850101100012", "850101100022", "860228200011", "850101100304", "860228200216"})
    EXPECT_EQ(iin(good), "") << good;
  for (char last = '0'; last <= '9'; ++last)
    EXPECT_EQ(iin(std::string("85010110033") + last), "model.iin_check_digit");
  EXPECT_EQ(iin("850101100013"), "model.iin_check_digit");
  EXPECT_EQ(iin("850230100014"), "model.iin_date");
  EXPECT_EQ(iin("991231500016"), "model.iin_date");
  EXPECT_EQ(iin("123456789011"), "model.iin_check_digit");
  EXPECT_EQ(iin("85010110001"), "model.iin_malformed");
  EXPECT_EQ(iin("8501 0110001"), "model.iin_malformed");
  EXPECT_EQ(iin("ЖЖЖЖЖЖ"), "model.iin_malformed");
  EXPECT_EQ(iin(""), "model.iin_malformed");
}

TEST(CheckIin, LenientLooksAtTheShapeOnly) {
  EXPECT_TRUE(checkIin("123456789011", IdentityCheck::kLenient, kToday).ok());
  EXPECT_EQ(codeOf(checkIin("12345678901", IdentityCheck::kLenient, kToday)),
            "model.iin_malformed");
  EXPECT_TRUE(checkBin("990140999906", IdentityCheck::kLenient).ok());
  EXPECT_EQ(codeOf(checkBin("99014099990", IdentityCheck::kLenient)), "model.bin_malformed");
}

TEST(CheckBin, FollowsTheTable) {
  for (const char* good : {"940140000385", "990141999900", "990142999906", "990150999910",
                           "990160999904", "990140900507"})
    EXPECT_EQ(bin(good), "") << good;
  EXPECT_EQ(bin("990140999906"), "model.bin_check_digit");
  EXPECT_EQ(bin("990170999900"), "model.bin_malformed");
  EXPECT_EQ(bin("99014099990"), "model.bin_malformed");
  EXPECT_EQ(bin("9901 4099990"), "model.bin_malformed");
  EXPECT_EQ(bin("991340999900"), "model.bin_date");
  EXPECT_EQ(bin("850101100012"), "model.bin_malformed");  // an IIN is no BIN
}

Party applicant() {
  Party p;
  p.type = "person";
  p.iin = "850101100012";
  p.postal_address = "Астана";
  p.actual_address = "Астана";
  p.phone = {"+77000000000"};
  return p;
}

Message submitted() {
  Message m;
  m.envelope.type = "appeal/1";
  Appeal a;
  a.source_id = "1";
  a.kind = "application";
  a.form = "electronic";
  a.channel = "portal";
  a.character = "individual";
  a.language = "kk";
  a.applicant = {applicant()};
  a.addressee_body.bin = "940140000385";
  a.subject_text = "Мәтін";
  a.confidentiality = "applicant";
  a.answer_channel = {"cabinet"};
  m.payload = a;
  return m;
}

using Found = std::set<std::pair<std::string, std::string>>;
Found errorsOf(const Message& message, Profile profile = Profile::kSubmitted,
               IdentityCheck identity = IdentityCheck::kStrict) {
  Found found;
  for (const Error& e : validate(message, {profile, identity, kNow}, kLimits)) {
    EXPECT_NE(findError(e.code), nullptr) << e.code << " is not in the catalogue";
    found.insert({e.code, e.field});
  }
  return found;
}

template <class Change>
Found changed(Change change) {
  Message m = submitted();
  change(std::get<Appeal>(m.payload));
  return errorsOf(m);
}

TEST(Validate, AcceptsASubmittedAppealThatTheHubCompletesLater) {
  EXPECT_EQ(errorsOf(submitted()), Found{});
  const Found canonical = errorsOf(submitted(), Profile::kCanonical);
  for (const char* field :
       {"/appeal/hub_id", "/appeal/state", "/appeal/clocks", "/appeal/received_at",
        "/appeal/procedure", "/appeal/schema_version", "/envelope/message_id"})
    EXPECT_TRUE(canonical.count({"model.required", field})) << field;
}

TEST(Validate, ReportsEveryViolationAtOnce) {
  const Found found = changed([](Appeal& a) {
    a.kind = "";
    a.language = "fr";
    a.applicant[0].iin = "850101100013";
    a.answer_channel.clear();
  });
  EXPECT_EQ(found, (Found{{"model.required", "/appeal/kind"},
                          {"model.unknown_code", "/appeal/language"},
                          {"model.iin_check_digit", "/appeal/applicant/0/iin"},
                          {"model.required", "/appeal/answer_channel"}}));
}

TEST(Validate, IdentityCheckCanBeLenient) {
  Message m = submitted();
  std::get<Appeal>(m.payload).applicant[0].iin = "123456789011";
  EXPECT_EQ(errorsOf(m), (Found{{"model.iin_check_digit", "/appeal/applicant/0/iin"}}));
  EXPECT_EQ(errorsOf(m, Profile::kSubmitted, IdentityCheck::kLenient), Found{});
}

TEST(Validate, LimitsCountCharactersNotBytes) {
  std::string text;
  for (std::size_t i = 0; i < kLimits.text_chars_max; ++i) text += "ә";
  EXPECT_EQ(changed([&](Appeal& a) { a.subject_text = text; }), Found{});
  EXPECT_EQ(changed([&](Appeal& a) { a.subject_text = text + "ә"; }),
            (Found{{"model.too_long", "/appeal/subject_text"}}));
  EXPECT_EQ(changed([](Appeal& a) {
              a.external_ids.assign(kLimits.list_items_max + 1, {"s", "1", {}, {}});
            }),
            (Found{{"model.too_many", "/appeal/external_ids"}}));
  EXPECT_EQ(changed([](Appeal& a) { a.subject_text = "a\x01"; }),
            (Found{{"model.bad_character", "/appeal/subject_text"}}));
}

TEST(Validate, TimesMayRunTenMinutesAhead) {
  EXPECT_EQ(changed([](Appeal& a) { a.received_at = "2026-04-01T00:10:00Z"; }), Found{});
  EXPECT_EQ(changed([](Appeal& a) { a.received_at = "2026-04-01T00:10:01Z"; }),
            (Found{{"model.future_date", "/appeal/received_at"}}));
}

// Born today where it is the third hour of the day, while UTC's day is the one before (UTC+5).
TEST(Validate, AChildBornTodayHasItsIin) {
  Message m = submitted();
  auto& child = std::get<Appeal>(m.payload).applicant[0];
  const auto at = [&](const char* now) {
    return validate(m, {Profile::kSubmitted, IdentityCheck::kStrict, parseInstant(now).value()},
                    kLimits);
  };
  std::get<Appeal>(m.payload).received_at = "2026-03-30T20:00:00Z";
  child.iin = "260401600011";
  child.birth_date = "2026-04-01";
  EXPECT_TRUE(at("2026-03-31T21:30:00Z").empty());
  child.birth_date.reset();
  EXPECT_FALSE(at("2026-03-31T15:00:00Z").empty()) << "it is tomorrow there, too";
}

TEST(Validate, AComplaintNeedsWhatItContestsAndWhereTheApplicantLives) {
  const Found found = changed([](Appeal& a) {
    a.kind = "complaint";
    a.applicant[0].actual_address.reset();
  });
  EXPECT_EQ(found, (Found{{"model.required", "/appeal/contested"},
                          {"model.required", "/appeal/applicant/0/actual_address"}}));
}

TEST(Validate, CountsApplicants) {
  EXPECT_EQ(changed([](Appeal& a) { a.character = "collective"; }),
            (Found{{"model.applicants_count", "/appeal/applicants_count"}}));
  EXPECT_EQ(changed([](Appeal& a) { a.applicants_count = 2; }),
            (Found{{"model.applicants_count", "/appeal/applicants_count"}}));
  EXPECT_EQ(changed([](Appeal& a) {
              a.character = "collective";
              a.applicants_count = 2;
            }),
            Found{});
  const auto named = [](std::size_t applicants, const char* character, std::int64_t count) {
    return changed([&](Appeal& a) {
      a.applicant.resize(applicants, a.applicant[0]);
      a.character = character;
      if (count > 0) a.applicants_count = count;
    });
  };
  EXPECT_EQ(named(2, "individual", 0), (Found{{"model.applicants_count", "/appeal/applicant"}}));
  EXPECT_EQ(named(2, "individual", 1), (Found{{"model.applicants_count", "/appeal/applicant"}}));
  EXPECT_EQ(named(5, "collective", 2),
            (Found{{"model.applicants_count", "/appeal/applicants_count"}}));
  EXPECT_EQ(named(5, "collective", 1),
            (Found{{"model.applicants_count", "/appeal/applicants_count"}}));
  EXPECT_EQ(named(5, "collective", 5), Found{});
  EXPECT_EQ(named(2, "collective", 400), Found{}) << "the others signed the list";
}

Message decision() {
  Message m;
  m.envelope.type = "decision/1";
  Decision d;
  d.official = "Басшы";
  d.decided_at = "2026-03-27T08:30:00Z";
  d.outcome = "act_favourable";
  d.text = "Шешім";
  d.language = "kk";
  m.payload = d;
  return m;
}

TEST(Validate,
     ADecisionWithoutAppealRouteIsTakenIn) {  // its absence gives six months, APPC 92(1-1)
  EXPECT_EQ(errorsOf(decision()), Found{});
}

TEST(Validate, OnlyTheHubRecordsADeemedRefusal) {
  Message m = decision();
  std::get<Decision>(m.payload).outcome = "deemed_refused";
  EXPECT_EQ(errorsOf(m), (Found{{"model.outcome_hub_only", "/decision/outcome"}}));
  EXPECT_FALSE(
      errorsOf(m, Profile::kCanonical).count({"model.outcome_hub_only", "/decision/outcome"}));
}

TEST(Validate, OnlyTheHubDecidesWithoutAnOfficial) {
  Message m = decision();
  std::get<Decision>(m.payload).official.clear();
  EXPECT_EQ(errorsOf(m), (Found{{"model.required", "/decision/official"}}));
  EXPECT_FALSE(errorsOf(m, Profile::kCanonical).count({"model.required", "/decision/official"}));
}

TEST(Validate, EnvelopeAndPayloadAgree) {
  Message m = decision();
  m.envelope.type = "appeal/1";
  EXPECT_EQ(errorsOf(m), (Found{{"model.type_mismatch", "/envelope/type"}}));
}

TEST(Outcome, FitsTheKind) {
  EXPECT_TRUE(outcomeAllowed("application", "act_favourable"));
  EXPECT_FALSE(outcomeAllowed("application", "act_cancelled"));
  EXPECT_TRUE(outcomeAllowed("complaint", "satisfied_by_first_body"));
  EXPECT_FALSE(outcomeAllowed("complaint", "answered"));
  for (const char* kind : {"message", "proposal", "response", "request", "petition"}) {
    EXPECT_TRUE(outcomeAllowed(kind, "answered"));
    EXPECT_TRUE(outcomeAllowed(kind, "noted"));
    EXPECT_FALSE(outcomeAllowed(kind, "act_burdensome"));
  }
  for (std::string_view kind : codes::kKind.codes) {
    EXPECT_TRUE(outcomeAllowed(kind, "forwarded"));
    EXPECT_FALSE(outcomeAllowed(kind, "deemed_refused"));
    EXPECT_FALSE(outcomeAllowed(kind, "poem"));
  }
  EXPECT_FALSE(outcomeAllowed("poem", "forwarded"));
  EXPECT_TRUE(outcomeIsHubOnly("deemed_refused"));
  EXPECT_TRUE(answerLanguageAllowed("ru", "kk"));
  EXPECT_TRUE(answerLanguageAllowed("ru", "ru"));
  EXPECT_FALSE(answerLanguageAllowed("kk", "ru"));
}

TEST(Descriptions, AreConsistent) {
  for (const TypeDescription* type : allTypes()) {
    EXPECT_LE(type->fields.size(), 64u);
    std::set<std::string_view> names;
    std::set<int> ids;
    for (const FieldDescription& f : type->fields) {
      EXPECT_TRUE(names.insert(f.name).second) << type->name << "." << f.name;
      EXPECT_TRUE(ids.insert(f.thrift_id).second) << type->name << "." << f.name;
      EXPECT_GT(f.thrift_id, 0);
      EXPECT_EQ(f.kind == Kind::kStruct, f.sub != nullptr);
      EXPECT_EQ(type->find(f.name), &f);
      EXPECT_EQ(type->find(static_cast<int>(f.thrift_id)), &f);
    }
  }
  EXPECT_EQ(payloads().size(), std::variant_size_v<Payload>);
  EXPECT_EQ(codes::kMessageType.codes.size(), payloads().size());
}

// Names too common to mask wherever they appear; the codec masks them by description, and what is
// logged is scanned by value.
const std::set<std::string_view> kAmbiguous{"name",        "value",  "by",  "type",
                                            "description", "reason", "data"};

TEST(Descriptions, TheLogKnowsEveryPersonalField) {
  for (std::string_view name : personalFieldNames())
    EXPECT_TRUE(kAmbiguous.count(name) || isPersonalFieldName(name)) << name;
}

}  // namespace
}  // namespace hub::model
