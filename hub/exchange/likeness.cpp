#include "hub/exchange/likeness.h"

#include <algorithm>
#include <cmath>

#include "hub/base/ids.h"
#include "hub/base/log.h"
#include "hub/base/metrics.h"
#include "hub/exchange/event_texts.h"
#include "hub/model/codec.h"

namespace hub::exchange {
namespace {

constexpr std::size_t kWaitingBytesMax = 16 * 1024 * 1024;
constexpr std::size_t kAtOnce = 64;
constexpr std::chrono::milliseconds kGather{200};
constexpr std::size_t kHintsMax = 5;
constexpr int kPage = 1000;
constexpr int kWindowDays = 90;

// Opaque to the store: exact, pieces, minima, each little-endian.
std::string packed(const rules::TextSketch& sketch) {
  std::string out;
  auto put = [&](std::uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) out += static_cast<char>((value >> (8 * i)) & 0xFF);
  };
  put(sketch.exact, 8);
  put(sketch.pieces, 2);
  for (const auto minimum : sketch.minima) put(minimum, 2);
  return out;
}

bool unpack(const std::string& bytes, rules::TextSketch& sketch) {
  if (bytes.size() != 10 + 2 * rules::TextSketch::kMinima) return false;
  std::size_t at = 0;
  auto take = [&](int count) {
    std::uint64_t value = 0;
    for (int i = 0; i < count; ++i) {
      value |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[at++])) << (8 * i);
    }
    return value;
  };
  sketch.exact = take(8);
  sketch.pieces = static_cast<std::uint16_t>(take(2));
  for (auto& minimum : sketch.minima) minimum = static_cast<std::uint16_t>(take(2));
  return true;
}

// Tells persons apart, no more. Beside it the store keeps the documents themselves.
std::int64_t personKey(const std::string& id) {
  if (id.empty()) return 0;
  const std::string digest = sha256Hex("otinish applicant " + id);
  return static_cast<std::int64_t>(std::stoull(digest.substr(0, 15), nullptr, 16));
}

Result<rules::DuplicateEntry> entryOf(const store::SketchRow& row) {
  rules::DuplicateEntry entry;
  entry.id = row.appeal;
  entry.applicant = static_cast<std::uint64_t>(row.applicant);
  entry.topic = row.topic;
  entry.kato = row.kato;
  auto day = parseDate(row.day);
  if (!day) return day.status();
  entry.day = *day;
  if (!unpack(row.sketch, entry.sketch)) {
    return Status::failure("store.corrupt", "a sketch has the wrong size");
  }
  return entry;
}

Date windowStart(Instant now, int days) {
  return std::chrono::floor<std::chrono::days>(now) - std::chrono::days(days);
}

}  // namespace

// What left the window, once a day.
Status Likeness::expire() {
  const Date first = windowStart(clock_.now(), kWindowDays);
  if (first == window_start_) return {};
  auto dropped =
      store_.write([&](store::Tx& tx) { return tx.dropSketchesBefore(formatDate(first)); });
  if (!dropped) return dropped;
  index_.expireBefore(first);
  window_start_ = first;
  return {};
}

Status Likeness::load() {
  if (auto s = expire(); !s) return s;
  store::RowId after = 0;
  for (;;) {
    auto rows = store_.sketches(after, kPage);
    if (!rows) return rows.status();
    for (const auto& row : *rows) {
      after = row.appeal;
      if (auto entry = entryOf(row); entry.ok()) index_.add(*entry);
    }
    if (rows->size() < static_cast<std::size_t>(kPage)) return {};
  }
}

void Likeness::showSize() const {
  metrics::set("hub_similar_index_appeals", "Appeals that new ones are compared with", {},
               static_cast<double>(index_.size()));
  metrics::set("hub_similar_index_bytes", "Memory they take", {},
               static_cast<double>(index_.bytes()));
}

Status Likeness::start() {
  if (auto s = load(); !s) return s;
  showSize();
  std::lock_guard lock(mutex_);
  running_ = behind_ = true;
  thread_ = std::thread([this] { work(); });
  return {};
}

void Likeness::stop() {
  {
    std::lock_guard lock(mutex_);
    running_ = false;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Likeness::offer(Text text) {
  {
    std::lock_guard lock(mutex_);
    if (!running_) return;
    if (waiting_bytes_ + text.text.size() > kWaitingBytesMax) {
      behind_ = true;
      return;
    }
    waiting_bytes_ += text.text.size();
    waiting_.push_back(std::move(text));
    if (waiting_.size() != 1 && waiting_.size() != kAtOnce) return;
  }
  changed_.notify_all();
}

void Likeness::drain() {
  std::unique_lock lock(mutex_);
  ++draining_;
  changed_.notify_all();
  changed_.wait(lock, [this] { return !running_ || (waiting_.empty() && !busy_ && !behind_); });
  --draining_;
}

Result<Likeness::Text> Likeness::read(store::RowId appeal) {
  auto row = store_.appeal(appeal);
  if (!row) return row.status();
  auto messages = store_.messages(appeal, true);
  if (!messages) return messages.status();
  auto first = std::find_if(messages->begin(), messages->end(),
                            [](const auto& message) { return message.type == "appeal/1"; });
  if (first == messages->end()) {
    return Status::failure("store.not_found", "the appeal's document is missing");
  }
  auto message = model::decodeXml(first->body, limits_);
  if (!message) return message.status();
  const auto& document = std::get<model::Appeal>(message->payload);
  Text text{appeal, "", row->topic, row->kato, row->received_at, document.subject_text};
  if (!document.applicant.empty()) {
    const auto& party = document.applicant.front();
    text.person = party.iin.value_or(party.bin.value_or(""));
  }
  return text;
}

Result<Likeness::Compared> Likeness::compare(const Text& text) {
  auto day = toLocal(text.received_at, law_.get()->data().default_zone);
  if (!day) return day.status();
  rules::DuplicateEntry entry;
  entry.id = text.appeal;
  const auto key = personKey(text.person);
  entry.applicant = static_cast<std::uint64_t>(key);
  entry.topic = text.topic;
  entry.kato = text.kato;
  entry.day = day->date;
  entry.sketch = rules::sketchOf(text.text);
  const auto answer = index_.find(entry, kHintsMax);
  index_.add(entry);
  Compared compared;
  compared.sketch = {text.appeal,         key, text.topic, text.kato, formatDate(entry.day),
                     packed(entry.sketch)};
  for (const auto& hint : answer.hints) {
    store::HintRow found;
    found.appeal = std::max(text.appeal, hint.id);
    found.other = std::min(text.appeal, hint.id);
    found.nature = toString(hint.nature);
    found.percent = static_cast<int>(std::lround(hint.similarity * 100));
    found.at = clock_.now();
    compared.hints.push_back(std::move(found));
    metrics::count("hub_similar_appeals_total", "Pairs of appeals that look alike.",
                   {{"nature", std::string(toString(hint.nature))}});
  }
  return compared;
}

Status Likeness::keep(const std::vector<Text>& texts) {
  std::vector<Compared> done;
  for (const auto& text : texts) {
    auto compared = compare(text);
    if (compared) {
      done.push_back(std::move(*compared));
    } else {
      logError("likeness.not_compared", {{"code", compared.error().code}});
    }
  }
  return store_.write(store::patient(store::repeatable([&](store::Tx& tx) -> Status {
    for (const auto& one : done) {
      if (auto s = tx.addSketch(one.sketch); !s) return s;
      for (const auto& hint : one.hints) {
        if (auto s = tx.putHint(hint); !s) return s;
      }
    }
    return {};
  })));
}

Status Likeness::catchUp() {
  const auto since = Instant(std::chrono::sys_days(windowStart(clock_.now(), kWindowDays)));
  store::RowId after = 0;
  for (;;) {
    auto missing = store_.unsketched(since, after, static_cast<int>(kAtOnce));
    if (!missing) return missing.status();
    if (missing->empty()) return {};
    after = missing->back();
    std::vector<Text> texts;
    for (const auto appeal : *missing) {
      auto text = read(appeal);
      if (text) texts.push_back(std::move(*text));
      if (!text) logError("likeness.not_compared", {{"code", text.error().code}});
    }
    if (auto s = keep(texts); !s) return s;
    std::lock_guard lock(mutex_);
    if (!running_) return {};
  }
}

void Likeness::work() {
  std::unique_lock lock(mutex_);
  while (running_) {
    changed_.wait(lock, [this] { return !running_ || !waiting_.empty() || behind_; });
    // A hint is for a person: it may wait until several are written at once.
    changed_.wait_for(lock, kGather, [this] {
      return !running_ || behind_ || draining_ > 0 || waiting_.size() >= kAtOnce;
    });
    if (!running_) break;
    const bool behind = std::exchange(behind_, false);
    std::vector<Text> batch;
    while (!waiting_.empty() && batch.size() < kAtOnce) {
      batch.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
      waiting_bytes_ -= batch.back().text.size();
    }
    busy_ = true;
    lock.unlock();
    Status status = batch.empty() ? Status() : keep(batch);
    if (status && behind) status = catchUp();
    if (status) status = expire();
    if (!status) {
      logError("likeness.not_kept", {{"code", status.error().code}});
    }
    showSize();
    lock.lock();
    busy_ = false;
    changed_.notify_all();
  }
}

// Of the pairs judged, the one with the oldest: that is what all the others repeat.
Result<std::string> duplicateOf(store::Store& store, store::RowId appeal) {
  constexpr int kPage = 8;  // an appeal has few pairs that somebody judged, most have none
  for (store::RowId other = 0;;) {
    auto judged = store.judgedHints(appeal, other, kPage);
    if (!judged) return judged.status();
    for (const auto& hint : *judged) {
      if (hint.appeal != appeal) return std::string();
      if (hint.verdict != kDuplicate) continue;
      auto first = store.appeal(hint.other);
      if (!first) return first.status();
      return first->reg_number;
    }
    if (judged->size() < kPage) return std::string();
    other = judged->back().other;
  }
}

Result<store::HintRow> Likeness::judge(store::RowId appeal, store::RowId other,
                                       const std::string& verdict, const Caller& caller) {
  const bool duplicate = verdict == kDuplicate;
  if (verdict != "linked" && verdict != "dismissed" && !duplicate) {
    return Status::failure("exchange.bad_input", "linked, duplicate or dismissed", "/verdict");
  }
  const bool clerk = std::any_of(caller.roles.begin(), caller.roles.end(), [](const auto& role) {
    return role != "applicant" && role != "agency";
  });
  if (!clerk) {
    return Status::failure("exchange.role_not_allowed",
                           "a registrar, executor, head or controller");
  }
  auto hints = store_.hints(appeal);
  if (!hints) return hints.status();
  auto found = std::find_if(hints->begin(), hints->end(), [&](const auto& hint) {
    return hint.appeal == std::max(appeal, other) && hint.other == std::min(appeal, other);
  });
  if (found == hints->end() && (!duplicate || appeal == other)) {
    return Status::failure("store.not_found", "no hint names these two appeals", "/other");
  }
  store::HintRow hint;
  if (found != hints->end()) {
    hint = *found;
  } else {
    // Seen by a person alone: the texts look different.
    hint.appeal = std::max(appeal, other);
    hint.other = std::min(appeal, other);
    hint.nature = "same_matter";
    hint.at = clock_.now();
  }
  hint.verdict = verdict;
  hint.judged_by = caller.client;
  hint.judged_at = clock_.now();
  auto status = store_.write([&](store::Tx& tx) { return tx.putHint(hint); });
  if (!status) return status;
  logInfo("audit.similar_judged", {{"client", caller.client}, {"verdict", verdict}});
  return hint;
}

}  // namespace hub::exchange
