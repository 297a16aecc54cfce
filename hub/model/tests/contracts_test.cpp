// The published contracts agree with the field descriptions, and the examples with both.
#include "hub/model/tools/contracts.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>

#include "hub/base/text.h"
#include "hub/model/codec.h"
#include "hub/model/tests/samples.h"
#include "hub/model/validate.h"

namespace hub::model {
namespace {

namespace fs = std::filesystem;
const Limits kLimits;
const Instant kNow = *parseInstant("2026-04-01T00:00:00Z");

std::string folder() {
  const char* root = std::getenv("OTINISH_SOURCE_DIR");
  return std::string(root ? root : ".") + "/contracts/appeal/";
}
std::string contents(const std::string& path) {
  Result<std::string> text = readFile(path, 8 * 1024 * 1024);
  EXPECT_TRUE(text.ok()) << path;
  return text.ok() ? *text : std::string();
}
std::vector<fs::path> filesIn(const std::string& path) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(path)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}
Result<Message> decodeFile(const fs::path& path) {
  const std::string text = contents(path);
  return path.extension() == ".xml" ? decodeXml(text, kLimits) : decodeJson(text, kLimits);
}
std::unique_ptr<XsdValidator> xsd() {
  auto validator = XsdValidator::load(folder() + "appeal.xsd");
  EXPECT_TRUE(validator.ok());
  return validator.ok() ? std::move(validator).value() : nullptr;
}

TEST(Contracts, AreWhatTheDescriptionsSay) {  // after a change: model_contracts contracts/appeal
  EXPECT_TRUE(contents(folder() + "appeal.xsd") == makeXsd());
  EXPECT_TRUE(contents(folder() + "appeal.schema.json") == makeJsonSchema());
  EXPECT_TRUE(contents(folder() + "appeal.thrift") == makeThriftIdl());
}

TEST(Contracts, TheXsdAcceptsEveryMessageTheCodecWrites) {
  auto validator = xsd();
  ASSERT_TRUE(validator);
  for (std::uint64_t seed = 1; seed <= 240; ++seed) {
    testing::Sampler sampler(seed);
    testing::SampleOptions options{
        seed % 2 == 0 ? UnknownField::Family::kXml : UnknownField::Family::kJson, true,
        static_cast<double>(seed % 3) / 2, 2, 40};
    const Message message = sampler.message(seed % payloads().size(), options);
    Status status = validator->validate(encodeXml(message), kLimits);
    ASSERT_TRUE(status.ok()) << "seed " << seed << " " << status.error().field << " "
                             << status.error().text;
    ASSERT_TRUE(validator->validate(encodePayloadXml(message), kLimits).ok());
  }
}

// Cuts every child of the root that has this name out of a document the codec wrote.
std::string without(const std::string& document, std::string_view name) {
  std::string out;
  int depth = 0;
  bool cutting = false;
  for (std::size_t i = 0; i < document.size();) {
    const std::size_t end = document[i] == '<' ? document.find('>', i) + 1 : document.find('<', i);
    const std::string piece = document.substr(i, end - i);
    i = std::min(end, document.size());
    const bool tag = piece[0] == '<', close = tag && piece[1] == '/';
    if (tag && !close && ++depth == 2) cutting = piece == "<" + std::string(name) + ">";
    if (!cutting) out += piece;
    if (close && --depth == 1) cutting = false;
  }
  return out;
}

// Takes every mandatory field away once; the XSD must miss what validation misses.
TEST(Contracts, TheXsdAndValidationMissTheSameFields) {
  auto validator = xsd();
  ASSERT_TRUE(validator);
  int cuts = 0;
  for (std::size_t i = 0; i < payloads().size(); ++i) {
    const PayloadDescription& p = payloads()[i];
    const Message message =
        testing::Sampler(i + 1).message(i, {UnknownField::Family::kXml, false, 0, 1, 10});
    const std::string whole = encodePayloadXml(message);
    for (const FieldDescription& f : p.describe().fields) {
      if (!f.mandatory) continue;
      const std::string cut = without(whole, f.name);
      if (cut == whole) continue;  // a reference that happens to be empty
      ++cuts;
      Result<Message> decoded = decodeXml(cut, kLimits);
      ASSERT_TRUE(decoded.ok());
      const auto errors =
          validate(*decoded, {Profile::kSubmitted, IdentityCheck::kLenient, kNow}, kLimits);
      const std::string path = "/" + std::string(p.element) + "/" + std::string(f.name);
      const bool missed = std::any_of(errors.begin(), errors.end(), [&](const Error& e) {
        return e.code == "model.required" && e.field == path;
      });
      if (!f.always) {
        EXPECT_EQ(missed, !f.hub_owned) << path;
      }
      EXPECT_EQ(validator->validate(cut, kLimits).ok(), f.hub_owned) << path;
    }
  }
  EXPECT_GE(cuts, 39);
}

TEST(Contracts, TheXsdNamesElementAndLineButNoValue) {
  auto validator = xsd();
  ASSERT_TRUE(validator);
  std::string document = contents(folder() + "examples/valid/appeal-person-kk.xml");
  const std::size_t at = document.find("850101100012");
  ASSERT_NE(at, std::string::npos);
  document.replace(at, 12, "secret-value");
  Result<Message> result = validator->validateAndDecode(document, kLimits);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, "model.xsd");
  EXPECT_EQ(result.error().field, "/appeal/applicant/iin");
  EXPECT_EQ(result.error().line,
            1 + std::count(document.begin(), document.begin() + static_cast<long>(at), '\n'));
  for (const Error& e : result.status().errors())
    EXPECT_EQ(e.text.find("secret"), std::string::npos);
}

TEST(Contracts, TheXsdSaysTheRuleInWords) {
  auto validator = xsd();
  ASSERT_TRUE(validator);
  const std::string whole = contents(folder() + "examples/valid/appeal-person-kk.xml");
  const auto said = [&](const std::string& from, const std::string& to) {
    std::string document = whole;
    const auto at = document.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    if (at != std::string::npos) document.replace(at, from.size(), to);
    const Status status = validator->validate(document, kLimits);
    return status.ok() ? "valid" : status.error().text;
  };
  EXPECT_EQ(said("<kind>", "<sort/><kind>").substr(0, 32), "The element is not expected here");
  EXPECT_EQ(said("850101100012", "85010110001"), "The value has not the pattern of this element");
  EXPECT_EQ(said("<kind>", "<kind a=\"b\">"), "The attribute is not known here");
  EXPECT_EQ(said("<kind>", "<kind><b/>"), "The element holds elements where only text may stand");
  EXPECT_EQ(said("<kind>", "<kind>odd"), "The value is not one of the list");
}

TEST(Examples, ValidOnesAreValidInEveryWay) {
  auto validator = xsd();
  ASSERT_TRUE(validator);
  std::set<std::string_view> types;
  const auto files = filesIn(folder() + "examples/valid");
  EXPECT_GE(files.size(), 12u);
  for (const fs::path& path : files) {
    SCOPED_TRACE(path.filename());
    Result<Message> message = decodeFile(path);
    ASSERT_TRUE(message.ok()) << message.error().code << message.error().field;
    types.insert(typeOf(message->payload));
    const bool canonical = path.filename().string().starts_with("canonical");
    const Profile profile = canonical ? Profile::kCanonical : Profile::kSubmitted;
    for (const Error& e : validate(*message, {profile, IdentityCheck::kStrict, kNow}, kLimits))
      ADD_FAILURE() << e.code << " " << e.field;
    if (path.extension() == ".xml") {
      EXPECT_TRUE(validator->validate(contents(path), kLimits).ok());
      Result<Message> both = validator->validateAndDecode(contents(path), kLimits);
      ASSERT_TRUE(both.ok());
      EXPECT_TRUE(*both == *message);
    }
    EXPECT_TRUE(validator->validate(encodeXml(*message), kLimits).ok());
  }
  EXPECT_EQ(types.size(), payloads().size());
}

struct Expected {
  std::string file, code, field;
  int line = 0;
};
std::vector<Expected> expectedTable() {
  std::vector<Expected> table;
  for (const std::string& line :
       split(contents(folder() + "examples/invalid/expected.tsv"), '\n')) {
    if (line.empty() || line[0] == '#') continue;
    const auto cells = split(line, '\t');
    EXPECT_EQ(cells.size(), 4u) << line;
    if (cells.size() == 4)
      table.push_back({cells[0], cells[1], cells[2], std::atoi(cells[3].c_str())});
  }
  return table;
}

TEST(Examples, InvalidOnesBreakExactlyTheirRule) {
  const auto table = expectedTable();
  EXPECT_GE(table.size(), 25u);
  EXPECT_EQ(table.size() + 1, filesIn(folder() + "examples/invalid").size());
  for (const Expected& row : table) {
    SCOPED_TRACE(row.file);
    Result<Message> message = decodeFile(folder() + "examples/invalid/" + row.file);
    std::vector<Error> errors =
        message.ok()
            ? validate(*message, {Profile::kSubmitted, IdentityCheck::kStrict, kNow}, kLimits)
            : message.status().errors();
    ASSERT_EQ(errors.size(), 1u) << (errors.empty() ? "accepted"
                                                    : errors[1].code + errors[1].field);
    EXPECT_EQ(errors[0].code, row.code);
    EXPECT_EQ(errors[0].field, row.field);
    if (row.line >= 0) {
      EXPECT_EQ(errors[0].line, row.line);
    }
  }
}

}  // namespace
}  // namespace hub::model
