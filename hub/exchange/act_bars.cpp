#include "hub/exchange/act_bars.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "hub/base/log.h"
#include "hub/base/text.h"
#include "hub/exchange/action_order.h"
#include "hub/exchange/arrival.h"
#include "hub/exchange/event_texts.h"
#include "hub/exchange/given_back.h"
#include "hub/exchange/sending_on.h"
#include "hub/rules/deadlines.h"

namespace hub::exchange {
namespace {

using rules::LocalText;
using rules::ProcedureRow;
using Words = std::vector<std::string>;

constexpr std::string_view kCodes = "rules.action_";
constexpr std::string_view kForwarded = "forwarded";
// The applicant's time to object is over before the act is prepared, APPC 73(3): what comes before a decision
// that is signed.
constexpr std::string_view kSigns = "decision_sign", kPrepares = "decision_prepare";

bool has(const Words& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// nullptr if the body's word is no such row: the case may be in a state that the table has not there.
const ProcedureRow* preparing(const CaseFile& file) {
  const ProcedureRow* found = nullptr;
  const auto& table = procedureOf(file);
  for (const auto& row : table.data().rows) {
    const bool waits = row.action == kPrepares && !row.after.empty();
    if (waits && table.isFor(row, file.appeal.kind, file.appeal.procedure, specialKind(file)))
      found = &row;
  }
  return found;
}

// Where the applicant was heard: by what the body told before, or by what the act itself says.
void addHearing(const CaseFile& file, const BodyAct& act, rules::CaseState& where) {
  if (!act.hearing) return;
  const auto& told = *act.hearing;
  if (!rules::hearingNotified(where)) {
    rules::ClockState objection;
    objection.name = "objection";
    objection.running = false;
    const auto at = parseInstant(told.notified_at.value_or(""));
    if (!at.ok() && !told.held) return;
    if (at.ok()) {
      if (*at > act.at) return;  // told of afterwards
      rules::EventClockRequest request;
      request.clock = objection.name;
      request.kind = file.appeal.kind;
      request.procedure = file.appeal.procedure;
      request.event_at = *at;
      if (const auto* body = file.law->bodyByBin(file.appeal.body_bin, file.today)) {
        request.level = body->level;
        request.zone = body->zone;
      }
      const auto term = rules::computeEventClock(*file.law, request);
      if (term.ok()) objection.due = term->due_date;
      objection.running = objection.due.has_value();
    }
    where.clocks.push_back(std::move(objection));
  }
  if (!told.objection) return;
  for (auto& clock : where.clocks) {
    if (clock.name == "objection") clock.running = false;
  }
}

// The procedure as it would ask, had the act been made here.
class Asking {
 public:
  Asking(const CaseFile& file, const BodyAct& act)
      : file_(file), act_(act), base_(caseState(file)) {
    addHearing(file, act, base_);
    // Its word for it is the same whether it sent the complaint up or aside.
    if (act.outcome == kForwarded && mayHaveGoneUp()) base_.at_complained_of = false;
    base_.urgent = file.document.urgent_flag.has_value();
  }

  std::vector<BrokenBar> ask(const ProcedureRow& row) const {
    auto where = base_;
    if (!has(row.from, where.state)) where.state = row.from.front();
    rules::ActionRequest request;
    request.action = row.action;
    request.role = has(row.by, "agency") ? "agency" : row.by.front();
    request.today = file_.today;
    if (!row.outcomes.empty()) request.outcome = act_.outcome;
    request.ground = groundOf(row);
    const auto waived = act_.hearing ? act_.hearing->waived_reason.value_or("") : "";
    request.waived = !waived.empty() && waiverProblem(file_, row, act_.outcome, waived).empty();
    std::vector<BrokenBar> broken;
    for (;;) {
      const auto verdict = procedureOf(file_).check(where, request);
      if (verdict.ok()) return broken;
      auto bar = barOf(row, verdict.error().code);
      if (!bar) return broken;
      const bool last = !setAside(row, bar->code, where, request);
      const bool known = std::any_of(broken.begin(), broken.end(),
                                     [&](const auto& one) { return one.code == bar->code; });
      if (known) return broken;
      broken.push_back(std::move(*bar));
      if (last) return broken;
    }
  }

 private:
  bool mayHaveGoneUp() const {
    const auto& to = act_.forwarded_to;
    return !file_.law->bodyByBin(to, file_.today) || isAbove(file_, to);
  }

  // A body may name several, in words of its own ("APPC 88(1)(2)"): the one that the law forbids, else the first
  // that it lists, else the first.
  std::string groundOf(const ProcedureRow& row) const {
    const auto& named = act_.grounds;
    for (const auto& listed : {Words{row.not_urgent}, rules::groundsOf(row, act_.outcome)}) {
      for (const auto& words : named) {
        const auto ground = rules::groundNamedBy(words, listed);
        if (!ground.empty()) return ground;
      }
    }
    return named.empty() ? std::string() : std::string(trim(named.front()));
  }

  bool lists(const ProcedureRow& row, const std::string& ground) const {
    return has(rules::groundsOf(row, act_.outcome), ground);
  }

  // So that the procedure asks on. False if nothing is asked behind this one.
  static bool setAside(const ProcedureRow& row, const std::string& code, rules::CaseState& where,
                       rules::ActionRequest& request) {
    if (code == "wrong_ground") {
      request.ground.clear();
    } else if (code == "wrong_body") {
      std::erase_if(where.clocks,
                    [&](const auto& clock) { return row.barred_by.contains(clock.name); });
    } else if (code == "urgent") {
      where.urgent = false;
      std::erase_if(where.clocks, [](const auto& clock) { return clock.name == "react"; });
    } else if (code == "needs_hearing" || (code == "too_early" && row.after.empty())) {
      request.waived = true;
    } else if (code == "too_late" || code == "too_early" || code == "not_allowed") {
      std::erase_if(where.clocks, [&](const auto& clock) {
        return has(row.until, clock.name) || has(row.after, clock.name);
      });
      for (const auto& name : row.running) where.clocks.push_back({name, std::nullopt, true, {}});
    } else {
      return false;
    }
    return true;
  }

  // Nothing for what is no bar of the law: a table that is not in force, a word that it does not know.
  std::optional<BrokenBar> barOf(const ProcedureRow& row, const std::string& code) const {
    BrokenBar bar;
    if (code.rfind(kCodes, 0) != 0) return std::nullopt;
    bar.code = code.substr(kCodes.size());
    bar.law = procedureOf(file_).data().law;
    if (bar.code == "urgent") {
      const bool waits =
          row.not_urgent.empty() || (lists(row, row.not_urgent) && groundOf(row) != row.not_urgent);
      bar.article = waits ? row.react_first : row.not_urgent;
      bar.why = {"өтініште қылмыс немесе қауіп туралы айтылған, оған дереу ден қойылады",
                 "обращение сообщает о преступлении или угрозе, на него реагируют немедленно",
                 "the appeal tells of a crime or a threat, which is acted upon at once"};
    } else if (bar.code == "wrong_body") {
      bar.article = row.barred_by.begin()->second;
      bar.why = {
          "шағым жасалған орган оны толық қанағаттандырады немесе жоғары тұрған органға жібереді",
          "орган, на который подана жалоба, удовлетворяет её полностью или направляет вышестоящему",
          "the body complained of satisfies the complaint in full or sends it up"};
    } else if (bar.code == "wrong_ground") {
      bar.article = rules::articleOfGrounds(rules::groundsOf(row, act_.outcome));
      bar.why = {"заң мұндай шешім үшін атаған негіздердің ешқайсысы көрсетілмеген",
                 "не названо ни одно из оснований, которые закон даёт для такого решения",
                 "none of the grounds that the law lists for such a decision was named"};
    } else if (bar.code == "needs_hearing") {
      bar.article = row.hearing_before.at(act_.outcome);
      bar.why = {"өтініш берушінің тыңдалғаны да, тыңдамау себебі де хабарланбаған",
                 "не сообщено ни о заслушивании заявителя, ни о причине обойтись без него",
                 "neither a hearing of the applicant was told of nor a reason to do without it"};
    } else if (bar.code == "too_late" || bar.code == "not_allowed") {
      bar = ofRow(row, std::move(bar));
      const auto term = termNamed(row.until.empty() ? row.running : row.until);
      bar.why = {"«" + term.kk + "» мерзімі аяқталған немесе жүрмейді",
                 "срок «" + term.ru + "» истёк или не идёт",
                 "the term '" + term.en + "' is over or does not run"};
    } else if (bar.code == "too_early") {
      // Of the row's own waits or, behind them, of the days between the notice of a hearing and the act.
      const bool notice = row.after.empty();
      if (notice) bar.article = row.hearing_before.at(act_.outcome);
      // While his time to object runs, it is the draft that came too early.
      if (notice && std::any_of(base_.clocks.begin(), base_.clocks.end(), [](const auto& clock) {
            return clock.name == "objection" && clock.running;
          })) {
        return std::nullopt;
      }
      if (!notice) bar = ofRow(row, std::move(bar));
      const auto& waited = notice ? Words{"objection"} : row.after;
      const bool counted =
          std::all_of(base_.clocks.begin(), base_.clocks.end(), [&](const auto& clock) {
            return !has(waited, clock.name) || !clock.running || clock.due;
          });
      if (!counted) return std::nullopt;  // nobody knows its last day
      const auto term = termNamed(waited);
      bar.why = {"«" + term.kk + "» мерзімі әлі аяқталмаған", "срок «" + term.ru + "» ещё не истёк",
                 "the term '" + term.en + "' is not over yet"};
    } else if (bar.code == "wrong_kind") {
      const auto forbidden = row.not_for.find(file_.appeal.kind);
      if (forbidden == row.not_for.end()) {
        bar = ofRow(row, std::move(bar));
      } else {
        bar.article = forbidden->second;
      }
      bar.why = {"мұндай өтініш бойынша ондай шешім қабылданбайды",
                 "по такому обращению такое решение не принимается",
                 "no such decision is made on such an appeal"};
    } else {
      return std::nullopt;
    }
    return bar;
  }

  BrokenBar ofRow(const ProcedureRow& row, BrokenBar bar) const {
    bar.law = lawOf(file_, row);
    bar.article = row.article;
    return bar;
  }

  LocalText termNamed(const Words& names) const {
    if (names.empty()) return {};
    const auto& labels = file_.law->data().vocabulary.clocks;
    const auto label = labels.find(names.front());
    return label == labels.end() ? LocalText{names.front(), names.front(), names.front()}
                                 : label->second;
  }

  const CaseFile& file_;
  const BodyAct& act_;
  rules::CaseState base_;
};

std::string nameOf(const model::Party& person) {
  if (!person.names) return {};
  const auto& names = *person.names;
  return names.family + " " + names.given.value_or("") + " " + names.patronymic.value_or("");
}

bool isKnown(const std::vector<const ProcedureRow*>& rows, const ProcedureRow* row) {
  return std::find(rows.begin(), rows.end(), row) != rows.end();
}

bool decides(const ProcedureRow& row, const std::string& outcome) {
  return has(row.outcomes, outcome) && row.by != Words{"hub"};
}

}  // namespace

std::vector<const ProcedureRow*> rowsOf(const CaseFile& file, const std::string& outcome) {
  std::vector<const ProcedureRow*> rows, of_state;
  const auto& table = procedureOf(file);
  for (const auto& row : table.data().rows) {
    if (!decides(row, outcome)) continue;
    if (!table.isFor(row, file.appeal.kind, file.appeal.procedure, specialKind(file))) continue;
    rows.push_back(&row);
    if (has(row.from, file.appeal.state)) of_state.push_back(&row);
  }
  if (!of_state.empty()) return of_state;
  // Bodies do not tell every step: what came of a withdrawal they took is lawful as that, or else as any such end; the
  // general row is the one for the most states.
  for (const auto& row : table.data().rows) {
    if (!has(row.back, file.appeal.state)) continue;
    for (const auto* end : rows) {
      const bool takes = std::any_of(end->from.begin(), end->from.end(),
                                     [&](const auto& state) { return has(row.back, state); });
      if (takes && !isKnown(of_state, end)) of_state.push_back(end);
    }
  }
  const auto general = std::max_element(
      rows.begin(), rows.end(),
      [](const auto* one, const auto* other) { return one->from.size() < other->from.size(); });
  if (general != rows.end() && !isKnown(of_state, *general)) of_state.push_back(*general);
  return of_state;
}

BrokenBar mayBeComplainedOf(const std::string& law, const std::string& article) {
  return {"wrong_official",
          law,
          article,
          {"шағым жасалған лауазымды адам шешкен болуы мүмкін",
           "решение мог принять должностное лицо, на которое подана жалоба",
           "the official complained of may have decided"}};
}

store::EventRow barEvent(const BrokenBar& bar, const store::EventRow& act) {
  auto event = makeEvent(act.appeal, "decision_unlawful", act.at, act.actor, act.to_state,
                         act.to_state, bar.code, "", act.payload_sha256);
  const auto source = lawNamed(bar.law, bar.article);
  fillTexts(event, {source.kk + ": " + bar.why.kk, source.ru + ": " + bar.why.ru,
                    source.en + ": " + bar.why.en});
  event.evidence = act.evidence;
  return event;
}

std::vector<BrokenBar> brokenBars(const CaseFile& file, const BodyAct& act) {
  const Asking asking(file, act);
  auto rows = rowsOf(file, act.outcome);
  if (rows.empty()) {
    if (act.by_status) return {};
    // What lies outside the Code it does not judge, nor a pair that was taken in before pairs were looked at.
    const auto& outside = file.law->data().vocabulary.without_terms;
    if (has(outside, file.appeal.procedure)) return {};
    if (!file.law->checkPair(file.appeal.kind, file.appeal.procedure, specialKind(file))) return {};
    // For another kind; one that names the article by which not for this one tells more.
    const ProcedureRow* other = nullptr;
    for (const auto& row : procedureOf(file).data().rows) {
      if (!decides(row, act.outcome)) continue;
      if (!other || row.not_for.contains(file.appeal.kind)) other = &row;
    }
    return other ? asking.ask(*other) : std::vector<BrokenBar>();
  }
  std::vector<BrokenBar> broken;
  for (const auto* row : rows) {
    broken = asking.ask(*row);
    if (broken.empty()) break;
  }
  const bool unheard = std::any_of(broken.begin(), broken.end(),
                                   [](const auto& bar) { return bar.code == "needs_hearing"; });
  if (rows.front()->action == kSigns && !unheard) {
    if (const auto* row = preparing(file)) {
      for (auto& bar : asking.ask(*row)) {
        const bool known = std::any_of(broken.begin(), broken.end(), [&](const auto& one) {
          return one.code == bar.code && one.article == bar.article;
        });
        if (!known) broken.push_back(std::move(bar));
      }
    }
  }
  return broken;
}

namespace {

// The body gave the appeal back, or did not take it: it is no more the body's to end, whatever the end is.
std::optional<BrokenBar> gaveItBack(const CaseFile& file) {
  if (file.appeal.state != kAwaitingRouting && !wasGivenBack(file.events)) return std::nullopt;
  const auto& rows = procedureOf(file).data().rows;
  const auto row = std::find_if(rows.begin(), rows.end(),
                                [](const auto& one) { return one.action == "decline_competence"; });
  if (row == rows.end()) return std::nullopt;
  return BrokenBar{"wrong_body",
                   lawOf(file, *row),
                   row->article,
                   {"орган бұл өтінішті қайтарған немесе қабылдамаған, ол оған қайта жіберілмеген",
                    "орган вернул или не принял это обращение, и снова оно ему не направлялось",
                    "the body gave the appeal back, or did not take it, and did not get it again"}};
}

}  // namespace

Result<ActBars::Cause> ActBars::ownCause(store::Tx& tx, const store::AppealRow& appeal,
                                         const model::Decision& decision) const {
  CaseFile file;
  file.law = law_ ? law_->get() : nullptr;
  if (!file.law || !file.law->data().procedure || appeal.kind != "complaint") return Cause();
  auto document = messages_.documentOf(tx, appeal);
  if (!document) return document.status();
  if (!document->has_value() || !(*document)->contested) return Cause();
  file.appeal = appeal;
  file.document = std::move(**document);
  auto where = caseState(file);
  where.contested_official = trim(file.document.contested->official.value_or(""));
  const auto& table = procedureOf(file);
  Cause cause;
  for (const auto& name : {decision.official, nameOf(decision.signer)}) {
    const auto [row, sure] = table.ownCause(where, decision.outcome, trim(name));
    if (row == nullptr) continue;
    if (sure) {
      cause.refusal =
          table.data().law + " article " + row->impartial + ": the official complained of decided";
      return cause;
    }
    cause.doubt = mayBeComplainedOf(table.data().law, row->impartial);
  }
  return cause;
}

Result<std::vector<BrokenBar>> ActBars::brokenBy(store::Tx& tx, const store::AppealRow& appeal,
                                                 const BodyAct& act) const {
  using Broken = std::vector<BrokenBar>;
  CaseFile file;
  file.law = law_ ? law_->get() : nullptr;
  if (!file.law || !file.law->data().procedure) return Broken();
  file.appeal = appeal;
  file.now = act.at;
  const auto today = toLocal(act.at, file.law->data().default_zone);
  if (!today) return today.status();
  file.today = today->date;
  auto clocks = tx.clocks(appeal.id);
  if (!clocks) return clocks.status();
  file.clocks = std::move(*clocks);
  const auto rows = rowsOf(file, act.outcome);
  const bool asks_document = std::any_of(rows.begin(), rows.end(), [](const auto* row) {
    return !row->not_urgent.empty() || !row->barred_by.empty();
  });
  if (asks_document) {
    auto document = messages_.documentOf(tx, appeal);
    if (!document) return document.status();
    if (document->has_value()) {
      auto of_it = isComplaintOf(tx, *file.law, **document, appeal.body_bin, file.today);
      if (!of_it) return of_it.status();
      file.at_complained_of = *of_it;
      file.document = std::move(**document);
    }
  }
  auto broken = brokenBars(file, act);
  auto events = tx.events(appeal.id);
  if (!events) return events.status();
  file.events = std::move(*events);
  if (auto bar = gaveItBack(file)) {  // which says more than that it is complained of
    std::erase_if(broken, [&](const auto& one) { return one.code == bar->code; });
    broken.insert(broken.begin(), std::move(*bar));
  }
  return broken;
}

Status ActBars::record(store::Tx& tx, const store::AppealRow& appeal,
                       const std::vector<BrokenBar>& broken, const store::EventRow& act) const {
  for (const auto& bar : broken) {
    if (auto s = tx.addEvent(barEvent(bar, act)); !s) return s;
    logWarning("decision.unlawful", {{"correlation_id", appeal.hub_id},
                                     {"actor", act.actor},
                                     {"bar", bar.code},
                                     {"law", bar.law},
                                     {"article", bar.article}});
  }
  return {};
}

}  // namespace hub::exchange
