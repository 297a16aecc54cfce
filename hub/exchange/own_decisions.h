// A decision made in the hub, by a head who works here or by operation of law, as a document: "decision/1",
// signed with the hub's key.
// Threads: any.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "hub/base/limits.h"
#include "hub/base/status.h"
#include "hub/exchange/action_order.h"
#include "hub/exchange/case_file.h"
#include "hub/model/types.h"
#include "hub/model/validate.h"
#include "hub/store/store.h"

namespace hub::exchange {

class OwnDecisions {
 public:
  struct Options {
    std::string node_name;
    model::IdentityCheck identity = model::IdentityCheck::kStrict;
    // Base64 of a detached CMS over a decision made here; "" if the hub has no key.
    std::function<Result<std::string>(const std::string&)> sign;
  };
  // Everything must outlive the object.
  OwnDecisions(store::Store& store, const Limits& limits, Options options)
      : store_(store), limits_(limits), options_(std::move(options)) {}

  // The document of the decision the action makes, or of the correction of the newest one. Nothing if it
  // makes none, if the hub has no key, or if the law presumes it before any body was found. Failures:
  // "store.not_found" (no decision to correct), those of `sign`, "model.…".
  Result<std::optional<store::MessageRow>> make(const CaseFile& file, const Action& action) const;
  // Whether the decision that the action makes, or else the newest one, says where to complain of it.
  Result<bool> saysWhere(const CaseFile& file, const Action& action) const;

 private:
  Status tellHearing(const CaseFile& file, const Action& action, model::Decision& decision) const;
  Result<std::optional<store::MessageRow>> sealed(const CaseFile& file,
                                                  model::Message message) const;

  store::Store& store_;
  const Limits& limits_;
  Options options_;
};

}  // namespace hub::exchange
