// The registration card of an appeal as the Committee on Legal Statistics and Special Records takes it
// in: one flat row of texts. The set of fields is that of the live system's record (observed 2022); the
// Committee's own form is not public, so the column names are ours. Holds personal data of the applicant,
// and no text of the appeal. Threads: pure but for reading the store.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/limits.h"
#include "hub/base/status.h"
#include "hub/store/store.h"

namespace hub::model {
struct Appeal;
struct Decision;
}  // namespace hub::model
namespace hub::rules {
class LawBook;
}

namespace hub::exchange {

struct CardSource {
  const store::AppealRow& row;
  const model::Appeal& document;
  const model::Decision* decision = nullptr;  // the newest; nullptr while there is none
  const std::vector<store::ClockRow>& clocks;
  const std::vector<store::EventRow>& events;
  std::string last_part;     // number of the last part, "" if it was not split
  std::string duplicate_of;  // number of the appeal that it repeats by a person's word, "" if none
};

const std::vector<std::string_view>& cardColumns();
// One text for each column; "" for what is not known. Days are local to the registrar. Failure:
// "base.unknown_zone".
Result<std::vector<std::string>> cardOf(const CardSource& source, const rules::LawBook& law);

// The card of a kept appeal. Failure: also the store's, "store.corrupt".
Result<std::vector<std::string>> cardFor(store::Store& store, const store::AppealRow& row,
                                         const rules::LawBook& law, const Limits& limits);

}  // namespace hub::exchange
