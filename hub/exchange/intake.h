// Intake: from a submitted document to a registered appeal. Validates, routes, computes the legal clocks
// and stores everything in one unit of work; a caller is answered only after that commit.
// Threads: any.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "hub/base/limits.h"
#include "hub/base/time.h"
#include "hub/exchange/service.h"
#include "hub/model/codec.h"
#include "hub/model/validate.h"
#include "hub/rules/current_law.h"
#include "hub/rules/routing.h"
#include "hub/store/store.h"

namespace hub::rules {
struct ClockRequest;
}

namespace hub::exchange {

class Intake {
 public:
  struct Accepted {
    bool created = false;
    store::AppealRow appeal;
    std::string message_id;
    std::string destination_name;
    std::int64_t journal_position = 0;
    store::JournalRow record;
    std::string body;                  // canonical document, only when created
    std::string person;                // IIN or BIN of the first applicant, only when created
    std::string text;                  // of the appeal, only when created
    std::vector<std::string> unknown;  // paths of JSON members nobody knows
  };
  // Everything must outlive the intake.
  Intake(store::Store& store, const model::XsdValidator& schema, const rules::CurrentLaw& law,
         const Limits& limits, const Clock& clock, model::IdentityCheck identity,
         std::string node_name)
      : store_(store),
        schema_(schema),
        law_(law),
        limits_(limits),
        clock_(clock),
        identity_(identity),
        node_name_(std::move(node_name)) {}

  Result<Accepted> accept(const std::string& document, Form form, const Caller& caller) const;

 private:
  struct Draft;
  Result<model::Message> decode(const std::string& document, Form form) const;
  Result<model::Message> decodeXmlAppeal(const std::string& document) const;
  Status checkAttachments(const model::Appeal& appeal) const;
  Status complete(Draft& draft) const;
  void direct(Draft& draft) const;
  Status openClocks(Draft& draft) const;
  Status openUrgentClock(Draft& draft, const rules::ClockRequest& intake) const;
  Status openFirstBodyClocks(Draft& draft) const;
  Status keep(store::Tx& tx, Draft& draft, const Caller& caller, Accepted& accepted) const;
  Status storeNew(store::Tx& tx, Draft& draft, const Caller& caller, Accepted& accepted) const;

  store::Store& store_;
  const model::XsdValidator& schema_;
  const rules::CurrentLaw& law_;
  const Limits& limits_;
  const Clock& clock_;
  model::IdentityCheck identity_;
  std::string node_name_;
};

}  // namespace hub::exchange
