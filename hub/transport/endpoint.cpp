#include "hub/transport/endpoint.h"

#include <Poco/URI.h>
#include <arpa/inet.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "hub/base/ids.h"
#include "hub/base/text.h"
#include "hub/transport/internal.h"

namespace hub::transport {
namespace {

using otinish::ExchangeRequest;
using otinish::ExchangeResponse;

Status badEndpoint(const EndpointConfig& config, const std::string& key, const std::string& why) {
  return Status::failure("transport.bad_endpoint",
                         "endpoint '" + config.name + "', " + key + ": " + why);
}

// An address, not a name that looks like one: "127.0.0.1.example.org" is anybody's.
bool isLoopback(const std::string& host) {
  if (host == "localhost" || host == "::1" || host == "[::1]") return true;
  in_addr address{};
  return ::inet_pton(AF_INET, host.c_str(), &address) == 1 && (ntohl(address.s_addr) >> 24) == 127;
}

// READ and KEEP (verbs.h): an adapter and the attachment store, whatever the endpoint is.
class WithAttachments final : public Endpoint {
 public:
  WithAttachments(std::unique_ptr<Endpoint> inner, AttachmentStore* store, const Limits& limits)
      : inner_(std::move(inner)), store_(store), limits_(limits) {}

  ExchangeResponse exchange(const ExchangeRequest& request, Deadline deadline) override {
    if (request.method != "READ" && request.method != "KEEP") {
      return inner_->exchange(request, deadline);
    }
    if (store_ == nullptr) return failedResponse("store.not_found", "no attachment store", false);
    ExchangeResponse response;
    response.status = 200;
    const Status status = request.method == "READ" ? read(request.body_attachment, &response)
                                                   : keep(request.body, &response);
    if (!status) return failedResponse(status);
    response.ok = true;
    return response;
  }

  Status check(Deadline deadline) override { return inner_->check(deadline); }

 private:
  Status read(const std::string& digest, ExchangeResponse* response) {
    auto path = store_->path(digest);
    if (!path) return path.status();
    auto file = MappedFile::open(*path);
    if (!file) return file.status();
    const auto bytes = (*file)->bytes();
    if (bytes.size() > limits_.exchange_bytes_max) {
      return Status::failure("transport.too_large",
                             "the attachment is larger than what is read into memory");
    }
    // A file that rotted on the disk must not be signed and sent as the one that was taken in.
    Hasher hasher;
    hasher.add(bytes);
    if (hasher.hex() != digest) {
      return Status::failure("transport.attachment_damaged",
                             "an attachment is not what its name says");
    }
    response->body = bytes;
    response->attachment_sha256 = digest;
    response->attachment_size = static_cast<std::int64_t>(bytes.size());
    return {};
  }

  Status keep(std::string_view bytes, ExchangeResponse* response) {
    if (bytes.size() > limits_.exchange_bytes_max) {
      return Status::failure("transport.too_large", "the file is larger than an exchange may be");
    }
    auto sink = store_->create();
    if (!sink) return sink.status();
    if (auto status = (*sink)->write(bytes); !status) return status;
    auto stored = (*sink)->finish();
    if (!stored) return stored.status();
    response->attachment_sha256 = stored->sha256_hex;
    response->attachment_size = stored->bytes;
    return {};
  }

  const std::unique_ptr<Endpoint> inner_;
  AttachmentStore* const store_;
  const Limits limits_;
};

}  // namespace

Result<ParsedUrl> parseUrl(const std::string& url) {
  try {
    Poco::URI uri(url);
    ParsedUrl parsed;
    parsed.scheme = uri.getScheme();
    parsed.user = uri.getUserInfo();
    parsed.host = uri.getHost();
    parsed.port = uri.getPort();
    if (parsed.scheme == "sftp" && parsed.port == 0) parsed.port = 22;
    parsed.path = uri.getPath();
    while (!parsed.path.empty() && parsed.path.back() == '/') parsed.path.pop_back();
    return parsed;
  } catch (const std::exception&) {
    return Status::failure("transport.bad_endpoint", "'" + url + "' is not a URL");
  }
}

otinish::ExchangeResponse failedResponse(std::string code, std::string text, bool retryable,
                                         bool maybe_delivered) {
  otinish::ExchangeResponse response;
  response.code = std::move(code);
  response.text = std::move(text);
  response.retryable = retryable;
  response.maybe_delivered = maybe_delivered;
  return response;
}

otinish::ExchangeResponse failedResponse(const Status& status) {
  return failedResponse(status.error().code, status.error().text, isRetryable(status.error().code));
}

bool isRetryable(std::string_view code) {
  // A signature that is missing or wrong may be a proxy's page or a broken transfer: the same
  // message again is safe, and the attempts are counted and escalated.
  for (std::string_view one :
       {"transport.unreachable", "transport.timeout", "transport.broken", "transport.bad_answer",
        "transport.disk", "transport.refused", "transport.listing_goes_on", "transport.tls",
        "trust.signature_missing", "trust.signature_wrong", "trust.malformed", "trust.replayed",
        "adapter.http_status", "base.file_unwritable", "store.unavailable"}) {
    if (code == one) return true;
  }
  return false;
}

Status checkPath(std::string_view path) {
  auto bad = [&] {
    return Status::failure("transport.bad_path", "the path is not inside the endpoint's folder");
  };
  if (path.size() > 1'000 || !isUtf8(path)) return bad();
  if (!path.empty() && path.front() == '/') return bad();
  for (char c : path) {
    if (static_cast<unsigned char>(c) < 0x20 || c == '\\' || c == 0x7f) return bad();
  }
  for (const auto& part : split(path, '/')) {
    if (part == "..") return bad();
    if (part == "." || (part.empty() && !path.empty())) return bad();
  }
  return {};
}

int leftMs(Deadline deadline, int ms_max) {
  auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
                  deadline - std::chrono::steady_clock::now())
                  .count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, ms_max));
}

Result<std::unique_ptr<MappedFile>> MappedFile::open(const std::string& path) {
  int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  struct stat info {};
  if (fd < 0 || ::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
    if (fd >= 0) ::close(fd);
    return Status::failure("base.file_unreadable", "cannot read " + path);
  }
  auto size = static_cast<std::size_t>(info.st_size);
  void* data = size == 0 ? nullptr : ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
  ::close(fd);
  if (data == MAP_FAILED) return Status::failure("base.file_unreadable", "cannot map " + path);
  return std::unique_ptr<MappedFile>(new MappedFile(data, size));
}

MappedFile::~MappedFile() {
  if (data_) ::munmap(data_, size_);
}

namespace {
thread_local std::string refused_answer;
thread_local trust::Verified verified_signer;
}  // namespace

std::string shownName(std::string_view name) {
  std::string out;
  while (!name.empty()) {
    std::size_t bytes = std::min<std::size_t>(name.size(), 4);
    while (bytes > 0 && !isUtf8(name.substr(0, bytes))) --bytes;
    if (bytes > 0) {
      out += name.substr(0, bytes);
    } else {
      bytes = 1;
      (out += "\xEF\xBF\xBD") += toHex(name.substr(0, 1));
    }
    name.remove_prefix(bytes);
  }
  return out;
}

Status FoundFiles::add(std::string name, FilePlace::Info info, std::size_t beside) {
  constexpr std::size_t kShownBytes = 255;
  const bool too_long = name.size() > kNameBytesMax;
  info.openable = !too_long && isUtf8(name);
  if (too_long) name = name.substr(0, kShownBytes) + '\xFF';
  info.name = info.openable ? std::move(name) : shownName(name);
  bytes_ += sizeof info + info.name.size();
  files_.push_back(std::move(info));
  if (files_.size() <= kFilesMax && bytes_ <= kBytesMax && bytes_ + beside <= 2 * kBytesMax)
    return {};
  const std::string limit = files_.size() > kFilesMax
                                ? std::to_string(kFilesMax) + " files"
                                : std::to_string(kBytesMax / 1024 / 1024) + " MiB of names";
  return Status::failure("transport.folder_too_large",
                         "the folder holds more than " + limit + ": move old ones out of it");
}

void noteRefusedAnswer(std::string_view bytes) {
  constexpr std::size_t kBytesMax = 64 * 1024;
  refused_answer.assign(bytes.substr(0, kBytesMax));
}

void noteVerifiedSigner(const trust::Verified& verified) {
  verified_signer.signer = verified.signer;
  verified_signer.signer_sha256 = verified.signer_sha256;
  verified_signer.signer_serial = verified.signer_serial;
}

trust::Verified takeVerifiedSigner() { return std::exchange(verified_signer, {}); }

std::string takeRefusedAnswer() { return std::exchange(refused_answer, {}); }

Hasher::Hasher() : context_(EVP_MD_CTX_new()) {
  EVP_DigestInit_ex(static_cast<EVP_MD_CTX*>(context_), EVP_sha256(), nullptr);
}
Hasher::~Hasher() { EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context_)); }
void Hasher::add(std::string_view bytes) {
  EVP_DigestUpdate(static_cast<EVP_MD_CTX*>(context_), bytes.data(), bytes.size());
}
std::string Hasher::hex() {
  unsigned char digest[32];
  unsigned int size = 0;
  EVP_DigestFinal_ex(static_cast<EVP_MD_CTX*>(context_), digest, &size);
  return toHex({reinterpret_cast<char*>(digest), size});
}

namespace {

Result<std::unique_ptr<Endpoint>> makeBareEndpoint(const EndpointConfig& config,
                                                   trust::Keyring& keys,
                                                   AttachmentStore* attachments,
                                                   const Limits& limits, const Clock& clock) {
  auto url = parseUrl(config.url);
  if (!url) return badEndpoint(config, "url", url.error().text);
  auto profile = trust::makeProfile(config.security, keys, limits);
  if (!profile) return badEndpoint(config, "security", profile.error().text);
  bool cms = config.security.name == "cms-detached";
  bool none = config.security.name == "none";
  if (url->scheme == "http" || url->scheme == "https") {
    if (cms) return badEndpoint(config, "security", "cms-detached is for files");
    if (url->scheme == "http" && !isLoopback(url->host)) {
      return badEndpoint(config, "url", "plain http is allowed to loopback addresses only");
    }
    return makeHttpEndpoint(config, *url, std::move(*profile), attachments, limits, clock);
  }
  if (url->scheme != "file" && url->scheme != "sftp") {
    return badEndpoint(config, "url", "scheme must be https, http, sftp or file");
  }
  const auto& rule = config.completeness;
  if (rule != "rename" && rule != "done_file" && rule != "stable") {
    return badEndpoint(config, "completeness", "must be rename, done_file or stable");
  }
  if (!cms && !none) return badEndpoint(config, "security", "files take cms-detached or none");
  std::unique_ptr<FilePlace> place;
  if (url->scheme == "file") {
    if (url->path.empty()) return badEndpoint(config, "url", "names no folder");
    place = makeLocalPlace(url->path);
  } else {
    if (config.ssh_key.empty()) return badEndpoint(config, "ssh_key", "is mandatory for sftp");
    if (config.known_hosts.empty()) {
      return badEndpoint(config, "known_hosts", "is mandatory for sftp");
    }
    if (url->user.empty()) return badEndpoint(config, "url", "names no user");
    place = makeSftpPlace(config, *url);
  }
  return makeFileEndpoint(config, std::move(place), std::move(*profile), attachments, limits,
                          clock);
}

}  // namespace

Result<std::unique_ptr<Endpoint>> makeEndpoint(const EndpointConfig& config, trust::Keyring& keys,
                                               AttachmentStore* attachments, const Limits& limits,
                                               const Clock& clock) {
  auto made = makeBareEndpoint(config, keys, attachments, limits, clock);
  if (!made) return made;
  return std::unique_ptr<Endpoint>(
      std::make_unique<WithAttachments>(std::move(*made), attachments, limits));
}

}  // namespace hub::transport
