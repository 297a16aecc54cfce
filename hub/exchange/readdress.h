// Sends an appeal on: the body it goes to, and the canonical document as that body gets it.
// Threads: pure but for reading the store.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "hub/base/limits.h"
#include "hub/base/time.h"
#include "hub/model/types.h"
#include "hub/rules/law_book.h"
#include "hub/store/store.h"

namespace hub::exchange {

// The body with this BIN or alias. "exchange.unknown_body", "exchange.body_not_connected" (no agency
// of its alias runs), both with field "/body". The body lives as long as the law book.
Result<const rules::Body*> connectedBody(const rules::LawBook& law, const std::string& name,
                                         Date today,
                                         const std::function<bool(const std::string&)>& connected);

// The document of the register as the body got it: the newest. "store.not_found", "model.…".
Result<model::Appeal> documentOf(store::Store& store, store::RowId appeal, const Limits& limits);

struct NewAddress {
  const rules::Body& body;
  std::string state;                           // of the document
  const std::vector<store::ClockRow>& clocks;  // opened now; a term without a date is left out
  Instant now;
  std::string node_name;
  std::optional<model::Clock> notice_dropped{};  // of defects, of which the body is to know
};
// The newest document of the appeal, addressed anew; `change`, if any, has the last word (the part of a
// split appeal). A message of its own, caused by the one it is made of. "store.not_found", "model.…".
Result<store::MessageRow> readdress(store::Store& store, const store::AppealRow& appeal,
                                    const NewAddress& to, const Limits& limits,
                                    const std::function<void(model::Appeal&)>& change = {});
Result<store::MessageRow> readdress(store::Tx& tx, const store::AppealRow& appeal,
                                    const NewAddress& to, const Limits& limits);

}  // namespace hub::exchange
