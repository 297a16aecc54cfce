// The service port's implementation: owns the agencies and their dispatchers, takes appeals in, answers
// the doors. Made once by hubd (and by tests and benchmarks, without any door).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "hub/base/limits.h"
#include "hub/base/time.h"
#include "hub/exchange/agency_config.h"
#include "hub/exchange/service.h"
#include "hub/model/validate.h"
#include "hub/rules/law_book.h"
#include "hub/store/store.h"
#include "hub/trust/profile.h"

namespace hub::exchange {

struct ServiceOptions {
  std::string node_name = "hub";
  std::string schema_file;
  std::string law_folder;   // where reloadLaw reads; "" refuses it
  std::string journal_key;  // signs tree heads and decisions made in the hub
  bool deem_refused =
      true;  // record the refusal the law presumes at a term's end, APPC 91(2), 100(5)
  model::IdentityCheck identity = model::IdentityCheck::kStrict;
  Limits limits;
  std::vector<AgencyConfig> agencies;
};

class HubService : public Service {
 public:
  // Starts the adapters and the outbox loops. `store`, `keys`, `attachments`, `law` and `clock` must
  // outlive the service. Failure: what the first agency, or the schema, said.
  static Result<std::unique_ptr<HubService>> start(ServiceOptions options, store::Store& store,
                                                   trust::Keyring& keys,
                                                   transport::AttachmentStore& attachments,
                                                   std::shared_ptr<const rules::LawBook> law,
                                                   const Clock& clock);
  // Ends the loops, waits for running calls, ends the adapters. Idempotent.
  virtual void stop() = 0;
};

}  // namespace hub::exchange
