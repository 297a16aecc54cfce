#include "hub/hosting/border.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <exception>

#include "hub/hosting/settings.h"

namespace hub::hosting {
namespace {

using otinish::Answer;
using otinish::Outcome;

// Reads a field only if it lies inside the size its writer declared (contract 0, convention 3).
template <class S, class F>
F fieldOf(const S* from, F S::*member) {
  const auto offset = static_cast<std::size_t>(reinterpret_cast<const char*>(&(from->*member)) -
                                               reinterpret_cast<const char*>(from));
  return offset + sizeof(F) <= from->size ? from->*member : F{};
}

hub_bytes lend(std::string_view text) { return {text.data(), text.size()}; }

std::string_view viewOf(hub_bytes bytes) {
  return bytes.data == nullptr ? std::string_view{} : std::string_view(bytes.data, bytes.size);
}

template <class S>
std::string textOf(const S* from, hub_bytes S::*member) {
  return std::string(viewOf(fieldOf(from, member)));
}

template <class S>
S sized() {
  S value{};
  value.size = sizeof(S);
  return value;
}

// ---- the call an adapter is in ----------------------------------------------------------------

struct Call {
  HostServices* services;
  Deadline deadline;
  std::uintptr_t token;
  bool threw = false;  // an adapter's own callback threw across the border
};

thread_local Call* current_call = nullptr;

// A handle is a number, not an address: one that is kept after its verb, or used on another thread,
// is recognised instead of followed.
Call* callOf(void* handle) {
  return current_call != nullptr &&
                 reinterpret_cast<void*>(current_call->token) == handle  // NOLINT
             ? current_call
             : nullptr;
}

class CallScope {
 public:
  CallScope(HostServices& services, Deadline deadline)
      : call_{&services, deadline, nextToken()}, outer_(current_call) {
    current_call = &call_;
  }
  ~CallScope() { current_call = outer_; }
  CallScope(const CallScope&) = delete;
  CallScope& operator=(const CallScope&) = delete;
  void* handle() const { return reinterpret_cast<void*>(call_.token); }  // NOLINT
  bool threw() const { return call_.threw; }

 private:
  static std::uintptr_t nextToken() {
    static std::atomic<std::uintptr_t> last{0};
    return ++last;
  }
  Call call_;
  Call* outer_;
};

// ---- host functions ---------------------------------------------------------------------------

std::vector<otinish::Header> headersOf(const hub_exchange_request* request) {
  std::vector<otinish::Header> headers;
  const auto* list = fieldOf(request, &hub_exchange_request::headers);
  const auto count = fieldOf(request, &hub_exchange_request::headers_count);
  for (std::size_t i = 0; list != nullptr && i < count; ++i) {
    if (list[i] == nullptr) continue;
    headers.push_back({textOf(list[i], &hub_header::name), textOf(list[i], &hub_header::value)});
  }
  return headers;
}

otinish::ExchangeRequest exchangeRequestOf(const hub_exchange_request* from) {
  using R = hub_exchange_request;
  otinish::ExchangeRequest to;
  to.endpoint = textOf(from, &R::endpoint);
  to.method = textOf(from, &R::method);
  to.path = textOf(from, &R::path);
  to.headers = headersOf(from);
  to.body = textOf(from, &R::body);
  to.to_path = textOf(from, &R::to_path);
  to.body_attachment = textOf(from, &R::body_attachment);
  to.into_attachment = fieldOf(from, &R::into_attachment) != 0;
  return to;
}

template <class T>
std::vector<const T*> pointersTo(const std::vector<T>& items) {
  std::vector<const T*> pointers;
  pointers.reserve(items.size());
  for (const auto& item : items) pointers.push_back(&item);
  return pointers;
}

std::vector<hub_header> lendHeaders(const std::vector<otinish::Header>& headers) {
  std::vector<hub_header> lent;
  lent.reserve(headers.size());
  for (const auto& h : headers) lent.push_back({sizeof(hub_header), lend(h.name), lend(h.value)});
  return lent;
}

void giveExchangeResponse(const otinish::ExchangeResponse& from, hub_exchange_fn done,
                          void* context) {
  const auto headers = lendHeaders(from.headers);
  const auto header_pointers = pointersTo(headers);
  std::vector<hub_file_entry> files;
  files.reserve(from.files.size());
  for (const auto& f : from.files) {
    files.push_back(
        {sizeof(hub_file_entry), lend(f.name), f.size, f.modified_ms, f.complete ? 1 : 0});
  }
  const auto file_pointers = pointersTo(files);
  auto to = sized<hub_exchange_response>();
  to.ok = from.ok ? 1 : 0;
  to.code = lend(from.code);
  to.text = lend(from.text);
  to.retryable = from.retryable ? 1 : 0;
  to.maybe_delivered = from.maybe_delivered ? 1 : 0;
  to.status = from.status;
  to.headers = header_pointers.data();
  to.headers_count = header_pointers.size();
  to.body = lend(from.body);
  to.signer = lend(from.signer);
  to.files = file_pointers.data();
  to.files_count = file_pointers.size();
  to.attachment_sha256 = lend(from.attachment_sha256);
  to.attachment_size = from.attachment_size;
  done(context, &to);
}

void giveCryptoAnswer(const CryptoAnswer& from, hub_crypto_fn done, void* context) {
  auto to = sized<hub_crypto_result>();
  to.ok = from.ok ? 1 : 0;
  to.bytes = lend(from.bytes);
  to.signer = lend(from.signer);
  to.code = lend(from.code);
  to.text = lend(from.text);
  done(context, &to);
}

// Runs the adapter's callback; what it throws stays here and fails the verb.
template <class F>
void runCallback(Call* call, F&& callback) noexcept {
  try {
    callback();
  } catch (...) {
    if (call != nullptr) call->threw = true;
  }
}

void hostExchange(void* handle, const hub_exchange_request* request, hub_exchange_fn done,
                  void* context) noexcept {
  Call* call = callOf(handle);
  runCallback(call, [&] {
    otinish::ExchangeResponse response;
    if (call == nullptr || request == nullptr) {
      response.code = "hosting.no_call";
      response.text = "the host was called outside a verb";
    } else {
      try {
        response =
            call->services->exchange(exchangeRequestOf(request), exchangeDeadline(call->deadline));
      } catch (const std::exception&) {
        response = {};
        response.code = "hosting.host_failed";
        response.text = "the hub failed inside exchange";
        response.retryable = true;
        response.maybe_delivered = true;
      }
    }
    if (done != nullptr) giveExchangeResponse(response, done, context);
  });
}

template <class F>
void hostCrypto(void* handle, hub_crypto_fn done, void* context, F&& action) noexcept {
  Call* call = callOf(handle);
  runCallback(call, [&] {
    CryptoAnswer answer;
    if (call == nullptr) {
      answer.code = "hosting.no_call";
      answer.text = "the host was called outside a verb";
    } else {
      try {
        answer = action(*call->services);
      } catch (const std::exception&) {
        answer = {};
        answer.code = "hosting.host_failed";
        answer.text = "the hub failed inside a cryptographic call";
      }
    }
    if (done != nullptr) giveCryptoAnswer(answer, done, context);
  });
}

void hostSign(void* handle, hub_bytes key, hub_bytes profile, hub_bytes bytes, hub_crypto_fn done,
              void* context) noexcept {
  hostCrypto(handle, done, context, [&](HostServices& services) {
    return services.sign(viewOf(key), viewOf(profile), viewOf(bytes));
  });
}

void hostVerify(void* handle, hub_bytes profile, hub_bytes bytes, hub_bytes signature,
                hub_crypto_fn done, void* context) noexcept {
  hostCrypto(handle, done, context, [&](HostServices& services) {
    return services.verify(viewOf(profile), viewOf(bytes), viewOf(signature));
  });
}

void hostLog(void* handle, std::int32_t level, hub_bytes event, hub_bytes text) noexcept {
  if (Call* call = callOf(handle)) {
    runCallback(nullptr, [&] { call->services->log(level, viewOf(event), viewOf(text)); });
  }
}

std::int64_t hostTimeLeft(void* handle) noexcept {
  const Call* call = callOf(handle);
  if (call == nullptr) return 0;
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
      call->deadline - std::chrono::steady_clock::now());
  return std::max<std::int64_t>(0, left.count());
}

const hub_host host_table = {sizeof(hub_host), hostExchange, hostSign,
                             hostVerify,       hostLog,      hostTimeLeft};

// ---- answers ----------------------------------------------------------------------------------

struct AnswerSink {
  const Limits* limits;
  int count = 0;
  std::size_t bytes = 0;
  const char* problem = nullptr;  // code of what is wrong with the answer
  Answer answer;
};

// Copies one text out of a foreign struct, within the sink's byte budget.
template <class S>
void take(AnswerSink& sink, std::string& to, const S* from, hub_bytes S::*member) {
  const auto bytes = fieldOf(from, member);
  if (bytes.data == nullptr && bytes.size != 0) {
    sink.problem = "hosting.bad_answer";
    return;
  }
  if (bytes.size > sink.limits->adapter_answer_bytes_max - sink.bytes) {
    sink.problem = "hosting.answer_too_large";
    return;
  }
  sink.bytes += bytes.size;
  to.assign(viewOf(bytes));
}

otinish::Inbound takeInbound(AnswerSink& sink, const hub_inbound* from) {
  using I = hub_inbound;
  otinish::Inbound to;
  take(sink, to.item_id, from, &I::item_id);
  take(sink, to.type, from, &I::type);
  take(sink, to.form, from, &I::form);
  take(sink, to.body, from, &I::body);
  take(sink, to.correlation_id, from, &I::correlation_id);
  take(sink, to.in_reply_to, from, &I::in_reply_to);
  take(sink, to.external_id, from, &I::external_id);
  take(sink, to.reg_number, from, &I::reg_number);
  take(sink, to.problem_code, from, &I::problem_code);
  take(sink, to.problem_text, from, &I::problem_text);
  take(sink, to.raw, from, &I::raw);
  return to;
}

void takeItems(AnswerSink& sink, const hub_answer* from) {
  const auto* items = fieldOf(from, &hub_answer::items);
  const auto count = fieldOf(from, &hub_answer::items_count);
  if (count > sink.limits->list_items_max) {
    sink.problem = "hosting.answer_too_large";
    return;
  }
  if (items == nullptr && count != 0) {
    sink.problem = "hosting.bad_answer";
    return;
  }
  for (std::size_t i = 0; i < count && sink.problem == nullptr; ++i) {
    if (items[i] == nullptr) {
      sink.problem = "hosting.bad_answer";
    } else {
      sink.answer.items.push_back(takeInbound(sink, items[i]));
    }
  }
}

void takeAnswer(AnswerSink& sink, const hub_answer* from) {
  using A = hub_answer;
  auto& to = sink.answer;
  to.outcome = static_cast<Outcome>(fieldOf(from, &A::outcome));
  take(sink, to.code, from, &A::code);
  take(sink, to.text, from, &A::text);
  to.retry_after_ms = fieldOf(from, &A::retry_after_ms);
  take(sink, to.external_id, from, &A::external_id);
  takeItems(sink, from);
  take(sink, to.cursor, from, &A::cursor);
  to.more = fieldOf(from, &A::more) != 0;
  to.native_status = fieldOf(from, &A::native_status);
  take(sink, to.native_type, from, &A::native_type);
  take(sink, to.native_body, from, &A::native_body);
  take(sink, to.result_json, from, &A::result_json);
}

// The answer callback: runs on the adapter's stack, so nothing may be thrown through it.
void onAnswer(void* context, const hub_answer* answer) noexcept {
  auto& sink = *static_cast<AnswerSink*>(context);
  ++sink.count;
  if (sink.count > 1 || answer == nullptr) {
    sink.problem = "hosting.bad_answer";
    return;
  }
  try {
    takeAnswer(sink, answer);
  } catch (const std::exception&) {
    sink.problem = "hosting.answer_too_large";
  }
}

Answer finish(AnswerSink& sink) {
  if (sink.count == 0) {
    return failedAnswer(Outcome::kFault, "hosting.bad_answer", "the adapter did not answer");
  }
  if (sink.count > 1) {
    return failedAnswer(Outcome::kFault, "hosting.bad_answer", "the adapter answered twice");
  }
  if (sink.problem != nullptr) {
    return failedAnswer(Outcome::kFault, sink.problem, "the adapter's answer cannot be read");
  }
  judgeAnswer(sink.answer, *sink.limits);
  return std::move(sink.answer);
}

// Runs one verb: `call(handle, sink)` invokes the adapter's function.
template <class Function, class Invoke>
Answer runVerb(Function* function, const Limits& limits, HostServices& services, Deadline deadline,
               Invoke&& invoke) {
  if (function == nullptr) {
    return failedAnswer(Outcome::kUnsupported, "hosting.unsupported",
                        "the adapter has no such verb");
  }
  AnswerSink sink{&limits, 0, 0, nullptr, {}};
  CallScope scope(services, deadline);
  try {
    invoke(scope.handle(), static_cast<void*>(&sink));
  } catch (...) {
    return failedAnswer(Outcome::kFault, "hosting.exception",
                        "the adapter let an exception across the border");
  }
  if (scope.threw()) {
    return failedAnswer(Outcome::kFault, "hosting.exception",
                        "the adapter's callback let an exception across the border");
  }
  return finish(sink);
}

hub_adapter withinItsSize(const hub_adapter* table) {
  auto copy = sized<hub_adapter>();
  copy.about = fieldOf(table, &hub_adapter::about);
  copy.create = fieldOf(table, &hub_adapter::create);
  copy.destroy = fieldOf(table, &hub_adapter::destroy);
  copy.configure = fieldOf(table, &hub_adapter::configure);
  copy.probe = fieldOf(table, &hub_adapter::probe);
  copy.deliver = fieldOf(table, &hub_adapter::deliver);
  copy.collect = fieldOf(table, &hub_adapter::collect);
  copy.receive = fieldOf(table, &hub_adapter::receive);
  copy.look_up = fieldOf(table, &hub_adapter::look_up);
  return copy;
}

struct AboutSink {
  int count = 0;
  bool failed = false;
  std::string json;
};

void onAbout(void* context, hub_bytes about_json) noexcept {
  auto& sink = *static_cast<AboutSink*>(context);
  ++sink.count;
  if (about_json.size > kAboutBytesMax) return;
  try {
    sink.json.assign(viewOf(about_json));
  } catch (const std::exception&) {
    sink.failed = true;
  }
}

std::size_t bytesOf(const otinish::Inbound& i) {
  return i.item_id.size() + i.type.size() + i.form.size() + i.body.size() +
         i.correlation_id.size() + i.in_reply_to.size() + i.external_id.size() +
         i.reg_number.size() + i.problem_code.size() + i.problem_text.size() + i.raw.size();
}

std::size_t bytesOf(const Answer& a) {
  std::size_t total = a.code.size() + a.text.size() + a.external_id.size() + a.cursor.size() +
                      a.native_type.size() + a.native_body.size() + a.result_json.size();
  for (const auto& item : a.items) total += bytesOf(item);
  return total;
}

}  // namespace

Deadline exchangeDeadline(Deadline call) {
  constexpr std::chrono::milliseconds kReserveMax(2'000);
  const auto left = call - std::chrono::steady_clock::now();
  if (left <= left.zero()) return call;
  return call - std::min<Deadline::duration>(left / 10, kReserveMax);
}

Answer failedAnswer(Outcome outcome, std::string_view code, std::string text,
                    std::int64_t retry_after_ms) {
  Answer answer;
  answer.outcome = outcome;
  answer.code = code;
  answer.text = std::move(text);
  answer.retry_after_ms = retry_after_ms;
  return answer;
}

Answer overtakenAnswer() {
  return failedAnswer(Outcome::kRetry, "hosting.overtaken",
                      "what it was made for was over before an adapter was free");
}

void judgeAnswer(Answer& answer, const Limits& limits) {
  const int outcome = static_cast<int>(answer.outcome);
  if (outcome < HUB_DONE || outcome > HUB_FAULT) {
    answer = failedAnswer(Outcome::kFault, "hosting.unknown_outcome",
                          "the adapter answered with outcome " + std::to_string(outcome));
    return;
  }
  if (bytesOf(answer) > limits.adapter_answer_bytes_max ||
      answer.items.size() > limits.list_items_max) {
    answer = failedAnswer(Outcome::kFault, "hosting.answer_too_large",
                          "the adapter's answer is larger than its limit");
    return;
  }
  const bool possible_status =
      answer.native_status == 0 || (answer.native_status >= 200 && answer.native_status <= 599);
  if (!possible_status || answer.retry_after_ms < 0) {
    answer = failedAnswer(Outcome::kFault, "hosting.bad_answer",
                          "the adapter's answer holds an impossible number");
    return;
  }
  if (answer.outcome != Outcome::kDone && answer.outcome != Outcome::kPending &&
      answer.code.empty()) {
    answer.code = "hosting.no_code";
  }
}

Result<otinish::About> readAbout(const hub_adapter* table) {
  const auto about = fieldOf(table, &hub_adapter::about);
  if (about == nullptr)
    return Error{"hosting.bad_about", "the adapter has no about function", {}, 0};
  AboutSink sink;
  try {
    about(onAbout, &sink);
  } catch (...) {
    return Error{"hosting.exception", "the adapter's about let an exception out", {}, 0};
  }
  if (sink.count != 1 || sink.failed || sink.json.empty()) {
    return Error{"hosting.bad_about", "about did not answer exactly once within its size", {}, 0};
  }
  return aboutFromJson(sink.json);
}

Result<std::unique_ptr<BorderInstance>> BorderInstance::create(const hub_adapter* table,
                                                               const Limits& limits) {
  const auto own = withinItsSize(table);
  if (own.create == nullptr || own.destroy == nullptr || own.configure == nullptr) {
    return Error{"hosting.missing_entry", "the adapter lacks create, destroy or configure", {}, 0};
  }
  void* instance = nullptr;
  try {
    instance = own.create(&host_table);
  } catch (...) {
    return Error{"hosting.start_failed", "the adapter's create let an exception out", {}, 0};
  }
  if (instance == nullptr) {
    return Error{"hosting.start_failed", "the adapter's create gave no instance", {}, 0};
  }
  return std::unique_ptr<BorderInstance>(new BorderInstance(own, instance, limits));
}

BorderInstance::~BorderInstance() {
  try {
    table_.destroy(instance_);
  } catch (...) {  // nothing is left to fail: the instance is gone either way
  }
}

Answer BorderInstance::configure(const otinish::Configuration& from, HostServices& services,
                                 Deadline deadline) {
  std::vector<hub_config_file> files;
  files.reserve(from.files.size());
  for (const auto& f : from.files) {
    files.push_back({sizeof(hub_config_file), lend(f.name), lend(f.bytes)});
  }
  const auto pointers = pointersTo(files);
  const hub_configuration to = {sizeof(hub_configuration), lend(from.destination),
                                lend(from.settings_json), pointers.data(), pointers.size()};
  return runVerb(table_.configure, limits_, services, deadline, [&](void* call, void* sink) {
    table_.configure(instance_, call, &to, onAnswer, sink);
  });
}

Answer BorderInstance::probe(HostServices& services, Deadline deadline) {
  return runVerb(table_.probe, limits_, services, deadline,
                 [&](void* call, void* sink) { table_.probe(instance_, call, onAnswer, sink); });
}

Answer BorderInstance::deliver(const otinish::Message& from, HostServices& services,
                               Deadline deadline) {
  const hub_message to = {sizeof(hub_message),    lend(from.message_id), lend(from.correlation_id),
                          lend(from.type),        lend(from.form),       lend(from.body),
                          lend(from.external_id), lend(from.reg_number), from.attempt,
                          lend(from.last_code)};
  return runVerb(table_.deliver, limits_, services, deadline, [&](void* call, void* sink) {
    table_.deliver(instance_, call, &to, onAnswer, sink);
  });
}

Answer BorderInstance::collect(const otinish::CollectRequest& from, HostServices& services,
                               Deadline deadline) {
  std::vector<hub_settled> settled;
  settled.reserve(from.settled.size());
  for (const auto& s : from.settled) {
    settled.push_back({sizeof(hub_settled), lend(s.item_id), s.accepted ? 1 : 0, lend(s.code),
                       lend(s.text), lend(s.reference)});
  }
  const auto pointers = pointersTo(settled);
  const hub_collect_request to = {
      sizeof(hub_collect_request), lend(from.cursor), from.limit, pointers.data(), pointers.size(),
      from.no_room ? 1 : 0};
  return runVerb(table_.collect, limits_, services, deadline, [&](void* call, void* sink) {
    table_.collect(instance_, call, &to, onAnswer, sink);
  });
}

Answer BorderInstance::receive(const otinish::NativeRequest& from, HostServices& services,
                               Deadline deadline) {
  const auto headers = lendHeaders(from.headers);
  const auto pointers = pointersTo(headers);
  const hub_native_request to = {sizeof(hub_native_request),
                                 lend(from.method),
                                 lend(from.path),
                                 pointers.data(),
                                 pointers.size(),
                                 lend(from.body),
                                 lend(from.signer)};
  return runVerb(table_.receive, limits_, services, deadline, [&](void* call, void* sink) {
    table_.receive(instance_, call, &to, onAnswer, sink);
  });
}

Answer BorderInstance::lookUp(const otinish::LookUpQuery& from, HostServices& services,
                              Deadline deadline) {
  const hub_look_up_query to = {sizeof(hub_look_up_query), lend(from.kind), lend(from.value),
                                lend(from.purpose)};
  return runVerb(table_.look_up, limits_, services, deadline, [&](void* call, void* sink) {
    table_.look_up(instance_, call, &to, onAnswer, sink);
  });
}

}  // namespace hub::hosting
