// The published description and the table of routes are the same set.
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <cstdlib>
#include <set>

#include "hub/base/error_catalogue.h"
#include "hub/base/text.h"
#include "hub/web/openapi_text.h"
#include "hub/web/router.h"
#include "hub/web/tests/server_fixture.h"

namespace hub::web {
namespace {

TEST(OpenApi, EveryRouteStandsInItAndNothingElse) {
  const YAML::Node document = YAML::Load(std::string(kOpenApiText));
  std::set<std::string> published;
  for (const auto& path : document["paths"]) {
    for (const auto& entry : path.second) {
      const auto method = entry.first.as<std::string>();
      if (method == "parameters") continue;
      // OpenAPI 3.0 has no "any method": x-any-method says it, and post stands for it.
      if (method == "x-any-method") {
        published.insert("* " + path.first.as<std::string>());
      } else if (!path.second["x-any-method"]) {
        std::string upper;
        for (char c : method) upper += static_cast<char>(c - 'a' + 'A');
        published.insert(upper + " " + path.first.as<std::string>());
      }
    }
  }
  std::set<std::string> served;
  for (const Route& route : routes()) {
    served.insert(std::string(route.method) + " " + std::string(route.pattern));
  }
  EXPECT_EQ(published, served);
}

TEST(OpenApi, EveryReferenceLeadsSomewhere) {
  const std::string text(kOpenApiText);
  const YAML::Node document = YAML::Load(text);
  std::size_t found = 0;
  for (auto at = text.find("$ref: \"#/"); at != std::string::npos;
       at = text.find("$ref: \"#/", at + 1)) {
    const auto from = at + 9;
    YAML::Node node = YAML::Clone(document);
    for (const auto& part : split(text.substr(from, text.find('"', from) - from), '/')) {
      ASSERT_TRUE(node[part]) << text.substr(from, 60);
      node.reset(node[part]);
    }
    ++found;
  }
  EXPECT_GT(found, 50u);
}

// The example of a refusal is what the hub says.
TEST(OpenApi, TheExampleOfAProblemIsOne) {
  const YAML::Node document = YAML::Load(std::string(kOpenApiText));
  const YAML::Node example = document["components"]["responses"]["Problem"]["content"]
                                     ["application/problem+json"]["example"];
  Request request;
  request.language = "kk";
  request.request_id = example["instance"].as<std::string>().substr(9);
  const auto code = example["code"].as<std::string>();
  const auto field = example["errors"][0]["field"].as<std::string>();
  const auto told =
      problem(Status::failure(code, std::string(errorText(code, "en")), field), request);
  // YAML reads JSON.
  const YAML::Node said = YAML::Load(told.body);
  for (const char* member : {"type", "title", "status", "code", "detail", "instance", "remedy"}) {
    EXPECT_EQ(example[member].as<std::string>(), said[member].as<std::string>()) << member;
  }
  ASSERT_EQ(example["errors"].size(), 1u);
  for (const char* member : {"code", "field", "text", "detail"}) {
    EXPECT_EQ(example["errors"][0][member].as<std::string>(),
              said["errors"][0][member].as<std::string>())
        << member;
  }
}

// Doors without a key are what an attacker looks for: the threat model names each.
TEST(OpenApi, TheThreatModelNamesEveryRouteThatNeedsNoKey) {
  const char* root = std::getenv("OTINISH_SOURCE_DIR");
  const auto model =
      readFile((root ? std::string(root) + "/" : "") + "docs/threat-model.md", 1 << 20);
  ASSERT_TRUE(model.ok());
  for (const Route& route : routes()) {
    if (route.access == Access::kClient || route.access == Access::kAdmin) continue;
    std::string pattern(route.pattern);
    if (pattern.ends_with("/{rest}")) continue;  // what lies below another
    EXPECT_NE(model->find("`" + pattern + "`"), std::string::npos) << pattern;
  }
}

TEST(OpenApi, TheOpenRoutesAreTheOnesPublishedWithoutSecurity) {
  const YAML::Node document = YAML::Load(std::string(kOpenApiText));
  for (const Route& route : routes()) {
    std::string method(route.method == "*" ? "post" : toLowerAscii(route.method));
    const YAML::Node operation = document["paths"][std::string(route.pattern)][method];
    const bool open = route.access == Access::kOpen || route.access == Access::kAgency;
    EXPECT_EQ(open, operation["security"] && operation["security"].size() == 0) << route.pattern;
  }
}

// Asked of a real server: a parameter that is published is known, and one that is not is refused with
// a status that is published.
class PublishedTest : public testing::ServerTest {};

TEST_F(PublishedTest, EveryReadTakesItsParametersAndNoOthers) {
  start();
  const YAML::Node document = YAML::Load(std::string(kOpenApiText));
  int operations = 0;
  for (const auto& path : document["paths"]) {
    const auto pattern = path.first.as<std::string>();
    const YAML::Node operation = path.second["get"];
    if (!operation || !pattern.starts_with("/v1/")) continue;
    SCOPED_TRACE(pattern);
    ++operations;
    std::string target;
    for (const auto& part : split(pattern, '/')) {
      if (part.empty()) continue;
      const bool row = pattern.starts_with("/v1/quarantine") || pattern.starts_with("/v1/outbox");
      target += "/" + (part[0] != '{'       ? part
                       : part == "{sha256}" ? std::string(64, 'a')
                       : row                ? "1"
                                            : "ZhT-2026-00000001");
    }
    const auto unknown = get(target + "?no_such_parameter=1", {}, testing::kAdminKey);
    EXPECT_TRUE(operation["responses"][std::to_string(unknown.status)]) << unknown.status;
    for (const auto& listed : operation["parameters"]) {
      YAML::Node parameter = listed;
      if (listed["$ref"]) continue;  // of the path
      if (parameter["in"].as<std::string>() != "query") continue;
      const auto name = parameter["name"].as<std::string>();
      const auto answer = get(target + "?" + name + "=%01", {}, testing::kAdminKey);
      EXPECT_EQ(answer.body.find("web.unknown_parameter"), std::string::npos) << name;
    }
  }
  EXPECT_GT(operations, 15);
}

// Every answer that a test of the doors gets is held against the description (server_fixture.h).
TEST(OpenApi, AnAnswerThatIsNotDescribedIsFound) {
  using testing::notPublished;
  EXPECT_EQ(notPublished("GET /v1/appeals/x/events?content=1 HTTP/1.1\r\n", 200), "");
  EXPECT_EQ(notPublished("GET /v1/appeals/x/events HTTP/1.1\r\n", 418),
            "GET /v1/appeals/{id}/events answers 418");
  EXPECT_EQ(notPublished("HEAD /v1/attachments/x HTTP/1.1\r\n", 418),
            "HEAD /v1/attachments/{sha256} answers 418");
  EXPECT_EQ(notPublished("POST /agency/minfin HTTP/1.1\r\n", 418), "") << "its own dialect";
  EXPECT_EQ(notPublished("GET /nowhere HTTP/1.1\r\n", 404), "") << "no operation";
}

TEST(OpenApi, ABodyThatIsNotAsItsSchemaSaysIsFound) {
  const auto wrong = [](const std::string& bytes, int status, const std::string& type,
                        const std::string& body) {
    return testing::notPublished(
        bytes + " HTTP/1.1\r\n",
        testing::Response{status, "HTTP/1.1 x\r\nContent-Type: " + type + "; charset=utf-8", body});
  };
  const std::string events = "GET /v1/appeals/x/events", json = "application/json";
  const std::string id = "019a0c5e-7c1a-7000-8000-000000000001";
  EXPECT_EQ(wrong(events, 200, json, R"({"hub_id":")" + id + R"(","events":[]})"), "");
  EXPECT_NE(wrong(events, 200, json, R"({"hub_id":")" + id + R"("})"), "") << "a member is missing";
  EXPECT_NE(wrong(events, 200, json, R"({"hub_id":7,"events":[]})"), "");
  EXPECT_EQ(
      wrong(events, 200, json, R"({"hub_id":")" + id + R"(","events":[],"more":1})"),
      "GET /v1/appeals/{id}/events answers 200; the body has a member that its schema does not "
      "name: /more");
  EXPECT_NE(wrong(events, 200, json, "{"), "");
  EXPECT_EQ(wrong(events, 200, "text/csv", "a,b"),
            "GET /v1/appeals/{id}/events answers 200 with text/csv");
  EXPECT_NE(wrong(events, 404, "application/problem+json", R"({"code":"x"})"), "");
  EXPECT_EQ(wrong(events, 200, json, ""), "") << "as HEAD is answered";
  EXPECT_EQ(wrong("GET /agency/minfin", 200, json, "7"), "");
}

TEST(Language, FollowsTheWeights) {
  EXPECT_EQ(chooseLanguage(""), "en");
  EXPECT_EQ(chooseLanguage("de, ru;q=0.4, kk;q=0.9"), "kk");
  EXPECT_EQ(chooseLanguage("ru-KZ"), "ru");
  EXPECT_EQ(chooseLanguage("kk;q=0, ru;q=0.1"), "ru");
  EXPECT_EQ(chooseLanguage("kk;q=abc, en;q=0.2"), "en");
  EXPECT_EQ(chooseLanguage("*"), "en");
  EXPECT_EQ(chooseLanguage("", "/agency/minfin"), "ru");
  EXPECT_EQ(chooseLanguage("kk", "/agency/minfin"), "kk");
}

TEST(Percent, RoundTripsKazakhLetters) {
  const std::string text = "ЖТ-2026-00000001 әғқңөұүһі/?&+";
  EXPECT_EQ(*decodePercent(encodePercent(text)), text);
  EXPECT_FALSE(decodePercent("%").ok());
  EXPECT_FALSE(decodePercent("%4").ok());
  EXPECT_FALSE(decodePercent("%C0%AF").ok());
}

}  // namespace
}  // namespace hub::web
