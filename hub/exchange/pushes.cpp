#include "hub/exchange/pushes.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "hub/base/error_catalogue.h"
#include "hub/base/ids.h"
#include "hub/base/log.h"
#include "hub/base/metrics.h"
#include "hub/base/text.h"
#include "hub/exchange/refused.h"

namespace hub::exchange {
namespace {

bool done(const otinish::Answer& answer) {
  return answer.outcome == otinish::Outcome::kDone || answer.outcome == otinish::Outcome::kPending;
}

bool unreadable(const otinish::Answer& answer) {
  return !done(answer) && answer.outcome != otinish::Outcome::kRetry;
}

// What a verified request is known by when the agency sends it again under a new signature. The tag
// of a SOAP Body bears the id that the signature refers to, and is left out.
std::string subjectOf(const Agency& agency, const PushedRequest& request, std::string_view body) {
  if (agency.pushEvidence() == "wsse") body.remove_prefix(std::min(body.find('>'), body.size()));
  return sha256Hex(request.method + " " + request.target + "\n" + std::string(body));
}

Error errorOf(const otinish::Answer& answer) {
  return {answer.code.empty() ? "adapter.no_code" : answer.code, maskText(answer.text), "", 0};
}

// Without what admits to doors.
store::QuarantinedRequest keptRequest(const PushedRequest& request) {
  store::QuarantinedRequest kept{request.method, request.target, "", ""};
  for (const auto& header : request.headers) {
    std::string name = toLowerAscii(header.name);
    bool secret = name == "authorization" || name == "proxy-authorization" || name == "cookie" ||
                  name == "x-api-key";
    if (!secret) kept.headers += header.name + ": " + header.value + "\n";
  }
  return kept;
}

}  // namespace

// A place among those under way, if there is one.
class Pushes::UnderWay {
 public:
  UnderWay(const Pushes& pushes, const std::string& alias) : pushes_(pushes), alias_(alias) {
    std::lock_guard lock(pushes_.mutex_);
    int& mine = pushes_.of_[alias_];
    admitted_ = mine < pushes_.at_once_.of_one && pushes_.all_ < pushes_.at_once_.of_all;
    if (!admitted_) return;
    ++mine;
    ++pushes_.all_;
  }
  ~UnderWay() {
    if (!admitted_) return;
    std::lock_guard lock(pushes_.mutex_);
    --pushes_.of_[alias_];
    --pushes_.all_;
  }
  UnderWay(const UnderWay&) = delete;
  UnderWay& operator=(const UnderWay&) = delete;
  bool admitted() const { return admitted_; }

 private:
  const Pushes& pushes_;
  const std::string& alias_;
  bool admitted_ = false;
};

Result<NativeAnswer> Pushes::take(Agency& agency, const PushedRequest& request,
                                  Dispatcher& dispatcher) const {
  auto answer = judge(agency, request, dispatcher);
  if (answer) return answer;
  const Error& why = answer.error();
  const bool later = why.code == "exchange.busy" || why.code == "trust.busy" ||
                     why.code.starts_with("store.") || why.code.starts_with("base.");
  auto refusal =
      agency.refusePush({why.code, maskText(why.text), "", 0}, later, request.body, clock_.now());
  if (!refusal) return answer;
  NativeAnswer native;
  native.status = refusal->status;
  native.content_type = refusal->content_type;
  native.body = std::move(refusal->answer.body);
  for (auto& [name, value] : refusal->answer.headers) native.headers.push_back({name, value});
  return native;
}

Result<NativeAnswer> Pushes::judge(Agency& agency, const PushedRequest& request,
                                   Dispatcher& dispatcher) const {
  if (request.method == otinish::kTranslate) {
    return Status::failure("exchange.push_not_allowed", "the method is the hub's own");
  }
  const std::string& alias = agency.alias();
  const UnderWay place(*this, alias);
  if (!place.admitted()) {
    metrics::count("hub_pushes_put_off_total", "Pushes refused because too many were under way.",
                   {{"agency", alias}});
    return Status::failure("exchange.busy", "too many pushes are under way: give it again later");
  }
  Instant now = clock_.now();
  auto came = readPush(agency, request, now, false);
  if (!came) {
    const Error& error = came.error();
    logWarning("push.refused", {{"agency", alias}, {"code", error.code}, {"detail", error.text}});
    if (agency.config().push_allowed) keepRefusedPush(alias, error, request, "", now);
    return came.status();
  }
  auto& items = came->items;
  if (items.empty() && unreadable(came->answer)) {
    keepRefusedPush(alias, errorOf(came->answer), request, came->who.subject, now);
  }
  if (items.empty() && done(came->answer)) closeKeptPush(alias, came->who.subject, now);
  if (!items.empty()) {
    auto& who = came->who;
    who.oldest_open = [&dispatcher] { return dispatcher.oldestOpen(); };
    bool untranslated = std::any_of(items.begin(), items.end(), [](const auto& item) {
      return !item.item.problem_code.empty();
    });
    if (untranslated && budget_.mayKeepWhole(alias, request.body.size(), now)) {
      who.request = keptRequest(request);
      who.request->body = request.body;
    }
    int put_off = 0;
    auto status = store_.write(
        [&](store::Tx& tx) { return inbound_.applyItems(tx, who, items, clock_.now(), &put_off); });
    if (!status) return status;
    if (put_off > 0) {
      if (who.owes_settlement) dispatcher.itemWaits();
      return Status::failure("exchange.busy", "a delivery it may answer is not stored yet");
    }
  }
  return nativeAnswer(agency, came->answer, came->nonce);
}

Result<Pushes::Pushed> Pushes::readPush(Agency& agency, const PushedRequest& request,
                                        Instant arrived, bool judged_again) const {
  // The agency signed the whole path; the door hands over what follows the alias.
  auto verified = agency.verifyPush(request.method, "/agency/" + agency.alias() + request.target,
                                    request.headers, request.body, arrived, judged_again);
  if (!verified) return verified.status();
  Agency::takeEvidence();
  Pushed pushed;
  pushed.nonce = verified->nonce;
  pushed.who = {agency.alias(), agency.pushEvidence(), agency.collects(), {}, {}, {}};
  pushed.who.signers.add(agency.pushEvidence(), *verified);
  pushed.who.subject = subjectOf(agency, request, verified->body);
  otinish::NativeRequest native{request.method, request.target, request.headers,
                                std::move(verified->body), verified->signer};
  pushed.answer = agency.adapter().receive(native, agency.config().deliver_ms_max);
  pushed.items = inbound_.prepare(pushed.answer.items);
  return pushed;
}

Result<Quarantine::Reread> Pushes::translateAgain(Agency& agency,
                                                  const store::QuarantineRow& row) const {
  const auto verbs = agency.adapter().about().verbs;
  if (std::find(verbs.begin(), verbs.end(), "translate") == verbs.end()) {
    return Status::failure("exchange.not_replayable",
                           "the agency's adapter does not translate kept items; the agency "
                           "gives it again");
  }
  Agency::takeEvidence();
  otinish::NativeRequest native{std::string(otinish::kTranslate), row.item_id, {}, row.raw, ""};
  auto answer = agency.adapter().receive(native, agency.config().deliver_ms_max);
  if (!done(answer)) return Status(errorOf(answer));
  if (answer.items.empty()) {
    return Status::failure("adapter.unknown_item", "the adapter made no item of it");
  }
  Quarantine::Reread came{{agency.alias(), row.item->evidence}, inbound_.prepare(answer.items)};
  came.who.signers.text = row.item->signer;
  return came;
}

Result<Quarantine::Reread> Pushes::readAgain(Agency& agency,
                                             const store::QuarantineRow& row) const {
  if (!row.request) return translateAgain(agency, row);
  std::vector<otinish::Header> headers;
  for (const auto& line : split(row.request->headers, '\n')) {
    auto colon = line.find(": ");
    if (colon == std::string::npos) continue;
    headers.push_back({line.substr(0, colon), line.substr(colon + 2)});
  }
  const auto& body = row.request->body.empty() ? row.raw : row.request->body;
  PushedRequest request{row.request->method, row.request->target, headers, body};
  auto came = readPush(agency, request, row.at, true);
  if (!came) return came.status();
  const auto& answer = came->answer;
  if (came->items.empty() && !done(answer)) return Status(errorOf(answer));
  return Quarantine::Reread{std::move(came->who), std::move(came->items)};
}

void Pushes::keepRefusedPush(const std::string& alias, const Error& error,
                             const PushedRequest& request, const std::string& subject,
                             Instant now) const {
  const bool nobodys = isNobodys(error);
  if (!(nobodys ? budget_.mayKeepNobodys(alias, now) : budget_.mayKeep(alias, now))) return;
  Refused refused{"push", request.body, "", subject};
  if (!nobodys && budget_.mayKeepWhole(alias, request.body.size(), now)) {
    refused.request = keptRequest(request);
  }
  auto status =
      store_.write([&](store::Tx& tx) { return keepRefused(tx, alias, error, refused, now); });
  if (!status) logError("push.not_kept", {{"agency", alias}, {"code", status.error().code}});
}

void Pushes::closeKeptPush(const std::string& alias, const std::string& subject,
                           Instant now) const {
  auto kept = store_.hasOpenQuarantine(alias, subject);
  if (!kept.ok() || !*kept) return;
  auto status = store_.write([&](store::Tx& tx) { return closeKept(tx, alias, subject, now); });
  if (!status) logError("push.not_closed", {{"agency", alias}, {"code", status.error().code}});
}

Result<NativeAnswer> Pushes::nativeAnswer(Agency& agency, const otinish::Answer& answer,
                                          const std::string& nonce) const {
  NativeAnswer native;
  native.status = answer.native_status;
  if (native.status == 0) {
    switch (answer.outcome) {
      case otinish::Outcome::kDone:
      case otinish::Outcome::kPending:
        native.status = 200;
        break;
      case otinish::Outcome::kRetry:
        native.status = 503;
        break;
      case otinish::Outcome::kRejected:
        native.status = 422;
        break;
      case otinish::Outcome::kUnsupported:
        native.status = 404;
        break;
      default:
        native.status = 500;
    }
  }
  // An adapter's own fault says less than the dialect's, where there is one.
  const bool dialect = agency.pushEvidence() == "wsse";
  if (!done(answer) && (dialect || answer.native_body.empty())) {
    // An adapter's own code is not in the catalogue: the kind of the outcome decides the status.
    std::string code = answer.code;
    if (!findError(code)) {
      code = native.status == 503   ? "exchange.busy"
             : native.status == 422 ? "exchange.push_rejected"
             : native.status == 404 ? "exchange.push_not_allowed"
                                    : "base.internal";
    }
    const std::string said = code == answer.code ? answer.text : answer.code + ": " + answer.text;
    return Status::failure(code, maskText(said));
  }
  auto made = agency.signPush(answer.native_body, native.status, nonce, clock_.now());
  if (!made) return made.status();
  native.content_type = answer.native_type;
  native.body = std::move(made->body);
  for (auto& [name, value] : made->headers) native.headers.push_back({name, value});
  return native;
}

}  // namespace hub::exchange
