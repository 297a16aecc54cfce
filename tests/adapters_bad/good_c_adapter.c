/* A well-behaved adapter in plain C that uses the whole contract: it hands back what it was given,
 * so that a test sees every field arrive. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/adapters_bad/shelf.h"

typedef struct instance {
  const hub_host* host;
  char prefix[64];
} instance_t;

static void about(hub_about_fn done, void* context) {
  done(context,
       shelf_text(
           "{\"name\":\"good\",\"version\":\"1.2.3\",\"form\":\"json\",\"delivers\":[\"appeal/1\"],"
           "\"verbs\":[\"deliver\",\"collect\",\"receive\",\"look_up\"],\"settings\":["
           "{\"name\":\"prefix\",\"kind\":\"string\",\"mandatory\":true,\"fallback\":\"\","
           "\"meaning\":\"Put before the case number\",\"choices\":[],\"secret\":false},"
           "{\"name\":\"mode\",\"kind\":\"enum\",\"choices\":[\"fast\",\"safe\"]},"
           "{\"name\":\"table\",\"kind\":\"file\"}],\"thread_safe\":true}"));
}

static void* create(const hub_host* host) {
  instance_t* self = calloc(1, sizeof *self);
  if (self != NULL) self->host = host;
  return self;
}

static void destroy(void* self) { free(self); }

static hub_answer fresh(void) {
  hub_answer answer;
  memset(&answer, 0, sizeof answer);
  answer.size = sizeof answer;
  answer.outcome = HUB_DONE;
  return answer;
}

static void configure(void* instance, void* call, const hub_configuration* configuration,
                      hub_answer_fn done, void* context) {
  instance_t* self = instance;
  hub_answer answer = fresh();
  (void)call;
  snprintf(self->prefix, sizeof self->prefix, "%.*s-%zu-", (int)configuration->destination.size,
           configuration->destination.data, configuration->files_count);
  if (strstr(configuration->settings_json.data, "refuse") != NULL) {
    answer.outcome = HUB_MISCONFIGURED;
    answer.code = shelf_text("good.refused");
    answer.text = shelf_text("prefix must not be 'refuse'");
  }
  done(context, &answer);
}

static void probe(void* instance, void* call, hub_answer_fn done, void* context) {
  instance_t* self = instance;
  hub_answer answer = fresh();
  char number[32];
  snprintf(number, sizeof number, "{\"time_left\":%s}",
           self->host->time_left(call) > 0 ? "true" : "false");
  answer.result_json = shelf_text(number);
  self->host->log(call, HUB_LOG_INFO, shelf_text("good.probe"), shelf_text("probed"));
  done(context, &answer);
}

/* The case number is prefix + message id; the body comes back as an item. */
static void deliver(void* instance, void* call, const hub_message* message, hub_answer_fn done,
                    void* context) {
  instance_t* self = instance;
  hub_answer answer = fresh();
  char number[256];
  hub_inbound item;
  const hub_inbound* items[1] = {&item};
  (void)call;
  snprintf(number, sizeof number, "%s%.*s/%d", self->prefix, (int)message->message_id.size,
           message->message_id.data, message->attempt);
  memset(&item, 0, sizeof item);
  item.size = sizeof item;
  item.item_id = message->message_id;
  item.type = message->type;
  item.form = message->form;
  item.body = message->body;
  item.correlation_id = message->correlation_id;
  item.in_reply_to = message->message_id;
  item.external_id = message->external_id;
  item.reg_number = message->reg_number;
  item.problem_code = shelf_text("good.none");
  item.problem_text = shelf_text("none");
  item.raw = message->body;
  answer.external_id = shelf_text(number);
  answer.items = items;
  answer.items_count = 1;
  done(context, &answer);
}

/* One item per settled one, up to the limit. */
static void collect(void* instance, void* call, const hub_collect_request* request,
                    hub_answer_fn done, void* context) {
  hub_answer answer = fresh();
  hub_inbound items[16];
  const hub_inbound* pointers[16];
  size_t i;
  (void)instance, (void)call;
  memset(items, 0, sizeof items);
  for (i = 0; i < request->settled_count && i < 16 && (int32_t)i < request->limit; ++i) {
    items[i].size = sizeof items[i];
    items[i].item_id = request->settled[i]->item_id;
    items[i].type = request->settled[i]->code;
    items[i].body = request->settled[i]->text;
    items[i].reg_number = request->settled[i]->reference;
    items[i].form = shelf_text(request->settled[i]->accepted ? "accepted" : "refused");
    pointers[i] = &items[i];
  }
  answer.items = pointers;
  answer.items_count = i;
  answer.cursor = request->cursor;
  answer.more = 1;
  done(context, &answer);
}

static void receive(void* instance, void* call, const hub_native_request* request,
                    hub_answer_fn done, void* context) {
  hub_answer answer = fresh();
  (void)instance, (void)call;
  answer.native_status = 202;
  answer.native_type = request->headers_count > 0 ? request->headers[0]->value : request->method;
  answer.native_body = request->body;
  answer.external_id = request->signer;
  answer.cursor = request->path;
  answer.text = request->method;
  done(context, &answer);
}

/* Keeps what the hub gave until the verb answers; the hub's bytes live only as long as its
 * callback. */
typedef struct kept {
  char text[1024];
  int calls;
} kept_t;

static void keep(kept_t* kept, hub_bytes bytes) {
  const size_t used = strlen(kept->text);
  snprintf(kept->text + used, sizeof kept->text - used, "%.*s|", (int)bytes.size,
           bytes.data == NULL ? "" : bytes.data);
}

static void on_exchange(void* context, const hub_exchange_response* response) {
  kept_t* kept = context;
  char numbers[96];
  ++kept->calls;
  keep(kept, response->body);
  keep(kept, response->signer);
  keep(kept, response->code);
  if (response->headers_count > 0) keep(kept, response->headers[0]->value);
  if (response->files_count > 0) keep(kept, response->files[0]->name);
  snprintf(numbers, sizeof numbers, "%d %d %d %d %lld", response->ok, response->status,
           response->retryable, response->maybe_delivered, (long long)response->attachment_size);
  keep(kept, shelf_text(numbers));
}

static void on_crypto(void* context, const hub_crypto_result* result) {
  kept_t* kept = context;
  ++kept->calls;
  keep(kept, result->ok ? result->bytes : result->code);
  keep(kept, result->signer);
}

/* kind "host": uses every host function; kind "hoard" keeps the call handle and uses it next time.
 */
static void* hoarded_call;

static void look_up(void* instance, void* call, const hub_look_up_query* query, hub_answer_fn done,
                    void* context) {
  instance_t* self = instance;
  hub_answer answer = fresh();
  kept_t kept;
  hub_header header;
  const hub_header* headers[1] = {&header};
  hub_exchange_request request;
  memset(&kept, 0, sizeof kept);
  memset(&request, 0, sizeof request);
  memset(&header, 0, sizeof header);
  header.size = sizeof header;
  header.name = shelf_text("X-Purpose");
  header.value = query->purpose;
  request.size = sizeof request;
  request.endpoint = query->kind;
  request.method = shelf_text("POST");
  request.path = shelf_text("path");
  request.body = query->value;
  request.headers = headers;
  request.headers_count = 1;
  request.to_path = shelf_text("to");
  request.body_attachment = shelf_text("digest");
  request.into_attachment = 1;
  if (query->kind.size == 5 && memcmp(query->kind.data, "stale", 5) == 0) call = hoarded_call;
  self->host->exchange(call, &request, on_exchange, &kept);
  self->host->sign(call, shelf_text("key"), shelf_text("profile"), query->value, on_crypto, &kept);
  self->host->verify(call, shelf_text("profile"), query->value, shelf_text("signature"), on_crypto,
                     &kept);
  hoarded_call = call;
  answer.result_json = shelf_text(kept.text);
  answer.native_status = 200 + kept.calls;
  done(context, &answer);
}

const uint32_t hub_adapter_abi = HUB_ADAPTER_ABI;
static const hub_adapter table = {sizeof(hub_adapter),
                                  about,
                                  create,
                                  destroy,
                                  configure,
                                  probe,
                                  deliver,
                                  collect,
                                  receive,
                                  look_up};
const hub_adapter* hub_adapter_entry(void) { return &table; }
