// The procedure as one table: which action is allowed in which state, to whom, until when, and what it
// does to the state and the terms. Data: config/law/procedure.yaml, each row with its article (APPC
// arts. 63-100). The law's bars ("until", "after", a kind, a role) refuse; a duty that is late ("due")
// is not refused, since a late act still serves the applicant. Threads: immutable; pure functions.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/status.h"
#include "hub/base/time.h"
#include "hub/rules/law_data.h"
#include "hub/rules/local_text.h"
#include "hub/rules/sub_orders.h"

namespace hub::rules {

// What a row may need of its caller.
inline constexpr std::array<std::string_view, 6> kInputs = {"reason", "text",     "body",
                                                            "of",     "executor", "ground"};

// What an action tells of a complaint against the act of the case.
enum class Complaint { kNone, kStops, kChangedNothing, kChangedAct, kJoined };

struct ProcedureRow {
  std::string action;
  std::vector<std::string> from;  // states; groups are resolved by build
  std::string to;                 // empty: the state stays
  std::vector<std::string>
      back;  // states: the case goes back to the one it was in before these; `to` if that is not known
  std::vector<std::string> by;                 // roles
  std::vector<std::string> kinds, procedures;  // empty: any; groups of procedures are resolved, too
  std::vector<std::string> special;            // special kinds that alone it is for; empty: any
  std::map<std::string, std::string> not_for;  // kind -> the article that forbids it
  std::map<std::string, std::string>
      hearing_before;  // outcome that needs a hearing -> the article that asks for it
  std::string article;
  std::string law;  // of `article`, if not the table's; the bars name articles of the table's
  // Article that forbids it for a crime or a threat; empty: none. One of `grounds`: with that ground alone.
  std::string not_urgent;
  std::string
      react_first;        // article by which it waits until somebody acted upon a crime or a threat
  std::string impartial;  // article by which the official complained of may not act; empty: none
  std::vector<std::string> until, due, after;  // clocks
  std::vector<std::string> laws;               // of the newest clock in `after`; empty: any
  std::vector<std::string> running;            // clocks: all of them must run
  std::vector<std::string> had;                // clocks: all of them were opened before
  // Clock -> the article by which the body complained of, if it has, or had, that term, may not do it.
  std::map<std::string, std::string> barred_by;
  std::vector<std::string> opens, closes, supersedes;  // clocks
  std::vector<std::string> cancels;                    // clocks that have no meaning any more
  std::vector<std::string> revives;  // clocks whose earlier end the action takes back
  std::map<std::string, std::vector<std::string>>
      opens_for;  // clock of `opens` -> the only decisions after which it is opened
  std::vector<std::string> first_body;  // clocks of `opens` of the body complained of alone
  std::vector<std::string>
      outcomes;  // the decision the action makes; several: the caller names one
  // Outcome -> grounds of such a decision, by article; several: the caller names one. One that is not here: any.
  std::map<std::string, std::vector<std::string>> grounds;
  // Outcome -> codes of answer_character that its decision may have; an outcome that is not here has none.
  std::map<std::string, std::vector<std::string>> characters;
  Complaint complaint = Complaint::kNone;
  bool makes_part = false;  // a part leaves as an appeal of its own (childNumber)
  bool day = false;         // names the day until which its first opened clock runs
  bool told_later =
      false;  // the applicant's act: who enters it for him may name the day on which it was done
  bool moves = false;          // the appeal goes on to another body
  bool without_body = false;   // `body_roles` may do it with a case that no body has yet, too
  bool while_no_body = false;  // it is for such a case alone
  // "only", "never": of a case whose refusal the law presumed, and no act was made since (91(2), 100(5)); empty: of any.
  std::string presumed;
  std::string becomes;  // special kind that the appeal is of from then on; empty: as before
  std::vector<std::string>
      of_in;  // states one of which the earlier case must be in that `of` names
  std::vector<std::string> needs;  // of kInputs: what the caller must give besides
  std::string sends;               // message type that tells the body's system of it; empty: none
  LocalText label;
  Origin origin;
};

// What a registered complaint does to the act it is against: these clocks stop, and run anew when the complaint
// ended with one of those decisions; after others nothing of the act is left to execute. An empty article: nothing.
struct Suspension {
  std::string article;
  std::vector<std::string> clocks, goes_on_after, over_after;
  std::vector<std::string> once_by;  // roles whose word alone stops an act that none stopped before
  bool low_confidence = false;       // that it goes on, and how
};

struct ProcedureData {
  std::string version, law, source, initial;
  Validity validity;
  std::map<std::string, LocalText> roles, states;
  std::map<std::string, std::vector<std::string>> groups;            // of states
  std::map<std::string, std::vector<std::string>> procedure_groups;  // of procedures
  std::map<std::string, std::vector<std::string>> clock_groups;      // of clocks
  std::map<std::string, std::vector<std::string>> breach_in;         // clock -> states
  std::map<std::string, LocalText> grounds;                          // by article
  Suspension complaint_suspends;
  std::vector<std::string>
      body_roles;  // of the people and the system of the body that has the case
  std::vector<std::string> post_words;  // no names of officials (surelySameOfficial)
  std::vector<std::string> final_states, outcomes;
  std::map<std::string, LocalText> outcome_names;  // none where the table lists the codes alone
  std::vector<ProcedureRow> rows;
  std::optional<SubOrderRules> sub_orders;  // absent: none may be given
  Origin origin;
};

// A term of the appeal, by its vocabulary name.
struct ClockState {
  std::string name;
  std::optional<Date> due;  // absent while it cannot be counted
  bool running = true;      // false: met, missed, extended or cancelled
  std::string law{};        // by which it runs
};

// The clocks that the row opens if the case is, or is being, decided so ("" while undecided);
// `at_first_body`: the complaint is with the body complained of.
std::vector<std::string> openedBy(const ProcedureRow& row, std::string_view outcome,
                                  bool at_first_body = false);

// The grounds that the law lists for the row's decision of that outcome; none: it lists none.
const std::vector<std::string>& groundsOf(const ProcedureRow& row, std::string_view outcome);
// The article whose list they are: "100(3)" of "100(3)(1)".
std::string articleOfGrounds(const std::vector<std::string>& grounds);
// The first of `listed` that the words name, as a person writes it ("APPC 88(1)(2)"); empty: none.
std::string groundNamedBy(std::string_view words, const std::vector<std::string>& listed);

// Where an appeal stands.
struct CaseState {
  std::string state;
  std::string kind;
  std::string procedure;  // empty: the usual one of the kind
  std::vector<ClockState> clocks;
  std::string contested_official;  // of a complaint; empty if unknown
  bool urgent = false;             // it tells of a crime or a threat (APPC 64(7-2))
  std::string special{};           // special kind; empty: none
  bool stopped = false;            // a complaint stops the execution of its act
  std::string before{};            // the state before those of `back`; empty: not known
  bool no_body = false;            // no body has it yet
  bool at_complained_of = false;   // it is a complaint of the very body that has it, for sure
  bool presumed = false;  // the law presumed that it was refused, and no act was made since
};

struct OwnCause {
  const ProcedureRow* row = nullptr;  // its `impartial` names the article; nullptr: he may decide
  bool sure = false;                  // by his name; else he may be a namesake, or of the same post
};

// The applicant was told of the decision to come, APPC 73(1): that opened his time to object.
bool hearingNotified(const CaseState& where);
// The days that the newest notice leaves the applicant before the act are over; true without a notice.
bool hearingNoticeOver(const CaseState& where, Date today);

struct ActionRequest {
  std::string action;
  std::string role;
  Date today;
  std::string outcome;      // needed if the action may make several decisions
  std::string official;     // who acts, compared with CaseState::contested_official
  std::optional<Date> day;  // needed if the row has `day`
  bool waived = false;      // there is a reason to decide without a hearing, APPC 73(2)
  std::string ground{};     // of the decision
  // The day on which the applicant did it, of a row with `told_later`: whether it is in time is a matter of that day.
  std::optional<Date> done_on{};
};

struct Verdict {
  const ProcedureRow* row = nullptr;  // lives as long as the table
  std::string next_state;
  std::string outcome;  // empty: no decision is made
  std::string ground;   // of the decision; empty: none is named
  // Who acts bears a name like that of the official complained of, and is not he for sure: a person judges.
  bool alike = false;
};

struct AllowedAction {
  const ProcedureRow* row = nullptr;
  std::optional<Date> until;  // the last day on which it is lawful
  bool duty = false;          // after `until` it is late but not refused
};

class ProcedureTable {
 public:
  // Failure: every error with its line: "rules.data_unreadable", "…syntax", "…unknown_key",
  // "…missing_key", "…bad_value" (a state that cannot be reached, an action or an open state that
  // leads nowhere, a deemed refusal by another than the hub), "…unknown_word", "…overlap". `laws`: codes of
  // the acts whose terms the law data hold.
  static Result<std::shared_ptr<const ProcedureTable>> load(const std::string& file,
                                                            const Vocabulary& words,
                                                            const std::set<std::string>& laws);
  static Result<std::shared_ptr<const ProcedureTable>> build(ProcedureData data,
                                                             const Vocabulary& words,
                                                             const std::set<std::string>& laws);

  const ProcedureData& data() const { return data_; }
  bool isFinal(std::string_view state) const;
  // To which the row brings the case.
  std::string nextState(const ProcedureRow& row, const CaseState& where) const;
  // Whether the row applies to the kind in the procedure, "" for its usual one, with the special kind, if any.
  bool isFor(const ProcedureRow& row, std::string_view kind, std::string_view procedure,
             std::string_view special = {}) const;
  // A term that may run in an appeal that is over: to execute the act, to complain, to tell of it.
  bool outlivesCase(std::string_view clock) const;
  // The term is counted from the end of that other one, whose day a person names when both are opened.
  bool runsFromEndOf(std::string_view clock, std::string_view named) const;
  // Whether such a term, past its last day, is a breach while the case is in that state: of a duty that only some
  // bodies have, it is not known in every state that it is there (APPC 65(1)).
  bool isBreach(std::string_view clock, std::string_view state) const;
  // Terms of that name may stand several at a time, each for an occasion of its own: what opens one ends no other, and
  // what meets one leaves the others open.
  bool isOfEachOccasion(std::string_view clock) const;
  // Terms that mean nothing any more once the case is over, whoever ended it.
  const std::vector<std::string>& endWithCase() const;

  // What the action does. Failure, with law, article, state and the actions allowed now in its text:
  // "rules.action_wrong_kind", "rules.action_not_allowed" (the state), "rules.action_wrong_role",
  // "rules.action_wrong_official", "rules.action_wrong_body", "rules.action_too_early", "rules.action_too_late",
  // "rules.action_wrong_outcome", "rules.action_wrong_ground" (field "/ground"), "rules.action_needs_hearing", "rules.procedure_not_in_force" (the table's own validity);
  // "rules.unknown_action", "rules.unknown_state",
  // "rules.unknown_role", "rules.unknown_kind"; "rules.action_needs_day".
  Result<Verdict> check(const CaseState& where, const ActionRequest& request) const;
  // What may be done today; an empty role asks for every role. In the order of the table.
  std::vector<AllowedAction> allowedActions(const CaseState& where, std::string_view role,
                                            Date today) const;
  // Whether some action may end an appeal of this kind with this outcome (APPC 77, 89, 100).
  bool outcomeAllowed(std::string_view kind, std::string_view procedure,
                      std::string_view outcome) const;
  // Whether `official` may make such a decision in the case, or is the one complained of. Whatever the state and the
  // day, since it binds a body in its own system, too.
  OwnCause ownCause(const CaseState& where, std::string_view outcome,
                    std::string_view official) const;
  // The term is over and nothing was decided: APPC 91(2), 100(5). nullptr if it is not so, or if the term
  // runs by an act that presumes no refusal.
  const ProcedureRow* deemedRefusalDue(const CaseState& where, Date today) const;

 private:
  explicit ProcedureTable(ProcedureData data) : data_(std::move(data)) {}
  std::vector<Error> prepare(const Vocabulary& words, const std::set<std::string>& laws);
  // Law 88 and the simplified procedure know none.
  bool knowsHearing(const CaseState& where) const;
  bool fits(const ProcedureRow& row, const CaseState& where) const;
  // The row that the presumed refusal of the case bars; nullptr: it bars none of the action.
  const ProcedureRow* barredByPresumption(std::string_view action, const CaseState& where) const;
  // Of the row by which the hub presumes the refusal of such a case.
  std::string articleOfPresumption(CaseState where) const;
  // The role may do it, as far as a body has the case.
  bool mayAct(const ProcedureRow& row, const CaseState& where, std::string_view role) const;
  std::string notInForce(Date today) const;
  // The shortest way from the state to one in which the action is lawful, as "forward_agree (controller)"; empty
  // if there is none that leaves the case open and that today's terms allow.
  std::string stepsBefore(std::string_view action, const CaseState& where, Date today) const;
  Status refuse(const char* code, const ProcedureRow& row, const std::string& article,
                const CaseState& where, Date today, const std::string& why) const;

  ProcedureData data_;
  std::map<std::string, std::string> usual_procedure_;  // of a kind
};

}  // namespace hub::rules
