"""Fault scripts, the development PKI, identity numbers, PDFs and answer texts."""
import os
import select
import stat
import subprocess
import sys
import unittest

import support
from simlib import faults, identity, pdf, texts
from simlib.service import chance


def read(path):
    with open(path, "rb") as file:
        return file.read()


class FaultScripts(unittest.TestCase):
    def fired(self, script, ops):
        chosen = faults.Faults(script)
        return [sorted(chosen.take(op)) for op in ops]

    def test_counts_matching_requests(self):
        self.assertEqual(self.fired("a@2:reset", "abaa"), [[], [], ["reset"], []])
        self.assertEqual(self.fired("*@2-3:reset", "abab"), [[], ["reset"], ["reset"], []])
        self.assertEqual(self.fired("a@every 2:reset", "aaaa"), [[], ["reset"], [], ["reset"]])
        self.assertEqual(self.fired("a@3-:reset", "aaaa"), [[], [], ["reset"], ["reset"]])
        self.assertEqual(self.fired("a:reset; a@1:unsigned", "aa"),
                         [["reset", "unsigned"], ["reset"]])

    def test_reads_options(self):
        plan = faults.Faults("a@1:http=429,retry_after=2; a@1:delay=5").take("a")
        self.assertEqual(plan, {"http": {"status": 429, "retry_after": 2}, "delay": {"ms": 5}})
        plan = faults.Faults('[{"op":"a","when":"1","do":"malformed","text":"x;y"}]').take("a")
        self.assertEqual(plan, {"malformed": {"text": "x;y"}})

    def test_refuses_nonsense(self):
        for script in ("a@1:explode", "a@soon:reset", "reset", "a@1:http=often",
                       '[{"do":"reset","ms":1}]', "[1", "[1]", "b@1:reset"):
            with self.assertRaises(faults.BadScript, msg=script):
                faults.Faults(script, {"a": faults.SERVED})

    def test_refuses_what_would_never_happen(self):
        ops = {"a": {"skip"}, "b": {"skip", "reset"}}
        for script in ("a:reset", "*:half_written", "b:malformed"):
            with self.assertRaises(faults.BadScript, msg=script):
                faults.Faults(script, ops)
        self.assertEqual(faults.Faults("*:reset", ops).take("b"), {"reset": {}})

    def test_the_example_scripts_are_right(self):
        folder = os.path.join(support.FOLDER, "faults")
        names = os.listdir(folder)
        self.assertTrue(names)
        for name in names:
            faults.Faults(os.path.join(folder, name))


class Pki(support.Case):
    def names(self):
        return sorted(os.path.join(folder, name) for folder, _, files in os.walk(self.pki)
                      for name in files)

    def contents(self):
        return {name: read(name) for name in self.names()}

    def test_a_second_run_keeps_everything(self):
        before = self.contents()
        support.make_pki(self.pki)
        self.assertEqual(before, self.contents())

    def test_nobody_else_can_read_it(self):
        for name in self.names():
            self.assertEqual(stat.S_IMODE(os.stat(name).st_mode), 0o600, name)

    def test_certificates_hang_on_the_ca_and_name_a_bin(self):
        for name in ("hub", "minfin", "akimat", "zher", "server", "client"):
            path = os.path.join(self.pki, name + ".crt")
            subprocess.run(["openssl", "verify", "-CAfile", os.path.join(self.pki, "ca.crt"), path],
                           check=True, capture_output=True)
            subject = self.key(name).certificate.subject.rfc4514_string()
            self.assertRegex(subject, r"BIN\d{12}")
            self.assertTrue(identity.check_digit_fits(subject.split("BIN")[1][:12]))

    def test_what_expires_soon_is_renewed_and_a_new_algorithm_makes_all_anew(self):
        folder = os.path.join(self.work, "other")
        support.make_pki(folder)
        path = os.path.join(folder, "akimat")
        before = read(os.path.join(folder, "hub.crt"))
        subprocess.run(["openssl", "req", "-x509", "-key", path + ".key", "-subj", "/CN=old",
                        "-days", "3", "-out", path + ".crt"], check=True, capture_output=True)
        support.make_pki(folder)
        subject = subprocess.run(["openssl", "x509", "-in", path + ".crt", "-noout", "-subject"],
                                 check=True, capture_output=True, text=True).stdout
        self.assertIn("AKIMAT", subject)
        self.assertEqual(before, read(os.path.join(folder, "hub.crt")))
        support.make_pki(folder, "--alg", "rsa")
        shown = subprocess.run(["openssl", "pkey", "-in", path + ".key", "-text", "-noout"],
                               check=True, capture_output=True, text=True).stdout
        self.assertIn("2048 bit", shown)
        after = read(os.path.join(folder, "hub.crt"))
        support.make_pki(folder)
        self.assertEqual(after, read(os.path.join(folder, "hub.crt")))

    def test_wrong_use_is_refused(self):
        script = os.path.join(support.ROOT, "certs", "make-dev-pki")
        for options in ([], ["--alg", "dsa", self.pki], ["--nonsense"], [self.pki, "more"]):
            self.assertEqual(subprocess.run([script, *options], capture_output=True,
                                            check=False).returncode, 1)


class Life(support.Case):
    STARTER = """import sys, time
sys.path.insert(0, sys.argv[1])
import support
child = support.Process(sys.argv[2], *sys.argv[3:])
print(child.ready["pid"], flush=True)
time.sleep(1000)
"""

    def test_a_simulator_ends_when_its_starter_is_killed(self):
        for script, options in (("akimat.py", ["--push-url", "http://127.0.0.1:1/agency/akimat"]),
                                ("sftp_server", [])):
            with self.subTest(script=script):
                folder = os.path.join(self.work, "life-" + script)
                if script == "sftp_server":
                    options = ["--folder", folder]
                starter = subprocess.Popen(
                    [sys.executable, "-c", self.STARTER, support.FOLDER, script, "--pki", self.pki,
                     *options], stdout=subprocess.PIPE, text=True)
                with starter.stdout:
                    simulator = os.pidfd_open(int(starter.stdout.readline()))
                    try:
                        starter.kill()
                        starter.wait()
                        # A pidfd becomes readable when its process has ended.
                        self.assertTrue(select.select([simulator], [], [], 60)[0])
                    finally:
                        os.close(simulator)


class Rest(unittest.TestCase):
    def test_check_digits(self):
        for good in ("850101100012", "850101100304", "860228200216", "940140000385",
                     "990150999910", "990140900507"):
            self.assertTrue(identity.check_digit_fits(good), good)
        for bad in ("850101100013", "123456789011", "99014099990", "9901 4099990",
                    "990140999906"):
            self.assertFalse(identity.check_digit_fits(bad), bad)

    def test_a_pdf_has_its_parts_where_it_says(self):
        data = pdf.pdf(["One (1)", "Two"])
        start = int(data.rsplit(b"startxref\n", 1)[1].split()[0])
        self.assertTrue(data[start:].startswith(b"xref\n0 6\n"))
        for number, line in enumerate(data[start:].splitlines()[3:8], 1):
            self.assertTrue(data[int(line[:10]):].startswith(b"%d 0 obj" % number))

    def test_answers_are_deterministic_and_in_the_language(self):
        for agency in ("minfin", "akimat", "zher"):
            for lang, word in (("kk", "Сіздің"), ("ru", "Ваше"), ("en", "Your")):
                for outcome in ("satisfied", "partly", "refused", "explained"):
                    made = [texts.decision(agency, lang, outcome, "N", "D", "1", "m")
                            for _ in range(2)]
                    self.assertEqual(made[0], made[1])
                    self.assertIn(word, made[0]["text"])
        self.assertNotEqual(chance("1", "a"), chance("2", "a"))
        self.assertEqual([texts.language(code) for code in ("KZ", "ENG", "RU", "kk", "??")],
                         ["kk", "en", "ru", "kk", "ru"])


if __name__ == "__main__":
    unittest.main()
