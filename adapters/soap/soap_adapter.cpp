#include "adapters/soap/soap_adapter.h"

#include <nlohmann/json.hpp>
#include <set>

#include "adapters/kit/error.h"
#include "adapters/kit/json.h"
#include "adapters/kit/outcome.h"

namespace otinish {
namespace {

using kit::MappingError;
using kit::StringMap;

constexpr std::size_t kOpenMax = 10'000;  // unacknowledged items remembered in the cursor

// Items that a collect returned and the agency has not been told about. Kept in the cursor, which
// the hub commits together with the items, so that a restart forgets nothing.
std::set<std::string> readOpen(const std::string& cursor) {
  std::set<std::string> open;
  if (cursor.empty()) return open;
  const auto json = kit::parseJson(cursor);
  for (const auto& id : json.value("open", nlohmann::json::array()))
    open.insert(id.get<std::string>());
  return open;
}

std::string writeCursor(const std::set<std::string>& open, const std::string& agency_cursor) {
  nlohmann::json json;
  json["open"] = open;
  if (!agency_cursor.empty()) json["cursor"] = agency_cursor;
  return json.dump();
}

std::string agencyCursor(const std::string& cursor) {
  return cursor.empty() ? std::string() : kit::textMember(kit::parseJson(cursor), "cursor");
}

const char kFaultEnvelope[] =
    "<soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\"><soapenv:Body>"
    "<soapenv:Fault><faultcode>soapenv:Client</faultcode><faultstring>";
const char kFaultEnd[] = "</faultstring></soapenv:Fault></soapenv:Body></soapenv:Envelope>";

// The reply to a push that could not be read: a plain SOAP 1.1 fault naming the code only.
Answer refusePush(const MappingError& error, const NativeRequest& request) {
  Answer answer = kit::failed(Outcome::kRejected, error.code(), error.what());
  answer.native_status = 500;
  answer.native_type = "text/xml; charset=utf-8";
  answer.native_body = std::string(kFaultEnvelope) + error.code() + kFaultEnd;
  answer.items.push_back(kit::problemItem("sha256:" + kit::sha256Hex(request.body), error.code(),
                                          error.what(), request.body));
  return answer;
}

kit::XmlDocument emptyInput() {
  return kit::XmlDocument::parse("<nothing xmlns=\"urn:otinish:adapter:1\"/>");
}

}  // namespace

About SoapAdapter::about() {
  About a;
  a.name = "soap";
  a.version = "1.0.0";
  a.form = "xml";
  a.delivers = {"appeal/1", "supplement/1", "withdrawal/1"};
  a.verbs = {"deliver", "collect", "receive"};
  a.thread_safe = true;
  a.settings = {
      {"endpoint", "string", false, "main", "Name of the endpoint to call.", {}, false},
      {"path", "string", false, "", "Path below the endpoint's base URL.", {}, false},
      {"soap_action", "string", false, "", "Value of the SOAPAction header.", {}, false},
      {"request", "file", true, "", "Stylesheet: canonical appeal to SOAP envelope.", {}, false},
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
      {"response",
       "file",
       true,
       "",
       "Stylesheet: the answer to a delivery, as <answer>.",
       {},
       false},
      {"collect_request",
       "file",
       false,
       "",
       "Stylesheet that writes the call for new messages.",
       {},
       false},
      {"collect_response",
       "file",
       false,
       "",
       "Stylesheet: messages as <answer> with items.",
       {},
       false},
      {"acknowledge",
       "file",
       false,
       "",
       "Stylesheet that tells the agency an item is settled.",
       {},
       false},
      {"receive",
       "file",
       false,
       "",
       "Stylesheet: a push as <answer> with items and <reply>.",
       {},
       false},
      {"faults",
       "table",
       false,
       R"({"*":"REJECTED"})",
       "Fault code pattern to outcome; the longest match wins.",
       {},
       false},
      {"tables", "table", false, "{}", "Code tables for the stylesheets' a:look-up().", {}, false},
      {"sender_id", "string", false, "", "Our id at the agency, parameter sender_id.", {}, false},
      {"password", "string", false, "", "Our password there, parameter password.", {}, true},
      {"service_id", "string", false, "", "Service id, parameter service_id.", {}, false},
      {"route_id", "string", false, "", "Route id, parameter route_id.", {}, false},
  };
  return a;
}

Answer SoapAdapter::configure(kit::Host&, const Configuration& configuration) {
  try {
    const kit::Settings settings(configuration, about());
    endpoint_ = settings.text("endpoint");
    path_ = settings.text("path");
    soap_action_ = settings.text("soap_action");
    scalars_ = settings.scalars();
    faults_ = settings.strings("faults");
    for (const auto& [pattern, outcome] : faults_) kit::outcomeOf(outcome);
    for (const auto& [type, name] : StringMap{{"appeal/1", "request"},
                                              {"supplement/1", "request_supplement"},
                                              {"withdrawal/1", "request_withdrawal"}}) {
      auto sheet = kit::stylesheetOf(settings, name);
      if (!sheet.empty()) requests_[type] = std::move(sheet);
    }
    response_ = kit::stylesheetOf(settings, "response");
    collect_request_ = kit::stylesheetOf(settings, "collect_request");
    collect_response_ = kit::stylesheetOf(settings, "collect_response");
    acknowledge_ = kit::stylesheetOf(settings, "acknowledge");
    receive_ = kit::stylesheetOf(settings, "receive");
    if (collect_request_.empty() != collect_response_.empty()) {
      throw MappingError("adapter.bad_setting", "collect_request and collect_response go together");
    }
    return kit::done();
  } catch (const MappingError& e) {
    return kit::misconfigured(e);
  }
}

kit::StringMap SoapAdapter::parameters() const {
  StringMap out = scalars_;
  out["now"] = kit::nowRfc3339();
  return out;
}

ExchangeResponse SoapAdapter::post(kit::Host& host, std::string envelope) const {
  ExchangeRequest request;
  request.endpoint = endpoint_;
  request.method = "POST";
  request.path = path_;
  request.headers = {{"Content-Type", "text/xml; charset=utf-8"},
                     {"SOAPAction", "\"" + soap_action_ + "\""}};
  request.body = std::move(envelope);
  return host.exchange(request);
}

Answer SoapAdapter::probe(kit::Host& host) {
  // SOAP has no harmless call of its own: any HTTP answer proves that the way is open.
  ExchangeRequest request;
  request.endpoint = endpoint_;
  request.method = "GET";
  request.path = path_;
  const ExchangeResponse response = host.exchange(request);
  if (response.ok || response.status != 0) return kit::done();
  return kit::fromExchangeFailure(response);
}

kit::NeutralAnswer SoapAdapter::translate(const kit::XsltMapping& sheet, const std::string& body,
                                          const StringMap& parameters) const {
  const auto input = kit::XmlDocument::parse(body);
  return kit::readAnswer(sheet.applyToTree(input, parameters));
}

Answer SoapAdapter::judgeFault(const kit::NeutralAnswer& neutral) const {
  const std::string outcome = kit::matchTable(faults_, neutral.fault_code);
  return kit::failed(outcome.empty() ? Outcome::kRejected : kit::outcomeOf(outcome),
                     "adapter.soap_fault",
                     kit::scrub(neutral.fault_code + ": " + neutral.fault_text));
}

Answer SoapAdapter::readDelivery(const ExchangeResponse& response,
                                 const StringMap& parameters) const {
  const bool http_ok = response.status < 300 || response.status == 500;
  if (!http_ok || response.body.empty()) {
    return kit::failed(kit::outcomeOfStatus(response.status == 200 ? 502 : response.status),
                       "adapter.http_status", "HTTP status " + std::to_string(response.status),
                       kit::retryAfterMs(response.headers));
  }
  const kit::NeutralAnswer neutral = translate(response_, response.body, parameters);
  if (neutral.has_fault) return judgeFault(neutral);
  if (!neutral.has_outcome) {
    throw MappingError("adapter.bad_answer", "the answer says nothing we know");
  }
  return neutral.answer;
}

Answer SoapAdapter::deliver(kit::Host& host, const Message& message) {
  const auto sheet = requests_.find(message.type);
  if (sheet == requests_.end()) {
    return kit::failed(Outcome::kUnsupported, "adapter.unsupported_type",
                       "no stylesheet is configured for this message type");
  }
  StringMap with = parameters();
  with["message_id"] = message.message_id;
  with["correlation_id"] = message.correlation_id;
  with["type"] = message.type;
  with["external_id"] = message.external_id;
  with["reg_number"] = message.reg_number;
  std::string envelope;
  try {
    envelope = sheet->second.apply(kit::XmlDocument::parse(message.body), with);
  } catch (const MappingError& e) {
    return kit::failed(Outcome::kRejected, e.code(), e.what());
  }
  const ExchangeResponse response = post(host, std::move(envelope));
  if (!response.ok) return kit::fromExchangeFailure(response);
  try {
    return readDelivery(response, with);
  } catch (const MappingError& e) {
    // They may have acted; the same message_id again tells.
    return kit::failed(Outcome::kRetry, "adapter.bad_answer", e.what());
  }
}

bool SoapAdapter::acknowledge(kit::Host& host, const Settled& settled) const {
  StringMap with = parameters();
  with["item_id"] = settled.item_id;
  with["accepted"] = settled.accepted ? "true" : "false";
  with["code"] = settled.code;
  with["text"] = settled.text;
  with["reference"] = settled.reference;
  const ExchangeResponse response = post(host, acknowledge_.apply(emptyInput(), with));
  const bool told = response.ok && response.status < 300;
  if (!told) host.log(kit::LogLevel::kWarning, "soap.acknowledge_failed", response.code);
  return told;
}

Answer SoapAdapter::collect(kit::Host& host, const CollectRequest& request) {
  if (collect_request_.empty()) {
    return kit::failed(Outcome::kUnsupported, "adapter.no_verb", "collecting is not configured");
  }
  std::set<std::string> open = readOpen(request.cursor);
  for (const Settled& settled : request.settled) {
    // Items that were pushed had their reply; only collected ones are acknowledged here.
    if (!open.contains(settled.item_id)) continue;
    if (acknowledge_.empty() || acknowledge(host, settled)) open.erase(settled.item_id);
  }
  StringMap with = parameters();
  with["limit"] = std::to_string(request.limit);
  with["cursor"] = agencyCursor(request.cursor);
  const ExchangeResponse response = post(host, collect_request_.apply(emptyInput(), with));
  if (!response.ok) return kit::fromExchangeFailure(response);
  if (response.body.empty() || (response.status >= 300 && response.status != 500)) {
    return kit::failed(kit::outcomeOfStatus(response.status == 200 ? 502 : response.status),
                       "adapter.http_status", "HTTP status " + std::to_string(response.status),
                       kit::retryAfterMs(response.headers));
  }
  kit::NeutralAnswer neutral;
  try {
    neutral = translate(collect_response_, response.body, with);
  } catch (const MappingError& e) {
    return kit::failed(Outcome::kFault, "adapter.bad_answer", e.what());
  }
  if (neutral.has_fault) return judgeFault(neutral);
  Answer answer = std::move(neutral.answer);
  answer.outcome = Outcome::kDone;
  bool fresh = false;
  for (const Inbound& item : answer.items)
    fresh = (open.size() < kOpenMax && open.insert(item.item_id).second) || fresh;
  // A full page means more; a page of old acquaintances means the agency waits for us.
  answer.more = fresh && (answer.more || static_cast<int>(answer.items.size()) >= request.limit);
  answer.cursor = writeCursor(open, answer.cursor);
  return answer;
}

Answer SoapAdapter::receive(kit::Host&, const NativeRequest& request) {
  if (receive_.empty()) {
    return kit::failed(Outcome::kUnsupported, "adapter.no_verb", "receiving is not configured");
  }
  try {
    kit::NeutralAnswer neutral = translate(receive_, request.body, parameters());
    Answer answer = std::move(neutral.answer);
    answer.outcome = Outcome::kDone;
    answer.native_type = "text/xml; charset=utf-8";
    if (answer.native_body.empty()) {
      throw MappingError("adapter.bad_mapping", "the receive stylesheet wrote no <reply>");
    }
    return answer;
  } catch (const MappingError& e) {
    return refusePush(e, request);
  }
}

}  // namespace otinish
