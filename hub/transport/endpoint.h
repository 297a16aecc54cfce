// Endpoints: how the hub reaches an agency. One interface for HTTPS services and file places (local
// drop folder, SFTP); the endpoint's security profile is applied here: what goes out is signed,
// what comes in is verified, and only the bytes the signature covers are returned.
// Threads: an endpoint may be used by many threads at once.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "contracts/adapter/verbs.h"
#include "hub/base/limits.h"
#include "hub/base/status.h"
#include "hub/base/time.h"
#include "hub/trust/profile.h"

namespace hub::transport {

using Deadline = std::chrono::steady_clock::time_point;

// Where streamed bodies come from and go to; implemented over the hub's attachment folder.
class AttachmentStore {
 public:
  virtual ~AttachmentStore() = default;
  // Path of a stored attachment. "store.not_found".
  virtual Result<std::string> path(std::string_view sha256_hex) = 0;
  // Streams into a temporary file: write repeatedly, then finish (fsync, hash, move into place).
  class Sink {
   public:
    virtual ~Sink() = default;  // not finished: the temporary file is removed
    // "exchange.attachment_too_large" past Limits::attachment_bytes_max.
    virtual Status write(std::string_view bytes) = 0;
    struct Stored {
      std::string sha256_hex;
      std::int64_t bytes = 0;
    };
    virtual Result<Stored> finish() = 0;
  };
  virtual Result<std::unique_ptr<Sink>> create() = 0;
};

struct EndpointConfig {
  std::string name;               // as the adapter names it
  std::string url;                // https://host:port/base, http:// (loopback only), file:///dir,
                                  // sftp://user@host:port/dir
  trust::ProfileConfig security;  // signing and verifying
  // HTTPS
  std::string ca_file;                         // trust anchors of the server certificate
  std::string client_certificate, client_key;  // mTLS, optional
  // HTTP: of every call, before those of the adapter, which knows nothing of them: they log the hub in.
  std::vector<otinish::Header> headers;
  int connect_ms_max = 5'000;
  int request_ms_max = 20'000;
  int connections_max = 16;  // kept alive
  // SFTP: Ed25519 or ECDSA key; the host key must stand in known_hosts (no trust on first use)
  std::string ssh_key, known_hosts;
  // Files: "rename" (default: temporary names are ignored, and what was written less than min_age_ms ago
  // waits), "done_file" (name + ".done"; if that says a size or a SHA-256, they must fit), or "stable"
  // (size and mtime unchanged for stable_ms across two looks)
  std::string completeness = "rename";
  int stable_ms = 2'000;
  int min_age_ms = 0;
  std::vector<std::string> ignore = {".", "~", ".tmp", ".part"};  // hidden prefixes, suffixes
};

// Whether somebody but the endpoint may set it: a token for a name (RFC 9110 section 5.6.2), no control characters, and none
// that frames the message or carries its signature, with which a second request could be smuggled.
bool isHeaderSafe(const otinish::Header& header);

// The bytes of the last answer on this thread that was refused (wrong or missing signature, not the
// expected form), at most 64 KiB, for the quarantine. Empties it.
std::string takeRefusedAnswer();

// The signer of the last answer on this thread that was verified (its body is empty). Empties it.
trust::Verified takeVerifiedSigner();

class Endpoint {
 public:
  virtual ~Endpoint() = default;
  // Never throws. A failure is a response with ok=false (codes "transport.…", "trust.…").
  virtual otinish::ExchangeResponse exchange(const otinish::ExchangeRequest& request,
                                             Deadline deadline) = 0;
  // Reachable, credentials right? For probes and the status page.
  virtual Status check(Deadline deadline) = 0;
};

// Failure: "transport.bad_endpoint" naming the key that is wrong.
Result<std::unique_ptr<Endpoint>> makeEndpoint(const EndpointConfig& config, trust::Keyring& keys,
                                               AttachmentStore* attachments, const Limits& limits,
                                               const Clock& clock);

// The attachment folder <data>/attachments/ab/cdef….
std::unique_ptr<AttachmentStore> openAttachmentFolder(const std::string& folder,
                                                      const Limits& limits);

}  // namespace hub::transport
