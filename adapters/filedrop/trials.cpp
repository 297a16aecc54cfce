#include "adapters/filedrop/trials.h"

#include <algorithm>
#include <charconv>

#include "adapters/filedrop/known.h"
#include "adapters/filedrop/run.h"
#include "adapters/kit/outcome.h"
#include "adapters/kit/text.h"

namespace otinish {
namespace {

constexpr std::string_view kEnd = ".trial";
constexpr std::size_t kDigestDigits = 32;

}  // namespace

std::string trialName(const Trial& trial) {
  return trial.name_digest + "~" + std::to_string(trial.number) + std::string(kEnd);
}

std::optional<Trial> trialOf(const std::string& name) {
  if (!name.ends_with(kEnd) || name.size() < kDigestDigits + 2 + kEnd.size()) return std::nullopt;
  Trial trial{name.substr(0, kDigestDigits), 0};
  const bool hex = trial.name_digest.find_first_not_of("0123456789abcdef") == std::string::npos;
  const char* end = name.data() + name.size() - kEnd.size();
  const auto read = std::from_chars(name.data() + kDigestDigits + 1, end, trial.number);
  const bool whole = name[kDigestDigits] == '~' && read.ec == std::errc() && read.ptr == end;
  if (!hex || !whole || trial.number < 1) return std::nullopt;
  return trial;
}

// How often each claimed file was begun to be read and not read to the end. Trials of what is gone go too.
std::map<std::string, int> FiledropAdapter::trials(Run& run, const Box& box,
                                                   const std::vector<FileEntry>& claimed) const {
  std::map<std::string, int> begun;
  for (const FileEntry& entry : claimed) {
    if (const auto trial = trialOf(entry.name)) {
      int& most = begun[trial->name_digest];
      most = std::max(most, trial->number);
    }
  }
  if (begun.empty()) return begun;
  std::map<std::string, int> by_name;
  for (const FileEntry& entry : candidates(claimed)) {
    const auto found = begun.find(nameDigest(entry.name));
    if (found == begun.end()) continue;
    by_name[entry.name] = found->second;
    begun.erase(found);
  }
  for (const auto& [digest, number] : begun) endTrials(run, box, digest, number);
  return by_name;
}

void FiledropAdapter::endTrials(Run& run, const Box& box, const std::string& name_digest,
                                int number) const {
  const std::string folder = claimFolder(box, run.node) + "/";
  for (; number > 0; --number) remove(run.host, folder + trialName({name_digest, number}));
}

// As readFile, of a file that an earlier call had claimed and may have died of `begun` times.
bool FiledropAdapter::tryFile(Run& run, const Box& box, const FileEntry& entry, int begun) const {
  const auto known = run.state.find(box.folder + "/" + entry.name);
  // An earlier call told of it, and had read it to do so; of what is given in parts the next one is new.
  const bool survived = begun == 0 && known != run.state.end() && known->second.taken == 0;
  if (survived) return readFile(run, box, entry);
  const std::string digest = nameDigest(entry.name);
  if (begun >= attempts_max_) {
    DropFile& file = run.state[box.folder + "/" + entry.name];
    if (file.first_seen.empty()) file.first_seen = kit::nowRfc3339();
    file.attempts = begun;
    Part part;
    part.total = file.taken + 1;
    ExchangeResponse response;
    response.code = "adapter.poison_file";
    response.text = "each of " + std::to_string(begun) + " readings ended the adapter's process";
    part.items.push_back(unread(box, entry, response, file));
    // Its trials go when the file has: until then a call that dies must not begin anew.
    return give(run, box, entry.name, file, std::move(part));
  }
  const ExchangeResponse marked =
      put(run.host, claimFolder(box, run.node) + "/" + trialName({digest, begun + 1}),
          entry.name + "\n");
  if (!marked.ok) {
    run.note("adapter.file_not_read", box.folder, marked.code, entry.name);
    return false;
  }
  const bool good = readFile(run, box, entry);
  endTrials(run, box, digest, begun + 1);
  return good;
}

}  // namespace otinish
