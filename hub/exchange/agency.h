// One agency's system at run time: its endpoints, its adapter, the host services the adapter may use,
// its circuit breaker and the numbers the status page shows. Starts no threads of its own.
// Threads: any.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "hub/base/status.h"
#include "hub/base/time.h"
#include "hub/exchange/agency_config.h"
#include "hub/exchange/evidence.h"
#include "hub/exchange/transitions.h"
#include "hub/hosting/adapter_port.h"
#include "hub/transport/endpoint.h"

namespace hub::exchange {

enum class Way { kDeliver = 0, kCollect = 1 };

class Agency final : public hosting::HostServices {
 public:
  // Opens endpoints and starts the adapter. `keys`, `attachments` and `clock` must outlive the agency.
  // Failure: what makeEndpoint, makeProfile or startAdapter said.
  static Result<std::unique_ptr<Agency>> open(const AgencyConfig& config, trust::Keyring& keys,
                                              transport::AttachmentStore& attachments,
                                              const Limits& limits, const Clock& clock);
  ~Agency() override;

  const AgencyConfig& config() const { return config_; }
  const std::string& alias() const { return config_.adapter.alias; }
  hosting::Adapter& adapter() { return *adapter_; }
  bool collects() const { return collects_; }
  // "wsse", "jws", "cms" or "": the evidence format of what this agency sends us.
  const std::string& evidenceFormat() const { return evidence_; }
  // The same for what the agency pushes to us: the profile of its door, not of its endpoints.
  const std::string& pushEvidence() const { return push_evidence_; }

  // HostServices
  otinish::ExchangeResponse exchange(const otinish::ExchangeRequest& request,
                                     std::chrono::steady_clock::time_point deadline) override;
  hosting::CryptoAnswer sign(std::string_view key, std::string_view profile,
                             std::string_view bytes) override;
  hosting::CryptoAnswer verify(std::string_view profile, std::string_view bytes,
                               std::string_view signature) override;
  void log(int level, std::string_view event, std::string_view text) override;
  bool isStillWanted() override;

  // While it lives, what isStillWanted() answers on this thread.
  class StillWanted {
   public:
    explicit StillWanted(std::function<bool()> ask);
    ~StillWanted();
    StillWanted(const StillWanted&) = delete;
    StillWanted& operator=(const StillWanted&) = delete;
  };

  // Circuit breaker, locked.
  bool allow(Instant now, Way way = Way::kDeliver);
  void report(otinish::Outcome outcome, const std::string& code, const std::string& text,
              Instant now, Way way = Way::kDeliver);
  // A trouble of collecting that does not pass by itself, until a collect goes on.
  void stands(const std::string& code, const std::string& text);
  // A call that allow() permitted was not made after all.
  void abandon(Way way = Way::kDeliver);
  std::string breakerState(Instant now, Way way = Way::kDeliver);
  Instant retryAt(Instant now, Way way = Way::kDeliver);
  // The last answer an endpoint gave on this thread, verified or refused, at most 64 KiB: evidence for
  // the quarantine when the adapter could not make sense of it. Empties it.
  static std::string takeLastAnswer();
  // Who signed the answers that the endpoints took, and the documents that verify() accepted, on this
  // thread since the last call.
  static Evidence takeEvidence();

  // Verifies an agency's own request and signs the answer to it. `judged_again`: it came at `now` and
  // was kept; only its age at that time counts.
  Result<trust::Verified> verifyPush(const std::string& method, const std::string& target,
                                     const std::vector<otinish::Header>& headers,
                                     const std::string& body, Instant now,
                                     bool judged_again = false);
  Result<trust::Signed> signPush(const std::string& body, int status, const std::string& nonce,
                                 Instant now);
  // The refusal of a push in the agency's dialect; nullopt: it has none of its own.
  std::optional<trust::Refusal> refusePush(const Error& why, bool later, const std::string& body,
                                           Instant now);
  // Every endpoint's check. First failure wins.
  Status checkEndpoints(int deadline_ms);

  // What went wrong; of each way by itself, since a good delivery mends no collecting.
  struct Problem {
    std::string code, text;  // "" once the same way went well again
    Instant at{};
  };
  struct Stats {
    std::optional<Instant> last_success, last_failure;
    Problem problems[2];                       // by Way
    std::string standing_code, standing_text;  // what a person must mend before collecting goes on
                                               // as it should; "": no trouble
  };
  Stats stats();

 private:
  Agency(const AgencyConfig& config, const Limits& limits, const Clock& clock);

  AgencyConfig config_;
  const Limits& limits_;
  const Clock& clock_;
  std::map<std::string, std::unique_ptr<transport::Endpoint>> endpoints_;
  std::map<std::string, std::string> formats_;  // endpoint → evidence format
  std::unique_ptr<trust::Profile> push_;
  std::map<std::string, std::unique_ptr<trust::Profile>, std::less<>> payload_profiles_;
  std::map<std::string, std::string, std::less<>> payload_keys_;
  std::unique_ptr<hosting::Adapter> adapter_;
  std::string evidence_, push_evidence_;
  bool collects_ = false;
  std::mutex mutex_;
  Breaker breakers_[2];  // by Way: a dead door to deliver is not mended by a good poll
  Stats stats_;
};

}  // namespace hub::exchange
