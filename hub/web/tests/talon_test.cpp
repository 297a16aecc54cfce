// The slip as the applicant gets it: the PDF is read back by poppler, the code by zbar.
#include "hub/web/talon.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "hub/web/router.h"
#include "hub/web/tests/fake_service.h"

namespace hub::web {
namespace {

class TalonTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("talon-" + std::to_string(getpid()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  // Text of the PDF, then what the code on its picture says.
  std::string readBack(const std::string& pdf) {
    const std::string base = (folder_ / "slip").string();
    std::ofstream(base + ".pdf", std::ios::binary) << pdf;
    return run("pdftotext -layout " + base + ".pdf - && pdftoppm -r 200 -png -singlefile " + base +
               ".pdf " + base + " && zbarimg -q --raw " + base + ".png");
  }
  static std::string run(const std::string& command) {
    std::string out;
    FILE* pipe = popen((command + " 2>/dev/null").c_str(), "r");
    std::array<char, 4096> part{};
    while (const auto n = std::fread(part.data(), 1, part.size(), pipe)) out.append(part.data(), n);
    EXPECT_EQ(pclose(pipe), 0) << command;
    return out;
  }
  const std::string font_ = TalonOptions{}.font;
  std::filesystem::path folder_;
};

exchange::Talon sample() { return testing::FakeService::sampleTalon(); }

TEST_F(TalonTest, PdfCanBeReadSearchedAndScanned) {
  const std::string code = talonCode("https://example.kz/track/{number}", "ЖТ-2026-00000001");
  EXPECT_EQ(code, "https://example.kz/track/ZhT-2026-00000001");
  const auto pdf = talonPdf(sample(), code, font_);
  ASSERT_TRUE(pdf.ok()) << pdf.error().text;
  EXPECT_TRUE(pdf->starts_with("%PDF-"));
  EXPECT_LT(pdf->size(), 200'000U);
  const std::string text = readBack(*pdf);
  for (const char* part : {"Өтінішті қабылдау талоны", "Талон о приёме обращения",
                           "ЖТ-2026-00000001", "17.03.2026 10:00", "10.04.2026",
                           "Қаржы министрлігі", "Министерство финансов", "өтініш", "заявление"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
  EXPECT_NE(text.find(code), std::string::npos) << "the code was not read\n" << text;
}

TEST_F(TalonTest, WithoutAPageToTrackTheCodeHoldsTheNumber) {
  const std::string code = talonCode("", "ЖТ-2026-00000001");
  const auto pdf = talonPdf(sample(), code, font_);
  ASSERT_TRUE(pdf.ok());
  const std::string text = readBack(*pdf);
  EXPECT_NE(text.find("ZhT-2026-00000001"), std::string::npos) << text;
}

TEST_F(TalonTest, LongNamesWrapAndTooLongOnesAreRefused) {
  exchange::Talon talon = sample();
  talon.receiver_name = "Қабылдаушы";
  for (int i = 0; i < 20; ++i) talon.receiver_post += "бас маман ";
  const auto pdf = talonPdf(talon, "x", font_);
  ASSERT_TRUE(pdf.ok());
  talon.receiver_post.assign(20'000, 'x');
  const auto refused = talonPdf(talon, "x", font_);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, "web.talon_unavailable");
}

TEST_F(TalonTest, UnusableFontAndCodeAreToldApart) {
  const std::string bad = (folder_ / "bad.ttf").string();
  std::ofstream(bad) << "no font";
  for (const std::string& font : {bad, std::string("/nowhere.ttf")}) {
    const auto refused = talonPdf(sample(), "x", font);
    ASSERT_FALSE(refused.ok()) << font;
    EXPECT_EQ(refused.error().code, "web.talon_unavailable");
  }
  EXPECT_FALSE(talonPdf(sample(), std::string(301, 'x'), font_).ok());
  EXPECT_FALSE(talonHtml(sample(), std::string(301, 'x')).ok());
}

TEST_F(TalonTest, PageIsSelfContainedAndEscapes) {
  exchange::Talon talon = sample();
  talon.receiver_name = "<script>alert(1)</script>";
  const auto page = talonHtml(talon, "https://example.kz/ZhT-2026-00000001");
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(page->find("<script"), std::string::npos);
  EXPECT_EQ(page->find("src="), std::string::npos);
  EXPECT_EQ(page->find("href="), std::string::npos);
  EXPECT_NE(page->find("<svg"), std::string::npos);
  EXPECT_NE(page->find("Қаржы министрлігі"), std::string::npos);
}

// APPC 64(2): name and post of the receiver; of a paper appeal nobody says that it came by itself.
TEST_F(TalonTest, WhoTookItInIsSaidByItsForm) {
  exchange::Talon talon = sample();
  const auto page = [&] { return talonHtml(talon, "x").value(); };
  EXPECT_NE(page().find("принято в электронной форме"), std::string::npos);
  talon.electronic = false;
  EXPECT_EQ(page().find("в электронной форме"), std::string::npos);
  EXPECT_EQ(page().find("Принял"), std::string::npos) << "nobody told who took it in";
  talon.receiver_name = "А. Үлгі";
  talon.receiver_post = "маман";
  EXPECT_NE(page().find("А. Үлгі, маман"), std::string::npos);
}

TEST_F(TalonTest, AnUnroutedAppealSaysThatTheBodyIsBeingFound) {
  exchange::Talon talon = sample();
  talon.body = {};
  const auto page = talonHtml(talon, "x");
  ASSERT_TRUE(page.ok());
  EXPECT_NE(page->find("анықталуда"), std::string::npos);
  EXPECT_NE(page->find("определяется"), std::string::npos);
}

}  // namespace
}  // namespace hub::web
