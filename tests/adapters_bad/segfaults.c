/* Dies by a signal in the middle of a call, after a line that holds a (fictitious) IIN. */
#include <signal.h>
#include <stdio.h>

#include "tests/adapters_bad/shelf.h"

static void deliver(void* instance, void* call, const hub_message* message, hub_answer_fn done,
                    void* context) {
  (void)instance, (void)call, (void)message, (void)done, (void)context;
  fputs("about to fail on 850101100012\n", stderr);
  fflush(stderr);
  signal(SIGSEGV, SIG_DFL);
  raise(SIGSEGV);
}
SHELF_ADAPTER(deliver)
