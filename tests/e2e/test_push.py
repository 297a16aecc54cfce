"""Pushes that must not count: unsigned, forged, foreign, replayed, garbage. The appeal stays as it is."""
import http.client
import json
import unittest
from datetime import datetime, timedelta, timezone

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from e2e import NEVER_MS, Case, make_appeal
import shep_gateway
from simlib import jws, wsse
from simlib.keys import OwnKey, Peers
from simlib.service import make_foreign_key, now


class Push(Case):
    def setUp(self):
        self.start_stage(self._testMethodName, step_ms=NEVER_MS)
        self.mine = self.accept(make_appeal("akimat", "mine"))
        self.other = self.accept(make_appeal("minfin", "other"))
        for receipt in (self.mine, self.other):
            self.until(lambda: self.appeal(receipt["hub_id"])["state"] == "assigned", "delivered")
        self.before = {r["hub_id"]: self.snapshot(r["hub_id"]) for r in (self.mine, self.other)}

    def snapshot(self, hub_id):
        shown = self.appeal(hub_id)
        shown.pop("quarantined", None)  # that something of it was refused is told, and changes nothing
        return shown, self.events(hub_id)

    def own(self, name):
        return OwnKey(self.pki / f"{name}.key", self.pki / f"{name}.crt")

    def change(self, receipt, number="1", **more):
        return {"caseId": self.case_id(receipt), "externalId": receipt["message_id"],
                "changeId": number, "kind": "application", "type": "status",
                "status": "in_progress", "changedAt": "2026-03-17T10:00:00+05:00", **more}

    def case_id(self, receipt):
        ids = self.appeal(receipt["hub_id"])["external_ids"]
        return ids[0]["id"] if ids else "AK-2026-000001"

    def signed(self, body, key, path="/agency/akimat", method="POST"):
        return jws.sign(key, body, datetime.now(timezone.utc), htm=method, htu=path)[0]

    def push(self, body, signature=None, alias="akimat", kind="application/json"):
        """(status, headers, body); no API key: the signature is what admits an agency."""
        connection = http.client.HTTPConnection("127.0.0.1", self.stage.hub_port, timeout=30)
        try:
            headers = {"Content-Type": kind}
            if signature is not None:
                headers[jws.HEADER] = signature
            connection.request("POST", f"/agency/{alias}", body, headers)
            reply = connection.getresponse()
            return reply.status, reply.headers, reply.read()
        finally:
            connection.close()

    def unchanged(self):
        for hub_id, before in self.before.items():
            self.assertEqual(self.snapshot(hub_id), before)

    def refused(self, answer, code, party="akimat"):
        status, _, body = answer
        self.assertGreaterEqual(status, 400, body)
        self.assertLess(status, 500, body)
        rows = [row for row in self.quarantine(party) if row["code"] == code]
        self.assertTrue(rows, f"{code} is none of {self.quarantine(party)}")
        self.unchanged()

    def body(self, *arguments, **more):
        return json.dumps(self.change(*arguments, **more)).encode()

    def test_a_right_push_counts_and_is_answered_with_a_signature(self):
        body = self.body(self.mine)
        value = self.signed(body, self.own("akimat"))
        status, headers, answer = self.push(body, value)
        self.assertEqual(status, 200, answer)
        self.assertTrue(headers[jws.HEADER])
        self.assertEqual(json.loads(answer)["changeId"], "1")
        self.assertEqual(self.appeal(self.mine["hub_id"])["state"], "in_work")
        events = self.events(self.mine["hub_id"])
        certificate = x509.load_pem_x509_certificate((self.pki / "akimat.crt").read_bytes())
        evidence = events[-1]["evidence"]  # who pushed, by the certificate
        self.assertTrue(evidence.startswith("jws subject="), evidence)
        self.assertIn(f"sha256={certificate.fingerprint(hashes.SHA256()).hex()}", evidence)
        serial = evidence.partition(" serial=")[2].partition(" ")[0]
        self.assertEqual(int(serial, 16), certificate.serial_number)
        delivered = next(e for e in events if e["type"] == "delivered")
        self.assertIn(f"sha256={certificate.fingerprint(hashes.SHA256()).hex()}",
                      delivered["evidence"])  # and who signed the answer to the delivery
        # The very same request again is a replay; the same news signed anew is known already.
        self.assertGreaterEqual(self.push(body, value)[0], 400)
        self.assertEqual(self.push(body, self.signed(body, self.own("akimat")))[0], 200)
        self.assertEqual(self.events(self.mine["hub_id"]), events)
        # Other news under the used id are refused.
        other = self.body(self.mine, status="registered")
        self.push(other, self.signed(other, self.own("akimat")))
        self.assertEqual(self.events(self.mine["hub_id"]), events)
        self.assertIn("exchange.item_changed", {r["code"] for r in self.quarantine("akimat")})

    def test_without_a_signature(self):
        self.refused(self.push(self.body(self.mine)), "trust.signature_missing")

    def test_with_a_signature_of_something_else(self):
        body = self.body(self.mine)
        self.refused(self.push(body, self.signed(body + b" ", self.own("akimat"))),
                     "trust.signature_wrong")

    def test_signed_for_another_door(self):
        body = self.body(self.mine)
        answer = self.push(body, self.signed(body, self.own("akimat"), path="/agency/minfin"))
        self.assertIn(answer[0], (400, 401, 403))
        self.unchanged()

    def test_with_another_agencys_key_and_with_a_strangers(self):
        for key in (self.own("zher"), self.own("hub"), make_foreign_key()):
            body = self.body(self.mine)
            self.refused(self.push(body, self.signed(body, key)), "trust.signer_unknown")

    def test_about_an_appeal_of_another_agency(self):
        body = json.dumps({**self.change(self.other), "caseId": "AK-2026-000777"}).encode()
        self.push(body, self.signed(body, self.own("akimat")))
        self.assertIn("exchange.not_addressee", {r["code"] for r in self.quarantine("akimat")})
        self.unchanged()

    def test_garbage(self):
        key = self.own("akimat")
        for body in (b"", b"\x00\xff\xfe rubbish", b"[" * 5000, b'{"changeId": "1"}',
                     self.body(self.mine, type="appeal"), self.body(self.mine, status="burnt")):
            status, _, answer = self.push(body, self.signed(body, key))
            self.assertLess(status, 500, answer)
            self.unchanged()
        self.assertTrue(self.quarantine("akimat"))

    def test_soap_door(self):
        for body in (b"", b"<html>", b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;'
                     b"</x>", wsse.to_bytes(wsse.envelope(wsse.parse(b"<x/>"))),
                     wsse.sign(self.own("akimat"), wsse.envelope(wsse.parse(b"<x/>")))):
            status, headers, answer = self.push(body, alias="minfin", kind="text/xml")
            self.assertEqual(status, 500, answer)
            self.assertTrue(headers["Content-Type"].startswith("text/xml"), answer)
            self.assertTrue(self.fault(answer)[1].startswith("trust."), answer)
            self.assertNotIn(b"root:", answer)
        self.assertTrue(self.quarantine("minfin"))
        self.unchanged()

    def fault(self, answer):
        """(local name of the detail, its errorCode) of a fault that the hub signed."""
        element, _ = wsse.verify(Peers([self.pki / "hub.crt"]), answer, now())
        self.assertEqual(element.tag, f"{{{wsse.SOAP}}}Fault")
        info = element.find("detail")[0]
        self.assertTrue(info.findtext("errorMessage"))
        self.assertTrue(info.findtext("errorDate"))
        return info.tag.rpartition("}")[2], info.findtext("errorCode")

    def state_change(self, date):
        root, request = shep_gateway.wrapper(shep_gateway.CLIENT, "changeMassageStatusNotification",
                                             "request")
        notification = shep_gateway.add(request, "notification")
        for name, value in (("notificationId", "n-1"), ("messageId", "s-1"),
                            ("notificationDate", date), ("messageState", "NOT_DELIVERED")):
            shep_gateway.add(notification, name, value)
        status = shep_gateway.add(notification, "status")
        for name, value in (("statusCode", "X"), ("statusMessage", "x"), ("statusDate", date)):
            shep_gateway.add(status, name, value)
        shep_gateway.add(request, "requestDate", date)
        return self.push(wsse.sign(self.own("minfin"), wsse.envelope(root)), alias="minfin",
                         kind="text/xml")

    def test_an_old_push_to_the_soap_door_is_refused_with_a_fault(self):
        for hours in (-25, 1):
            date = (now() + timedelta(hours=hours)).isoformat()
            status, _, answer = self.state_change(date)
            self.assertEqual(status, 500)
            self.assertEqual(self.fault(answer), (
                "changeMassageStatusNotificationFault1_changeMassageStatusNotificationFault",
                "trust.message_date"))
        self.assertEqual(self.state_change((now() - timedelta(hours=23)).isoformat())[0], 200)
        # Of no message of ours: for a person to look at.
        self.assertIn("adapter.not_delivered", {r["code"] for r in self.quarantine("minfin")})
        self.unchanged()

    def test_an_unreadable_push_is_answered_with_the_fault_of_its_operation(self):
        root, request = shep_gateway.wrapper(shep_gateway.TYPES, "sendMessage", "request")
        info = shep_gateway.add(request, "messageInfo")
        shep_gateway.add(info, "messageDate", now().isoformat())
        status, _, answer = self.push(wsse.sign(self.own("minfin"), wsse.envelope(root)),
                                      alias="minfin", kind="text/xml")
        self.assertEqual(status, 500)
        self.assertEqual(self.fault(answer), ("sendMessageFault1_sendMessageFault",
                                              "adapter.bad_answer"))
        self.unchanged()

    def test_doors_that_are_not_there(self):
        body = self.body(self.mine)
        for alias in ("zher", "nobody", "..%2f..", "akimat%00"):
            status, _, _ = self.push(body, self.signed(body, self.own("akimat")), alias=alias)
            self.assertIn(status, (400, 403, 404), alias)
        self.unchanged()


if __name__ == "__main__":
    unittest.main()
