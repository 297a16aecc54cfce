// What is read straight from the bytes of an envelope is what libxml2 reads, for envelopes made at random,
// good and broken; what is not plain is left to libxml2.
#include "hub/trust/plain_envelope.h"

#include <random>

#include "hub/trust/tests/world.h"
#include "hub/trust/xml.h"

namespace hub::trust::testing {
namespace {

constexpr char kId[] = "id-1";

std::string envelope(const std::string& body, const std::string& header = "",
                     const std::string& declared = "") {
  return std::string("<s:Envelope xmlns:s=\"") + kSoapNs + "\"" + declared + ">" + header +
         "<s:Body>" + body + "</s:Body></s:Envelope>";
}

bool isPlain(const std::string& xml, const Limits& limits = {}) {
  return readPlainEnvelope(xml, kId, limits).has_value();
}

// libxml2's view of the envelope with the Id in it. Empty: it is refused.
std::string byLibrary(std::string xml, const EnvelopeToSign& place) {
  ChildTags tags;
  auto bare = parseHostile(xml, Limits(), tags);
  if (!bare.ok()) return "";
  EXPECT_EQ(tags.size(), place.has_header ? 2U : 1U) << xml;
  if (tags.size() != (place.has_header ? 2U : 1U)) return "";
  EXPECT_EQ(tags.back(), place.body_tag) << xml;
  if (place.has_header) {
    EXPECT_EQ(tags.front(), place.header_tag) << xml;
  }
  const xmlNs* ns = xmlDocGetRootElement(bare->get())->ns;
  EXPECT_EQ(ns->prefix == nullptr ? "" : reinterpret_cast<const char*>(ns->prefix), place.prefix);
  xml.insert(place.body_tag, place.id_text);
  auto document = parseHostile(xml, Limits());
  if (!document.ok()) return "";
  for (xmlNode* child : childElements(xmlDocGetRootElement(document->get()))) {
    if (!isElement(child, kSoapNs, "Body")) continue;
    EXPECT_EQ(attributeOf(child, kWsuNs, "Id"), kId);
    auto written = canonicaliseByLibrary(document->get(), child, {});
    return written.ok() ? *written : "";
  }
  return "";
}

// Content of a Body or a Header.
class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  std::string document() {
    const std::string soap = oneOf({"s", "soapenv", ""});
    const std::string p = soap.empty() ? "" : soap + ":";
    std::string out =
        oneOf({"", "<?xml version=\"1.0\"?>\n", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n",
               "<?xml version=\"1.0\" encoding=\"utf-8\"?>"});
    prefixes_ = {"p", "q"};
    out += "<" + p + "Envelope xmlns" + (soap.empty() ? "" : ":" + soap) + "=\"" + kSoapNs +
           "\" xmlns:p=\"urn:p\" xmlns:q=\"urn:q\">" + blank();
    if (chance(3)) out += "<" + p + "Header/>" + blank();
    if (chance(4)) out += "<" + p + "Header>" + element(0) + "</" + p + "Header>" + blank();
    out += "<" + p + "Body" + (chance(4) ? " q:a=\"1\"" : "") + (chance(4) ? " b=\"2\"" : "");
    if (chance(8)) return out + "/></" + p + "Envelope>\n";
    out += ">" + blank();
    for (int i = below(3); i > 0; --i) out += element(0) + blank();
    return out + "</" + p + "Body>" + blank() + "</" + p + "Envelope>" + oneOf({"", "\n"});
  }

  // The same with some bytes lost, doubled or changed into what means something in XML.
  std::string broken() {
    std::string out = document();
    for (int i = 1 + below(3); i > 0; --i) {
      const auto at = static_cast<std::size_t>(below(static_cast<int>(out.size())));
      const std::string piece = oneOf({"<",
                                       ">",
                                       "&",
                                       "\"",
                                       "'",
                                       "/",
                                       "=",
                                       ":",
                                       " ",
                                       "\n",
                                       "\r",
                                       "]]>",
                                       "<!-- c -->",
                                       "<?p d?>",
                                       "<![CDATA[x]]>",
                                       "&#65;",
                                       "&x;",
                                       "xmlns",
                                       " xmlns=\"\"",
                                       " wsu:Id=\"2\"",
                                       " xmlns:wsu=\"urn:w\"",
                                       " a=\"1\"",
                                       "\x01",
                                       "\x7f",
                                       "\xEF\xBF\xBF",
                                       "\xC3",
                                       "ә",
                                       "s:",
                                       "Body",
                                       "<s:Body/>",
                                       "<a></a>",
                                       "-",
                                       "1",
                                       "."});
      switch (below(4)) {
        case 0:
          out.insert(at, piece);
          break;
        case 1:
          out.replace(at, 1 + static_cast<std::size_t>(below(4)), piece);
          break;
        case 2:
          out.erase(at, 1 + static_cast<std::size_t>(below(12)));
          break;
        default:  // of the same length, and often well-formed still
          out[at] = oneOf({"a", " ", "1", "x"})[0];
      }
      if (out.empty()) return "<";
    }
    return out;
  }

 private:
  int below(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }
  bool chance(int one_of) { return below(one_of) == 0; }
  std::string oneOf(const std::vector<std::string>& list) {
    return list[static_cast<std::size_t>(below(static_cast<int>(list.size())))];
  }
  std::string blank() { return oneOf({"", "", "\n", "\n  ", "\t"}); }

  std::string text() {
    std::string out;
    for (int i = below(4); i > 0; --i) {
      out += oneOf({"a", "Өтініш ", "&amp;", "&lt;", "&gt;", "&quot;", "\n", "\t", "'", "\"",
                    "&apos;", "ҚазАҚ", "😀", "\x7f", "=", "/", "]]"});
    }
    return out;
  }

  std::string element(int depth) {
    const std::vector<std::string> known = prefixes_;
    std::string tag;
    std::string declared;
    for (const std::string prefix : {"", "p", "q", "r", "wsu"}) {
      if (!chance(6)) continue;
      declared += " xmlns" + (prefix.empty() ? "" : ":" + prefix) + "=\"" +
                  oneOf({"urn:a", "urn:p", "http://c.kz/x?y=z", "https://d"}) + "\"";
      if (!prefix.empty()) prefixes_.push_back(prefix);
    }
    if (chance(12) && declared.find(" xmlns=") == std::string::npos) declared += " xmlns=\"\"";
    tag = (chance(2) ? "" : oneOf(prefixes_) + ":") +
          oneOf({"e", "request", "Body", "Signature", "a-b.c"});
    std::string attributes;
    for (const char* local : {"b", "a", "Id", "c-d"}) {
      if (!chance(3)) continue;
      attributes += oneOf({" ", "  ", "\n"}) + (chance(2) ? "" : oneOf(prefixes_) + ":") + local +
                    "=\"" + oneOf({"", "1", "Өтініш", "it's", "a=b>c", " x "}) + "\"";
    }
    std::string out = "<" + tag + (chance(2) ? declared + attributes : attributes + declared);
    std::string inside = text();
    for (int i = depth > 4 ? 0 : below(4); i > 0; --i) inside += element(depth + 1) + text();
    prefixes_ = known;
    if (inside.empty()) return out + (chance(2) ? "/>" : "></" + tag + ">");
    return out + ">" + inside + "</" + tag + ">";
  }

  std::mt19937 random_;
  std::vector<std::string> prefixes_;
};

struct Seen {
  int plain = 0, left = 0, different = 0;
};

void compare(const std::string& xml, Seen& seen) {
  const auto plain = readPlainEnvelope(xml, kId, Limits());
  ++(plain ? seen.plain : seen.left);
  if (!plain) return;
  const std::string library = byLibrary(xml, *plain);
  if (plain->covered == library || seen.different++ > 0) return;
  ADD_FAILURE() << xml << "\n" << plain->covered << "\nlibxml2: " << library;
}

TEST(PlainEnvelope, IsWhatLibxml2Reads) {
  Seen seen;
  for (unsigned seed = 0; seed < 4000; ++seed) compare(Generator(seed).document(), seen);
  EXPECT_EQ(seen.different, 0);
  EXPECT_GT(seen.plain, 2'000);
}

TEST(PlainEnvelope, WhatIsBrokenIsNeverTakenOtherwiseThanByLibxml2) {
  Seen seen;
  for (unsigned seed = 0; seed < 30'000; ++seed) compare(Generator(seed).broken(), seen);
  EXPECT_EQ(seen.different, 0);
  EXPECT_GT(seen.plain, 500);
  EXPECT_GT(seen.left, 10'000);
}

TEST(PlainEnvelope, TheCoveredFormInFull) {
  const auto place = readPlainEnvelope(
      "<?xml version=\"1.0\"?>\n<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\" "
      "xmlns:u=\"urn:unused\"><e:Header/><e:Body b=\"2\" ><m:x xmlns:m=\"urn:m\" z=\"1\" a=\"'\"/>"
      "&quot;&amp;&apos; ш</e:Body></e:Envelope>",
      kId, Limits());
  ASSERT_TRUE(place);
  EXPECT_EQ(place->covered,
            "<e:Body xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\" "
            "xmlns:wsu=\"http://docs.oasis-open.org/wss/2004/01/"
            "oasis-200401-wss-wssecurity-utility-1.0.xsd\" b=\"2\" wsu:Id=\"id-1\">"
            "<m:x xmlns:m=\"urn:m\" a=\"'\" z=\"1\"></m:x>\"&amp;' ш</e:Body>");
  EXPECT_EQ(place->prefix, "e");
  EXPECT_TRUE(place->has_header);
}

TEST(PlainEnvelope, OneOfEachKindThatIsNotPlain) {
  ASSERT_TRUE(isPlain(envelope("<a/>")));
  for (const char* body : {"<!-- c -->",
                           "<?p d?>",
                           "<![CDATA[x]]>",
                           "&#65;",
                           "&x;",
                           "]]>",
                           "a>b",
                           "<a b='1'/>",
                           "<a b=\"&amp;\"/>",
                           "<a b=\"x\ty\"/>",
                           "<a b=\"1\" b=\"2\"/>",
                           "<a b =\"1\"/>",
                           "<ә/>",
                           "<p:a/>",
                           "<a p:b=\"1\"/>",
                           "<a xml:lang=\"kk\"/>",
                           "<a xmlns:p=\"\"/>",
                           "<a xmlns=\"relative\"/>",
                           "<a xmlns=\"http://c:d.kz\"/>",
                           "<a xmlns:p=\"urn:p\" xmlns:q=\"urn:p\" p:b=\"1\" q:b=\"2\"/>",
                           "<a xmlns:p=\"urn:p\" xmlns:p=\"urn:p\"/>",
                           "<a xmlns:xml=\"urn:p\"/>",
                           "<a xmlns:p=\"http://www.w3.org/2000/xmlns/\"/>",
                           "<a>",
                           "</a>",
                           "<a></b>",
                           "<a></a >",
                           "<a",
                           "\r",
                           "\x01",
                           "\xC3",
                           "\xEF\xBF\xBE",
                           "<1a/>",
                           "<a:/>",
                           "<:a/>",
                           "<a/",
                           "<a b=\"1\"c=\"2\"/>"}) {
    EXPECT_FALSE(isPlain(envelope(body))) << body;
  }
  const std::string soap = kSoapNs;
  for (const std::string& xml :
       {std::string(),
        std::string("<"),
        std::string("<a/>"),
        envelope("") + "x",
        envelope("") + "<a/>",
        " <?xml version=\"1.0\"?>" + envelope(""),
        "<!DOCTYPE a>" + envelope(""),
        "<?xml version=\"1.1\"?>" + envelope(""),
        "<?xml version=\"1.0\" encoding=\"windows-1251\"?>" + envelope(""),
        "\xEF\xBB\xBF" + envelope(""),
        "<s:Envelope xmlns:s=\"" + soap + "\"/>",
        "<s:Envelope xmlns:s=\"" + soap + "\"><s:Body/><s:Body/></s:Envelope>",
        "<s:Envelope xmlns:s=\"" + soap + "\"><s:Body/><s:Header/></s:Envelope>",
        "<s:Envelope xmlns:s=\"" + soap + "\"><s:Body Id=\"1\"/></s:Envelope>",
        "<Envelope xmlns:s=\"" + soap + "\"><s:Body/></Envelope>",
        envelope("", "<s:Header/><s:Header/>"),
        envelope("", "<other/>"),
        envelope("", "<s:Header><d:Signature xmlns:d=\"" + std::string(kDsNs) + "\"/></s:Header>"),
        envelope("", "", " xmlns:wsu=\"urn:w\""),
        envelope("", "", std::string(" xmlns:u=\"") + kWsuNs + "\"")}) {
    EXPECT_FALSE(isPlain(xml)) << xml;
  }
}

TEST(PlainEnvelope, WhatIsLargeIsLeft) {
  const auto nested = [](int depth) {
    std::string body;
    for (int i = 0; i < depth; ++i) body = "<a>" + body + "</a>";
    return envelope(body);
  };
  Limits limits;
  limits.xml_depth_max = 10;
  EXPECT_TRUE(isPlain(nested(8), limits));
  EXPECT_FALSE(isPlain(nested(9), limits));
  limits.xml_depth_max = 1'000'000;
  EXPECT_TRUE(isPlain(nested(62), limits));
  EXPECT_FALSE(isPlain(nested(63), limits));
  limits = Limits();
  limits.xml_nodes_max = 4;
  EXPECT_TRUE(isPlain(envelope("<a b=\"1\"/>"), limits));
  EXPECT_FALSE(isPlain(envelope("<a b=\"1\" c=\"2\"/>"), limits));
  limits = Limits();
  limits.exchange_bytes_max = 100;
  EXPECT_FALSE(isPlain(envelope(std::string(100, 'a')), limits));
  std::string many = "<a";
  for (int i = 0; i < 33; ++i) many += " a" + std::to_string(i) + "=\"1\"";
  EXPECT_FALSE(isPlain(envelope(many + "/>")));
  EXPECT_FALSE(isPlain(envelope("<" + std::string(300, 'a') + "/>")));
}

}  // namespace
}  // namespace hub::trust::testing
