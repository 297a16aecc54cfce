// NAME.p7s beside NAME: CMS SignedData (RFC 5652), detached, with signing-certificate-v2
// (RFC 5035), the shape of CAdES-BES (ETSI EN 319 122-1).
//
// Signed attributes bind the content by its digest alone, so both directions need only the SHA-256
// of a file and never the file in memory.
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/ess.h>
#include <openssl/objects.h>

#include <ctime>

#include "hub/base/ids.h"
#include "hub/trust/profiles.h"

namespace hub::trust {
namespace {

constexpr std::size_t kSignatureBytesMax = 64 * 1024;

Status wrong(const char* why) { return Status::failure("trust.signature_wrong", why); }
Status malformed(const char* why) { return Status::failure("trust.malformed", why); }
Status refused(const char* why) { return Status::failure("trust.algorithm_refused", why); }
Status internal(const char* why) {
  ERR_clear_error();
  return Status::failure("base.internal", why);
}

struct FreeCertificates {
  void operator()(STACK_OF(X509) * stack) const { sk_X509_pop_free(stack, X509_free); }
};
struct FreeBytes {
  void operator()(unsigned char* bytes) const { OPENSSL_free(bytes); }
};

// The digest of the content, 32 raw octets.
Result<std::string> digestOf(std::string_view body, const std::string& hex) {
  if (hex.empty()) return rawSha256(body);
  std::string raw;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    const int high = OPENSSL_hexchar2int(static_cast<unsigned char>(hex[i]));
    const int low = OPENSSL_hexchar2int(static_cast<unsigned char>(hex[i + 1]));
    if (high < 0 || low < 0) return malformed("body_sha256 is not hexadecimal");
    raw.push_back(static_cast<char>(high * 16 + low));
  }
  if (hex.size() != 64) return malformed("body_sha256 is not a SHA-256 digest");
  return raw;
}

bool addTime(CMS_SignerInfo* signer, Instant now) {
  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  std::unique_ptr<ASN1_TIME, FreeWith<ASN1_TIME_free>> time(ASN1_TIME_set(nullptr, seconds));
  return time && CMS_signed_add1_attr_by_NID(signer, NID_pkcs9_signingTime, time->type, time.get(),
                                             -1) == 1;
}

Result<std::string> makeSignature(const PrivateKey& key, const std::string& digest, Instant now) {
  const unsigned flags = CMS_PARTIAL | CMS_DETACHED | CMS_BINARY | CMS_CADES | CMS_NOSMIMECAP;
  CmsHandle cms(CMS_sign(nullptr, nullptr, nullptr, nullptr, flags));
  if (!cms) return internal("OpenSSL could not start a CMS message");
  CMS_SignerInfo* signer =
      CMS_add1_signer(cms.get(), key.certificate.get(), key.key.get(), EVP_sha256(), flags);
  const bool done =
      signer != nullptr && addTime(signer, now) &&
      CMS_signed_add1_attr_by_NID(signer, NID_pkcs9_contentType, V_ASN1_OBJECT,
                                  OBJ_nid2obj(NID_pkcs7_data), -1) == 1 &&
      CMS_signed_add1_attr_by_NID(signer, NID_pkcs9_messageDigest, V_ASN1_OCTET_STRING,
                                  digest.data(), static_cast<int>(digest.size())) == 1 &&
      CMS_SignerInfo_sign(signer) == 1;
  if (!done) return internal("OpenSSL could not sign");
  unsigned char* der = nullptr;
  const int size = i2d_CMS_ContentInfo(cms.get(), &der);
  const std::unique_ptr<unsigned char, FreeBytes> owned(der);
  if (size <= 0) return internal("OpenSSL could not write the signature");
  return std::string(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
}

Result<CmsHandle> parse(std::string_view der) {
  if (der.size() > kSignatureBytesMax) return malformed("the signature is too large");
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const auto* end = at + der.size();
  CmsHandle cms(d2i_CMS_ContentInfo(nullptr, &at, static_cast<long>(der.size())));
  ERR_clear_error();
  if (!cms || at != end) return malformed("not a CMS message in DER");
  if (OBJ_obj2nid(CMS_get0_type(cms.get())) != NID_pkcs7_signed ||
      OBJ_obj2nid(CMS_get0_eContentType(cms.get())) != NID_pkcs7_data) {
    return malformed("not CMS SignedData over data");
  }
  if (CMS_is_detached(cms.get()) != 1) {
    return Status::failure("trust.wrapping", "the signature carries a content of its own");
  }
  return cms;
}

Result<CMS_SignerInfo*> onlySigner(CMS_ContentInfo* cms) {
  STACK_OF(CMS_SignerInfo)* all = CMS_get0_SignerInfos(cms);
  if (all == nullptr || sk_CMS_SignerInfo_num(all) == 0) {
    return Status::failure("trust.signature_missing", "the .p7s holds no signature");
  }
  if (sk_CMS_SignerInfo_num(all) != 1) return malformed("more than one signer");
  return sk_CMS_SignerInfo_value(all, 0);
}

Status checkAlgorithms(CMS_SignerInfo* info, KeyKind kind) {
  X509_ALGOR* digest = nullptr;
  X509_ALGOR* signature = nullptr;
  CMS_SignerInfo_get0_algs(info, nullptr, nullptr, &digest, &signature);
  if (OBJ_obj2nid(digest->algorithm) != NID_sha256) return refused("a digest other than SHA-256");
  const int nid = OBJ_obj2nid(signature->algorithm);
  const bool fits = kind == KeyKind::kRsa
                        ? nid == NID_rsaEncryption || nid == NID_sha256WithRSAEncryption
                        : nid == NID_ecdsa_with_SHA256;
  if (!fits) return refused("the signature algorithm");
  return {};
}

Status checkDigest(CMS_SignerInfo* info, const std::string& digest) {
  const auto* attribute = static_cast<ASN1_OCTET_STRING*>(CMS_signed_get0_data_by_OBJ(
      info, OBJ_nid2obj(NID_pkcs9_messageDigest), -3, V_ASN1_OCTET_STRING));
  if (attribute == nullptr) return malformed("no signed message digest");
  const std::string_view signed_digest(
      reinterpret_cast<const char*>(ASN1_STRING_get0_data(attribute)),
      static_cast<std::size_t>(ASN1_STRING_length(attribute)));
  if (!equalConstantTime(signed_digest, digest)) return wrong("the file was changed after signing");
  return {};
}

// Without this attribute one certificate could be put in the place of another with the same key.
Status checkSigningCertificate(CMS_SignerInfo* info, X509* certificate) {
  const auto* attribute = static_cast<ASN1_STRING*>(CMS_signed_get0_data_by_OBJ(
      info, OBJ_nid2obj(NID_id_smime_aa_signingCertificateV2), -3, V_ASN1_SEQUENCE));
  if (attribute == nullptr) return malformed("no signing-certificate-v2 attribute");
  const unsigned char* at = ASN1_STRING_get0_data(attribute);
  std::unique_ptr<ESS_SIGNING_CERT_V2, FreeWith<ESS_SIGNING_CERT_V2_free>> ess(
      d2i_ESS_SIGNING_CERT_V2(nullptr, &at, ASN1_STRING_length(attribute)));
  std::unique_ptr<STACK_OF(X509), FreeCertificates> chain(sk_X509_new_null());
  X509_up_ref(certificate);
  sk_X509_push(chain.get(), certificate);
  const int found = ess ? OSSL_ESS_check_signing_certs(nullptr, ess.get(), chain.get(), 1) : 0;
  ERR_clear_error();
  return found > 0 ? Status() : wrong("signed for another certificate");
}

class CmsDetached final : public Profile {
 public:
  explicit CmsDetached(ProfileParts parts) : parts_(std::move(parts)) {}
  const std::string& name() const override { return name_; }

  Result<Signed> sign(std::string_view body, const Context& context, Instant now) override {
    if (!parts_.key) return noKeyToSign();
    auto digest = digestOf(body, context.body_sha256);
    if (!digest.ok()) return digest.status();
    auto der = makeSignature(*parts_.key, *digest, now);
    if (!der.ok()) return der.status();
    Signed out;
    out.body = std::string(body);
    out.detached = std::move(*der);
    return out;
  }

  Result<Verified> verify(std::string_view body, const Context& context, Instant now) override {
    if (context.signature.empty()) {
      return Status::failure("trust.signature_missing", "the file came without its .p7s");
    }
    auto digest = digestOf(body, context.body_sha256);
    if (!digest.ok()) return digest.status();
    auto cms = parse(context.signature);
    if (!cms.ok()) return cms.status();
    auto info = onlySigner(cms->get());
    if (!info.ok()) return info.status();
    auto signer = findSigner(cms->get(), *info, now);
    if (!signer.ok()) return signer.status();
    if (Status status = checkAlgorithms(*info, (*signer)->kind); !status.ok()) return status;
    if (Status status = checkDigest(*info, *digest); !status.ok()) return status;
    X509* certificate = (*signer)->certificate.get();
    CMS_SignerInfo_set1_signer_cert(*info, certificate);
    const int good = CMS_SignerInfo_verify(*info);
    ERR_clear_error();
    if (good != 1) return wrong("the signature does not fit attributes and certificate");
    if (Status status = checkSigningCertificate(*info, certificate); !status.ok()) return status;
    return Verified{.body = std::string(body),
                    .signer = (*signer)->subject,
                    .signer_sha256 = (*signer)->sha256_hex,
                    .signer_serial = (*signer)->serial_hex,
                    .nonce = {}};
  }

 private:
  Result<SignerPointer> findSigner(CMS_ContentInfo* cms, CMS_SignerInfo* info, Instant now) {
    const std::unique_ptr<STACK_OF(X509), FreeCertificates> all(CMS_get1_certs(cms));
    std::string leaf;
    std::vector<std::string> others;
    for (int i = 0; all && i < sk_X509_num(all.get()); ++i) {
      X509* certificate = sk_X509_value(all.get(), i);
      const bool is_signer = leaf.empty() && CMS_SignerInfo_cert_cmp(info, certificate) == 0;
      if (is_signer) {
        leaf = certificateDer(certificate);
      } else {
        others.push_back(certificateDer(certificate));
      }
    }
    if (leaf.empty()) {
      return Status::failure("trust.signer_unknown", "the signer's certificate is not in the .p7s");
    }
    return parts_.policy->accept(leaf, others, now);
  }

  const std::string name_ = "cms-detached";
  ProfileParts parts_;
};

}  // namespace

std::unique_ptr<Profile> makeCmsDetached(ProfileParts parts) {
  return std::make_unique<CmsDetached>(std::move(parts));
}

}  // namespace hub::trust
