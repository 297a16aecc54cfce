#include "adapters/kit/adapter.h"

#include <cstddef>
#include <nlohmann/json.hpp>
#include <utility>

#include "adapters/kit/error.h"
#include "adapters/kit/outcome.h"
#include "adapters/kit/text.h"

namespace otinish::kit {
namespace {

// True if the writer of the struct knew the field (hub_adapter.h, convention 3).
#define OTINISH_KNOWS(pointer, field) \
  ((pointer)->size >=                 \
   offsetof(std::remove_cvref_t<decltype(*(pointer))>, field) + sizeof((pointer)->field))
#define OTINISH_TEXT(pointer, field) \
  (OTINISH_KNOWS(pointer, field) ? copy((pointer)->field) : std::string())

std::string copy(hub_bytes bytes) {
  return bytes.data == nullptr ? std::string() : std::string(bytes.data, bytes.size);
}

hub_bytes view(std::string_view text) { return {text.data(), text.size()}; }

std::vector<Header> copyHeaders(const hub_header* const* headers, std::size_t count) {
  std::vector<Header> out;
  out.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    out.push_back({OTINISH_TEXT(headers[i], name), OTINISH_TEXT(headers[i], value)});
  }
  return out;
}

// Elements of one C array together with the pointers the border wants.
template <typename T>
struct Array {
  explicit Array(std::size_t count) : items(count) {
    pointers.reserve(count);
    for (auto& item : items) {
      item.size = sizeof(T);
      pointers.push_back(&item);
    }
  }
  const T* const* data() const { return pointers.empty() ? nullptr : pointers.data(); }
  std::vector<T> items;
  std::vector<const T*> pointers;
};

Array<hub_header> toC(const std::vector<Header>& headers) {
  Array<hub_header> out(headers.size());
  for (std::size_t i = 0; i < headers.size(); ++i) {
    out.items[i].name = view(headers[i].name);
    out.items[i].value = view(headers[i].value);
  }
  return out;
}

ExchangeResponse fromC(const hub_exchange_response& r) {
  const auto* p = &r;
  ExchangeResponse out;
  out.ok = OTINISH_KNOWS(p, ok) && p->ok != 0;
  out.code = OTINISH_TEXT(p, code);
  out.text = OTINISH_TEXT(p, text);
  out.retryable = OTINISH_KNOWS(p, retryable) && p->retryable != 0;
  out.maybe_delivered = OTINISH_KNOWS(p, maybe_delivered) && p->maybe_delivered != 0;
  if (OTINISH_KNOWS(p, status)) out.status = p->status;
  if (OTINISH_KNOWS(p, headers_count)) out.headers = copyHeaders(p->headers, p->headers_count);
  out.body = OTINISH_TEXT(p, body);
  out.signer = OTINISH_TEXT(p, signer);
  for (std::size_t i = 0; OTINISH_KNOWS(p, files_count) && i < p->files_count; ++i) {
    const auto* f = p->files[i];
    FileEntry entry;
    entry.name = OTINISH_TEXT(f, name);
    if (OTINISH_KNOWS(f, bytes)) entry.size = f->bytes;
    if (OTINISH_KNOWS(f, modified_ms)) entry.modified_ms = f->modified_ms;
    if (OTINISH_KNOWS(f, complete)) entry.complete = f->complete != 0;
    out.files.push_back(std::move(entry));
  }
  out.attachment_sha256 = OTINISH_TEXT(p, attachment_sha256);
  if (OTINISH_KNOWS(p, attachment_size)) out.attachment_size = p->attachment_size;
  return out;
}

class BorderHost final : public Host {
 public:
  BorderHost(const hub_host* host, void* call) : host_(host), call_(call) {}

  ExchangeResponse exchange(const ExchangeRequest& request) override {
    const auto headers = toC(request.headers);
    hub_exchange_request c{};
    c.size = sizeof c;
    c.endpoint = view(request.endpoint);
    c.method = view(request.method);
    c.path = view(request.path);
    c.headers = headers.data();
    c.headers_count = request.headers.size();
    c.body = view(request.body);
    c.to_path = view(request.to_path);
    c.body_attachment = view(request.body_attachment);
    c.into_attachment = request.into_attachment ? 1 : 0;
    ExchangeResponse out;
    out.code = "adapter.host_silent";
    out.text = "the hub did not answer the call";
    host_->exchange(
        call_, &c,
        [](void* context, const hub_exchange_response* response) {
          // Copying may run out of memory, which must not unwind through the hub.
          try {
            *static_cast<ExchangeResponse*>(context) = fromC(*response);
          } catch (...) {
            static_cast<ExchangeResponse*>(context)->ok = false;
          }
        },
        &out);
    return out;
  }

  Crypto sign(std::string_view key, std::string_view profile, std::string_view bytes) override {
    Crypto out;
    host_->sign(call_, view(key), view(profile), view(bytes), &takeCrypto, &out);
    return out;
  }

  Crypto verify(std::string_view profile, std::string_view bytes,
                std::string_view signature) override {
    Crypto out;
    host_->verify(call_, view(profile), view(bytes), view(signature), &takeCrypto, &out);
    return out;
  }

  void log(LogLevel level, std::string_view event, std::string_view text) override {
    host_->log(call_, static_cast<std::int32_t>(level), view(event), view(text));
  }

  std::int64_t timeLeftMs() override { return host_->time_left(call_); }

 private:
  static void takeCrypto(void* context, const hub_crypto_result* p) {
    auto& out = *static_cast<Crypto*>(context);
    try {
      out.ok = OTINISH_KNOWS(p, ok) && p->ok != 0;
      out.bytes = OTINISH_TEXT(p, bytes);
      out.signer = OTINISH_TEXT(p, signer);
      out.code = OTINISH_TEXT(p, code);
      out.text = OTINISH_TEXT(p, text);
    } catch (...) {
      out.ok = false;
    }
  }

  const hub_host* host_;
  void* call_;
};

Array<hub_inbound> toC(const std::vector<Inbound>& items) {
  Array<hub_inbound> out(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    const Inbound& item = items[i];
    hub_inbound& c = out.items[i];
    c.item_id = view(item.item_id);
    c.type = view(item.type);
    c.form = view(item.form);
    c.body = view(item.body);
    c.correlation_id = view(item.correlation_id);
    c.in_reply_to = view(item.in_reply_to);
    c.external_id = view(item.external_id);
    c.reg_number = view(item.reg_number);
    c.problem_code = view(item.problem_code);
    c.problem_text = view(item.problem_text);
    c.raw = view(item.raw);
  }
  return out;
}

void send(const Answer& answer, hub_answer_fn done, void* context) {
  const auto items = toC(answer.items);
  hub_answer c{};
  c.size = sizeof c;
  c.outcome = static_cast<std::int32_t>(answer.outcome);
  c.code = view(answer.code);
  c.text = view(answer.text);
  c.retry_after_ms = answer.retry_after_ms;
  c.external_id = view(answer.external_id);
  c.items = items.data();
  c.items_count = answer.items.size();
  c.cursor = view(answer.cursor);
  c.more = answer.more ? 1 : 0;
  c.native_status = answer.native_status;
  c.native_type = view(answer.native_type);
  c.native_body = view(answer.native_body);
  c.result_json = view(answer.result_json);
  done(context, &c);
}

void sendFault(const char* text, hub_answer_fn done, void* context) noexcept {
  hub_answer c{};
  c.size = sizeof c;
  c.outcome = HUB_FAULT;
  c.code = view("adapter.exception");
  c.text = view(text);
  done(context, &c);
}

// What an instance handle points to.
struct Instance {
  const hub_host* host = nullptr;
  std::unique_ptr<Adapter> adapter;
};

// Runs one verb; whatever it throws becomes FAULT. The text of an unknown exception is not passed
// on: it may quote input.
template <typename Verb>
void guarded(void* instance, void* call, hub_answer_fn done, void* context, Verb verb) {
  Answer answer;
  try {
    auto& self = *static_cast<Instance*>(instance);
    BorderHost host(self.host, call);
    answer = verb(*self.adapter, host);
    send(answer, done, context);
  } catch (const MappingError& e) {
    sendFault(e.what(), done, context);
  } catch (...) {
    sendFault("the adapter failed; its log says more", done, context);
  }
}

Configuration fromC(const hub_configuration* p) {
  Configuration out;
  out.destination = OTINISH_TEXT(p, destination);
  out.settings_json = OTINISH_TEXT(p, settings_json);
  for (std::size_t i = 0; OTINISH_KNOWS(p, files_count) && i < p->files_count; ++i) {
    const auto* f = p->files[i];
    out.files.push_back({OTINISH_TEXT(f, name), OTINISH_TEXT(f, bytes)});
  }
  return out;
}

Message fromC(const hub_message* p) {
  Message out;
  out.message_id = OTINISH_TEXT(p, message_id);
  out.correlation_id = OTINISH_TEXT(p, correlation_id);
  out.type = OTINISH_TEXT(p, type);
  out.form = OTINISH_TEXT(p, form);
  out.body = OTINISH_TEXT(p, body);
  out.external_id = OTINISH_TEXT(p, external_id);
  out.reg_number = OTINISH_TEXT(p, reg_number);
  if (OTINISH_KNOWS(p, attempt)) out.attempt = p->attempt;
  out.last_code = OTINISH_TEXT(p, last_code);
  return out;
}

CollectRequest fromC(const hub_collect_request* p) {
  CollectRequest out;
  out.cursor = OTINISH_TEXT(p, cursor);
  if (OTINISH_KNOWS(p, limit)) out.limit = p->limit;
  for (std::size_t i = 0; OTINISH_KNOWS(p, settled_count) && i < p->settled_count; ++i) {
    const auto* s = p->settled[i];
    Settled settled;
    settled.item_id = OTINISH_TEXT(s, item_id);
    settled.accepted = OTINISH_KNOWS(s, accepted) && s->accepted != 0;
    settled.code = OTINISH_TEXT(s, code);
    settled.text = OTINISH_TEXT(s, text);
    settled.reference = OTINISH_TEXT(s, reference);
    out.settled.push_back(std::move(settled));
  }
  out.no_room = OTINISH_KNOWS(p, no_room) && p->no_room != 0;
  return out;
}

NativeRequest fromC(const hub_native_request* p) {
  NativeRequest out;
  out.method = OTINISH_TEXT(p, method);
  out.path = OTINISH_TEXT(p, path);
  if (OTINISH_KNOWS(p, headers_count)) out.headers = copyHeaders(p->headers, p->headers_count);
  out.body = OTINISH_TEXT(p, body);
  out.signer = OTINISH_TEXT(p, signer);
  return out;
}

LookUpQuery fromC(const hub_look_up_query* p) {
  return {OTINISH_TEXT(p, kind), OTINISH_TEXT(p, value), OTINISH_TEXT(p, purpose)};
}

// One adapter per file, so the two functions may be static data of the file.
detail::Factory g_factory = nullptr;
detail::AboutFunction g_about = nullptr;

void* createInstance(const hub_host* host) {
  try {
    auto instance = std::make_unique<Instance>();
    instance->host = host;
    instance->adapter = g_factory();
    return instance.release();
  } catch (...) {
    return nullptr;
  }
}

void aboutBorder(hub_about_fn done, void* context) {
  std::string json;
  try {
    json = aboutToJson(g_about());
  } catch (...) {
    json = "{}";
  }
  done(context, view(json));
}

}  // namespace

Answer Adapter::probe(Host&) { return done(); }
Answer Adapter::deliver(Host&, const Message&) {
  return failed(Outcome::kUnsupported, "adapter.no_verb", "this adapter does not deliver");
}
Answer Adapter::collect(Host&, const CollectRequest&) {
  return failed(Outcome::kUnsupported, "adapter.no_verb", "this adapter does not collect");
}
Answer Adapter::receive(Host&, const NativeRequest&) {
  return failed(Outcome::kUnsupported, "adapter.no_verb", "this adapter does not receive");
}
Answer Adapter::lookUp(Host&, const LookUpQuery&) {
  return failed(Outcome::kUnsupported, "adapter.no_verb", "this adapter does not look up");
}

Answer done(std::string external_id) {
  Answer answer;
  answer.outcome = Outcome::kDone;
  answer.external_id = std::move(external_id);
  return answer;
}

Answer failed(Outcome outcome, std::string code, std::string text, std::int64_t retry_after_ms) {
  Answer answer;
  answer.outcome = outcome;
  answer.code = std::move(code);
  answer.text = std::move(text);
  answer.retry_after_ms = retry_after_ms;
  return answer;
}

Answer fromExchangeFailure(const ExchangeResponse& response) {
  // An answer that was lost leaves us not knowing; the same message_id makes asking again safe.
  if (response.retryable || response.maybe_delivered) {
    return failed(Outcome::kRetry, response.code, response.text, retryAfterMs(response.headers));
  }
  // A file that the hub's own store does not give out was refused by nobody.
  if (response.code.starts_with("store.")) {
    return failed(Outcome::kFault, response.code, response.text);
  }
  const bool ours = response.code.starts_with("trust.") ||
                    response.code.find("endpoint") != std::string::npos ||
                    response.code.find("host_key") != std::string::npos ||
                    response.code.find("login") != std::string::npos ||
                    response.code.find("tls") != std::string::npos;
  return failed(ours ? Outcome::kMisconfigured : Outcome::kFault, response.code, response.text);
}

std::string aboutToJson(const About& about) {
  nlohmann::ordered_json json;
  json["name"] = about.name;
  json["version"] = about.version;
  json["form"] = about.form;
  json["delivers"] = about.delivers;
  json["verbs"] = about.verbs;
  json["settings"] = nlohmann::ordered_json::array();
  for (const Setting& s : about.settings) {
    json["settings"].push_back({{"name", s.name},
                                {"kind", s.kind},
                                {"mandatory", s.mandatory},
                                {"fallback", s.fallback},
                                {"meaning", s.meaning},
                                {"choices", s.choices},
                                {"secret", s.secret}});
  }
  json["thread_safe"] = about.thread_safe;
  return json.dump();
}

namespace detail {

const hub_adapter* makeTable(Factory factory, AboutFunction about) {
  g_factory = factory;
  g_about = about;
  static const hub_adapter table = [] {
    hub_adapter t{};
    t.size = sizeof t;
    t.about = &aboutBorder;
    t.create = &createInstance;
    t.destroy = [](void* instance) { delete static_cast<Instance*>(instance); };
    t.configure = [](void* instance, void* call, const hub_configuration* c, hub_answer_fn d,
                     void* x) {
      guarded(instance, call, d, x, [&](Adapter& a, Host& h) { return a.configure(h, fromC(c)); });
    };
    t.probe = [](void* instance, void* call, hub_answer_fn d, void* x) {
      guarded(instance, call, d, x, [&](Adapter& a, Host& h) { return a.probe(h); });
    };
    t.deliver = [](void* instance, void* call, const hub_message* m, hub_answer_fn d, void* x) {
      guarded(instance, call, d, x, [&](Adapter& a, Host& h) { return a.deliver(h, fromC(m)); });
    };
    t.collect = [](void* instance, void* call, const hub_collect_request* r, hub_answer_fn d,
                   void* x) {
      guarded(instance, call, d, x, [&](Adapter& a, Host& h) { return a.collect(h, fromC(r)); });
    };
    t.receive = [](void* instance, void* call, const hub_native_request* r, hub_answer_fn d,
                   void* x) {
      guarded(instance, call, d, x, [&](Adapter& a, Host& h) { return a.receive(h, fromC(r)); });
    };
    t.look_up = [](void* instance, void* call, const hub_look_up_query* q, hub_answer_fn d,
                   void* x) {
      guarded(instance, call, d, x, [&](Adapter& a, Host& h) { return a.lookUp(h, fromC(q)); });
    };
    return t;
  }();
  return &table;
}

}  // namespace detail
}  // namespace otinish::kit
