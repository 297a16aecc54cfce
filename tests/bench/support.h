// What the bench programs share: arguments, CPU clocks, plain sockets, the gateway's signed answer.
// Failures end the program with a message: a bench has nobody to report to.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "hub/trust/profile.h"

namespace bench {

// --name value pairs. Ends the program (exit 1) on anything else.
class Arguments {
 public:
  Arguments(int argc, char** argv);
  std::string text(const std::string& name, const std::string& fallback = {}) const;
  int number(const std::string& name, int fallback) const;
  bool has(const std::string& name) const { return values_.count(name) != 0; }

 private:
  std::map<std::string, std::string> values_;
};

[[noreturn]] void die(const std::string& what);
void check(const hub::Status& status, const char* what);
std::string fileOrDie(const std::string& path);
void replaceAll(std::string& text, std::string_view what, std::string_view by);

// Appeals of different people about different matters, all as long as the template: its id, its IIN
// (of the 19th century, so of nobody) and its text are made anew from the number `n`. Of the same text
// again and again the hub would make a campaign.
std::string appealFrom(const std::string& document, const std::string& id, std::uint32_t n);

// CPU time of the calling thread, microseconds.
double threadCpuMicros();
// Ends this process when its parent ends, so that an aborted bench leaves nothing behind.
void endWithParent();
// Prints {"port": N} for the driver.
void announcePort(int port);

int listenLoopback(int* port);
int connectLoopback(int port);

// One HTTP/1.1 message on a socket, framed by Content-Length.
struct HttpMessage {
  std::string start_line;
  std::string body;
};
// Reads messages of one connection; keeps what follows the current one.
class HttpReader {
 public:
  explicit HttpReader(int descriptor) : descriptor_(descriptor) {}
  // False at the end of the connection.
  bool next(HttpMessage* message);

 private:
  bool more();
  int descriptor_;
  std::string buffer_;
};
bool sendAll(int descriptor, std::string_view bytes);

// Signs with the key and accepts its own certificate.
struct Signer {
  std::unique_ptr<hub::trust::Keyring> keys;
  std::unique_ptr<hub::trust::Profile> profile;
};
Signer makeSigner(const std::string& key_file, const std::string& certificate_file);
// SHEP's answer to sendMessage, signed.
std::string gatewayAnswer(Signer& signer);

}  // namespace bench
