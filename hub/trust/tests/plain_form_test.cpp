// The canonical form written in one pass is libxml2's, for every element of documents made at random
// and of a third party's samples; what is not plain is left to libxml2.
#include "hub/trust/plain_form.h"

#include <functional>
#include <random>

#include "hub/trust/tests/world.h"
#include "hub/trust/xml.h"

namespace hub::trust::testing {
namespace {

struct Seen {
  int plain = 0, left = 0, different = 0, refused = 0;
};

// Compares every element of the document; what was different is told with the document.
void compareAll(const std::string& xml, Seen& seen) {
  auto document = parseHostile(xml, Limits());
  if (!document.ok()) {
    ++seen.refused;
    return;
  }
  xmlDoc* tree = document->get();
  std::function<void(xmlNode*)> each = [&](xmlNode* node) {
    const auto library = canonicaliseByLibrary(tree, node, {});
    const auto plain = plainExclusiveForm(node);
    ++(plain ? seen.plain : seen.left);
    const bool same = !plain || (library.ok() && *plain == *library);
    if (!same && seen.different++ == 0) {
      ADD_FAILURE() << "of <" << node->name << "> in\n"
                    << xml << "\n"
                    << *plain << "\nlibxml2: " << (library.ok() ? *library : "refused");
    }
    const auto used = canonicalise(tree, node, {});
    EXPECT_EQ(outcome(used), outcome(library));
    if (used.ok() && library.ok()) {
      EXPECT_EQ(*used, *library);
    }
    for (xmlNode* child : childElements(node)) each(child);
  };
  each(xmlDocGetRootElement(tree));
}

// Documents of a few prefixes and namespaces, so that they meet in every way.
class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}
  // `odd`: also what is not plain, in one place of about twenty.
  std::string document(bool odd) {
    odd_ = odd;
    return (chance(3) ? "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" : "") +
           (chance(8) ? std::string("<!-- before -->") : "") + element(0);
  }

 private:
  int below(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }
  bool chance(int one_of) { return below(one_of) == 0; }
  std::string oneOf(const std::vector<std::string>& list) {
    return list[static_cast<std::size_t>(below(static_cast<int>(list.size())))];
  }

  std::string text(bool attribute) {
    std::string out;
    for (int i = below(4); i > 0; --i) {
      out += oneOf({"a", "Өтініш ", "&amp;", "&lt;", "&gt;", "&quot;", "&#13;", "&#9;", "&#10;",
                    "\n", "\t", " ", "'", "&#x1F600;", "ҚазАҚ", "&apos;"});
      if (!attribute) out += oneOf({"", "\"", ">", "<![CDATA[<&>\"]]>", "<!-- - -->"});
      if (!attribute && odd_ && chance(20)) out += "<?pi some data?>";
    }
    return out;
  }

  std::string declaration(const std::string& prefix) {
    std::string href = oneOf({"urn:a", "urn:b", "http://c.kz/x?y=z", "https://d"});
    if (prefix.empty() && chance(3)) href.clear();
    if (odd_ && chance(20))
      href = oneOf({"relative", "../x", "mailto:a", " urn:a", "URN:a", "urn:ә", "urn:a&amp;b",
                    "urn:a&lt;", "urn:'", "urn:a b"});
    return " xmlns" + (prefix.empty() ? "" : ":" + prefix) + "=\"" + href + "\"";
  }

  std::string element(int depth) {
    std::vector<std::string> known = prefixes_;
    std::string declarations;
    for (const std::string prefix : {"", "p", "q", "r"}) {
      if (!chance(depth == 0 ? 2 : 5)) continue;
      declarations += declaration(prefix);
      if (!prefix.empty()) prefixes_.push_back(prefix);
    }
    // The namespace of xml has its prefix by itself.
    if (odd_ && chance(20)) declarations += " xmlns:xml=\"http://www.w3.org/XML/1998/namespace\"";
    const std::string name = qualified() + oneOf({"e", "request", "Body", "a", "ә"});
    std::string attributes;
    for (const char* local : {"b", "a", "Id", "c-d"}) {
      if (!chance(3)) continue;
      const std::string prefix = prefixes_.empty() || chance(2) ? "" : oneOf(prefixes_) + ":";
      attributes += " " + prefix + local + "=\"" + text(true) + "\"";
      if (odd_ && chance(10) && !prefixes_.empty()) {
        attributes += " " + oneOf(prefixes_) + ":" + local + "=\"2\"";
      }
    }
    if (odd_ && chance(20)) attributes += " xml:lang=\"kk\"";
    if (odd_ && chance(30)) attributes += " none:a=\"1\"";
    std::string out =
        "<" + name + (chance(2) ? declarations + attributes : attributes + declarations);
    std::string inside = text(false);
    for (int i = depth > 5 ? 0 : below(4); i > 0; --i) inside += element(depth + 1) + text(false);
    prefixes_ = known;
    if (inside.empty()) return out + "/>";
    return out + ">" + inside + "</" + name + ">";
  }

  std::string qualified() {
    if (odd_ && chance(40)) return oneOf({"none:", "xml:"});
    return prefixes_.empty() || chance(2) ? "" : oneOf(prefixes_) + ":";
  }

  std::mt19937 random_;
  std::vector<std::string> prefixes_;
  bool odd_ = false;
};

TEST(PlainForm, IsWhatLibxml2Writes) {
  Seen seen;
  for (unsigned seed = 0; seed < 3000; ++seed) compareAll(Generator(seed).document(false), seen);
  EXPECT_EQ(seen.different, 0);
  EXPECT_EQ(seen.left, 0);  // plain content needs nobody else
  EXPECT_EQ(seen.refused, 0);
  EXPECT_GT(seen.plain, 10'000);
}

TEST(PlainForm, LeavesToLibxml2WhatIsNotPlain) {
  Seen seen;
  for (unsigned seed = 0; seed < 6000; ++seed) compareAll(Generator(seed).document(true), seen);
  EXPECT_EQ(seen.different, 0);
  EXPECT_GT(seen.plain, 3'000);
  EXPECT_GT(seen.left, 3'000);
}

TEST(PlainForm, SamplesOfAThirdParty) {
  Seen seen;
  compareAll(sample("shep-sync-wsse-signed.xml"), seen);
  compareAll(sample("xmldsig-rsa.xml"), seen);
  EXPECT_EQ(seen.different + seen.refused + seen.left, 0);
  EXPECT_GT(seen.plain, 20);
}

TEST(PlainForm, OneOfEachKindThatIsNotPlain) {
  const auto isPlain = [](const std::string& xml) {
    auto document = parseHostile(xml, Limits());
    EXPECT_EQ(outcome(document), "ok") << xml;
    return document.ok() && plainExclusiveForm(xmlDocGetRootElement(document->get())).has_value();
  };
  EXPECT_TRUE(isPlain("<a xmlns=\"urn:u\" b=\"1\"><b xmlns=\"\"/><!-- c --></a>"));
  EXPECT_FALSE(isPlain("<a><?pi data?></a>"));
  EXPECT_FALSE(isPlain("<a xml:lang=\"kk\"/>"));
  EXPECT_FALSE(isPlain("<xml:a/>"));
  EXPECT_FALSE(isPlain("<p:a/>"));
  EXPECT_FALSE(isPlain("<a p:b=\"1\"/>"));
  EXPECT_FALSE(isPlain("<a xmlns=\"relative\"/>"));
  EXPECT_FALSE(isPlain("<a xmlns=\"urn:a&amp;b\"/>"));
  EXPECT_FALSE(isPlain("<a xmlns:p=\"urn:u\" xmlns:q=\"urn:u\" p:b=\"1\" q:b=\"2\"/>"));
  EXPECT_EQ(plainExclusiveForm(nullptr), std::nullopt);
}

// A tree deeper than any message may be is no reason to run out of stack.
TEST(PlainForm, DeepContentIsLeft) {
  Limits limits;
  limits.xml_depth_max = 200;
  const auto isPlain = [&limits](int depth) {
    std::string xml = "<b/>";
    for (int i = 1; i < depth; ++i) xml = "<a>" + xml + "</a>";
    auto document = parseHostile(xml, limits);
    EXPECT_EQ(outcome(document), "ok");
    return document.ok() && plainExclusiveForm(xmlDocGetRootElement(document->get())).has_value();
  };
  EXPECT_TRUE(isPlain(Limits().xml_depth_max));
  EXPECT_TRUE(isPlain(64));
  EXPECT_FALSE(isPlain(65));
}

}  // namespace
}  // namespace hub::trust::testing
