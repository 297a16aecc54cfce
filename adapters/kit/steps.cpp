#include "adapters/kit/steps.h"

#include <algorithm>
#include <utility>

namespace otinish::kit {

Steps::Done Steps::take(const std::string& work) {
  const std::lock_guard lock(mutex_);
  const auto found = works_.find(work);
  if (found == works_.end()) return {};
  Done done = std::move(found->second);
  works_.erase(found);
  std::erase(order_, work);
  return done;
}

void Steps::keep(const std::string& work, Done done) {
  if (done.empty()) return;
  const std::lock_guard lock(mutex_);
  if (!works_.contains(work)) order_.push_back(work);
  works_[work] = std::move(done);
  if (order_.size() <= kWorksMax) return;
  works_.erase(order_.front());
  order_.pop_front();
}

}  // namespace otinish::kit
