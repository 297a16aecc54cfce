#include "hub/rules/law_gaps.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>
#include <tuple>

namespace hub::rules {
namespace {

using std::chrono::days;
using std::chrono::sys_days;

std::string at(const Origin& origin) { return origin.file + ":" + std::to_string(origin.line); }

Error gap(const char* code, const Origin& origin, const std::string& text) {
  return Error{code, at(origin) + ": " + text, {}, origin.line};
}

bool names(const std::vector<std::string>& words, const std::string& word) {
  return words.empty() || std::find(words.begin(), words.end(), word) != words.end();
}

// Terms of the years after the last and before the first are told as unknown; a year lost between two is a
// mistake, and would move dates that are already told.
void calendarGaps(const LawData& data, std::vector<Error>& errors) {
  std::set<int> years;
  for (const auto& year : data.years) years.insert(year.year);
  if (years.empty()) return;
  for (int year = *years.begin(); year < *years.rbegin(); ++year) {
    if (years.contains(year)) continue;
    // Of the two neighbours the one before: the file of the year itself is what is not there.
    const int before = *std::prev(years.lower_bound(year));
    const Origin origin{"calendar/" + std::to_string(before) + ".yaml", 1};
    errors.push_back(gap("rules.data_gap", origin,
                         "the year " + std::to_string(year) + " is missing between " +
                             std::to_string(*years.begin()) + " and " +
                             std::to_string(*years.rbegin())));
  }
}

// The tables whose rules give this kind a term of consideration without further conditions.
std::vector<const RuleTable*> considering(const LawData& data, const std::string& kind,
                                          const std::string& procedure, const std::string& level) {
  std::vector<const RuleTable*> tables;
  for (const auto& table : data.tables) {
    const bool any = std::any_of(table.rules.begin(), table.rules.end(), [&](const RuleData& rule) {
      return rule.clock == "consider" && rule.special.empty() && names(rule.kinds, kind) &&
             names(rule.procedures, procedure) && names(rule.levels, level);
    });
    if (any) tables.push_back(&table);
  }
  std::sort(tables.begin(), tables.end(), [](const RuleTable* a, const RuleTable* b) {
    return a->validity.from < b->validity.from;
  });
  return tables;
}

// A day between two laws on which an appeal of a kind would have no term at all.
void termGaps(const LawData& data, std::vector<Error>& errors) {
  std::set<std::tuple<const RuleTable*, Date>> told;
  const auto check = [&](const std::string& kind, const std::string& procedure,
                         const std::string& level) {
    const RuleTable* reached = nullptr;  // the one that lasts longest so far
    for (const RuleTable* table : considering(data, kind, procedure, level)) {
      if (reached != nullptr) {
        if (!reached->validity.until) return;
        const sys_days next = sys_days(*reached->validity.until) + days(1);
        if (sys_days(table->validity.from) > next && told.insert({table, Date(next)}).second) {
          errors.push_back(gap("rules.data_gap", table->origin,
                               "from " + formatDate(Date(next)) + ", the end of " +
                                   at(reached->origin) + ", to the start of this table a " + kind +
                                   " by the procedure " + procedure +
                                   " has no term of consideration"));
        }
      }
      if (reached == nullptr || !table->validity.until ||
          *table->validity.until > *reached->validity.until) {
        reached = table;
      }
    }
  };
  for (const auto& [kind, entry] : data.vocabulary.kinds) {
    std::vector<std::string> procedures = entry.also;
    procedures.push_back(entry.procedure);
    for (const auto& procedure : procedures) {
      for (const auto& [level, label] : data.vocabulary.levels) check(kind, procedure, level);
    }
  }
}

// Whoever complains of a body must come, step by step, to one that has no other above it.
void higherLoops(const LawData& data, std::vector<Error>& errors) {
  for (const auto& body : data.bodies) {
    std::set<std::string> seen{body.bin};
    const Body* step = &body;
    while (step != nullptr && !step->higher_body.empty()) {
      if (!seen.insert(step->higher_body).second) {
        errors.push_back(gap("rules.data_bad_value", body.origin,
                             "the chain of higher bodies of " + body.bin + " never ends"));
        break;
      }
      const auto next = std::find_if(data.bodies.begin(), data.bodies.end(), [&](const Body& one) {
        return one.bin == step->higher_body && one.validity.meets(body.validity);
      });
      step = next == data.bodies.end() ? nullptr : &*next;
    }
  }
}

}  // namespace

std::vector<Error> findGaps(const LawData& data) {
  std::vector<Error> errors;
  calendarGaps(data, errors);
  termGaps(data, errors);
  higherLoops(data, errors);
  return errors;
}

// A special kind is one that has a term of its own; without, it would get the general one in silence.
std::vector<Error> findUnnamedSpecials(const LawData& data,
                                       const std::map<std::string, Origin>& origins) {
  std::vector<Error> errors;
  for (const auto& [word, label] : data.vocabulary.special_kinds) {
    const bool named = std::any_of(data.tables.begin(), data.tables.end(), [&](const auto& table) {
      return std::any_of(table.rules.begin(), table.rules.end(), [&](const RuleData& rule) {
        return !rule.special.empty() && names(rule.special, word);
      });
    });
    if (named) continue;
    errors.push_back(gap("rules.special_without_rule", origins.at(word),
                         "special kind '" + word + "' is named by no rule"));
  }
  return errors;
}

std::vector<Error> findLost(const LawData& now, const LawData& next, const std::string& folder) {
  std::vector<Error> errors;
  const auto gone = [&](const std::string& file) {
    errors.push_back(
        Error{"rules.data_lost",
              folder + "/" + file +
                  ": it is gone, and the hub works by it; put it back and reload, or, if it is "
                  "meant to go, restart the hub",
              {},
              0});
  };
  if (now.procedure && !next.procedure) gone("procedure.yaml");
  if (!now.regions.empty() && next.regions.empty()) gone("kato.yaml");
  // Emptied on purpose it is still there.
  if (!now.staff.empty() && next.staff.empty() &&
      !std::filesystem::exists(folder + "/staff.yaml")) {
    gone("staff.yaml");
  }
  for (const auto& year : now.years) {
    const bool kept = std::any_of(next.years.begin(), next.years.end(),
                                  [&](const auto& other) { return other.year == year.year; });
    if (!kept) gone("calendar/" + std::to_string(year.year) + ".yaml");
  }
  for (const auto& table : now.tables) {
    // Renamed, or with a new version in its old file, it is the same table.
    const bool kept = std::any_of(next.tables.begin(), next.tables.end(), [&](const auto& other) {
      return other.version == table.version || other.origin.file == table.origin.file;
    });
    if (!kept) gone(table.origin.file);
  }
  return errors;
}

namespace {

// A row that outlives its body: it goes on to who took over, if the register knows one.
void rowsWithoutBody(const LawData& data, std::vector<std::string>& out) {
  for (const auto& rule : data.routing) {
    std::optional<Date> last;  // of the body, under any of its names
    bool ends = true;
    for (const auto& body : data.bodies) {
      if (body.bin != rule.body) continue;
      ends = ends && body.validity.until.has_value();
      if (ends && (!last || *body.validity.until > *last)) last = body.validity.until;
    }
    if (!ends || !last || (rule.validity.until && *rule.validity.until <= *last)) continue;
    const auto heir = std::find_if(data.bodies.begin(), data.bodies.end(), [&](const Body& body) {
      return std::find(body.predecessors.begin(), body.predecessors.end(), rule.body) !=
             body.predecessors.end();
    });
    out.push_back(at(rule.origin) + ": row " + rule.id + " names the body " + rule.body +
                  ", which ends on " + formatDate(*last) + "; after that " +
                  (heir == data.bodies.end() ? "it leads to nobody, since no body of the register "
                                               "names it as its predecessor"
                                             : "it leads to its successor " + heir->bin));
  }
}

}  // namespace

std::vector<std::string> leftOut(const LawData& data) {
  std::vector<std::string> out;
  if (!data.procedure) {
    out.push_back("there is no procedure.yaml: no action of the procedure can be carried out");
  }
  if (data.regions.empty()) {
    out.push_back(
        "there is no kato.yaml: a place told by the code of a region that was split, or of a "
        "district that changed its "
        "region, does not lead to the body of today");
  }
  rowsWithoutBody(data, out);
  return out;
}

}  // namespace hub::rules
