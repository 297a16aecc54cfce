#include "hub/programs/hubctl_options.h"

#include <map>
#include <utility>

namespace hub::ctl {
namespace {

// Of every command that has the option, unless the command has a meaning of its own below.
const std::map<std::string, std::string>& common() {
  static const std::map<std::string, std::string> meanings = {
      {"--after", "go on after this cursor, which the page before ended with"},
      {"--batch", "tab-separated rows, one question each; - reads standard input"},
      {"--body", "only of this body"},
      {"--code", "only with this code"},
      {"--csv", "the hub's own CSV instead of a table"},
      {"--destination", "only to the agency of this alias"},
      {"--due-to", "only what is due on or before this day"},
      {"--from", "received at or after this moment (2026-03-17T10:00:00+05:00)"},
      {"--kind", "only of this kind of appeal"},
      {"--law", "answer from the law data of this folder, without a hub"},
      {"--limit", "at most so many rows"},
      {"--party", "only from the agency of this alias"},
      {"--role", "act as this one of your client's roles"},
      {"--source-system", "only of this source system"},
      {"--state", "only in this state"},
      {"--to", "received before this moment (2026-03-17T10:00:00+05:00)"},
  };
  return meanings;
}

const std::map<std::pair<std::string, std::string>, std::string>& own() {
  static const std::map<std::pair<std::string, std::string>, std::string> meanings = {
      {{"show", "--content"}, "the appeal as it was submitted, too"},
      {{"events", "--content"}, "what the body said of the appeal, in its full words"},
      {{"list", "--state"}, "only in this state; reception: waits for a person at the desk"},
      {{"list", "--language"}, "only in this language"},
      {{"list", "--all"}, "all pages"},
      {{"feed", "--after"}, "events after this cursor; latest: from now on"},
      {{"feed", "--types"}, "only events of these types"},
      {{"feed", "--follow"}, "do not end: wait for what comes"},
      {{"overdue", "--days"}, "terms with so many working days left, too"},
      {{"overdue", "--executor"}, "only of this executor"},
      {{"overdue", "--region"}, "only of places whose KATO code begins so"},
      {{"overdue", "--clock"}, "only this term (consider, execute …)"},
      {{"stopped", "--executor"}, "only of this executor"},
      {{"stopped", "--region"}, "only of places whose KATO code begins so"},
      {{"stopped", "--needs-person"}, "only what waits for a person"},
      {{"discipline", "--by"}, "what the rows are"},
      {{"cards", "--out"}, "the file to write"},
      {{"cards", "--purpose"}, "what the data is taken for; it is recorded"},
      {{"talon", "--out"}, "the file to write; its ending says which form"},
      {{"route", "--reason"}, "why this body; it is recorded"},
      {{"actions", "--role"}, "only what this role may do"},
      {{"act", "--official"}, "the official who decides"},
      {{"act", "--outcome"}, "which of the outcomes that `actions` lists"},
      {{"act", "--reason"}, "why; it is recorded"},
      {{"act", "--text"}, "the words of the decision or notice"},
      {{"act", "--day"}, "the day that the action names (2026-03-27)"},
      {{"act", "--body"}, "the body that the action names"},
      {{"act", "--of"}, "the other appeal that the action names"},
      {{"act", "--executor"}, "the executor who is to consider it"},
      {{"act", "--waived"}, "why the applicant was not heard"},
      {{"act", "--ground"}, "the article that gives the ground (88(1)(4))"},
      {{"act", "--character"}, "what kind of answer it is"},
      {{"act", "--done-on"}, "the day on which it was done, if not today"},
      {{"act", "--occasion"}, "which forwarding it tells of, where several wait for their notice"},
      {{"sub-orders", "--body"}, "only what this body asks"},
      {{"sub-orders", "--target"}, "only what is asked of this body"},
      {{"sub-order", "--kind"}, "what is asked"},
      {{"sub-order", "--body"}, "the body that is asked"},
      {{"sub-order", "--text"}, "what the body is to do or tell"},
      {{"sub-order", "--day"}, "by which day (2026-03-27)"},
      {{"sub-order", "--of"}, "the sub-order that it adds to"},
      {{"sub-order", "--source-id"}, "your own name of it: the same again makes no second one"},
      {{"sub-order", "--answer"}, "the answer of the body"},
      {{"sub-order", "--reason"}, "why; it is recorded"},
      {{"similar", "--verdict"}, "a person's judgement of the two"},
      {{"rebalance", "--moves"}, "at most so many moves"},
      {{"notified", "--channel"}, "how the applicant was told (sms, email …)"},
      {{"notified", "--at"}, "when, if not now (2026-03-18T10:00:00+05:00)"},
      {{"notified", "--of"}, "what of; of the extension if left out"},
      {{"notified", "--occasion"}, "which forwarding, where several wait for their notice"},
      {{"notices", "--appeal"}, "only of this appeal, and alone with it"},
      {{"quarantine show", "--raw"}, "the bytes that came, and nothing else; it is recorded"},
      {{"quarantine resolve", "--note"}, "what was done about it"},
      {{"quarantine", "--unsigned"}, "what nobody signed, which is left out otherwise"},
      {{"quarantine replay", "--code"}, "all open ones with this code"},
      {{"quarantine resolve", "--code"}, "all open ones with this code"},
      {{"quarantine resolve", "--unsigned"}, "all open ones that nobody signed"},
      {{"quarantine resolve", "--up-to"}, "none that is newer than this one"},
      {{"quarantine resolve", "--yes"}, "do not ask"},
      {{"cursor reset", "--yes"}, "do not ask"},
      {{"retry", "--state"}, "all that are in this state (dead, rejected …)"},
      {{"route", "--not-received"}, "the body that it was sent to said that it has not got it"},
      {{"deadline", "--kind"}, "the kind of appeal"},
      {{"deadline", "--at"}, "when it came: a moment, a local time or a day"},
      {{"deadline", "--clock"}, "this term alone, of an event at --at"},
      {{"deadline", "--explain"}, "how each day was counted"},
      {{"deadline", "--body"}, "the body: gives level, zone and closing hour"},
      {{"deadline", "--procedure"}, "the procedure, if not the kind's own"},
      {{"deadline", "--special"}, "the special kind of appeal"},
      {{"deadline", "--level"}, "the level of the body"},
      {{"deadline", "--registered"}, "when it was registered, if later"},
      {{"deadline", "--zone"}, "IANA time zone (Asia/Almaty)"},
      {{"law diff", "--appeals"},
       "show what moves for these rows, as `deadline --batch` reads them"},
      {{"law diff", "--open"}, "show what moves for the open terms of the running hub"},
      {{"map test", "--update"}, "write what the mappings make into the golden files"},
  };
  return meanings;
}

}  // namespace

std::string optionMeaning(const std::string& command, const std::string& option) {
  if (const auto found = own().find({command, option}); found != own().end()) return found->second;
  const auto found = common().find(option);
  return found == common().end() ? std::string() : found->second;
}

std::string optionOf(const std::string& field) {
  static const std::map<std::string, std::string> others = {{"received_from", "--from"},
                                                            {"received_to", "--to"},
                                                            {"received_at", "--at"},
                                                            {"special_kind", "--special"},
                                                            {"registered_at", "--registered"}};
  if (field.size() < 2 || (field[0] != '?' && field[0] != '/')) return {};
  const std::string name = field.substr(1);
  if (const auto found = others.find(name); found != others.end()) return found->second;
  std::string option = "--";
  for (const char c : name) option += c == '_' ? '-' : c;
  return option;
}

}  // namespace hub::ctl
