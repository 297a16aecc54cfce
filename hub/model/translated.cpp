#include "hub/model/translated.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "hub/model/codec.h"
#include "hub/model/codes.h"
#include "hub/model/validate.h"

namespace hub::model {
namespace {

// True if `body` may have a table in the place of its outcome; texts that look like one are told from it by the parser.
bool mayHaveOutcomes(std::string_view body) {
  constexpr std::string_view kName = "\"outcome\"", kBlanks = " \t\r\n";
  for (auto at = body.find(kName); at != body.npos; at = body.find(kName, at + 1)) {
    const auto colon = body.find_first_not_of(kBlanks, at + kName.size());
    if (colon == body.npos || body[colon] != ':') continue;
    const auto value = body.find_first_not_of(kBlanks, colon + 1);
    if (value != body.npos && body[value] == '{') return true;
  }
  return false;
}

// By which the hub completes a status or a decision; and what stands around it.
bool isOfTheHub(const Error& error) {
  if (error.field.starts_with("/envelope")) return true;
  constexpr std::array<std::string_view, 8> kFilled = {"appeal_ref", "decision_id", "body",
                                                       "signer",     "language",    "decided_at",
                                                       "signatures", "external_ids"};
  // A status without a time is of the moment when it came.
  if (error.code == "model.required" && error.field == "/status/at") return true;
  return error.code == "model.required" &&
         std::any_of(kFilled.begin(), kFilled.end(), [&](std::string_view name) {
           const auto at = error.field.find("/" + std::string(name));
           return at != std::string::npos;
         });
}

}  // namespace

std::map<std::string, std::string> takeOutcomes(std::string* body, std::vector<Error>* problems) {
  std::map<std::string, std::string> outcomes;
  if (!mayHaveOutcomes(*body)) return outcomes;
  auto decision = nlohmann::ordered_json::parse(*body, nullptr, false);
  if (!decision.is_object() || !decision.contains("outcome")) return outcomes;
  auto& table = decision["outcome"];
  if (!table.is_object()) return outcomes;
  for (const auto& [kind, outcome] : table.items()) {
    const bool known = kind == "*" || hasCode(codes::kKind, kind);
    if (!known || !outcome.is_string() || !hasCode(codes::kOutcome, outcome.get<std::string>())) {
      problems->push_back(
          {"model.unknown_code", "a kind of appeals, or *, to an outcome", "/outcome", 0});
      return {};
    }
    outcomes[kind] = outcome.get<std::string>();
  }
  if (outcomes.empty()) {
    problems->push_back(
        {"model.unknown_code", "a kind of appeals, or *, to an outcome", "/outcome", 0});
    return {};
  }
  table = outcomes.begin()->second;
  *body = decision.dump();
  return outcomes;
}

std::vector<Error> problemsOfTranslated(std::string_view type, std::string_view form,
                                        const std::string& body, const Limits& limits) {
  if (type != "status/1" && type != "decision/1") {
    return {{"exchange.type_not_allowed",
             "type is " + std::string(type) + ", not status/1 or decision/1", "", 0}};
  }
  std::vector<Error> problems;
  std::string payload = body;
  if (form == "json" && type == "decision/1") takeOutcomes(&payload, &problems);
  if (!problems.empty()) return problems;
  auto message = form == "json" ? decodeJson(payload, limits, type) : decodeXml(payload, limits);
  if (!message) return message.status().errors();
  if (typeOf(message->payload) != type) {
    return {{"model.unknown_type", "the payload is not a " + std::string(type), "", 0}};
  }
  problems = validate(*message, {Profile::kCanonical, IdentityCheck::kLenient, Instant()}, limits);
  std::erase_if(problems, [](const Error& error) {
    // Samples keep their dates, whatever today is.
    return isOfTheHub(error) || error.code == "model.future_date";
  });
  return problems;
}

}  // namespace hub::model
