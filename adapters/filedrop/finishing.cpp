#include "adapters/filedrop/run.h"

namespace otinish {

using filedrop::isTaken;
using filedrop::kSuffixesMax;
using filedrop::withSuffix;

// Moves what is settled, and forgets what is gone from processing/.
void FiledropAdapter::finish(Run& run, const Box& box,
                             const std::set<std::string>& in_processing) const {
  const std::string prefix = box.folder + "/";
  for (auto it = run.state.begin(); it != run.state.end();) {
    const bool ours =
        it->first.starts_with(prefix) && it->first.find('/', prefix.size()) == std::string::npos;
    const std::string name = ours ? it->first.substr(prefix.size()) : std::string();
    const bool gone =
        ours && it->second.stage != DropFile::Stage::kWaiting && !in_processing.contains(name);
    const bool moved = ours && !gone && it->second.stage == DropFile::Stage::kSettled &&
                       finishOne(run, box, name, it->second);
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
  const std::string path = box.folder + "/ack/" + name + (bad ? ".err" : ".ack");
  // The same bytes on every attempt: a file that was written, though we never heard so, is no
  // clash.
  const std::string body =
      bad ? errJson(name, mappingOf(box, name), file) : "OK;" + name + ";" + file.sha256 + "\n";
  for (int suffix = 0; suffix <= kSuffixesMax && !file.told; ++suffix) {
    const ExchangeResponse written = put(run.host, withSuffix(path, suffix), body);
    file.told = written.ok;
    if (!isTaken(written)) break;
  }
  return file.told;
}

bool FiledropAdapter::finishOne(Run& run, const Box& box, const std::string& name,
                                DropFile& file) const {
  if (!tell(run, box, name, file)) return false;
  const bool bad = file.bad();
  // One that was ignored gave nothing, and must not be taken for processed when it comes again.
  const bool processed = !bad && file.taken > 0;
  if (processed && keepsKnown() && !remember(run.host, box, name, file.sha256)) return false;
  const std::string to = box.folder + (bad ? "/error/" : "/done/");
  const std::string from = claimFolder(box, run.node) + "/" + name;
  for (int suffix = 0; suffix <= kSuffixesMax; ++suffix) {
    const std::string target = to + withSuffix(name, suffix);
    const ExchangeResponse moved = move(run.host, from, target);
    if (moved.ok) {
      if (bad) put(run.host, target + ".reason.json", reasonJson(name, mappingOf(box, name), file));
      return true;
    }
    if (!isTaken(moved)) break;
  }
  run.host.log(kit::LogLevel::kWarning, "filedrop.not_moved", box.folder);
  return false;
}

}  // namespace otinish
