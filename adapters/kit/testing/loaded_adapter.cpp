#include "adapters/kit/testing/loaded_adapter.h"

#include <dlfcn.h>

#include <cstdlib>
#include <stdexcept>

namespace otinish::kit::testing {
namespace {

hub_bytes view(const std::string& text) { return {text.data(), text.size()}; }
std::string copy(hub_bytes b) { return b.data ? std::string(b.data, b.size) : std::string(); }

void takeAnswer(void* context, const hub_answer* a) {
  auto& out = *static_cast<Answer*>(context);
  out.outcome = static_cast<Outcome>(a->outcome);
  out.code = copy(a->code);
  out.text = copy(a->text);
  out.retry_after_ms = a->retry_after_ms;
  out.external_id = copy(a->external_id);
  out.cursor = copy(a->cursor);
  out.more = a->more != 0;
  out.result_json = copy(a->result_json);
  out.native_status = a->native_status;
  out.native_type = copy(a->native_type);
  out.native_body = copy(a->native_body);
  for (std::size_t i = 0; i < a->items_count; ++i) {
    Inbound item;
    item.item_id = copy(a->items[i]->item_id);
    item.type = copy(a->items[i]->type);
    item.form = copy(a->items[i]->form);
    item.body = copy(a->items[i]->body);
    item.correlation_id = copy(a->items[i]->correlation_id);
    item.in_reply_to = copy(a->items[i]->in_reply_to);
    item.external_id = copy(a->items[i]->external_id);
    item.reg_number = copy(a->items[i]->reg_number);
    item.problem_code = copy(a->items[i]->problem_code);
    item.problem_text = copy(a->items[i]->problem_text);
    item.raw = copy(a->items[i]->raw);
    out.items.push_back(std::move(item));
  }
}

void exchange(void* call, const hub_exchange_request* r, hub_exchange_fn done, void* context) {
  ExchangeRequest request;
  request.endpoint = copy(r->endpoint);
  request.method = copy(r->method);
  request.path = copy(r->path);
  request.body = copy(r->body);
  for (std::size_t i = 0; i < r->headers_count; ++i) {
    request.headers.push_back({copy(r->headers[i]->name), copy(r->headers[i]->value)});
  }
  const ExchangeResponse response = static_cast<Host*>(call)->exchange(request);
  hub_exchange_response c{};
  c.size = sizeof c;
  c.ok = response.ok ? 1 : 0;
  c.code = view(response.code);
  c.text = view(response.text);
  c.retryable = response.retryable ? 1 : 0;
  c.status = response.status;
  c.body = view(response.body);
  done(context, &c);
}

void noCrypto(hub_crypto_fn done, void* context) {
  hub_crypto_result c{};
  c.size = sizeof c;
  done(context, &c);
}

const hub_host kHost = {
    sizeof(hub_host),
    &exchange,
    [](void*, hub_bytes, hub_bytes, hub_bytes, hub_crypto_fn d, void* x) { noCrypto(d, x); },
    [](void*, hub_bytes, hub_bytes, hub_bytes, hub_crypto_fn d, void* x) { noCrypto(d, x); },
    [](void* call, int32_t level, hub_bytes event, hub_bytes text) {
      static_cast<Host*>(call)->log(static_cast<LogLevel>(level), copy(event), copy(text));
    },
    [](void* call) { return static_cast<Host*>(call)->timeLeftMs(); },
};

}  // namespace

LoadedAdapter::LoadedAdapter(const std::string& file, Host& host) : host_(host) {
  void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw std::runtime_error(dlerror());
  const auto* abi = static_cast<const std::uint32_t*>(dlsym(library, "hub_adapter_abi"));
  if (abi == nullptr || *abi != HUB_ADAPTER_ABI) throw std::runtime_error("wrong contract number");
  auto* entry = reinterpret_cast<const hub_adapter* (*)()>(dlsym(library, "hub_adapter_entry"));
  if (entry == nullptr) throw std::runtime_error("no entry");
  table_ = entry();
  instance_ = table_->create(&kHost);
}

LoadedAdapter::~LoadedAdapter() { table_->destroy(instance_); }

std::string LoadedAdapter::aboutJson() const {
  std::string out;
  table_->about([](void* x, hub_bytes json) { *static_cast<std::string*>(x) = copy(json); }, &out);
  return out;
}

Answer LoadedAdapter::configure(const Configuration& configuration) {
  hub_configuration c{};
  c.size = sizeof c;
  c.destination = view(configuration.destination);
  c.settings_json = view(configuration.settings_json);
  Answer out;
  table_->configure(instance_, &host_, &c, &takeAnswer, &out);
  return out;
}

Answer LoadedAdapter::probe() {
  Answer out;
  table_->probe(instance_, &host_, &takeAnswer, &out);
  return out;
}

Answer LoadedAdapter::deliver(const Message& message) {
  hub_message c{};
  c.size = sizeof c;
  c.message_id = view(message.message_id);
  c.correlation_id = view(message.correlation_id);
  c.type = view(message.type);
  c.form = view(message.form);
  c.body = view(message.body);
  c.external_id = view(message.external_id);
  c.reg_number = view(message.reg_number);
  c.attempt = message.attempt;
  c.last_code = view(message.last_code);
  Answer out;
  table_->deliver(instance_, &host_, &c, &takeAnswer, &out);
  return out;
}

Answer LoadedAdapter::receive(const NativeRequest& request) {
  hub_native_request c{};
  c.size = sizeof c;
  c.method = view(request.method);
  c.path = view(request.path);
  c.body = view(request.body);
  c.signer = view(request.signer);
  Answer out;
  table_->receive(instance_, &host_, &c, &takeAnswer, &out);
  return out;
}

void LoadedAdapter::deliverRaw(const hub_message& message, hub_answer_fn done, void* context) {
  table_->deliver(instance_, &host_, &message, done, context);
}

std::string adapterFile(const std::string& name) {
  const char* build = std::getenv("OTINISH_BINARY_DIR");
  return std::string(build ? build : ".") + "/adapters/hub_adapter_" + name + ".so";
}

}  // namespace otinish::kit::testing
