// What every test of the profiles starts from: us, two peers we know, and strangers.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>

#include "hub/trust/profile.h"
#include "hub/trust/tests/test_pki.h"

namespace hub::trust::testing {

inline std::string sample(const std::string& name) {
  const char* root = std::getenv("OTINISH_SOURCE_DIR");
  return readAll(std::string(root == nullptr ? "." : root) + "/hub/trust/tests/data/" + name);
}

inline std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << "the test changes nothing: " << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

// "ok" or the code of the failure.
template <class T>
std::string outcome(const Result<T>& result) {
  return result.ok() ? "ok" : result.error().code;
}
inline std::string outcome(const Status& status) {
  return status.ok() ? "ok" : status.error().code;
}

struct World {
  TemporaryFolder folder;
  TestPki pki{folder.path()};
  TestIdentity ec = pki.issue("ec", {.organizational_unit = "BIN940140000385"});
  TestIdentity rsa = pki.issue("rsa", {.key = TestKey::kRsa2048});
  TestIdentity stranger = pki.issue("stranger");
  TestIdentity expired = pki.issue("expired", {.not_before_s = -7200, .not_after_s = -3600});
  std::unique_ptr<Keyring> keys = makeKeyring();
  Limits limits;
  Instant now = systemClock().now();

  World() {
    for (const auto* each : {&ec, &rsa, &stranger, &expired}) {
      EXPECT_EQ(outcome(keys->add(each->name, each->key_file, each->certificate_file)), "ok");
    }
  }
  // Signs as `key`; accepts ec, rsa and expired.
  ProfileConfig config(const std::string& profile, const std::string& key) const {
    return {.name = profile,
            .key = key,
            .peers = {ec.certificate_file, rsa.certificate_file, expired.certificate_file},
            .ca_file = {},
            .peer_subject = {},
            .clock_skew_s = 300};
  }
  std::unique_ptr<Profile> make(const ProfileConfig& wanted) {
    auto profile = makeProfile(wanted, *keys, limits);
    EXPECT_EQ(outcome(profile), "ok");
    return profile.ok() ? std::move(*profile) : nullptr;
  }
  std::unique_ptr<Profile> make(const std::string& profile, const std::string& key) {
    return make(config(profile, key));
  }
};

}  // namespace hub::trust::testing
