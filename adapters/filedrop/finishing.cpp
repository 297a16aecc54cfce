#include "adapters/filedrop/run.h"

namespace otinish {

using filedrop::freeNames;
using filedrop::isListed;
using filedrop::isTaken;
using filedrop::markOf;

namespace {

constexpr std::string_view kReason = ".reason.json";

}  // namespace

// Moves what is settled, for half of the call's time at most, and forgets what is gone from processing/.
void FiledropAdapter::finish(Run& run, const Box& box,
                             const std::set<std::string>& in_processing) const {
  const std::string prefix = box.folder + "/";
  for (auto it = run.state.begin(); it != run.state.end();) {
    const bool ours =
        it->first.starts_with(prefix) && it->first.find('/', prefix.size()) == std::string::npos;
    const std::string name = ours ? it->first.substr(prefix.size()) : std::string();
    const bool gone =
        ours && it->second.stage != DropFile::Stage::kWaiting && !in_processing.contains(name);
    const bool settled = ours && !gone && it->second.stage == DropFile::Stage::kSettled;
    const bool late = settled && !run.time.mayGoOn(2);
    run.answer.more = run.answer.more || late;
    const bool moved = settled && !late && finishOne(run, box, name, it->second);
    if (moved) run.host.log(kit::LogLevel::kDebug, "filedrop.finished", box.folder);
    if (moved) run.moved.insert(it->first);
    it = gone || moved ? run.state.erase(it) : std::next(it);
  }
}

// Writes the ack or err file for the sender; again only if it is not known to be written.
bool FiledropAdapter::tell(Run& run, const Box& box, const std::string& name,
                           DropFile& file) const {
  if (file.told || box.kind != Kind::kOut) return true;
  const bool bad = file.bad();
  // The same bytes under the same names on every attempt: a file that was written, though we never heard
  // so, is no clash.
  const std::string body =
      bad ? errJson(name, mappingOf(box, name), file) : "OK;" + name + ";" + file.sha256 + "\n";
  ExchangeResponse written;
  for (const std::string& free :
       freeNames(name + (bad ? ".err" : ".ack"), markOf(file.first_seen, file.sha256))) {
    written = put(run.host, box.folder + "/ack/" + free, body);
    if (!isTaken(written)) break;
  }
  file.told = written.ok;
  if (!file.told) run.note("adapter.ack_not_written", box.folder, written.code, name);
  return file.told;
}

bool FiledropAdapter::finishOne(Run& run, const Box& box, const std::string& name,
                                DropFile& file) const {
  if (!tell(run, box, name, file)) return false;
  const bool bad = file.bad();
  // One that was ignored gave nothing, and must not be taken for processed when it comes again.
  const bool processed = !bad && file.taken > 0;
  if (processed && keepsKnown() && !remember(run.host, box, name, file.sha256)) {
    run.note("adapter.file_not_moved", box.folder, "done/known cannot be written", name);
    return false;
  }
  const std::string from = claimFolder(box, run.node) + "/" + name;
  const std::string folder = box.folder + (bad ? "/error" : "/done");
  // Without a clash done/, which may be large, needs no look.
  const std::set<std::string>* there = bad ? namesIn(run, folder) : nullptr;
  if (bad && !there) return false;
  ExchangeResponse moved;
  // Not the file's first sight: that of another one of the same content may be the same.
  for (const std::string& free : freeNames(name, markOf(std::to_string(now_ms_()), file.sha256))) {
    if (there && there->contains(free)) continue;
    // The reason first, so that no file stands in error/ without one, and under no name that already has a
    // file: that one's reason it is not.
    if (bad) {
      moved = put(run.host, folder + "/" + free + std::string(kReason),
                  reasonJson(name, mappingOf(box, name), file));
    }
    if (!bad || moved.ok) moved = move(run.host, from, folder + "/" + free);
    if (moved.ok && there) run.listed[folder]->insert(free);
    if (!isTaken(moved)) break;
    // Without it the names are tried one by one.
    if (!there) there = namesIn(run, folder);
  }
  if (!moved.ok) run.note("adapter.file_not_moved", box.folder, moved.code, name);
  return moved.ok;
}

// Of a folder, as listed once in this call; nothing if that takes more than this call, or may work later. One that can
// never be listed is taken for empty.
const std::set<std::string>* FiledropAdapter::namesIn(Run& run, const std::string& folder) const {
  const auto [found, first] = run.listed.try_emplace(folder);
  if (first) {
    const ExchangeResponse listed = list(run.host, folder);
    const bool later = !isListed(listed) && listed.retryable;
    if (later) run.note("adapter.folder_not_listed", folder, listed.text, "", 0);
    if (!later) found->second.emplace();
    for (const FileEntry& entry : listed.files) found->second->insert(entry.name);
  }
  return found->second ? &*found->second : nullptr;
}

}  // namespace otinish
