#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "hub/base/error_catalogue.h"
#include "hub/base/text.h"
#include "hub/rules/law_book.h"

namespace hub::rules {

// A copy of config/law that a test may spoil.
class LawFolder : public testing::Test {
 protected:
  void SetUp() override {
    const char* base = std::getenv("TMPDIR");
    folder_ = std::string(base != nullptr ? base : "/tmp") + "/otinish-law-XXXXXX";
    ASSERT_NE(mkdtemp(folder_.data()), nullptr);
    std::filesystem::copy("config/law", folder_, std::filesystem::copy_options::recursive);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void append(const std::string& file, const std::string& text) {
    std::ofstream(folder_ + "/" + file, std::ios::app) << text;
  }
  void replace(const std::string& file, const std::string& from, const std::string& to) {
    std::string text = *readFile(folder_ + "/" + file, 1 << 20);
    const auto place = text.find(from);
    ASSERT_NE(place, std::string::npos) << from;
    text.replace(place, from.size(), to);
    std::ofstream(folder_ + "/" + file) << text;
  }
  // Codes and texts of a refused load, one a line.
  std::string refusal() {
    const auto book = LawBook::load(folder_);
    if (book) return "loaded";
    std::string all;
    for (const auto& error : book.status().errors()) {
      EXPECT_NE(findError(error.code), nullptr) << error.code;
      all += error.code + " " + error.text + " @" + std::to_string(error.line) + "\n";
    }
    return all;
  }

  std::string folder_;
};

}  // namespace hub::rules
