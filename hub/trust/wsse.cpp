// WS-Security as SHEP expects it: SOAP 1.1, one ds:Signature over Body, exclusive C14N.
//
// The signature's reference must name the very Body that is used; everything that could let a
// reader and the verifier look at different elements (a second Body, a second signature, an id used
// twice) is refused as wrapping.
#include <libxml/parser.h>

#include "hub/base/ids.h"
#include "hub/trust/profiles.h"
#include "hub/trust/xml.h"
#include "hub/trust/xml_signature.h"

namespace hub::trust {
namespace {

constexpr char kBase64Type[] =
    "http://docs.oasis-open.org/wss/2004/01/"
    "oasis-200401-wss-soap-message-security-1.0#Base64Binary";
constexpr char kX509v3Type[] =
    "http://docs.oasis-open.org/wss/2004/01/"
    "oasis-200401-wss-x509-token-profile-1.0#X509v3";

struct Envelope {
  xmlNode* root = nullptr;
  xmlNode* header = nullptr;
  xmlNode* body = nullptr;
};

Status malformed(const char* why) { return Status::failure("trust.malformed", why); }
Status wrapping(const char* why) { return Status::failure("trust.wrapping", why); }

const xmlChar* chars(const std::string& text) {
  return reinterpret_cast<const xmlChar*>(text.c_str());
}
const xmlChar* chars(const char* text) { return reinterpret_cast<const xmlChar*>(text); }

Result<Envelope> readEnvelope(xmlDoc* document) {
  Envelope out;
  out.root = xmlDocGetRootElement(document);
  if (!isElement(out.root, kSoapNs, "Envelope")) return malformed("not a SOAP 1.1 envelope");
  for (xmlNode* child : childElements(out.root)) {
    if (isElement(child, kSoapNs, "Header")) {
      if (out.header != nullptr || out.body != nullptr) return wrapping("a second or late Header");
      out.header = child;
    } else if (isElement(child, kSoapNs, "Body")) {
      if (out.body != nullptr) return wrapping("a second Body");
      out.body = child;
    } else {
      return wrapping("an envelope holds only Header and Body");
    }
  }
  if (out.body == nullptr) return malformed("no Body");
  return out;
}

// The one ds:Signature of the Header: in its wsse:Security, or (seen in the field) directly in it.
Result<xmlNode*> findSignature(const Envelope& envelope) {
  if (envelope.header == nullptr) {
    return Status::failure("trust.signature_missing", "no Header, so no signature");
  }
  const auto all = descendants(envelope.header, kDsNs, "Signature");
  if (all.empty()) return Status::failure("trust.signature_missing", "no signature in the Header");
  if (all.size() > 1) return wrapping("more than one signature in the Header");
  xmlNode* parent = all.front()->parent;
  const bool in_security =
      isElement(parent, kWsseNs, "Security") && parent->parent == envelope.header;
  if (!in_security && parent != envelope.header) return wrapping("the signature stands elsewhere");
  return all.front();
}

Status checkReference(xmlDoc* document, const Envelope& envelope, const XmlSignature& signature) {
  if (signature.canonicalization != kExclusive ||
      signature.transforms != std::vector<std::string>{kExclusive}) {
    return Status::failure("trust.algorithm_refused",
                           "only exclusive canonicalization without comments is accepted");
  }
  if (signature.uri.size() < 2 || signature.uri.front() != '#') {
    return wrapping("the reference names no element");
  }
  const std::string id = signature.uri.substr(1);
  if (id != attributeOf(envelope.body, kWsuNs, "Id") &&
      id != attributeOf(envelope.body, "", "Id")) {
    return wrapping("the signature covers another element than the Body");
  }
  if (countId(document, id) != 1) return wrapping("the signed id is used twice");
  return {};
}

class WsseShep final : public Profile {
 public:
  explicit WsseShep(ProfileParts parts) : parts_(std::move(parts)) {}
  const std::string& name() const override { return name_; }

  Result<Signed> sign(std::string_view body, const Context& context, Instant now) override {
    if (!parts_.key) return noKeyToSign();
    if (!context.body_sha256.empty()) return malformed("a SOAP message cannot be streamed");
    auto document = parseHostile(body, parts_.limits);
    if (!document.ok()) return document.status();
    auto envelope = readEnvelope(document->get());
    if (!envelope.ok()) return envelope.status();
    if (envelope->header != nullptr && !descendants(envelope->header, kDsNs, "Signature").empty()) {
      return wrapping("the message is signed already");
    }
    const std::string id = "id-" + newUuid7(now);
    if (Status status = setBodyId(envelope->body, id); !status.ok()) return status;
    auto covered = canonicalise(document->get(), envelope->body, {});
    if (!covered.ok()) return covered.status();
    const XmlReference reference{
        .uri = "#" + id, .transforms = {kExclusive}, .canonicalization = kExclusive};
    const std::string info = writeSignedInfo(reference, *covered, parts_.key->kind);
    auto value = signFixed(*parts_.key, info);
    if (!value.ok()) return value.status();
    const std::string signature = writeXmlSignature(info, *value, keyInfo());
    if (Status status = insert(*envelope, signature); !status.ok()) return status;
    return serialise(document->get());
  }

  Result<Verified> verify(std::string_view body, const Context& context, Instant now) override {
    if (!context.body_sha256.empty()) return malformed("a SOAP message cannot be streamed");
    if (body.empty()) return Status::failure("trust.signature_missing", "an empty message");
    auto document = parseHostile(body, parts_.limits);
    if (!document.ok()) return document.status();
    auto envelope = readEnvelope(document->get());
    if (!envelope.ok()) return envelope.status();
    auto element = findSignature(*envelope);
    if (!element.ok()) return element.status();
    auto signature = readXmlSignature(*element);
    if (!signature.ok()) return signature.status();
    if (Status status = checkReference(document->get(), *envelope, *signature); !status.ok()) {
      return status;
    }
    auto covered = canonicalise(document->get(), envelope->body, {});
    if (!covered.ok()) return covered.status();
    auto signer = checkXmlSignature(document->get(), *signature, *covered, *parts_.policy, now);
    if (!signer.ok()) return signer.status();
    return Verified{.body = std::move(*covered),
                    .signer = (*signer)->subject,
                    .signer_sha256 = (*signer)->sha256_hex,
                    .signer_serial = (*signer)->serial_hex,
                    .nonce = {}};
  }

 private:
  static Status setBodyId(xmlNode* body, const std::string& id) {
    if (!attributeOf(body, kWsuNs, "Id").empty() || !attributeOf(body, "", "Id").empty()) {
      return malformed("the Body has an Id already");
    }
    xmlNs* ns = xmlSearchNsByHref(body->doc, body, chars(kWsuNs));
    if (ns == nullptr || ns->prefix == nullptr) {
      xmlNs* taken = xmlSearchNs(body->doc, body, chars("wsu"));
      ns = xmlNewNs(body, chars(kWsuNs), chars(taken == nullptr ? "wsu" : "otinish-wsu"));
    }
    if (ns == nullptr || xmlNewNsProp(body, ns, chars("Id"), chars(id)) == nullptr) {
      return Status::failure("base.internal", "no id could be set");
    }
    return {};
  }

  std::string keyInfo() const {
    return std::string("<wsse:SecurityTokenReference xmlns:wsse=\"") + kWsseNs +
           "\"><wsse:KeyIdentifier EncodingType=\"" + kBase64Type + "\" ValueType=\"" +
           kX509v3Type + "\">" + parts_.key->certificate_base64 +
           "</wsse:KeyIdentifier></wsse:SecurityTokenReference>";
  }

  static Status insert(const Envelope& envelope, const std::string& signature) {
    xmlNode* header = envelope.header;
    if (header == nullptr) {
      header = xmlNewNode(envelope.root->ns, chars("Header"));
      xmlAddPrevSibling(envelope.body, header);
    }
    const xmlChar* prefix = envelope.root->ns->prefix;
    std::string security = std::string("<wsse:Security xmlns:wsse=\"") + kWsseNs + "\"";
    // An attribute takes its namespace by prefix only; the default namespace has none.
    const std::string soap =
        prefix == nullptr ? "soap-must" : std::string(reinterpret_cast<const char*>(prefix));
    if (prefix == nullptr) security += " xmlns:" + soap + "=\"" + kSoapNs + "\"";
    security += " " + soap + ":mustUnderstand=\"1\">" + signature + "</wsse:Security>";
    xmlNode* list = nullptr;
    const int code =
        xmlParseInNodeContext(header, security.data(), static_cast<int>(security.size()),
                              XML_PARSE_NONET | XML_PARSE_NOERROR, &list);
    if (code != XML_ERR_OK || list == nullptr) {
      xmlFreeNodeList(list);
      return Status::failure("base.internal", "the signature could not be inserted");
    }
    xmlAddChildList(header, list);
    return {};
  }

  static Result<Signed> serialise(xmlDoc* document) {
    xmlChar* bytes = nullptr;
    int size = 0;
    // Never indented: white space inside Body is signed.
    xmlDocDumpMemoryEnc(document, &bytes, &size, "UTF-8");
    if (bytes == nullptr) return Status::failure("base.internal", "the message was not written");
    Signed out;
    out.body.assign(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
    xmlFree(bytes);
    return out;
  }

  const std::string name_ = "wsse-shep";
  ProfileParts parts_;
};

}  // namespace

std::unique_ptr<Profile> makeWsseShep(ProfileParts parts) {
  return std::make_unique<WsseShep>(std::move(parts));
}

}  // namespace hub::trust
