// The adapter contract over Thrift (contracts/adapter/adapter.thrift): turns verbs.h values into
// frames and back, for both ends. The generated types stay inside wire.cpp. Frames are foreign
// bytes: strings, lists and nesting are bounded while they are read. Any thread, no shared state.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "contracts/adapter/verbs.h"
#include "hub/base/limits.h"
#include "hub/base/status.h"
#include "hub/hosting/adapter_port.h"
#include "hub/hosting/channel.h"

namespace hub::hosting::wire {

// Room for field headers and names around the bodies that limits speak of.
inline constexpr std::size_t kFrameOverheadBytes = 256 * 1024;
// Largest frame that may carry an adapter's answer, and largest frame of any other kind.
std::size_t answerFrameBytesMax(const Limits& limits);
std::size_t frameBytesMax(const Limits& limits);

// An encoded frame that owns its bytes.
struct Frame {
  std::shared_ptr<void> owner;
  std::string_view bytes;
};

enum class Verb { kAbout, kConfigure, kProbe, kDeliver, kCollect, kReceive, kLookUp };

// ---- the hub's end ----
Frame aboutRequest(int deadline_ms);
Frame configureRequest(int deadline_ms, const otinish::Configuration& configuration);
Frame probeRequest(int deadline_ms);
Frame deliverRequest(int deadline_ms, const otinish::Message& message);
Frame collectRequest(int deadline_ms, const otinish::CollectRequest& request);
Frame receiveRequest(int deadline_ms, const otinish::NativeRequest& request);
Frame lookUpRequest(int deadline_ms, const otinish::LookUpQuery& query);

// Failures: "hosting.bad_about" (also for what checkAbout refuses), "hosting.abi" (other contract).
Result<otinish::About> readAboutReply(const FrameBytes& frame, const Limits& limits);
// Failures: "hosting.exception" (the adapter's own code failed; its process is still in step),
// "hosting.bad_answer" (the bytes make no sense). The answer is not judged yet (border.h).
Result<otinish::Answer> readAnswerReply(Verb verb, const FrameBytes& frame, const Limits& limits);
// Serves one request on the host socket; gives the reply frame. Failure: "hosting.protocol".
Result<Frame> serveHost(const FrameBytes& request, HostServices& services, Deadline deadline,
                        const Limits& limits);

// ---- the adapter's end (hub-adapter-runner) ----

// What the runner does for each verb; `deadline` is when the hub gives the call up.
class AdapterVerbs {
 public:
  virtual ~AdapterVerbs() = default;
  virtual otinish::About about() = 0;
  virtual otinish::Answer configure(const otinish::Configuration& configuration,
                                    Deadline deadline) = 0;
  virtual otinish::Answer probe(Deadline deadline) = 0;
  virtual otinish::Answer deliver(const otinish::Message& message, Deadline deadline) = 0;
  virtual otinish::Answer collect(const otinish::CollectRequest& request, Deadline deadline) = 0;
  virtual otinish::Answer receive(const otinish::NativeRequest& request, Deadline deadline) = 0;
  virtual otinish::Answer lookUp(const otinish::LookUpQuery& query, Deadline deadline) = 0;
};
// Serves one request of the hub; gives the reply frame. Failure: "hosting.protocol".
Result<Frame> serveAdapter(const FrameBytes& request, AdapterVerbs& verbs, const Limits& limits);

// Host services as calls to the hub over a socket. One call at a time.
std::unique_ptr<HostServices> hostOverSocket(int fd, const Limits& limits);

}  // namespace hub::hosting::wire
