// The law book: all data of config/law, checked and indexed, shared by everything that asks the
// law.
//
// Loaded whole or not at all; a new version is a new object, so that a question asked in the middle
// of a reload sees one state of the law. Threads: immutable, any thread, no lock.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/status.h"
#include "hub/rules/calendar.h"
#include "hub/rules/law_data.h"

namespace hub::rules {

// A rule prepared for evaluation: the word lists as bit sets.
struct Rule {
  const RuleData* data = nullptr;
  const RuleTable* table = nullptr;
  std::uint64_t kinds = 0;
  std::uint64_t procedures = 0;
  std::uint64_t special = 0;  // bit 0: no special kind
  std::uint64_t levels = 0;
  int exactness = 0;  // which lists it names, as bits; of two rules that fit, the greater applies
  int clock = 0;      // number of the clock in vocabulary order
};

// What a rule is chosen by, as bits of the same sets.
struct RuleQuery {
  std::uint64_t kind = 0;
  std::uint64_t procedure = 0;
  std::uint64_t special = 0;
  std::uint64_t level = 0;
};

class LawBook {
 public:
  // Reads vocabulary.yaml, topics.yaml, bodies.yaml, routing.yaml, calendar/*.yaml and rules/*.yaml
  // of `folder`. Failure: every error found, each with file (in the text) and line:
  // "rules.data_unreadable", "rules.data_syntax", "rules.data_unknown_key",
  // "rules.data_missing_key", "rules.data_bad_value", "rules.data_unknown_word",
  // "rules.data_overlap".
  static Result<std::shared_ptr<const LawBook>> load(const std::string& folder);
  // The same checks on data already read. Failure: as load, less the reading.
  static Result<std::shared_ptr<const LawBook>> build(LawData data);

  LawBook(const LawBook&) = delete;
  LawBook& operator=(const LawBook&) = delete;

  const LawData& data() const { return data_; }
  const Calendar& calendar() const { return calendar_; }
  const std::vector<Rule>& rules() const { return rules_; }
  // nullptr if no body of the register has this BIN, or alias, on that day.
  const Body* bodyByBin(std::string_view bin, Date day) const;
  const Body* bodyByAlias(std::string_view alias, Date day) const;
  // The body that took over from the one with this BIN, itself or by further reorganisation; nullptr if
  // none is known.
  const Body* successorOf(std::string_view bin, Date day) const;
  // The regions, as of that day, that a KATO code may name: that of its district if the district changed
  // its region; else the code's own region while it is valid, or what that region has become (several after
  // a split); none for a code that is not listed.
  std::vector<std::string> regionsOf(std::string_view kato, Date day) const;
  // The district, in another region on that day, that a code of the old region names; nullptr if none.
  const District* movedDistrict(std::string_view kato, Date day) const;
  // The one region that the code names that day, its own first digits if nobody can tell.
  std::string regionOf(std::string_view kato, Date day) const;
  // nullptr if there is no such region on that day.
  const Region* region(std::string_view code, Date day) const;
  // True if section[/category[/subcategory]] stands in the classifier; empty codes end the path.
  bool knowsTopic(std::string_view section, std::string_view category = {},
                  std::string_view subcategory = {}) const;
  // Bits of the words of a question. Empty procedure and level take the vocabulary's defaults.
  // Failure: "rules.unknown_kind", "rules.unknown_procedure", "rules.unknown_special_kind",
  // "rules.unknown_level", each with the field ("/kind" …).
  Result<RuleQuery> query(std::string_view kind, std::string_view procedure,
                          std::string_view special, std::string_view level) const;
  // Whether the vocabulary has the kind go by the procedure, and be of the special kind: any other pair
  // would have no term, or a wrong one. Empty words, and unknown ones, are fine. Failure:
  // "rules.procedure_not_for_kind" ("/procedure"), "rules.special_not_for_kind" and
  // "rules.special_not_for_procedure" ("/special_kind").
  Status checkPair(const std::string& kind, std::string_view procedure,
                   std::string_view special) const;
  // False for a procedure whose terms other acts set (vocabulary.yaml, `without_terms`).
  bool hasTerms(const RuleQuery& query) const { return (query.procedure & without_terms_) == 0; }
  // The number of a clock name, -1 if unknown.
  int clockNumber(std::string_view name) const;

 private:
  LawBook(LawData data, Calendar calendar);
  std::vector<Error> prepareRules();

  LawData data_;
  std::uint64_t without_terms_ = 0;  // procedures, as bits
  Calendar calendar_;
  std::vector<Rule> rules_;
};

}  // namespace hub::rules
