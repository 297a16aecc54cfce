// What the endpoints of this room share. Not for other rooms.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "hub/transport/endpoint.h"

namespace hub::transport {

struct ParsedUrl {
  std::string scheme, user, host, path;  // path without trailing slash; "" for the root
  int port = 0;
};
// "transport.bad_endpoint".
Result<ParsedUrl> parseUrl(const std::string& url);

// A failed response.
otinish::ExchangeResponse failedResponse(std::string code, std::string text, bool retryable,
                                         bool maybe_delivered = false);
otinish::ExchangeResponse failedResponse(const Status& status);
// Failures of this room and of trust that may pass by themselves.
bool isRetryable(std::string_view code);
// Relative, no "..", no empty or hidden traversal, no control characters. "transport.bad_path".
Status checkPath(std::string_view path);
int leftMs(Deadline deadline, int ms_max);

// A file's name for people and JSON: of each byte that is no UTF-8 U+FFFD and its two hexadecimal
// digits.
std::string shownName(std::string_view name);

// A place of files. Paths are relative to its root and were checked. Not thread-safe: the endpoint
// locks.
class FilePlace {
 public:
  struct Info {
    std::string
        name;  // as shownName() shows it if it is not UTF-8: then it can be told, not opened
    std::int64_t size = 0;
    std::int64_t modified_ms = 0;
    bool regular = false;
    bool folder = false;
    bool openable = true;
  };
  using Writer = std::function<Status(std::string_view bytes)>;
  using Reader = std::function<Result<std::string>()>;  // next piece, empty at the end

  virtual ~FilePlace() = default;
  // Begins a call, endCall() ends it: false if the deadline cut it short.
  virtual Status connect(Deadline deadline) = 0;
  virtual bool endCall() { return true; }
  virtual void disconnect() = 0;
  // "transport.listing_goes_on": half of the call's time is over; the next one goes on with what this one has got.
  // "transport.folder_too_large", unless the caller can do with a part: `*cut` says that it is one.
  virtual Result<std::vector<Info>> list(const std::string& folder, bool* cut) = 0;
  // "transport.not_found"; symbolic links are not followed.
  virtual Result<Info> info(const std::string& path) = 0;
  virtual Status read(const std::string& path, const Writer& to) = 0;
  // Creates a new file, writes, fsyncs. Missing parent folders are made.
  virtual Status write(const std::string& path, const Reader& from) = 0;
  virtual Status rename(const std::string& from, const std::string& to) = 0;
  virtual Status remove(const std::string& path) = 0;
  virtual Status makeFolders(const std::string& folder) = 0;
};
// A walk through a folder of another system, of which nobody says how large it is or how long its names are.
class FoundFiles {
 public:
  static constexpr std::size_t kFilesMax = 500'000;
  static constexpr std::size_t kBytesMax = 96 * 1024 * 1024;
  static constexpr std::size_t kNameBytesMax = 1'024;

  // As it came from the place: of a name that is no text, or too long for one, what shows it. Not "." and "..".
  // "transport.folder_too_large", also if it and `beside` (bytes of other walks) are more than twice of one.
  Status add(std::string name, FilePlace::Info info, std::size_t beside = 0);
  std::size_t size() const { return files_.size(); }
  std::size_t bytes() const { return bytes_; }
  std::vector<FilePlace::Info> take() { return std::move(files_); }

 private:
  std::vector<FilePlace::Info> files_;
  std::size_t bytes_ = 0;
};

// The calls that move a file; a test puts those of a file system in their place that knows less, or answers twice.
struct MoveCalls {
  int (*rename_no_replace)(int from_folder, const char* from, int to_folder, const char* to);
  int (*link)(int from_folder, const char* from, int to_folder, const char* to, int flags);
  int (*unlink)(int folder, const char* name, int flags);
};
MoveCalls systemMoveCalls();
std::unique_ptr<FilePlace> makeLocalPlace(const std::string& root,
                                          const MoveCalls& calls = systemMoveCalls());
std::unique_ptr<FilePlace> makeSftpPlace(const EndpointConfig& config, const ParsedUrl& url);

Result<std::unique_ptr<Endpoint>> makeHttpEndpoint(const EndpointConfig& config,
                                                   const ParsedUrl& url,
                                                   std::unique_ptr<trust::Profile> profile,
                                                   AttachmentStore* attachments,
                                                   const Limits& limits, const Clock& clock);
std::unique_ptr<Endpoint> makeFileEndpoint(const EndpointConfig& config,
                                           std::unique_ptr<FilePlace> place,
                                           std::unique_ptr<trust::Profile> profile,
                                           AttachmentStore* attachments, const Limits& limits,
                                           const Clock& clock);

// A whole file as memory, without copying it: mmap. Used to sign and hash large attachments.
class MappedFile {
 public:
  static Result<std::unique_ptr<MappedFile>> open(const std::string& path);
  ~MappedFile();
  std::string_view bytes() const { return {static_cast<const char*>(data_), size_}; }

 private:
  MappedFile(void* data, std::size_t size) : data_(data), size_(size) {}
  void* data_;
  std::size_t size_;
};

// What takeRefusedAnswer returns next on this thread.
void noteRefusedAnswer(std::string_view bytes);

// What takeVerifiedSigner returns next on this thread.
void noteVerifiedSigner(const trust::Verified& verified);

// Incremental SHA-256.
class Hasher {
 public:
  Hasher();
  ~Hasher();
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;
  void add(std::string_view bytes);
  std::string hex();  // once

 private:
  void* context_;
};

}  // namespace hub::transport
