"""Work done in the hub itself, on a living hub: forwarded on, withdrawn, compared, shared, reported."""
import csv
import datetime
import hashlib
import json
import shutil
import unittest

from e2e import AGENCIES, NEVER_MS, ROOT, Case, hubctl, make_appeal, write_config

TEXT = ("Прошу пересчитать налог на имущество за прошлый год, потому что площадь дома указана "
        "неверно и сумма завышена почти вдвое.")


class Casework(Case):
    def good(self, *arguments):
        code, output, error = hubctl(self.stage, *arguments)
        self.assertEqual(code, 0, output + error)
        return output

    def act(self, number, action, role, **inputs):
        options = [word for name, value in inputs.items() for word in (f"--{name}", value)]
        return self.good("act", number, action, "--role", role, *options)

    def clocks(self, hub_id):
        return {clock["name"]: clock for clock in self.appeal(hub_id)["clocks"]}

    def test_forwarded_whole_while_its_first_body_is_down(self):
        stage = self.start_stage("forward")
        self.assertEqual(stage.stop_agency("minfin"), 0)
        receipt = self.accept(make_appeal("minfin", "fwd-1", subject_text=TEXT))
        number, hub_id = receipt["reg_number"], receipt["hub_id"]
        self.until(lambda: [r for r in self.outbox(destination="minfin") if r.get("last_code")],
                   "the delivery fails at least once")
        code, _, error = hubctl(stage, "act", number, "forward_whole", "--role", "registrar",
                                "--body", "zher")
        self.assertEqual(code, 1)
        self.assertIn("article 65(1)", error)
        self.assertIn("mf-01", self.good("executors", number))
        self.act(number, "assign", "head", executor="mf-01")
        self.act(number, "start_work", "executor")
        self.assertIn("mf-01", self.good("overdue", "--days", "40"))
        self.act(number, "forward_prepare", "executor", reason="Вопрос о земельном участке")
        self.act(number, "forward_agree", "controller")
        self.act(number, "forward_sign", "head")
        self.act(number, "forward_whole", "registrar", body="zher")
        self.wait_decided([hub_id])
        row = self.appeal(hub_id)
        self.assertEqual((row["destination"], row["state"]), ("zher", "executed"))
        self.assertEqual(row["reg_number"], number)
        self.assertIn(self.clocks(hub_id)["complaint_window"]["status"], "running")
        # The body that came back gets nothing of it: one case, not two.
        stage.restart_agency("minfin")
        later = self.accept(make_appeal("minfin", "fwd-2"))
        self.wait_decided([later["hub_id"]])
        stopped = [r for r in self.outbox(destination="minfin") if r["hub_id"] == hub_id]
        self.assertEqual([r["state"] for r in stopped], ["rejected"])
        self.assertEqual(stopped[0]["last_code"], "exchange.case_over")
        self.assertEqual((stage.control("minfin")["cases"], stage.control("zher")["cases"]), (1, 1))

    def test_the_body_has_three_days_of_its_own_to_forward(self):
        """APPC 65(1): after the delivery, until it takes the appeal up; and its notice of the forwarding is its own."""
        self.start_stage("own", step_ms=NEVER_MS)
        receipt = self.accept(make_appeal("akimat", "own-1", subject_text=TEXT))
        number, hub_id = receipt["reg_number"], receipt["hub_id"]
        self.until(lambda: self.appeal(hub_id)["state"] == "assigned", "it is delivered")
        forward = self.clocks(hub_id)["forward"]
        self.assertEqual(forward["status"], "running")
        self.assertIn(number, self.good("overdue", "--clock", "forward", "--days", "3", "--body", "akimat"))
        self.act(number, "start_work", "executor")
        self.assertEqual(self.clocks(hub_id)["forward"]["status"], "met")
        line = next(line for line in self.good("actions", number).splitlines() if "forward_prepare" in line)
        self.assertIn(forward["due_date"], line)
        self.act(number, "forward_prepare", "executor", reason="Вопрос о земельном участке")
        self.assertEqual(self.clocks(hub_id)["forward"]["status"], "running")
        self.act(number, "forward_agree", "controller")
        self.act(number, "forward_sign", "head")
        self.act(number, "forward_whole", "registrar", body="zher")
        self.assertIn(number, self.good("misrouted"), "whoever keeps the routing table sees what was sent amiss")
        owed = ("overdue", "--clock", "forward_notice", "--days", "3", "--body")
        self.assertIn(number, self.good(*owed, "akimat"))
        self.assertNotIn(number, self.good(*owed, "zher"))
        self.act(number, "notify", "registrar")
        self.assertNotIn(number, self.good(*owed, "akimat"))

    def test_a_part_is_answered_apart(self):
        stage = self.start_stage("part")
        self.assertEqual(stage.stop_agency("minfin"), 0)
        receipt = self.accept(make_appeal("minfin", "part-1"))
        number = receipt["reg_number"]
        self.act(number, "assign", "head", executor="mf-01")
        self.act(number, "start_work", "executor")
        self.act(number, "forward_prepare", "executor", reason="Часть о дороге")
        self.act(number, "forward_agree", "controller")
        self.act(number, "forward_sign", "head")
        output = self.act(number, "forward_part", "registrar", body="akimat", reason="Часть о дороге")
        self.assertIn(number + "/1", output)
        part = json.loads(self.good("show", number + "/1", "--json"))
        self.assertNotEqual(part["hub_id"], receipt["hub_id"])
        self.wait_decided([part["hub_id"]])
        self.assertFalse(self.appeal(receipt["hub_id"]).get("decision_outcome"))
        stage.restart_agency("minfin")
        self.wait_decided([receipt["hub_id"]])

    def test_bodies_systems_learn_of_a_moved_term_and_of_a_withdrawal(self):
        law = self.work / "law"
        shutil.copytree(ROOT / "config" / "law", law)
        stage = self.start_stage("told", overrides=[f"law_folder={law}"], step_ms=NEVER_MS)
        receipts = {alias: self.accept(make_appeal(alias, f"t-{alias}")) for alias in AGENCIES}

        def due_dates():
            return {alias: self.appeal(r["hub_id"])["due_date"] for alias, r in receipts.items()}

        for alias in AGENCIES:
            self.until(lambda alias=alias: stage.control(alias)["cases"] == 1, f"{alias} has a case")
        before = due_dates()
        # A late order makes the last day of each term a day off.
        for day in set(before.values()):
            calendar = law / "calendar" / f"{day[:4]}.yaml"
            text = calendar.read_text("utf-8")
            self.assertNotIn(f"  {day}:", text)
            text = text.replace("days_off:\n", f"days_off:\n  {day}: observed\n", 1)
            calendar.write_text(text.replace('.1"', '.9"', 1), "utf-8")
        self.assertIn("moved", self.good("law", "reload"))
        after = due_dates()
        for alias in AGENCIES:
            self.assertGreater(after[alias], before[alias])
            self.until(lambda alias=alias: list(stage.control(alias)["case_due_dates"].values())
                       == [after[alias]], f"{alias} knows the new term")
            hub_id = receipts[alias]["hub_id"]
            self.until(lambda hub_id=hub_id: "term_change_delivered" in
                       [event["type"] for event in self.events(hub_id)], "the hub knows it does")
        self.act(receipts["akimat"]["reg_number"], "withdraw", "registrar", reason="Вопрос решён")
        self.until(lambda: list(stage.control("akimat")["case_states"].values()) == ["withdrawn"],
                   "the withdrawal reaches the case it concerns")
        self.assertFalse([row for row in self.outbox() if row["state"] in ("rejected", "dead")])

    def test_another_body_is_asked_meanwhile(self):
        stage = self.start_stage("asked")
        self.assertEqual(stage.stop_agency("minfin"), 0)
        receipt = self.accept(make_appeal("minfin", "asked-1"))
        number, hub_id = receipt["reg_number"], receipt["hub_id"]
        due = datetime.date.fromisoformat(self.appeal(hub_id)["due_date"])
        day = (due - datetime.timedelta(days=7)).isoformat()

        def step(which, name, role, **inputs):
            options = [word for key, value in inputs.items() for word in (f"--{key}", value)]
            return json.loads(self.good("sub-order", number, which, name, "--role", role, "--json", *options))

        asked = ("--role", "executor", "--kind", "request", "--body", "akimat", "--day", day,
                 "--text", "Площадь дома по адресу заявителя")
        code, _, error = hubctl(stage, "sub-order", number, "create", *asked)
        self.assertEqual(code, 1)
        self.assertIn("rules.sub_order_not_allowed", error)
        self.act(number, "assign", "head", executor="mf-01")
        self.act(number, "start_work", "executor")
        before = self.appeal(hub_id)
        late = [before["due_date"] if word == day else word for word in asked]
        code, _, error = hubctl(stage, "sub-order", number, "create", *late)
        self.assertEqual(code, 1)
        self.assertIn("rules.sub_order_day", error)
        # The same again, as of one who did not see the answer, makes no other.
        for _ in range(2):
            self.assertIn("sub-order       1 (request)", self.good("sub-order", number, "create", *asked))
        step("1", "agree", "controller")
        self.assertEqual(step("1", "sign", "head")["state"], "signed")
        self.assertIn(number, self.good("sub-orders"))
        self.assertEqual(step("1", "answer", "executor", answer="96 кв. м")["answer"], "96 кв. м")
        self.assertEqual(step("1", "check", "controller")["open"], False)
        more = json.loads(self.good("sub-order", number, "create", "--role", "executor", "--kind",
                                    "additional_assignment", "--of", "1", "--day", day, "--json",
                                    "--text", "Год постройки дома"))
        self.assertEqual((more["number"], more["of"]), (2, 1))
        self.assertIn("agree (controller)", self.good("sub-orders", number))
        after = self.appeal(hub_id)
        self.assertEqual((after["state"], after["due_date"]), (before["state"], before["due_date"]))
        self.act(number, "decision_prepare", "executor")
        self.act(number, "decision_agree", "controller")
        outcome = {"character": "explained", "outcome": "answered"} if before["kind"] != "application" \
            else {"outcome": "act_favourable"}
        self.act(number, "decision_sign", "head", official="А. Үлгіұлы", text="Пересчитано.", **outcome)
        self.assertIn("no open sub-orders", self.good("sub-orders"))
        states = {row["number"]: row["state"] for row in
                  self.stage.get_json(f"/v1/appeals/{hub_id}/sub-orders")["sub_orders"]}
        self.assertEqual(states, {1: "checked", 2: "cancelled"})
        told = [event["reason"] for event in self.events(hub_id) if event["type"] == "sub_order"]
        self.assertEqual(told, ["sub_order_create", "sub_order_agree", "sub_order_sign", "sub_order_answer",
                                "sub_order_check", "sub_order_create", "sub_order_case_over"])
        self.act(number, "deliver_decision", "registrar")
        # What the body decides in a system of its own ends it, too.
        other = self.accept(make_appeal("minfin", "asked-2"))
        self.act(other["reg_number"], "assign", "head", executor="mf-01")
        self.good("sub-order", other["reg_number"], "create", *asked)
        stage.restart_agency("minfin")
        self.wait_decided([other["hub_id"]])
        ended = self.stage.get_json(f"/v1/appeals/{other['hub_id']}/sub-orders")["sub_orders"]
        self.assertEqual([row["state"] for row in ended], ["cancelled"])
        text = json.dumps(self.events(hub_id), ensure_ascii=False) + stage.children["hub"].tail(1_000_000)
        self.assertNotIn("96 кв", text)
        self.assertNotIn("Площадь дома", text)

    def test_the_body_asked_reads_and_answers_at_the_door(self):
        key = self.work / "akimat-key"
        key.write_text("the akimat's own key", "utf-8")
        digest = hashlib.sha256(key.read_bytes()).hexdigest()
        config = write_config(self.work / "asked.yaml", self.pki, replace={
            "\nclients:\n": f"\nclients:\n  - name: akimat-desk\n    api_key_sha256: {digest}\n"
                            "    body: \"940140000385\"\n    roles: [executor]\n"})
        stage = self.start_stage("door", config=config, step_ms=NEVER_MS)
        self.assertEqual(stage.stop_agency("minfin"), 0)
        receipts = [self.accept(make_appeal("minfin", f"door-{i}")) for i in range(2)]
        first, other = (receipt["reg_number"] for receipt in receipts)
        day = (datetime.date.fromisoformat(self.appeal(receipts[0]["hub_id"])["due_date"])
               - datetime.timedelta(days=7)).isoformat()

        def akimat(*arguments):
            return hubctl(stage, *arguments, key_file=key)

        for number, body in ((first, "akimat"), (other, "zher")):
            self.act(number, "assign", "head", executor="mf-01")
            self.good("sub-order", number, "create", "--role", "executor", "--kind", "request",
                      "--body", body, "--day", day, "--text", "Площадь дома")
            self.good("sub-order", number, "1", "agree", "--role", "controller")
            self.assertNotIn("agreed", akimat("sub-orders")[1], "it was not sent yet")
            self.assertEqual(akimat("sub-orders", number)[0], 1)
            if number == first:
                self.good("sub-order", number, "1", "sign", "--role", "head")
                code, listed, _ = akimat("sub-orders", "--json")
                self.assertEqual(code, 0)
                row = json.loads(listed)["sub_orders"][0]
                self.assertEqual((row["reg_number"], row["text"], row["due_date"] >= day),
                                 (first, "Площадь дома", True))
                code, _, error = akimat("sub-order", first, "1", "check", "--role", "executor")
                self.assertEqual(code, 1, error)
                self.assertEqual(akimat("show", first)[0], 1, "nothing else of the appeal")
                code, told, error = akimat("sub-order", first, "1", "answer", "--answer", "96 кв. м")
                self.assertEqual(code, 0, error)
                self.assertIn("answered", told)
        self.good("sub-order", other, "1", "sign", "--role", "head")
        self.assertEqual(akimat("sub-order", other, "1", "answer", "--answer", "нет")[0], 1, "another's")
        self.assertEqual(akimat("sub-orders", "--target", "990140900507")[0], 1)
        self.assertEqual(akimat("sub-orders", other)[0], 1)
        row = json.loads(self.good("sub-orders", first, "--json"))["sub_orders"][0]
        self.assertEqual((row["answer"], row["state"], row["missed"]), ("96 кв. м", "answered", False))
        # What waits for an answer stands among the terms that press, for the body that owes it.
        pressing = json.loads(self.good("overdue", "--days", "60", "--clock", "sub_order", "--json"))["cases"]
        self.assertEqual([(c["reg_number"], c["body"], c["sub_order"]) for c in pressing], [(other, "zher", 1)])
        self.assertIn("late_sub_orders", self.good("discipline", "--csv"))

    def test_what_complaints_keep_from_being_executed(self):
        stage = self.start_stage("stopped")
        for alias in ("akimat", "minfin"):
            self.assertEqual(stage.stop_agency(alias), 0)
        receipt = self.accept(make_appeal("akimat", "act-1"))
        number, hub_id = receipt["reg_number"], receipt["hub_id"]
        self.assertEqual(self.good("stopped"), "no such stopped acts\n")
        self.assertIn("stopped acts: 0, of which 0 need a person", self.good("status"))
        executor = json.loads(self.good("executors", number, "--json"))["suggested"]
        self.act(number, "assign", "head", executor=executor)
        self.act(number, "start_work", "executor")
        self.act(number, "decision_prepare", "executor")
        self.act(number, "decision_agree", "controller")
        self.act(number, "decision_sign", "head", official="Ж. Басқаұлы", text="Берілсін.",
                 outcome="act_favourable")
        self.act(number, "deliver_decision", "registrar")
        # Noted by hand first, under no number; then the complaint itself comes.
        self.act(number, "complain", "registrar")
        self.assertIn("outside the hub", self.good("stopped", "--body", "akimat"))
        filed = {"kind": "complaint", "previous_appeal": [{"reg_number": number}],
                 "contested": {"act_or_action": "act", "doc_no": "1", "body": {"bin": "990140900507"},
                               "official": "Мысалұлы"}}
        complaint_of = json.loads(make_appeal("akimat", "act-2", **filed))
        complaint_of["applicant"][0]["actual_address"] = complaint_of["applicant"][0]["postal_address"]
        complaint = self.accept(json.dumps(complaint_of, ensure_ascii=False).encode("utf-8"))["reg_number"]
        rows = {row["complaint"]: row for row in json.loads(self.good("stopped", "--json"))["stopped"]}
        self.assertEqual(set(rows), {"outside", complaint})
        self.assertEqual(rows["outside"]["beside"], complaint)
        self.assertEqual(rows["outside"]["problem"], "maybe_same")
        self.assertEqual(rows[complaint]["complaint_due"],
                         json.loads(self.good("show", complaint, "--json"))["due_date"])
        self.act(number, "complaint_joined", "registrar")
        self.assertEqual(self.clocks(hub_id)["execute"]["status"], "cancelled")
        # A namesake of the official complained of may get it; a person is asked.
        asked = json.loads(self.good("executors", complaint, "--json"))
        self.assertEqual([c["executor"] for c in asked["candidates"] if c.get("alike")], ["ak-02"])
        self.assertIn("make sure", self.good("executors", complaint))
        self.act(complaint, "assign", "head", executor="ak-02")
        self.assertIn("official_to_check", self.good("events", complaint))
        # It goes back for a new procedure: what becomes of the act only a person can tell.
        self.act(complaint, "start_work", "executor")
        self.act(complaint, "decision_prepare", "executor")
        self.act(complaint, "decision_agree", "controller")
        self.act(complaint, "decision_sign", "head", official="Ж. Басқаұлы", text="Қайтарылсын.",
                 outcome="sent_back")
        self.assertEqual(self.good("stopped", "--needs-person"), "no such stopped acts\n")
        self.act(complaint, "deliver_decision", "registrar")
        self.assertIn("1, of which 1 need a person: hubctl stopped", self.good("status"))
        self.assertIn("!complaint_over", self.good("stopped", "--needs-person", "--region", "75"))
        with_csv = list(csv.DictReader(self.good("stopped", "--csv").splitlines()))
        self.assertEqual([(row["reg_number"], row["complaint"], row["needs_person"]) for row in with_csv],
                         [(number, complaint, "yes")])
        self.act(number, "complaint_failed", "head", reason="Акт оставлен в силе")
        self.assertEqual(self.good("stopped"), "no such stopped acts\n")
        self.assertEqual(self.clocks(hub_id)["execute"]["status"], "running")
        for wrong in (["--body", "nobody"], ["--region", "7"]):
            code, _, error = hubctl(stage, "stopped", *wrong)
            self.assertEqual(code, 1)
            self.assertIn("web.bad_parameter", error)

    def test_withdrawn_and_compared_and_reported(self):
        stage = self.start_stage("withdraw")
        self.assertEqual(stage.stop_agency("minfin"), 0)
        first = self.accept(make_appeal("minfin", "w-1", subject_text=TEXT))
        repeat = self.accept(make_appeal("minfin", "w-2", subject_text=TEXT))
        self.until(lambda: "exact_repeat" in self.good("similar", repeat["reg_number"]),
                   "the repeat is seen")
        self.assertIn("duplicate", self.good("similar", repeat["reg_number"], first["reg_number"],
                                             "--verdict", "duplicate"))
        self.assertEqual(self.appeal(repeat["hub_id"])["duplicate_of"], first["reg_number"])
        self.assertIn(first["reg_number"], self.good("repeats"))
        other = self.accept(make_appeal("minfin", "w-3"))
        self.act(first["reg_number"], "return", "head", reason="Повтор без новых доводов")
        code, _, error = hubctl(stage, "act", repeat["reg_number"], "join_repeat", "--role", "head", "--of",
                                first["reg_number"])
        self.assertEqual(code, 1, "APPC 64(8) is of what comes after the return")
        self.assertIn("returned after this appeal had come", error)
        again = self.accept(make_appeal("minfin", "w-4", subject_text=TEXT))
        self.act(again["reg_number"], "join_repeat", "head", of=first["reg_number"],
                 reason="Тот же вопрос")
        self.assertEqual(self.appeal(again["hub_id"])["state"], "terminated")
        self.act(other["reg_number"], "withdraw", "registrar", reason="Вопрос решён")
        code, _, error = hubctl(stage, "act", other["reg_number"], "withdrawal_accept", "--role", "head")
        self.assertEqual(code, 1)
        self.assertIn("withdrawal_prepare (executor), withdrawal_agree (controller)", error)
        self.act(other["reg_number"], "withdrawal_prepare", "executor")
        self.act(other["reg_number"], "withdrawal_agree", "controller")
        self.act(other["reg_number"], "withdrawal_accept", "head")
        row = self.appeal(other["hub_id"])
        self.assertEqual((row["state"], row["decision_outcome"]), ("terminated", "terminated"))
        self.assertEqual(row["decision"]["signatures"][0]["format"], "cms")
        file = self.work / "cards.csv"
        self.assertIn("4 cards", self.good("cards", "--out", str(file), "--purpose", "form 1-OL"))
        with open(file, newline="", encoding="utf-8") as table:
            cards = {card["reg_number"]: card for card in csv.DictReader(table)}
        self.assertEqual(cards[repeat["reg_number"]]["duplicate_of"], first["reg_number"])
        self.assertEqual(cards[first["reg_number"]]["outcome"], "returned")
        self.assertEqual(cards[other["reg_number"]]["outcome"], "terminated")
        self.assertIn("no body refused", self.good("misrouted"))
        # The terms that actions opened are the hub's to show: the time to complain and the notice of termination run on.
        law = str(ROOT / "config" / "law")
        code, output, error = hubctl(stage, "law", "diff", law, law, "--open")
        self.assertEqual((code, error), (0, ""), output)
        self.assertIn("3 open appeals", output)
        self.assertIn("no due date moves", output)
        self.assertEqual(self.clocks(other["hub_id"])["termination_notice"]["status"], "running")


if __name__ == "__main__":
    unittest.main()
