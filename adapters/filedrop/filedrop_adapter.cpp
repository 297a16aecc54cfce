#include "adapters/filedrop/filedrop_adapter.h"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

#include "adapters/filedrop/lease.h"
#include "adapters/kit/csv.h"
#include "adapters/kit/error.h"
#include "adapters/kit/json.h"
#include "adapters/kit/outcome.h"

namespace otinish {
namespace {

using kit::MappingError;
using kit::StringMap;
using nlohmann::json;

constexpr int kSuffixesMax = 20;
// Half of what the hub takes by default (adapter_answer_bytes_max); the rest is for the cursor.
constexpr std::size_t kAnswerBytesMax = 4 * 1024 * 1024;
// Below the hub's list_items_max.
constexpr int kAnswerItemsMax = 500;
constexpr std::string_view kMessageIdSlot = "{message_id}";

std::size_t sizeOf(const Inbound& item) {
  return item.item_id.size() + item.body.size() + item.raw.size() + item.problem_text.size() +
         item.correlation_id.size() + item.in_reply_to.size() + item.external_id.size() +
         item.reg_number.size();
}

// Digests named in a canonical document; attachments are its only holders of <sha256>.
std::set<std::string> digestsIn(const std::string& document) {
  static constexpr std::string_view kTag = "sha256>";
  std::set<std::string> out;
  for (std::size_t at = document.find(kTag); at != std::string::npos;
       at = document.find(kTag, at + 1)) {
    const std::string digest = document.substr(at + kTag.size(), 64);
    if (kit::isSha256Hex(digest)) out.insert(digest);
  }
  return out;
}

std::string idOf(const std::string& name, int row, const std::string& sha256) {
  return name + "#" + std::to_string(row) + "@" + sha256.substr(0, 12);
}

std::string withSuffix(const std::string& name, int suffix) {
  return suffix == 0 ? name : name + "." + std::to_string(suffix);
}

bool isSidecar(const std::string& name) {
  return name.ends_with(".p7s") || name.ends_with(".done") || name.ends_with(".reason.json");
}

std::int64_t nowMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

bool isTaken(const ExchangeResponse& response) {
  return !response.ok && response.code == "transport.name_taken";
}

// A folder that nobody has written to yet is an empty one.
bool isListed(const ExchangeResponse& response) {
  return response.ok || response.code == "transport.not_found";
}

Inbound itemOf(const json& mapped) {
  Inbound item;
  item.type = kit::textMember(mapped, "type");
  item.form = "json";
  item.correlation_id = kit::textMember(mapped, "correlation_id");
  item.in_reply_to = kit::textMember(mapped, "in_reply_to");
  item.external_id = kit::textMember(mapped, "external_id");
  item.reg_number = kit::textMember(mapped, "reg_number");
  const auto payload = mapped.find("payload");
  if (item.type.empty() || payload == mapped.end() || !payload->is_object()) {
    throw MappingError("adapter.bad_mapping", "the program gave no type or no payload");
  }
  item.body = payload->dump();
  return item;
}

kit::JqMapping programOf(const kit::Settings& settings, const std::string& name) {
  const std::string* bytes = settings.file(name);
  if (bytes == nullptr) return {};
  try {
    return kit::JqMapping::compile(*bytes, settings.jsonText("tables"));
  } catch (const MappingError& e) {
    throw MappingError("adapter.bad_mapping", "setting " + name + ": " + e.what());
  }
}

}  // namespace

struct FiledropAdapter::Run {
  kit::Host& host;
  DropState state;
  Answer answer;
  std::size_t limit = 0;
  std::set<std::string> moved;    // finished in this call, still in the listing
  std::set<std::string> offered;  // files whose items are in the answer
  std::size_t bytes = 0;          // of the answer's items
  bool closed = false;            // nothing more may go into the answer

  bool full() const { return closed || answer.items.size() >= limit; }
};

struct FiledropAdapter::Part {
  std::vector<Inbound> items;
  std::size_t total = 0;  // of the whole file
};

About FiledropAdapter::about() {
  About a;
  a.name = "filedrop";
  a.version = "1.0.0";
  a.form = "xml";
  a.delivers = {"appeal/1", "supplement/1", "withdrawal/1"};
  a.verbs = {"deliver", "collect"};
  a.thread_safe = true;
  a.settings = {
      {"endpoint", "string", false, "main", "Name of the file endpoint.", {}, false},
      {"in_folder", "string", false, "in", "Where we put messages for the agency.", {}, false},
      {"in_name",
       "string",
       false,
       "{message_id}.xml",
       "File name of a message; takes {message_id}, {correlation_id}, {reg_number}.",
       {},
       false},
      {"files_folder",
       "string",
       false,
       "in/files",
       "Where we put attachments, named by their SHA-256.",
       {},
       false},
      {"request",
       "file",
       true,
       "",
       "Stylesheet: canonical appeal to the agency's file.",
       {},
       false},
      {"request_supplement",
       "file",
       false,
       "",
       "The same for supplements; without it they are unsupported.",
       {},
       false},
      {"request_withdrawal",
       "file",
       false,
       "",
       "The same for withdrawals; without it they are unsupported.",
       {},
       false},
      {"out_folder",
       "string",
       false,
       "out",
       "Where the agency writes for us; empty: nowhere.",
       {},
       false},
      {"out_files_folder",
       "string",
       false,
       "",
       "Where the agency puts attachments, named by SHA-256; empty: nowhere.",
       {},
       false},
      {"ack_folder",
       "string",
       false,
       "ack",
       "Where the agency says it took a message; empty: nowhere.",
       {},
       false},
      {"err_folder",
       "string",
       false,
       "err",
       "Where the agency says it refused a message; empty: nowhere.",
       {},
       false},
      {"csv_pattern", "string", false, "*.csv", "Names of CSV files in out_folder.", {}, false},
      {"csv_separator", "string", false, ";", "One byte between fields.", {}, false},
      {"csv_charset",
       "string",
       false,
       "UTF-8",
       "Charset of CSV files; a byte order mark overrules it.",
       {},
       false},
      {"csv_mapping",
       "file",
       false,
       "",
       "jq program: {file, row, fields} to {type, payload, …}.",
       {},
       false},
      {"xml_pattern", "string", false, "*.xml", "Names of XML files in out_folder.", {}, false},
      {"xml_mapping",
       "file",
       false,
       "",
       "Stylesheet: an XML file as <answer> with items.",
       {},
       false},
      {"ack_mapping",
       "file",
       false,
       "",
       "jq program: {file, fields} to an item; in_reply_to is the message id the line names.",
       {},
       false},
      {"err_mapping",
       "file",
       false,
       "",
       "jq program: {file, error} to an item; in_reply_to is the message id the error names.",
       {},
       false},
      {"ack_message_id",
       "enum",
       false,
       "required",
       "Whether ack and err files must name the message in their signed content; if optional, one "
       "that does not is believed by its file name.",
       {"required", "optional"},
       false},
      {"order",
       "enum",
       false,
       "name",
       "Files are read in the order of this.",
       {"name", "modified"},
       false},
      {"stop_on_error",
       "bool",
       false,
       "false",
       "Leave the rest of a folder when one of its files fails.",
       {},
       false},
      {"attempts_max",
       "int",
       false,
       "5",
       "Failed reads before a file is poison, and answers the hub refuses before an item is.",
       {},
       false},
      {"attachment_rounds_max",
       "int",
       false,
       "60",
       "Collect rounds an item waits for an attachment while the place is out of order.",
       {},
       false},
      {"incomplete_looks_max",
       "int",
       false,
       "300",
       "Looks at an incomplete file (unsigned, half written) before it is read all the same and "
       "shown as a problem.",
       {},
       false},
      {"file_bytes_max", "int", false, "8388608", "A larger file is a problem item.", {}, false},
      {"same_name",
       "enum",
       false,
       "process",
       "A file named like one in done/ with other content: process it as a new version, refuse it "
       "to error/, or ignore it with an ack.",
       {"process", "refuse", "ignore"},
       false},
      {"node",
       "string",
       false,
       "",
       "Name of this hub where several share the folder: files are claimed into processing/<node>.",
       {},
       false},
      {"node_lease_s",
       "int",
       false,
       "600",
       "With node: a hub that showed no sign of life for so long loses its claimed files.",
       {},
       false},
      {"oldest_warn_s",
       "int",
       false,
       "3600",
       "A warning is logged when a file waits longer; 0: never.",
       {},
       false},
      {"tables", "table", false, "{}", "Code tables: a:look-up() and $settings.", {}, false},
  };
  return a;
}

void FiledropAdapter::readFormats(const kit::Settings& settings) {
  const std::string separator = settings.text("csv_separator");
  if (separator.size() != 1 || separator == "\"" || separator == "\n") {
    throw MappingError("adapter.bad_setting", "setting csv_separator: one byte is expected");
  }
  csv_separator_ = separator.front();
  csv_pattern_ = settings.text("csv_pattern");
  csv_charset_ = settings.text("csv_charset");
  kit::toUtf8("", csv_charset_);
  xml_pattern_ = settings.text("xml_pattern");
  csv_mapping_ = programOf(settings, "csv_mapping");
  ack_mapping_ = programOf(settings, "ack_mapping");
  err_mapping_ = programOf(settings, "err_mapping");
  xml_mapping_ = kit::stylesheetOf(settings, "xml_mapping");
  for (const auto& [type, name] : StringMap{{"appeal/1", "request"},
                                            {"supplement/1", "request_supplement"},
                                            {"withdrawal/1", "request_withdrawal"}}) {
    auto sheet = kit::stylesheetOf(settings, name);
    if (!sheet.empty()) requests_[type] = std::move(sheet);
  }
}

Answer FiledropAdapter::configure(kit::Host&, const Configuration& configuration) {
  try {
    const kit::Settings settings(configuration, about());
    scalars_ = settings.scalars();
    endpoint_ = settings.text("endpoint");
    in_folder_ = settings.text("in_folder");
    in_name_ = settings.text("in_name");
    files_folder_ = settings.text("files_folder");
    out_files_folder_ = settings.text("out_files_folder");
    by_modified_ = settings.text("order") == "modified";
    stop_on_error_ = settings.flag("stop_on_error");
    attempts_max_ =
        static_cast<int>(std::clamp<std::int64_t>(settings.number("attempts_max"), 1, 1000));
    incomplete_looks_max_ = static_cast<int>(
        std::clamp<std::int64_t>(settings.number("incomplete_looks_max"), 1, 1'000'000));
    attachment_rounds_max_ = static_cast<int>(
        std::clamp<std::int64_t>(settings.number("attachment_rounds_max"), 1, 1'000'000));
    ack_message_id_required_ = settings.text("ack_message_id") == "required";
    file_bytes_max_ = settings.number("file_bytes_max");
    same_name_ = settings.text("same_name");
    node_ = settings.text("node");
    lease_s_ = settings.number("node_lease_s");
    oldest_warn_s_ = settings.number("oldest_warn_s");
    if (!node_.empty() && !isNodeName(node_)) {
      throw MappingError("adapter.bad_setting",
                         "setting node: 1 to 40 letters, digits, '-' and '_' are expected");
    }
    if (lease_s_ < 60) {
      throw MappingError("adapter.bad_setting", "setting node_lease_s: at least 60 is expected");
    }
    readFormats(settings);
    const auto add = [&](Kind kind, const char* name) {
      if (!settings.text(name).empty()) boxes_.push_back({kind, settings.text(name)});
    };
    if (!ack_mapping_.empty()) add(Kind::kAck, "ack_folder");
    if (!err_mapping_.empty()) add(Kind::kErr, "err_folder");
    if (!csv_mapping_.empty() || !xml_mapping_.empty()) add(Kind::kOut, "out_folder");
    return kit::done();
  } catch (const MappingError& e) {
    return kit::misconfigured(e);
  }
}

ExchangeResponse FiledropAdapter::move(kit::Host& host, const std::string& from,
                                       const std::string& to) const {
  ExchangeRequest request;
  request.endpoint = endpoint_;
  request.method = "MOVE";
  request.path = from;
  request.to_path = to;
  return host.exchange(request);
}

ExchangeResponse FiledropAdapter::put(kit::Host& host, const std::string& path,
                                      std::string body) const {
  ExchangeRequest request;
  request.endpoint = endpoint_;
  request.method = "PUT";
  request.path = path;
  request.body = std::move(body);
  return host.exchange(request);
}

ExchangeResponse FiledropAdapter::get(kit::Host& host, const std::string& path) const {
  ExchangeRequest request;
  request.endpoint = endpoint_;
  request.method = "GET";
  request.path = path;
  return host.exchange(request);
}

Answer FiledropAdapter::probe(kit::Host& host) {
  ExchangeRequest request;
  request.endpoint = endpoint_;
  request.method = "LIST";
  request.path = in_folder_;
  const ExchangeResponse response = host.exchange(request);
  return isListed(response) ? kit::done() : kit::fromExchangeFailure(response);
}

Answer FiledropAdapter::deliver(kit::Host& host, const Message& message) {
  const auto sheet = requests_.find(message.type);
  if (sheet == requests_.end()) {
    return kit::failed(Outcome::kUnsupported, "adapter.unsupported_type",
                       "no stylesheet is configured for this message type");
  }
  StringMap with = scalars_;
  with["message_id"] = message.message_id;
  with["correlation_id"] = message.correlation_id;
  with["external_id"] = message.external_id;
  with["reg_number"] = message.reg_number;
  std::string name;
  std::string file;
  try {
    name = kit::fillFileName(in_name_, with);
    file = sheet->second.apply(kit::XmlDocument::parse(message.body), with);
  } catch (const MappingError& e) {
    return kit::failed(Outcome::kRejected, e.code(), e.what());
  }
  // Attachments first: the message is the sign that all is there.
  for (const std::string& digest : digestsIn(message.body)) {
    ExchangeRequest request;
    request.endpoint = endpoint_;
    request.method = "PUT";
    request.path = files_folder_ + "/" + digest;
    request.body_attachment = digest;
    const ExchangeResponse response = host.exchange(request);
    if (!response.ok) return kit::fromExchangeFailure(response);
  }
  const ExchangeResponse response = put(host, in_folder_ + "/" + name, std::move(file));
  if (!response.ok) return kit::fromExchangeFailure(response);
  Answer answer;
  answer.outcome = Outcome::kPending;
  return answer;
}

Answer FiledropAdapter::collect(kit::Host& host, const CollectRequest& request) {
  if (boxes_.empty()) {
    return kit::failed(Outcome::kUnsupported, "adapter.no_verb", "collecting is not configured");
  }
  Run run{host, {}, kit::done(), 1, {}, {}, 0, false};
  run.limit = static_cast<std::size_t>(std::clamp(request.limit, 1, kAnswerItemsMax));
  try {
    run.state = readDropState(request.cursor);
  } catch (const MappingError& e) {
    return kit::failed(Outcome::kMisconfigured, e.code(), e.what());
  }
  applySettled(run.state, request.settled);
  if (lastWasRefused(run, request.cursor)) {
    // The count is of use only once it is committed.
    run.answer.more = true;
    run.answer.cursor = writeDropState(run.state);
    return run.answer;
  }
  for (const Box& box : boxes_) {
    if (!collectBox(run, box)) return run.answer;
  }
  run.answer.cursor = writeDropState(run.state);
  const std::lock_guard lock(offer_mutex_);
  offer_ = {request.cursor, std::move(run.offered)};
  return run.answer;
}

// A hub that cannot commit anything (its disk is full) does not commit these counts either, so an
// outage of the hub never turns an item into a problem.
bool FiledropAdapter::lastWasRefused(Run& run, const std::string& cursor) {
  const std::lock_guard lock(offer_mutex_);
  const Offer last = std::exchange(offer_, {});
  if (last.files.empty() || last.cursor != cursor) return false;
  for (const std::string& key : last.files) {
    DropFile& file = run.state[key];
    if (file.first_seen.empty()) file.first_seen = kit::nowRfc3339();
    ++file.refusals;
  }
  run.host.log(kit::LogLevel::kWarning, "filedrop.answer_refused",
               std::to_string(last.files.size()) + " files");
  return true;
}

// Oldest first; what a sidecar names comes with its file.
std::vector<FileEntry> FiledropAdapter::candidates(std::vector<FileEntry> entries) const {
  std::erase_if(entries, [](const FileEntry& e) {
    return e.name.empty() || e.name.front() == '.' || isSidecar(e.name) ||
           e.name.find('/') != std::string::npos || leaseOf(e.name).has_value();
  });
  std::sort(entries.begin(), entries.end(), [this](const FileEntry& a, const FileEntry& b) {
    if (by_modified_ && a.modified_ms != b.modified_ms) return a.modified_ms < b.modified_ms;
    return a.name < b.name;
  });
  return entries;
}

// The complete ones, and those that stay incomplete (no signature, no done file) for so long that
// reading them, and saying what is wrong, is better than waiting on in silence.
std::vector<FileEntry> FiledropAdapter::ready(Run& run, const Box& box,
                                              std::vector<FileEntry> entries) const {
  const std::string prefix = box.folder + "/";
  std::map<std::string, int> looks;
  std::erase_if(run.state, [&](const auto& known) {
    const bool ours =
        known.second.stage == DropFile::Stage::kWaiting && known.first.starts_with(prefix);
    if (ours) looks[known.first] = known.second.attempts;
    return ours;
  });
  std::erase_if(entries, [&](const FileEntry& e) {
    const int seen = looks[prefix + e.name] + 1;
    const bool wait = !e.complete && seen < incomplete_looks_max_;
    if (wait && !run.state.contains(prefix + e.name)) {
      DropFile& file = run.state[prefix + e.name];
      file.stage = DropFile::Stage::kWaiting;
      file.attempts = seen;
    }
    return wait;
  });
  return entries;
}

std::string FiledropAdapter::claimFolder(const Box& box, const std::string& node) const {
  return box.folder + "/processing" + (node.empty() ? "" : "/" + node);
}

ExchangeResponse FiledropAdapter::list(kit::Host& host, const std::string& folder) const {
  ExchangeRequest request;
  request.endpoint = endpoint_;
  request.method = "LIST";
  request.path = folder;
  return host.exchange(request);
}

// Shows this hub alive and gives back what dead ones had claimed. False: it cannot be shown, so
// nothing may be claimed.
bool FiledropAdapter::keepLease(Run& run, const Box& box) const {
  if (node_.empty()) return true;
  const std::string root = box.folder + "/processing";
  const ExchangeResponse listed = list(run.host, root);
  if (!isListed(listed)) {
    run.answer = kit::fromExchangeFailure(listed);
    return false;
  }
  const std::int64_t now = nowMs() / 1000;
  const auto latest = latestLeases(listed.files);
  const auto mine = latest.find(node_);
  if (mine == latest.end() || now - mine->second > lease_s_ / 3) {
    const ExchangeResponse written = put(run.host, root + "/" + leaseName({node_, now}), node_);
    if (!written.ok) {
      run.answer = kit::fromExchangeFailure(written);
      return false;
    }
    dropLeases(run, box, listed.files, node_);
  }
  // Claimed by a hub from before it had a node; one without must not share the folder.
  for (const FileEntry& entry : candidates(listed.files)) {
    move(run.host, root + "/" + entry.name, box.folder + "/" + entry.name);
  }
  for (const auto& [node, at] : latest) {
    if (node == node_ || now - at <= lease_s_) continue;
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
    ExchangeRequest request;
    request.endpoint = endpoint_;
    request.method = "DELETE";
    request.path = box.folder + "/processing/" + entry.name;
    run.host.exchange(request);  // another hub may have been quicker
  }
}

// Every claimed file of a dead node back to where anybody may claim it. False: some stayed.
bool FiledropAdapter::giveBack(Run& run, const Box& box, const std::string& node) const {
  const ExchangeResponse left = list(run.host, claimFolder(box, node));
  if (!isListed(left)) return false;
  bool all = true;
  for (const FileEntry& entry : left.files) {
    const ExchangeResponse moved =
        move(run.host, claimFolder(box, node) + "/" + entry.name, box.folder + "/" + entry.name);
    // Gone: another hub gave it back.
    all = all && (moved.ok || moved.code == "transport.not_found");
  }
  return all;
}

// Says once in ten minutes that something waits too long; the metric is the endpoint's.
void FiledropAdapter::watchAge(Run& run, const Box& box,
                               const std::vector<FileEntry>& waiting) const {
  if (oldest_warn_s_ <= 0 || waiting.empty()) return;
  const std::int64_t now = nowMs();
  std::int64_t oldest = now;
  for (const FileEntry& entry : waiting) {
    if (entry.modified_ms > 0) oldest = std::min(oldest, entry.modified_ms);
  }
  const std::int64_t age_s = (now - oldest) / 1000;
  if (age_s <= oldest_warn_s_) return;
  {
    const std::lock_guard lock(offer_mutex_);
    std::int64_t& warned = warned_ms_[box.folder];
    if (now - warned < 600'000) return;
    warned = now;
  }
  run.host.log(kit::LogLevel::kWarning, "filedrop.oldest_waiting",
               box.folder + ": " + std::to_string(age_s) + " s");
}

// False: the folder cannot be listed, and run.answer says why.
bool FiledropAdapter::collectBox(Run& run, const Box& box) const {
  if (!keepLease(run, box)) return false;
  const ExchangeResponse claimed = list(run.host, claimFolder(box, node_));
  const ExchangeResponse waiting = list(run.host, box.folder);
  if (!isListed(waiting) || !isListed(claimed)) {
    run.answer = kit::fromExchangeFailure(isListed(waiting) ? claimed : waiting);
    return false;
  }
  std::set<std::string> in_processing;
  for (const FileEntry& e : claimed.files) in_processing.insert(e.name);
  finish(run, box, in_processing);

  bool go_on = true;
  for (const FileEntry& entry : candidates(claimed.files)) {
    const auto known = run.state.find(box.folder + "/" + entry.name);
    // The hub has all of it, or it was moved just now: never read again.
    if (run.moved.contains(box.folder + "/" + entry.name)) continue;
    if (known != run.state.end() && known->second.complete) continue;
    if (run.full()) return run.answer.more = true;
    go_on = readFile(run, box, entry) || !stop_on_error_;
    if (!go_on) return true;
  }
  const auto candidates_waiting = candidates(waiting.files);
  watchAge(run, box, candidates_waiting);
  for (const FileEntry& entry : ready(run, box, candidates_waiting)) {
    if (run.full()) return run.answer.more = true;
    // Its predecessor of the same name is still being processed.
    if (run.state.contains(box.folder + "/" + entry.name)) continue;
    const ExchangeResponse moved =
        move(run.host, box.folder + "/" + entry.name, claimFolder(box, node_) + "/" + entry.name);
    if (!moved.ok) {
      run.host.log(kit::LogLevel::kWarning, "filedrop.claim_failed", moved.code);
      if (stop_on_error_) return true;
      continue;
    }
    if (!readFile(run, box, entry) && stop_on_error_) return true;
  }
  return true;
}

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
  const std::string body = bad ? errJson(name, file) : "OK;" + name + ";" + file.sha256 + "\n";
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
  const std::string to = box.folder + (bad ? "/error/" : "/done/");
  const std::string from = claimFolder(box, node_) + "/" + name;
  for (int suffix = 0; suffix <= kSuffixesMax; ++suffix) {
    const std::string target = to + withSuffix(name, suffix);
    const ExchangeResponse moved = move(run.host, from, target);
    if (moved.ok) {
      if (bad) put(run.host, target + ".reason.json", reasonJson(name, file));
      return true;
    }
    if (!isTaken(moved)) break;
  }
  run.host.log(kit::LogLevel::kWarning, "filedrop.not_moved", box.folder);
  return false;
}

// Whether done/ holds a file of this name, and only with other content than this one. One that was
// refused before may come again, mended, under its name.
FiledropAdapter::Before FiledropAdapter::doneBefore(Run& run, const Box& box,
                                                    const std::string& name,
                                                    const std::string& sha256) const {
  for (int suffix = 0; suffix <= kSuffixesMax; ++suffix) {
    const ExchangeResponse done = get(run.host, box.folder + "/done/" + withSuffix(name, suffix));
    if (!done.ok && done.code == "transport.not_found") {
      return suffix == 0 ? Before::kNever : Before::kOther;
    }
    if (!done.ok && done.retryable) return Before::kUnknown;
    if (done.ok && kit::sha256Hex(done.body) == sha256) return Before::kSame;
  }
  return Before::kOther;
}

// False if the file could not be read or translated; either way the state says what follows.
bool FiledropAdapter::readFile(Run& run, const Box& box, const FileEntry& entry) const {
  const std::string key = box.folder + "/" + entry.name;
  DropFile& file = run.state[key];
  if (file.first_seen.empty()) file.first_seen = kit::nowRfc3339();
  const bool suspect = file.refusals > 0;
  if (suspect && !run.answer.items.empty()) {
    // Alone in its answer, so that the others do not share its fate.
    run.closed = run.answer.more = true;
    return true;
  }
  Part part;
  part.total = file.taken + 1;
  if (entry.size > file_bytes_max_) {
    part.items.push_back(kit::problemItem(idOf(entry.name, 0, "size"), "adapter.too_large",
                                          "the file is larger than file_bytes_max", {}));
    return give(run, key, file, std::move(part));
  }
  const ExchangeResponse response = get(run.host, claimFolder(box, node_) + "/" + entry.name);
  if (!response.ok) {
    // A place that is down says nothing about the file.
    if (response.retryable || ++file.attempts < attempts_max_) return false;
    part.items.push_back(kit::problemItem(idOf(entry.name, 0, "unread"), "adapter.poison_file",
                                          "the file cannot be read: " + response.code, {}));
    return give(run, key, file, std::move(part));
  }
  const std::string before = std::exchange(file.sha256, kit::sha256Hex(response.body));
  if (file.taken > 0 && before != file.sha256) {
    part.items.push_back(kit::problemItem(idOf(entry.name, 0, file.sha256), "adapter.poison_file",
                                          "the file changed while it was read in parts", {}));
    return give(run, key, file, std::move(part));
  }
  if (file.taken == 0 && box.kind == Kind::kOut && same_name_ != "process") {
    const Before earlier = doneBefore(run, box, entry.name, file.sha256);
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
      return give(run, key, file, std::move(part));
    }
  }
  const std::size_t room = suspect ? 1 : run.limit - run.answer.items.size();
  return give(run, key, file, decode(box, entry.name, response.body, file.taken, room));
}

// Puts items into the answer as long as it has room. False: not all of them are good, or the next
// one waits for its attachments.
bool FiledropAdapter::give(Run& run, const std::string& key, DropFile& file, Part part) const {
  bool good = true;
  bool waits = false;
  const bool poison = file.refusals >= attempts_max_;
  const bool suspect = file.refusals > 0;
  for (Inbound& item : part.items) {
    if (poison || sizeOf(item) > kAnswerBytesMax) {
      item = kit::problemItem(
          item.item_id, poison ? "adapter.poison_file" : "adapter.too_large",
          poison ? "the hub could not take this item" : "the item is too large for an answer", {});
    }
    if (run.bytes + sizeOf(item) > kAnswerBytesMax) break;
    waits = mustWait(run.host, file, item);
    if (waits) break;
    run.bytes += sizeOf(item);
    file.items[item.item_id] = {DropFile::Item::State::kOpen, item.problem_code, item.problem_text};
    file.stage = DropFile::Stage::kReturned;
    file.refusals = file.fetches = 0;
    ++file.taken;
    good = good && item.problem_code.empty();
    run.answer.items.push_back(std::move(item));
    run.offered.insert(key);
  }
  file.complete = !waits && file.taken >= part.total;
  file.settleIfDone();
  // What waits is looked at in the next round, not at once.
  const bool cut = !waits && !file.complete;
  run.closed = run.closed || suspect || cut;
  run.answer.more = run.answer.more || cut;
  return good && !waits;
}

FiledropAdapter::Part FiledropAdapter::decode(const Box& box, const std::string& name,
                                              const std::string& bytes, std::size_t from,
                                              std::size_t count) const {
  try {
    if (bytes.empty()) throw MappingError("adapter.empty_file", "the file is empty");
    if (box.kind != Kind::kOut) return {{decodeAck(box, name, bytes)}, 1};
    if (!csv_mapping_.empty() && kit::globMatch(csv_pattern_, name)) {
      return decodeCsv(name, bytes, from, count);
    }
    if (!xml_mapping_.empty() && kit::globMatch(xml_pattern_, name)) {
      return decodeXml(name, bytes, from, count);
    }
    throw MappingError("adapter.unknown_file", "no mapping is configured for a file of this name");
  } catch (const MappingError& e) {
    return {{kit::problemItem(idOf(name, 0, kit::sha256Hex(bytes)), e.code(), e.what(), bytes)},
            from + 1};
  }
}

FiledropAdapter::Part FiledropAdapter::decodeCsv(const std::string& name, const std::string& bytes,
                                                 std::size_t from, std::size_t count) const {
  const std::string sha256 = kit::sha256Hex(bytes);
  const kit::CsvTable table = kit::readCsv(kit::toUtf8(bytes, csv_charset_), csv_separator_);
  std::vector<Inbound> items;
  const std::size_t end = std::min(table.records.size(), from + count);
  for (std::size_t at = from; at < end; ++at) {
    const kit::CsvRecord& record = table.records[at];
    const std::string id = idOf(name, record.row, sha256);
    try {
      if (!record.problem.empty())
        throw MappingError("adapter.bad_row", record.problem, record.line);
      json fields = json::object();
      for (std::size_t i = 0; i < table.header.size(); ++i)
        fields[table.header[i]] = record.fields[i];
      const json input{{"file", name}, {"row", record.row}, {"fields", std::move(fields)}};
      Inbound item = itemOf(kit::parseJson(csv_mapping_.apply(input.dump())));
      item.item_id = id;
      items.push_back(std::move(item));
    } catch (const MappingError& e) {
      const MappingError placed = e.line() > 0 ? e : MappingError(e.code(), e.what(), record.line);
      items.push_back(kit::problemItem(id, placed.code(), placed.what(), record.raw));
    }
  }
  return {std::move(items), table.records.size()};
}

FiledropAdapter::Part FiledropAdapter::decodeXml(const std::string& name, const std::string& bytes,
                                                 std::size_t from, std::size_t count) const {
  StringMap with = scalars_;
  with["file"] = name;
  kit::NeutralAnswer neutral =
      kit::readAnswer(xml_mapping_.applyToTree(kit::XmlDocument::parse(bytes), with));
  auto& all = neutral.answer.items;
  if (all.empty()) {
    throw MappingError("adapter.bad_mapping", "the stylesheet found no item in the file");
  }
  const std::string sha256 = kit::sha256Hex(bytes);
  Part part;
  part.total = all.size();
  for (std::size_t at = from; at < std::min(all.size(), from + count); ++at) {
    all[at].item_id = idOf(name, static_cast<int>(at) + 1, sha256);
    part.items.push_back(std::move(all[at]));
  }
  return part;
}

Inbound FiledropAdapter::decodeAck(const Box& box, const std::string& name,
                                   const std::string& bytes) const {
  json input{{"file", name}};
  const std::string text = kit::toUtf8(bytes, "UTF-8");
  if (box.kind == Kind::kErr) {
    input["error"] = kit::parseJson(text);
  } else {
    const kit::CsvTable line = kit::readCsv(text.substr(0, text.find('\n')), ';');
    input["fields"] = line.header;
  }
  const auto& program = box.kind == Kind::kErr ? err_mapping_ : ack_mapping_;
  Inbound item = itemOf(kit::parseJson(program.apply(input.dump())));
  checkMessage(item, name);
  item.item_id = box.folder + "/" + idOf(name, 1, kit::sha256Hex(bytes));
  return item;
}

// The message an ack or err file is named after: its name starts with the name we gave the message.
// "" if it is named after none.
std::string FiledropAdapter::namedMessage(const std::string& name) const {
  const std::size_t slot = in_name_.find(kMessageIdSlot);
  const std::string before = in_name_.substr(0, slot);
  const std::string after = in_name_.substr(slot + kMessageIdSlot.size());
  const std::size_t end = after.empty() ? name.size() : name.find(after, before.size());
  if (!name.starts_with(before) || end == std::string::npos) return {};
  return name.substr(before.size(), end - before.size());
}

// Whoever may write into the folder can give an old, rightly signed file another name.
void FiledropAdapter::checkMessage(Inbound& item, const std::string& name) const {
  if (item.in_reply_to.empty() && ack_message_id_required_) {
    throw MappingError("adapter.wrong_message", "the content names no message");
  }
  const std::size_t slot = in_name_.find(kMessageIdSlot);
  const bool tells = slot != std::string::npos && in_name_.find('{') == slot &&
                     in_name_.find('{', slot + 1) == std::string::npos;
  if (!tells) return;
  const std::string named = namedMessage(name);
  if (item.in_reply_to.empty()) item.in_reply_to = named;
  if (named.empty() || item.in_reply_to != named) {
    throw MappingError("adapter.wrong_message",
                       "the content names another message than the file name");
  }
}

// Attachments that an item announces are taken into the hub's store now; a missing or different one
// makes the item a problem. True: they cannot be fetched for the time being.
bool FiledropAdapter::mustWait(kit::Host& host, DropFile& file, Inbound& item) const {
  if (out_files_folder_.empty() || !item.problem_code.empty() || item.form != "xml") return false;
  for (const std::string& digest : digestsIn(item.body)) {
    ExchangeRequest request;
    request.endpoint = endpoint_;
    request.method = "GET";
    request.path = out_files_folder_ + "/" + digest;
    request.into_attachment = true;
    const ExchangeResponse response = host.exchange(request);
    if (response.ok && response.attachment_sha256 == digest) continue;
    const bool later = !response.ok && response.retryable;
    if (later && ++file.fetches < attachment_rounds_max_) {
      host.log(kit::LogLevel::kWarning, "filedrop.attachment_later", response.code);
      return true;
    }
    item = kit::problemItem(
        item.item_id, response.ok ? "adapter.attachment_mismatch" : "adapter.attachment_missing",
        "an announced attachment is missing or different", item.body);
    return false;
  }
  return false;
}

}  // namespace otinish
