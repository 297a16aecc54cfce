#include "hub/programs/config.h"

#include <Poco/Net/IPAddress.h>
#include <Poco/URI.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "hub/base/ids.h"
#include "hub/base/text.h"
#include "hub/programs/yaml_reader.h"

namespace hub::programs {
namespace {

namespace fs = std::filesystem;

struct Folders {
  fs::path config;   // folder of the configuration file
  fs::path program;  // folder of hubd
};

std::string resolved(const std::string& path, const fs::path& folder) {
  if (path.empty()) return path;
  return fs::path(path).is_absolute() ? path : (folder / path).lexically_normal().string();
}

// 0: given by --set, or not at all.
int lineOf(const YAML::Node& node) {
  return node.IsDefined() && !node.Mark().is_null() ? node.Mark().line + 1 : 0;
}

// A file that must be there now.
std::string fileOf(YamlMap& map, const std::string& key, const fs::path& folder, bool mandatory) {
  std::string path = mandatory ? map.mandatoryText(key) : map.text(key, "");
  if (path.empty()) return path;
  path = resolved(path, folder);
  std::error_code error;
  if (!fs::exists(path, error)) map.complain(key, "there is no file " + path);
  return path;
}

// YAML allows a key to stand twice and readers take either one; so neither is taken.
void refuseRepeatedKeys(const YAML::Node& node, const std::string& path, YamlErrors& errors) {
  if (node.IsSequence()) {
    for (const auto& item : node) refuseRepeatedKeys(item, path, errors);
  }
  if (!node.IsMap()) return;
  std::map<std::string, int> lines;
  for (const auto& entry : node) {
    const std::string key = entry.first.IsScalar() ? entry.first.Scalar() : "?";
    const std::string at = path.empty() ? key : path + "." + key;
    const int line = entry.first.Mark().line + 1;
    const auto [first, fresh] = lines.emplace(key, line);
    if (!fresh) {
      errors.add(entry.first, at,
                 "stands twice, in lines " + std::to_string(first->second) + " and " +
                     std::to_string(line));
    }
    refuseRepeatedKeys(entry.second, at, errors);
  }
}

// What only one item of a list may have: of two with one key or name, which is meant would be a matter of
// order.
class Once {
 public:
  // `said_as`: the key that the complaint names, if it is another one.
  void take(YamlMap& map, const std::string& key, const std::string& value, const YAML::Node& item,
            const std::string& said_as = {}) {
    if (value.empty()) return;
    const auto [first, fresh] = lines_.try_emplace({key, value}, lineOf(item));
    if (!fresh) {
      map.complain(said_as.empty() ? key : said_as,
                   "is that of the item in line " + std::to_string(first->second) + ", too");
    }
  }

 private:
  std::map<std::pair<std::string, std::string>, int> lines_;
};

void checkSha256(YamlMap& map, const std::string& key, const std::string& value) {
  const bool hex =
      value.size() == 64 && std::all_of(value.begin(), value.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
      });
  if (!value.empty() && !hex) map.complain(key, "must be a SHA-256: 64 hexadecimal digits");
}

// A certificate without its key, or the other way round, would be found at the first connection.
void checkPair(YamlMap& map, const std::string& certificate_key, const std::string& certificate,
               const std::string& key_key, const std::string& key) {
  if (certificate.empty() == key.empty()) return;
  map.complain(certificate.empty() ? certificate_key : key_key,
               "is mandatory beside " + (certificate.empty() ? key_key : certificate_key));
}

// Poco's tryParse does not know "::".
bool isAddress(const std::string& host) {
  Poco::Net::IPAddress address;
  return host == "::" || Poco::Net::IPAddress::tryParse(host, address);
}

bool isLoopback(const std::string& host) {
  Poco::Net::IPAddress address;
  return host == "localhost" ||
         (Poco::Net::IPAddress::tryParse(host, address) && address.isLoopback());
}

void checkUrl(YamlMap& map, const std::string& url, const std::string& key = "url") {
  if (url.empty()) return;
  try {
    const Poco::URI uri(url);
    const std::string& scheme = uri.getScheme();
    if (scheme != "https" && scheme != "http" && scheme != "sftp" && scheme != "file") {
      map.complain(key, "must begin with https, http, sftp or file");
    } else if (scheme != "file" && uri.getHost().empty()) {
      map.complain(key, "names no host");
    } else if (scheme.starts_with("http") && !uri.getUserInfo().empty()) {
      map.complain(
          key,
          "must hold no user and no password; an endpoint logs in by basic: {user, password_file}");
    } else if (scheme == "sftp" && uri.getUserInfo().find(':') != std::string::npos) {
      map.complain(key, "must hold no password; ssh_key logs in");
    } else if (scheme == "http" && !isLoopback(uri.getHost())) {
      map.complain(key, "plain http is allowed to loopback addresses only; use https");
    } else if (scheme == "file" && uri.getPath().empty()) {
      map.complain(key, "names no folder");
    }
  } catch (const Poco::Exception&) {
    map.complain(key, "is not a URL");
  }
}

// YAML settings as JSON: scalars that look like numbers or booleans and are not quoted become such.
nlohmann::json toJson(const YAML::Node& node) {
  if (!node || node.IsNull()) return nullptr;
  if (node.IsSequence()) {
    auto list = nlohmann::json::array();
    for (const auto& item : node) list.push_back(toJson(item));
    return list;
  }
  if (node.IsMap()) {
    auto object = nlohmann::json::object();
    for (const auto& entry : node) object[entry.first.Scalar()] = toJson(entry.second);
    return object;
  }
  std::int64_t number = 0;
  bool flag = false;
  bool quoted = node.Tag() == "!";
  // "01" is a code, not the number 1.
  if (!quoted && YAML::convert<std::int64_t>::decode(node, number) &&
      std::to_string(number) == node.Scalar()) {
    return number;
  }
  if (!quoted && (node.Scalar() == "true" || node.Scalar() == "false") &&
      YAML::convert<bool>::decode(node, flag)) {
    return flag;
  }
  return node.Scalar();
}

void readLimits(const YAML::Node& node, YamlErrors& errors, Limits* limits) {
  YamlMap map(node, "limits", errors);
  auto size = [&](const char* key, std::size_t* value, std::int64_t high) {
    *value = static_cast<std::size_t>(map.number(key, static_cast<std::int64_t>(*value), 1, high));
  };
  auto small = [&](const char* key, int* value, int high) {
    *value = static_cast<int>(map.number(key, *value, 1, high));
  };
  constexpr std::int64_t kGiB = 1LL << 30;
  size("body_bytes_max", &limits->body_bytes_max, kGiB);
  size("attachment_bytes_max", &limits->attachment_bytes_max, 4 * kGiB);
  small("xml_depth_max", &limits->xml_depth_max, 200);
  small("json_depth_max", &limits->json_depth_max, 200);
  size("xml_nodes_max", &limits->xml_nodes_max, 10'000'000);
  size("text_chars_max", &limits->text_chars_max, 10'000'000);
  size("list_items_max", &limits->list_items_max, 1'000'000);
  small("call_ms_max", &limits->call_ms_max, 3'600'000);
  size("adapter_answer_bytes_max", &limits->adapter_answer_bytes_max, kGiB);
  size("exchange_bytes_max", &limits->exchange_bytes_max, kGiB);
  small("collect_messages_max", &limits->collect_messages_max, 10'000);
  if (std::cmp_greater(limits->collect_messages_max, limits->list_items_max)) {
    map.complain("collect_messages_max",
                 "is above list_items_max, " + std::to_string(limits->list_items_max));
  }
  small("http_threads_max", &limits->http_threads_max, 10'000);
  small("http_keep_alive_ms_max", &limits->http_keep_alive_ms_max, 3'600'000);
  small("http_header_fields_max", &limits->http_header_fields_max, 1'000);
  small("outbox_attempts_before_escalation", &limits->outbox_attempts_before_escalation, 1'000);
  limits->retry_ms_first = map.number("retry_ms_first", limits->retry_ms_first, 1, 86'400'000);
  limits->retry_ms_max = map.number("retry_ms_max", limits->retry_ms_max, 1, 86'400'000);
  if (limits->retry_ms_max < limits->retry_ms_first) {
    map.complain("retry_ms_max",
                 "is below retry_ms_first, " + std::to_string(limits->retry_ms_first));
  }
  limits->outbox_rows_max =
      map.number("outbox_rows_max", limits->outbox_rows_max, 1, 1'000'000'000);
  limits->free_disk_bytes_min =
      map.number("free_disk_bytes_min", limits->free_disk_bytes_min, 0, 1'000 * kGiB);
}

trust::ProfileConfig readProfile(const YAML::Node& node, const std::string& path,
                                 const Folders& folders, YamlErrors& errors) {
  trust::ProfileConfig profile;
  YamlMap map(node, path, errors);
  profile.name =
      map.choice("profile", "none", {"none", "wsse-shep", "jws-detached", "cms-detached"});
  profile.key = map.text("key", "");
  for (const auto& peer : map.texts("peers")) {
    profile.peers.push_back(resolved(peer, folders.config));
    if (!fs::exists(profile.peers.back())) {
      map.complain("peers", "there is no file " + profile.peers.back());
    }
  }
  profile.ca_file = fileOf(map, "ca", folders.config, false);
  profile.peer_subject = map.text("peer_subject", "");
  profile.clock_skew_s = static_cast<int>(map.number("clock_skew_s", 300, 1, 3'600));
  profile.message_age_s_max =
      static_cast<int>(map.number("message_age_s_max", 86'400, 60, 31'536'000));
  if (profile.name != "none" && profile.key.empty()) map.complain("key", "is mandatory");
  if (profile.name != "none" && profile.peers.empty() && profile.ca_file.empty()) {
    map.complain("peers", "name the other side's certificate, or ca and peer_subject");
  }
  return profile;
}

// What a file holds, without the white space around it. Failure: why it is none to be sent, without its text.
Result<std::string> secretIn(const std::string& path) {
  auto bytes = readFile(path, 64 * 1024);
  if (!bytes) return bytes.status();
  std::string text(trim(*bytes));
  const auto refused = [&](const char* why) {
    return Status::failure("programs.bad_config", path + " " + why);
  };
  if (text.empty()) return refused("is empty");
  if (text.starts_with("\xEF\xBB\xBF")) {
    return refused("begins with a byte order mark, which would be sent with it");
  }
  return text;
}

void addHeader(YamlMap& map, const std::string& key, const std::string& name,
               const std::string& value, std::vector<otinish::Header>* headers) {
  const std::string lower = toLowerAscii(name);
  const bool taken = std::any_of(headers->begin(), headers->end(),
                                 [&](const auto& one) { return toLowerAscii(one.name) == lower; });
  if (taken) {
    map.complain(key, "gives the header " + name + " twice");
  } else if (lower == "content-type" || !transport::isHeaderSafe({name, value})) {
    map.complain(
        key, "the header " + name + " cannot be set here, or its value is not one line of text");
  } else {
    headers->push_back({name, value});
  }
}

// What logs the hub in with an HTTP endpoint: `basic`, and headers, each a text or {file: PATH}.
std::vector<otinish::Header> readHeaders(YamlMap& map, const Folders& folders, YamlErrors& errors,
                                         std::vector<std::string>* secret_files) {
  std::vector<otinish::Header> headers;
  const auto fromFile = [&](YamlMap& where, const std::string& key) {
    const std::string path = where.mandatoryText(key);
    if (path.empty()) return std::string();
    secret_files->push_back(resolved(path, folders.config));
    auto secret = secretIn(secret_files->back());
    if (secret) return std::move(*secret);
    where.complain(key, secret.error().text);
    return std::string();
  };
  if (map.has("basic")) {
    YamlMap basic(map.node("basic"), map.at("basic"), errors);
    const std::string user = basic.mandatoryText("user");
    if (user.find(':') != std::string::npos) basic.complain("user", "must hold no colon");
    const std::string password = fromFile(basic, "password_file");
    if (!user.empty() && !password.empty()) {
      addHeader(map, "basic", "Authorization", "Basic " + toBase64(user + ":" + password),
                &headers);
    }
  }
  for (const auto& [name, value] : map.entries("headers")) {
    std::string text;
    if (value.IsMap()) {
      YamlMap row(value, map.at("headers") + "." + name, errors);
      text = fromFile(row, "file");
    } else if (value.IsScalar()) {
      text = value.Scalar();
    }
    if (!value.IsMap() && text.empty()) {
      errors.add(value, map.at("headers") + "." + name,
                 "must be a text, or {file: PATH} for a secret");
    }
    if (!text.empty()) addHeader(map, "headers", name, text, &headers);
  }
  return headers;
}

transport::EndpointConfig readEndpoint(const YAML::Node& node, const std::string& path,
                                       const Folders& folders, YamlErrors& errors,
                                       std::vector<std::string>* secret_files) {
  transport::EndpointConfig endpoint;
  YamlMap map(node, path, errors);
  endpoint.name = map.mandatoryText("name");
  endpoint.url = map.mandatoryText("url");
  endpoint.security = readProfile(map.node("security"), map.at("security"), folders, errors);
  checkUrl(map, endpoint.url);
  bool remote = endpoint.url.rfind("https:", 0) == 0 || endpoint.url.rfind("sftp:", 0) == 0;
  if (remote && !map.has("security")) {
    map.complain("security", "is mandatory for this URL; write {profile: none} to mean it");
  }
  endpoint.headers = readHeaders(map, folders, errors, secret_files);
  if (!endpoint.headers.empty() && !endpoint.url.starts_with("http")) {
    map.complain(map.has("basic") ? "basic" : "headers", "are for http and https");
  }
  endpoint.ca_file = fileOf(map, "ca", folders.config, false);
  endpoint.client_certificate = fileOf(map, "client_certificate", folders.config, false);
  endpoint.client_key = fileOf(map, "client_key", folders.config, false);
  checkPair(map, "client_certificate", endpoint.client_certificate, "client_key",
            endpoint.client_key);
  endpoint.connect_ms_max = static_cast<int>(map.number("connect_ms_max", 5'000, 1, 600'000));
  endpoint.request_ms_max = static_cast<int>(map.number("request_ms_max", 20'000, 1, 3'600'000));
  endpoint.connections_max = static_cast<int>(map.number("connections_max", 16, 1, 1'000));
  endpoint.ssh_key = fileOf(map, "ssh_key", folders.config, false);
  endpoint.known_hosts = fileOf(map, "known_hosts", folders.config, false);
  endpoint.completeness = map.choice("completeness", "rename", {"rename", "done_file", "stable"});
  endpoint.stable_ms = static_cast<int>(map.number("stable_ms", 2'000, 1, 3'600'000));
  endpoint.min_age_ms = static_cast<int>(map.number("min_age_ms", 1'000, 0, 3'600'000));
  if (map.has("ignore")) endpoint.ignore = map.texts("ignore");
  return endpoint;
}

// Where each setting stands, "name", and each key of a table, "name.key".
void rememberPlaces(const std::string& file, const YAML::Node& node, const std::string& before,
                    std::map<std::string, std::string>& places) {
  if (!node.IsDefined() || !node.IsMap()) return;
  for (const auto& entry : node) {
    if (!entry.first.IsScalar()) continue;
    const auto mark = entry.first.Mark();
    const auto name = before + entry.first.Scalar();
    places.erase(name);
    // One given by --set stands in no file.
    if (!mark.is_null()) places[name] = file + ":" + std::to_string(mark.line + 1);
    rememberPlaces(file, entry.second, name + ".", places);
  }
}

// 1-based line of the first bytes that are not UTF-8; 0 if all are. YAML would take them, and what they become is no JSON.
int lineOfBadUtf8(std::string_view text) {
  if (isUtf8(text)) return 0;
  int line = 1;
  for (; text.size() > 0; ++line) {
    const auto end = std::min(text.find('\n'), text.size());
    if (!isUtf8(text.substr(0, end))) break;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return line;
}

constexpr const char* kNotUtf8 = "not UTF-8: save the file in this charset";

// The adapter's settings: the mapping folder's settings file, overridden key by key. Every value that
// names a file of that folder travels to the adapter with its bytes.
void readSettings(YamlMap& map, const Folders& folders, const std::string& config_file,
                  hosting::AdapterConfig* adapter) {
  auto& places = adapter->settings_at;
  const auto remember = [&](const std::string& file, const YAML::Node& node) {
    rememberPlaces(file, node, "", places);
  };
  auto settings = nlohmann::json::object();
  fs::path folder = folders.config;
  std::string settings_file = fileOf(map, "settings_file", folders.config, false);
  if (!settings_file.empty() && fs::exists(settings_file)) {
    folder = fs::path(settings_file).parent_path();
    const auto text = readFile(settings_file, 1024 * 1024);
    const int bad_line = text.ok() ? lineOfBadUtf8(*text) : 0;
    if (!text) map.complain("settings_file", text.error().text);
    if (bad_line > 0) {
      map.complain("settings_file",
                   settings_file + ":" + std::to_string(bad_line) + ": " + kNotUtf8);
    }
    try {
      const YAML::Node document =
          text.ok() && bad_line == 0 ? YAML::Load(*text) : YAML::Node(YAML::NodeType::Map);
      YamlErrors repeated(settings_file);
      refuseRepeatedKeys(document, "", repeated);
      for (const auto& error : repeated.take()) map.complain("settings_file", error.text);
      settings = toJson(document);
      remember(settings_file, document);
    } catch (const YAML::Exception& e) {
      map.complain("settings_file",
                   settings_file + ":" + std::to_string(e.mark.line + 1) + ": " + e.msg);
    }
    if (!settings.is_object()) {
      map.complain("settings_file", settings_file + " must be a mapping of settings");
      settings = nlohmann::json::object();
    }
  }
  if (map.has("settings")) {
    auto over = toJson(map.node("settings"));
    remember(config_file, map.node("settings"));
    if (over.is_object())
      settings.update(over, true);
    else
      map.complain("settings", "must be a mapping of settings");
  }
  for (const auto& [name, file] : map.entries("secrets")) {
    if (!file.IsScalar()) {
      map.errors().add(file, map.at("secrets") + "." + name, "must be the name of a file");
      continue;
    }
    auto secret = secretIn(resolved(file.Scalar(), folders.config));
    if (!secret)
      map.errors().add(file, map.at("secrets") + "." + name, secret.error().text);
    else
      settings[name] = std::move(*secret);
  }
  remember(config_file, map.node("secrets"));
  adapter->configuration.settings_json = settings.dump();
  std::vector<fs::path> files;
  std::error_code error;
  if (!settings_file.empty()) {
    for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end;
         it.increment(error)) {
      if (it->is_directory() && it->path().filename() == "golden") it.disable_recursion_pending();
      if (it->is_regular_file()) files.push_back(it->path());
    }
  }
  for (const auto& file : files) {
    auto extension = file.extension();
    if (extension != ".xsl" && extension != ".xslt" && extension != ".jq" && extension != ".json" &&
        extension != ".xsd") {
      continue;
    }
    auto bytes = readFile(file.string(), 4 * 1024 * 1024);
    if (!bytes)
      map.complain("settings_file", bytes.error().text);
    else
      adapter->configuration.files.push_back(
          {file.lexically_relative(folder).string(), std::move(*bytes)});
  }
}

exchange::AgencyConfig readAgency(const YAML::Node& node, const Folders& folders, HubConfig& config,
                                  Once& aliases, YamlErrors& errors) {
  exchange::AgencyConfig agency;
  std::string alias = node.IsMap() && node["alias"] ? node["alias"].Scalar() : "";
  std::string path = "agencies." + (alias.empty() ? "?" : alias);
  YamlMap map(node, path, errors);
  config.lines[path] = lineOf(node);
  auto& adapter = agency.adapter;
  adapter.alias = map.mandatoryText("alias");
  aliases.take(map, "alias", adapter.alias, node);
  agency.former_aliases = map.texts("former_aliases");
  for (const auto& former : agency.former_aliases) {
    aliases.take(map, "alias", former, node, "former_aliases");
  }
  adapter.configuration.destination = adapter.alias;
  // It stands in addresses, in folders, and beside the hub's own names, which have a colon.
  if (adapter.alias.find_first_of("/:?#% ") != std::string::npos) {
    map.complain("alias", "must be a word without / : ? # % and spaces");
  }
  std::string name = map.text("adapter", "");
  adapter.command = map.texts("command");
  // The child begins in a folder of its own; a path of this file is relative to this file.
  for (auto& word : adapter.command) {
    const fs::path beside = folders.config / word;
    std::error_code error;
    const bool option = word.empty() || word.front() == '-' || fs::path(word).is_absolute();
    if (!option && fs::is_regular_file(beside, error)) word = beside.lexically_normal().string();
  }
  if (name.empty() == adapter.command.empty()) {
    map.complain("adapter", "name either an adapter (soap, rest, filedrop …) or a command");
  }
  if (!name.empty()) {
    bool is_path = name.find('/') != std::string::npos;
    adapter.file = is_path ? resolved(name, folders.config)
                           : (folders.program / "../adapters" / ("hub_adapter_" + name + ".so"))
                                 .lexically_normal()
                                 .string();
    if (!fs::exists(adapter.file)) map.complain("adapter", "there is no file " + adapter.file);
  }
  adapter.sha256 = map.text("sha256", "");
  checkSha256(map, "sha256", adapter.sha256);
  adapter.hosting = map.choice("hosting", "child", {"child", "in-process"}) == "child"
                        ? hosting::Hosting::kChildProcess
                        : hosting::Hosting::kInProcess;
  agency.concurrency = static_cast<int>(map.number("concurrency", 4, 1, 256));
  adapter.processes = static_cast<int>(map.number(
      "processes", adapter.hosting == hosting::Hosting::kChildProcess ? 2 : agency.concurrency, 1,
      256));
  adapter.runner = (folders.program / "hub-adapter-runner").string();
  adapter.work_folder = config.data_folder + "/adapters/" + adapter.alias;
  adapter.run_as_user = map.text("run_as_user", "");
  adapter.memory_bytes_max = map.number("memory_mib_max", 512, 32, 65'536) * 1024 * 1024;
  adapter.files_max = static_cast<int>(map.number("files_max", 64, 16, 4'096));
  readSettings(map, folders, errors.file(), &adapter);
  if (YAML::Node secrets = map.node("secrets"); secrets.IsDefined() && secrets.IsMap()) {
    config.lines[map.at("secrets")] = map.line("secrets");
    for (const auto& entry : secrets) {
      config.secret_files.emplace_back(map.at("secrets"),
                                       resolved(entry.second.Scalar(), folders.config));
    }
  }
  Once endpoints;
  for (auto& item : map.list("endpoints")) {
    std::string endpoint = item.IsMap() && item["name"] ? item["name"].Scalar() : "?";
    const std::string at = path + ".endpoints." + endpoint;
    std::vector<std::string> secret_files;
    agency.endpoints.push_back(readEndpoint(item, at, folders, errors, &secret_files));
    for (auto& file : secret_files) config.secret_files.emplace_back(at, std::move(file));
    endpoints.take(map, "endpoints", agency.endpoints.back().name, item);
    config.lines[at] = lineOf(item);
    config.lines[at + ".security"] = item.IsMap() ? lineOf(item["security"]) : 0;
  }
  if (map.has("push")) {
    agency.push_allowed = true;
    agency.push = readProfile(map.node("push"), map.at("push"), folders, errors);
    config.lines[map.at("push")] = map.line("push");
    if (agency.push.name == "none") {
      map.complain("push", "needs a profile: without a signature anybody could decide appeals");
    }
  }
  for (const auto& [called, profile] : map.entries("payload_profiles")) {
    const std::string at = map.at("payload_profiles") + "." + called;
    config.lines[at] = lineOf(profile);
    agency.payload_profiles[called] = readProfile(profile, at, folders, errors);
  }
  agency.collect_every_ms = map.number("collect_every_ms", 5'000, 0, 86'400'000);
  // The host ends every call at call_ms_max: a longer time here would be a promise it breaks.
  const std::int64_t call = config.limits.call_ms_max;
  auto bounded = [&](const char* key, std::int64_t time) {
    if (time > call) map.complain(key, "is above limits.call_ms_max, " + std::to_string(call));
    return static_cast<int>(time);
  };
  agency.deliver_ms_max =
      bounded("deliver_ms_max", map.number("deliver_ms_max", call, 1, 3'600'000));
  agency.collect_ms_max =
      bounded("collect_ms_max", map.number("collect_ms_max", call, 1, 3'600'000));
  agency.await_hours_max = static_cast<int>(map.number("await_hours_max", 24, 1, 8'760));
  agency.tell_term_changes = map.flag("tell_term_changes", false);
  YamlMap breaker(map.node("breaker"), map.at("breaker"), errors);
  agency.failures_to_open = static_cast<int>(breaker.number("failures_to_open", 5, 1, 1'000));
  agency.open_ms_first = breaker.number("open_ms_first", 5'000, 1, 86'400'000);
  agency.open_ms_max = breaker.number("open_ms_max", 60'000, 1, 86'400'000);
  if (agency.open_ms_max < agency.open_ms_first) {
    breaker.complain("open_ms_max",
                     "is below open_ms_first, " + std::to_string(agency.open_ms_first));
  }
  return agency;
}

void readWeb(YamlMap& root, const Folders& folders, YamlErrors& errors, HubConfig* config) {
  web::WebOptions* web = &config->web;
  YamlMap listen(root.node("listen"), "listen", errors);
  web->host = listen.text("host", "127.0.0.1");
  web->port = static_cast<int>(listen.number("port", 8480, 0, 65'535));
  if (!isAddress(web->host) && web->host != "localhost") {
    listen.complain("host", "must be a numeric address, or localhost");
  }
  web->allow_plain_loopback = listen.flag("plain_on_loopback", false);
  YamlMap tls(listen.node("tls"), "listen.tls", errors);
  web->tls.certificate = fileOf(tls, "certificate", folders.config, false);
  web->tls.key = fileOf(tls, "key", folders.config, false);
  web->tls.client_ca = fileOf(tls, "client_ca", folders.config, false);
  web->tls.require_client_certificate = tls.flag("require_client_certificate", false);
  for (const char* key : {"certificate", "key", "client_ca"}) {
    config->tls_lines[key] = tls.line(key);
  }
  checkPair(tls, "certificate", web->tls.certificate, "key", web->tls.key);
  config->lines["listen.tls.key"] = tls.line("key");
  if (!web->tls.key.empty()) config->secret_files.emplace_back("listen.tls.key", web->tls.key);
  if (web->tls.require_client_certificate && web->tls.client_ca.empty()) {
    tls.complain("client_ca", "is mandatory beside require_client_certificate");
  }
  if (web->tls.certificate.empty() && !(isLoopback(web->host) && web->allow_plain_loopback)) {
    listen.complain("tls",
                    "a certificate is mandatory, but on a loopback address with "
                    "plain_on_loopback: true");
  }
  YamlMap talon(root.node("talon"), "talon", errors);
  web->track_url = talon.text("track_url", "");
  if (!web->track_url.empty() && (!web->track_url.starts_with("https://") ||
                                  web->track_url.find("{number}") == std::string::npos)) {
    talon.complain("track_url", "must begin with https:// and hold {number}");
  }
  web->talon_font = fileOf(talon, "font", folders.config, false);
  config->lines["law_folder"] = root.line("law_folder");
  config->lines["talon"] = root.line("talon");
  Once clients;
  for (auto& item : root.list("clients")) {
    std::string name = item.IsMap() && item["name"] ? item["name"].Scalar() : "?";
    YamlMap map(item, "clients." + name, errors);
    config->lines["clients." + name] = lineOf(item);
    web::Client client;
    client.name = map.mandatoryText("name");
    client.api_key_sha256 = toLowerAscii(map.text("api_key_sha256", ""));
    std::string key_file = fileOf(map, "api_key_file", folders.config, false);
    if (!key_file.empty()) {
      config->secret_files.emplace_back("clients." + name, key_file);
      auto text = readFile(key_file, 4'096);
      if (!text)
        map.complain("api_key_file", text.error().text);
      else
        client.api_key_sha256 = sha256Hex(trim(*text));
    }
    checkSha256(map, "api_key_sha256", client.api_key_sha256);
    client.certificate_subject = map.text("certificate_subject", "");
    if (client.api_key_sha256.empty() && client.certificate_subject.empty()) {
      map.complain("api_key_sha256",
                   "name this, api_key_file or certificate_subject: nobody can be this client");
    }
    clients.take(map, "name", client.name, item);
    clients.take(map, "api_key_sha256", client.api_key_sha256, item);
    clients.take(map, "certificate_subject", client.certificate_subject, item);
    client.source_system = map.text("source_system", "");
    client.admin = map.flag("admin", false);
    client.body = map.text("body", "");
    if (client.admin && !client.body.empty()) {
      map.complain("body", "an administrator sees everything: leave out body, or admin");
    }
    client.roles = map.texts("roles");
    for (const auto& role : client.roles) {
      constexpr std::array kRoles = {"registrar",  "executor", "head",
                                     "controller", "agency",   "applicant"};
      if (std::find(kRoles.begin(), kRoles.end(), role) == kRoles.end()) {
        map.complain("roles",
                     "a role is registrar, executor, head, controller, agency or applicant");
      }
    }
    web->clients.push_back(std::move(client));
  }
}

// "21:30" as a minute of the day.
int minuteOf(YamlMap& map, const std::string& key, const std::string& fallback) {
  const std::string text = map.text(key, fallback);
  const auto digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '9'; };
  if (text.size() == 5 && text[2] == ':' && digit(0) && digit(1) && digit(3) && digit(4)) {
    const int hour = std::stoi(text.substr(0, 2)), minute = std::stoi(text.substr(3));
    if (hour < 24 && minute < 60) return hour * 60 + minute;
  }
  map.complain(key, "must be a time of the day in quotes, such as \"21:00\"");
  return 0;
}

// What a file holds, without the white space around it.
std::string secretOf(YamlMap& map, const std::string& key, const fs::path& folder,
                     std::size_t bytes_min) {
  const std::string path = fileOf(map, key, folder, true);
  auto secret = path.empty() ? Result<std::string>(std::string()) : readFile(path, 4'096);
  if (!secret) {
    map.complain(key, secret.error().text);
    return {};
  }
  std::string text(trim(*secret));
  if (!path.empty() && text.size() < bytes_min) {
    map.complain(key, "must hold at least " + std::to_string(bytes_min) + " characters");
  }
  return text;
}

notify::SmsOptions readSms(const YAML::Node& node, const Folders& folders, YamlErrors& errors) {
  notify::SmsOptions sms;
  YamlMap map(node, "sms", errors);
  sms.endpoint.name = "sms";
  sms.endpoint.url = map.mandatoryText("url");
  checkUrl(map, sms.endpoint.url);
  if (!sms.endpoint.url.starts_with("http") || sms.endpoint.url.find('?') != std::string::npos) {
    map.complain("url", "must be the gateway's http or https address, without a query");
  }
  sms.endpoint.ca_file = fileOf(map, "ca", folders.config, false);
  sms.endpoint.request_ms_max = static_cast<int>(map.number("request_ms_max", 10'000, 1, 600'000));
  sms.endpoint.connections_max =
      0;  // an idle connection that broke would have the message sent twice
  sms.username = map.mandatoryText("username");
  sms.password = secretOf(map, "password_file", folders.config, 1);
  sms.sender = map.mandatoryText("sender");
  sms.texts_file = resolved(map.text("texts_file", "sms.yaml"), folders.config);
  if (std::error_code error; !fs::exists(sms.texts_file, error)) {
    map.complain("texts_file", "there is no file " + sms.texts_file);
  }
  sms.quiet = {minuteOf(map, "quiet_from", "21:00"), minuteOf(map, "quiet_until", "08:00")};
  sms.per_second_max = static_cast<int>(map.number("per_second_max", 20, 1, 1'000));
  sms.attempts_max = static_cast<int>(map.number("attempts_max", 20, 1, 1'000));
  sms.keep_days = static_cast<int>(map.number("keep_days", 400, 30, 36'500));
  sms.report_url = map.mandatoryText("report_url");
  checkUrl(map, sms.report_url, "report_url");
  if (!sms.report_url.empty() && !sms.report_url.ends_with("/sms/report")) {
    map.complain("report_url",
                 "must be this hub's address as the gateway reaches it, with /sms/report");
  }
  sms.report_secret = secretOf(map, "report_secret_file", folders.config, 16);
  return sms;
}

// Finds the node an override names; list items are named by `alias` or `name`.
// What stands in no file has no line there.
YAML::Node withoutPlaces(const YAML::Node& node) {
  YAML::Node out(node.Type());
  if (node.IsScalar()) out = node.Scalar();
  for (const auto& entry : node) {
    if (node.IsMap()) {
      out.force_insert(withoutPlaces(entry.first), withoutPlaces(entry.second));
    } else {
      out.push_back(withoutPlaces(entry));
    }
  }
  if (node.IsDefined() && !node.Tag().empty()) out.SetTag(node.Tag());
  return out;
}

bool applyOverride(const YAML::Node& root, const std::string& override_text, std::string* problem) {
  auto equals = override_text.find('=');
  if (equals == std::string::npos) {
    *problem = "--set wants path=value, got '" + override_text + "'";
    return false;
  }
  auto keys = split(override_text.substr(0, equals), '.');
  YAML::Node node = root;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    bool last = i + 1 == keys.size();
    if (node.IsSequence()) {
      YAML::Node next(YAML::NodeType::Undefined);
      for (auto item : node) {
        if (!item.IsMap()) continue;
        for (const char* key : {"alias", "name"}) {
          if (item[key] && item[key].Scalar() == keys[i]) next.reset(item);
        }
      }
      if (!next.IsDefined() || last) {
        *problem = "--set " + override_text + ": nothing is called '" + keys[i] + "'";
        return false;
      }
      node.reset(next);
    } else if (last) {
      node[keys[i]] = withoutPlaces(YAML::Load(override_text.substr(equals + 1)));
    } else {
      if (!node[keys[i]]) node[keys[i]] = YAML::Node(YAML::NodeType::Map);
      YAML::Node next = node[keys[i]];
      node.reset(next);
    }
  }
  return true;
}

void checkKeys(const HubConfig& config, YamlMap& root, YamlErrors& errors) {
  auto known = [&](const std::string& name) {
    for (const auto& key : config.keys) {
      if (key.name == name) return true;
    }
    return false;
  };
  if (!config.journal_key.empty() && !known(config.journal_key)) {
    root.complain("journal_key", "no key '" + config.journal_key + "' stands under keys");
  }
  std::string all;
  for (const auto& key : config.keys) all += (all.empty() ? "" : ", ") + key.name;
  const auto check = [&](const YAML::Node& profile, const std::string& path) {
    if (!profile || !profile.IsMap() || !profile["key"] || !profile["key"].IsScalar()) return;
    const YAML::Node key = profile["key"];
    if (key.Scalar().empty() || known(key.Scalar())) return;
    errors.add(key, path + ".key",
               "no key '" + key.Scalar() + "' stands under keys, which has " +
                   (all.empty() ? "none" : all));
  };
  for (const auto& agency : root.list("agencies")) {
    if (!agency.IsMap()) continue;
    const std::string path = "agencies." + (agency["alias"] ? agency["alias"].Scalar() : "?");
    check(agency["push"], path + ".push");
    const YAML::Node endpoints = agency["endpoints"];
    for (std::size_t i = 0; endpoints && endpoints.IsSequence() && i < endpoints.size(); ++i) {
      const YAML::Node endpoint = endpoints[i];
      if (!endpoint.IsMap()) continue;
      const std::string name = endpoint["name"] ? endpoint["name"].Scalar() : "?";
      check(endpoint["security"], path + ".endpoints." + name + ".security");
    }
    for (const auto& entry : agency["payload_profiles"]) {
      if (entry.first.IsDefined()) {
        check(entry.second, path + ".payload_profiles." + entry.first.Scalar());
      }
    }
  }
}

}  // namespace

Result<HubConfig> loadConfig(const std::string& file, const std::vector<std::string>& overrides,
                             const std::string& program_folder) {
  auto text = readFile(file, 1024 * 1024);
  if (!text) return Status::failure("programs.config_unreadable", text.error().text);
  if (const int line = lineOfBadUtf8(*text); line > 0) {
    return Status::failure("programs.bad_config",
                           file + ":" + std::to_string(line) + ": " + kNotUtf8, "", line);
  }
  YAML::Node document;
  try {
    document = YAML::Load(*text);
  } catch (const YAML::Exception& e) {
    return Status::failure("programs.bad_config",
                           file + ":" + std::to_string(e.mark.line + 1) + ": " + e.msg, "",
                           e.mark.line + 1);
  }
  YamlErrors errors(file);
  refuseRepeatedKeys(document, "", errors);
  for (const auto& one : overrides) {
    std::string problem;
    bool applied = false;
    try {
      applied = applyOverride(document, one, &problem);
    } catch (const YAML::Exception& e) {
      problem = "--set " + one + ": " + e.msg;
    }
    if (!applied) {
      return Status::failure("programs.bad_config", problem);
    }
  }
  HubConfig config;
  config.file = file;
  try {
    Folders folders{fs::absolute(fs::path(file)).parent_path(), fs::path(program_folder)};
    YamlMap root(document, "", errors);
    config.node_name = root.text("node_name", "hub");
    config.data_folder = resolved(root.mandatoryText("data_folder"), folders.config);
    config.law_folder = fileOf(root, "law_folder", folders.config, true);
    config.schema_file = fileOf(root, "schema_file", folders.config, true);
    config.journal_key = root.mandatoryText("journal_key");
    config.deem_refused = root.flag("deem_refused", true);
    config.identity_strict =
        root.choice("identity_check", "strict", {"strict", "lenient"}) == "strict";
    config.log_level = root.choice("log_level", "info", {"debug", "info", "warning", "error"});
    Once keys;
    for (auto& item : root.list("keys")) {
      YamlMap map(item, "keys", errors);
      KeyConfig key;
      key.name = map.mandatoryText("name");
      keys.take(map, "name", key.name, item);
      key.key_file = fileOf(map, "key", folders.config, true);
      key.certificate_file = fileOf(map, "certificate", folders.config, true);
      config.lines["keys." + key.name] = lineOf(item);
      config.keys.push_back(std::move(key));
    }
    readLimits(root.node("limits"), errors, &config.limits);
    readWeb(root, folders, errors, &config);
    YamlMap store(root.node("store"), "store", errors);
    config.store.path = config.data_folder + "/hub.db";
    config.store.readers = static_cast<int>(store.number("readers", 4, 1, 64));
    config.store.group_units_max =
        static_cast<int>(store.number("group_units_max", 512, 1, 100'000));
    Once aliases;
    for (auto& item : root.list("agencies")) {
      config.agencies.push_back(readAgency(item, folders, config, aliases, errors));
    }
    config.lines["schema_file"] = root.line("schema_file");
    config.lines["agencies"] = root.line("agencies");
    if (root.has("sms")) {
      config.lines["sms"] = root.line("sms");
      const YAML::Node sms = root.node("sms");
      for (const char* key : {"password_file", "report_secret_file"}) {
        if (sms.IsMap() && sms[key] && sms[key].IsScalar()) {
          config.secret_files.emplace_back("sms", resolved(sms[key].Scalar(), folders.config));
        }
      }
      config.sms = readSms(sms, folders, errors);
    }
    checkKeys(config, root, errors);
  } catch (const YAML::Exception& e) {
    errors.add(document, "", std::string("cannot be read: ") + e.what());
  }
  if (!errors.empty()) return Status(errors.take());
  return config;
}

}  // namespace hub::programs
