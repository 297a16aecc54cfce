// A public key infrastructure for tests: a CA and identities made at run time in some folder.
// Header only; needs OpenSSL. Any room's tests may use it. Failures throw std::runtime_error.
#pragma once

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <ctime>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace hub::trust::testing {

// A folder under $TMPDIR or /tmp that goes away with the object.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "otinish-test-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

enum class TestKey { kRsa1024, kRsa2048, kP256, kP384 };

struct TestIdentity {
  std::string name;
  std::string key_file;          // PEM PKCS#8, mode 0600
  std::string certificate_file;  // PEM
};

struct TestCertificate {
  TestKey key = TestKey::kP256;
  std::string organizational_unit{};  // e.g. "BIN940140000385"
  long not_before_s = -3600;          // from now
  long not_after_s = 30L * 24 * 3600;
  std::string key_usage = "critical,digitalSignature";  // empty: no such extension
  std::string alternative_names = "DNS:localhost,IP:127.0.0.1";
};

class TestPki {
 public:
  // Everything lands in `folder`, which must exist. `ca_name` is the CA's common name.
  explicit TestPki(std::string folder, const std::string& ca_name = "Otinish test CA")
      : folder_(std::move(folder)) {
    ca_key_ = makeKey(TestKey::kP256);
    ca_ = makeCertificate(
        ca_name,
        TestCertificate{.key_usage = "critical,keyCertSign,cRLSign", .alternative_names = ""},
        ca_key_.get(), nullptr);
    writeCertificate(caFile(), ca_.get());
  }
  std::string caFile() const { return folder_ + "/ca.pem"; }

  TestIdentity issue(const std::string& name, const TestCertificate& wanted = {}) {
    const Key key = makeKey(wanted.key);
    const Certificate certificate = makeCertificate(name, wanted, key.get(), ca_.get());
    TestIdentity out{name, folder_ + "/" + name + ".key", folder_ + "/" + name + ".pem"};
    const Bio bio(BIO_new_file(out.key_file.c_str(), "w"));
    must(PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr,
                                       nullptr) == 1);
    chmod(out.key_file.c_str(), 0600);
    writeCertificate(out.certificate_file, certificate.get());
    return out;
  }

 private:
  struct FreeKey {
    void operator()(EVP_PKEY* k) const { EVP_PKEY_free(k); }
  };
  struct FreeCertificate {
    void operator()(X509* c) const { X509_free(c); }
  };
  struct FreeBio {
    void operator()(BIO* b) const { BIO_free_all(b); }
  };
  using Key = std::unique_ptr<EVP_PKEY, FreeKey>;
  using Certificate = std::unique_ptr<X509, FreeCertificate>;
  using Bio = std::unique_ptr<BIO, FreeBio>;

  static void must(bool good) {
    if (!good) throw std::runtime_error("the test PKI failed");
  }

  // Making an RSA key takes long; one for the whole test program is as good as many.
  static Key sharedRsa() {
    static const Key one(EVP_RSA_gen(2048));
    must(one && EVP_PKEY_up_ref(one.get()) == 1);
    return Key(one.get());
  }

  static Key makeKey(TestKey kind) {
    switch (kind) {
      case TestKey::kRsa1024:
        return Key(EVP_RSA_gen(1024));
      case TestKey::kRsa2048:
        return sharedRsa();
      case TestKey::kP256:
        return Key(EVP_EC_gen("P-256"));
      case TestKey::kP384:
        return Key(EVP_EC_gen("P-384"));
    }
    return nullptr;
  }

  static void addName(X509_NAME* name, const char* field, const std::string& value) {
    if (value.empty()) return;
    must(X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>(value.c_str()), -1, -1,
                                    0) == 1);
  }

  static void addExtension(X509* certificate, X509* issuer, int nid, const std::string& value) {
    if (value.empty()) return;
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
    must(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1);
    X509_EXTENSION_free(extension);
  }

  Certificate makeCertificate(const std::string& name, const TestCertificate& wanted, EVP_PKEY* key,
                              X509* issuer) {
    Certificate certificate(X509_new());
    X509* c = certificate.get();
    X509_set_version(c, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(c), ++serial_);
    X509_time_adj_ex(X509_getm_notBefore(c), 0, wanted.not_before_s, nullptr);
    X509_time_adj_ex(X509_getm_notAfter(c), 0, wanted.not_after_s, nullptr);
    X509_set_pubkey(c, key);
    X509_NAME* subject = X509_get_subject_name(c);
    addName(subject, "C", "KZ");
    addName(subject, "OU", wanted.organizational_unit);
    addName(subject, "CN", name);
    X509_set_issuer_name(c, issuer == nullptr ? subject : X509_get_subject_name(issuer));
    X509* signer = issuer == nullptr ? c : issuer;
    addExtension(c, signer, NID_basic_constraints,
                 issuer == nullptr ? "critical,CA:TRUE" : "critical,CA:FALSE");
    addExtension(c, signer, NID_key_usage, wanted.key_usage);
    addExtension(c, signer, NID_subject_key_identifier, "hash");
    if (issuer != nullptr) addExtension(c, signer, NID_authority_key_identifier, "keyid");
    addExtension(c, signer, NID_subject_alt_name, wanted.alternative_names);
    must(X509_sign(c, ca_key_.get(), EVP_sha256()) > 0);
    return certificate;
  }

  static void writeCertificate(const std::string& file, X509* certificate) {
    const Bio bio(BIO_new_file(file.c_str(), "w"));
    must(bio && PEM_write_bio_X509(bio.get(), certificate) == 1);
  }

  std::string folder_;
  Key ca_key_;
  Certificate ca_;
  long serial_ = 0;
};

inline std::string readAll(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

}  // namespace hub::trust::testing
