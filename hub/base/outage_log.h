// Says once in the log that something cannot be told, and once that it can be again, however often it is asked for
// meanwhile. Threads: any.
#pragma once

#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "hub/base/log.h"
#include "hub/base/status.h"

namespace hub {

class OutageLog {
 public:
  // `event`: "counts" says "counts.missing" and "counts.back".
  explicit OutageLog(std::string event) : event_(std::move(event)) {}

  void report(const std::string& what, const Status& status) {
    {
      const std::lock_guard lock(mutex_);
      const bool news = status.ok() ? missing_.erase(what) > 0 : missing_.insert(what).second;
      if (!news) return;
    }
    if (status.ok()) {
      logInfo(event_ + ".back", {{"what", what}});
    } else {
      logError(event_ + ".missing",
               {{"what", what}, {"code", status.error().code}, {"detail", status.error().text}});
    }
  }

 private:
  const std::string event_;
  std::mutex mutex_;
  std::set<std::string> missing_;  // what was reported last as not to be had
};

}  // namespace hub
