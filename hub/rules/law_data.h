// The data of the law as read from config/law, before it is checked: plain values, no behaviour.
// Each item remembers the file and line it came from, so that a refusal can name both.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "hub/base/time.h"
#include "hub/rules/calendar.h"
#include "hub/rules/local_text.h"
#include "hub/rules/workload.h"

namespace hub::rules {

struct Origin {
  std::string file;
  int line = 0;
};

// A span of days, both ends included; an open end is std::nullopt.
struct Validity {
  Date from;
  std::optional<Date> until;

  bool covers(Date day) const { return from <= day && (!until || day <= *until); }
  bool meets(const Validity& other) const {
    return (!other.until || from <= *other.until) && (!until || other.from <= *until);
  }
};

// The words rules may use (vocabulary.yaml), each with its labels.
struct Vocabulary {
  struct Kind {
    std::string procedure;          // the one that applies when none is named
    std::vector<std::string> also;  // other procedures it may go by
    LocalText label;
  };
  std::map<std::string, Kind> kinds;
  std::map<std::string, LocalText> procedures;
  std::map<std::string, LocalText> levels;
  std::map<std::string, LocalText> special_kinds;
  std::map<std::string, std::vector<std::string>> special_of;  // special kind -> kinds; none: any
  std::map<std::string, std::vector<std::string>> special_in;  // … -> procedures; none: any
  std::vector<std::string> without_terms;  // procedures whose terms other acts set (APPC 3)
  std::map<std::string, LocalText> events;
  std::map<std::string, LocalText> clocks;
  std::map<std::string, LocalText>
      articles;  // words that stand for an article whose number is not known
  std::string default_level;
};

// One term set by law. An empty list means "any"; of two rules that fit, the one that names more applies.
struct RuleData {
  std::string id;
  std::string clock;
  std::string article;
  bool opens_at_intake = false;
  std::vector<std::string> kinds;
  std::vector<std::string> procedures;
  std::vector<std::string> special;
  std::vector<std::string> levels;
  std::string start;
  DayKind day_kind = DayKind::kWorking;
  int length = 0;  // 0: the same working day or, of calendar days, at once
  FirstDay first_day = FirstDay::kNextDay;
  bool back = false;                     // counted back from the event
  bool cut_off = false;                  // an event after the body's hours counts as the next day's
  std::vector<std::string> extended_by;  // clocks that may take its place
  std::vector<std::string> notices;      // clocks of the notices that are to be given with it
  bool low_confidence = false;           // its own mark, or else that of its table
  Origin origin;
};

struct RuleTable {
  std::string version;
  std::string law_code;
  LocalText law_name;
  Validity validity;
  bool low_confidence = false;
  std::string source;
  std::vector<RuleData> rules;
  Origin origin;
};

struct Topic {
  LocalText label;
  std::map<std::string, Topic> children;  // categories of a section, subcategories of a category
};

struct Body {
  std::string bin;
  std::string alias;  // destination of the exchange; empty: not connected, nothing is routed to it
  std::string level;  // key of Vocabulary::levels
  LocalText names;
  std::vector<std::string> kato;    // prefixes of the territory; empty: the whole country
  std::vector<std::string> topics;  // sections
  Validity validity;
  std::string higher_body;                // BIN; empty if none
  std::vector<std::string> predecessors;  // BINs of the bodies it took over from
  std::string zone;
  int closes_minute = 0;  // minute of the day after which a receipt counts as the next day's
  Origin origin;
};

// The first two digits of a KATO code (kato.yaml), with what it was made of.
struct Region {
  std::string code;
  LocalText label;
  Validity validity;
  std::vector<std::string> predecessors;  // codes
  Origin origin;
};

// Places that changed their region and kept, in older records, the code of the old one: the first four
// digits of that code.
struct District {
  std::string code;
  std::string region;  // code of the one it is in since `validity.from`
  LocalText label;
  Validity validity;
  bool low_confidence = false;
  Origin origin;
};

struct RoutingRule {
  std::string id;
  std::vector<std::string> topics;  // "section" or "section/category"
  std::vector<std::string> kato;
  std::vector<std::string> kinds;  // empty: any
  std::string body;                // BIN
  Validity validity;
  Origin origin;
};

class ProcedureTable;

struct LawData {
  Vocabulary vocabulary;
  std::vector<CalendarYear> years;
  std::map<std::string, LocalText> day_off_reasons;
  std::vector<RuleTable> tables;
  std::map<std::string, Topic> topics;  // sections
  std::string topics_version;
  std::vector<Body> bodies;
  std::vector<Region> regions;      // kato.yaml
  std::vector<District> districts;  // kato.yaml
  std::vector<RoutingRule> routing;
  std::string routing_version;
  std::string default_zone;
  int default_closes_minute = 0;
  struct Team {
    std::string body;  // BIN
    std::vector<Executor> executors;
    Origin origin;
  };
  std::vector<Team> staff;                          // staff.yaml, if there is one
  std::shared_ptr<const ProcedureTable> procedure;  // procedure.yaml; null if there is none
};

}  // namespace hub::rules
