// A real OpenSSH server for tests: our listening socket on a loopback port of the system's choice,
// one `sshd -i` for each connection, so that it is ready as soon as it exists. Ended by process id.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "hub/trust/tests/test_pki.h"

namespace hub::transport::testing {

class SshServer {
 public:
  SshServer() {
    user_ = getpwuid(getuid())->pw_name;
    // sshd started by root wants its folder for privilege separation.
    if (getuid() == 0) mkdir("/run/sshd", 0755);
    makeKey("host");
    makeKey("client");
    makeKey("unknown");
    std::ofstream(folder_.file("sshd_config"))
        << "HostKey " << folder_.file("host") << "\nAuthorizedKeysFile "
        << folder_.file("client.pub")
        << "\nPasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin yes\n"
        << "StrictModes no\nUsePAM no\nUseDNS no\nPidFile none\n"
        << "PubkeyAcceptedAlgorithms ssh-ed25519,ecdsa-sha2-nistp256\n"
        << "Subsystem sftp internal-sftp\n";
    start();
    std::ofstream(knownHosts()) << "[127.0.0.1]:" << port_ << " " << publicKey("host");
    std::ofstream(folder_.file("wrong_hosts"))
        << "[127.0.0.1]:" << port_ << " " << publicKey("unknown");
    std::ofstream(folder_.file("empty_hosts"));
  }
  ~SshServer() { stop(); }
  SshServer(const SshServer&) = delete;
  SshServer& operator=(const SshServer&) = delete;

  std::string url(const std::string& folder) const { return urlAt(port_, folder); }
  std::uint16_t port() const { return port_; }
  // The server behind another port, and what a client must know to take it for this one.
  std::string urlAt(std::uint16_t port, const std::string& folder) const {
    return "sftp://" + user_ + "@127.0.0.1:" + std::to_string(port) + folder;
  }
  std::string knownHostsAt(std::uint16_t port) const {
    const std::string file = folder_.file("known_hosts_" + std::to_string(port));
    std::ofstream(file) << "[127.0.0.1]:" << port << " " << publicKey("host");
    return file;
  }
  std::string key(const std::string& name) const { return folder_.file(name); }
  std::string knownHosts() const { return folder_.file("known_hosts"); }
  std::string wrongHosts() const { return folder_.file("wrong_hosts"); }
  std::string emptyHosts() const { return folder_.file("empty_hosts"); }

  // On the port it had before, if it was started before.
  void start() {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int on = 1;
    setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port_);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;
    if (bind(listener_, generic, size) != 0 || listen(listener_, 16) != 0 ||
        getsockname(listener_, generic, &size) != 0) {
      throw std::runtime_error("no port for sshd");
    }
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { acceptAll(); });
  }

  void stop() {
    if (!acceptor_.joinable()) return;
    shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    close(listener_);
    for (pid_t pid : children_) {
      kill(pid, SIGKILL);
      waitpid(pid, nullptr, 0);
    }
    children_.clear();
  }

  // All present connections stand still, without being closed.
  void freeze() {
    std::lock_guard lock(mutex_);
    for (pid_t pid : children_) {
      kill(pid, SIGSTOP);
      siginfo_t info{};
      waitid(P_PID, static_cast<id_t>(pid), &info, WSTOPPED | WEXITED | WNOWAIT);
    }
  }
  int connections() {
    std::lock_guard lock(mutex_);
    return static_cast<int>(children_.size());
  }

 private:
  void makeKey(const std::string& name) {
    std::string command =
        "ssh-keygen -q -t ed25519 -N '' -C test -f '" + folder_.file(name) + "' </dev/null";
    if (std::system(command.c_str()) != 0) throw std::runtime_error("ssh-keygen failed");
  }
  std::string publicKey(const std::string& name) const {
    return trust::testing::readAll(folder_.file(name + ".pub"));
  }

  void acceptAll() {
    const std::string config = folder_.file("sshd_config");
    const std::string log = folder_.file("log");
    while (true) {
      int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) return;
      int log_fd = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
      std::lock_guard lock(mutex_);
      pid_t pid = fork();
      if (pid == 0) {
        dup2(fd, 0);
        dup2(fd, 1);
        dup2(log_fd, 2);
        execl("/usr/sbin/sshd", "sshd", "-i", "-e", "-f", config.c_str(), nullptr);
        _exit(127);
      }
      close(fd);
      close(log_fd);
      children_.push_back(pid);
    }
  }

  trust::testing::TemporaryFolder folder_;
  std::string user_;
  std::uint16_t port_ = 0;
  int listener_ = -1;
  std::thread acceptor_;
  std::mutex mutex_;
  std::vector<pid_t> children_;
};

}  // namespace hub::transport::testing
