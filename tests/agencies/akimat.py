#!/usr/bin/python3
"""A simulated akimat with a REST case system (JSON, detached JWS both ways). See README.md."""
import hashlib
import json
import re
import sys
import urllib.parse

from simlib import faults, identity, jws, pdf, service, texts
from simlib.keys import Refused
from simlib.pusher import Pusher

RESULT = {"satisfied": "SATISFIED", "partly": "PARTLY", "refused": "REFUSED",
          "explained": "EXPLAINED", "terminated": "TERMINATED", "sent_up": "SENT_UP",
          "satisfied_here": "SATISFIED_IN_FULL"}
KINDS = {"application", "complaint", "message", "proposal", "response", "request", "petition"}
CONTESTED = {"act", "action", "inaction"}
LIST_MAX = 200
SHA256 = re.compile(r"[0-9a-f]{64}\Z")
CASE_PATH = re.compile(r"/api/v1/cases/([^/]+)/(supplements|withdrawal|term|attachments/([^/]+))\Z")


class Problem(Exception):
    def __init__(self, status, code, message, field=None, headers=()):
        super().__init__(code)
        self.status, self.headers = status, headers
        self.error = {"code": code, "message": message}
        if field:
            self.error["field"] = field


def canonical(value):
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def required_text(value, name, chars_max=200_000):
    found = value.get(name)
    if not isinstance(found, str) or not found.strip():
        raise Problem(422, "FIELD_REQUIRED", "a text is needed", name)
    if len(found) > chars_max:
        raise Problem(422, "FIELD_TOO_LONG", f"at most {chars_max} characters", name)
    return found


class Akimat(service.Agency):
    ops = dict.fromkeys(("create", "find", "attachment", "supplement", "withdrawal", "term", "changes",
                         "download", "ping"), faults.SERVED)
    ops["create"] = faults.SERVED | {"not_ours"}
    ops["push"] = faults.BODY | {"skip", "reset_after"}

    def __init__(self, args):
        self.seen = jws.SeenIds()
        self.pushes = {}
        super().__init__(args, "akimat")
        self.db.setdefault("changes", [])
        for table in ("idempotency", "files"):
            self.db.setdefault(table, {})
        self.pusher = None
        if args.push_url:
            self.pusher = Pusher(args.push_url, args.push_ca, args.push_attempts, self.push_once,
                                 lambda item: self.count(self.pushes, "gave_up"))

    def threads(self):
        return super().threads() + (self.pusher.threads(self.stopping) if self.pusher else [])

    def state(self):
        result = super().state()
        with self.lock:
            result.update(pushes=dict(self.pushes), changes=len(self.db["changes"]),
                          attachments={case_id: case["received_files"] for case_id, case in
                                       self.db["cases"].items() if case["received_files"]})
        return result

    # -- requests
    def create(self, key, data):
        value = self.parse(data)
        self.check_case(key, value)
        digest = hashlib.sha256(canonical(value).encode("utf-8")).hexdigest()
        with self.lock:
            self.arrived(key)
            known = None if self.args.forgetful else self.repeated(key, digest)
            if known:
                return 200, known
            number = self.number("case")
            case_id = f"AK-{service.local_time().year}-{number:06d}"
            answer = {"caseId": case_id, "status": "accepted"}
            contested = value.get("contested", {})
            self.db["idempotency"][key] = {"digest": digest, "answer": answer}
            self.open_case({
                "case_id": case_id, "message_id": key, "lang": texts.language(value["language"]),
                "number": value["registrationNumber"], "kind": value["kind"],
                "due_date": value["dueDate"],
                "applicants": [each.get("iin") or each.get("bin") or "" for each in
                               [value["citizen"], *value.get("coApplicants", [])]],
                "received": service.local_time().date().isoformat(),
                "expected_files": {each["sha256"]: each["size"]
                                   for each in value.get("attachments", [])},
                "received_files": [],
                "outcome": texts.against_itself("akimat", contested.get("bodyBin"),
                                                contested.get("subject")) or
                service.pick(self.args.seed, ("satisfied", "satisfied", "partly",
                                              "refused", "explained"), "outcome", key)})
            return 201, answer

    def find(self, query):
        wanted = urllib.parse.parse_qs(query).get("externalId", [""])[0]
        with self.lock:
            return 200, {"items": [{"caseId": case["case_id"], "externalId": wanted}
                                   for case in self.db["cases"].values()
                                   if case["message_id"] == wanted]}

    def parse(self, data):
        try:
            value = json.loads(data.decode("utf-8"))
        except ValueError as error:
            raise Problem(400, "BAD_JSON", "the body is not JSON in UTF-8") from error
        if not isinstance(value, dict):
            raise Problem(400, "BAD_JSON", "the body is not an object")
        return value

    def repeated(self, key, digest):
        known = self.db["idempotency"].get(key)
        if known and known["digest"] != digest:
            raise Problem(409, "DUPLICATE_KEY", "another content came under this key before")
        return known and known["answer"]

    def check_key(self, key, value):
        if not key:
            raise Problem(400, "KEY_REQUIRED", "the header Idempotency-Key is needed")
        if value.get("externalId") != key:
            raise Problem(422, "KEY_MISMATCH", "externalId differs from Idempotency-Key",
                          "externalId")

    def check_due_date(self, value):
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", str(value.get("dueDate", ""))):
            raise Problem(422, "FIELD_INVALID", "a date is needed", "dueDate")

    def check_case(self, key, value):
        self.check_key(key, value)
        for name in ("registrationNumber", "text", "language"):
            required_text(value, name)
        if value.get("kind") not in KINDS:
            raise Problem(422, "FIELD_INVALID", "not a kind of appeal", "kind")
        self.check_due_date(value)
        self.check_contested(value)
        self.check_parties(value)
        self.check_attachments(value.get("attachments", []))

    def check_contested(self, value):
        """Nothing can be decided on a complaint that does not say against what it is."""
        contested = value.get("contested", {})
        subject = contested.get("subject") if isinstance(contested, dict) else contested
        if subject is None and value["kind"] == "complaint":
            raise Problem(422, "FIELD_REQUIRED", "a complaint contests something",
                          "contested.subject")
        if subject is not None and subject not in CONTESTED:
            raise Problem(422, "FIELD_INVALID", "not what can be contested", "contested.subject")

    def check_attachments(self, attachments):
        if not isinstance(attachments, list):
            raise Problem(422, "FIELD_INVALID", "a list is needed", "attachments")
        for index, each in enumerate(attachments):
            if not isinstance(each, dict) or not SHA256.match(str(each.get("sha256", ""))) \
                    or not isinstance(each.get("size"), int):
                raise Problem(422, "FIELD_INVALID", "sha256 and size are needed",
                              f"attachments[{index}]")

    def check_parties(self, value):
        self.check_party(value.get("citizen"), "citizen")
        others = value.get("coApplicants", [])
        if not isinstance(others, list):
            raise Problem(422, "FIELD_INVALID", "a list is needed", "coApplicants")
        for index, each in enumerate(others):
            self.check_party(each, f"coApplicants[{index}]")
        count = value.get("applicantsCount", 1 + len(others))
        if not isinstance(count, int) or count < 1 + len(others):
            raise Problem(422, "FIELD_INVALID", "less than the applicants named",
                          "applicantsCount")
        if "representative" in value:
            self.check_party(value["representative"], "representative")

    def check_party(self, party, field):
        if not isinstance(party, dict) or party.get("type") not in ("person", "company"):
            raise Problem(422, "FIELD_INVALID", "person or company", f"{field}.type")
        required_text(party, "fullName", 500)
        name = "iin" if party["type"] == "person" else "bin"
        if party.get(name) and not identity.check_digit_fits(str(party[name])):
            raise Problem(422, "FIELD_INVALID", "wrong check digit", f"{field}.{name}")

    def case(self, case_id):
        case = self.db["cases"].get(urllib.parse.unquote(case_id))
        if case is None:
            raise Problem(404, "CASE_UNKNOWN", "no such case")
        return case

    def take_file(self, case_id, sha256, size):
        with self.lock:
            case = self.case(case_id)
            if sha256 not in case["expected_files"]:
                raise Problem(422, "FILE_UNKNOWN", "the case names no such attachment")
            if case["expected_files"][sha256] != size:
                raise Problem(422, "FILE_SIZE", "the size differs from the declared one")
            fresh = sha256 not in case["received_files"]
            if fresh:
                case["received_files"].append(sha256)
                self._dirty = True
            return (201 if fresh else 200), {"sha256": sha256, "size": size}

    def add_to_case(self, what, case_id, key, data):
        if not key:
            raise Problem(400, "KEY_REQUIRED", "the header Idempotency-Key is needed")
        value = self.parse(data)
        if what == "term":
            self.check_key(key, value)
            self.check_due_date(value)
        self.check_attachments(value.get("attachments", []))
        digest = hashlib.sha256(canonical([what, case_id, value]).encode("utf-8")).hexdigest()
        with self.lock:
            case = self.case(case_id)
            self.arrived(key)
            known = self.repeated(key, digest)
            if known:
                return 200, known
            if what == "withdrawal":
                self.stop_case(case, "withdrawn")
                answer = {"caseId": case["case_id"], "status": "withdrawn"}
            elif what == "term":
                case["due_date"] = value["dueDate"]
                answer = {"caseId": case["case_id"], "status": "accepted",
                          "dueDate": case["due_date"]}
            else:
                case["supplements"] = case.get("supplements", 0) + 1
                for each in value.get("attachments", []):
                    case["expected_files"][each["sha256"]] = each["size"]
                answer = {"caseId": case["case_id"], "status": "accepted"}
            self.db["idempotency"][key] = {"digest": digest, "answer": answer}
            self._dirty = True
            return 201, answer

    def changes(self, query):
        values = urllib.parse.parse_qs(query)
        try:
            start = int(values.get("cursor", ["0"])[0] or 0)
            limit = int(values.get("limit", ["50"])[0])
        except ValueError as error:
            raise Problem(422, "FIELD_INVALID", "cursor and limit are numbers") from error
        limit = max(1, min(limit, LIST_MAX))
        with self.lock:
            # changeId counts from 1, so the cursor is also an index.
            items = self.db["changes"][max(start, 0):max(start, 0) + limit]
            more = start + len(items) < len(self.db["changes"])
        return 200, {"items": items, "more": more, "nextCursor": str(start + len(items))}

    def file(self, file_id):
        with self.lock:
            known = self.db["files"].get(file_id)
        if known is None:
            raise Problem(404, "FILE_UNKNOWN", "no such attachment")
        return 200, (known["mime"], self.file_bytes(file_id))

    # -- what the akimat does
    def do_step(self, case, step):
        lang = case["lang"]
        item = {"caseId": case["case_id"], "externalId": case["message_id"],
                "kind": case["kind"], "type": "status"}
        if step == "delivered":
            return
        if step == "registered":
            self.change(case, dict(item, status="registered",
                                   note=texts.note("registered", lang)))
            self.change(case, dict(item, status="in_progress"))
        elif step == "extended":
            until = service.extended_until()
            self.change(case, dict(item, status="extended", extendedUntil=until,
                                   note=texts.note("extended", lang)))
        else:
            self.change(case, dict(item, type="decision", status="done",
                                   note=texts.note("done", lang), decision=self.decide(case)))

    def change(self, case, item):
        item = dict(item, changeId=str(len(self.db["changes"]) + 1),
                    changedAt=service.local_time().isoformat())
        self.db["changes"].append(item)
        if self.pusher and service.chance(self.args.seed, "push", case["message_id"]) < \
                self.args.push_share:
            self.pusher.put(case["case_id"], item)

    def decide(self, case):
        answer = texts.decision("akimat", case["lang"], case["outcome"], case["number"],
                                case["received"], self.args.seed, case["message_id"])
        number = f"ЗТ-{self.number('decision'):05d}-{service.local_time().year}"
        return {"number": number, "decidedAt": service.local_time().isoformat(),
                "result": RESULT[case["outcome"]], "text": answer["text"],
                "reasons": answer["reasons"], "language": case["lang"],
                "official": {"name": answer["official"], "post": answer["post"]},
                "legalRefs": answer["legal_refs"],
                "appealRoute": {"body": answer["higher_body"], "termMonths": 3},
                "attachments": [self.make_file(case, number, answer)]}

    def make_file(self, case, number, answer):
        file_id = f"f{self.number('file')}"
        if service.chance(self.args.seed, "pdf", case["message_id"]) < 0.5:
            known = {"mime": "application/pdf", "lines": [
                "CITY AKIMAT (SIMULATED)", f"Decision on case {case['case_id']}",
                f"Result: {RESULT[case['outcome']]}", f"Date: {case['received']}"]}
            name = f"decision-{case['case_id']}.pdf"
        else:
            known = {"mime": "text/plain; charset=utf-8",
                     "lines": [number, answer["text"], answer["reasons"]]}
            name = f"sheshim-{case['case_id']}.txt"
        self.db["files"][file_id] = known
        data = self.file_bytes(file_id)
        return {"id": file_id, "name": name, "mime": known["mime"].split(";")[0],
                "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}

    def file_bytes(self, file_id):
        known = self.db["files"][file_id]
        if known["mime"] == "application/pdf":
            return pdf.pdf(known["lines"])
        return ("\n\n".join(known["lines"]) + "\n").encode("utf-8")

    # -- push to the hub's door
    def push_once(self, item, connection, path):
        plan = self.faults.take("push")
        if "skip" in plan:
            raise ConnectionError("skipped by the fault script")
        body = service.spoiled(json.dumps(item, ensure_ascii=False).encode("utf-8"), plan)
        for _ in range(2 if "duplicate" in plan else 1):
            headers, jti = self.signature(body, plan, htm="POST", htu=path)
            self.count(self.pushes, "sent")
            connection.request("POST", path, body, dict(
                headers, **{"Content-Type": "application/json"}))
            if "reset_after" in plan:
                connection.close()
                raise ConnectionError("the answer was not waited for")
            reply = connection.getresponse()
            data = reply.read(service.BODY_BYTES_MAX)
        if reply.status != 200:
            self.count(self.pushes, f"http_{reply.status}")
            raise Refused("PUSH", f"HTTP {reply.status}")
        try:
            jws.verify(self.peers, reply.getheader(jws.HEADER), data, service.now(), sta=200,
                       rsp=jti)
            if json.loads(data.decode("utf-8")).get("changeId") != item["changeId"]:
                raise Refused("MALFORMED", "the answer names another change")
        except ValueError as error:
            raise Refused("MALFORMED", "the answer is not JSON") from error
        except Refused as refused:
            self.count(self.pushes, refused.code)
            raise
        self.count(self.pushes, "accepted")

    def signature(self, body, plan, **members):
        how = plan.signature()
        key = self.wrong_key() if how == "wrong_key" else self.own
        signed = body + b" " if how == "wrong_signature" else body
        digest = members.pop("digest", False)
        payload = jws.digest_payload(hashlib.sha256(signed).hexdigest()) if digest else signed
        value, jti = jws.sign(key, payload, service.now(), digest=digest, **members)
        return ({} if how == "unsigned" else {jws.HEADER: value}), jti


class Handler(service.Handler):
    def route(self):
        """(operation, function of the verified body)."""
        path, _, query = self.path.partition("?")
        agency, key = self.agency, self.headers.get("Idempotency-Key", "")
        if self.command == "POST" and path == "/api/v1/cases":
            return "create", lambda data: agency.create(key, data)
        if self.command == "GET" and path == "/api/v1/cases":
            return "find", lambda data: agency.find(query)
        if self.command == "GET" and path == "/api/v1/changes":
            return "changes", lambda data: agency.changes(query)
        if self.command == "GET" and path == "/api/v1/ping":
            return "ping", lambda data: (200, {"ok": True})
        if self.command == "GET" and path.startswith("/api/v1/attachments/"):
            return "download", lambda data: agency.file(path.rsplit("/", 1)[1])
        match = CASE_PATH.match(path)
        if match and self.command == "POST" and not match[3]:
            what = match[2].rstrip("s")
            return what, lambda data: agency.add_to_case(what, match[1], key, data)
        if match and self.command == "PUT" and match[3]:
            return "attachment", lambda found: self.take_attachment(match, found)
        return "unknown", None

    def take_attachment(self, match, found):
        sha256, size = found
        if sha256 != match[3]:
            raise Problem(422, "FILE_DIGEST", "the content has another SHA-256 than the path")
        return self.agency.take_file(match[1], sha256, size)

    def read_verified(self, operation):
        """The body, or (sha256, size) of a streamed one. Raises Refused or Problem."""
        if operation == "attachment":
            digest, size = hashlib.sha256(), 0
            for piece in self.body_chunks():
                digest.update(piece)
                size += len(piece)
            result, signed = (digest.hexdigest(), size), digest.hexdigest()
        else:
            result = signed = self.body()
        agency = self.agency
        jws.verify(agency.peers, self.headers.get(jws.HEADER), signed, service.now(),
                   seen=agency.seen, htm=self.command, htu=self.path)
        return result

    def handle_request(self):
        agency = self.agency
        operation, function = self.route()
        agency.count(agency.requests, operation)
        plan = agency.faults.take(operation)
        if self.early_fault(plan):
            return
        headers, mime = (), "application/json"
        jti = jws.claimed_jti(self.headers.get(jws.HEADER))
        try:
            data = self.read_verified(operation)
            if function is None:
                raise Problem(404, "NOT_FOUND", "no such resource")
            if "not_ours" in plan:
                raise Problem(422, "NOT_COMPETENT", plan["not_ours"].get(
                    "text", "the matter is not in the akimat's competence"))
            status, value = function(data)
        except Refused as refused:
            status, value = 401, {"error": {"code": refused.code, "message": refused.text}}
        except Problem as problem:
            status, value, headers = problem.status, {"error": problem.error}, problem.headers
        if status >= 400:
            agency.count(agency.refused, value["error"]["code"])
            service.LOG.warning("refused %s: %s", operation, value["error"]["code"])
        if "reset_after" in plan:
            self.drop()
            return
        if isinstance(value, tuple):
            mime, body = value
        else:
            if "duplicate" in plan and "items" in value:
                twice = [each for item in value["items"] for each in (item, item)]
                value = dict(value, items=twice)
            body = json.dumps(value, ensure_ascii=False).encode("utf-8")
        self.reply(operation, plan, status, mime, body, headers, jti)

    def reply(self, operation, plan, status, mime, body, headers, jti):
        if operation == "download" and status == 200:
            body = body[:len(body) // 2] if "malformed" in plan else body
        else:
            body = service.spoiled(body, plan)
        signature, _ = self.agency.signature(
            body, plan, sta=status, rsp=jti, digest=operation == "download" and status == 200)
        times = 2 if "duplicate" in plan and operation != "changes" else 1
        self.send(status, body, mime, [*headers, *signature.items()], times=times)

    do_GET = do_POST = do_PUT = handle_request


def main():
    options = service.parser(__doc__, "akimat")
    service.add_tls_options(options)
    options.add_argument("--push-share", type=float, default=0.25,
                         help="share of the cases whose changes are pushed as well as listed")
    options.add_argument("--forgetful", action="store_true",
                         help="open a case for every call, whatever its key")
    args = options.parse_args()
    agency = Akimat(args)
    agency.serve(service.http_server(agency, Handler, args))


if __name__ == "__main__":
    sys.exit(main())
