"""Detached CMS beside a file: NAME and NAME.p7s (DER, SHA-256, signing-certificate-v2)."""
import os
import subprocess
import tempfile

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from .keys import Refused


def sign(own, data):
    with tempfile.TemporaryDirectory(prefix="otinish-cms-") as folder:
        source = os.path.join(folder, "data")
        with open(source, "wb") as file:
            file.write(data)
        result = subprocess.run(
            ["openssl", "cms", "-sign", "-binary", "-cades", "-nosmimecap", "-md", "sha256",
             "-in", source, "-signer", own.certificate_file, "-inkey", own.key_file,
             "-outform", "DER"], capture_output=True, check=False)
    if result.returncode != 0:
        raise RuntimeError("openssl cms -sign failed: " + result.stderr.decode("utf-8", "replace"))
    return result.stdout


def verify(peers, data, signature, now):
    """Returns the signer's certificate; the signer must be one of the pinned peers."""
    if not signature:
        raise Refused("SIGNATURE_MISSING", "the file came without its .p7s")
    with tempfile.TemporaryDirectory(prefix="otinish-cms-") as folder:
        paths = {name: os.path.join(folder, name) for name in ("data", "p7s", "signer")}
        for name, content in (("data", data), ("p7s", signature)):
            with open(paths[name], "wb") as file:
                file.write(content)
        # -noverify leaves out the chain: the signer is compared with the pinned certificates below.
        result = subprocess.run(
            ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", paths["p7s"],
             "-content", paths["data"], "-noverify", "-signer", paths["signer"],
             "-out", os.devnull], capture_output=True, check=False)
        if result.returncode != 0:
            raise Refused("SIGNATURE_WRONG", "the .p7s does not fit the file")
        with open(paths["signer"], "rb") as file:
            certificate = x509.load_pem_x509_certificate(file.read())
    try:
        return peers.by_der(certificate.public_bytes(serialization.Encoding.DER), now)
    except Refused as error:
        raise Refused("SIGNER_UNKNOWN", error.text) from error
