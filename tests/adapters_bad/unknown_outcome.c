/* Answers with an outcome that the contract does not know. */
#include "tests/adapters_bad/shelf.h"

static void deliver(void* instance, void* call, const hub_message* message, hub_answer_fn done,
                    void* context) {
  hub_answer answer;
  (void)instance, (void)call, (void)message;
  memset(&answer, 0, sizeof answer);
  answer.size = sizeof answer;
  answer.outcome = 77;
  done(context, &answer);
}
SHELF_ADAPTER(deliver)
