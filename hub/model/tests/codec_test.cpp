#include "hub/model/codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "hub/base/text.h"
#include "hub/model/tests/samples.h"
#include "hub/model/unknown_paths.h"

namespace hub::model {
namespace {

using testing::SampleOptions;
using testing::Sampler;
using Family = UnknownField::Family;

const Limits kLimits;
constexpr std::string_view kMembers = "<members xmlns=\"urn:otinish:appeal:json:1\">";

struct Codec {
  Family family;
  std::string (*encode)(const Message&);
  Result<Message> (*decode)(std::string_view);
};
const Codec kCodecs[] = {
    {Family::kXml, encodeXml, [](std::string_view d) { return decodeXml(d, kLimits); }},
    {Family::kJson, encodeJson, [](std::string_view d) { return decodeJson(d, kLimits); }},
    {Family::kThrift, encodeThrift, [](std::string_view d) { return decodeThrift(d, kLimits); }},
};

std::string why(const Result<Message>& result) {
  return result.ok() ? ""
                     : result.error().code + " " + result.error().field + " " + result.error().text;
}

void expectError(const Result<Message>& result, std::string_view code, std::string_view field = {},
                 int line = 0) {
  ASSERT_FALSE(result.ok()) << "expected " << code;
  EXPECT_EQ(result.error().code, code) << result.error().text;
  EXPECT_EQ(result.error().field, field);
  if (line > 0) {
    EXPECT_EQ(result.error().line, line);
  }
}

TEST(Codecs, EveryFormGivesBackWhatWasWritten) {
  for (const Codec& codec : kCodecs) {
    for (std::uint64_t seed = 1; seed <= 400; ++seed) {
      Sampler sampler(seed);
      SampleOptions options{codec.family, true, static_cast<double>(seed % 5) / 4, seed % 4, 60};
      const Message message = sampler.message(seed % payloads().size(), options);
      const std::string bytes = codec.encode(message);
      Result<Message> back = codec.decode(bytes);
      ASSERT_TRUE(back.ok()) << "seed " << seed << " " << why(back);
      ASSERT_TRUE(*back == message) << "seed " << seed << "\n"
                                    << bytes << "\n"
                                    << codec.encode(*back);
      ASSERT_EQ(codec.encode(*back), bytes);
    }
  }
}

TEST(Codecs, OneMessageTravelsThroughAllForms) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Sampler sampler(seed);
    const Message message = sampler.message(seed % payloads().size(), {});
    Message now = message;
    for (const Codec& codec : kCodecs) {
      Result<Message> next = codec.decode(codec.encode(now));
      ASSERT_TRUE(next.ok()) << why(next);
      now = std::move(next).value();
    }
    ASSERT_TRUE(now == message) << "seed " << seed;
  }
}

TEST(Codecs, BarePayloadsTravelToo) {
  for (std::size_t i = 0; i < payloads().size(); ++i) {
    Message message = Sampler(i + 1).message(i, {});
    message.envelope = Envelope{};
    message.envelope.type = payloads()[i].type;
    Result<Message> xml = decodeXml(encodePayloadXml(message), kLimits);
    ASSERT_TRUE(xml.ok()) << why(xml);
    EXPECT_TRUE(*xml == message);
    Result<Message> json = decodeJson(encodePayloadJson(message), kLimits, payloads()[i].type);
    ASSERT_TRUE(json.ok()) << why(json);
    EXPECT_TRUE(*json == message);
  }
}

TEST(Codecs, FullListsAndNoneTravel) {
  Message message = Sampler(7).message(0, {Family::kXml, false, 0, 0, 10});
  auto& appeal = std::get<Appeal>(message.payload);
  appeal.external_ids.assign(kLimits.list_items_max, ExternalId{"s", "1", {}, {}});
  for (const Codec& codec : kCodecs) {
    Result<Message> back = codec.decode(codec.encode(message));
    ASSERT_TRUE(back.ok()) << why(back);
    EXPECT_TRUE(*back == message);
  }
  appeal.external_ids.push_back(ExternalId{"s", "1", {}, {}});
  for (const Codec& codec : kCodecs) {
    Result<Message> back = codec.decode(codec.encode(message));
    ASSERT_FALSE(back.ok());
    EXPECT_EQ(back.error().code, "model.too_many");
  }
}

// Whatever comes in: no crash, and what is accepted is stable under a second trip.
TEST(Codecs, BrokenInputIsRefusedOrUnderstoodTheSameTwice) {
  for (const Codec& codec : kCodecs) {
    Sampler sampler(static_cast<std::uint64_t>(codec.family) + 99);
    int accepted = 0;
    for (int i = 0; i < 2500; ++i) {
      SampleOptions options{codec.family, true, 0.3, 2, 20};
      std::string bytes = codec.encode(sampler.message(sampler.below(payloads().size()), options));
      for (std::size_t cuts = sampler.below(4); cuts > 0 && !bytes.empty(); --cuts) {
        const std::size_t at = sampler.below(bytes.size());
        switch (sampler.below(5)) {
          case 0:
            bytes.resize(at);
            break;
          case 1:
            bytes[at] = static_cast<char>(sampler.below(256));
            break;
          case 2:
            bytes.insert(at, bytes.substr(sampler.below(bytes.size()), sampler.below(80)));
            break;
          case 3:
            bytes.erase(at, sampler.below(40));
            break;
          default:
            bytes[at] = static_cast<char>(bytes[at] ^ (1 << sampler.below(8)));
        }
      }
      Result<Message> once = codec.decode(bytes);
      if (!once.ok()) {
        EXPECT_FALSE(once.error().code.empty());
        continue;
      }
      ++accepted;
      Result<Message> twice = codec.decode(codec.encode(*once));
      ASSERT_TRUE(twice.ok()) << why(twice) << "\n" << bytes;
      ASSERT_TRUE(*twice == *once) << bytes << "\n" << codec.encode(*once) << codec.encode(*twice);
    }
    EXPECT_GT(accepted, 100);
  }
}

// The store keeps XML, adapters and clients may speak JSON: what a newer minor version adds goes through.
TEST(Codecs, XmlCarriesUnknownMembersOfJson) {
  int with_members = 0;
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    Sampler sampler(seed);
    SampleOptions options{Family::kJson, true, static_cast<double>(seed % 5) / 4, seed % 4, 60};
    const Message message = sampler.message(seed % payloads().size(), options);
    const std::string xml = encodeXml(message), json = encodeJson(message);
    with_members += xml.find(kMembers) != std::string::npos ? 1 : 0;
    Result<Message> stored = decodeXml(xml, kLimits);
    ASSERT_TRUE(stored.ok()) << "seed " << seed << " " << why(stored) << "\n" << xml;
    ASSERT_TRUE(*stored == message) << "seed " << seed << "\n" << xml;
    ASSERT_EQ(encodeJson(*stored), json);
    ASSERT_EQ(encodeXml(*stored), xml) << "nothing is wrapped twice";
    Result<Message> again = decodeJson(encodeJson(*stored), kLimits);
    ASSERT_TRUE(again.ok()) << why(again);
    ASSERT_EQ(encodeXml(*again), xml);
    ASSERT_EQ(encodeJsonMasked(*stored).find("newer"), std::string::npos);
  }
  EXPECT_GT(with_members, 200);
}

std::string jsonAppeal(std::string_view more) {
  return "{\"kind\":\"request\"" + std::string(more) + "}";
}

TEST(Codecs, TheSameMembersInAnotherOrderAreTheSameText) {
  Result<Message> one = decodeJson(jsonAppeal(R"(,"b":{"y":[{"d":1,"c":2}],"x":null},"a":1.50)"),
                                   kLimits, "appeal/1");
  Result<Message> other = decodeJson(
      jsonAppeal(R"(, "a": 1.50, "b": {"x": null, "y": [{"c": 2, "d": 1}]})"), kLimits, "appeal/1");
  ASSERT_TRUE(one.ok() && other.ok());
  EXPECT_EQ(encodePayloadXml(*one), encodePayloadXml(*other));
  EXPECT_NE(
      encodePayloadXml(*one).find(">{\"a\":1.50,\"b\":{\"x\":null,\"y\":[{\"c\":2,\"d\":1}]}}<"),
      std::string::npos)
      << encodePayloadXml(*one);
}

// Names and values that could be taken for something else on the way.
TEST(Codecs, HostileMembersComeThroughAsTheyAre) {
  for (const char* member :
       {R"("__proto__":{"kind":"x"})", R"("members":{"members":1})", R"("":"")",
        R"("</members><kind>":"]]></members>&amp;<!--")", R"("a\u0000b":"\u0000\u001f")",
        R"("\uffff":"\ufffe\uFFFF")", R"("n":[123456789012345678901234567890,1e400,-0.0])",
        "\"\xEF\xBF\":1", R"("d":{"kind":1,"kind":2})"}) {
    Result<Message> message =
        decodeJson(jsonAppeal("," + std::string(member)), kLimits, "appeal/1");
    if (!message.ok()) {
      EXPECT_TRUE(message.error().code == "model.bad_json" ||
                  message.error().code == "model.bad_charset")
          << member << why(message);
      continue;
    }
    Result<Message> stored = decodeXml(encodeXml(*message), kLimits);
    ASSERT_TRUE(stored.ok()) << member << why(stored) << encodeXml(*message);
    EXPECT_TRUE(*stored == *message) << member << encodeXml(*message);
    EXPECT_EQ(std::get<Appeal>(stored->payload).unknown.size(), 1u);
    EXPECT_EQ(std::get<Appeal>(stored->payload).kind, "request");
  }
}

TEST(Codecs, UnknownMembersAreNamedByTheirPaths) {
  const auto paths = [](const std::string& document, std::size_t most = 100) {
    const bool bare = document.find("envelope") == std::string::npos;
    auto message = decodeJson(document, kLimits, bare ? "appeal/1" : "");
    EXPECT_TRUE(message.ok()) << message.error().code;
    return message.ok() ? unknownPaths(*message, most) : std::vector<std::string>();
  };
  using Paths = std::vector<std::string>;
  EXPECT_EQ(paths(R"({"kind":"request","applicant":[{"iin":"1"},{"iinn":"1"}],"sumary":"x"})"),
            (Paths{"/appeal/applicant/1/iinn", "/appeal/sumary"}));
  EXPECT_EQ(paths(R"({"envelope":{"form":"me"},"appeal":{"kind":"request"},"apeal":{}})"),
            (Paths{"/envelope/form", "/apeal"}));
  EXPECT_EQ(paths(R"({"kind":"request"})"), Paths());
  EXPECT_EQ(paths(R"({"a":1,"b":2,"c":3})", 2).size(), 2u);
}

TEST(Codecs, UnknownMembersAreBounded) {
  const auto decode = [](const std::string& more) {
    return decodeJson(jsonAppeal(more), kLimits, "appeal/1");
  };
  expectError(decode(",\"a\":1,\"a\":1"), "model.repeated", "/appeal/a");
  expectError(decode(",\"a\":\"" + std::string(70'000, '&') + "\""), "model.too_large", "/appeal");
  std::string many;
  for (int i = 0; i < 1001; ++i) many += ",\"a" + std::to_string(i) + "\":1";
  expectError(decode(many), "model.too_many", "/appeal");
  std::string parts;
  for (int i = 0; i < 5; ++i) {
    parts += (i ? "," : "") + ("{\"a\":\"" + std::string(15'000, 'x')) + "\"}";
  }
  expectError(decode(",\"applicant\":[" + parts + "]"), "model.too_large", "/appeal/applicant/4");

  // What is taken as JSON can be read back from its XML: bytes and depth at their limits.
  const std::string deep = std::string(31, '[') + std::string(31, ']');
  Result<Message> widest = decode(",\"a\":\"" + std::string(60'000, '&') + "\",\"b\":" + deep);
  ASSERT_TRUE(widest.ok()) << why(widest);
  Result<Message> stored = decodeXml(encodeXml(*widest), kLimits);
  ASSERT_TRUE(stored.ok()) << why(stored);
  EXPECT_TRUE(*stored == *widest);
}

std::string inAppeal(std::string_view inside) {
  return "<appeal xmlns=\"urn:otinish:appeal:1\">" + std::string(inside) + "</appeal>";
}

TEST(DecodeXml, TakesFieldsInAnyOrderAndKeepsWhatItDoesNotKnow) {
  Result<Message> message =
      decodeXml(inAppeal("<language>kk</language><!-- c --><future>1</future><x:e "
                         "xmlns:x='urn:x'/><kind>request</kind>"),
                kLimits);
  ASSERT_TRUE(message.ok()) << why(message);
  const auto& appeal = std::get<Appeal>(message->payload);
  EXPECT_EQ(appeal.kind, "request");
  EXPECT_EQ(appeal.language, "kk");
  ASSERT_EQ(appeal.unknown.size(), 2u);
  EXPECT_EQ(appeal.unknown[0].name, "future");
  EXPECT_EQ(message->envelope.type, "appeal/1");
  Result<Message> again = decodeXml(encodeXml(*message), kLimits);
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(std::get<Appeal>(again->payload) == appeal);
}

// A client may write the element by hand: whatever is wrong in it is refused, with its line.
TEST(DecodeXml, RefusesMembersThatAreNone) {
  const auto members = [](std::string_view text) {
    return decodeXml(inAppeal("<kind>request</kind>\n<members xmlns='urn:otinish:appeal:json:1'>" +
                              std::string(text) + "</members>"),
                     kLimits);
  };
  Result<Message> good = members("\n <![CDATA[{\"b\": \"<\",\"a\":1}]]> ");
  ASSERT_TRUE(good.ok()) << why(good);
  EXPECT_TRUE(encodePayloadJson(*good).ends_with(R"(,"a":1,"b":"<"})"));
  expectError(members("{"), "model.truncated", "/appeal/members", 2);
  expectError(members("\n\n{\"a\" 1}"), "model.bad_json", "/appeal/members", 4);
  expectError(members(""), "model.bad_json", "/appeal/members", 2);
  expectError(members("[1]"), "model.bad_json", "/appeal/members", 2);
  expectError(members("{\"a\":1,\"a\":2}"), "model.repeated", "/appeal/members", 2);
  expectError(members("{\"a\":1,\"kind\":\"complaint\"}"), "model.repeated", "/appeal/members/kind",
              2);
  expectError(members("{\"applicant\":[]}"), "model.repeated", "/appeal/members/applicant", 2);
  expectError(members("<x/>"), "model.bad_value", "/appeal/members", 2);
  expectError(members("{\"a\":" + std::string(40, '[') + std::string(40, ']') + "}"),
              "model.too_deep", "/appeal/members", 2);
  expectError(members("{\"a\":\"" + std::string(70'000, 'x') + "\"}"), "model.too_large",
              "/appeal/members", 2);
  expectError(members("{}</members>\n<members xmlns='urn:otinish:appeal:json:1'>{\"a\":1}"
                      "</members><members xmlns='urn:otinish:appeal:json:1'>{\"b\":1}"),
              "model.repeated", "/appeal/members", 3);
  Result<Message> whole = decodeXml(
      "<message xmlns=\"urn:otinish:appeal:1\"><appeal/>\n<members "
      "xmlns='urn:otinish:appeal:json:1'>{\"decision\":{}}</members></message>",
      kLimits);
  expectError(whole, "model.repeated", "/members/decision", 2);
}

TEST(DecodeXml, LeavesASignatureBehind) {
  Result<Message> message = decodeXml(
      inAppeal("<kind>request</kind><Signature xmlns='http://www.w3.org/2000/09/xmldsig#'/>"),
      kLimits);
  ASSERT_TRUE(message.ok());
  EXPECT_TRUE(std::get<Appeal>(message->payload).unknown.empty());
}

TEST(DecodeXml, BringsTextToNfcAndTimesToUtc) {
  Result<Message> message =
      decodeXml(inAppeal("<subject_text>\xD0\xB8\xCC\x86</subject_text><received_at> "
                         "2026-03-17T10:00:00+05:00\n</received_at>"),
                kLimits);
  ASSERT_TRUE(message.ok());
  EXPECT_EQ(std::get<Appeal>(message->payload).subject_text, "й");
  EXPECT_EQ(std::get<Appeal>(message->payload).received_at, "2026-03-17T05:00:00Z");
}

TEST(DecodeXml, NamesTheFieldAndTheLine) {
  expectError(decodeXml(inAppeal("\n<kind>a</kind>\n<kind>b</kind>"), kLimits), "model.repeated",
              "/appeal/kind", 3);
  expectError(decodeXml(inAppeal("\n<place><lat>north</lat></place>"), kLimits), "model.bad_value",
              "/appeal/place/0/lat", 2);
  expectError(
      decodeXml(inAppeal("<applicants_count>9999999999999999999</applicants_count>"), kLimits),
      "model.bad_value", "/appeal/applicants_count");
  expectError(decodeXml(inAppeal("<kind><b/></kind>"), kLimits), "model.bad_value", "/appeal/kind");
  expectError(decodeXml(inAppeal("stray"), kLimits), "model.bad_value", "/appeal");
}

TEST(DecodeXml, RefusesEntitiesDepthAndSize) {
  expectError(decodeXml("<!DOCTYPE a [<!ENTITY b 'c'>]>" + inAppeal("&b;"), kLimits),
              "model.dtd_refused");
  Limits small;
  small.xml_nodes_max = 4;
  expectError(decodeXml(inAppeal("<a/><a/><a/><a/>"), small), "model.too_large");
  small = Limits();
  small.body_bytes_max = 10;
  expectError(decodeXml(inAppeal(""), small), "model.too_large");
  std::string wide = "\n<a";
  for (int i = 0; i < 513; ++i) wide += " a" + std::to_string(i) + "=\"\"";
  expectError(decodeXml(inAppeal(wide + "/>"), kLimits), "model.too_large", {}, 2);
  const std::string far(513, 'u');
  expectError(decodeXml(inAppeal("\n<a xmlns='" + far + "'/>"), kLimits), "model.too_large", {}, 2);
  wide = "\n<a";
  for (int i = 0; i < 101; ++i) wide += " xmlns:a" + std::to_string(i) + "=\"urn:a\"";
  expectError(decodeXml(inAppeal(wide + "/>"), kLimits), "model.too_large", {}, 2);
  // Each of them is kept as a document of its own.
  Limits few = kLimits;
  few.list_items_max = 3;
  EXPECT_TRUE(decodeXml(inAppeal("<x xmlns=''/><x xmlns=''/><x xmlns=''/>"), few).ok());
  expectError(decodeXml(inAppeal("<x xmlns=''/><x xmlns=''/><x xmlns=''/>\n<x xmlns=''/>"), few),
              "model.too_many", "/appeal", 2);
  // After the error libxml2 would find a tag that was taken for a value, and compare for minutes.
  wide = "<b";
  for (int i = 0; i < 500'000; ++i) wide += " a" + std::to_string(i) + "=''";
  Limits roomy = kLimits;
  roomy.body_bytes_max = 2 * wide.size();
  for (const std::string& doc :
       {"\n< \"" + wide + "/>\"", "\n<?1 " + wide + "/>?>", "\n<!-- \x01" + wide + "/> -->"}) {
    expectError(decodeXml(inAppeal(doc), roomy), "model.bad_xml", {}, 2);
  }
  expectError(decodeJson("{\"appeal\":{}}", small), "model.too_large");
  expectError(decodeThrift("12345678901", small), "model.too_large");
}

TEST(DecodeXml, RefusalsOfTheWholeDocumentNameTheLine) {
  expectError(decodeXml("<?xml version='1.0'?>\n\n<!DOCTYPE a>\n" + inAppeal(""), kLimits),
              "model.dtd_refused", {}, 3);
  expectError(decodeXml(inAppeal("\n<summary>a\n\xCF\xF0</summary>"), kLimits), "model.bad_charset",
              {}, 3);
  expectError(decodeXml("<?xml version='1.0' encoding='windows-1251'?>\n" + inAppeal(""), kLimits),
              "model.bad_charset", {}, 1);
  std::string deep;
  for (int i = 0; i < kLimits.xml_depth_max; ++i) deep += "\n<a>";
  const auto result = decodeXml(inAppeal(deep), kLimits);
  // inAppeal opens one element on its first line.
  expectError(result, "model.too_deep", {}, kLimits.xml_depth_max + 1);
  Limits small;
  small.xml_nodes_max = 6;
  expectError(decodeXml(inAppeal("\n<a/>\n<a/>\n<a/>\n<a/>\n<a/>"), small), "model.too_large");
  EXPECT_GT(decodeXml(inAppeal("\n<a/>\n<a/>\n<a/>\n<a/>\n<a/>"), small).error().line, 1);
}

// Kazakh letters are pairs of bytes: about every second cut of such a text falls inside one.
TEST(Codecs, ADocumentThatWasCutOffIsTruncatedWhereverTheCutIs) {
  const std::string words = "Құрметті әкім! Көшемізде жарық жоқ. 🙏";
  const std::string json = "{\"appeal\":{\"summary\":\"" + words + "\"}}";
  const std::string xml = inAppeal("<summary>" + words + "</summary>");
  for (std::size_t cut = 1; cut < json.size(); ++cut) {
    expectError(decodeJson(json.substr(0, cut), kLimits), "model.truncated");
  }
  for (std::size_t cut = xml.find(words); cut < xml.size(); ++cut) {
    expectError(decodeXml(xml.substr(0, cut), kLimits), "model.truncated");
  }
  // What goes on after such bytes was not cut there.
  expectError(decodeJson("{\"appeal\":{\"summary\":\"\xD2\"}}", kLimits), "model.bad_charset");
  expectError(decodeJson("\xCF\xF0\xE8\xE2", kLimits), "model.bad_charset");
  expectError(decodeJson("\x80\x80\x80\x80", kLimits), "model.bad_charset");
}

TEST(DecodeJson, RefusalsOfTheWholeDocumentNameTheLine) {
  expectError(decodeJson("{\"appeal\":\n{\"summary\":\n\"\xCF\xF0\"}}", kLimits),
              "model.bad_charset", {}, 3);
  const std::string deep(static_cast<std::size_t>(kLimits.json_depth_max), '[');
  expectError(decodeJson("{\"appeal\":{\n\"place\":\n[{\"x[{\\\"\":" + deep, kLimits),
              "model.too_deep", "/appeal/place/0", 3);
  Limits small;
  small.json_depth_max = 3;
  expectError(decodeJson("{\"appeal\":{\n\"place\":\n[\n{}]}}", small), "model.too_deep",
              "/appeal/place", 4);
}

TEST(DecodeJson, SpeaksPlainlyAboutWhatIsWrong) {
  const std::string_view type = "appeal/1";
  expectError(decodeJson("[]", kLimits), "model.bad_json");
  expectError(decodeJson("7", kLimits), "model.bad_json");
  expectError(decodeJson("", kLimits), "model.bad_json");
  expectError(decodeJson("{\"kind\":\"a\",\n\"kind\":\"b\"}", kLimits, type), "model.repeated",
              "/appeal/kind");
  expectError(decodeJson("{\"applicant\":[{\"iin\":1}]}", kLimits, type), "model.bad_value",
              "/appeal/applicant/0/iin");
  expectError(decodeJson("{\"applicant\":[{},{\"names\":[]}]}", kLimits, type), "model.bad_value",
              "/appeal/applicant/1/names");
  expectError(decodeJson("{\"applicant\":{}}", kLimits, type), "model.bad_value",
              "/appeal/applicant");
  expectError(decodeJson("{\"applicant\":[null]}", kLimits, type), "model.bad_value",
              "/appeal/applicant/0");
  expectError(decodeJson("{\"kind\":\"\\u0001\"}", kLimits, type), "model.bad_value",
              "/appeal/kind");
  expectError(decodeJson("{\"kind\":\"\\ud800\"}", kLimits, type), "model.bad_json");
  expectError(decodeJson("{\"applicants_count\":18446744073709551615}", kLimits, type),
              "model.bad_value", "/appeal/applicants_count");
  expectError(decodeJson("{\"applicants_count\":2.5}", kLimits, type), "model.bad_value",
              "/appeal/applicants_count");
  expectError(decodeJson("{}{}", kLimits, type), "model.bad_json");
  expectError(decodeJson("{}", kLimits, "poem/1"), "model.unknown_type");
  expectError(decodeJson("{\"appeal\":{},\"decision\":{}}", kLimits), "model.repeated",
              "/decision");
}

TEST(Codecs, AMandatoryNumberCannotBeLeftOut) {
  expectError(decodeJson("{\"attachments\":[{\"id\":\"a\"}]}", kLimits, "appeal/1"),
              "model.required", "/appeal/attachments/0/size");
  expectError(decodeXml(inAppeal("<attachments><id>a</id></attachments>"), kLimits),
              "model.required", "/appeal/attachments/0/size", 1);
  // Message { 2: Appeal { 36: list of one empty struct } }
  expectError(decodeThrift(std::string("\x0c\0\2\x0f\0\x24\x0c\0\0\0\1\0\0\0", 14), kLimits),
              "model.required", "/appeal/attachments/0/size");
}

TEST(DecodeJson, ReadsNullAsAbsentAndWholeNumbersAsReal) {
  Result<Message> message =
      decodeJson("{\"summary\":null,\"place\":[{\"lat\":43,\"lon\":76.5}]}", kLimits, "appeal/1");
  ASSERT_TRUE(message.ok()) << why(message);
  const auto& appeal = std::get<Appeal>(message->payload);
  EXPECT_FALSE(appeal.summary.has_value());
  EXPECT_EQ(appeal.place.at(0).lat, 43.0);
}

TEST(DecodeThrift, NeverTrustsALength) {
  // Message { 2: Appeal { 7: string of 2 GB … } }
  expectError(decodeThrift(std::string("\x0c\0\2\x0b\0\7\x7f\xff\xff\xff", 10), kLimits),
              "model.truncated", "/appeal/kind");
  expectError(decodeThrift(std::string("\x0c\0\2\x0b\0\7\xff\xff\xff\xff", 10), kLimits),
              "model.bad_thrift", "/appeal/kind");
  // An unknown list of 2^31-1 empty structs costs one byte each: the end comes first.
  expectError(decodeThrift(std::string("\x0f\x30\0\x0c\x7f\xff\xff\xff\0\0\0", 11), kLimits),
              "model.truncated", "/message");
  // Unknown structs inside one another.
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += std::string("\x0c\x30\0", 3);
  expectError(decodeThrift(deep, kLimits), "model.too_deep", "/message");
  expectError(decodeThrift(std::string(1, '\0'), kLimits), "model.unknown_type");
}

// Every personal value of a message, by its field description; `others` are the values of its other fields.
void collectPersonal(const TypeDescription& type, const void* object, std::vector<std::string>& out,
                     std::set<std::string>& others) {
  for (const FieldDescription& field : type.fields)
    for (std::size_t i = 0; i < field.count(object); ++i) {
      if (field.kind == Kind::kStruct)
        collectPersonal(field.sub(), field.at(object, i), out, others);
      const bool text = field.kind == Kind::kText || field.kind == Kind::kString ||
                        field.kind == Kind::kCode || field.kind == Kind::kDate;
      if (!text) continue;
      const auto& value = *static_cast<const std::string*>(field.at(object, i));
      if (field.personal != Personal::kNone) out.push_back(value);
      if (field.personal == Personal::kNone) others.insert(value);
    }
}

TEST(EncodeJsonMasked, ShowsNoPersonalValue) {
  int seen = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Sampler sampler(seed);
    const Message message =
        sampler.message(seed % payloads().size(), {Family::kJson, true, 1.0, 2, 40});
    const std::string masked = encodeJsonMasked(message);
    std::vector<std::string> personal;
    std::set<std::string> others;
    collectPersonal(payloadOf(message.payload).describe(), payloadObject(message.payload), personal,
                    others);
    for (const std::string& value : personal) {
      if (utf8Length(value) < 5) continue;   // a short word may stand in a code by chance
      if (others.contains(value)) continue;  // a date or code may stand in a plain field, too
      ++seen;
      EXPECT_EQ(masked.find(quoteJson(value)), std::string::npos) << "seed " << seed;
      const bool filler = value.find_first_not_of("ұ") == std::string::npos;
      if (filler || utf8Length(value) < 12) continue;
      EXPECT_EQ(masked.find(value), std::string::npos) << "seed " << seed << " " << value;
    }
    EXPECT_THAT(masked, ::testing::Not(::testing::HasSubstr("newer")));
  }
  EXPECT_GT(seen, 1000);
}

TEST(EncodeJsonMasked, KeepsWhatAnOperatorNeeds) {
  Message message;
  Appeal appeal;
  appeal.kind = "complaint";
  appeal.addressee_body.bin = "940140000385";
  appeal.applicant.push_back({});
  appeal.applicant[0].iin = "850101100012";
  message.payload = appeal;
  const std::string masked = encodeJsonMasked(message);
  EXPECT_THAT(masked, ::testing::HasSubstr("\"kind\":\"complaint\""));
  EXPECT_THAT(masked, ::testing::HasSubstr("\"bin\":\"940140000385\""));
  EXPECT_THAT(masked, ::testing::HasSubstr("\"iin\":\"85********12\""));
}

}  // namespace
}  // namespace hub::model
