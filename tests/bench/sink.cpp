// The gateway the bench delivers to: answers every POST with a sendMessageResponse signed anew.
// "--signed once" signs one answer and repeats it (for the plain relay). GET tells how many
// POSTs were answered. Prints {"port": N}; ends with its parent.
// Arguments: --key FILE --certificate FILE [--signed each|once]
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "tests/bench/support.h"

namespace {

std::atomic<long> answered{0};

void serve(int descriptor, bench::Signer& signer, const std::string& fixed) {
  bench::HttpReader reader(descriptor);
  bench::HttpMessage request;
  while (reader.next(&request)) {
    const bool counts = request.start_line.rfind("POST", 0) == 0;
    std::string body = !counts         ? std::to_string(answered.load())
                       : fixed.empty() ? bench::gatewayAnswer(signer)
                                       : fixed;
    std::string out =
        "HTTP/1.1 200 OK\r\nContent-Type: text/xml; charset=utf-8\r\nContent-Length: " +
        std::to_string(body.size()) + "\r\n\r\n" + body;
    if (!bench::sendAll(descriptor, out)) break;
    if (counts) ++answered;
  }
  close(descriptor);
}

}  // namespace

int main(int argc, char** argv) {
  bench::Arguments arguments(argc, argv);
  bench::endWithParent();
  auto signer = bench::makeSigner(arguments.text("key"), arguments.text("certificate"));
  const bool once = arguments.text("signed", "each") == "once";
  const std::string fixed = once ? bench::gatewayAnswer(signer) : std::string();
  int port = 0;
  const int listener = bench::listenLoopback(&port);
  bench::announcePort(port);
  for (;;) {
    const int descriptor = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (descriptor < 0) continue;
    const int one = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    std::thread([descriptor, &signer, &fixed] { serve(descriptor, signer, fixed); }).detach();
  }
}
