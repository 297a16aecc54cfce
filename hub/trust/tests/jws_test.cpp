// jws-detached: round trips, binding to request and answer, replays, an independent verifier.
#include <cjose/cjose.h>
#include <jansson.h>

#include "hub/base/ids.h"
#include "hub/trust/keys.h"
#include "hub/trust/tests/world.h"

namespace hub::trust::testing {
namespace {

constexpr char kBody[] = "{\"text\":\"Өтініш\"}";

Context request(const std::string& signature = {}) {
  Context out;
  out.method = "POST";
  out.target = "/api/v1/cases?a=1";
  out.signature = signature;
  return out;
}

Context response(int status, const std::string& nonce, const std::string& signature = {}) {
  Context out;
  out.status = status;
  out.nonce = nonce;
  out.signature = signature;
  return out;
}

std::string headerOf(const std::string& jws) {
  return fromBase64Url(jws.substr(0, jws.find('.'))).value();
}

// A JWS over any protected header, signed by a key of ours.
std::string forge(World& world, const std::string& key, const std::string& json,
                  const std::string& body) {
  const auto found = dynamic_cast<LoadedKeyring&>(*world.keys).find(key);
  const std::string header = toBase64Url(json);
  return header + ".." + toBase64Url(*signFixed(*found, header + "." + toBase64Url(body)));
}

// cjose knows nothing of our code: it must find our signatures good.
bool cjoseAccepts(const std::string& detached, const std::string& body,
                  const std::string& certificate_file) {
  const auto dot = detached.find('.');
  const std::string compact =
      detached.substr(0, dot) + "." + toBase64Url(body) + detached.substr(dot + 1);
  const std::string pem = readAll(certificate_file);
  BioHandle bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  CertificateHandle certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  KeyHandle key(X509_get_pubkey(certificate.get()));
  std::string point(256, '\0');
  std::size_t size = 0;
  EVP_PKEY_get_octet_string_param(key.get(), "encoded-pub-key",
                                  reinterpret_cast<unsigned char*>(point.data()), point.size(),
                                  &size);
  EXPECT_EQ(size, 65U);
  const std::string jwk = "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" +
                          toBase64Url(point.substr(1, 32)) + "\",\"y\":\"" +
                          toBase64Url(point.substr(33, 32)) + "\"}";
  cjose_err error{};
  cjose_jwk_t* imported = cjose_jwk_import(jwk.data(), jwk.size(), &error);
  cjose_jws_t* jws = cjose_jws_import(compact.data(), compact.size(), &error);
  const bool good =
      imported != nullptr && jws != nullptr && cjose_jws_verify(jws, imported, &error);
  cjose_jws_release(jws);
  cjose_jwk_release(imported);
  return good;
}

struct Jws : ::testing::Test {
  World world;
  std::unique_ptr<Profile> profile = world.make("jws-detached", "ec");

  std::string signatureOf(const Result<Signed>& result) {
    EXPECT_EQ(outcome(result), "ok");
    EXPECT_EQ(result->headers.front().first, "X-JWS-Signature");
    return result->headers.front().second;
  }
  std::string signedBy(const std::string& key) {
    return signatureOf(world.make("jws-detached", key)->sign(kBody, request(), world.now));
  }
  long seconds() const { return world.now.time_since_epoch().count() / 1'000'000; }
  std::string member(const std::string& extra) {
    const auto& keyring = dynamic_cast<LoadedKeyring&>(*world.keys);
    const std::string json = "{\"alg\":\"ES256\",\"x5t#S256\":\"" +
                             toBase64Url(keyring.find("ec")->thumbprint) +
                             "\",\"iat\":" + std::to_string(seconds()) + extra + "}";
    return outcome(profile->verify(kBody, request(forge(world, "ec", json, kBody)), world.now));
  }
};

TEST_F(Jws, RequestRoundTrip) {
  for (const std::string key : {"ec", "rsa"}) {
    auto sent = world.make("jws-detached", key)->sign(kBody, request(), world.now);
    auto got = profile->verify(sent->body, request(signatureOf(sent)), world.now);
    ASSERT_EQ(outcome(got), "ok") << key;
    EXPECT_EQ(got->body, kBody);
    EXPECT_EQ(got->nonce, sent->nonce);
    EXPECT_NE(got->signer.find("CN=" + key), std::string::npos);
  }
}

TEST_F(Jws, TheProtectedHeaderIsAsDescribed) {
  auto sent = profile->sign(kBody, request(), world.now);
  const std::string header = headerOf(signatureOf(sent));
  for (const std::string part : {"\"alg\":\"ES256\"", "\"x5t#S256\":\"",
                                 "\"iat\":", "\"htm\":\"POST\"", "\"htu\":\"/api/v1/cases?a=1\""}) {
    EXPECT_NE(header.find(part), std::string::npos) << part;
  }
  EXPECT_NE(header.find("\"jti\":\"" + sent->nonce + "\""), std::string::npos);
  EXPECT_EQ(header.find("dig"), std::string::npos);
}

TEST_F(Jws, AnIndependentImplementationAcceptsOurSignatures) {
  const std::string jws = signedBy("ec");
  EXPECT_TRUE(cjoseAccepts(jws, kBody, world.ec.certificate_file));
  EXPECT_FALSE(cjoseAccepts(jws, std::string(kBody) + " ", world.ec.certificate_file));
  EXPECT_FALSE(cjoseAccepts(jws, kBody, world.stranger.certificate_file));
}

TEST_F(Jws, ResponsesAreBoundToStatusAndRequest) {
  auto sent = profile->sign(kBody, response(201, "jti-1"), world.now);
  const std::string jws = signatureOf(sent);
  const auto code = [&](int status, const std::string& nonce) {
    return outcome(profile->verify(kBody, response(status, nonce, jws), world.now));
  };
  EXPECT_EQ(code(201, "jti-1"), "ok");
  EXPECT_EQ(code(201, "jti-1"), "ok") << "an answer may be read twice";
  EXPECT_EQ(code(200, "jti-1"), "trust.wrapping");
  EXPECT_EQ(code(201, "jti-2"), "trust.wrapping");
  EXPECT_EQ(code(201, ""), "trust.wrapping");
  EXPECT_EQ(outcome(profile->verify(kBody, request(jws), world.now)), "trust.wrapping");
}

TEST_F(Jws, RequestsAreBoundToMethodAndTarget) {
  const std::string jws = signedBy("ec");
  Context other = request(jws);
  other.method = "PUT";
  EXPECT_EQ(outcome(profile->verify(kBody, other, world.now)), "trust.wrapping");
  other = request(jws);
  other.target = "/api/v1/cases?a=2";
  EXPECT_EQ(outcome(profile->verify(kBody, other, world.now)), "trust.wrapping");
  EXPECT_EQ(outcome(profile->verify(kBody, response(200, "x", jws), world.now)), "trust.wrapping");
  EXPECT_EQ(outcome(profile->verify(kBody, request(jws), world.now)), "ok")
      << "a misdirected copy must not use up the real one";
}

TEST_F(Jws, ARequestIsAcceptedOnce) {
  const std::string jws = signedBy("ec");
  EXPECT_EQ(outcome(profile->verify(kBody, request(jws), world.now)), "ok");
  EXPECT_EQ(outcome(profile->verify(kBody, request(jws), world.now)), "trust.replayed");
  const Instant late = world.now + std::chrono::seconds(299);
  EXPECT_EQ(outcome(profile->verify(kBody, request(jws), late)), "trust.replayed");
  EXPECT_EQ(outcome(profile->verify(kBody, request(signedBy("ec")), world.now)), "ok");
}

// Kept and judged again by an operator's order: neither asks nor tells the memory, but nothing else
// is forgiven.
TEST_F(Jws, AKeptRequestIsJudgedAsOfItsArrival) {
  const std::string jws = signedBy("ec");
  EXPECT_EQ(outcome(profile->verify(kBody, request(jws), world.now)), "ok");
  Context kept = request(jws);
  kept.judged_again = true;
  EXPECT_EQ(outcome(profile->verify(kBody, kept, world.now)), "ok");
  EXPECT_EQ(outcome(profile->verify(kBody, kept, world.now)), "ok");
  EXPECT_EQ(outcome(profile->verify("other", kept, world.now)), "trust.signature_wrong");
  EXPECT_EQ(outcome(profile->verify(kBody, kept, world.now + std::chrono::seconds(302))),
            "trust.replayed");
}

TEST_F(Jws, ReplaysAreKnownAcrossTheWholeWindow) {
  // Signed by a clock 299 s ahead, the request can be accepted for almost two skews.
  const Instant ahead = world.now + std::chrono::seconds(299);
  const std::string jws = signatureOf(profile->sign(kBody, request(), ahead));
  EXPECT_EQ(outcome(profile->verify(kBody, request(jws), world.now)), "ok");
  for (const int later : {100, 301, 597}) {
    const Instant at = world.now + std::chrono::seconds(later);
    profile->verify(kBody, request(signatureOf(profile->sign(kBody, request(), at))), at).ok();
    EXPECT_EQ(outcome(profile->verify(kBody, request(jws), at)), "trust.replayed") << later;
  }
}

TEST_F(Jws, OldAndFutureRequestsAreRefused) {
  const std::string jws = signedBy("ec");
  for (const int shift : {-302, 302}) {
    const Instant at = world.now + std::chrono::seconds(shift);
    EXPECT_EQ(outcome(profile->verify(kBody, request(jws), at)), "trust.replayed") << shift;
  }
}

TEST_F(Jws, ChangesAndStrangersAreRefused) {
  const std::string jws = signedBy("ec");
  EXPECT_EQ(outcome(profile->verify("{}", request(jws), world.now)), "trust.signature_wrong");
  EXPECT_EQ(outcome(profile->verify(kBody, request(), world.now)), "trust.signature_missing");
  EXPECT_EQ(outcome(profile->verify(kBody, request("a.b.c"), world.now)), "trust.malformed");
  EXPECT_EQ(outcome(profile->verify(kBody, request("e30.."), world.now)), "trust.malformed");
  EXPECT_EQ(outcome(profile->verify(kBody, request(signedBy("stranger")), world.now)),
            "trust.signer_unknown");
  EXPECT_EQ(outcome(profile->verify(kBody, request(signedBy("expired")), world.now)),
            "trust.certificate_expired");
  std::string changed = jws;
  changed.back() = changed.back() == 'A' ? 'Q' : 'A';
  EXPECT_EQ(outcome(profile->verify(kBody, request(changed), world.now)), "trust.signature_wrong");
}

TEST_F(Jws, OnlyUnderstoodHeadersAreAccepted) {
  const std::string rest = ",\"htm\":\"POST\",\"htu\":\"/api/v1/cases?a=1\"";
  EXPECT_EQ(member(",\"jti\":\"1\"" + rest), "ok");
  EXPECT_EQ(member(rest), "trust.malformed");
  EXPECT_EQ(member(",\"jti\":\"2\",\"crit\":[\"b64\"],\"b64\":false" + rest),
            "trust.algorithm_refused");
  EXPECT_EQ(member(",\"jti\":\"3\",\"alg\":\"none\"" + rest), "trust.malformed") << "twice alg";
  EXPECT_EQ(member(",\"jti\":\"4\",\"htm\":\"POST\""), "trust.wrapping");
}

TEST_F(Jws, OtherAlgorithmsAreRefused) {
  const auto& keyring = dynamic_cast<LoadedKeyring&>(*world.keys);
  for (const std::string alg : {"none", "HS256", "ES384", "RS256"}) {
    const std::string json = "{\"alg\":\"" + alg + "\",\"x5t#S256\":\"" +
                             toBase64Url(keyring.find("ec")->thumbprint) + "\",\"jti\":\"1\"}";
    EXPECT_EQ(outcome(profile->verify(kBody, request(forge(world, "ec", json, kBody)), world.now)),
              "trust.algorithm_refused")
        << alg;
  }
}

TEST_F(Jws, StreamedBodiesAreCoveredByTheirDigest) {
  Context out = request();
  out.body_sha256 = sha256Hex("a large file");
  const std::string jws = signatureOf(profile->sign("", out, world.now));
  EXPECT_NE(headerOf(jws).find("\"dig\":true"), std::string::npos);
  Context wrong = request(jws);
  wrong.body_sha256 = sha256Hex("another file");
  EXPECT_EQ(outcome(profile->verify("", wrong, world.now)), "trust.signature_wrong");
  Context right = request(jws);
  right.body_sha256 = out.body_sha256;
  EXPECT_EQ(outcome(profile->verify("", right, world.now)), "ok");
  // A receiver that has the body in memory may check the same signature.
  const std::string again = signatureOf(profile->sign("", out, world.now));
  EXPECT_EQ(outcome(profile->verify("a large file", request(again), world.now)), "ok");
  // A signature over the body itself says nothing about a streamed file.
  Context streamed = request(signedBy("ec"));
  streamed.body_sha256 = sha256Hex(kBody);
  EXPECT_EQ(outcome(profile->verify("", streamed, world.now)), "trust.signature_wrong");
}

TEST_F(Jws, SignersByCaSendTheirCertificate) {
  auto by_ca = world.make(
      {.name = "jws-detached", .ca_file = world.pki.caFile(), .peer_subject = "BIN940140000385"});
  const auto& keyring = dynamic_cast<LoadedKeyring&>(*world.keys);
  const auto code = [&](const std::string& key, const std::string& certificate) {
    const std::string json =
        "{\"alg\":\"ES256\",\"x5t#S256\":\"" + toBase64Url(keyring.find(key)->thumbprint) +
        "\",\"iat\":" + std::to_string(seconds()) +
        ",\"jti\":\"1\",\"htm\":\"POST\",\"htu\":\"/api/v1/cases?a=1\",\"x5c\":[\"" +
        keyring.find(certificate)->certificate_base64 + "\"]}";
    return outcome(by_ca->verify(kBody, request(forge(world, key, json, kBody)), world.now));
  };
  EXPECT_EQ(code("ec", "ec"), "ok");
  EXPECT_EQ(code("stranger", "ec"), "trust.signature_wrong");
  EXPECT_EQ(code("stranger", "stranger"), "trust.signer_unknown");
}

}  // namespace
}  // namespace hub::trust::testing
