// The law book in force in this process: replaced whole when the data of config/law is read anew.
// An operation takes one snapshot and works with it to its end. Threads: any.
#pragma once

#include <memory>
#include <mutex>

#include "hub/rules/law_book.h"

namespace hub::rules {

class CurrentLaw {
 public:
  explicit CurrentLaw(std::shared_ptr<const LawBook> book) : book_(std::move(book)) {}
  std::shared_ptr<const LawBook> get() const {
    const std::lock_guard lock(mutex_);
    return book_;
  }
  void replace(std::shared_ptr<const LawBook> book) {
    const std::lock_guard lock(mutex_);
    book_.swap(book);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const LawBook> book_;
};

}  // namespace hub::rules
