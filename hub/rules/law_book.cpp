#include "hub/rules/law_book.h"

#include <algorithm>
#include <set>

#include "hub/rules/law_gaps.h"

namespace hub::rules {
namespace {

bool listed(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

constexpr std::uint64_t kAny = ~std::uint64_t{0};
constexpr std::size_t kWordsMax =
    60;  // words of one vocabulary list: they become bits of one number

std::string at(const Origin& origin) { return origin.file + ":" + std::to_string(origin.line); }

Error bad(const char* code, const Origin& origin, const std::string& text) {
  return Error{code, at(origin) + ": " + text, {}, origin.line};
}

// Position of a key, -1 if absent.
template <class Map>
int position(const Map& map, std::string_view key) {
  const auto found = map.find(std::string(key));
  return found == map.end() ? -1 : static_cast<int>(std::distance(map.begin(), found));
}

// The listed words as bits; an unknown word becomes an error.
template <class Map>
std::uint64_t bitsOf(const Map& known, const std::vector<std::string>& words, int shift,
                     const RuleData& rule, std::vector<Error>& errors) {
  std::uint64_t bits = 0;
  for (const auto& word : words) {
    const int place = position(known, word);
    if (place < 0) {
      errors.push_back(bad("rules.data_unknown_word", rule.origin,
                           "rule " + rule.id + ": '" + word + "' is not in vocabulary.yaml"));
    } else {
      bits |= std::uint64_t{1} << (place + shift);
    }
  }
  return words.empty() ? kAny : bits;
}

int exactness(const RuleData& rule) {
  return (rule.special.empty() ? 0 : 8) + (rule.procedures.empty() ? 0 : 4) +
         (rule.levels.empty() ? 0 : 2) + (rule.kinds.empty() ? 0 : 1);
}

void checkShape(const RuleData& rule, std::vector<Error>& errors) {
  const bool working = rule.day_kind == DayKind::kWorking;
  const bool months = rule.day_kind == DayKind::kMonths;
  if (rule.length < 0 || rule.length > 1000 || (rule.length == 0 && months)) {
    errors.push_back(bad("rules.data_bad_value", rule.origin,
                         "rule " + rule.id + ": length must be 1 to 1000 (0 only in days)"));
  }
  if (months && rule.first_day == FirstDay::kSameDay) {
    errors.push_back(
        bad("rules.data_bad_value", rule.origin,
            "rule " + rule.id + ": a term in months knows no first day, Civil Code 173"));
  }
  if (rule.back && (!working || rule.length == 0)) {
    errors.push_back(bad("rules.data_bad_value", rule.origin,
                         "rule " + rule.id + ": only working days are counted back"));
  }
}

bool meet(const Rule& a, const Rule& b) {
  return (a.kinds & b.kinds) != 0 && (a.procedures & b.procedures) != 0 &&
         (a.special & b.special) != 0 && (a.levels & b.levels) != 0 &&
         a.table->validity.meets(b.table->validity);
}

// Of two rules for one case the one that is for a special kind goes before, then the one that names all
// that the other names, and more. Where neither does, nobody could say which applies.
bool overlap(const Rule& a, const Rule& b) {
  if (a.clock != b.clock || a.data->special.empty() != b.data->special.empty()) return false;
  const int named = a.exactness & b.exactness;
  const bool ordered = a.exactness != b.exactness && (named == a.exactness || named == b.exactness);
  return !ordered && meet(a, b);
}

// What a rule names as its extension or notice is a term that the law gives in the same cases.
void checkFollowers(const LawBook& book, const std::vector<Rule>& rules,
                    std::vector<Error>& errors) {
  const auto check = [&](const Rule& rule, const char* key,
                         const std::vector<std::string>& clocks) {
    for (const auto& clock : clocks) {
      const int number = book.clockNumber(clock);
      const bool given = std::any_of(rules.begin(), rules.end(), [&](const Rule& other) {
        return number >= 0 && other.clock == number && meet(rule, other);
      });
      if (given) continue;
      errors.push_back(bad("rules.data_unknown_word", rule.data->origin,
                           "rule " + rule.data->id + ": '" + key + "' names '" + clock +
                               "', of which no rule is for the same cases"));
    }
  };
  for (const Rule& rule : rules) {
    check(rule, "extended_by", rule.data->extended_by);
    check(rule, "notices", rule.data->notices);
  }
}

void checkOverlaps(const std::vector<Rule>& rules, std::vector<Error>& errors) {
  std::set<std::pair<std::string, std::string>> ids;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (!ids.insert({rules[i].table->version, rules[i].data->id}).second) {
      errors.push_back(bad("rules.data_overlap", rules[i].data->origin,
                           "rule id " + rules[i].data->id + " stands twice in its table"));
    }
    for (std::size_t j = 0; j < i; ++j) {
      if (!overlap(rules[i], rules[j])) continue;
      errors.push_back(bad("rules.data_overlap", rules[i].data->origin,
                           "rule " + rules[i].data->id + " overlaps rule " + rules[j].data->id +
                               " at " + at(rules[j].data->origin)));
    }
  }
}

void checkValidity(const Validity& validity, const Origin& origin, std::vector<Error>& errors) {
  if (validity.until && *validity.until < validity.from) {
    errors.push_back(bad("rules.data_bad_value", origin, "valid_until lies before valid_from"));
  }
}

bool topicKnown(const std::map<std::string, Topic>& sections, std::string_view path) {
  const auto slash = path.find('/');
  const auto section = sections.find(std::string(path.substr(0, slash)));
  if (section == sections.end()) return false;
  return slash == std::string_view::npos ||
         section->second.children.contains(std::string(path.substr(slash + 1)));
}

void checkTopics(const LawData& data, const std::vector<std::string>& topics, const Origin& origin,
                 std::vector<Error>& errors) {
  for (const auto& topic : topics) {
    if (!topicKnown(data.topics, topic)) {
      errors.push_back(
          bad("rules.data_unknown_word", origin, "topic '" + topic + "' is not in topics.yaml"));
    }
  }
}

void checkKato(const std::vector<std::string>& prefixes, const Origin& origin,
               std::vector<Error>& errors) {
  for (const auto& prefix : prefixes) {
    const bool digits =
        std::all_of(prefix.begin(), prefix.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (prefix.size() < 2 || prefix.size() > 9 || !digits) {
      errors.push_back(bad("rules.data_bad_value", origin, "a KATO prefix has 2 to 9 digits"));
    }
  }
}

bool bodyKnown(const LawData& data, const std::string& bin, const Validity& when) {
  return std::any_of(data.bodies.begin(), data.bodies.end(), [&](const Body& body) {
    return body.bin == bin && body.validity.meets(when);
  });
}

void checkBodies(const LawData& data, std::vector<Error>& errors) {
  for (std::size_t i = 0; i < data.bodies.size(); ++i) {
    const Body& body = data.bodies[i];
    checkValidity(body.validity, body.origin, errors);
    checkTopics(data, body.topics, body.origin, errors);
    checkKato(body.kato, body.origin, errors);
    if (!data.vocabulary.levels.contains(body.level)) {
      errors.push_back(bad("rules.data_unknown_word", body.origin, "unknown level"));
    }
    if (!body.higher_body.empty() && !bodyKnown(data, body.higher_body, body.validity)) {
      errors.push_back(bad("rules.data_bad_value", body.origin, "the higher body is not listed"));
    }
    for (std::size_t j = 0; j < i; ++j) {
      const Body& other = data.bodies[j];
      if (!body.validity.meets(other.validity)) continue;
      if (body.bin == other.bin || (!body.alias.empty() && body.alias == other.alias)) {
        errors.push_back(bad("rules.data_overlap", body.origin,
                             "the same BIN or alias stands at " + at(other.origin)));
      }
    }
  }
}

void checkStaff(const LawData& data, std::vector<Error>& errors) {
  for (std::size_t i = 0; i < data.staff.size(); ++i) {
    const auto& team = data.staff[i];
    const bool known = std::any_of(data.bodies.begin(), data.bodies.end(),
                                   [&](const Body& body) { return body.bin == team.body; });
    if (!known) {
      errors.push_back(bad("rules.data_bad_value", team.origin, "its body is not in bodies.yaml"));
    }
    for (std::size_t j = 0; j < i; ++j) {
      if (data.staff[j].body != team.body) continue;
      errors.push_back(bad("rules.data_overlap", team.origin,
                           "the same body stands at " + at(data.staff[j].origin)));
    }
    std::vector<std::string> ids;
    for (const auto& executor : team.executors) {
      checkTopics(data, executor.topics, team.origin, errors);
      if (std::find(ids.begin(), ids.end(), executor.id) != ids.end()) {
        errors.push_back(
            bad("rules.data_overlap", team.origin, "two executors have the id " + executor.id));
      }
      ids.push_back(executor.id);
    }
  }
}

// A predecessor is a body that has ended, or one the register never knew; nobody follows itself.
void checkPredecessors(const LawData& data, std::vector<Error>& errors) {
  for (const auto& body : data.bodies) {
    for (const auto& bin : body.predecessors) {
      const bool alive =
          std::any_of(data.bodies.begin(), data.bodies.end(), [&](const Body& other) {
            return other.bin == bin && other.validity.meets(body.validity);
          });
      if (!alive && bin != body.bin) continue;
      errors.push_back(bad("rules.data_overlap", body.origin,
                           "its predecessor " + bin + " is valid on the same days"));
    }
  }
}

// One code, one meaning a day; what a region came from stands in the list.
void checkRegions(const LawData& data, std::vector<Error>& errors) {
  for (std::size_t i = 0; i < data.regions.size(); ++i) {
    const auto& region = data.regions[i];
    checkValidity(region.validity, region.origin, errors);
    if (region.code.size() != 2) {
      errors.push_back(bad("rules.data_bad_value", region.origin, "a region has two digits"));
    }
    for (std::size_t j = 0; j < i; ++j) {
      const auto& other = data.regions[j];
      if (other.code != region.code || !other.validity.meets(region.validity)) continue;
      errors.push_back(bad("rules.data_overlap", region.origin,
                           "region " + region.code + " stands at " + at(other.origin)));
    }
    for (const auto& code : region.predecessors) {
      const bool known = std::any_of(data.regions.begin(), data.regions.end(),
                                     [&](const Region& other) { return other.code == code; });
      if (known) continue;
      errors.push_back(
          bad("rules.data_bad_value", region.origin, "predecessor " + code + " is not listed"));
    }
  }
}

// A district moves into a region that is, and that was made of the one its code begins with; or it stayed there.
void checkDistricts(const LawData& data, std::vector<Error>& errors) {
  const auto wrong = [&](const District& district, const std::string& why) {
    errors.push_back(
        bad("rules.data_bad_value", district.origin, "district " + district.code + " " + why));
  };
  for (std::size_t i = 0; i < data.districts.size(); ++i) {
    const auto& district = data.districts[i];
    checkValidity(district.validity, district.origin, errors);
    const bool digits = district.code.size() == 4 &&
                        district.code.find_first_not_of("0123456789") == std::string::npos;
    if (!digits) wrong(district, "is named by four digits");
    for (std::size_t j = 0; j < i; ++j) {
      const auto& other = data.districts[j];
      if (other.code != district.code || !other.validity.meets(district.validity)) continue;
      errors.push_back(bad("rules.data_overlap", district.origin,
                           "district " + district.code + " stands at " + at(other.origin)));
    }
    const auto region =
        std::find_if(data.regions.begin(), data.regions.end(), [&](const Region& one) {
          return one.code == district.region && one.validity.covers(district.validity.from);
        });
    if (region == data.regions.end()) {
      wrong(district, "is in region " + district.region + ", which there is not on that day");
      continue;
    }
    const auto& before = region->predecessors;
    const std::string own = district.code.substr(0, 2);
    if (own != district.region && std::find(before.begin(), before.end(), own) == before.end()) {
      wrong(district, "was in a region that is no predecessor of " + district.region);
    }
  }
}

template <class T>
bool share(const std::vector<T>& a, const std::vector<T>& b) {
  return std::any_of(a.begin(), a.end(),
                     [&](const T& item) { return std::find(b.begin(), b.end(), item) != b.end(); });
}

// Equally exact rows for one appeal: same topic, same prefix (or both the whole country).
bool rowsOverlap(const RoutingRule& a, const RoutingRule& b) {
  const bool territory = (a.kato.empty() && b.kato.empty()) || share(a.kato, b.kato);
  const bool kinds = a.kinds.empty() || b.kinds.empty() || share(a.kinds, b.kinds);
  return territory && kinds && share(a.topics, b.topics) && a.validity.meets(b.validity);
}

// Whether all of the place is in the territory; a district that has moved is where it is now, too.
bool within(const LawData& data, const std::string& place, const std::vector<std::string>& kato) {
  const auto in = [&](const std::string& code) {
    return std::any_of(kato.begin(), kato.end(),
                       [&](const std::string& prefix) { return code.starts_with(prefix); });
  };
  return in(place) ||
         std::any_of(data.districts.begin(), data.districts.end(), [&](const District& district) {
           return place.starts_with(district.code) && in(district.region);
         });
}

// The body, and those who took over from it one after another: a row leads to them once it is no more.
std::vector<std::string> heirsOf(const LawData& data, const std::string& body) {
  std::vector<std::string> line{body};
  for (std::size_t i = 0; i < line.size(); ++i) {
    for (const auto& next : data.bodies) {
      if (listed(next.predecessors, line[i]) && !listed(line, next.bin)) line.push_back(next.bin);
    }
  }
  return line;
}

// A row gives its body no place outside the body's territory, nor its successor one outside the successor's.
void checkTerritory(const LawData& data, const RoutingRule& rule, std::vector<Error>& errors) {
  const auto line = heirsOf(data, rule.body);
  for (const auto& body : data.bodies) {
    if (!listed(line, body.bin) || !body.validity.meets(rule.validity) || body.kato.empty())
      continue;
    const auto outside = std::find_if(rule.kato.begin(), rule.kato.end(), [&](const auto& place) {
      return !within(data, place, body.kato);
    });
    if (!rule.kato.empty() && outside == rule.kato.end()) continue;
    const std::string what = rule.kato.empty() ? "the whole country" : "place " + *outside;
    errors.push_back(
        bad("rules.data_bad_value", rule.origin,
            "row " + rule.id + ": " + what + " lies outside the territory of its body" +
                (body.bin == rule.body ? "" : "'s successor") + " at " + at(body.origin)));
  }
}

void checkRouting(const LawData& data, std::vector<Error>& errors) {
  for (std::size_t i = 0; i < data.routing.size(); ++i) {
    const RoutingRule& rule = data.routing[i];
    checkValidity(rule.validity, rule.origin, errors);
    checkTopics(data, rule.topics, rule.origin, errors);
    checkKato(rule.kato, rule.origin, errors);
    for (const auto& kind : rule.kinds) {
      if (data.vocabulary.kinds.contains(kind)) continue;
      errors.push_back(bad("rules.data_unknown_word", rule.origin, "unknown kind '" + kind + "'"));
    }
    if (!bodyKnown(data, rule.body, rule.validity)) {
      errors.push_back(bad("rules.data_bad_value", rule.origin, "its body is not in bodies.yaml"));
    }
    const bool connected =
        std::none_of(data.bodies.begin(), data.bodies.end(), [&](const Body& body) {
          return body.bin == rule.body && body.validity.meets(rule.validity) && body.alias.empty();
        });
    if (!connected) {
      errors.push_back(bad("rules.data_bad_value", rule.origin, "its body has no alias"));
    }
    checkTerritory(data, rule, errors);
    for (std::size_t j = 0; j < i; ++j) {
      const RoutingRule& other = data.routing[j];
      if (rule.id != other.id && !rowsOverlap(rule, other)) continue;
      errors.push_back(
          bad("rules.data_overlap", rule.origin,
              "row " + rule.id + " overlaps row " + other.id + " at " + at(other.origin)));
    }
  }
}

void checkVocabulary(const Vocabulary& words, std::vector<Error>& errors) {
  const Origin origin{"vocabulary.yaml", 1};
  for (const std::size_t size : {words.kinds.size(), words.procedures.size(), words.levels.size(),
                                 words.special_kinds.size()}) {
    if (size <= kWordsMax) continue;
    errors.push_back(bad("rules.data_bad_value", origin, "a word list has more than 60 words"));
  }
  for (const auto& [code, kind] : words.kinds) {
    if (words.procedures.contains(kind.procedure)) continue;
    errors.push_back(bad("rules.data_unknown_word", origin,
                         "kind " + code + ": unknown procedure '" + kind.procedure + "'"));
  }
  const auto known = [&](const auto& map, const std::string& word, const std::string& where) {
    if (map.contains(word)) return;
    errors.push_back(
        bad("rules.data_unknown_word", origin, where + ": unknown word '" + word + "'"));
  };
  for (const auto& [code, kind] : words.kinds) {
    for (const auto& procedure : kind.also) known(words.procedures, procedure, "kind " + code);
  }
  for (const auto& [code, kinds] : words.special_of) {
    for (const auto& kind : kinds) known(words.kinds, kind, "special kind " + code);
  }
  for (const auto& [code, procedures] : words.special_in) {
    for (const auto& procedure : procedures) {
      known(words.procedures, procedure, "special kind " + code);
    }
  }
  for (const auto& procedure : words.without_terms) {
    known(words.procedures, procedure, "without_terms");
  }
  if (!words.levels.contains(words.default_level)) {
    errors.push_back(bad("rules.data_unknown_word", origin, "default_level is not a level"));
  }
}

template <class Map>
Result<std::uint64_t> bit(const Map& known, std::string_view word, const char* code, int shift,
                          const char* field) {
  const int place = position(known, word);
  if (place < 0) {
    return Status::failure(code, "the word is not in the vocabulary of the law book", field);
  }
  return std::uint64_t{1} << (place + shift);
}

std::string joined(std::string text, const std::vector<std::string>& words) {
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

}  // namespace

LawBook::LawBook(LawData data, Calendar calendar)
    : data_(std::move(data)), calendar_(std::move(calendar)) {}

Result<std::shared_ptr<const LawBook>> LawBook::build(LawData data) {
  auto calendar = Calendar::build(data.years, data.day_off_reasons);
  if (!calendar) return calendar.status();
  std::shared_ptr<LawBook> book(new LawBook(std::move(data), std::move(*calendar)));
  std::vector<Error> errors;
  checkVocabulary(book->data_.vocabulary, errors);
  if (!errors.empty()) return Status(std::move(errors));
  errors = book->prepareRules();
  checkBodies(book->data_, errors);
  checkPredecessors(book->data_, errors);
  checkRegions(book->data_, errors);
  checkDistricts(book->data_, errors);
  checkStaff(book->data_, errors);
  checkRouting(book->data_, errors);
  if (errors.empty()) errors = findGaps(book->data_);
  if (!errors.empty()) return Status(std::move(errors));
  return std::shared_ptr<const LawBook>(std::move(book));
}

std::vector<Error> LawBook::prepareRules() {
  std::vector<Error> errors;
  const Vocabulary& words = data_.vocabulary;
  for (const auto& word : words.without_terms) {
    if (const int place = position(words.procedures, word); place >= 0) {
      without_terms_ |= std::uint64_t{1} << place;
    }
  }
  for (const auto& table : data_.tables) {
    checkValidity(table.validity, table.origin, errors);
    for (const auto& data : table.rules) {
      Rule rule;
      rule.data = &data;
      rule.table = &table;
      rule.kinds = bitsOf(words.kinds, data.kinds, 0, data, errors);
      rule.procedures = bitsOf(words.procedures, data.procedures, 0, data, errors);
      rule.special = bitsOf(words.special_kinds, data.special, 1, data, errors);
      rule.levels = bitsOf(words.levels, data.levels, 0, data, errors);
      rule.exactness = exactness(data);
      rule.clock = clockNumber(data.clock);
      checkShape(data, errors);
      if (rule.clock < 0 || !words.events.contains(data.start)) {
        errors.push_back(
            bad("rules.data_unknown_word", data.origin,
                "rule " + data.id + ": its clock or start event is not in vocabulary.yaml"));
      }
      rules_.push_back(rule);
    }
  }
  checkOverlaps(rules_, errors);
  checkFollowers(*this, rules_, errors);
  return errors;
}

const Body* LawBook::bodyByBin(std::string_view bin, Date day) const {
  for (const auto& body : data_.bodies) {
    if (body.bin == bin && body.validity.covers(day)) return &body;
  }
  return nullptr;
}

const Body* LawBook::successorOf(std::string_view bin, Date day) const {
  std::string wanted(bin);
  // A chain of reorganisations has an end, whatever the data say.
  for (int step = 0; step < 10; ++step) {
    const auto next = std::find_if(data_.bodies.begin(), data_.bodies.end(), [&](const Body& body) {
      const auto& before = body.predecessors;
      return body.validity.from <= day &&
             std::find(before.begin(), before.end(), wanted) != before.end();
    });
    if (next == data_.bodies.end()) return nullptr;
    if (next->validity.covers(day)) return &*next;
    wanted = next->bin;
  }
  return nullptr;
}

const District* LawBook::movedDistrict(std::string_view kato, Date day) const {
  for (const auto& district : data_.districts) {
    if (kato.starts_with(district.code) && district.validity.covers(day)) return &district;
  }
  return nullptr;
}

std::string LawBook::regionOf(std::string_view kato, Date day) const {
  const auto regions = regionsOf(kato, day);
  return regions.size() == 1 ? regions.front() : std::string(kato.substr(0, 2));
}

std::vector<std::string> LawBook::regionsOf(std::string_view kato, Date day) const {
  if (const auto* district = movedDistrict(kato, day)) return {district->region};
  const std::string code(kato.substr(0, 2));
  bool known = false;
  for (const auto& region : data_.regions) {
    if (region.code != code) continue;
    known = true;
    if (region.validity.covers(day)) return {code};
  }
  std::vector<std::string> codes;
  for (const auto& region : data_.regions) {
    const auto& before = region.predecessors;
    if (known && region.validity.covers(day) &&
        std::find(before.begin(), before.end(), code) != before.end()) {
      codes.push_back(region.code);
    }
  }
  return codes;
}

const Region* LawBook::region(std::string_view code, Date day) const {
  for (const auto& region : data_.regions) {
    if (region.code == code && region.validity.covers(day)) return &region;
  }
  return nullptr;
}

const Body* LawBook::bodyByAlias(std::string_view alias, Date day) const {
  for (const auto& body : data_.bodies) {
    if (!alias.empty() && body.alias == alias && body.validity.covers(day)) return &body;
  }
  return nullptr;
}

bool LawBook::knowsTopic(std::string_view section, std::string_view category,
                         std::string_view subcategory) const {
  const auto* level = &data_.topics;
  bool ended = false;
  for (const std::string_view code : {section, category, subcategory}) {
    if (code.empty()) {
      ended = true;
      continue;
    }
    const auto found = level->find(std::string(code));
    if (ended || found == level->end()) return false;
    level = &found->second.children;
  }
  return !section.empty();
}

Result<RuleQuery> LawBook::query(std::string_view kind, std::string_view procedure,
                                 std::string_view special, std::string_view level) const {
  const Vocabulary& words = data_.vocabulary;
  const auto kind_bit = bit(words.kinds, kind, "rules.unknown_kind", 0, "/kind");
  if (!kind_bit) return kind_bit.status();
  if (procedure.empty()) procedure = words.kinds.find(std::string(kind))->second.procedure;
  const auto procedure_bit =
      bit(words.procedures, procedure, "rules.unknown_procedure", 0, "/procedure");
  if (!procedure_bit) return procedure_bit.status();
  const auto level_bit = bit(words.levels, level.empty() ? words.default_level : level,
                             "rules.unknown_level", 0, "/level");
  if (!level_bit) return level_bit.status();
  RuleQuery query{*kind_bit, *procedure_bit, 1, *level_bit};
  if (!special.empty()) {
    const auto special_bit =
        bit(words.special_kinds, special, "rules.unknown_special_kind", 1, "/special_kind");
    if (!special_bit) return special_bit.status();
    query.special = *special_bit;
  }
  return query;
}

Status LawBook::checkPair(const std::string& kind, std::string_view procedure,
                          std::string_view special) const {
  const Vocabulary& words = data_.vocabulary;
  const auto entry = words.kinds.find(kind);
  if (entry != words.kinds.end() && !procedure.empty() && procedure != entry->second.procedure &&
      !listed(entry->second.also, procedure)) {
    return Status::failure(
        "rules.procedure_not_for_kind",
        kind + " goes by: " + joined(entry->second.procedure, entry->second.also), "/procedure");
  }
  const auto of = words.special_of.find(std::string(special));
  if (of != words.special_of.end() && !of->second.empty() && !listed(of->second, kind)) {
    return Status::failure("rules.special_not_for_kind",
                           std::string(special) + " is for: " + joined("", of->second),
                           "/special_kind");
  }
  const auto in = words.special_in.find(std::string(special));
  const bool usual = procedure.empty() && entry != words.kinds.end();
  const std::string_view goes_by = usual ? std::string_view(entry->second.procedure) : procedure;
  if (in != words.special_in.end() && !in->second.empty() && !goes_by.empty() &&
      !listed(in->second, goes_by) && !listed(words.without_terms, goes_by)) {
    return Status::failure("rules.special_not_for_procedure",
                           std::string(special) + " goes by: " + joined("", in->second),
                           "/special_kind");
  }
  return {};
}

int LawBook::clockNumber(std::string_view name) const {
  return position(data_.vocabulary.clocks, name);
}

}  // namespace hub::rules
