#include "hub/exchange/agency.h"

#include <algorithm>
#include <utility>

#include "hub/base/log.h"
#include "hub/base/metrics.h"
#include "hub/base/text.h"
#include "hub/exchange/last_failure.h"
#include "hub/hosting/settings.h"

namespace hub::exchange {
namespace {

// Adapters' exchanges run on the thread that called the verb.
thread_local std::string last_answer;
thread_local Error last_failure;
thread_local Evidence evidence_seen;
thread_local std::function<bool()> still_wanted;

std::string evidenceOf(const std::string& profile) {
  if (profile == "wsse-shep") return "wsse";
  if (profile == "jws-detached") return "jws";
  if (profile == "cms-detached") return "cms";
  return {};
}

std::string headerValue(const std::vector<otinish::Header>& headers, std::string_view name) {
  for (const auto& header : headers) {
    if (toLowerAscii(header.name) == name) return header.value;
  }
  return {};
}

hosting::CryptoAnswer refused(const Error& error) {
  return {false, {}, {}, error.code, error.text};
}

hosting::CryptoAnswer unknownProfile(std::string_view profile) {
  return refused({"exchange.unknown_profile",
                  "no payload profile '" + std::string(profile) + "' is configured", "", 0});
}

// At start: a calendar that moves a thousand terms must not make a thousand dead letters.
Status canTellTermChanges(const otinish::About& about, const otinish::Configuration& settings) {
  constexpr const char* kMapping = "request_status";
  const auto& types = about.delivers;
  if (std::find(types.begin(), types.end(), "status/1") == types.end()) {
    return Status::failure("adapter.unsupported_type", "the adapter does not deliver status/1");
  }
  const bool maps = std::any_of(about.settings.begin(), about.settings.end(),
                                [&](const auto& setting) { return setting.name == kMapping; });
  if (maps && !hosting::givesSetting(settings, kMapping)) {
    return Status::failure("adapter.unsupported_type",
                           "the setting request_status names no mapping");
  }
  return {};
}

}  // namespace

void Evidence::add(std::string_view format, const trust::Verified& verified) {
  constexpr std::size_t kBytesMax = 4 * 1024;
  if (verified.signer_sha256.empty()) return;
  if (text.find(verified.signer_sha256) != std::string::npos || text.size() > kBytesMax) return;
  bool first = text.empty();
  text += (first ? "" : "; ") + std::string(format) + " subject=" + verified.signer +
          " serial=" + verified.signer_serial + " sha256=" + verified.signer_sha256;
  serial = first ? verified.signer_serial : "";
  sha256 = first ? verified.signer_sha256 : "";
}

Evidence Evidence::fromText(std::string text) {
  constexpr std::string_view kSerial = " serial=";
  constexpr std::string_view kSha256 = " sha256=";
  Evidence evidence;
  const auto serial = text.rfind(kSerial);
  const auto sha256 = text.rfind(kSha256);
  // Whatever a subject may hold, ours stand at the end; several signers are none in particular.
  const bool one = sha256 != std::string::npos && text.find(kSha256) == sha256 &&
                   serial != std::string::npos && serial < sha256;
  if (one) {
    const auto from = serial + kSerial.size();
    evidence.serial = text.substr(from, sha256 - from);
    evidence.sha256 = text.substr(sha256 + kSha256.size());
  }
  evidence.text = std::move(text);
  return evidence;
}

Agency::Agency(const AgencyConfig& config, const Limits& limits, const Clock& clock)
    : config_(config),
      limits_(limits),
      clock_(clock),
      breakers_{Breaker({config.failures_to_open, config.open_ms_first, config.open_ms_max}),
                Breaker({config.failures_to_open, config.open_ms_first, config.open_ms_max})} {}

Agency::~Agency() {
  if (adapter_) adapter_->stop();
}

Result<std::unique_ptr<Agency>> Agency::open(const AgencyConfig& config, trust::Keyring& keys,
                                             transport::AttachmentStore& attachments,
                                             const Limits& limits, const Clock& clock) {
  std::unique_ptr<Agency> agency(new Agency(config, limits, clock));
  for (const auto& endpoint_config : config.endpoints) {
    auto endpoint = transport::makeEndpoint(endpoint_config, keys, &attachments, limits, clock);
    if (!endpoint) return endpoint.status();
    agency->endpoints_[endpoint_config.name] = std::move(*endpoint);
    agency->formats_[endpoint_config.name] = evidenceOf(endpoint_config.security.name);
    if (agency->evidence_.empty()) agency->evidence_ = evidenceOf(endpoint_config.security.name);
  }
  if (config.push_allowed) {
    auto profile = trust::makeProfile(config.push, keys, limits);
    if (!profile) return profile.status();
    agency->push_ = std::move(*profile);
    agency->push_evidence_ = evidenceOf(config.push.name);
  }
  for (const auto& [name, profile_config] : config.payload_profiles) {
    auto profile = trust::makeProfile(profile_config, keys, limits);
    if (!profile) return profile.status();
    agency->payload_profiles_[name] = std::move(*profile);
    agency->payload_keys_[name] = profile_config.key;
  }
  auto adapter = config.start(config.adapter, *agency, limits);
  if (!adapter) return adapter.status();
  agency->adapter_ = std::move(*adapter);
  auto about = agency->adapter_->about();
  if (config.tell_term_changes) {
    if (auto can = canTellTermChanges(about, config.adapter.configuration); !can) {
      return Status::failure(can.error().code, "agencies." + config.adapter.alias +
                                                   ".tell_term_changes: " + can.error().text);
    }
  }
  agency->collects_ =
      config.collect_every_ms > 0 &&
      std::find(about.verbs.begin(), about.verbs.end(), "collect") != about.verbs.end();
  return agency;
}

namespace {

// A file that is not there is an answer, as an empty list is: adapters look whether there is one.
std::string resultOf(const otinish::ExchangeResponse& response) {
  if (response.ok) return "ok";
  const bool said_no =
      response.code == "transport.not_found" || response.code == "transport.name_taken";
  return said_no ? "no" : "failed";
}

}  // namespace

otinish::ExchangeResponse Agency::exchange(const otinish::ExchangeRequest& request,
                                           std::chrono::steady_clock::time_point deadline) {
  auto found = endpoints_.find(request.endpoint);
  if (found == endpoints_.end()) {
    otinish::ExchangeResponse response;
    response.code = "exchange.unknown_endpoint";
    response.text = "no endpoint '" + request.endpoint + "' is configured for " + alias();
    return response;
  }
  transport::takeVerifiedSigner();
  auto response = found->second->exchange(request, deadline);
  auto verified = transport::takeVerifiedSigner();
  if (response.ok) evidence_seen.add(formats_.at(request.endpoint), verified);
  std::string refused = transport::takeRefusedAnswer();
  last_failure = response.ok ? Error{} : Error{response.code, response.text, {}, 0};
  last_answer = response.ok ? response.body.substr(0, 64 * 1024) : std::move(refused);
  metrics::count(
      "hub_exchanges_total",
      "Requests to agencies' endpoints; no: answered that there is no such file or folder, or "
      "that the name is taken.",
      {{"agency", alias()}, {"endpoint", request.endpoint}, {"result", resultOf(response)}});
  return response;
}

hosting::CryptoAnswer Agency::sign(std::string_view key, std::string_view profile,
                                   std::string_view bytes) {
  auto found = payload_profiles_.find(profile);
  if (found == payload_profiles_.end() || payload_keys_.find(profile)->second != key) {
    return unknownProfile(profile);
  }
  auto result = found->second->sign(bytes, {}, clock_.now());
  if (!result) return refused(result.error());
  return {true, result->detached.empty() ? result->body : result->detached, {}, {}, {}};
}

hosting::CryptoAnswer Agency::verify(std::string_view profile, std::string_view bytes,
                                     std::string_view signature) {
  auto found = payload_profiles_.find(profile);
  if (found == payload_profiles_.end()) return unknownProfile(profile);
  trust::Context context;
  context.signature = std::string(signature);
  auto result = found->second->verify(bytes, context, clock_.now());
  if (!result) return refused(result.error());
  evidence_seen.add(evidenceOf(found->second->name()), *result);
  return {true, result->body, result->signer, {}, {}};
}

void Agency::log(int level, std::string_view event, std::string_view text) {
  auto severity = level <= 0   ? LogLevel::kDebug
                  : level == 1 ? LogLevel::kInfo
                  : level == 2 ? LogLevel::kWarning
                               : LogLevel::kError;
  hub::log(severity, "adapter." + std::string(event), {{"agency", alias()}, {"detail", text}});
}

bool Agency::isStillWanted() { return !still_wanted || still_wanted(); }

Agency::StillWanted::StillWanted(std::function<bool()> ask) { still_wanted = std::move(ask); }

Agency::StillWanted::~StillWanted() { still_wanted = nullptr; }

bool Agency::allow(Instant now, Way way) {
  std::lock_guard lock(mutex_);
  return breakers_[static_cast<int>(way)].allow(now);
}

void Agency::report(otinish::Outcome outcome, const std::string& code, const std::string& text,
                    Instant now, Way way) {
  std::lock_guard lock(mutex_);
  Problem& problem = stats_.problems[static_cast<int>(way)];
  switch (outcome) {
    case otinish::Outcome::kDone:
    case otinish::Outcome::kPending:
      breakers_[static_cast<int>(way)].succeeded();
      stats_.last_success = now;
      // What went wrong this way goes well again; when that was stays known.
      problem = {};
      if (way != Way::kCollect) return;
      stats_.standing_code = code;
      stats_.standing_text = maskText(text);
      if (code.empty()) return;
      break;
    case otinish::Outcome::kRejected:
    case otinish::Outcome::kUnsupported:
      breakers_[static_cast<int>(way)].neutral();
      break;
    default:
      breakers_[static_cast<int>(way)].failed(now);
  }
  stats_.last_failure = now;
  problem = {code, maskText(text), now};
}

void Agency::stands(const std::string& code, const std::string& text) {
  std::lock_guard lock(mutex_);
  stats_.standing_code = code;
  stats_.standing_text = maskText(text);
}

void Agency::abandon(Way way) {
  std::lock_guard lock(mutex_);
  breakers_[static_cast<int>(way)].neutral();
}

std::string Agency::breakerState(Instant now, Way way) {
  std::lock_guard lock(mutex_);
  return std::string(breakers_[static_cast<int>(way)].state(now));
}

Instant Agency::retryAt(Instant now, Way way) {
  std::lock_guard lock(mutex_);
  return breakers_[static_cast<int>(way)].retryAt(now);
}

Evidence Agency::takeEvidence() { return std::exchange(evidence_seen, {}); }

Error takeLastFailure() { return std::exchange(last_failure, {}); }

std::string Agency::takeLastAnswer() { return std::exchange(last_answer, {}); }

Agency::Stats Agency::stats() {
  std::lock_guard lock(mutex_);
  return stats_;
}

Result<trust::Verified> Agency::verifyPush(const std::string& method, const std::string& target,
                                           const std::vector<otinish::Header>& headers,
                                           const std::string& body, Instant now,
                                           bool judged_again) {
  if (!push_) {
    return Status::failure("exchange.push_not_allowed", alias() + " may not call the hub");
  }
  trust::Context context;
  context.method = method;
  context.target = target;
  context.signature = headerValue(headers, "x-jws-signature");
  context.judged_again = judged_again;
  context.at_our_door = true;
  return push_->verify(body, context, now);
}

Result<trust::Signed> Agency::signPush(const std::string& body, int status,
                                       const std::string& nonce, Instant now) {
  trust::Context context;
  context.status = status;
  context.nonce = nonce;
  return push_->sign(body, context, now);
}

std::optional<trust::Refusal> Agency::refusePush(const Error& why, bool later,
                                                 const std::string& body, Instant now) {
  return push_ ? push_->refuse(why, later, body, now) : std::nullopt;
}

Status Agency::checkEndpoints(int deadline_ms) {
  for (auto& [name, endpoint] : endpoints_) {
    auto status =
        endpoint->check(std::chrono::steady_clock::now() + std::chrono::milliseconds(deadline_ms));
    if (!status) return status;
  }
  return {};
}

}  // namespace hub::exchange
