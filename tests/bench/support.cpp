#include "tests/bench/support.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "hub/base/ids.h"
#include "hub/base/text.h"

namespace bench {
namespace {

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

// Content-Length of a head, 0 if absent. The head is what our own programs wrote.
std::size_t contentLength(std::string_view head) {
  const std::string lower = hub::toLowerAscii(head);
  const auto at = lower.find("\r\ncontent-length:");
  if (at == std::string::npos) return 0;
  std::size_t value = 0;
  const auto digits = lower.find_first_of("0123456789", at);
  if (digits == std::string::npos) return 0;
  std::from_chars(lower.data() + digits, lower.data() + lower.size(), value);
  return value;
}

}  // namespace

Arguments::Arguments(int argc, char** argv) {
  for (int i = 1; i < argc; i += 2) {
    const std::string name = argv[i];
    if (name.rfind("--", 0) != 0 || i + 1 >= argc) die("arguments are --name value pairs");
    values_[name.substr(2)] = argv[i + 1];
  }
}

std::string Arguments::text(const std::string& name, const std::string& fallback) const {
  const auto found = values_.find(name);
  return found == values_.end() ? fallback : found->second;
}

int Arguments::number(const std::string& name, int fallback) const {
  return has(name) ? std::atoi(text(name).c_str()) : fallback;
}

void die(const std::string& what) {
  std::fprintf(stderr, "bench: %s\n", what.c_str());
  std::exit(1);
}

void check(const hub::Status& status, const char* what) {
  if (!status.ok()) die(std::string(what) + ": " + status.error().code + " " + status.error().text);
}

std::string fileOrDie(const std::string& path) {
  auto bytes = hub::readFile(path, 16 * 1024 * 1024);
  if (!bytes.ok()) die("cannot read " + path);
  return std::move(*bytes);
}

void replaceAll(std::string& text, std::string_view what, std::string_view by) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
}

namespace {

// The text of the first element of that name.
void replaceContent(std::string& document, const std::string& name, const std::string& by) {
  const auto from = document.find("<" + name + ">") + name.size() + 2;
  const auto to = document.find("</" + name + ">", from);
  if (to == std::string::npos) die("the template has no " + name);
  document.replace(from, to - from, by);
}

std::string contentOf(const std::string& document, const std::string& name) {
  const auto from = document.find("<" + name + ">") + name.size() + 2;
  return document.substr(from, document.find("</" + name + ">", from) - from);
}

// Check digit: weights 1 to 11; if that gives 10, 3 to 11, 1, 2.
std::string iinOf(std::uint32_t n) {
  for (;; ++n) {
    std::array<char, 16> digits{};
    std::snprintf(digits.data(), digits.size(), "85%02u%02u1%04u", n % 12 + 1, n / 12 % 28 + 1,
                  n / 336 % 10'000);
    for (const std::size_t shift : {0U, 2U}) {
      std::size_t sum = 0;
      for (std::size_t i = 0; i < 11; ++i) {
        sum += static_cast<std::size_t>(digits[i] - '0') * ((i + shift) % 11 + 1);
      }
      if (sum % 11 < 10) return digits.data() + std::to_string(sum % 11);
    }
  }
}

// Words of one to four syllables, `bytes` long.
std::string textOf(std::size_t bytes, std::uint32_t n) {
  static const std::array<const char*, 16> consonants = {"б", "г", "ғ", "д", "ж", "з", "қ", "к",
                                                         "л", "м", "н", "ң", "р", "с", "т", "ш"};
  static const std::array<const char*, 8> vowels = {"а", "ә", "е", "о", "ө", "ы", "і", "ұ"};
  std::mt19937 random(n);
  std::string text;
  while (text.size() < bytes) {
    if (!text.empty()) text += ' ';
    for (auto syllables = random() % 4 + 1; syllables > 0; --syllables) {
      text += consonants[random() % consonants.size()];
      text += vowels[random() % vowels.size()];
    }
  }
  text.resize(bytes);
  // A letter cut in two makes room for a full stop.
  if ((text.back() & 0x80) != 0 && (static_cast<unsigned char>(text.back()) & 0xC0) == 0xC0) {
    text.back() = '.';
  }
  return text;
}

}  // namespace

std::string appealFrom(const std::string& document, const std::string& id, std::uint32_t n) {
  std::string out = document;
  replaceContent(out, "source_id", id);
  replaceContent(out, "iin", iinOf(n));
  replaceContent(out, "subject_text", textOf(contentOf(document, "subject_text").size(), n));
  return out;
}

double threadCpuMicros() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

void endWithParent() {
  signal(SIGPIPE, SIG_IGN);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
}

void announcePort(int port) {
  std::printf("{\"port\": %d}\n", port);
  std::fflush(stdout);
}

int listenLoopback(int* port) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  if (listener < 0 || bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      listen(listener, 512) != 0 ||
      getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    die("cannot listen");
  }
  *port = ntohs(address.sin_port);
  return listener;
}

int connectLoopback(int port) {
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(port);
  if (descriptor < 0 ||
      connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    die("cannot connect");
  }
  const int one = 1;
  setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  return descriptor;
}

bool HttpReader::more() {
  char piece[16 * 1024];
  const ssize_t got = recv(descriptor_, piece, sizeof piece, 0);
  if (got <= 0) return false;
  buffer_.append(piece, static_cast<std::size_t>(got));
  return true;
}

bool HttpReader::next(HttpMessage* message) {
  std::size_t end;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!more()) return false;
  }
  const std::string_view head(buffer_.data(), end);
  const std::size_t length = contentLength(head);
  message->start_line = head.substr(0, head.find("\r\n"));
  while (buffer_.size() < end + 4 + length) {
    if (!more()) return false;
  }
  message->body.assign(buffer_, end + 4, length);
  buffer_.erase(0, end + 4 + length);
  return true;
}

bool sendAll(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

Signer makeSigner(const std::string& key_file, const std::string& certificate_file) {
  Signer signer;
  signer.keys = hub::trust::makeKeyring();
  check(signer.keys->add("bench", key_file, certificate_file), "key");
  hub::trust::ProfileConfig config;
  config.name = "wsse-shep";
  config.key = "bench";
  config.peers = {certificate_file};
  auto profile = hub::trust::makeProfile(config, *signer.keys, hub::Limits());
  check(profile.status(), "profile");
  signer.profile = std::move(*profile);
  return signer;
}

std::string gatewayAnswer(Signer& signer) {
  const hub::Instant now = hub::systemClock().now();
  const std::string plain =
      "<soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\">"
      "<soapenv:Header/><soapenv:Body>"
      "<t:sendMessageResponse xmlns:t=\"http://bip.bee.kz/AsyncChannel/v10/Types\"><response>"
      "<messageId>" +
      hub::newUuid7(now) +
      "</messageId>"
      "<correlationId>" +
      hub::newUuid7(now) +
      "</correlationId>"
      "<responseDate>" +
      hub::formatInstant(now) +
      "</responseDate>"
      "</response></t:sendMessageResponse></soapenv:Body></soapenv:Envelope>";
  hub::trust::Context context;
  context.status = 200;
  auto made = signer.profile->sign(plain, context, now);
  check(made.status(), "sign");
  return std::move(made->body);
}

}  // namespace bench
