// Enveloped XML signatures: a third party's sample, several signers, attacks.
#include "hub/trust/xmldsig.h"

#include "hub/trust/tests/world.h"
#include "hub/trust/xml.h"

namespace hub::trust::testing {
namespace {

constexpr char kDocument[] =
    "<r:Request xmlns:r=\"urn:r\" xmlns:unused=\"urn:u\"><BIN>940140000385</BIN><!-- c -->"
    "</r:Request>";

Instant sampleTime() { return Instant(std::chrono::seconds(1622505600)); }

std::string certificateOfSample(const std::string& xml) {
  const auto at = xml.find("<ds:X509Certificate>") + 20;
  std::string base64 = xml.substr(at, xml.find('<', at) - at);
  for (auto cr = base64.find("&#13;"); cr != std::string::npos; cr = base64.find("&#13;")) {
    base64.erase(cr, 5);
  }
  return "-----BEGIN CERTIFICATE-----" + base64 + "-----END CERTIFICATE-----\n";
}

struct XmlDsig : ::testing::Test {
  World world;
  ProfileConfig trusted = world.config("", "");

  std::string signedBy(const std::string& key, const std::string& document = kDocument) {
    auto result = signXmlDsig(document, *world.keys, key, world.limits);
    EXPECT_EQ(outcome(result), "ok");
    return result.ok() ? *result : "";
  }
  std::string check(const std::string& document) {
    return outcome(verifyXmlDsig(document, trusted, world.now, world.limits));
  }
};

TEST_F(XmlDsig, ThirdPartySampleVerifies) {
  const std::string xml = sample("xmldsig-rsa.xml");
  const std::string pem = world.folder.file("sample.pem");
  std::ofstream(pem) << certificateOfSample(xml);
  trusted.peers = {pem};
  auto verified = verifyXmlDsig(xml, trusted, sampleTime(), world.limits);
  ASSERT_EQ(outcome(verified), "ok") << verified.error().text;
  EXPECT_EQ(verified->body, "<a><b>test</b></a>");
  ASSERT_EQ(verified->signers.size(), 1U);
  EXPECT_EQ(
      outcome(verifyXmlDsig(replaced(xml, "test", "Test"), trusted, sampleTime(), world.limits)),
      "trust.signature_wrong");
  EXPECT_EQ(check(xml), "trust.certificate_expired");
}

TEST_F(XmlDsig, RoundTripWithOneAndSeveralSigners) {
  for (const std::string key : {"ec", "rsa"}) EXPECT_EQ(check(signedBy(key)), "ok") << key;
  const std::string both = signedBy("rsa", signedBy("ec"));
  auto verified = verifyXmlDsig(both, trusted, world.now, world.limits);
  ASSERT_EQ(outcome(verified), "ok");
  EXPECT_EQ(verified->body, kDocument);
  ASSERT_EQ(verified->signers.size(), 2U);
  EXPECT_NE(verified->signers[0].subject.find("CN=ec"), std::string::npos);
  EXPECT_NE(verified->signers[1].subject.find("CN=rsa"), std::string::npos);
  EXPECT_EQ(verified->signers[0].certificate_pem, readAll(world.ec.certificate_file));
}

TEST_F(XmlDsig, EverySignerMustBeAccepted) {
  EXPECT_EQ(check(signedBy("stranger", signedBy("ec"))), "trust.signer_unknown");
  EXPECT_EQ(check(signedBy("ec", signedBy("stranger"))), "trust.signer_unknown");
}

TEST_F(XmlDsig, AttacksFail) {
  const std::string good = signedBy("ec");
  EXPECT_EQ(check(kDocument), "trust.signature_missing");
  EXPECT_EQ(check(replaced(good, "940140000385", "990141999900")), "trust.signature_wrong");
  EXPECT_EQ(check(replaced(good, "<!-- c -->", "")), "trust.signature_wrong");
  EXPECT_EQ(check(replaced(good, "</r:Request>", "<x/></r:Request>")), "trust.wrapping");
  EXPECT_EQ(check(replaced(good, "URI=\"\"", "URI=\"#a\"")), "trust.wrapping");
  EXPECT_EQ(check("<w>" + good.substr(good.find("<r:")) + "</w>"), "trust.wrapping");
  EXPECT_EQ(check(replaced(good, "more#ecdsa-sha256", "more#rsa-sha1")), "trust.algorithm_refused");
  EXPECT_EQ(check("<!DOCTYPE r><r/>"), "trust.dtd_refused");
  EXPECT_EQ(check("<r/>"), "trust.signature_missing");
  std::string wide = "<r";
  for (int i = 0; i < 513; ++i) wide += " a" + std::to_string(i) + "=''";
  EXPECT_EQ(check(wide + "/>"), "trust.malformed") << "compared with each other, attributes cost";
  EXPECT_EQ(check("<?xml version='1.0' encoding='UTF-7'?><r/>"), "trust.malformed");
  // After the error libxml2 would find a tag that was taken for a value, and compare for minutes.
  for (int i = 513; i < 500'000; ++i) wide += " a" + std::to_string(i) + "=''";
  EXPECT_EQ(check("<a>< \"" + wide + "/>\"></a>"), "trust.malformed");
  EXPECT_EQ(check("<a><?1 " + wide + "/>?></a>"), "trust.malformed");
  EXPECT_EQ(outcome(signXmlDsig(kDocument, *world.keys, "nobody", world.limits)), "trust.bad_key");
}

// Each element's namespace is looked for among all in force, and written anew in the canonical form.
TEST_F(XmlDsig, NamespacesThatCostMoreThanTheirBytesAreRefused) {
  const auto because = [&](const std::string& document) {
    auto read = parseHostile(document, world.limits);
    return read.ok() ? std::string("read") : read.error().text;
  };
  std::string nested, ends;
  for (int i = 0; i < 26; ++i) {
    nested += "<a";
    for (int k = 0; k < 4; ++k) nested += " xmlns:n" + std::to_string(4 * i + k) + "='urn:n'";
    nested += ">";
    ends += "</a>";
    if (i == 24) {
      EXPECT_EQ(because(nested + ends), "read") << "a hundred";
    }
  }
  const std::string why = "too many namespaces, or one with too long a name";
  EXPECT_EQ(because(nested + ends), why);
  const auto named = [](std::size_t bytes) {
    return "<a xmlns:n='" + std::string(bytes, 'u') + "'><n:b/><n:b/></a>";
  };
  EXPECT_EQ(because(named(512)), "read");
  EXPECT_EQ(because(named(513)), why);
  std::string deep, up;
  for (int i = 0; i <= world.limits.xml_depth_max; ++i) {
    deep += "\n<a>";
    up += "</a>";
  }
  auto read = parseHostile(deep + up, world.limits);
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().text, "nested too deeply");
  EXPECT_EQ(read.error().line, world.limits.xml_depth_max + 2) << "known before the rest is read";
}

}  // namespace
}  // namespace hub::trust::testing
