"""What the end-to-end tests share: a stage of real processes, appeals to feed it, and the checks.

A test waits for conditions; the limit of a wait only ends a failed test."""
import concurrent.futures
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "demo"))
sys.path.insert(0, str(ROOT / "tests" / "agencies"))
from stage import Stage, StageError, free_port, write_config  # noqa: E402,F401

BUILD = Path(os.environ.get("OTINISH_BINARY_DIR", ROOT / "build"))
HUBD, HUBCTL = BUILD / "bin" / "hubd", BUILD / "bin" / "hubctl"
SAMPLES = ROOT / "tests" / "samples"
FAULTS = ROOT / "tests" / "agencies" / "faults"
ROUGH_DAY = {"minfin": FAULTS / "minfin-rough-day.txt", "akimat": FAULTS / "akimat-rough-day.json",
             "zher": FAULTS / "zher-rough-day.txt"}
AGENCIES = ("minfin", "akimat", "zher")
SECONDS_MAX = 120
NEVER_MS = 3_600_000  # --step-ms of an agency that shall not decide within the test
# Quick to notice that an agency is well again: only the tests' time depends on these.
QUICK = ("limits.retry_ms_first=50", "limits.retry_ms_max=1000",
         *(f"agencies.{alias}.collect_every_ms=200" for alias in AGENCIES),
         *(f"agencies.{alias}.breaker.open_ms_first=100" for alias in AGENCIES),
         *(f"agencies.{alias}.breaker.open_ms_max=500" for alias in AGENCIES))


def valid_samples():
    return sorted(p for p in (SAMPLES / "valid").iterdir() if p.suffix in (".json", ".xml"))


def decided(row):
    return bool(row.get("decision_outcome"))


# One sample of each agency that has no attachments, as the pattern of many appeals.
PATTERNS = {"minfin": "08-kk-request-budget.json", "akimat": "15-kk-application-housing.json",
            "zher": "37-ru-request-construction.json"}


def make_appeal(agency, key, **changes):
    """An appeal of its own (another source_id, another text) that the rules route to `agency`."""
    value = json.loads((SAMPLES / "valid" / PATTERNS[agency]).read_text("utf-8"))
    value.pop("attachments", None)
    value["source_id"] = f"E2E-{key}"
    value["subject_text"] += f" ({key})"
    value.update(changes)
    return json.dumps(value, ensure_ascii=False).encode("utf-8")


class Case(unittest.TestCase):
    """A test class with a temporary folder and development keys of its own."""

    @classmethod
    def setUpClass(cls):
        cls.work = Path(tempfile.mkdtemp(prefix="otinish-e2e-"))
        cls.addClassCleanup(shutil.rmtree, cls.work)
        cls.pki = cls.work / "pki"
        subprocess.run([ROOT / "certs" / "make-dev-pki", cls.pki, "--quiet"], check=True)

    def until(self, condition, what, seconds=SECONDS_MAX):
        """The condition's first true value."""
        deadline = time.monotonic() + seconds
        while True:
            value = condition()
            if value:
                return value
            if time.monotonic() > deadline:
                self.fail(f"did not happen in {seconds} s: {what}\n{self.hub_tail()}")
            time.sleep(0.05)

    def hub_tail(self):
        """The hub's last troubles."""
        hub = getattr(self, "stage", None) and self.stage.children.get("hub")
        lines = hub.tail(2000).splitlines() if hub else []
        return "\n".join([line for line in lines if '"level":"info"' not in line][-20:])

    def start_stage(self, name="stage", config=None, hub=True, overrides=(), **options):
        """Agencies and hub; stopped, and their clean end checked, when the test is over."""
        folder = self.work / name
        folder.mkdir()
        options.setdefault("step_ms", 20)
        stage = Stage(folder, BUILD, self.pki,
                      config=config or write_config(folder / "hub.yaml", self.pki), **options)
        self.stage = stage
        self.addCleanup(self.stop_stage, stage)
        stage.start_agencies(free_port())
        if hub:
            stage.start_hub([*QUICK, *overrides])
        return stage

    def stop_stage(self, stage):
        codes = stage.stop()
        self.assertFalse([f"{name} ended with {code}" for name, code in codes.items() if code])

    # -- feeding
    def accept(self, document, form="json"):
        """The receipt of an appeal that must be new."""
        status, _, body = self.stage.submit_document(document, form)
        self.assertEqual(status, 201, body)
        return json.loads(body)

    def accept_samples(self):
        """hub_id -> receipt of all the valid samples, submitted by four clients at once."""
        self.stage.upload_files(SAMPLES / "files")
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(self.stage.submit, valid_samples()))
        for (status, _, body), path in zip(answers, valid_samples()):
            self.assertEqual(status, 201, f"{path.name}: {body[:500]!r}")
        return {receipt["hub_id"]: receipt for receipt in (json.loads(a[2]) for a in answers)}

    # -- looking
    def rows(self):
        return {row["hub_id"]: row for row in self.stage.all_appeals()}

    def appeal(self, hub_id, language="en"):
        return self.stage.get_json(f"/v1/appeals/{hub_id}", language)

    def events(self, hub_id, language="en"):
        return self.stage.get_json(f"/v1/appeals/{hub_id}/events", language)["events"]

    def agency(self, alias):
        agencies = self.stage.get_json("/v1/agencies")["agencies"]
        return next(a for a in agencies if a["alias"] == alias)

    def quarantine(self, party=""):
        return self.stage.get_json(f"/v1/quarantine?limit=1000&party={party}")["quarantine"]

    def outbox(self, **query):
        text = "&".join(f"{k}={v}" for k, v in {"limit": 1000, **query}.items())
        return self.stage.get_json(f"/v1/outbox?{text}")["outbox"]

    def wait_decided(self, ids, seconds=SECONDS_MAX):
        """Rows of the appeals once all are decided."""
        ids = set(ids)

        def all_decided():
            rows = self.rows()
            missing = [i for i in ids if not decided(rows.get(i, {}))]
            self.missing = [(rows.get(i) or {}).get("reg_number", i) for i in missing]
            return not missing and {i: rows[i] for i in ids}
        try:
            return self.until(all_decided, "every appeal is decided", seconds)
        except AssertionError as error:
            waiting = [row for row in self.outbox()
                       if row["state"] != "delivered" or row["reg_number"] in self.missing]
            raise AssertionError(f"{error}\nundecided: {self.missing}\noutbox: {waiting}\n"
                                 f"quarantine: {self.quarantine()}") from None

    # -- checks that hold after any trouble
    def check_exactly_once(self, ids):
        """Nothing is doubled: not in the hub's history, not among the agencies' cases."""
        wanted = {alias: set() for alias in AGENCIES}
        for hub_id in ids:
            shown = self.appeal(hub_id)
            for row in shown["destinations"]:
                self.assertEqual(row["state"], "delivered", row)
                wanted[row["destination"]].add(row["message_id"])
            # What the body complained of sends up (APPC 91(4)) ends there, if nobody above it is connected.
            types = ["decided" if event.get("reason") == "send_to_higher" else event["type"]
                     for event in self.events(hub_id)]
            for once in ("received", "registered", "routed", "decided"):
                self.assertEqual(types.count(once), 1, f"{shown['reg_number']}: {types}")
            # None if the agency's news came before its answer to the delivery.
            self.assertLessEqual(types.count("delivered"), 1, f"{shown['reg_number']}: {types}")
            # The committee's rows have no id of their own: the same row in another file is told again.
            # One decision may break two rules: an event for each.
            told = [(e["type"], e.get("reason"), e.get("payload_sha256")) for e in self.events(hub_id)
                    if e["actor"].startswith("agency:")]
            self.assertEqual(len(told), len(set(told)), f"{shown['reg_number']}: {told}")
        for alias in AGENCIES:
            state = self.stage.control(alias)
            cases = {key: entry["case"] for key, entry in state["messages"].items()}
            self.assertEqual(set(cases), wanted[alias], alias)
            self.assertNotIn(None, cases.values(), alias)
            self.assertEqual(len(set(cases.values())), len(cases), alias)
            self.assertEqual(state["cases"], len(cases), alias)

    def check_numbers(self, rows):
        """Registration numbers of each series run from 1 without a gap or a double."""
        series = {}
        for row in rows:
            head, _, serial = row["reg_number"].rpartition("-")
            series.setdefault(head, []).append(int(serial))
        for head, serials in series.items():
            self.assertEqual(sorted(serials), list(range(1, len(serials) + 1)), head)


def hubctl(stage, *arguments, language="en", environment=None, key_file=None):
    """(exit code, standard output, standard error)."""
    done = subprocess.run(
        [HUBCTL, "--url", stage.url, "--key-file", key_file or stage.pki / "api-key", "--lang", language,
         *map(str, arguments)],
        capture_output=True, text=True, timeout=60, env={**os.environ, **(environment or {})})
    return done.returncode, done.stdout, done.stderr
