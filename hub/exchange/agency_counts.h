// How much waits for each agency, and for a person because of it, as the status pages tell it.
// Threads: any.
#pragma once

#include <vector>

#include "hub/base/outage_log.h"
#include "hub/exchange/service.h"
#include "hub/store/store.h"

namespace hub::exchange {

// Adds the counts, and the aliases that are not configured and that something waits for. What cannot be counted is
// nullopt, with its reason in `not_counted`, and in the log once.
void addCounts(store::Store& store, OutageLog& outages, std::vector<AgencyStatus>* list);

}  // namespace hub::exchange
