// Our Thrift codec against code generated from contracts/appeal/appeal.thrift, both ways.
#include <gtest/gtest.h>
#include <thrift/protocol/TBinaryProtocol.h>
#include <thrift/transport/TBufferTransports.h>

#include "appeal_types.h"
#include "hub/model/codec.h"
#include "hub/model/tests/samples.h"

namespace hub::model {
namespace {

namespace wire = otinish::appeal;
using apache::thrift::protocol::TBinaryProtocol;
using apache::thrift::transport::TMemoryBuffer;

const Limits kLimits;

wire::Message readGenerated(const std::string& bytes) {
  auto buffer = std::make_shared<TMemoryBuffer>();
  buffer->write(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                static_cast<std::uint32_t>(bytes.size()));
  TBinaryProtocol protocol(buffer);
  wire::Message message;
  message.read(&protocol);
  return message;
}

std::string writeGenerated(const wire::Message& message) {
  auto buffer = std::make_shared<TMemoryBuffer>();
  TBinaryProtocol protocol(buffer);
  message.write(&protocol);
  return buffer->getBufferAsString();
}

TEST(ThriftWire, GeneratedCodeReadsOursAndOursReadsGenerated) {
  for (std::size_t index = 0; index < payloads().size(); ++index) {
    for (std::uint64_t seed = 1; seed <= 25; ++seed) {
      testing::SampleOptions options{UnknownField::Family::kThrift, false,
                                     static_cast<double>(seed % 3) / 2, 3, 30};
      const Message message = testing::Sampler(seed * 31 + index).message(index, options);
      const std::string bytes = writeGenerated(readGenerated(encodeThrift(message)));
      Result<Message> back = decodeThrift(bytes, kLimits);
      ASSERT_TRUE(back.ok()) << back.error().code << back.error().field;
      // Generated code drops what its IDL does not know, so equality proves that it knew every
      // field.
      ASSERT_TRUE(*back == message) << payloads()[index].element << " seed " << seed;
    }
  }
}

TEST(ThriftWire, FieldsMeanTheSame) {
  Message message;
  Appeal appeal;
  appeal.kind = "complaint";
  appeal.applicants_count = 7;
  appeal.contacts_confirmed = true;
  appeal.place.push_back({});
  appeal.place[0].lat = 43.25;
  appeal.applicant.push_back({});
  appeal.applicant[0].names = Names{"Үлгібаев", "Әсет", {}, {}};
  message.envelope.from = "portal";
  message.payload = appeal;
  const wire::Message read = readGenerated(encodeThrift(message));
  EXPECT_EQ(read.envelope.from_, "portal");
  EXPECT_EQ(read.appeal.kind, "complaint");
  EXPECT_EQ(read.appeal.applicants_count, 7);
  EXPECT_TRUE(read.appeal.contacts_confirmed);
  EXPECT_EQ(read.appeal.place.at(0).lat, 43.25);
  EXPECT_EQ(read.appeal.applicant.at(0).names.given, "Әсет");
  EXPECT_FALSE(read.appeal.applicant.at(0).names.__isset.patronymic);
}

TEST(ThriftWire, ADecisionWrittenByGeneratedCodeIsRead) {
  wire::Decision decision;
  decision.__set_outcome("not_satisfied");
  decision.__set_ground({"100(3)", "95"});
  wire::AppealRoute route;
  route.__set_term_months(3);
  decision.__set_appeal_route(route);
  wire::Message message;
  message.__set_decision(decision);
  Result<Message> ours = decodeThrift(writeGenerated(message), kLimits);
  ASSERT_TRUE(ours.ok());
  const auto& read = std::get<Decision>(ours->payload);
  EXPECT_EQ(read.outcome, "not_satisfied");
  EXPECT_EQ(read.ground, (std::vector<std::string>{"100(3)", "95"}));
  ASSERT_TRUE(read.appeal_route.has_value());
  EXPECT_EQ(read.appeal_route->term_months, 3);
}

}  // namespace
}  // namespace hub::model
