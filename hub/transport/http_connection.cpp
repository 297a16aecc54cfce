#include "hub/transport/http_connection.h"

#include <Poco/Net/NetException.h>
#include <poll.h>

#include <algorithm>
#include <charconv>

#include "hub/base/text.h"

namespace hub::transport {
namespace {

using Poco::Net::MessageException;
using Poco::Net::NoMessageException;

constexpr std::size_t kHeadBytesMax = 64 * 1024;
constexpr std::size_t kHeadersMax = 200;
constexpr int kInterimMax = 5;
constexpr std::size_t kPieceBytes = 16 * 1024;
constexpr std::uint64_t kChunkBytesMax = 1ULL << 40;

std::uint64_t parseNumber(std::string_view text, int base) {
  std::uint64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() ||
      value > kChunkBytesMax) {
    throw MessageException("a length is not a number");
  }
  return value;
}

otinish::Header parseField(const std::string& line) {
  auto colon = line.find(':');
  if (colon == std::string::npos || colon == 0) throw MessageException("not a header field");
  otinish::Header out{line.substr(0, colon), std::string(trim(line.substr(colon + 1)))};
  for (char c : out.name) {
    if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7f) throw MessageException("field name");
  }
  for (char c : out.value) {
    bool control = (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
    if (control) throw MessageException("field value");
  }
  return out;
}

// Every value of a list-like header, in lower case.
std::string joined(const HttpConnection::Head& head, std::string_view name) {
  std::string out;
  for (const auto& header : head.headers) {
    if (toLowerAscii(header.name) != name) continue;
    out += (out.empty() ? "" : ",") + toLowerAscii(header.value);
  }
  return out;
}

// Poco's own poll makes and closes an epoll set each time: four system calls a request.
bool isReadable(int descriptor) {
  pollfd asked{descriptor, POLLIN, 0};
  return ::poll(&asked, 1, 0) != 0;
}

}  // namespace

std::string HttpConnection::Head::value(std::string_view name) const {
  auto wanted = toLowerAscii(name);
  for (const auto& header : headers) {
    if (toLowerAscii(header.name) == wanted) return header.value;
  }
  return {};
}

void HttpConnection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    auto size = static_cast<int>(std::min<std::size_t>(bytes.size(), 256 * 1024));
    int sent = socket_.sendBytes(bytes.data(), size);
    if (sent <= 0) throw Poco::Net::NetException("send");
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

bool HttpConnection::isStale() { return at_ != buffer_.size() || isReadable(descriptor()); }

bool HttpConnection::fill() {
  if (at_ == buffer_.size()) {
    buffer_.clear();
    at_ = 0;
  }
  std::size_t old = buffer_.size();
  buffer_.resize(old + kPieceBytes);
  int got = 0;
  try {
    got = socket_.receiveBytes(buffer_.data() + old, static_cast<int>(kPieceBytes));
  } catch (...) {
    buffer_.resize(old);
    throw;
  }
  buffer_.resize(old + static_cast<std::size_t>(std::max(got, 0)));
  return got > 0;
}

std::string HttpConnection::readLine(std::size_t* budget) {
  std::size_t searched = at_;
  while (true) {
    auto end = buffer_.find('\n', searched);
    if (end != std::string::npos) {
      std::string line = buffer_.substr(at_, end - at_);
      at_ = end + 1;
      if (line.empty() || line.back() != '\r') throw MessageException("a line ends without CR");
      if (line.size() > *budget) throw MessageException("the head is too large");
      *budget -= line.size();
      line.pop_back();
      return line;
    }
    if (buffer_.size() - at_ > *budget) throw MessageException("the head is too large");
    if (at_ == buffer_.size())
      searched = 0;
    else
      searched = buffer_.size();
    if (!fill()) throw NoMessageException("the server closed the connection");
  }
}

HttpConnection::Head HttpConnection::readOneHead(std::size_t* budget, bool* http10) {
  std::string line = readLine(budget);
  bool version = line.rfind("HTTP/1.1 ", 0) == 0 || line.rfind("HTTP/1.0 ", 0) == 0;
  bool whole = line.size() == 12 || (line.size() > 12 && line[12] == ' ');
  if (!version || !whole) throw MessageException("not an HTTP status line");
  *http10 = line[7] == '0';
  Head head;
  head.status = static_cast<int>(parseNumber(line.substr(9, 3), 10));
  if (head.status < 100 || head.status > 599) throw MessageException("not an HTTP status");
  while (!(line = readLine(budget)).empty()) {
    head.headers.push_back(parseField(line));
    if (head.headers.size() > kHeadersMax) throw MessageException("too many header fields");
  }
  return head;
}

HttpConnection::Head HttpConnection::readHead() {
  std::size_t budget = kHeadBytesMax;
  for (int interim = 0; interim <= kInterimMax; ++interim) {
    bool http10 = false;
    Head head = readOneHead(&budget, &http10);
    if (head.status >= 200) {
      chooseFraming(head, http10);
      return head;
    }
    if (head.status == 101) break;
  }
  throw MessageException("no final answer");
}

void HttpConnection::chooseFraming(const Head& head, bool http10) {
  keep_ = !http10 && joined(head, "connection").find("close") == std::string::npos;
  std::string coding = joined(head, "transfer-encoding");
  std::string length = joined(head, "content-length");
  // Two ways to find the end of one body are two different bodies to two readers.
  if (!coding.empty() && !length.empty()) throw MessageException("both chunked and a length");
  if (head.status == 204 || head.status == 304) {
    framing_ = Framing::kDone;
  } else if (!coding.empty()) {
    if (coding != "chunked" || http10) throw MessageException("an unknown transfer coding");
    framing_ = Framing::kChunked;
    first_chunk_ = true;
    left_ = 0;
  } else if (!length.empty()) {
    left_ = parseNumber(length, 10);
    framing_ = left_ == 0 ? Framing::kDone : Framing::kLength;
  } else {
    framing_ = Framing::kUntilClose;
    keep_ = false;
  }
}

void HttpConnection::nextChunk() {
  std::size_t budget = 4 * 1024;
  if (!first_chunk_ && !readLine(&budget).empty()) throw MessageException("chunk end");
  first_chunk_ = false;
  std::string line = readLine(&budget);
  left_ = parseNumber(trim(std::string_view(line).substr(0, line.find(';'))), 16);
  if (left_ > 0) return;
  std::size_t trailer_budget = kHeadBytesMax;
  while (!readLine(&trailer_budget).empty()) {
  }
  framing_ = Framing::kDone;
}

std::string_view HttpConnection::readBody() {
  if (framing_ == Framing::kChunked && left_ == 0) nextChunk();
  if (framing_ == Framing::kDone) return {};
  if (at_ == buffer_.size() && !fill()) {
    if (framing_ != Framing::kUntilClose) throw NoMessageException("the body breaks off");
    framing_ = Framing::kDone;
    return {};
  }
  std::size_t size = buffer_.size() - at_;
  if (framing_ != Framing::kUntilClose) {
    size = static_cast<std::size_t>(std::min<std::uint64_t>(size, left_));
    left_ -= size;
    if (left_ == 0 && framing_ == Framing::kLength) framing_ = Framing::kDone;
  }
  std::string_view piece(buffer_.data() + at_, size);
  at_ += size;
  return piece;
}

}  // namespace hub::transport
