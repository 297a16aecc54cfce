"""The demo as anybody starts it, and what it leaves behind."""
import fcntl
import hashlib
import json
import re
import subprocess
import unittest
from xml.etree import ElementTree

from e2e import BUILD, HUBD, QUICK, ROOT, SAMPLES, Case, Stage, valid_samples, write_config

PERSONAL_TAGS = {"family", "given", "patronymic", "org_name", "iin", "phone", "email",
                 "postal_address", "actual_address", "address", "subject_text", "summary"}


def personal_values(value, name=""):
    """Everything in a sample that says who writes and what about."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from personal_values(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from personal_values(inner, name)
    elif name in PERSONAL_TAGS and isinstance(value, str):
        yield value.strip()


def personal_of(path):
    if path.suffix == ".json":
        yield from personal_values(json.loads(path.read_text("utf-8")))
        return
    for element in ElementTree.parse(path).iter():
        if element.tag.rpartition("}")[2] in PERSONAL_TAGS and element.text:
            yield element.text.strip()


def applicants_of(path):
    """(source id, numbers of the applicants as the sample names them)"""
    if path.suffix == ".json":
        appeal = json.loads(path.read_text("utf-8"))
        return appeal["source_id"], [each.get("iin") or each.get("bin") or ""
                                     for each in appeal["applicant"]]
    root = ElementTree.parse(path).getroot()
    found = lambda at, name: next((e.text for e in at if e.tag.rpartition("}")[2] == name), "")
    appeal = next(e for e in root.iter() if any(c.tag.endswith("}source_id") for c in e))
    return found(appeal, "source_id"), [found(e, "iin") or found(e, "bin") for e in appeal
                                        if e.tag.endswith("}applicant")]


class DemoFolder(Case):
    """A demo replaces what is in its folder, and must take nobody else's for it."""

    def refused(self, folder):
        done = subprocess.run(
            ["/usr/bin/python3", ROOT / "tests" / "demo" / "demo.py", "--once", "--port", "0",
             "--build", BUILD, "--pki", self.pki, "--data", folder],
            capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        return done.stderr

    def test_a_folder_of_something_else_is_refused_and_left(self):
        folder = self.work / "documents"
        folder.mkdir()
        (folder / "letter.txt").write_text("dear")
        self.assertIn("not a demo's data", self.refused(folder))
        self.assertEqual([p.name for p in folder.iterdir()], ["letter.txt"])

    def test_the_folder_of_a_running_demo_is_refused_and_left(self):
        folder = self.work / "running"
        folder.mkdir()
        (folder / "hub.db").write_text("rows")
        with open(folder / ".otinish-demo", "w") as marker:
            fcntl.flock(marker, fcntl.LOCK_EX)
            self.assertIn("another demo runs", self.refused(folder))
        self.assertTrue((folder / "hub.db").exists())


class Demo(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder = cls.work / "demo"
        cls.run_of_demo = subprocess.run(
            ["/usr/bin/python3", ROOT / "tests" / "demo" / "demo.py", "--once", "--port", "0",
             "--build", BUILD, "--pki", cls.pki, "--data", cls.folder],
            capture_output=True, text=True, timeout=240)
        # The hub alone again on what the demo left; its agencies are gone.
        cls.stage = Stage(cls.folder, BUILD, cls.pki,
                          config=write_config(cls.folder / "again.yaml", cls.pki, replace={
                              "law_folder: law": f"law_folder: {cls.folder / 'law'}"}))
        cls.stage.logs = cls.work / "logs-again"
        cls.stage.logs.mkdir()
        cls.stage.start_hub(QUICK)
        cls.addClassCleanup(cls.stage.stop)

    def test_every_sample_is_treated_as_expected(self):
        output = self.run_of_demo.stdout
        self.assertEqual(self.run_of_demo.returncode, 0, output + self.run_of_demo.stderr)
        self.assertIn(f"{len(valid_samples())} of {len(valid_samples())} appeals decided, 0 refused, "
                      "0 undecided; broken samples treated otherwise than expected: 0", output)
        # One table line for each appeal and each broken sample.
        self.assertEqual(len(re.findall(r"^(?:ЖТ|ЗТ)-\d{4}-\d+ ", output, re.M)),
                         len(valid_samples()))
        broken = [p.name for p in (SAMPLES / "broken").iterdir() if p.suffix in (".json", ".xml")]
        for name in broken:
            self.assertIn(name, output)

    def test_the_register_has_every_appeal_once_and_decided(self):
        rows = list(self.rows().values())
        self.assertEqual(len(rows), len(valid_samples()))
        self.assertTrue(all(row["decision_outcome"] for row in rows))
        self.assertEqual({row["state"] for row in rows}, {"executed", "sent_to_higher"})
        self.assertEqual({row["destination"] for row in rows}, {"minfin", "akimat", "zher"})
        self.check_numbers(rows)

    def test_no_body_decides_a_complaint_against_itself(self):
        """APPC 91(4): what it contests its own body satisfies in full, or sends up with the case."""
        complaints = {row["hub_id"]: row for row in self.rows().values() if row["kind"] == "complaint"}
        first = {("executed", "satisfied_by_first_body"), ("sent_to_higher", "forwarded")}
        higher = {hub_id for hub_id, row in complaints.items()
                  if (row["state"], row["decision_outcome"]) not in first}
        self.assertEqual({(row["state"], row["decision_outcome"])
                          for hub_id, row in complaints.items() if hub_id not in higher}, first)
        for hub_id, row in complaints.items():
            appeal = self.appeal(hub_id)
            events = self.events(hub_id)
            self.assertNotIn("wrong_body", {event.get("reason") for event in events
                                            if event["type"] == "decision_unlawful"})
            terms = [(clock["name"], clock["status"]) for clock in appeal["clocks"]]
            self.assertEqual([status for name, status in terms if name == "send_up"], ["met"],
                             row["reg_number"])
        # One goes up to a body that is connected, which decides it within a term of its own.
        self.assertTrue(higher)
        for hub_id in higher:
            row, appeal = complaints[hub_id], self.appeal(hub_id)
            self.assertEqual((row["destination"], row["state"]), ("minfin", "executed"))
            self.assertNotEqual(row["decision_outcome"], "forwarded")
            events = self.events(hub_id)
            reasons = [event.get("reason") for event in events]
            up = reasons.index("send_to_higher")
            self.assertEqual(events[up]["type"], "acted")
            self.assertIn("routed", [event["type"] for event in events[up:]])
            self.assertIn("decided", [event["type"] for event in events[up:]])
            self.assertEqual([clock["status"] for clock in appeal["clocks"]
                              if clock["name"] == "consider"], ["met", "met"])

    def test_every_applicant_reaches_the_agency(self):
        cases = {}
        for agency in ("akimat", "zher"):
            state = (self.folder / f"agency-{agency}" / f"{agency}.json").read_text("utf-8")
            for case in json.loads(state)["cases"].values():
                cases[case["number"]] = case["applicants"]
        numbers = {row["source_id"]: row["reg_number"] for row in self.rows().values()
                   if row["destination"] in ("akimat", "zher")}
        collective = 0
        for path in valid_samples():
            source_id, applicants = applicants_of(path)
            if source_id in numbers:
                self.assertEqual(cases[numbers[source_id]], applicants, path.name)
                collective += len(applicants) > 1
        self.assertGreater(collective, 1)

    def test_the_representative_reaches_the_ministry(self):
        state = (self.folder / "agency-minfin" / "minfin.json").read_text("utf-8")
        said = {case["reg_number"]: case["representative"]
                for case in json.loads(state)["cases"].values()}
        numbers = {row["source_id"]: row["reg_number"] for row in self.rows().values()}
        sample = json.loads((SAMPLES / "valid" / "02-ru-application-tax.json").read_text("utf-8"))
        who = sample["representative"]
        text = said.pop(numbers[sample["source_id"]])
        self.assertEqual(text, f"Представитель: {who['party']['names']['family']} "
                               f"{who['party']['names']['given']}, ИИН {who['party']['iin']}, "
                               f"{who['party']['email'][0]}; полномочие: доверенность "
                               f"№ {who['authority_doc']['number']}, 2025-11-01")
        self.assertEqual(set(said.values()), {""}, "nobody else has one")

    def test_the_content_of_every_decision_is_kept(self):
        for hub_id, row in self.rows().items():
            decision = self.appeal(hub_id)["decision"]
            self.assertEqual(decision["outcome"], row["decision_outcome"])
            self.assertTrue(decision["text"], row["reg_number"])
            self.assertEqual(decision["appeal_ref"]["hub_id"], hub_id)
            self.assertTrue(decision["decided_at"])
            self.assertTrue(decision["signatures"])

    def test_attachments_of_decisions_can_be_had_and_are_the_agencys_bytes(self):
        seen = 0
        for hub_id, row in self.rows().items():
            for attachment in self.appeal(hub_id)["decision"].get("attachments", []):
                status, headers, data = self.stage.request(
                    "GET", f"/v1/attachments/{attachment['sha256']}")
                self.assertEqual(status, 200)
                self.assertEqual(hashlib.sha256(data).hexdigest(), attachment["sha256"])
                self.assertEqual(len(data), attachment["size"])
                self.assertIn("attachment", headers["Content-Disposition"])
                seen += 1
            if row["destination"] in ("akimat", "minfin"):
                self.assertTrue(self.appeal(hub_id)["decision"]["attachments"])
        self.assertGreaterEqual(seen, 17)

    def test_attachments_of_appeals_reach_the_ministry_whole(self):
        kept = next((self.folder / "agency-minfin").glob("*.json"))
        cases = json.loads(kept.read_text("utf-8"))["cases"].values()
        arrived = sorted(each["sha256"] for case in cases for each in case["files"])
        samples = [json.loads(path.read_text("utf-8")) for path in
                   sorted((ROOT / "tests" / "samples" / "valid").glob("*.json"))]
        sent = sorted(each["sha256"] for appeal in samples
                      if appeal.get("addressee_body", {}).get("bin") == "990140900507"
                      for each in appeal.get("attachments", []))
        self.assertTrue(sent)
        self.assertEqual(arrived, sent)

    def test_events_and_clocks_are_told_in_three_languages(self):
        for hub_id in sorted(self.rows())[:6]:
            told = {language: self.events(hub_id, language) for language in ("kk", "ru", "en")}
            order = [[(e["seq"], e["type"]) for e in told[l]] for l in told]
            self.assertEqual(order[0], order[1])
            self.assertEqual(order[0], order[2])
            for kk, ru, en in zip(told["kk"], told["ru"], told["en"]):
                self.assertEqual(len({kk["text"], ru["text"], en["text"]}), 3, en)
            previous = None
            for event in told["en"]:
                self.assertEqual("previous_sha256" in event, previous is not None)
                previous = event
            whys = {language: {c["name"]: c.get("explanation")
                               for c in self.appeal(hub_id, language)["clocks"]
                               if c["name"] == "consider"} for language in ("kk", "ru", "en")}
            self.assertEqual(len({tuple(w.values()) for w in whys.values()}), 3, whys)

    def test_no_log_names_a_person_or_quotes_a_text(self):
        logs = "".join(path.read_text("utf-8", "replace")
                       for folder in (self.folder / "logs", self.stage.logs)
                       for path in folder.glob("hubd.log"))
        self.assertIn("hubd.ready", logs)
        values = {value for path in valid_samples() for value in personal_of(path)
                  if len(value) >= 4}
        self.assertGreater(len(values), 150)
        # A text may have been cut: any 30 characters of it in a row count as well.
        pieces = values | {value[at:at + 30] for value in values
                           for at in range(0, len(value) - 30, 15)}
        self.assertFalse([piece for piece in pieces if piece in logs])
        for line in logs.splitlines():
            self.assertTrue(line.startswith("{"), line)
            json.loads(line)

    def test_the_key_and_the_passwords_are_in_no_log(self):
        secrets = [(self.pki / name).read_text().strip() for name in ("api-key", "shep-password")]
        for path in (self.folder / "logs").iterdir():
            text = path.read_text("utf-8", "replace")
            for secret in secrets:
                self.assertNotIn(secret, text, path.name)

    def test_the_data_folder_is_the_hubs_alone(self):
        hub = self.folder / "hub"
        self.assertEqual(hub.stat().st_mode & 0o777, 0o700)
        self.assertTrue(HUBD.exists())


if __name__ == "__main__":
    unittest.main()
