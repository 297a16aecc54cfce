#include "adapters/kit/xslt_mapping.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <thread>
#include <vector>

#include "adapters/kit/error.h"

namespace otinish::kit {
namespace {

std::string sheet(const std::string& body, const std::string& more = {}) {
  return "<xsl:stylesheet version='1.0' xmlns:xsl='http://www.w3.org/1999/XSL/Transform' "
         "xmlns:a='urn:otinish:adapter:1' xmlns:exsl='http://exslt.org/common' "
         "xmlns:date='http://exslt.org/dates-and-times' "
         "extension-element-prefixes='exsl' exclude-result-prefixes='a date'><xsl:output "
         "omit-xml-declaration='yes'/><xsl:param name='p'/>" +
         more + "<xsl:template match='/'>" + body + "</xsl:template></xsl:stylesheet>";
}

std::string run(const std::string& body, const StringMap& parameters = {},
                const Tables& tables = {}) {
  const auto mapping = XsltMapping::compile(sheet(body), tables);
  return mapping.apply(XmlDocument::parse("<a>Әғқңөұүһі</a>"), parameters);
}

std::string codeOf(const std::string& body) {
  try {
    return "made: " + run(body);
  } catch (const MappingError& e) {
    return e.code();
  }
}

TEST(XsltMapping, MapsWithParametersAndTables) {
  EXPECT_EQ(
      run("<o><xsl:value-of select='a'/>|<xsl:value-of select='$p'/></o>", {{"p", "it's \"ок\""}}),
      "<o>Әғқңөұүһі|it's \"ок\"</o>\n");
  const Tables tables{
      {"kind", {{"x", {{"", "ARIZ"}}}, {"*", {{"", "OTHER"}}}, {"y", {{"c", "col"}}}}}};
  EXPECT_EQ(run("<o><xsl:value-of select=\"concat(a:look-up('kind','x'), '/', "
                "a:look-up('kind','q'), '/', "
                "a:look-up('kind','y','c'), '/', a:look-up('none','y'))\"/></o>",
                {}, tables),
            "<o>ARIZ/OTHER/col/</o>\n");
}

TEST(XsltMapping, ReadsTextThatIsXmlItself) {
  const auto read = [](const std::string& text) {
    return run(
        "<o><xsl:for-each select='a:parse($p)'><xsl:value-of select='concat(name(*), "
        "count(.//b))'/>"
        "</xsl:for-each>|<xsl:copy-of select='a:parse($p)//b'/></o>",
        {{"p", text}});
  };
  EXPECT_EQ(read("<x><b>ә</b><b/></x>"), "<o>x2|<b>ә</b><b/></o>\n");
  for (const char* none : {"", "plain", "<x", "<!DOCTYPE x [<!ENTITY e 'b'>]><x><b>&e;</b></x>"}) {
    EXPECT_EQ(read(none), "<o>|</o>\n") << none;
  }
  EXPECT_EQ(read(std::string(200, '<') + "x"), "<o>|</o>\n");
  // It comes as characters: what its declaration says of bytes is over.
  for (const char* said : {"windows-1251", "utf-16", "UTF-8"}) {
    EXPECT_EQ(
        read(std::string(" \n<?xml version='1.0' encoding='") + said + "'?>\n<x><b>Ә</b></x>"),
        "<o>x1|<b>Ә</b></o>\n")
        << said;
  }
  std::string deep, up;
  for (int i = 0; i <= XmlBounds().depth_max; ++i) {
    deep += "<x>";
    up += "</x>";
  }
  EXPECT_EQ(read(deep + up), "<o>|</o>\n");
  EXPECT_EQ(read("<x>" + std::string(5 * 1024 * 1024, 'x') + "</x>"), "<o>|</o>\n");
}

// A page of messages, each with a text within the bounds.
TEST(XsltMapping, TheTextsOfOneTransformationAreBoundedTogether) {
  const std::string large = "<x>" + std::string(1536 * 1024, 'x') + "</x>";
  const std::string one = "<xsl:value-of select='count(a:parse($p))'/>";
  EXPECT_EQ(run("<o>" + one + one + one + "</o>", {{"p", large}}), "<o>110</o>\n");
  std::string many = "<x>";
  for (int i = 0; i < 200'000; ++i) many += "<y/>";
  EXPECT_EQ(run("<o>" + one + one + one + "</o>", {{"p", many + "</x>"}}), "<o>110</o>\n");
}

// libxslt takes them, and writes nothing in their place.
TEST(XsltMapping, WhatIsMisspeltIsRefusedAtLoad) {
  const auto refusal = [](const std::string& body, const std::string& more = {}) {
    try {
      XsltMapping::compile(sheet(body, more));
      return std::string("taken");
    } catch (const MappingError& e) {
      EXPECT_EQ(e.code(), "adapter.bad_mapping");
      return std::string(e.what());
    }
  };
  EXPECT_EQ(refusal("<o>\n<xsl:valu-of select='a'/></o>"),
            "there is no instruction xsl:valu-of (line 2)");
  EXPECT_EQ(refusal("<o><xsl:value-of select='concat($p, $nope)'/></o>"),
            "there is no variable $nope here (line 1)");
  EXPECT_EQ(refusal("<o a='{$nope}'/>"), "there is no variable $nope here (line 1)");
  EXPECT_EQ(refusal("<o><xsl:if test='contians(a, 1)'>x</xsl:if></o>"),
            "there is no function contians() (line 1)");
  EXPECT_EQ(refusal("<o><xsl:value-of select='a:nothing()'/></o>"),
            "there is no function a:nothing() (line 1)");
  EXPECT_EQ(refusal("<xsl:call-template name='nope'/>"), "there is no template nope (line 1)");
  EXPECT_EQ(refusal("<xsl:if test='1'><xsl:variable name='v' select='1'/></xsl:if>"
                    "<xsl:value-of select='$v'/>"),
            "there is no variable $v here (line 1)")
      << "it is of the inner element";

  EXPECT_EQ(refusal("<xsl:variable name='v' select='a'/><o a='{{$x}} {$v}' b=\"{'}$x'}\">"
                    "<xsl:for-each select='$v[position() = 1 and (text() or self::node())]'>"
                    "<xsl:sort select='$top'/><xsl:value-of select=\"concat($v, '$no fn(')\"/>"
                    "<xsl:value-of select='date:year() + exsl:node-set($v) div (2)'/>"
                    "<xsl:call-template name='named'><xsl:with-param name='w' select='$p'/>"
                    "</xsl:call-template></xsl:for-each></o>",
                    "<xsl:template name='named'><xsl:param name='w'/><xsl:copy-of select='$w'/>"
                    "</xsl:template><xsl:variable name='top' select='1'/>"),
            "taken");
}

TEST(XsltMapping, AnOperatorIsNoPartOfTheNameBehindIt) {
  for (const char* expression :
       {"substring($s, string-length($s)-string-length($t)+1)", "$n - ($n + 2)", "$n -($n)",
        "last()-count(x)", "1-count(x)", "2.5-count(x)", "-number(1)", "-(1)", ".5*count(x)",
        "../x -count(x)", "child::x", "x[1]-sum(y)"}) {
    const auto made = codeOf(
        "<xsl:variable name='s' select=\"'abc'\"/><xsl:variable name='t' select=\"'c'\"/>"
        "<xsl:variable name='n' select='1'/><o><xsl:value-of select='" +
        std::string(expression) + "'/></o>");
    EXPECT_TRUE(made.starts_with("made: ")) << expression << ": " << made;
  }
}

TEST(XsltMapping, AMessageThatEndsNothingIsNoFailure) {
  EXPECT_EQ(run("<xsl:message>a word</xsl:message><o/>"), "<o/>\n");
}

TEST(XsltMapping, ReachesNoFileAndNoNetwork) {
  EXPECT_EQ(codeOf("<o><xsl:value-of select=\"count(document('/etc/passwd'))\"/></o>"),
            "adapter.mapping_failed");
  EXPECT_EQ(codeOf("<o><xsl:value-of select=\"count(document('http://127.0.0.1/'))\"/></o>"),
            "adapter.mapping_failed");
  EXPECT_EQ(codeOf("<o><xsl:value-of select=\"count(document(''))\"/></o>").find("stylesheet"),
            std::string::npos);
  const std::string target = ::testing::TempDir() + "/xslt_written.xml";
  codeOf("<exsl:document href='" + target + "'><x/></exsl:document><o/>");
  EXPECT_FALSE(std::filesystem::exists(target));
  EXPECT_THROW(XsltMapping::compile(sheet("<o/>", "<xsl:include href='/tmp/x.xslt'/>")),
               MappingError);
}

TEST(XsltMapping, RefusalsCarryCodeAndLine) {
  EXPECT_EQ(codeOf("<xsl:message terminate='yes'>adapter.refused: no such kind</xsl:message>"),
            "adapter.refused");
  EXPECT_EQ(codeOf("<xsl:message terminate='yes'>sorry</xsl:message>"), "adapter.mapping_failed");
  EXPECT_EQ(codeOf("<xsl:value-of select='a:nothing()'/>"), "adapter.bad_mapping");
  try {
    XsltMapping::compile(
        "<xsl:stylesheet version='1.0' xmlns:xsl='http://www.w3.org/1999/XSL/Transform'>\n"
        "<xsl:template match='/'>\n<xsl:value-of select='((('/>\n</xsl:template></xsl:stylesheet>");
    FAIL();
  } catch (const MappingError& e) {
    EXPECT_EQ(e.code(), "adapter.bad_mapping");
    EXPECT_GT(e.line(), 0);
  }
  EXPECT_THROW(XsltMapping::compile("<not-closed"), MappingError);
  EXPECT_THROW(XsltMapping::compile("<!DOCTYPE x [<!ENTITY e 'e'>]>" + sheet("<o/>")),
               MappingError);
}

TEST(XsltMapping, EndlessStylesheetsAreStopped) {
  const auto deep = XsltMapping::compile(
      sheet("<xsl:call-template name='t'/>",
            "<xsl:template name='t'><xsl:call-template name='t'/></xsl:template>"));
  EXPECT_THROW(deep.apply(XmlDocument::parse("<a/>")), MappingError);
}

TEST(XsltMapping, OneCompiledStylesheetServesManyThreads) {
  const auto mapping = XsltMapping::compile(sheet("<o><xsl:value-of select='concat(a, $p)'/></o>"));
  std::vector<std::thread> threads;
  std::vector<int> wrong(4, 0);
  for (std::size_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 300; ++i) {
        const std::string p = std::to_string(t) + "-" + std::to_string(i);
        if (mapping.apply(XmlDocument::parse("<a>қ</a>"), {{"p", p}}) != "<o>қ" + p + "</o>\n")
          ++wrong[t];
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, std::vector<int>(4, 0));
}

}  // namespace
}  // namespace otinish::kit
