// hubd: the hub as a service. Exit codes: 0 stopped cleanly, 1 wrong configuration or command line,
// 2 could not start or run.
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "hub/base/log.h"
#include "hub/base/text.h"
#include "hub/exchange/agency.h"
#include "hub/exchange/former_aliases.h"
#include "hub/exchange/hub_service.h"
#include "hub/exchange/sealer.h"
#include "hub/exchange/transitions.h"
#include "hub/programs/config.h"
#include "hub/programs/deep_check.h"
#include "hub/programs/listen_check.h"
#include "hub/programs/sms.h"
#include "hub/rules/law_book.h"
#include "hub/store/sqlite_store.h"
#include "hub/transport/endpoint.h"
#include "hub/trust/profile.h"
#include "hub/web/server.h"

// Read by jemalloc. Many threads share few cores: an arena for each core keeps fragments few, and memory that
// was freed goes back within seconds, so that what hubd takes is what it holds (./dev bench memory). Huge pages
// where the machine gives them (madvise): some 3 % of the CPU time of an appeal for some 25 MiB.
extern "C" __attribute__((visibility("default"))) const char* malloc_conf;
const char* malloc_conf =
    "percpu_arena:percpu,background_thread:true,dirty_decay_ms:1000,muzzy_decay_ms:0,thp:always";

namespace {

using namespace hub;

constexpr const char* kHelp =
    "hubd: Otinish Hub's service\n"
    "\n"
    "usage: hubd --config FILE [--check-config] [--set PATH=VALUE]… [--port-file FILE]\n"
    "\n"
    "  --config FILE      the configuration file (config/hub.yaml documents every key)\n"
    "  --check-config     check the configuration, the law data, the keys and, by starting each "
    "once,\n"
    "                     the adapters with their settings; serve nothing; exit 0 if all is right\n"
    "  --set PATH=VALUE   override one key, e.g. --set listen.port=0\n"
    "                     or --set agencies.minfin.collect_every_ms=500; may be repeated\n"
    "  --port-file FILE   write the listening port into FILE once requests are served\n"
    "  --version          print the version\n"
    "\n"
    "Stops cleanly on SIGTERM and SIGINT: running requests and deliveries are finished first.\n"
    "SIGHUP reads law_folder anew and counts open clocks again; wrong data is refused and logged.\n"
    "Logs go to standard error, one JSON object a line, personal data masked.\n";

struct Arguments {
  std::string config, port_file;
  std::vector<std::string> overrides;
  bool check = false, help = false, version = false;
  std::string problem;
};

Arguments parse(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    std::string word = argv[i];
    auto value = [&]() -> std::string {
      if (i + 1 < argc) return argv[++i];
      arguments.problem = word + " wants a value";
      return {};
    };
    if (word == "--config")
      arguments.config = value();
    else if (word == "--set")
      arguments.overrides.push_back(value());
    else if (word == "--port-file")
      arguments.port_file = value();
    else if (word == "--check-config")
      arguments.check = true;
    else if (word == "--help" || word == "-h")
      arguments.help = true;
    else if (word == "--version")
      arguments.version = true;
    else
      arguments.problem = "unknown argument '" + word + "'";
  }
  if (arguments.config.empty() && !arguments.help && !arguments.version &&
      arguments.problem.empty()) {
    arguments.problem = "--config FILE is mandatory";
  }
  return arguments;
}

int fail(const Status& status, int code) {
  for (const auto& error : status.errors()) {
    std::fprintf(stderr, "hubd: %s: %s\n", error.code.c_str(), error.text.c_str());
  }
  return code;
}

LogLevel levelOf(const std::string& name) {
  if (name == "debug") return LogLevel::kDebug;
  if (name == "warning") return LogLevel::kWarning;
  if (name == "error") return LogLevel::kError;
  return LogLevel::kInfo;
}

// Prints the errors among what was found, 1 if there is one, and leaves the warnings in `warnings`.
int print(const programs::HubConfig& config, std::vector<programs::Finding> findings,
          std::vector<programs::Finding>* warnings = nullptr) {
  int code = 0;
  for (auto& finding : findings) {
    if (finding.warning) {
      if (warnings) warnings->push_back(std::move(finding));
      continue;
    }
    std::fprintf(stderr, "hubd: %s\n", programs::described(config, finding).c_str());
    code = 1;
  }
  return code;
}

// What the doors' TLS will stumble over, now or soon, with its line; a warning does not fail the check.
int checkListen(const programs::HubConfig& config, const std::string& file) {
  int code = 0;
  for (const auto& finding : programs::checkListenTls(config.web.tls, systemClock().now())) {
    const int line = config.tls_lines.at(finding.key);
    const std::string place = line > 0 ? file + ":" + std::to_string(line) : file;
    std::fprintf(stderr, "hubd: %s%s: listen.tls.%s: %s\n", finding.warning ? "warning: " : "",
                 place.c_str(), finding.key.c_str(), finding.text.c_str());
    if (!finding.warning) code = 1;
  }
  return code;
}

// Everything that serve() would refuse, without touching the data folder: adapters get folders of
// their own that go away again. Reports every wrong agency, not only the first.
int check(const programs::HubConfig& config, const std::string& file) {
  auto law = rules::LawBook::load(config.law_folder);
  if (!law) return fail(law.status(), 1);
  auto keys = trust::makeKeyring();
  int code = print(config, programs::loadKeys(config, *keys));
  if (code != 0) return code;
  std::string folder = (std::filesystem::temp_directory_path() / "hubd-check-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) {
    std::fprintf(stderr, "hubd: cannot make a folder in %s\n",
                 std::filesystem::temp_directory_path().c_str());
    return 2;
  }
  code = checkListen(config, file);
  const auto today = toLocal(systemClock().now(), (*law)->data().default_zone);
  if (!today) return fail(today.status(), 1);
  std::vector<programs::Finding> warnings;
  code =
      std::max(code, print(config, programs::checkAround(config, **law, today->date), &warnings));
  const auto others = store::lookForOtherAliases(
      config.store.path, exchange::servedAliases(config.agencies), exchange::finalStates());
  if (others.ok()) {
    for (const auto& use : *others) {
      warnings.push_back({"agencies", exchange::described(use), true});
    }
  }
  setLogLevel(LogLevel::kError);  // what is wrong is printed once, for people
  auto attachments = transport::openAttachmentFolder(folder + "/attachments", config.limits);
  for (auto agency : config.agencies) {
    agency.adapter.work_folder = folder + "/" + agency.adapter.alias;
    agency.adapter.processes = 1;
    if (print(config, programs::checkEndpoints(config, agency, *keys)) != 0) {
      code = 1;
      continue;
    }
    auto opened = exchange::Agency::open(agency, *keys, *attachments, config.limits, systemClock());
    if (!opened) {
      code = fail(opened.status(), 1);
      continue;
    }
    const auto about = (*opened)->adapter().about();
    code = std::max(code, print(config, programs::checkEndpointNames(agency, about)));
    if (const auto remark = (*opened)->adapter().status().remark; !remark.empty()) {
      warnings.push_back({"agencies." + agency.adapter.alias, remark, true});
    }
  }
  if (config.sms) {
    if (auto texts = programs::loadSmsTexts(*config.sms, **law); !texts)
      code = fail(texts.status(), 1);
  }
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  if (code == 0) {
    for (const auto& finding : warnings) {
      std::fprintf(stderr, "hubd: %s\n", programs::described(config, finding).c_str());
    }
    std::printf("%s is right: %zu agencies, %zu clients\n", file.c_str(), config.agencies.size(),
                config.web.clients.size());
  }
  return code;
}

int serve(const programs::HubConfig& config, const std::string& port_file,
          const sigset_t& signals) {
  std::error_code error;
  std::filesystem::create_directories(config.data_folder, error);
  if (error || ::chmod(config.data_folder.c_str(), 0700) != 0) {
    std::fprintf(stderr, "hubd: cannot use the data folder %s\n", config.data_folder.c_str());
    return 2;
  }
  auto law = rules::LawBook::load(config.law_folder);
  if (!law) return fail(law.status(), 1);
  auto keys = trust::makeKeyring();
  if (print(config, programs::loadKeys(config, *keys)) != 0) return 1;
  auto sealer = exchange::makeSealer(*keys, config.journal_key);
  auto store = store::openSqlite(config.store, config.limits, sealer.get());
  if (!store) return fail(store.status(), 2);
  auto attachments =
      transport::openAttachmentFolder(config.data_folder + "/attachments", config.limits);
  exchange::ServiceOptions options;
  options.node_name = config.node_name;
  options.schema_file = config.schema_file;
  options.law_folder = config.law_folder;
  options.deem_refused = config.deem_refused;
  options.journal_key = config.journal_key;
  options.identity =
      config.identity_strict ? model::IdentityCheck::kStrict : model::IdentityCheck::kLenient;
  options.limits = config.limits;
  options.agencies = config.agencies;
  auto service = exchange::HubService::start(std::move(options), **store, *keys, *attachments, *law,
                                             systemClock());
  if (!service) return fail(service.status(), 2);
  std::unique_ptr<notify::SmsNotifier> sms;
  if (config.sms) {
    auto made =
        programs::makeSmsNotifier(*config.sms, **service, *keys, config.limits, systemClock());
    if (!made) return fail(made.status(), 1);
    sms = std::move(*made);
  }
  auto server =
      web::WebServer::start(config.web, **service, config.limits, systemClock(), sms.get());
  if (!server) return fail(server.status(), 2);
  if (sms) sms->start();
  logInfo("hubd.ready", {{"port", (*server)->port()},
                         {"agencies", static_cast<long long>(config.agencies.size())},
                         {"intake", (*service)->ready().ok() ? "open" : "closed"}});
  if (!port_file.empty()) {
    auto status = writeFileAtomically(port_file, std::to_string((*server)->port()) + "\n");
    if (!status) return fail(status, 2);
  }
  int received = 0;
  for (;;) {
    sigwait(&signals, &received);
    if (received != SIGHUP) break;
    exchange::Caller administrator;
    administrator.client = "SIGHUP";
    auto reloaded = (*service)->reloadLaw(administrator);
    if (reloaded.ok()) continue;
    const Status& refused = reloaded.status();
    for (const auto& wrong : refused.errors()) {
      logError("law.not_reloaded", {{"code", wrong.code}, {"detail", wrong.text}});
    }
  }
  logInfo("hubd.stopping", {{"signal", received}});
  if (sms) sms->stop();
  (*server)->stop();
  (*service)->stop();
  logInfo("hubd.stopped");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  // Processes of the same user (adapters, unless run_as_user is set) must not read the keys out of
  // our memory, nor a core dump contain them.
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  Arguments arguments = parse(argc, argv);
  if (arguments.help) {
    std::fputs(kHelp, stdout);
    return 0;
  }
  if (arguments.version) {
    std::puts("hubd " OTINISH_VERSION);
    return 0;
  }
  if (!arguments.problem.empty()) {
    std::fprintf(stderr, "hubd: %s\nSee hubd --help.\n", arguments.problem.c_str());
    return 1;
  }
  // Blocked before any thread starts, so that every thread inherits it and only sigwait sees them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);

  auto program = std::filesystem::read_symlink("/proc/self/exe").parent_path().string();
  auto config = programs::loadConfig(arguments.config, arguments.overrides, program);
  if (!config) return fail(config.status(), 1);
  setLogLevel(levelOf(config->log_level));
  if (arguments.check) return check(*config, arguments.config);
  return serve(*config, arguments.port_file, signals);
}
