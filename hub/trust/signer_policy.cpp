#include "hub/trust/signer_policy.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <ctime>

#include "hub/base/ids.h"
#include "hub/base/text.h"

namespace hub::trust {
namespace {

constexpr std::size_t kPemBytesMax = 1024 * 1024;
constexpr std::size_t kRememberedMax = 256;
// OpenSSL's security level 2: 112 bits, so no SHA-1 and no RSA below 2048 anywhere in a chain.
constexpr int kSecurityLevel = 2;

struct FreeStack {
  void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }
};

Status bad(const std::string& text) { return Status::failure("trust.bad_profile", text); }
Status unknown(const std::string& text) { return Status::failure("trust.signer_unknown", text); }

Instant instantOf(const ASN1_TIME* time) {
  std::tm parts{};
  ASN1_TIME_to_tm(time, &parts);
  return Instant(std::chrono::seconds(timegm(&parts)));
}

std::string serialOf(const X509* certificate) {
  const ASN1_INTEGER* number = X509_get0_serialNumber(certificate);
  const auto* bytes = ASN1_STRING_get0_data(number);
  const auto size = static_cast<std::size_t>(ASN1_STRING_length(number));
  std::string hex = toHex({reinterpret_cast<const char*>(bytes), size});
  std::transform(hex.begin(), hex.end(), hex.begin(),
                 [](char c) { return c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c; });
  return hex;
}

Result<std::shared_ptr<Signer>> makeSigner(CertificateHandle certificate) {
  auto signer = std::make_shared<Signer>();
  signer->key.reset(X509_get_pubkey(certificate.get()));
  ERR_clear_error();
  auto kind = strongKind(signer->key.get());
  if (!kind.ok()) return kind.status();
  if ((X509_get_extension_flags(certificate.get()) & EXFLAG_KUSAGE) == 0 ||
      (X509_get_key_usage(certificate.get()) & KU_DIGITAL_SIGNATURE) == 0) {
    return unknown("the certificate is not for digital signatures");
  }
  signer->kind = *kind;
  signer->verifying = verifyingContext(signer->key.get());
  signer->subject = subjectOf(certificate.get());
  signer->serial_hex = serialOf(certificate.get());
  signer->sha256_hex = sha256Hex(certificateDer(certificate.get()));
  signer->not_before = instantOf(X509_get0_notBefore(certificate.get()));
  signer->not_after = instantOf(X509_get0_notAfter(certificate.get()));
  signer->certificate = std::move(certificate);
  return signer;
}

Result<SignerPointer> checkTime(const SignerPointer& signer, Instant now) {
  if (now < signer->not_before || now > signer->not_after) {
    return Status::failure("trust.certificate_expired",
                           "the signer's certificate is not valid at this time");
  }
  return signer;
}

Result<std::vector<CertificateHandle>> readCertificates(const std::string& file) {
  auto pem = readFile(file, kPemBytesMax);
  if (!pem.ok()) return bad("the certificate file '" + file + "' cannot be read");
  BioHandle bio(BIO_new_mem_buf(pem->data(), static_cast<int>(pem->size())));
  std::vector<CertificateHandle> all;
  while (X509* one = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) all.emplace_back(one);
  ERR_clear_error();
  if (all.empty()) return bad("'" + file + "' holds no PEM certificate");
  return all;
}

std::string valueOf(X509_NAME_ENTRY* entry) {
  unsigned char* utf8 = nullptr;
  const int size = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(entry));
  if (size < 0) return {};
  std::string value(reinterpret_cast<char*>(utf8), static_cast<std::size_t>(size));
  OPENSSL_free(utf8);
  return value;
}

// `text` is a whole attribute value ("BIN940140000385"), "type=value", or the whole name.
bool subjectHolds(X509* certificate, const std::string& text) {
  X509_NAME* name = X509_get_subject_name(certificate);
  for (int i = 0; i < X509_NAME_entry_count(name); ++i) {
    X509_NAME_ENTRY* entry = X509_NAME_get_entry(name, i);
    const std::string value = valueOf(entry);
    const char* type = OBJ_nid2sn(OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry)));
    if (value == text) return true;
    if (type != nullptr && std::string(type) + "=" + value == text) return true;
  }
  return subjectOf(certificate) == text;
}

Status chainFailure(int code) {
  switch (code) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return Status::failure("trust.certificate_expired",
                             "a certificate of the signer's chain is not valid at this time");
    case X509_V_ERR_EE_KEY_TOO_SMALL:
    case X509_V_ERR_CA_KEY_TOO_SMALL:
    case X509_V_ERR_CA_MD_TOO_WEAK:
      return Status::failure("trust.algorithm_refused", "a weak key or digest in the chain");
    default:
      return unknown(std::string("the chain ends at no trusted CA: ") +
                     X509_verify_cert_error_string(code));
  }
}

}  // namespace

Result<std::unique_ptr<SignerPolicy>> SignerPolicy::load(const ProfileConfig& config) {
  auto policy = std::make_unique<SignerPolicy>();
  for (const auto& file : config.peers) {
    if (Status status = policy->pin(file); !status.ok()) return status;
  }
  if (!config.ca_file.empty()) {
    if (config.peer_subject.empty()) {
      return bad("ca_file needs peer_subject: otherwise everybody the CA knows may sign");
    }
    policy->subject_ = config.peer_subject;
    if (Status status = policy->loadCa(config.ca_file); !status.ok()) return status;
  }
  return policy;
}

Status SignerPolicy::pin(const std::string& file) {
  auto all = readCertificates(file);
  if (!all.ok()) return all.status();
  for (auto& certificate : *all) {
    const std::string thumbprint = rawSha256(certificateDer(certificate.get()));
    auto signer = makeSigner(std::move(certificate));
    if (!signer.ok()) return bad("'" + file + "': " + signer.error().text);
    pinned_[thumbprint] = *signer;
  }
  return {};
}

Status SignerPolicy::loadCa(const std::string& file) {
  auto all = readCertificates(file);
  if (!all.ok()) return all.status();
  store_.reset(X509_STORE_new());
  for (auto& certificate : *all) X509_STORE_add_cert(store_.get(), certificate.get());
  ERR_clear_error();
  return {};
}

SignerPointer SignerPolicy::known(const std::string& thumbprint) {
  if (const auto at = pinned_.find(thumbprint); at != pinned_.end()) return at->second;
  const std::lock_guard lock(mutex_);
  const auto at = by_ca_.find(thumbprint);
  return at == by_ca_.end() ? nullptr : at->second;
}

Result<SignerPointer> SignerPolicy::acceptThumbprint(const std::string& thumbprint, Instant now) {
  const SignerPointer signer = known(thumbprint);
  if (!signer) return unknown("no certificate with this digest is accepted here");
  return checkTime(signer, now);
}

Result<SignerPointer> SignerPolicy::accept(std::string_view der,
                                           const std::vector<std::string>& others, Instant now) {
  if (const SignerPointer signer = known(rawSha256(der))) return checkTime(signer, now);
  // Expiry is told first: "unknown" would send an operator looking for the wrong fault.
  if (!store_) {
    auto certificate = certificateFromDer(der);
    if (!certificate) return Status::failure("trust.malformed", "not a certificate");
    KeyHandle key(X509_get_pubkey(certificate.get()));
    if (auto kind = strongKind(key.get()); !kind.ok()) return kind.status();
    return unknown("this certificate is not pinned here");
  }
  return acceptByCa(der, others, now);
}

Result<SignerPointer> SignerPolicy::acceptByCa(std::string_view der,
                                               const std::vector<std::string>& others,
                                               Instant now) {
  auto certificate = certificateFromDer(der);
  if (!certificate) return Status::failure("trust.malformed", "not a certificate");
  X509* leaf = certificate.get();
  auto made = makeSigner(std::move(certificate));
  if (!made.ok()) return made.status();
  std::shared_ptr<Signer> signer = *made;
  std::unique_ptr<STACK_OF(X509), FreeStack> untrusted(sk_X509_new_null());
  std::vector<CertificateHandle> owned;
  for (const auto& other : others) {
    if (auto one = certificateFromDer(other)) {
      sk_X509_push(untrusted.get(), one.get());
      owned.push_back(std::move(one));
    }
  }
  StoreContext context(X509_STORE_CTX_new());
  if (!context || X509_STORE_CTX_init(context.get(), store_.get(), leaf, untrusted.get()) != 1) {
    return Status::failure("base.internal", "OpenSSL could not build a chain");
  }
  X509_VERIFY_PARAM* parameters = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_time(
      parameters, std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count());
  X509_VERIFY_PARAM_set_auth_level(parameters, kSecurityLevel);
  const int good = X509_verify_cert(context.get());
  ERR_clear_error();
  if (good != 1) return chainFailure(X509_STORE_CTX_get_error(context.get()));
  if (!subjectHolds(leaf, subject_)) return unknown("the CA knows the signer, but not as our peer");
  STACK_OF(X509)* chain = X509_STORE_CTX_get0_chain(context.get());
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    const X509* link = sk_X509_value(chain, i);
    signer->not_before = std::max(signer->not_before, instantOf(X509_get0_notBefore(link)));
    signer->not_after = std::min(signer->not_after, instantOf(X509_get0_notAfter(link)));
  }
  const std::lock_guard lock(mutex_);
  if (by_ca_.size() >= kRememberedMax) by_ca_.clear();
  by_ca_[rawSha256(der)] = signer;
  return SignerPointer(signer);
}

}  // namespace hub::trust
