// WS-Security as SHEP expects it: SOAP 1.1, one ds:Signature over Body, exclusive C14N.
//
// The signature's reference must name the very Body that is used; everything that could let a
// reader and the verifier look at different elements (a second Body, a second signature, an id used
// twice) is refused as wrapping.
#include <libxml/parser.h>

#include <chrono>

#include "hub/base/detail_phrases.h"
#include "hub/base/error_catalogue.h"
#include "hub/base/ids.h"
#include "hub/base/text.h"
#include "hub/trust/plain_envelope.h"
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

constexpr char kShepTypesNs[] = "http://bip.bee.kz/AsyncChannel/v10/Types";
constexpr char kShepClientNs[] = "http://bip.bee.kz/AsyncChannel/v10/Types/Client";
constexpr char kStateChange[] = "changeMassageStatusNotification";  // spelt so in the contract

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

xmlNode* childNamed(const xmlNode* parent, std::string_view name) {
  for (xmlNode* child : childElements(parent)) {
    if (isElement(child, "", name)) return child;
  }
  return nullptr;
}

// The operation of the asynchronous channel that the participant offers; nullptr for any other.
xmlNode* operationOf(const xmlNode* body) {
  const auto inside = childElements(body);
  if (inside.size() != 1) return nullptr;
  const bool known = isElement(inside[0], kShepTypesNs, "sendMessage") ||
                     isElement(inside[0], kShepClientNs, kStateChange);
  return known ? inside[0] : nullptr;
}

// When its sender says it made the request. An xs:dateTime without a zone is local: UTC+5.
Result<Instant> dateOf(const xmlNode* operation) {
  const xmlNode* request = childNamed(operation, "request");
  const xmlNode* info = request == nullptr ? nullptr : childNamed(request, "messageInfo");
  const xmlNode* date = info != nullptr      ? childNamed(info, "messageDate")
                        : request != nullptr ? childNamed(request, "requestDate")
                                             : nullptr;
  if (date == nullptr) return Status::failure("trust.message_date", "the message is not dated");
  const std::string text = textOf(date);
  auto at = parseInstant(text);
  if (!at.ok()) at = parseInstant(text + "+05:00");
  if (!at.ok()) return Status::failure("trust.message_date", "the message's date cannot be read");
  return at;
}

class WsseShep final : public Profile {
 public:
  explicit WsseShep(ProfileParts parts) : parts_(std::move(parts)) {}
  const std::string& name() const override { return name_; }

  // Into the bytes that came: nothing is written anew but what signing adds.
  Result<Signed> sign(std::string_view body, const Context& context, Instant now) override {
    if (!parts_.key) return noKeyToSign();
    if (!context.body_sha256.empty()) return malformed("a SOAP message cannot be streamed");
    const std::string id = "id-" + newUuid7(now);
    auto place = readPlainEnvelope(body, id, parts_.limits);
    if (!place) {
      std::string utf8;
      auto parsed = readByParser(body, id, utf8);
      if (!parsed.ok()) return parsed.status();
      if (!utf8.empty()) return sign(utf8, context, now);
      place = std::move(*parsed);
    }
    const XmlReference reference{
        .uri = "#" + id, .transforms = {kExclusive}, .canonicalization = kExclusive};
    const std::string info = writeSignedInfo(reference, place->covered, parts_.key->kind);
    auto value = signFixed(*parts_.key, info);
    if (!value.ok()) return value.status();
    const std::string security =
        securityHeader(place->prefix, writeXmlSignature(info, *value, keyInfo()));
    Signed out;
    out.body.reserve(body.size() + place->id_text.size() + security.size() + 64);
    const std::size_t header_tag = place->header_tag, body_tag = place->body_tag;
    const std::string header = qualified(place->prefix, "Header");
    if (place->has_header) {
      const bool empty = body[header_tag] == '/';
      out.body.append(body.substr(0, header_tag)).append(1, '>').append(security);
      if (empty) {
        // Its prefix need not be that of the envelope.
        const std::size_t name = body.rfind('<', header_tag) + 1;
        const std::size_t end = body.find_first_of(" \t\r\n/", name);
        out.body.append("</").append(body.substr(name, end - name)).append(1, '>');
      }
      const std::size_t after = header_tag + (empty ? 2 : 1);
      out.body.append(body.substr(after, body_tag - after));
    } else {
      // No '<' can stand between a tag's first character and its end.
      const std::size_t before = body.rfind('<', body_tag);
      out.body.append(body.substr(0, before)).append("<" + header + ">").append(security);
      out.body.append("</" + header + ">").append(body.substr(before, body_tag - before));
    }
    out.body.append(place->id_text).append(body.substr(body_tag));
    return out;
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
    if (context.at_our_door) {
      if (Status status = checkAge(envelope->body, now); !status.ok()) return status;
    }
    return Verified{.body = std::move(*covered),
                    .signer = (*signer)->subject,
                    .signer_sha256 = (*signer)->sha256_hex,
                    .signer_serial = (*signer)->serial_hex,
                    .nonce = {}};
  }

  // Fault1 of the operation with ErrorInfo; of sendMessage if nobody can tell which it was.
  std::optional<Refusal> refuse(const Error& why, bool later, std::string_view request,
                                Instant now) override {
    std::string name = "sendMessage";
    std::string space = kShepTypesNs;
    if (auto document = parseHostile(request, parts_.limits); document.ok()) {
      auto envelope = readEnvelope(document->get());
      const xmlNode* operation = envelope.ok() ? operationOf(envelope->body) : nullptr;
      if (operation != nullptr && isElement(operation, kShepClientNs, kStateChange)) {
        name = kStateChange;
        space = kShepClientNs;
      }
    }
    // The agencies' systems say in no header which language they want.
    constexpr std::string_view kLanguage = "ru";
    const std::string code = escapeXml(why.code);
    const std::string title = escapeXml(errorText(why.code, kLanguage));
    const std::string detail = escapeXml(detailIn(why.text, kLanguage));
    const std::string remedy = escapeXml(errorRemedy(why.code, kLanguage));
    const std::string info = name + "Fault1_" + name + "Fault";
    const std::string fault =
        std::string("<soapenv:Envelope xmlns:soapenv=\"") + kSoapNs +
        "\"><soapenv:Header/><soapenv:Body><soapenv:Fault><faultcode>soapenv:" +
        (later ? "Server" : "Client") + "</faultcode><faultstring>" + code + ": " + title +
        "</faultstring><detail><f:" + info + " xmlns:f=\"" + space + "\"><errorCode>" + code +
        "</errorCode><errorMessage>" + (detail.empty() ? title : detail) + "</errorMessage>" +
        (remedy.empty() ? "" : "<errorData>" + remedy + "</errorData>") + "<errorDate>" +
        formatInstant(now) + "</errorDate></f:" + info +
        "></detail></soapenv:Fault></soapenv:Body></soapenv:Envelope>";
    Refusal refusal{500, "text/xml; charset=utf-8", {}};
    if (parts_.key) {
      auto made = sign(fault, {}, now);
      if (made.ok()) refusal.answer = std::move(*made);
    }
    if (refusal.answer.body.empty()) refusal.answer.body = fault;
    return refusal;
  }

 private:
  Status checkAge(const xmlNode* body, Instant now) const {
    const xmlNode* operation = operationOf(body);
    // The adapter refuses what it does not know.
    if (operation == nullptr) return {};
    auto date = dateOf(operation);
    if (!date.ok()) return date.status();
    if (now - *date > std::chrono::seconds(parts_.message_age_s_max)) {
      return Status::failure("trust.message_date", "the message is too old");
    }
    if (*date - now > std::chrono::seconds(parts_.clock_skew_s)) {
      return Status::failure("trust.message_date", "the message is dated ahead of our time");
    }
    return {};
  }

  // `utf8`: the message anew if it came in another charset; it is to be read instead.
  Result<EnvelopeToSign> readByParser(std::string_view body, const std::string& id,
                                      std::string& utf8) const {
    ChildTags tags;
    auto document = parseHostile(body, parts_.limits, tags);
    if (!document.ok()) return document.status();
    auto envelope = readEnvelope(document->get());
    if (!envelope.ok()) return envelope.status();
    if (envelope->header != nullptr && !descendants(envelope->header, kDsNs, "Signature").empty()) {
      return wrapping("the message is signed already");
    }
    EnvelopeToSign out;
    if (tags.empty()) {
      auto written = inUtf8(document->get());
      if (!written.ok()) return written.status();
      utf8 = std::move(*written);
      return out;
    }
    auto id_text = setBodyId(envelope->body, id);
    if (!id_text.ok()) return id_text.status();
    auto covered = canonicalise(document->get(), envelope->body, {});
    if (!covered.ok()) return covered.status();
    const xmlChar* prefix = envelope->root->ns->prefix;
    if (prefix != nullptr) out.prefix = reinterpret_cast<const char*>(prefix);
    out.has_header = envelope->header != nullptr;
    if (out.has_header) out.header_tag = tags.front();
    out.body_tag = tags.back();
    out.id_text = std::move(*id_text);
    out.covered = std::move(*covered);
    return out;
  }

  static std::string qualified(const std::string& prefix, const char* name) {
    return prefix.empty() ? name : prefix + ":" + name;
  }

  // Sets it in the tree; the answer is the same as the text of attributes.
  static Result<std::string> setBodyId(xmlNode* body, const std::string& id) {
    if (!attributeOf(body, kWsuNs, "Id").empty() || !attributeOf(body, "", "Id").empty()) {
      return malformed("the Body has an Id already");
    }
    std::string text;
    xmlNs* ns = xmlSearchNsByHref(body->doc, body, chars(kWsuNs));
    if (ns == nullptr || ns->prefix == nullptr) {
      xmlNs* taken = xmlSearchNs(body->doc, body, chars("wsu"));
      const std::string prefix = taken == nullptr ? "wsu" : "otinish-wsu";
      ns = xmlNewNs(body, chars(kWsuNs), chars(prefix));
      text = " xmlns:" + prefix + "=\"" + kWsuNs + "\"";
    }
    if (ns == nullptr || xmlNewNsProp(body, ns, chars("Id"), chars(id)) == nullptr) {
      return Status::failure("base.internal", "no id could be set");
    }
    return text + " " + reinterpret_cast<const char*>(ns->prefix) + ":Id=\"" + id + "\"";
  }

  std::string keyInfo() const {
    return std::string("<wsse:SecurityTokenReference xmlns:wsse=\"") + kWsseNs +
           "\"><wsse:KeyIdentifier EncodingType=\"" + kBase64Type + "\" ValueType=\"" +
           kX509v3Type + "\">" + parts_.key->certificate_base64 +
           "</wsse:KeyIdentifier></wsse:SecurityTokenReference>";
  }

  static std::string securityHeader(const std::string& prefix, const std::string& signature) {
    std::string security = std::string("<wsse:Security xmlns:wsse=\"") + kWsseNs + "\"";
    // An attribute takes its namespace by prefix only; the default namespace has none.
    if (prefix.empty()) security += std::string(" xmlns:soap-must=\"") + kSoapNs + "\"";
    const std::string must =
        prefix.empty() ? "soap-must:mustUnderstand" : qualified(prefix, "mustUnderstand");
    return security + " " + must + "=\"1\">" + signature + "</wsse:Security>";
  }

  static Result<std::string> inUtf8(xmlDoc* document) {
    xmlChar* bytes = nullptr;
    int size = 0;
    // Never indented: white space inside Body is signed.
    xmlDocDumpMemoryEnc(document, &bytes, &size, "UTF-8");
    if (bytes == nullptr) return Status::failure("base.internal", "the message was not written");
    std::string out(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
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
