/* Answers with far more than an answer may hold: a huge body, or (by message id) a huge list. */
#include <stdlib.h>

#include "tests/adapters_bad/shelf.h"

static void deliver(void* instance, void* call, const hub_message* message, hub_answer_fn done,
                    void* context) {
  const size_t much = 64u * 1024u * 1024u;
  hub_inbound item;
  const hub_inbound* one = &item;
  hub_answer answer;
  char* body = calloc(1, much);
  (void)instance, (void)call;
  memset(&answer, 0, sizeof answer);
  memset(&item, 0, sizeof item);
  item.size = sizeof item;
  answer.size = sizeof answer;
  answer.outcome = HUB_DONE;
  if (message->message_id.size == 4 && memcmp(message->message_id.data, "list", 4) == 0) {
    answer.items = &one;
    answer.items_count = (size_t)-1;
  } else {
    answer.result_json.data = body;
    answer.result_json.size = much;
  }
  done(context, &answer);
  free(body);
}
SHELF_ADAPTER(deliver)
