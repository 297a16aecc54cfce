"""hubctl against a living hub, and receipts that anybody can verify without it."""
import base64
import hashlib
import json
import subprocess
import unittest
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from e2e import HUBCTL, SAMPLES, Case, hubctl, make_appeal, valid_samples

MERKLE_LEAF, MERKLE_NODE = b"\x00", b"\x01"


def verify_inclusion(record_text, proof):
    """RFC 9162 2.1.3.2, written from the RFC: raises AssertionError if the record is not in the tree."""
    index, size = proof["position"], proof["head"]["size"]
    assert 0 <= index < size
    node = hashlib.sha256(MERKLE_LEAF + record_text.encode("utf-8")).digest()
    fn, sn = index, size - 1
    for sibling in map(bytes.fromhex, proof["path"]):
        assert sn != 0
        if fn & 1 or fn == sn:
            node = hashlib.sha256(MERKLE_NODE + sibling + node).digest()
            while not fn & 1 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            node = hashlib.sha256(MERKLE_NODE + node + sibling).digest()
        fn, sn = fn >> 1, sn >> 1
    assert sn == 0 and node.hex() == proof["head"]["root"]


def head_text(head):
    return (f"otinish tree head\nsize {head['size']}\nroot {head['root']}\n"
            f"at {head['at']}\n").encode("ascii")


class Hubctl(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.one = cls("test_status")
        cls.stage = cls.one.start_stage()
        cls.addClassCleanup(cls.one.doCleanups)
        cls.stage.upload_files(SAMPLES / "files")
        cls.receipts = {}
        for path in [valid_samples()[n] for n in (0, 4, 14, 16, 31, 36)]:
            status, _, body = cls.stage.submit(path)
            assert status == 201, body
            cls.receipts[path.name] = json.loads(body)
        cls.ids = [r["hub_id"] for r in cls.receipts.values()]
        cls.one.wait_decided(cls.ids)

    def good(self, *arguments, **options):
        code, output, error = hubctl(self.stage, *arguments, **options)
        self.assertEqual((code, error), (0, ""), output)
        return output

    def ascii_number(self, receipt):
        return receipt["reg_number"].replace("ЖТ-", "ZhT-").replace("ЗТ-", "ZT-")

    def test_status(self):
        output = self.good("status")
        self.assertIn("intake: open", output)
        for alias in ("minfin", "akimat", "zher"):
            self.assertIn(alias, output)
        self.assertTrue(json.loads(self.good("status", "--json"))["ready"])

    def test_list(self):
        output = self.good("list", "--all")
        for receipt in self.receipts.values():
            self.assertEqual(output.count(receipt["reg_number"]), 1)
        for filter_, wanted in ((("--destination", "zher"), 2), (("--state", "executed"), 5),
                                (("--state", "sent_to_higher"), 1),
                                (("--state", "routed"), 0)):
            rows = json.loads(self.good("list", *filter_, "--json"))["appeals"]
            self.assertEqual(len(rows), wanted, filter_)
        paged = self.good("list", "--limit", "2")
        self.assertIn("more: --after ", paged)
        self.assertIn("no appeals", self.good("list", "--state", "withdrawn"))

    def test_show_by_every_name_of_an_appeal(self):
        for receipt in self.receipts.values():
            shown = {self.good("show", name) for name in
                     (receipt["hub_id"], receipt["reg_number"], self.ascii_number(receipt))}
            self.assertEqual(len(shown), 1)
            self.assertIn("decision:", shown.pop())
        content = json.loads(self.good("show", self.ids[0], "--content", "--json"))
        self.assertTrue(content["appeal"]["subject_text"])

    def test_events_in_three_languages(self):
        told = {self.good("events", self.ids[0], language=l) for l in ("kk", "ru", "en")}
        self.assertEqual(len(told), 3)
        for text in told:
            self.assertIn("decided", text)
        by_locale = self.good("events", self.ids[0], language="kk")
        self.assertIn(by_locale, told)

    def test_agencies_and_adapters(self):
        self.assertIn("Ministry of Finance", self.good("agencies"))
        self.assertIn("Қаржы министрлігі", self.good("agencies", language="kk"))
        output = self.good("adapter", "list")
        for name in ("soap", "rest", "filedrop", "ready"):
            self.assertIn(name, output)

    def test_adapter_check(self):
        for alias in ("akimat", "zher"):
            self.assertIn("DONE", self.good("adapter", "check", alias))
        code, output, error = hubctl(self.stage, "adapter", "check", "minfin")
        self.assertEqual(code, 0, output + error)
        code, _, error = hubctl(self.stage, "adapter", "check", "nobody")
        self.assertEqual(code, 1)
        self.assertIn("exchange.unknown_agency", error)

    def test_deadline(self):
        output = json.loads(self.good("deadline", "--kind", "complaint", "--at",
                                      "2026-03-17T10:00:00+05:00", "--json"))
        due = {clock["name"]: clock["due_date"] for clock in output["clocks"]}
        # Twenty working days (APPC 99) from 18 March; Nauryz takes 23 to 25 March.
        self.assertEqual(due["consider"], "2026-04-17", due)
        self.assertIn("APPC", self.good("deadline", "--kind", "application", "--at",
                                        "2026-03-17T10:00:00+05:00", "--explain"))
        self.assertEqual(hubctl(self.stage, "deadline", "--kind", "wish", "--at",
                                "2026-03-17T10:00:00+05:00")[0], 1)

    def test_exit_codes(self):
        self.assertEqual(hubctl(self.stage, "show", "ZhT-2026-99999999")[0], 1)
        self.assertEqual(hubctl(self.stage, "frobnicate")[0], 2)
        self.assertEqual(hubctl(self.stage, "show")[0], 2)
        code, output, error = hubctl(self.stage, "submit",
                                     SAMPLES / "broken" / "01-iin-check-digit.json", language="ru")
        self.assertEqual(code, 1)
        self.assertIn("model.iin_check_digit", error)
        self.assertRegex(error, "[а-я]")
        self.assertIn("known", self.good("submit", valid_samples()[0]))
        nobody = subprocess.run([HUBCTL, "--url", "http://127.0.0.1:1", "status"],
                                capture_output=True, text=True)
        self.assertEqual(nobody.returncode, 2)
        wrong_key = self.work / "wrong-key"
        wrong_key.write_text("0" * 64)
        stranger = subprocess.run([HUBCTL, "--url", self.stage.url, "--key-file", wrong_key,
                                   "list"], capture_output=True, text=True)
        self.assertEqual(stranger.returncode, 1)
        self.assertIn("web.unauthenticated", stranger.stderr)

    def test_submit_and_attach(self):
        path = self.work / "own.json"
        path.write_bytes(make_appeal("zher", "hubctl"))
        self.assertIn("registered", self.good("submit", path))
        file = self.work / "file.txt"
        file.write_text("тіркеме\n", "utf-8")
        self.assertIn("stored", self.good("attach", file))
        self.assertIn("known", self.good("attach", file))

    def test_working_off_the_reception_desk(self):
        path = self.work / "stray.json"
        value = json.loads(make_appeal("minfin", "stray"))
        value["addressee_body"] = {"bin": "990150999910"}  # not in the register
        value.pop("topic", None)
        path.write_text(json.dumps(value, ensure_ascii=False), "utf-8")
        number = json.loads(self.good("submit", path, "--json"))["reg_number"]
        self.assertIn(number, self.good("list", "--state", "reception"))
        code, _, error = hubctl(self.stage, "route", number, "nobody", "--reason", "a guess")
        self.assertEqual(code, 1)
        self.assertIn("exchange.unknown_body", error)
        self.assertIn("Ministry of Finance",
                      self.good("route", number, "minfin", "--reason", "a tax matter"))
        self.assertNotIn(number, self.good("list", "--state", "reception"))
        self.assertIn("a tax matter", self.good("events", number))
        shown = json.loads(self.good("show", number, "--json"))
        self.one.wait_decided([shown["hub_id"]])
        code, _, error = hubctl(self.stage, "route", number, "akimat", "--reason", "too late")
        self.assertEqual(code, 1)
        self.assertIn("exchange.not_routable", error)

    def test_quarantine_outbox_errors_version(self):
        self.good("quarantine")
        self.good("outbox")
        self.assertIn("model.iin_check_digit", self.good("errors", "model.iin_check_digit"))
        self.assertEqual(hubctl(self.stage, "errors", "no.such")[0], 1)
        self.assertTrue(self.good("version").strip())

    def test_receipts_prove_themselves_offline(self):
        certificate = x509.load_pem_x509_certificate((self.pki / "hub.crt").read_bytes())
        key = certificate.public_key()
        for name, first in self.receipts.items():
            receipt = json.loads(self.good("receipt", self.ascii_number(first), "--json"))
            record, proof = receipt["record"], receipt["proof"]
            self.assertEqual(record["text"], first["record"]["text"])
            self.assertEqual(record["position"], proof["position"])
            for member in ("message_id", "body_sha256", "direction", "party", "type"):
                self.assertIn(record[member], record["text"])
            self.assertEqual(record["message_id"], receipt["message_id"])
            verify_inclusion(record["text"], proof)
            verify_inclusion(first["record"]["text"], first["proof"])  # as given at submission
            for head in (proof["head"], first["proof"]["head"]):
                signature = base64.b64decode(head["signature"], validate=True)
                key.verify(signature, head_text(head), ec.ECDSA(hashes.SHA256()))
                for changed in ({**head, "size": head["size"] + 1}, {**head, "root": "0" * 64}):
                    with self.assertRaises(InvalidSignature):
                        key.verify(signature, head_text(changed), ec.ECDSA(hashes.SHA256()))
            with self.assertRaises(AssertionError):
                verify_inclusion(record["text"] + " ", proof)
            self.assertLessEqual(datetime.fromisoformat(record["at"].replace("Z", "+00:00")),
                                 datetime.fromisoformat(proof["head"]["at"].replace("Z", "+00:00")))


if __name__ == "__main__":
    unittest.main()
