// An agency that got another alias: what the store holds under the old one is served under the new one; and what it
// holds under aliases that nobody configured is told, since nobody serves that.
// Threads: pure but for the store.
#pragma once

#include <string>
#include <vector>

#include "hub/base/status.h"
#include "hub/exchange/agency_config.h"
#include "hub/store/store.h"

namespace hub::exchange {

// Before anything is served. Each alias in one unit of work, told in the log. Failure: the store's;
// "exchange.alias_still_used" if a former alias is that of an agency, or of two.
Status renameFormerAliases(store::Store& store, const std::vector<AgencyConfig>& agencies);

// Aliases that are no agency's and have appeals that are not finished, deliveries, kept messages or a cursor.
Result<std::vector<store::AliasUse>> forgottenAliases(store::Store& store,
                                                      const std::vector<AgencyConfig>& agencies);
// What an agency answers for: its alias and its former ones.
std::vector<std::string> servedAliases(const std::vector<AgencyConfig>& agencies);
// In English, for the log and for who checks the configuration.
std::string described(const store::AliasUse& use);

}  // namespace hub::exchange
