// The profiles behind makeProfile. Internal to hub/trust.
#pragma once

#include <memory>

#include "hub/trust/keys.h"
#include "hub/trust/profile.h"
#include "hub/trust/signer_policy.h"

namespace hub::trust {

// What every signing profile is made of. A profile without `key` cannot sign, one without peers and
// CA cannot verify.
struct ProfileParts {
  std::shared_ptr<const PrivateKey> key;
  std::unique_ptr<SignerPolicy> policy;
  int clock_skew_s = 300;
  int message_age_s_max = 86'400;
  Limits limits;
};

std::unique_ptr<Profile> makeWsseShep(ProfileParts parts);
std::unique_ptr<Profile> makeJwsDetached(ProfileParts parts);
std::unique_ptr<Profile> makeCmsDetached(ProfileParts parts);

Status noKeyToSign();

}  // namespace hub::trust
