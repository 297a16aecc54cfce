// A complaint that a body's own system tells to be `forwarded`, where that body is the one complained of: it went up,
// APPC 91(4). What follows is that of the action send_to_higher: the body above gets it with terms of its own, if it is
// connected; else the complaint left the hub.
// Threads: any; everything runs inside one unit of work.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "hub/base/limits.h"
#include "hub/base/status.h"
#include "hub/base/time.h"
#include "hub/exchange/agency_messages.h"
#include "hub/exchange/case_file.h"
#include "hub/model/types.h"
#include "hub/rules/current_law.h"
#include "hub/rules/local_text.h"
#include "hub/store/store.h"

namespace hub::exchange {

class WayUp {
 public:
  struct Options {
    std::function<bool(const std::string& alias)>
        connected;  // does an agency of it run? empty: none
    std::string node_name;
  };
  // All but the options must outlive the object; `law`: nullptr knows no way up.
  WayUp(const AgencyMessages& messages, const rules::CurrentLaw* law, const Limits& limits,
        Options options)
      : messages_(messages), law_(law), limits_(limits), options_(std::move(options)) {}

  struct Way {
    CaseFile file;
    const rules::ProcedureRow* row = nullptr;  // of the action
    const rules::Body* to = nullptr;           // connected; nullptr: it leaves the hub
    rules::LocalText names;                    // of the higher body, as far as known
  };
  // Nothing if the word is none for a way up. To be asked before it changes anything. `forwarded_to`: where to, if it says
  // so; a body that is only presumed to be complained of (91(3)) sends up what it says to go to a body above it.
  Result<std::optional<Way>> of(store::Tx& tx, const store::AppealRow& appeal,
                                std::string_view outcome,
                                const std::optional<model::BodyRef>& forwarded_to, Instant at,
                                Instant now) const;
  // The event of the body's act, in place of that of a forwarding.
  store::EventRow event(const Way& way, const std::string& actor,
                        const std::string& payload_sha256) const;
  // To the body above, if the way leads to one: `appeal` is there from then on. After the terms of the body complained of
  // ended and its act is in the history; the caller writes `appeal`.
  Status goOn(store::Tx& tx, const Way& way, const std::string& actor,
              store::AppealRow& appeal) const;

 private:
  const AgencyMessages& messages_;
  const rules::CurrentLaw* law_;
  const Limits& limits_;
  Options options_;
};

}  // namespace hub::exchange
