/* Takes memory until there is none; a refused allocation ends the process. */
#include <stdlib.h>

#include "tests/adapters_bad/shelf.h"

static void deliver(void* instance, void* call, const hub_message* message, hub_answer_fn done,
                    void* context) {
  const size_t step = 8u * 1024u * 1024u;
  size_t taken = 0;
  (void)instance, (void)call, (void)message, (void)done, (void)context;
  /* An end of its own, should the limit be missing: then the call succeeds and its test fails. */
  while (taken < 1024u * 1024u * 1024u) {
    volatile char* block = malloc(step);
    if (block == NULL) abort();
    block[0] = 1;
    block[step - 1] = 1;
    taken += step;
  }
  shelf_done(done, context);
}
SHELF_ADAPTER(deliver)
