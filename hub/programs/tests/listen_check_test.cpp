// The doors' certificate, key and CA as --check-config judges them, with files made for the test.
#include "hub/programs/listen_check.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>

#include <cstdio>
#include <filesystem>
#include <memory>

namespace hub::programs {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

class ListenCheck : public ::testing::Test {
 protected:
  void SetUp() override {
    auto name = (std::filesystem::temp_directory_path() / "listen-check-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    pair("good", -1, 300);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string path(const std::string& name) const { return folder_ + "/" + name; }

  void text(const std::string& name, const std::string& content) {
    std::FILE* file = std::fopen(path(name).c_str(), "w");
    ASSERT_NE(file, nullptr);
    std::fputs(content.c_str(), file);
    std::fclose(file);
  }

  // NAME.crt and NAME.key, valid from and until so many days from now.
  void pair(const std::string& name, int from_day, int until_day) {
    Key key(EVP_EC_gen("P-256"), EVP_PKEY_free);
    std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), X509_free);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), from_day * 86'400L);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), until_day * 86'400L + 3'600);
    X509_set_pubkey(certificate.get(), key.get());
    ASSERT_GT(X509_sign(certificate.get(), key.get(), EVP_sha256()), 0);
    std::FILE* file = std::fopen(path(name + ".crt").c_str(), "w");
    PEM_write_X509(file, certificate.get());
    std::fclose(file);
    file = std::fopen(path(name + ".key").c_str(), "w");
    PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(file);
  }

  std::string found(const std::string& certificate, const std::string& key,
                    const std::string& client_ca = "good.crt") {
    web::TlsOptions tls;
    tls.certificate = path(certificate);
    tls.key = path(key);
    tls.client_ca = path(client_ca);
    std::string all;
    for (const auto& finding : checkListenTls(tls, systemClock().now())) {
      all += (finding.warning ? "warning " : "error ") + finding.key + ": " + finding.text + "\n";
    }
    return all;
  }

  std::string folder_;
};

TEST_F(ListenCheck, RightFilesOrNoTlsSayNothing) {
  EXPECT_EQ(found("good.crt", "good.key"), "");
  EXPECT_TRUE(checkListenTls({}, systemClock().now()).empty());
}

TEST_F(ListenCheck, ReadableAndPem) {
  text("garbage", "-----BEGIN CERTIFICATE-----\nxx\n");
  EXPECT_NE(found("none", "good.key").find("error certificate: cannot read"), std::string::npos);
  EXPECT_NE(found("garbage", "good.key").find("error certificate: holds no PEM"),
            std::string::npos);
  EXPECT_NE(found("good.crt", "none").find("error key: cannot read"), std::string::npos);
  EXPECT_NE(found("good.crt", "good.crt").find("error key: holds no"), std::string::npos);
  EXPECT_NE(found("good.crt", "good.key", "garbage").find("error client_ca: holds no PEM"),
            std::string::npos);
}

TEST_F(ListenCheck, TheKeyIsTheCertificates) {
  pair("other", -1, 300);
  EXPECT_EQ(found("good.crt", "other.key"), "error key: is not the key of the certificate\n");
}

TEST_F(ListenCheck, ValidNowAndForAMonth) {
  pair("old", -20, -2);
  EXPECT_NE(found("old.crt", "old.key").find("error certificate: expired on"), std::string::npos);
  pair("young", 2, 300);
  EXPECT_NE(found("young.crt", "young.key").find("error certificate: is not valid before"),
            std::string::npos);
  pair("soon", -20, 29);
  auto soon = found("soon.crt", "soon.key");
  EXPECT_EQ(soon.rfind("warning certificate: expires on", 0), 0u) << soon;
  EXPECT_NE(found("good.crt", "good.key", "old.crt").find("error client_ca: expired"),
            std::string::npos);
  pair("enough", -20, 31);
  EXPECT_EQ(found("enough.crt", "enough.key"), "");
}

}  // namespace
}  // namespace hub::programs
