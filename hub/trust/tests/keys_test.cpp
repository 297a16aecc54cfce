#include "hub/trust/keys.h"

#include <sys/stat.h>

#include "hub/trust/tests/world.h"

namespace hub::trust::testing {
namespace {

TEST(Keyring, SignsRawWithBothKindsOfKey) {
  World world;
  for (const std::string name : {"ec", "rsa"}) {
    auto signature = world.keys->signRaw(name, "tree head");
    ASSERT_EQ(outcome(signature), "ok");
    auto pem = world.keys->certificatePem(name);
    ASSERT_EQ(outcome(pem), "ok");
    BioHandle bio(BIO_new_mem_buf(pem->data(), static_cast<int>(pem->size())));
    CertificateHandle certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    KeyHandle key(X509_get_pubkey(certificate.get()));
    const auto check = [&](const std::string& bytes) {
      DigestContext context(EVP_MD_CTX_new());
      EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get());
      return EVP_DigestVerify(
          context.get(), reinterpret_cast<const unsigned char*>(signature->data()),
          signature->size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
    };
    EXPECT_EQ(check("tree head"), 1) << name;
    EXPECT_NE(check("tree heaD"), 1) << name;
  }
}

TEST(Keyring, RefusesWeakKeysWideModesAndMismatches) {
  World world;
  const auto weak = world.pki.issue("weak", {.key = TestKey::kRsa1024});
  const auto curve = world.pki.issue("curve", {.key = TestKey::kP384});
  EXPECT_EQ(outcome(world.keys->add("w", weak.key_file, weak.certificate_file)), "trust.bad_key");
  EXPECT_EQ(outcome(world.keys->add("c", curve.key_file, curve.certificate_file)), "trust.bad_key");
  EXPECT_EQ(outcome(world.keys->add("m", world.ec.key_file, world.rsa.certificate_file)),
            "trust.bad_key");
  EXPECT_EQ(outcome(world.keys->add("n", "/nonexistent", world.rsa.certificate_file)),
            "trust.bad_key");
  chmod(world.ec.key_file.c_str(), 0644);
  EXPECT_EQ(outcome(world.keys->add("o", world.ec.key_file, world.ec.certificate_file)),
            "trust.bad_key");
  chmod(world.ec.key_file.c_str(), 0640);
  EXPECT_EQ(outcome(world.keys->add("p", world.ec.key_file, world.ec.certificate_file)), "ok");
  EXPECT_TRUE(world.keys->has("p"));
  EXPECT_FALSE(world.keys->has("o"));
  EXPECT_EQ(outcome(world.keys->signRaw("o", "x")), "trust.bad_key");
}

TEST(ProfileFactory, RefusesWhatCannotWork) {
  World world;
  const auto code = [&](const ProfileConfig& config) {
    return outcome(makeProfile(config, *world.keys, world.limits));
  };
  EXPECT_EQ(code({.name = "xades"}), "trust.bad_profile");
  EXPECT_EQ(code({.name = "wsse-shep"}), "trust.bad_profile");
  EXPECT_EQ(code({.name = "wsse-shep", .key = "nobody"}), "trust.bad_profile");
  EXPECT_EQ(code({.name = "wsse-shep", .key = "ec", .peers = {"/nonexistent"}}),
            "trust.bad_profile");
  EXPECT_EQ(code({.name = "wsse-shep", .key = "ec", .ca_file = world.pki.caFile()}),
            "trust.bad_profile");
  const auto weak = world.pki.issue("weak", {.key = TestKey::kRsa1024});
  EXPECT_EQ(code({.name = "jws-detached", .peers = {weak.certificate_file}}), "trust.bad_profile");
  EXPECT_EQ(code({.name = "cms-detached", .key = "ec"}), "ok");
  EXPECT_EQ(code({.name = "none"}), "ok");
}

TEST(NoProfile, PassesBytesThroughUnsigned) {
  World world;
  auto profile = world.make(ProfileConfig{});
  auto sent = profile->sign("body", {}, world.now);
  ASSERT_TRUE(sent.ok());
  EXPECT_EQ(sent->body, "body");
  auto got = profile->verify("body", {}, world.now);
  ASSERT_TRUE(got.ok());
  EXPECT_EQ(got->body, "body");
  EXPECT_EQ(got->signer, "");
}

}  // namespace
}  // namespace hub::trust::testing
