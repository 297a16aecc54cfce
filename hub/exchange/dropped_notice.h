// The notice of defects that the reception desk gave before any body was found (APPC 64(6)), when the appeal goes to a body
// after all. The reasonable term to mend is for the body that considers the appeal to set; so the desk's binds the applicant
// no more, and nothing is returned for it. He is told, since he was asked to mend by a day, and so is the body.
// Threads: pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "hub/base/time.h"
#include "hub/model/types.h"
#include "hub/rules/procedure.h"
#include "hub/store/store.h"

namespace hub::exchange {

// The time to mend of a notice that still stands and that the row takes back.
std::optional<store::ClockRow> droppedNotice(const rules::ProcedureRow& row,
                                             const std::vector<store::ClockRow>& clocks);
// "notice_dropped": for the applicant.
store::EventRow noticeDropped(const store::ClockRow& cure, Instant at, const std::string& actor,
                              const std::string& state);
// For the body, within the appeal: the cancelled term, with what was told of the defects. Nothing without a day.
std::optional<model::Clock> noticeForBody(const store::ClockRow& cure,
                                          const std::vector<store::EventRow>& events,
                                          const std::string& language);

}  // namespace hub::exchange
