#include "hub/hosting/wire.h"

#include <thrift/protocol/TBinaryProtocol.h>
#include <thrift/transport/TBufferTransports.h>

#include <algorithm>
#include <type_traits>

#include "Adapter.h"
#include "Host.h"
#include "contracts/adapter/listing.h"
#include "hub/hosting/border.h"
#include "hub/hosting/settings.h"

namespace hub::hosting::wire {
namespace {

namespace gen = otinish::wire;
using apache::thrift::TConfiguration;
using apache::thrift::protocol::TBinaryProtocolT;
using apache::thrift::transport::TMemoryBuffer;
using Protocol = TBinaryProtocolT<TMemoryBuffer>;

// adapter.thrift, const CONTRACT.
constexpr const char* kContract = "otinish.adapter/0";

// ---- values: one list of fields serves both directions ----------------------------------------

// std::move for a field of an rvalue, a plain reference for a field of an lvalue.
#define OTINISH_FIELD(name) to.name = std::forward<From>(from).name

template <class To, class From>
void assignNumber(To& to, From from) {
  to = static_cast<To>(from);
}

struct ConvertHeader {
  template <class From, class To>
  static void run(From&& from, To& to) {
    OTINISH_FIELD(name);
    OTINISH_FIELD(value);
  }
};

struct ConvertConfigFile {
  template <class From, class To>
  static void run(From&& from, To& to) {
    OTINISH_FIELD(name);
    OTINISH_FIELD(bytes);
  }
};

struct ConvertFileEntry {
  template <class From, class To>
  static void run(From&& from, To& to) {
    OTINISH_FIELD(name);
    to.size = from.size;
    to.modified_ms = from.modified_ms;
    to.complete = from.complete;
  }
};

struct ConvertSettled {
  template <class From, class To>
  static void run(From&& from, To& to) {
    OTINISH_FIELD(item_id);
    to.accepted = from.accepted;
    OTINISH_FIELD(code);
    OTINISH_FIELD(text);
    OTINISH_FIELD(reference);
  }
};

struct ConvertInbound {
  template <class From, class To>
  static void run(From&& from, To& to) {
    OTINISH_FIELD(item_id);
    OTINISH_FIELD(type);
    OTINISH_FIELD(form);
    OTINISH_FIELD(body);
    OTINISH_FIELD(correlation_id);
    OTINISH_FIELD(in_reply_to);
    OTINISH_FIELD(external_id);
    OTINISH_FIELD(reg_number);
    OTINISH_FIELD(problem_code);
    OTINISH_FIELD(problem_text);
    OTINISH_FIELD(raw);
  }
};

struct ConvertSetting {
  template <class From, class To>
  static void run(From&& from, To& to) {
    OTINISH_FIELD(name);
    OTINISH_FIELD(kind);
    to.mandatory = from.mandatory;
    OTINISH_FIELD(fallback);
    OTINISH_FIELD(meaning);
    OTINISH_FIELD(choices);
    to.secret = from.secret;
  }
};

template <class Convert, class FromList, class ToList>
void convertList(FromList&& from, ToList& to) {
  to.resize(from.size());
  for (std::size_t i = 0; i < from.size(); ++i) {
    if constexpr (std::is_lvalue_reference_v<FromList>) {
      Convert::run(from[i], to[i]);
    } else {
      Convert::run(std::move(from[i]), to[i]);
    }
  }
}

struct ConvertMessage {
  template <class From, class To>
  static void run(From&& from, To& to) {
    OTINISH_FIELD(message_id);
    OTINISH_FIELD(correlation_id);
    OTINISH_FIELD(type);
    OTINISH_FIELD(form);
    OTINISH_FIELD(body);
    OTINISH_FIELD(external_id);
    OTINISH_FIELD(reg_number);
    to.attempt = from.attempt;
    OTINISH_FIELD(last_code);
  }
};

struct ConvertNativeRequest {
  template <class From, class To>
  static void run(From&& from, To& to) {
    OTINISH_FIELD(method);
    OTINISH_FIELD(path);
    convertList<ConvertHeader>(std::forward<From>(from).headers, to.headers);
    OTINISH_FIELD(body);
    OTINISH_FIELD(signer);
  }
};

struct ConvertCollectRequest {
  template <class From, class To>
  static void run(From&& from, To& to) {
    OTINISH_FIELD(cursor);
    to.limit = from.limit;
    convertList<ConvertSettled>(std::forward<From>(from).settled, to.settled);
    to.no_room = from.no_room;
  }
};

struct ConvertLookUpQuery {
  template <class From, class To>
  static void run(From&& from, To& to) {
    OTINISH_FIELD(kind);
    OTINISH_FIELD(value);
    OTINISH_FIELD(purpose);
  }
};

struct ConvertAbout {
  template <class From, class To>
  static void run(From&& from, To& to) {
    OTINISH_FIELD(name);
    OTINISH_FIELD(version);
    OTINISH_FIELD(form);
    OTINISH_FIELD(delivers);
    OTINISH_FIELD(verbs);
    convertList<ConvertSetting>(std::forward<From>(from).settings, to.settings);
    to.thread_safe = from.thread_safe;
  }
};

struct ConvertAnswer {
  template <class From, class To>
  static void run(From&& from, To& to) {
    assignNumber(to.outcome, from.outcome);
    OTINISH_FIELD(code);
    OTINISH_FIELD(text);
    to.retry_after_ms = from.retry_after_ms;
    OTINISH_FIELD(external_id);
    convertList<ConvertInbound>(std::forward<From>(from).items, to.items);
    OTINISH_FIELD(cursor);
    to.more = from.more;
    to.native_status = from.native_status;
    OTINISH_FIELD(native_type);
    OTINISH_FIELD(native_body);
    OTINISH_FIELD(result_json);
  }
};

struct ConvertExchangeRequest {
  template <class From, class To>
  static void run(From&& from, To& to) {
    OTINISH_FIELD(endpoint);
    OTINISH_FIELD(method);
    OTINISH_FIELD(path);
    convertList<ConvertHeader>(std::forward<From>(from).headers, to.headers);
    OTINISH_FIELD(body);
    OTINISH_FIELD(to_path);
    OTINISH_FIELD(body_attachment);
    to.into_attachment = from.into_attachment;
  }
};

struct ConvertExchangeResponse {
  template <class From, class To>
  static void run(From&& from, To& to) {
    to.ok = from.ok;
    OTINISH_FIELD(code);
    OTINISH_FIELD(text);
    to.retryable = from.retryable;
    to.maybe_delivered = from.maybe_delivered;
    to.status = from.status;
    convertList<ConvertHeader>(std::forward<From>(from).headers, to.headers);
    OTINISH_FIELD(body);
    OTINISH_FIELD(signer);
    convertList<ConvertFileEntry>(std::forward<From>(from).files, to.files);
    OTINISH_FIELD(attachment_sha256);
    to.attachment_size = from.attachment_size;
  }
};

struct ConvertCrypto {
  template <class From, class To>
  static void run(From&& from, To& to) {
    to.ok = from.ok;
    OTINISH_FIELD(bytes);
    OTINISH_FIELD(signer);
    OTINISH_FIELD(code);
    OTINISH_FIELD(text);
  }
};
#undef OTINISH_FIELD

gen::Configuration configurationOf(const otinish::Configuration& from) {
  gen::Configuration to;
  to.destination = from.destination;
  to.settings_json = from.settings_json;
  convertList<ConvertConfigFile>(from.files, to.files);
  return to;
}

otinish::Configuration configurationOf(const gen::Configuration& from) {
  otinish::Configuration to;
  to.destination = from.destination;
  to.settings_json = from.settings_json;
  convertList<ConvertConfigFile>(from.files, to.files);
  return to;
}

// ---- frames -----------------------------------------------------------------------------------

std::shared_ptr<TConfiguration> configFor(std::size_t bytes_max) {
  return std::make_shared<TConfiguration>(static_cast<int>(bytes_max), static_cast<int>(bytes_max),
                                          16);
}

// A protocol that reads one frame and nothing beyond it.
std::shared_ptr<Protocol> reader(const FrameBytes& frame, std::size_t list_items_max) {
  auto buffer = std::make_shared<TMemoryBuffer>(reinterpret_cast<std::uint8_t*>(frame.data.get()),
                                                static_cast<std::uint32_t>(frame.size),
                                                TMemoryBuffer::OBSERVE, configFor(frame.size + 1));
  auto protocol = std::make_shared<Protocol>(buffer);
  protocol->setStringSizeLimit(static_cast<std::int32_t>(frame.size));
  protocol->setContainerSizeLimit(static_cast<std::int32_t>(list_items_max));
  return protocol;
}

std::shared_ptr<Protocol> reader(const FrameBytes& frame, const Limits& limits) {
  return reader(frame, limits.list_items_max);
}

struct Writer {
  std::shared_ptr<TMemoryBuffer> buffer;
  std::shared_ptr<Protocol> protocol;
};

Writer writer(std::size_t expected) {
  auto buffer = std::make_shared<TMemoryBuffer>(static_cast<std::uint32_t>(expected + 1024));
  return {buffer, std::make_shared<Protocol>(buffer)};
}

Frame frameOf(const Writer& to) {
  std::uint8_t* data = nullptr;
  std::uint32_t size = 0;
  to.buffer->getBuffer(&data, &size);
  return {to.buffer, {reinterpret_cast<const char*>(data), size}};
}

template <class Send>
Frame requestFrame(std::size_t expected, Send&& send) {
  auto out = writer(expected);
  gen::AdapterClient client(out.protocol);
  send(client);
  return frameOf(out);
}

// Thrift's client believes any reply's name and kind, so both are looked at first.
Status checkReplyTo(const FrameBytes& frame, const Limits& limits, std::string_view name) {
  std::string got;
  apache::thrift::protocol::TMessageType type{};
  std::int32_t sequence = 0;
  reader(frame, limits)->readMessageBegin(got, type, sequence);
  if (type == apache::thrift::protocol::T_EXCEPTION && got == name) {
    return Status::failure("hosting.exception", "the adapter answered with an exception");
  }
  if (type == apache::thrift::protocol::T_REPLY && got == name) return {};
  return Status::failure("hosting.bad_answer", "the adapter answered something else");
}

std::string_view nameOf(Verb verb) {
  switch (verb) {
    case Verb::kAbout:
      return "about";
    case Verb::kConfigure:
      return "configure";
    case Verb::kProbe:
      return "probe";
    case Verb::kDeliver:
      return "deliver";
    case Verb::kCollect:
      return "collect";
    case Verb::kReceive:
      return "receive";
    case Verb::kLookUp:
      return "look_up";
  }
  return {};
}

void receiveReply(Verb verb, gen::AdapterClient& client, gen::Answer& answer) {
  switch (verb) {
    case Verb::kAbout:
      break;
    case Verb::kConfigure:
      return client.recv_configure(answer);
    case Verb::kProbe:
      return client.recv_probe(answer);
    case Verb::kDeliver:
      return client.recv_deliver(answer);
    case Verb::kCollect:
      return client.recv_collect(answer);
    case Verb::kReceive:
      return client.recv_receive(answer);
    case Verb::kLookUp:
      return client.recv_look_up(answer);
  }
}

Deadline deadlineOf(std::int32_t deadline_ms) {
  return std::chrono::steady_clock::now() + std::chrono::milliseconds(std::max(0, deadline_ms));
}

// ---- the hub serves Host ----------------------------------------------------------------------

class HostHandler final : public gen::HostIf {
 public:
  HostHandler(HostServices& services, Deadline deadline, const Limits& limits)
      : services_(services), deadline_(deadline), limits_(limits) {}

  void exchange(gen::ExchangeResponse& to, const gen::ExchangeRequest& request) override {
    otinish::ExchangeRequest from;
    ConvertExchangeRequest::run(request, from);
    otinish::ExchangeResponse response;
    try {
      response = services_.exchange(from, exchangeDeadline(deadline_));
    } catch (const std::exception&) {
      response = failed("the hub failed inside exchange");
    }
    // Bodies are bounded where they are read; the check keeps an oversized frame from being sent.
    if (response.body.size() > limits_.exchange_bytes_max) {
      response = failed("the response is larger than an exchange may be");
    }
    ConvertExchangeResponse::run(std::move(response), to);
  }

  void sign(gen::CryptoResult& to, const std::string& key, const std::string& profile,
            const std::string& bytes) override {
    crypto(to, [&] { return services_.sign(key, profile, bytes); });
  }

  void verify(gen::CryptoResult& to, const std::string& profile, const std::string& bytes,
              const std::string& signature) override {
    crypto(to, [&] { return services_.verify(profile, bytes, signature); });
  }

  void log(const std::int32_t level, const std::string& event, const std::string& text) override {
    services_.log(level, event, text);
  }

  std::int64_t time_left() override { return pollMs(deadline_); }

 private:
  static otinish::ExchangeResponse failed(const char* text) {
    otinish::ExchangeResponse response;
    response.code = "hosting.host_failed";
    response.text = text;
    response.retryable = true;
    response.maybe_delivered = true;
    return response;
  }

  template <class Action>
  static void crypto(gen::CryptoResult& to, Action&& action) {
    CryptoAnswer answer;
    try {
      answer = action();
    } catch (const std::exception&) {
      answer.code = "hosting.host_failed";
      answer.text = "the hub failed inside a cryptographic call";
    }
    ConvertCrypto::run(std::move(answer), to);
  }

  HostServices& services_;
  Deadline deadline_;
  const Limits& limits_;
};

// ---- the runner serves Adapter ----------------------------------------------------------------

class AdapterHandler final : public gen::AdapterIf {
 public:
  explicit AdapterHandler(AdapterVerbs& verbs) : verbs_(verbs) {}

  void about(gen::About& to, const std::int32_t) override {
    ConvertAbout::run(verbs_.about(), to);
    to.contract = kContract;
  }
  void configure(gen::Answer& to, const std::int32_t ms,
                 const gen::Configuration& configuration) override {
    ConvertAnswer::run(verbs_.configure(configurationOf(configuration), deadlineOf(ms)), to);
  }
  void probe(gen::Answer& to, const std::int32_t ms) override {
    ConvertAnswer::run(verbs_.probe(deadlineOf(ms)), to);
  }
  void deliver(gen::Answer& to, const std::int32_t ms, const gen::Message& message) override {
    ConvertAnswer::run(
        verbs_.deliver(own<otinish::Message, ConvertMessage>(message), deadlineOf(ms)), to);
  }
  void collect(gen::Answer& to, const std::int32_t ms,
               const gen::CollectRequest& request) override {
    ConvertAnswer::run(verbs_.collect(own<otinish::CollectRequest, ConvertCollectRequest>(request),
                                      deadlineOf(ms)),
                       to);
  }
  void receive(gen::Answer& to, const std::int32_t ms, const gen::NativeRequest& request) override {
    ConvertAnswer::run(
        verbs_.receive(own<otinish::NativeRequest, ConvertNativeRequest>(request), deadlineOf(ms)),
        to);
  }
  void look_up(gen::Answer& to, const std::int32_t ms, const gen::LookUpQuery& query) override {
    ConvertAnswer::run(
        verbs_.lookUp(own<otinish::LookUpQuery, ConvertLookUpQuery>(query), deadlineOf(ms)), to);
  }

 private:
  template <class To, class Convert, class From>
  static To own(const From& from) {
    To to;
    Convert::run(from, to);
    return to;
  }
  AdapterVerbs& verbs_;
};

// ---- the runner calls Host --------------------------------------------------------------------

class SocketHost final : public HostServices {
 public:
  SocketHost(int fd, const Limits& limits) : fd_(fd), limits_(limits) {}

  otinish::ExchangeResponse exchange(const otinish::ExchangeRequest& request, Deadline) override {
    gen::ExchangeRequest sent;
    ConvertExchangeRequest::run(request, sent);
    gen::ExchangeResponse got;
    otinish::ExchangeResponse response;
    const bool worked = call(
        request.body.size(), [&](gen::HostClient& client) { client.send_exchange(sent); },
        [&](gen::HostClient& client) { client.recv_exchange(got); });
    if (!worked) {
      response.code = "hosting.host_failed";
      response.text = "the hub did not answer";
      response.retryable = true;
      response.maybe_delivered = true;
      return response;
    }
    ConvertExchangeResponse::run(std::move(got), response);
    return response;
  }

  CryptoAnswer sign(std::string_view key, std::string_view profile,
                    std::string_view bytes) override {
    gen::CryptoResult got;
    const bool worked = call(
        bytes.size(),
        [&](gen::HostClient& client) {
          client.send_sign(std::string(key), std::string(profile), std::string(bytes));
        },
        [&](gen::HostClient& client) { client.recv_sign(got); });
    return cryptoAnswer(worked, std::move(got));
  }

  CryptoAnswer verify(std::string_view profile, std::string_view bytes,
                      std::string_view signature) override {
    gen::CryptoResult got;
    const bool worked = call(
        bytes.size() + signature.size(),
        [&](gen::HostClient& client) {
          client.send_verify(std::string(profile), std::string(bytes), std::string(signature));
        },
        [&](gen::HostClient& client) { client.recv_verify(got); });
    return cryptoAnswer(worked, std::move(got));
  }

  void log(int level, std::string_view event, std::string_view text) override {
    call(
        text.size(),
        [&](gen::HostClient& client) {
          client.send_log(level, std::string(event), std::string(text));
        },
        [](gen::HostClient& client) { client.recv_log(); });
  }

 private:
  // False if the hub could not be asked or its reply could not be read.
  template <class Send, class Receive>
  bool call(std::size_t expected, Send&& send, Receive&& receive) {
    try {
      auto out = writer(expected);
      gen::HostClient sender(out.protocol);
      send(sender);
      const Frame frame = frameOf(out);
      if (frame.bytes.size() > frameBytesMax(limits_)) return false;
      // The hub ends a process that is past its deadline; this bound only outlasts that moment.
      const auto until = std::chrono::steady_clock::now() + std::chrono::hours(1);
      FrameBytes reply;
      if (sendFrame(fd_, frame.bytes, until) != Io::kOk) return false;
      if (receiveFrame(fd_, reply, frameBytesMax(limits_), until) != Io::kOk) return false;
      // Of the hub's own replies a listing holds the longest list.
      gen::HostClient receiver(
          reader(reply, std::max(limits_.list_items_max, otinish::kListedFilesMax)));
      receive(receiver);
      return true;
    } catch (const apache::thrift::TException&) {
      return false;
    }
  }

  static CryptoAnswer cryptoAnswer(bool worked, gen::CryptoResult&& got) {
    CryptoAnswer answer;
    if (worked) {
      ConvertCrypto::run(std::move(got), answer);
    } else {
      answer.code = "hosting.host_failed";
      answer.text = "the hub did not answer";
    }
    return answer;
  }

  int fd_;
  Limits limits_;
};

// Anything but a call makes Thrift's processor write to standard error past the hub's log.
bool isCall(const FrameBytes& frame, const Limits& limits) {
  std::string name;
  apache::thrift::protocol::TMessageType type{};
  std::int32_t sequence = 0;
  reader(frame, limits)->readMessageBegin(name, type, sequence);
  return type == apache::thrift::protocol::T_CALL;
}

template <class Processor, class Handler>
Result<Frame> serve(const FrameBytes& request, std::shared_ptr<Handler> handler,
                    std::size_t expected, const Limits& limits) {
  try {
    auto out = writer(expected);
    Processor processor(handler);
    if (!isCall(request, limits) ||
        !processor.process(reader(request, limits), out.protocol, nullptr)) {
      return Error{"hosting.protocol", "a request could not be served", {}, 0};
    }
    return frameOf(out);
  } catch (const std::exception&) {
    return Error{"hosting.protocol", "a request could not be read", {}, 0};
  }
}

}  // namespace

std::size_t answerFrameBytesMax(const Limits& limits) {
  return limits.adapter_answer_bytes_max + kFrameOverheadBytes;
}

std::size_t frameBytesMax(const Limits& limits) {
  return std::max(
             {limits.adapter_answer_bytes_max, limits.exchange_bytes_max, limits.body_bytes_max}) +
         kFrameOverheadBytes;
}

Frame aboutRequest(int deadline_ms) {
  return requestFrame(0, [&](auto& client) { client.send_about(deadline_ms); });
}

Frame configureRequest(int deadline_ms, const otinish::Configuration& configuration) {
  const auto to = configurationOf(configuration);
  return requestFrame(to.settings_json.size(),
                      [&](auto& client) { client.send_configure(deadline_ms, to); });
}

Frame probeRequest(int deadline_ms) {
  return requestFrame(0, [&](auto& client) { client.send_probe(deadline_ms); });
}

Frame deliverRequest(int deadline_ms, const otinish::Message& message) {
  gen::Message to;
  ConvertMessage::run(message, to);
  return requestFrame(message.body.size(),
                      [&](auto& client) { client.send_deliver(deadline_ms, to); });
}

Frame collectRequest(int deadline_ms, const otinish::CollectRequest& request) {
  gen::CollectRequest to;
  ConvertCollectRequest::run(request, to);
  return requestFrame(0, [&](auto& client) { client.send_collect(deadline_ms, to); });
}

Frame receiveRequest(int deadline_ms, const otinish::NativeRequest& request) {
  gen::NativeRequest to;
  ConvertNativeRequest::run(request, to);
  return requestFrame(request.body.size(),
                      [&](auto& client) { client.send_receive(deadline_ms, to); });
}

Frame lookUpRequest(int deadline_ms, const otinish::LookUpQuery& query) {
  gen::LookUpQuery to;
  ConvertLookUpQuery::run(query, to);
  return requestFrame(0, [&](auto& client) { client.send_look_up(deadline_ms, to); });
}

Result<otinish::About> readAboutReply(const FrameBytes& frame, const Limits& limits) {
  try {
    if (!checkReplyTo(frame, limits, "about")) {
      return Error{"hosting.bad_about", "the adapter did not answer about", {}, 0};
    }
    gen::About got;
    gen::AdapterClient client(reader(frame, limits));
    client.recv_about(got);
    if (got.contract != kContract) {
      return Error{"hosting.abi",
                   "the adapter speaks another contract than " + std::string(kContract),
                   {},
                   0};
    }
    otinish::About about;
    ConvertAbout::run(std::move(got), about);
    if (auto status = checkAbout(about); !status) return status;
    return about;
  } catch (const std::exception&) {
    return Error{"hosting.bad_about", "the adapter's about cannot be read", {}, 0};
  }
}

Result<otinish::Answer> readAnswerReply(Verb verb, const FrameBytes& frame, const Limits& limits) {
  try {
    if (auto status = checkReplyTo(frame, limits, nameOf(verb)); !status) return status;
    gen::Answer got;
    gen::AdapterClient client(reader(frame, limits));
    receiveReply(verb, client, got);
    otinish::Answer answer;
    ConvertAnswer::run(std::move(got), answer);
    return answer;
  } catch (const std::exception&) {
    return Error{"hosting.bad_answer", "the adapter's answer cannot be read", {}, 0};
  }
}

Result<Frame> serveHost(const FrameBytes& request, HostServices& services, Deadline deadline,
                        const Limits& limits) {
  return serve<gen::HostProcessor>(
      request, std::make_shared<HostHandler>(services, deadline, limits), 4096, limits);
}

Result<Frame> serveAdapter(const FrameBytes& request, AdapterVerbs& verbs, const Limits& limits) {
  return serve<gen::AdapterProcessor>(request, std::make_shared<AdapterHandler>(verbs), 4096,
                                      limits);
}

std::unique_ptr<HostServices> hostOverSocket(int fd, const Limits& limits) {
  return std::make_unique<SocketHost>(fd, limits);
}

}  // namespace hub::hosting::wire
