// The same promises for a local drop folder and for an SFTP server.
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <set>

#include "contracts/adapter/listing.h"
#include "hub/base/metrics.h"
#include "hub/transport/internal.h"
#include "hub/transport/tests/slow_line.h"
#include "hub/transport/tests/ssh_server.h"
#include "hub/transport/tests/support.h"

namespace hub::transport::testing {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

SshServer& sharedServer() {
  static SshServer server;
  return server;
}

struct PlaceTest : ::testing::TestWithParam<std::string> {
  World world;
  fs::path root = world.folder.file("place");
  EndpointConfig config;
  std::unique_ptr<Endpoint> endpoint;

  PlaceTest() {
    fs::create_directory(root);
    config.name = "place";
    if (GetParam() == "file") {
      config.url = "file://" + root.string();
    } else {
      auto& server = sharedServer();
      config.url = server.url(root.string());
      config.ssh_key = server.key("client");
      config.known_hosts = server.knownHosts();
    }
    reopen();
  }
  void reopen() { endpoint = world.open(config); }
  void useSignatures() {
    config.security = world.security("cms-detached");
    reopen();
  }
  ExchangeResponse ask(const ExchangeRequest& request) {
    return endpoint->exchange(request, in(20s));
  }
  ExchangeResponse ask(const std::string& method, const std::string& path,
                       const std::string& body = {}, const std::string& to = {}) {
    ExchangeRequest request;
    request.method = method;
    request.path = path;
    request.body = body;
    request.to_path = to;
    return ask(request);
  }
  // "a b(incomplete)": what LIST shows.
  std::string listed(const std::string& folder = {}) {
    auto response = ask("LIST", folder);
    if (!response.ok) return response.code;
    std::string out;
    for (const auto& file : response.files) {
      out += (out.empty() ? "" : " ") + file.name + (file.complete ? "" : "(incomplete)");
    }
    return out;
  }
  // As the agency does it: NAME and NAME.p7s.
  void agencyWrites(const std::string& name, const std::string& bytes,
                    const std::string& key = "agency") {
    auto made = world.profile("cms-detached", key, "hub")->sign(bytes, {}, world.clock.now());
    ASSERT_EQ(outcome(made), "ok");
    writeAll(root / (name + ".p7s"), made->detached);
    writeAll(root / name, bytes);
  }
};

INSTANTIATE_TEST_SUITE_P(Places, PlaceTest, ::testing::Values("file", "sftp"),
                         [](const auto& parameter) { return parameter.param; });

TEST_P(PlaceTest, ListGetPutMoveDelete) {
  EXPECT_EQ(outcome(endpoint->check(in(20s))), "ok");
  EXPECT_EQ(listed(), "");
  std::string bytes = randomBytes(300'000);
  auto put = ask("PUT", "b.bin", bytes);
  EXPECT_EQ(outcome(put), "ok");
  EXPECT_EQ(put.status, 200);
  EXPECT_EQ(readAll(root / "b.bin"), bytes);
  EXPECT_EQ(outcome(ask("PUT", "a.txt", "text")), "ok");
  EXPECT_EQ(outcome(ask("PUT", "empty", "")), "ok");

  auto list = ask("LIST", "");
  ASSERT_EQ(list.files.size(), 3u);
  EXPECT_EQ(list.files[0].name, "a.txt");
  EXPECT_EQ(list.files[0].size, 4);
  EXPECT_GT(list.files[0].modified_ms, 1'600'000'000'000);
  EXPECT_EQ(list.files[1].size, 300'000);
  EXPECT_EQ(ask("GET", "b.bin").body, bytes);
  EXPECT_EQ(outcome(ask("GET", "empty")), "ok");

  EXPECT_EQ(outcome(ask("MOVE", "a.txt", "", "done/a.txt")), "ok");
  EXPECT_EQ(listed(), "b.bin empty");
  EXPECT_EQ(listed("done"), "a.txt");
  EXPECT_EQ(outcome(ask("DELETE", "b.bin")), "ok");
  EXPECT_EQ(namesIn(root), (std::vector<std::string>{"done", "empty"}));
}

TEST_P(PlaceTest, AFolderLargerThanAListingIsToldInParts) {
  std::vector<std::string> names;
  for (int i = 100; i < 130; ++i) names.push_back(std::to_string(i) + ".csv");
  for (const auto& name : names) writeAll(root / name, "x");
  world.limits.exchange_bytes_max = 1024;
  ExchangeRequest request;
  request.method = "LIST";
  std::vector<std::string> told;
  for (int parts = 1;; ++parts) {
    auto part = ask(request);
    ASSERT_EQ(outcome(part), "ok");
    ASSERT_LT(part.files.size(), names.size());
    for (const auto& file : part.files) told.push_back(file.name);
    if (part.headers.empty()) {
      EXPECT_GT(parts, 2);
      break;
    }
    EXPECT_EQ(part.headers[0].name, otinish::kListMore);
    EXPECT_EQ(part.headers[0].value, "yes");
    request.headers = {{std::string(otinish::kListAfter), told.back()}};
  }
  EXPECT_EQ(told, names);
}

// The folder is listed once for all its parts; whoever begins anew, or after a while, sees it as it is.
TEST_P(PlaceTest, ThePartsOfOneWalkAreOfOneListing) {
  for (int i = 100; i < 130; ++i) writeAll(root / (std::to_string(i) + ".csv"), "x");
  world.limits.exchange_bytes_max = 1024;
  ExchangeRequest first, next;
  first.method = next.method = "LIST";
  const auto goOn = [&](const ExchangeResponse& part) {
    next.headers = {{std::string(otinish::kListAfter), part.files.back().name}};
    return ask(next);
  };
  auto part = ask(first);
  ASSERT_EQ(part.headers.size(), 1u);
  const std::string behind = part.files.back().name + "-new";
  writeAll(root / behind, "x");
  EXPECT_NE(goOn(part).files.at(0).name, behind);
  part = goOn(part);
  EXPECT_EQ(part.files.at(0).name, behind) << "it is not where the last answer ended";

  part = ask(first);
  EXPECT_EQ(goOn(part).files.at(0).name, behind) << "a walk begun anew";
  part = ask(first);
  fs::remove(root / behind);
  world.clock.advance(31s);
  EXPECT_NE(goOn(part).files.at(0).name, behind) << "too old to go on with";

  part = ask(first);
  EXPECT_EQ(outcome(ask("LIST", "done")), "transport.not_found");
  writeAll(root / behind, "x");
  std::size_t told = part.files.size();
  while (!part.headers.empty()) {
    part = goOn(part);
    told += part.files.size();
  }
  EXPECT_EQ(told, 30u) << "another folder is another walk";
}

TEST(LocalFolder, AListingHoldsNoMoreThanTheContractSays) {
  World world;
  const fs::path root = world.folder.file("place");
  fs::create_directory(root);
  for (std::size_t i = 0; i <= otinish::kListedFilesMax; ++i) {
    writeAll(root / std::to_string(100'000 + i), "");
  }
  EndpointConfig config;
  config.name = "place";
  config.url = "file://" + root.string();
  auto endpoint = world.open(config);
  ExchangeRequest request;
  request.method = "LIST";
  const auto first = endpoint->exchange(request, in(20s));
  EXPECT_EQ(first.files.size(), otinish::kListedFilesMax);
  ASSERT_EQ(first.headers.size(), 1u);
  request.headers = {{std::string(otinish::kListAfter), first.files.back().name}};
  const auto second = endpoint->exchange(request, in(20s));
  EXPECT_EQ(second.files.size(), 1u);
  EXPECT_TRUE(second.headers.empty());
}

// 40 ms there and back: piece by piece 8 MB would take 10 s, and only a step has to be done in request_ms_max.
TEST(Sftp, ALongLineCostsItsTimeOnceAndNotForEachPiece) {
  World world;
  const fs::path root = world.folder.file("place");
  fs::create_directory(root);
  auto& server = sharedServer();
  SlowLine line(server.port(), 20ms);
  EndpointConfig config;
  config.name = "place";
  config.url = server.urlAt(line.port(), root.string());
  config.ssh_key = server.key("client");
  config.known_hosts = server.knownHostsAt(line.port());
  config.request_ms_max = 3'000;
  auto endpoint = world.open(config);
  const std::string bytes = randomBytes(8 * 1024 * 1024 + 5);
  writeAll(root / "there", bytes);
  ExchangeRequest request;
  request.method = "GET";
  request.path = "there";
  request.into_attachment = true;
  const auto got = endpoint->exchange(request, in(30s));
  ASSERT_EQ(outcome(got), "ok");
  EXPECT_EQ(got.attachment_size, 8 * 1024 * 1024 + 5);

  ExchangeRequest put;
  put.method = "PUT";
  put.path = "again";
  put.body_attachment = got.attachment_sha256;
  ASSERT_EQ(outcome(endpoint->exchange(put, in(30s))), "ok");
  EXPECT_EQ(readAll(root / "again"), bytes);

  // Sizes about the ends of pieces.
  for (const std::size_t size : {0U, 32'768U, 98'305U}) {
    const std::string some = bytes.substr(0, size);
    const std::string name = std::to_string(size);
    ExchangeRequest one;
    one.method = "PUT";
    one.path = name;
    one.body = some;
    ASSERT_EQ(outcome(endpoint->exchange(one, in(20s))), "ok") << size;
    EXPECT_EQ(readAll(root / name), some) << size;
    one.method = "GET";
    EXPECT_EQ(endpoint->exchange(one, in(20s)).body, some) << size;
  }
}

// A hundred names come with each answer, 50 ms there and back: only such a step has to be done in request_ms_max.
TEST(Sftp, AListingMayTakeAsLongAsTheCall) {
  World world;
  const fs::path root = world.folder.file("place");
  fs::create_directory(root);
  constexpr std::size_t kFiles = 9'000;
  for (std::size_t i = 0; i < kFiles; ++i) writeAll(root / std::to_string(100'000 + i), "");
  auto& server = sharedServer();
  SlowLine line(server.port(), 25ms);
  EndpointConfig config;
  config.name = "place";
  config.url = server.urlAt(line.port(), root.string());
  config.ssh_key = server.key("client");
  config.known_hosts = server.knownHostsAt(line.port());
  config.request_ms_max = 3'000;
  auto endpoint = world.open(config);
  ExchangeRequest request;
  request.method = "LIST";
  const auto listed = endpoint->exchange(request, in(60s));
  EXPECT_EQ(outcome(listed), "ok");
  EXPECT_EQ(listed.files.size(), kFiles);
}

// What one call has no time for the next ones go on with, and other calls work in between.
TEST(Sftp, AListingThatIsLongerThanACallGoesOnInTheNextOnes) {
  World world;
  const fs::path root = world.folder.file("place");
  fs::create_directories(root / "many");
  constexpr std::size_t kFiles = 6'000;
  for (std::size_t i = 0; i < kFiles; ++i)
    writeAll(root / "many" / std::to_string(100'000 + i), "");
  writeAll(root / "one", "x");
  auto& server = sharedServer();
  SlowLine line(server.port(), 50ms);
  EndpointConfig config;
  config.name = "place";
  config.url = server.urlAt(line.port(), root.string());
  config.ssh_key = server.key("client");
  config.known_hosts = server.knownHostsAt(line.port());
  auto endpoint = world.open(config);
  ExchangeRequest get;
  get.method = "GET";
  get.path = "one";
  ASSERT_EQ(outcome(endpoint->exchange(get, in(60s))), "ok") << "the session is there";
  ExchangeRequest request;
  request.method = "LIST";
  request.path = "many";
  // Sixty steps of 100 ms are at least 6 s: half of a call of 8 s has no time for them.
  int calls = 0;
  auto listed = endpoint->exchange(request, in(8s));
  for (; listed.code == "transport.listing_goes_on" && calls < 100; ++calls) {
    EXPECT_TRUE(listed.retryable);
    EXPECT_EQ(outcome(endpoint->exchange(get, in(20s))), "ok");
    listed = endpoint->exchange(request, in(8s));
  }
  EXPECT_EQ(outcome(listed), "ok");
  EXPECT_GE(calls, 1);
  std::set<std::string> names;
  for (const auto& file : listed.files) names.insert(file.name);
  EXPECT_EQ(names.size(), kFiles) << "each of them, and none twice";
  EXPECT_EQ(listed.files.size(), kFiles);
}

// A place that answers LIST as a test says.
struct ScriptedPlace : FilePlace {
  std::function<Result<std::vector<Info>>(const std::string&)> on_list;
  std::map<std::string, Info> files;
  bool too_large = false;

  Status connect(Deadline) override { return {}; }
  void disconnect() override {}
  Result<std::vector<Info>> list(const std::string& folder, bool* cut) override {
    if (cut) *cut = too_large;
    if (too_large && !cut) return Status::failure("transport.folder_too_large", "it is");
    return on_list(folder);
  }
  Result<Info> info(const std::string& path) override {
    const auto found = files.find(path);
    if (found == files.end()) return Status::failure("transport.not_found", "no such file");
    return found->second;
  }
  Status read(const std::string&, const Writer&) override { return {}; }
  Status write(const std::string&, const Reader&) override { return {}; }
  Status rename(const std::string& from, const std::string& to) override {
    files[to] = files[from];
    files.erase(from);
    return {};
  }
  Status remove(const std::string& path) override {
    files.erase(path);
    return {};
  }
  Status makeFolders(const std::string&) override { return {}; }
};

struct ScriptedPlaceTest : ::testing::Test {
  World world;
  EndpointConfig config;
  ScriptedPlace* place = nullptr;
  std::unique_ptr<Endpoint> endpoint;

  ScriptedPlaceTest() { config.name = "place"; }
  void open() {
    auto made = std::make_unique<ScriptedPlace>();
    place = made.get();
    endpoint = makeFileEndpoint(config, std::move(made), world.profile("none", "", ""), nullptr,
                                world.limits, world.clock);
  }
  FilePlace::Info file(const std::string& name, std::int64_t size, milliseconds age) {
    FilePlace::Info info;
    info.name = name;
    info.size = size;
    info.regular = true;
    info.modified_ms =
        std::chrono::duration_cast<milliseconds>((world.clock.now() - age).time_since_epoch())
            .count();
    return info;
  }
  ExchangeResponse list(const std::string& after = {}) {
    ExchangeRequest request;
    request.method = "LIST";
    request.path = "out";
    if (!after.empty()) request.headers = {{std::string(otinish::kListAfter), after}};
    return endpoint->exchange(request, in(20s));
  }
};

// What is told of a file was read at some time after the walk began, and the file may be half written since.
TEST_F(ScriptedPlaceTest, AWalkOverSeveralCallsIsJudgedByWhenItBegan) {
  for (const char* rule : {"rename", "stable"}) {
    SCOPED_TRACE(rule);
    config.completeness = rule;
    config.min_age_ms = 1'000;
    config.stable_ms = 180'000;
    open();
    std::vector<FilePlace::Info> found;
    bool goes_on = true;
    place->on_list = [&](const std::string&) -> Result<std::vector<FilePlace::Info>> {
      if (goes_on) return Status::failure("transport.listing_goes_on", "1 files so far");
      return found;
    };
    const auto walk = [&](bool is_written) {
      goes_on = true;
      EXPECT_EQ(list().code, "transport.listing_goes_on");
      if (is_written) found = {file("a.csv", 10, 100ms)};
      world.clock.advance(20s);
      EXPECT_EQ(list().code, "transport.listing_goes_on");
      EXPECT_TRUE(endpoint->check(in(20s)).ok()) << "of another folder";
      goes_on = false;
      world.clock.advance(20s);
      const auto listed = list();
      return listed.files.size() == 1 && listed.files[0].complete;
    };
    EXPECT_FALSE(walk(true));
    // Then nobody tells again what was found. What the second look finds it may have been at its beginning.
    world.clock.advance(161s);
    EXPECT_EQ(walk(false), config.completeness == "rename");
    world.clock.advance(161s);
    EXPECT_FALSE(walk(true));
    world.clock.advance(300s);
    EXPECT_TRUE(list().files[0].complete) << "one call sees it as it is now";
  }
}

// Else a folder that needs several calls would be listed anew for every handful of files.
TEST_F(ScriptedPlaceTest, WhatTookLongToListIsToldAgainWithoutWhatWasMovedAway) {
  config.min_age_ms = 0;
  open();
  int asked = 0;
  place->on_list = [&](const std::string&) -> Result<std::vector<FilePlace::Info>> {
    ++asked;
    world.clock.advance(10s);
    std::vector<FilePlace::Info> found;
    for (const auto& [path, info] : place->files) {
      if (path.starts_with("out/") && path.find('/', 4) == std::string::npos) {
        found.push_back(file(path.substr(4), info.size, 60s));
      }
    }
    return found;
  };
  for (const char* name : {"a", "b", "c", "d", "e"}) {
    place->files[std::string("out/") + name] = file(name, 1, 60s);
  }
  const auto move = [&](const std::string& from, const std::string& to) {
    ExchangeRequest request;
    request.method = "MOVE";
    request.path = from;
    request.to_path = to;
    return outcome(endpoint->exchange(request, in(20s)));
  };
  const auto names = [&](const ExchangeResponse& listed) {
    std::string all;
    for (const auto& one : listed.files) all += one.name + (one.complete ? " " : "? ");
    for (const auto& header : listed.headers) all += header.name;
    return all;
  };
  EXPECT_EQ(names(list()), "a b c d e ");
  EXPECT_EQ(move("out/a", "out/processing/a"), "ok");
  place->files.erase("out/b");  // another hub claimed it
  EXPECT_EQ(move("out/b", "out/processing/b"), "transport.not_found");
  place->files["out/new"] = file("new", 1, 60s);
  world.clock.advance(15s);
  EXPECT_EQ(names(list()), "c d e Kept");
  EXPECT_EQ(move("out/processing/a", "out/a"), "ok");
  ExchangeRequest remove;
  remove.method = "DELETE";
  remove.path = "out/c";
  EXPECT_EQ(outcome(endpoint->exchange(remove, in(20s))), "ok");
  EXPECT_EQ(names(list()), "a d e Kept") << "given back, it can be claimed at once";
  EXPECT_EQ(names(list("a")), "d e Kept");
  EXPECT_EQ(asked, 1);
  world.clock.advance(15s);
  EXPECT_EQ(names(list()), "a d e Kept");
  world.clock.advance(11s);
  EXPECT_EQ(names(list()), "a d e new ") << "four times as long as it took";
  EXPECT_EQ(asked, 2);

  // A folder that is kept for good, and one that is listed quickly, are looked at each time.
  ExchangeRequest done;
  done.method = "LIST";
  done.path = "out/done";
  endpoint->exchange(done, in(20s));
  endpoint->exchange(done, in(20s));
  EXPECT_EQ(asked, 4);
  world.clock.advance(60s);
  place->on_list = [&](const std::string&) -> Result<std::vector<FilePlace::Info>> {
    ++asked;
    return std::vector<FilePlace::Info>{};
  };
  list();
  list();
  EXPECT_EQ(asked, 6);
}

// Names are the other system's choice, and a walk stays in memory over many calls.
TEST(FoundFiles, AreBoundedByTheirNames) {
  FoundFiles found;
  ASSERT_EQ(outcome(found.add("a.csv", {})), "ok");
  ASSERT_EQ(outcome(found.add("\xFF.csv", {})), "ok");
  ASSERT_EQ(outcome(found.add(std::string(FoundFiles::kNameBytesMax, 'n'), {})), "ok");
  ASSERT_EQ(outcome(found.add(std::string(32'000, '\xFE'), {})), "ok");
  ASSERT_EQ(outcome(found.add(std::string(32'000, 'm'), {})), "ok");
  EXPECT_LT(found.bytes(), 4'096U);
  const auto files = found.take();
  EXPECT_TRUE(files[0].openable);
  EXPECT_FALSE(files[1].openable);
  EXPECT_TRUE(files[2].openable);
  for (const std::size_t i : {3U, 4U}) {
    EXPECT_FALSE(files[i].openable);
    EXPECT_NE(files[i].name.find("\xEF\xBF\xBD"), std::string::npos) << "seen to be no name";
  }

  FoundFiles many;
  Status status;
  while (status.ok()) status = many.add("x", {});
  EXPECT_EQ(outcome(status), "transport.folder_too_large");
  EXPECT_EQ(many.size(), FoundFiles::kFilesMax + 1);
  for (const std::size_t beside : {std::size_t{0}, FoundFiles::kBytesMax + 1}) {
    FoundFiles large;
    status = {};
    while (status.ok()) {
      status = large.add(std::string(FoundFiles::kNameBytesMax, 'n'), {}, beside);
    }
    EXPECT_EQ(outcome(status), "transport.folder_too_large");
    EXPECT_LE(large.bytes(), FoundFiles::kBytesMax + 2 * FoundFiles::kNameBytesMax);
    EXPECT_LT(large.size(), FoundFiles::kFilesMax);
  }
}

// Files below `root` that other processes hold open.
int openOfOthers(const fs::path& root) {
  int open = 0;
  std::error_code error;
  for (const auto& process : fs::directory_iterator("/proc")) {
    const std::string name = process.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    if (name == std::to_string(getpid())) continue;
    for (fs::directory_iterator fd(process.path() / "fd", error), end; !error && fd != end;
         fd.increment(error)) {
      const auto target = fs::read_symlink(fd->path(), error);
      if (!error && target.string().starts_with(root.string() + "/")) ++open;
      error.clear();
    }
    error.clear();
  }
  return open;
}

// A server has so many handles only, and a walk that is given up is begun anew later.
TEST(Sftp, MoreLargeFoldersThanAreListedAtOnceLeaveNoHandles) {
  World world;
  const fs::path root = world.folder.file("place");
  constexpr int kFolders = 6, kFiles = 1'500;
  for (int folder = 0; folder < kFolders; ++folder) {
    fs::create_directories(root / std::to_string(folder));
    for (int i = 0; i < kFiles; ++i)
      writeAll(root / std::to_string(folder) / std::to_string(i), "");
  }
  auto& server = sharedServer();
  SlowLine line(server.port(), 25ms);
  EndpointConfig config;
  config.name = "place";
  config.url = server.urlAt(line.port(), root.string());
  config.ssh_key = server.key("client");
  config.known_hosts = server.knownHostsAt(line.port());
  auto endpoint = world.open(config);
  const auto list = [&](int folder, std::chrono::milliseconds time) {
    ExchangeRequest request;
    request.method = "LIST";
    request.path = std::to_string(folder);
    return endpoint->exchange(request, in(time));
  };
  ASSERT_EQ(outcome(list(0, 60s)), "ok") << "the session is there";
  const int connections = server.connections();
  // Each is given up for the others before it is through; then those that went on last are kept.
  int paused = 0;
  for (int call = 0; call < 100 && paused < 2 * kFolders; ++call) {
    if (list(call % kFolders, 800ms).code == "transport.listing_goes_on") ++paused;
  }
  // What a new session left behind the server closes by itself, some time.
  if (server.connections() == connections) {
    EXPECT_LE(openOfOthers(root), 4) << "what was given up was closed";
  }
  for (int folder = 0; folder < kFolders; ++folder) {
    EXPECT_EQ(list(folder, 60s).files.size(), static_cast<std::size_t>(kFiles));
  }
}

// Retention deletes what is old of what it is told, and needs no order.
TEST_F(ScriptedPlaceTest, OfAFolderThatIsTooLargeAPartIsToldWhereThingsAreKept) {
  open();
  place->too_large = true;
  place->on_list = [&](const std::string&) -> Result<std::vector<FilePlace::Info>> {
    return std::vector<FilePlace::Info>{file("a", 1, milliseconds(60'000))};
  };
  EXPECT_EQ(list().code, "transport.folder_too_large");
  ExchangeRequest request;
  request.method = "LIST";
  request.path = "out/done";
  const auto listed = endpoint->exchange(request, in(20s));
  ASSERT_EQ(outcome(listed), "ok");
  EXPECT_EQ(listed.files.size(), 1U);
  ASSERT_EQ(listed.headers.size(), 1U);
  EXPECT_EQ(listed.headers[0].name, otinish::kListPartial);
  EXPECT_TRUE(endpoint->check(in(20s)).ok()) << "the place answers";
}

int renameUnknown(int, const char*, int, const char*) {
  errno = EINVAL;
  return -1;
}

// As NFS and many FUSE file systems answer RENAME_NOREPLACE.
TEST(LocalFolder, AFileSystemThatCannotRenameWithoutReplacingIsUsedAllTheSame) {
  World world;
  const fs::path root = world.folder.file("place");
  fs::create_directories(root / "to");
  auto calls = systemMoveCalls();
  calls.rename_no_replace = &renameUnknown;
  auto place = makeLocalPlace(root.string(), calls);
  ASSERT_EQ(outcome(place->connect(in(20s))), "ok");
  writeAll(root / "a", "ours");
  EXPECT_EQ(outcome(place->rename("a", "to/a")), "ok");
  EXPECT_EQ(readAll(root / "to" / "a"), "ours");
  EXPECT_FALSE(fs::exists(root / "a"));
  writeAll(root / "b", "theirs");
  EXPECT_EQ(outcome(place->rename("b", "to/a")), "transport.name_taken");
  EXPECT_EQ(readAll(root / "to" / "a"), "ours");
  EXPECT_EQ(readAll(root / "b"), "theirs");
  EXPECT_EQ(outcome(place->rename("nothing", "to/c")), "transport.not_found");
  // Linked before, and the answer to that was lost.
  fs::create_hard_link(root / "b", root / "to" / "b");
  EXPECT_EQ(outcome(place->rename("b", "to/b")), "ok");
  EXPECT_EQ(readAll(root / "to" / "b"), "theirs");
  EXPECT_FALSE(fs::exists(root / "b"));
}

int linkNotPermitted(int, const char*, int, const char*, int) {
  errno = EPERM;
  return -1;
}

// fs.protected_hardlinks keeps the hub from linking files of an agency's user; the folder lets it move them.
TEST(LocalFolder, AFileOfSomebodyElseIsMovedWhereItMayNotBeLinked) {
  World world;
  const fs::path root = world.folder.file("place");
  fs::create_directories(root / "to");
  auto calls = systemMoveCalls();
  calls.rename_no_replace = &renameUnknown;
  calls.link = &linkNotPermitted;
  auto place = makeLocalPlace(root.string(), calls);
  ASSERT_EQ(outcome(place->connect(in(20s))), "ok");
  writeAll(root / "a", "theirs");
  EXPECT_EQ(outcome(place->rename("a", "to/a")), "ok");
  EXPECT_EQ(readAll(root / "to" / "a"), "theirs");
  EXPECT_FALSE(fs::exists(root / "a"));
  writeAll(root / "b", "another");
  EXPECT_EQ(outcome(place->rename("b", "to/a")), "transport.name_taken");
  EXPECT_EQ(readAll(root / "to" / "a"), "theirs");
}

int unlinkAnsweredTwice(int folder, const char* name, int flags) {
  if (::unlinkat(folder, name, flags) != 0) return -1;
  errno = ENOENT;
  return -1;
}

TEST(LocalFolder, AFileWhoseOldNameWasTakenAwayUnnoticedIsNotLost) {
  World world;
  const fs::path root = world.folder.file("place");
  fs::create_directories(root / "to");
  auto calls = systemMoveCalls();
  calls.rename_no_replace = &renameUnknown;
  calls.unlink = &unlinkAnsweredTwice;
  auto place = makeLocalPlace(root.string(), calls);
  ASSERT_EQ(outcome(place->connect(in(20s))), "ok");
  writeAll(root / "a", "the only copy");
  EXPECT_EQ(outcome(place->rename("a", "to/a")), "ok");
  EXPECT_EQ(readAll(root / "to" / "a"), "the only copy");
  // Another hub moved the same file to a place of its own: that one has it.
  writeAll(root / "b", "another");
  fs::create_hard_link(root / "b", root / "elsewhere");
  EXPECT_EQ(outcome(place->rename("b", "to/b")), "transport.not_found");
  EXPECT_FALSE(fs::exists(root / "to" / "b"));
  EXPECT_EQ(readAll(root / "elsewhere"), "another");
}

TEST_P(PlaceTest, MissingIsSaidPlainly) {
  for (const char* method : {"GET", "DELETE"}) {
    auto response = ask(method, "no/such");
    EXPECT_EQ(response.code, "transport.not_found");
    EXPECT_FALSE(response.retryable);
  }
  EXPECT_EQ(ask("MOVE", "nothing", "", "x").code, "transport.not_found");
  EXPECT_EQ(ask("LIST", "nothing").code, "transport.not_found");
  EXPECT_EQ(ask("POST", "x").code, "transport.unsupported_method");
  EXPECT_EQ(ask("GET", "").code, "transport.bad_path");
  EXPECT_EQ(outcome(ask("LIST", "")), "ok") << "a failure does not spoil the connection";
}

TEST_P(PlaceTest, NothingIsEverOverwritten) {
  writeAll(root / "taken", "theirs");
  auto put = ask("PUT", "taken", "ours!!");
  EXPECT_EQ(put.code, "transport.name_taken");
  EXPECT_FALSE(put.retryable);
  writeAll(root / "mine", "mine");
  EXPECT_EQ(ask("MOVE", "mine", "", "taken").code, "transport.name_taken");
  EXPECT_EQ(readAll(root / "taken"), "theirs");
  EXPECT_EQ(readAll(root / "mine"), "mine");
  EXPECT_EQ(namesIn(root), (std::vector<std::string>{"mine", "taken"})) << "no temporary is left";
}

// Hubs that share a folder: a look before a rename that replaces would lose one of the files.
TEST_P(PlaceTest, OfTwoThatMoveToOneNameOneIsToldThatItIsTaken) {
  auto other = world.open(config);
  Endpoint* both[] = {endpoint.get(), other.get()};
  for (int round = 0; round < 40; ++round) {
    const std::string to = "to" + std::to_string(round);
    std::string said[2];
    std::vector<std::thread> movers;
    for (int i = 0; i < 2; ++i) writeAll(root / ("from" + std::to_string(i)), std::to_string(i));
    for (int i = 0; i < 2; ++i) {
      movers.emplace_back([&, i] {
        ExchangeRequest request;
        request.method = "MOVE";
        request.path = "from" + std::to_string(i);
        request.to_path = to;
        said[i] = outcome(both[i]->exchange(request, in(20s)));
      });
    }
    for (auto& mover : movers) mover.join();
    const int winner = said[0] == "ok" ? 0 : 1;
    EXPECT_EQ(said[winner], "ok");
    EXPECT_EQ(said[1 - winner], "transport.name_taken");
    EXPECT_EQ(readAll(root / to), std::to_string(winner));
    EXPECT_EQ(readAll(root / ("from" + std::to_string(1 - winner))), std::to_string(1 - winner));
  }
}

TEST_P(PlaceTest, SamePutAgainSucceeds) {
  EXPECT_EQ(outcome(ask("PUT", "x", "content")), "ok");
  EXPECT_EQ(outcome(ask("PUT", "x", "content")), "ok");
  EXPECT_EQ(namesIn(root).size(), 1u);
}

TEST_P(PlaceTest, MissingFoldersAreMade) {
  EXPECT_EQ(outcome(ask("PUT", "2026/03/17/x", "1")), "ok");
  EXPECT_EQ(outcome(ask("PUT", "2026/03/18/y", "2")), "ok");
  EXPECT_EQ(listed("2026/03/17"), "x");
  EXPECT_EQ(listed("2026/03/18"), "y");
}

TEST_P(PlaceTest, PathsCannotLeaveTheFolder) {
  writeAll(world.folder.file("outside"), "secret");
  std::vector<std::string> bad = {
      "../outside", "a/../../outside",      "/etc/passwd", "..", ".",   "a//b", "a/./b",
      "a\\b",       std::string("a\0b", 3), "a\nb",        "a/", "\xff"};
  for (const auto& path : bad) {
    for (const char* method : {"LIST", "GET", "PUT", "DELETE"}) {
      EXPECT_EQ(ask(method, path, "x").code, "transport.bad_path") << method << " " << path;
    }
    writeAll(root / "mine", "mine");
    EXPECT_EQ(ask("MOVE", "mine", "", path).code, "transport.bad_path") << path;
  }
  EXPECT_EQ(readAll(world.folder.file("outside")), "secret");
}

TEST_P(PlaceTest, SymbolicLinksAreRefused) {
  writeAll(world.folder.file("outside"), "secret");
  fs::create_symlink(world.folder.file("outside"), root / "link");
  fs::create_directory(root / "folder");
  EXPECT_EQ(listed(), "");
  // Whoever put the link there waits, so it is told that there is one; a folder is no news.
  const auto headers = ask("LIST", "").headers;
  ASSERT_EQ(headers.size(), 2U);
  EXPECT_EQ(headers[0].name + " " + headers[0].value, "Strange 1");
  EXPECT_EQ(headers[1].name + " " + headers[1].value, "Strange-Name link");
  for (const char* method : {"GET", "DELETE"}) {
    EXPECT_EQ(ask(method, "link").code, "transport.symlink_refused") << method;
    EXPECT_EQ(ask(method, "folder").code, "transport.symlink_refused") << method;
  }
  EXPECT_EQ(ask("MOVE", "link", "", "copy").code, "transport.symlink_refused");
  EXPECT_EQ(ask("PUT", "link", "secret").code, "transport.name_taken");
  EXPECT_EQ(readAll(world.folder.file("outside")), "secret");
}

TEST_P(PlaceTest, HiddenAndTemporaryNamesAreNotListed) {
  for (const char* name : {".hidden", "~lock", "x.tmp", "x.part", "x~", "seen.csv", "x.tmp.csv"}) {
    writeAll(root / name, "1");
  }
  EXPECT_EQ(listed(), "seen.csv x.tmp.csv");
}

TEST_P(PlaceTest, DoneFileCompletesAFile) {
  config.completeness = "done_file";
  reopen();
  writeAll(root / "a", "1");
  writeAll(root / "b", "2");
  writeAll(root / "b.done", "");
  EXPECT_EQ(listed(), "a(incomplete) b");
  EXPECT_EQ(outcome(ask("MOVE", "b", "", "archive/b")), "ok");
  EXPECT_EQ(namesIn(root / "archive"), (std::vector<std::string>{"b", "b.done"}));
  EXPECT_EQ(outcome(ask("PUT", "out", "3")), "ok");
  EXPECT_EQ(listed(), "a(incomplete) out");
  // An attempt that broke before the companion was written is finished by the next one.
  fs::remove(root / "out.done");
  EXPECT_EQ(outcome(ask("PUT", "out", "3")), "ok");
  EXPECT_EQ(listed(), "a(incomplete) out");
  EXPECT_EQ(outcome(ask("DELETE", "out")), "ok");
  EXPECT_EQ(namesIn(root), (std::vector<std::string>{"a", "archive"}));
}

TEST_P(PlaceTest, ADoneFileThatSaysSizeOrDigestMustFit) {
  config.completeness = "done_file";
  reopen();
  const std::string digest = sha256Hex("123");
  writeAll(root / "a", "12");
  writeAll(root / "a.done", "3\n");
  EXPECT_EQ(listed(), "a(incomplete)") << "it is still being written";
  EXPECT_EQ(ask("GET", "a").code, "transport.done_mismatch");
  writeAll(root / "a", "123");
  for (const std::string& fits :
       {std::string("3"), digest, digest + " 3\r\n", "3 " + digest, digest + "  20261130 a\n",
        digest + " *a\n", std::string("written by hand"), std::string(5'000, '1')}) {
    writeAll(root / "a.done", fits);
    EXPECT_EQ(listed(), "a") << fits.substr(0, 100);
    EXPECT_EQ(ask("GET", "a").body, "123") << fits.substr(0, 100);
  }
  writeAll(root / "a.done", sha256Hex("124") + "  a\n");
  auto other = ask("GET", "a");
  EXPECT_EQ(other.code, "transport.done_mismatch");
  EXPECT_FALSE(other.retryable);
  EXPECT_EQ(other.body, "");
  ASSERT_EQ(other.headers.size(), 1u);
  EXPECT_EQ(other.headers[0].value, digest) << "which file was refused";
  EXPECT_EQ(outcome(ask("MOVE", "a", "", "error/a")), "ok");
  EXPECT_EQ(listed("error"), "a");
}

TEST_P(PlaceTest, WhatWasJustWrittenWaits) {
  config.min_age_ms = 60'000;
  reopen();
  const auto writtenAt = [&](std::chrono::seconds age) {
    fs::last_write_time(root / "a", fs::file_time_type::clock::now() - age);
  };
  writeAll(root / "a", "1");
  writtenAt(10s);
  EXPECT_EQ(listed(), "a(incomplete)");
  world.clock.advance(61s);
  EXPECT_EQ(listed(), "a");
  // The place's clock is ahead of ours: it waits until it was seen unchanged for so long.
  writtenAt(-3'600s);
  EXPECT_EQ(listed(), "a(incomplete)");
  world.clock.advance(59s);
  EXPECT_EQ(listed(), "a(incomplete)");
  world.clock.advance(1s);
  EXPECT_EQ(listed(), "a");
  fs::create_directory(root / "processing");
  writeAll(root / "processing/b", "1");
  EXPECT_EQ(listed("processing"), "b") << "it was complete when it was claimed";
}

TEST_P(PlaceTest, StableCompletesAFile) {
  config.completeness = "stable";
  config.stable_ms = 2'000;
  reopen();
  writeAll(root / "a", "1");
  EXPECT_EQ(listed(), "a(incomplete)");
  world.clock.advance(1'900ms);
  EXPECT_EQ(listed(), "a(incomplete)");
  world.clock.advance(100ms);
  EXPECT_EQ(listed(), "a");
  writeAll(root / "a", "12");
  EXPECT_EQ(listed(), "a(incomplete)") << "it grows";
  world.clock.advance(2'000ms);
  EXPECT_EQ(listed(), "a");
  fs::remove(root / "a");
  EXPECT_EQ(listed(), "");
  writeAll(root / "a", "12");
  EXPECT_EQ(listed(), "a(incomplete)") << "another file of the same name";
  for (const char* kept : {"done", "processing"}) {
    fs::create_directory(root / kept);
    writeAll(root / kept / "b", "1");
    EXPECT_EQ(listed(kept), "b") << "nobody waits for it";
  }
}

TEST_P(PlaceTest, SignedFilesTravelWithTheirCompanion) {
  useSignatures();
  EXPECT_EQ(outcome(ask("PUT", "out/x.xml", "<x/>")), "ok");
  EXPECT_EQ(namesIn(root / "out"), (std::vector<std::string>{"x.xml", "x.xml.p7s"}));
  trust::Context context;
  context.signature = readAll(root / "out/x.xml.p7s");
  EXPECT_EQ(outcome(world.profile("cms-detached", "agency", "hub")
                        ->verify("<x/>", context, world.clock.now())),
            "ok");
  EXPECT_EQ(outcome(ask("PUT", "out/x.xml", "<x/>")), "ok");
  EXPECT_EQ(ask("PUT", "out/x.xml", "<y/>").code, "transport.name_taken");

  agencyWrites("in.xml", "<answer/>");
  EXPECT_EQ(listed(), "in.xml");
  auto got = ask("GET", "in.xml");
  EXPECT_EQ(outcome(got), "ok");
  EXPECT_EQ(got.body, "<answer/>");
  EXPECT_NE(got.signer.find("BIN940140000385"), std::string::npos);
  EXPECT_EQ(outcome(ask("MOVE", "in.xml", "", "done/in.xml")), "ok");
  EXPECT_EQ(namesIn(root / "done"), (std::vector<std::string>{"in.xml", "in.xml.p7s"}));
  EXPECT_EQ(namesIn(root), (std::vector<std::string>{"done", "out"}));
  EXPECT_EQ(outcome(ask("DELETE", "done/in.xml")), "ok");
  EXPECT_TRUE(namesIn(root / "done").empty());
}

TEST_P(PlaceTest, BadSignaturesAreRefused) {
  useSignatures();
  agencyWrites("changed", "original");
  writeAll(root / "changed", "0riginal");
  EXPECT_EQ(ask("GET", "changed").code, "trust.signature_wrong");
  EXPECT_EQ(ask("GET", "changed").body, "");
  EXPECT_EQ(ask("GET", "changed").headers.at(0).value, sha256Hex("0riginal"));
  agencyWrites("foreign", "original", "stranger");
  EXPECT_EQ(ask("GET", "foreign").code, "trust.signer_unknown");
  writeAll(root / "garbled", "1");
  writeAll(root / "garbled.p7s", "not DER");
  EXPECT_EQ(ask("GET", "garbled").code, "trust.malformed");
  EXPECT_EQ(ask("GET", "nothing").code, "transport.not_found");
}

TEST_P(PlaceTest, HalfWrittenSignedFileIsIncomplete) {
  useSignatures();
  writeAll(root / "half", "1");
  EXPECT_EQ(listed(), "half(incomplete)");
  EXPECT_EQ(ask("GET", "half").code, "trust.signature_missing");
}

TEST_P(PlaceTest, ASignatureWithoutItsFileIsShown) {
  useSignatures();
  agencyWrites("whole", "1");
  writeAll(root / "alone.p7s", "1");
  EXPECT_EQ(listed(), "alone.p7s(incomplete) whole");
}

TEST_P(PlaceTest, ANameThatIsNoTextIsShown) {
  writeAll(root / "st\xD1tus", "1");
  writeAll(root / "Күй", "1");
  EXPECT_EQ(listed(),
            "st\xEF\xBF\xBD"
            "d1tus(incomplete) Күй");
}

// The companion is moved first; an attempt that broke between the two goes on where it stopped.
TEST_P(PlaceTest, BrokenMoveAndPutAreFinishedByTheNextAttempt) {
  useSignatures();
  agencyWrites("x", "1");
  fs::create_directory(root / "done");
  fs::rename(root / "x.p7s", root / "done/x.p7s");
  EXPECT_EQ(outcome(ask("MOVE", "x", "", "done/x")), "ok");
  EXPECT_EQ(outcome(ask("GET", "done/x")), "ok");
  writeAll(root / "y.p7s", "left by a broken attempt");
  EXPECT_EQ(outcome(ask("PUT", "y", "2")), "ok");
  trust::Context context;
  context.signature = readAll(root / "y.p7s");
  EXPECT_EQ(
      outcome(
          world.profile("cms-detached", "agency", "hub")->verify("2", context, world.clock.now())),
      "ok");
}

// Two hubs want one file: whoever has its signature has the file.
TEST_P(PlaceTest, AFileIsNotTakenWithoutWhatMakesItComplete) {
  useSignatures();
  agencyWrites("x", "1");
  ExchangeRequest claim;
  claim.method = "MOVE";
  claim.path = "x";
  claim.to_path = "b/x";
  claim.headers.push_back({"Companions", "required"});
  fs::create_directory(root / "a");
  fs::rename(root / "x.p7s", root / "a/x.p7s");  // the other one has begun
  EXPECT_EQ(ask(claim).code, "transport.not_found");
  EXPECT_TRUE(fs::exists(root / "x"));
  EXPECT_FALSE(fs::exists(root / "b/x"));
  claim.to_path = "a/x";
  claim.headers.clear();
  EXPECT_EQ(outcome(ask(claim)), "ok");
  EXPECT_EQ(outcome(ask("GET", "a/x")), "ok");
  agencyWrites("y", "2");
  claim.path = "y";
  claim.to_path = "b/y";
  claim.headers.push_back({"Companions", "required"});
  EXPECT_EQ(outcome(ask(claim)), "ok");
  EXPECT_EQ(namesIn(root / "b"), (std::vector<std::string>{"y", "y.p7s"}));
}

TEST_P(PlaceTest, AttachmentsAreStreamedBothWays) {
  std::string bytes = randomBytes(500'000);
  ExchangeRequest request;
  request.method = "PUT";
  request.path = "scan.pdf";
  request.body_attachment = world.store(bytes);
  EXPECT_EQ(outcome(ask(request)), "ok");
  EXPECT_EQ(readAll(root / "scan.pdf"), bytes);
  request.body_attachment = std::string(64, '0');
  EXPECT_EQ(ask(request).code, "store.not_found");

  writeAll(root / "in.pdf", bytes + "x");
  ExchangeRequest get;
  get.method = "GET";
  get.path = "in.pdf";
  get.into_attachment = true;
  auto got = ask(get);
  ASSERT_EQ(outcome(got), "ok");
  EXPECT_EQ(got.body, "");
  EXPECT_EQ(got.attachment_size, 500'001);
  EXPECT_EQ(got.attachment_sha256, sha256Hex(bytes + "x"));
  EXPECT_EQ(readAll(*world.attachments->path(got.attachment_sha256)), bytes + "x");
}

TEST_P(PlaceTest, SignedAttachmentIsStoredOnlyIfTheSignatureFits) {
  // Larger than what may stand in memory: signed attachments are streamed too.
  world.limits.exchange_bytes_max = 100'000;
  useSignatures();
  std::string bytes = randomBytes(300'000);
  agencyWrites("scan.pdf", bytes);
  ExchangeRequest get;
  get.method = "GET";
  get.path = "scan.pdf";
  get.into_attachment = true;
  auto got = ask(get);
  EXPECT_EQ(outcome(got), "ok");
  EXPECT_EQ(got.attachment_sha256, sha256Hex(bytes));
  EXPECT_NE(got.signer, "");
  EXPECT_EQ(world.attachmentFiles(), 1);
  bytes[77] = static_cast<char>(bytes[77] ^ 1);
  writeAll(root / "scan.pdf", bytes);
  EXPECT_EQ(ask(get).code, "trust.signature_wrong");
  EXPECT_EQ(world.attachmentFiles(), 1);
}

TEST_P(PlaceTest, TheAgeOfTheOldestFileIsAMetric) {
  ask("PUT", "out/a", "a");
  fs::last_write_time(root / "out" / "a", fs::file_time_type::clock::now() - 1000s);
  ask("PUT", "out/done/known/00/z", "z");
  ask("PUT", "out/b", "b");
  world.clock.set(systemClock().now());
  const auto shown = [&](const std::string& folder = "out") {
    (void)listed(folder);
    const std::string all = metrics::render();
    for (auto at = all.find("hub_drop_oldest_file_seconds{"); at != std::string::npos;
         at = all.find("hub_drop_oldest_file_seconds{", at + 1)) {
      const std::string line = all.substr(at, all.find('\n', at) - at);
      if (line.find("folder=\"" + folder + "\"") == std::string::npos) continue;
      if (line.find(root.string()) == std::string::npos) continue;
      return std::stod(line.substr(line.rfind(' ')));
    }
    return -1.0;
  };
  const double age = shown();
  EXPECT_GE(age, 998);
  EXPECT_LT(age, 100'000);
  (void)listed("out/done/known/00");
  EXPECT_EQ(metrics::render().find("out/done"), std::string::npos) << "kept there, not waiting";
  fs::remove(root / "out" / "a");
  fs::remove(root / "out" / "b");
  EXPECT_EQ(shown(), 0);
  // A hub's sign of life is no message.
  ask("PUT", "out/processing/n@1.lease", "n");
  fs::last_write_time(root / "out/processing/n@1.lease", fs::file_time_type::clock::now() - 500s);
  EXPECT_EQ(shown("out/processing"), 0);
}

TEST_P(PlaceTest, AnAdapterReadsAndKeepsAttachments) {
  ExchangeRequest keep;
  keep.method = "KEEP";
  keep.body = "бір файл";
  auto kept = ask(keep);
  ASSERT_EQ(outcome(kept), "ok");
  EXPECT_EQ(kept.attachment_sha256, sha256Hex("бір файл"));
  EXPECT_EQ(kept.attachment_size, 15);
  EXPECT_EQ(listed(), "") << "nothing went to the place itself";
  ExchangeRequest read;
  read.method = "READ";
  read.body_attachment = kept.attachment_sha256;
  auto got = ask(read);
  ASSERT_EQ(outcome(got), "ok");
  EXPECT_EQ(got.body, "бір файл");

  writeAll(*world.attachments->path(kept.attachment_sha256), "басқасы");
  EXPECT_EQ(outcome(ask(read)), "transport.attachment_damaged");
  read.body_attachment = sha256Hex("nobody has it");
  EXPECT_EQ(outcome(ask(read)), "store.not_found");
  read.body_attachment = "../../etc/passwd";
  EXPECT_EQ(outcome(ask(read)), "store.not_found");
  world.limits.exchange_bytes_max = 10;
  reopen();
  EXPECT_EQ(outcome(ask(keep)), "transport.too_large");
  read.body_attachment = world.store("longer than ten bytes");
  EXPECT_EQ(outcome(ask(read)), "transport.too_large");
}

TEST_P(PlaceTest, LimitsHold) {
  world.limits.exchange_bytes_max = 1'000;
  writeAll(root / "fits", std::string(1'000, 'x'));
  writeAll(root / "large", std::string(1'001, 'x'));
  EXPECT_EQ(outcome(ask("GET", "fits")), "ok");
  EXPECT_EQ(ask("GET", "large").code, "transport.too_large");
}

TEST_P(PlaceTest, WithoutAnAttachmentStoreNothingBreaks) {
  auto made = makeEndpoint(config, *world.keys, nullptr, world.limits, world.clock);
  ASSERT_TRUE(made.ok());
  writeAll(root / "x", "1");
  ExchangeRequest request;
  request.method = "GET";
  request.path = "x";
  request.into_attachment = true;
  EXPECT_EQ((*made)->exchange(request, in(20s)).code, "store.not_found");
}

TEST_P(PlaceTest, ManyThreadsShareAPlace) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this, t] {
      for (int i = 0; i < 5; ++i) {
        std::string name = "f" + std::to_string(t) + "-" + std::to_string(i);
        EXPECT_EQ(outcome(ask("PUT", name, name)), "ok");
        EXPECT_EQ(ask("GET", name).body, name);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(ask("LIST", "").files.size(), 20u);
}

struct LocalPlaceTest : ::testing::Test {
  World world;
  fs::path root = world.folder.file("place");
  EndpointConfig config;
  LocalPlaceTest() {
    fs::create_directory(root);
    config.name = "drop";
    config.url = "file://" + root.string();
  }
  std::string ask(Endpoint& endpoint, const std::string& method, const std::string& path) {
    ExchangeRequest request;
    request.method = method;
    request.path = path;
    return outcome(endpoint.exchange(request, in(20s)));
  }
};

TEST_F(LocalPlaceTest, LinksInsideThePathAreRefused) {
  auto endpoint = world.open(config);
  fs::create_directory(world.folder.file("elsewhere"));
  writeAll(world.folder.file("elsewhere/x"), "secret");
  fs::create_symlink(world.folder.file("elsewhere"), root / "link");
  for (const char* method : {"GET", "PUT", "DELETE"}) {
    EXPECT_EQ(ask(*endpoint, method, "link/x"), "transport.symlink_refused") << method;
  }
  EXPECT_EQ(ask(*endpoint, "PUT", "link/new/y"), "transport.symlink_refused");
  EXPECT_EQ(ask(*endpoint, "LIST", "link"), "transport.symlink_refused");
  EXPECT_EQ(namesIn(world.folder.file("elsewhere")), (std::vector<std::string>{"x"}));
}

TEST_F(LocalPlaceTest, SpecialFilesAreRefused) {
  auto endpoint = world.open(config);
  ASSERT_EQ(mkfifo((root / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(ask(*endpoint, "GET", "pipe"), "transport.symlink_refused");
  EXPECT_EQ(ask(*endpoint, "LIST", ""), "ok");
}

TEST_F(LocalPlaceTest, AFolderThatIsReplacedIsSeen) {
  auto endpoint = world.open(config);
  EXPECT_EQ(ask(*endpoint, "LIST", ""), "ok");
  fs::rename(root, world.folder.file("old"));
  EXPECT_EQ(ask(*endpoint, "LIST", ""), "transport.unreachable");
  EXPECT_EQ(outcome(endpoint->check(in(20s))), "transport.unreachable");
  fs::create_directory(root);
  writeAll(root / "x", "1");
  EXPECT_EQ(ask(*endpoint, "GET", "x"), "ok");
}

struct SftpTest : LocalPlaceTest {
  SshServer server;
  SftpTest() {
    config.url = server.url(root.string());
    config.ssh_key = server.key("client");
    config.known_hosts = server.knownHosts();
    writeAll(root / "x", "1");
  }
};

TEST_F(SftpTest, OnlyKnownHostKeys) {
  for (const auto& hosts : {server.wrongHosts(), server.emptyHosts(), server.key("no_such_file")}) {
    config.known_hosts = hosts;
    auto endpoint = world.open(config);
    EXPECT_EQ(ask(*endpoint, "GET", "x"), "transport.host_key") << hosts;
    EXPECT_EQ(outcome(endpoint->check(in(20s))), "transport.host_key");
  }
  EXPECT_EQ(readAll(server.emptyHosts()), "") << "nothing is trusted on first use";
}

TEST_F(SftpTest, OnlyAcceptedClientKeys) {
  config.ssh_key = server.key("unknown");
  auto endpoint = world.open(config);
  EXPECT_EQ(ask(*endpoint, "GET", "x"), "transport.refused");
  config.ssh_key = server.key("no_such_file");
  EXPECT_EQ(ask(*world.open(config), "GET", "x"), "transport.bad_endpoint");
}

TEST_F(SftpTest, OneConnectionServesManyCalls) {
  auto endpoint = world.open(config);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(ask(*endpoint, "GET", "x"), "ok");
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(SftpTest, ConnectsAnewAfterTheServerWasRestarted) {
  auto endpoint = world.open(config);
  EXPECT_EQ(ask(*endpoint, "GET", "x"), "ok");
  server.stop();
  EXPECT_EQ(ask(*endpoint, "GET", "x"), "transport.unreachable");
  EXPECT_EQ(outcome(endpoint->check(in(20s))), "transport.unreachable");
  server.start();
  EXPECT_EQ(ask(*endpoint, "GET", "x"), "ok");
  server.stop();
  server.start();
  EXPECT_EQ(ask(*endpoint, "GET", "x"), "ok") << "without a failed call between";
}

TEST_F(SftpTest, AServerThatStandsStillTimesOut) {
  auto endpoint = world.open(config);
  EXPECT_EQ(ask(*endpoint, "GET", "x"), "ok");
  server.freeze();
  ExchangeRequest request;
  request.method = "PUT";
  request.path = "y";
  request.body = "2";
  auto response = endpoint->exchange(request, in(300ms));
  EXPECT_EQ(response.code, "transport.timeout");
  EXPECT_TRUE(response.retryable);
  EXPECT_TRUE(response.maybe_delivered);
  EXPECT_EQ(ask(*endpoint, "GET", "x"), "ok") << "over a new connection";
}

TEST_F(SftpTest, ConfigurationIsChecked) {
  auto refused = [&](auto change) {
    EndpointConfig wrong = config;
    change(wrong);
    return outcome(makeEndpoint(wrong, *world.keys, nullptr, world.limits, world.clock));
  };
  const std::string bad = "transport.bad_endpoint";
  EXPECT_EQ(refused([](auto& c) { c.ssh_key.clear(); }), bad);
  EXPECT_EQ(refused([](auto& c) { c.known_hosts.clear(); }), bad);
  EXPECT_EQ(refused([](auto& c) { c.url = "sftp://127.0.0.1/x"; }), bad);
  EXPECT_EQ(refused([](auto& c) { c.url = "file://"; }), bad);
  EXPECT_EQ(refused([](auto& c) { c.url = "ftp://127.0.0.1/x"; }), bad);
  EXPECT_EQ(refused([&](auto& c) { c.security = world.security("jws-detached"); }), bad);
  EXPECT_EQ(refused([](auto& c) { c.completeness = "whenever"; }), bad);
}

}  // namespace
}  // namespace hub::transport::testing
