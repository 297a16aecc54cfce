#include "hub/rules/duplicates.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <array>
#include <unordered_set>

namespace hub::rules {
namespace {

constexpr std::size_t kPieceLetters = 5;
constexpr std::uint16_t kPiecesMin = 25;  // "Здравствуйте, помогите" is no campaign
// So many near ones tell all there is to tell: a campaign has no end.
constexpr std::size_t kFoundMax = 50;
constexpr std::size_t kSlotsFirst = std::size_t{1} << 12;

// splitmix64: every bit of the input moves every bit of the output.
std::uint64_t mix(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15ULL;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31);
}

// How a letter or digit counts: in lower case, ё as е; 0 for anything else.
char32_t countedAs(UChar32 c) {
  if (c < 0 || !u_isalnum(c)) return 0;
  c = u_tolower(c);
  return static_cast<char32_t>(c == 0x451 ? 0x435 : c);
}

// The same for Latin and Cyrillic, asked once.
constexpr std::size_t kCommon = 0x530;
const std::array<char16_t, kCommon>& commonLetters() {
  static const auto letters = [] {
    std::array<char16_t, kCommon> out{};
    for (std::size_t c = 0; c < kCommon; ++c) {
      const char32_t counted = countedAs(static_cast<UChar32>(c));
      out[c] = counted < 0x10000 ? static_cast<char16_t>(counted) : u'\0';
    }
    return out;
  }();
  return letters;
}

// Lower-case letters and digits as code points; runs of anything else as one space.
std::vector<char32_t> lettersOf(std::string_view text) {
  std::vector<char32_t> out;
  out.reserve(text.size());
  const auto& common = commonLetters();
  const auto length = static_cast<std::int32_t>(std::min<std::size_t>(text.size(), 1 << 24));
  for (std::int32_t i = 0; i < length;) {
    UChar32 c = 0;
    U8_NEXT(reinterpret_cast<const std::uint8_t*>(text.data()), i, length, c);
    const bool is_common = c >= 0 && c < static_cast<UChar32>(kCommon);
    const char32_t letter = is_common ? common[static_cast<std::size_t>(c)] : countedAs(c);
    if (letter != 0) {
      out.push_back(letter);
    } else if (!out.empty() && out.back() != U' ') {
      out.push_back(U' ');
    }
  }
  if (!out.empty() && out.back() == U' ') out.pop_back();
  return out;
}

std::uint64_t hashOf(std::string_view text) {
  std::uint64_t h = 0;
  for (const char c : text) h = mix(h ^ static_cast<unsigned char>(c));
  return h;
}

// An empty minimum takes its neighbour's, moved by the distance, so that two texts agree there just
// as often as elsewhere (densification).
void fillGaps(TextSketch& sketch, const std::array<bool, TextSketch::kMinima>& filled) {
  constexpr std::size_t n = TextSketch::kMinima;
  const auto given = sketch.minima;
  for (std::size_t i = 0; i < n; ++i) {
    if (filled[i]) continue;
    for (std::size_t step = 1; step < n; ++step) {
      if (!filled[(i + step) % n]) continue;
      sketch.minima[i] = static_cast<std::uint16_t>(mix(given[(i + step) % n] * 131U + step));
      break;
    }
  }
}

std::uint32_t placeOf(const std::string& kato) {
  return kato.size() < 4 ? 0 : static_cast<std::uint32_t>(hashOf(kato.substr(0, 4)) | 1U);
}

std::int32_t numberOf(Date day) {
  return static_cast<std::int32_t>(std::chrono::sys_days(day).time_since_epoch().count());
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

std::string normaliseText(std::string_view text) {
  std::string out;
  for (const char32_t letter : lettersOf(text)) {
    std::uint8_t bytes[4];
    std::int32_t length = 0;
    U8_APPEND_UNSAFE(bytes, length, static_cast<UChar32>(letter));
    out.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(length));
  }
  return out;
}

TextSketch sketchOf(std::string_view text) {
  const auto letters = lettersOf(text);
  TextSketch sketch;
  for (const char32_t letter : letters) sketch.exact = mix(sketch.exact ^ letter);
  sketch.minima.fill(0xFFFF);
  if (letters.size() < kPieceLetters) return sketch;
  std::array<std::uint32_t, TextSketch::kMinima> least;
  least.fill(0xFFFFFFFF);
  std::array<bool, TextSketch::kMinima> filled{};
  for (std::size_t i = 0; i + kPieceLetters <= letters.size(); ++i) {
    std::uint64_t piece = 0;
    for (std::size_t k = 0; k < kPieceLetters; ++k) piece = piece * 0x110003ULL + letters[i + k];
    const std::uint64_t h = mix(piece);
    const auto at = static_cast<std::size_t>(h >> 58);
    least[at] = std::min(least[at], static_cast<std::uint32_t>(h));
    filled[at] = true;
  }
  sketch.pieces =
      static_cast<std::uint16_t>(std::min<std::size_t>(letters.size() - kPieceLetters + 1, 0xFFFF));
  for (std::size_t i = 0; i < least.size(); ++i) {
    if (filled[i]) sketch.minima[i] = static_cast<std::uint16_t>(mix(least[i]));
  }
  fillGaps(sketch, filled);
  return sketch;
}

double similarity(const TextSketch& a, const TextSketch& b) {
  if (a.pieces < kPiecesMin || b.pieces < kPiecesMin) return 0;
  int equal = 0;
  for (std::size_t i = 0; i < TextSketch::kMinima; ++i) equal += a.minima[i] == b.minima[i];
  return static_cast<double>(equal) / static_cast<double>(TextSketch::kMinima);
}

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

DuplicateIndex::DuplicateIndex(DuplicateOptions options) : options_(options), slots_(kSlotsFirst) {
  rebuild();
}

DuplicateIndex::Kept DuplicateIndex::keep(const DuplicateEntry& entry) {
  Kept kept;
  kept.id = entry.id;
  kept.applicant = entry.applicant;
  kept.place = placeOf(entry.kato);
  kept.topic = static_cast<std::uint32_t>(hashOf(entry.topic));
  kept.day = numberOf(entry.day);
  kept.sketch = entry.sketch;
  return kept;
}

std::size_t DuplicateIndex::slot(const TextSketch& sketch, std::size_t band,
                                 std::uint32_t topic) const {
  std::uint64_t h = topic;
  for (std::size_t row = 0; row < kRows; ++row) h = mix(h ^ sketch.minima[band * kRows + row]);
  return h % slots_;
}

void DuplicateIndex::link(std::uint32_t index) {
  Kept& kept = kept_[index];
  ids_[kept.id] = index;
  if (kept.applicant != 0) {
    auto& head = applicants_[mix(kept.applicant) % slots_];
    kept.next_of_applicant = head;
    head = index;
  }
  if (kept.sketch.pieces < kPiecesMin) return;
  for (std::size_t band = 0; band < kBands; ++band) {
    auto& head = bands_[band][slot(kept.sketch, band, kept.topic)];
    kept.next[band] = head;
    head = index;
  }
}

void DuplicateIndex::rebuild() {
  std::erase_if(kept_, [](const Kept& kept) { return !kept.alive; });
  for (auto& band : bands_) band.assign(slots_, kNone);
  applicants_.assign(slots_, kNone);
  ids_.clear();
  for (std::uint32_t i = 0; i < kept_.size(); ++i) {
    kept_[i].next.fill(kNone);
    kept_[i].next_of_applicant = kNone;
    link(i);
  }
}

void DuplicateIndex::add(const DuplicateEntry& entry) {
  if (ids_.contains(entry.id)) return;
  Kept kept = keep(entry);
  kept.next.fill(kNone);
  kept_.push_back(kept);
  ++alive_;
  if (kept_.size() > slots_ / 2) {
    slots_ *= 4;
    rebuild();
  } else {
    link(static_cast<std::uint32_t>(kept_.size() - 1));
  }
}

void DuplicateIndex::remove(std::int64_t id) {
  const auto found = ids_.find(id);
  if (found == ids_.end()) return;
  kept_[found->second].alive = false;
  ids_.erase(found);
  --alive_;
  if (kept_.size() > 1000 && alive_ < kept_.size() / 2) rebuild();
}

void DuplicateIndex::expireBefore(Date day) {
  const auto first = numberOf(day);
  for (auto& kept : kept_) {
    if (!kept.alive || kept.day >= first) continue;
    kept.alive = false;
    --alive_;
  }
  rebuild();
}

bool DuplicateIndex::comparable(const Kept& kept, const Kept& asked) const {
  return kept.alive && kept.id != asked.id &&
         std::abs(kept.day - asked.day) <= options_.window_days;
}

void DuplicateIndex::ofPerson(const Kept& asked, std::vector<DuplicateHint>& hints) const {
  if (asked.applicant == 0) return;
  int looked = 0;
  for (auto i = applicants_[mix(asked.applicant) % slots_];
       i != kNone && looked < options_.candidates_max && hints.size() < kFoundMax;
       i = kept_[i].next_of_applicant, ++looked) {
    const Kept& kept = kept_[i];
    if (kept.applicant != asked.applicant || !comparable(kept, asked)) continue;
    if (kept.sketch.exact == asked.sketch.exact) {
      hints.push_back({kept.id, DuplicateNature::kExactRepeat, 1.0});
      continue;
    }
    const double alike = similarity(kept.sketch, asked.sketch);
    if (alike >= options_.same_matter) {
      hints.push_back({kept.id, DuplicateNature::kSameMatter, alike});
    }
  }
}

void DuplicateIndex::ofOthers(const Kept& asked, std::vector<DuplicateHint>& hints,
                              int& people) const {
  if (asked.sketch.pieces < kPiecesMin) return;
  std::unordered_set<std::uint32_t> seen;
  std::unordered_set<std::uint64_t> persons;
  const std::size_t before = hints.size();
  const auto enough = [&] { return hints.size() - before >= kFoundMax; };
  // Every band its share: texts that crowd one band need not stand in the others.
  const int share = std::max(1, options_.candidates_max / static_cast<int>(kBands));
  for (std::size_t band = 0; band < kBands && !enough(); ++band) {
    int looked = 0;
    for (auto i = bands_[band][slot(asked.sketch, band, asked.topic)];
         i != kNone && looked < share && !enough(); i = kept_[i].next[band], ++looked) {
      const Kept& kept = kept_[i];
      const bool elsewhere = kept.place != 0 && asked.place != 0 && kept.place != asked.place;
      const bool own = asked.applicant != 0 && kept.applicant == asked.applicant;
      if (own || elsewhere || kept.topic != asked.topic || !comparable(kept, asked)) continue;
      if (!seen.insert(i).second) continue;
      const double alike = similarity(kept.sketch, asked.sketch);
      if (alike < options_.near) continue;
      hints.push_back({kept.id, DuplicateNature::kSimilar, alike});
      if (kept.applicant != 0) persons.insert(kept.applicant);
    }
  }
  people = static_cast<int>(persons.size());
  if (people < options_.campaign_people) return;
  for (auto& hint : hints) {
    if (hint.nature == DuplicateNature::kSimilar) hint.nature = DuplicateNature::kCampaign;
  }
}

DuplicateAnswer DuplicateIndex::find(const DuplicateEntry& entry, std::size_t limit) const {
  const Kept asked = keep(entry);
  DuplicateAnswer answer;
  ofPerson(asked, answer.hints);
  ofOthers(asked, answer.hints, answer.campaign_people);
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
