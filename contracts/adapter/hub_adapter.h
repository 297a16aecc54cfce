/* The C border between Otinish Hub and an adapter: contract version 0.
 *
 * Conventions
 *  1. Text and bytes are pointer + length (hub_bytes), never NUL-terminated by promise. UTF-8.
 *  2. What you are given lives until the call returns; copy what you keep. No heap is shared:
 *     nobody frees what the other side allocated. Answers go back through a callback, once.
 *  3. Every struct but hub_bytes starts with `size` = sizeof as its writer knew it. Readers use only
 *     fields that lie inside `size`. Fields are only ever appended. Arrays hold pointers, so that
 *     elements can grow.
 *  4. No exception, signal or longjmp crosses the border in either direction.
 *  5. An adapter file exports the data symbol `hub_adapter_abi` (uint32_t, HUB_ADAPTER_ABI) and the
 *     function `hub_adapter_entry`. The hub reads the number before it calls anything.
 *  6. A verb runs on the hub's thread and may call the host only during the verb, on that thread.
 *     Verbs of one instance never overlap unless about() said "thread_safe".
 *  7. The file is never unloaded.
 *
 * The meaning of every field stands in verbs.h (C++) and adapter.thrift (any language); the three are
 * held equal by a test.
 */
#ifndef OTINISH_HUB_ADAPTER_H
#define OTINISH_HUB_ADAPTER_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HUB_ADAPTER_ABI 0u
#if defined(__GNUC__)
#define HUB_ADAPTER_EXPORT __attribute__((visibility("default")))
#else
#define HUB_ADAPTER_EXPORT
#endif

typedef struct hub_bytes {
  const char* data;
  size_t size;
} hub_bytes;

/* Outcomes; anything else is read as HUB_FAULT. */
enum {
  HUB_DONE = 1,
  HUB_PENDING = 2,
  HUB_RETRY = 3,
  HUB_REJECTED = 4,
  HUB_UNSUPPORTED = 5,
  HUB_MISCONFIGURED = 6,
  HUB_FAULT = 7
};

enum { HUB_LOG_DEBUG = 0, HUB_LOG_INFO = 1, HUB_LOG_WARNING = 2, HUB_LOG_ERROR = 3 };

typedef struct hub_header {
  size_t size;
  hub_bytes name;
  hub_bytes value;
} hub_header;

typedef struct hub_message {
  size_t size;
  hub_bytes message_id;
  hub_bytes correlation_id;
  hub_bytes type;
  hub_bytes form;
  hub_bytes body;
  hub_bytes external_id;
  hub_bytes reg_number;
  int32_t attempt;
  hub_bytes last_code;
} hub_message;

typedef struct hub_inbound {
  size_t size;
  hub_bytes item_id;
  hub_bytes type;
  hub_bytes form;
  hub_bytes body;
  hub_bytes correlation_id;
  hub_bytes in_reply_to;
  hub_bytes external_id;
  hub_bytes reg_number;
  hub_bytes problem_code;
  hub_bytes problem_text;
  hub_bytes raw;
} hub_inbound;

typedef struct hub_settled {
  size_t size;
  hub_bytes item_id;
  int32_t accepted; /* 0 or 1 */
  hub_bytes code;
  hub_bytes text;
  hub_bytes reference;
} hub_settled;

typedef struct hub_config_file {
  size_t size;
  hub_bytes name;
  hub_bytes bytes;
} hub_config_file;

typedef struct hub_configuration {
  size_t size;
  hub_bytes destination;
  hub_bytes settings_json;
  const hub_config_file* const* files;
  size_t files_count;
} hub_configuration;

/* The answer of any verb. */
typedef struct hub_answer {
  size_t size;
  int32_t outcome;
  hub_bytes code;
  hub_bytes text;
  int64_t retry_after_ms;
  hub_bytes external_id;
  const hub_inbound* const* items;
  size_t items_count;
  hub_bytes cursor;
  int32_t more; /* 0 or 1 */
  int32_t native_status;
  hub_bytes native_type;
  hub_bytes native_body;
  hub_bytes result_json;
} hub_answer;

typedef struct hub_native_request {
  size_t size;
  hub_bytes method;
  hub_bytes path;
  const hub_header* const* headers;
  size_t headers_count;
  hub_bytes body;
  hub_bytes signer;
} hub_native_request;

typedef struct hub_collect_request {
  size_t size;
  hub_bytes cursor;
  int32_t limit;
  const hub_settled* const* settled;
  size_t settled_count;
  int32_t no_room; /* 0 or 1 */
} hub_collect_request;

typedef struct hub_look_up_query {
  size_t size;
  hub_bytes kind;
  hub_bytes value;
  hub_bytes purpose;
} hub_look_up_query;

typedef struct hub_exchange_request {
  size_t size;
  hub_bytes endpoint;
  hub_bytes method;
  hub_bytes path;
  const hub_header* const* headers; /* of LIST: "After: NAME" (listing.h, verbs.h) */
  size_t headers_count;
  hub_bytes body;
  hub_bytes to_path;
  hub_bytes body_attachment;
  int32_t into_attachment; /* 0 or 1 */
} hub_exchange_request;

typedef struct hub_file_entry {
  size_t size;
  hub_bytes name;
  int64_t bytes;
  int64_t modified_ms;
  int32_t complete; /* 0 or 1 */
} hub_file_entry;

typedef struct hub_exchange_response {
  size_t size;
  int32_t ok; /* 0 or 1 */
  hub_bytes code;
  hub_bytes text;
  int32_t retryable;       /* 0 or 1 */
  int32_t maybe_delivered; /* 0 or 1 */
  int32_t status;
  const hub_header* const* headers;
  size_t headers_count;
  hub_bytes body;
  hub_bytes signer;
  const hub_file_entry* const* files;
  size_t files_count;
  hub_bytes attachment_sha256;
  int64_t attachment_size;
} hub_exchange_response;

/* Result of sign and verify: ok 1 and `bytes` (signature, or covered bytes), or ok 0 and code/text. */
typedef struct hub_crypto_result {
  size_t size;
  int32_t ok;
  hub_bytes bytes;
  hub_bytes signer;
  hub_bytes code;
  hub_bytes text;
} hub_crypto_result;

typedef void (*hub_answer_fn)(void* context, const hub_answer* answer);
typedef void (*hub_about_fn)(void* context, hub_bytes about_json);
typedef void (*hub_exchange_fn)(void* context, const hub_exchange_response* response);
typedef void (*hub_crypto_fn)(void* context, const hub_crypto_result* result);

/* What the hub does for an adapter. `call` is the handle given to the verb; it is dead afterwards.
 * Each function calls its callback exactly once before it returns. */
typedef struct hub_host {
  size_t size;
  void (*exchange)(void* call, const hub_exchange_request* request, hub_exchange_fn done,
                   void* context);
  void (*sign)(void* call, hub_bytes key, hub_bytes profile, hub_bytes bytes, hub_crypto_fn done,
               void* context);
  void (*verify)(void* call, hub_bytes profile, hub_bytes bytes, hub_bytes signature,
                 hub_crypto_fn done, void* context);
  void (*log)(void* call, int32_t level, hub_bytes event, hub_bytes text);
  /* Milliseconds until the hub gives this call up; 0 when over. */
  int64_t (*time_left)(void* call);
} hub_host;

/* What an adapter file offers. Absent verbs are NULL (answered UNSUPPORTED by the hub). */
typedef struct hub_adapter {
  size_t size;
  /* One JSON object shaped like About in adapter.thrift. Needs no instance. */
  void (*about)(hub_about_fn done, void* context);
  void* (*create)(const hub_host* host); /* host outlives the instance; NULL on failure */
  void (*destroy)(void* instance);       /* may be called after a failed configure */
  void (*configure)(void* instance, void* call, const hub_configuration* configuration,
                    hub_answer_fn done, void* context);
  void (*probe)(void* instance, void* call, hub_answer_fn done, void* context);
  void (*deliver)(void* instance, void* call, const hub_message* message, hub_answer_fn done,
                  void* context);
  void (*collect)(void* instance, void* call, const hub_collect_request* request,
                  hub_answer_fn done, void* context);
  void (*receive)(void* instance, void* call, const hub_native_request* request, hub_answer_fn done,
                  void* context);
  void (*look_up)(void* instance, void* call, const hub_look_up_query* query, hub_answer_fn done,
                  void* context);
} hub_adapter;

/* Exported by every adapter file. */
HUB_ADAPTER_EXPORT extern const uint32_t hub_adapter_abi;
HUB_ADAPTER_EXPORT const hub_adapter* hub_adapter_entry(void);

#ifdef __cplusplus
}
#endif
#endif
