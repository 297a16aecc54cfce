/* Never answers: waits for a signal that does not come. Says so on standard error first. */
#include <stdio.h>
#include <unistd.h>

#include "tests/adapters_bad/shelf.h"

static void deliver(void* instance, void* call, const hub_message* message, hub_answer_fn done,
                    void* context) {
  (void)instance, (void)call, (void)message, (void)done, (void)context;
  fputs("waiting for ever\n", stderr);
  for (;;) pause();
}
SHELF_ADAPTER(deliver)
