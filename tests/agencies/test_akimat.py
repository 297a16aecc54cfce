"""The simulated akimat's REST case system, from the client's side."""
import hashlib
import http.client
import json
import os
import unittest
import uuid

import akimat
import support
from simlib import jws
from simlib.service import now

FILE = "Үйдің фотосы".encode()


def case(key, **changes):
    value = {"externalId": key, "correlationId": "c-" + key,
             "registrationNumber": "ЖТ-2026-00000002", "receivedAt": "2026-03-17T10:00:00+05:00",
             "registeredAt": "2026-03-17T10:00:00+05:00", "dueDate": "2026-04-10",
             "kind": "application", "language": "kk", "title": "Жол", "text": "Жолды жөндеңіз.",
             "citizen": {"type": "person", "iin": "850101100012", "fullName": "Асқар Әлімов"},
             "place": {"kato": "750000000"}, "topic": "roads",
             "attachments": [{"id": "1", "name": "foto.jpg", "mime": "image/jpeg",
                              "size": len(FILE), "sha256": hashlib.sha256(FILE).hexdigest()}]}
    value.update(changes)
    return value


class Akimat(support.Case):
    def run_akimat(self, *options):
        self.akimat = self.start("akimat.py", "--step-ms", "0", "--extend-share", "1", *options)
        return self.akimat

    def raw(self, method, path, body, headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.akimat.port, timeout=20)
        try:
            connection.request(method, path, body, headers)
            reply = connection.getresponse()
            return reply.status, dict(reply.getheaders()), reply.read()
        finally:
            connection.close()

    def call(self, method, path, value=None, key=None, body=None, digest=False):
        """One signed call; the answer's signature must be bound to it."""
        if body is None:
            body = b"" if value is None else json.dumps(value).encode()
        payload = jws.digest_payload(hashlib.sha256(body).hexdigest()) if digest else body
        signature, jti = jws.sign(self.key("hub"), payload, now(), digest=digest, htm=method,
                                  htu=path)
        headers = {jws.HEADER: signature, "Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        status, got, data = self.raw(method, path, body, headers)
        jws.verify(self.peers("akimat"), got.get(jws.HEADER), data, now(), sta=status, rsp=jti)
        return status, data if got["Content-Type"] != "application/json" else json.loads(data)

    def test_an_appeal_is_decided(self):
        self.run_akimat()
        status, answer = self.call("POST", "/api/v1/cases", case("m-1"), "m-1")
        self.assertEqual(status, 201)
        status, changes = self.call("GET", "/api/v1/changes?cursor=&limit=50")
        items = changes["items"]
        self.assertEqual([each["status"] for each in items],
                         ["registered", "in_progress", "extended", "done"])
        self.assertEqual({each["caseId"] for each in items}, {answer["caseId"]})
        self.assertEqual({each["kind"] for each in items}, {"application"})
        decision = items[-1]["decision"]
        self.assertEqual(decision["language"], "kk")
        self.assertIn("Сіздің", decision["text"])
        self.assertEqual(decision["appealRoute"]["termMonths"], 3)
        attachment = decision["attachments"][0]
        status, data = self.call("GET", "/api/v1/attachments/" + attachment["id"])
        self.assertEqual(status, 200)
        self.assertEqual(hashlib.sha256(data).hexdigest(), attachment["sha256"])
        self.assertEqual(len(data), attachment["size"])

    def test_the_cursor_walks_through_the_changes(self):
        self.run_akimat()
        for key in ("m-1", "m-2"):
            self.call("POST", "/api/v1/cases", case(key), key)
        seen, cursor, more = [], "", True
        while more:
            _, page = self.call("GET", f"/api/v1/changes?cursor={cursor}&limit=3")
            seen += [each["changeId"] for each in page["items"]]
            cursor, more = page["nextCursor"], page["more"]
        self.assertEqual(seen, [str(number) for number in range(1, 9)])
        _, page = self.call("GET", f"/api/v1/changes?cursor={cursor}")
        self.assertEqual((page["items"], page["nextCursor"]), ([], cursor))

    def test_the_same_key_makes_one_case(self):
        self.run_akimat()
        first = self.call("POST", "/api/v1/cases", case("m-1"), "m-1")
        second = self.call("POST", "/api/v1/cases", case("m-1"), "m-1")
        self.assertEqual((first[0], second[0], first[1]), (201, 200, second[1]))
        status, answer = self.call("POST", "/api/v1/cases", case("m-1", text="басқа"), "m-1")
        self.assertEqual((status, answer["error"]["code"]), (409, "DUPLICATE_KEY"))
        state = self.akimat.state()
        self.assertEqual((state["cases"], state["messages"]["m-1"]["arrived"]), (1, 3))

    def test_wrong_cases_are_refused(self):
        self.run_akimat()
        wrong = {"type": "person", "iin": "850101100013", "fullName": "А"}
        for changes, code, field in (
                ({"text": " "}, "FIELD_REQUIRED", "text"),
                ({"kind": "letter"}, "FIELD_INVALID", "kind"),
                ({"kind": "complaint"}, "FIELD_REQUIRED", "contested.subject"),
                ({"contested": {"subject": "mood"}}, "FIELD_INVALID", "contested.subject"),
                ({"dueDate": "soon"}, "FIELD_INVALID", "dueDate"),
                ({"citizen": wrong}, "FIELD_INVALID", "citizen.iin"),
                ({"coApplicants": [wrong]}, "FIELD_INVALID", "coApplicants[0].iin"),
                ({"representative": wrong}, "FIELD_INVALID", "representative.iin"),
                ({"applicantsCount": 0}, "FIELD_INVALID", "applicantsCount"),
                ({"attachments": [{"sha256": "x"}]}, "FIELD_INVALID", "attachments[0]"),
                ({"externalId": "m-9"}, "KEY_MISMATCH", "externalId")):
            status, answer = self.call("POST", "/api/v1/cases", case("m-1", **changes), "m-1")
            self.assertEqual((status, answer["error"]["code"], answer["error"]["field"]),
                             (422, code, field))
        status, _, _ = self.raw("POST", "/api/v1/cases", json.dumps(case("m-1")).encode(),
                                {"Idempotency-Key": "m-1"})
        self.assertEqual(status, 401)
        self.assertEqual(self.call("GET", "/api/v1/nothing")[0], 404)
        self.assertEqual(self.akimat.state()["cases"], 0)

    def test_it_takes_what_the_shipped_mapping_writes(self):
        rules = object.__new__(akimat.Akimat)
        golden = os.path.join(support.ROOT, "adapters", "mappings", "akimat", "golden")
        names = [name for name in os.listdir(golden)
                 if name.startswith("request.") and name.endswith(".out.json")]
        self.assertGreater(len(names), 5)
        for name in names:
            with self.subTest(name), open(os.path.join(golden, name), "rb") as file:
                value = json.load(file)
                rules.check_case(value["externalId"], value)

    def test_a_complaint_against_itself_is_not_decided(self):
        self.run_akimat()
        for key, contested, allowed in (
                ("m-1", {"subject": "act", "bodyBin": "940140000385"}, {"SENT_UP"}),
                ("m-2", {"subject": "inaction", "bodyBin": "940140000385"}, {"SATISFIED_IN_FULL"}),
                ("m-3", {"subject": "act", "bodyBin": "990140900507"},
                 {"SATISFIED", "PARTLY", "REFUSED", "EXPLAINED"})):
            status, _ = self.call("POST", "/api/v1/cases",
                                  case(key, kind="complaint", contested=contested), key)
            self.assertEqual(status, 201)
            _, changes = self.call("GET", "/api/v1/changes?cursor=&limit=50")
            items = [each for each in changes["items"] if each["externalId"] == key]
            self.assertIn(items[-1]["decision"]["result"], allowed)

    def test_a_signature_is_used_once(self):
        self.run_akimat()
        signature, _ = jws.sign(self.key("hub"), b"", now(), htm="GET", htu="/api/v1/ping")
        headers = {jws.HEADER: signature}
        self.assertEqual(self.raw("GET", "/api/v1/ping", None, headers)[0], 200)
        status, _, data = self.raw("GET", "/api/v1/ping", None, headers)
        self.assertEqual((status, json.loads(data)["error"]["code"]), (401, "AUTH_REPLAY"))

    def test_attachments_supplements_and_withdrawal(self):
        self.run_akimat()
        _, answer = self.call("POST", "/api/v1/cases", case("m-1"), "m-1")
        path = "/api/v1/cases/" + answer["caseId"]
        sha256 = hashlib.sha256(FILE).hexdigest()
        put = lambda digest: self.call("PUT", f"{path}/attachments/{digest}", body=FILE,
                                       digest=True)
        self.assertEqual(put(sha256)[0], 201)
        self.assertEqual(put(sha256)[0], 200)
        self.assertEqual(put("0" * 64)[1]["error"]["code"], "FILE_DIGEST")
        self.assertEqual(self.akimat.state()["attachments"], {answer["caseId"]: [sha256]})
        self.assertEqual(self.call("POST", path + "/supplements", {"text": "x"}, "m-2")[0], 201)
        self.assertEqual(self.call("POST", path + "/supplements", {"text": "x"}, "m-2")[0], 200)
        self.assertEqual(self.call("POST", path + "/withdrawal", {"reason": "x"}, "m-3")[0], 201)
        self.assertEqual(self.akimat.state()["case_states"], {answer["caseId"]: "withdrawn"})

    def test_a_changed_term_is_kept_in_the_case(self):
        self.run_akimat()
        _, answer = self.call("POST", "/api/v1/cases", case("m-1"), "m-1")
        self.assertEqual(self.akimat.state()["case_due_dates"], {answer["caseId"]: "2026-04-10"})
        path = f"/api/v1/cases/{answer['caseId']}/term"
        term = {"externalId": "m-2", "dueDate": "2026-04-13",
                "changedAt": "2026-03-20T05:00:00Z", "note": "x"}
        status, taken = self.call("POST", path, term, "m-2")
        self.assertEqual((status, taken["caseId"], taken["dueDate"]),
                         (201, answer["caseId"], "2026-04-13"))
        self.assertEqual(self.call("POST", path, term, "m-2"), (200, taken))
        for where, key, changes, expected in (
                (path, "m-2", {"dueDate": "2026-04-14"}, (409, "DUPLICATE_KEY")),
                ("/api/v1/cases/AK-1/term", "m-3", {}, (404, "CASE_UNKNOWN")),
                (path, "m-4", {"dueDate": "soon"}, (422, "FIELD_INVALID")),
                (path, "m-5", {"externalId": "m-9"}, (422, "KEY_MISMATCH"))):
            status, refused = self.call("POST", where, {**term, "externalId": key, **changes}, key)
            self.assertEqual((status, refused["error"]["code"]), expected)
        self.assertEqual(self.akimat.state()["case_due_dates"], {answer["caseId"]: "2026-04-13"})

    def test_chunked_attachments_are_read(self):
        self.run_akimat()
        _, answer = self.call("POST", "/api/v1/cases", case("m-1"), "m-1")
        sha256 = hashlib.sha256(FILE).hexdigest()
        path = f"/api/v1/cases/{answer['caseId']}/attachments/{sha256}"
        signature, _ = jws.sign(self.key("hub"), jws.digest_payload(sha256), now(), digest=True,
                                htm="PUT", htu=path)
        pieces = iter([FILE[:5], FILE[5:]])
        status, _, _ = self.raw("PUT", path, pieces, {jws.HEADER: signature})
        self.assertEqual(status, 201)

    def test_faults(self):
        self.run_akimat("--faults", "create@1:http=429,retry_after=2; create@2:reset_after; "
                                    "ping@1:wrong_signature; ping@2:unsigned; changes@1:malformed")
        headers = lambda: {jws.HEADER: jws.sign(
            self.key("hub"), json.dumps(case("m-1")).encode(), now(), htm="POST",
            htu="/api/v1/cases")[0], "Idempotency-Key": "m-1"}
        status, got, _ = self.raw("POST", "/api/v1/cases", json.dumps(case("m-1")), headers())
        self.assertEqual((status, got["Retry-After"]), (429, "2"))
        with self.assertRaises((ConnectionError, http.client.HTTPException)):
            self.raw("POST", "/api/v1/cases", json.dumps(case("m-1")), headers())
        self.assertEqual(self.call("POST", "/api/v1/cases", case("m-1"), "m-1")[0], 200)
        for _ in range(2):
            with self.assertRaises(jws.Refused):
                self.call("GET", "/api/v1/ping")
        with self.assertRaises(ValueError):
            self.call("GET", "/api/v1/changes")

    def test_it_can_say_that_an_appeal_is_not_its_own(self):
        self.run_akimat("--faults", "create@1:not_ours=The land committee decides")
        status, answer = self.call("POST", "/api/v1/cases", case("m-1"), "m-1")
        self.assertEqual((status, answer["error"]),
                         (422, {"code": "NOT_COMPETENT", "message": "The land committee decides"}))
        status, answer = self.call("POST", "/api/v1/cases", case("m-1"), "m-1")
        self.assertEqual(status, 201, "it opened no case before")

    def test_changes_are_pushed(self):
        def reply(handler, data):
            header = jws.verify(self.peers("akimat"), handler.headers[jws.HEADER], data, now(),
                                htm="POST", htu="/agency/akimat")
            body = json.dumps({"received": True,
                               "changeId": json.loads(data)["changeId"]}).encode()
            value, _ = jws.sign(self.key("hub"), body, now(), sta=200, rsp=header["jti"])
            return 200, body, [(jws.HEADER, value)]

        door = support.Door(reply)
        self.addCleanup(door.close)
        akimat = self.run_akimat("--push-url", door.url("/agency/akimat"), "--push-share", "1")
        self.call("POST", "/api/v1/cases", case("m-1"), "m-1")
        support.wait_for(lambda: akimat.state()["pushes"].get("accepted") == 4, "four pushes")
        self.assertEqual([json.loads(each)["changeId"] for each in door.bodies],
                         ["1", "2", "3", "4"])

    def test_cases_outlive_a_restart(self):
        data = self.work + "/data-" + uuid.uuid4().hex
        self.run_akimat("--data", data)
        _, first = self.call("POST", "/api/v1/cases", case("m-1"), "m-1")
        self.assertEqual(self.akimat.stop(), 0)
        self.run_akimat("--data", data)
        self.assertEqual(self.call("POST", "/api/v1/cases", case("m-1"), "m-1"), (200, first))
        _, changes = self.call("GET", "/api/v1/changes?cursor=3")
        self.assertEqual([each["changeId"] for each in changes["items"]], ["4"])


class AkimatWithRsa(support.Case):
    pki_options = ("--alg", "rsa")
    run_akimat, call, raw = Akimat.run_akimat, Akimat.call, Akimat.raw
    test_an_appeal_is_decided = Akimat.test_an_appeal_is_decided


if __name__ == "__main__":
    unittest.main()
