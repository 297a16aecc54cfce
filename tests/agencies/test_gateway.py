"""The simulated SHEP gateway with the ministry behind it, from the participant's side."""
import base64
import hashlib
import http.client
import json
import unittest
import uuid

import support
from lxml import etree
from shep_gateway import CLIENT, DOCUMENT, NOTIFICATION, STORE, STORE_ID, SYNC, TYPES, data_element, guid, stamp, text_of, wrapper, add, guess_operation
from simlib import wsse
from simlib.service import now

FIELDS = [("description", "Салық бойынша түсіндірме беруіңізді сұраймын."), ("docLang", "KZ"),
          ("documentType", "0"), ("idPortalInternal", "17"), ("regNumberOL", "ЖТ-2026-00000001"),
          ("userUin", "850101100012"), ("uniqueNumber", "x")]


class Gateway(support.Case):
    def setUp(self):
        with open(self.pki + "/shep-password", encoding="ascii") as file:
            self.password = file.read().strip()

    def run_gateway(self, *options):
        self.gateway = self.start("shep_gateway.py", "--step-ms", "0", "--extend-share", "1",
                                  *options)
        return self.gateway

    def post(self, data, path="/shep/async"):
        connection = http.client.HTTPConnection("127.0.0.1", self.gateway.port, timeout=20)
        try:
            connection.request("POST", path, data, {"Content-Type": "text/xml",
                                                             "SOAPAction": '""'})
            reply = connection.getresponse()
            return reply.status, reply.read()
        finally:
            connection.close()

    def call(self, root, expected_status=200, path="/shep/async"):
        status, data = self.post(wsse.sign(self.key("hub"), wsse.envelope(root)), path)
        element, _ = wsse.verify(self.peers("minfin"), data, now())
        self.assertEqual(status, expected_status, etree.tostring(element))
        return element

    def fault(self, root):
        element = self.call(root, 500)
        return element.findtext("detail/*/errorCode")

    def request(self, key, fields=None, kind="REQUEST", correlation=None, order=None, **changes):
        root, request = wrapper(TYPES, "sendMessage", "request")
        info = add(request, "messageInfo")
        names = order or ("correlationId", "serviceId", "messageType", "routeId", "messageDate")
        values = {"correlationId": correlation, "serviceId": "ESEDO_UNIVERSAL_SERVICE",
                  "messageType": kind, "routeId": "R_ESEDO", "messageDate": stamp()}
        values.update(changes)
        for name in names:
            if values.get(name):
                add(info, name, values[name])
        sender = add(info, "sender")
        add(sender, "senderId", changes.get("senderId", "otinish"))
        add(sender, "password", changes.get("password", self.password))
        fields = [("uniqueNumber", key) if each == ("uniqueNumber", "x") else each
                  for each in (FIELDS if fields is None else fields)]
        add(request, "messageData").append(data_element(DOCUMENT, "d", "docOL", fields))
        return root

    def notification(self, key, correlation, fields, name="stateNewExDate"):
        root = self.request(key, [], "UPDATE", correlation)
        holder = root.find("request/messageData")
        holder.remove(holder[0])
        holder.append(data_element(NOTIFICATION, "n", name, fields))
        return root

    def get_messages(self, amount=100):
        root, request = wrapper(TYPES, "getMessages", "request")
        add(request, "serviceId", "ESEDO_UNIVERSAL_SERVICE")
        add(request, "amount", amount)
        return self.call(root).findall("response/messages")

    def acknowledge(self, message_id, status="MESSAGE_ACCEPTED", resend="NOT_RESEND"):
        root, request = wrapper(TYPES, "sendDeliveryNotification", "request")
        notification = add(request, "notification")
        add(notification, "messageId", message_id)
        add(notification, "serviceId", "ESEDO_UNIVERSAL_SERVICE")
        add(notification, "notificationDate", stamp())
        delivery = add(notification, "deliveryStatus")
        add(delivery, "receiveStatus", status)
        add(delivery, "statusDate", stamp())
        add(delivery, "resendMessage", resend)
        add(request, "requestDate", stamp())
        return self.call(root)

    def store(self, kind, fields, expected_status=200):
        root, request = wrapper(SYNC, "SendMessage", "request")
        info = add(request, "requestInfo")
        add(info, "messageId", "m")
        add(info, "serviceId", STORE_ID)
        add(info, "messageDate", stamp())
        sender = add(info, "sender")
        add(sender, "senderId", "otinish")
        add(sender, "password", self.password)
        asked = add(add(add(request, "requestData"), "data"), f"{{{STORE}}}tempStorageRequest")
        add(asked, f"{{{STORE}}}type", kind)
        part = add(asked, f"{{{STORE}}}{kind.lower()}Request")
        if kind == "UPLOAD":
            part = add(part, f"{{{STORE}}}fileUploadRequests")
        for name, value in fields.items():
            add(part, f"{{{STORE}}}{name}", value)
        answer = self.call(root, expected_status, "/shep/sync")
        return {etree.QName(each).localname: (each.text or "").strip() for each in answer.iter()}

    def upload(self, process, data, name="акт.pdf"):
        return self.store("UPLOAD", {"fileProcessIdentifier": process, "name": name,
                                     "content": base64.b64encode(data).decode(),
                                     "mime": "application/pdf"})["fileIdentifier"]

    @staticmethod
    def with_files(note, *ids):
        fields = FIELDS + [("appendCount", str(len(ids))), ("note", note)]
        for file_id in ids:
            attachment = etree.Element("attachments")
            add(attachment, "fileIdentifier", file_id)
            fields.append(attachment)
        return fields

    # -- tests
    def test_files_go_through_the_temporary_store(self):
        self.run_gateway()
        first = self.upload("m-1-1", b"one")
        self.assertEqual(self.upload("m-1-1", b"one"), first, "a repeated upload is the same file")
        self.assertNotEqual(self.upload("m-1-2", b"one"), first)
        note = "x; file=акт.pdf sha256=" + hashlib.sha256(b"one").hexdigest()
        case = text_of(self.call(self.request("m-1", self.with_files(note, first))),
                       "response/correlationId")
        self.assertEqual(self.gateway.state()["attachments"][case],
                         [{"name": "акт.pdf", "sha256": hashlib.sha256(b"one").hexdigest(),
                           "size": 3}])
        other = note.replace("акт", "басқа")
        wrong = "x; file=акт.pdf sha256=" + "0" * 64
        for key, fields, code in (
                ("m-2", self.with_files(wrong, first), "FILE_DIFFERS"),
                ("m-3", self.with_files(other, first), "FILE_DIFFERS"),
                ("m-4", self.with_files(note, "nobody"), "FILE_MISSING"),
                ("m-5", self.with_files(note), "FILE_MISSING"),
                ("m-6", self.with_files("x", first), "FILE_MISSING")):
            self.assertEqual(self.fault(self.request(key, fields)), code)
        self.assertEqual(self.store("UPLOAD", {"fileProcessIdentifier": "p", "content": "%%%"},
                                    500)["errorCode"], "DATA_INVALID")

    def test_the_representative_is_read_from_the_note(self):
        self.run_gateway()
        who = "Өкілі: «Үлгі» заң кеңсесі, БСН 990140900507; өкілеттігі: сенімхат № 12"
        file_id = self.upload("m-1-1", b"one")
        note = f"x; {who}; file=акт.pdf sha256={hashlib.sha256(b'one').hexdigest()}"
        for key, fields, expected in (("m-1", self.with_files(note, file_id), who),
                                      ("m-2", [*FIELDS, ("note", f"x; {who}")], who),
                                      ("m-3", [*FIELDS, ("note", "x")], "")):
            case = text_of(self.call(self.request(key, fields)), "response/correlationId")
            self.assertEqual(self.gateway.state()["representatives"].get(case, ""), expected)

    def test_a_decision_names_its_file(self):
        self.run_gateway()
        self.call(self.request("m-1"))
        data = self.get_messages()[-1].find("messageData/data")
        got = self.store("DOWNLOAD",
                         {"fileIdentifier": data.findtext("attachments/fileIdentifier")})
        content = base64.b64decode(got["content"])
        self.assertTrue(content.startswith(b"%PDF-"))
        digest = hashlib.sha256(content).hexdigest()
        self.assertEqual(text_of(data, "note"), f"; file={got['name']} sha256={digest}")
        self.assertEqual(self.store("DOWNLOAD", {"fileIdentifier": "nobody"})["code"],
                         "FILE_UNKNOWN")

    def test_an_appeal_is_answered_by_get_messages(self):
        self.run_gateway()
        answer = self.call(self.request("m-1"))
        correlation = text_of(answer, "response/correlationId")
        messages = self.get_messages()
        kinds = [text_of(each, "messageInfo/messageType") for each in messages]
        self.assertEqual(kinds, ["NOTIFICATION", "NOTIFICATION", "UPDATE", "RESPONSE"])
        self.assertEqual({text_of(each, "messageInfo/correlationId") for each in messages},
                         {correlation})
        decision = messages[-1].find("messageData/data")
        self.assertIn("Сіздің", text_of(decision, "description"))
        self.assertEqual(text_of(decision, "docToNumber"), "ЖТ-2026-00000001")
        self.assertEqual(text_of(decision, "docLang"), "KZ")
        self.assertIn(text_of(decision, "resolutionText"),
                      ("SATISFIED", "PARTLY", "REFUSED", "EXPLAINED"))

    def test_the_resolution_fits_the_kind(self):
        self.run_gateway()
        for kind, allowed in (("application", {"FAVOURABLE", "BURDENSOME"}),
                              ("complaint", {"CANCELLED", "NOT_SATISFIED"}),
                              ("proposal", {"SATISFIED", "PARTLY", "REFUSED", "EXPLAINED"})):
            self.call(self.request("m-" + kind, FIELDS + [
                ("docKind", kind), ("note", "x; Шағым нысанасы: акт № 15-K, 2026-11-01")]))
            decision = self.get_messages()[-1].find("messageData/data")
            self.assertEqual(text_of(decision, "docKind"), kind)
            self.assertIn(text_of(decision, "resolutionText"), allowed)

    def test_a_complaint_against_itself_is_not_decided(self):
        self.run_gateway()
        own = "; Обжалуется: %s № 15-K, 2026-11-01, БИН %s"
        for number, (subject, body, allowed) in enumerate((
                ("акт", "990140900507", {"FORWARDED"}),
                ("бездействие", "990140900507", {"SATISFIED_IN_FULL"}),
                ("акт", "940140000385", {"CANCELLED", "NOT_SATISFIED"}))):
            self.call(self.request(f"m-{number}", FIELDS + [
                ("docKind", "complaint"), ("note", "x" + own % (subject, body))]))
            decision = self.get_messages()[-1].find("messageData/data")
            self.assertIn(text_of(decision, "resolutionText"), allowed)

    def test_answers_fit_the_schema(self):
        self.run_gateway()
        schema = etree.XMLSchema(etree.parse(support.FOLDER + "/shep/async.xsd"))
        answer = self.call(self.request("m-1"))
        schema.assertValid(wsse.standalone(answer))
        root, request = wrapper(TYPES, "getMessages", "request")
        add(request, "serviceId", "ESEDO_UNIVERSAL_SERVICE")
        schema.assertValid(wsse.standalone(self.call(root)))
        root, request = wrapper(TYPES, "getMessageStatus", "request")
        add(request, "messageId", text_of(answer, "response/messageId"))
        add(request, "requestDate", stamp())
        add(add(request, "sender"), "senderId", "otinish")
        self.assertEqual(self.fault(root), "AUTH_PASSWORD")
        add(request.find("sender"), "password", self.password)
        status = self.call(root)
        schema.assertValid(wsse.standalone(status))
        self.assertEqual(text_of(status, "response/messageState"), "DELIVERED")

    def test_messages_come_again_until_acknowledged(self):
        self.run_gateway()
        self.call(self.request("m-1"))
        first = [text_of(each, "messageInfo/messageId") for each in self.get_messages()]
        again = [text_of(each, "messageInfo/messageId") for each in self.get_messages()]
        self.assertEqual(first, again)
        self.assertEqual(len(self.get_messages(2)), 2)
        self.acknowledge(first[0])
        self.acknowledge(first[0])
        self.acknowledge(first[1], "MESSAGE_NOT_ACCTEPTED", "RESEND")
        self.acknowledge(first[2], "MESSAGE_NOT_ACCTEPTED", "NOT_RESEND")
        left = [text_of(each, "messageInfo/messageId") for each in self.get_messages()]
        self.assertEqual(left, [first[1], first[3]])
        self.assertEqual(list(self.gateway.state()["not_accepted"]), [first[2]])

    def test_the_gateway_knows_no_duplicates_but_the_ministry_does(self):
        self.run_gateway()
        first, second = self.call(self.request("m-1")), self.call(self.request("m-1"))
        for name in ("messageId", "correlationId"):
            self.assertNotEqual(text_of(first, "response/" + name),
                                text_of(second, "response/" + name))
        # It answers where it was asked last, and is told there of what follows.
        correlation = text_of(second, "response/correlationId")
        said = {text_of(each, "messageInfo/correlationId") for each in self.get_messages()}
        self.assertEqual(said, {correlation})
        self.call(self.notification("m-2", correlation, [("execDate", "2026-04-13")]))
        self.assertEqual(list(self.gateway.state()["case_due_dates"].values()), ["2026-04-13"])
        other = [("description", "басқа"), *FIELDS[1:]]
        self.assertEqual(self.fault(self.request("m-1", other)), "DUPLICATE_MESSAGE")
        state = self.gateway.state()
        self.assertEqual((state["cases"], state["messages"]["m-1"]["arrived"]), (1, 3))

    def test_a_withdrawal_needs_its_correlation(self):
        self.run_gateway()
        correlation = text_of(self.call(self.request("m-1")), "response/correlationId")
        withdrawal = [*FIELDS, ("note", "withdrawal")]
        self.call(self.request("m-2", withdrawal, "UPDATE", correlation))
        self.assertEqual(self.gateway.state()["case_states"][correlation], "withdrawn")
        self.assertEqual(self.fault(self.request("m-3", withdrawal, "UPDATE", "no-such")),
                         "CORRELATION_UNKNOWN")

    def test_a_changed_term_needs_its_correlation(self):
        self.run_gateway()
        fields = [*FIELDS, ("executionDate", "2026-04-10")]
        correlation = text_of(self.call(self.request("m-1", fields)), "response/correlationId")
        self.assertEqual(self.gateway.state()["case_due_dates"], {correlation: "2026-04-10"})
        term = [("date", "2026-03-20T05:00:00Z"), ("execDate", "2026-04-13"),
                ("idPortalInternal", "17")]
        for _ in range(2):
            self.call(self.notification("m-2", correlation, term))
        for key, case, wrong, name, code in (
                ("m-3", "no-such", term, "stateNewExDate", "CORRELATION_UNKNOWN"),
                ("m-4", correlation, [("execDate", "soon")], "stateNewExDate", "DATA_INVALID"),
                ("m-5", correlation, term[:1], "stateNewExDate", "DATA_INVALID"),
                ("m-6", correlation, [*term[:2], ("idPortalInternal", "18")], "stateNewExDate",
                 "DATA_INVALID"),
                ("m-7", correlation, [*term, term[1]], "stateNewExDate", "DATA_REPEATED"),
                ("m-8", correlation, [*term, ("note", "x")], "stateNewExDate", "XSD_INVALID"),
                ("m-9", correlation, term, "stateProlongExDate", "DATA_TYPE")):
            self.assertEqual(self.fault(self.notification(key, case, wrong, name)), code, key)
        self.assertEqual(self.gateway.state()["case_due_dates"], {correlation: "2026-04-13"})

    def test_a_message_that_cannot_be_delivered_is_told(self):
        schema = etree.XMLSchema(etree.parse(support.FOLDER + "/shep/async.xsd"))
        seen = []

        def reply(_, data):
            element, _ = wsse.verify(self.peers("minfin"), data, now())
            schema.assertValid(wsse.standalone(element))
            seen.append([text_of(element, "request/notification/" + name)
                         for name in ("messageId", "messageState")])
            root, response = wrapper(CLIENT, etree.QName(element).localname + "Response",
                                     "response")
            add(response, "responseDate", stamp())
            add(response, "sessionId", guid())
            return 200, wsse.sign(self.key("hub"), wsse.envelope(root)), ()

        door = support.Door(reply)
        self.addCleanup(door.close)
        gateway = self.run_gateway("--push-url", door.url("/agency/minfin"), "--push-share", "0",
                                   "--faults", "delivery@1:not_delivered; "
                                               "delivery@2:not_delivered=DELIVERY_STOPPED")
        ids = [text_of(self.call(self.request("m-1")), "response/messageId") for _ in range(3)]
        support.wait_for(lambda: len(seen) == 2, "both told")
        self.assertEqual(sorted(seen), sorted([[ids[0], "NOT_DELIVERED"],
                                               [ids[1], "DELIVERY_STOPPED"]]))
        state = gateway.state()
        self.assertEqual((state["cases"], state["messages"]["m-1"]["arrived"]), (1, 1))

    def test_wrong_messages_are_refused(self):
        self.run_gateway()
        swapped = ("messageDate", "serviceId", "messageType", "routeId")
        no_text = [each for each in FIELDS if each[0] != "description"]
        wrong_uin = [each for each in FIELDS if each[0] != "userUin"] + \
            [("userUin", "850101100013")]
        for root, code in (
                (self.request("a", order=swapped), "XSD_INVALID"),
                (self.request("a", FIELDS + [("noSuchField", "1")]), "XSD_INVALID"),
                (self.request("a", messageType="ASK"), "XSD_INVALID"),
                (self.request("a", no_text), "DATA_INCOMPLETE"),
                (self.request("a", FIELDS + [("docKind", "complaint"), ("note", "x")]),
                 "DATA_INCOMPLETE"),
                (self.request("a", wrong_uin), "DATA_INVALID"),
                (self.request("a", FIELDS + [("docLang", "KZ")]), "DATA_REPEATED"),
                (self.request("a", correlation="given"), "CORRELATION_NOT_ALLOWED"),
                (self.request("a", serviceId="OTHER"), "SERVICE_UNKNOWN"),
                (self.request("a", senderId="other"), "AUTH_SENDER"),
                (self.request("a", password="wrong"), "AUTH_PASSWORD")):
            self.assertEqual(self.fault(root), code)
        status, data = self.post(wsse.to_bytes(wsse.envelope(self.request("a"))))
        self.assertEqual(status, 500)
        self.assertIn(b"AUTH_SIGNATURE_MISSING", data)
        status, data = self.post(b"<not xml")
        self.assertEqual(status, 500)
        self.assertIn(b"MALFORMED", data)
        self.assertEqual(self.gateway.state()["cases"], 0)

    def test_faults_count_requests(self):
        self.run_gateway("--faults", "sendMessage@1:http=503,retry_after=1; "
                                     "sendMessage@2:reset_after; sendMessage@4:fault=TEMP001")
        signed = wsse.sign(self.key("hub"), wsse.envelope(self.request("m-1")))
        self.assertEqual(self.post(signed)[0], 503)
        with self.assertRaises((ConnectionError, http.client.HTTPException)):
            self.post(signed)
        self.assertEqual(self.gateway.state()["cases"], 1)
        self.call(self.request("m-1"))
        self.assertEqual(self.fault(self.request("m-1")), "TEMP001")
        self.assertEqual(self.gateway.state()["cases"], 1)

    def test_the_operation_is_the_element_of_that_name(self):
        head = b'<s:Envelope xmlns:s="x"><s:Body><t:sendDeliveryNotification xmlns:t="y"><request>'
        for data, operation in (
                (head + b"<resendMessage>NOT_RESEND</resendMessage>", "sendDeliveryNotification"),
                (b"<sendMessage>", "sendMessage"), (b"<t:sendMessage\nxmlns:t='y'>", "sendMessage"),
                (b"<t:getMessages/>", "getMessages"),
                (b"<t:getMessageStatus >", "getMessageStatus"),
                (b"<resendMessage>RESEND</resendMessage>", "unknown"),
                (b"<note>sendMessage </note>", "unknown"), (b"", "unknown")):
            self.assertEqual(guess_operation(data), operation, data)

    def test_answers_can_be_spoiled(self):
        self.run_gateway()
        for fault in ("unsigned", "wrong_signature", "wrong_key", "malformed", "wrong_charset"):
            self.gateway.faults(json.dumps([{"op": "getMessages", "when": "1", "do": fault}]))
            root, request = wrapper(TYPES, "getMessages", "request")
            add(request, "serviceId", "ESEDO_UNIVERSAL_SERVICE")
            self.call(self.request("m-" + fault))
            _, data = self.post(wsse.sign(self.key("hub"), wsse.envelope(root)))
            with self.assertRaises(wsse.Refused):
                wsse.verify(self.peers("minfin"), data, now())
        self.gateway.faults("getMessages@1:duplicate")
        ids = [text_of(each, "messageInfo/messageId") for each in self.get_messages()]
        self.assertEqual(len(ids), 2 * len(set(ids)))

    def test_a_push_is_repeated_until_the_hub_answers_well(self):
        schema = etree.XMLSchema(etree.parse(support.FOLDER + "/shep/async.xsd"))
        seen = []

        def reply(_, data):
            element, _ = wsse.verify(self.peers("minfin"), data, now())
            schema.assertValid(wsse.standalone(element))
            name = etree.QName(element)
            root, response = wrapper(name.namespace, name.localname + "Response", "response")
            if name.namespace == TYPES:
                message_id = text_of(element, "request/messageInfo/messageId")
                seen.append((text_of(element, "request/messageInfo/messageType"), message_id))
                add(response, "messageId", message_id)
                add(response, "correlationId", "c")
            else:
                seen.append((name.localname, ""))
            add(response, "responseDate", stamp())
            add(response, "sessionId", guid())
            if len(seen) == 1:
                return 503, b"", ()
            return 200, wsse.sign(self.key("hub"), wsse.envelope(root)), ()

        door = support.Door(reply)
        self.addCleanup(door.close)
        gateway = self.run_gateway("--push-url", door.url("/agency/minfin"), "--push-share", "1")
        self.call(self.request("m-1"))
        support.wait_for(lambda: not gateway.state()["waiting"], "all messages pushed")
        kinds = [kind for kind, _ in seen]
        self.assertEqual(kinds, ["NOTIFICATION", "NOTIFICATION", "NOTIFICATION", "UPDATE",
                                 "RESPONSE", "changeMassageStatusNotification"])
        self.assertEqual(seen[0], seen[1])
        self.assertEqual(gateway.state()["pushes"],
                         {"sent": 6, "accepted": 5, "http_503": 1})
        self.assertEqual(self.get_messages(), [])
        self.assertTrue(CLIENT.endswith("/Client"))

    def test_cases_outlive_a_restart(self):
        data = self.work + "/data-" + uuid.uuid4().hex
        self.run_gateway("--data", data)
        first = self.call(self.request("m-1"))
        self.assertEqual(self.gateway.stop(), 0)
        self.run_gateway("--data", data)
        again = self.call(self.request("m-1"))
        self.assertNotEqual(text_of(again, "response/correlationId"),
                            text_of(first, "response/correlationId"))
        self.assertEqual(self.gateway.state()["cases"], 1)
        self.assertEqual(len(self.get_messages()), 4)

    def test_an_appeal_can_be_declared_not_valid(self):
        self.run_gateway("--faults", "case@1:not_valid=3")
        self.call(self.request("m-1"))
        last = self.get_messages()[-1].find("messageData/data")
        self.assertEqual(text_of(last, "isValidReason"), "3")


if __name__ == "__main__":
    unittest.main()
