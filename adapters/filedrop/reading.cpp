#include <utility>

#include "adapters/filedrop/run.h"
#include "adapters/kit/outcome.h"

namespace otinish {

using filedrop::digestsIn;
using filedrop::idOf;
using filedrop::kCorrelationIdSlot;

// False if the file could not be read or translated; either way the state says what follows.
bool FiledropAdapter::readFile(Run& run, const Box& box, const FileEntry& entry) const {
  const std::string key = box.folder + "/" + entry.name;
  DropFile& file = run.state[key];
  if (file.first_seen.empty()) file.first_seen = run.first_seen[key];
  if (file.first_seen.empty()) file.first_seen = kit::nowRfc3339();
  if (file.taken == 0) {
    file.size = entry.size;
    file.modified_ms = entry.modified_ms;
  }
  const bool suspect = file.refusals > 0;
  if (suspect && !run.answer.items.empty()) {
    // Alone in its answer, so that the others do not share its fate.
    run.closed = run.answer.more = true;
    return true;
  }
  Part part;
  part.total = file.taken + 1;
  const auto giveOn = [&](Part next) {
    auto table = next.table;
    const bool good = give(run, box, entry.name, file, std::move(next));
    keepOpen(key, file, entry, std::move(table));
    return good;
  };
  const auto refuseSize = [&](const std::string& limit) {
    // Another file of the name that is too large as well is another item.
    const std::string id = idOf(entry.name, 0, std::to_string(entry.size) + "-bytes");
    part.items.push_back(
        kit::problemItem(id, "adapter.too_large", "the file is larger than " + limit, {}));
    return give(run, box, entry.name, file, std::move(part));
  };
  const std::size_t room = suspect ? 1 : run.limit - run.answer.items.size();
  if (auto table = openedBefore(key, file, entry)) {
    return giveOn(partOf(entry.name, file.sha256, std::move(table), file.taken, room));
  }
  // Said by the listing, before anything is read.
  if (entry.size > file_bytes_max_) return refuseSize("file_bytes_max");
  const ExchangeResponse response = get(run.host, claimFolder(box, run.node) + "/" + entry.name);
  if (response.code == "transport.too_large") return refuseSize("the hub's exchange_bytes_max");
  if (std::cmp_greater(response.body.size(), file_bytes_max_)) return refuseSize("file_bytes_max");
  if (!response.ok) {
    // A place that is down says nothing about the file.
    if (response.retryable)
      run.note("adapter.file_not_read", box.folder, response.code, entry.name);
    if (response.retryable || ++file.attempts < attempts_max_) return false;
    part.items.push_back(unread(box, entry, response, file));
    return give(run, box, entry.name, file, std::move(part));
  }
  const std::string before = std::exchange(file.sha256, kit::sha256Hex(response.body));
  if (file.taken > 0 && before != file.sha256) {
    part.items.push_back(kit::problemItem(idOf(entry.name, 0, file.sha256), "adapter.poison_file",
                                          "the file changed while it was read in parts", {}));
    return give(run, box, entry.name, file, std::move(part));
  }
  if (file.taken == 0 && box.kind == Kind::kOut && same_name_ != "process") {
    const Before earlier = knownBefore(run, box, entry.name, file.sha256);
    if (earlier == Before::kUnknown) return false;
    if (earlier == Before::kOther && same_name_ == "ignore") {
      run.host.log(kit::LogLevel::kWarning, "filedrop.same_name_ignored", box.folder);
      file.complete = true;
      file.settleIfDone();
      return true;
    }
    if (earlier == Before::kOther) {
      part.items.push_back(kit::problemItem(idOf(entry.name, 0, file.sha256), "adapter.same_name",
                                            "another file of this name was processed before",
                                            response.body));
      return give(run, box, entry.name, file, std::move(part));
    }
  }
  return giveOn(decode(box, entry.name, response.body, file.taken, room));
}

std::shared_ptr<const kit::CsvTable> FiledropAdapter::openedBefore(const std::string& key,
                                                                   const DropFile& file,
                                                                   const FileEntry& entry) const {
  const std::lock_guard lock(mutex_);
  const Opened& opened = opened_;
  const bool same = file.taken > 0 && opened.table && opened.key == key &&
                    opened.sha256 == file.sha256 && opened.size == entry.size &&
                    opened.modified_ms == entry.modified_ms;
  return same ? opened.table : nullptr;
}

void FiledropAdapter::keepOpen(const std::string& key, const DropFile& file, const FileEntry& entry,
                               std::shared_ptr<const kit::CsvTable> table) const {
  const std::lock_guard lock(mutex_);
  // A place that tells no times does not tell either whether it is still the same file.
  const bool goes_on = table && !file.complete && file.taken > 0 && entry.modified_ms > 0;
  if (goes_on) {
    opened_ = {key, file.sha256, entry.size, entry.modified_ms, std::move(table)};
  } else if (opened_.key == key) {
    opened_ = {};
  }
}

// Of a file that the place does not give out. Another one of its name is another item, as far as can be
// told: by the digest of what lies there, which comes with a refused signature, or by size and time.
Inbound FiledropAdapter::unread(const Box& box, const FileEntry& entry,
                                const ExchangeResponse& response, DropFile& file) const {
  const std::string digest = kit::headerOf(response.headers, "Content-SHA256");
  if (kit::isSha256Hex(digest)) file.sha256 = digest;
  const std::string known =
      kit::isSha256Hex(digest)
          ? digest
          : kit::sha256Hex(std::to_string(entry.size) + "@" + std::to_string(entry.modified_ms));
  const bool refused =
      response.code.starts_with("trust.") || response.code == "transport.done_mismatch";
  const std::string said =
      response.code + (response.text.empty() ? std::string() : ": " + response.text);
  return kit::problemItem(problemId(box, entry.name, known),
                          refused ? response.code : "adapter.poison_file",
                          "the file cannot be read: " + said, {});
}

// Puts items into the answer as long as it has room. False: not all of them are good, or the next
// one waits for its attachments.
bool FiledropAdapter::give(Run& run, const Box& box, const std::string& name, DropFile& file,
                           Part part) const {
  bool good = true;
  Fetched fetched = Fetched::kOk;
  const bool poison = file.refusals >= attempts_max_;
  const bool suspect = file.refusals > 0;
  // An ack or err file that cannot be read still bears the name of what it answers.
  const bool answers = box.kind != Kind::kOut;
  const std::string correlation_id = answers ? namedId(name, kCorrelationIdSlot) : "";
  const std::string in_reply_to = answers ? namedMessage(name) : "";
  for (std::size_t at = 0; at < part.items.size(); ++at) {
    Inbound& item = part.items[at];
    if (poison || kit::bytesOf(item) > kit::kAnswerBytesMax) {
      // What a person needs to mend it; left out only if the hub does not take that either.
      const bool whole = poison && file.refusals == attempts_max_;
      kit::turnDown(
          item, poison ? "adapter.poison_file" : "adapter.too_large",
          poison ? "the hub could not take this item" : "the item is too large for an answer",
          !whole             ? std::string()
          : item.raw.empty() ? item.body
                             : item.raw);
    }
    if (run.bytes + kit::bytesOf(item) > kit::kAnswerBytesMax) break;
    fetched = fetchFiles(run.host, run.files_time, file, item, part.native);
    if (fetched != Fetched::kOk) break;
    run.bytes += kit::bytesOf(item);
    file.items[item.item_id] = {DropFile::Item::State::kOpen,
                                item.problem_code,
                                item.problem_text,
                                item.correlation_id.empty() ? correlation_id : item.correlation_id,
                                item.in_reply_to.empty() ? in_reply_to : item.in_reply_to,
                                at < part.lines.size() ? part.lines[at] : 0};
    file.stage = DropFile::Stage::kReturned;
    file.refusals = file.fetches = 0;
    ++file.taken;
    good = good && item.problem_code.empty();
    run.answer.items.push_back(std::move(item));
    run.offered.insert(box.folder + "/" + name);
  }
  const bool waits = fetched == Fetched::kLater;
  file.complete = fetched == Fetched::kOk && file.taken >= part.total;
  file.settleIfDone();
  // What waits is looked at in the next round, not at once.
  const bool cut = !waits && !file.complete;
  run.closed = run.closed || suspect || cut;
  run.answer.more = run.answer.more || cut;
  return good && !waits;
}

// Attachments that an item announces are taken into the hub's store now; a missing or different one
// makes the item a problem.
FiledropAdapter::Fetched FiledropAdapter::fetchFiles(kit::Host& host, kit::TimeBudget& time,
                                                     DropFile& file, Inbound& item,
                                                     const std::string& native) const {
  if (out_files_folder_.empty() || !item.problem_code.empty() || item.form != "xml") {
    return Fetched::kOk;
  }
  const std::string work = "fetched " + item.item_id;
  kit::Steps::Done got = steps_.take(work);
  for (const std::string& digest : digestsIn(item.body)) {
    if (got.contains(digest)) continue;
    if (!time.mayGoOn(kit::TimeBudget::kForFiles)) {
      steps_.keep(work, std::move(got));
      return Fetched::kCut;
    }
    ExchangeRequest request;
    request.endpoint = endpoint_;
    request.method = "GET";
    request.path = out_files_folder_ + "/" + digest;
    request.into_attachment = true;
    const ExchangeResponse response = host.exchange(request);
    if (response.ok && response.attachment_sha256 == digest) {
      got[digest] = "fetched";
      continue;
    }
    const bool ours = kit::isOurStores(response);
    const bool later = !response.ok && (response.retryable || ours);
    const std::string& kept = native.empty() ? item.body : native;
    if (later && (ours || ++file.fetches < attachment_rounds_max_)) {
      host.log(kit::LogLevel::kWarning, "filedrop.attachment_later", response.code);
      steps_.keep(work, std::move(got));
      return Fetched::kLater;
    }
    if (response.code == "exchange.attachment_too_large") {
      kit::turnDown(item, "adapter.attachment_too_large",
                    "an announced attachment is larger than the hub takes", kept);
      return Fetched::kOk;
    }
    kit::turnDown(item, response.ok ? "adapter.attachment_mismatch" : "adapter.attachment_missing",
                  "an announced attachment is missing or different", kept);
    return Fetched::kOk;
  }
  return Fetched::kOk;
}

}  // namespace otinish
