// Enveloped XML signatures of payloads, in the convention of the national CA (W3C XMLDSIG 1.1 with
// Reference URI="", transforms enveloped-signature and C14N 1.0, signature last in the root).
// Several signers: each signature covers those before it, so they are checked last to first, each
// removed after its check. Threads: pure functions; the policy files are read at every call.
// Failures: as in hub/trust/profile.h.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "hub/trust/profile.h"

namespace hub::trust {

struct XmlDsigSigner {
  std::string subject;     // RFC 2253
  std::string sha256_hex;  // certificate fingerprint
  std::string certificate_pem;
};

struct XmlDsigVerified {
  std::string body;                    // canonical document without the signatures: the covered
  std::vector<XmlDsigSigner> signers;  // in the order of signing
};

// Every signature must be good and every signer accepted by trusted.peers or trusted.ca_file.
// `now` is the instant at which certificates must be valid (the time of signing for old documents).
Result<XmlDsigVerified> verifyXmlDsig(std::string_view document, const ProfileConfig& trusted,
                                      Instant now, const Limits& limits);

// Appends a signature of our key to the root element. Failure: "trust.bad_key", "trust.malformed".
Result<std::string> signXmlDsig(std::string_view document, Keyring& keys, std::string_view key,
                                const Limits& limits);

}  // namespace hub::trust
