// What `hubd --check-config` finds beyond the file itself: files that do not hold what they should, and
// names that lead nowhere. Each finding has the line it is about.
// Threads: pure but for the files read.
#pragma once

#include <string>
#include <vector>

#include "hub/base/time.h"
#include "hub/programs/config.h"
#include "hub/rules/law_book.h"
#include "hub/web/router.h"

namespace hub::programs {

struct Finding {
  std::string key;   // "agencies.minfin.push", as HubConfig::lines has it
  std::string text;  // may begin with a code
  bool warning = false;
};

// "hub.yaml:12: key: text", or without the line where none is known.
std::string described(const HubConfig& config, const Finding& finding);

// The schema, the slip's font, bodies of clients, modes of secrets; as warnings clients of a body without
// roles, and aliases of the law data for which there is no agency: what is routed to them waits. `system_font`: the slip's if none is named.
std::vector<Finding> checkAround(const HubConfig& config, const rules::LawBook& law, Date today,
                                 const std::string& system_font = web::TalonOptions().font);

// Keys that cannot be used are left out of `keys`.
std::vector<Finding> loadKeys(const HubConfig& config, trust::Keyring& keys);

// Security profiles and endpoints of an agency; empty if they can be made.
std::vector<Finding> checkEndpoints(const HubConfig& config, const exchange::AgencyConfig& agency,
                                    trust::Keyring& keys);

// Endpoints that the adapter's settings name and the agency has not.
std::vector<Finding> checkEndpointNames(const exchange::AgencyConfig& agency,
                                        const otinish::About& about);

}  // namespace hub::programs
