// How long files stay in done/ and error/, and what is remembered of them afterwards. Deletes there
// and nowhere else, a few files in one collect, and only when a collect had nothing else to do.
#include <algorithm>

#include "adapters/filedrop/known.h"
#include "adapters/filedrop/run.h"
#include "adapters/kit/text.h"

namespace otinish {

using filedrop::freeNames;
using filedrop::isListed;

namespace {

constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::int64_t kSweepEveryMs = 3'600'000;
constexpr int kBatch = 50;
// So many of the 256 an hour: each is looked at in 32 hours, whenever the hub was started.
constexpr int kShelvesAnHour = 8;
constexpr std::int64_t kTimeLeftMsMin = 5'000;
constexpr std::string_view kReason = ".reason.json";

// A place that tells no time never shows a file old.
bool isOld(std::int64_t modified_ms, std::int64_t days, std::int64_t now_ms) {
  return days > 0 && modified_ms > 0 && now_ms - modified_ms > days * kDayMs;
}

// "1795000000000-0123456789ab": what stands behind a name whose numbers were used up.
bool isMark(const std::string& tail) {
  const std::size_t dash = tail.find('-');
  return dash != std::string::npos && dash > 2 && tail.size() == dash + 13 &&
         tail.find_first_not_of("0123456789") == dash &&
         tail.find_first_not_of("0123456789abcdef", dash + 1) == std::string::npos;
}

// The name itself, and what it was if it has suffixes of done/: "a.csv.1" may be either.
std::vector<std::string> namesBehind(std::string name) {
  std::vector<std::string> names{name};
  while (true) {
    const std::size_t dot = name.rfind('.');
    const std::string tail = dot == std::string::npos ? "" : name.substr(dot + 1);
    const bool number = !tail.empty() && tail.size() <= 2 &&
                        tail.find_first_not_of("0123456789") == std::string::npos;
    if ((!number && !isMark(tail)) || dot == 0) return names;
    name.resize(dot);
    names.push_back(name);
  }
}

}  // namespace

// Whether done/ holds a file of this name, and only with other content than this one. One that was
// refused before may come again, mended, under its name.
FiledropAdapter::Before FiledropAdapter::doneBefore(Run& run, const Box& box,
                                                    const std::string& name,
                                                    const std::string& sha256) const {
  std::vector<std::string> names = freeNames(name, {});
  names.pop_back();
  for (const std::string& before : names) {
    const ExchangeResponse done = get(run.host, box.folder + "/done/" + before);
    if (!done.ok && done.code == "transport.not_found") {
      return before == names.front() ? Before::kNever : Before::kOther;
    }
    if (!done.ok && done.retryable) return Before::kUnknown;
    if (done.ok && kit::sha256Hex(done.body) == sha256) return Before::kSame;
  }
  // Those after them bear the digest.
  const ExchangeResponse listed = list(run.host, box.folder + "/done", name + ".", 1);
  if (!isListed(listed)) return Before::kUnknown;
  const bool same = std::any_of(listed.files.begin(), listed.files.end(), [&](const FileEntry& e) {
    return e.name.starts_with(name + ".") && isMark(e.name.substr(name.size() + 1)) &&
           e.name.ends_with("-" + sha256.substr(0, 12));
  });
  return same ? Before::kSame : Before::kOther;
}

// As doneBefore, for what retention has deleted as well.
FiledropAdapter::Before FiledropAdapter::knownBefore(Run& run, const Box& box,
                                                     const std::string& name,
                                                     const std::string& sha256) const {
  // Markers of one name stand together behind its digest.
  const ExchangeResponse listed =
      list(run.host, box.folder + "/done/" + knownShelf(name), nameDigest(name), 1);
  if (!isListed(listed)) return Before::kUnknown;
  Before before = Before::kNever;
  for (const FileEntry& entry : listed.files) {
    const auto known = knownOf(entry.name);
    if (!known || known->name_digest != nameDigest(name)) continue;
    if (known->sha256 == sha256) return Before::kSame;
    before = Before::kOther;
  }
  // What was done before markers were kept.
  return before == Before::kNever ? doneBefore(run, box, name, sha256) : before;
}

bool FiledropAdapter::remember(kit::Host& host, const Box& box, const std::string& name,
                               const std::string& sha256) const {
  if (!kit::isSha256Hex(sha256)) return true;
  const ExchangeResponse written =
      put(host, box.folder + "/done/" + knownPath(name, sha256), sha256 + "  " + name + "\n");
  // One marker may stand for names that share a digest's first half: known is known.
  const bool there = written.ok || written.code == "transport.name_taken";
  if (!there) host.log(kit::LogLevel::kWarning, "filedrop.not_remembered", written.code);
  return there;
}

void FiledropAdapter::retire(Run& run, const Box& box) const {
  if (done_days_ > 0) retireFrom(run, box, true);
  if (error_days_ > 0) retireFrom(run, box, false);
  if (duplicate_days_ > 0 && keepsKnown()) forget(run, box);
}

bool FiledropAdapter::isDue(const std::string& folder, std::string* after) const {
  const std::lock_guard lock(mutex_);
  const Sweep& sweep = sweeps_[folder];
  *after = sweep.after;
  return now_ms_() >= sweep.due_ms;
}

// At once if it ended at a name, in an hour if it came to the end.
void FiledropAdapter::nextDue(const std::string& folder, const std::string& after) const {
  const std::lock_guard lock(mutex_);
  sweeps_[folder] = {after.empty() ? now_ms_() + kSweepEveryMs : 0, after};
}

void FiledropAdapter::retireFrom(Run& run, const Box& box, bool done) const {
  const std::string folder = box.folder + (done ? "/done" : "/error");
  std::string after;
  if (!isDue(folder, &after)) return;
  // Whether a reason has its file shows only where both are listed.
  ExchangeResponse listed = list(run.host, folder, done ? after : "");
  if (listed.code == "transport.listing_goes_on")
    return;  // still due: the next call goes on with it
  if (!listed.ok && !isListed(listed)) run.note(listed.code, folder, listed.text, "", 0);
  const bool goes_on = done && filedrop::isCut(listed) && !listed.files.empty();
  nextDue(folder, goes_on ? listed.files.back().name : "");
  std::map<std::string, std::int64_t> times;
  for (const FileEntry& entry : listed.files) times[entry.name] = entry.modified_ms;
  std::sort(listed.files.begin(), listed.files.end(),
            [](const FileEntry& a, const FileEntry& b) { return a.name < b.name; });
  int looked_at = 0;
  int deleted = 0;
  for (FileEntry& entry : listed.files) {
    if (entry.name <= after || entry.name.find('/') != std::string::npos) continue;
    // The reason goes with its file, which came into error/ when it was written.
    const bool reason = !done && entry.name.ends_with(kReason);
    if (reason && times.contains(entry.name.substr(0, entry.name.size() - kReason.size())))
      continue;
    const auto told = times.find(entry.name + std::string(kReason));
    if (!done && told != times.end()) {
      entry.modified_ms = std::max(entry.modified_ms, told->second);
    }
    if (!isOld(entry.modified_ms, done ? done_days_ : error_days_, now_ms_())) continue;
    if (retireOne(run, box, entry, done)) ++deleted;
    if (++looked_at < kBatch && run.host.timeLeftMs() > kTimeLeftMsMin) continue;
    nextDue(folder, entry.name);
    break;
  }
  if (deleted > 0) {
    run.host.log(kit::LogLevel::kInfo, "filedrop.retired",
                 folder + ": " + std::to_string(deleted) + " files");
  }
}

// False: it is still there.
bool FiledropAdapter::retireOne(Run& run, const Box& box, const FileEntry& entry, bool done) const {
  const std::string path = box.folder + (done ? "/done/" : "/error/") + entry.name;
  if (!done) {
    const bool gone = remove(run.host, path).ok;
    if (gone && !entry.name.ends_with(kReason)) remove(run.host, path + std::string(kReason));
    return gone;
  }
  // A file keeps its time when it is moved: that it came into done/ later, its marker knows.
  bool known = false;
  for (const std::string& name : namesBehind(entry.name)) {
    const ExchangeResponse shelf =
        list(run.host, box.folder + "/done/" + knownShelf(name), nameDigest(name), 1);
    if (!isListed(shelf)) return false;
    for (const FileEntry& marker : shelf.files) {
      const auto of = knownOf(marker.name);
      if (!of || of->name_digest != nameDigest(name)) continue;
      if (!isOld(marker.modified_ms, done_days_, now_ms_())) return false;
      known = true;
    }
  }
  if (!known && same_name_ != "process") {
    const ExchangeResponse read = get(run.host, path);
    if (!read.ok && read.retryable) return false;
    const std::string sha256 = read.ok ? kit::sha256Hex(read.body) : kUnknownContent;
    for (const std::string& name : namesBehind(entry.name)) {
      if (!remember(run.host, box, name, sha256)) return false;
    }
  }
  return remove(run.host, path).ok;
}

// Markers older than duplicate_days, unless a file of the name is still in done/, from where it may
// be put back.
void FiledropAdapter::forget(Run& run, const Box& box) const {
  const std::string done = box.folder + "/done";
  std::string after;
  if (!isDue(done + "/known", &after)) return;
  std::vector<std::string> old;
  const auto first = static_cast<int>(now_ms_() / kSweepEveryMs * kShelvesAnHour % kKnownShelves);
  for (int shelf = first; shelf < first + kShelvesAnHour; ++shelf) {
    const std::string folder = done + "/known/" + shelfName(shelf % kKnownShelves);
    for (const FileEntry& marker : list(run.host, folder).files) {
      if (knownOf(marker.name) && isOld(marker.modified_ms, duplicate_days_, now_ms_())) {
        old.push_back(folder + "/" + marker.name);
      }
    }
  }
  const ExchangeResponse files = old.empty() ? ExchangeResponse() : list(run.host, done);
  // Still due: the next call goes on with it.
  if (files.code == "transport.listing_goes_on") return;
  nextDue(done + "/known", {});
  if (old.empty()) return;
  // Of what is not told nobody knows whether it is there.
  if (!isListed(files) || filedrop::isCut(files)) return;
  std::set<std::string> there;
  for (const FileEntry& entry : files.files) {
    for (const std::string& name : namesBehind(entry.name)) there.insert(nameDigest(name));
  }
  int deleted = 0;
  for (const std::string& path : old) {
    if (deleted >= kBatch || run.host.timeLeftMs() <= kTimeLeftMsMin) break;
    const auto known = knownOf(path.substr(path.rfind('/') + 1));
    if (!there.contains(known->name_digest)) deleted += remove(run.host, path).ok ? 1 : 0;
  }
}

}  // namespace otinish
