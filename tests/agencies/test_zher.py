"""The simulated land committee's drop folder and the real SFTP server in front of it."""
import csv
import hashlib
import io
import json
import os
import subprocess
import unittest
import uuid

import support
from lxml import etree
from simlib import cms
from simlib.keys import Refused
from simlib.service import now
from zher import NS, inner

FILE = "Жер учаскесінің сызбасы".encode()
SHA256 = hashlib.sha256(FILE).hexdigest()
SECOND = ("<OtinishBerushi><Turi>ZHEKE</Turi><ZHSN>{}</ZHSN><AtyZhoni>Іңкәр Үлгіева</AtyZhoni>"
          "</OtinishBerushi>")


def document(message_id, files=True, **changes):
    values = {"HabarlamaId": message_id, "TirkeuNomiri": "ЖТ-2026-00000003",
              "TirkeuKuni": "2026-03-17", "Merzimi": "2026-04-10", "Turi": "ARIZ", "Til": "kk",
              "ZHSN": "850101100012", "Matin": "Жер учаскесінің шекарасын тексеріңіз."}
    values.update(changes)
    attachment = (f"<Qosymshalar><Fail><Aty>syzba.pdf</Aty><Tipi>application/pdf</Tipi>"
                  f"<Olshemi>{len(FILE)}</Olshemi><Sha256>{SHA256}</Sha256></Fail></Qosymshalar>")
    outer = "".join(f"<{name}>{values[name]}</{name}>" for name in
                    ("HabarlamaId", "TirkeuNomiri", "TirkeuKuni", "Merzimi", "Turi", "Til"))
    return (f'<KZM_Otinim xmlns="{NS}" nusqa="1">{outer}<OtinishBerushi><Turi>ZHEKE</Turi>'
            f"<ZHSN>{values['ZHSN']}</ZHSN><AtyZhoni>Асқар Әлімов</AtyZhoni></OtinishBerushi>"
            f"{values.get('more', '')}"
            f"<Matin>{values['Matin']}</Matin>{attachment if files else ''}"
            "</KZM_Otinim>").encode()


class Zher(support.Case):
    def run_zher(self, *options):
        self.folder = os.path.join(self.work, "zher-" + uuid.uuid4().hex)
        self.zher = self.start("zher.py", "--folder", self.folder, "--step-ms", "0", "--poll-ms",
                               "20", "--extend-share", "1", *options)
        return self.zher

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def put(self, name, data, signature="hub"):
        if signature:
            with open(self.path("in", name + ".p7s"), "wb") as file:
                file.write(cms.sign(self.key(signature), data))
        with open(self.path("in", "." + name + ".part"), "wb") as file:
            file.write(data)
        os.rename(self.path("in", "." + name + ".part"), self.path("in", name))

    def put_file(self):
        with open(self.path("in", "files", SHA256), "wb") as file:
            file.write(FILE)

    def got(self, *parts):
        """Bytes of a file the committee wrote, its signature verified."""
        path = self.path(*parts)
        support.wait_for(lambda: os.path.exists(path), "/".join(parts))
        with open(path, "rb") as file, open(path + ".p7s", "rb") as signature:
            data = file.read()
            cms.verify(self.peers("zher"), data, signature.read(), now())
        return data

    def out(self, prefix, count=1):
        def found():
            names = sorted(name for name in os.listdir(self.path("out"))
                           if name.startswith(prefix) and not name.endswith(".p7s"))
            return names if len(names) >= count else None
        return support.wait_for(found, f"{count} of out/{prefix}")

    def test_an_appeal_is_decided(self):
        self.run_zher()
        self.put_file()
        self.put("m-1.xml", document("m-1"))
        ok, case_no, _, named = self.got("ack", "m-1.xml.ack").decode().strip().split(";")
        self.assertEqual((ok, named), ("OK", "m-1"))
        rows = list(csv.DictReader(io.StringIO(
            self.got("out", self.out("status-")[0]).decode("utf-8-sig")), delimiter=";"))
        self.assertEqual([row["status"] for row in rows],
                         ["QABYLDANDY", "ORYNDALUDA", "UZARTYLDY", "ORYNDALDY"])
        self.assertEqual({(row["case_no"], row["our_ref"]) for row in rows}, {(case_no, "m-1")})
        self.assertRegex(rows[2]["until"], r"^\d{4}-\d\d-\d\d$")
        root = etree.fromstring(self.got("out", f"decision-{case_no}-1.xml"))
        self.assertEqual(root.tag, f"{{{NS}}}KZM_Zhauap")
        self.assertEqual((inner(root, "HabarlamaId"), inner(root, "Turi")), ("m-1", "ARIZ"))
        self.assertIn("Сіздің", inner(root, "Matin"))
        self.assertEqual(inner(root, "ShagymTartibi/MerzimAi"), "3")
        self.assertEqual([name for name in os.listdir(self.path("in")) if name != "files"], [])

    def test_the_old_character_set(self):
        self.run_zher("--charset", "windows-1251")
        self.put("m-1.xml", document("m-1", files=False))
        text = self.got("out", self.out("status-")[0]).decode("windows-1251")
        self.assertIn("Обращение зарегистрировано", text)
        self.assertFalse(text.startswith("\ufeff"))

    def test_the_same_appeal_gets_the_same_case(self):
        self.run_zher()
        data = document("m-1", files=False)
        answers = []
        for _ in range(2):
            self.put("m-1.xml", data)
            answers.append(self.got("ack", "m-1.xml.ack").split(b";")[1])
            os.unlink(self.path("ack", "m-1.xml.ack"))
        self.assertEqual(answers[0], answers[1])
        self.put("m-1.xml", document("m-1", files=False, Matin="Басқа мәтін."))
        self.assertEqual(json.loads(self.got("err", "m-1.xml.err"))["code"], "DUPLICATE_MESSAGE")
        self.assertEqual(self.zher.state()["cases"], 1)

    def test_supplements_and_withdrawals(self):
        self.run_zher("--step-ms", "600000")
        self.put("m-1.xml", document("m-1", files=False))
        case_no = self.got("ack", "m-1.xml.ack").decode().split(";")[1]
        for name, root in (("m-2", "KZM_Qosymsha"), ("m-3", "KZM_QaitaryAlu")):
            number = "ЖТ-2026-00000003"
            self.put(name + ".xml", f'<{root} xmlns="{NS}"><HabarlamaId>{name}</HabarlamaId>'
                     f"<TirkeuNomiri>{number}</TirkeuNomiri></{root}>".encode())
            self.assertIn(case_no, self.got("ack", name + ".xml.ack").decode())
        self.assertEqual(self.zher.state()["case_states"], {case_no: "withdrawn"})
        self.put("m-4.xml", f'<KZM_Qosymsha xmlns="{NS}"><HabarlamaId>m-4</HabarlamaId>'
                 "<TirkeuNomiri>ЖТ-1</TirkeuNomiri></KZM_Qosymsha>".encode())
        self.assertEqual(json.loads(self.got("err", "m-4.xml.err"))["code"], "CASE_UNKNOWN")

    def test_a_changed_term_is_kept_in_the_case(self):
        self.run_zher("--step-ms", "600000")
        self.put("m-1.xml", document("m-1", files=False))
        case_no = self.got("ack", "m-1.xml.ack").decode().split(";")[1]
        self.assertEqual(self.zher.state()["case_due_dates"], {case_no: "2026-04-10"})

        def term(name, number="ЖТ-2026-00000003", day="2026-04-13"):
            self.put(name + ".xml", f'<KZM_MerzimOzgerisi xmlns="{NS}"><HabarlamaId>{name}'
                     f"</HabarlamaId><TirkeuNomiri>{number}</TirkeuNomiri><Merzimi>{day}</Merzimi>"
                     "<Ozgertildi>2026-03-20T05:00:00Z</Ozgertildi><Matin>x</Matin>"
                     "</KZM_MerzimOzgerisi>".encode())

        for _ in range(2):
            term("m-2")
            self.assertIn(case_no, self.got("ack", "m-2.xml.ack").decode())
            os.unlink(self.path("ack", "m-2.xml.ack"))
        term("m-3", number="ЖТ-1", day="2026-04-14")
        self.assertEqual(json.loads(self.got("err", "m-3.xml.err"))["code"], "CASE_UNKNOWN")
        term("m-4", day="")
        self.assertEqual(json.loads(self.got("err", "m-4.xml.err"))["code"], "XSD_INVALID")
        state = self.zher.state()
        self.assertEqual(state["case_due_dates"], {case_no: "2026-04-13"})
        self.assertEqual(state["case_states"], {case_no: "accepted"})

    def test_it_takes_what_the_shipped_mapping_writes(self):
        schema = etree.XMLSchema(etree.parse(os.path.join(support.FOLDER, "zher", "otinim.xsd")))
        golden = os.path.join(support.ROOT, "adapters", "mappings", "zher", "golden")
        names = [name for name in os.listdir(golden)
                 if name.startswith("request.") and name.endswith(".out.xml")]
        self.assertGreater(len(names), 8)
        for name in names:
            with self.subTest(name):
                schema.assertValid(etree.parse(os.path.join(golden, name)))

    def test_wrong_files_are_refused(self):
        self.run_zher()
        for name, data, signer, code in (
                ("u-1", document("u-1", files=False), None, "SIGNATURE_MISSING"),
                ("u-2", document("u-2", files=False), "akimat", "SIGNER_UNKNOWN"),
                ("u-3", document("u-3", files=False, Turi="HAT"), "hub", "XSD_INVALID"),
                ("u-3b", document("u-3b", files=False, Turi="SHAGYM"), "hub", "SHAGYM_NYSANY"),
                ("u-4", document("other", files=False), "hub", "NAME_DIFFERS"),
                ("u-5", document("u-5", files=False, ZHSN="850101100013"), "hub",
                 "NUMBER_INVALID"),
                ("u-5b", document("u-5b", files=False, more=SECOND.format("860228200012")), "hub",
                 "NUMBER_INVALID"),
                ("u-5c", document("u-5c", files=False, more=SECOND.format("860228200011") +
                                  "<OtinishBerushilerSany>1</OtinishBerushilerSany>"), "hub",
                 "COUNT_INVALID"),
                ("u-6", b"<broken", "hub", "MALFORMED"),
                ("u-7", document("u-7"), "hub", "FILE_MISSING")):
            self.put(name + ".xml", data, signer)
            error = json.loads(self.got("err", name + ".xml.err"))
            self.assertEqual(error["code"], code)
            self.assertEqual(set(error),
                             {"message_id", "code", "rule", "element", "line", "text"})
            self.assertEqual(error["message_id"], name)
        self.put("u-8.xml", document("u-8", files=False), None)
        with open(self.path("in", "u-9.xml.p7s"), "wb") as file:
            file.write(cms.sign(self.key("hub"), b"something else"))
        self.put("u-9.xml", document("u-9", files=False), None)
        self.assertEqual(json.loads(self.got("err", "u-9.xml.err"))["code"], "SIGNATURE_WRONG")
        self.assertEqual(self.zher.state()["cases"], 0)

    def test_faults(self):
        self.run_zher("--faults", "status@1:malformed; decision@1:duplicate; decision@2:unsigned; "
                                  "accept@3:fault=CLOSED; decision@3:wrong_signature")
        self.put("a.xml", document("a", files=False))
        rows = self.got("out", self.out("status-")[0]).decode("utf-8-sig").splitlines()
        self.assertEqual(len([row for row in rows if row.count(";") < 6]), 1)
        self.assertEqual(len(rows), 6)
        self.out("decision-", 2)
        self.put("b.xml", document("b", files=False))
        name = self.out("decision-", 3)[2]
        self.assertFalse(os.path.exists(self.path("out", name + ".p7s")))
        self.put("c.xml", document("c", files=False))
        self.assertEqual(json.loads(self.got("err", "c.xml.err"))["code"], "CLOSED")
        self.put("d.xml", document("d", files=False))
        name = self.out("decision-", 4)[3]
        with self.assertRaises(Refused):
            self.got("out", name)

    def test_a_real_sftp_server_serves_the_folder(self):
        self.run_zher()
        server = self.start("sftp_server", "--folder", self.folder)
        pki = self.pki + "/ssh/"
        local = os.path.join(self.work, "local.xml")
        data = document("m-1", files=False)
        for suffix, content in (("", data), (".p7s", cms.sign(self.key("hub"), data))):
            with open(local + suffix, "wb") as file:
                file.write(content)
        commands = (f"put {local}.p7s in/m-1.xml.p7s\nput {local} in/.m-1.xml.part\n"
                    "rename in/.m-1.xml.part in/m-1.xml\n")
        options = ["-q", "-F", "none", "-P", str(server.port), "-o", "BatchMode=yes",
                   "-o", "StrictHostKeyChecking=yes", "-o", "GlobalKnownHostsFile=/dev/null",
                   "-o", f"UserKnownHostsFile={pki}known_hosts", "-o", "IdentitiesOnly=yes"]
        target = f"{server.ready['user']}@127.0.0.1"
        result = subprocess.run(["sftp", *options, "-i", pki + "client", "-b", "-", target],
                                input=commands, text=True, capture_output=True, check=False)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.got("ack", "m-1.xml.ack")
        other = os.path.join(self.work, "stranger")
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", other], check=True)
        result = subprocess.run(["sftp", *options, "-i", other, "-b", "-", target], input="ls\n",
                                text=True, capture_output=True, check=False)
        self.assertNotEqual(result.returncode, 0)
        self.assertEqual(server.stop(), 0)


if __name__ == "__main__":
    unittest.main()
