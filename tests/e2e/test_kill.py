"""The hub is killed (-9) at chosen counts of its work; nothing acknowledged is lost or doubled."""
import http.client
import json
import queue
import threading
import unittest
import urllib.error

from e2e import AGENCIES, QUICK, Case, make_appeal

CLIENTS = 3
APPEALS = 60


class Client(threading.Thread):
    """Submits what is in the queue until it is acknowledged, over any number of hub crashes."""

    def __init__(self, test, work, stop):
        super().__init__(daemon=True)
        self.test, self.work, self.stop = test, work, stop

    def run(self):
        while not self.stop.is_set():
            try:
                key, document = self.work.get(timeout=0.05)
            except queue.Empty:
                continue
            while not self.stop.is_set():
                try:
                    status, _, body = self.test.stage.submit_document(document)
                except (urllib.error.URLError, OSError, http.client.HTTPException):
                    self.test.broken.append(key)
                    self.test.up.wait(0.05)
                    continue
                self.test.acknowledge(key, status, body)
                break


class Kill(Case):
    def acknowledge(self, key, status, body):
        with self.lock:
            self.answers[key] = (status, json.loads(body))

    def setUp(self):
        self.lock, self.answers, self.broken = threading.Lock(), {}, []
        self.up = threading.Event()
        self.overrides = []

    def acknowledged(self):
        with self.lock:
            return len(self.answers)

    def arrived(self):
        return sum(len(self.stage.control(alias)["messages"]) for alias in AGENCIES)

    def crash(self):
        self.stage.kill_hub()
        self.stage.start_hub([*QUICK, *self.overrides])

    def test_nothing_is_lost_or_doubled(self):
        self.start_stage(step_ms=100)
        self.crash_all_along()

    def test_a_system_that_forgets_keys_is_asked_first(self):
        """It opens a case for every call: the hub asks it before it sends an appeal again."""
        self.overrides = ["agencies.akimat.settings={found: found.jq, "
                          "find: {path: '/api/v1/cases?externalId={message_id}'}}"]
        self.start_stage("forgetful", step_ms=100, extra={"akimat": ["--forgetful"]},
                         faults={"akimat": "create@every 4:reset_after"},
                         overrides=self.overrides)
        self.crash_all_along()
        requests = self.stage.control("akimat")["requests"]
        self.assertGreater(requests["find"], 0, requests)

    def crash_all_along(self):
        documents = {f"kill-{n:02d}": make_appeal(AGENCIES[n % 3], f"kill-{n:02d}")
                     for n in range(APPEALS)}
        work, stop = queue.Queue(), threading.Event()
        clients = [Client(self, work, stop) for _ in range(CLIENTS)]
        for item in documents.items():
            work.put(item)
        for client in clients:
            client.start()
        self.addCleanup(lambda: [client.join() for client in clients])
        self.addCleanup(stop.set)
        # In the middle of intake, and of deliveries that started meanwhile.
        for count in (5, 20, 40):
            self.until(lambda: self.acknowledged() >= count, f"{count} are acknowledged")
            self.crash()
        self.until(lambda: self.acknowledged() == APPEALS, "all are acknowledged")
        # In the middle of delivery and of answers.
        for count in (APPEALS // 2, APPEALS - 10):
            self.until(lambda: self.arrived() >= count, f"{count} arrived at the agencies")
            self.crash()
        stop.set()

        bad = {key: answer for key, answer in self.answers.items() if answer[0] not in (200, 201)}
        self.assertFalse(bad)
        ids = {key: receipt["hub_id"] for key, (_, receipt) in self.answers.items()}
        self.assertEqual(len(set(ids.values())), APPEALS)
        self.wait_decided(ids.values())
        self.assertEqual(set(self.rows()), set(ids.values()))
        self.check_numbers(self.rows().values())
        # An attempt whose result was lost with the process is made again: the agencies may see it
        # twice, and still one case comes of it.
        self.check_exactly_once(ids.values())
        for key, document in list(documents.items())[::7]:
            status, _, body = self.stage.submit_document(document)
            again = json.loads(body)
            self.assertEqual(status, 200, again)
            for name in ("hub_id", "reg_number", "message_id", "record"):
                self.assertEqual(again[name], self.answers[key][1][name])
            other = json.loads(document)
            other["subject_text"] += "!"
            status, _, body = self.stage.submit_document(json.dumps(other).encode())
            self.assertEqual((status, json.loads(body)["code"]), (409, "exchange.duplicate_key"))
        self.assertEqual(len(self.rows()), APPEALS)


if __name__ == "__main__":
    unittest.main()
