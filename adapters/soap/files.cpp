// Files beside messages: uploaded before the message that names them, fetched after the one that does.
#include <nlohmann/json.hpp>
#include <set>

#include "adapters/kit/error.h"
#include "adapters/kit/outcome.h"
#include "adapters/soap/soap_adapter.h"

namespace otinish {

using kit::MappingError;
using kit::StringMap;

namespace {

// What fits, as base64 with the envelope around it, into one exchange of the hub (8 MiB).
constexpr std::int64_t kFileBytesMax = 5'500'000;

}  // namespace

// Before anything is sent: DONE, or why the message cannot go with these files. That is no refusal of the
// agency, which has seen nothing: a dead letter, to be sent again when the setting is another.
Answer SoapAdapter::checkFiles(const std::vector<kit::CarriedFile>& files) const {
  if (files.empty() || attachments_ == "describe") return kit::done();
  if (attachments_ == "refuse") {
    return kit::failed(Outcome::kUnsupported, "adapter.attachments_refused",
                       "the agency is not set up to take files; see the setting attachments");
  }
  std::int64_t total = 0;
  bool fits = true;
  for (const auto& file : files) {
    total += file.size;
    fits = fits && file.size <= kFileBytesMax;
  }
  if (fits && total <= attachments_max_) return kit::done();
  return kit::failed(Outcome::kUnsupported, "adapter.attachments_too_large",
                     "the files hold " + std::to_string(total) + " bytes, the setting " +
                         "attachments_inline_max allows " + std::to_string(attachments_max_) +
                         " and one file at most " + std::to_string(kFileBytesMax));
}

Answer SoapAdapter::uploadFile(kit::Host& host, kit::CarriedFile& file,
                               const StringMap& with) const {
  ExchangeRequest read;
  read.endpoint = files_endpoint_;
  read.method = "READ";
  read.body_attachment = file.sha256;
  ExchangeResponse response = host.exchange(read);
  if (!response.ok) return kit::fromExchangeFailure(response);
  if (static_cast<std::int64_t>(response.body.size()) != file.size) {
    return kit::failed(Outcome::kFault, "adapter.attachment_mismatch",
                       "a file is not as large as the message says");
  }
  file.bytes = std::move(response.body);
  std::string envelope = upload_request_.apply(kit::fileDocument(file), with);
  file.bytes.clear();
  response = postFile(host, std::move(envelope));
  if (!response.ok) return kit::fromExchangeFailure(response);
  try {
    Answer answer = readDelivery(upload_response_, response, with);
    if (answer.outcome == Outcome::kDone && answer.external_id.empty()) {
      throw MappingError("adapter.bad_answer", "the answer to an upload names no file");
    }
    return answer;
  } catch (const MappingError& e) {
    return kit::failed(Outcome::kRetry, "adapter.bad_answer", e.what());
  }
}

Answer SoapAdapter::uploadFiles(kit::Host& host, kit::XmlDocument& document, StringMap with) {
  auto files = kit::announcedFiles(document);
  Answer checked = checkFiles(files);
  if (checked.outcome != Outcome::kDone || attachments_ != "upload") return checked;
  kit::TimeBudget time(host);
  const std::string work = "sent " + with["message_id"];
  // Once the message goes they are forgotten: should it fail, their references may be the reason.
  kit::Steps::Done sent = steps_.take(work);
  std::vector<std::string> references;
  for (auto& file : files) {
    with["file_no"] = std::to_string(references.size() + 1);
    const auto before = sent.find(with["file_no"]);
    if (before != sent.end()) {
      references.push_back(before->second);
      continue;
    }
    Answer answer = time.mayGoOn(kit::TimeBudget::kForFiles) ? uploadFile(host, file, with)
                                                             : kit::filesGoOn(sent.size());
    if (answer.outcome == Outcome::kRetry) steps_.keep(work, std::move(sent));
    if (answer.outcome != Outcome::kDone) return answer;
    sent[with["file_no"]] = answer.external_id;
    references.push_back(answer.external_id);
  }
  kit::writeReferences(document, references);
  return kit::done();
}

SoapAdapter::Fetched SoapAdapter::fetchFile(kit::Host& host, kit::FileBudget& budget,
                                            kit::CarriedFile& file, std::string* problem) const {
  StringMap with = parameters();
  with["reference"] = file.reference;
  ExchangeResponse response = postFile(host, download_request_.apply(emptyInput(), with));
  *problem = kit::isOfTrust(response.code) ? response.code : "adapter.attachment_missing";
  // 500 is SOAP's own status of a fault; any other is of whatever stands before the service, and its
  // page says nothing.
  const bool fault = response.ok && response.status == 500;
  if (!response.ok || (response.status >= 300 && !fault)) {
    return kit::mayComeLater(response) ? Fetched::kLater : Fetched::kWrong;
  }
  kit::XmlDocument answer;
  kit::NeutralAnswer neutral;
  try {
    answer = download_response_.applyToTree(kit::XmlDocument::parse(response.body), with);
    neutral = kit::readAnswer(answer);
  } catch (const MappingError&) {
    if (fault) return Fetched::kLater;
    throw;
  }
  if (neutral.has_fault) {
    return judgeFault(neutral).outcome == Outcome::kRetry ? Fetched::kLater : Fetched::kWrong;
  }
  const kit::CarriedFile got = kit::fileOf(answer);
  if (static_cast<std::int64_t>(got.bytes.size()) > attachments_max_) {
    *problem = "adapter.attachments_too_large";
    return Fetched::kWrong;
  }
  const std::string digest = kit::sha256Hex(got.bytes);
  *problem = "adapter.attachment_mismatch";
  for (const std::string& declared : {file.sha256, got.sha256}) {
    if (!declared.empty() && declared != digest) return Fetched::kWrong;
  }
  ExchangeRequest keep;
  keep.endpoint = files_endpoint_;
  keep.method = "KEEP";
  keep.body = got.bytes;
  response = host.exchange(keep);
  *problem = "adapter.attachment_missing";
  if (kit::isOurStores(response)) budget.ours = true;
  if (!response.ok) {
    return response.retryable || budget.ours ? Fetched::kLater : Fetched::kWrong;
  }
  if (file.name.empty()) file.name = got.name;
  if (file.mime.empty()) file.mime = got.mime.empty() ? "application/octet-stream" : got.mime;
  if (file.id.empty()) file.id = file.reference;
  file.sha256 = digest;
  file.size = static_cast<std::int64_t>(got.bytes.size());
  return Fetched::kOk;
}

namespace {

// A fetched file without its bytes, as text, and back. False: it was not fetched before.
std::string remembered(const kit::CarriedFile& file) {
  return nlohmann::json{{"id", file.id},
                        {"name", file.name},
                        {"mime", file.mime},
                        {"sha256", file.sha256},
                        {"size", file.size}}
      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

bool recall(const kit::Steps::Done& got, kit::CarriedFile& file) {
  const auto before = got.find(file.reference);
  if (before == got.end()) return false;
  const auto known = nlohmann::json::parse(before->second);
  // One that is announced otherwise now is another file.
  if (!file.sha256.empty() && file.sha256 != known.at("sha256")) return false;
  file.id = known.at("id");
  file.name = known.at("name");
  file.mime = known.at("mime");
  file.sha256 = known.at("sha256");
  file.size = known.at("size");
  return true;
}

}  // namespace

// Fetches the files an item's payload names and writes the canonical attachments in their place.
SoapAdapter::Fetched SoapAdapter::fetchFiles(kit::Host& host, kit::FileBudget& budget,
                                             Inbound& item) {
  if (item.body.find(kit::kAnswerNamespace) == std::string::npos) return Fetched::kOk;
  std::string problem = "adapter.attachment_missing";
  Fetched fetched = download_request_.empty() ? Fetched::kWrong : Fetched::kOk;
  try {
    kit::XmlDocument payload = kit::XmlDocument::parse(item.body);
    auto files = kit::placeholders(payload);
    if (files.empty()) return Fetched::kOk;
    const std::string work = "fetched " + item.item_id;
    kit::Steps::Done got = steps_.take(work);
    for (auto& file : files) {
      if (fetched != Fetched::kOk || recall(got, file)) continue;
      fetched = budget.mayGoOn() ? fetchFile(host, budget, file, &problem) : Fetched::kCut;
      if (fetched == Fetched::kLater) budget.cameNot();
      if (fetched != Fetched::kOk) continue;
      budget.came();
      got[file.reference] = remembered(file);
    }
    if (fetched == Fetched::kLater || fetched == Fetched::kCut) {
      steps_.keep(work, std::move(got));
      if (fetched == Fetched::kCut) return fetched;
    }
    if (fetched == Fetched::kOk) {
      item.body = kit::fillPlaceholders(payload, files);
      return fetched;
    }
  } catch (const MappingError& e) {
    problem = e.code();
    fetched = Fetched::kWrong;
  }
  Inbound bad = kit::problemItem(item.item_id, problem, "a file of the item cannot be had",
                                 item.raw.empty() ? item.body : item.raw);
  bad.external_id = item.external_id;
  bad.correlation_id = item.correlation_id;
  bad.in_reply_to = item.in_reply_to;
  item = std::move(bad);
  return fetched;
}

// Fetches the files of a page. An item whose files cannot be had yet is left out, and what follows it of
// the same case: unacknowledged, the agency gives them again. After attachment_rounds_max such rounds it is
// a problem. One for which there is no time, or no room in the answer, is left out as well, which is no
// failure of its files.
SoapAdapter::Page SoapAdapter::fetchPage(kit::Host& host, kit::FileBudget& budget,
                                         std::vector<Inbound>& items,
                                         std::map<std::string, int>& failures,
                                         std::map<std::string, int>& in_vain) {
  std::vector<Inbound> ready;
  std::map<std::string, int> waiting, given;
  // What is no longer given has no turn.
  for (const Inbound& item : items) {
    const auto before = in_vain.find(item.item_id);
    if (before != in_vain.end()) given.insert(*before);
  }
  budget.lineUp(given);
  std::set<std::string> held;  // cases
  std::size_t bytes = 0;
  std::size_t later = 0;  // for a file of their own
  bool cut = false;
  for (Inbound& item : items) {
    const std::string id = item.item_id;
    const int failed = failures.contains(id) ? failures[id] : 0;
    if (!item.external_id.empty() && held.contains(item.external_id)) {
      waiting[id] = failed;
      continue;
    }
    if (kit::bytesOf(item) > kit::kAnswerBytesMax) {
      item = kit::problemItem(id, "adapter.too_large", "the item is too large for an answer", {});
    }
    const std::size_t size = kit::bytesOf(item);
    const bool full = ready.size() >= kit::kAnswerItemsMax ||
                      (!ready.empty() && bytes + size > kit::kAnswerBytesMax);
    budget.begin(id);
    const Fetched fetched = full ? Fetched::kCut : fetchFiles(host, budget, item);
    if (fetched == Fetched::kLater) budget.inVain(id);
    if (fetched == Fetched::kCut) {
      cut = true;
      if (failures.contains(id)) waiting[id] = failed;
      held.insert(item.external_id);
      continue;
    }
    const bool counts = budget.countsRound(later);
    const int rounds = failed + (counts ? 1 : 0);
    if (fetched == Fetched::kLater && !(counts && rounds >= attachment_rounds_max_)) {
      waiting[id] = rounds;
      ++later;
      held.insert(item.external_id);
      continue;
    }
    bytes += size;
    budget.leave(id);
    ready.push_back(std::move(item));
  }
  items = std::move(ready);
  failures = std::move(waiting);
  in_vain = budget.line();
  if (cut && budget.isWell()) return Page::kCut;
  return cut || !failures.empty() ? Page::kLater : Page::kWhole;
}

}  // namespace otinish
