// The smallest adapter: it answers every message itself. Copy this folder to start one of your own;
// README.md says what to change.
#include "adapters/kit/adapter.h"
#include "adapters/kit/outcome.h"
#include "adapters/kit/settings.h"

namespace otinish {

class EchoAdapter final : public kit::Adapter {
 public:
  static About about() {
    About a;
    a.name = "echo";
    a.version = "1.0.0";
    a.form = "xml";
    a.delivers = {"appeal/1", "supplement/1", "withdrawal/1", "status/1"};
    a.verbs = {"deliver", "receive"};
    a.settings = {{"prefix",
                   "string",
                   false,
                   "ECHO-",
                   "Put before the message id to make a case number.",
                   {},
                   false}};
    a.thread_safe = true;
    return a;
  }

  Answer configure(kit::Host&, const Configuration& configuration) override {
    try {
      prefix_ = kit::Settings(configuration, about()).text("prefix");
      return kit::done();
    } catch (const kit::MappingError& e) {
      return kit::misconfigured(e);
    }
  }

  Answer probe(kit::Host&) override { return kit::done(); }

  // A real adapter translates message.body and sends it with host.exchange().
  Answer deliver(kit::Host& host, const Message& message) override {
    host.log(kit::LogLevel::kDebug, "echo.delivered", message.message_id);
    return kit::done(prefix_ + message.message_id);
  }

  // A real adapter turns the agency's document into items; this one only answers with what came.
  Answer receive(kit::Host&, const NativeRequest& request) override {
    Answer answer = kit::done();
    answer.native_status = 200;
    answer.native_type = kit::headerOf(request.headers, "Content-Type");
    answer.native_body = request.body;
    return answer;
  }

 private:
  std::string prefix_;
};

}  // namespace otinish

OTINISH_ADAPTER(otinish::EchoAdapter)
