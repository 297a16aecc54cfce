// The three texts of contract 0 name the same fields in the same order.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <regex>
#include <sstream>

#include "hub/hosting/tests/support.h"

namespace hub::hosting {
namespace {

using Fields = std::vector<std::string>;
using Structs = std::map<std::string, Fields>;

std::string textOf(const std::string& name) {
  std::ifstream file(sourcePath("contracts/adapter/" + name));
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string withoutComments(std::string text) {
  text = std::regex_replace(text, std::regex(R"(/\*[^*]*\*+([^/*][^*]*\*+)*/)"), "");
  return std::regex_replace(text, std::regex("//[^\n]*"), "");
}

// "look_up_query" and "LookUpQuery" → "lookupquery".
std::string plain(std::string name) {
  std::string result;
  for (const char c : name) {
    if (c != '_') result += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return result;
}

std::vector<std::string> allMatches(const std::string& text, const std::regex& pattern, int group) {
  std::vector<std::string> found;
  for (std::sregex_iterator it(text.begin(), text.end(), pattern), end; it != end; ++it) {
    found.push_back((*it)[static_cast<std::size_t>(group)]);
  }
  return found;
}

Structs structsOf(const std::string& text, const std::regex& whole, const std::regex& field) {
  Structs result;
  for (std::sregex_iterator it(text.begin(), text.end(), whole), end; it != end; ++it) {
    result[plain((*it)[1])] = allMatches((*it)[2], field, 1);
  }
  return result;
}

Structs thriftStructs() {
  return structsOf(withoutComments(textOf("adapter.thrift")),
                   std::regex(R"(struct\s+(\w+)\s*\{([^}]*)\})"),
                   std::regex(R"(\d+\s*:\s*[\w<>]+\s+(\w+))"));
}

Structs cppStructs() {
  return structsOf(withoutComments(textOf("verbs.h")),
                   std::regex(R"(struct\s+(\w+)\s*\{([^}]*)\})"),
                   std::regex(R"((\w+)(?:\s*=\s*[^;,]+)?\s*;)"));
}

Structs cStructs() {
  auto result = structsOf(withoutComments(textOf("hub_adapter.h")),
                          std::regex(R"(typedef struct hub_(\w+)\s*\{([^}]*)\})"),
                          std::regex(R"((\w+)\s*;)"));
  for (auto& [name, fields] : result) {
    // The leading size and the counts beside arrays are how C says what the others say by type.
    if (name != "bytes") fields.erase(fields.begin());
    std::erase_if(fields, [](const std::string& f) { return f.ends_with("_count"); });
  }
  return result;
}

const char* const kShared[] = {"header",          "message",       "inbound",   "settled",
                               "configfile",      "configuration", "answer",    "nativerequest",
                               "collectrequest",  "lookupquery",   "fileentry", "exchangerequest",
                               "exchangeresponse"};

TEST(ContractAgreement, ThriftAndCppNameTheSameFields) {
  const auto thrift = thriftStructs();
  const auto cpp = cppStructs();
  for (const std::string name : kShared) EXPECT_EQ(thrift.at(name), cpp.at(name)) << name;
  EXPECT_EQ(thrift.at("setting"), cpp.at("setting"));
  auto about = cpp.at("about");
  about.push_back("contract");  // over Thrift there is no exported number
  EXPECT_EQ(thrift.at("about"), about);
}

TEST(ContractAgreement, ThriftAndCNameTheSameFields) {
  const auto thrift = thriftStructs();
  auto c = cStructs();
  c.at("fileentry").at(1) = "size";  // taken by the struct's own size
  for (const std::string name : kShared) EXPECT_EQ(thrift.at(name), c.at(name)) << name;
  EXPECT_EQ(thrift.at("cryptoresult"), c.at("cryptoresult"));
  EXPECT_EQ(thrift.size(), 16u) << "a struct was added: compare it here";
}

TEST(ContractAgreement, CryptoAnswerHasTheContractsFields) {
  std::ifstream file(sourcePath("hub/hosting/adapter_port.h"));
  std::stringstream text;
  text << file.rdbuf();
  const auto port =
      structsOf(withoutComments(text.str()), std::regex(R"(struct\s+(\w+)\s*\{([^}]*)\})"),
                std::regex(R"((\w+)(?:\s*=\s*[^;,]+)?\s*;)"));
  EXPECT_EQ(port.at("cryptoanswer"), thriftStructs().at("cryptoresult"));
}

TEST(ContractAgreement, VerbsAndOutcomesAreTheSame) {
  const auto thrift = withoutComments(textOf("adapter.thrift"));
  const auto c = withoutComments(textOf("hub_adapter.h"));
  const auto verbs = allMatches(thrift, std::regex(R"((?:About|Answer) (\w+)\(1: i32)"), 1);
  ASSERT_EQ(verbs.size(), 7u);
  for (const auto& verb : verbs) EXPECT_NE(c.find("(*" + verb + ")("), std::string::npos) << verb;
  const auto host = allMatches(thrift, std::regex(R"((?:Response|Result|void|i64) (\w+)\()"), 1);
  ASSERT_EQ(host.size(), 5u);
  for (const auto& verb : host) EXPECT_NE(c.find("(*" + verb + ")("), std::string::npos) << verb;
  const auto outcomes = allMatches(thrift, std::regex(R"(([A-Z]+ = \d))"), 1);
  ASSERT_EQ(outcomes.size(), 7u);
  for (const auto& outcome : outcomes) EXPECT_NE(c.find("HUB_" + outcome), std::string::npos);
}

}  // namespace
}  // namespace hub::hosting
