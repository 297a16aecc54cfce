#include "adapters/kit/xml.h"

#include <gtest/gtest.h>

#include "adapters/kit/error.h"

namespace otinish::kit {
namespace {

std::string refusal(const std::string& xml, const XmlBounds& bounds = {}) {
  try {
    XmlDocument::parse(xml, bounds);
  } catch (const MappingError& e) {
    return e.code();
  }
  return "accepted";
}

TEST(Xml, RefusesWhatStrangersTry) {
  EXPECT_EQ(refusal("<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>"), "adapter.dtd_refused");
  EXPECT_EQ(refusal("<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>"), "adapter.dtd_refused");
  EXPECT_EQ(refusal("<a><b></a>"), "adapter.bad_xml");
  EXPECT_EQ(refusal("<a/><b/>"), "adapter.bad_xml");
  EXPECT_EQ(refusal(""), "adapter.bad_xml");
  EXPECT_EQ(refusal("<a>\xCF\xF0</a>"), "adapter.bad_xml");
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "<a>";
  EXPECT_EQ(refusal(deep), "adapter.too_deep");
  XmlBounds small;
  small.nodes_max = 2;
  EXPECT_EQ(refusal("<a><b/><b/></a>", small), "adapter.too_large");
  small.bytes_max = 3;
  EXPECT_EQ(refusal("<abc/>", small), "adapter.too_large");
  EXPECT_EQ(refusal("<a>Әғқңөұүһі</a>"), "accepted");
  EXPECT_EQ(refusal(std::string("<\0a\0/\0>\0", 8)), "adapter.bad_xml");
  std::string wide = "<a><!-- \"'\" --><b x=\">\"";
  for (int i = 0; i < 511; ++i) wide += " a" + std::to_string(i) + "=''";
  EXPECT_EQ(refusal(wide + "/></a>"), "accepted");
  EXPECT_EQ(refusal(wide + " z=\"\"/></a>"), "adapter.too_large");
  std::string namespaces = "<a";
  for (int i = 0; i < 100; ++i) namespaces += " xmlns:n" + std::to_string(i) + "='urn:n'";
  EXPECT_EQ(refusal(namespaces + "/>"), "accepted");
  EXPECT_EQ(refusal(namespaces + "><b xmlns='urn:b'/></a>"), "adapter.too_large");
  EXPECT_EQ(refusal("<a xmlns='" + std::string(512, 'u') + "'/>"), "accepted");
  EXPECT_EQ(refusal("<a xmlns='" + std::string(513, 'u') + "'/>"), "adapter.too_large");
  const auto declared = [](const std::string& charset) {
    return refusal("<?xml version='1.0' encoding=\"" + charset + "\"?><a/>");
  };
  for (const char* charset : {"UTF-7", "IBM037", "UTF-16", "ISO-2022-JP"}) {
    EXPECT_EQ(declared(charset), "adapter.bad_xml") << charset;
  }
  for (const char* charset : {"utf-8", "windows-1251", "US-ASCII", "ISO-8859-5"}) {
    EXPECT_EQ(declared(charset), "accepted") << charset;
  }
  EXPECT_EQ(refusal("\x4C\x6F\xA7\x94"), "adapter.bad_xml") << "EBCDIC";
}

std::string codeAndLine(const std::string& xml) {
  try {
    XmlDocument::parse(xml);
  } catch (const MappingError& e) {
    return e.code() + " " + std::to_string(e.line());
  }
  return "accepted";
}

// After its error libxml2 would find the tag that the count of attributes took for a value, and compare its
// attributes for minutes.
TEST(Xml, EndsAtTheFirstFatalError) {
  EXPECT_EQ(codeAndLine("<a>\n< b\n<c>\n</a>"), "adapter.bad_xml 2") << "not the last one's line";
  std::string wide = "<b";
  for (int i = 0; i < 500'000; ++i) wide += " a" + std::to_string(i) + "=''";
  wide += "/>";
  for (const std::string& doc :
       {"<a>\n< \"" + wide + "\">\n</a>", "<a>\n<?1 " + wide + "?>\n</a>",
        "<a>\n<!-- \x01 " + wide + " -->\n</a>", "<a>\n<![CDATA[\x01 " + wide + "]]>\n</a>"}) {
    EXPECT_EQ(codeAndLine(doc), "adapter.bad_xml 2") << doc.substr(0, 12);
  }
}

int lineOf(const std::string& xml) {
  try {
    XmlDocument::parse(xml);
  } catch (const MappingError& e) {
    return e.line();
  }
  return -1;
}

TEST(Xml, EveryRefusalNamesTheLine) {
  EXPECT_EQ(lineOf("<?xml version='1.0'?>\n\n<!DOCTYPE a>\n<a/>"), 3);
  EXPECT_EQ(lineOf("<a>\n\n\xCF\xF0</a>"), 3);
  std::string deep;
  for (int i = 0; i < 70; ++i) deep += "<a>\n";
  EXPECT_EQ(lineOf(deep), 65);
}

TEST(Xml, ErrorsNameTheLine) {
  try {
    XmlDocument::parse("<a>\n<b>\n</a>");
    FAIL();
  } catch (const MappingError& e) {
    EXPECT_EQ(e.line(), 3);
  }
}

TEST(Xml, ReadsTheNeutralAnswer) {
  const auto document = XmlDocument::parse(
      "<a:answer xmlns:a='urn:otinish:adapter:1' xmlns:o='urn:otinish:appeal:1' outcome='PENDING' "
      "external_id='C-1' more='true' cursor='7'><a:item item_id='i1' type='status/1'><a:payload>"
      "<o:status><o:status>in_work</o:status></o:status></a:payload></a:item>"
      "<a:item item_id='i2' problem_code='adapter.x' problem_text='IIN "
      "850101100012'><a:raw><x/></a:raw></a:item>"
      "<a:reply status='202'><r/></a:reply></a:answer>");
  const NeutralAnswer out = readAnswer(document);
  EXPECT_EQ(out.answer.outcome, Outcome::kPending);
  EXPECT_EQ(out.answer.external_id, "C-1");
  EXPECT_TRUE(out.answer.more);
  ASSERT_EQ(out.answer.items.size(), 2U);
  EXPECT_EQ(out.answer.items[0].body,
            "<o:status xmlns:o=\"urn:otinish:appeal:1\"><o:status>in_work</o:status></o:status>");
  EXPECT_EQ(out.answer.items[1].raw, "<x/>");
  EXPECT_EQ(out.answer.items[1].problem_text.find("8501"), std::string::npos);
  EXPECT_EQ(out.answer.native_status, 202);
  EXPECT_EQ(out.answer.native_body, "<r/>");
  EXPECT_THROW(readAnswer(XmlDocument::parse("<other/>")), MappingError);
}

}  // namespace
}  // namespace otinish::kit
