#include "hub/web/refusal_names.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/text.h"
#include "hub/rules/procedure.h"
#include "hub/web/render.h"

namespace hub::web {
namespace {

constexpr std::string_view kInState = "' in the state '";
constexpr std::string_view kOfCase = "' of a case '";
constexpr std::string_view kWhy = "': ";
constexpr std::string_view kAllowed = "; allowed now: ";
constexpr std::string_view kSubOrder = "sub-order, '";
constexpr std::string_view kRouting = "this one is in state ";
constexpr std::string_view kAfter = "not allowed in this state, it comes after ";
constexpr std::string_view kFor = "for ", kNotFor = ", not for ";
constexpr std::string_view kNothing = "nothing";
constexpr std::string_view kOutcomes = "the outcome is one of: ";

// The text up to the mark, which goes with it; nothing and no change if there is no such mark.
std::optional<std::string> takeTo(std::string_view& text, std::string_view mark) {
  const auto at = text.find(mark);
  if (at == text.npos) return std::nullopt;
  std::string taken(text.substr(0, at));
  text.remove_prefix(at + mark.size());
  return taken;
}

std::vector<std::string> listed(std::string_view text) {
  std::vector<std::string> words;
  while (auto word = takeTo(text, ", ")) words.push_back(std::move(*word));
  words.emplace_back(text);
  return words;
}

class Names {
 public:
  Names(const rules::LawBook& law, const std::string& language)
      : words_(law.data().vocabulary), table_(*law.data().procedure), language_(language) {}

  std::string state(const std::string& code) const { return in(table_.data().states, code); }
  std::string role(const std::string& code) const { return in(table_.data().roles, code); }
  std::string action(const std::string& code) const {
    const auto& rows = table_.data().rows;
    const auto row =
        std::find_if(rows.begin(), rows.end(), [&](const auto& one) { return one.action == code; });
    return row == rows.end() ? code : spoken(row->label, code);
  }
  std::string outcome(const std::string& code) const {
    return in(table_.data().outcome_names, code);
  }
  std::string subOrderState(const std::string& code) const {
    static const rules::LocalText kNew = {"жаңа", "новое", "new"};
    if (code == "new") return spoken(kNew, code);
    const auto& rules = table_.data().sub_orders;
    return rules ? in(rules->states, code) : code;
  }
  std::string step(const std::string& code) const {
    const auto& rules = table_.data().sub_orders;
    if (!rules) return code;
    const auto step = std::find_if(rules->steps.begin(), rules->steps.end(),
                                   [&](const auto& one) { return one.action == code; });
    return step == rules->steps.end() ? code : spoken(step->label, code);
  }
  // Of a term, a kind, a procedure or a special kind.
  std::string word(const std::string& code) const {
    for (const auto* names : {&words_.clocks, &words_.procedures, &words_.special_kinds}) {
      if (names->contains(code)) return in(*names, code);
    }
    const auto kind = words_.kinds.find(code);
    return kind == words_.kinds.end() ? code : spoken(kind->second.label, code);
  }
  template <class Each>
  static std::string all(std::string_view list, const Each& each) {
    std::string names;
    for (const auto& code : listed(list)) names += (names.empty() ? "" : ", ") + each(code);
    return names;
  }

 private:
  std::string spoken(const rules::LocalText& label, const std::string& code) const {
    const auto& name = label.in(language_);
    return name.empty() ? code : name;
  }
  std::string in(const std::map<std::string, rules::LocalText>& names,
                 const std::string& code) const {
    const auto found = names.find(code);
    return found == names.end() ? code : spoken(found->second, code);
  }

  const rules::Vocabulary& words_;
  const rules::ProcedureTable& table_;
  const std::string& language_;
};

// The steps of "it comes after forward_agree (controller), …".
std::vector<Refusal::Step> stepsIn(std::string_view why) {
  std::vector<Refusal::Step> steps;
  if (!why.starts_with(kAfter)) return steps;
  for (const auto& text : listed(why.substr(kAfter.size()))) {
    const auto open = text.find(" (");
    const bool has_role = open != text.npos && text.ends_with(')');
    steps.push_back({text.substr(0, open),
                     has_role ? text.substr(open + 2, text.size() - open - 3) : std::string()});
  }
  return steps;
}

std::string reason(const Names& names, std::string_view why) {
  const auto role = [&](const auto& code) { return names.role(code); };
  if (const auto steps = stepsIn(why); !steps.empty()) {
    std::string told(kAfter);
    for (const auto& step : steps) {
      if (&step != &steps.front()) told += ", ";
      told += names.action(step.action);
      if (!step.role.empty()) told += " (" + names.role(step.role) + ")";
    }
    return told;
  }
  if (why.starts_with(kFor) && why.find(kNotFor) != why.npos) {
    auto rest = why.substr(kFor.size());
    const auto may = takeTo(rest, kNotFor);
    return std::string(kFor) + Names::all(*may, role) + std::string(kNotFor) +
           names.role(std::string(rest));
  }
  if (why.starts_with(kOutcomes)) {
    return std::string(kOutcomes) + Names::all(why.substr(kOutcomes.size()), [&](const auto& code) {
             return names.outcome(code);
           });
  }
  // Codes in quotes.
  std::string told;
  while (auto before = takeTo(why, "'")) {
    const auto quoted = takeTo(why, "'");
    if (!quoted) return told + *before + "'" + std::string(why);
    told += *before + "'" +
            Names::all(*quoted, [&](const auto& code) { return names.word(code); }) + "'";
  }
  return told + std::string(why);
}

struct Told {
  std::string text;
  Refusal codes;
};

std::optional<Told> routing(const Names& names, const std::string& text) {
  const auto at = text.find(kRouting);
  if (at == text.npos) return std::nullopt;
  const auto code = text.substr(at + kRouting.size());
  return Told{text.substr(0, at + kRouting.size()) + names.state(code), {"route", code, {}, {}}};
}

std::optional<Told> act(const Names& names, std::string_view text) {
  const bool of_sub_order = text.starts_with(kSubOrder);
  const auto law = takeTo(text, of_sub_order ? kSubOrder : std::string_view(": '"));
  const auto action = law ? takeTo(text, kInState) : std::nullopt;
  const auto state = action ? takeTo(text, of_sub_order ? kOfCase : kWhy) : std::nullopt;
  const auto of_case = state && of_sub_order ? takeTo(text, kWhy) : std::nullopt;
  if (!state || (of_sub_order && !of_case)) return std::nullopt;
  const auto end = text.rfind(kAllowed);
  if (end == text.npos) return std::nullopt;
  const auto why = text.substr(0, end);
  const auto list = text.substr(end + kAllowed.size());
  const auto name = [&](const auto& code) {
    return of_sub_order ? names.step(code) : names.action(code);
  };
  Told told{{}, {*action, *state, {}, stepsIn(why)}};
  if (list != kNothing) told.codes.allowed = listed(list);
  if (why.starts_with(kOutcomes)) told.codes.outcomes = listed(why.substr(kOutcomes.size()));
  told.text =
      (of_sub_order ? std::string(kSubOrder) : *law + ": '") + name(*action) +
      std::string(kInState) +
      (of_sub_order ? names.subOrderState(*state) + std::string(kOfCase) + names.state(*of_case)
                    : names.state(*state)) +
      std::string(kWhy) + reason(names, why) + std::string(kAllowed) +
      (list == kNothing ? std::string(list) : Names::all(list, name));
  return told;
}

}  // namespace

Reply refusal(const Status& refused, const Request& request, const rules::LawBook& law) {
  if (!law.data().procedure) return problem(refused, request);
  Error error = refused.error();
  const Names names(law, request.language);
  auto told =
      error.code == "exchange.not_routable" ? routing(names, error.text) : act(names, error.text);
  if (!told) return problem(refused, request);
  error.text = std::move(told->text);
  return problem(Status(std::move(error)), request, &told->codes);
}

}  // namespace hub::web
