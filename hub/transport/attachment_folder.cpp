// Attachments under their SHA-256: <folder>/ab/cdef…; written to <folder>/tmp first, fsynced,
// renamed.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "hub/base/ids.h"
#include "hub/transport/internal.h"

namespace hub::transport {
namespace {

namespace fs = std::filesystem;

bool isDigest(std::string_view text) {
  if (text.size() != 64) return false;
  for (char c : text) {
    if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return false;
  }
  return true;
}

Status unwritable(const std::string& what) {
  return Status::failure("base.file_unwritable", "attachment: " + what + ": " + strerror(errno));
}

Status syncFolder(const std::string& folder) {
  int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  bool ok = fd >= 0 && ::fsync(fd) == 0;
  if (fd >= 0) ::close(fd);
  return ok ? Status() : unwritable("cannot sync " + folder);
}

// How many bytes may pass between two looks at the disk.
constexpr std::size_t kLookEvery = 4 * 1024 * 1024;

class FolderSink final : public AttachmentStore::Sink {
 public:
  FolderSink(std::string folder, std::string temporary, int fd, const Limits& limits)
      : folder_(std::move(folder)),
        temporary_(std::move(temporary)),
        fd_(fd),
        max_(limits.attachment_bytes_max),
        reserve_(limits.free_disk_bytes_min) {}
  ~FolderSink() override {
    if (fd_ >= 0) ::close(fd_);
    if (!temporary_.empty()) ::unlink(temporary_.c_str());
  }

  Status write(std::string_view bytes) override {
    size_ += bytes.size();
    if (size_ > max_) {
      return Status::failure("exchange.attachment_too_large",
                             "larger than " + std::to_string(max_) + " bytes");
    }
    if (auto status = keepReserve(bytes.size()); !status) return status;
    hasher_.add(bytes);
    while (!bytes.empty()) {
      ssize_t wrote = ::write(fd_, bytes.data(), bytes.size());
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote < 0) return unwritable("cannot write");
      bytes.remove_prefix(static_cast<std::size_t>(wrote));
    }
    return {};
  }

  Result<Stored> finish() override {
    Stored stored{hasher_.hex(), static_cast<std::int64_t>(size_)};
    if (::fsync(fd_) != 0) return unwritable("cannot sync");
    ::close(fd_);
    fd_ = -1;
    std::string shelf = folder_ + "/" + stored.sha256_hex.substr(0, 2);
    std::string path = shelf + "/" + stored.sha256_hex.substr(2);
    if (::mkdir(shelf.c_str(), 0700) != 0 && errno != EEXIST) {
      return unwritable("cannot make folder");
    }
    // The same digest is the same content: replacing it changes nothing.
    if (::rename(temporary_.c_str(), path.c_str()) != 0) {
      return unwritable("cannot move into place");
    }
    temporary_.clear();
    if (auto status = syncFolder(shelf); !status) return status;
    if (auto status = syncFolder(folder_); !status) return status;
    return stored;
  }

 private:
  // The reserve is what the database and its log need to go on: no attachment may eat it.
  Status keepReserve(std::size_t coming) {
    if (looked_ && size_ < next_look_) return {};
    struct statvfs disk {};
    if (::fstatvfs(fd_, &disk) != 0) return unwritable("cannot ask for free space");
    const auto free = static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize;
    if (free < static_cast<std::uint64_t>(reserve_) + coming) {
      return Status::failure("store.unavailable",
                             "no attachment is taken: the disk is nearly full");
    }
    looked_ = true;
    next_look_ = size_ + kLookEvery;
    return {};
  }

  std::string folder_, temporary_;
  int fd_;
  std::size_t max_;
  std::int64_t reserve_;
  std::size_t size_ = 0;
  bool looked_ = false;
  std::size_t next_look_ = 0;
  Hasher hasher_;
};

class AttachmentFolder final : public AttachmentStore {
 public:
  AttachmentFolder(std::string folder, const Limits& limits)
      : folder_(std::move(folder)), limits_(limits) {
    std::error_code error;
    fs::create_directories(folder_ + "/tmp", error);
    fs::permissions(folder_, fs::perms::owner_all, error);
    // What a crash left half-written belongs to nobody.
    for (const auto& entry : fs::directory_iterator(folder_ + "/tmp", error)) {
      fs::remove(entry.path(), error);
    }
  }

  Result<std::string> path(std::string_view digest) override {
    if (!isDigest(digest)) return Status::failure("store.not_found", "not a SHA-256 digest");
    std::string found =
        folder_ + "/" + std::string(digest.substr(0, 2)) + "/" + std::string(digest.substr(2));
    struct stat info {};
    if (::lstat(found.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) {
      return Status::failure("store.not_found", "no such attachment");
    }
    return found;
  }

  Result<std::unique_ptr<Sink>> create() override {
    std::string temporary = folder_ + "/tmp/" + toHex(randomBytes(12));
    int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) return unwritable("cannot create");
    return std::unique_ptr<Sink>(std::make_unique<FolderSink>(folder_, temporary, fd, limits_));
  }

 private:
  const std::string folder_;
  const Limits limits_;
};

}  // namespace

std::unique_ptr<AttachmentStore> openAttachmentFolder(const std::string& folder,
                                                      const Limits& limits) {
  return std::make_unique<AttachmentFolder>(folder, limits);
}

}  // namespace hub::transport
