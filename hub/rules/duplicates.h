// Repeats, duplicates and campaigns among appeals: hints for a person, never a decision. APPC 64(7)
// lets a body return a repeat without new grounds, 64(8) joins one to its case; both are a person's
// act, and so is every merge.
//
// Method: the text is normalised (letters and digits only, lower case, single spaces), cut into
// overlapping pieces of five letters (endings of agglutinating Kazakh change a piece or two, not the
// text), and reduced to 64 minima of one-permutation MinHash; the share of equal minima estimates the
// Jaccard similarity of the pieces (standard error about 0.06). Candidates are found by eight bands
// of four minima, so that a search does not grow with the number of appeals. Blocking: same topic, same
// district (KATO, first four digits), window of days; the same person is looked up by its own key.
//
// Memory: about 330 bytes an appeal, tables included. No identity and no text is kept:
// `applicant` is a keyed hash that the caller makes.
// Threads: one writer or many readers; the owner locks.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "hub/base/time.h"
#include "hub/rules/local_text.h"

namespace hub::rules {

// What is kept of a text.
struct TextSketch {
  static constexpr std::size_t kMinima = 64;
  std::uint64_t exact = 0;  // of the normalised text
  std::array<std::uint16_t, kMinima> minima{};
  std::uint16_t pieces = 0;  // distinct ones at most; few pieces make no similarity
};
// Letters and digits in lower case, everything else one space; ё as е. Precondition: UTF-8, NFC.
std::string normaliseText(std::string_view text);
TextSketch sketchOf(std::string_view text);
// 0..1; 0 if either text is too short to compare.
double similarity(const TextSketch& a, const TextSketch& b);

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
  // person's stream of the same text.
  int candidates_max = 2000;
};

class DuplicateIndex {
 public:
  explicit DuplicateIndex(DuplicateOptions options = {});
  // A known id is ignored.
  void add(const DuplicateEntry& entry);
  void remove(std::int64_t id);
  // Drops everything received before `day`.
  void expireBefore(Date day);
  // Does not find `entry` itself. At most `limit` hints; looks no further once 50 near ones are found,
  // so campaign_people is a lower bound.
  DuplicateAnswer find(const DuplicateEntry& entry, std::size_t limit) const;
  std::size_t size() const { return alive_; }

 private:
  static constexpr std::size_t kBands = 8, kRows = 4;
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;
  struct Kept {
    std::int64_t id = 0;
    std::uint64_t applicant = 0;
    std::uint32_t place = 0;  // of the district, 0: unknown
    std::uint32_t topic = 0;
    std::int32_t day = 0;
    bool alive = true;
    TextSketch sketch;
    std::array<std::uint32_t, kBands> next{};
    std::uint32_t next_of_applicant = kNone;
  };
  using Table = std::vector<std::uint32_t>;
  std::size_t slot(const TextSketch& sketch, std::size_t band, std::uint32_t topic) const;
  void rebuild();
  void link(std::uint32_t index);
  bool comparable(const Kept& kept, const Kept& asked) const;
  static Kept keep(const DuplicateEntry& entry);
  void ofPerson(const Kept& asked, std::vector<DuplicateHint>& hints) const;
  void ofOthers(const Kept& asked, std::vector<DuplicateHint>& hints, int& people) const;

  DuplicateOptions options_;
  std::size_t slots_;  // of each table; grows with the appeals
  std::vector<Kept> kept_;
  std::array<Table, kBands> bands_;
  Table applicants_;
  std::unordered_map<std::int64_t, std::uint32_t> ids_;  // id → index
  std::size_t alive_ = 0;
};

}  // namespace hub::rules
