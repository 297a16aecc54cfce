// wsse-shep: round trips, a third party's sample, an independent verifier, and attacks.
#include <libxml/parser.h>
#include <xmlsec/openssl/app.h>
#include <xmlsec/openssl/crypto.h>
#include <xmlsec/xmldsig.h>
#include <xmlsec/xmlsec.h>
#include <xmlsec/xmltree.h>

#include <thread>

#include "hub/trust/tests/world.h"
#include "hub/trust/xml.h"

namespace hub::trust::testing {
namespace {

constexpr char kMessage[] =
    "<?xml version=\"1.0\"?>\n"
    "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:unused=\"urn:u\">\n"
    "  <s:Body>\n    <m:sendMessage xmlns:m=\"urn:m\"><request a=\"1&#10;2\">Өтініш &amp; "
    "ш&#13;</request><![CDATA[<x>]]><!-- c --></m:sendMessage>\n  </s:Body>\n</s:Envelope>";
constexpr char kBodyText[] =
    "<m:sendMessage xmlns:m=\"urn:m\"><request a=\"1&#xA;2\">Өтініш &amp; "
    "ш&#xD;</request>&lt;x&gt;</m:sendMessage>";

// 2021-06-01, when the sample's test certificate was valid.
Instant sampleTime() { return Instant(std::chrono::seconds(1622505600)); }

std::string certificateOfSample(const std::string& xml) {
  const auto at = xml.find("X509v3\">") + 8;
  const std::string base64 = xml.substr(at, xml.find('<', at) - at);
  std::string pem = "-----BEGIN CERTIFICATE-----\n";
  for (std::size_t i = 0; i < base64.size(); i += 64) pem += base64.substr(i, 64) + "\n";
  return pem + "-----END CERTIFICATE-----\n";
}

// xmlsec knows nothing of our code: it must find our signatures good.
bool xmlsecAccepts(const std::string& xml) {
  static const bool ready = [] {
    xmlInitParser();
    return xmlSecInit() == 0 && xmlSecOpenSSLAppInit(nullptr) == 0 && xmlSecOpenSSLInit() == 0;
  }();
  EXPECT_TRUE(ready);
  xmlDoc* document = xmlReadMemory(xml.data(), static_cast<int>(xml.size()), nullptr, nullptr, 0);
  xmlNode* root = xmlDocGetRootElement(document);
  xmlNode* body = descendants(root, kSoapNs, "Body").front();
  xmlAddID(nullptr, document, BAD_CAST attributeOf(body, kWsuNs, "Id").c_str(),
           xmlHasProp(body, BAD_CAST "Id"));
  xmlSecDSigCtx* context = xmlSecDSigCtxCreate(nullptr);
  const std::string pem = certificateOfSample(xml);
  context->signKey = xmlSecOpenSSLAppKeyLoadMemory(
      reinterpret_cast<const xmlSecByte*>(pem.data()), static_cast<xmlSecSize>(pem.size()),
      xmlSecKeyDataFormatCertPem, nullptr, nullptr, nullptr);
  xmlNode* signature = descendants(root, kDsNs, "Signature").front();
  const bool good =
      xmlSecDSigCtxVerify(context, signature) == 0 && context->status == xmlSecDSigStatusSucceeded;
  xmlSecDSigCtxDestroy(context);
  xmlFreeDoc(document);
  return good;
}

struct Wsse : ::testing::Test {
  World world;
  std::unique_ptr<Profile> profile = world.make("wsse-shep", "ec");

  std::string signedBy(const std::string& key, const std::string& message = kMessage) {
    auto result = world.make("wsse-shep", key)->sign(message, {}, world.now);
    EXPECT_EQ(outcome(result), "ok");
    return result.ok() ? result->body : "";
  }
  std::string check(const std::string& message) {
    return outcome(profile->verify(message, {}, world.now));
  }
  std::string bodyOf(const std::string& message) const {
    const auto at = message.find("<s:Body");
    return message.substr(at, message.find("</s:Body>") + 9 - at);
  }
};

TEST_F(Wsse, AnEmptyHeaderIsClosedUnderItsOwnName) {
  const std::string soap = kSoapNs;
  // The second is not plain: a parser reads it.
  for (const char* content :
       {"<m:x xmlns:m=\"urn:m\"/>", "<m:x xmlns:m=\"urn:m\"><!-- c --></m:x>"}) {
    for (const char* header :
         {"<t:Header/>", "<t:Header />", "<s:Header/>", "<t:Header></t:Header>"}) {
      const std::string message =
          signedBy("ec", "<s:Envelope xmlns:s=\"" + soap + "\" xmlns:t=\"" + soap + "\">" + header +
                             "<s:Body>" + content + "</s:Body></s:Envelope>");
      EXPECT_EQ(check(message), "ok") << message;
    }
  }
}

TEST_F(Wsse, RoundTripReturnsTheCanonicalBody) {
  for (const std::string key : {"ec", "rsa"}) {
    auto verified = profile->verify(signedBy(key), {}, world.now);
    ASSERT_EQ(outcome(verified), "ok") << key;
    EXPECT_TRUE(verified->body.starts_with("<s:Body xmlns:s=")) << verified->body;
    EXPECT_NE(verified->body.find(kBodyText), std::string::npos) << verified->body;
    EXPECT_EQ(verified->body.find("Signature"), std::string::npos);
    EXPECT_NE(verified->signer.find("CN=" + key), std::string::npos) << verified->signer;
    EXPECT_EQ(verified->signer_sha256.size(), 64U);
    EXPECT_FALSE(verified->signer_serial.empty());
    EXPECT_EQ(verified->signer_serial.find_first_not_of("0123456789ABCDEF"), std::string::npos);
  }
}

TEST_F(Wsse, AnIndependentImplementationAcceptsOurSignatures) {
  EXPECT_TRUE(xmlsecAccepts(signedBy("ec")));
  EXPECT_TRUE(xmlsecAccepts(signedBy("rsa")));
  EXPECT_FALSE(xmlsecAccepts(replaced(signedBy("rsa"), "Өтініш", "Өтініс")));
}

TEST_F(Wsse, EnvelopesInAnyPrefixAndWithAHeaderCanBeSigned) {
  const std::string ns = "http://schemas.xmlsoap.org/soap/envelope/";
  for (const auto& message :
       {"<Envelope xmlns=\"" + ns + "\"><Body><a xmlns=\"\"/></Body></Envelope>",
        "<e:Envelope xmlns:e=\"" + ns +
            "\"><e:Header><t xmlns=\"urn:t\"/></e:Header><e:Body/>"
            "</e:Envelope>",
        "<e:Envelope xmlns:e=\"" + ns +
            "\" xmlns:wsu=\"urn:other\"><e:Body><wsu:a/></e:Body>"
            "</e:Envelope>",
        "<?xml version='1.0'?>\r\n<!-- > --><e:Envelope xmlns:e=\"" + ns +
            "\">\r\n<e:Header ></e:Header>\r\n<!-- <e:Body> --><e:Body\r\n a='&gt;/' "
            "><![CDATA[<a>]]>"
            "\r\n</e:Body>\r\n</e:Envelope>\r\n",
        "<e:Envelope xmlns:e=\"" + ns +
            "\"><e:Header/><e:Body ><a>Өтініш</a></e:Body></e:Envelope>"}) {
    const std::string made = signedBy("ec", message);
    EXPECT_EQ(check(made), "ok") << message;
    EXPECT_TRUE(xmlsecAccepts(made)) << message;
  }
}

TEST_F(Wsse, SigningOnlyAddsToTheBytesThatCame) {
  std::string made = signedBy("ec");
  const auto without = [&](const std::string& from, const std::string& to) {
    const auto start = made.find(from);
    ASSERT_NE(start, std::string::npos) << from;
    made.erase(start, made.find(to, start + from.size()) + to.size() - start);
  };
  without("<s:Header>", "</s:Header>");
  without(" xmlns:wsu=\"", "\"");
  without(" wsu:Id=\"", "\"");
  EXPECT_EQ(made, kMessage);
}

TEST_F(Wsse, AMessageOfAnotherEncodingIsSignedAsUtf8) {
  const std::string message =
      "<?xml version=\"1.0\" encoding=\"windows-1251\"?><e:Envelope "
      "xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body>\xCF\xE8\xF1\xFC\xEC\xEE</"
      "e:Body>"
      "</e:Envelope>";
  const std::string made = signedBy("ec", message);
  EXPECT_NE(made.find("encoding=\"UTF-8\""), std::string::npos);
  EXPECT_NE(made.find("Письмо"), std::string::npos);
  EXPECT_EQ(check(made), "ok");
}

TEST_F(Wsse, SigningRefusesWhatIsNoMessage) {
  const auto code = [&](const std::string& m) { return outcome(profile->sign(m, {}, world.now)); };
  EXPECT_EQ(code(""), "trust.malformed");
  EXPECT_EQ(code("<a/>"), "trust.malformed");
  EXPECT_EQ(code("<a"), "trust.malformed");
  EXPECT_EQ(code(signedBy("ec")), "trust.wrapping");
  EXPECT_EQ(code("<!DOCTYPE a><a/>"), "trust.dtd_refused");
  const auto line = [&](const std::string& m) {
    return profile->sign(m, {}, world.now).status().error().line;
  };
  EXPECT_EQ(line("<?xml version=\"1.0\"?>\n\n<!DOCTYPE a>\n<a/>"), 3);
  EXPECT_EQ(line("<a>\n<b>\n</a>"), 3);
}

TEST_F(Wsse, ThirdPartySampleVerifies) {
  const std::string xml = sample("shep-sync-wsse-signed.xml");
  const std::string pem = world.folder.file("sample.pem");
  std::ofstream(pem) << certificateOfSample(xml);
  auto theirs = world.make({.name = "wsse-shep", .peers = {pem}});
  auto verified = theirs->verify(xml, {}, sampleTime());
  ASSERT_EQ(outcome(verified), "ok");
  EXPECT_NE(verified->body.find("GBDFL_UniversalServiceSync"), std::string::npos);
  EXPECT_EQ(outcome(theirs->verify(xml, {}, world.now)), "trust.certificate_expired");
  const std::string changed = replaced(xml, "<senderCode>s", "<senderCode>S");
  EXPECT_EQ(outcome(theirs->verify(changed, {}, sampleTime())), "trust.signature_wrong");
}

TEST_F(Wsse, AnyChangedByteOfBodyOrSignatureFails) {
  const std::string good = signedBy("ec");
  EXPECT_EQ(check(replaced(good, "Өтініш", "Өтініс")), "trust.signature_wrong");
  EXPECT_EQ(check(replaced(good, "<s:Body", "<s:Body x=\"1\"")), "trust.signature_wrong");
  EXPECT_EQ(check(replaced(good, "    <m:send", "   <m:send")), "trust.signature_wrong");
  const auto value = good.find("<ds:SignatureValue>") + 19;
  std::string changed = good;
  changed[value + 9] = changed[value + 9] == 'A' ? 'B' : 'A';
  EXPECT_EQ(check(changed), "trust.signature_wrong");
  // A comment is not part of the canonical form, and not of the bytes that are handed on.
  auto commented = profile->verify(replaced(good, "<!-- c -->", "<!-- d -->"), {}, world.now);
  ASSERT_EQ(outcome(commented), "ok");
  EXPECT_EQ(commented->body.find("<!--"), std::string::npos);
}

TEST_F(Wsse, UnsignedStrangersAndExpiredAreRefused) {
  EXPECT_EQ(check(kMessage), "trust.signature_missing");
  EXPECT_EQ(check(""), "trust.signature_missing");
  EXPECT_EQ(check(signedBy("stranger")), "trust.signer_unknown");
  EXPECT_EQ(check(signedBy("expired")), "trust.certificate_expired");
  EXPECT_EQ(check("<!DOCTYPE a [<!ENTITY b \"c\">]>" + signedBy("ec").substr(22)),
            "trust.dtd_refused");
}

TEST_F(Wsse, AKnownCertificateOverAnotherKeysSignatureFails) {
  const std::string ours = signedBy("ec");
  const std::string theirs = signedBy("stranger");
  const auto cut = [](const std::string& x) {
    const auto at = x.find("X509v3\">") + 8;
    return x.substr(at, x.find('<', at) - at);
  };
  EXPECT_EQ(check(replaced(theirs, cut(theirs), cut(ours))), "trust.signature_wrong");
}

// The classic attack: the signed Body is moved aside where the reference still finds it.
TEST_F(Wsse, ASignedBodyMovedAsideIsWrapping) {
  const std::string good = signedBy("ec");
  const std::string body = bodyOf(good);
  const std::string evil = "<s:Body><m:evil xmlns:m=\"urn:m\"/></s:Body>";
  std::string in_header = replaced(good, body, evil);
  in_header = replaced(in_header, "</s:Header>", "<w>" + body + "</w></s:Header>");
  EXPECT_EQ(check(in_header), "trust.wrapping");
  const std::string same_id =
      replaced(in_header, "<s:Body><m:evil", body.substr(0, body.find('>') + 1) + "<m:evil");
  EXPECT_EQ(check(same_id), "trust.wrapping");
  const std::string no_own_id = replaced(good, body, evil + "<w>" + body + "</w>");
  EXPECT_EQ(check(no_own_id), "trust.wrapping");
}

TEST_F(Wsse, TwoBodiesAreWrapping) {
  const std::string good = signedBy("ec");
  EXPECT_EQ(check(replaced(good, "<s:Body", "<s:Body/><s:Body")), "trust.wrapping");
  EXPECT_EQ(check(replaced(good, "</s:Body>", "</s:Body><s:Body/>")), "trust.wrapping");
  EXPECT_EQ(check(replaced(good, "<s:Header>", "<s:Header/><s:Header>")), "trust.wrapping");
}

TEST_F(Wsse, TheSameIdOnAnotherElementIsWrapping) {
  const std::string good = signedBy("ec");
  const auto at = good.find("wsu:Id=\"") + 8;
  const std::string id = good.substr(at, good.find('"', at) - at);
  EXPECT_EQ(check(replaced(good, "<s:Header>", "<s:Header Id=\"" + id + "\">")), "trust.wrapping");
  EXPECT_EQ(check(replaced(good, "<s:Header>", "<s:Header ID=\"" + id + "\">")), "trust.wrapping");
}

TEST_F(Wsse, MoreOrOtherReferencesAreRefused) {
  const std::string good = signedBy("ec");
  const auto from = good.find("<ds:Reference");
  const std::string reference = good.substr(from, good.find("</ds:SignedInfo>") - from);
  EXPECT_EQ(check(replaced(good, reference, reference + reference)), "trust.wrapping");
  EXPECT_EQ(check(replaced(good, "URI=\"#", "URI=\"#x")), "trust.wrapping");
  EXPECT_EQ(check(replaced(good, "URI=\"#id", "URI=\"\" x=\"#id")), "trust.wrapping");
  const auto start = good.find("<ds:Signature ");
  const std::string signature = good.substr(start, good.find("</ds:Signature>") + 15 - start);
  EXPECT_EQ(check(replaced(good, signature, signature + signature)), "trust.wrapping");
}

TEST_F(Wsse, OtherAlgorithmsAreRefused) {
  const std::string good = signedBy("ec");
  const auto refused = [&](const std::string& from, const std::string& to) {
    return check(replaced(good, from, to));
  };
  EXPECT_EQ(refused("xmldsig-more#ecdsa-sha256", "xmldsig-more#ecdsa-sha1"),
            "trust.algorithm_refused");
  EXPECT_EQ(refused("2001/04/xmldsig-more#ecdsa-sha256", "2000/09/xmldsig#hmac-sha1"),
            "trust.algorithm_refused");
  EXPECT_EQ(refused("2001/04/xmlenc#sha256", "2000/09/xmldsig#sha1"), "trust.algorithm_refused");
  EXPECT_EQ(refused("<ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#",
                    "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xslt-19991116"),
            "trust.algorithm_refused");
  EXPECT_EQ(refused("xml-exc-c14n#\"></ds:Transform></ds:Transforms>",
                    "xml-exc-c14n#\"><i:InclusiveNamespaces "
                    "xmlns:i=\"http://www.w3.org/2001/10/xml-exc-c14n#\" PrefixList=\"s\"/>"
                    "</ds:Transform></ds:Transforms>"),
            "trust.algorithm_refused");
  EXPECT_EQ(refused("xmldsig-more#ecdsa-sha256", "xmldsig-more#rsa-sha256"),
            "trust.signature_wrong");
}

TEST_F(Wsse, DeepAndLargeDocumentsAreRefused) {
  std::string deep;
  for (int i = 0; i < 40; ++i) deep += "<a>";
  for (int i = 0; i < 40; ++i) deep += "</a>";
  EXPECT_EQ(check(replaced(kMessage, "<s:Body>", "<s:Body>" + deep)), "trust.malformed");
  const std::string good = signedBy("ec");
  world.limits.xml_nodes_max = 3;
  EXPECT_EQ(outcome(world.make("wsse-shep", "ec")->verify(good, {}, world.now)), "trust.malformed");
  world.limits = {};
  world.limits.exchange_bytes_max = good.size() - 1;
  EXPECT_EQ(outcome(world.make("wsse-shep", "ec")->verify(good, {}, world.now)), "trust.malformed");
}

TEST_F(Wsse, SignersByCaNeedTheRightSubject) {
  const auto code = [&](const std::string& subject, const std::string& key) {
    auto by_ca =
        world.make({.name = "wsse-shep", .ca_file = world.pki.caFile(), .peer_subject = subject});
    return outcome(by_ca->verify(signedBy(key), {}, world.now));
  };
  EXPECT_EQ(code("BIN940140000385", "ec"), "ok");
  EXPECT_EQ(code("OU=BIN940140000385", "ec"), "ok");
  EXPECT_EQ(code("CN=ec", "ec"), "ok");
  EXPECT_EQ(code("BIN94014000038", "ec"), "trust.signer_unknown") << "a part is not the name";
  EXPECT_EQ(code("BIN940140000385", "rsa"), "trust.signer_unknown");
  EXPECT_EQ(code("expired", "expired"), "trust.certificate_expired");
}

TEST_F(Wsse, WeakOrUnfitCertificatesOfATrustedCaAreRefused) {
  const auto other_folder = std::make_unique<TemporaryFolder>();
  const auto seal = world.pki.issue("seal", {.key_usage = "critical,keyEncipherment"});
  ASSERT_EQ(outcome(world.keys->add("seal", seal.key_file, seal.certificate_file)), "ok");
  TestPki foreign(other_folder->path(), "Otinish test CA");
  const auto forged = foreign.issue("ec");
  ASSERT_EQ(outcome(world.keys->add("forged", forged.key_file, forged.certificate_file)), "ok");
  auto by_ca =
      world.make({.name = "wsse-shep", .ca_file = world.pki.caFile(), .peer_subject = "seal"});
  EXPECT_EQ(outcome(by_ca->verify(signedBy("seal"), {}, world.now)), "trust.signer_unknown");
  auto as_ec =
      world.make({.name = "wsse-shep", .ca_file = world.pki.caFile(), .peer_subject = "ec"});
  EXPECT_EQ(outcome(as_ec->verify(signedBy("forged"), {}, world.now)), "trust.signer_unknown");
  const auto weak = world.pki.issue("weak", {.key = TestKey::kRsa1024});
  const std::string good = signedBy("rsa");
  const auto cut = [](const std::string& pem) {
    std::string out;
    for (std::size_t at = pem.find('\n') + 1; pem[at] != '-'; ++at) {
      if (pem[at] != '\n') out += pem[at];
    }
    return out;
  };
  const std::string with_weak =
      replaced(good, cut(readAll(world.rsa.certificate_file)), cut(readAll(weak.certificate_file)));
  EXPECT_EQ(check(with_weak), "trust.algorithm_refused");
}

TEST_F(Wsse, TheFieldVariantWithASignatureDirectlyInTheHeaderIsAccepted) {
  std::string variant = signedBy("ec");
  const auto from = variant.find("<wsse:Security ");
  const auto open_end = variant.find('>', from) + 1;
  variant.erase(from, open_end - from);
  variant = replaced(variant, "</wsse:Security>", "");
  EXPECT_EQ(check(variant), "ok");
}

TEST_F(Wsse, ManyThreadsMayUseOneProfile) {
  const std::string good = signedBy("ec");
  std::vector<std::thread> threads;
  std::atomic<int> fine = 0;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) {
        auto again = profile->sign(kMessage, {}, world.now);
        if (again.ok() && check(again->body) == "ok" && check(good) == "ok") ++fine;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(fine, 80);
}

// A push of SHEP's dated so.
std::string push(const std::string& date, const std::string& operation = "sendMessage") {
  const bool state = operation != "sendMessage";
  return "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><t:" +
         operation + " xmlns:t=\"http://bip.bee.kz/AsyncChannel/v10/Types" +
         (state ? "/Client" : "") + "\"><request>" +
         (state ? "<requestDate>" + date + "</requestDate>"
                : "<messageInfo><messageDate>" + date + "</messageDate></messageInfo>") +
         "</request></t:" + operation + "></s:Body></s:Envelope>";
}

TEST_F(Wsse, ARequestAtOurDoorMayBeNeitherOldNorDatedAhead) {
  constexpr const char* kState = "changeMassageStatusNotification";
  Context door;
  door.at_our_door = true;
  const auto judged = [&](const std::string& message, int message_age_s_max = 86'400) {
    auto config = world.config("wsse-shep", "ec");
    config.message_age_s_max = message_age_s_max;
    return outcome(world.make(config)->verify(signedBy("ec", message), door, world.now));
  };
  const auto at = [&](std::chrono::seconds from_now) {
    return formatInstant(world.now + from_now);
  };
  using std::chrono::hours;
  using std::chrono::minutes;
  for (const std::string operation : {"sendMessage", kState}) {
    EXPECT_EQ(judged(push(at(hours(-23)), operation)), "ok");
    EXPECT_EQ(judged(push(at(minutes(4)), operation)), "ok");
    EXPECT_EQ(judged(push(at(hours(-25)), operation)), "trust.message_date");
    EXPECT_EQ(judged(push(at(minutes(6)), operation)), "trust.message_date");
    EXPECT_EQ(judged(push("soon", operation)), "trust.message_date");
    EXPECT_EQ(judged(push(at(hours(-25)), operation), 30 * 86'400), "ok");
  }
  std::string local = formatInstant(world.now + hours(5));
  local.resize(19);
  EXPECT_EQ(judged(push(local)), "ok") << "without a zone it is local";
  EXPECT_EQ(judged(replaced(push("x"), "<messageDate>x</messageDate>", "")), "trust.message_date");
  EXPECT_EQ(judged(kMessage), "ok") << "an operation that the adapter will refuse";
  EXPECT_EQ(check(signedBy("ec", push(at(hours(-25))))), "ok") << "an answer to us is fresh anyway";
}

TEST_F(Wsse, ARefusalIsTheFaultOfItsOperation) {
  const Error why{"trust.signature_wrong", "a < b", "", 0};
  for (const std::string operation : {"sendMessage", "changeMassageStatusNotification"}) {
    auto refusal = profile->refuse(why, false, push("x", operation), world.now);
    ASSERT_TRUE(refusal.has_value());
    EXPECT_EQ(refusal->status, 500);
    EXPECT_EQ(refusal->content_type, "text/xml; charset=utf-8");
    const std::string& body = refusal->answer.body;
    EXPECT_EQ(check(body), "ok") << "signed as any other answer";
    for (const std::string& part :
         {std::string("<faultcode>soapenv:Client</faultcode>"),
          ":" + operation + "Fault1_" + operation + "Fault ",
          std::string(
              "<errorCode>trust.signature_wrong</errorCode><errorMessage>a &lt; b</errorMessage>"),
          std::string("</errorMessage><errorData>"), std::string("</errorData><errorDate>")}) {
      EXPECT_NE(body.find(part), std::string::npos) << part << " in " << body;
    }
  }
  for (const std::string garbage : {"", "<html>", kMessage}) {
    const auto refusal = profile->refuse(why, true, garbage, world.now);
    ASSERT_TRUE(refusal.has_value());
    EXPECT_NE(refusal->answer.body.find(":sendMessageFault1_sendMessageFault "), std::string::npos);
    EXPECT_NE(refusal->answer.body.find("soapenv:Server"), std::string::npos);
  }
  EXPECT_FALSE(world.make("jws-detached", "ec")->refuse(why, false, "", world.now).has_value());
}

}  // namespace
}  // namespace hub::trust::testing
