"""Own key, certificates of the other side, and the refusal every profile raises."""
import hashlib

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa


class Refused(Exception):
    """A message that must not be used. `code` is stable, `text` holds no personal data."""

    def __init__(self, code, text):
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text


class OwnKey:
    def __init__(self, key_file, certificate_file):
        with open(key_file, "rb") as file:
            self.key_pem = file.read()
        with open(certificate_file, "rb") as file:
            self.certificate_pem = file.read()
        self.key_file = key_file
        self.certificate_file = certificate_file
        self.key = serialization.load_pem_private_key(self.key_pem, None)
        self.certificate = x509.load_pem_x509_certificate(self.certificate_pem)
        self.certificate_der = self.certificate.public_bytes(serialization.Encoding.DER)
        if self.key.public_key().public_numbers() != \
                self.certificate.public_key().public_numbers():
            raise ValueError("key and certificate differ")

    @property
    def is_ec(self):
        return isinstance(self.key, ec.EllipticCurvePrivateKey)

    def thumbprint(self):
        return hashlib.sha256(self.certificate_der).digest()


class Peers:
    """Certificates accepted from the other side (pinned).

    Kept as bytes and loaded anew for each use: cryptography 38 reads a certificate's extensions lazily
    and raises when another thread looks at the same object meanwhile."""

    def __init__(self, files):
        self.certificates = []
        for name in files:
            with open(name, "rb") as file:
                certificate = x509.load_pem_x509_certificate(file.read())
            self.certificates.append(certificate.public_bytes(serialization.Encoding.DER))

    def by_der(self, der, now):
        if der in self.certificates:
            return checked(x509.load_der_x509_certificate(der), now)
        raise Refused("AUTH_SIGNER", "the signer's certificate is not known here")

    def by_thumbprint(self, thumbprint, now):
        for der in self.certificates:
            if hashlib.sha256(der).digest() == thumbprint:
                return checked(x509.load_der_x509_certificate(der), now)
        raise Refused("AUTH_SIGNER", "the signer's certificate is not known here")


def checked(certificate, now):
    moment = now.replace(tzinfo=None)
    if not certificate.not_valid_before <= moment <= certificate.not_valid_after:
        raise Refused("AUTH_SIGNER", "the signer's certificate is not valid now")
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    if not usage.digital_signature:
        raise Refused("AUTH_SIGNER", "the signer's certificate is not for signing")
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey) and key.key_size >= 2048:
        return certificate
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return certificate
    raise Refused("AUTH_ALGORITHM", "only RSA from 2048 bits and ECDSA P-256 are accepted")
