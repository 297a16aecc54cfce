#include "hub/web/session.h"

#include <Poco/Exception.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <utility>

#include "hub/base/text.h"

namespace hub::web {
namespace {

constexpr std::size_t kLineBytesMax = 1024;
constexpr int kTrailerLinesMax = 32;
constexpr std::uint64_t kBytesPerSecondMin = 16 * 1024;
constexpr std::uint64_t kDiscardBytesMax = 1024 * 1024;
constexpr std::chrono::seconds kDiscardMax{2};

// Readable, ended or broken: whatever is not silence. False when `pause` has passed.
bool isHeardWithin(int descriptor, std::chrono::milliseconds pause) {
  const auto end = std::chrono::steady_clock::now() + pause;
  auto left = pause;
  for (;;) {
    pollfd asked{descriptor, POLLIN, 0};
    const int answer = ::poll(&asked, 1, static_cast<int>(left.count()));
    if (answer >= 0 || errno != EINTR) return answer != 0;
    left = std::max(std::chrono::milliseconds::zero(),
                    std::chrono::duration_cast<std::chrono::milliseconds>(
                        end - std::chrono::steady_clock::now()));
  }
}

}  // namespace

bool Session::awaitRequest(std::chrono::milliseconds pause) {
  const bool first = std::exchange(first_, false);
  // What TLS has decrypted no descriptor tells of.
  if (!first && !socket().secure() && buffered() == 0) {
    if (!isHeardWithin(static_cast<int>(socket().impl()->sockfd()), pause)) return false;
    try {
      peek();  // fills the buffer
    } catch (const Poco::Exception&) {
      return false;
    }
    if (buffered() == 0) return false;  // the client has closed
  }
  return hasMoreRequests();
}

bool Session::fromLoopback() {
  if (!loopback_) loopback_ = clientAddress().host().isLoopback();
  return *loopback_;
}

int Session::nextByte() {
  if (buffered() == 0) peek();  // fills the buffer, if there is more
  char byte = 0;
  if (buffered() == 0 || read(&byte, 1) != 1) return -1;
  return static_cast<unsigned char>(byte);
}

void Session::sendAll(std::string_view bytes) {
  while (!bytes.empty()) {
    const int sent = write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (sent <= 0) throw Poco::IOException("connection lost");
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

Result<std::unique_ptr<SessionBody>> SessionBody::open(Session& session,
                                                       const Poco::Net::HTTPRequest& request,
                                                       std::chrono::milliseconds grace) {
  std::unique_ptr<SessionBody> body(new SessionBody(session, grace));
  int lengths = 0, codings = 0;
  bool length_ok = true;
  for (const auto& [name, value] : request) {
    const std::string lower = toLowerAscii(name);
    if (lower == "content-length") {
      ++lengths;
      const std::string digits(trim(value));
      length_ok = !digits.empty() && digits.size() <= 15 &&
                  digits.find_first_not_of("0123456789") == std::string::npos;
      if (length_ok) body->length_ = std::stoull(digits);
    } else if (lower == "transfer-encoding") {
      ++codings;
      body->chunked_ = toLowerAscii(trim(value)) == "chunked";
    }
  }
  if (lengths + codings > 1 || !length_ok || (codings == 1 && !body->chunked_)) {
    return Status::failure("web.bad_request", "the body's framing is ambiguous or not known");
  }
  body->left_ = body->chunked_ ? 0 : body->length_;
  body->done_ = !body->chunked_ && body->length_ == 0;
  // One that speaks 1.0 would take it for the answer (RFC 9110 §10.1.1).
  body->continue_wanted_ = !body->done_ && request.getExpectContinue() &&
                           request.getVersion() == Poco::Net::HTTPMessage::HTTP_1_1;
  return body;
}

std::optional<std::uint64_t> SessionBody::announced() const {
  if (chunked_) return std::nullopt;
  return length_;
}

Status SessionBody::fail(const char* code, const char* text) {
  failed_ = Error{code, text, {}, 0};
  return Status(*failed_);
}

bool SessionBody::tooSlow() const {
  const auto allowed = grace_ + std::chrono::seconds(received_ / kBytesPerSecondMin);
  return std::chrono::steady_clock::now() - started_ > allowed;
}

Result<std::size_t> SessionBody::read(char* to, std::size_t bytes) {
  if (failed_) return Status(*failed_);
  if (done_ || bytes == 0) return std::size_t{0};
  if (tooSlow()) return fail("web.body_timeout", "the body came too slowly");
  try {
    if (continue_wanted_) {
      continue_wanted_ = false;
      session_.sendAll("HTTP/1.1 100 Continue\r\n\r\n");
    }
    return chunked_ ? readChunked(to, bytes) : readRaw(to, bytes);
  } catch (const Poco::TimeoutException&) {
    return fail("web.body_timeout", "no byte of the body came for too long");
  } catch (const Poco::Exception&) {
    return fail("web.body_truncated", "the connection broke inside the body");
  }
}

Result<std::size_t> SessionBody::readRaw(char* to, std::size_t bytes) {
  const auto wanted = static_cast<std::streamsize>(std::min<std::uint64_t>(bytes, left_));
  const int got = session_.read(to, wanted);
  if (got <= 0) return fail("web.body_truncated", "the connection ended inside the body");
  const auto count = static_cast<std::size_t>(got);
  left_ -= count;
  received_ += count;
  if (!chunked_ && left_ == 0) done_ = true;
  return count;
}

Result<std::size_t> SessionBody::readChunked(char* to, std::size_t bytes) {
  if (left_ == 0) {
    if (auto status = readChunkHead(); !status.ok()) return status;
    if (done_) return std::size_t{0};
  }
  auto got = readRaw(to, bytes);
  if (!got.ok() || left_ > 0) return got;
  std::string line;
  if (auto status = readLine(line); !status.ok()) return status;
  if (!line.empty()) return fail("web.body_malformed", "a chunk is longer than its size says");
  return got;
}

Status SessionBody::readLine(std::string& line) {
  line.clear();
  for (;;) {
    // The framing counts as well: chunk lines and trailers can drip like the body itself.
    if (tooSlow()) return fail("web.body_timeout", "the body came too slowly");
    const int c = session_.nextByte();
    if (c < 0) return fail("web.body_truncated", "the connection ended inside a chunked body");
    if (c == '\n') break;
    if (line.size() >= kLineBytesMax) return fail("web.body_malformed", "a chunk line is too long");
    line += static_cast<char>(c);
  }
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return {};
}

Status SessionBody::readChunkHead() {
  std::string line;
  if (auto status = readLine(line); !status.ok()) return status;
  const std::string digits(trim(std::string_view(line).substr(0, line.find(';'))));
  if (digits.empty() || digits.size() > 12 ||
      digits.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos) {
    return fail("web.body_malformed", "a chunk has no proper size");
  }
  left_ = std::stoull(digits, nullptr, 16);
  return left_ == 0 ? readTrailers() : Status();
}

Status SessionBody::readTrailers() {
  std::string line;
  for (int i = 0; i < kTrailerLinesMax; ++i) {
    if (auto status = readLine(line); !status.ok()) return status;
    if (line.empty()) {
      done_ = true;
      return {};
    }
  }
  return fail("web.body_malformed", "too many trailer lines");
}

void SessionBody::discard() {
  // A client that waits for "100 Continue" has sent nothing that could be lost.
  if (done_ || continue_wanted_) return;
  std::array<char, 16 * 1024> piece;
  std::uint64_t total = 0;
  const auto end = std::chrono::steady_clock::now() + kDiscardMax;
  try {
    while (total < kDiscardBytesMax && std::chrono::steady_clock::now() < end) {
      if (!session_.socket().poll(Poco::Timespan(0, 250'000), Poco::Net::Socket::SELECT_READ))
        return;
      const int got = session_.read(piece.data(), piece.size());
      if (got <= 0) return;
      total += static_cast<std::uint64_t>(got);
    }
  } catch (const Poco::Exception&) {
    return;  // the client is gone: nothing left to be polite about
  }
}

}  // namespace hub::web
