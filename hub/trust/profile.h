// Security profiles: what must be signed by whom, for messages that cross the hub's border.
//
//   none           nothing is signed (loopback demo and probes only)
//   wsse-shep      SOAP 1.1 with the WS-Security header of SHEP: one ds:Signature over Body
//                  (wsu:Id), exclusive C14N, certificate in a KeyIdentifier (X509v3). Verification
//                  returns the canonical bytes of the signed Body element and nothing else.
//   jws-detached   HTTP header "X-JWS-Signature": detached JWS (RFC 7515 appendix F) over the body.
//                  Protected header: alg (ES256|RS256), x5t#S256 (of the signer's certificate),
//                  iat (s), jti (uuid); requests also htm (method) and htu (path with query);
//                  responses also sta (HTTP status) and rsp (jti of the request answered). With the
//                  member "dig": true the payload is the ASCII text "sha256:<hex>" of the body
//                  instead of the body, so that attachments are streamed.
//   cms-detached   a file NAME travels with NAME.p7s: CMS SignedData, DER, detached, SHA-256,
//                  signing-certificate-v2 (CAdES-BES shape).
//
// Algorithms: RSA >= 2048 with SHA-256, ECDSA P-256 with SHA-256; everything else is refused.
// A signer is accepted if its certificate is one of `peers` (pinned), or chains to `ca_file` and
// its subject holds `peer_subject` as a whole attribute value (never as a part of one, so that
// nobody is accepted for a name that merely contains it); it must be valid now and carry
// digitalSignature.
// A JWS names its certificate by digest only, so signers by CA send it too (header member x5c).
// Failures: "trust.signature_missing", "trust.signature_wrong", "trust.signer_unknown",
// "trust.certificate_expired", "trust.algorithm_refused", "trust.wrapping" (the signature covers
// another element than the one used), "trust.replayed", "trust.dtd_refused", "trust.malformed",
// "trust.busy" (more requests than the memory against replays holds: try later), "trust.message_date" (a
// request is too old, dated ahead, or not dated).
// Threads: Keyring and Profile may be used by many threads at once.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/limits.h"
#include "hub/base/status.h"
#include "hub/base/time.h"

namespace hub::trust {

// Private keys stay here; the rest of the hub names them.
class Keyring {
 public:
  virtual ~Keyring() = default;
  // Loads PEM key and certificate under a name. "trust.bad_key" (unreadable, mode wider than 0640,
  // key and certificate differ, RSA < 2048, other algorithm).
  virtual Status add(const std::string& name, const std::string& key_file,
                     const std::string& certificate_file) = 0;
  virtual bool has(std::string_view name) const = 0;
  // Raw signature (ECDSA: DER; RSA: PKCS#1 v1.5) with SHA-256, for tree heads and receipts.
  virtual Result<std::string> signRaw(std::string_view key, std::string_view bytes) = 0;
  virtual Result<std::string> certificatePem(std::string_view key) const = 0;
};
std::unique_ptr<Keyring> makeKeyring();

struct ProfileConfig {
  std::string name = "none";         // none | wsse-shep | jws-detached | cms-detached
  std::string key{};                 // our key's name in the keyring
  std::vector<std::string> peers{};  // PEM files of certificates accepted from the other side
  std::string ca_file{};             // or: trust anchors …
  std::string peer_subject{};        // … with this text in the subject (e.g. "BIN940140000385")
  int clock_skew_s = 300;            // for iat, and how far a message may be dated ahead
  int message_age_s_max = 86'400;    // wsse-shep: of a request at our door, by its messageDate
};

struct Signed {
  std::string body;                                          // what to send
  std::vector<std::pair<std::string, std::string>> headers;  // to add
  std::string detached;                                      // cms-detached: the .p7s
  std::string nonce;                                         // jws: jti, to bind the response
};
struct Verified {
  std::string body;             // only the covered bytes
  std::string signer;           // certificate subject (RFC 2253)
  std::string signer_sha256;    // certificate fingerprint
  std::string signer_serial{};  // certificate serial number, upper-case hex
  std::string nonce;            // jws-detached: jti of what was verified, to bind the answer
};

// What travels beside the body, as the profile needs it.
struct Context {
  std::string method;     // requests
  std::string target;     // path with query
  int status = 0;         // responses: HTTP status
  std::string nonce;      // responses: jti of the request (empty when verifying a request)
  std::string signature;  // incoming: X-JWS-Signature value, or the .p7s bytes
  // Streamed bodies (jws-detached with "dig": true, cms-detached): hex SHA-256 of the bytes; the
  // body given to sign and verify is then empty, and so is the body returned.
  std::string body_sha256;
  // Kept bytes that are judged again as of their arrival, by an operator's order: they may be known
  // to the memory against replays, which is neither asked nor told.
  bool judged_again = false;
  // Incoming: the other side's own request at our door. SHEP signs no time but the message's own, so that
  // is held against message_age_s_max.
  bool at_our_door = false;
};

// A refusal in the dialect of the profile.
struct Refusal {
  int status = 500;
  std::string content_type;
  Signed answer;
};

class Profile {
 public:
  virtual ~Profile() = default;
  virtual const std::string& name() const = 0;
  virtual Result<Signed> sign(std::string_view body, const Context& context, Instant now) = 0;
  virtual Result<Verified> verify(std::string_view body, const Context& context, Instant now) = 0;
  // How the dialect tells the sender of `request`, which may be garbage, that it was refused; nullopt: it
  // has no way of its own. `later`: it may be taken when it comes again.
  virtual std::optional<Refusal> refuse(const Error& /*why*/, bool /*later*/,
                                        std::string_view /*request*/, Instant /*now*/) {
    return std::nullopt;
  }
};

// Failure: "trust.bad_profile" naming what is wrong (unknown name, key not in the keyring,
// unreadable certificate). `keys` must outlive the profile.
Result<std::unique_ptr<Profile>> makeProfile(const ProfileConfig& config, Keyring& keys,
                                             const Limits& limits);

}  // namespace hub::trust
