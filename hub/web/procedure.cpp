// What may be done with an appeal, and doing it: the actions of the procedure.
#include "hub/rules/procedure.h"

#include <algorithm>
#include <cmath>

#include "hub/exchange/forwarder.h"
#include "hub/web/parameters.h"
#include "hub/web/refusal_names.h"
#include "hub/web/render.h"
#include "hub/web/router.h"

namespace hub::web {
namespace {

constexpr const char* kNotify = "notify";  // that the applicant was told

// In some states the action tells of something else, which the body that has the appeal owes.
bool tellsOfForwarding(const Doors& doors, const store::AppealRow& row) {
  const auto law = doors.service.law();
  if (!law->data().procedure) return false;
  const auto has = [](const std::vector<std::string>& words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
  };
  const auto& table = law->data().procedure->data().rows;
  return std::any_of(table.begin(), table.end(), [&](const auto& each) {
    return each.action == kNotify && has(each.from, row.state) &&
           has(each.closes, exchange::kForwardNotice);
  });
}

void writeWords(JsonWriter& writer, std::string_view name, const std::vector<std::string>& words) {
  if (words.empty()) return;
  writer.beginArray(name);
  for (const auto& word : words) writer.text({}, word);
  writer.endArray();
}

const std::string& spoken(const Request& request, const rules::LocalText& text) {
  return inLanguage(request.language, text.kk, text.ru, text.en);
}

void writeSimilar(JsonWriter& writer, const exchange::Similar& similar) {
  const auto& row = similar.appeal;
  writer.beginObject()
      .text("hub_id", row.hub_id)
      .textIf("reg_number", row.reg_number)
      .text("nature", similar.hint.nature)
      .number("percent", similar.hint.percent)
      .text("kind", row.kind)
      .text("state", row.state)
      .textIf("body", row.body_bin)
      .instant("received_at", row.received_at)
      .textIf("verdict", similar.hint.verdict)
      .textIf("judged_by", similar.hint.judged_by)
      .instantIf("judged_at", similar.hint.judged_at)
      .endObject();
}

// Nobody learns by likeness of appeals he may not see.
bool mayShow(const exchange::Caller& caller, const store::AppealRow& row) {
  const bool source =
      caller.admin || caller.source_system.empty() || caller.source_system == row.source_system;
  return source && (caller.body.empty() || caller.body == row.body_bin);
}

// A refused ground: the law names those of the action by their articles, the caller reads what they are.
Status groundsNamed(const Doors& doors, const Request& request, const store::AppealRow& row,
                    const exchange::ActionOrder& order, const Status& refused) {
  constexpr std::string_view kList = "the ground is one of: ";
  const auto& first = refused.error();
  const auto list = first.text.find(kList);
  if (first.field != "/ground" || list == std::string::npos) return refused;
  const auto choices = doors.service.actions(row.hub_id, order.role);
  if (!choices.ok()) return refused;
  const auto& actions = choices->actions;
  const auto choice = std::find_if(actions.begin(), actions.end(), [&](const auto& one) {
    return one.action == order.action && !one.grounds.empty();
  });
  if (choice == actions.end()) return refused;
  Error error = first;
  const auto from = list + kList.size();
  const auto end = std::min(error.text.find(';', from), error.text.size());
  std::string named;
  for (const auto& ground : choice->grounds) {
    const auto& outcomes = ground.outcomes;
    const bool fits = order.outcome.empty() || outcomes.empty() ||
                      std::find(outcomes.begin(), outcomes.end(), order.outcome) != outcomes.end();
    if (!fits) continue;
    named += (named.empty() ? "" : ", ") + ground.ground + " " + spoken(request, ground.label);
  }
  error.text.replace(from, end - from, named);
  return Status(std::move(error));
}

Reply answer(JsonWriter& writer, const Request& request) {
  Reply reply;
  reply.body = writer.take();
  reply.headers.push_back({"Cache-Control", "no-store"});
  reply.headers.push_back({"Content-Language", request.language});
  return reply;
}

}  // namespace

Result<Reply> listActions(const Doors& doors, Request& request) {
  auto parameters = Parameters::read(request, {"role"});
  if (!parameters.ok()) return parameters.status();
  bool owes_only = false;
  auto row = findForNotice(doors, request, owes_only);
  if (!row.ok()) return row.status();
  auto choices = doors.service.actions(row->hub_id, parameters->text("role"));
  if (!choices.ok()) return choices.status();
  if (owes_only) {
    const bool told_so = tellsOfForwarding(doors, *row);
    std::erase_if(choices->actions,
                  [&](const auto& choice) { return !told_so || choice.action != kNotify; });
  }
  JsonWriter writer;
  writer.beginObject()
      .text("hub_id", choices->appeal.hub_id)
      .textIf("reg_number", choices->appeal.reg_number)
      .text("state", choices->appeal.state)
      .textIf("state_name", spoken(request, choices->state))
      .beginArray("actions");
  for (const auto& choice : choices->actions) {
    writer.beginObject()
        .text("action", choice.action)
        .text("name", spoken(request, choice.label))
        .text("law", choice.law)
        .text("article", choice.article)
        .textIf("to_state", choice.to_state)
        .textIf("until", choice.until)
        .flag("late_allowed", choice.duty);
    writeWords(writer, "by", choice.by);
    writeWords(writer, "needs", choice.needs);
    writeWords(writer, "outcomes", choice.outcomes);
    writeWords(writer, "unheard", choice.unheard);
    if (!choice.grounds.empty()) {
      writer.beginArray("grounds");
      for (const auto& ground : choice.grounds) {
        writer.beginObject()
            .text("ground", ground.ground)
            .text("name", spoken(request, ground.label));
        writeWords(writer, "outcomes", ground.outcomes);
        writer.endObject();
      }
      writer.endArray();
    }
    if (!choice.characters.empty()) {
      writer.beginObject("characters");
      for (const auto& [outcome, characters] : choice.characters) {
        writeWords(writer, outcome, characters);
      }
      writer.endObject();
    }
    writer.endObject();
  }
  writer.endArray().endObject();
  return answer(writer, request);
}

Result<Reply> actOnAppeal(const Doors& doors, Request& request) {
  auto media = checkMediaType(request, {"application/json"});
  if (!media.ok()) return media.status();
  auto body = request.body->readAll(doors.limits.body_bytes_max);
  if (!body.ok()) return body.status();
  auto said = parseStrings(*body, {"action"},
                           {"role", "official", "outcome", "reason", "text", "day", "body", "of",
                            "executor", "waived", "ground", "character", "done_on", "occasion"});
  if (!said.ok()) return said.status();
  bool owes_only = false;
  auto row = findForNotice(doors, request, owes_only);
  if (!row.ok()) return row.status();
  auto& m = *said;
  if (owes_only && (m["action"] != kNotify || !tellsOfForwarding(doors, *row))) {
    return Status::failure("store.not_found", "no such appeal");
  }
  const exchange::ActionOrder order{m["action"],    m["role"],     m["official"], m["outcome"],
                                    m["reason"],    m["text"],     m["day"],      m["body"],
                                    m["of"],        m["executor"], m["waived"],   m["ground"],
                                    m["character"], m["done_on"],  m["occasion"]};
  auto acted = doors.service.act(row->hub_id, order, request.caller);
  if (!acted.ok()) {
    const auto law = doors.service.law();
    return refusal(groundsNamed(doors, request, *row, order, acted.status()), request, *law);
  }
  auto explanations = doors.service.explain(acted->opened);
  if (!explanations.ok()) return explanations.status();
  JsonWriter writer;
  writer.beginObject();
  writeAppeal(writer, acted->appeal);
  writer.text("action", acted->action).text("law", acted->law).text("article", acted->article);
  writer.beginArray("opened");
  for (std::size_t i = 0; i < acted->opened.size(); ++i) {
    writer.beginObject();
    writeClock(writer, acted->opened[i], (*explanations)[i].in(request.language));
    writer.endObject();
  }
  writer.endArray();
  if (acted->part) {
    writer.beginObject("part");
    writeAppeal(writer, *acted->part);
    writer.endObject();
  }
  writer.endObject();
  return answer(writer, request);
}

Result<Reply> listExecutors(const Doors& doors, Request& request) {
  auto parameters = Parameters::read(request, {});
  if (!parameters.ok()) return parameters.status();
  auto row = findFor(doors, request);
  if (!row.ok()) return row.status();
  const auto& roles = request.caller.roles;
  const bool clerk = std::any_of(roles.begin(), roles.end(), [](const auto& role) {
    return role != "applicant" && role != "agency";
  });
  if (!clerk) return Status::failure("web.forbidden", "this is for clerks of the body");
  auto suggestion = doors.service.suggestExecutor(row->hub_id);
  if (!suggestion.ok()) return suggestion.status();
  const auto& assignment = suggestion->assignment;
  JsonWriter writer;
  writer.beginObject()
      .text("hub_id", row->hub_id)
      .textIf("reg_number", row->reg_number)
      .textIf("executor", row->executor)
      .textIf("suggested", assignment.executor)
      .text("why", spoken(request, assignment.explanation))
      .beginArray("candidates");
  for (const auto& candidate : assignment.candidates) {
    const auto hundredths = static_cast<std::int64_t>(std::llround(candidate.load * 100));
    writer.beginObject()
        .text("executor", candidate.executor)
        .number("load_percent", hundredths)
        .textIf("excluded", candidate.excluded);
    if (candidate.alike) writer.flag("alike", true);
    writer.endObject();
  }
  writer.endArray().endObject();
  return answer(writer, request);
}

Result<Reply> rebalanceBody(const Doors& doors, Request& request) {
  auto parameters = Parameters::read(request, {"moves"});
  if (!parameters.ok()) return parameters.status();
  auto moves_max = parameters->number("moves", 10, 1, 50);
  if (!moves_max.ok()) return moves_max.status();
  auto moves = doors.service.rebalance(request.path.at("body"), *moves_max);
  if (!moves.ok()) return moves.status();
  JsonWriter writer;
  writer.beginObject().beginArray("moves");
  for (const auto& move : *moves) {
    writer.beginObject()
        .text("reg_number", move.case_id)
        .text("from", move.from)
        .text("to", move.to)
        .text("why", spoken(request, move.explanation))
        .endObject();
  }
  writer.endArray().endObject();
  return answer(writer, request);
}

Result<Reply> listSimilar(const Doors& doors, Request& request) {
  auto parameters = Parameters::read(request, {});
  if (!parameters.ok()) return parameters.status();
  auto row = findFor(doors, request);
  if (!row.ok()) return row.status();
  auto list = doors.service.similar(row->hub_id);
  if (!list.ok()) return list.status();
  JsonWriter writer;
  writer.beginObject().text("hub_id", row->hub_id).textIf("reg_number", row->reg_number);
  writer.beginArray("similar");
  for (const auto& similar : *list) {
    if (mayShow(request.caller, similar.appeal)) writeSimilar(writer, similar);
  }
  writer.endArray().endObject();
  return answer(writer, request);
}

Result<Reply> judgeSimilar(const Doors& doors, Request& request) {
  constexpr std::size_t kBytesMax = 4096;
  auto media = checkMediaType(request, {"application/json"});
  if (!media.ok()) return media.status();
  auto body = request.body->readAll(kBytesMax);
  if (!body.ok()) return body.status();
  auto said = parseStrings(*body, {"other", "verdict"});
  if (!said.ok()) return said.status();
  auto row = findFor(doors, request);
  if (!row.ok()) return row.status();
  auto other = doors.service.find(said->at("other"));
  if (!other.ok() || !mayShow(request.caller, *other)) {
    return Status::failure("store.not_found", "no such appeal", "/other");
  }
  auto judged = doors.service.judgeSimilar(row->hub_id, said->at("other"), said->at("verdict"),
                                           request.caller);
  if (!judged.ok()) return judged.status();
  JsonWriter writer;
  writeSimilar(writer, *judged);
  return answer(writer, request);
}

}  // namespace hub::web
