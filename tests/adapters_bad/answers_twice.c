/* Answers twice; probe does not answer at all. */
#include "tests/adapters_bad/shelf.h"

static void deliver(void* instance, void* call, const hub_message* message, hub_answer_fn done,
                    void* context) {
  (void)instance, (void)call, (void)message;
  shelf_done(done, context);
  shelf_done(done, context);
}
static void probe(void* instance, void* call, hub_answer_fn done, void* context) {
  (void)instance, (void)call, (void)done, (void)context;
}
const uint32_t hub_adapter_abi = HUB_ADAPTER_ABI;
static const hub_adapter table = {sizeof(hub_adapter),
                                  shelf_about,
                                  shelf_create,
                                  shelf_destroy,
                                  shelf_configure,
                                  probe,
                                  deliver,
                                  NULL,
                                  NULL,
                                  NULL};
const hub_adapter* hub_adapter_entry(void) { return &table; }
