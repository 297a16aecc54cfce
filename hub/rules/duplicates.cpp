#include "hub/rules/duplicates.h"

#include <algorithm>
#include <cstdlib>
#include <unordered_set>

namespace hub::rules {
namespace {

// So many near ones tell all there is to tell: a campaign has no end.
constexpr std::size_t kFoundMax = 50;
constexpr int kPassedFactor = 4;
constexpr std::size_t kRows = TextSketch::kMinima / 2 / KeptAppeal::kBands;

std::string_view placeOf(const std::string& kato) {
  return kato.size() < 4 ? std::string_view() : std::string_view(kato).substr(0, 4);
}

// Days before 1970 and after 2149 count as the first and the last one.
std::uint16_t numberOf(Date day) {
  const auto days = std::chrono::sys_days(day).time_since_epoch().count();
  return static_cast<std::uint16_t>(std::clamp<std::int64_t>(days, 0, 0xFFFF));
}

bool sharesBand(const KeptAppeal& a, const KeptAppeal& b, std::size_t band) {
  constexpr std::uint64_t kMask = (std::uint64_t{1} << kRows) - 1;
  return (differing(a.sketch, b.sketch) >> (band * kRows) & kMask) == 0 && a.topic == b.topic;
}

double alike(const KeptAppeal& a, const KeptAppeal& b) {
  const bool short_one = a.topic == WordNumbers::kNone || b.topic == WordNumbers::kNone;
  return short_one ? 0 : similarity(a.sketch, b.sketch);
}

LocalText explain(const DuplicateAnswer& answer) {
  if (answer.hints.empty()) return {};
  const std::string n = std::to_string(answer.campaign_people);
  switch (answer.hints.front().nature) {
    case DuplicateNature::kExactRepeat:
      return {
          "Сол тұлғаның сол мәтіні бұрын келген; қайтару немесе біріктіру туралы адам шешеді "
          "(ӘРПК 64(7), 64(8))",
          "Тот же текст того же лица уже поступал; о возврате или присоединении решает человек "
          "(АППК 64(7), 64(8))",
          "The same text of the same person came before; a person decides on return or joining "
          "(APPC 64(7), 64(8))"};
    case DuplicateNature::kSameMatter:
      return {"Сол тұлғаның ұқсас өтініші бар", "Есть похожее обращение того же лица",
              "There is a similar appeal of the same person"};
    case DuplicateNature::kCampaign:
      return {"Мәтіні бірдей дерлік өтініштер: кемінде " + n + " басқа тұлға",
              "Почти одинаковый текст: не менее " + n + " других лиц",
              "Nearly the same text from at least " + n + " other persons"};
    case DuplicateNature::kSimilar:
      return {"Басқа тұлғаның мәтіні бірдей дерлік өтініші бар",
              "Есть почти одинаковое обращение другого лица",
              "There is a nearly identical appeal of another person"};
  }
  return {};
}

}  // namespace

// What is found of other persons, by band after band.
struct DuplicateIndex::Others {
  std::unordered_set<std::int64_t> seen;
  std::unordered_set<std::uint64_t> persons;
  std::vector<DuplicateHint> hints;
};

std::string_view toString(DuplicateNature nature) {
  switch (nature) {
    case DuplicateNature::kExactRepeat:
      return "exact_repeat";
    case DuplicateNature::kSameMatter:
      return "same_matter";
    case DuplicateNature::kCampaign:
      return "same_campaign";
    case DuplicateNature::kSimilar:
      return "similar";
  }
  return "";
}

DuplicateIndex::DuplicateIndex(DuplicateOptions options) : options_(options) {
  options_.segment_max =
      std::clamp<std::size_t>(options_.segment_max, 1, DuplicateSegment::kAppealsMax);
}

DuplicateIndex::Asked DuplicateIndex::asked(const DuplicateEntry& entry, std::uint16_t topic,
                                            std::uint16_t place) const {
  Asked asked;
  asked.id = entry.id;
  KeptAppeal& appeal = asked.appeal;
  appeal.sketch = smallSketchOf(entry.sketch);
  appeal.applicant = entry.applicant;
  appeal.exact = static_cast<std::uint32_t>(entry.sketch.exact);
  appeal.topic = tooShort(entry.sketch) ? WordNumbers::kNone : topic;
  appeal.place = place;
  appeal.day = numberOf(entry.day);
  const auto slotOf = [](std::uint64_t hash) {
    return static_cast<std::uint16_t>(hash % DuplicateSegment::kSlots);
  };
  asked.slots.fill(DuplicateSegment::kEnd);
  if (appeal.applicant != 0) {
    asked.slots[KeptAppeal::kPersonChain] = slotOf(mixBits(appeal.applicant));
  }
  // A topic without a number of its own is like no other.
  if (appeal.topic == WordNumbers::kNone || topic == WordNumbers::kOther) return asked;
  for (std::size_t band = 0; band < KeptAppeal::kBands; ++band) {
    std::uint64_t hash = topic;
    for (std::size_t row = 0; row < kRows; ++row) {
      hash = mixBits(hash ^ entry.sketch.minima[band * kRows + row]);
    }
    asked.slots[band] = slotOf(hash);
  }
  return asked;
}

void DuplicateIndex::add(const DuplicateEntry& entry) {
  if (!ids_.insert(entry.id)) return;
  const auto place = placeOf(entry.kato);
  const Asked added = asked(entry, topics_.take(entry.topic),
                            place.empty() ? WordNumbers::kNone : places_.take(place));
  if (segments_.empty() || segments_.back()->size() >= options_.segment_max ||
      !segments_.back()->takes(entry.id)) {
    segments_.push_back(std::make_unique<DuplicateSegment>(entry.id));
  }
  segments_.back()->add(entry.id, added.appeal, added.slots);
  ++size_;
  if (size_ <= options_.entries_max || segments_.size() == 1) return;
  drop(*segments_.front());
  segments_.erase(segments_.begin());
}

void DuplicateIndex::drop(const DuplicateSegment& segment) {
  for (std::size_t i = 0; i < segment.size(); ++i) ids_.erase(segment.idOf(segment.at(i)));
  size_ -= segment.size();
}

void DuplicateIndex::expireBefore(Date day) {
  first_day_ = std::max(first_day_, numberOf(day));
  std::erase_if(segments_, [this](const auto& segment) {
    const bool expired = segment->newestDay() < first_day_;
    if (expired) drop(*segment);
    return expired;
  });
}

std::size_t DuplicateIndex::bytes() const {
  std::size_t bytes = ids_.bytes();
  for (const auto& segment : segments_) bytes += segment->bytes();
  return bytes;
}

bool DuplicateIndex::comparable(std::int64_t id, const KeptAppeal& kept, const Asked& asked) const {
  return id != asked.id && kept.day >= first_day_ &&
         std::abs(int{kept.day} - int{asked.appeal.day}) <= options_.window_days;
}

// The chain in all segments, the newest first, until `look` says no.
template <typename Look>
void DuplicateIndex::walk(const Asked& asked, std::size_t chain, const Look& look) const {
  const std::uint16_t slot = asked.slots[chain];
  if (slot == DuplicateSegment::kEnd) return;
  for (auto segment = segments_.rbegin(); segment != segments_.rend(); ++segment) {
    for (auto i = (*segment)->head(chain, slot); i != DuplicateSegment::kEnd;) {
      const KeptAppeal& kept = (*segment)->at(i);
      if (!look((*segment)->idOf(kept), kept)) return;
      i = kept.next[chain];
    }
  }
}

void DuplicateIndex::ofPerson(const Asked& asked, std::vector<DuplicateHint>& hints) const {
  int looked = 0, passed = 0;
  walk(asked, KeptAppeal::kPersonChain, [&](std::int64_t id, const KeptAppeal& kept) {
    if (kept.applicant != asked.appeal.applicant) {
      return ++passed < options_.candidates_max * kPassedFactor;
    }
    if (comparable(id, kept, asked)) {
      const double likeness = alike(kept, asked.appeal);
      if (kept.exact == asked.appeal.exact && kept.sketch == asked.appeal.sketch) {
        hints.push_back({id, DuplicateNature::kExactRepeat, 1.0});
      } else if (likeness >= options_.same_matter) {
        hints.push_back({id, DuplicateNature::kSameMatter, likeness});
      }
    }
    return ++looked < options_.candidates_max && hints.size() < kFoundMax;
  });
}

void DuplicateIndex::ofBand(const Asked& asked, std::size_t band, Others& others) const {
  // Every band its share: texts that crowd one band need not stand in the others.
  const int share = std::max(1, options_.candidates_max / static_cast<int>(KeptAppeal::kBands));
  const KeptAppeal& own = asked.appeal;
  int looked = 0, passed = 0;
  walk(asked, band, [&](std::int64_t id, const KeptAppeal& kept) {
    if (!sharesBand(kept, own, band)) return ++passed < share * kPassedFactor;
    const bool more = ++looked < share;
    const bool elsewhere = kept.place != own.place && kept.place != WordNumbers::kNone &&
                           own.place != WordNumbers::kNone;
    const bool same_person = own.applicant != 0 && kept.applicant == own.applicant;
    if (same_person || elsewhere || !comparable(id, kept, asked)) return more;
    if (!others.seen.insert(id).second) return more;
    const double likeness = alike(kept, own);
    if (likeness < options_.near) return more;
    others.hints.push_back({id, DuplicateNature::kSimilar, likeness});
    if (kept.applicant != 0) others.persons.insert(kept.applicant);
    return more && others.hints.size() < kFoundMax;
  });
}

void DuplicateIndex::ofOthers(const Asked& asked, std::vector<DuplicateHint>& hints,
                              int& people) const {
  Others others;
  for (std::size_t band = 0; band < KeptAppeal::kBands && others.hints.size() < kFoundMax; ++band) {
    ofBand(asked, band, others);
  }
  people = static_cast<int>(others.persons.size());
  for (auto& hint : others.hints) {
    if (people >= options_.campaign_people) hint.nature = DuplicateNature::kCampaign;
    hints.push_back(hint);
  }
}

DuplicateAnswer DuplicateIndex::find(const DuplicateEntry& entry, std::size_t limit) const {
  const auto place = placeOf(entry.kato);
  const Asked sought = asked(entry, topics_.find(entry.topic),
                             place.empty() ? WordNumbers::kNone : places_.find(place));
  DuplicateAnswer answer;
  ofPerson(sought, answer.hints);
  ofOthers(sought, answer.hints, answer.campaign_people);
  std::sort(answer.hints.begin(), answer.hints.end(), [](const auto& a, const auto& b) {
    if (a.nature != b.nature) return a.nature < b.nature;
    if (a.similarity != b.similarity) return a.similarity > b.similarity;
    return a.id > b.id;
  });
  if (answer.hints.size() > limit) answer.hints.resize(limit);
  answer.explanation = explain(answer);
  return answer;
}

}  // namespace hub::rules
