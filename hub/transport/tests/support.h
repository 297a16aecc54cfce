// What every test of the endpoints starts from: keys and certificates of the hub and of an agency,
// a clock set by hand, an attachment folder, and short ways to say a request.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "hub/base/ids.h"
#include "hub/transport/endpoint.h"
#include "hub/trust/tests/test_pki.h"

namespace hub::transport::testing {

namespace fs = std::filesystem;
using otinish::ExchangeRequest;
using otinish::ExchangeResponse;
using trust::testing::readAll;
using trust::testing::TemporaryFolder;
using trust::testing::TestIdentity;
using trust::testing::TestPki;

// "ok" or the code of the failure.
inline std::string outcome(const ExchangeResponse& response) {
  return response.ok ? "ok" : response.code;
}
inline std::string outcome(const Status& status) {
  return status.ok() ? "ok" : status.error().code;
}
template <class T>
std::string outcome(const Result<T>& result) {
  return result.ok() ? "ok" : result.error().code;
}

inline void writeAll(const fs::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

// Names in a folder, sorted, hidden ones too.
inline std::vector<std::string> namesIn(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) {
    names.push_back(entry.path().filename());
  }
  std::sort(names.begin(), names.end());
  return names;
}

inline Deadline in(std::chrono::milliseconds time) {
  return std::chrono::steady_clock::now() + time;
}

struct World {
  TemporaryFolder folder;
  TestPki pki{folder.path()};
  TestIdentity hub = pki.issue("hub");
  TestIdentity agency = pki.issue("agency", {.organizational_unit = "BIN940140000385"});
  TestIdentity stranger = pki.issue("stranger");
  std::unique_ptr<trust::Keyring> keys = trust::makeKeyring();
  Limits limits;
  ManualClock clock{systemClock().now()};
  std::unique_ptr<AttachmentStore> attachments =
      openAttachmentFolder(folder.file("attachments"), limits);

  World() {
    for (const auto* each : {&hub, &agency, &stranger}) {
      EXPECT_EQ(outcome(keys->add(each->name, each->key_file, each->certificate_file)), "ok");
    }
  }
  trust::ProfileConfig security(const std::string& profile, const std::string& key = "hub",
                                const std::string& peer = "agency") const {
    trust::ProfileConfig config;
    config.name = profile;
    if (profile == "none") return config;
    config.key = key;
    config.peers = {folder.file(peer + ".pem")};
    return config;
  }
  std::unique_ptr<trust::Profile> profile(const std::string& name, const std::string& key,
                                          const std::string& peer) {
    auto made = trust::makeProfile(security(name, key, peer), *keys, limits);
    EXPECT_EQ(outcome(made), "ok");
    return made.ok() ? std::move(*made) : nullptr;
  }
  std::unique_ptr<Endpoint> open(const EndpointConfig& config) {
    auto made = makeEndpoint(config, *keys, attachments.get(), limits, clock);
    EXPECT_EQ(outcome(made), "ok") << (made.ok() ? "" : made.error().text);
    return made.ok() ? std::move(*made) : nullptr;
  }
  std::string store(const std::string& bytes) {
    auto sink = attachments->create();
    EXPECT_EQ(outcome((*sink)->write(bytes)), "ok");
    auto stored = (*sink)->finish();
    EXPECT_EQ(outcome(stored), "ok");
    return stored->sha256_hex;
  }
  // Files in the attachment folder, finished or not.
  int attachmentFiles() const {
    int count = 0;
    for (const auto& entry : fs::recursive_directory_iterator(folder.file("attachments"))) {
      if (entry.is_regular_file()) ++count;
    }
    return count;
  }
};

}  // namespace hub::transport::testing
