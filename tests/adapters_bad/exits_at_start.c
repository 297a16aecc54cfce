/* Leaves the process while it is being loaded. */
#include <unistd.h>

#include "tests/adapters_bad/shelf.h"

__attribute__((constructor)) static void leave(void) { _exit(9); }
static void deliver(void* instance, void* call, const hub_message* message, hub_answer_fn done,
                    void* context) {
  (void)instance, (void)call, (void)message;
  shelf_done(done, context);
}
SHELF_ADAPTER(deliver)
