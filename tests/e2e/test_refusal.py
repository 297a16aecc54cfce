"""Whoever must route a refused appeal anew reads why the agency refused it, and the log does not."""
import json
import unittest

from e2e import Case, hubctl, make_appeal

WRONG = 'agencies.zher.settings={tables: {kind: {request: "NOPE 850101300123"}}}'


class Refusal(Case):
    def good(self, *words):
        code, output, error = hubctl(self.stage, *words)
        self.assertEqual((code, error), (0, ""), output)
        return output

    def test_the_reason_is_read_where_a_person_looks(self):
        # What the committee's schema does not take, its system refuses with an err file.
        self.start_stage(overrides=[WRONG])
        number = self.accept(make_appeal("zher", "refused"))["reg_number"]
        self.until(lambda: number in self.good("list", "--state", "reception"), "the refusal")
        self.assertIn("XSD_INVALID", self.good("events", number))
        self.assertIn("XSD_INVALID", self.good("show", number))
        outbox = self.good("outbox", "--state", "rejected")
        self.assertIn("the agency refused the appeal: XSD_INVALID", outbox)
        self.assertIn("XSD_INVALID", self.good("misrouted"))
        events = json.loads(self.good("events", number, "--content", "--json"))["events"]
        note = next(e["note"] for e in events if e["type"] == "status_refused")
        self.assertIn("otinim.xsd", note)
        self.assertNotIn("XSD_INVALID", self.good("feed"))
        log = self.stage.children["hub"].tail(10_000_000)
        self.assertNotIn("XSD_INVALID", log)


if __name__ == "__main__":
    unittest.main()
