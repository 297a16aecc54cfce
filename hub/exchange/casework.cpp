#include "hub/exchange/casework.h"

#include <algorithm>
#include <optional>

#include "hub/base/ids.h"
#include "hub/base/log.h"
#include "hub/base/metrics.h"
#include "hub/base/text.h"
#include "hub/exchange/act_bars.h"
#include "hub/exchange/action_terms.h"
#include "hub/exchange/arrival.h"
#include "hub/exchange/clock_rows.h"
#include "hub/exchange/event_texts.h"
#include "hub/exchange/named_term.h"
#include "hub/exchange/occasions.h"
#include "hub/exchange/outgoing.h"
#include "hub/exchange/readdress.h"
#include "hub/exchange/repeats.h"
#include "hub/exchange/sub_order_events.h"
#include "hub/exchange/suspension.h"
#include "hub/exchange/transitions.h"

namespace hub::exchange {
namespace {

bool needs(const Action& action, const char* input) {
  const auto& words = action.row->needs;
  return std::find(words.begin(), words.end(), input) != words.end();
}

// What the action itself says in the case's history.
store::EventRow eventOf(const CaseFile& file, const Action& action, const ActionEffects& effects) {
  const auto& row = *action.row;
  const char* type = row.action == kDeemRefused ? "deemed_refused"
                     : row.action == "correct"  ? "decision_corrected"
                     : needs(action, "text")    ? "decided"
                                                : "acted";
  auto event = makeEvent(file.appeal.id, type, file.now, action.actor, file.appeal.state,
                         effects.after.state, row.action, "",
                         effects.decision ? sha256Hex(effects.decision->body) : std::string());
  if (event.type == "acted") fillTexts(event, labelled(file, row));
  const auto named = action.order.day.empty() ? NamedDay() : workedDay(*file.law, action.order.day);
  std::string until = named.day;
  if (until.empty() && effects.after.due_date != file.appeal.due_date) {
    until = effects.after.due_date;
  }
  if (!until.empty()) {
    const std::string day = spokenDate(until);
    addSentence(event, {day + " дейін", "До " + day, "Until " + day});
  }
  addSentence(event, whyMoved(named.day_off));
  if (row.action == kDeemRefused && !action.order.done_on.empty()) {
    const auto day = spokenDate(action.order.done_on);
    addSentence(event, {"Мерзім бұрынырақ аяқталған: бас тартылды деп саналатын күн " + day,
                        "Срок кончился раньше: отказ считается с " + day,
                        "The term ended earlier: the refusal counts from " + day});
  } else if (!action.order.done_on.empty()) {
    const auto day = spokenDate(action.order.done_on);
    addSentence(event, {"Өтініш беруші мұны " + day + " жасады", "Заявитель сделал это " + day,
                        "The applicant did it on " + day});
  }
  if (const auto ground = groundNamed(file, action); !ground.en.empty()) addSentence(event, ground);
  addSentence(event, partsOf(action.met));
  const auto& reason = action.reason;
  if (!reason.empty()) {
    addSentence(event, {"Негіздемесі: " + reason, "Основание: " + reason, "Reason: " + reason});
  }
  return event;
}

// Who plans an act that he may have to announce learns that it is too late for that.
rules::LocalText wouldHaveEnded(const CaseFile& file, const store::ClockRow& term) {
  const auto& labels = file.law->data().vocabulary.clocks;
  const auto label = labels.find(term.name);
  const auto name =
      label == labels.end() ? rules::LocalText{term.name, term.name, term.name} : label->second;
  const auto source = lawNamed(term.law, term.article);
  const auto day = spokenDate(term.due_date);
  return {"Бұл күнге «" + name.kk + "» мерзімі " + day + " аяқталған болар еді (" + source.kk + ")",
          "К этому дню срок «" + name.ru + "» кончился бы " + day + " (" + source.ru + ")",
          "For that day the term '" + name.en + "' would have ended on " + day + " (" + source.en +
              ")"};
}

constexpr const char* kImpartial = "97(2)";
constexpr const char* kComplaint = "complaint";

// Who acts may be the official complained of: of a decision as of one that a body's own system tells of.
store::EventRow whoItMayBe(const CaseFile& file, const Action& action, const store::EventRow& act) {
  const auto& law = procedureOf(file).data().law;
  const auto& article = action.row->impartial;
  if (!article.empty()) return barEvent(mayBeComplainedOf(law, article), act);
  auto event = makeEvent(file.appeal.id, "official_to_check", file.now, action.actor, act.to_state,
                         act.to_state, action.row->action);
  addSentence(event, lawNamed(law, kImpartial));
  return event;
}

Status seeWhomItIsOf(store::Store& store, const model::Appeal& document, CaseFile& file) {
  auto of_it = isComplaintOf(store, *file.law, document, file.appeal.body_bin, file.today);
  if (!of_it) return of_it.status();
  file.at_complained_of = *of_it;
  return {};
}

// Of the terms that stand several at a time, those that the action meets; an order names one where several are open.
Status chooseTerms(store::Store& store, const CaseFile& file, const Caller& caller,
                   Action& action) {
  const auto& closes = action.row->closes;
  const auto name = std::find_if(closes.begin(), closes.end(), [&](const auto& each) {
    return procedureOf(file).isOfEachOccasion(each);
  });
  if (name == closes.end()) {
    if (action.order.occasion.empty()) return {};
    return badInput("this action meets no term of several occasions", "occasion");
  }
  auto met = termsMet(store, *file.law, file.appeal, file.clocks, {*name, action.order.occasion},
                      caller, file.now);
  if (!met) return met.status();
  action.met = std::move(*met);
  return {};
}

// What went is the occasion of its notice: a part, by its number, or the whole, by the body to which it went.
void nameOccasion(const CaseFile& file, const std::string& occasion, ActionEffects& effects) {
  for (auto& clock : effects.opened) {
    if (procedureOf(file).isOfEachOccasion(clock.name)) clock.occasion = occasion;
  }
}

// The next body has the appeal.
void goOn(ActionEffects& effects, NextBody next) {
  effects.ended.insert(effects.ended.end(), next.ended.begin(), next.ended.end());
  effects.opened.insert(effects.opened.end(), next.opened.begin(), next.opened.end());
  effects.deliveries.push_back(std::move(next.message));
  if (next.routed) effects.events.push_back(std::move(*next.routed));
  if (next.notice_dropped) effects.events.push_back(std::move(*next.notice_dropped));
  auto& after = effects.after;
  after.state = "routed";
  after.body_bin = next.bin;
  after.destination = next.destination;
  if (!next.kind_special.empty()) after.kind_special = next.kind_special;
  after.due_date = next.due_date;
  after.executor.clear();
  decidedNothing(after);
}

model::Message withdrawalOf(const CaseFile& file, const Action& action) {
  model::Message message;
  auto& withdrawal = message.payload.emplace<model::Withdrawal>();
  withdrawal.appeal_ref = refTo(file.appeal);
  const auto& reason = action.order.reason;
  if (!reason.empty()) withdrawal.reason = std::string(trim(reason));
  withdrawal.withdrawn_at = formatInstant(file.now);
  return message;
}

}  // namespace

Casework::Casework(store::Store& store, const rules::CurrentLaw& law, const Limits& limits,
                   const Clock& clock, const Options& options)
    : store_(store),
      law_(law),
      limits_(limits),
      clock_(clock),
      node_name_(options.node_name),
      connected_(options.connected),
      hold_back_(options.hold_back),
      messages_(limits, options.identity),
      decisions_(store, limits, {options.node_name, options.identity, options.sign}),
      sending_(store, limits, options.connected, options.node_name) {}

Result<ActionChoices> Casework::choices(const store::AppealRow& appeal,
                                        const std::string& role) const {
  auto file = readCase(store_, law_.get(), appeal.id, clock_);
  if (!file) return file.status();
  if (file->appeal.kind == kComplaint) {
    auto document = documentOf(store_, appeal.id, limits_);
    if (!document) return document.status();
    if (auto s = seeWhomItIsOf(store_, *document, *file); !s) return s;
  }
  return actionChoices(*file, role);
}

Result<ActionEffects> Casework::effectsOf(const CaseFile& file, const Action& action,
                                          const Caller& caller) const {
  const auto& row = *action.row;
  ActionEffects effects;
  auto& after = effects.after;
  after = file.appeal;
  after.state = action.next_state;
  if (!action.outcome.empty()) {
    after.decision_outcome = action.outcome;
    after.decision_character = action.order.character;
  } else if (!action.order.character.empty()) {  // of a correction
    after.decision_character = action.order.character;
  }
  // What is signed and waits for its delivery is decided.
  const bool open = !isFinal(file.appeal.state) && file.appeal.state != "decision_signed";
  const bool stays_presumed = action.outcome.empty() && after.state == kDeemedRefused;
  if (!action.outcome.empty() || (open && isFinal(after.state) && !stays_presumed)) {
    const bool earlier = row.action == kDeemRefused && !action.order.done_on.empty();
    after.decided_on = earlier ? action.order.done_on : formatDate(file.today);
  }
  auto says_where = decisions_.saysWhere(file, action);
  if (!says_where) return says_where.status();
  auto terms = termsOfAction(file, action, *says_where);
  if (!terms) return terms.status();
  effects.ended = std::move(terms->ended);
  effects.opened = std::move(terms->opened);
  if (terms->due_date) after.due_date = *terms->due_date;
  std::optional<NextBody> next;
  if (row.moves) {
    auto found = sending_.whole(file, action);
    if (!found) return found.status();
    next = std::move(*found);
    effects.stops_delivery = true;
  }
  if (!next) {  // else nothing is decided yet
    auto decision = decisions_.make(file, action);
    if (!decision) return decision.status();
    effects.decision = std::move(*decision);
  }
  effects.events.push_back(eventOf(file, action, effects));
  for (const auto& term : terms->over_at_birth) {
    addSentence(effects.events.front(), wouldHaveEnded(file, term));
  }
  if (action.alike) effects.events.push_back(whoItMayBe(file, action, effects.events.front()));
  if (!action.order.executor.empty() && needs(action, "executor")) {
    after.executor = action.order.executor;
  }
  if (goesUp(action)) {
    const auto* higher = higherBody(file);
    const auto names = next ? next->names : higher ? higher->names : rules::LocalText();
    nameHigherBody(effects.events.front(), names);
  }
  nameOccasion(file, next ? next->bin : file.appeal.reg_number, effects);
  if (next) goOn(effects, std::move(*next));
  if (row.makes_part) {
    auto part = sending_.part(file, action);
    if (!part) return part.status();
    addSentence(effects.events.front(), part->names_part);
    nameOccasion(file, part->row.reg_number, effects);
    effects.part = std::move(*part);
  }
  if (needs(action, "of")) {
    auto joined = joinRepeat(store_, limits_, file, action, caller);
    if (!joined) return joined.status();
    addSentence(effects.events.front(), joined->names_case);
    effects.at_earlier = std::move(joined->at_earlier);
    effects.same_case = std::move(joined->same_case);
    effects.stops_delivery = true;
  }
  // The body's own system learns what the applicant did here.
  const bool from_outside = action.role == "applicant" || action.role == "registrar";
  const auto& destination = file.appeal.destination;
  if (!row.sends.empty() && from_outside && !destination.empty() && connected_(destination)) {
    effects.deliveries.push_back(
        outgoing(withdrawalOf(file, action), row.sends, file.appeal, node_name_, file.now));
  }
  // A body that acts late still acts: only what is over for everybody is taken back.
  if (isFinal(after.state) && after.state != kDeemedRefused) effects.stops_delivery = true;
  return effects;
}

Result<Casework::Done> Casework::carryOut(const CaseFile& file, const Action& action,
                                          const Caller& caller) const {
  auto effects = effectsOf(file, action, caller);
  if (!effects) return effects.status();
  Filed complaint{action.order.of, file.now};
  if (const auto& done_on = action.order.done_on; !done_on.empty()) {
    auto began = startOfDay(*file.law, file.appeal.body_bin, file.today, done_on);
    if (!began) return began.status();
    complaint.at = *began;
  }
  const auto& name = action.row->action;
  auto status = store_.write([&](store::Tx& tx) -> Status {
    // Counted by the law before a reload, it would come after the review that follows one.
    if (law_.get() != file.law) {
      return Status::failure("exchange.busy", "the law data were read anew just now");
    }
    if (auto s = writeEffects(tx, file.appeal, name, file.now, hold_back_, *effects); !s) return s;
    const auto* law = file.law.get();
    const auto& after = effects->after;
    if (auto s = followComplaint(tx, *law, after, action.row->complaint, complaint, action.role,
                                 file.now);
        !s) {
      return s;
    }
    // Signed before it is delivered; what is satisfied at once is signed just now.
    const bool was_signed = file.appeal.state == "decision_signed";
    const Delivered delivered{was_signed ? file.appeal.state_since : file.now, file.now};
    if (!effects->opened.empty()) {
      if (auto s = holdExecution(tx, law, after, delivered); !s) return s;
    }
    const bool moved = after.body_bin != file.appeal.body_bin;
    if (auto s = endSubOrders(tx, law, after, file.now, moved); !s) return s;
    return resumeExecution(tx, messages_, file.law.get(), effects->after, file.now);
  });
  if (!status) return status;
  if (action.alike) {
    logWarning("official.to_check",
               {{"action", name}, {"actor", action.actor}, {"correlation_id", file.appeal.hub_id}});
  }
  metrics::count("hub_actions_total", "Actions of the procedure that were carried out.",
                 {{"action", name}, {"role", action.role}});
  logInfo("audit.action", {{"action", name},
                           {"actor", action.actor},
                           {"correlation_id", file.appeal.hub_id},
                           {"from", file.appeal.state},
                           {"to", effects->after.state}});
  Done done;
  done.acted.appeal = std::move(effects->after);
  done.acted.action = name;
  done.acted.law = lawOf(file, *action.row);
  done.acted.article = action.row->article;
  done.acted.opened = std::move(effects->opened);
  for (const auto& message : effects->deliveries) done.wake.push_back(message.party);
  if (effects->part) {
    done.wake.push_back(effects->part->row.destination);
    done.acted.part = std::move(effects->part->row);
  }
  return done;
}

Result<Casework::Done> Casework::act(const store::AppealRow& appeal, const ActionOrder& order,
                                     const Caller& caller) const {
  if (order.action.empty()) return inputNeeded("action");
  auto role = roleOf(order, caller);
  if (!role) return role.status();
  constexpr int kTries = 3;
  for (int attempt = 1;; ++attempt) {
    auto file = readCase(store_, law_.get(), appeal.id, clock_);
    if (!file) return file.status();
    auto document = documentOf(store_, appeal.id, limits_);
    if (!document) return document.status();
    if (auto s = seeWhomItIsOf(store_, *document, *file); !s) return s;
    file->document = std::move(*document);
    auto action = checkOrder(*file, order, *role, caller);
    if (!action) return action.status();
    if (auto s = chooseTerms(store_, *file, caller, *action); !s) return s;
    auto done = carryOut(*file, *action, caller);
    if (done || done.error().code != "exchange.busy" || attempt == kTries) return done;
  }
}

namespace {

// The refusal is there with the end of the term (91(2), 100(5)), whenever the hub comes to see it: the day after the last
// one. "" if that is today.
std::string endOfSilence(const CaseFile& file) {
  const auto term = std::find_if(file.clocks.rbegin(), file.clocks.rend(), [](const auto& clock) {
    return (clock.name == "consider" || clock.name == "consider_extended") && isOpen(clock);
  });
  if (term == file.clocks.rend()) return {};
  const auto due = parseDate(term->due_date);
  if (!due) return {};
  const auto over = std::chrono::sys_days(*due) + std::chrono::days(1);
  return over < std::chrono::sys_days(file.today) ? formatDate(over) : std::string();
}

}  // namespace

Result<Casework::Presumed> Casework::presumeRefusal(
    const store::AppealRow& appeal, const std::shared_ptr<const rules::LawBook>& law) const {
  auto file = readCase(store_, law, appeal.id, clock_);
  if (!file) return file.status();
  const auto where = caseState(*file);
  const auto* rule = procedureOf(*file).deemedRefusalDue(where, file->today);
  if (!rule) {
    // What only needs time: a term that runs on, a table that is not in force yet.
    constexpr auto kLater = std::chrono::days(1'000);
    const auto later = std::chrono::sys_days(file->today) + kLater;
    return procedureOf(*file).deemedRefusalDue(where, later) ? Presumed::kNotNow : Presumed::kNever;
  }
  ActionOrder order;
  order.action = kDeemRefused;
  order.role = "hub";
  order.done_on = endOfSilence(*file);
  auto done = carryOut(
      *file, {rule, order, "hub", "hub", rule->to, rule->outcomes.front(), {}, {}, false, {}},
      Caller{});
  if (done) return Presumed::kDone;
  const auto& code = done.error().code;
  if (code == "exchange.busy") return Presumed::kNotNow;
  if (code.rfind("store.", 0) == 0) return done.status();
  // One that cannot be recorded must not keep the others from it.
  logError(
      "terms.not_deemed",
      {{"correlation_id", file->appeal.hub_id}, {"code", code}, {"detail", done.error().text}});
  return Presumed::kNotNow;
}

Result<int> Casework::deemRefusals(int* read) {
  constexpr int kPage = 200;
  const auto law = law_.get();
  auto today = toLocal(clock_.now(), law->data().default_zone);
  if (!today) return today.status();
  const std::string yesterday =
      formatDate(std::chrono::sys_days(today->date) - std::chrono::days(1));
  if (never_by_ != law) never_.clear();
  never_by_ = law;
  std::unordered_map<store::RowId, Instant> never;
  int count = 0;
  for (const char* term : {"consider", "consider_extended"}) {
    std::vector<store::ClockRow> page;
    store::ClockRow last;
    do {
      auto next = store_.openClocksDue(term, yesterday, last.appeal == 0 ? nullptr : &last, kPage);
      if (!next) return next.status();
      page = std::move(*next);
      for (const auto& clock : page) {
        if (clock.due_date.empty()) continue;  // nobody could count it
        auto row = store_.appeal(clock.appeal);
        if (!row) return row.status();
        if (isFinal(row->state)) continue;
        const auto known = never_.find(row->id);
        if (known != never_.end() && known->second == row->updated_at) {
          never.insert(*known);
          continue;
        }
        if (read != nullptr) ++*read;
        auto presumed = presumeRefusal(*row, law);
        if (!presumed) return presumed.status();
        if (*presumed == Presumed::kDone) ++count;
        if (*presumed == Presumed::kNever) never.emplace(row->id, row->updated_at);
      }
      if (!page.empty()) last = std::move(page.back());
    } while (page.size() == static_cast<std::size_t>(kPage));
  }
  never_ = std::move(never);
  return count;
}

}  // namespace hub::exchange
