#!/usr/bin/python3
"""A simulated ministry behind SHEP's asynchronous channel: SOAP 1.1, WS-Security. See README."""
import base64
import binascii
import hashlib
import os
import re
import sys
import uuid

from lxml import etree

from simlib import faults, identity, service, texts, wsse
from simlib.pdf import pdf
from simlib.keys import Refused
from simlib.pusher import Pusher

TYPES = "http://bip.bee.kz/AsyncChannel/v10/Types"
CLIENT = "http://bip.bee.kz/AsyncChannel/v10/Types/Client"
SYNC = "http://bip.bee.kz/SyncChannel/v10/Types"
STORE = "http://egov.bee.kz/eds/tempstorage/v2/"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
DOCUMENT = "http://esedo.nitec.kz/service/model/document"
NOTIFICATION = "http://esedo.nitec.kz/service/model/notification"
SERVICE_ID = "ESEDO_UNIVERSAL_SERVICE"
ROUTE_ID = "R_ESEDO"
STORE_ID = "EDS_TEMP_FILES"
SUCCESS = "SCSS001"
# docOL has no field for who acts for the applicant: the note says it in the language of the appeal.
REPRESENTATIVE_NOTE = re.compile(
    r"; ((?:Өкілі|Представитель|Representative): .+?)(?=; file=|\Z)", re.DOTALL)
# Nor for what a complaint contests.
CONTESTED_NOTE = re.compile(r"; (?:Шағым нысанасы|Обжалуется|Contested): (\S[^;]*)")
INACTION = ("әрекетсіздік", "бездействие", "inaction")
FILE_NOTE = re.compile(r"; file=(.+?) sha256=([0-9a-f]{64})(?=; file=|\Z)", re.DOTALL)
GATEWAY_OPS = ("sendMessage", "getMessages", "getMessageStatus", "sendDeliveryNotification")
GET_MESSAGES_DEFAULT = 10
GET_MESSAGES_MAX = 100
FOLDER = os.path.dirname(os.path.abspath(__file__))
LANGUAGES = {"RU", "KZ", "KZRU", "ENG", "Other", "KZOther", "RUOther"}
DOC_LANG = {"kk": "KZ", "ru": "RU", "en": "ENG"}
# What is decided on an application and a complaint is an act, not an answer (APPC 77, 100).
RESOLUTION = {
    "application": {"satisfied": "FAVOURABLE", "partly": "FAVOURABLE", "refused": "BURDENSOME",
                    "explained": "FAVOURABLE"},
    "complaint": {"satisfied": "CANCELLED", "partly": "CANCELLED", "refused": "NOT_SATISFIED",
                  "explained": "NOT_SATISFIED", "sent_up": "FORWARDED",
                  "satisfied_here": "SATISFIED_IN_FULL"},
    "": {"satisfied": "SATISFIED", "partly": "PARTLY", "refused": "REFUSED",
         "explained": "EXPLAINED"},
}


class Fault(Exception):
    def __init__(self, code, text):
        super().__init__(code)
        self.code = code
        self.text = text


def guid():
    return "{" + str(uuid.uuid4()) + "}"


def stamp():
    return service.local_time().isoformat()


def add(parent, name, text=None):
    child = etree.SubElement(parent, name)
    if text is not None:
        child.text = str(text)
    return child


def text_of(parent, path):
    return (parent.findtext(path) or "").strip()


def type_of(data):
    """Namespace and name of xsi:type."""
    prefix, _, name = data.get(f"{{{XSI}}}type", "").rpartition(":")
    return data.nsmap.get(prefix or None), name


def wrapper(namespace, name, inner):
    root = etree.Element(f"{{{namespace}}}{name}", nsmap={"t": namespace})
    return root, etree.SubElement(root, inner)


def fault_body(operation, code, text):
    fault = etree.Element(f"{{{wsse.SOAP}}}Fault", nsmap={"soap": wsse.SOAP})
    add(fault, "faultcode", "soap:Server" if code.startswith("TEMP") else "soap:Client")
    add(fault, "faultstring", text)
    name = f"{operation}Fault1_{operation}Fault"
    info = etree.SubElement(add(fault, "detail"), f"{{{TYPES}}}{name}", nsmap={"t": TYPES})
    add(info, "errorCode", code)
    add(info, "errorMessage", text)
    add(info, "errorDate", stamp())
    add(info, "sessionId", guid())
    return fault


def data_element(namespace, prefix, type_name, fields):
    data = etree.Element("data", nsmap={prefix: namespace, "xsi": XSI})
    data.set(f"{{{XSI}}}type", f"{prefix}:{type_name}")
    for field in fields:
        if not isinstance(field, tuple):
            data.append(field)
        elif field[1] not in (None, ""):
            add(data, *field)
    return data


class Gateway(service.Agency):
    ops = {**dict.fromkeys((*GATEWAY_OPS, "files"), faults.SERVED | {"fault"}),
           "push": faults.BODY | {"skip", "reset_after"}, "case": {"not_valid"},
           "delivery": {"not_delivered"}}

    def __init__(self, args):
        self.schema = etree.XMLSchema(etree.parse(os.path.join(FOLDER, "shep", "async.xsd")))
        self.password = args.sender_password
        if args.pki and not self.password:
            with open(os.path.join(args.pki, "shep-password"), encoding="ascii") as file:
                self.password = file.read().strip()
        self.pushes = {}
        super().__init__(args, "minfin")
        for table in ("outgoing", "by_number", "sent", "refused_by_receiver", "files",
                      "conversations"):
            self.db.setdefault(table, {})
        self.pusher = None
        if args.push_url:
            self.pusher = Pusher(args.push_url, args.push_ca, args.push_attempts, self.push_once,
                                 self.push_gave_up)
            for message in list(self.db["outgoing"].values()):
                if message["mode"] == "push":
                    self.pusher.put(message["case_id"], message["id"])

    def threads(self):
        return super().threads() + (self.pusher.threads(self.stopping) if self.pusher else [])

    def state(self):
        result = super().state()
        with self.lock:
            result.update(pushes=dict(self.pushes), waiting=len(self.db["outgoing"]),
                          not_accepted=dict(self.db["refused_by_receiver"]),
                          attachments={key: case.get("files", []) for key, case in
                                       self.db["cases"].items()},
                          representatives={key: case.get("representative", "") for key, case in
                                           self.db["cases"].items()})
        return result

    # -- one request of the participant
    def answer(self, data):
        """(HTTP status, body element, operation). Raises nothing but programming errors."""
        operation = "sendMessage"
        try:
            element, _ = wsse.verify(self.peers, data, service.now())
            name = etree.QName(element)
            if name.namespace != TYPES or name.localname not in GATEWAY_OPS:
                raise Fault("OPERATION_UNKNOWN", "the gateway has no such operation")
            operation = name.localname
            alone = wsse.standalone(element)
            if not self.schema.validate(alone):
                error = self.schema.error_log[0]
                raise Fault("XSD_INVALID", f"line {error.line}: {error.type_name} at {error.path}")
            return 200, getattr(self, "do_" + operation)(alone[0]), operation
        except Refused as refused:
            code = refused.code
            problem = Fault(code, refused.text)
        except Fault as fault:
            code, problem = fault.code, fault
        self.count(self.refused, code)
        service.LOG.warning("refused %s: %s", operation, code)
        return 500, fault_body(operation, problem.code, problem.text), operation

    def answer_sync(self, data):
        """The synchronous channel: only the temporary store of files listens there."""
        try:
            element, _ = wsse.verify(self.peers, data, service.now())
            if element.tag != f"{{{SYNC}}}SendMessage":
                raise Fault("OPERATION_UNKNOWN", "the channel has no such operation")
            info = element.find("request/requestInfo")
            names = [child.tag for child in info] if info is not None else []
            if names != ["messageId", "serviceId", "messageDate", "sender"]:
                raise Fault("XSD_INVALID", "requestInfo lacks an element or its order is wrong")
            self.check_sender(info.find("sender"))
            if text_of(info, "serviceId") != STORE_ID:
                raise Fault("SERVICE_UNKNOWN", "no such service in the register of interactions")
            asked = element.find(f"request/requestData/data/{{{STORE}}}tempStorageRequest")
            if asked is None:
                raise Fault("DATA_TYPE", "tempStorageRequest is expected")
            return 200, self.sync_answer(text_of(info, "messageId"), self.store(asked))
        except (Refused, Fault) as problem:
            self.count(self.refused, problem.code)
            service.LOG.warning("refused files: %s", problem.code)
            return 500, fault_body("SendMessage", problem.code, problem.text)

    @staticmethod
    def sync_answer(message_id, content):
        root, response = wrapper(SYNC, "SendMessageResponse", "response")
        info = add(response, "responseInfo")
        add(info, "messageId", message_id)
        add(info, "responseDate", stamp())
        status = add(info, "status")
        add(status, "code", SUCCESS)
        add(status, "message", "OK")
        add(add(response, "responseData"), "data").append(content)
        return root

    def store(self, asked):
        def of(parent, *names):
            return (parent.findtext("/".join(f"{{{STORE}}}{name}" for name in names)) or "").strip()

        def put(parent, name, text=None):
            return add(parent, f"{{{STORE}}}{name}", text)

        kind = of(asked, "type")
        answer = etree.Element(f"{{{STORE}}}tempStorageResponse", nsmap={"f": STORE})
        put(answer, "type", kind)
        if kind == "UPLOAD":
            one = asked.find(f"{{{STORE}}}uploadRequest/{{{STORE}}}fileUploadRequests")
            if one is None:
                raise Fault("DATA_INCOMPLETE", "no file is uploaded")
            process, content = of(one, "fileProcessIdentifier"), of(one, "content")
            try:
                data = base64.b64decode("".join(content.split()), validate=True)
            except (ValueError, binascii.Error) as error:
                raise Fault("DATA_INVALID", "content is not base64") from error
            digest = hashlib.sha256(data).hexdigest()
            file_id = str(uuid.uuid5(uuid.NAMESPACE_OID, process + digest))
            with self.lock:
                self.db["files"][file_id] = {"name": of(one, "name"), "mime": of(one, "mime"),
                                             "content": base64.b64encode(data).decode("ascii"),
                                             "sha256": digest}
                self._dirty = True
            result = put(put(answer, "uploadResponse"), "fileUploadResponses")
            put(result, "fileProcessIdentifier", process)
            put(put(result, "status"), "code", SUCCESS)
            put(result, "fileIdentifier", file_id)
        elif kind == "DOWNLOAD":
            file_id = of(asked, "downloadRequest", "fileIdentifier")
            with self.lock:
                known = self.db["files"].get(file_id)
            result = put(put(answer, "downloadResponse"), "fileDownloadResponses")
            put(result, "fileIdentifier", file_id)
            put(put(result, "status"), "code", SUCCESS if known else "FILE_UNKNOWN")
            for name in ("content", "name", "mime") if known else ():
                put(result, name, known[name])
        else:
            raise Fault("DATA_INVALID", "type is UPLOAD or DOWNLOAD")
        return answer

    def take_files(self, data):
        """The files a document names: each must be in the store and be what the note says."""
        said = [found.group(1, 2) for found in FILE_NOTE.finditer(text_of(data, "note"))]
        ids = [(each.findtext("fileIdentifier") or "").strip()
               for each in data.findall("attachments")]
        count = text_of(data, "appendCount") or "0"
        if count != str(len(ids)) or len(said) != len(ids):
            raise Fault("FILE_MISSING", "appendCount, attachments and the note do not agree")
        taken = []
        for file_id, (name, digest) in zip(ids, said):
            known = self.db["files"].get(file_id)
            if known is None:
                raise Fault("FILE_MISSING", "a file is not in the temporary store")
            bytes_of = base64.b64decode(known["content"])
            if hashlib.sha256(bytes_of).hexdigest() != digest or known["name"] != name:
                raise Fault("FILE_DIFFERS", "a file is not what the document says")
            taken.append({"name": name, "sha256": digest, "size": len(bytes_of)})
        return taken

    def check_sender(self, sender):
        if text_of(sender, "senderId") != self.args.sender_id:
            raise Fault("AUTH_SENDER", "the sender is not registered")
        if self.password and text_of(sender, "password") != self.password:
            raise Fault("AUTH_PASSWORD", "the sender's password is wrong")

    def do_sendMessage(self, request):
        info = request.find("messageInfo")
        self.check_sender(info.find("sender"))
        if text_of(info, "serviceId") != SERVICE_ID:
            raise Fault("SERVICE_UNKNOWN", "no such service in the register of interactions")
        if text_of(info, "routeId") not in ("", ROUTE_ID):
            raise Fault("ROUTE_UNKNOWN", "no such route")
        data = request.find("messageData/data")
        kind, correlation = text_of(info, "messageType"), text_of(info, "correlationId")
        if kind == "REQUEST" and correlation:
            raise Fault("CORRELATION_NOT_ALLOWED", "SHEP gives the correlationId of a REQUEST")
        # The gateway knows no duplicates: every message gets ids of its own.
        message_id = str(uuid.uuid4())
        correlation = correlation or str(uuid.uuid4())
        label = next((text_of(each, "value") for each in info.findall("properties")
                      if text_of(each, "key") == "otinishMessageId"), "")
        with self.lock:
            lost = self.faults.take("delivery").get("not_delivered")
            if lost is None:
                self.to_ministry(kind, correlation, message_id, data, label)
            self.db["sent"][message_id] = lost.get("state", "NOT_DELIVERED") if lost is not None \
                else "DELIVERED"
            self._dirty = True
            if lost is not None:
                self.queue_state_change(message_id, message_id)
        root, response = wrapper(TYPES, "sendMessageResponse", "response")
        add(response, "messageId", message_id)
        add(response, "correlationId", correlation)
        add(response, "responseDate", stamp())
        add(response, "sessionId", guid())
        return root

    def to_ministry(self, kind, correlation, message_id, data, label):
        """The ministry behind the gateway knows a document by its uniqueNumber, and nothing by the
        sender's `label`, under which the state page counts what has no number; under the lock."""
        number = text_of(data, "uniqueNumber")
        digest = hashlib.sha256(etree.tostring(data, method="c14n", exclusive=True)).hexdigest()
        if not number:
            self.arrived(label or message_id)
            self.take(kind, correlation, "", message_id, data)
            return
        self.arrived(number)
        known = self.db["by_number"].get(number)
        if known is None:
            self.take(kind, correlation, number, message_id, data)
            self.db["by_number"][number] = {"digest": digest, "case": self.case_of(correlation)}
        elif known["digest"] != digest:
            raise Fault("DUPLICATE_MESSAGE", "another content came under this number before")
        elif kind == "REQUEST":
            # Known already: every REQUEST gets its answers. What was told is told there again, what
            # waits or is still to come goes where the ministry was asked last.
            case = self.db["cases"][known["case"]]
            self.db["conversations"][correlation] = known["case"]
            case["correlation"] = correlation
            told = [each for each in case.get("told", []) if each["id"] not in self.db["outgoing"]]
            case["told"] = [each for each in case.get("told", []) if each not in told]
            for each in told:
                self.tell(case, each["kind"], each["data"])

    def case_of(self, correlation):
        return self.db["conversations"].get(correlation, correlation)

    def take(self, kind, correlation, number, message_id, data):
        """A document seen for the first time; under the lock."""
        if kind == "REQUEST":
            document = self.read_docol(data)
            document["files"] = self.take_files(data)
            self.accept(number or message_id, message_id, correlation, document)
        else:
            case = self.db["cases"].get(self.case_of(correlation))
            if case is None:
                raise Fault("CORRELATION_UNKNOWN", "no REQUEST with this correlationId")
            space, name = type_of(data)
            if space == NOTIFICATION:
                case["due_date"] = self.new_due_date(case, name, data)
            elif text_of(data, "note") == "withdrawal":
                self.stop_case(case, "withdrawn")
            else:
                case["files"] = case.get("files", []) + self.take_files(data)
                case["supplements"] = case.get("supplements", 0) + 1

    @staticmethod
    def new_due_date(case, name, data):
        if name != "stateNewExDate":
            raise Fault("DATA_TYPE", "of the notifications only stateNewExDate is taken")
        names = [child.tag for child in data]
        if len(names) != len(set(names)):
            raise Fault("DATA_REPEATED", "a field of stateNewExDate stands there twice")
        if text_of(data, "idPortalInternal") not in ("", case["portal_id"]):
            raise Fault("DATA_INVALID", "idPortalInternal is of another document")
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text_of(data, "execDate")):
            raise Fault("DATA_INVALID", "execDate is not a date")
        return text_of(data, "execDate")

    def read_docol(self, data):
        if type_of(data) != (DOCUMENT, "docOL"):
            raise Fault("DATA_TYPE", "an appeal is sent as docOL")
        names = [child.tag for child in data if child.tag != "attachments"]
        if len(names) != len(set(names)):
            raise Fault("DATA_REPEATED", "a field of docOL stands there twice")
        fields = {child.tag: (child.text or "").strip() for child in data}
        if not fields.get("description"):
            raise Fault("DATA_INCOMPLETE", "description is empty")
        if not fields.get("regNumberOL"):
            raise Fault("DATA_INCOMPLETE", "regNumberOL is empty")
        if fields.get("documentType") not in ("0", "1"):
            raise Fault("DATA_INVALID", "documentType is 0 or 1")
        if fields.get("docLang") not in LANGUAGES:
            raise Fault("DATA_INVALID", "docLang is not in its list")
        if fields.get("docKind") == "complaint" and not CONTESTED_NOTE.search(fields.get("note", "")):
            raise Fault("DATA_INCOMPLETE", "the note of a complaint does not say what it contests")
        if fields.get("userUin") and not identity.check_digit_fits(fields["userUin"]):
            raise Fault("DATA_INVALID", "userUin has a wrong check digit")
        return fields

    @staticmethod
    def against_itself(document):
        """What the note of a complaint says that it contests, and of which body."""
        contested = CONTESTED_NOTE.search(document.get("note", ""))
        if document.get("docKind") != "complaint" or not contested:
            return None
        number = re.search(r"\b\d{12}\b", contested[1])
        subject = "inaction" if contested[1].startswith(INACTION) else "act"
        return texts.against_itself("minfin", number and number[0], subject)

    def accept(self, key, message_id, correlation, document):
        seed = self.args.seed
        push = bool(self.args.push_url) and \
            service.chance(seed, "push", key) < self.args.push_share
        case = {"case_id": correlation, "message_id": key, "shep_id": message_id,
                "mode": "push" if push else "pull", "uin": document.get("userUin", ""),
                "portal_id": document.get("idPortalInternal", ""),
                "reg_number": document.get("regNumberOL", ""),
                "due_date": document.get("executionDate", ""),
                "kind": document.get("docKind", ""), "files": document["files"],
                "representative": "".join(REPRESENTATIVE_NOTE.findall(document.get("note", ""))),
                "received": service.local_time().date().isoformat(),
                "lang": texts.language(document.get("docLang")),
                "outcome": self.against_itself(document) or
                service.pick(seed, ("satisfied", "satisfied", "partly", "refused", "explained"),
                             "outcome", key)}
        invalid = self.faults.take("case").get("not_valid")
        case["invalid_reason"] = invalid.get("text", "3") if invalid is not None else None
        self.open_case(case, ["delivered", "not_valid"] if invalid is not None else None)
        if push and self.args.state_notifications:
            self.queue_state_change(message_id, correlation)

    # -- what the ministry sends back
    def do_step(self, case, step):
        fields = [("date", stamp()), ("idPortalInternal", case["portal_id"])]
        if step == "delivered":
            self.post(case, "NOTIFICATION", NOTIFICATION, "n", "stateDelivered",
                      [*fields, ("userUin", case["uin"])])
        elif step == "registered":
            case["agency_number"] = f"МФ-{service.local_time().year}-{self.number('reg'):06d}"
            self.post(case, "NOTIFICATION", NOTIFICATION, "n", "stateRegistered",
                      [*fields, ("regNo", case["agency_number"]), ("userUin", case["uin"])])
        elif step == "not_valid":
            self.post(case, "NOTIFICATION", NOTIFICATION, "n", "stateNotValid",
                      [*fields, ("isValidReason", case["invalid_reason"]),
                       ("userUin", case["uin"])])
        elif step == "extended":
            until = service.extended_until()
            self.post(case, "UPDATE", NOTIFICATION, "n", "stateProlongExDate",
                      [*fields, ("execDate", until)])
        else:
            self.post(case, "RESPONSE", DOCUMENT, "d", "docOutgoing", self.reply(case))

    def reply(self, case):
        answer = texts.decision("minfin", case["lang"], case["outcome"], case["reg_number"],
                                case["received"], self.args.seed, case["message_id"])
        today = service.local_time().date().isoformat()
        number = f"{self.number('doc')}/МФ-{service.local_time().year}"
        name = f"sheshim-{case['case_id']}.pdf"
        data = pdf(["MINISTRY OF FINANCE (SIMULATED)", f"Decision on {case['case_id']}",
                    f"Result: {case['outcome']}", f"Date: {today}"])
        digest = hashlib.sha256(data).hexdigest()
        file_id = str(uuid.uuid5(uuid.NAMESPACE_OID, case["case_id"] + digest))
        self.db["files"][file_id] = {"name": name, "mime": "application/pdf", "sha256": digest,
                                     "content": base64.b64encode(data).decode("ascii")}
        attachment = etree.Element("attachments")
        add(attachment, "fileIdentifier", file_id)
        return [attachment, ("description", answer["text"]), ("docKind", case["kind"]),
                ("docLang", DOC_LANG[case["lang"]]), ("docNo", number),
                ("docToNumber", case["reg_number"]),
                ("executionDate", today), ("executor", answer["official"]),
                ("idPortalInternal", case["portal_id"]),
                ("note", f"; file={name} sha256={digest}"), ("preparedDate", today),
                ("resolutionText", RESOLUTION.get(case["kind"], RESOLUTION[""])[case["outcome"]]),
                ("signerNameKz", answer["official"]), ("signerNameRu", answer["official"])]

    def post(self, case, kind, namespace, prefix, type_name, fields):
        data = data_element(namespace, prefix, type_name, fields)
        self.tell(case, kind, etree.tostring(data, encoding="unicode"))

    def tell(self, case, kind, data):
        message = {"id": str(uuid.uuid4()), "case_id": case["case_id"], "kind": kind,
                   "mode": case["mode"], "date": stamp(), "operation": "sendMessage", "data": data}
        case.setdefault("told", []).append({"id": message["id"], "kind": kind, "data": data})
        self.queue(message)

    def queue_state_change(self, about, order):
        """Tells the sender what became of its message; pushes of one `order` keep their order."""
        self.queue({"id": str(uuid.uuid4()), "case_id": order, "mode": "push",
                    "operation": "changeMassageStatusNotification", "date": stamp(),
                    "about": about})

    def queue(self, message):
        self.db["outgoing"][message["id"]] = message
        if message["mode"] == "push" and getattr(self, "pusher", None):
            self.pusher.put(message["case_id"], message["id"])

    def fill(self, parent, message):
        info = add(parent, "messageInfo")
        add(info, "messageId", message["id"])
        case = self.db["cases"].get(message["case_id"], {})
        add(info, "correlationId", case.get("correlation", message["case_id"]))
        add(info, "serviceId", SERVICE_ID)
        add(info, "messageType", message["kind"])
        add(info, "messageDate", message["date"])
        add(add(info, "sender"), "senderId", "minfin")
        add(info, "sessionId", guid())
        add(parent, "messageData").append(wsse.parse(message["data"].encode("utf-8")))

    # -- getMessages and its acknowledgement
    def do_getMessages(self, request):
        sender = request.find("sender")
        if sender is not None:
            self.check_sender(sender)
        amount = int(text_of(request, "amount") or 0) or GET_MESSAGES_DEFAULT
        wanted_id, wanted_case = text_of(request, "messageId"), text_of(request, "correlationId")
        with self.lock:
            waiting = [message for message in self.db["outgoing"].values()
                       if message["mode"] == "pull"
                       and wanted_id in ("", message["id"])
                       and self.case_of(wanted_case) in ("", message["case_id"])]
        waiting = waiting[:max(0, min(amount, GET_MESSAGES_MAX))]
        root, response = wrapper(TYPES, "getMessagesResponse", "response")
        add(response, "responseDate", stamp())
        add(response, "sessionId", guid())
        for message in waiting:
            self.fill(add(response, "messages"), message)
        return root

    def do_sendDeliveryNotification(self, request):
        sender = request.find("sender")
        if sender is not None:
            self.check_sender(sender)
        notification = request.find("notification")
        message_id = text_of(notification, "messageId")
        accepted = text_of(notification, "deliveryStatus/receiveStatus") == "MESSAGE_ACCEPTED"
        resend = text_of(notification, "deliveryStatus/resendMessage") == "RESEND"
        with self.lock:
            if message_id in self.db["outgoing"] and (accepted or not resend):
                del self.db["outgoing"][message_id]
                self._dirty = True
                if not accepted:
                    self.db["refused_by_receiver"][message_id] = \
                        text_of(notification, "deliveryStatus/error/errorCode")
        root, response = wrapper(TYPES, "sendDeliveryNotificationResponse", "response")
        add(response, "notificationId", str(uuid.uuid4()))
        add(response, "responseDate", stamp())
        add(response, "sessionId", guid())
        return root

    def do_getMessageStatus(self, request):
        self.check_sender(request.find("sender"))
        message_id = text_of(request, "messageId")
        with self.lock:
            state = self.db["sent"].get(message_id)
            waiting = message_id in self.db["outgoing"]
        if not state and not waiting:
            raise Fault("MESSAGE_UNKNOWN", "no message with this messageId")
        root, response = wrapper(TYPES, "getMessageStatusResponse", "response")
        add(response, "messageState", state or "ON_DELIVERY")
        status = add(response, "status")
        add(status, "statusCode", "SCSS001")
        add(status, "statusMessage", "OK")
        add(status, "statusDate", stamp())
        add(response, "responseDate", stamp())
        add(response, "sessionId", guid())
        return root

    # -- push to the hub's door
    def push_body(self, message):
        if message["operation"] == "sendMessage":
            root, request = wrapper(TYPES, "sendMessage", "request")
            self.fill(request, message)
            return root
        root, request = wrapper(CLIENT, "changeMassageStatusNotification", "request")
        notification = add(request, "notification")
        add(notification, "notificationId", message["id"])
        add(notification, "messageId", message["about"])
        add(notification, "notificationDate", message["date"])
        with self.lock:
            state = self.db["sent"].get(message["about"], "DELIVERED")
        add(notification, "messageState", state)
        good = state == "DELIVERED"
        status = add(notification, "status")
        add(status, "statusCode", SUCCESS if good else "RECEIVER_DOWN")
        add(status, "statusMessage", "OK" if good else "the receiver does not answer")
        add(status, "statusDate", message["date"])
        add(request, "requestDate", stamp())
        add(request, "sessionId", guid())
        return root

    def push_once(self, message_id, connection, path):
        with self.lock:
            message = self.db["outgoing"].get(message_id)
        if message is None or message["mode"] != "push":
            return
        plan = self.faults.take("push")
        if "skip" in plan:
            raise ConnectionError("skipped by the fault script")
        body = service.spoiled(self.signed(wsse.envelope(self.push_body(message)), plan), plan)
        for _ in range(2 if "duplicate" in plan else 1):
            self.count(self.pushes, "sent")
            connection.request("POST", path, body, {"Content-Type": "text/xml; charset=utf-8",
                                                    "SOAPAction": '""'})
            if "reset_after" in plan:
                connection.close()
                raise ConnectionError("the answer was not waited for")
            reply = connection.getresponse()
            data = reply.read(service.BODY_BYTES_MAX)
        self.check_push_reply(message, reply.status, data)
        self.count(self.pushes, "accepted")
        with self.lock:
            self.db["outgoing"].pop(message_id, None)
            self._dirty = True

    def check_push_reply(self, message, status, data):
        if status != 200:
            self.count(self.pushes, f"http_{status}")
            raise Refused("PUSH", f"HTTP {status}")
        try:
            element, _ = wsse.verify(self.peers, data, service.now())
            client = message["operation"] != "sendMessage"
            expected = f"{{{CLIENT if client else TYPES}}}{message['operation']}Response"
            if element.tag != expected or not self.schema.validate(wsse.standalone(element)):
                raise Refused("MALFORMED", "the answer does not fit the contract")
            if not client and text_of(element, "response/messageId") != message["id"]:
                raise Refused("MALFORMED", "the answer names another message")
        except Refused as refused:
            self.count(self.pushes, refused.code)
            raise

    def push_gave_up(self, message_id):
        """The real gateway then keeps the message for getMessages."""
        self.count(self.pushes, "gave_up")
        with self.lock:
            message = self.db["outgoing"].get(message_id)
            if message is None:
                return
            if message["operation"] == "sendMessage":
                message["mode"] = "pull"
            else:
                del self.db["outgoing"][message_id]
            self._dirty = True

    # -- signing, with its faults
    def signed(self, root, plan):
        how = plan.signature()
        if how == "unsigned":
            return wsse.to_bytes(root)
        if how == "wrong_key":
            return wsse.sign(self.wrong_key(), root)
        data = wsse.sign(self.own, root)
        if how == "wrong_signature":
            # A changed number keeps the document well-formed but breaks the digest of Body.
            data = data.replace(b"Date>2", b"Date>3", 1)
        return data


class Handler(service.Handler):
    def do_POST(self):
        path = self.path.split("?")[0]
        if path not in ("/shep/async", "/shep/sync"):
            self.body()
            self.send(404, b"not found\n", "text/plain")
            return
        data = self.body()
        operation = "files" if path == "/shep/sync" else guess_operation(data)
        agency = self.agency
        agency.count(agency.requests, operation)
        plan = agency.faults.take(operation)
        if self.early_fault(plan, body_read=True):
            return
        if "fault" in plan:
            options = plan["fault"]
            status, body = 500, fault_body(operation, options.get("code", "TEMP001"),
                                           options.get("text", "temporarily unavailable"))
        elif path == "/shep/sync":
            status, body = agency.answer_sync(data)
        else:
            status, body, operation = agency.answer(data)
        if "reset_after" in plan:
            self.drop()
            return
        if "duplicate" in plan and operation == "getMessages" and status == 200:
            response = body[0]
            for message in response.findall("messages"):
                response.append(wsse.standalone(message))
        reply = service.spoiled(agency.signed(wsse.envelope(body), plan), plan)
        times = 2 if "duplicate" in plan and operation != "getMessages" else 1
        self.send(status, reply, "text/xml; charset=utf-8", times=times)

    def do_GET(self):
        self.send(405, b"SOAP over POST only\n", "text/plain", [("Allow", "POST")])


def guess_operation(data):
    """The operation for counters and fault scripts, before anything is verified."""
    found = re.search(rb"<(?:[\w.-]+:)?(%s)[\s/>]" % "|".join(GATEWAY_OPS).encode(), data)
    return found[1].decode() if found else "unknown"


def main():
    options = service.parser(__doc__, "minfin")
    service.add_tls_options(options)
    options.add_argument("--push-share", type=float, default=0.5,
                         help="share of the cases answered by push; the rest by getMessages")
    options.add_argument("--no-state-notifications", dest="state_notifications",
                         action="store_false",
                         help="do not push changeMassageStatusNotification")
    options.add_argument("--sender-id", default="otinish")
    options.add_argument("--sender-password", help="default: PKI/shep-password; empty: any")
    args = options.parse_args()
    gateway = Gateway(args)
    gateway.serve(service.http_server(gateway, Handler, args))


if __name__ == "__main__":
    sys.exit(main())
