// Detached JWS (RFC 7515 appendix F) in the header X-JWS-Signature.
//
// jansson reads the protected header and OpenSSL signs; cjose would want the payload base64-encoded
// into a JSON key of its own format for every message and has no detached form.
#include <jansson.h>

#include <chrono>
#include <mutex>
#include <unordered_set>

#include "hub/base/ids.h"
#include "hub/base/text.h"
#include "hub/trust/profiles.h"

namespace hub::trust {
namespace {

constexpr char kHeaderName[] = "X-JWS-Signature";
constexpr std::size_t kHeaderBytesMax = 32 * 1024;
constexpr std::size_t kJtiBytesMax = 128;
constexpr std::size_t kRememberedMax = 500'000;  // per half of the window

using JsonHandle = std::unique_ptr<json_t, FreeWith<json_decref>>;

Status wrong(const char* why) { return Status::failure("trust.signature_wrong", why); }
Status malformed(const char* why) { return Status::failure("trust.malformed", why); }
Status refused(const char* why) { return Status::failure("trust.algorithm_refused", why); }

std::int64_t secondsOf(Instant at) {
  return std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
}

// The jti values of the accepted window, in two halves that are dropped whole: every value is kept
// for at least 2 x skew, which is as long as its iat can be accepted.
class ReplayMemory {
 public:
  explicit ReplayMemory(int skew_s) : half_s_(2LL * skew_s) {}

  Status take(const std::string& id, Instant now) {
    const std::lock_guard lock(mutex_);
    const std::int64_t at = secondsOf(now);
    if (at - started_ >= half_s_) {
      older_ = at - started_ >= 2 * half_s_ ? Ids() : std::move(newer_);
      newer_ = Ids();
      started_ = at;
    }
    if (newer_.contains(id) || older_.contains(id)) {
      return Status::failure("trust.replayed", "this message was received before");
    }
    if (newer_.size() >= kRememberedMax) {
      return Status::failure("trust.busy", "more messages than can be told from repeated ones");
    }
    newer_.insert(id);
    return {};
  }

 private:
  using Ids = std::unordered_set<std::string>;
  const std::int64_t half_s_;
  std::mutex mutex_;
  Ids newer_, older_;
  std::int64_t started_ = 0;
};

struct JwsHeader {
  std::string alg, thumbprint, jti, htm, htu, rsp;
  std::int64_t iat = 0, sta = 0;
  bool digest = false;
  std::vector<std::string> certificates;  // x5c, DER
};

std::string textMember(const json_t* object, const char* name) {
  const json_t* member = json_object_get(object, name);
  if (!json_is_string(member)) return {};
  return std::string(json_string_value(member), json_string_length(member));
}

Status readCertificates(const json_t* object, JwsHeader& out) {
  const json_t* list = json_object_get(object, "x5c");
  if (list == nullptr) return {};
  if (!json_is_array(list) || json_array_size(list) == 0 || json_array_size(list) > 8) {
    return malformed("x5c is not a short list");
  }
  for (std::size_t i = 0; i < json_array_size(list); ++i) {
    const json_t* item = json_array_get(list, i);
    auto der = fromBase64(json_is_string(item) ? json_string_value(item) : "*");
    if (!der.ok()) return malformed("x5c is not base64");
    out.certificates.push_back(*der);
  }
  return {};
}

Result<JwsHeader> readHeader(const std::string& json) {
  const JsonHandle object(json_loadb(json.data(), json.size(), JSON_REJECT_DUPLICATES, nullptr));
  if (!json_is_object(object.get())) return malformed("the protected header is not JSON");
  if (json_object_get(object.get(), "crit") != nullptr ||
      json_object_get(object.get(), "b64") != nullptr) {
    return refused("an extension of the protected header is not understood");
  }
  JwsHeader out;
  out.alg = textMember(object.get(), "alg");
  out.jti = textMember(object.get(), "jti");
  out.htm = textMember(object.get(), "htm");
  out.htu = textMember(object.get(), "htu");
  out.rsp = textMember(object.get(), "rsp");
  out.iat = json_integer_value(json_object_get(object.get(), "iat"));
  out.sta = json_integer_value(json_object_get(object.get(), "sta"));
  out.digest = json_is_true(json_object_get(object.get(), "dig"));
  auto thumbprint = fromBase64Url(textMember(object.get(), "x5t#S256"));
  if (!thumbprint.ok() || thumbprint->size() != sizeof(Sha256)) {
    return malformed("x5t#S256 is missing or not a digest");
  }
  out.thumbprint = *thumbprint;
  if (out.jti.empty() || out.jti.size() > kJtiBytesMax) return malformed("jti is missing");
  if (Status status = readCertificates(object.get(), out); !status.ok()) return status;
  return out;
}

// Signed for exactly this request, or as the answer to exactly our request?
Status checkBinding(const JwsHeader& header, const Context& context) {
  const auto other = [](const char* what) {
    return Status::failure("trust.wrapping", std::string("signed for another ") + what);
  };
  if (context.status == 0) {
    if (header.htm.empty() || header.htm != context.method) return other("method");
    if (header.htu.empty() || header.htu != context.target) return other("target");
    return {};
  }
  if (header.sta != context.status) return other("status");
  if (header.rsp.empty() || header.rsp != context.nonce) return other("request");
  return {};
}

class JwsDetached final : public Profile {
 public:
  explicit JwsDetached(ProfileParts parts) : parts_(std::move(parts)), seen_(parts_.clock_skew_s) {}
  const std::string& name() const override { return name_; }

  Result<Signed> sign(std::string_view body, const Context& context, Instant now) override {
    if (!parts_.key) return noKeyToSign();
    Signed out;
    out.nonce = newUuid7(now);
    const std::string header = toBase64Url(writeHeader(context, out.nonce, now));
    auto signature = signFixed(*parts_.key, header + "." + payloadOf(body, context, false));
    if (!signature.ok()) return signature.status();
    out.headers.emplace_back(kHeaderName, header + ".." + toBase64Url(*signature));
    out.body = std::string(body);
    return out;
  }

  Result<Verified> verify(std::string_view body, const Context& context, Instant now) override {
    if (context.signature.empty()) {
      return Status::failure("trust.signature_missing", "no X-JWS-Signature");
    }
    if (context.signature.size() > kHeaderBytesMax) return malformed("the signature is too long");
    const auto parts = split(context.signature, '.');
    if (parts.size() != 3 || !parts[1].empty()) return malformed("not a detached JWS");
    auto json = fromBase64Url(parts[0]);
    auto signature = fromBase64Url(parts[2]);
    if (!json.ok() || !signature.ok()) return malformed("not base64url");
    auto header = readHeader(*json);
    if (!header.ok()) return header.status();
    auto signer = checkSigner(*header, now);
    if (!signer.ok()) return signer.status();
    if (!context.body_sha256.empty() && !header->digest) {
      return wrong("a streamed body needs the member dig");
    }
    const std::string covered =
        std::string(parts[0]) + "." + payloadOf(body, context, header->digest);
    if (!verifyFixed((*signer)->verifying.get(), (*signer)->kind, covered, *signature)) {
      return wrong("the signature does not fit header, body and certificate");
    }
    if (Status status = checkBinding(*header, context); !status.ok()) return status;
    if (Status status = checkAge(*header, context, now); !status.ok()) return status;
    return Verified{.body = std::string(body),
                    .signer = (*signer)->subject,
                    .signer_sha256 = (*signer)->sha256_hex,
                    .signer_serial = (*signer)->serial_hex,
                    .nonce = header->jti};
  }

 private:
  static std::string payloadOf(std::string_view body, const Context& context, bool digest) {
    if (!context.body_sha256.empty()) return toBase64Url("sha256:" + context.body_sha256);
    return digest ? toBase64Url("sha256:" + sha256Hex(body)) : toBase64Url(body);
  }

  std::string writeHeader(const Context& context, const std::string& jti, Instant now) const {
    std::string out = std::string("{\"alg\":\"") +
                      (parts_.key->kind == KeyKind::kRsa ? "RS256" : "ES256") +
                      "\",\"x5t#S256\":\"" + toBase64Url(parts_.key->thumbprint) +
                      "\",\"iat\":" + std::to_string(secondsOf(now)) + ",\"jti\":\"" + jti + "\"";
    if (context.status == 0) {
      out += ",\"htm\":" + quoteJson(context.method) + ",\"htu\":" + quoteJson(context.target);
    } else {
      out += ",\"sta\":" + std::to_string(context.status) + ",\"rsp\":" + quoteJson(context.nonce);
    }
    if (!context.body_sha256.empty()) out += ",\"dig\":true";
    return out + "}";
  }

  Result<SignerPointer> checkSigner(const JwsHeader& header, Instant now) {
    if (header.alg != "ES256" && header.alg != "RS256") {
      return refused("alg must be ES256 or RS256");
    }
    Result<SignerPointer> signer = parts_.policy->acceptThumbprint(header.thumbprint, now);
    const bool by_ca = !signer.ok() && signer.error().code == "trust.signer_unknown" &&
                       parts_.policy->hasCa() && !header.certificates.empty();
    if (by_ca) {
      if (rawSha256(header.certificates.front()) != header.thumbprint) {
        return wrong("x5c and x5t#S256 name different certificates");
      }
      signer =
          parts_.policy->accept(header.certificates.front(),
                                {header.certificates.begin() + 1, header.certificates.end()}, now);
    }
    if (!signer.ok()) return signer;
    if ((header.alg == "RS256") != ((*signer)->kind == KeyKind::kRsa)) {
      return refused("alg does not fit the signer's key");
    }
    return signer;
  }

  Status checkAge(const JwsHeader& header, const Context& context, Instant now) {
    const std::int64_t ours = secondsOf(now);
    if (header.iat < ours - parts_.clock_skew_s || header.iat > ours + parts_.clock_skew_s) {
      return Status::failure("trust.replayed", "iat is outside the accepted window");
    }
    // A response is bound to one request by rsp, so only requests can be played again.
    if (context.status != 0 || context.judged_again) return {};
    return seen_.take(header.thumbprint + header.jti, now);
  }

  const std::string name_ = "jws-detached";
  ProfileParts parts_;
  ReplayMemory seen_;
};

}  // namespace

std::unique_ptr<Profile> makeJwsDetached(ProfileParts parts) {
  return std::make_unique<JwsDetached>(std::move(parts));
}

}  // namespace hub::trust
