#include "adapters/filedrop/filedrop_adapter.h"

#include <algorithm>
#include <nlohmann/json.hpp>

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
  std::set<std::string> moved;  // finished in this call, still in the listing
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
       "jq program: {file, in_reply_to, fields} to an item.",
       {},
       false},
      {"err_mapping",
       "file",
       false,
       "",
       "jq program: {file, in_reply_to, error} to an item.",
       {},
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
      {"attempts_max", "int", false, "5", "Failed reads before a file is poison.", {}, false},
      {"incomplete_looks_max",
       "int",
       false,
       "300",
       "Looks at an incomplete file (unsigned, half written) before it is read all the same and "
       "shown as a problem.",
       {},
       false},
      {"file_bytes_max", "int", false, "8388608", "A larger file is a problem item.", {}, false},
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
    file_bytes_max_ = settings.number("file_bytes_max");
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
  Run run{host, {}, kit::done(), static_cast<std::size_t>(std::max(1, request.limit)), {}};
  try {
    run.state = readDropState(request.cursor);
  } catch (const MappingError& e) {
    return kit::failed(Outcome::kMisconfigured, e.code(), e.what());
  }
  applySettled(run.state, request.settled);
  for (const Box& box : boxes_) {
    if (!collectBox(run, box)) return run.answer;
  }
  run.answer.cursor = writeDropState(run.state);
  return run.answer;
}

// Oldest first; what a sidecar names comes with its file.
std::vector<FileEntry> FiledropAdapter::candidates(std::vector<FileEntry> entries) const {
  std::erase_if(entries, [](const FileEntry& e) {
    return e.name.empty() || e.name.front() == '.' || isSidecar(e.name) ||
           e.name.find('/') != std::string::npos;
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
      run.state[prefix + e.name] = {DropFile::Stage::kWaiting, seen, false, {}, {}, {}};
    }
    return wait;
  });
  return entries;
}

// False: the folder cannot be listed, and run.answer says why.
bool FiledropAdapter::collectBox(Run& run, const Box& box) const {
  ExchangeRequest list;
  list.endpoint = endpoint_;
  list.method = "LIST";
  list.path = box.folder + "/processing";
  const ExchangeResponse claimed = run.host.exchange(list);
  list.path = box.folder;
  const ExchangeResponse waiting = run.host.exchange(list);
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
    // Settled but not moved, or moved just now: never read again.
    if (run.moved.contains(box.folder + "/" + entry.name)) continue;
    if (known != run.state.end() && known->second.stage == DropFile::Stage::kSettled) continue;
    if (run.answer.items.size() >= run.limit) return run.answer.more = true;
    go_on = readFile(run, box, entry) || !stop_on_error_;
    if (!go_on) return true;
  }
  for (const FileEntry& entry : ready(run, box, candidates(waiting.files))) {
    if (run.answer.items.size() >= run.limit) return run.answer.more = true;
    // Its predecessor of the same name is still being processed.
    if (run.state.contains(box.folder + "/" + entry.name)) continue;
    const ExchangeResponse moved =
        move(run.host, box.folder + "/" + entry.name, box.folder + "/processing/" + entry.name);
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
  const std::string body = bad ? errJson(file) : "OK;" + name + ";" + file.sha256 + "\n";
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
  const std::string from = box.folder + "/processing/" + name;
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

// False if the file could not be read or translated; either way the state says what follows.
bool FiledropAdapter::readFile(Run& run, const Box& box, const FileEntry& entry) const {
  DropFile& file = run.state[box.folder + "/" + entry.name];
  if (file.first_seen.empty()) file.first_seen = kit::nowRfc3339();
  std::vector<Inbound> items;
  const ExchangeResponse response = entry.size > file_bytes_max_
                                        ? ExchangeResponse()
                                        : get(run.host, box.folder + "/processing/" + entry.name);
  if (entry.size > file_bytes_max_) {
    items.push_back(kit::problemItem(idOf(entry.name, 0, "size"), "adapter.too_large",
                                     "the file is larger than file_bytes_max", {}));
  } else if (!response.ok) {
    // A place that is down says nothing about the file.
    if (response.retryable || ++file.attempts < attempts_max_) return false;
    items.push_back(kit::problemItem(idOf(entry.name, 0, "unread"), "adapter.poison_file",
                                     "the file cannot be read: " + response.code, {}));
  } else {
    file.sha256 = kit::sha256Hex(response.body);
    items = decode(box, entry.name, response.body);
    for (Inbound& item : items) checkAttachments(run.host, item);
  }
  file.stage = items.empty() ? DropFile::Stage::kSettled : DropFile::Stage::kReturned;
  file.items.clear();
  bool good = true;
  for (Inbound& item : items) {
    file.items[item.item_id] = {DropFile::Item::State::kOpen, item.problem_code, item.problem_text};
    good = good && item.problem_code.empty();
    run.answer.items.push_back(std::move(item));
  }
  return good;
}

std::vector<Inbound> FiledropAdapter::decode(const Box& box, const std::string& name,
                                             const std::string& bytes) const {
  const std::string sha256 = kit::sha256Hex(bytes);
  try {
    if (bytes.empty()) throw MappingError("adapter.empty_file", "the file is empty");
    if (box.kind != Kind::kOut) return decodeAck(box, name, bytes);
    if (!csv_mapping_.empty() && kit::globMatch(csv_pattern_, name)) return decodeCsv(name, bytes);
    if (!xml_mapping_.empty() && kit::globMatch(xml_pattern_, name)) return decodeXml(name, bytes);
    throw MappingError("adapter.unknown_file", "no mapping is configured for a file of this name");
  } catch (const MappingError& e) {
    return {kit::problemItem(idOf(name, 0, sha256), e.code(), e.what(), bytes)};
  }
}

std::vector<Inbound> FiledropAdapter::decodeCsv(const std::string& name,
                                                const std::string& bytes) const {
  const std::string sha256 = kit::sha256Hex(bytes);
  const kit::CsvTable table = kit::readCsv(kit::toUtf8(bytes, csv_charset_), csv_separator_);
  std::vector<Inbound> items;
  for (const kit::CsvRecord& record : table.records) {
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
      items.push_back(kit::problemItem(id, e.code(), e.what(), record.raw));
    }
  }
  return items;
}

std::vector<Inbound> FiledropAdapter::decodeXml(const std::string& name,
                                                const std::string& bytes) const {
  StringMap with = scalars_;
  with["file"] = name;
  kit::NeutralAnswer neutral =
      kit::readAnswer(xml_mapping_.applyToTree(kit::XmlDocument::parse(bytes), with));
  const std::string sha256 = kit::sha256Hex(bytes);
  int row = 0;
  for (Inbound& item : neutral.answer.items) item.item_id = idOf(name, ++row, sha256);
  if (neutral.answer.items.empty()) {
    throw MappingError("adapter.bad_mapping", "the stylesheet found no item in the file");
  }
  return std::move(neutral.answer.items);
}

std::vector<Inbound> FiledropAdapter::decodeAck(const Box& box, const std::string& name,
                                                const std::string& bytes) const {
  json input{{"file", name}, {"in_reply_to", name.substr(0, name.find('.'))}};
  const std::string text = kit::toUtf8(bytes, "UTF-8");
  if (box.kind == Kind::kErr) {
    input["error"] = kit::parseJson(text);
  } else {
    const kit::CsvTable line = kit::readCsv(text.substr(0, text.find('\n')), ';');
    input["fields"] = line.header;
  }
  const auto& program = box.kind == Kind::kErr ? err_mapping_ : ack_mapping_;
  Inbound item = itemOf(kit::parseJson(program.apply(input.dump())));
  item.item_id = box.folder + "/" + idOf(name, 1, kit::sha256Hex(bytes));
  return {std::move(item)};
}

// Attachments that an item announces are taken into the hub's store now; a missing or different one
// makes the item a problem.
void FiledropAdapter::checkAttachments(kit::Host& host, Inbound& item) const {
  if (out_files_folder_.empty() || !item.problem_code.empty() || item.form != "xml") return;
  for (const std::string& digest : digestsIn(item.body)) {
    ExchangeRequest request;
    request.endpoint = endpoint_;
    request.method = "GET";
    request.path = out_files_folder_ + "/" + digest;
    request.into_attachment = true;
    const ExchangeResponse response = host.exchange(request);
    if (response.ok && response.attachment_sha256 == digest) continue;
    item = kit::problemItem(
        item.item_id, response.ok ? "adapter.attachment_mismatch" : "adapter.attachment_missing",
        "an announced attachment is missing or different", item.body);
    return;
  }
}

}  // namespace otinish
