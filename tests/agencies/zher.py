#!/usr/bin/python3
"""A simulated land committee that works on a drop folder (XML and CSV with detached CMS).

The folder is served to the hub by sftp_server, or is shared locally. See README.md."""
import hashlib
import json
import os
import sys

from lxml import etree

from simlib import cms, faults, identity, service, texts, wsse
from simlib.keys import Refused

NS = "urn:zher:otinim:1"
FOLDERS = ("in", "in/files", "out/ack", "archive",
           *(f"{box}{work}" for box in ("ack", "err", "out")
             for work in ("", "/processing", "/done", "/error")))
RESULT = {"satisfied": "QANAGATTANDYRYLDY", "partly": "ISHINARA", "refused": "BAS_TARTYLDY",
          "explained": "TUSINDIRILDI"}
AGAINST_ITSELF = {"sent_up": "ZHOGARYGA_ZHIBERILDI", "satisfied_here": "TOLYQ_QANAGATTANDYRYLDY"}
CONTESTED = {"AKT": "act", "AREKET": "action", "AREKETSIZDIK": "inaction"}
CSV_HEADER = "seq;case_no;our_ref;status;changed_at;until;note"
FILE_WAIT_POLLS = 25
FOLDER = os.path.dirname(os.path.abspath(__file__))


class NotYet(Exception):
    """Something the file names has not arrived; look again at the next poll."""


def inner(root, path):
    """Text of the element at a path of local names."""
    steps = "/".join(f"{{{NS}}}{name}" for name in path.split("/"))
    return (root.findtext(steps) or "").strip()


def parties(root):
    """The elements of all applicants and of the representative."""
    return [each for each in root
            if etree.QName(each).localname in ("OtinishBerushi", "Okil")]


class Zher(service.Agency):
    ops = {"poll": {"skip"}, "accept": {"skip", "delay", "fault"},
           "status": faults.BODY | {"half_written"}, "decision": faults.BODY | {"half_written"}}

    def __init__(self, args):
        self.schema = etree.XMLSchema(etree.parse(os.path.join(FOLDER, "zher", "otinim.xsd")))
        super().__init__(args, "zher")
        for name in FOLDERS:
            os.makedirs(self.path(name), exist_ok=True)
        self.db.setdefault("rows", [])
        self.db.setdefault("decisions", [])
        self.waited = {}

    def path(self, *parts):
        return os.path.join(self.args.folder, *parts)

    def threads(self):
        return super().threads() + [self.poll_loop]

    def state(self):
        result = super().state()
        found = [name for name in os.listdir(self.path("out/ack")) if not name.startswith(".")]
        result.update(hub_acks=sum(name.endswith(".ack") for name in found),
                      hub_errs=sum(name.endswith(".err") for name in found),
                      unread=sum(not name.endswith(".p7s") and not name.startswith(".") and
                                 os.path.isfile(self.path("out", name))
                                 for name in os.listdir(self.path("out"))))
        return result

    # -- polling
    def poll_loop(self):
        while not self.stopping.wait(self.args.poll_ms / 1000):
            try:
                self.poll()
            except OSError as error:
                service.LOG.warning("poll failed: %s", type(error).__name__)

    def poll(self):
        """One look at the folder, then what is due is written out."""
        if "skip" in self.faults.take("poll"):
            return
        for name in sorted(os.listdir(self.path("in"))):
            if name.endswith(".xml") and not name.startswith("."):
                self.take(name)
        # What went before a decision is told before it.
        self.write_statuses()
        self.write_decisions()

    def take(self, name):
        if "skip" in (plan := self.faults.take("accept")):
            return
        if "delay" in plan:
            self.stopping.wait(plan["delay"].get("ms", 0) / 1000)
        with open(self.path("in", name), "rb") as file:
            data = file.read(service.BODY_BYTES_MAX)
        message_id = name[:-len(".xml")]
        self.count(self.requests, "accept")
        try:
            if "fault" in plan:
                raise Refused(plan["fault"].get("code", "REFUSED"),
                              plan["fault"].get("text", "refused by the fault script"))
            case = self.accept(message_id, name, data)
        except NotYet:
            return
        except Refused as refused:
            self.count(self.refused, refused.code)
            service.LOG.warning("refused a file: %s", refused.code)
            line = {"message_id": message_id, "code": refused.code,
                    "rule": getattr(refused, "rule", "zher-1"),
                    "element": getattr(refused, "element", ""),
                    "line": getattr(refused, "line", 0), "text": refused.text}
            self.write("err", name + ".err", (json.dumps(line) + "\n").encode("utf-8"), plan)
        else:
            stamp = service.local_time().isoformat()
            line = f"OK;{case['case_id']};{stamp};{message_id}\n"
            self.write("ack", name + ".ack", line.encode("utf-8"), plan)
        self.archive(name)

    def archive(self, name):
        """Takes the input out of in/, never over an older one: it is kept as evidence."""
        suffix, number = "", 0
        while os.path.exists(self.path("archive", name + suffix)):
            number += 1
            suffix = f".{number}"
        os.rename(self.path("in", name), self.path("archive", name + suffix))
        if os.path.exists(self.path("in", name + ".p7s")):
            os.rename(self.path("in", name + ".p7s"), self.path("archive", name + suffix + ".p7s"))

    def accept(self, message_id, name, data):
        signature = b""
        if os.path.exists(self.path("in", name + ".p7s")):
            with open(self.path("in", name + ".p7s"), "rb") as file:
                signature = file.read(1024 * 1024)
        cms.verify(self.peers, data, signature, service.now())
        root = self.read(data)
        if inner(root, "HabarlamaId") != message_id:
            raise Refused("NAME_DIFFERS", "HabarlamaId differs from the file name")
        self.check_files(message_id, root)
        with self.lock:
            entry = self.arrived(message_id)
            digest = hashlib.sha256(data).hexdigest()
            if entry["case"]:
                case = self.db["cases"][entry["case"]]
                # The same appeal again: the answer got lost on its way.
                if entry.get("digest", case["digest"]) != digest:
                    raise Refused("DUPLICATE_MESSAGE", "another content came under this id before")
                return case
            if etree.QName(root).localname != "KZM_Otinim":
                return self.add_to_case(entry, root, digest)
            number = self.number("case")
            case = {"case_id": f"ZHK-{service.local_time().year}-{number:05d}",
                    "message_id": message_id, "digest": digest,
                    "lang": texts.language(inner(root, "Til")), "kind": inner(root, "Turi"),
                    "number": inner(root, "TirkeuNomiri"),
                    "due_date": inner(root, "Merzimi"),
                    "applicants": [inner(each, "ZHSN") or inner(each, "BSN") for each in
                                   root.findall(f"{{{NS}}}OtinishBerushi")],
                    "received": service.local_time().date().isoformat(),
                    "outcome": texts.against_itself(
                        "zher", inner(root, "ShagymNysany/OrganBSN"),
                        CONTESTED.get(inner(root, "ShagymNysany/Turi"))) or
                    service.pick(self.args.seed, tuple(RESULT), "outcome", message_id)}
            self.open_case(case)
            return case

    def add_to_case(self, entry, root, digest):
        """A supplement, a withdrawal or a changed term; under the lock."""
        number = inner(root, "TirkeuNomiri")
        for case in self.db["cases"].values():
            if case["number"] == number:
                break
        else:
            raise Refused("CASE_UNKNOWN", "no case has this TirkeuNomiri")
        entry.update(case=case["case_id"], digest=digest)
        if etree.QName(root).localname == "KZM_QaitaryAlu":
            self.stop_case(case, "withdrawn")
        elif etree.QName(root).localname == "KZM_MerzimOzgerisi":
            case["due_date"] = inner(root, "Merzimi")
        else:
            case["supplements"] = case.get("supplements", 0) + 1
        self._dirty = True
        return case

    def read(self, data):
        root = wsse.parse(data)
        if not self.schema.validate(root):
            error = self.schema.error_log[0]
            refused = Refused("XSD_INVALID", error.type_name)
            refused.rule, refused.line = "otinim.xsd", error.line
            refused.element = (error.path or "").rsplit(":", 1)[-1]
            raise refused
        for party in parties(root):
            number = inner(party, "ZHSN") or inner(party, "BSN")
            if number and not identity.check_digit_fits(number):
                raise Refused("NUMBER_INVALID", "ZHSN or BSN has a wrong check digit")
        if inner(root, "Turi") == "SHAGYM" and not inner(root, "ShagymNysany/Turi"):
            raise Refused("SHAGYM_NYSANY", "a complaint does not say what it contests")
        named = len(root.findall(f"{{{NS}}}OtinishBerushi"))
        if int(inner(root, "OtinishBerushilerSany") or named) < named:
            raise Refused("COUNT_INVALID", "more applicants than OtinishBerushilerSany says")
        return root

    def check_files(self, message_id, root):
        for each in root.iter(f"{{{NS}}}Fail"):
            sha256 = inner(each, "Sha256")
            path = self.path("in", "files", sha256)
            if not os.path.exists(path):
                self.waited[message_id] = self.waited.get(message_id, 0) + 1
                if self.waited[message_id] < FILE_WAIT_POLLS:
                    raise NotYet
                raise Refused("FILE_MISSING", "an attachment did not arrive")
            digest, size = hashlib.sha256(), 0
            with open(path, "rb") as file:
                while piece := file.read(65536):
                    digest.update(piece)
                    size += len(piece)
            if digest.hexdigest() != sha256 or size != int(inner(each, "Olshemi")):
                raise Refused("FILE_DIFFERS", "an attachment is not what the document says")
        self.waited.pop(message_id, None)

    # -- what the committee writes
    def do_step(self, case, step):
        lang = case["lang"]
        if step == "delivered":
            return
        if step == "registered":
            self.row(case, "QABYLDANDY", "", texts.note("registered", self.note_lang(lang)))
            self.row(case, "ORYNDALUDA", "", "")
        elif step == "extended":
            until = service.extended_until()
            self.row(case, "UZARTYLDY", until, texts.note("extended", self.note_lang(lang)))
        else:
            self.db["decisions"].append(case["case_id"])
            self.row(case, "ORYNDALDY", "", texts.note("done", self.note_lang(lang)))

    def note_lang(self, lang):
        # windows-1251 has no Kazakh letters, so the old system writes its notes in Russian.
        return "ru" if self.args.charset == "windows-1251" else lang

    def row(self, case, status, until, note):
        self.db["rows"].append(f"{self.number('seq')};{case['case_id']};{case['message_id']};"
                               f"{status};{service.local_time().isoformat()};{until};{note}")

    def write_statuses(self):
        with self.lock:
            rows, self.db["rows"] = self.db["rows"], []
            if not rows:
                return
            self._dirty = True
            day = service.local_time().strftime("%Y%m%d")
            name = f"status-{day}-{self.number('status-' + day)}.csv"
        plan = self.faults.take("status")
        if "malformed" in plan:
            # A spoiled row between good ones: the reader must keep the good ones.
            rows.insert(len(rows) // 2, plan["malformed"].get("text", "x;;"))
        body = "\r\n".join([CSV_HEADER, *rows, ""])
        if (self.args.charset == "windows-1251") != ("wrong_charset" in plan):
            data = body.encode("windows-1251", "replace")
        else:
            data = body.encode("utf-8-sig")
        self.write("out", name, data, plan)
        if "duplicate" in plan:
            with self.lock:
                again = f"status-{day}-{self.number('status-' + day)}.csv"
            self.write("out", again, data, plan)

    def write_decisions(self):
        with self.lock:
            due, self.db["decisions"] = self.db["decisions"], []
            self._dirty = self._dirty or bool(due)
        for case_id in due:
            with self.lock:
                case = self.db["cases"][case_id]
                data = self.decision(case)
            plan = self.faults.take("decision")
            data = service.spoiled(data, plan)
            self.write("out", f"decision-{case_id}-1.xml", data, plan)
            if "duplicate" in plan:
                self.write("out", f"decision-{case_id}-2.xml", data, plan)

    def decision(self, case):
        answer = texts.decision("zher", case["lang"], case["outcome"], case["number"],
                                case["received"], self.args.seed, case["message_id"])
        root = etree.Element(f"{{{NS}}}KZM_Zhauap", nsmap={None: NS})

        def add(parent, name, text=None):
            child = etree.SubElement(parent, f"{{{NS}}}{name}")
            child.text = text
            return child

        add(root, "IsNomiri", case["case_id"])
        add(root, "HabarlamaId", case["message_id"])
        add(root, "Turi", case["kind"])
        add(root, "SheshimNomiri", f"ЖК-{self.number('decision')}")
        add(root, "SheshimKuni", service.local_time().date().isoformat())
        add(root, "Natizhe", {**RESULT, **AGAINST_ITSELF}[case["outcome"]])
        add(root, "Til", case["lang"])
        add(root, "Matin", answer["text"])
        add(root, "Negizdeme", answer["reasons"])
        official = add(root, "LauazymdyTulga")
        add(official, "AtyZhoni", answer["official"])
        add(official, "Lauazymy", answer["post"])
        order = add(root, "ShagymTartibi")
        add(order, "ZhogaryOrgan", answer["higher_body"])
        add(order, "MerzimAi", "3")
        return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)

    # -- files with their signature
    def signature(self, data, plan):
        how = plan.signature()
        if how == "unsigned":
            return None
        if how == "wrong_key":
            return cms.sign(self.wrong_key(), data)
        return cms.sign(self.own, data + b"\n" if how == "wrong_signature" else data)

    def write(self, folder, name, data, plan):
        signature = self.signature(data, plan)
        if signature is not None:
            self.put(folder, name + ".p7s", signature)
        if "half_written" not in plan:
            self.put(folder, name, data)
            return
        # Written under its last name in two goes, as a careless system does.
        with open(self.path(folder, name), "wb", buffering=0) as file:
            file.write(data[:len(data) // 2])
            self.stopping.wait(0.3)
            file.write(data[len(data) // 2:])

    def put(self, folder, name, data):
        temporary = self.path(folder, f".{name}.tmp")
        with open(temporary, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.rename(temporary, self.path(folder, name))


def main():
    options = service.parser(__doc__, "zher")
    options.add_argument("--folder", required=True, help="the committee's folder, made if missing")
    options.add_argument("--charset", choices=("utf-8", "windows-1251"), default="utf-8",
                         help="of the CSV files; utf-8 is written with a byte order mark")
    options.add_argument("--poll-ms", type=int, default=200)
    args = options.parse_args()
    args.folder = os.path.abspath(args.folder)
    Zher(args).serve()


if __name__ == "__main__":
    sys.exit(main())
