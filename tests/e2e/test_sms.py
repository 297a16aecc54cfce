"""From an appeal to the applicant's telephone and back: hubd, a real Kannel, its fake network."""
import json
import subprocess
import unittest
import urllib.parse

from e2e import HUBD, QUICK, ROOT, Case, hubctl, make_appeal, write_config
from kannel import PASSWORD, USER, Kannel

PHONE = "+77015550177"


class Sms(Case):
    def setUp(self):
        self.kannel = Kannel(self.work / f"kannel-{self._testMethodName}")
        self.addCleanup(self.kannel.stop)
        (self.work / "sms-password").write_text(PASSWORD + "\n")
        (self.work / "report-secret").write_text("0123456789abcdef0123456789abcdef\n")
        for secret in ("sms-password", "report-secret"):
            (self.work / secret).chmod(0o640)

    def section(self, texts_file=ROOT / "config" / "sms.yaml"):
        return f"""
sms:
  url: {self.kannel.url}
  username: {USER}
  password_file: {self.work}/sms-password
  sender: "1414"
  texts_file: {texts_file}
  quiet_from: "00:00"
  quiet_until: "00:00"
  report_url: http://127.0.0.1:1/sms/report
  report_secret_file: {self.work}/report-secret
"""

    def start(self):
        name = self._testMethodName
        config = write_config(self.work / f"{name}.yaml", self.pki, more=self.section())
        stage = self.start_stage(name, config=config, hub=False)
        stage.start_hub([*QUICK, f"sms.report_url={stage.url}/sms/report"])
        # From its first look at the feed on events are told.
        self.until(lambda: "sms.begun" in stage.children["hub"].tail(10_000), "SMS are on")
        return stage

    @staticmethod
    def appeal_of(key, agency="minfin", language="kk", **changes):
        value = json.loads(make_appeal(agency, key, language=language, contacts_confirmed=True))
        value["applicant"][0]["phone"] = [PHONE]
        return json.dumps({**value, **changes}, ensure_ascii=False).encode("utf-8")

    def notices(self, hub_id):
        return {row["kind"]: row
                for row in self.stage.get_json(f"/v1/appeals/{hub_id}/notices")["notices"]}

    def delivered(self, hub_id, *kinds):
        def all_there():
            rows = self.notices(hub_id)
            return all(rows.get(kind, {}).get("state") == "delivered" for kind in kinds) and rows
        return self.until(all_there, f"{kinds} are delivered: {self.notices(hub_id)}")

    def test_the_texts_are_checked_against_the_procedure(self):
        def check(texts_file):
            config = write_config(self.work / "checked.yaml", self.pki,
                                  more=self.section(texts_file))
            done = subprocess.run([HUBD, "--config", config, "--check-config"],
                                  capture_output=True, text=True, timeout=60)
            return done.returncode, done.stderr
        self.assertEqual(check(ROOT / "config" / "sms.yaml"), (0, ""))
        wrong = self.work / "wrong.yaml"
        wrong.write_text((ROOT / "config" / "sms.yaml").read_text("utf-8")
                         .replace("acted/notify_defects", "acted/notify_defect"), "utf-8")
        line = wrong.read_text("utf-8").split("acted/notify_defect")[0].count("\n") + 1
        code, error = check(wrong)
        self.assertEqual(code, 1)
        self.assertIn(f"wrong.yaml:{line}: the hub has no event 'acted/notify_defect'", error)

    def test_to_the_telephone_and_back(self):
        self.kannel.start()
        stage = self.start()
        receipt = self.accept(self.appeal_of("sms"))
        number, hub_id = receipt["reg_number"], receipt["hub_id"]
        rows = self.delivered(hub_id, "registered", "answered")
        self.assertTrue(rows["registered"]["provider_id"])
        self.assertEqual(rows["registered"]["attempts"], 1)
        due = ".".join(reversed(self.appeal(hub_id)["due_date"].split("-")))
        got = self.kannel.messages()
        self.assertIn(("1414", PHONE, f"{number} тіркелді. Мерзімі {due} дейін."), got)
        self.assertIn(("1414", PHONE, f"{number} бойынша жауап дайын. Кабинеттен қараңыз."), got)
        self.assertEqual(len(got), len(set(got)))

        english = self.accept(self.appeal_of("english", language="en"))
        self.delivered(english["hub_id"], "registered")
        ascii_number = english["reg_number"].replace("ЖТ", "ZhT")
        self.assertTrue([text for _, _, text in self.kannel.messages()
                         if text.startswith(f"Appeal {ascii_number} registered.")])

        silent = self.accept(self.appeal_of("unconfirmed", contacts_confirmed=False))
        row = self.until(lambda: self.notices(silent["hub_id"]).get("registered"), "it is judged")
        self.until(lambda: self.notices(silent["hub_id"])["registered"]["state"] == "skipped",
                   "it is skipped")
        self.assertEqual(self.notices(silent["hub_id"])["registered"]["code"],
                         "notify.contacts_not_confirmed")
        status, _, body = stage.request(
            "GET", f"/sms/report?notice={row['id']}&status=1&token={'0' * 64}")
        self.assertEqual(status, 403)
        self.assertEqual(json.loads(body)["code"], "notify.bad_report")

        code, output, error = hubctl(stage, "notices", "--appeal", number)
        self.assertEqual(code, 0, error)
        self.assertIn("delivered", output)
        code, output, error = hubctl(stage, "notices", "--state", "skipped")
        self.assertEqual(code, 0, error)
        self.assertIn("notify.contacts_not_confirmed", output)
        _, _, metrics = stage.request("GET", "/metrics")
        self.assertIn(b'hub_sms_notices_total{state="delivered"}', metrics)
        log = stage.children["hub"].log_path.read_text("utf-8", "replace")
        for secret in (PASSWORD, PHONE, PHONE[1:], urllib.parse.quote(PHONE, safe="")):
            self.assertNotIn(secret, log)

    def test_a_gateway_that_was_away(self):
        stage = self.start()
        hub_id = self.accept(self.appeal_of("away"))["hub_id"]
        self.until(lambda: self.notices(hub_id).get("registered", {}).get("code"), "it is tried")
        row = self.notices(hub_id)["registered"]
        self.assertEqual((row["state"], row["code"]), ("waiting", "notify.gateway_unavailable"))
        stage.kill_hub()
        self.kannel.start()
        stage.start_hub([*QUICK, f"sms.report_url={stage.url}/sms/report"])
        self.delivered(hub_id, "registered")
        texts = [text for _, _, text in self.kannel.messages()]
        self.assertEqual(len(texts), len(set(texts)), texts)


if __name__ == "__main__":
    unittest.main()
