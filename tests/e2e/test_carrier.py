"""The gateway between hub and ministry: what it could not deliver is seen, and brought back by an operator."""
import unittest

from e2e import Case, hubctl, make_appeal


class Carrier(Case):
    def test_what_the_gateway_could_not_deliver_is_a_dead_letter(self):
        states = ("NOT_DELIVERED", "DELIVERY_STOPPED")
        script = "; ".join(f"delivery@{n}:not_delivered={s}" for n, s in enumerate(states, 1))
        stage = self.start_stage(faults={"minfin": script})
        receipts = [self.accept(make_appeal("minfin", state)) for state in states]
        dead = self.until(lambda: len(rows := self.outbox(state="dead")) == 2 and rows,
                          "both are told")
        self.assertEqual({row["last_code"] for row in dead}, {"adapter.not_delivered"})
        self.assertEqual({row["last_text"].split()[0] for row in dead}, set(states))
        self.assertEqual(self.agency("minfin")["dead"], 2)
        self.assertEqual(stage.control("minfin")["cases"], 0)
        for receipt in receipts:
            self.assertIn("delivery_failed", [e["type"] for e in self.events(receipt["hub_id"])])
        self.assertEqual(self.quarantine("minfin"), [])
        for row in dead:
            code, _, trouble = hubctl(stage, "retry", row["id"])
            self.assertEqual(code, 0, trouble)
        ids = [receipt["hub_id"] for receipt in receipts]
        self.wait_decided(ids)
        self.assertEqual(self.outbox(state="dead"), [])
        state = stage.control("minfin")
        self.assertEqual(state["cases"], 2)
        self.assertEqual({entry["arrived"] for entry in state["messages"].values()}, {1})

    def test_a_lost_answer_makes_no_second_case(self):
        stage = self.start_stage(name="lost", faults={"minfin": "sendMessage@1-2:reset_after"})
        receipt = self.accept(make_appeal("minfin", "lost"))
        self.wait_decided([receipt["hub_id"]])
        self.check_exactly_once([receipt["hub_id"]])
        state = stage.control("minfin")
        # Three times, unless a decision came before the third attempt.
        self.assertIn([entry["arrived"] for entry in state["messages"].values()], ([2], [3]))


if __name__ == "__main__":
    unittest.main()
