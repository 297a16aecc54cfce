"""Whoever must route a refused appeal anew reads why the agency refused it, and the log does not."""
import json
import unittest

from e2e import Case, decided, hubctl, make_appeal

REFUSED = "accept@1:fault=COUNT_INVALID,text=otinish-count 850101300123"


class Refusal(Case):
    def good(self, *words):
        code, output, error = hubctl(self.stage, *words)
        self.assertEqual((code, error), (0, ""), output)
        return output

    def test_the_reason_is_read_where_a_person_looks(self):
        # What its rules do not take, the committee's system refuses with an err file.
        self.start_stage(faults={"zher": REFUSED})
        number = self.accept(make_appeal("zher", "refused"))["reg_number"]
        self.until(lambda: number in self.good("list", "--state", "reception"), "the refusal")
        self.assertIn("COUNT_INVALID", self.good("events", number))
        self.assertIn("COUNT_INVALID", self.good("show", number))
        outbox = self.good("outbox", "--state", "rejected")
        self.assertIn("the agency refused the appeal: COUNT_INVALID", outbox)
        self.assertIn("COUNT_INVALID", self.good("misrouted"))
        events = json.loads(self.good("events", number, "--content", "--json"))["events"]
        note = next(e["note"] for e in events if e["type"] == "status_refused")
        self.assertIn("otinish-count", note)
        self.assertNotIn("COUNT_INVALID", self.good("feed"))
        log = self.stage.children["hub"].tail(10_000_000)
        self.assertNotIn("COUNT_INVALID", log)

    def test_what_is_not_ours_is_directed_elsewhere_and_counted_against_its_row(self):
        stage = self.start_stage(name="not-ours", faults={
            "akimat": "create@1:not_ours=The land committee decides"})
        number = self.accept(make_appeal("akimat", "not-ours"))["reg_number"]
        self.until(lambda: number in self.good("list", "--state", "reception"), "the refusal")
        rejected = self.good("outbox", "--state", "rejected")
        self.assertIn("NOT_COMPETENT", rejected)
        self.assertNotIn("The land committee decides", rejected, "a person's free text")
        self.assertEqual(stage.control("akimat")["cases"], 0, "no case was opened")
        rows = json.loads(self.good("misrouted", "--json"))["rows"]
        self.assertEqual([(row["refused_by"], row["appeals"]) for row in rows], [("akimat", 1)])
        self.good("route", number, "zher", "--reason", "The akimat says it is the committee's")
        self.until(lambda: decided(self.rows()[self.id_of(number)]), "the committee's decision")
        rows = json.loads(self.good("misrouted", "--json"))["rows"]
        self.assertEqual([(row["refused_by"], row["then_to"], row["appeals"]) for row in rows],
                         [("akimat", "zher", 1)])

    def id_of(self, number):
        return next(row["hub_id"] for row in self.stage.all_appeals()
                    if row["reg_number"] == number)


if __name__ == "__main__":
    unittest.main()
