// An SFTP folder through libssh: public key login, the host key must stand in known_hosts, no
// agent, no password, no user configuration. One session, made anew after it broke.
#include <fcntl.h>
#include <libssh/libssh.h>
#include <libssh/sftp.h>
#include <poll.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "hub/base/text.h"
#include "hub/transport/internal.h"
#include "hub/transport/watchdog.h"

namespace hub::transport {
namespace {

class SftpPlace final : public FilePlace {
 public:
  SftpPlace(const EndpointConfig& config, const ParsedUrl& url) : config_(config), url_(url) {}
  ~SftpPlace() override { disconnect(); }

  Status connect(Deadline deadline) override {
    call_ends_ = deadline;
    armed_at_ = std::chrono::steady_clock::now();
    const auto limit = stepEnds();
    if (sftp_ && isAlive()) {
      guard_.emplace(*watchdog_, ssh_get_fd(ssh_), limit);
      return {};
    }
    disconnect();
    ssh_ = ssh_new();
    if (!ssh_) return Status::failure("transport.unreachable", "no SSH session can be made");
    auto status = open(limit);
    if (status.ok()) return status;
    bool late = guard_ && guard_->fired();
    disconnect();
    return late ? Status::failure("transport.timeout", config_.name + " did not answer in time")
                : status;
  }

  bool endCall() override {
    bool in_time = !guard_ || !guard_->fired();
    guard_.reset();
    return in_time;
  }

  void disconnect() override {
    guard_.reset();
    while (!walks_.empty()) forget(walks_.begin(), false);
    if (sftp_) sftp_free(sftp_);
    sftp_ = nullptr;
    if (ssh_) {
      ssh_disconnect(ssh_);
      ssh_free(ssh_);
    }
    ssh_ = nullptr;
  }

  Result<std::vector<Info>> list(const std::string& folder, bool* cut) override {
    const auto begun = std::chrono::steady_clock::now();
    // What nobody went on with for so long tells of a folder as it was. An agency may be asked once a day.
    constexpr std::chrono::hours kWalkFor(25);
    auto kept = walks_.find(folder);
    if (kept != walks_.end() && begun - kept->second.at > kWalkFor) {
      forget(kept, true);
      kept = walks_.end();
    }
    if (kept == walks_.end()) {
      constexpr std::size_t kWalksMax = 4;
      // The one that nobody went on with for longest: another might just be half through.
      if (walks_.size() >= kWalksMax) {
        forget(std::min_element(
                   walks_.begin(), walks_.end(),
                   [](const auto& a, const auto& b) { return a.second.at < b.second.at; }),
               true);
      }
      sftp_dir dir = sftp_opendir(sftp_, full(folder).c_str());
      if (!dir) return failure("list");
      kept = walks_.emplace(folder, Walk{dir, {}, begun}).first;
    }
    auto& found = kept->second.found;
    std::size_t beside = 0;
    for (const auto& [other, walk] : walks_) beside += other == folder ? 0 : walk.found.bytes();
    Status status;
    // About a hundred names come at once: a large folder takes many steps, over a long line more of them than a call
    // has time for. The rest of the call's time is for other folders.
    const auto half = begun + (call_ends_ - begun) / 2;
    bool paused = false;
    while (status.ok() && !paused) {
      sftp_attributes attributes = sftp_readdir(sftp_, kept->second.dir);
      if (!attributes) break;
      std::string name = attributes->name ? attributes->name : "";
      status = goOn("list");
      if (status.ok() && name != "." && name != "..") {
        status = found.add(std::move(name), describe({}, attributes), beside);
      }
      sftp_attributes_free(attributes);
      paused = std::chrono::steady_clock::now() >= half;
    }
    if (status.ok() && paused) {
      kept->second.at = std::chrono::steady_clock::now();
      return Status::failure("transport.listing_goes_on",
                             std::to_string(found.size()) + " files of it are listed so far");
    }
    bool whole = sftp_dir_eof(kept->second.dir) == 1;
    if (cut && !status && status.error().code == "transport.folder_too_large") {
      status = {};
      *cut = whole = true;
    }
    auto all = found.take();
    sftp_closedir(std::exchange(kept->second.dir, nullptr));
    walks_.erase(kept);
    if (!status) return status;
    if (!whole) return failure("list");
    return all;
  }

  Result<Info> info(const std::string& path) override {
    sftp_attributes attributes = sftp_lstat(sftp_, full(path).c_str());
    if (!attributes) return failure("look");
    Info out = describe(path, attributes);
    sftp_attributes_free(attributes);
    return out;
  }

  // So many pieces are asked for before the first has come that a long way costs its time once, not once
  // for each piece; few at first, since most files are small.
  Status read(const std::string& path, const Writer& to) override {
    sftp_file file = sftp_open(sftp_, full(path).c_str(), O_RDONLY, 0);
    if (!file) return failure("read");
    constexpr std::size_t kAskedMax = 32;
    std::vector<char> buffer(kPieceBytes);
    std::deque<std::uint32_t> asked;
    std::size_t ask = 1;
    std::uint64_t at = 0;
    Status status;
    while (status.ok()) {
      while (status.ok() && asked.size() < ask) {
        const int id = sftp_async_read_begin(file, kPieceBytes);
        if (id < 0)
          status = failure("read");
        else
          asked.push_back(static_cast<std::uint32_t>(id));
      }
      if (!status) break;
      const int got = sftp_async_read(file, buffer.data(), kPieceBytes, asked.front());
      asked.pop_front();
      if (got < 0) status = failure("read");
      if (got <= 0) break;
      status = to({buffer.data(), static_cast<std::size_t>(got)});
      at += static_cast<std::uint64_t>(got);
      if (status.ok()) status = goOn("read");
      ask = std::min(kAskedMax, ask * 2);
      if (static_cast<std::uint32_t>(got) == kPieceBytes) continue;
      // Less than was asked for, at the end or not: what is behind it was asked for at the wrong place.
      dropAsked(file, asked);
      sftp_seek64(file, at);
      ask = 1;
    }
    dropAsked(file, asked);
    sftp_close(file);
    return status;
  }

  Status write(const std::string& path, const Reader& from) override {
    sftp_file file = sftp_open(sftp_, full(path).c_str(), O_WRONLY | O_CREAT | O_EXCL, 0640);
    if (!file) return failure("create");
    // libssh awaits the answer to each piece. A server that tells its limits takes 256 KiB at once; of others
    // only 32 KiB are sure.
    const std::size_t piece_max =
        sftp_extension_supported(sftp_, "limits@openssh.com", "1") ? 7 * kPieceBytes : kPieceBytes;
    std::string rest;
    bool ended = false;
    Status status;
    while (status.ok()) {
      while (status.ok() && !ended && rest.size() < piece_max) {
        auto piece = from();
        if (!piece) {
          status = piece.status();
        } else {
          ended = piece->empty();
          rest += *piece;
        }
      }
      if (!status || rest.empty()) break;
      const ssize_t wrote = sftp_write(file, rest.data(), std::min(rest.size(), piece_max));
      if (wrote <= 0) {
        status = failure("write");
      } else {
        rest.erase(0, static_cast<std::size_t>(wrote));
        status = goOn("write");
      }
    }
    // Servers without fsync@openssh.com cannot promise more than the close.
    if (status.ok() && sftp_extension_supported(sftp_, "fsync@openssh.com", "1") &&
        sftp_fsync(file) != 0) {
      status = failure("sync");
    }
    if (sftp_close(file) != SSH_NO_ERROR && status.ok()) status = failure("close");
    return status;
  }

  Status rename(const std::string& from, const std::string& to) override {
    // The protocol's own rename never replaces (OpenSSH links and unlinks); posix-rename does, and libssh
    // takes it wherever the server offers it, unless it sees no extensions.
    sftp_ext extensions = std::exchange(sftp_->ext, nullptr);
    bool done = sftp_rename(sftp_, full(from).c_str(), full(to).c_str()) == 0;
    sftp_->ext = extensions;
    if (done) return {};
    auto why = failure("rename");
    // Version 3 has no code of its own for a taken name.
    bool unclear = why.error().code == "transport.disk" || why.error().code == "transport.refused";
    if (unclear && info(to).ok()) {
      return Status::failure("transport.name_taken", "the name is taken");
    }
    return why;
  }

  Status remove(const std::string& path) override {
    return sftp_unlink(sftp_, full(path).c_str()) == 0 ? Status() : failure("remove");
  }

  Status makeFolders(const std::string& folder) override {
    std::string done;
    for (const auto& part : split(folder, '/')) {
      if (part.empty()) continue;
      done += (done.empty() ? "" : "/") + part;
      sftp_attributes there = sftp_lstat(sftp_, full(done).c_str());
      if (there) {
        sftp_attributes_free(there);
        continue;
      }
      if (sftp_mkdir(sftp_, full(done).c_str(), 0750) != 0 &&
          sftp_get_error(sftp_) != SSH_FX_FILE_ALREADY_EXISTS) {
        return failure("make folder");
      }
    }
    return {};
  }

 private:
  static constexpr std::uint32_t kPieceBytes = 32'768;

  // A folder that is listed over several calls.
  struct Walk {
    sftp_dir dir = nullptr;
    FoundFiles found;
    Deadline at{};  // it went on last
  };
  using Walks = std::map<std::string, Walk>;

  // With a session that goes on the server is told: it has so many handles, and opens no folder any more when they are
  // used up. Else without a word to it, which may not answer any more; it closes what a session had opened.
  void forget(Walks::iterator walk, bool tell) {
    if (sftp_dir dir = walk->second.dir; dir != nullptr && tell) {
      sftp_closedir(dir);
    } else if (dir != nullptr) {
      std::free(dir->name);
      ssh_string_free(dir->handle);
      ssh_buffer_free(dir->buffer);
      std::free(dir);
    }
    walks_.erase(walk);
  }

  // request_ms_max is for the next step, a whole file may take as long as the call.
  Deadline stepEnds() const {
    const auto limit =
        std::chrono::steady_clock::now() + std::chrono::milliseconds(config_.request_ms_max);
    return std::min(limit, call_ends_);
  }

  // A piece went through. Failure: the time was over before it did.
  Status goOn(const char* what) {
    const auto now = std::chrono::steady_clock::now();
    // Not for every piece: the watchdog is one for all.
    if (now - armed_at_ < std::chrono::milliseconds(config_.request_ms_max / 8)) return {};
    if (!guard_ || guard_->fired()) return failure(what);
    guard_.emplace(*watchdog_, ssh_get_fd(ssh_), stepEnds());
    armed_at_ = now;
    return {};
  }

  // Answers that are not taken would stay in the session's memory.
  void dropAsked(sftp_file file, std::deque<std::uint32_t>& asked) const {
    std::vector<char> buffer(kPieceBytes);
    for (const std::uint32_t id : asked) {
      file->eof = 0;
      if (!ssh_is_connected(ssh_)) break;
      sftp_async_read(file, buffer.data(), kPieceBytes, id);
    }
    asked.clear();
    file->eof = 0;
  }

  // What the other side closed while it idled is made anew before it is used.
  bool isAlive() const {
    pollfd ready{ssh_get_fd(ssh_), POLLRDHUP, 0};
    return ssh_is_connected(ssh_) && ::poll(&ready, 1, 0) == 0;
  }

  Status open(Deadline deadline) {
    long seconds = std::max(1, leftMs(deadline, config_.connect_ms_max) / 1'000);
    int port = url_.port;
    bool no_config = false;
    ssh_options_set(ssh_, SSH_OPTIONS_PROCESS_CONFIG, &no_config);
    ssh_options_set(ssh_, SSH_OPTIONS_HOST, url_.host.c_str());
    ssh_options_set(ssh_, SSH_OPTIONS_PORT, &port);
    ssh_options_set(ssh_, SSH_OPTIONS_USER, url_.user.c_str());
    ssh_options_set(ssh_, SSH_OPTIONS_KNOWNHOSTS, config_.known_hosts.c_str());
    ssh_options_set(ssh_, SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/dev/null");
    ssh_options_set(ssh_, SSH_OPTIONS_TIMEOUT, &seconds);
    if (ssh_connect(ssh_) != SSH_OK) {
      return Status::failure("transport.unreachable", config_.name + " cannot be reached by SSH");
    }
    // libssh waits without end for the answers to most requests.
    guard_.emplace(*watchdog_, ssh_get_fd(ssh_), deadline);
    if (ssh_session_is_known_server(ssh_) != SSH_KNOWN_HOSTS_OK) {
      return Status::failure("transport.host_key",
                             config_.name + ": the server's key does not stand in known_hosts");
    }
    ssh_key key = nullptr;
    if (ssh_pki_import_privkey_file(config_.ssh_key.c_str(), nullptr, nullptr, nullptr, &key) !=
        SSH_OK) {
      return Status::failure("transport.bad_endpoint", config_.name + ": ssh_key cannot be read");
    }
    int answer = ssh_userauth_publickey(ssh_, nullptr, key);
    ssh_key_free(key);
    if (answer != SSH_AUTH_SUCCESS) {
      return Status::failure("transport.refused", config_.name + ": the server refused our key");
    }
    sftp_ = sftp_new(ssh_);
    if (!sftp_ || sftp_init(sftp_) != SSH_OK) {
      return Status::failure("transport.refused", config_.name + ": the server offers no SFTP");
    }
    return {};
  }

  std::string full(const std::string& path) const {
    if (path.empty()) return url_.path.empty() ? "/" : url_.path;
    return url_.path + "/" + path;
  }

  static Info describe(const std::string& name, sftp_attributes attributes) {
    Info out;
    out.name = name;
    out.size = static_cast<std::int64_t>(attributes->size);
    out.modified_ms = static_cast<std::int64_t>(attributes->mtime) * 1'000;
    out.regular = attributes->type == SSH_FILEXFER_TYPE_REGULAR;
    out.folder = attributes->type == SSH_FILEXFER_TYPE_DIRECTORY;
    return out;
  }

  Status failure(const char* what) {
    // After the connection broke the last error is that of an earlier request.
    if (!isAlive()) {
      return Status::failure("transport.broken", std::string(what) + ": the SFTP session broke");
    }
    switch (sftp_get_error(sftp_)) {
      case SSH_FX_NO_SUCH_FILE:
      case SSH_FX_NO_SUCH_PATH:
        return Status::failure("transport.not_found", std::string(what) + ": no such file");
      case SSH_FX_PERMISSION_DENIED:
      case SSH_FX_WRITE_PROTECT:
        return Status::failure("transport.refused", std::string(what) + ": no permission");
      case SSH_FX_FILE_ALREADY_EXISTS:
        return Status::failure("transport.name_taken", "the name is taken");
      case SSH_FX_FAILURE:
        return Status::failure("transport.disk", std::string(what) + ": the server failed");
      default:
        return Status::failure("transport.broken", std::string(what) + ": the SFTP session broke");
    }
  }

  const EndpointConfig config_;
  const ParsedUrl url_;
  std::shared_ptr<Watchdog> watchdog_ = Watchdog::shared();
  std::optional<Watchdog::Guard> guard_;
  Deadline call_ends_{}, armed_at_{};
  ssh_session ssh_ = nullptr;
  sftp_session sftp_ = nullptr;
  Walks walks_;  // by folder
};

}  // namespace

std::unique_ptr<FilePlace> makeSftpPlace(const EndpointConfig& config, const ParsedUrl& url) {
  return std::make_unique<SftpPlace>(config, url);
}

}  // namespace hub::transport
