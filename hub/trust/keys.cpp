#include "hub/trust/keys.h"

#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <sys/stat.h>

#include <mutex>

#include "hub/base/ids.h"
#include "hub/base/text.h"

namespace hub::trust {
namespace {

constexpr std::size_t kPemBytesMax = 64 * 1024;
constexpr int kRsaBitsMin = 2048;
constexpr int kCoordinateBytes = 32;

struct Signature {
  ECDSA_SIG* value;
  explicit Signature(ECDSA_SIG* v) : value(v) {}
  ~Signature() { ECDSA_SIG_free(value); }
  Signature(const Signature&) = delete;
  Signature& operator=(const Signature&) = delete;
};

const unsigned char* octets(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// An encrypted key must fail, not ask the terminal.
int noPassphrase(char*, int, int, void*) { return -1; }

Status badKey(const std::string& name, const std::string& why) {
  return Status::failure("trust.bad_key", "key '" + name + "': " + why);
}

BioHandle readOnly(std::string_view bytes) {
  return BioHandle(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

Status checkMode(const std::string& name, const std::string& file) {
  struct stat info {};
  if (stat(file.c_str(), &info) != 0) return badKey(name, "the key file cannot be read");
  if (!S_ISREG(info.st_mode)) return badKey(name, "the key file is not a file");
  if ((info.st_mode & 0137) != 0) return badKey(name, "the key file's mode is wider than 0640");
  return {};
}

Result<KeyHandle> readKey(const std::string& name, const std::string& file) {
  auto pem = readFile(file, kPemBytesMax);
  if (!pem.ok()) return badKey(name, "the key file cannot be read");
  BioHandle bio = readOnly(*pem);
  KeyHandle key(PEM_read_bio_PrivateKey(bio.get(), nullptr, noPassphrase, nullptr));
  OPENSSL_cleanse(pem->data(), pem->size());
  ERR_clear_error();
  if (!key) return badKey(name, "not a PEM private key without passphrase");
  return key;
}

Result<CertificateHandle> readCertificate(const std::string& name, const std::string& file) {
  auto pem = readFile(file, kPemBytesMax);
  if (!pem.ok()) return badKey(name, "the certificate file cannot be read");
  BioHandle bio = readOnly(*pem);
  CertificateHandle certificate(PEM_read_bio_X509(bio.get(), nullptr, noPassphrase, nullptr));
  ERR_clear_error();
  if (!certificate) return badKey(name, "not a PEM certificate");
  return certificate;
}

std::string certificatePemOf(X509* certificate) {
  BioHandle bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(bio.get(), certificate);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<std::size_t>(size));
}

std::string toFixed(std::string_view der) {
  const unsigned char* at = octets(der);
  const Signature parsed(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  if (parsed.value == nullptr) return {};
  std::string fixed(2 * kCoordinateBytes, '\0');
  auto* out = reinterpret_cast<unsigned char*>(fixed.data());
  BN_bn2binpad(ECDSA_SIG_get0_r(parsed.value), out, kCoordinateBytes);
  BN_bn2binpad(ECDSA_SIG_get0_s(parsed.value), out + kCoordinateBytes, kCoordinateBytes);
  return fixed;
}

std::string fromFixed(std::string_view fixed) {
  if (fixed.size() != 2 * kCoordinateBytes) return {};
  const Signature built(ECDSA_SIG_new());
  BIGNUM* r = BN_bin2bn(octets(fixed), kCoordinateBytes, nullptr);
  BIGNUM* s = BN_bin2bn(octets(fixed) + kCoordinateBytes, kCoordinateBytes, nullptr);
  if (built.value == nullptr || ECDSA_SIG_set0(built.value, r, s) != 1) {
    BN_free(r);
    BN_free(s);
    return {};
  }
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(built.value, &der);
  if (size <= 0) return {};
  std::string out(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return out;
}

}  // namespace

Result<KeyKind> strongKind(EVP_PKEY* key) {
  const auto refused = [](const char* why) {
    return Status::failure("trust.algorithm_refused", why);
  };
  if (key == nullptr) return refused("a key that cannot be read");
  const int type = EVP_PKEY_get_base_id(key);
  if (type == EVP_PKEY_RSA) {
    if (EVP_PKEY_get_bits(key) < kRsaBitsMin) return refused("an RSA key shorter than 2048 bits");
    return KeyKind::kRsa;
  }
  if (type != EVP_PKEY_EC) return refused("a key that is neither RSA nor ECDSA P-256");
  char group[64] = {};
  std::size_t size = 0;
  if (EVP_PKEY_get_group_name(key, group, sizeof group, &size) != 1 ||
      std::string_view(group, size) != SN_X9_62_prime256v1) {
    return refused("an elliptic curve other than P-256");
  }
  return KeyKind::kEc;
}

DigestContext verifyingContext(EVP_PKEY* key) {
  DigestContext context(EVP_MD_CTX_new());
  if (context && EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key) != 1) {
    context.reset();
  }
  ERR_clear_error();
  return context;
}

Result<std::string> signDer(const PrivateKey& key, std::string_view bytes) {
  // Looking up the algorithms anew for each signature costs a good part of a P-256 signature.
  DigestContext context(EVP_MD_CTX_new());
  std::string out(static_cast<std::size_t>(EVP_PKEY_get_size(key.key.get())), '\0');
  std::size_t size = out.size();
  if (!context || !key.signing || EVP_MD_CTX_copy_ex(context.get(), key.signing.get()) != 1 ||
      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size,
                     octets(bytes), bytes.size()) != 1) {
    ERR_clear_error();
    return Status::failure("base.internal", "OpenSSL could not sign");
  }
  out.resize(size);
  return out;
}

Result<std::string> signFixed(const PrivateKey& key, std::string_view bytes) {
  auto der = signDer(key, bytes);
  if (!der.ok() || key.kind == KeyKind::kRsa) return der;
  return toFixed(*der);
}

bool verifyFixed(const EVP_MD_CTX* verifying, KeyKind kind, std::string_view bytes,
                 std::string_view signature) {
  std::string der;
  if (kind == KeyKind::kEc) {
    der = fromFixed(signature);
    if (der.empty()) return false;
    signature = der;
  }
  DigestContext context(EVP_MD_CTX_new());
  const bool good = context && verifying != nullptr &&
                    EVP_MD_CTX_copy_ex(context.get(), verifying) == 1 &&
                    EVP_DigestVerify(context.get(), octets(signature), signature.size(),
                                     octets(bytes), bytes.size()) == 1;
  ERR_clear_error();
  return good;
}

std::string rawSha256(std::string_view bytes) {
  const Sha256 digest = sha256(bytes);
  return std::string(digest.begin(), digest.end());
}

std::string certificateDer(X509* certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate, &der);
  if (size <= 0) return {};
  std::string out(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return out;
}

std::string subjectOf(X509* certificate) {
  BioHandle bio(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(bio.get(), X509_get_subject_name(certificate), 0,
                     XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB));
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<std::size_t>(size));
}

CertificateHandle certificateFromDer(std::string_view der) {
  const unsigned char* at = octets(der);
  CertificateHandle certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  ERR_clear_error();
  if (certificate && at != octets(der) + der.size()) return nullptr;
  return certificate;
}

Status LoadedKeyring::add(const std::string& name, const std::string& key_file,
                          const std::string& certificate_file) {
  if (Status mode = checkMode(name, key_file); !mode.ok()) return mode;
  auto key = readKey(name, key_file);
  if (!key.ok()) return key.status();
  auto kind = strongKind(key->get());
  if (!kind.ok()) return badKey(name, kind.error().text + " is not accepted");
  auto certificate = readCertificate(name, certificate_file);
  if (!certificate.ok()) return certificate.status();
  if (X509_check_private_key(certificate->get(), key->get()) != 1) {
    ERR_clear_error();
    return badKey(name, "key and certificate do not belong together");
  }
  auto entry = std::make_shared<PrivateKey>();
  entry->kind = *kind;
  entry->certificate_der = certificateDer(certificate->get());
  entry->certificate_pem = certificatePemOf(certificate->get());
  entry->certificate_base64 = toBase64(entry->certificate_der);
  entry->thumbprint = rawSha256(entry->certificate_der);
  entry->signing.reset(EVP_MD_CTX_new());
  if (!entry->signing ||
      EVP_DigestSignInit(entry->signing.get(), nullptr, EVP_sha256(), nullptr, key->get()) != 1) {
    ERR_clear_error();
    return badKey(name, "OpenSSL cannot sign with it");
  }
  entry->key = std::move(*key);
  entry->certificate = std::move(*certificate);
  const std::unique_lock lock(mutex_);
  keys_[name] = std::move(entry);
  return {};
}

bool LoadedKeyring::has(std::string_view name) const { return find(name) != nullptr; }

std::shared_ptr<const PrivateKey> LoadedKeyring::find(std::string_view name) const {
  const std::shared_lock lock(mutex_);
  const auto at = keys_.find(name);
  return at == keys_.end() ? nullptr : at->second;
}

Result<std::string> LoadedKeyring::signRaw(std::string_view key, std::string_view bytes) {
  const auto found = find(key);
  if (!found) return badKey(std::string(key), "there is no such key");
  return signDer(*found, bytes);
}

Result<std::string> LoadedKeyring::certificatePem(std::string_view key) const {
  const auto found = find(key);
  if (!found) return badKey(std::string(key), "there is no such key");
  return found->certificate_pem;
}

std::unique_ptr<Keyring> makeKeyring() { return std::make_unique<LoadedKeyring>(); }

}  // namespace hub::trust
