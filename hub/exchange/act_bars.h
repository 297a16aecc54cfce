// What a body decided in a system of its own, held against the bars of the procedure's row for such an act. The
// act stands: it has happened. That the law does not allow it is an event of its own, "decision_unlawful". One alone
// is no end of the case at all: the official complained of surely decided (`ownCause`).
// Source: config/law/procedure.yaml (APPC 64(7-2), 73, 91(4), 97(2) …), by ProcedureTable.
// Threads: any; everything runs inside one unit of work.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "hub/base/status.h"
#include "hub/base/time.h"
#include "hub/exchange/agency_messages.h"
#include "hub/exchange/case_file.h"
#include "hub/model/types.h"
#include "hub/rules/current_law.h"
#include "hub/rules/local_text.h"
#include "hub/store/store.h"

namespace hub::exchange {

// What ended the case, as far as the body told.
struct BodyAct {
  std::string outcome;
  std::vector<std::string> grounds{};       // that the body named
  std::optional<model::Hearing> hearing{};  // what the act says of it, APPC 73
  Instant at{};                             // of the act: its day decides
  bool by_status = false;      // a word of the exchange only: no outcome for the wrong kind
  std::string forwarded_to{};  // BIN; "" if it does not tell
};

struct BrokenBar {
  std::string
      code;  // "wrong_official", "wrong_body", "wrong_ground", "needs_hearing", "urgent", "too_late", "too_early" …
  std::string law, article;
  rules::LocalText why;
};

// Who decided may be the official complained of: people are to look.
BrokenBar mayBeComplainedOf(const std::string& law, const std::string& article);
// The event that tells of a broken bar; `act`: that of the act itself, which comes before it.
store::EventRow barEvent(const BrokenBar& bar, const store::EventRow& act);

// Which bars the act breaks, in the order in which the procedure asks; of each kind once. The file has the
// terms as they were before the act, and its document if one of rowsOf asks for it. Pure.
std::vector<BrokenBar> brokenBars(const CaseFile& file, const BodyAct& act);
// The rows that make such a decision in the file's case: those of its state, else the general one. None if
// there is none for its kind.
std::vector<const rules::ProcedureRow*> rowsOf(const CaseFile& file, const std::string& outcome);

class ActBars {
 public:
  // Without a law, or a procedure, there are no bars. Both must outlive the object.
  ActBars(const AgencyMessages& messages, const rules::CurrentLaw* law)
      : messages_(messages), law_(law) {}

  // The official complained of made or signed the decision, APPC 97(2), by what the two are called.
  struct Cause {
    std::string refusal;             // it is he: why the decision cannot be taken
    std::optional<BrokenBar> doubt;  // it may be he: people are to look, and the decision stands
  };
  Result<Cause> ownCause(store::Tx& tx, const store::AppealRow& appeal,
                         const model::Decision& decision) const;
  // To be asked before the act ends any term. `appeal`: as it was before the act.
  Result<std::vector<BrokenBar>> brokenBy(store::Tx& tx, const store::AppealRow& appeal,
                                          const BodyAct& act) const;
  // Adds what was broken to the case's history, after the event of the act; `act`: that event.
  Status record(store::Tx& tx, const store::AppealRow& appeal, const std::vector<BrokenBar>& broken,
                const store::EventRow& act) const;

 private:
  const AgencyMessages& messages_;
  const rules::CurrentLaw* law_;
};

}  // namespace hub::exchange
