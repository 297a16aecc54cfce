/* Common parts of the adapters on this shelf: a description, an instance, a plain answer. Plain C,
 * which also shows that the border needs nothing else. */
#ifndef OTINISH_TESTS_ADAPTERS_BAD_SHELF_H
#define OTINISH_TESTS_ADAPTERS_BAD_SHELF_H

#include <string.h>

#include "contracts/adapter/hub_adapter.h"

static inline hub_bytes shelf_text(const char* text) {
  hub_bytes bytes = {text, strlen(text)};
  return bytes;
}

static inline void shelf_about(hub_about_fn done, void* context) {
  done(context, shelf_text("{\"name\":\"shelf\",\"version\":\"1.0.0\",\"form\":\"json\","
                           "\"delivers\":[\"appeal/1\"],\"verbs\":[\"deliver\"],\"settings\":[],"
                           "\"thread_safe\":false}"));
}

static inline void* shelf_create(const hub_host* host) { return (void*)(uintptr_t)host; }
static inline void shelf_destroy(void* instance) { (void)instance; }

static inline void shelf_done(hub_answer_fn done, void* context) {
  hub_answer answer;
  memset(&answer, 0, sizeof answer);
  answer.size = sizeof answer;
  answer.outcome = HUB_DONE;
  done(context, &answer);
}

static inline void shelf_configure(void* instance, void* call,
                                   const hub_configuration* configuration, hub_answer_fn done,
                                   void* context) {
  (void)instance;
  (void)call;
  (void)configuration;
  shelf_done(done, context);
}

static inline void shelf_probe(void* instance, void* call, hub_answer_fn done, void* context) {
  (void)instance;
  (void)call;
  shelf_done(done, context);
}

#define SHELF_TABLE(deliver_function)                                                      \
  static const hub_adapter shelf_table = {                                                 \
      sizeof(hub_adapter), shelf_about,      shelf_create, shelf_destroy, shelf_configure, \
      shelf_probe,         deliver_function, NULL,         NULL,          NULL};           \
  const hub_adapter* hub_adapter_entry(void) { return &shelf_table; }

#define SHELF_ADAPTER(deliver_function)             \
  const uint32_t hub_adapter_abi = HUB_ADAPTER_ABI; \
  SHELF_TABLE(deliver_function)

#endif
