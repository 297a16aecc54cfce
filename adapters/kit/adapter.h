// The C++ kit over the adapter contract: derive from Adapter, implement the verbs you have, and put
// OTINISH_ADAPTER(YourClass) into one source file. The kit turns it into the C border
// (hub_adapter.h): it copies nothing it need not, and lets no exception out (an exception becomes
// FAULT "adapter.exception"). Values and their meaning: contracts/adapter/verbs.h.
//
// Threads: verbs of one instance never overlap, unless about().thread_safe is true.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "contracts/adapter/hub_adapter.h"
#include "contracts/adapter/verbs.h"

namespace otinish::kit {

enum class LogLevel : int { kDebug = 0, kInfo = 1, kWarning = 2, kError = 3 };

struct Crypto {
  bool ok = false;
  std::string bytes;
  std::string signer;
  std::string code;
  std::string text;
};

// What the hub does for the adapter during one verb. Valid until the verb returns, on its thread.
class Host {
 public:
  virtual ~Host() = default;
  // Sends over a named endpoint; the endpoint's security profile signs and verifies. Never throws
  // for transport failures: see ExchangeResponse::ok.
  virtual ExchangeResponse exchange(const ExchangeRequest& request) = 0;
  virtual Crypto sign(std::string_view key, std::string_view profile, std::string_view bytes) = 0;
  virtual Crypto verify(std::string_view profile, std::string_view bytes,
                        std::string_view signature) = 0;
  virtual void log(LogLevel level, std::string_view event, std::string_view text) = 0;
  virtual std::int64_t timeLeftMs() = 0;
};

class Adapter {
 public:
  virtual ~Adapter() = default;
  // Called once before anything else. Failure: kMisconfigured with the setting's name in the text.
  virtual Answer configure(Host& host, const Configuration& configuration) = 0;
  virtual Answer probe(Host& host);
  virtual Answer deliver(Host& host, const Message& message);
  virtual Answer collect(Host& host, const CollectRequest& request);
  virtual Answer receive(Host& host, const NativeRequest& request);
  virtual Answer lookUp(Host& host, const LookUpQuery& query);
};

// Shorthand for answers.
Answer done(std::string external_id = {});
Answer failed(Outcome outcome, std::string code, std::string text, std::int64_t retry_after_ms = 0);
// What a failed exchange means for a delivery: retryable → kRetry, else kMisconfigured/kFault by its
// code: a call that failed brought nobody's refusal. Precondition: !response.ok.
Answer fromExchangeFailure(const ExchangeResponse& response);

// About as the one JSON object the C border and the console use, and back.
std::string aboutToJson(const About& about);

namespace detail {
using Factory = std::unique_ptr<Adapter> (*)();
using AboutFunction = About (*)();
// The C table for a class; one per adapter file.
const hub_adapter* makeTable(Factory factory, AboutFunction about);
}  // namespace detail

}  // namespace otinish::kit

// Class must be default-constructible and have `static otinish::About about();`.
#define OTINISH_ADAPTER(Class)                                                                \
  extern "C" HUB_ADAPTER_EXPORT const uint32_t hub_adapter_abi = HUB_ADAPTER_ABI;             \
  extern "C" HUB_ADAPTER_EXPORT const hub_adapter* hub_adapter_entry(void) {                  \
    return otinish::kit::detail::makeTable(                                                   \
        []() -> std::unique_ptr<otinish::kit::Adapter> { return std::make_unique<Class>(); }, \
        &Class::about);                                                                       \
  }
