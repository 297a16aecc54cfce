#include "adapters/rest/rest_adapter.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "adapters/kit/checks.h"
#include "adapters/kit/error.h"
#include "adapters/kit/json.h"
#include "adapters/kit/outcome.h"
#include "adapters/rest/calls.h"

namespace otinish {
namespace {

using kit::MappingError;
using kit::StringMap;
using nlohmann::json;

StringMap valuesOf(const Message& message) {
  return {{"message_id", message.message_id},
          {"correlation_id", message.correlation_id},
          {"external_id", message.external_id},
          {"reg_number", message.reg_number},
          {"attempt", std::to_string(message.attempt)}};
}

// What valuesOf() gives to a path or a header.
const std::vector<std::string> kOfMessage = {"message_id", "correlation_id", "external_id",
                                             "reg_number", "attempt"};
// While no case is open.
const std::vector<std::string> kBeforeACase = {"message_id", "correlation_id", "reg_number",
                                               "attempt"};
const std::vector<std::string> kOfAttachment = {
    "message_id", "correlation_id", "external_id", "reg_number", "attempt", "sha256", "id"};
const StringMap kRequests = {{"appeal/1", "request"},
                             {"supplement/1", "request_supplement"},
                             {"withdrawal/1", "request_withdrawal"},
                             {"status/1", "request_status"}};

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

// What a program sees of an answer, beside its status and its body.
json headersOf(const ExchangeResponse& response) {
  json headers = json::object();
  for (const Header& header : response.headers) {
    const bool text = kit::isUtf8(header.name) && kit::isUtf8(header.value);
    if (text) headers[lower(header.name)] = header.value;
  }
  return headers;
}

// A call whose path takes these, if it is configured.
StringMap callFrom(const kit::Settings& settings, const std::string& name,
                   const std::vector<std::string>& keys, const std::vector<std::string>& taken) {
  StringMap row = settings.call(name, keys);
  if (!row.empty()) kit::checkTemplate(kit::settingAt(name, "path"), row.at("path"), taken);
  return row;
}

// What a program said of a status that is none of success, or of an answer that was only asked for.
Answer badAnswer(Outcome outcome, const ExchangeResponse& response, const MappingError& e) {
  return kit::failed(outcome, "adapter.bad_answer", e.what(), kit::retryAfterMs(response.headers));
}

// What an attempt ends with that opened the case and left files: the next one sends these alone.
constexpr char kGoesOn[] = "adapter.files_go_on";
constexpr char kFollow[] = "adapter.files_follow";
constexpr char kNotSent[] = "adapter.attachment_not_sent";
constexpr char kRefused[] = "adapter.attachment_refused";

// What is kept of such an attempt: its case, and whether no other answer will come.
const std::string kOpened = "opened ";
constexpr char kCase[] = "case";
constexpr char kDone[] = "done";

bool leftFiles(const std::string& code) {
  return code == kGoesOn || code == kFollow || code == kNotSent || code == kRefused;
}

// The case is open, whatever becomes of a file: the delivery stays with this agency, under its number.
// What will not pass by itself is a contradiction of the other side: a few more attempts, then a
// person. Of an answer whose signature is refused nobody knows that it is the agency's: its own code stays.
Answer fileFailure(Answer why, const std::string& external_id) {
  why.external_id = external_id;
  if (leftFiles(why.code)) return why;
  why.text = "an attachment was not taken into the open case: " + why.code + ", " + why.text;
  if (!kit::isOfTrust(why.code)) why.code = why.outcome == Outcome::kRetry ? kNotSent : kRefused;
  if (why.outcome != Outcome::kRetry) why.outcome = Outcome::kFault;
  return why;
}

}  // namespace

std::string bodyOf(const ExchangeResponse& response) {
  const std::string type = lower(kit::headerOf(response.headers, "Content-Type"));
  constexpr std::string_view kName = "charset=";
  const auto at = type.find(kName);
  if (at == std::string::npos) return response.body;
  std::string charset = type.substr(at + kName.size());
  charset.resize(std::min(charset.find_first_of("; \t"), charset.size()));
  std::erase(charset, '"');
  // JSON is UTF-8 (RFC 8259 8.1), whatever a server puts into the header by default.
  if (kit::isUtf8(response.body)) return response.body;
  constexpr std::string_view kOfNames = "abcdefghijklmnopqrstuvwxyz0123456789-_.:";
  if (charset.empty() || charset.find_first_not_of(kOfNames) != std::string::npos)
    return response.body;
  try {
    return kit::toUtf8(response.body, charset);
  } catch (const MappingError& e) {
    throw MappingError("adapter.bad_charset",
                       "the answer's charset " + kit::scrub(charset) + ": " + e.what());
  }
}

ExchangeRequest callOf(const std::string& endpoint, const StringMap& row, const StringMap& values) {
  ExchangeRequest request;
  request.endpoint = endpoint;
  const auto method = row.find("method");
  request.method = method == row.end() ? "GET" : method->second;
  request.path = kit::fillTemplate(row.at("path"), values);
  return request;
}

Answer statusAnswer(Outcome outcome, const ExchangeResponse& response) {
  Answer answer;
  answer.outcome = outcome;
  if (outcome != Outcome::kDone && outcome != Outcome::kPending) {
    answer.code = "adapter.http_status";
    answer.text = "HTTP status " + std::to_string(response.status);
    answer.retry_after_ms = kit::retryAfterMs(response.headers);
  }
  return answer;
}

void RestAdapter::readOperations(const kit::Settings& settings) {
  const auto rows = settings.rows("operations");
  const StringMap headers = settings.strings("headers");
  for (const auto& [header, value] : headers) {
    kit::checkHeader("headers", header, value);
    if (lower(header) == "content-type") {
      kit::refuseSetting(kit::settingAt("headers", header), "content_type sets it");
    }
    kit::checkTemplate(kit::settingAt("headers", header), value, kOfMessage);
  }
  for (const auto& [type, row] : rows) {
    if (!kRequests.contains(type)) {
      kit::refuseSetting(kit::settingAt("operations", kit::scrub(type)),
                         "there is no such message; known are appeal/1, supplement/1, "
                         "withdrawal/1, status/1");
    }
  }
  for (const auto& [type, name] : kRequests) {
    const auto row = rows.find(type);
    if (row == rows.end()) {
      if (settings.text(name).empty()) continue;
      kit::refuseSetting(name, "operations has no row " + type);
    }
    const std::string where = kit::settingAt("operations", type);
    kit::checkKeys(where, row->second, {"method", "path"});
    Operation operation;
    const auto method = row->second.find("method");
    operation.method = method == row->second.end() ? "POST" : method->second;
    kit::checkMethod(kit::settingAt(where, "method"), operation.method);
    const auto path = row->second.find("path");
    if (path == row->second.end() || path->second.empty()) {
      kit::refuseSetting(where, "it has no path");
    }
    operation.path = path->second;
    if (type == "appeal/1" && operation.path.find("{external_id}") != std::string::npos) {
      kit::refuseSetting(kit::settingAt(where, "path"), "no case is open when appeal/1 goes");
    }
    kit::checkTemplate(kit::settingAt(where, "path"), operation.path, kOfMessage);
    for (const auto& [header, value] : headers) operation.headers.push_back({header, value});
    operation.program = kit::programOf(settings, name);
    if (operation.program.empty()) kit::refuseSetting(name, type + " needs it");
    operations_[type] = std::move(operation);
  }
}

void RestAdapter::readCalls(const kit::Settings& settings) {
  find_ = callFrom(settings, "find", {"method", "path", "none"}, kBeforeACase);
  if (const auto none = find_.find("none"); none != find_.end()) {
    kit::checkStatusPattern("find.none", none->second);
  }
  up_ = callFrom(settings, "attachments_up", {"method", "path"}, kOfAttachment);
  down_ = callFrom(settings, "attachments_down", {"method", "path"}, {"sha256", "id"});
  probe_ = callFrom(settings, "probe", {"method", "path"}, {});
  pages_max_ = 0;
  const StringMap row = settings.strings("collect");
  const auto paging = row.find("paging");
  const bool walks = paging != row.end();
  if (walks && paging->second != "page") {
    kit::refuseSetting("collect.paging", "it is page, or left out where the agency gives a cursor");
  }
  collect_ =
      walks
          ? callFrom(settings, "collect",
                     {"method", "path", "items", "more", "paging", "pages_max", "newest_first"},
                     {"page", "limit"})
          : callFrom(settings, "collect", {"method", "path", "first_path", "items", "next", "more"},
                     {"cursor", "limit"});
  if (!page_.empty()) {
    if (collect_.empty()) kit::refuseSetting("page", "collect must be given: it reads its answers");
    for (const char* name : {"items", "next", "more"}) {
      if (collect_.contains(name)) {
        kit::refuseSetting(kit::settingAt("collect", name), "the program `page` gives it");
      }
      collect_[name] = name;
    }
  }
  if (walks) return readWalk();
  if (collect_.empty()) return;
  for (const char* name : {"items", "next", "more"}) {
    if (const auto it = collect_.find(name);
        it != collect_.end() && it->second.find('.') != it->second.npos) {
      kit::refuseSetting(kit::settingAt("collect", name),
                         "it is the name of a field of the answer itself; what lies deeper a "
                         "program `page` takes out");
    }
  }
  if (collect_["first_path"].empty()) collect_.erase("first_path");
  const auto first = collect_.find("first_path");
  if (first != collect_.end()) {
    kit::checkTemplate("collect.first_path", first->second, {"limit"});
  } else if (collect_.at("path").find("{cursor}") != std::string::npos) {
    kit::refuseSetting("collect.path",
                       "it takes {cursor}, which the first call has not: first_path must be given");
  }
}

void RestAdapter::readWalk() {
  if (collect_.at("path").find("{page}") == std::string::npos) {
    kit::refuseSetting("collect.path", "it must take {page}");
  }
  const auto newest_first = collect_.try_emplace("newest_first", "false").first->second;
  if (newest_first != "true" && newest_first != "false") {
    kit::refuseSetting("collect.newest_first", "true or false is expected");
  }
  const std::string& pages = collect_.try_emplace("pages_max", "20").first->second;
  const bool number = !pages.empty() && pages.size() < 5 &&
                      pages.find_first_not_of("0123456789") == std::string::npos;
  pages_max_ = number ? std::stoi(pages) : 0;
  if (pages_max_ < 1 || pages_max_ > 1000) {
    kit::refuseSetting("collect.pages_max", "it is a number from 1 to 1000");
  }
}

Answer RestAdapter::configure(kit::Host&, const Configuration& configuration) {
  try {
    const kit::Settings settings(configuration, about());
    endpoint_ = settings.text("endpoint");
    item_id_member_ = settings.text("item_id");
    knows_repeats_ = settings.flag("knows_repeats");
    content_type_ = settings.text("content_type");
    if (content_type_.empty() || content_type_.find_first_of("\r\n") != std::string::npos ||
        content_type_.find('/') == std::string::npos) {
      kit::refuseSetting("content_type", "a media type is expected");
    }
    readOperations(settings);
    response_ = kit::programOf(settings, "response");
    item_ = kit::programOf(settings, "item");
    reply_ = kit::programOf(settings, "reply");
    found_ = kit::programOf(settings, "found");
    probed_ = kit::programOf(settings, "probed");
    page_ = kit::programOf(settings, "page");
    statuses_ = settings.outcomes("statuses");
    for (const auto& [pattern, outcome] : statuses_) {
      kit::checkStatusPattern(kit::settingAt("statuses", pattern), pattern);
    }
    readCalls(settings);
    attachment_rounds_max_ =
        static_cast<int>(settings.number("attachment_rounds_max", 1, 1'000'000));
    if (find_.empty() != found_.empty()) {
      kit::refuseSetting(find_.empty() ? "found" : "find", "find and found: each needs the other");
    }
    if (probe_.empty() && !probed_.empty()) kit::refuseSetting("probe", "probed judges its answer");
    if (!collect_.empty() && item_.empty()) {
      kit::refuseSetting("item", "it must be given: collecting needs it");
    }
    Answer answer = kit::done();
    answer.text = kit::refusesUnlisted("statuses", statuses_, {"400", "418", "451"});
    return answer;
  } catch (const MappingError& e) {
    return kit::misconfigured(e);
  }
}

Answer RestAdapter::probe(kit::Host& host) {
  if (probe_.empty()) return kit::done();
  const ExchangeResponse response = host.exchange(callOf(endpoint_, probe_, {}));
  if (!response.ok) return kit::fromExchangeFailure(response);
  const Outcome outcome = kit::outcomeOfStatus(response.status);
  if (probed_.empty()) return statusAnswer(outcome, response);
  try {
    return judge(probed_, response, "probe");
  } catch (const MappingError& e) {
    return badAnswer(outcome == Outcome::kDone ? Outcome::kFault : outcome, response, e);
  }
}

// The program speaks first; what it leaves open comes from the status table, then from HTTP.
Answer RestAdapter::judge(const kit::JqMapping& program, const ExchangeResponse& response,
                          const std::string& type) const {
  const std::string from_table = kit::matchTable(statuses_, std::to_string(response.status));
  const Outcome by_status =
      from_table.empty() ? kit::outcomeOfStatus(response.status) : kit::outcomeOf(from_table);
  Answer answer = statusAnswer(by_status, response);
  if (program.empty()) return answer;
  json input{{"status", response.status},
             {"type", type},
             {"headers", headersOf(response)},
             {"body", nullptr}};
  if (!response.body.empty()) {
    // Proxies answer errors in HTML; the status alone speaks then.
    try {
      input["body"] = kit::parseJson(bodyOf(response));
    } catch (const MappingError&) {
      if (response.status >= 400) return answer;
      throw;
    }
  }
  const json said = kit::parseJson(program.apply(input.dump()));
  const std::string outcome = kit::textMember(said, "outcome");
  if (!outcome.empty()) answer.outcome = kit::outcomeOf(outcome);
  // What was not taken has no case: the number of a failure would be taken for one.
  if (answer.outcome == Outcome::kDone || answer.outcome == Outcome::kPending ||
      answer.outcome == Outcome::kRejected) {
    answer.external_id = kit::textMember(said, "external_id");
  }
  const std::string code = kit::textMember(said, "code");
  if (!code.empty()) answer.code = code;
  const std::string text = kit::textMember(said, "text");
  if (!text.empty()) answer.text = kit::scrub(text);
  if (answer.outcome == Outcome::kDone || answer.outcome == Outcome::kPending) {
    answer.code.clear();
    answer.text.clear();
    answer.retry_after_ms = 0;
  }
  return answer;
}

Answer RestAdapter::sendAttachments(kit::Host& host, kit::TimeBudget& time, const Message& message,
                                    const Answer& delivered, StringMap values) {
  values["external_id"] =
      delivered.external_id.empty() ? message.external_id : delivered.external_id;
  const std::string work = "sent " + message.message_id + " " + values["external_id"];
  kit::Steps::Done sent = steps_.take(work);
  std::optional<Answer> refused;
  // The next attempt goes on with the files of this case.
  const auto leave = [&](Answer answer) {
    steps_.keep(work, std::move(sent));
    steps_.keep(
        kOpened + message.message_id,
        {{kCase, values["external_id"]}, {kDone, delivered.outcome == Outcome::kDone ? "1" : ""}});
    return answer;
  };
  try {
    const json document = kit::parseJson(message.body);
    for (const auto& [name, payload] : document.items()) {
      if (name == "envelope" || !payload.is_object()) continue;
      for (const auto& attachment : payload.value("attachments", json::array())) {
        values["sha256"] = kit::textMember(attachment, "sha256");
        values["id"] = kit::textMember(attachment, "id");
        const std::string step = values["sha256"] + " " + values["id"];
        if (sent.contains(step)) continue;
        Answer answer;
        if (time.mayGoOn(kit::TimeBudget::kForFiles)) {
          ExchangeRequest request = callOf(endpoint_, up_, values);
          request.body_attachment = values["sha256"];
          request.headers = {{"Content-Type", kit::textMember(attachment, "mime")}};
          const ExchangeResponse response = host.exchange(request);
          answer = response.ok ? statusAnswer(kit::outcomeOfStatus(response.status), response)
                               : kit::fromExchangeFailure(response);
        } else {
          answer = kit::filesFollow(sent.size());
        }
        if (answer.outcome == Outcome::kDone) {
          sent[step] = "sent";
          continue;
        }
        answer = fileFailure(std::move(answer), delivered.external_id);
        // Nothing more goes to whoever cannot prove to be the agency, and what it answered is kept as evidence: it must be
        // the last that came.
        if (answer.outcome == Outcome::kRetry || kit::isOfTrust(answer.code)) {
          return leave(std::move(answer));
        }
        // The others go: a person then has this one file to hand over.
        if (!refused) refused = std::move(answer);
      }
    }
  } catch (const MappingError& e) {
    return leave(
        fileFailure(kit::failed(Outcome::kFault, e.code(), e.what()), delivered.external_id));
  }
  return refused ? leave(std::move(*refused)) : delivered;
}

Answer RestAdapter::call(kit::Host& host, const Message& message, const Operation& operation,
                         const StringMap& values) const {
  ExchangeRequest request;
  try {
    request.endpoint = endpoint_;
    request.method = operation.method;
    request.path = kit::fillTemplate(operation.path, values);
    request.headers = {{"Content-Type", content_type_}, {"Accept", "application/json"}};
    for (const Header& h : operation.headers) {
      request.headers.push_back({h.name, kit::fillHeader(h.value, values)});
    }
    request.body = operation.program.apply(message.body);
    if (lower(content_type_).find("json") == std::string::npos) {
      const json text = kit::parseJson(request.body);
      if (!text.is_string()) {
        throw MappingError("adapter.bad_mapping",
                           "with content_type " + content_type_ + " the program gives a text");
      }
      request.body = text.get<std::string>();
    }
  } catch (const MappingError& e) {
    return kit::undeliverable(e);
  }
  const ExchangeResponse response = host.exchange(request);
  if (!response.ok) return kit::fromExchangeFailure(response);
  try {
    return judge(response_, response, message.type);
  } catch (const MappingError& e) {
    const Outcome outcome = kit::outcomeOfStatus(response.status);
    if (outcome != Outcome::kDone) return badAnswer(outcome, response, e);
    const bool asked_first = !find_.empty() && message.type == "appeal/1";
    return kit::takenOrNot(response, knows_repeats_ || asked_first, e.what());
  }
}

std::optional<Answer> RestAdapter::openedBefore(kit::Host& host, const Message& message,
                                                const StringMap& values) {
  if (message.type != "appeal/1") return std::nullopt;
  Answer opened;
  opened.outcome = Outcome::kPending;
  // An earlier attempt opened it: only files are missing, and another call might open a second one. A known
  // number alone does not say so: a person may have it sent again to an agency that lost the case.
  if (!message.external_id.empty()) {
    kit::Steps::Done kept = steps_.take(kOpened + message.message_id);
    // A refused signature may have been that of the answer to the message itself.
    const bool of_a_file = !kept.empty() && kit::isOfTrust(message.last_code);
    if (leftFiles(message.last_code) || of_a_file) {
      opened.external_id = kept.empty() ? message.external_id : kept[kCase];
      if (kept[kDone] == "1") opened.outcome = Outcome::kDone;
      return opened;
    }
  }
  if (find_.empty() || message.attempt < 2) return std::nullopt;
  const ExchangeResponse response = host.exchange(callOf(endpoint_, find_, values));
  if (!response.ok) return kit::fromExchangeFailure(response);
  const std::string status = std::to_string(response.status);
  const auto none = find_.find("none");
  if (none != find_.end() && !kit::matchTable({{none->second, "none"}}, status).empty()) {
    return std::nullopt;
  }
  const Outcome outcome = kit::outcomeOfStatus(response.status);
  if (outcome != Outcome::kDone) return statusAnswer(outcome, response);
  try {
    const json input{
        {"status", response.status},        {"type", message.type},
        {"message_id", message.message_id}, {"reg_number", message.reg_number},
        {"headers", headersOf(response)},   {"body", kit::parseJson(bodyOf(response))}};
    const json said = kit::parseJson(found_.apply(input.dump()));
    opened.external_id = kit::textMember(said, "external_id");
    const bool none_said = kit::textMember(said, "none") == "true";
    // An answer of another kind (an error with status 200) has no case in it either: that is no word on there being none.
    if (opened.external_id.empty() != none_said) {
      throw MappingError("adapter.bad_answer",
                         "the program `found` must say either external_id or none: true");
    }
  } catch (const MappingError& e) {
    return badAnswer(Outcome::kFault, response, e);
  }
  if (opened.external_id.empty()) return std::nullopt;
  opened.code = "adapter.case_found";
  opened.text = "the agency has the case: the appeal was not sent again";
  return opened;
}

Answer RestAdapter::deliver(kit::Host& host, const Message& message) {
  const auto operation = operations_.find(message.type);
  if (operation == operations_.end()) {
    return kit::failed(Outcome::kUnsupported, "adapter.unsupported_type",
                       "no operation is configured for this message type");
  }
  kit::TimeBudget time(host);
  const StringMap values = valuesOf(message);
  auto before = openedBefore(host, message, values);
  Answer answer = before ? std::move(*before) : call(host, message, operation->second, values);
  const bool taken = answer.outcome == Outcome::kDone || answer.outcome == Outcome::kPending;
  if (!taken || up_.empty()) return answer;
  return sendAttachments(host, time, message, std::move(answer), values);
}

namespace {

// Of a change whose program gave none.
std::string idOf(const std::string& id, const std::string& change) {
  return id.empty() ? "sha256:" + kit::sha256Hex(change) : id;
}

}  // namespace

Inbound RestAdapter::mapItem(const std::string& change) const {
  std::string id;
  try {
    const json source = kit::parseJson(kit::largeIntegersAsText(change));
    id = kit::textMember(source, item_id_member_.c_str());
    const json mapped = kit::parseJson(item_.apply(change));
    Inbound item;
    item.item_id = kit::textMember(mapped, "item_id");
    item.type = kit::textMember(mapped, "type");
    item.form = "json";
    item.correlation_id = kit::textMember(mapped, "correlation_id");
    item.in_reply_to = kit::textMember(mapped, "in_reply_to");
    item.external_id = kit::textMember(mapped, "external_id");
    item.reg_number = kit::textMember(mapped, "reg_number");
    item.problem_code = kit::textMember(mapped, "problem_code");
    if (!item.problem_code.empty()) {
      if (item.item_id.empty()) item.item_id = idOf(id, change);
      item.problem_text = kit::scrub(kit::textMember(mapped, "problem_text"));
      item.raw = kit::problemItem({}, {}, {}, change).raw;
      return item;
    }
    const auto payload = mapped.find("payload");
    if (item.item_id.empty() || payload == mapped.end() || !payload->is_object()) {
      throw MappingError("adapter.bad_mapping", "the item program gave no item_id or no payload");
    }
    item.body = payload->dump();
    item.raw = change;
    return item;
  } catch (const MappingError& e) {
    return kit::problemItem(idOf(id, change), e.code(), e.what(), change);
  }
}

// A change reads the same whether it was collected, pushed, or kept and given back.
Answer RestAdapter::translateAgain(kit::Host& host, const NativeRequest& request) {
  Files files(host);
  try {
    Inbound item = mapItem(kit::wholeRaw(request));
    const Fetched fetched = fetchAttachments(host, files, item);
    if (fetched == Fetched::kLater || fetched == Fetched::kCut) {
      return kit::failed(Outcome::kRetry, "adapter.attachment_missing",
                         "an attachment cannot be fetched yet");
    }
    if (item.problem_code.empty()) item.raw.clear();
    Answer answer = kit::done();
    answer.items.push_back(std::move(item));
    return answer;
  } catch (const MappingError& e) {
    return kit::failed(Outcome::kRejected, e.code(), e.what());
  }
}

Answer RestAdapter::receive(kit::Host& host, const NativeRequest& request) {
  if (item_.empty()) {
    return kit::failed(Outcome::kUnsupported, "adapter.no_verb", "receiving is not configured");
  }
  if (request.method == kTranslate) return translateAgain(host, request);
  Answer answer = kit::done();
  answer.native_type = "application/json";
  answer.native_status = 200;
  Files files(host);
  Inbound item = mapItem(request.body);
  const Fetched fetched = fetchAttachments(host, files, item);
  if (fetched == Fetched::kLater || fetched == Fetched::kCut) {
    answer = kit::failed(Outcome::kRetry, "adapter.attachment_missing",
                         "an attachment cannot be fetched yet");
    answer.native_type = "application/json";
    answer.native_status = 503;
    answer.native_body = R"({"received":false,"error":"adapter.attachment_missing"})";
    return answer;
  }
  if (!item.problem_code.empty()) {
    answer.outcome = Outcome::kRejected;
    answer.code = item.problem_code;
    answer.text = item.problem_text;
    answer.native_status = 422;
    answer.native_body = json{{"received", false}, {"error", item.problem_code}}.dump();
  } else {
    item.raw.clear();
    answer.native_body = reply_.empty() ? R"({"received":true})" : reply_.apply(request.body);
  }
  answer.items.push_back(std::move(item));
  return answer;
}

}  // namespace otinish
