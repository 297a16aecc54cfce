#include "hub/trust/profile.h"

#include "hub/trust/profiles.h"

namespace hub::trust {
namespace {

class NoProfile final : public Profile {
 public:
  const std::string& name() const override { return name_; }
  Result<Signed> sign(std::string_view body, const Context&, Instant) override {
    return Signed{.body = std::string(body), .headers = {}, .detached = {}, .nonce = {}};
  }
  Result<Verified> verify(std::string_view body, const Context&, Instant) override {
    return Verified{.body = std::string(body),
                    .signer = {},
                    .signer_sha256 = {},
                    .signer_serial = {},
                    .nonce = {}};
  }

 private:
  const std::string name_ = "none";
};

Status bad(const std::string& text) { return Status::failure("trust.bad_profile", text); }

Result<ProfileParts> collect(const ProfileConfig& config, Keyring& keys, const Limits& limits) {
  ProfileParts parts;
  parts.limits = limits;
  parts.clock_skew_s = config.clock_skew_s;
  parts.message_age_s_max = config.message_age_s_max;
  if (config.message_age_s_max < 60) return bad("message_age_s_max must be at least 60");
  if (config.clock_skew_s < 1 || config.clock_skew_s > 3600) {
    return bad("clock_skew_s must be 1 to 3600");
  }
  if (!config.key.empty()) {
    const auto* loaded = dynamic_cast<const LoadedKeyring*>(&keys);
    if (loaded != nullptr) parts.key = loaded->find(config.key);
    if (!parts.key) return bad("key '" + config.key + "' is not in the keyring");
  }
  auto policy = SignerPolicy::load(config);
  if (!policy.ok()) return policy.status();
  parts.policy = std::move(*policy);
  if (!parts.key && config.peers.empty() && config.ca_file.empty()) {
    return bad("neither a key to sign with nor peers or a CA to verify");
  }
  return parts;
}

}  // namespace

Status noKeyToSign() { return bad("this profile has no key to sign with"); }

Result<std::unique_ptr<Profile>> makeProfile(const ProfileConfig& config, Keyring& keys,
                                             const Limits& limits) {
  if (config.name == "none") return std::unique_ptr<Profile>(std::make_unique<NoProfile>());
  using Maker = std::unique_ptr<Profile> (*)(ProfileParts);
  Maker maker = nullptr;
  if (config.name == "wsse-shep") maker = makeWsseShep;
  if (config.name == "jws-detached") maker = makeJwsDetached;
  if (config.name == "cms-detached") maker = makeCmsDetached;
  if (maker == nullptr) return bad("there is no profile '" + config.name + "'");
  auto parts = collect(config, keys, limits);
  if (!parts.ok()) return parts.status();
  return maker(std::move(*parts));
}

}  // namespace hub::trust
