#include "hub/programs/config.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <utility>
#include <vector>

#include "hub/base/ids.h"

namespace hub::programs {
namespace {

namespace fs = std::filesystem;

class Config : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("config_test_" + toHex(randomBytes(6)));
    fs::create_directories(folder_ / "law");
    put("a.xsd", "<x/>");
    put("hub.key", "k");
    put("hub.crt", "c");
    put("peer.crt", "c");
    put("key.txt", "secret-key\n");
  }
  void TearDown() override { fs::remove_all(folder_); }
  std::string put(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name) << text;
    return (folder_ / name).string();
  }
  static std::string basic() {
    return "data_folder: data\nlaw_folder: law\nschema_file: a.xsd\njournal_key: hub\n"
           "keys:\n  - {name: hub, key: hub.key, certificate: hub.crt}\n";
  }
  Result<HubConfig> load(const std::string& text, std::vector<std::string> overrides = {}) {
    // What the tests are not about.
    if (text.find("listen:") == std::string::npos) {
      overrides.push_back("listen.plain_on_loopback=true");
    }
    return loadConfig(put("hub.yaml", text), overrides, "/nowhere/bin");
  }
  // The one error whose path is `path`.
  static Error errorAt(const Result<HubConfig>& result, const std::string& path) {
    if (result.ok()) return {};
    for (const auto& error : result.status().errors()) {
      if (error.field == path) return error;
    }
    return {};
  }
  fs::path folder_;
};

TEST_F(Config, ReadsWhatIsRightAndFillsDefaults) {
  auto config = load(basic());
  ASSERT_TRUE(config.ok()) << config.error().text;
  EXPECT_EQ(config->web.port, 8480);
  EXPECT_EQ(config->data_folder, (folder_ / "data").string());
  EXPECT_TRUE(config->identity_strict);
}

TEST_F(Config, UnknownKeysAreRefusedWithTheirLine) {
  auto config = load(basic() + "listen:\n  prot: 1\nlimitz: {}\n");
  EXPECT_EQ(errorAt(config, "listen.prot").line, 8);
  EXPECT_EQ(errorAt(config, "limitz").line, 9);
  EXPECT_NE(errorAt(config, "listen.prot").text.find("known here: "), std::string::npos);
}

TEST_F(Config, WrongValuesNameLineAndRange) {
  auto config = load(basic() +
                     "listen:\n  port: 70000\nidentity_check: maybe\n"
                     "limits:\n  xml_depth_max: deep\n");
  EXPECT_EQ(errorAt(config, "listen.port").line, 8);
  EXPECT_EQ(errorAt(config, "identity_check").line, 9);
  EXPECT_EQ(errorAt(config, "limits.xml_depth_max").line, 11);
}

TEST_F(Config, MissingFilesAndMandatoryKeysAreNamed) {
  auto config = load("law_folder: law\nschema_file: b.xsd\njournal_key: nobody\n");
  EXPECT_FALSE(errorAt(config, "data_folder").text.empty());
  EXPECT_NE(errorAt(config, "schema_file").text.find("b.xsd"), std::string::npos);
  EXPECT_FALSE(errorAt(config, "journal_key").text.empty());
  EXPECT_EQ(load("a: [").error().code, "programs.bad_config");
  EXPECT_EQ(loadConfig("/nowhere/hub.yaml", {}, "/").error().code, "programs.config_unreadable");
}

std::string agency(const std::string& more) {
  return "agencies:\n  - alias: one\n    command: [/bin/true]\n    endpoints:\n      - name: api\n"
         "        url: https://one.example\n        security: {profile: wsse-shep, key: hub, "
         "peers: [peer.crt]}\n" +
         more;
}

TEST_F(Config, AgenciesNeedKnownKeysAndTrust) {
  auto good = load(basic() + agency(""));
  ASSERT_TRUE(good.ok()) << good.error().text;
  EXPECT_EQ(good->agencies.at(0).endpoints.at(0).security.name, "wsse-shep");
  const auto bad_text = basic() + agency("    push: {profile: jws-detached, key: nobody}\n");
  auto bad = load(bad_text);
  const auto& unknown = errorAt(bad, "agencies.one.push.key");
  EXPECT_EQ(unknown.line, static_cast<int>(std::count(bad_text.begin(), bad_text.end(), '\n')));
  EXPECT_NE(unknown.text.find("no key 'nobody' stands under keys, which has hub"),
            std::string::npos)
      << unknown.text;
  EXPECT_FALSE(errorAt(bad, "agencies.one.push.peers").text.empty()) << "trusting nobody";
  auto twice = load(basic() + agency("  - alias: one\n    command: [/bin/true]\n"));
  EXPECT_NE(errorAt(twice, "agencies.one.alias").text.find("line "), std::string::npos);
}

TEST_F(Config, AFormerAliasIsNoOtherAgencys) {
  auto good = load(basic() + agency("    former_aliases: [old, older]\n"));
  ASSERT_TRUE(good.ok()) << good.error().text;
  EXPECT_EQ(good->agencies.at(0).former_aliases, (std::vector<std::string>{"old", "older"}));
  const std::string other = "  - alias: two\n    command: [/bin/true]\n";
  auto taken = load(basic() + agency("    former_aliases: [two]\n" + other));
  EXPECT_NE(errorAt(taken, "agencies.two.alias").text.find("line "), std::string::npos);
  auto later = load(basic() + agency(other + "    former_aliases: [one]\n"));
  EXPECT_NE(errorAt(later, "agencies.two.former_aliases").text.find("line "), std::string::npos);
  auto own = load(basic() + agency("    former_aliases: [one]\n"));
  EXPECT_FALSE(errorAt(own, "agencies.one.former_aliases").text.empty());
}

TEST_F(Config, SettingsTravelWithTheFilesOfTheirFolder) {
  fs::create_directories(folder_ / "map/golden");
  put("map/settings.yaml", "endpoint: api\nrequest: in.xsl\nport: 12\ncode: \"0012\"\n");
  put("map/in.xsl", "<x/>");
  put("map/golden/case.json", "{}");
  auto config = load(basic() + agency("    settings_file: map/settings.yaml\n"
                                      "    settings: {endpoint: other}\n"
                                      "    secrets: {password: key.txt}\n"));
  ASSERT_TRUE(config.ok()) << config.error().text;
  const auto& sent = config->agencies.at(0).adapter.configuration;
  EXPECT_EQ(
      sent.settings_json,
      R"({"code":"0012","endpoint":"other","password":"secret-key","port":12,"request":"in.xsl"})");
  ASSERT_EQ(sent.files.size(), 1u);
  EXPECT_EQ(sent.files[0].name, "in.xsl");
}

TEST_F(Config, ACommandsFilesAreRelativeToTheConfiguration) {
  put("lines.py", "");
  const auto config = load(
      basic() + "agencies:\n  - alias: one\n    command: [/usr/bin/python3, -B, lines.py, word]\n");
  ASSERT_TRUE(config.ok()) << config.error().text;
  const std::vector<std::string> expected = {"/usr/bin/python3", "-B",
                                             (folder_ / "lines.py").string(), "word"};
  EXPECT_EQ(config->agencies.at(0).adapter.command, expected);
}

// YAML takes them, and nothing behind it does: the check ended in an abort, or deliveries in bad charsets.
TEST_F(Config, BytesThatAreNotUtf8AreSaidWithTheirLine) {
  auto bad = load(basic() + "node_name: \xD5\xE0\xE1\n");
  ASSERT_FALSE(bad.ok());
  EXPECT_EQ(bad.error().line, 7);
  EXPECT_NE(bad.error().text.find("hub.yaml:7: not UTF-8"), std::string::npos) << bad.error().text;
  fs::create_directories(folder_ / "map");
  put("map/settings.yaml", "endpoint: api\ntables: {a: {b: \"\xC4\xE0\"}}\n");
  bad = load(basic() + agency("    settings_file: map/settings.yaml\n"));
  const Error error = errorAt(bad, "agencies.one.settings_file");
  EXPECT_NE(error.text.find("settings.yaml:2: not UTF-8"), std::string::npos) << error.text;
}

// So that what an adapter says of a key inside a table is told with its line, too.
TEST_F(Config, EveryKeyOfTheSettingsIsRememberedWithItsPlace) {
  fs::create_directories(folder_ / "map");
  put("map/settings.yaml", "endpoint: api\nstatuses:\n  \"409\": REJECTD\n");
  auto config = load(basic() + agency("    settings_file: map/settings.yaml\n"
                                      "    settings: {endpoint: other}\n"));
  ASSERT_TRUE(config.ok()) << config.error().text;
  const auto& places = config->agencies.at(0).adapter.settings_at;
  EXPECT_TRUE(places.at("statuses.409").ends_with("map/settings.yaml:3"));
  EXPECT_TRUE(places.at("statuses").ends_with("map/settings.yaml:2"));
  EXPECT_EQ(places.at("endpoint").find("settings.yaml"), std::string::npos);
  config = load(basic() + agency("    settings_file: map/settings.yaml\n"),
                {"agencies.one.settings={statuses: {\"409\": RETRYY}, code: \"0012\"}"});
  ASSERT_TRUE(config.ok()) << config.error().text;
  EXPECT_FALSE(config->agencies.at(0).adapter.settings_at.contains("statuses.409"))
      << "it stands in no file";
  EXPECT_NE(config->agencies.at(0).adapter.configuration.settings_json.find("\"0012\""),
            std::string::npos);
}

TEST_F(Config, OverridesReachIntoListsByName) {
  auto config = load(basic() + agency(""), {"listen.port=0", "agencies.one.concurrency=9",
                                            "agencies.one.endpoints.api.url=http://127.0.0.1:1"});
  ASSERT_TRUE(config.ok()) << config.error().text;
  EXPECT_EQ(config->web.port, 0);
  EXPECT_EQ(config->agencies.at(0).concurrency, 9);
  EXPECT_EQ(config->agencies.at(0).endpoints.at(0).url, "http://127.0.0.1:1");
  EXPECT_FALSE(load(basic() + agency(""), {"agencies.two.concurrency=9"}).ok());
  EXPECT_FALSE(load(basic(), {"listen.port"}).ok());
}

TEST_F(Config, ACallTimeAboveTheLimitIsRefusedAndNotCut) {
  auto usual = load(basic() + agency("") + "limits: {call_ms_max: 9000}\n");
  ASSERT_TRUE(usual.ok()) << usual.error().text;
  EXPECT_EQ(usual->agencies.at(0).collect_ms_max, 9000);
  for (std::string key : {"collect_ms_max", "deliver_ms_max"}) {
    auto bad = load(basic() + agency("    " + key + ": 30001\n"));
    EXPECT_NE(errorAt(bad, "agencies.one." + key).text.find("call_ms_max"), std::string::npos);
    EXPECT_TRUE(
        load(basic() + agency("    " + key + ": 60000\n") + "limits: {call_ms_max: 60000}\n").ok());
  }
}

TEST_F(Config, APauseThatEndsBeforeItBeginsIsRefused) {
  auto limits = load(basic() + "limits: {retry_ms_first: 5000, retry_ms_max: 1000}\n");
  EXPECT_NE(errorAt(limits, "limits.retry_ms_max").text.find("retry_ms_first"), std::string::npos);
  limits = load(basic() + "limits: {list_items_max: 200, collect_messages_max: 300}\n");
  EXPECT_NE(errorAt(limits, "limits.collect_messages_max").text.find("list_items_max"),
            std::string::npos);
  auto breaker = load(basic() + agency("    breaker: {open_ms_first: 5000, open_ms_max: 1000}\n"));
  EXPECT_NE(errorAt(breaker, "agencies.one.breaker.open_ms_max").text.find("open_ms_first"),
            std::string::npos);
}

TEST_F(Config, WhatTheCheckTellsHasItsLine) {
  auto config = load(basic() + agency(""));
  ASSERT_TRUE(config.ok()) << config.error().text;
  EXPECT_GT(config->lines.at("schema_file"), 0);
  EXPECT_GT(config->lines.at("keys." + config->keys.at(0).name), 0);
  EXPECT_GT(config->lines.at("agencies"), config->lines.at("schema_file"));
  EXPECT_GE(config->lines.at("agencies.one"), config->lines.at("agencies"));
}

// config/hub.yaml is the documentation: a key the reader asks for and the file does not name is a gap.
TEST(ConfigFile, DocumentsEveryKey) {
  const char* root = std::getenv("OTINISH_SOURCE_DIR");
  ASSERT_NE(root, nullptr);
  auto read = [&](const std::string& name) {
    std::ifstream in(std::string(root) + name);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  std::string code = read("/hub/programs/config.cpp"), file = read("/config/hub.yaml");
  std::regex asks(
      R"re((?:text|mandatoryText|number|flag|choice|texts|list|entries|node|has|fileOf\(\w+,|size|small)\(?\s*"([a-z_0-9]+)")re");
  int found = 0;
  for (std::sregex_iterator it(code.begin(), code.end(), asks), end; it != end; ++it, ++found) {
    std::string key = (*it)[1];
    EXPECT_NE(file.find(key + ":"), std::string::npos) << key << " is not documented";
  }
  EXPECT_GT(found, 60);
}

class SmsConfig : public Config {
 protected:
  void SetUp() override {
    Config::SetUp();
    put("secret.txt", "0123456789abcdef\n");
    put("sms.yaml", "texts: []\n");
  }
  static std::string sms(const std::string& more = {}) {
    return basic() +
           "sms:\n"
           "  url: http://127.0.0.1:13013/cgi-bin/sendsms\n"
           "  username: hub\n"
           "  password_file: key.txt\n"
           "  sender: \"1414\"\n"
           "  report_url: http://127.0.0.1:8480/sms/report\n"
           "  report_secret_file: secret.txt\n" +
           more;
  }
};

TEST_F(SmsConfig, IsReadWithItsDefaults) {
  EXPECT_FALSE(load(basic())->sms.has_value());
  auto config = load(sms());
  ASSERT_TRUE(config.ok()) << config.error().text;
  const auto& read = *config->sms;
  EXPECT_EQ(read.endpoint.url, "http://127.0.0.1:13013/cgi-bin/sendsms");
  EXPECT_EQ(read.password, "secret-key");
  EXPECT_EQ(read.report_secret, "0123456789abcdef");
  EXPECT_EQ(read.texts_file, (folder_ / "sms.yaml").string());
  EXPECT_EQ(read.quiet.from_minute, 21 * 60);
  EXPECT_EQ(read.quiet.until_minute, 8 * 60);
  EXPECT_EQ(read.per_second_max, 20);
  EXPECT_EQ(read.keep_days, 400);
  config = load(sms("  quiet_from: \"22:30\"\n  per_second_max: 5\n  keep_days: 90\n"));
  ASSERT_TRUE(config.ok()) << config.error().text;
  EXPECT_EQ(config->sms->quiet.from_minute, 22 * 60 + 30);
  EXPECT_EQ(config->sms->per_second_max, 5);
  EXPECT_EQ(config->sms->keep_days, 90);
}

TEST_F(SmsConfig, MistakesAreNamedWithTheirLine) {
  EXPECT_EQ(errorAt(load(sms("  sendr: x\n")), "sms.sendr").line, 14);
  EXPECT_EQ(errorAt(load(sms("  quiet_from: \"24:00\"\n")), "sms.quiet_from").line, 14);
  EXPECT_EQ(errorAt(load(sms("  quiet_until: \"8\"\n")), "sms.quiet_until").line, 14);
  EXPECT_EQ(errorAt(load(sms("  per_second_max: 0\n")), "sms.per_second_max").line, 14);
  EXPECT_EQ(errorAt(load(sms("  keep_days: 3\n")), "sms.keep_days").line, 14);
  EXPECT_EQ(errorAt(load(sms("  texts_file: no.yaml\n")), "sms.texts_file").line, 14);
  for (const char* key :
       {"url", "username", "password_file", "sender", "report_url", "report_secret_file"}) {
    std::string text = sms();
    const auto from = text.find(std::string("  ") + key + ": ");
    text.erase(from, text.find('\n', from) + 1 - from);
    EXPECT_FALSE(errorAt(load(text), std::string("sms.") + key).text.empty()) << key;
  }
  const auto changed = [](const std::string& from, const std::string& to) {
    std::string text = sms();
    return text.replace(text.find(from), from.size(), to);
  };
  EXPECT_FALSE(errorAt(load(changed("http://127.0.0.1:13013", "http://sms.example")), "sms.url")
                   .text.empty());
  EXPECT_FALSE(
      errorAt(load(changed("http://127.0.0.1:13013", "sftp://a@b")), "sms.url").text.empty());
  EXPECT_FALSE(errorAt(load(changed("8480/sms/report", "8480/")), "sms.report_url").text.empty());
  EXPECT_FALSE(errorAt(load(changed("file: secret.txt", "file: key.txt")), "sms.report_secret_file")
                   .text.empty())
      << "too short";
}

TEST_F(Config, AListInThePlaceOfAMappingIsSaidAndNothingElse) {
  for (const char* key : {"secrets", "payload_profiles", "breaker", "settings"}) {
    const std::string text = basic() + agency("    " + std::string(key) + ": [password]\n");
    const auto bad = load(text);
    ASSERT_FALSE(bad.ok()) << key;
    ASSERT_EQ(bad.status().errors().size(), 1U) << bad.error().text << "\n"
                                                << bad.status().errors().back().text;
    EXPECT_EQ(bad.error().field, "agencies.one." + std::string(key));
    EXPECT_EQ(bad.error().line, static_cast<int>(std::count(text.begin(), text.end(), '\n')));
    EXPECT_NE(bad.error().text.find("must be a mapping"), std::string::npos) << bad.error().text;
  }
  const auto endpoint =
      load(basic() + "agencies:\n  - {alias: one, command: [x], endpoints: [x]}\n");
  ASSERT_EQ(endpoint.status().errors().size(), 1U) << endpoint.status().errors().back().text;
  const auto secret = load(basic() + agency("    secrets: {password: [key.txt]}\n"));
  EXPECT_NE(errorAt(secret, "agencies.one.secrets.password").text.find("name of a file"),
            std::string::npos);
  EXPECT_EQ(load(basic(), {"listen=["}).error().code, "programs.bad_config");
  EXPECT_EQ(load(basic(), {"node_name.x=1"}).error().code, "programs.bad_config");
}

// Each node of a whole configuration in turn as something else: an error that names its place, or nothing to say.
class ConfigShapes : public SmsConfig {
 protected:
  using Path = std::vector<std::size_t>;  // of each entry its number
  static std::vector<std::pair<std::string, YAML::Node>> childrenOf(const YAML::Node& node) {
    std::vector<std::pair<std::string, YAML::Node>> out;
    if (node.IsMap()) {
      for (const auto& entry : node) out.emplace_back(entry.first.Scalar(), entry.second);
    } else if (node.IsSequence()) {
      for (std::size_t i = 0; i < node.size(); ++i) out.emplace_back("", node[i]);
    }
    return out;
  }
  static void pathsOf(const YAML::Node& node, const Path& path, std::vector<Path>& out) {
    const auto children = childrenOf(node);
    for (std::size_t i = 0; i < children.size(); ++i) {
      Path to = path;
      to.push_back(i);
      out.push_back(to);
      pathsOf(children[i].second, to, out);
    }
  }
  // The document with another value at the path.
  static YAML::Node with(const YAML::Node& node, const Path& path, std::size_t depth,
                         const YAML::Node& value) {
    if (depth == path.size()) return value;
    YAML::Node out(node.Type());
    const auto children = childrenOf(node);
    for (std::size_t i = 0; i < children.size(); ++i) {
      const auto& [key, child] = children[i];
      const YAML::Node next = i == path[depth] ? with(child, path, depth + 1, value) : child;
      if (node.IsMap())
        out[key] = next;
      else
        out.push_back(next);
    }
    return out;
  }
  // Lines of the entry's key and of everything around it.
  static std::set<int> linesAt(YAML::Node node, const Path& path) {
    std::set<int> lines{node.Mark().line + 1};
    for (const std::size_t i : path) {
      auto next = childrenOf(node)[i].second;
      lines.insert(next.Mark().line + 1);
      node.reset(next);
    }
    return lines;
  }
};

TEST_F(ConfigShapes, AWrongShapeIsSaidWithItsPlace) {
  fs::create_directories(folder_ / "map");
  put("map/settings.yaml", "endpoint: api\n");
  const std::string text =
      sms() +
      "listen: {host: 127.0.0.1, port: 0, plain_on_loopback: true,\n"
      "  tls: {certificate: hub.crt, key: hub.key, client_ca: peer.crt}}\n"
      "limits: {call_ms_max: 9000}\nstore: {readers: 2}\nidentity_check: strict\n"
      "talon: {track_url: \"https://a.example/{number}\"}\n"
      "clients:\n  - {name: egov, api_key_file: key.txt, roles: [registrar]}\n"
      "  - {name: other, certificate_subject: CN=x}\n" +
      agency(
          "    settings_file: map/settings.yaml\n    settings: {tables: {a: [1, 2]}}\n"
          "    secrets: {password: key.txt}\n    breaker: {failures_to_open: 3}\n"
          "    push: {profile: jws-detached, key: hub, peers: [peer.crt]}\n"
          "    payload_profiles:\n      p: {profile: cms-detached, key: hub, peers: [peer.crt]}\n");
  const auto good = loadConfig(put("hub.yaml", text), {}, "/nowhere/bin");
  ASSERT_TRUE(good.ok()) << good.error().text;
  const YAML::Node document = YAML::Load(text);
  std::vector<Path> paths;
  pathsOf(document, {}, paths);
  EXPECT_GT(paths.size(), 70U);
  int refused = 0;
  for (const Path& path : paths) {
    const std::string top = childrenOf(document)[path[0]].first;
    for (const char* value : {"strange", "[strange]", "{strange: strange}", "~", "[[]]", "{}"}) {
      YAML::Emitter out;
      out << with(document, path, 0, YAML::Load(value));
      const std::string changed = out.c_str();
      const auto loaded = loadConfig(put("hub.yaml", changed), {}, "/nowhere/bin");
      if (loaded.ok()) continue;
      ++refused;
      const auto lines = linesAt(YAML::Load(changed), path);
      bool placed = false;
      std::string said;
      for (const auto& error : loaded.status().errors()) {
        said += error.text + "\n";
        // What is not there has no line, and what is called otherwise is missed where it is named.
        const bool lacking = error.line == 0 && error.field.starts_with(top + ".");
        placed = placed || lines.contains(error.line) || lacking || top == "keys";
        if (error.text.find("unknown key") != std::string::npos) {
          EXPECT_TRUE(error.field.ends_with("strange")) << error.text << "\n" << changed;
        }
      }
      EXPECT_TRUE(placed) << said << changed;
      EXPECT_EQ(said.find("cannot be read"), std::string::npos) << said << changed;
      EXPECT_EQ(said.find("nvalid node"), std::string::npos) << said << changed;
    }
  }
  EXPECT_GT(refused, 200);
}

TEST_F(Config, AnAliasIsAWord) {
  std::string text = basic() + agency("");
  for (const char* bad : {"notify:sms", "a/b", "a b"}) {
    std::string wrong = text;
    wrong.replace(wrong.find("alias: one"), 10, std::string("alias: \"") + bad + "\"");
    EXPECT_FALSE(errorAt(load(wrong), std::string("agencies.") + bad + ".alias").text.empty())
        << bad;
  }
}

TEST_F(Config, AnUnsignedPushDoorIsRefused) {
  auto bad = load(basic() + agency("    push: {}\n"));
  EXPECT_FALSE(errorAt(bad, "agencies.one.push").text.empty());
}

TEST_F(Config, ClientsKeysAreHashedFromTheirFile) {
  auto config = load(basic() + "clients:\n  - {name: egov, api_key_file: key.txt}\n");
  ASSERT_TRUE(config.ok());
  EXPECT_EQ(config->web.clients.at(0).api_key_sha256, sha256Hex("secret-key"));
}

TEST_F(Config, RepeatedKeysAreRefusedWithBothLines) {
  auto top = load(basic() + "log_level: info\nlog_level: debug\n");
  EXPECT_EQ(errorAt(top, "log_level").line, 8);
  EXPECT_NE(errorAt(top, "log_level").text.find("lines 7 and 8"), std::string::npos);
  auto deep = load(basic() + agency("    breaker:\n      failures_to_open: 5\n"
                                    "      failures_to_open: 6\n"));
  EXPECT_NE(errorAt(deep, "agencies.breaker.failures_to_open").text.find("stands twice"),
            std::string::npos);
  fs::create_directories(folder_ / "map");
  put("map/settings.yaml", "endpoint: api\ntables:\n  a: 1\n  a: 2\n");
  auto settings = load(basic() + agency("    settings_file: map/settings.yaml\n"));
  const std::string text = errorAt(settings, "agencies.one.settings_file").text;
  EXPECT_NE(text.find("settings.yaml:4: tables.a: stands twice, in lines 3 and 4"),
            std::string::npos)
      << text;
}

// Of two with one key the last would be let in, and an earlier client's key may so become an administrator's.
TEST_F(Config, WhatTellsOneFromAnotherStandsOnce) {
  const auto clients = [&](const std::string& two) {
    return load(basic() + "clients:\n  - {name: a, api_key_file: key.txt}\n  - {" + two + "}\n");
  };
  const Error name = errorAt(clients("name: a, certificate_subject: CN=b"), "clients.a.name");
  EXPECT_EQ(name.line, 9);
  EXPECT_NE(name.text.find("line 8"), std::string::npos) << name.text;
  const auto digest = "name: b, admin: true, api_key_sha256: " + sha256Hex("secret-key");
  EXPECT_EQ(errorAt(clients(digest), "clients.b.api_key_sha256").line, 9);
  const auto subjects = load(basic() +
                             "clients:\n  - {name: a, certificate_subject: CN=x}\n"
                             "  - {name: b, certificate_subject: CN=x}\n");
  EXPECT_EQ(errorAt(subjects, "clients.b.certificate_subject").line, 9);
  EXPECT_TRUE(clients("name: b, certificate_subject: CN=b").ok());
  const auto endpoints = load(basic() + agency("      - {name: api, url: \"https://two.example\", "
                                               "security: {profile: wsse-shep, key: hub, "
                                               "peers: [peer.crt]}}\n"));
  EXPECT_FALSE(errorAt(endpoints, "agencies.one.endpoints").text.empty());
  // Which of the two would sign was a matter of order.
  const auto keys = load(basic() + "  - {name: two, key: hub.key, certificate: hub.crt}\n" +
                         "  - {name: hub, key: hub.key, certificate: hub.crt}\n");
  const Error key = errorAt(keys, "keys.name");
  EXPECT_EQ(key.line, 8);
  EXPECT_NE(key.text.find("line 6"), std::string::npos) << key.text;
}

TEST_F(Config, TheDoorsHostIsAnAddress) {
  const std::string tls = ", tls: {certificate: hub.crt, key: hub.key}}\n";
  EXPECT_FALSE(
      errorAt(load(basic() + "listen: {host: hub.example.kz" + tls), "listen.host").text.empty());
  for (const char* good : {"0.0.0.0", "\"::\"", "localhost"}) {
    EXPECT_TRUE(load(basic() + "listen: {host: " + good + tls).ok()) << good;
  }
}

TEST_F(Config, DigestsMustLookLikeDigests) {
  const std::string good(64, 'a');
  EXPECT_TRUE(load(basic() + agency("    sha256: " + good + "\n")).ok());
  for (const std::string& bad : {std::string("abc"), std::string(64, 'g'), good + "a"}) {
    EXPECT_FALSE(errorAt(load(basic() + agency("    sha256: " + bad + "\n")), "agencies.one.sha256")
                     .text.empty())
        << bad;
    EXPECT_FALSE(errorAt(load(basic() + "clients:\n  - {name: a, api_key_sha256: " + bad + "}\n"),
                         "clients.a.api_key_sha256")
                     .text.empty())
        << bad;
  }
  EXPECT_TRUE(load(basic() + "clients:\n  - {name: a, api_key_sha256: " + good + "}\n").ok());
  EXPECT_FALSE(errorAt(load(basic() + "clients:\n  - {name: a}\n"), "clients.a.api_key_sha256")
                   .text.empty());
}

TEST_F(Config, UrlsAreReadBeforeAnythingStarts) {
  const auto with = [&](const std::string& url) {
    return load(basic() + agency(""), {"agencies.one.endpoints.api.url=" + url});
  };
  for (const char* good : {"https://a.example/x", "http://127.0.0.1:8080", "http://[::1]:1/x",
                           "http://localhost", "sftp://u@h:22/d", "file:///srv/drop"}) {
    EXPECT_TRUE(with(good).ok()) << good;
  }
  for (const char* bad :
       {"http://a.example/x", "http://127.0.0.1.example.org", "ftp://h/x", "a.example", "https://",
        "https://h:port/", "file://", "https://user:pass@a.example", "http://user@127.0.0.1",
        "sftp://u:p@h:22/d"}) {
    const Error error = errorAt(with(bad), "agencies.one.endpoints.api.url");
    EXPECT_FALSE(error.text.empty()) << bad;
  }
}

TEST_F(Config, AnEndpointLogsInWithWhatStandsInFiles) {
  const std::string at = "agencies.one.endpoints.api";
  const auto with = [&](const std::string& what) {
    return load(basic() + agency(""), {at + "." + what});
  };
  put("token", " t0ken\n");
  put("empty", " \n");
  put("marked", "\xEF\xBB\xBFt0ken");
  put("lines", "a\nb");
  auto good = with("headers={X-Token: {file: token}, X-System: hub}");
  ASSERT_TRUE(good.ok()) << good.error().text;
  const auto headers = good->agencies.at(0).endpoints.at(0).headers;
  ASSERT_EQ(headers.size(), 2u);
  EXPECT_EQ(headers[0].name + ": " + headers[0].value, "X-Token: t0ken");
  EXPECT_EQ(headers[1].value, "hub");
  ASSERT_EQ(good->secret_files.size(), 1u) << "its mode is looked at";
  EXPECT_EQ(good->secret_files[0].first, at);
  good = with("basic={user: hub, password_file: token}");
  ASSERT_TRUE(good.ok()) << good.error().text;
  EXPECT_EQ(good->agencies.at(0).endpoints.at(0).headers.at(0).value, "Basic aHViOnQwa2Vu");
  for (const auto& [what, field] : std::vector<std::pair<std::string, std::string>>{
           {"headers={X-Token: {file: empty}}", ".headers.X-Token.file"},
           {"headers={X-Token: {file: marked}}", ".headers.X-Token.file"},
           {"headers={X-Token: {file: nowhere}}", ".headers.X-Token.file"},
           {"headers={X-Token: {secret: token}}", ".headers.X-Token.file"},
           {"headers={X-Token: {file: lines}}", ".headers"},
           {"headers={X-Token: \"\"}", ".headers.X-Token"},
           {"headers={X-Token: [a]}", ".headers.X-Token"},
           {"headers={Host: a}", ".headers"},
           {"headers={Content-Type: text/plain}", ".headers"},
           {"headers={X-A: a, x-a: b}", ".headers"},
           {"basic={user: \"a:b\", password_file: token}", ".basic.user"},
           {"basic={user: hub, password_file: empty}", ".basic.password_file"},
           {"basic={user: hub}", ".basic.password_file"}}) {
    EXPECT_FALSE(errorAt(with(what), at + field).text.empty()) << what;
  }
  EXPECT_FALSE(
      errorAt(load(basic() + agency(""), {at + ".url=file:///srv/drop", at + ".headers={A: b}"}),
              at + ".headers")
          .text.empty());
  for (const char* secret : {"empty", "marked"}) {
    EXPECT_FALSE(
        errorAt(load(basic() + agency("    secrets: {password: " + std::string(secret) + "}\n")),
                "agencies.one.secrets.password")
            .text.empty())
        << secret;
  }
}

TEST_F(Config, CertificatesComeWithTheirKeys) {
  auto half = load(basic() + "listen: {tls: {certificate: hub.crt}}\n");
  EXPECT_EQ(errorAt(half, "listen.tls.key").line, 7);
  auto other = load(basic() + "listen: {tls: {key: hub.key}}\n");
  EXPECT_FALSE(errorAt(other, "listen.tls.certificate").text.empty());
  const auto whole = load(basic() + "listen: {tls: {certificate: hub.crt, key: hub.key}}\n");
  ASSERT_TRUE(whole.ok());
  ASSERT_EQ(whole->secret_files.size(), 1u) << "its mode is looked at";
  EXPECT_EQ(whole->secret_files[0].first, "listen.tls.key");
  EXPECT_EQ(whole->lines.at("listen.tls.key"), 7);
  auto asks = load(basic() +
                   "listen: {tls: {certificate: hub.crt, key: hub.key, "
                   "require_client_certificate: true}}\n");
  EXPECT_FALSE(errorAt(asks, "listen.tls.client_ca").text.empty());
  auto client =
      load(basic() + agency(""), {"agencies.one.endpoints.api.client_certificate=hub.crt"});
  EXPECT_FALSE(errorAt(client, "agencies.one.endpoints.api.client_key").text.empty());
}

TEST_F(Config, APlainDoorIsForTheLoopbackAlone) {
  EXPECT_FALSE(errorAt(load(basic() + "listen: {port: 1}\n"), "listen.tls").text.empty());
  EXPECT_FALSE(
      errorAt(load(basic() + "listen: {host: 0.0.0.0, plain_on_loopback: true}\n"), "listen.tls")
          .text.empty());
  EXPECT_TRUE(load(basic() + "listen: {host: 127.0.0.1, plain_on_loopback: true}\n").ok());
}

}  // namespace
}  // namespace hub::programs
