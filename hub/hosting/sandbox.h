// What an adapter process takes away from itself before any foreign code runs in it.
#pragma once

#include "hub/base/status.h"

namespace hub::hosting {

// Installs a seccomp filter for the calling process and everything it executes: no new sockets or
// connections, no processes, no tracing or signalling of others, no kernel doors around the filter
// (io_uring, bpf, userfaultfd …); all answered EPERM. Threads and memory stay free.
// `may_execute` leaves execve open, for a program that is started after the filter.
// Failure: "hosting.start_failed" (kernel without seccomp, or no permission).
Status enterSandbox(bool may_execute);

}  // namespace hub::hosting
