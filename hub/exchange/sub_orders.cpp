#include "hub/exchange/sub_orders.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "hub/base/ids.h"
#include "hub/base/log.h"
#include "hub/base/metrics.h"
#include "hub/base/text.h"
#include "hub/exchange/action_order.h"
#include "hub/exchange/answer_terms.h"
#include "hub/exchange/event_texts.h"
#include "hub/exchange/named_term.h"
#include "hub/rules/law_book.h"
#include "hub/rules/sub_orders.h"

namespace hub::exchange {
namespace {

using rules::LocalText;
using store::SubOrderRow;
using Words = std::vector<std::string>;

bool has(const Words& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

const rules::SubOrderRules* rulesOf(const rules::LawBook* law) {
  const auto* procedure = law ? law->data().procedure.get() : nullptr;
  return procedure && procedure->data().sub_orders ? &*procedure->data().sub_orders : nullptr;
}

Status noRules() {
  return Status::failure("rules.no_procedure", "the procedure knows no sub-orders");
}

LocalText bodyNamed(const rules::LawBook& law, const std::string& bin, Date day) {
  const auto* body = law.bodyByBin(bin, day);
  return body ? body->names : LocalText{bin, bin, bin};
}

LocalText labelOf(const std::map<std::string, LocalText>& labels, const std::string& word) {
  const auto found = labels.find(word);
  return found == labels.end() ? LocalText{word, word, word} : found->second;
}

LocalText kindNamed(const rules::SubOrderRules& rules, const std::string& kind) {
  const auto found = rules.kinds.find(kind);
  return found == rules.kinds.end() ? LocalText{kind, kind, kind} : found->second.label;
}

// Whose people ask: of the body that gave it, of the one that got it, or the hub's own, who enter for both. nullptr:
// the sub-order is none of theirs. Who has the case now sees what was asked before.
const char* sideOf(const SubOrderRow& row, const store::AppealRow& appeal, const Caller& caller) {
  if (caller.body.empty() || caller.body == row.body || caller.body == appeal.body_bin) {
    return rules::kOwnSide;
  }
  return caller.body == row.target ? rules::kTargetSide : nullptr;
}

Status noSubOrder() {
  return Status::failure("store.not_found", "the appeal has no such sub-order");
}

Result<Date> dayOf(Instant now, const rules::LawBook& law) {
  auto today = toLocal(now, law.data().default_zone);
  if (!today) return today.status();
  return today->date;
}

// One event of the case's history, which the applicant sees: the text and the answer are not in it.
store::EventRow eventOf(const store::AppealRow& appeal, const SubOrderRow& row,
                        const rules::SubOrderRules& rules, const rules::SubOrderStep& step,
                        const rules::LawBook& law, const std::string& actor, Instant now,
                        Date today) {
  const auto kind = kindNamed(rules, row.kind);
  const auto target = bodyNamed(law, row.target, today);
  const std::string number = std::to_string(row.number);
  const bool answers = has(step.needs, "answer");
  auto event =
      makeEvent(appeal.id, "sub_order", now, actor, appeal.state, appeal.state,
                "sub_order_" + step.action, "", sha256Hex(answers ? row.answer : row.text));
  fillTexts(event, {number + " (" + kind.kk + ", " + target.kk + "): " + step.label.kk,
                    number + " (" + kind.ru + ", " + target.ru + "): " + step.label.ru,
                    number + " (" + kind.en + ", " + target.en + "): " + step.label.en});
  return event;
}

void addUntil(store::EventRow& event, const std::string& iso) {
  const auto day = spokenDate(iso);
  addSentence(event, {day + " дейін", "До " + day, "Until " + day});
}

// One text of several lines, which a person wrote.
Status checkText(const std::string& text, std::string_view member) {
  const bool plain =
      isUtf8(text) && std::none_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\r' && c != '\t';
      });
  if (plain && !trim(text).empty() && utf8Length(text) <= kSubOrderCharsMax) return {};
  return badInput("a text of 1 to " + std::to_string(kSubOrderCharsMax) + " characters", member);
}

// An order to take a step, on the case and its sub-orders as the unit of work finds them.
class Step {
 public:
  Step(const rules::LawBook& law, const SubOrderOrder& order, const Caller& caller,
       std::string role, Instant now, Date today)
      : law_(law),
        rules_(*rulesOf(&law)),
        order_(order),
        caller_(caller),
        role_(std::move(role)),
        now_(now),
        today_(today) {}

  Status take(store::Tx& tx, store::RowId id, std::int64_t number) {
    auto appeal = tx.appeal(id);
    if (!appeal) return appeal.status();
    auto rows = tx.subOrders(id);
    if (!rows) return rows.status();
    SubOrderRow row;
    row.appeal = id;
    row.body = appeal->body_bin;
    if (number > 0) {
      const auto found = std::find_if(rows->begin(), rows->end(),
                                      [&](const auto& one) { return one.number == number; });
      if (found == rows->end()) return noSubOrder();
      row = *found;
    }
    const char* side = sideOf(row, *appeal, caller_);
    if (side == nullptr) return noSubOrder();
    auto step =
        rules::checkSubOrderStep(rules_, {row.state, appeal->state, side},
                                 number == 0 ? rules_.making().action : order_.action, role_);
    if (!step) return step.status();
    if (auto s = checkInputs(**step); !s) return s;
    if (number == 0) {
      if (auto s = begin(*appeal, *rows, row); !s) return s;
    }
    std::string day_off;
    if (auto s = setDay(*appeal, **step, row, day_off); !s) return s;
    return keep(tx, *appeal, **step, row, day_off);
  }

 private:
  // What the step needs is there, and nothing that it does not take.
  Status checkInputs(const rules::SubOrderStep& step) {
    const std::array<std::pair<std::string_view, const std::string*>, 6> given = {
        {{"kind", &order_.kind},
         {"body", &order_.body},
         {"text", &order_.text},
         {"day", &order_.day},
         {"answer", &order_.answer},
         {"reason", &order_.reason}}};
    const auto& kinds = rules_.kinds;
    const auto kind = kinds.find(order_.kind);
    const bool goes_on = kind != kinds.end() && !kind->second.follows.empty();
    for (const auto& [name, value] : given) {
      const bool needed = has(step.needs, name);
      // An additional one goes to the body that got the first, unless another is named.
      if (value->empty() && needed && !(name == "body" && goes_on)) return inputNeeded(name);
      if (!value->empty() && !needed && !has(step.may, name)) {
        return badInput("this step takes none", name);
      }
    }
    if (order_.of != 0 && !(has(step.needs, "kind") && goes_on)) {
      return badInput("this step takes none", "of");
    }
    for (const auto& [name, value] :
         {std::pair{"text", &order_.text}, {"answer", &order_.answer}}) {
      if (value->empty()) continue;
      if (auto s = checkText(*value, name); !s) return s;
    }
    if (order_.reason.empty()) return {};
    auto words = operatorWords(order_.reason, "/reason");
    if (!words) return words.status();
    reason_ = *words;
    return {};
  }

  // A new one: its kind, what it goes on from, and who is asked.
  Status begin(const store::AppealRow& appeal, const std::vector<SubOrderRow>& rows,
               SubOrderRow& row) {
    if (static_cast<std::int64_t>(rows.size()) >= kSubOrdersMax) {
      return Status::failure("exchange.too_many_sub_orders",
                             "an appeal has at most " + std::to_string(kSubOrdersMax));
    }
    const auto kind = rules_.kinds.find(order_.kind);
    if (kind == rules_.kinds.end()) {
      std::string known;
      for (const auto& [name, one] : rules_.kinds) known += (known.empty() ? "" : ", ") + name;
      return badInput("the kind is one of: " + known, "kind");
    }
    row.kind = kind->first;
    if (!kind->second.follows.empty()) {
      if (order_.of == 0) return inputNeeded("of");
      const auto first = std::find_if(rows.begin(), rows.end(), [&](const auto& one) {
        return one.number == order_.of && has(kind->second.follows, one.state);
      });
      if (first == rows.end()) {
        return badInput("no sub-order of the case that was signed and not cancelled", "of");
      }
      row.follows = first->number;
      row.target = first->target;
    }
    if (!order_.body.empty()) {
      const auto* body = law_.bodyByBin(order_.body, today_);
      if (!body) body = law_.bodyByAlias(order_.body, today_);
      if (!body) {
        return Status::failure("exchange.unknown_body", "not in the register of bodies today",
                               "/body");
      }
      row.target = body->bin;
    }
    if (row.target == appeal.body_bin) return badInput("this body has the case itself", "body");
    row.created_at = now_;
    row.created_by = role_ + ":" + caller_.client;
    return {};
  }

  Status setDay(const store::AppealRow& appeal, const rules::SubOrderStep& step, SubOrderRow& row,
                std::string& day_off) {
    std::optional<Date> case_due;
    if (!appeal.due_date.empty()) {
      auto due = parseDate(appeal.due_date);
      if (!due) return due.status();
      case_due = *due;
    }
    if (!order_.day.empty()) {
      auto named = parseDate(order_.day);
      if (!named) return badInput(named.error().text, "day");
      if (auto s = rules::checkSubOrderDay(*named, today_, case_due); !s) return s;
      auto worked = workedDay(law_, order_.day);
      row.due_date = std::move(worked.day);
      day_off = std::move(worked.day_off);
    }
    // What goes out must still have its day before it, and before the case's.
    const bool goes_out = order_.day.empty() && !step.in.empty();
    if (order_.day.empty() && !goes_out) return {};
    auto day = parseDate(row.due_date);
    if (!day) return day.status();
    return rules::checkSubOrderDay(*day, today_, case_due);
  }

  Status keep(store::Tx& tx, const store::AppealRow& appeal, const rules::SubOrderStep& step,
              SubOrderRow& row, const std::string& day_off) {
    row.state = step.to;
    row.state_since = now_;
    row.open = !rules_.isFinal(step.to);
    row.reason = reason_;
    if (!order_.text.empty()) row.text = order_.text;
    if (!order_.answer.empty()) {
      row.answer = order_.answer;
      row.answered_at = now_;
    }
    if (step.from.empty()) {
      auto number = tx.addSubOrder(row);
      if (!number) return number.status();
      row.number = *number;
    } else if (auto s = tx.updateSubOrder(row); !s) {
      return s;
    }
    auto event =
        eventOf(appeal, row, rules_, step, law_, role_ + ":" + caller_.client, now_, today_);
    if (!order_.day.empty()) {
      addUntil(event, row.due_date);
      addSentence(event, whyMoved(day_off));
    }
    if (!order_.answer.empty() && formatDate(today_) > row.due_date) {
      const auto day = spokenDate(row.due_date);
      addSentence(event,
                  {"Мерзімі өткен соң: " + day, "После срока: " + day, "After its day: " + day});
    }
    if (!reason_.empty()) {
      addSentence(event,
                  {"Негіздемесі: " + reason_, "Основание: " + reason_, "Reason: " + reason_});
    }
    if (auto s = tx.addEvent(event); !s) return s;
    made_ = row;
    hub_id_ = appeal.hub_id;
    action_ = step.action;
    return {};
  }

 public:
  const SubOrderRow& made() const { return made_; }
  const std::string& hubId() const { return hub_id_; }
  const std::string& action() const { return action_; }

 private:
  const rules::LawBook& law_;
  const rules::SubOrderRules& rules_;
  const SubOrderOrder& order_;
  const Caller& caller_;
  const std::string role_;
  const Instant now_;
  const Date today_;
  std::string reason_;
  SubOrderRow made_;
  std::string hub_id_, action_;
};

SubOrderChoice choiceOf(const rules::SubOrderStep& step) {
  return {step.action, step.label, step.by, step.needs, step.may};
}

SubOrderView viewOf(const rules::LawBook& law, const SubOrderRow& row,
                    const store::AppealRow& appeal, const Caller* caller, Date today) {
  SubOrderView view;
  view.row = row;
  view.hub_id = appeal.hub_id;
  view.reg_number = appeal.reg_number;
  view.body = bodyNamed(law, row.body, today);
  view.target = bodyNamed(law, row.target, today);
  view.late = row.open && row.answer.empty() && row.due_date < formatDate(today);
  const auto* rules = rulesOf(&law);
  if (!rules) return view;
  view.kind = kindNamed(*rules, row.kind);
  view.state = labelOf(rules->states, row.state);
  const char* side = caller ? sideOf(row, appeal, *caller) : nullptr;
  if (side == nullptr) return view;
  for (const auto* step :
       rules::allowedSubOrderSteps(*rules, {row.state, appeal.state, side}, {})) {
    view.steps.push_back(choiceOf(*step));
  }
  return view;
}

}  // namespace

Result<SubOrderList> SubOrders::of(const store::AppealRow& appeal, const Caller& caller) const {
  const auto law = law_.get();
  auto today = dayOf(clock_.now(), *law);
  if (!today) return today.status();
  auto rows = store_.subOrders(appeal.id);
  if (!rows) return rows.status();
  SubOrderList list;
  list.appeal = appeal;
  for (const auto& row : *rows) {
    if (sideOf(row, appeal, caller) == nullptr) continue;
    list.orders.push_back(viewOf(*law, row, appeal, &caller, *today));
  }
  const bool own = caller.body.empty() || caller.body == appeal.body_bin;
  if (!own && list.orders.empty()) return Status::failure("store.not_found", "no such appeal");
  const auto* rules = rulesOf(law.get());
  list.low_confidence = rules && rules->low_confidence;
  if (!own || !rules) return list;
  for (const auto& [name, kind] : rules->kinds) list.kinds.emplace_back(name, kind.label);
  for (const auto* step : rules::allowedSubOrderSteps(*rules, {"", appeal.state}, {})) {
    list.steps.push_back(choiceOf(*step));
  }
  return list;
}

Result<SubOrderList> SubOrders::act(const store::AppealRow& appeal, std::int64_t number,
                                    const SubOrderOrder& order, const Caller& caller) const {
  if (number > 0 && order.action.empty()) return inputNeeded("action");
  const auto law = law_.get();
  if (!rulesOf(law.get())) return noRules();
  ActionOrder as;
  as.role = order.role;
  auto role = roleOf(as, caller);
  if (!role) return role.status();
  const Instant now = clock_.now();
  auto today = dayOf(now, *law);
  if (!today) return today.status();
  const auto& data = law->data().procedure->data();
  if (!data.validity.covers(*today)) {
    return Status::failure("rules.procedure_not_in_force", data.version + " is in force from " +
                                                               formatDate(data.validity.from) +
                                                               ", not on " + formatDate(*today));
  }
  std::optional<Step> step;
  const auto unit = [&](store::Tx& tx) -> Status {
    step.emplace(*law, order, caller, *role, now, *today);
    return step->take(tx, appeal.id, number);
  };
  if (auto s = store_.write(store::repeatable(unit)); !s) return s;
  const auto& made = step->made();
  metrics::count("hub_sub_order_steps_total", "Steps of sub-orders that were taken.",
                 {{"action", step->action()}});
  logInfo("audit.sub_order", {{"action", step->action()},
                              {"actor", *role + ":" + caller.client},
                              {"correlation_id", step->hubId()},
                              {"number", static_cast<long long>(made.number)},
                              {"to", made.state}});
  auto current = store_.appeal(appeal.id);
  if (!current) return current.status();
  SubOrderList list;
  list.appeal = std::move(*current);
  list.orders.push_back(viewOf(*law, made, list.appeal, &caller, *today));
  return list;
}

Result<SubOrderPage> SubOrders::open(const store::SubOrderFilter& filter, const std::string& after,
                                     int limit) const {
  const auto law = law_.get();
  auto today = dayOf(clock_.now(), *law);
  if (!today) return today.status();
  std::optional<SubOrderRow> last;
  if (!after.empty()) {
    // "2026-03-27.17.2": the day, the appeal, the number.
    const auto parts = split(after, '.');
    const auto digits = [](const std::string& text) {
      return !text.empty() && text.size() < 16 &&
             std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
    };
    if (parts.size() != 3 || !parseDate(parts[0]) || !digits(parts[1]) || !digits(parts[2])) {
      return Status::failure("store.bad_cursor", "not a cursor of this list", "?after");
    }
    last.emplace();
    last->due_date = parts[0];
    last->appeal = std::stoll(parts[1]);
    last->number = std::stoll(parts[2]);
  }
  auto rows = store_.openSubOrders(filter, last ? &*last : nullptr, limit);
  if (!rows) return rows.status();
  SubOrderPage page;
  for (const auto& row : *rows) {
    auto appeal = store_.appeal(row.appeal);
    if (!appeal) return appeal.status();
    page.orders.push_back(viewOf(*law, row, *appeal, nullptr, *today));
  }
  if (!rows->empty() && rows->size() == static_cast<std::size_t>(limit)) {
    const auto& row = rows->back();
    page.next = row.due_date + "." + std::to_string(row.appeal) + "." + std::to_string(row.number);
  }
  return page;
}

Status endSubOrders(store::Tx& tx, const rules::LawBook* law, const store::AppealRow& after,
                    Instant now, bool moved) {
  const auto* rules = rulesOf(law);
  if (!rules) return {};
  const std::string_view state = moved ? std::string_view() : std::string_view(after.state);
  // Most changes end nothing: then nothing is read.
  const bool may_end = std::any_of(
      rules->states.begin(), rules->states.end(),
      [&](const auto& one) { return rules::endOfSubOrder(*rules, one.first, state) != nullptr; });
  if (!may_end) return {};
  auto rows = tx.subOrders(after.id);
  if (!rows) return rows.status();
  if (rows->empty()) return {};
  auto today = dayOf(now, *law);
  if (!today) return today.status();
  for (auto& row : *rows) {
    const auto* step = row.open ? rules::endOfSubOrder(*rules, row.state, state) : nullptr;
    if (step == nullptr) continue;
    row.state = step->to;
    row.state_since = now;
    row.open = !rules->isFinal(step->to);
    row.reason = step->action;
    if (auto s = tx.updateSubOrder(row); !s) return s;
    auto event = eventOf(after, row, *rules, *step, *law, "hub", now, *today);
    if (auto s = tx.addEvent(event); !s) return s;
    logInfo("audit.sub_order", {{"action", step->action},
                                {"actor", "hub"},
                                {"correlation_id", after.hub_id},
                                {"number", static_cast<long long>(row.number)},
                                {"to", row.state}});
  }
  return {};
}

}  // namespace hub::exchange
