// Reads config/law/procedure.yaml.
#include "hub/base/text.h"
#include "hub/rules/law_section.h"
#include "hub/rules/procedure.h"

namespace hub::rules {
namespace {

using loading::readLabels;
using loading::Section;
using loading::Source;

// A list is of the row's one outcome; a mapping says of which.
std::map<std::string, std::vector<std::string>> readGrounds(
    const Source& source, Section& section, const std::vector<std::string>& outcomes) {
  std::map<std::string, std::vector<std::string>> grounds;
  const YAML::Node node = section.maybe("grounds");
  if (!node) return grounds;
  if (node.IsMap()) {
    Section names(source, node);
    Section::each(source, node, [&](const std::string& outcome, const YAML::Node&) {
      grounds[outcome] = names.list(outcome);
    });
  } else if (outcomes.size() == 1) {
    grounds[outcomes.front()] = section.list("grounds");
  } else {
    source.fail("rules.data_bad_value", loading::lineOf(node),
                outcomes.empty() ? "'grounds' are those of a decision"
                                 : "'grounds' says of which of the row's outcomes they are");
  }
  return grounds;
}

ProcedureRow readRow(const Source& source, const YAML::Node& node) {
  Section section(source, node);
  ProcedureRow row;
  row.origin = section.origin();
  row.action = section.text("action");
  section.need("from");
  row.from = section.list("from");
  row.to = section.textOr("to", "");
  row.back = section.list("back");
  section.need("by");
  row.by = section.list("by");
  row.kinds = section.list("kinds");
  row.procedures = section.list("procedures");
  row.special = section.list("special");
  Section::each(source, section.maybe("not_for"),
                [&](const std::string& kind, const YAML::Node& article) {
                  if (article.IsScalar()) row.not_for[kind] = article.Scalar();
                });
  Section::each(source, section.maybe("hearing_before"),
                [&](const std::string& outcome, const YAML::Node& article) {
                  if (article.IsScalar()) row.hearing_before[outcome] = article.Scalar();
                });
  Section::each(source, section.maybe("barred_by"),
                [&](const std::string& clock, const YAML::Node& article) {
                  if (article.IsScalar()) row.barred_by[clock] = article.Scalar();
                });
  row.article = section.text("article");
  row.law = section.textOr("law", "");
  row.not_urgent = section.textOr("not_urgent", "");
  row.react_first = section.textOr("react_first", "");
  row.impartial = section.textOr("impartial", "");
  row.until = section.list("until");
  row.due = section.list("due");
  row.after = section.list("after");
  row.laws = section.list("laws");
  row.opens = section.list("opens");
  row.closes = section.list("closes");
  row.supersedes = section.list("supersedes");
  row.running = section.list("running");
  row.had = section.list("had");
  row.cancels = section.list("cancels");
  row.revives = section.list("revives");
  row.first_body = section.list("first_body");
  if (const YAML::Node limits = section.maybe("opens_for")) {
    Section names(source, limits);
    Section::each(source, limits, [&](const std::string& clock, const YAML::Node&) {
      row.opens_for[clock] = names.list(clock);
    });
  }
  row.outcomes = section.list("outcomes");
  row.grounds = readGrounds(source, section, row.outcomes);
  if (const YAML::Node characters = section.maybe("characters")) {
    Section names(source, characters);
    Section::each(source, characters, [&](const std::string& outcome, const YAML::Node&) {
      row.characters[outcome] = names.list(outcome);
    });
  }
  row.complaint = static_cast<Complaint>(section.choice(
      "complaint", "none", {"none", "stops", "changed_nothing", "changed_act", "joined"}));
  row.makes_part = section.flag("makes_part");
  row.day = section.flag("day");
  row.told_later = section.flag("told_later");
  row.moves = section.flag("moves");
  row.without_body = section.flag("without_body");
  row.while_no_body = section.flag("while_no_body");
  row.presumed = section.textOr("presumed", "");
  row.becomes = section.textOr("becomes", "");
  row.needs = section.list("needs");
  row.of_in = section.list("of_in");
  row.sends = section.textOr("sends", "");
  row.label = section.local("label");
  section.finish();
  return row;
}

SubOrderStep readStep(const Source& source, const YAML::Node& node) {
  Section section(source, node);
  SubOrderStep step;
  step.origin = section.origin();
  step.action = section.text("action");
  step.from = section.list("from");
  step.to = section.text("to");
  section.need("by");
  step.by = section.list("by");
  section.need("sides");
  step.sides = section.list("sides");
  step.in = section.list("in");
  step.needs = section.list("needs");
  step.may = section.list("may");
  step.label = section.local("label");
  section.finish();
  return step;
}

SubOrderRules readSubOrders(const Source& source, const YAML::Node& node) {
  Section section(source, node);
  SubOrderRules rules;
  rules.origin = section.origin();
  rules.source = section.text("source");
  rules.low_confidence = section.textOr("confidence", "high") == "low";
  Section::each(source, section.need("kinds"),
                [&](const std::string& name, const YAML::Node& kind) {
                  Section one(source, kind);
                  rules.kinds[name] = {one.local("label"), one.list("follows")};
                  one.finish();
                });
  rules.states = readLabels(source, section.need("states"));
  section.need("final");
  rules.final_states = section.list("final");
  Section::eachItem(source, section.need("steps"),
                    [&](const YAML::Node& item) { rules.steps.push_back(readStep(source, item)); });
  section.finish();
  return rules;
}

ProcedureData readProcedure(const Source& source, const YAML::Node& root) {
  Section top(source, root);
  ProcedureData data;
  data.origin = top.origin();
  data.version = top.text("version");
  data.law = top.text("law");
  data.source = top.text("source");
  data.validity = {top.date("valid_from"), top.maybeDate("valid_until")};
  data.initial = top.text("initial");
  data.roles = readLabels(source, top.need("roles"));
  data.states = readLabels(source, top.need("states"));
  data.final_states = top.list("final");
  if (const YAML::Node outcomes = top.maybe("outcomes"); outcomes && outcomes.IsMap()) {
    Section names(source, outcomes);
    Section::each(source, outcomes, [&](const std::string& code, const YAML::Node&) {
      data.outcomes.push_back(code);
      data.outcome_names[code] = names.local(code);
    });
  } else {
    data.outcomes = top.list("outcomes");
  }
  if (const YAML::Node groups = top.maybe("procedure_groups")) {
    Section names(source, groups);
    Section::each(source, groups, [&](const std::string& name, const YAML::Node&) {
      data.procedure_groups[name] = names.list(name);
    });
  }
  if (const YAML::Node breaches = top.maybe("breach_in")) {
    Section names(source, breaches);
    Section::each(source, breaches, [&](const std::string& name, const YAML::Node&) {
      data.breach_in[name] = names.list(name);
    });
  }
  if (const YAML::Node suspends = top.maybe("complaint_suspends")) {
    Section section(source, suspends);
    auto& suspension = data.complaint_suspends;
    suspension.article = section.text("article");
    suspension.clocks = section.list("clocks");
    suspension.goes_on_after = section.list("goes_on_after");
    suspension.over_after = section.list("over_after");
    suspension.once_by = section.list("once_by");
    suspension.low_confidence = section.choice("confidence", "high", {"high", "low"}) == 1;
    section.finish();
  }
  data.body_roles = top.list("body_roles");
  data.post_words = top.list("post_words");
  if (const YAML::Node groups = top.maybe("clock_groups")) {
    Section names(source, groups);
    Section::each(source, groups, [&](const std::string& name, const YAML::Node&) {
      data.clock_groups[name] = names.list(name);
    });
  }
  if (const YAML::Node grounds = top.maybe("grounds")) data.grounds = readLabels(source, grounds);
  if (const YAML::Node groups = top.maybe("groups")) {
    Section names(source, groups);
    Section::each(source, groups, [&](const std::string& name, const YAML::Node&) {
      data.groups[name] = names.list(name);
    });
  }
  Section::eachItem(source, top.need("actions"),
                    [&](const YAML::Node& item) { data.rows.push_back(readRow(source, item)); });
  if (const YAML::Node orders = top.maybe("sub_orders")) {
    data.sub_orders = readSubOrders(source, orders);
  }
  top.finish();
  return data;
}

}  // namespace

Result<std::shared_ptr<const ProcedureTable>> ProcedureTable::load(
    const std::string& file, const Vocabulary& words, const std::set<std::string>& laws) {
  constexpr std::size_t kFileBytesMax = 1024 * 1024;
  std::vector<Error> errors;
  const Source source{file.substr(file.rfind('/') + 1), &errors};
  const auto text = readFile(file, kFileBytesMax);
  if (!text) {
    source.fail("rules.data_unreadable", 0, text.error().text);
    return Status(std::move(errors));
  }
  ProcedureData data;
  try {
    data = readProcedure(source, YAML::Load(*text));
  } catch (const YAML::Exception& fault) {
    source.fail("rules.data_syntax", fault.mark.line + 1, fault.msg);
  }
  if (!errors.empty()) return Status(std::move(errors));
  return build(std::move(data), words, laws);
}

}  // namespace hub::rules
