"""Detached JWS in the HTTP header X-JWS-Signature (RFC 7515 appendix F).

Protected header: alg (ES256 | RS256), x5t#S256, iat, jti; requests also htm, htu; responses also sta
and rsp (the jti of the request). With "dig": true the payload is the ASCII text "sha256:<hex>" of
the body instead of the body, so that large bodies can be streamed.
"""
import base64
import hashlib
import json
import threading
import uuid
from collections import OrderedDict

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, utils

from .keys import Refused

HEADER = "X-JWS-Signature"
_SEEN_MAX = 100_000


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def unb64(text):
    if not isinstance(text, str) or "=" in text:
        raise Refused("AUTH_SIGNATURE", "not base64url without padding")
    try:
        data = base64.b64decode(text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4),
                                validate=True)
    except ValueError as error:
        raise Refused("AUTH_SIGNATURE", "not base64url") from error
    return data


def digest_payload(sha256_hex):
    return b"sha256:" + sha256_hex.encode("ascii")


def _sign_raw(own, data):
    if own.is_ec:
        der = own.key.sign(data, ec.ECDSA(hashes.SHA256()))
        r, s = utils.decode_dss_signature(der)
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")
    return own.key.sign(data, padding.PKCS1v15(), hashes.SHA256())


def sign(own, payload, now, digest=False, **members):
    """Returns (header value, jti). `members`: htm and htu, or sta and rsp."""
    jti = str(uuid.uuid4())
    header = {"alg": "ES256" if own.is_ec else "RS256", "x5t#S256": b64(own.thumbprint()),
              "iat": int(now.timestamp()), "jti": jti}
    header.update(members)
    if digest:
        header["dig"] = True
    protected = b64(json.dumps(header, separators=(",", ":")).encode("utf-8"))
    signature = _sign_raw(own, protected.encode("ascii") + b"." + b64(payload).encode("ascii"))
    return f"{protected}..{b64(signature)}", jti


class SeenIds:
    """jti values already used; the oldest are forgotten, which the iat window makes harmless."""

    def __init__(self):
        self._lock = threading.Lock()
        self._seen = OrderedDict()

    def take(self, jti):
        with self._lock:
            if jti in self._seen:
                raise Refused("AUTH_REPLAY", "this jti was used before")
            self._seen[jti] = True
            if len(self._seen) > _SEEN_MAX:
                self._seen.popitem(last=False)


def _parse(value):
    if not value:
        raise Refused("AUTH_SIGNATURE_MISSING", f"no {HEADER}")
    parts = value.split(".")
    if len(parts) != 3 or parts[1]:
        raise Refused("AUTH_SIGNATURE", "not a detached JWS")
    try:
        header = json.loads(unb64(parts[0]).decode("utf-8"))
    except ValueError as error:
        raise Refused("AUTH_SIGNATURE", "the protected header is not JSON") from error
    if not isinstance(header, dict) or "crit" in header:
        raise Refused("AUTH_SIGNATURE", "the protected header is not understood")
    return parts[0], header, unb64(parts[2])


def claimed_jti(value):
    """The jti a request claims, so that even a refusal can be bound to it; "" if unreadable."""
    try:
        jti = _parse(value)[1].get("jti")
    except Refused:
        return ""
    return jti if isinstance(jti, str) else ""


def _verify_raw(certificate, algorithm, data, signature):
    key = certificate.public_key()
    try:
        if algorithm == "ES256" and isinstance(key, ec.EllipticCurvePublicKey):
            if len(signature) != 64:
                raise Refused("AUTH_SIGNATURE", "an ES256 signature has 64 octets")
            der = utils.encode_dss_signature(int.from_bytes(signature[:32], "big"),
                                             int.from_bytes(signature[32:], "big"))
            key.verify(der, data, ec.ECDSA(hashes.SHA256()))
        elif algorithm == "RS256" and not isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, data, padding.PKCS1v15(), hashes.SHA256())
        else:
            raise Refused("AUTH_ALGORITHM", "alg is not accepted for this certificate")
    except InvalidSignature as error:
        raise Refused("AUTH_SIGNATURE", "the signature does not fit the body") from error


def verify(peers, value, body_sha256_or_bytes, now, skew_s=300, seen=None, **expected):
    """Returns the protected header. Pass the body as bytes, or its SHA-256 in hex when streamed.

    `expected` members (htm, htu / sta, rsp) must stand in the header with exactly these values."""
    protected, header, signature = _parse(value)
    for name, wanted in expected.items():
        if header.get(name) != wanted:
            raise Refused("AUTH_SIGNATURE", f"the signed {name} is not that of this message")
    issued, jti = header.get("iat"), header.get("jti")
    if not isinstance(issued, int) or abs(now.timestamp() - issued) > skew_s:
        raise Refused("AUTH_REPLAY", "iat is outside the accepted window")
    if not isinstance(jti, str) or not jti:
        raise Refused("AUTH_SIGNATURE", "jti is missing")
    certificate = peers.by_thumbprint(unb64(header.get("x5t#S256", "")), now)
    if isinstance(body_sha256_or_bytes, str):
        if header.get("dig") is not True:
            raise Refused("AUTH_SIGNATURE", "a streamed body needs dig")
        payload = digest_payload(body_sha256_or_bytes)
    elif header.get("dig") is True:
        payload = digest_payload(hashlib.sha256(body_sha256_or_bytes).hexdigest())
    else:
        payload = body_sha256_or_bytes
    _verify_raw(certificate, header.get("alg"),
                protected.encode("ascii") + b"." + b64(payload).encode("ascii"), signature)
    if seen is not None:
        seen.take(jti)
    return header
