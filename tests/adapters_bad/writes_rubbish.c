/* Ignores the contract and writes to the hub's socket itself: rubbish, or (by message id) the
 * beginning of a frame that would be two gigabytes long. */
#include <stdlib.h>
#include <unistd.h>

#include "tests/adapters_bad/shelf.h"

static void deliver(void* instance, void* call, const hub_message* message, hub_answer_fn done,
                    void* context) {
  static const char rubbish[] = "\0\0\0\x10this is no reply";
  static const char endless[] = "\x7f\xff\xff\xff";
  const int fd = atoi(getenv("OTINISH_ADAPTER_FD"));
  const int huge = message->message_id.size == 4;
  (void)instance, (void)call;
  if (write(fd, huge ? endless : rubbish, huge ? 4 : 20) < 0) abort();
  for (;;) pause();
  shelf_done(done, context);
}
SHELF_ADAPTER(deliver)
