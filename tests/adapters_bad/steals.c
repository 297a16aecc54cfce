/* Tries to reach files that are not its own: the message's body names one. Answers with what it
 * managed, as text; "own" (its work folder) is the only good answer. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/adapters_bad/shelf.h"

static char managed[512];

static void note(int worked, const char* what) {
  if (worked && strlen(managed) + strlen(what) + 2 < sizeof managed) {
    if (managed[0] != '\0') strcat(managed, " ");
    strcat(managed, what);
  }
}

static int opens(const char* path, int flags) {
  const int fd = open(path, flags, 0600);
  if (fd >= 0) close(fd);
  return fd >= 0;
}

static void reach_out(const char* path) {
  char beside[1024];
  char folder[1024];
  char hub[64];
  DIR* listing = NULL;
  snprintf(beside, sizeof beside, "%s.new", path);
  snprintf(folder, sizeof folder, "%s", path);
  *strrchr(folder, '/') = '\0';
  snprintf(hub, sizeof hub, "/proc/%d/environ", (int)getppid());
  note(opens(path, O_RDONLY), "read");
  note(opens(path, O_WRONLY), "write");
  note(opens(beside, O_WRONLY | O_CREAT), "create");
  note(rename(path, beside) == 0, "rename");
  note(rename(path, "stolen") == 0, "move");
  note(link(path, "linked") == 0, "link");
  note(symlink(path, "leads_out") == 0 && opens("leads_out", O_RDONLY), "symlink");
  note(truncate(path, 0) == 0, "truncate");
  note(chmod(path, 0666) == 0, "chmod");
  note(fchmodat(AT_FDCWD, path, 0666, 0) == 0, "fchmodat");
  note(mkdir(beside, 0700) == 0, "mkdir");
  note(unlink(path) == 0, "unlink");
  note((listing = opendir(folder)) != NULL, "list");
  if (listing != NULL) closedir(listing);
  note(opens(hub, O_RDONLY), "environment");
  note(opens("/etc/passwd", O_RDONLY), "passwd");
}

static int own_folder_works(void) {
  return opens("mine", O_WRONLY | O_CREAT | O_TRUNC) && rename("mine", "still_mine") == 0 &&
         opens("still_mine", O_RDONLY) && unlink("still_mine") == 0 && mkdir("sub", 0700) == 0 &&
         rmdir("sub") == 0;
}

static void deliver(void* instance, void* call, const hub_message* message, hub_answer_fn done,
                    void* context) {
  char path[512];
  hub_answer answer;
  (void)instance, (void)call;
  snprintf(path, sizeof path, "%.*s", (int)message->body.size, (const char*)message->body.data);
  managed[0] = '\0';
  reach_out(path);
  note(own_folder_works(), "own");
  memset(&answer, 0, sizeof answer);
  answer.size = sizeof answer;
  answer.outcome = HUB_DONE;
  answer.external_id = shelf_text(managed);
  done(context, &answer);
}
SHELF_ADAPTER(deliver)
