// Routing: which body is competent for an appeal, and why (APPC arts. 64, 65(1)).
//
// Order: a known addressee keeps its appeal (it must itself forward what is not its own, art.
// 65(1)); else the routing table by topic and territory; else the reception desk, where a person
// decides. Among rows the most exact topic wins, then the most exact territory, then
// the place that the appeal names first, and the explanation says that a later one has as exact a row of another body.
// Topics are tried in the order given (the first is the primary one); where an earlier one led to no body, the
// explanation says so. A row of a body that is no more leads to its successor. A body with a territory needs a matching KATO
// code; a code of a region that is no more, or that the district left in 2022, counts as one of the region
// where the place is on the day of the question, and the explanation says so. Threads: pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "hub/base/time.h"
#include "hub/rules/law_book.h"
#include "hub/rules/local_text.h"

namespace hub::rules {

struct TopicRef {
  std::string section;
  std::string category;  // may be empty
};

struct RouteRequest {
  std::string kind;
  std::vector<TopicRef> topics;
  std::vector<std::string> katos;
  std::string addressee_bin;  // empty if the applicant named nobody
  Date date;                  // the day on which competence is asked
};

struct Route {
  bool to_reception = false;  // nobody known: `body_bin` and `destination` are empty
  std::string body_bin;
  std::string destination;  // alias of the body, the outbox's destination
  std::string level;        // of the body, for the terms that depend on it
  LocalText names;
  std::string rule_id;  // "addressee", "R1" …, "reception"
  std::string rule_version;
  LocalText explanation;
};

// By such a row the appeal went to the body that the applicant named, or to the one that took over from it.
bool isToAddressee(std::string_view rule_id);

// Always answers.
Route route(const LawBook& book, const RouteRequest& request);

}  // namespace hub::rules
