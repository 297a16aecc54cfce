// Terms of one name that stand several at a time, each for an occasion of its own (ProcedureTable::isOfEachOccasion): each
// forwarding owes a notice of its own, APPC 65(1). The occasion is the number of the part that went, or the BIN of the body
// to which the whole went.
// Threads: any; pure but for reading the store.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "hub/base/status.h"
#include "hub/base/time.h"
#include "hub/exchange/service.h"
#include "hub/rules/law_book.h"
#include "hub/rules/local_text.h"
#include "hub/store/store.h"

namespace hub::exchange {

// One report meets all of them.
inline constexpr const char* kAllOccasions = "all";

struct Meeting {
  std::string clock;
  std::string
      occasion{};  // as the caller names it (of a body the alias will do), or the moment when the term began; "": the only
                   // one that is open
  std::optional<Instant>
      at{};  // when what is reported was done: it meets nothing that began later. Nothing: now
};
// Which of the open terms of `clocks` a report meets, the newest last; none if none is open. A client of a body meets those
// that its body owes, if there are any. Failures, with field "/occasion": "exchange.input_needed" if several are open and
// none is named, or the name is that of several; "exchange.bad_input" if none of that occasion is open. Both name what is open.
Result<std::vector<store::ClockRow>> termsMet(store::Store& store, const rules::LawBook& law,
                                              const store::AppealRow& appeal,
                                              const std::vector<store::ClockRow>& clocks,
                                              const Meeting& meeting, const Caller& caller,
                                              Instant now);
// "Part: ЖТ-2026-00000001/1", of those of them that are of parts; empty texts if none is.
rules::LocalText partsOf(const std::vector<store::ClockRow>& met);

}  // namespace hub::exchange
