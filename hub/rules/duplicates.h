// Repeats, duplicates and campaigns among appeals: hints for a person, never a decision. APPC 64(7)
// lets a body return a repeat without new grounds, 64(8) joins one to its case; both are a person's
// act, and so is every merge.
//
// Texts are compared by their sketches (text_sketch.h). Candidates are found by eight bands of four
// minima, so that a search does not grow with the number of appeals. Blocking: same topic, same district
// (KATO, first four digits), window of days; the same person is looked up by its own key.
//
// Memory: 69 bytes an appeal, tables included; 0.35 MiB for the first one (duplicate_segment.h). No
// identity and no text is kept: `applicant` is a keyed hash that the caller makes.
// Threads: one writer or many readers; the owner locks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/time.h"
#include "hub/rules/duplicate_segment.h"
#include "hub/rules/local_text.h"
#include "hub/rules/text_sketch.h"

namespace hub::rules {

enum class DuplicateNature {
  kExactRepeat,  // the same person, the same normalised text
  kSameMatter,   // the same person, a similar text
  kCampaign,     // one of many persons with nearly the same text
  kSimilar,      // another person, nearly the same text
};
// "exact_repeat", "same_matter", "same_campaign", "similar".
std::string_view toString(DuplicateNature nature);

struct DuplicateEntry {
  std::int64_t id = 0;
  std::uint64_t applicant = 0;  // keyed hash of IIN or BIN; 0: unknown
  std::string topic;            // section
  std::string kato;             // "" if unknown: fits every place
  Date day;                     // of receipt
  TextSketch sketch;
};

struct DuplicateHint {
  std::int64_t id = 0;
  DuplicateNature nature = DuplicateNature::kSimilar;
  double similarity = 0;
};

struct DuplicateAnswer {
  std::vector<DuplicateHint> hints;  // worst first: nature, then similarity, then the newer appeal
  int campaign_people = 0;           // other persons with nearly the same text, at least
  LocalText explanation;             // empty without hints
};

struct DuplicateOptions {
  int window_days = 90;
  double same_matter = 0.5;  // similarity from which a person's texts are one matter
  double near = 0.8;         // from which texts of different persons are nearly the same
  int campaign_people = 5;   // other persons that make a campaign
  // Looked at in all bands together, the newest first: a campaign has no end, and neither has one
  // person's stream of the same text. Of those that merely share a slot four times as many are passed.
  int candidates_max = 2000;
  // 1 … DuplicateSegment::kAppealsMax: so many are dropped at once.
  std::size_t segment_max = DuplicateSegment::kAppealsMax;
  // Beyond it the oldest segment is dropped, never the last one: at 50,000 appeals a day a window of
  // 90 days holds 4.5 million, 0.29 GiB.
  std::size_t entries_max = 8'000'000;
};

class DuplicateIndex {
 public:
  explicit DuplicateIndex(DuplicateOptions options = {});
  // The id of one that is held is ignored. Ids are row ids, close together in the main.
  void add(const DuplicateEntry& entry);
  // Finds no more what was received before `day`; drops the segments that hold nothing else. What comes
  // with an old day into a new segment is held until that is dropped.
  void expireBefore(Date day);
  // Does not find `entry` itself. At most `limit` hints; looks no further once 50 near ones are found,
  // so campaign_people is a lower bound.
  DuplicateAnswer find(const DuplicateEntry& entry, std::size_t limit) const;
  // Held in memory, found or not.
  std::size_t size() const { return size_; }
  std::size_t bytes() const;

 private:
  // An appeal in the form of those that are kept.
  struct Asked {
    KeptAppeal appeal;
    std::int64_t id = 0;
    DuplicateSegment::Slots slots{};
  };
  struct Others;
  Asked asked(const DuplicateEntry& entry, std::uint16_t topic, std::uint16_t place) const;
  bool comparable(std::int64_t id, const KeptAppeal& kept, const Asked& asked) const;
  template <typename Look>
  void walk(const Asked& asked, std::size_t chain, const Look& look) const;
  void ofPerson(const Asked& asked, std::vector<DuplicateHint>& hints) const;
  void ofBand(const Asked& asked, std::size_t band, Others& others) const;
  void ofOthers(const Asked& asked, std::vector<DuplicateHint>& hints, int& people) const;
  void drop(const DuplicateSegment& segment);

  DuplicateOptions options_;
  std::vector<std::unique_ptr<DuplicateSegment>> segments_;  // in order of arrival
  WordNumbers topics_, places_;
  IdSet ids_;
  std::size_t size_ = 0;
  std::uint16_t first_day_ = 0;  // earlier ones are expired
};

}  // namespace hub::rules
