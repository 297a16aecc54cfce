#include "hub/trust/xmldsig.h"

#include <libxml/parser.h>

#include <algorithm>

#include "hub/base/ids.h"
#include "hub/trust/keys.h"
#include "hub/trust/xml.h"
#include "hub/trust/xml_signature.h"

namespace hub::trust {
namespace {

constexpr std::size_t kSignaturesMax = 16;

Status checkReference(const XmlSignature& signature) {
  if (!signature.uri.empty()) {
    return Status::failure("trust.wrapping", "the signature does not cover the whole document");
  }
  const auto& t = signature.transforms;
  const bool good = t.size() == 2 && t[0] == kEnveloped &&
                    (t[1] == kInclusive || t[1] == kInclusiveWithComments || t[1] == kExclusive);
  if (!good) {
    return Status::failure("trust.algorithm_refused",
                           "transforms must be enveloped-signature and a canonicalization");
  }
  return {};
}

C14n modeOf(const std::string& transform) {
  return {.exclusive = transform == kExclusive, .comments = transform == kInclusiveWithComments};
}

struct Unlinked {
  xmlNode* node;
  explicit Unlinked(xmlNode* n) : node(n) { xmlUnlinkNode(n); }
  ~Unlinked() { xmlFreeNode(node); }
  Unlinked(const Unlinked&) = delete;
  Unlinked& operator=(const Unlinked&) = delete;
};

std::string pemOf(const std::string& der) {
  const std::string base64 = toBase64(der);
  std::string out = "-----BEGIN CERTIFICATE-----\n";
  for (std::size_t at = 0; at < base64.size(); at += 64) out += base64.substr(at, 64) + "\n";
  return out + "-----END CERTIFICATE-----\n";
}

// Checks the last child of the root, which must be a signature, and removes it from the tree.
Result<XmlDsigSigner> takeLast(xmlDoc* document, SignerPolicy& policy, Instant now,
                               std::string& covered) {
  xmlNode* root = xmlDocGetRootElement(document);
  const auto children = childElements(root);
  if (children.empty() || !isElement(children.back(), kDsNs, "Signature")) {
    return Status::failure("trust.wrapping", "a signature that is not the last child of the root");
  }
  auto signature = readXmlSignature(children.back());
  if (!signature.ok()) return signature.status();
  if (Status status = checkReference(*signature); !status.ok()) return status;
  // The reference covers the document without this signature; SignedInfo must be canonicalised in
  // its place. A copy keeps both.
  DocumentHandle bare(xmlCopyDoc(document, 1));
  if (!bare) return Status::failure("base.internal", "no memory");
  const Unlinked removed(childElements(xmlDocGetRootElement(bare.get())).back());
  auto bytes = canonicalise(bare.get(), nullptr, modeOf(signature->transforms[1]));
  if (!bytes.ok()) return bytes.status();
  auto signer = checkXmlSignature(document, *signature, *bytes, policy, now);
  if (!signer.ok()) return signer.status();
  covered = std::move(*bytes);
  const std::string pem = pemOf(signature->certificates.front());
  const Unlinked checked(children.back());
  return XmlDsigSigner{(*signer)->subject, (*signer)->sha256_hex, pem};
}

}  // namespace

Result<XmlDsigVerified> verifyXmlDsig(std::string_view document, const ProfileConfig& trusted,
                                      Instant now, const Limits& limits) {
  auto policy = SignerPolicy::load(trusted);
  if (!policy.ok()) return policy.status();
  auto parsed = parseHostile(document, limits);
  if (!parsed.ok()) return parsed.status();
  xmlNode* root = xmlDocGetRootElement(parsed->get());
  const auto all = descendants(root, kDsNs, "Signature");
  if (all.empty()) return Status::failure("trust.signature_missing", "no signature");
  if (all.size() > kSignaturesMax) return Status::failure("trust.malformed", "too many signatures");
  XmlDsigVerified out;
  for (std::size_t i = 0; i < all.size(); ++i) {
    auto signer = takeLast(parsed->get(), **policy, now, out.body);
    if (!signer.ok()) return signer.status();
    out.signers.insert(out.signers.begin(), std::move(*signer));
  }
  return out;
}

Result<std::string> signXmlDsig(std::string_view document, Keyring& keys, std::string_view key,
                                const Limits& limits) {
  const auto* loaded = dynamic_cast<const LoadedKeyring*>(&keys);
  const auto found = loaded == nullptr ? nullptr : loaded->find(key);
  if (!found) return Status::failure("trust.bad_key", "there is no such key");
  auto parsed = parseHostile(document, limits);
  if (!parsed.ok()) return parsed.status();
  auto covered = canonicalise(parsed->get(), nullptr, modeOf(kInclusiveWithComments));
  if (!covered.ok()) return covered.status();
  const XmlReference reference{.uri = "",
                               .transforms = {kEnveloped, kInclusiveWithComments},
                               .canonicalization = kInclusive};
  const std::string info = writeSignedInfo(reference, *covered, found->kind);
  const std::string key_info = "<ds:X509Data><ds:X509Certificate>" + found->certificate_base64 +
                               "</ds:X509Certificate></ds:X509Data>";
  // Inclusive canonicalization takes the root's namespaces into SignedInfo, so it is inserted first
  // with an empty value and signed where it stands.
  const std::string element = writeXmlSignature(info, "", key_info);
  xmlNode* root = xmlDocGetRootElement(parsed->get());
  xmlNode* list = nullptr;
  if (xmlParseInNodeContext(root, element.data(), static_cast<int>(element.size()),
                            XML_PARSE_NONET | XML_PARSE_NOERROR, &list) != XML_ERR_OK) {
    xmlFreeNodeList(list);
    return Status::failure("base.internal", "the signature could not be inserted");
  }
  xmlAddChildList(root, list);
  const auto parts = childElements(list);
  auto bytes = canonicalise(parsed->get(), parts[0], {.exclusive = false});
  if (!bytes.ok()) return bytes.status();
  auto value = signFixed(*found, *bytes);
  if (!value.ok()) return value.status();
  xmlNodeSetContent(parts[1], reinterpret_cast<const xmlChar*>(toBase64(*value).c_str()));
  xmlChar* dumped = nullptr;
  int size = 0;
  xmlDocDumpMemoryEnc(parsed->get(), &dumped, &size, "UTF-8");
  if (dumped == nullptr) return Status::failure("base.internal", "the document was not written");
  std::string out(reinterpret_cast<const char*>(dumped), static_cast<std::size_t>(size));
  xmlFree(dumped);
  return out;
}

}  // namespace hub::trust
