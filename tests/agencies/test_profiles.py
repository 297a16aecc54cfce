"""The three signature profiles: what is signed verifies, everything else is refused."""
import os
import subprocess
import unittest
from datetime import timedelta

import support
from lxml import etree
from simlib import cms, jws, wsse
from simlib.keys import Refused
from simlib.service import make_foreign_key, now

BODY = '{"мәтін":"Қайырлы күн"}'.encode()


def envelope():
    root = etree.fromstring(b'<t:sendMessage xmlns:t="urn:t"><request><a>1</a></request>'
                            b'</t:sendMessage>')
    return wsse.envelope(root)


class Profiles(support.Case):
    def refused(self, code, function, *args, **members):
        with self.assertRaises(Refused) as caught:
            function(*args, **members)
        self.assertEqual(caught.exception.code, code)

    # -- jws-detached
    def test_jws_round_trip(self):
        value, jti = jws.sign(self.key("hub"), BODY, now(), htm="POST", htu="/a?b=1")
        header = jws.verify(self.peers("hub"), value, BODY, now(), htm="POST", htu="/a?b=1")
        self.assertEqual(header["jti"], jti)
        self.assertEqual(jws.claimed_jti(value), jti)
        self.assertEqual(value.split(".")[1], "")

    def test_jws_refuses_changes(self):
        value, _ = jws.sign(self.key("hub"), BODY, now(), htm="POST", htu="/a")
        peers = self.peers("hub")
        self.refused("AUTH_SIGNATURE", jws.verify, peers, value, BODY + b" ", now())
        self.refused("AUTH_SIGNATURE", jws.verify, peers, value, BODY, now(), htu="/b")
        self.refused("AUTH_SIGNATURE", jws.verify, peers, value, BODY, now(), sta=200)
        self.refused("AUTH_SIGNATURE_MISSING", jws.verify, peers, None, BODY, now())
        self.refused("AUTH_SIGNATURE", jws.verify, peers, value.replace("..", "."), BODY, now())
        self.refused("AUTH_SIGNER", jws.verify, self.peers("zher"), value, BODY, now())
        self.refused("AUTH_REPLAY", jws.verify, peers, value, BODY,
                     now() + timedelta(seconds=301))

    def test_jws_is_used_once(self):
        value, _ = jws.sign(self.key("hub"), BODY, now())
        seen = jws.SeenIds()
        jws.verify(self.peers("hub"), value, BODY, now(), seen=seen)
        self.refused("AUTH_REPLAY", jws.verify, self.peers("hub"), value, BODY, now(), seen=seen)

    def test_jws_over_a_digest(self):
        import hashlib
        digest = hashlib.sha256(BODY).hexdigest()
        value, _ = jws.sign(self.key("hub"), jws.digest_payload(digest), now(), digest=True)
        jws.verify(self.peers("hub"), value, digest, now())
        jws.verify(self.peers("hub"), value, BODY, now())
        self.refused("AUTH_SIGNATURE", jws.verify, self.peers("hub"), value, "0" * 64, now())

    def test_jws_refuses_none_and_other_algorithms(self):
        value, _ = jws.sign(self.key("hub"), BODY, now(), alg="none")
        self.refused("AUTH_ALGORITHM", jws.verify, self.peers("hub"), value, BODY, now())

    # -- wsse-shep
    def test_wsse_round_trip(self):
        data = wsse.sign(self.key("minfin"), envelope())
        element, certificate = wsse.verify(self.peers("hub", "minfin"), data, now())
        self.assertEqual(element.tag, "{urn:t}sendMessage")
        self.assertIn("BIN990140900507", certificate.subject.rfc4514_string())

    def test_wsse_is_the_recipe(self):
        root = etree.fromstring(wsse.sign(self.key("minfin"), envelope()))
        header = root.find(f"{{{wsse.SOAP}}}Header")
        security = header[0]
        self.assertEqual(security.tag, f"{{{wsse.WSSE}}}Security")
        self.assertEqual(security.get(f"{{{wsse.SOAP}}}mustUnderstand"), "1")
        self.assertEqual([child.tag for child in security], [f"{{{wsse.DS}}}Signature"])
        body = root.find(f"{{{wsse.SOAP}}}Body")
        body_id = body.get(f"{{{wsse.WSU}}}Id")
        self.assertTrue(body_id.startswith("id-"))
        reference = security.find(f".//{{{wsse.DS}}}Reference")
        self.assertEqual(reference.get("URI"), "#" + body_id)
        algorithms = {each.get("Algorithm") for each in root.iter(
            f"{{{wsse.DS}}}Transform", f"{{{wsse.DS}}}CanonicalizationMethod")}
        self.assertEqual(algorithms, {wsse.EXC_C14N})
        identifier = security.find(f".//{{{wsse.WSSE}}}KeyIdentifier")
        self.assertEqual(identifier.get("ValueType"), wsse.VALUE_TYPE)
        self.assertEqual(identifier.get("EncodingType"), wsse.ENCODING)

    def test_wsse_refuses_changes(self):
        data = wsse.sign(self.key("minfin"), envelope())
        peers = self.peers("minfin")
        self.refused("AUTH_SIGNATURE", wsse.verify, peers, data.replace(b"<a>1", b"<a>2"), now())
        self.refused("AUTH_SIGNATURE", wsse.verify, peers,
                     data.replace(b"<request>", b"<request>\n  "), now())
        self.refused("AUTH_SIGNATURE_MISSING", wsse.verify, peers, wsse.to_bytes(envelope()),
                     now())
        self.refused("AUTH_SIGNER", wsse.verify, self.peers("hub"), data, now())
        self.refused("AUTH_SIGNER", wsse.verify, peers, wsse.sign(make_foreign_key(), envelope()),
                     now())
        self.refused("AUTH_SIGNER", wsse.verify, peers, data, now() + timedelta(days=4000))

    def test_wsse_refuses_wrapping(self):
        """The signed Body is moved into the header and another one is put in its place."""
        root = etree.fromstring(wsse.sign(self.key("minfin"), envelope()))
        body = root.find(f"{{{wsse.SOAP}}}Body")
        attack = etree.fromstring(etree.tostring(body).replace(b"<a>1", b"<a>9"))
        wrapped = etree.SubElement(root.find(f"{{{wsse.SOAP}}}Header"), "wrapped")
        root.replace(body, attack)
        wrapped.append(body)
        self.refused("AUTH_SIGNATURE", wsse.verify, self.peers("minfin"), wsse.to_bytes(root),
                     now())
        attack.set(f"{{{wsse.WSU}}}Id", "id-other")
        self.refused("AUTH_SIGNATURE", wsse.verify, self.peers("minfin"), wsse.to_bytes(root),
                     now())

    def test_wsse_refuses_a_dtd(self):
        data = wsse.sign(self.key("minfin"), envelope())
        start = data.index(b"?>") + 2
        data = data[:start] + b'<!DOCTYPE x [<!ENTITY e "1">]>' + data[start:]
        self.refused("MALFORMED", wsse.verify, self.peers("minfin"), data, now())

    # -- cms-detached
    def test_cms_round_trip(self):
        signature = cms.sign(self.key("zher"), BODY)
        certificate = cms.verify(self.peers("zher"), BODY, signature, now())
        self.assertIn("BIN990141999900", certificate.subject.rfc4514_string())
        path = os.path.join(self.work, "x.p7s")
        with open(path, "wb") as file:
            file.write(signature)
        shown = subprocess.run(["openssl", "cms", "-cmsout", "-print", "-noout", "-inform", "DER",
                                "-in", path], check=True, capture_output=True, text=True).stdout
        self.assertIn("signingCertificateV2", shown)
        self.assertIn("eContent: <ABSENT>", shown)

    def test_cms_refuses_changes(self):
        signature = cms.sign(self.key("zher"), BODY)
        peers = self.peers("zher")
        self.refused("SIGNATURE_WRONG", cms.verify, peers, BODY + b" ", signature, now())
        self.refused("SIGNATURE_WRONG", cms.verify, peers, BODY, signature[:100], now())
        self.refused("SIGNATURE_MISSING", cms.verify, peers, BODY, b"", now())
        self.refused("SIGNER_UNKNOWN", cms.verify, self.peers("hub"), BODY, signature, now())


class ProfilesWithRsa(Profiles):
    pki_options = ("--alg", "rsa")


if __name__ == "__main__":
    unittest.main()
