#include "hub/hosting/sandbox.h"

#include <sched.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <initializer_list>
#include <memory>

#include "hub/hosting/walls.h"

namespace hub::hosting {
namespace {

constexpr std::uint32_t kDenied = SCMP_ACT_ERRNO(EPERM);

constexpr int kFchmodat2 = 452;  // younger than libseccomp's table

constexpr int kForbidden[] = {
    SCMP_SYS(socket), SCMP_SYS(connect), SCMP_SYS(bind), SCMP_SYS(listen), SCMP_SYS(accept),
    SCMP_SYS(accept4), SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev),
    SCMP_SYS(fork), SCMP_SYS(vfork), SCMP_SYS(kill), SCMP_SYS(tkill), SCMP_SYS(rt_sigqueueinfo),
    SCMP_SYS(rt_tgsigqueueinfo), SCMP_SYS(pidfd_open), SCMP_SYS(pidfd_getfd),
    SCMP_SYS(pidfd_send_signal), SCMP_SYS(kcmp), SCMP_SYS(io_uring_setup), SCMP_SYS(io_uring_enter),
    SCMP_SYS(io_uring_register), SCMP_SYS(bpf), SCMP_SYS(userfaultfd), SCMP_SYS(perf_event_open),
    SCMP_SYS(keyctl), SCMP_SYS(add_key), SCMP_SYS(request_key), SCMP_SYS(mount), SCMP_SYS(umount2),
    SCMP_SYS(pivot_root), SCMP_SYS(chroot), SCMP_SYS(setns), SCMP_SYS(unshare),
    SCMP_SYS(init_module), SCMP_SYS(finit_module), SCMP_SYS(delete_module), SCMP_SYS(kexec_load),
    SCMP_SYS(kexec_file_load), SCMP_SYS(reboot), SCMP_SYS(swapon), SCMP_SYS(swapoff),
    SCMP_SYS(open_by_handle_at), SCMP_SYS(name_to_handle_at), SCMP_SYS(move_mount),
    SCMP_SYS(open_tree), SCMP_SYS(fsopen),
    // Landlock does not know these, or not from its beginning.
    SCMP_SYS(truncate), SCMP_SYS(chmod), SCMP_SYS(fchmodat), SCMP_SYS(chown), SCMP_SYS(lchown),
    SCMP_SYS(fchownat), SCMP_SYS(setxattr), SCMP_SYS(lsetxattr), SCMP_SYS(removexattr),
    SCMP_SYS(lremovexattr), kFchmodat2};

using Filter = std::unique_ptr<void, void (*)(scmp_filter_ctx)>;

Status failed(const char* step) {
  return Status::failure("hosting.start_failed", std::string("seccomp: ") + step + " failed");
}

// Threads are clones that share the thread group; clone3 hides its flags from a filter, and libc
// falls back to clone when it is missing.
bool forbidProcesses(scmp_filter_ctx filter) {
  return seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0 &&
         seccomp_rule_add(filter, kDenied, SCMP_SYS(clone), 1,
                          SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0)) == 0;
}

// abort() and raise() signal the process itself; anybody else is out of reach. Limits are touched
// with process 0 (oneself) only.
bool forbidOthers(scmp_filter_ctx filter) {
  const auto self = static_cast<scmp_datum_t>(::getpid());
  return seccomp_rule_add(filter, kDenied, SCMP_SYS(tgkill), 1, SCMP_A0(SCMP_CMP_NE, self)) == 0 &&
         seccomp_rule_add(filter, kDenied, SCMP_SYS(prlimit64), 1, SCMP_A0(SCMP_CMP_NE, 0)) == 0;
}

}  // namespace

Status enterSandbox(const Sandbox& sandbox) {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return failed("no_new_privs");
  if (auto status = wallOffFiles(sandbox); !status) return status;
  const Filter filter(seccomp_init(SCMP_ACT_ALLOW), seccomp_release);
  if (!filter) return failed("init");
  for (const int call : kForbidden) {
    if (seccomp_rule_add(filter.get(), kDenied, call, 0) != 0) return failed("rule");
  }
  if (!sandbox.may_execute) {
    for (const int call : {SCMP_SYS(execve), SCMP_SYS(execveat)}) {
      if (seccomp_rule_add(filter.get(), kDenied, call, 0) != 0) return failed("rule");
    }
  }
  if (!forbidProcesses(filter.get()) || !forbidOthers(filter.get())) return failed("rule");
  if (seccomp_load(filter.get()) != 0) return failed("load");
  return {};
}

}  // namespace hub::hosting
