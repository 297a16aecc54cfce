/* Leaves the process in the middle of a call. */
#include <unistd.h>

#include "tests/adapters_bad/shelf.h"

static void deliver(void* instance, void* call, const hub_message* message, hub_answer_fn done,
                    void* context) {
  (void)instance, (void)call, (void)message, (void)done, (void)context;
  _exit(3);
}
SHELF_ADAPTER(deliver)
