// Contract 0 in memory: nothing may move or change its size; fields are only ever appended (then
// the offsets below stay as they are and lines are added). x86-64 and other LP64 machines.
#include <gtest/gtest.h>

#include <cstddef>

#include "contracts/adapter/hub_adapter.h"

namespace {

#define FROZEN(type, field, at) static_assert(offsetof(type, field) == (at), #type "." #field)

static_assert(HUB_ADAPTER_ABI == 0u);
static_assert(sizeof(void*) == 8 && sizeof(size_t) == 8);
static_assert(HUB_DONE == 1 && HUB_PENDING == 2 && HUB_RETRY == 3 && HUB_REJECTED == 4);
static_assert(HUB_UNSUPPORTED == 5 && HUB_MISCONFIGURED == 6 && HUB_FAULT == 7);
static_assert(HUB_LOG_DEBUG == 0 && HUB_LOG_INFO == 1 && HUB_LOG_WARNING == 2);
static_assert(HUB_LOG_ERROR == 3);

FROZEN(hub_bytes, data, 0);
FROZEN(hub_bytes, size, 8);
static_assert(sizeof(hub_bytes) == 16);

FROZEN(hub_header, size, 0);
FROZEN(hub_header, name, 8);
FROZEN(hub_header, value, 24);
static_assert(sizeof(hub_header) == 40);

FROZEN(hub_message, message_id, 8);
FROZEN(hub_message, correlation_id, 24);
FROZEN(hub_message, type, 40);
FROZEN(hub_message, form, 56);
FROZEN(hub_message, body, 72);
FROZEN(hub_message, external_id, 88);
FROZEN(hub_message, reg_number, 104);
FROZEN(hub_message, attempt, 120);
FROZEN(hub_message, last_code, 128);
static_assert(sizeof(hub_message) == 144);

FROZEN(hub_inbound, item_id, 8);
FROZEN(hub_inbound, type, 24);
FROZEN(hub_inbound, form, 40);
FROZEN(hub_inbound, body, 56);
FROZEN(hub_inbound, correlation_id, 72);
FROZEN(hub_inbound, in_reply_to, 88);
FROZEN(hub_inbound, external_id, 104);
FROZEN(hub_inbound, reg_number, 120);
FROZEN(hub_inbound, problem_code, 136);
FROZEN(hub_inbound, problem_text, 152);
FROZEN(hub_inbound, raw, 168);
static_assert(sizeof(hub_inbound) == 184);

FROZEN(hub_settled, item_id, 8);
FROZEN(hub_settled, accepted, 24);
FROZEN(hub_settled, code, 32);
FROZEN(hub_settled, text, 48);
FROZEN(hub_settled, reference, 64);
static_assert(sizeof(hub_settled) == 80);

FROZEN(hub_config_file, name, 8);
FROZEN(hub_config_file, bytes, 24);
static_assert(sizeof(hub_config_file) == 40);

FROZEN(hub_configuration, destination, 8);
FROZEN(hub_configuration, settings_json, 24);
FROZEN(hub_configuration, files, 40);
FROZEN(hub_configuration, files_count, 48);
static_assert(sizeof(hub_configuration) == 56);

FROZEN(hub_answer, outcome, 8);
FROZEN(hub_answer, code, 16);
FROZEN(hub_answer, text, 32);
FROZEN(hub_answer, retry_after_ms, 48);
FROZEN(hub_answer, external_id, 56);
FROZEN(hub_answer, items, 72);
FROZEN(hub_answer, items_count, 80);
FROZEN(hub_answer, cursor, 88);
FROZEN(hub_answer, more, 104);
FROZEN(hub_answer, native_status, 108);
FROZEN(hub_answer, native_type, 112);
FROZEN(hub_answer, native_body, 128);
FROZEN(hub_answer, result_json, 144);
static_assert(sizeof(hub_answer) == 160);

FROZEN(hub_native_request, method, 8);
FROZEN(hub_native_request, path, 24);
FROZEN(hub_native_request, headers, 40);
FROZEN(hub_native_request, headers_count, 48);
FROZEN(hub_native_request, body, 56);
FROZEN(hub_native_request, signer, 72);
static_assert(sizeof(hub_native_request) == 88);

FROZEN(hub_collect_request, cursor, 8);
FROZEN(hub_collect_request, limit, 24);
FROZEN(hub_collect_request, settled, 32);
FROZEN(hub_collect_request, settled_count, 40);
FROZEN(hub_collect_request, no_room, 48);
static_assert(sizeof(hub_collect_request) == 56);

FROZEN(hub_look_up_query, kind, 8);
FROZEN(hub_look_up_query, value, 24);
FROZEN(hub_look_up_query, purpose, 40);
static_assert(sizeof(hub_look_up_query) == 56);

FROZEN(hub_exchange_request, endpoint, 8);
FROZEN(hub_exchange_request, method, 24);
FROZEN(hub_exchange_request, path, 40);
FROZEN(hub_exchange_request, headers, 56);
FROZEN(hub_exchange_request, headers_count, 64);
FROZEN(hub_exchange_request, body, 72);
FROZEN(hub_exchange_request, to_path, 88);
FROZEN(hub_exchange_request, body_attachment, 104);
FROZEN(hub_exchange_request, into_attachment, 120);
static_assert(sizeof(hub_exchange_request) == 128);

FROZEN(hub_file_entry, name, 8);
FROZEN(hub_file_entry, bytes, 24);
FROZEN(hub_file_entry, modified_ms, 32);
FROZEN(hub_file_entry, complete, 40);
static_assert(sizeof(hub_file_entry) == 48);

FROZEN(hub_exchange_response, ok, 8);
FROZEN(hub_exchange_response, code, 16);
FROZEN(hub_exchange_response, text, 32);
FROZEN(hub_exchange_response, retryable, 48);
FROZEN(hub_exchange_response, maybe_delivered, 52);
FROZEN(hub_exchange_response, status, 56);
FROZEN(hub_exchange_response, headers, 64);
FROZEN(hub_exchange_response, headers_count, 72);
FROZEN(hub_exchange_response, body, 80);
FROZEN(hub_exchange_response, signer, 96);
FROZEN(hub_exchange_response, files, 112);
FROZEN(hub_exchange_response, files_count, 120);
FROZEN(hub_exchange_response, attachment_sha256, 128);
FROZEN(hub_exchange_response, attachment_size, 144);
static_assert(sizeof(hub_exchange_response) == 152);

FROZEN(hub_crypto_result, ok, 8);
FROZEN(hub_crypto_result, bytes, 16);
FROZEN(hub_crypto_result, signer, 32);
FROZEN(hub_crypto_result, code, 48);
FROZEN(hub_crypto_result, text, 64);
static_assert(sizeof(hub_crypto_result) == 80);

FROZEN(hub_host, exchange, 8);
FROZEN(hub_host, sign, 16);
FROZEN(hub_host, verify, 24);
FROZEN(hub_host, log, 32);
FROZEN(hub_host, time_left, 40);
static_assert(sizeof(hub_host) == 48);

FROZEN(hub_adapter, about, 8);
FROZEN(hub_adapter, create, 16);
FROZEN(hub_adapter, destroy, 24);
FROZEN(hub_adapter, configure, 32);
FROZEN(hub_adapter, probe, 40);
FROZEN(hub_adapter, deliver, 48);
FROZEN(hub_adapter, collect, 56);
FROZEN(hub_adapter, receive, 64);
FROZEN(hub_adapter, look_up, 72);
static_assert(sizeof(hub_adapter) == 80);

// The checks above are the compiler's; this shows in the list of tests that they were made.
TEST(AbiFreeze, Contract0HasItsLayout) { SUCCEED(); }

}  // namespace
