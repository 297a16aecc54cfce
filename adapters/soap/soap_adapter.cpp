#include "adapters/soap/soap_adapter.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "adapters/kit/checks.h"
#include "adapters/kit/error.h"
#include "adapters/kit/given.h"
#include "adapters/kit/json.h"
#include "adapters/kit/outcome.h"
#include "adapters/kit/time_budget.h"

namespace otinish {
namespace {

using kit::MappingError;
using kit::StringMap;

// Items remembered in the cursor. Ids are the agency's choice, and an answer may hold no more than 8 MiB.
constexpr std::size_t kOpenMax = 10'000;
constexpr std::size_t kOpenBytesMax = 2 * 1024 * 1024;

// Kept by the hub together with the items of the collect that wrote it, so that a restart forgets
// nothing.
struct Cursor {
  std::set<std::string> open;           // items the hub has not settled yet
  std::set<std::string> untold;         // acknowledged, with no answer or a refusal
  kit::GivenItems given;                // of a page that is asked for again: what the hub has of it
  std::map<std::string, int> failures;  // items whose files could not be fetched yet
  std::map<std::string, int> in_vain;   // their places in the line, that each has its turn
  std::string agency;
};

Cursor partsOf(const nlohmann::json& json) {
  Cursor cursor;
  cursor.open = json.value("open", cursor.open);
  cursor.untold = json.value("untold", cursor.untold);
  cursor.given = kit::GivenItems::read(json.value("given", nlohmann::json::object()));
  const auto failures = json.value("failures", nlohmann::json::object());
  for (const auto& [id, count] : failures.items()) cursor.failures[id] = count.get<int>();
  cursor.in_vain = json.value("in_vain", cursor.in_vain);
  cursor.agency = kit::textMember(json, "cursor");
  return cursor;
}

// nullopt: it is not one of this adapter.
std::optional<Cursor> readCursor(const std::string& text) {
  if (text.empty()) return Cursor{};
  try {
    const auto json = kit::parseJson(text);
    if (json.is_object()) return partsOf(json);
  } catch (const kit::MappingError&) {          // no JSON
  } catch (const nlohmann::json::exception&) {  // a member of another kind
  }
  return std::nullopt;
}

std::string writeCursor(const Cursor& cursor) {
  nlohmann::json json;
  json["open"] = cursor.open;
  if (!cursor.untold.empty()) json["untold"] = cursor.untold;
  if (!cursor.given.empty()) json["given"] = cursor.given.write();
  if (!cursor.failures.empty()) json["failures"] = cursor.failures;
  if (!cursor.in_vain.empty()) json["in_vain"] = cursor.in_vain;
  if (!cursor.agency.empty()) json["cursor"] = cursor.agency;
  return json.dump();
}

std::set<std::string> idsOf(const std::vector<Inbound>& items) {
  std::set<std::string> ids;
  for (const Inbound& item : items) ids.insert(item.item_id);
  return ids;
}

std::size_t bytesOf(const std::set<std::string>& ids) {
  std::size_t bytes = 0;
  for (const std::string& id : ids) bytes += id.size();
  return bytes;
}

const char kFaultEnvelope[] =
    "<soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\"><soapenv:Body>"
    "<soapenv:Fault><faultcode>soapenv:Client</faultcode><faultstring>";
const char kFaultEnd[] = "</faultstring></soapenv:Fault></soapenv:Body></soapenv:Envelope>";

Answer soapFault(Outcome outcome, const std::string& code, const std::string& text, int status) {
  Answer answer = kit::failed(outcome, code, text);
  answer.native_status = status;
  answer.native_type = "text/xml; charset=utf-8";
  answer.native_body = std::string(kFaultEnvelope) + code + kFaultEnd;
  return answer;
}

// The reply to a push that could not be read: a plain SOAP 1.1 fault naming the code only.
Answer refusePush(const MappingError& error, const NativeRequest& request) {
  Answer answer = soapFault(Outcome::kRejected, error.code(), error.what(), 500);
  answer.items.push_back(kit::problemItem("sha256:" + kit::sha256Hex(request.body), error.code(),
                                          error.what(), request.body));
  return answer;
}

}  // namespace

kit::XmlDocument emptyInput() {
  return kit::XmlDocument::parse("<nothing xmlns=\"urn:otinish:adapter:1\"/>");
}

Answer SoapAdapter::configure(kit::Host&, const Configuration& configuration) {
  try {
    const kit::Settings settings(configuration, about());
    endpoint_ = settings.text("endpoint");
    path_ = settings.text("path");
    soap_action_ = settings.text("soap_action");
    knows_repeats_ = settings.flag("knows_repeats");
    scalars_ = settings.scalars();
    faults_ = settings.outcomes("faults");
    // SOAP 1.1's own code for trouble of the service, which a fault without a detail has: no word on the message.
    for (const char* pattern : {"Server", "Server.*", "*:Server", "*:Server.*"}) {
      faults_.try_emplace(pattern, "RETRY");
    }
    for (const auto& [type, name] : StringMap{{"appeal/1", "request"},
                                              {"supplement/1", "request_supplement"},
                                              {"withdrawal/1", "request_withdrawal"},
                                              {"status/1", "request_status"}}) {
      auto sheet = kit::stylesheetOf(settings, name);
      if (!sheet.empty()) requests_[type] = std::move(sheet);
    }
    response_ = kit::stylesheetOf(settings, "response");
    collect_request_ = kit::stylesheetOf(settings, "collect_request");
    collect_response_ = kit::stylesheetOf(settings, "collect_response");
    acknowledge_ = kit::stylesheetOf(settings, "acknowledge");
    receive_ = kit::stylesheetOf(settings, "receive");
    if (collect_request_.empty() != collect_response_.empty()) {
      kit::refuseSetting(collect_request_.empty() ? "collect_response" : "collect_request",
                         "collect_request and collect_response go together");
    }
    configureFiles(settings);
    Answer answer = kit::done();
    answer.text = kit::refusesUnlisted("faults", faults_, {"a:Unlisted.Code", "b:ANY"});
    if (answer.text.empty()) answer.text = kit::refusesUnlisted("faults", faults_, {"x", "0"});
    return answer;
  } catch (const MappingError& e) {
    return kit::misconfigured(e);
  }
}

void SoapAdapter::configureFiles(const kit::Settings& settings) {
  attachments_ = settings.text("attachments");
  attachments_max_ = settings.number("attachments_inline_max", 1, INT64_MAX);
  attachment_rounds_max_ = static_cast<int>(settings.number("attachment_rounds_max", 1, 1'000'000));
  files_endpoint_ = settings.text("files_endpoint");
  if (files_endpoint_.empty()) files_endpoint_ = endpoint_;
  files_path_ = settings.text("files_path");
  upload_request_ = kit::stylesheetOf(settings, "upload_request");
  upload_response_ = kit::stylesheetOf(settings, "upload_response");
  download_request_ = kit::stylesheetOf(settings, "download_request");
  download_response_ = kit::stylesheetOf(settings, "download_response");
  if (upload_request_.empty() != upload_response_.empty()) {
    kit::refuseSetting(upload_request_.empty() ? "upload_response" : "upload_request",
                       "upload_request and upload_response go together");
  }
  if (download_request_.empty() != download_response_.empty()) {
    kit::refuseSetting(download_request_.empty() ? "download_response" : "download_request",
                       "download_request and download_response go together");
  }
  if ((attachments_ == "upload") == upload_request_.empty()) {
    kit::refuseSetting("attachments", "upload and upload_request go together");
  }
}

kit::StringMap SoapAdapter::parameters() const {
  StringMap out = scalars_;
  out["now"] = kit::nowRfc3339();
  return out;
}

namespace {

ExchangeResponse postTo(kit::Host& host, const std::string& endpoint, const std::string& path,
                        const std::string& action, std::string envelope) {
  ExchangeRequest request;
  request.endpoint = endpoint;
  request.method = "POST";
  request.path = path;
  request.headers = {{"Content-Type", "text/xml; charset=utf-8"},
                     {"SOAPAction", "\"" + action + "\""}};
  request.body = std::move(envelope);
  return host.exchange(request);
}

}  // namespace

ExchangeResponse SoapAdapter::post(kit::Host& host, std::string envelope) const {
  return postTo(host, endpoint_, path_, soap_action_, std::move(envelope));
}

ExchangeResponse SoapAdapter::postFile(kit::Host& host, std::string envelope) const {
  return postTo(host, files_endpoint_, files_path_, soap_action_, std::move(envelope));
}

namespace {

// SOAP answers in an envelope, a fault in one with 500: what has none is of whatever stands before the
// service, or of a service that took nothing in.
bool saysNothing(const ExchangeResponse& response) {
  const bool soap_status =
      (response.status >= 200 && response.status < 300) || response.status == 500;
  return !soap_status || response.body.empty();
}

// A 202 or 204 without a body is no "yes" of the agency: the same message again tells.
Answer saidNothing(const ExchangeResponse& response) {
  const std::string status = "HTTP status " + std::to_string(response.status);
  const bool good = response.status >= 200 && response.status < 300;
  return kit::failed(good ? Outcome::kRetry : kit::outcomeOfStatus(response.status),
                     good ? "adapter.bad_answer" : "adapter.http_status",
                     good ? status + " without a SOAP body: nobody said that it was taken" : status,
                     kit::retryAfterMs(response.headers));
}

// An answer that was not understood. A page with 500 is of whatever stands before the service.
Answer notUnderstood(const ExchangeResponse& response, const MappingError& e, Outcome outcome) {
  const bool page = e.code() == "adapter.bad_xml" || e.code() == "adapter.dtd_refused";
  if (response.status == 500 && page) {
    return kit::failed(Outcome::kRetry, "adapter.http_status",
                       std::string("HTTP status 500 without a SOAP fault: ") + e.what(),
                       kit::retryAfterMs(response.headers));
  }
  return kit::failed(outcome, "adapter.bad_answer", e.what());
}

}  // namespace

// Asking for news changes nothing, and its answer says whether the service itself is there and knows us.
// Where none is asked for, SOAP has no harmless call of its own: a GET is refused by most services, in words
// of their own, so that only what stands before the service can be told by it.
Answer SoapAdapter::probe(kit::Host& host) {
  if (!collect_request_.empty()) {
    StringMap with = parameters();
    with["limit"] = "1";
    with["cursor"] = "";
    const ExchangeResponse response = post(host, collect_request_.apply(emptyInput(), with));
    if (!response.ok) return kit::fromExchangeFailure(response);
    if (saysNothing(response)) return saidNothing(response);
    try {
      const kit::NeutralAnswer neutral = translate(collect_response_, response.body, with);
      return neutral.has_fault ? judgeFault(neutral) : kit::done();
    } catch (const MappingError& e) {
      return notUnderstood(response, e, Outcome::kFault);
    }
  }
  ExchangeRequest request;
  request.endpoint = endpoint_;
  request.method = "GET";
  request.path = path_;
  const ExchangeResponse response = host.exchange(request);
  if (!response.ok && response.status == 0) return kit::fromExchangeFailure(response);
  const std::set<int> gone = {401, 403, 404, 408, 429, 502, 503, 504};
  return gone.contains(response.status) ? saidNothing(response) : kit::done();
}

kit::NeutralAnswer SoapAdapter::translate(const kit::XsltMapping& sheet, const std::string& body,
                                          const StringMap& parameters) const {
  const auto input = kit::XmlDocument::parse(body);
  return kit::readAnswer(sheet.applyToTree(input, parameters));
}

Answer SoapAdapter::judgeFault(const kit::NeutralAnswer& neutral) const {
  const std::string outcome = kit::matchTable(faults_, neutral.fault_code);
  return kit::failed(outcome.empty() ? Outcome::kFault : kit::outcomeOf(outcome),
                     "adapter.soap_fault",
                     kit::scrub(neutral.fault_code + ": " + neutral.fault_text));
}

Answer SoapAdapter::readDelivery(const kit::XsltMapping& sheet, const ExchangeResponse& response,
                                 const StringMap& parameters) const {
  if (saysNothing(response)) return saidNothing(response);
  const kit::NeutralAnswer neutral = translate(sheet, response.body, parameters);
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
    kit::XmlDocument document = kit::XmlDocument::parse(message.body);
    Answer uploaded = uploadFiles(host, document, with);
    if (uploaded.outcome != Outcome::kDone) return uploaded;
    envelope = sheet->second.apply(document, with);
  } catch (const MappingError& e) {
    return kit::undeliverable(e);
  }
  const ExchangeResponse response = post(host, std::move(envelope));
  if (!response.ok) return kit::fromExchangeFailure(response);
  const bool good = response.status >= 200 && response.status < 300;
  // A 202 or 204 without a body is no "yes" of the agency, and no "no" either.
  if (good && response.body.empty()) {
    return kit::takenOrNot(response, knows_repeats_, saidNothing(response).text);
  }
  try {
    return readDelivery(response_, response, with);
  } catch (const MappingError& e) {
    if (good) return kit::takenOrNot(response, knows_repeats_, e.what());
    return notUnderstood(response, e, Outcome::kRetry);
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

// Who is not told gives the item again, which is settled anew. How many of them, told again, took it no more: the
// agency gives them for ever then, and behind a full page of them nothing new.
std::size_t SoapAdapter::acknowledgeAll(kit::Host& host, kit::TimeBudget& time,
                                        const std::vector<Settled>& all,
                                        std::set<std::string>& open, std::set<std::string>& untold,
                                        bool given_once) const {
  std::size_t refused = 0;
  for (const Settled& settled : all) {
    // Items that were pushed had their reply; only collected ones are acknowledged here.
    const std::string& id = settled.item_id;
    const bool again = untold.contains(id);
    if (!again && !open.contains(id)) continue;
    // The other half is for the page.
    if (!acknowledge_.empty() && !time.mayGoOn(2)) continue;
    const bool told = acknowledge_.empty() || acknowledge(host, settled);
    open.erase(id);
    if (told) {
      untold.erase(id);
    } else {
      refused += again || given_once ? 1 : 0;
      if (!given_once) untold.insert(id);
    }
  }
  return refused;
}

Answer SoapAdapter::collect(kit::Host& host, const CollectRequest& request) {
  if (collect_request_.empty()) {
    return kit::failed(Outcome::kUnsupported, "adapter.no_verb", "collecting is not configured");
  }
  auto kept = readCursor(request.cursor);
  if (!kept) {
    return kit::failed(Outcome::kMisconfigured, "adapter.bad_cursor",
                       "the cursor is not one of this adapter");
  }
  Cursor& cursor = *kept;
  kit::TimeBudget time(host);
  kit::FileBudget files(host);
  const bool given_once = !cursor.agency.empty();
  const std::size_t refused =
      acknowledgeAll(host, time, request.settled, cursor.open, cursor.untold, given_once);
  StringMap with = parameters();
  with["limit"] = std::to_string(request.limit);
  with["cursor"] = cursor.agency;
  const ExchangeResponse response = post(host, collect_request_.apply(emptyInput(), with));
  if (!response.ok) return kit::fromExchangeFailure(response);
  if (saysNothing(response)) return saidNothing(response);
  kit::NeutralAnswer neutral;
  try {
    neutral = translate(collect_response_, response.body, with);
  } catch (const MappingError& e) {
    return notUnderstood(response, e, Outcome::kFault);
  }
  if (neutral.has_fault) return judgeFault(neutral);
  Answer answer = std::move(neutral.answer);
  answer.outcome = Outcome::kDone;
  // A full page means more; a page of old acquaintances means the agency waits for us.
  const bool full = answer.more || static_cast<int>(answer.items.size()) >= request.limit;
  const bool paged = !answer.cursor.empty() || !cursor.agency.empty();
  const std::set<std::string> ids = idsOf(answer.items);
  const auto gone = [&ids](const std::string& id) { return !ids.contains(id); };
  // What a whole list has no more was acknowledged: only the answer to that was lost. What an agency with a cursor gave
  // on an earlier page it never gives again.
  if (!full || paged) std::erase_if(cursor.untold, gone);
  std::map<std::string, std::string> digests;
  std::erase_if(answer.items, [&](const Inbound& item) {
    const std::string digest = kit::GivenItems::digestOf(item);
    const bool has = cursor.given.has(item.item_id, digest);
    if (!has) digests[item.item_id] = digest;
    return has;
  });
  const Page page = fetchPage(host, files, answer.items, cursor.failures, cursor.in_vain);
  if (!cursor.failures.empty()) {
    host.log(kit::LogLevel::kWarning, "soap.attachment_later", "an item waits for its files");
    answer.code = "adapter.attachment_waits";
    answer.text = kit::waitsText(cursor.failures.size());
  }
  if (refused > 0) {
    answer.code = "adapter.acknowledge_failed";
    answer.text =
        std::to_string(refused) +
        (given_once ? " items were settled, and the answer to their acknowledgement was lost "
                      "or a refusal; they are not given, and not acknowledged, again"
                    : " items given again could not be acknowledged again");
  }
  const bool many = cursor.open.size() + cursor.untold.size() + ids.size() > kOpenMax;
  if (many || bytesOf(cursor.open) + bytesOf(cursor.untold) + bytesOf(ids) > kOpenBytesMax) {
    // What is not forgotten wrongly is given again.
    std::erase_if(cursor.open, gone);
    std::erase_if(cursor.untold, gone);
    host.log(kit::LogLevel::kError, "soap.open_full", "items without an end were forgotten");
    answer.code = "adapter.acknowledge_failed";
    answer.text = "more than " +
                  (many ? std::to_string(kOpenMax) + " items"
                        : "items with " + std::to_string(kOpenBytesMax) + " bytes of ids") +
                  " had no end and were forgotten";
  }
  bool fresh = false;
  for (const Inbound& item : answer.items) {
    // Without an id there is nothing to acknowledge by.
    if (item.item_id.empty() || cursor.untold.contains(item.item_id)) continue;
    fresh = cursor.open.insert(item.item_id).second || fresh;
  }
  answer.more = fresh && (full || page == Page::kCut);
  // An agency that gives by its cursor would never give again what stands before it.
  const bool whole = page == Page::kWhole;
  if (whole || !paged) {
    cursor.given.clear();
    cursor.agency = answer.cursor;
  } else {
    for (const Inbound& item : answer.items) cursor.given.add(item.item_id, digests[item.item_id]);
  }
  answer.cursor = writeCursor(cursor);
  return answer;
}

// One kept item as the document itself; collect's stylesheet says what it is.
Answer SoapAdapter::translateAgain(kit::Host& host, const NativeRequest& request) {
  if (collect_response_.empty()) {
    return kit::failed(Outcome::kUnsupported, "adapter.no_verb", "collecting is not configured");
  }
  try {
    kit::NeutralAnswer neutral = translate(collect_response_, kit::wholeRaw(request), parameters());
    if (neutral.has_fault) return judgeFault(neutral);
    kit::FileBudget files(host);
    for (Inbound& item : neutral.answer.items) {
      const Fetched fetched = fetchFiles(host, files, item);
      if (fetched == Fetched::kLater || fetched == Fetched::kCut) {
        return kit::failed(Outcome::kRetry, "adapter.attachment_missing",
                           "a file of the item cannot be fetched yet");
      }
    }
    Answer answer = std::move(neutral.answer);
    answer.outcome = Outcome::kDone;
    return answer;
  } catch (const MappingError& e) {
    return kit::failed(Outcome::kRejected, e.code(), e.what());
  }
}

Answer SoapAdapter::receive(kit::Host& host, const NativeRequest& request) {
  if (request.method == kTranslate) return translateAgain(host, request);
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
    kit::FileBudget files(host);
    for (Inbound& item : answer.items) {
      // The agency pushes again, or keeps the message for getMessages.
      const Fetched fetched = fetchFiles(host, files, item);
      if (fetched == Fetched::kLater || fetched == Fetched::kCut) {
        return soapFault(Outcome::kRetry, "adapter.attachment_missing",
                         "a file of the message cannot be fetched yet", 503);
      }
    }
    return answer;
  } catch (const MappingError& e) {
    return refusePush(e, request);
  }
}

}  // namespace otinish
