// What agencies push to the hub's own door: verified by the agency's security profile, decoded by its
// adapter, stored, answered under signature. What cannot be taken is kept, and read again from there.
// Threads: any.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "hub/base/time.h"
#include "hub/exchange/agency.h"
#include "hub/exchange/dispatcher.h"
#include "hub/exchange/inbound.h"
#include "hub/exchange/keep_budget.h"
#include "hub/exchange/quarantine.h"
#include "hub/exchange/service.h"
#include "hub/store/store.h"

namespace hub::exchange {

// As it came to the door; `target` is what follows the alias.
struct PushedRequest {
  const std::string& method;
  const std::string& target;
  const std::vector<otinish::Header>& headers;
  const std::string& body;
};

// What may be under way at once: a push holds a thread of the door while its adapter works, and those of one agency,
// or of a few, must not hold all of them.
struct PushesAtOnce {
  int of_one = 16;
  int of_all = 64;
};

class Pushes {
 public:
  // Everything must outlive the object.
  Pushes(store::Store& store, const Inbound& inbound, KeepBudget& budget, const Clock& clock,
         PushesAtOnce at_once = {})
      : store_(store), inbound_(inbound), budget_(budget), clock_(clock), at_once_(at_once) {}

  // The agency's own request; `dispatcher` is the agency's. Failures: why it is refused; "exchange.push_not_allowed", "exchange.busy",
  // the store's; where the agency's dialect has a way to say so, the answer says it, and is none.
  Result<NativeAnswer> take(Agency& agency, const PushedRequest& request,
                            Dispatcher& dispatcher) const;
  // What was kept with its request, verified and translated as the hub is configured now.
  Result<Quarantine::Reread> readAgain(Agency& agency, const store::QuarantineRow& row) const;

 private:
  class UnderWay;
  Result<NativeAnswer> judge(Agency& agency, const PushedRequest& request,
                             Dispatcher& dispatcher) const;

  struct Pushed {
    ItemSource who;
    std::vector<PreparedItem> items;
    otinish::Answer answer;
    std::string nonce;
  };

  // The way in of what an agency pushes, up to what the adapter makes of it; `arrived` is now unless
  // the request was kept and is judged again.
  Result<Pushed> readPush(Agency& agency, const PushedRequest& request, Instant arrived,
                          bool judged_again) const;
  // An item that collect gave untranslated: its adapter may make something of it now. What signature it
  // came under was checked then.
  Result<Quarantine::Reread> translateAgain(Agency& agency, const store::QuarantineRow& row) const;
  // A push whose signature fails, or that nobody can read, is kept with its reason: evidence, and after
  // a wrong key or mapping is mended it can be judged again.
  void keepRefusedPush(const std::string& alias, const Error& error, const PushedRequest& request,
                       const std::string& subject, Instant now) const;
  void closeKeptPush(const std::string& alias, const std::string& subject, Instant now) const;
  Result<NativeAnswer> nativeAnswer(Agency& agency, const otinish::Answer& answer,
                                    const std::string& nonce) const;

  store::Store& store_;
  const Inbound& inbound_;
  KeepBudget& budget_;
  const Clock& clock_;
  const PushesAtOnce at_once_;
  mutable std::mutex mutex_;
  mutable int all_ = 0;
  mutable std::map<std::string, int> of_;  // by alias
};

}  // namespace hub::exchange
