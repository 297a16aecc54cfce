// What the mappings of this repository make of an agency's documents is canonical: every payload in
// their golden results decodes and holds only what the model knows.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "adapters/kit/xml.h"
#include "hub/model/codec.h"

namespace hub::model {
namespace {

namespace fs = std::filesystem;

std::string readAll(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

fs::path mappings() {
  const char* root = std::getenv("OTINISH_SOURCE_DIR");
  return fs::path(root ? root : ".") / "adapters/mappings";
}

void expectCanonical(const Result<Message>& message, const std::string& title,
                     const std::string& type) {
  ASSERT_TRUE(message.ok()) << title << ": " << message.error().code << " "
                            << message.error().field;
  EXPECT_EQ(typeOf(message->payload), type) << title;
  // The SOAP adapter puts the attachment it has fetched in the place of each <a:file>.
  const auto isFetched = [](const hub::model::UnknownField& field) {
    return field.name == "file" && field.raw.find("reference=") != std::string::npos;
  };
  EXPECT_TRUE(std::visit(
      [&](const auto& p) { return std::all_of(p.unknown.begin(), p.unknown.end(), isFetched); },
      message->payload))
      << title;
}

TEST(GoldenPayloads, OfStylesheetsAreCanonical) {
  const Limits limits;
  int seen = 0;
  for (const char* folder : {"minfin", "zher"}) {
    for (const auto& entry : fs::directory_iterator(mappings() / folder / "golden")) {
      const std::string name = entry.path().filename().string();
      const std::string text = readAll(entry.path());
      if (!name.ends_with(".out.xml") || text.find("<a:item") == std::string::npos) continue;
      const auto answer = otinish::kit::readAnswer(otinish::kit::XmlDocument::parse(text));
      for (const auto& item : answer.answer.items) {
        if (!item.problem_code.empty()) continue;
        expectCanonical(decodeXml(item.body, limits), name + " " + item.item_id, item.type);
        ++seen;
      }
    }
  }
  EXPECT_GE(seen, 40);
}

TEST(GoldenPayloads, OfJqProgramsAreCanonical) {
  const Limits limits;
  int seen = 0;
  for (const char* folder : {"akimat", "zher"}) {
    for (const auto& entry : fs::directory_iterator(mappings() / folder / "golden")) {
      const std::string name = entry.path().filename().string();
      if (!name.ends_with(".out.json")) continue;
      const auto item = nlohmann::json::parse(readAll(entry.path()));
      if (!item.contains("payload")) continue;
      const auto type = item["type"].get<std::string>();
      expectCanonical(decodeJson(item["payload"].dump(), limits, type), name, type);
      ++seen;
    }
  }
  EXPECT_GE(seen, 20);
}

}  // namespace
}  // namespace hub::model
