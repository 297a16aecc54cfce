// cms-detached: round trips, the openssl library's own CMS_verify as independent reader, attacks.
#include <openssl/cms.h>
#include <openssl/err.h>

#include "hub/base/ids.h"
#include "hub/trust/handles.h"
#include "hub/trust/tests/world.h"

namespace hub::trust::testing {
namespace {

constexpr char kFile[] = "iin;status\r\n850101100012;closed\n";

CmsHandle parsed(const std::string& der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  return CmsHandle(d2i_CMS_ContentInfo(nullptr, &at, static_cast<long>(der.size())));
}

bool opensslAccepts(const std::string& der, const std::string& content,
                    const std::string& ca_file) {
  CmsHandle cms = parsed(der);
  StoreHandle store(X509_STORE_new());
  X509_STORE_load_file(store.get(), ca_file.c_str());
  X509_STORE_set_purpose(store.get(), X509_PURPOSE_ANY);
  BioHandle in(BIO_new_mem_buf(content.data(), static_cast<int>(content.size())));
  BioHandle out(BIO_new(BIO_s_mem()));
  const int good =
      CMS_verify(cms.get(), nullptr, store.get(), in.get(), out.get(), CMS_BINARY | CMS_CADES);
  ERR_clear_error();
  return good == 1;
}

// What another program would sign, with flags of our choice.
std::string foreign(const TestIdentity& identity, const std::string& content, unsigned flags) {
  BioHandle key_file(BIO_new_file(identity.key_file.c_str(), "r"));
  KeyHandle key(PEM_read_bio_PrivateKey(key_file.get(), nullptr, nullptr, nullptr));
  BioHandle certificate_file(BIO_new_file(identity.certificate_file.c_str(), "r"));
  CertificateHandle certificate(
      PEM_read_bio_X509(certificate_file.get(), nullptr, nullptr, nullptr));
  BioHandle in(BIO_new_mem_buf(content.data(), static_cast<int>(content.size())));
  CmsHandle cms(CMS_sign(certificate.get(), key.get(), nullptr, in.get(), CMS_BINARY | flags));
  unsigned char* der = nullptr;
  const int size = i2d_CMS_ContentInfo(cms.get(), &der);
  std::string out(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return out;
}

Context with(const std::string& signature) {
  Context out;
  out.signature = signature;
  return out;
}

struct Cms : ::testing::Test {
  World world;
  std::unique_ptr<Profile> profile = world.make("cms-detached", "ec");

  std::string signedBy(const std::string& key) {
    auto result = world.make("cms-detached", key)->sign(kFile, {}, world.now);
    EXPECT_EQ(outcome(result), "ok");
    return result.ok() ? result->detached : "";
  }
  std::string check(const std::string& signature, const std::string& file = kFile) {
    return outcome(profile->verify(file, with(signature), world.now));
  }
};

TEST_F(Cms, RoundTrip) {
  for (const std::string key : {"ec", "rsa"}) {
    auto got = profile->verify(kFile, with(signedBy(key)), world.now);
    ASSERT_EQ(outcome(got), "ok") << key << " " << got.error().text;
    EXPECT_EQ(got->body, kFile);
    EXPECT_NE(got->signer.find("CN=" + key), std::string::npos);
  }
}

TEST_F(Cms, AnIndependentReaderAcceptsOurSignatures) {
  for (const std::string key : {"ec", "rsa"}) {
    EXPECT_TRUE(opensslAccepts(signedBy(key), kFile, world.pki.caFile())) << key;
    EXPECT_FALSE(opensslAccepts(signedBy(key), "other", world.pki.caFile())) << key;
  }
}

TEST_F(Cms, SignaturesOfOtherProgramsAreAccepted) {
  EXPECT_EQ(check(foreign(world.ec, kFile, CMS_DETACHED | CMS_CADES)), "ok");
  EXPECT_EQ(check(foreign(world.rsa, kFile, CMS_DETACHED | CMS_CADES)), "ok");
}

TEST_F(Cms, ChangesAndStrangersAreRefused) {
  const std::string good = signedBy("ec");
  EXPECT_EQ(check(good, "other"), "trust.signature_wrong");
  EXPECT_EQ(check(""), "trust.signature_missing");
  EXPECT_EQ(check("no DER"), "trust.malformed");
  EXPECT_EQ(check(good + "x"), "trust.malformed");
  std::string changed = good;
  changed[changed.size() - 3] = static_cast<char>(changed[changed.size() - 3] ^ 1);
  EXPECT_EQ(check(changed), "trust.signature_wrong");
  EXPECT_EQ(check(signedBy("stranger")), "trust.signer_unknown");
  EXPECT_EQ(check(signedBy("expired")), "trust.certificate_expired");
}

TEST_F(Cms, OtherShapesAreRefused) {
  EXPECT_EQ(check(foreign(world.ec, kFile, CMS_CADES)), "trust.wrapping") << "content inside";
  EXPECT_EQ(check(foreign(world.ec, kFile, CMS_DETACHED)), "trust.malformed") << "not CAdES";
  EXPECT_EQ(check(foreign(world.ec, kFile, CMS_DETACHED | CMS_NOATTR)), "trust.malformed");
  EXPECT_EQ(check(foreign(world.ec, kFile, CMS_DETACHED | CMS_CADES | CMS_NOCERTS)),
            "trust.signer_unknown");
}

TEST_F(Cms, ADigestStandsForAStreamedFile) {
  Context out;
  out.body_sha256 = sha256Hex(kFile);
  auto sent = profile->sign("", out, world.now);
  ASSERT_EQ(outcome(sent), "ok");
  EXPECT_EQ(check(sent->detached), "ok");
  Context in = with(signedBy("ec"));
  in.body_sha256 = out.body_sha256;
  EXPECT_EQ(outcome(profile->verify("", in, world.now)), "ok");
  in.body_sha256 = sha256Hex("other");
  EXPECT_EQ(outcome(profile->verify("", in, world.now)), "trust.signature_wrong");
  in.body_sha256 = "zz";
  EXPECT_EQ(outcome(profile->verify("", in, world.now)), "trust.malformed");
}

}  // namespace
}  // namespace hub::trust::testing
