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
#include "hub/exchange/sub_order_events.h"
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

Status noRules() {
  return Status::failure("rules.no_procedure", "the procedure knows no sub-orders");
}

LocalText labelOf(const std::map<std::string, LocalText>& labels, const std::string& word) {
  const auto found = labels.find(word);
  return found == labels.end() ? LocalText{word, word, word} : found->second;
}

// Whose people ask: of the body that gave it, of the one that got it, or the hub's own, who enter for both. nullptr:
// the sub-order is none of theirs. Who has the case now sees what was asked before; who is asked, what was sent.
const char* sideOf(const SubOrderRow& row, const store::AppealRow& appeal, const Caller& caller) {
  if (caller.body.empty() || caller.body == row.body || caller.body == appeal.body_bin) {
    return rules::kOwnSide;
  }
  return caller.body == row.target && row.sent_at ? rules::kTargetSide : nullptr;
}

Status noSubOrder() {
  return Status::failure("store.not_found", "the appeal has no such sub-order");
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

Status checkKey(const std::string& key) {
  const bool plain = isUtf8(key) && std::none_of(key.begin(), key.end(), [](char c) {
                       return static_cast<unsigned char>(c) < 0x20;
                     });
  if (plain && utf8Length(key) <= kSubOrderKeyCharsMax) return {};
  return badInput("one line of at most " + std::to_string(kSubOrderKeyCharsMax) + " characters",
                  "source_id");
}

// Of an order that makes one, as its maker gave it.
std::string contentOf(const SubOrderOrder& order) {
  std::string all;
  for (const auto* part : {&order.role, &order.kind, &order.body, &order.text, &order.day}) {
    all += std::to_string(part->size()) + ":" + *part;
  }
  return sha256Hex(all + std::to_string(order.of));
}

// An order to take a step, on the case and its sub-orders as the unit of work finds them.
class Step {
 public:
  Step(const rules::LawBook& law, const SubOrderOrder& order, const Caller& caller,
       std::string role, Instant now, Date today)
      : law_(law),
        rules_(*subOrderRules(&law)),
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
    if (number == 0) {
      auto known = madeBefore(*appeal, *rows);
      if (!known) return known.status();
      if (*known) return {};
      row.source = source();
      row.source_id = order_.source_id;
      row.content_sha256 = contentOf(order_);
    }
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
  // Whose keys these are, as with appeals.
  const std::string& source() const {
    return caller_.source_system.empty() ? caller_.client : caller_.source_system;
  }
  // What this very order made before is the answer to it, whatever became of that or of the case since.
  Result<bool> madeBefore(const store::AppealRow& appeal, const std::vector<SubOrderRow>& rows) {
    const auto known = std::find_if(rows.begin(), rows.end(), [&](const SubOrderRow& row) {
      return row.source == source() && row.source_id == order_.source_id;
    });
    if (known == rows.end()) return false;
    if (sideOf(*known, appeal, caller_) == nullptr) return noSubOrder();
    if (known->content_sha256 != contentOf(order_)) {
      return Status::failure("exchange.duplicate_sub_order",
                             "another sub-order of the appeal was made under this key",
                             "/source_id");
    }
    made_ = *known;
    return true;
  }

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
    if (!row.answered_at && !row.open) noteIfMissed(row, today_);
    if (!order_.answer.empty()) {
      row.answer = order_.answer;
      row.answered_at = now_;
      noteIfMissed(row, today_);
    } else if (rules::isWithTarget(rules_, row.state)) {
      if (!row.sent_at) row.sent_at = now_;
      row.answered_at.reset();  // asked again, there is none that stands
    }
    if (step.from.empty()) {
      auto number = tx.addSubOrder(row);
      if (!number) return number.status();
      row.number = *number;
    } else if (auto s = tx.updateSubOrder(row); !s) {
      return s;
    }
    auto event =
        subOrderEvent(appeal, row, rules_, step, law_, role_ + ":" + caller_.client, now_, today_);
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
  const std::string& action() const { return action_; }  // "": none was taken

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
  view.late = row.open && !row.answered_at && row.due_date < formatDate(today);
  const auto* rules = subOrderRules(&law);
  if (!rules) return view;
  view.kind = subOrderKindNamed(*rules, row.kind);
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
  auto today = registrarDay(clock_.now(), *law);
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
  const auto* rules = subOrderRules(law.get());
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
  if (number == 0) {
    if (order.source_id.empty()) return inputNeeded("source_id");
    if (auto s = checkKey(order.source_id); !s) return s;
  }
  const auto law = law_.get();
  if (!subOrderRules(law.get())) return noRules();
  ActionOrder as;
  as.role = order.role;
  auto role = roleOf(as, caller);
  if (!role) return role.status();
  const Instant now = clock_.now();
  auto today = registrarDay(now, *law);
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
  const bool taken = !step->action().empty();
  if (taken) {
    metrics::count("hub_sub_order_steps_total", "Steps of sub-orders that were taken.",
                   {{"action", step->action()}});
    logInfo("audit.sub_order", {{"action", step->action()},
                                {"actor", *role + ":" + caller.client},
                                {"correlation_id", step->hubId()},
                                {"number", static_cast<long long>(made.number)},
                                {"to", made.state}});
  }
  auto current = store_.appeal(appeal.id);
  if (!current) return current.status();
  SubOrderList list;
  list.appeal = std::move(*current);
  list.orders.push_back(viewOf(*law, made, list.appeal, &caller, *today));
  list.made = number == 0 && taken;
  return list;
}

Result<SubOrderPage> SubOrders::open(const store::SubOrderFilter& filter, const std::string& after,
                                     int limit) const {
  const auto law = law_.get();
  auto today = registrarDay(clock_.now(), *law);
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

}  // namespace hub::exchange
