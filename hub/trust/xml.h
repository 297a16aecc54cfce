// Parsing and canonicalising foreign XML. Internal to hub/trust.
#pragma once

#include <libxml/tree.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/limits.h"
#include "hub/base/status.h"
#include "hub/trust/handles.h"

namespace hub::trust {

using DocumentHandle = std::unique_ptr<xmlDoc, FreeWith<xmlFreeDoc>>;

inline constexpr char kDsNs[] = "http://www.w3.org/2000/09/xmldsig#";
inline constexpr char kSoapNs[] = "http://schemas.xmlsoap.org/soap/envelope/";
inline constexpr char kWsseNs[] =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";
inline constexpr char kWsuNs[] =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";
inline constexpr char kExclusive[] = "http://www.w3.org/2001/10/xml-exc-c14n#";
inline constexpr char kInclusive[] = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
inline constexpr char kInclusiveWithComments[] =
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments";
inline constexpr char kEnveloped[] = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
inline constexpr char kSha256Uri[] = "http://www.w3.org/2001/04/xmlenc#sha256";
inline constexpr char kRsaSha256[] = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
inline constexpr char kEcdsaSha256[] = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256";

// No DTD, no network, bounded size, depth and number of nodes.
// "trust.dtd_refused", "trust.malformed"; both name the line if the bytes have one to blame.
Result<DocumentHandle> parseHostile(std::string_view xml, const Limits& limits);

// Where something can be written into the start tag of each child element of the root: offsets of
// its '>' or '/>' in the bytes that were parsed. Empty if those bytes are not UTF-8.
using ChildTags = std::vector<std::size_t>;
// The same; `children` is filled when the document is good.
Result<DocumentHandle> parseHostile(std::string_view xml, const Limits& limits,
                                    ChildTags& children);

struct C14n {
  bool exclusive = true;
  bool comments = false;
};
// The canonical form of `apex` with everything below it (nullptr: of the whole document).
Result<std::string> canonicalise(xmlDoc* document, xmlNode* apex, C14n mode);
// The same, always by libxml2: canonicalise() spares it the common case.
Result<std::string> canonicaliseByLibrary(xmlDoc* document, xmlNode* apex, C14n mode);

bool isElement(const xmlNode* node, std::string_view ns, std::string_view name);
std::vector<xmlNode*> childElements(const xmlNode* parent);
// Elements of this name in `apex` and below it.
std::vector<xmlNode*> descendants(xmlNode* apex, std::string_view ns, std::string_view name);
// Empty if absent; `ns` empty: an attribute without namespace.
std::string attributeOf(const xmlNode* node, std::string_view ns, std::string_view name);
// The text of an element that holds nothing but text; other content is an empty answer.
std::string textOf(const xmlNode* node);
// How many attributes that may serve as an id (Id, ID, id in any namespace) have this value.
int countId(xmlDoc* document, std::string_view value);

}  // namespace hub::trust
