// PUT and GET of attachments, addressed by the SHA-256 of their bytes; never whole in memory.
#include <Poco/Crypto/DigestEngine.h>

#include <algorithm>
#include <array>

#include "hub/base/text.h"
#include "hub/web/ranges.h"
#include "hub/web/router.h"

namespace hub::web {
namespace {

Result<std::string> addressed(const Request& request) {
  const std::string& hash = request.path.at("sha256");
  if (hash.size() != 64 || hash.find_first_not_of("0123456789abcdef") != std::string::npos) {
    return Status::failure("web.bad_hash", "64 lower-case hexadecimal digits are expected");
  }
  return hash;
}

// What the sender calls the bytes; it is only ever given back as a download.
std::string declaredType(const Request& request) {
  static constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyz0123456789!#$&^_.+-/";
  const std::string* header = request.header("Content-Type");
  if (!header) return "application/octet-stream";
  const std::string type =
      toLowerAscii(trim(std::string_view(*header).substr(0, header->find(';'))));
  const bool plain = type.size() <= 100 && std::count(type.begin(), type.end(), '/') == 1 &&
                     type.front() != '/' && type.back() != '/' &&
                     type.find_first_not_of(kAllowed) == std::string::npos;
  return plain ? type : "application/octet-stream";
}

Status tooLarge(const Doors& doors) {
  return Status::failure("web.attachment_too_large",
                         "at most " + std::to_string(doors.limits.attachment_bytes_max) + " bytes");
}

// Streams the body into the sink and compares the digest before anything takes its place.
Result<std::int64_t> receive(const Doors& doors, Request& request, const std::string& hash) {
  auto sink = doors.service.attachments().create();
  if (!sink.ok()) return sink.status();
  Poco::Crypto::DigestEngine digest("SHA256");
  std::array<char, 64 * 1024> piece;
  std::uint64_t total = 0;
  for (;;) {
    auto got = request.body->read(piece.data(), piece.size());
    if (!got.ok()) return got.status();
    if (*got == 0) break;
    total += *got;
    if (total > doors.limits.attachment_bytes_max) return tooLarge(doors);
    digest.update(piece.data(), *got);
    if (auto status = (*sink)->write({piece.data(), *got}); !status.ok()) return status;
  }
  if (Poco::DigestEngine::digestToHex(digest.digest()) != hash) {
    return Status::failure("web.attachment_hash_mismatch", "the bytes have another SHA-256");
  }
  auto stored = (*sink)->finish();
  if (!stored.ok()) return stored.status();
  return stored->bytes;
}

}  // namespace

Result<Reply> putAttachment(const Doors& doors, Request& request) {
  auto hash = addressed(request);
  if (!hash.ok()) return hash.status();
  if (request.header("Content-Encoding")) {
    return Status::failure("web.content_encoding", "the digest is of the bytes as sent");
  }
  if (request.body->announced() && *request.body->announced() > doors.limits.attachment_bytes_max) {
    return tooLarge(doors);
  }
  if (auto ready = doors.service.ready(); !ready.ok()) return ready;
  auto known = doors.service.store().findAttachment(*hash);
  if (!known.ok()) return known.status();
  auto bytes = receive(doors, request, *hash);
  if (!bytes.ok()) return bytes.status();
  if (auto status = doors.service.addAttachment(*hash, *bytes, declaredType(request));
      !status.ok()) {
    return status;
  }
  Reply reply;
  reply.status = known->has_value() ? 200 : 201;
  reply.body = "{\"sha256\":\"" + *hash + "\",\"size\":" + std::to_string(*bytes) + "}";
  reply.headers.push_back({"Location", "/v1/attachments/" + *hash});
  return reply;
}

Result<Reply> getAttachment(const Doors& doors, Request& request) {
  auto hash = addressed(request);
  if (!hash.ok()) return hash.status();
  auto row = doors.service.store().findAttachment(*hash);
  if (!row.ok()) return row.status();
  if (!row->has_value()) return Status::failure("store.not_found", "no such attachment");
  auto path = doors.service.attachments().path(*hash);
  if (!path.ok()) return path.status();
  const std::string etag = "\"" + *hash + "\"";
  Reply reply;
  reply.headers.push_back({"ETag", etag});
  reply.headers.push_back({"Cache-Control", "private, max-age=0"});
  if (hasAlready(request, etag)) {
    reply.status = 304;
    return reply;
  }
  reply.type = (*row)->mime;
  reply.file = *path;
  reply.file_bytes = (*row)->bytes;
  reply.headers.push_back({"Accept-Ranges", "bytes"});
  const auto [asked, part] = rangeOf(request, etag, (*row)->bytes);
  const std::string size = std::to_string((*row)->bytes);
  if (asked == RangeAsked::kNone) {
    Reply refused = problem(
        Status::failure("web.range_not_satisfiable", "the file has " + size + " bytes"), request);
    refused.headers.push_back({"Content-Range", "bytes */" + size});
    return refused;
  }
  if (asked == RangeAsked::kPart) {
    reply.status = 206;
    reply.file_from = part.from;
    reply.file_bytes = part.bytes;
    reply.headers.push_back({"Content-Range", "bytes " + std::to_string(part.from) + "-" +
                                                  std::to_string(part.from + part.bytes - 1) + "/" +
                                                  size});
  }
  reply.headers.push_back({"Content-Disposition", "attachment; filename=\"" + *hash + "\""});
  // A stored page must never run in the hub's own origin.
  reply.headers.push_back({"Content-Security-Policy", "default-src 'none'; sandbox"});
  return reply;
}

}  // namespace hub::web
