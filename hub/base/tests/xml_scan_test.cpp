// Goal: what would make a parser slow is seen before it parses. Method: tags at the bound and one above it, with
// everything in which quotes and angle brackets mean nothing.
#include "hub/base/xml_scan.h"

#include <gtest/gtest.h>

namespace hub {
namespace {

std::string attributes(int count) {
  std::string out;
  for (int i = 0; i < count; ++i)
    out += " a" + std::to_string(i) + (i % 2 == 0 ? "='\">'" : "=\"'\"");
  return out;
}

TEST(WideTag, IsFoundWithItsLine) {
  EXPECT_EQ(lineOfWideTag("<a>\n<b" + attributes(4) + "/>\n</a>", 4), 0);
  EXPECT_EQ(lineOfWideTag("<a>\n<b" + attributes(5) + "/>\n</a>", 4), 2);
  EXPECT_EQ(lineOfWideTag("<a" + attributes(5), 4), 1) << "without an end";
  EXPECT_EQ(lineOfWideTag("<a" + attributes(4) + " x=\"", 4), 1) << "a last value without an end";
  EXPECT_EQ(lineOfWideTag("<a" + attributes(4) + "/><b" + attributes(4) + "/>", 4), 0)
      << "each tag by itself";
}

TEST(WideTag, QuotesOutsideOfTagsAreNoAttributes) {
  const std::string quotes(100, '"');
  for (const std::string& text : {quotes, "<!--" + quotes + "<x " + quotes + "-->",
                                  "<![CDATA[<x " + quotes + "]]>", "<?p <x " + quotes + "?>"}) {
    EXPECT_EQ(lineOfWideTag("<a>" + text + "</a>", 4), 0) << text;
    EXPECT_EQ(lineOfWideTag("<a>" + text + "<b" + attributes(5) + "/></a>", 4), 1)
        << "what comes after it is seen: " << text;
  }
  EXPECT_EQ(lineOfWideTag("", 4), 0);
  EXPECT_EQ(lineOfWideTag("<a><!-- without an end", 4), 0);
}

TEST(Charset, OnlyThoseInWhichMarkupIsAscii) {
  const auto declared = [](const std::string& name) {
    return isAsciiBased("<?xml version='1.0' encoding=\"" + name + "\"?><a/>");
  };
  for (const char* name :
       {"UTF-8", "utf8", "windows-1251", "CP1251", "ISO-8859-5", "KOI8-R", "US-ASCII"}) {
    EXPECT_TRUE(declared(name)) << name;
  }
  for (const char* name : {"UTF-16", "UTF-7", "IBM037", "ISO-2022-JP", "utf-8x", "HZ", ""}) {
    EXPECT_FALSE(declared(name)) << name;
  }
  EXPECT_TRUE(isAsciiBased("\xEF\xBB\xBF<a/>"));
  EXPECT_TRUE(isAsciiBased("<a/>"));
  EXPECT_FALSE(isAsciiBased(std::string_view("<\0a\0/\0>\0", 8)));
  EXPECT_FALSE(isAsciiBased("\xFF\xFE<"));
  EXPECT_FALSE(isAsciiBased("\x4C\x6F\xA7\x94"));  // EBCDIC
}

}  // namespace
}  // namespace hub
