// Who may sign: pinned certificates, or a CA with a subject. Internal to hub/trust.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "hub/trust/keys.h"

namespace hub::trust {

struct Signer {
  KeyHandle key;
  DigestContext verifying;  // see verifyingContext()
  CertificateHandle certificate;
  KeyKind kind = KeyKind::kEc;
  std::string subject;
  std::string sha256_hex;
  std::string serial_hex;
  Instant not_before, not_after;  // of the certificate and, by CA, of its whole chain
};
using SignerPointer = std::shared_ptr<const Signer>;

// Threads: any. Certificates that were accepted are remembered, so the chain is built once.
class SignerPolicy {
 public:
  // "trust.bad_profile": unreadable or weak certificate, a CA without peer_subject.
  static Result<std::unique_ptr<SignerPolicy>> load(const ProfileConfig& config);

  // The signer's certificate in DER; `others` may help to build the chain.
  // "trust.signer_unknown", "trust.certificate_expired", "trust.algorithm_refused".
  Result<SignerPointer> accept(std::string_view der, const std::vector<std::string>& others,
                               Instant now);
  // A pinned certificate by its SHA-256 (32 raw octets).
  Result<SignerPointer> acceptThumbprint(const std::string& thumbprint, Instant now);
  bool hasCa() const { return store_ != nullptr; }

 private:
  Status pin(const std::string& file);
  Status loadCa(const std::string& file);
  SignerPointer known(const std::string& thumbprint);
  Result<SignerPointer> acceptByCa(std::string_view der, const std::vector<std::string>& others,
                                   Instant now);

  std::map<std::string, SignerPointer> pinned_;
  StoreHandle store_;
  std::string subject_;
  std::mutex mutex_;
  std::map<std::string, SignerPointer> by_ca_;
};

}  // namespace hub::trust
