// hubctl's way to the hub: one HTTP(S) request at a time. Not thread-safe.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace hub::ctl {

struct Connection {
  std::string url = "http://127.0.0.1:8480";
  std::string key;                           // API key, "" for none
  std::string ca_file;                       // https: trust anchors, "" for the system's
  std::string certificate, certificate_key;  // https: client certificate
  std::string language = "en";
  int wait_s = 60;
};

struct Answer {
  int status = 0;  // 0: the hub was not reached, `problem` says why
  std::string body;
  std::string problem;
  bool ok() const { return status >= 200 && status < 300; }
};

class Client {
 public:
  explicit Client(Connection connection);
  ~Client();
  const std::string& language() const;  // of the answers
  Answer get(const std::string& target);
  Answer post(const std::string& target, const std::string& type, const std::string& body);
  // Streams the file.
  Answer putFile(const std::string& target, const std::string& type, const std::string& path);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// "?a=b&c=d" with values percent-encoded; empty values are left out.
std::string queryOf(const std::vector<std::pair<std::string, std::string>>& parameters);
// One path segment, percent-encoded.
std::string segment(const std::string& text);

}  // namespace hub::ctl
