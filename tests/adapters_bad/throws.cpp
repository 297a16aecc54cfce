// Throws across the border: from one verb an exception, from another a number.
#include <stdexcept>

#include "contracts/adapter/hub_adapter.h"

extern "C" {
#include "tests/adapters_bad/shelf.h"

static void deliver(void*, void*, const hub_message*, hub_answer_fn, void*) {
  throw std::runtime_error("thrown by the adapter");
}
static void probe(void*, void*, hub_answer_fn, void*) { throw 42; }

const uint32_t hub_adapter_abi = HUB_ADAPTER_ABI;
static const hub_adapter table = {sizeof(hub_adapter),
                                  shelf_about,
                                  shelf_create,
                                  shelf_destroy,
                                  shelf_configure,
                                  probe,
                                  deliver,
                                  nullptr,
                                  nullptr,
                                  nullptr};
const hub_adapter* hub_adapter_entry(void) { return &table; }
}
