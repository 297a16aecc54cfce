"""The transport signature of SHEP: WS-Security with one ds:Signature over soap:Body.

Exclusive C14N, the certificate in a KeyIdentifier, no timestamp; see README.md."""
import base64
import uuid

import xmlsec
from lxml import etree

from cryptography.hazmat.primitives import serialization

from .keys import Refused

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
WSSE = ("http://docs.oasis-open.org/wss/2004/01/"
        "oasis-200401-wss-wssecurity-secext-1.0.xsd")
WSU = ("http://docs.oasis-open.org/wss/2004/01/"
       "oasis-200401-wss-wssecurity-utility-1.0.xsd")
DS = "http://www.w3.org/2000/09/xmldsig#"
EXC_C14N = "http://www.w3.org/2001/10/xml-exc-c14n#"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
ECDSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
ENCODING = ("http://docs.oasis-open.org/wss/2004/01/"
            "oasis-200401-wss-soap-message-security-1.0#Base64Binary")
VALUE_TYPE = ("http://docs.oasis-open.org/wss/2004/01/"
              "oasis-200401-wss-x509-token-profile-1.0#X509v3")
_BODY_BYTES_MAX = 16 * 1024 * 1024


def parse(data):
    """Hostile bytes to an element. No DTD, no entity, no network."""
    if len(data) > _BODY_BYTES_MAX:
        raise Refused("MALFORMED", "the document is too large")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False,
                             huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise Refused("MALFORMED", f"not well-formed XML, line {error.lineno}") from error
    if root.getroottree().docinfo.doctype:
        raise Refused("MALFORMED", "a DTD is not accepted")
    return root


def envelope(child):
    """A SOAP 1.1 envelope around one body element."""
    root = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"soap": SOAP})
    etree.SubElement(root, f"{{{SOAP}}}Header")
    etree.SubElement(root, f"{{{SOAP}}}Body").append(child)
    return root


def to_bytes(root):
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _template(own, body_id):
    security = etree.Element(f"{{{WSSE}}}Security", nsmap={"wsse": WSSE, "wsu": WSU})
    security.set(f"{{{SOAP}}}mustUnderstand", "1")
    signature = etree.SubElement(security, f"{{{DS}}}Signature", nsmap={"ds": DS})
    info = etree.SubElement(signature, f"{{{DS}}}SignedInfo")
    etree.SubElement(info, f"{{{DS}}}CanonicalizationMethod", Algorithm=EXC_C14N)
    etree.SubElement(info, f"{{{DS}}}SignatureMethod",
                     Algorithm=ECDSA_SHA256 if own.is_ec else RSA_SHA256)
    reference = etree.SubElement(info, f"{{{DS}}}Reference", URI="#" + body_id)
    transforms = etree.SubElement(reference, f"{{{DS}}}Transforms")
    etree.SubElement(transforms, f"{{{DS}}}Transform", Algorithm=EXC_C14N)
    etree.SubElement(reference, f"{{{DS}}}DigestMethod", Algorithm=SHA256)
    etree.SubElement(reference, f"{{{DS}}}DigestValue")
    etree.SubElement(signature, f"{{{DS}}}SignatureValue")
    key_info = etree.SubElement(signature, f"{{{DS}}}KeyInfo")
    token = etree.SubElement(key_info, f"{{{WSSE}}}SecurityTokenReference")
    identifier = etree.SubElement(token, f"{{{WSSE}}}KeyIdentifier", EncodingType=ENCODING,
                                  ValueType=VALUE_TYPE)
    identifier.text = base64.b64encode(own.certificate_der).decode("ascii")
    return security, signature


def sign(own, root):
    """Signs the Body of an envelope made by envelope(); returns the bytes to send."""
    header, body = root.find(f"{{{SOAP}}}Header"), root.find(f"{{{SOAP}}}Body")
    body_id = "id-" + str(uuid.uuid4())
    # Declared on Body: an exclusive-C14N verifier must see the prefix whatever stands above.
    signed_body = etree.Element(f"{{{SOAP}}}Body", nsmap={"wsu": WSU})
    signed_body.set(f"{{{WSU}}}Id", body_id)
    for child in list(body):
        signed_body.append(child)
    root.replace(body, signed_body)
    security, signature = _template(own, body_id)
    header.insert(0, security)
    context = xmlsec.SignatureContext()
    context.register_id(signed_body, "Id", WSU)
    context.key = xmlsec.Key.from_memory(own.key_pem, xmlsec.constants.KeyDataFormatPem)
    context.sign(signature)
    return to_bytes(root)


def _only(parent, path, what):
    found = parent.findall(path)
    if len(found) != 1:
        raise Refused("AUTH_SIGNATURE" if found else "AUTH_SIGNATURE_MISSING",
                      f"exactly one {what} is expected")
    return found[0]


def _expect(condition, text):
    if not condition:
        raise Refused("AUTH_SIGNATURE", text)


def _check_shape(root, body, signature):
    """Only the recipe is accepted; anything else could sign an element that nobody reads."""
    info = _only(signature, f"{{{DS}}}SignedInfo", "SignedInfo")
    method = _only(info, f"{{{DS}}}SignatureMethod", "SignatureMethod").get("Algorithm")
    if method not in (ECDSA_SHA256, RSA_SHA256):
        raise Refused("AUTH_ALGORITHM", "the signature algorithm is not accepted")
    c14n = _only(info, f"{{{DS}}}CanonicalizationMethod", "CanonicalizationMethod")
    _expect(c14n.get("Algorithm") == EXC_C14N, "SignedInfo needs exclusive C14N")
    reference = _only(info, f"{{{DS}}}Reference", "Reference")
    transform = _only(reference, f"{{{DS}}}Transforms/{{{DS}}}Transform", "Transform")
    _expect(transform.get("Algorithm") == EXC_C14N, "the reference needs exclusive C14N")
    digest = _only(reference, f"{{{DS}}}DigestMethod", "DigestMethod")
    if digest.get("Algorithm") != SHA256:
        raise Refused("AUTH_ALGORITHM", "the digest algorithm is not accepted")
    body_id = body.get(f"{{{WSU}}}Id")
    _expect(body_id and reference.get("URI") == "#" + body_id,
            "the signature does not cover this Body")
    carriers = [element for element in root.iter()
                if body_id in (element.get(f"{{{WSU}}}Id"), element.get("Id"), element.get("ID"),
                               element.get("id"))]
    _expect(carriers == [body], "the signed id stands on more than one element")
    return method


def verify(peers, data, now):
    """Returns (the body's only child, the certificate). Raises Refused."""
    root = parse(data)
    if root.tag != f"{{{SOAP}}}Envelope":
        raise Refused("MALFORMED", "not a SOAP 1.1 envelope")
    bodies = root.findall(f"{{{SOAP}}}Body")
    if len(bodies) != 1:
        raise Refused("MALFORMED", "exactly one Body is expected")
    body = bodies[0]
    header = root.find(f"{{{SOAP}}}Header")
    if header is None:
        raise Refused("AUTH_SIGNATURE_MISSING", "no WS-Security header")
    security = _only(header, f"{{{WSSE}}}Security", "wsse:Security")
    signature = _only(security, f"{{{DS}}}Signature", "ds:Signature")
    method = _check_shape(root, body, signature)
    identifier = _only(signature, f"{{{DS}}}KeyInfo/{{{WSSE}}}SecurityTokenReference/"
                                  f"{{{WSSE}}}KeyIdentifier", "KeyIdentifier")
    _expect(identifier.get("ValueType") == VALUE_TYPE, "KeyIdentifier is not an X509v3")
    try:
        der = base64.b64decode("".join((identifier.text or "").split()), validate=True)
    except ValueError as error:
        raise Refused("AUTH_SIGNATURE", "KeyIdentifier is not base64") from error
    certificate = peers.by_der(der, now)
    context = xmlsec.SignatureContext()
    context.register_id(body, "Id", WSU)
    context.key = xmlsec.Key.from_memory(
        certificate.public_key().public_bytes(serialization.Encoding.PEM,
                                              serialization.PublicFormat.SubjectPublicKeyInfo),
        xmlsec.constants.KeyDataFormatPem)
    try:
        context.verify(signature)
    except xmlsec.Error as error:
        raise Refused("AUTH_SIGNATURE", f"the {method.rsplit('#', 1)[1]} signature does not fit") \
            from error
    children = [child for child in body if isinstance(child.tag, str)]
    if len(children) != 1:
        raise Refused("MALFORMED", "Body holds exactly one element")
    return children[0], certificate


def standalone(element):
    """A copy of the element as its own document, with the namespaces its xsi:type values need."""
    return parse(etree.tostring(element, with_tail=False))
