/* Tries to get out: network, processes, signals, other descriptors. Answers with what it managed,
 * as text; "nothing" is the only good answer. */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/adapters_bad/shelf.h"

extern char** environ;
static char managed[512];

static void note(int worked, const char* what) {
  if (worked && strlen(managed) + strlen(what) + 2 < sizeof managed) {
    strcat(managed, what);
    strcat(managed, " ");
  }
}

static int child_worked(void) {
  const pid_t pid = fork();
  if (pid == 0) _exit(0);
  if (pid > 0) waitpid(pid, NULL, 0);
  return pid > 0;
}

/* Descriptors other than the three standard ones, the two sockets, the file and the listing. */
static int strange_descriptors(void) {
  DIR* folder = opendir("/proc/self/fd");
  int count = 0;
  if (folder == NULL) return 0;
  while (readdir(folder) != NULL) ++count;
  closedir(folder);
  return count - 2 > 7;
}

static void deliver(void* instance, void* call, const hub_message* message, hub_answer_fn done,
                    void* context) {
  char* const arguments[] = {(char*)(uintptr_t) "true", NULL};
  hub_answer answer;
  size_t variables = 0;
  (void)instance, (void)call, (void)message;
  managed[0] = '\0';
  note(socket(AF_INET, SOCK_STREAM, 0) >= 0, "socket");
  note(socket(AF_UNIX, SOCK_STREAM, 0) >= 0, "unix");
  note(child_worked(), "fork");
  note(kill(getppid(), 0) == 0, "kill");
  note(ptrace(PTRACE_ATTACH, getppid(), NULL, NULL) == 0, "ptrace");
  note(syscall(SYS_io_uring_setup, 1, NULL) >= 0, "io_uring");
  note(execve("/bin/true", arguments, environ) == 0, "execve");
  note(strange_descriptors(), "descriptors");
  note(getenv("OTINISH_TEST_SECRET") != NULL, "environment");
  while (environ[variables] != NULL) ++variables;
  note(variables != 2, "variables");
  memset(&answer, 0, sizeof answer);
  answer.size = sizeof answer;
  answer.outcome = HUB_DONE;
  answer.external_id = shelf_text(managed[0] == '\0' ? "nothing" : managed);
  done(context, &answer);
}
SHELF_ADAPTER(deliver)
