// What an adapter process takes away from itself before any foreign code runs in it.
#pragma once

#include <string>
#include <vector>

#include "hub/base/status.h"

namespace hub::hosting {

struct Sandbox {
  // Leaves execve open, for a program that is started after the walls are up.
  bool may_execute = false;
  int file_fd = -1;                   // an open file that may be opened again for reading
  std::vector<std::string> readable;  // files and folders besides the system's own
};

// The kernel's Landlock version (kernel documentation, userspace-api/landlock); 0: it has none.
int landlockVersion();

// For the calling process and everything it executes:
// - seccomp: no new sockets or connections, no processes, no tracing or signalling of others, no
//   kernel doors around the filter (io_uring, bpf, userfaultfd …), no change of modes or owners of
//   files; all answered EPERM. Threads and memory stay free.
// - Landlock: the current folder may be read and written, system libraries and data, the process's
//   own /proc folder and what `sandbox` names may be read; no other file can be opened, made,
//   renamed or removed (EACCES). Without Landlock this wall is missing: the caller warns.
// Failure: "hosting.start_failed" (kernel without seccomp, or no permission).
Status enterSandbox(const Sandbox& sandbox);

}  // namespace hub::hosting
