// A folder of this machine. Every path is opened step by step below the root without following
// symbolic links (openat, O_NOFOLLOW), so that nothing an agency plants can lead outside.
#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "hub/base/text.h"
#include "hub/transport/internal.h"

namespace hub::transport {
namespace {

class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  int get() const { return fd_; }
  int release() {
    int fd = fd_;
    fd_ = -1;
    return fd;
  }

 private:
  int fd_;
};

Status fromErrno(const char* what) {
  switch (errno) {
    case ENOENT:
      return Status::failure("transport.not_found", std::string(what) + ": no such file");
    case ELOOP:
      return Status::failure("transport.symlink_refused", "a symbolic link is in the path");
    case EXDEV:
      return Status::failure("transport.symlink_refused", "the path leaves the folder");
    case EEXIST:
      return Status::failure("transport.name_taken", "the name is taken");
    case EACCES:
    case EPERM:
      return Status::failure("transport.refused", std::string(what) + ": no permission");
    default:
      return Status::failure("transport.disk", std::string(what) + ": " + strerror(errno));
  }
}

std::string folderOf(const std::string& path) {
  auto slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}
std::string nameOf(const std::string& path) {
  auto slash = path.rfind('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

int renameNoReplace(int from_folder, const char* from, int to_folder, const char* to) {
  return ::renameat2(from_folder, from, to_folder, to, RENAME_NOREPLACE);
}

class LocalPlace final : public FilePlace {
 public:
  LocalPlace(std::string root, const MoveCalls& calls)
      : root_path_(std::move(root)), calls_(calls) {}
  ~LocalPlace() override { disconnect(); }

  Status connect(Deadline) override {
    // Anew for every call: the folder may have been replaced, and a removed one lists as empty.
    disconnect();
    root_ = ::open(root_path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root_ < 0) {
      return Status::failure("transport.unreachable",
                             "the folder cannot be opened: " + std::string(strerror(errno)));
    }
    return {};
  }
  void disconnect() override {
    if (root_ >= 0) ::close(root_);
    root_ = -1;
  }

  Result<std::vector<Info>> list(const std::string& folder, bool*) override {
    Fd fd(openBelow(folder.empty() ? "." : folder, O_RDONLY | O_DIRECTORY));
    if (fd.get() < 0) return fromErrno("list");
    int raw = fd.release();
    DIR* dir = ::fdopendir(raw);
    if (!dir) {
      ::close(raw);
      return fromErrno("list");
    }
    std::vector<Info> found;
    while (dirent* entry = ::readdir(dir)) {
      std::string name = entry->d_name;
      struct stat info {};
      if (name == "." || name == "..") continue;
      if (::fstatat(raw, entry->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0) continue;
      const bool openable = isUtf8(name);
      found.push_back(describe(openable ? name : shownName(name), info));
      found.back().openable = openable;
    }
    ::closedir(dir);
    return found;
  }

  Result<Info> info(const std::string& path) override {
    Fd folder(openBelow(parentOf(path), O_RDONLY | O_DIRECTORY));
    if (folder.get() < 0) return fromErrno("look");
    struct stat info {};
    if (::fstatat(folder.get(), nameOf(path).c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
      return fromErrno("look");
    }
    return describe(nameOf(path), info);
  }

  Status read(const std::string& path, const Writer& to) override {
    Fd fd(openBelow(path, O_RDONLY | O_NONBLOCK | O_NOCTTY));
    if (fd.get() < 0) return fromErrno("read");
    char buffer[65'536];
    while (true) {
      ssize_t got = ::read(fd.get(), buffer, sizeof buffer);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return fromErrno("read");
      if (got == 0) return {};
      if (auto status = to({buffer, static_cast<std::size_t>(got)}); !status) return status;
    }
  }

  Status write(const std::string& path, const Reader& from) override {
    Fd fd(openBelow(path, O_WRONLY | O_CREAT | O_EXCL, 0640));
    if (fd.get() < 0) return fromErrno("create");
    while (true) {
      auto piece = from();
      if (!piece) return piece.status();
      if (piece->empty()) break;
      std::string_view rest = *piece;
      while (!rest.empty()) {
        ssize_t wrote = ::write(fd.get(), rest.data(), rest.size());
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote < 0) return fromErrno("write");
        rest.remove_prefix(static_cast<std::size_t>(wrote));
      }
    }
    return ::fsync(fd.get()) == 0 ? Status() : fromErrno("sync");
  }

  Status rename(const std::string& from, const std::string& to) override {
    Fd source(openBelow(parentOf(from), O_RDONLY | O_DIRECTORY));
    Fd target(openBelow(parentOf(to), O_RDONLY | O_DIRECTORY));
    if (source.get() < 0 || target.get() < 0) return fromErrno("rename");
    if (calls_.rename_no_replace(source.get(), nameOf(from).c_str(), target.get(),
                                 nameOf(to).c_str()) != 0) {
      // NFS and many FUSE file systems cannot rename without replacing.
      if (errno != EINVAL && errno != ENOSYS) return fromErrno("rename");
      auto status = linkAndUnlink(source.get(), nameOf(from), target.get(), nameOf(to));
      if (!status) return status;
    }
    bool synced = ::fsync(target.get()) == 0 && ::fsync(source.get()) == 0;
    return synced ? Status() : fromErrno("sync");
  }

  Status remove(const std::string& path) override {
    Fd folder(openBelow(parentOf(path), O_RDONLY | O_DIRECTORY));
    if (folder.get() < 0 || ::unlinkat(folder.get(), nameOf(path).c_str(), 0) != 0) {
      return fromErrno("remove");
    }
    return {};
  }

  Status makeFolders(const std::string& folder) override {
    std::string done;
    for (const auto& part : split(folder, '/')) {
      if (part.empty()) continue;
      Fd parent(openBelow(done.empty() ? "." : done, O_RDONLY | O_DIRECTORY));
      if (parent.get() < 0) return fromErrno("make folder");
      if (::mkdirat(parent.get(), part.c_str(), 0750) == 0) {
        if (::fsync(parent.get()) != 0) return fromErrno("sync");
      } else if (errno != EEXIST) {
        return fromErrno("make folder");
      }
      done += (done.empty() ? "" : "/") + part;
    }
    return {};
  }

 private:
  // A link never replaces either. Two may link one file to places of their own: it is his who then takes
  // the old name away.
  Status linkAndUnlink(int source, const std::string& from, int target,
                       const std::string& to) const {
    struct stat before {};
    struct stat after {};
    if (::fstatat(source, from.c_str(), &before, AT_SYMLINK_NOFOLLOW) != 0) {
      return fromErrno("rename");
    }
    if (calls_.link(source, from.c_str(), target, to.c_str(), 0) != 0) {
      const int why = errno;
      // No hard links there, or none of a file of somebody else (fs.protected_hardlinks): whoever moves files here
      // has a folder or names of his own, and the place was free just now.
      if (why == EPERM || why == EACCES || why == EOPNOTSUPP || why == ENOSYS || why == EMLINK) {
        if (::fstatat(target, to.c_str(), &after, AT_SYMLINK_NOFOLLOW) == 0) {
          errno = EEXIST;
          return fromErrno("rename");
        }
        return ::renameat(source, from.c_str(), target, to.c_str()) == 0 ? Status()
                                                                         : fromErrno("rename");
      }
      // Over NFS a link whose answer was lost is asked for twice.
      const bool made = why == EEXIST &&
                        ::fstatat(target, to.c_str(), &after, AT_SYMLINK_NOFOLLOW) == 0 &&
                        before.st_ino == after.st_ino && before.st_dev == after.st_dev;
      errno = why;
      if (!made) return fromErrno("rename");
    }
    if (calls_.unlink(source, from.c_str(), 0) == 0) return {};
    const int why = errno;
    // Nor is it known of an answer that was lost: the last link there is holds the file.
    const bool last = why == ENOENT &&
                      ::fstatat(target, to.c_str(), &after, AT_SYMLINK_NOFOLLOW) == 0 &&
                      after.st_nlink == 1;
    if (last) return {};
    errno = why;
    const auto status = fromErrno("rename");
    ::unlinkat(target, to.c_str(), 0);
    return status;
  }

  static Info describe(const std::string& name, const struct stat& info) {
    Info out;
    out.name = name;
    out.size = info.st_size;
    out.modified_ms =
        static_cast<std::int64_t>(info.st_mtim.tv_sec) * 1'000 + info.st_mtim.tv_nsec / 1'000'000;
    out.regular = S_ISREG(info.st_mode);
    out.folder = S_ISDIR(info.st_mode);
    return out;
  }
  static std::string parentOf(const std::string& path) {
    std::string folder = folderOf(path);
    return folder.empty() ? "." : folder;
  }
  int openBelow(const std::string& path, int flags, int mode = 0) const {
    struct open_how how {};
    how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
    how.mode = static_cast<std::uint64_t>(mode);
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
    return static_cast<int>(::syscall(SYS_openat2, root_, path.c_str(), &how, sizeof how));
  }

  std::string root_path_;
  MoveCalls calls_;
  int root_ = -1;
};

}  // namespace

MoveCalls systemMoveCalls() { return {&renameNoReplace, &::linkat, &::unlinkat}; }

std::unique_ptr<FilePlace> makeLocalPlace(const std::string& root, const MoveCalls& calls) {
  return std::make_unique<LocalPlace>(root, calls);
}

}  // namespace hub::transport
