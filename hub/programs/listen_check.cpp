#include "hub/programs/listen_check.h"

#include <openssl/pem.h>
#include <openssl/x509.h>

#include <chrono>
#include <memory>

namespace hub::programs {
namespace {

constexpr int kWarnDays = 30;

template <auto Function>
struct FreeBy {
  template <typename T>
  void operator()(T* value) const {
    Function(value);
  }
};
using File = std::unique_ptr<BIO, FreeBy<BIO_free_all>>;
using Certificate = std::unique_ptr<X509, FreeBy<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, FreeBy<EVP_PKEY_free>>;

File openFile(const std::string& path) { return File(BIO_new_file(path.c_str(), "rb")); }

// An encrypted key is refused instead of asking the terminal.
int noPassword(char*, int, int, void*) { return -1; }

std::vector<Certificate> certificatesOf(BIO* file) {
  std::vector<Certificate> all;
  while (X509* one = PEM_read_bio_X509(file, nullptr, noPassword, nullptr)) all.emplace_back(one);
  return all;
}

std::string dayOf(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return "an unreadable day";
  char text[16];
  std::strftime(text, sizeof text, "%Y-%m-%d", &parts);
  return text;
}

class Check {
 public:
  Check(const web::TlsOptions& tls, Instant now)
      : tls_(tls),
        now_(std::chrono::system_clock::to_time_t(
            std::chrono::time_point_cast<std::chrono::system_clock::duration>(now))) {}

  std::vector<ListenFinding> run() {
    auto chain = load("certificate", tls_.certificate);
    auto anchors = load("client_ca", tls_.client_ca);
    for (const auto& each : chain) checkTime("certificate", each.get());
    for (const auto& each : anchors) checkTime("client_ca", each.get());
    checkKey(chain.empty() ? nullptr : chain.front().get());
    return std::move(findings_);
  }

 private:
  void add(const std::string& key, const std::string& text, bool warning = false) {
    findings_.push_back({key, text, warning});
  }

  std::vector<Certificate> load(const std::string& key, const std::string& path) {
    if (path.empty()) return {};
    auto file = openFile(path);
    if (!file) {
      add(key, "cannot read " + path);
      return {};
    }
    auto all = certificatesOf(file.get());
    if (all.empty()) add(key, "holds no PEM certificate: " + path);
    return all;
  }

  void checkTime(const std::string& key, const X509* certificate) {
    const ASN1_TIME* from = X509_get0_notBefore(certificate);
    const ASN1_TIME* until = X509_get0_notAfter(certificate);
    std::time_t now = now_, soon = now_ + kWarnDays * 24 * 3600;
    if (X509_cmp_time(from, &now) > 0) {
      add(key, "is not valid before " + dayOf(from));
    } else if (X509_cmp_time(until, &now) < 0) {
      add(key, "expired on " + dayOf(until));
    } else if (X509_cmp_time(until, &soon) < 0) {
      add(key, "expires on " + dayOf(until) + ", within " + std::to_string(kWarnDays) + " days",
          true);
    }
  }

  void checkKey(X509* certificate) {
    if (tls_.key.empty()) return;
    auto file = openFile(tls_.key);
    if (!file) return add("key", "cannot read " + tls_.key);
    Key key(PEM_read_bio_PrivateKey(file.get(), nullptr, noPassword, nullptr));
    if (!key) return add("key", "holds no unencrypted PEM key: " + tls_.key);
    if (certificate && X509_check_private_key(certificate, key.get()) != 1) {
      add("key", "is not the key of the certificate");
    }
  }

  const web::TlsOptions& tls_;
  const std::time_t now_;
  std::vector<ListenFinding> findings_;
};

}  // namespace

std::vector<ListenFinding> checkListenTls(const web::TlsOptions& tls, Instant now) {
  return Check(tls, now).run();
}

}  // namespace hub::programs
