"""hubd as a service: its configuration check, its end, HTTPS with client certificates."""
import concurrent.futures
import json
import re
import signal
import subprocess
import unittest

from e2e import AGENCIES, HUBCTL, HUBD, NEVER_MS, Case, make_appeal, write_config

class CheckConfig(Case):
    def check(self, text):
        path = self.work / "checked.yaml"
        path.write_text(text, "utf-8")
        done = subprocess.run([HUBD, "--config", path, "--check-config"], capture_output=True,
                              text=True, timeout=60)
        return done.returncode, done.stdout, done.stderr

    def setUp(self):
        self.text = write_config(self.work / "good.yaml", self.pki).read_text("utf-8")

    def test_the_right_one(self):
        code, output, error = self.check(self.text)
        self.assertEqual((code, error), (0, ""))
        self.assertIn("3 agencies, 1 clients", output)

    def test_wrong_ones_are_refused_with_the_line(self):
        for old, new in (("journal_key: hub", "journal_keyy: hub"),
                         ("port: 8480", "port: 99999"),
                         ("port: 8480", "port: many"),
                         ("hosting: child", "hosting: somewhere"),
                         ("profile: wsse-shep", "profile: wsse-shop"),
                         ("minfin/settings.yaml", "nowhere/settings.yaml"),
                         ("alias: akimat", "alias: minfin"),
                         ("log_level: info", "log_level: info: info")):
            wrong = self.text.replace(old, new, 1)
            code, output, error = self.check(wrong)
            self.assertEqual((code, output), (1, ""), new)
            self.assertRegex(error, r"checked\.yaml:\d+", new)
            line = self.text[:self.text.index(old)].count("\n") + 1
            told = [int(n) for n in re.findall(r"checked\.yaml:(\d+)", error)]
            self.assertTrue(any(abs(n - line) <= 3 for n in told), f"{new}: {line} is not {error}")

    def test_a_setting_the_adapter_does_not_know_is_refused_with_its_line(self):
        old = "    settings_file:"
        wrong = self.text.replace(old, "    settings: {flavour: sour}\n" + old, 1)
        line = wrong[:wrong.index("flavour")].count("\n") + 1
        code, output, error = self.check(wrong)
        self.assertEqual((code, output), (1, ""))
        self.assertRegex(error, rf"checked\.yaml:{line}: agency \w+: .*flavour")

    def test_certificate_and_key_of_the_doors(self):
        def with_tls(certificate, key):
            return self.text.replace("  # tls:\n", f"  tls:\n    certificate: {self.pki / certificate}\n"
                                     f"    key: {self.pki / key}\n", 1)
        code, _, error = self.check(with_tls("server.crt", "server.key"))
        self.assertEqual((code, error), (0, ""))
        wrong = with_tls("server.crt", "hub.key")
        code, output, error = self.check(wrong)
        line = wrong[:wrong.index("\n  tls:\n")].count("\n") + 4
        self.assertEqual((code, output), (1, ""))
        self.assertIn(f"checked.yaml:{line}: listen.tls.key: is not the key", error)

    def test_every_mistake_is_told_at_once(self):
        wrong = self.text.replace("port: 8480", "port: many").replace("log_level: info",
                                                                     "log_level: loud")
        code, _, error = self.check(wrong)
        self.assertEqual(code, 1)
        self.assertIn("listen.port", error)
        self.assertIn("log_level", error)

    def test_wrong_usage(self):
        for arguments in ((), ("--config",), ("--config", "x", "--frobnicate"),
                          ("--config", self.work / "no-such-file.yaml")):
            done = subprocess.run([HUBD, *arguments], capture_output=True, timeout=60)
            self.assertEqual(done.returncode, 1, arguments)
            self.assertTrue(done.stderr)


class End(Case):
    def test_sigterm_finishes_what_runs(self):
        """Deliveries under way when the signal comes are finished and their results are stored."""
        slow = {"minfin": "sendMessage@*:delay=700", "akimat": "create@*:delay=700"}
        stage = self.start_stage(faults=slow, step_ms=NEVER_MS)
        ids = {alias: self.accept(make_appeal(alias, f"end-{alias}"))["hub_id"]
               for alias in AGENCIES}
        self.until(lambda: stage.control("minfin")["requests"].get("sendMessage") and
                   stage.control("akimat")["requests"].get("create"), "both deliveries run")
        hub = stage.children.pop("hub")
        hub.process.send_signal(signal.SIGTERM)
        self.assertEqual(hub.stop(), 0, hub.tail())
        log = hub.log_path.read_text("utf-8")
        self.assertIn("hubd.stopped", log)
        self.assertEqual({a: stage.control(a)["cases"] for a in ("minfin", "akimat")},
                         {"minfin": 1, "akimat": 1})
        before = {a: stage.control(a)["requests"] for a in ("minfin", "akimat")}
        stage.set_faults("minfin", "")
        stage.set_faults("akimat", "")
        stage.start_hub()
        for alias in ("minfin", "akimat"):
            shown = self.appeal(ids[alias])
            # Handed over, and not known to be registered yet.
            self.assertEqual([(d["state"], d["attempts"]) for d in shown["destinations"]],
                             [("awaiting", 1)], alias)
            operation = {"minfin": "sendMessage", "akimat": "create"}[alias]
            self.assertEqual(stage.control(alias)["requests"][operation],
                             before[alias][operation])

    def test_sigterm_while_clients_submit(self):
        stage = self.start_stage("submit", step_ms=NEVER_MS)
        hub = stage.children["hub"].process

        def submit(n):
            try:
                status, _, body = stage.submit_document(make_appeal(AGENCIES[n % 3], f"end-{n}"))
            except OSError:
                return n, None, None
            if n == 20:
                hub.send_signal(signal.SIGTERM)
            return n, status, body
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(submit, range(60)))
        self.assertEqual(stage.children.pop("hub").stop(), 0)
        acknowledged = {n: json.loads(body) for n, status, body in answers if status == 201}
        self.assertGreaterEqual(len(acknowledged), 1)
        self.assertFalse([a for a in answers if a[1] not in (201, 503, None)])
        stage.start_hub()
        rows = self.rows()
        for n, receipt in acknowledged.items():
            self.assertEqual(rows[receipt["hub_id"]]["reg_number"], receipt["reg_number"])
        self.check_numbers(rows.values())


class Https(Case):
    def curl(self, *arguments):
        done = subprocess.run(["curl", "-sS", "--cacert", self.pki / "ca.crt", "-w",
                               "\n%{http_code}", *map(str, arguments)],
                              capture_output=True, text=True, timeout=60)
        body, _, status = done.stdout.rpartition("\n")
        return done.returncode, int(status or 0), body

    def test_client_certificates(self):
        subject = subprocess.run(
            ["openssl", "x509", "-in", self.pki / "client.crt", "-noout", "-subject", "-nameopt",
             "RFC2253"], check=True, capture_output=True, text=True).stdout.split("=", 1)[1].strip()
        config = write_config(
            self.work / "tls.yaml", self.pki,
            replace={"  plain_on_loopback: true ":
                     f"  tls:\n    certificate: {self.pki}/server.crt\n    key: {self.pki}/server.key\n"
                     f"    client_ca: {self.pki}/ca.crt\n  plain_on_loopback: false ",
                     "    api_key_file: ": f"    certificate_subject: \"{subject}\"\n"
                                           "    api_key_file: "})
        stage = self.start_stage(config=config)
        url = f"https://127.0.0.1:{stage.hub_port}"
        mine = ("--cert", self.pki / "client.crt", "--key", self.pki / "client.key")
        document = self.work / "appeal.json"
        document.write_bytes(make_appeal("zher", "https"))
        code, status, body = self.curl(*mine, "-H", "Content-Type: application/json", "--data-binary",
                                       f"@{document}", f"{url}/v1/appeals")
        self.assertEqual((code, status), (0, 201), body)
        receipt = json.loads(body)
        code, status, body = self.curl(*mine, f"{url}/v1/appeals/{receipt['hub_id']}")
        self.assertEqual((code, status), (0, 200), body)
        # Without a certificate only the key admits; another certificate of the CA is nobody here.
        self.assertEqual(self.curl(f"{url}/v1/appeals")[:2], (0, 401))
        self.assertEqual(self.curl("-H", f"Authorization: Bearer {stage.key}",
                                   f"{url}/v1/appeals")[:2], (0, 200))
        other = ("--cert", self.pki / "zher.crt", "--key", self.pki / "zher.key")
        self.assertNotEqual(self.curl(*other, f"{url}/v1/appeals")[1], 200)
        # Plain HTTP is no way in, old TLS neither.
        self.assertNotEqual(self.curl(f"http://127.0.0.1:{stage.hub_port}/healthz")[1], 200)
        self.assertNotEqual(self.curl("--tls-max", "1.1", f"{url}/healthz")[0], 0)
        code, output, error = hubctl_https(self, url, "show", receipt["reg_number"])
        self.assertEqual(code, 0, error)
        self.assertIn(receipt["reg_number"], output)


def hubctl_https(test, url, *arguments):
    done = subprocess.run([HUBCTL, "--url", url, "--ca", test.pki / "ca.crt", "--certificate",
                           test.pki / "client.crt", "--certificate-key", test.pki / "client.key",
                           *arguments], capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


if __name__ == "__main__":
    unittest.main()
