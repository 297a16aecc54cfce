#include "hub/model/translated.h"

#include <gtest/gtest.h>

namespace hub::model {
namespace {

std::string codeOf(const std::string& type, const std::string& body,
                   const std::string& form = "json") {
  const auto problems = problemsOfTranslated(type, form, body, Limits());
  return problems.empty() ? "" : problems.front().code;
}

std::string decision(const std::string& outcome,
                     const std::string& at = "2026-11-24T10:00:00+05:00",
                     const std::string& language = "ru") {
  return R"({"official":"Chief","decided_at":")" + at + R"(","text":"Repaired.","language":")" +
         language + R"(","outcome":)" + outcome + "}";
}

TEST(Translated, IsTakenWithoutWhatTheHubFillsIn) {
  EXPECT_EQ(codeOf("decision/1", decision(R"("act_favourable")")), "");
  EXPECT_EQ(codeOf("status/1", R"({"status":"in_work","at":"2026-11-24T10:00:00+05:00"})"), "");
  EXPECT_EQ(codeOf("decision/1", decision(R"({"application":"act_favourable","*":"answered"})")),
            "");
}

TEST(Translated, WhatTheHubWouldRefuseIsSaid) {
  EXPECT_EQ(codeOf("decision/1", decision(R"("act_favorable")")), "model.unknown_code");
  EXPECT_EQ(codeOf("decision/1", decision(R"({"application":"act_favorable"})")),
            "model.unknown_code");
  EXPECT_EQ(codeOf("decision/1", decision(R"({"aplication":"act_favourable"})")),
            "model.unknown_code");
  EXPECT_EQ(codeOf("decision/1", decision("{}")), "model.unknown_code");
  EXPECT_EQ(codeOf("decision/1", decision(R"("answered")", "6-2.-5.T00:00:00+05:00")),
            "model.bad_timestamp");
  EXPECT_NE(codeOf("decision/1", decision(R"("answered")", "2026-11-24T10:00:00+05:00", "rus")),
            "");
  EXPECT_NE(
      codeOf("decision/1", R"({"outcom":"answered","official":"C","text":"t","language":"ru"})"),
      "");
  EXPECT_NE(codeOf("status/1", R"({"status":"in_wrk","at":"2026-11-24T10:00:00+05:00"})"), "");
  EXPECT_EQ(codeOf("appeal/1", "{}"), "exchange.type_not_allowed");
  EXPECT_NE(codeOf("status/1", "<status", "xml"), "");
}

TEST(Translated, TextsThatLookLikeATableAreNone) {
  std::string body = R"({"text":"\"outcome\": {","outcome":"answered"})";
  const std::string before = body;
  std::vector<Error> problems;
  EXPECT_TRUE(takeOutcomes(&body, &problems).empty());
  EXPECT_TRUE(problems.empty());
  EXPECT_EQ(body, before);
  body = R"({"note":"x","outcome" : {"*":"answered","complaint":"not_satisfied"}})";
  const auto outcomes = takeOutcomes(&body, &problems);
  EXPECT_EQ(outcomes.at("complaint"), "not_satisfied");
  EXPECT_EQ(outcomes.at("*"), "answered");
  EXPECT_EQ(body, R"({"note":"x","outcome":"answered"})");
}

}  // namespace
}  // namespace hub::model
