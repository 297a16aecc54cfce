#include "adapters/kit/files.h"

#include <gtest/gtest.h>

#include "adapters/kit/error.h"
#include "adapters/kit/text.h"
#include "adapters/kit/xslt_mapping.h"

namespace otinish::kit {
namespace {

constexpr const char* kAppeal =
    "<message xmlns='urn:otinish:appeal:1'><appeal><attachments><id>a1</id><name>акт &amp; "
    "есеп.pdf</name><mime>application/pdf</mime><size>5</size><sha256>11</sha256></attachments>"
    "<attachments><id>a2</id><name>b.txt</name><mime>text/plain</mime><size>7</size>"
    "<sha256>22</sha256></attachments></appeal></message>";

// A stylesheet sees what the adapter wrote onto the document.
constexpr const char* kCopy =
    "<xsl:stylesheet version='1.0' xmlns:xsl='http://www.w3.org/1999/XSL/Transform'>"
    "<xsl:template match='/'><xsl:copy-of select='.'/></xsl:template></xsl:stylesheet>";

TEST(Files, Base64IsStrict) {
  for (const std::string bytes : {"", "a", "ab", "abc", "abcd"}) {
    EXPECT_EQ(fromBase64(toBase64(bytes)), bytes);
  }
  const std::string binary("\0\xFF\x80 \0", 5);
  EXPECT_EQ(fromBase64(toBase64(binary)), binary);
  EXPECT_EQ(fromBase64(" YWJj\r\nZA= =\n"), "abcd");
  for (const char* bad : {"YWJ", "Y", "YW=j", "=YWJ", "YWJj====", "YW%j", "===="}) {
    EXPECT_THROW(fromBase64(bad), MappingError) << bad;
  }
}

TEST(Files, AnnouncedOnesGetTheirReferences) {
  XmlDocument document = XmlDocument::parse(kAppeal);
  const auto files = announcedFiles(document);
  ASSERT_EQ(files.size(), 2U);
  EXPECT_EQ(files[0].name, "акт & есеп.pdf");
  EXPECT_EQ(files[0].size, 5);
  EXPECT_EQ(files[1].sha256, "22");
  writeReferences(document, {"r<1", "r2"});
  const std::string written = XsltMapping::compile(kCopy).apply(document);
  EXPECT_NE(written.find("a:reference=\"r&lt;1\""), std::string::npos) << written;
  EXPECT_NE(written.find("a:reference=\"r2\""), std::string::npos);
}

TEST(Files, AFileSurvivesItsDocument) {
  CarriedFile file;
  file.name = "a \"b\" <c>.bin";
  file.sha256 = sha256Hex("bytes");
  file.bytes = std::string("\0bytes\xFF", 7);
  file.size = 7;
  const CarriedFile back = fileOf(fileDocument(file));
  EXPECT_EQ(back.name, file.name);
  EXPECT_EQ(back.bytes, file.bytes);
  EXPECT_EQ(back.size, 7);
  EXPECT_THROW(fileOf(XmlDocument::parse("<none/>")), MappingError);
}

TEST(Files, PlaceholdersBecomeAttachments) {
  XmlDocument payload = XmlDocument::parse(
      "<decision xmlns='urn:otinish:appeal:1' xmlns:a='urn:otinish:adapter:1'><text>t</text>"
      "<a:file reference='r1' name='n.pdf'/><measures/></decision>");
  auto files = placeholders(payload);
  ASSERT_EQ(files.size(), 1U);
  EXPECT_EQ(files[0].reference, "r1");
  files[0].id = "r1";
  files[0].mime = "application/pdf";
  files[0].size = 3;
  files[0].sha256 = "33";
  const std::string filled = fillPlaceholders(payload, files);
  EXPECT_NE(filled.find("<text>t</text><attachments><id>r1</id><name>n.pdf</name>"
                        "<mime>application/pdf</mime><size>3</size><sha256>33</sha256>"
                        "</attachments><measures/>"),
            std::string::npos)
      << filled;
  EXPECT_TRUE(placeholders(XmlDocument::parse(filled)).empty());
}

}  // namespace
}  // namespace otinish::kit
