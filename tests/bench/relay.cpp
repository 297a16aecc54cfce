// A plain relay made of the hub's HTTP server and HTTP client alone: POST /agency/relay is posted on
// to the sink and its answer returned. No parsing, no store, no signature. What the hub costs above
// this is what the hub adds. Prints {"port": N}; ends with its parent.
// Arguments: --sink PORT
#include <signal.h>

#include <chrono>

#include "hub/base/log.h"
#include "hub/transport/endpoint.h"
#include "hub/web/server.h"
#include "tests/bench/support.h"

namespace {

using namespace hub;

Status none() { return Status::failure("store.not_found", "a relay keeps nothing"); }

// The doors' service port with one door that does something.
class Relay final : public exchange::Service {
 public:
  explicit Relay(transport::Endpoint& out) : out_(out) {}

  Result<exchange::NativeAnswer> agencyPush(const std::string&, const std::string&,
                                            const std::string&, const std::vector<otinish::Header>&,
                                            const std::string& body) override {
    otinish::ExchangeRequest request;
    request.endpoint = "sink";
    request.method = "POST";
    request.headers = {{"Content-Type", "text/xml; charset=utf-8"}};
    request.body = body;
    auto response =
        out_.exchange(request, std::chrono::steady_clock::now() + std::chrono::seconds(20));
    if (!response.ok) return Status::failure(response.code, response.text);
    exchange::NativeAnswer answer;
    answer.content_type = "text/xml; charset=utf-8";
    answer.body = std::move(response.body);
    return answer;
  }

  Result<exchange::Submitted> submit(const std::string&, exchange::Form,
                                     const exchange::Caller&) override {
    return none();
  }
  Result<exchange::Receipt> receipt(const std::string&) override { return none(); }
  Result<exchange::Talon> talon(const std::string&) override { return none(); }
  Result<store::AppealRow> find(const std::string&) override { return none(); }
  Result<std::string> decisionJson(store::RowId, bool) override { return none(); }
  Result<std::string> appealJson(store::RowId) override { return none(); }
  Result<std::vector<rules::LocalText>> explain(const std::vector<store::ClockRow>&) override {
    return none();
  }
  std::vector<exchange::AgencyStatus> agencies() override { return {}; }
  Result<exchange::AgencyCursors> cursors(const std::string&, const exchange::Caller&) override {
    return none();
  }
  Result<int> resetCursors(const std::string&, const exchange::Caller&) override { return none(); }
  Result<otinish::Answer> probe(const std::string&) override { return none(); }
  Status retry(store::RowId, const exchange::Caller&) override { return none(); }
  Result<exchange::Routed> route(const std::string&, const std::string&, const std::string&,
                                 const exchange::Caller&, bool) override {
    return none();
  }
  Result<exchange::Notified> notified(const std::string&, const std::string&, const std::string&,
                                      const exchange::Caller&, const std::string&,
                                      const std::string&) override {
    return none();
  }
  Result<exchange::ActionChoices> actions(const std::string&, const std::string&) override {
    return none();
  }
  Result<exchange::Acted> act(const std::string&, const exchange::ActionOrder&,
                              const exchange::Caller&) override {
    return none();
  }
  Result<exchange::SubOrderList> subOrders(const std::string&, const exchange::Caller&) override {
    return none();
  }
  Result<exchange::SubOrderList> actOnSubOrder(const std::string&, std::int64_t,
                                               const exchange::SubOrderOrder&,
                                               const exchange::Caller&) override {
    return none();
  }
  Result<exchange::SubOrderPage> openSubOrders(const store::SubOrderFilter&, const std::string&,
                                               int) override {
    return none();
  }
  Result<std::vector<exchange::Similar>> similar(const std::string&) override { return none(); }
  Result<exchange::Similar> judgeSimilar(const std::string&, const std::string&, const std::string&,
                                         const exchange::Caller&) override {
    return none();
  }
  Result<exchange::Cards> cards(const store::AppealFilter&, const std::string&, int,
                                const std::string&, const exchange::Caller&) override {
    return none();
  }
  Result<exchange::Suggestion> suggestExecutor(const std::string&) override { return none(); }
  Result<std::vector<rules::Move>> rebalance(const std::string&, int) override { return none(); }
  Result<std::string> quarantineRaw(store::RowId, const exchange::Caller&) override {
    return none();
  }
  Result<store::QuarantineRow> replayQuarantined(store::RowId, const exchange::Caller&) override {
    return none();
  }
  Result<store::QuarantineRow> resolveQuarantined(store::RowId, const std::string&,
                                                  const exchange::Caller&) override {
    return none();
  }
  Result<std::int64_t> resolveAllQuarantined(const store::QuarantineFilter&, store::RowId,
                                             const std::string&, const exchange::Caller&) override {
    return Status::failure("base.internal", "a relay has no quarantine");
  }
  store::Store& store() override { bench::die("a relay has no store"); }
  transport::AttachmentStore& attachments() override { bench::die("a relay has no attachments"); }
  Status addAttachment(const std::string&, std::int64_t, const std::string&) override {
    return none();
  }
  std::shared_ptr<const rules::LawBook> law() override { return nullptr; }
  Result<exchange::LawReload> reloadLaw(const exchange::Caller&) override { return none(); }
  Status ready() override { return {}; }

 private:
  transport::Endpoint& out_;
};

}  // namespace

int main(int argc, char** argv) {
  bench::Arguments arguments(argc, argv);
  bench::endWithParent();
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  setLogLevel(LogLevel::kWarning);
  Limits limits;
  auto keys = trust::makeKeyring();
  transport::EndpointConfig config;
  config.name = "sink";
  config.url = "http://127.0.0.1:" + arguments.text("sink") + "/shep/async";
  auto endpoint = transport::makeEndpoint(config, *keys, nullptr, limits, systemClock());
  bench::check(endpoint.status(), "endpoint");
  Relay relay(**endpoint);
  web::WebOptions options;
  options.port = 0;
  options.allow_plain_loopback = true;
  auto server = web::WebServer::start(options, relay, limits, systemClock());
  bench::check(server.status(), "server");
  bench::announcePort((*server)->port());
  int received = 0;
  sigwait(&signals, &received);
  (*server)->stop();
}
