"""Every agency misbehaves by its script, and still every appeal is decided, once."""
import json
import unittest

from e2e import AGENCIES, ROUGH_DAY, SAMPLES, Case, make_appeal, valid_samples


class RoughDay(Case):
    def test_everything_is_decided_once_whatever_the_agencies_do(self):
        stage = self.start_stage(faults=ROUGH_DAY)
        receipts = self.accept_samples()
        rows = self.wait_decided(receipts)
        self.assertEqual(len(rows), len(valid_samples()))
        for alias in AGENCIES:  # the day was rough indeed
            fired = {f["do"] for f in stage.control(alias)["faults"]["fired"]}
            self.assertGreaterEqual(len(fired), 3, f"{alias}: {fired}")
        self.check_exactly_once(receipts)
        self.check_numbers(rows.values())

    def test_the_same_answers_again_change_nothing(self):
        twice = {"minfin": "getMessages@*:duplicate;push@*:duplicate;sendMessage@*:duplicate",
                 "akimat": "changes@*:duplicate;push@*:duplicate;create@*:duplicate",
                 "zher": "status@*:duplicate;decision@*:duplicate"}
        stage = self.start_stage(name="twice", faults=twice)
        receipts = self.accept_samples()
        self.wait_decided(receipts)
        before = {i: self.appeal(i)["decision"] for i in receipts}
        # Everything the agencies have to say was taken: no message waits, no file lies about.
        self.until(lambda: stage.control("minfin")["waiting"] == 0, "minfin's messages are taken")
        self.until(lambda: stage.control("zher")["unread"] == 0, "zher's files are taken")
        self.check_exactly_once(receipts)
        self.assertEqual({i: self.appeal(i)["decision"] for i in receipts}, before)
        for hub_id in receipts:
            types = [event["type"] for event in self.events(hub_id)]
            self.assertNotIn("decision_corrected", types)

    def test_a_trouble_of_the_gateway_is_no_refusal_and_no_lost_answer_stops_it(self):
        script = "sendMessage@1-2:fault=ROUTER_DOWN;sendDeliveryNotification@*:reset_after"
        stage = self.start_stage(name="trouble", faults={"minfin": script})
        ids = [self.accept(make_appeal("minfin", f"trouble-{i}"))["hub_id"] for i in range(3)]
        self.wait_decided(ids)
        self.until(lambda: stage.control("minfin")["waiting"] == 0, "minfin's messages are taken")
        for hub_id in ids:
            states = {event.get("to_state") for event in self.events(hub_id)}
            self.assertNotIn("awaiting_routing", states)
        self.assertNotIn("adapter.acknowledge_failed", json.dumps(self.agency("minfin")))
        fired = {f["op"] for f in stage.control("minfin")["faults"]["fired"]}
        self.assertIn("sendMessage", fired)

    def test_the_same_appeal_from_a_client_again_is_the_same_receipt(self):
        stage = self.start_stage(name="again", step_ms=3_600_000)
        stage.upload_files(SAMPLES / "files")
        for path in valid_samples()[:12]:
            first, _, receipt = stage.submit(path)
            second, _, again = stage.submit(path)
            self.assertEqual((first, second), (201, 200))
            self.assertEqual(self.settled(receipt), self.settled(again))
        self.assertEqual(len(self.rows()), 12)

    def settled(self, body):
        """What of a receipt never changes: its proof may be against a later tree head."""
        receipt = json.loads(body)
        return {key: receipt[key] for key in ("hub_id", "reg_number", "message_id", "due_date",
                                              "received_at", "content_sha256", "record")}


if __name__ == "__main__":
    unittest.main()
