#include "adapters/kit/text.h"

#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "adapters/kit/error.h"
#include "adapters/kit/json.h"

namespace otinish::kit {
namespace {

template <typename F>
std::string codeOf(F f) {
  try {
    f();
  } catch (const MappingError& e) {
    return e.code();
  }
  return "no error";
}

TEST(Text, KnowsUtf8) {
  EXPECT_TRUE(isUtf8("Әғқңөұүһі — ok"));
  EXPECT_TRUE(isUtf8("\xF0\x9F\x8F\xA0"));
  for (const char* bad :
       {"\xC0\x80", "\xED\xA0\x80", "\xF5\x80\x80\x80", "\xE2\x82", "\x80", "\xC1\xBF"}) {
    EXPECT_FALSE(isUtf8(bad)) << bad;
  }
}

TEST(Text, ConvertsCharsetsAndNeverGuesses) {
  EXPECT_EQ(toUtf8("\xCF\xF0\xE8\xED\xFF\xF2\xEE", "windows-1251"), "Принято");
  EXPECT_EQ(toUtf8("\xEF\xBB\xBF"
                   "Әлия",
                   "UTF-8"),
            "Әлия");
  EXPECT_EQ(toUtf8("\xEF\xBB\xBF"
                   "Әлия",
                   "windows-1251"),
            "Әлия");
  using namespace std::string_literals;
  EXPECT_EQ(toUtf8("\xFF\xFE\xD8\x04;\0a\0"s, "windows-1251"), "Ә;a");
  EXPECT_EQ(toUtf8("\xFE\xFF\x04\xD8\0;\0a"s, "UTF-8"), "Ә;a");
  EXPECT_EQ(toUtf8("\xFF\xFE\xFF\xFE", "windows-1251"), "яюяю");
  EXPECT_EQ(codeOf([] { toUtf8("\xFF\xFE\0\xD8"s, "UTF-8"); }), "adapter.bad_charset");
  EXPECT_EQ(codeOf([] { toUtf8("\xCF\xF0", "UTF-8"); }), "adapter.bad_charset");
  EXPECT_EQ(codeOf([] { toUtf8("\x98", "windows-1251"); }), "adapter.bad_charset");
  EXPECT_EQ(codeOf([] { toUtf8("a", "no-such-charset"); }), "adapter.bad_setting");
  const std::string big(10'000, '\xCF');
  EXPECT_EQ(toUtf8(big, "windows-1251").size(), 20'000U);
}

TEST(Text, Utf8UnderAnotherCharsetIsToldFromIt) {
  for (const char* utf8 : {"Ваша справка готова", "№", "a;b\nә"}) {
    EXPECT_EQ(codeOf([&] { toUtf8(utf8, "windows-1251"); }), "adapter.bad_charset") << utf8;
    EXPECT_EQ(codeOf([&] { toUtf8(utf8, "ISO-8859-1"); }), "adapter.bad_charset") << utf8;
  }
  EXPECT_EQ(toUtf8("a;b", "windows-1251"), "a;b");
  EXPECT_EQ(toUtf8("\xCF\xF0\xE8, \xD0\xB0", "windows-1251"), "При, Р°")
      << "not all of it is UTF-8";
  EXPECT_EQ(toUtf8("\xC4\xE3", "GBK"), "你") << "two bytes a letter";
}

TEST(Text, TemplatesCannotChangeThePath) {
  const StringMap values{{"id", "AK/2026 1"}, {"empty", ""}, {"dots", ".."}};
  EXPECT_EQ(fillTemplate("/cases/{id}/x", values), "/cases/AK%2F2026%201/x");
  EXPECT_EQ(codeOf([&] { fillTemplate("/{empty}", values); }), "adapter.bad_setting");
  EXPECT_EQ(codeOf([&] { fillTemplate("/{dots}", values); }), "adapter.bad_value");
  EXPECT_EQ(codeOf([&] { fillTemplate("/{other}", values); }), "adapter.bad_setting");
  EXPECT_EQ(codeOf([&] { fillFileName("{id}.xml", values); }), "adapter.bad_value");
  EXPECT_EQ(codeOf([] {
              fillTemplate("/{external_id}", {{"external_id", ""}});
            }),
            "adapter.case_unknown");
  EXPECT_EQ(codeOf([] { fillTemplate("/{external_id}", {}); }), "adapter.bad_setting");
  EXPECT_EQ(codeOf([] { fillHeader("{a}", {{"a", "x\r\ny"}}); }), "adapter.bad_value");
}

TEST(Text, HeadersTheHubWouldRefuseAreNamed) {
  EXPECT_NO_THROW(checkHeader("headers", "Idempotency-Key", "{message_id}"));
  EXPECT_NO_THROW(checkHeader("headers", "X-Ok", "мән"));
  for (const auto& [name, value] :
       std::vector<std::pair<std::string, std::string>>{{"", "x"},
                                                        {"Host", "x"},
                                                        {"content-LENGTH", "1"},
                                                        {"X-JWS-Signature", "x"},
                                                        {"Two words", "x"},
                                                        {"A:b", "x"},
                                                        {"X-A\r\nX-B", "x"},
                                                        {"X-A", "one\r\nX-B: two"}}) {
    try {
      checkHeader("headers", name, value);
      ADD_FAILURE() << name << " was taken";
    } catch (const MappingError& e) {
      EXPECT_EQ(e.code(), "adapter.bad_setting");
      EXPECT_NE(std::string(e.what()).find("setting headers"), std::string::npos);
    }
  }
}

TEST(Text, Sha256AndGlob) {
  EXPECT_EQ(sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_TRUE(isSha256Hex(sha256Hex("")));
  EXPECT_FALSE(isSha256Hex("BA7816"));
  EXPECT_TRUE(globMatch("status-*.csv", "status-20261123-1.csv"));
  EXPECT_FALSE(globMatch("status-*.csv", "status-1.csv.tmp"));
  EXPECT_TRUE(globMatch("4??", "409"));
}

TEST(Text, ScrubTakesIdentityOutOfForeignTexts) {
  const std::string out = scrub("IIN 850101100012 of a@b.kz\nis bad at 42");
  EXPECT_EQ(out.find("8501"), std::string::npos);
  EXPECT_EQ(out.find("b.kz"), std::string::npos);
  EXPECT_EQ(out.find('\n'), std::string::npos);
  EXPECT_NE(out.find("at 42"), std::string::npos);
  EXPECT_LE(scrub(std::string(5000, 'x')).size(), 300U);
  EXPECT_TRUE(
      isUtf8(scrub("\xFF\xFE"
                   "ә")));
}

int lineOf(const std::function<void()>& call) {
  try {
    call();
  } catch (const MappingError& e) {
    return e.line();
  }
  return -1;
}

TEST(Text, RefusalsNameTheLine) {
  EXPECT_EQ(lineOf([] { toUtf8("a\nb\n\xCF\xF0", "UTF-8"); }), 3);
  EXPECT_EQ(lineOf([] { toUtf8("\xCF\xF0\n\x98", "windows-1251"); }), 2);
  EXPECT_EQ(lineOf([] { toUtf8("a\nb\n№", "windows-1251"); }), 3);
  EXPECT_EQ(lineOf([] { parseJson("{\n\"a\":\n\xCF}"); }), 3);
  EXPECT_EQ(lineOf([] { parseJson("{\n\"a\":\n1,}"); }), 3);
  EXPECT_EQ(lineOf([] { parseJson("\n\"\\\"" + std::string(100, '[') + "\""); }), -1);
  EXPECT_EQ(lineOf([] { parseJson("\n\n" + std::string(100, '[')); }), 3);
}

}  // namespace
}  // namespace otinish::kit
