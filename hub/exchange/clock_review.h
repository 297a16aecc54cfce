// Counts every open clock anew after the law data changed, supersedes those whose date moved, and
// tells it in the appeal's events, which applicants read: a term already told moves only openly.
// A day that a body named itself (an extension's end, a plan) is left alone.
// A body's system that wants to is told, too.
// Threads: one review at a time; everything else of the exchange may run meanwhile.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "hub/base/status.h"
#include "hub/base/time.h"
#include "hub/exchange/service.h"
#include "hub/rules/law_book.h"
#include "hub/rules/recount.h"
#include "hub/store/store.h"

namespace hub::exchange {

class ClockReview {
 public:
  struct Telling {
    std::string node_name;
    // Whether the system of this destination is to be told that an appeal's due date moved.
    std::function<bool(const std::string& destination)> wanted;
  };
  // All must outlive the review. `actor`: who caused it, for the events. Without `telling` no system is told.
  ClockReview(store::Store& store, const rules::LawBook& law, const Clock& clock, std::string actor,
              Telling telling = {})
      : store_(store),
        law_(law),
        clock_(clock),
        actor_(std::move(actor)),
        telling_(std::move(telling)) {}
  // Idempotent: a review broken off half-way is finished by the next. Failure: the store's.
  Result<LawReload> run();
  // What such a review looks at, page by page: the open clocks, those left alone and those that ended with their
  // appeal among them, and before them the closed one of a registration that they run from.
  struct OpenAppeal {
    store::AppealRow row;
    std::vector<store::ClockRow> clocks;
  };
  struct OpenPage {
    std::vector<OpenAppeal> appeals;
    store::RowId next = 0;  // 0: there are no more
  };
  // After the appeal `after` (0 at first), about `clocks_max` clocks. Failure: the store's.
  Result<OpenPage> open(store::RowId after, int clocks_max) const;

 private:
  struct Change {
    store::ClockRow old, now;
  };
  // Takes the rows that change.
  Change changed(store::ClockRow& clock, rules::TermMove& move) const;
  Status compare(std::vector<store::ClockRow>& clocks, std::vector<Change>& changes,
                 LawReload& counts) const;
  // The register's own clock of an appeal that came after hours, if its terms are counted from that day: met at
  // once, it is not among the open ones, and moves them all. No row: they are not.
  Result<std::optional<store::ClockRow>> registration(
      store::RowId appeal, const std::vector<rules::OpenClock>& terms) const;
  // What is registered is so already, in time or not. False: the old one is not as it was any more.
  Result<bool> replace(store::Tx& tx, const Change& change) const;
  Status tellBody(store::Tx& tx, const Change& change, Instant at) const;
  Status apply(store::Tx& tx, std::span<const Change> changes, LawReload& counts) const;

  store::Store& store_;
  const rules::LawBook& law_;
  const Clock& clock_;
  std::string actor_;
  Telling telling_;
};

}  // namespace hub::exchange
