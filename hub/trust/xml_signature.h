// One ds:Signature element: reading it strictly, checking it, writing it. Internal to hub/trust.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "hub/trust/signer_policy.h"
#include "hub/trust/xml.h"

namespace hub::trust {

struct XmlSignature {
  xmlNode* signed_info = nullptr;
  std::string canonicalization, method, uri;
  std::vector<std::string> transforms;
  std::string digest, value;              // decoded
  std::vector<std::string> certificates;  // DER, the signer's first
};

// Reads a ds:Signature with exactly SignedInfo, SignatureValue and KeyInfo, one Reference,
// algorithms without parameters. "trust.wrapping" (more than one Reference),
// "trust.algorithm_refused", "trust.malformed".
Result<XmlSignature> readXmlSignature(const xmlNode* signature);

// Checks digest and signature value against the canonical bytes the reference stands for; the
// signer must be accepted by the policy. SignedInfo is canonicalised by signature.canonicalization.
Result<SignerPointer> checkXmlSignature(xmlDoc* document, const XmlSignature& signature,
                                        std::string_view covered, SignerPolicy& policy,
                                        Instant now);

struct XmlReference {
  std::string uri;
  std::vector<std::string> transforms;
  std::string canonicalization;
};
// SignedInfo over `covered`: its own exclusive canonical form, so it can be signed as it stands and
// inserted anywhere unchanged.
std::string writeSignedInfo(const XmlReference& reference, std::string_view covered, KeyKind kind);
// A whole ds:Signature element; `key_info` is the content of KeyInfo.
std::string writeXmlSignature(std::string_view signed_info, std::string_view value,
                              std::string_view key_info);

}  // namespace hub::trust
