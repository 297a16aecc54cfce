#include "hub/programs/deep_check.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace hub::programs {
namespace {

namespace fs = std::filesystem;

class DeepCheck : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "deep_check_XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    const char* root = std::getenv("OTINISH_SOURCE_DIR");
    ASSERT_NE(root, nullptr);
    auto law = rules::LawBook::load(std::string(root) + "/config/law");
    ASSERT_TRUE(law.ok());
    law_ = *law;
    config_.file = "hub.yaml";
    config_.schema_file = std::string(root) + "/contracts/appeal/appeal.xsd";
    const auto today = parseDate("2026-03-17");
    ASSERT_TRUE(today.ok());
    today_ = *today;
    for (const auto& body : law_->data().bodies) {
      if (!body.alias.empty()) addAgency(body.alias);
    }
  }
  void TearDown() override { fs::remove_all(folder_); }

  void addAgency(const std::string& alias) {
    exchange::AgencyConfig agency;
    agency.adapter.alias = alias;
    config_.agencies.push_back(agency);
  }
  std::string put(const std::string& name, const std::string& text, unsigned mode = 0640) {
    const std::string path = (folder_ / name).string();
    std::ofstream(path) << text;
    EXPECT_EQ(::chmod(path.c_str(), mode), 0);
    return path;
  }
  // "key: text" of each; warnings are marked.
  std::vector<std::string> around() const {
    std::vector<std::string> out;
    for (const auto& finding : checkAround(config_, *law_, today_)) {
      out.push_back((finding.warning ? "warning: " : "") + finding.key + ": " + finding.text);
    }
    return out;
  }
  static bool any(const std::vector<std::string>& all, const std::string& begin) {
    return std::any_of(all.begin(), all.end(),
                       [&](const auto& one) { return one.starts_with(begin); });
  }

  fs::path folder_;
  HubConfig config_;
  std::shared_ptr<const rules::LawBook> law_;
  Date today_;
};

TEST_F(DeepCheck, AGoodConfigurationHasNoFinding) {
  EXPECT_EQ(around(), std::vector<std::string>());
}

TEST_F(DeepCheck, WhatCannotWorkIsFound) {
  config_.schema_file = put("appeal.xsd", "<xs:schema");
  config_.web.talon_font = (folder_ / "none.ttf").string();
  web::Client clerk;
  clerk.name = "clerk";
  clerk.body = "000000000000";
  clerk.roles = {"registrar"};
  config_.web.clients.push_back(clerk);
  const auto found = around();
  EXPECT_EQ(found.size(), 3u);
  EXPECT_TRUE(any(found, "schema_file: model.bad_schema: "));
  EXPECT_TRUE(any(found, "talon: font: "));
  EXPECT_TRUE(any(found, "clients.clerk: body: no body of the law data has the BIN 000000000000"));
}

TEST_F(DeepCheck, AClientOfABodyWithoutRolesIsAWarning) {
  web::Client reader;
  reader.name = "reader";
  reader.body = law_->data().bodies.front().bin;
  config_.web.clients.push_back(reader);
  const auto found = around();
  ASSERT_EQ(found.size(), 1u);
  EXPECT_TRUE(any(found, "warning: clients.reader: roles: none")) << found[0];
}

TEST_F(DeepCheck, AnAliasOfTheLawDataWithoutAnAgencyIsAWarning) {
  std::erase_if(config_.agencies, [](const auto& a) { return a.adapter.alias == "minfin"; });
  const auto found = around();
  EXPECT_EQ(found.size(), 1u);
  EXPECT_TRUE(any(found, "warning: agencies: what the law data route to minfin waits"));
}

TEST_F(DeepCheck, ASecretForEverybodyIsAWarning) {
  config_.secret_files = {{"agencies.minfin.secrets", put("open", "x", 0644)},
                          {"sms", put("closed", "x", 0640)}};
  const auto found = around();
  EXPECT_EQ(found.size(), 1u);
  EXPECT_TRUE(any(found, "warning: agencies.minfin.secrets: "));
}

TEST_F(DeepCheck, AKeyOfAnEndpointForEverybodyIsAWarning) {
  transport::EndpointConfig drop;
  drop.name = "drop";
  drop.security.name = "cms-detached";
  drop.ssh_key = put("ssh", "x", 0644);
  drop.client_key = put("client", "x", 0604);
  config_.agencies[0].endpoints = {drop};
  const auto found = around();
  ASSERT_EQ(found.size(), 2u);
  const auto key = "warning: agencies." + config_.agencies[0].adapter.alias + ".endpoints.drop: ";
  EXPECT_TRUE(found[0].starts_with(key + drop.ssh_key)) << found[0];
  EXPECT_TRUE(found[1].starts_with(key + drop.client_key)) << found[1];
}

TEST_F(DeepCheck, ASecretThatNobodyElseReadsIsNone) {
  config_.secret_files = {{"sms", put("run", "x", 0641)}};
  EXPECT_EQ(around(), std::vector<std::string>());
}

TEST_F(DeepCheck, AnAgencyThatNothingIsSignedOfIsAWarning) {
  transport::EndpointConfig api;
  api.name = "api";
  api.security.name = "none";
  auto& agency = config_.agencies[0];
  agency.endpoints = {api};
  const auto found = around();
  ASSERT_EQ(found.size(), 1u);
  EXPECT_TRUE(found[0].starts_with("warning: agencies." + agency.adapter.alias +
                                   ": no endpoint of it has a security"))
      << found[0];
  agency.push_allowed = true;
  EXPECT_EQ(around().size(), 0u) << "what it pushes is signed";
  agency.push_allowed = false;
  api.security.name = "jws-detached";
  agency.endpoints.push_back(api);
  EXPECT_EQ(around().size(), 0u);
}

TEST_F(DeepCheck, AFontThatNobodyAskedForIsAWarning) {
  const auto found = checkAround(config_, *law_, today_, "/nowhere/font.ttf");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].key, "talon");
  EXPECT_TRUE(found[0].warning);
}

TEST_F(DeepCheck, AWrongKeyIsNamedWithItsLine) {
  config_.keys = {{"hub", put("key", "no key"), put("certificate", "none")}};
  config_.lines = {{"keys.hub", 12}};
  auto keys = trust::makeKeyring();
  const auto found = loadKeys(config_, *keys);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_TRUE(described(config_, found[0]).starts_with("hub.yaml:12: keys.hub: trust.bad_key: "));
}

TEST_F(DeepCheck, ASecurityProfileIsNamedWithItsLine) {
  exchange::AgencyConfig agency;
  agency.adapter.alias = "one";
  transport::EndpointConfig endpoint;
  endpoint.name = "main";
  endpoint.url = "https://localhost";
  endpoint.security.name = "wsse-shep";
  endpoint.security.key = "missing";
  agency.endpoints.push_back(endpoint);
  endpoint.name = "drop";
  endpoint.url = "sftp://user@localhost/drop";
  endpoint.security = {};
  agency.endpoints.push_back(endpoint);
  config_.lines = {{"agencies.one.endpoints.main.security", 7}};
  auto keys = trust::makeKeyring();
  const auto found = checkEndpoints(config_, agency, *keys);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_TRUE(described(config_, found[0])
                  .starts_with("hub.yaml:7: agencies.one.endpoints.main.security: trust."))
      << described(config_, found[0]);
  EXPECT_NE(found[1].text.find("ssh_key"), std::string::npos) << found[1].text;
}

TEST_F(DeepCheck, WhatTheLawDataLeaveOutIsWarnedOf) {
  EXPECT_FALSE(any(around(), "warning: law_folder"));
  const auto law = (folder_ / "law").string();
  fs::copy(std::string(std::getenv("OTINISH_SOURCE_DIR")) + "/config/law", law,
           fs::copy_options::recursive);
  fs::remove(law + "/kato.yaml");
  auto book = rules::LawBook::load(law);
  ASSERT_TRUE(book.ok()) << book.error().text;
  law_ = *book;
  EXPECT_TRUE(any(around(), "warning: law_folder: there is no kato.yaml"));
}

TEST_F(DeepCheck, AnEndpointThatTheAdapterNamesMustBeThere) {
  otinish::About about;
  about.settings = {{"endpoint", "string", false, "main", "", {}, false},
                    {"files_endpoint", "string", false, "", "", {}, false},
                    {"in_folder", "string", false, "in", "", {}, false}};
  exchange::AgencyConfig agency;
  agency.adapter.alias = "one";
  agency.adapter.configuration.settings_json = "{}";
  ASSERT_EQ(checkEndpointNames(agency, about).size(), 1u);
  EXPECT_NE(checkEndpointNames(agency, about)[0].text.find("'main'"), std::string::npos);
  agency.endpoints.resize(1);
  agency.endpoints[0].name = "api";
  agency.adapter.configuration.settings_json = R"({"endpoint":"api","files_endpoint":"fiels"})";
  ASSERT_EQ(checkEndpointNames(agency, about).size(), 1u);
  EXPECT_NE(checkEndpointNames(agency, about)[0].text.find("'fiels', and endpoints has api"),
            std::string::npos);
}

}  // namespace
}  // namespace hub::programs
