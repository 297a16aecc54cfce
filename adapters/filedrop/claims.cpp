#include <algorithm>

#include "adapters/filedrop/lease.h"
#include "adapters/filedrop/run.h"
#include "adapters/filedrop/trials.h"
#include "adapters/kit/outcome.h"

namespace otinish {

using filedrop::isListed;

namespace {

// How the hub shows a byte that is no UTF-8: U+FFFD and its two digits.
constexpr std::string_view kBadByte = "\xEF\xBF\xBD";

// A name may hold U+FFFD itself; one that cannot be told is never complete.
bool hasUnreadableName(const FileEntry& entry) {
  constexpr std::string_view kHexDigits = "0123456789abcdef";
  if (entry.complete) return false;
  for (std::size_t at = entry.name.find(kBadByte); at != std::string::npos;
       at = entry.name.find(kBadByte, at + 1)) {
    const std::string digits = entry.name.substr(at + kBadByte.size(), 2);
    if (digits.size() == 2 && digits.find_first_not_of(kHexDigits) == std::string::npos)
      return true;
  }
  return false;
}

// More signatures without a file are not watched: the cursor would grow with what never goes away.
constexpr std::size_t kLoneSignaturesMax = 100;

bool isSidecar(const std::string& name) {
  return filedrop::isSignature(name) || name.ends_with(".done") || name.ends_with(".reason.json");
}

}  // namespace

// Oldest first; what a sidecar names comes with its file.
std::vector<FileEntry> FiledropAdapter::candidates(std::vector<FileEntry> entries) const {
  std::erase_if(entries, [](const FileEntry& e) {
    return e.name.empty() || e.name.front() == '.' || isSidecar(e.name) || hasUnreadableName(e) ||
           e.name.find('/') != std::string::npos || leaseOf(e.name).has_value() ||
           trialOf(e.name).has_value();
  });
  // A place may tell whole seconds only (SFTP). Of one time a decision comes after the statuses, which are
  // the rows of CSV files: none of them is news after it.
  const auto isRows = [this](const FileEntry& e) {
    return !csv_mapping_.empty() && kit::globMatch(csv_pattern_, e.name);
  };
  std::sort(entries.begin(), entries.end(), [&](const FileEntry& a, const FileEntry& b) {
    if (by_modified_ && a.modified_ms != b.modified_ms) return a.modified_ms < b.modified_ms;
    if (by_modified_ && isRows(a) != isRows(b)) return isRows(a);
    return a.name < b.name;
  });
  return entries;
}

// What waits and is no candidate: files whose name cannot be told, which are noted, and signatures
// without their file. Where files are signed the hub shows only those, as incomplete; elsewhere one is no
// business of ours.
std::vector<FileEntry> FiledropAdapter::strays(Run& run, const Box& box,
                                               const std::vector<FileEntry>& listed) const {
  std::vector<FileEntry> signatures;
  for (const FileEntry& entry : listed) {
    if (hasUnreadableName(entry)) {
      run.note("adapter.bad_file_name", box.folder, "the name is not UTF-8", entry.name);
    } else if (filedrop::isSignature(entry.name) && !entry.complete && entry.name.front() != '.' &&
               signatures.size() < kLoneSignaturesMax) {
      const std::string file = entry.name.substr(0, entry.name.size() - 4);
      const auto is_file = [&](const FileEntry& other) { return other.name == file; };
      if (std::any_of(listed.begin(), listed.end(), is_file)) continue;
      signatures.push_back(entry);
    }
  }
  return signatures;
}

// The complete ones, and those that stay incomplete (no signature, no done file) for so long that
// reading them, and saying what is wrong, is better than waiting on in silence. `looked_at`: for this call.
std::vector<FileEntry> FiledropAdapter::ready(Run& run, const Box& box,
                                              std::vector<FileEntry> entries,
                                              bool looked_at) const {
  const std::string prefix = box.folder + "/";
  std::map<std::string, int> looks;
  std::erase_if(run.state, [&](const auto& known) {
    const bool ours =
        known.second.stage == DropFile::Stage::kWaiting && known.first.starts_with(prefix);
    if (ours) looks[known.first] = known.second.attempts;
    if (ours) run.first_seen[known.first] = known.second.first_seen;
    return ours;
  });
  std::erase_if(entries, [&](const FileEntry& e) {
    const int seen = looks[prefix + e.name] + (looked_at ? 1 : 0);
    const bool wait = !e.complete && seen < incomplete_looks_max_;
    if (wait && !run.state.contains(prefix + e.name)) {
      DropFile& file = run.state[prefix + e.name];
      file.stage = DropFile::Stage::kWaiting;
      file.attempts = seen;
      file.first_seen = run.first_seen[prefix + e.name];
      if (file.first_seen.empty()) file.first_seen = kit::nowRfc3339();
    }
    return wait;
  });
  return entries;
}

std::string FiledropAdapter::claimFolder(const Box& box, const std::string& node) const {
  return box.folder + "/processing/" + node;
}

// By a rename, which one hub wins. What comes with the file decides it: whoever finds that gone is
// too late, and must not take the file without it.
ExchangeResponse FiledropAdapter::claim(kit::Host& host, const FileEntry& entry,
                                        const std::string& from, const std::string& to) const {
  ExchangeRequest request;
  request.endpoint = endpoint_;
  request.method = "MOVE";
  request.path = from + "/" + entry.name;
  request.to_path = to + "/" + entry.name;
  if (entry.complete) request.headers.push_back({"Companions", "required"});
  return host.exchange(request);
}

// Shows this hub alive and gives back what dead ones had claimed. False: it cannot be shown, so
// nothing may be claimed.
bool FiledropAdapter::keepLease(Run& run, const Box& box, bool* given_back) const {
  const std::string root = box.folder + "/processing";
  const ExchangeResponse listed = list(run.host, root);
  if (!isListed(listed)) {
    run.answer = kit::fromExchangeFailure(listed);
    return false;
  }
  const std::int64_t now = now_ms_() / 1000;
  const auto latest = latestLeases(listed.files);
  const auto mine = latest.find(run.node);
  if (mine == latest.end() || now - mine->second > lease_s_ / 3) {
    const ExchangeResponse written =
        put(run.host, root + "/" + leaseName({run.node, now}), run.node);
    if (!written.ok) {
      run.answer = kit::fromExchangeFailure(written);
      return false;
    }
    dropLeases(run, box, listed.files, run.node);
  }
  // Claimed by a version from before claims had an owner; none of those may share the folder.
  for (const FileEntry& entry : candidates(listed.files)) {
    claim(run.host, entry, root, claimFolder(box, run.node));
  }
  for (const auto& [node, at] : latest) {
    if (node == run.node || now - at <= lease_s_) continue;
    *given_back = true;
    if (!giveBack(run, box, node)) continue;
    dropLeases(run, box, listed.files, node);
    run.host.log(kit::LogLevel::kWarning, "filedrop.node_expired", node);
  }
  return true;
}

void FiledropAdapter::dropLeases(Run& run, const Box& box, const std::vector<FileEntry>& listed,
                                 const std::string& node) const {
  for (const FileEntry& entry : listed) {
    const auto lease = leaseOf(entry.name);
    if (!lease || lease->node != node) continue;
    // Another hub may have been quicker.
    remove(run.host, box.folder + "/processing/" + entry.name);
  }
}

// Every claimed file of a dead node back to where anybody may claim it. False: some stayed.
bool FiledropAdapter::giveBack(Run& run, const Box& box, const std::string& node) const {
  const ExchangeResponse left = list(run.host, claimFolder(box, node));
  if (!isListed(left)) return false;
  bool all = true;
  for (const FileEntry& entry : left.files) {
    // Whoever claims the file counts anew.
    if (trialOf(entry.name)) {
      remove(run.host, claimFolder(box, node) + "/" + entry.name);
      continue;
    }
    const ExchangeResponse moved = claim(run.host, entry, claimFolder(box, node), box.folder);
    // Gone: another hub gave it back.
    all = all && (moved.ok || moved.code == "transport.not_found");
  }
  return all;
}

// Says once in ten minutes that something waits too long; the metric is the endpoint's.
void FiledropAdapter::watchAge(Run& run, const Box& box,
                               const std::vector<FileEntry>& waiting) const {
  if (oldest_warn_s_ <= 0 || waiting.empty()) return;
  const std::int64_t now = now_ms_();
  std::int64_t oldest = now;
  for (const FileEntry& entry : waiting) {
    if (entry.modified_ms > 0) oldest = std::min(oldest, entry.modified_ms);
  }
  const std::int64_t age_s = (now - oldest) / 1000;
  if (age_s <= oldest_warn_s_) return;
  {
    const std::lock_guard lock(mutex_);
    std::int64_t& warned = warned_ms_[box.folder];
    if (now - warned < filedrop::kWarnEveryMs) return;
    warned = now;
  }
  run.host.log(kit::LogLevel::kWarning, "filedrop.oldest_waiting",
               box.folder + ": " + std::to_string(age_s) + " s");
}

}  // namespace otinish
