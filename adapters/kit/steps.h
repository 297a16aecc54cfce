// What is done of a work that takes more calls than one (a message's uploads, an item's downloads), kept
// in memory between them: the next call of this process goes on where the last one ended. Forgetting it
// costs doing it again, no more. Any thread.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <mutex>
#include <string>

namespace otinish::kit {

class Steps {
 public:
  using Done = std::map<std::string, std::string>;  // step (a digest) → what came of it

  // What an earlier call kept; it is this call's now.
  Done take(const std::string& work);
  void keep(const std::string& work, Done done);

 private:
  static constexpr std::size_t kWorksMax = 1'000;  // the oldest is forgotten
  std::mutex mutex_;
  std::map<std::string, Done> works_;
  std::deque<std::string> order_;
};

}  // namespace otinish::kit
