#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <set>

#include "hub/base/byte_scan.h"
#include "hub/base/error_catalogue.h"
#include "hub/base/ids.h"
#include "hub/base/log.h"
#include "hub/base/metrics.h"
#include "hub/base/text.h"
#include "hub/base/time.h"

namespace hub {
namespace {

TEST(Time, FormatsAndParsesWhatItFormats) {
  auto at = parseInstant("2026-03-17T10:00:00.123456+05:00");
  ASSERT_TRUE(at.ok());
  EXPECT_EQ(formatInstant(*at), "2026-03-17T05:00:00.123456Z");
  EXPECT_EQ(*parseInstant(formatInstant(*at)), *at);
}

TEST(Time, RefusesWhatIsNoTime) {
  for (auto text :
       {"", "2026-03-17", "2026-02-30T10:00:00Z", "2026-03-17T24:00:00Z", "2026-03-17T10:00:00",
        "2026-03-17T10:00:00+0500", "2026-03-17T10:00:00.Z", "2026-03-17 10:00:00Z"}) {
    EXPECT_FALSE(parseInstant(text).ok()) << text;
  }
  EXPECT_EQ(parseDate("2026-02-30").error().code, "base.bad_date");
}

TEST(Time, NationalZoneChangedOn1March2024) {
  // Before 01.03.2024 Almaty was UTC+6, since then UTC+5 (tz database 2024a).
  auto before = toLocal(*parseInstant("2024-02-29T17:30:00Z"), "Asia/Almaty");
  auto after = toLocal(*parseInstant("2024-03-01T19:30:00Z"), "Asia/Almaty");
  ASSERT_TRUE(before.ok() && after.ok());
  EXPECT_EQ(before->minute_of_day, 23 * 60 + 30);
  EXPECT_EQ(formatDate(after->date), "2024-03-02");
  EXPECT_EQ(after->minute_of_day, 30);
  EXPECT_EQ(*fromLocal(after->date, 30, "Asia/Almaty"), *parseInstant("2024-03-01T19:30:00Z"));
  EXPECT_EQ(toLocal(*parseInstant("2024-03-01T19:30:00Z"), "Asia/Nowhere").error().code,
            "base.unknown_zone");
}

TEST(Ids, Uuid7IsOrderedAndWellFormed) {
  auto at = *parseInstant("2026-03-17T05:00:00Z");
  auto early = newUuid7(at), late = newUuid7(at + std::chrono::seconds(1));
  EXPECT_TRUE(isUuid(early));
  EXPECT_EQ(early[14], '7');
  EXPECT_LT(early, late);
  EXPECT_NE(newUuid7(at), newUuid7(at));
}

TEST(Ids, DigestsAndBase64) {
  EXPECT_EQ(sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  for (std::string text : {"", "f", "fo", "foo", "foob", "fooba", "foobar"}) {
    EXPECT_EQ(*fromBase64(toBase64(text)), text);
    EXPECT_EQ(*fromBase64Url(toBase64Url(text)), text);
  }
  EXPECT_EQ(toBase64("fooba"), "Zm9vYmE=");
  for (auto broken : {"Zm9v\nYmFy", "Zm9\nvYmFy", "\r\nZm9vYmF\ty", "Z m 9 v Y m F y "}) {
    EXPECT_EQ(*fromBase64(broken), "foobar");
    EXPECT_FALSE(fromBase64Url(broken).ok());
  }
  for (auto bad : {"Zg=", "Z", "Zg==Zg", "Zm9v!", "Zm=vYmFy", "Zm9vY\xD0mFy", "Zm9vYm-y"})
    EXPECT_FALSE(fromBase64(bad).ok()) << bad;
  EXPECT_TRUE(equalConstantTime("abc", "abc"));
  EXPECT_FALSE(equalConstantTime("abc", "abd"));
  EXPECT_FALSE(equalConstantTime("abc", "abcd"));
}

TEST(Text, TheNearestNamesOfAMistypedOne) {
  const std::vector<std::string> known = {"akimat", "minfin", "minjust", "zher"};
  EXPECT_EQ(nearestTo("minfim", known, 2), (std::vector<std::string>{"minfin", "minjust"}));
  EXPECT_EQ(nearestTo("ZHER", known, 1), std::vector<std::string>{"zher"});
  EXPECT_EQ(nearestTo("x", {}, 3), std::vector<std::string>{});
  EXPECT_EQ(nearestTo(std::string(1'000'000, 'a'), known, 9).size(), 4u);
}

TEST(Text, Utf8AndNfc) {
  EXPECT_TRUE(isUtf8("әғқңөұүһі 😀"));
  for (auto bad : {"\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xD0", "\xFF"}) {
    EXPECT_FALSE(isUtf8(bad));
  }
  EXPECT_EQ(utf8Length("қала"), 4u);
  EXPECT_EQ(*toNfc("и\u0306"), "й");
  EXPECT_EQ(*toNfc("Қазақстан"), "Қазақстан");
  EXPECT_FALSE(toNfc("\xFF").ok());
  std::string marks = "a";
  for (int i = 0; i < 15; ++i) marks += "\u0323\u0301";  // below and above: to be put in order
  EXPECT_TRUE(toNfc(marks).ok());
  EXPECT_FALSE(toNfc(marks + "\u0323").ok()) << "more than 30 in a row";
}

// Every byte value at every offset of a step, between bytes that must not be taken for it.
TEST(Text, FindsEveryByteToTreatApart) {
  for (const char filler : {'a', '!', ' ', '\x7F', '\x80', '\xD0', '\xFF'}) {
    for (int value = 0; value < 256; ++value) {
      const bool apart = value < 0x20 || value == '"' || value == 0xEF;
      for (std::size_t at = 0; at < 21; ++at) {
        std::string text(21, filler);
        text[at] = static_cast<char>(value);
        EXPECT_EQ((findControlOr<'"', 0xEF>(text, 0)), apart ? at : text.size()) << value;
        EXPECT_EQ((findControlOr<'"', 0xEF>(text, at + 1)), text.size());
      }
    }
  }
}

TEST(Text, QuotesJson) {
  EXPECT_EQ(quoteJson("Қала \"А\" \\ 1\n2\t3\r4\x01"
                      "5 әліпби"),
            "\"Қала \\\"А\\\" \\\\ 1\\n2\\t3\\r4\\u00015 әліпби\"");
  EXPECT_EQ(quoteJson(""), "\"\"");
}

TEST(Text, CharsetsNeverReplace) {
  EXPECT_EQ(*toUtf8("\xCF\xF0\xE8\xE2\xE5\xF2", "windows-1251"), "Привет");
  EXPECT_EQ(toUtf8("\x98", "windows-1251").error().code, "base.bad_charset");
  EXPECT_EQ(toUtf8("\xD0", "UTF-8").error().code, "base.bad_charset");
  EXPECT_EQ(toUtf8("a", "no-such-charset").error().code, "base.bad_charset");
}

TEST(Text, WritesFilesWholeOrNotAtAll) {
  auto folder = std::filesystem::temp_directory_path() / ("base_test_" + toHex(randomBytes(6)));
  std::filesystem::create_directory(folder);
  auto path = (folder / "a.txt").string();
  ASSERT_TRUE(writeFileAtomically(path, "one").ok());
  ASSERT_TRUE(writeFileAtomically(path, "two").ok());
  EXPECT_EQ(*readFile(path, 10), "two");
  EXPECT_EQ(readFile(path, 2).error().code, "base.file_too_large");
  EXPECT_EQ(readFile((folder / "b").string(), 2).error().code, "base.file_unreadable");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1);
  std::filesystem::remove_all(folder);
}

std::string* captured = nullptr;

TEST(Log, MasksPersonalDataByNameAndByShape) {
  std::string lines;
  captured = &lines;
  setLogSink([](std::string_view line) { captured->append(line); });
  logInfo("test", {{"iin", "850101100012"},
                   {"detail", "call +7 701 234 56 78 or a.b@example.kz, IIN 850101100012."},
                   {"family", "Әбілқасымов"},
                   {"hub_id", "019a0000-0000-7000-8000-123456789012"},
                   {"item", "status.csv#3@0123456789ab"},
                   {"count", 7}});
  setLogSink(nullptr);
  for (auto secret : {"850101100012", "701 234", "example.kz", "Әбіл"}) {
    EXPECT_EQ(lines.find(secret), std::string::npos) << lines;
  }
  EXPECT_NE(lines.find("019a0000-0000-7000-8000-123456789012"), std::string::npos) << lines;
  EXPECT_NE(lines.find("\"count\":7"), std::string::npos);
  EXPECT_NE(lines.find("status.csv#3@0123456789ab"), std::string::npos) << "no e-mail: " << lines;
  EXPECT_EQ(maskText("#3@example.kz 3@0123456789ab #a@0123456789ab"), "#***@*** ***@*** #***@***");
}

TEST(Log, MasksNumbersWhereverTheyStand) {
  for (const auto& [text, masked] : std::map<std::string, std::string>{
           {"status-850101100012-Иванов.csv", "status-************-Иванов.csv"},
           {"out_850101100012.xml", "out_************.xml"},
           {"iin850101100012.xml", "iin************.xml"},
           {"ЖСН850101100012", "ЖСН************"},
           {"a850101100012b.csv", "a************b.csv"},
           {"2026-850101100012", "2026-************"},
           {"850101100012 850101100013", "************ ************"},
           {"tel-87012345678.txt", "tel-***********.txt"},
           {"8 (701) 234-56-78.", "* (***) ***-**-**."},
       }) {
    EXPECT_EQ(maskText(text), masked);
  }
}

TEST(Log, KeepsTheDigitsOfUuidsAndDigests) {
  for (const std::string text :
       {"err/12345678-1234-7123-8123-123456789012.xml.err", "12345678-1234-7123-8123-123456789012",
        "urn:uuid:019a0000-0000-7000-8000-123456789012", "sha256:00aa850101100012ffff",
        "#3@a12345678901", "2026-03-17T10:00:00Z", "law-2015-375", "10.0.0.1:8443"}) {
    EXPECT_EQ(maskText(text), text);
  }
  EXPECT_EQ(maskText("12345678-1234-7123-8123-1234567890123"),
            "12345678-1234-7123-8123-*************")
      << "longer than a UUID";
}

TEST(Log, MasksTheTelephoneAtTheEndOfALongerRunOfNumbers) {
  EXPECT_EQ(maskText("1 2 3 4 5 6 7 8 9 1 2 3 4 5 6 7 8"), "1 2 * * * * * * * * * * * * * * *");
  EXPECT_EQ(maskText("1 850101100012 8 701 234 56 78"), "1 ************ * *** *** ** **");
  EXPECT_EQ(maskText("1 2 3 4 5 6 7 8 9 1 2 3 x"), "* * * * * * * * * * * * x");
  EXPECT_EQ(maskText("1 2 3 4 5 6 7 8 9 1 2 3x"), "1 2 3 4 5 6 7 8 9 1 2 3x");
}

TEST(Log, KeepsTheDigitsOfTheLongestDigestOnly) {
  const std::string digest = "a850101100012bcd" + std::string(112, 'e');
  EXPECT_EQ(maskText(digest), digest) << "SHA-512";
  EXPECT_EQ(maskText(digest + "eeee"), "a************bcd" + std::string(116, 'e'));
}

// Masking that read a word, a run or the rest of the text once for each byte of it would not end here.
TEST(Log, MasksTextsOfManyMegabytes) {
  constexpr std::size_t kSize = 4 << 20;
  const auto repeated = [](std::string_view part) {
    std::string text;
    while (text.size() < kSize) text += part;
    return text;
  };
  for (const auto part : {"a", "1", "a1", "ab12", "1-", "1.", "@", " 1x"}) {
    const auto text = repeated(part);
    EXPECT_TRUE(maskText(text) == text) << part;
  }
  for (const auto& [part, masked] : std::map<std::string, std::string>{
           {"a@a ", "***@*** "}, {"a850101100012", "a************"}}) {
    const auto out = maskText(repeated(part));
    EXPECT_GE(out.find(part), kSize - 128) << "the last ones may be a digest: " << part;
    EXPECT_EQ(out.substr(0, masked.size()), masked);
  }
  for (const auto part : {"1 ", "1(", "12 (3) "}) {
    const auto text = repeated(part), out = maskText(text);
    EXPECT_EQ(out.substr(0, kSize - 64), text.substr(0, kSize - 64)) << part;
    EXPECT_NE(out.find('*'), out.npos) << "the end may be a telephone: " << part;
  }
  EXPECT_EQ(maskText(repeated("a@")).substr(0, 16), "***@***@***@***@");
}

TEST(Metrics, RendersWhatWasCounted) {
  metrics::count("base_test_total", "A test counter.", {{"route", "a"}}, 2);
  metrics::count("base_test_total", "A test counter.", {{"route", "a"}});
  metrics::set("base_test_depth", "A test gauge.", {}, 5);
  metrics::observe("base_test_seconds", "A test histogram.", {{"route", "a"}}, 0.002);
  auto text = metrics::render();
  EXPECT_NE(text.find("base_test_total{route=\"a\"} 3"), std::string::npos) << text;
  EXPECT_NE(text.find("base_test_depth 5"), std::string::npos) << text;
  EXPECT_NE(text.find("base_test_seconds_bucket{route=\"a\",le=\"0.0025\"} 1"), std::string::npos);
}

// The letters from А to я are the bytes D0 90 to D1 8F in UTF-8.
bool hasCyrillic(std::string_view text) {
  return text.find('\xD0') != text.npos || text.find('\xD1') != text.npos;
}

TEST(ErrorCatalogue, EveryCodeIsUniqueAndSpeaksThreeLanguages) {
  std::set<std::string_view> seen;
  for (const auto& entry : errorCatalogue()) {
    EXPECT_TRUE(seen.insert(entry.code).second) << entry.code << " stands twice";
    EXPECT_NE(entry.code.find('.'), std::string_view::npos) << entry.code;
    EXPECT_TRUE(entry.http_status >= 400 && entry.http_status < 600) << entry.code;
    for (auto text :
         {entry.en, entry.ru, entry.kk, entry.remedy_en, entry.remedy_ru, entry.remedy_kk}) {
      EXPECT_FALSE(text.empty()) << entry.code;
    }
    EXPECT_TRUE(hasCyrillic(entry.remedy_ru)) << entry.code << " has no Russian remedy";
    EXPECT_TRUE(hasCyrillic(entry.remedy_kk)) << entry.code << " has no Kazakh remedy";
    EXPECT_FALSE(hasCyrillic(entry.remedy_en)) << entry.code << " has no English remedy";
  }
  EXPECT_EQ(errorText("base.bad_date", "kk"), "Мұндай күнтізбелік күн жоқ");
  EXPECT_EQ(errorText("no.such", "kk"), "no.such");
  EXPECT_EQ(errorRemedy("model.iin_malformed", "en"), "Check the IIN");
  EXPECT_EQ(errorRemedy("model.iin_malformed", "ru"), "Проверьте ИИН");
  EXPECT_EQ(errorRemedy("model.iin_malformed", "kk"), "ЖСН-ді тексеріңіз");
  EXPECT_EQ(errorRemedy("no.such", "kk"), "");
}

}  // namespace
}  // namespace hub
