// Items about an appeal nobody knows, while deliveries to the agency are open: it may have what was delivered
// all the same (the answer got lost, the hub was killed), and the item may be its answer.
//
// Such an item is put off until all deliveries older than its first sight are through, since what is settled
// as refused would be lost, but for an hour at most. What was collected waits in the store; what was
// pushed, or found no room there, is to be given again, and is known by its first sight here.
// Threads: any.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "hub/base/time.h"
#include "hub/exchange/inbound_item.h"

namespace hub::exchange {

class EarlyItems {
 public:
  // Whether the appeal may become known soon: then the item is not judged yet.
  bool mayComeSoon(const ItemSource& source, const PreparedItem& item, Instant now);

  // The hub keeps it from now on.
  void forget(const ItemSource& source, const PreparedItem& item);

 private:
  std::mutex mutex_;
  std::map<std::string, Instant> first_seen_;  // of items put off that are not kept
};

}  // namespace hub::exchange
