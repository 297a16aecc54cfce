// Goal: no change of the law data goes unseen. Method: each file changed by a word, a row or a column, and the
// comparison held to name exactly that; then lines of the shipped data changed in turn.
#include "hub/rules/law_diff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "hub/base/text.h"

namespace hub::rules {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;

class LawDiff : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = (fs::temp_directory_path() / ("otinish-diff-" + std::to_string(::getpid()))).string();
    fs::remove_all(folder_);
    fs::copy("config/law", folder_, fs::copy_options::recursive);
  }
  void TearDown() override { fs::remove_all(folder_); }

  // After `anchor`, the first `from` becomes `to`.
  void replace(const std::string& file, const std::string& anchor, const std::string& from,
               const std::string& to) {
    auto text = readFile(folder_ + "/" + file, 1 << 20);
    ASSERT_TRUE(text.ok());
    const auto row = text->find(anchor);
    ASSERT_NE(row, std::string::npos) << anchor;
    const auto at = text->find(from, row);
    ASSERT_NE(at, std::string::npos) << from;
    text->replace(at, from.size(), to);
    std::ofstream(folder_ + "/" + file, std::ios::trunc) << *text;
  }
  // "what which change field: before -> after", one line each.
  std::vector<std::string> changes() const {
    const auto found = lawDiff("config/law", folder_);
    EXPECT_TRUE(found.ok());
    std::vector<std::string> out;
    for (const auto& one : *found) {
      out.push_back(one.what + " " + one.which + " " + one.change +
                    (one.field.empty() ? "" : " " + one.field) +
                    (one.change == "changed" ? ": " + one.before + " -> " + one.after : ""));
    }
    return out;
  }

  std::string folder_;
};

TEST_F(LawDiff, SameDataIsTheSame) {
  EXPECT_THAT(changes(), IsEmpty());
  std::ofstream(folder_ + "/procedure.yaml", std::ios::app) << "\n# a comment\n";
  fs::rename(folder_ + "/rules/law-88.yaml", folder_ + "/rules/public-services.yaml");
  EXPECT_THAT(changes(), IsEmpty())
      << "neither a comment nor the name of a table's file is the law";
}

TEST_F(LawDiff, AColumnOfTheProcedure) {
  auto text = readFile(folder_ + "/procedure.yaml", 1 << 20);
  ASSERT_TRUE(text.ok());
  const std::string bar = "until: [objection]";
  const auto at = text->find(bar);
  ASSERT_NE(at, std::string::npos);
  auto end = at + bar.size();
  auto begin = at;
  if ((*text)[end] == ',') end += 2;
  text->erase(begin, end - begin);
  std::ofstream(folder_ + "/procedure.yaml", std::ios::trunc) << *text;
  ASSERT_TRUE(LawBook::load(folder_).ok());
  const auto found = changes();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_THAT(found[0], testing::StartsWith("procedure row "));
  EXPECT_THAT(found[0], testing::EndsWith(" changed until: [objection] -> "));
}

TEST_F(LawDiff, WordsOfEveryFile) {
  replace("procedure.yaml", "  registrar:", "\"registrar\"", "\"registry\"");
  replace("procedure.yaml", "  received:", "\"received\"", "\"has come\"");
  replace("vocabulary.yaml", "  complaint:", "procedure: complaint", "procedure: appeal");
  replace("bodies.yaml", "990140900507", "\"Ministry of Finance\"", "\"Finance\"");
  replace("bodies.yaml", "defaults", "18:30", "18:00");
  replace("staff.yaml", "mf-02", "[tax]", "[tax, customs]");
  replace("topics.yaml", "version:", "version: ", "version: new-");
  replace("routing.yaml", "{id: R1", "[tax, customs,", "[tax,");
  replace("rules/law-88.yaml", "source:", "source: \"", "source: \"New ");
  replace("calendar/2026.yaml", "version:", "version: ", "version: new-");
  replace("kato.yaml", "code: \"11\"", "Akmola region", "Aqmola region");
  replace("vocabulary.yaml", "articles:", "en: \"rehabilitation\"", "en: \"clearing\"");
  const auto found = changes();
  EXPECT_EQ(found.size(), 12U) << testing::PrintToString(found);
  for (const char* part :
       {"role registrar changed en: registrar -> registry",
        "state received changed en: received -> has come",
        "kind complaint changed procedure: complaint -> appeal",
        "article rehabilitation changed en: rehabilitation -> clearing",
        "body 990140900507 changed names.en: Ministry of Finance -> Finance",
        "file bodies.yaml changed defaults.closes: 18:30 -> 18:00",
        "executor 990140900507/mf-02 changed topics: [tax] -> [tax, customs]",
        "file topics.yaml changed version: ", "routing row R1 changed topics: [tax, customs, ",
        "table law-88 changed source: ", "calendar 2026 changed version: ",
        "place 11 changed label.en: Akmola region -> Aqmola region"}) {
    EXPECT_THAT(found, testing::Contains(testing::StartsWith(part)));
  }
}

TEST_F(LawDiff, RowsAddedAndRemoved) {
  replace("vocabulary.yaml", "procedures:", "procedures:\n",
          "procedures:\n  short: {kk: \"a\", ru: \"b\", en: \"c\"}\n");
  replace("routing.yaml", "{id: R4", "{id: R4", "{id: R5");
  replace("calendar/2026.yaml", "days_off:", "days_off:\n", "days_off:\n  2026-04-03: observed\n");
  EXPECT_THAT(changes(), testing::UnorderedElementsAre(
                             "procedure short added", "routing row R4 removed",
                             "routing row R5 added", "calendar day 2026-04-03 added"));
}

// Two bodies of one BIN, or two rows of one action, are told apart and paired with what is most like them.
TEST_F(LawDiff, NamesakesArePairedByLikeness) {
  replace("bodies.yaml", "bodies:", "bodies:\n",
          "bodies:\n"
          "  - bin: \"990140900507\"\n    alias: minfin\n    level: central\n"
          "    names: {kk: \"a\", ru: \"b\", en: \"c\"}\n    kato: []\n    topics: [tax]\n"
          "    valid_from: 2010-01-01\n    valid_until: 2019-12-31\n");
  EXPECT_THAT(changes(), ElementsAre("body 990140900507 #1 added"));
}

// A wording that got another version in its file is one table, not all its rules gone and come.
TEST_F(LawDiff, ATableWhoseVersionChangedStaysOneTable) {
  replace("rules/law-107.yaml", "version:", "version: law-107", "version: law-107-b");
  const auto found = changes();
  ASSERT_EQ(found.size(), 1U) << testing::PrintToString(found);
  EXPECT_THAT(found[0], testing::HasSubstr("changed version: "));
}

// Nothing is left out: in every file every third line is changed in turn, and each change is seen. (All of
// them take five seconds and hold too.)
TEST_F(LawDiff, LinesOfEveryFileAreCompared) {
  for (const auto& entry : fs::recursive_directory_iterator("config/law")) {
    if (entry.path().extension() != ".yaml") continue;
    const std::string file = fs::relative(entry.path(), "config/law").string();
    if (file.starts_with("calendar/") && file != "calendar/2026.yaml") continue;
    const auto text = readFile(entry.path().string(), 1 << 20);
    ASSERT_TRUE(text.ok());
    // Folders that hold this file alone: the others need not be read each time.
    const std::string before = folder_ + "/one/before", after = folder_ + "/one/after";
    fs::remove_all(folder_ + "/one");
    for (const auto& side : {before, after}) {
      fs::create_directories(fs::path(side + "/" + file).parent_path());
    }
    fs::copy(entry.path(), before + "/" + file);
    auto lines = split(*text, '\n');
    for (std::size_t i = 0; i < lines.size(); i += 3) {
      const std::string kept = lines[i];
      auto end = kept.find_last_of("0123456789abcdefghijklmnopqrstuvwxyz");
      if (trim(kept).empty() || trim(kept)[0] == '#' || end == std::string::npos) continue;
      if (kept.find("  #") != std::string::npos) continue;  // a remark stands after the value
      lines[i].insert(end + 1, "x");
      std::string changed;
      for (const auto& line : lines) changed += line + "\n";
      std::ofstream(after + "/" + file, std::ios::trunc) << changed;
      const auto found = lawDiff(before, after);
      EXPECT_TRUE(!found.ok() || !found->empty()) << file << ":" << i + 1 << ": " << kept;
      lines[i] = kept;
    }
  }
}

TEST_F(LawDiff, AFileThatIsNoYamlIsRefusedWithItsLine) {
  std::ofstream(folder_ + "/topics.yaml", std::ios::trunc) << "version: 1\nsections: {a: [\n";
  const auto found = lawDiff("config/law", folder_);
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.status().error().code, "rules.data_syntax");
  EXPECT_GT(found.status().error().line, 0);
}

}  // namespace
}  // namespace hub::rules
