"""What was refused at the door runs through the whole way in again once the configuration is mended."""
import http.client
import json
import re
import shutil
import subprocess
import unittest
from datetime import datetime, timedelta, timezone

from e2e import NEVER_MS, QUICK, ROOT, Case, hubctl, make_appeal, write_config
from simlib import jws
from simlib.keys import OwnKey


class Quarantine(Case):
    def push(self, body, key):
        value = jws.sign(key, body, datetime.now(timezone.utc), htm="POST", htu="/agency/akimat")[0]
        connection = http.client.HTTPConnection("127.0.0.1", self.stage.hub_port, timeout=30)
        try:
            connection.request("POST", "/agency/akimat", body,
                               {"Content-Type": "application/json", jws.HEADER: value})
            reply = connection.getresponse()
            reply.read()
            return reply.status
        finally:
            connection.close()

    def decision(self, receipt, result, **more):
        shown = self.appeal(receipt["hub_id"])
        # No body decides before the registration.
        arrived = datetime.fromisoformat(shown["received_at"].replace("Z", "+00:00"))
        decided = arrived.astimezone(timezone(timedelta(hours=5))).isoformat(timespec="seconds")
        return json.dumps({
            "caseId": shown["external_ids"][0]["id"],
            "externalId": receipt["message_id"], "changeId": "1001", "kind": "application",
            "type": "decision", "status": "done", "changedAt": decided,
            "decision": {"number": "ЗТ-00001-2026", "decidedAt": decided,
                         "result": result, "text": "Мәселе шешілді.", "reasons": "Тексерілді.",
                         "language": "kk", "official": {"name": "Үлгі", "post": "маман"},
                         "appealRoute": {"termMonths": 3}, "attachments": []},
            **more}).encode()

    def restart(self, replace):
        self.assertEqual(self.stage.children.pop("hub").stop(), 0)
        text = self.config.read_text("utf-8")
        for old, new in replace.items():
            text, times = re.subn(old, new, text)
            self.assertEqual(times, 1, old)
        self.config.write_text(text, "utf-8")
        self.stage.start_hub(QUICK)

    def replay(self, item):
        return hubctl(self.stage, "quarantine", "replay", item)

    def test_an_unknown_certificate_and_a_mapping_are_mended(self):
        folder = self.work / "mend"
        folder.mkdir()
        mapping = folder / "mapping"
        shutil.copytree(ROOT / "adapters" / "mappings" / "akimat", mapping)
        self.config = write_config(folder / "hub.yaml", self.pki, replace={
            f"{ROOT}/adapters/mappings/akimat/settings.yaml": str(mapping / "settings.yaml")})
        self.start_stage("mend-stage", config=self.config, step_ms=NEVER_MS)
        receipt = self.accept(make_appeal("akimat", "mended"))
        hub_id = receipt["hub_id"]
        self.until(lambda: self.appeal(hub_id)["state"] == "assigned", "delivered")
        # The akimat has a new key, which nobody told the hub.
        renewed = folder / "renewed"
        subprocess.run([ROOT / "certs" / "make-dev-pki", renewed, "--quiet"], check=True)
        stranger = OwnKey(renewed / "akimat.key", renewed / "akimat.crt")
        body = self.decision(receipt, "novel")
        self.assertGreaterEqual(self.push(body, stranger), 400)
        row, = self.quarantine("akimat")
        self.assertEqual((row["code"], row["kind"], row["state"]),
                         ("trust.signer_unknown", "push", "open"))
        before = self.events(hub_id)

        code, _, error = self.replay(row["id"])
        self.assertNotEqual(code, 0)
        self.assertIn("trust.signer_unknown", error)

        # The certificate is pinned: the signature holds, but the mapping knows no such result.
        self.restart({r"(push: \{profile: jws-detached, key: hub, peers: \[[^]]*akimat\.crt)\]":
                      rf"\1, {renewed / 'akimat.crt'}]"})
        code, _, error = self.replay(row["id"])
        self.assertNotEqual(code, 0)
        self.assertIn("adapter.unknown_code", error)
        row, = self.quarantine("akimat")
        self.assertEqual((row["code"], row["state"]), ("adapter.unknown_code", "open"))
        self.assertEqual(self.events(hub_id), before)

        # The mapping is mended, too: the decision lands.
        self.mend_mapping(mapping)
        self.restart({})
        code, output, error = self.replay(row["id"])
        self.assertEqual((code, error), (0, ""), output)
        shown = self.appeal(hub_id)
        self.assertEqual((shown["state"], shown["decision_outcome"]),
                         ("executed", "act_favourable"))
        row, = self.quarantine("akimat")
        self.assertEqual(row["state"], "resolved")
        self.assertTrue(row["closed_by"].startswith("operator:"))

        # Nothing happens twice: by replay, or by the agency sending it again.
        events = self.events(hub_id)
        self.assertIn("sha256=", events[-1]["evidence"])
        code, _, error = self.replay(row["id"])
        self.assertNotEqual(code, 0)
        self.assertIn("exchange.quarantine_closed", error)
        self.assertEqual(self.push(body, stranger), 200)
        self.assertEqual(self.events(hub_id), events)

    def test_what_comes_again_is_closed_and_what_was_collected_is_replayed(self):
        folder = self.work / "again"
        folder.mkdir()
        mapping = folder / "mapping"
        shutil.copytree(ROOT / "adapters" / "mappings" / "akimat", mapping)
        settings = mapping / "settings.yaml"
        whole = settings.read_text("utf-8")
        self.assertEqual(whole.count(" in_progress: in_work,"), 1)
        settings.write_text(whole.replace(" in_progress: in_work,", ""), "utf-8")
        self.config = write_config(folder / "hub.yaml", self.pki, replace={
            f"{ROOT}/adapters/mappings/akimat/settings.yaml": str(settings)})
        self.start_stage("again-stage", config=self.config,
                         extra={"akimat": ["--push-share", "0"]})
        # The akimat's own news are collected; one of them nobody can translate.
        receipt = self.accept(make_appeal("akimat", "again"))
        hub_id = receipt["hub_id"]
        self.wait_decided([hub_id])
        collected, = self.quarantine("akimat")
        self.assertEqual((collected["code"], collected["kind"]), ("adapter.unknown_code", "item"))
        # And one is pushed.
        key = OwnKey(self.pki / "akimat.key", self.pki / "akimat.crt")
        news = json.dumps({
            "caseId": self.appeal(hub_id)["external_ids"][0]["id"],
            "externalId": receipt["message_id"], "changeId": "pushed-1", "kind": "application",
            "type": "status", "status": "in_progress",
            "changedAt": "2026-03-17T10:00:00+05:00"}).encode()
        self.push(news, key)
        pushed = next(r for r in self.quarantine("akimat") if r["id"] != collected["id"])
        self.assertEqual((pushed["code"], pushed["state"]), ("adapter.unknown_code", "open"))
        code, _, error = self.replay(collected["id"])
        self.assertNotEqual(code, 0)
        self.assertIn("adapter.unknown_code", error)
        before = self.events(hub_id)

        settings.write_text(whole, "utf-8")
        self.restart({})
        # The agency pushes the same again, under a new signature: the kept one is closed by itself.
        self.assertEqual(self.push(news, key), 200)
        rows = {row["id"]: row for row in self.quarantine("akimat")}
        self.assertEqual(rows[pushed["id"]]["state"], "resolved")
        self.assertEqual(rows[pushed["id"]]["closed_by"], "hub")
        self.assertEqual(rows[collected["id"]]["state"], "open")
        # What was collected, only we have: it goes back to the adapter.
        code, output, error = self.replay(collected["id"])
        self.assertEqual((code, error), (0, ""), output)
        rows = {row["id"]: row for row in self.quarantine("akimat")}
        self.assertEqual(rows[collected["id"]]["state"], "resolved")
        self.assertTrue(rows[collected["id"]]["closed_by"].startswith("operator:"))
        events = self.events(hub_id)[len(before):]
        self.assertEqual([e["type"] for e in events], ["status_late", "status_late"])
        self.assertTrue(all("sha256=" in e["evidence"] for e in events), events)

    def mend_mapping(self, mapping):
        settings = mapping / "settings.yaml"
        text = settings.read_text("utf-8")
        self.assertEqual(text.count("  outcome:\n"), 1)
        settings.write_text(text.replace("  outcome:\n", "  outcome:\n    novel: act_favourable\n"),
                            "utf-8")


if __name__ == "__main__":
    unittest.main()
