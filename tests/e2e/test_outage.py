"""One agency is bad for a while: the others notice nothing, its appeals wait, none is lost."""
import os
import unittest

from e2e import AGENCIES, Case, hubctl, make_appeal

EACH = 6


class Outage(Case):
    def accept_some(self, tag, each=EACH):
        """alias -> hub_ids."""
        return {alias: [self.accept(make_appeal(alias, f"{tag}-{alias}-{n}"))["hub_id"]
                        for n in range(each)] for alias in AGENCIES}

    def others_are_decided(self, ids, bad):
        for alias in AGENCIES:
            if alias != bad:
                self.wait_decided(ids[alias], 60)
        rows = self.rows()
        self.assertFalse([i for i in ids[bad] if rows[i].get("decision_outcome")])

    def waiting_with_reason(self, bad, ids):
        """The bad agency's deliveries are kept and say why they wait."""
        def shown():
            rows = [r for r in self.outbox(destination=bad) if r["hub_id"] in ids]
            return len(rows) == len(ids) and any(r.get("last_code") for r in rows) and rows
        rows = self.until(shown, f"the outbox of {bad} says why")
        self.assertTrue({row["state"] for row in rows} <= {"pending", "in_flight", "retry_wait"},
                        rows)
        codes = {row["last_code"] for row in rows if row.get("last_code")}
        known = {e["code"] for e in self.stage.get_json("/v1/errors")["errors"]}
        self.assertTrue(codes <= known, codes - known)
        told = self.agency(bad)
        self.assertTrue(told["last_code"] and told["last_text"] and told["last_failure"], told)
        self.assertEqual(told["waiting"] + told["retrying"], len(ids))
        self.assertTrue(told.get("oldest_waiting"), told)
        for alias in AGENCIES:
            if alias != bad:
                self.assertEqual(self.agency(alias)["breaker"], "closed")
        return codes

    def test_an_agency_that_is_down(self):
        stage = self.start_stage("down")
        self.assertEqual(stage.stop_agency("akimat"), 0)
        ids = self.accept_some("down")
        self.others_are_decided(ids, "akimat")
        self.waiting_with_reason("akimat", ids["akimat"])
        self.until(lambda: self.agency("akimat")["breaker"] != "closed", "the breaker opens")
        code, output, _ = hubctl(stage, "adapter", "check", "akimat")
        self.assertEqual(code, 1, output)
        self.assertEqual(hubctl(stage, "adapter", "check", "minfin")[0], 0)
        stage.restart_agency("akimat")
        self.wait_decided(ids["akimat"])
        self.check_exactly_once([i for group in ids.values() for i in group])

    def test_an_sftp_server_that_is_down(self):
        stage = self.start_stage("sftp")
        # Some are on their way when the server goes.
        before = self.accept_some("before", each=2)
        self.assertEqual(stage.stop_agency("sftp"), 0)
        ids = self.accept_some("sftp")
        self.others_are_decided(ids, "zher")

        def told():
            row = self.agency("zher")
            return row.get("last_code") == "transport.unreachable" and row
        row = self.until(told, "the agency's last problem tells it")
        self.assertTrue(row["last_text"] and row["last_failure"], row)
        self.assertIn("transport.unreachable", hubctl(stage, "agencies")[1])
        self.assertEqual(hubctl(stage, "adapter", "check", "zher")[0], 1)
        self.until(lambda: self.agency("zher")["breaker"] != "closed", "the breaker opens")
        rows = [r for r in self.outbox(destination="zher") if r["hub_id"] in ids["zher"]]
        self.assertEqual(len(rows), len(ids["zher"]))
        self.assertTrue({r["state"] for r in rows} <= {"pending", "in_flight", "retry_wait"}, rows)
        stage.restart_agency("sftp")
        everything = [i for some in (before, ids) for group in some.values() for i in group]
        self.wait_decided(everything)
        self.check_exactly_once(everything)
        self.assertEqual(self.quarantine("zher"), [])
        self.assertEqual(self.agency("zher")["dead"], 0)

    def test_an_agency_that_answers_garbage(self):
        stage = self.start_stage("garbage", faults={
            "minfin": "sendMessage@*:malformed=<html>Wartung</html>;getMessages@*:malformed;"
                      "push@*:malformed"})
        ids = self.accept_some("garbage")
        self.others_are_decided(ids, "minfin")
        codes = self.waiting_with_reason("minfin", ids["minfin"])
        self.assertFalse({c for c in codes if c.startswith("base.")}, codes)
        stage.set_faults("minfin", "")
        self.wait_decided(ids["minfin"])
        self.check_exactly_once([i for group in ids.values() for i in group])

    def test_an_agency_that_cannot_be_trusted(self):
        stage = self.start_stage("stranger", faults={"akimat": "*@*:wrong_key"})
        ids = self.accept_some("stranger")
        self.others_are_decided(ids, "akimat")
        codes = self.waiting_with_reason("akimat", ids["akimat"])
        self.assertTrue({c for c in codes if c.startswith("trust.")}, codes)
        stage.set_faults("akimat", "")
        self.wait_decided(ids["akimat"])
        self.check_exactly_once([i for group in ids.values() for i in group])

    def test_a_drop_folder_with_a_half_written_file(self):
        stage = self.start_stage(
            "half", overrides=["agencies.zher.settings={incomplete_looks_max: 5}"])
        out = stage.folder / "sftp" / "out"
        half = out / "decision-ZHK-2026-99999-1.xml"
        half.write_bytes(b'<?xml version="1.0" encoding="UTF-8"?>\n<KZM_Zhauap xmlns="urn:zher')
        rubbish = out / "status-20260101-9.csv"
        rubbish.write_bytes(os.urandom(500))
        ids = self.accept_some("half")
        # Neither file delays anything, its neighbours in the same folder included.
        self.wait_decided([i for group in ids.values() for i in group])
        self.check_exactly_once([i for group in ids.values() for i in group])
        for name in (half.name, rubbish.name):
            self.until(lambda: any(row["item_id"].startswith(name)
                                   for row in self.quarantine("zher")),
                       f"{name} is shown with its reason")
        for row in self.quarantine("zher"):
            self.assertTrue(row["code"] and row["state"] == "open", row)

    def test_a_dead_letter_is_kept_and_can_be_sent_again(self):
        stage = self.start_stage("dead", faults={"minfin": "sendMessage@*:fault=AUTH001"})
        receipt = self.accept(make_appeal("minfin", "dead"))
        row = self.until(lambda: self.outbox(destination="minfin", state="dead"), "it is dead")[0]
        self.assertEqual(row["hub_id"], receipt["hub_id"])
        self.assertTrue(row["last_code"] and row["last_text"], row)
        self.assertEqual(self.agency("minfin")["dead"], 1)
        self.assertIn("delivery_failed", [e["type"] for e in self.events(receipt["hub_id"])])
        code, output, _ = hubctl(stage, "outbox", "--state", "dead")
        self.assertEqual(code, 0)
        self.assertIn(row["last_code"], output)
        stage.set_faults("minfin", "")
        code, output, error = hubctl(stage, "retry", row["id"])
        self.assertEqual(code, 0, error)
        self.wait_decided([receipt["hub_id"]])
        self.assertEqual(self.agency("minfin")["dead"], 0)
        types = [e["type"] for e in self.events(receipt["hub_id"])]
        for once in ("retry_requested", "delivered", "decided"):
            self.assertEqual(types.count(once), 1, types)
        self.assertEqual(hubctl(stage, "retry", row["id"])[0], 1)   # it is delivered
        self.assertEqual(hubctl(stage, "retry", 999_999)[0], 1)     # no such row


if __name__ == "__main__":
    unittest.main()
