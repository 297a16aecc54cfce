// Keys and raw signatures under the profiles. Internal to hub/trust.
#pragma once

#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>

#include "hub/trust/handles.h"
#include "hub/trust/profile.h"

namespace hub::trust {

enum class KeyKind { kRsa, kEc };

// RSA >= 2048 or P-256. Failure: "trust.algorithm_refused".
Result<KeyKind> strongKind(EVP_PKEY* key);

// One of our keys with its certificate. Immutable once loaded, so any thread may use it.
struct PrivateKey {
  KeyHandle key;
  CertificateHandle certificate;
  KeyKind kind = KeyKind::kEc;
  std::string certificate_der;
  std::string certificate_pem;
  std::string certificate_base64;
  std::string thumbprint;  // SHA-256 of the DER form, 32 raw octets
  DigestContext signing;   // set up for SHA-256 with this key; copied for each signature
};

// Set up to verify SHA-256 signatures by this key; copied for each. Null if OpenSSL cannot.
DigestContext verifyingContext(EVP_PKEY* key);

// SHA-256 signature; ECDSA as DER. Failure: "base.internal".
Result<std::string> signDer(const PrivateKey& key, std::string_view bytes);
// The form of XML-DSig and JWS: ECDSA as r || s, 64 octets (RFC 4050 §3.3, RFC 7518 §3.4).
Result<std::string> signFixed(const PrivateKey& key, std::string_view bytes);
bool verifyFixed(const EVP_MD_CTX* verifying, KeyKind kind, std::string_view bytes,
                 std::string_view signature);

std::string rawSha256(std::string_view bytes);
std::string certificateDer(X509* certificate);
// RFC 2253, UTF-8.
std::string subjectOf(X509* certificate);
CertificateHandle certificateFromDer(std::string_view der);

class LoadedKeyring final : public Keyring {
 public:
  Status add(const std::string& name, const std::string& key_file,
             const std::string& certificate_file) override;
  bool has(std::string_view name) const override;
  Result<std::string> signRaw(std::string_view key, std::string_view bytes) override;
  Result<std::string> certificatePem(std::string_view key) const override;
  // nullptr if there is none. Stays valid when the keyring changes.
  std::shared_ptr<const PrivateKey> find(std::string_view name) const;

 private:
  mutable std::shared_mutex mutex_;
  std::map<std::string, std::shared_ptr<const PrivateKey>, std::less<>> keys_;
};

}  // namespace hub::trust
