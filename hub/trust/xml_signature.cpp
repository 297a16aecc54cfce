#include "hub/trust/xml_signature.h"

#include "hub/base/ids.h"

namespace hub::trust {
namespace {

constexpr std::size_t kCertificatesMax = 8;

Status malformed(const std::string& why) { return Status::failure("trust.malformed", why); }
Status refused(const std::string& what) {
  return Status::failure("trust.algorithm_refused", what + " is not on the list of algorithms");
}

// An element that may only carry Algorithm: parameters (prefix lists, XPath, XSLT) change meaning.
Result<std::string> algorithmOf(const xmlNode* node) {
  if (!childElements(node).empty()) return refused("an algorithm with parameters");
  return attributeOf(node, "", "Algorithm");
}

Status readTransforms(const xmlNode* transforms, XmlSignature& out) {
  for (const xmlNode* transform : childElements(transforms)) {
    if (!isElement(transform, kDsNs, "Transform")) return malformed("not a Transform");
    auto algorithm = algorithmOf(transform);
    if (!algorithm.ok()) return algorithm.status();
    out.transforms.push_back(*algorithm);
  }
  return {};
}

Status readReference(const xmlNode* reference, XmlSignature& out) {
  const auto parts = childElements(reference);
  if (parts.size() != 3 || !isElement(parts[0], kDsNs, "Transforms") ||
      !isElement(parts[1], kDsNs, "DigestMethod") || !isElement(parts[2], kDsNs, "DigestValue")) {
    return malformed("Reference must hold Transforms, DigestMethod, DigestValue");
  }
  out.uri = attributeOf(reference, "", "URI");
  if (Status status = readTransforms(parts[0], out); !status.ok()) return status;
  auto digest_method = algorithmOf(parts[1]);
  if (!digest_method.ok()) return digest_method.status();
  if (*digest_method != kSha256Uri) return refused("the digest method");
  auto digest = fromBase64(textOf(parts[2]));
  if (!digest.ok()) return malformed("DigestValue is not base64");
  out.digest = *digest;
  return {};
}

Status readSignedInfo(const xmlNode* signed_info, XmlSignature& out) {
  const auto parts = childElements(signed_info);
  if (parts.size() < 3 || !isElement(parts[0], kDsNs, "CanonicalizationMethod") ||
      !isElement(parts[1], kDsNs, "SignatureMethod")) {
    return malformed("SignedInfo is not complete");
  }
  for (std::size_t i = 2; i < parts.size(); ++i) {
    if (!isElement(parts[i], kDsNs, "Reference")) return malformed("an unknown part of SignedInfo");
  }
  if (parts.size() != 3) return Status::failure("trust.wrapping", "more than one Reference");
  auto canonicalization = algorithmOf(parts[0]);
  if (!canonicalization.ok()) return canonicalization.status();
  auto method = algorithmOf(parts[1]);
  if (!method.ok()) return method.status();
  if (*canonicalization != kExclusive && *canonicalization != kInclusive) {
    return refused("the canonicalization method");
  }
  if (*method != kRsaSha256 && *method != kEcdsaSha256) return refused("the signature method");
  out.canonicalization = *canonicalization;
  out.method = *method;
  return readReference(parts[2], out);
}

Status addCertificate(const xmlNode* node, XmlSignature& out) {
  auto der = fromBase64(textOf(node));
  if (!der.ok() || der->empty()) return malformed("the certificate is not base64");
  out.certificates.push_back(*der);
  return {};
}

Status readTokenReference(const xmlNode* reference, XmlSignature& out) {
  const auto parts = childElements(reference);
  if (parts.size() != 1 || !isElement(parts[0], kWsseNs, "KeyIdentifier")) {
    return malformed("SecurityTokenReference must hold one KeyIdentifier");
  }
  if (!attributeOf(parts[0], "", "ValueType").ends_with("#X509v3")) {
    return malformed("KeyIdentifier is not a certificate (X509v3)");
  }
  return addCertificate(parts[0], out);
}

Status readX509Data(const xmlNode* data, XmlSignature& out) {
  for (const xmlNode* item : childElements(data)) {
    if (!isElement(item, kDsNs, "X509Certificate")) continue;
    if (Status status = addCertificate(item, out); !status.ok()) return status;
  }
  return {};
}

Status readKeyInfo(const xmlNode* key_info, XmlSignature& out) {
  for (const xmlNode* part : childElements(key_info)) {
    Status status;
    if (isElement(part, kWsseNs, "SecurityTokenReference")) status = readTokenReference(part, out);
    if (isElement(part, kDsNs, "X509Data")) status = readX509Data(part, out);
    if (!status.ok()) return status;
  }
  if (out.certificates.empty()) return malformed("KeyInfo holds no certificate");
  if (out.certificates.size() > kCertificatesMax) return malformed("too many certificates");
  return {};
}

}  // namespace

Result<XmlSignature> readXmlSignature(const xmlNode* signature) {
  const auto parts = childElements(signature);
  if (parts.size() != 3 || !isElement(parts[0], kDsNs, "SignedInfo") ||
      !isElement(parts[1], kDsNs, "SignatureValue") || !isElement(parts[2], kDsNs, "KeyInfo")) {
    return malformed("Signature must hold SignedInfo, SignatureValue, KeyInfo and nothing else");
  }
  XmlSignature out;
  out.signed_info = parts[0];
  if (Status status = readSignedInfo(parts[0], out); !status.ok()) return status;
  auto value = fromBase64(textOf(parts[1]));
  if (!value.ok() || value->empty()) return malformed("SignatureValue is not base64");
  out.value = *value;
  if (Status status = readKeyInfo(parts[2], out); !status.ok()) return status;
  return out;
}

Result<SignerPointer> checkXmlSignature(xmlDoc* document, const XmlSignature& signature,
                                        std::string_view covered, SignerPolicy& policy,
                                        Instant now) {
  const auto wrong = [](const char* why) { return Status::failure("trust.signature_wrong", why); };
  if (!equalConstantTime(rawSha256(covered), signature.digest)) {
    return wrong("the content was changed after signing");
  }
  const std::vector<std::string> others(signature.certificates.begin() + 1,
                                        signature.certificates.end());
  auto signer = policy.accept(signature.certificates.front(), others, now);
  if (!signer.ok()) return signer;
  const KeyKind wanted = signature.method == kRsaSha256 ? KeyKind::kRsa : KeyKind::kEc;
  if ((*signer)->kind != wanted) return wrong("signature method and key do not fit");
  C14n mode;
  mode.exclusive = signature.canonicalization == kExclusive;
  auto bytes = canonicalise(document, signature.signed_info, mode);
  if (!bytes.ok()) return bytes.status();
  if (!verifyFixed((*signer)->verifying.get(), wanted, *bytes, signature.value)) {
    return wrong("the signature value does not fit SignedInfo and certificate");
  }
  return signer;
}

std::string writeSignedInfo(const XmlReference& reference, std::string_view covered, KeyKind kind) {
  std::string out = std::string("<ds:SignedInfo xmlns:ds=\"") + kDsNs +
                    "\"><ds:CanonicalizationMethod Algorithm=\"" + reference.canonicalization +
                    "\"></ds:CanonicalizationMethod><ds:SignatureMethod Algorithm=\"" +
                    (kind == KeyKind::kRsa ? kRsaSha256 : kEcdsaSha256) +
                    "\"></ds:SignatureMethod><ds:Reference URI=\"" + reference.uri +
                    "\"><ds:Transforms>";
  for (const auto& transform : reference.transforms) {
    out += "<ds:Transform Algorithm=\"" + transform + "\"></ds:Transform>";
  }
  out += std::string("</ds:Transforms><ds:DigestMethod Algorithm=\"") + kSha256Uri +
         "\"></ds:DigestMethod><ds:DigestValue>" + toBase64(rawSha256(covered)) +
         "</ds:DigestValue></ds:Reference></ds:SignedInfo>";
  return out;
}

std::string writeXmlSignature(std::string_view signed_info, std::string_view value,
                              std::string_view key_info) {
  std::string out = std::string("<ds:Signature xmlns:ds=\"") + kDsNs + "\">";
  out += signed_info;
  out += "<ds:SignatureValue>" + toBase64(value) + "</ds:SignatureValue><ds:KeyInfo>";
  out += key_info;
  return out + "</ds:KeyInfo></ds:Signature>";
}

}  // namespace hub::trust
