"""A caller reads every refusal in its own language: title, fields, details and what to do."""
import json
import os
import re
import subprocess

from e2e import HUBCTL, ROOT, Case, hubctl, make_appeal

EXAMPLES = ROOT / "contracts" / "appeal" / "examples" / "invalid"
CYRILLIC = re.compile("[А-Яа-яӘәҒғҚқҢңӨөҰұҮүҺһІі]")


class Languages(Case):
    def texts(self, problem):
        """(where, what) of everything that the refusal tells."""
        yield "title", problem["title"]
        yield "remedy", problem["remedy"]
        if problem.get("detail"):
            yield "detail", problem["detail"]
        for number, error in enumerate(problem["errors"]):
            yield f"text {number}", error["text"]
            if error.get("detail"):
                yield f"detail {number}", error["detail"]

    def check(self, ask, what):
        """The refusal speaks three languages, and means the same in them."""
        told = {}
        for language in ("en", "ru", "kk"):
            status, headers, body = ask(language)
            self.assertGreaterEqual(status, 400, what)
            problem = json.loads(body)
            self.assertEqual(problem["status"], status, what)
            told[language] = problem
            for where, text in self.texts(problem):
                with self.subTest(what=what, language=language, where=where):
                    self.assertEqual(bool(CYRILLIC.search(text)), language != "en", text)
        self.assertEqual(len({p["code"] for p in told.values()}), 1, what)
        for where, text in self.texts(told["en"]):
            others = [dict(self.texts(told[language]))[where] for language in ("ru", "kk")]
            self.assertEqual(len({text, *others}), 3, f"{what}: {where}: {others}")

    def test_every_refusal_at_the_doors(self):
        stage = self.start_stage("languages")
        call = stage.request

        def asking(method, path, data=None, **headers):
            return lambda language: call(method, path, data, {
                "Accept-Language": language,
                **{name.replace("_", "-"): value for name, value in headers.items()}})

        for path in sorted(EXAMPLES.iterdir()):
            if path.suffix not in (".json", ".xml"):
                continue
            form = "application/json" if path.suffix == ".json" else "application/xml"
            status, _, _ = asking("POST", "/v1/appeals", path.read_bytes(), Content_Type=form)("en")
            if status < 400 and path.name in ("outgoing-date-in-future.xml",):
                continue  # its day is over by now
            self.check(asking("POST", "/v1/appeals", path.read_bytes(), Content_Type=form), path.name)
        deadline = json.dumps({"kind": "application"}).encode()
        as_json = {"Content_Type": "application/json"}
        for method, path, data, headers in (
                ("GET", "/v2/appeals", None, {}),
                ("DELETE", "/v1/appeals", None, {}),
                ("GET", "/v1/appeals?colour=red", None, {}),
                ("GET", "/v1/appeals?limit=0", None, {}),
                ("GET", "/v1/appeals?limit=5&limit=6", None, {}),
                ("GET", "/v1/appeals?received_from=soon", None, {}),
                ("GET", "/v1/appeals?after=nonsense", None, {}),
                ("GET", "/v1/appeals/ZhT-2026-99999999", None, {}),
                ("GET", "/v1/outbox?state=odd", None, {}),
                ("GET", "/v1/quarantine?state=odd", None, {}),
                ("GET", "/v1/appeals", None, {"X_Api_Key": "wrong"}),
                ("POST", "/v1/appeals", b"", as_json),
                ("POST", "/v1/appeals", b"x", {"Content_Type": "text/plain"}),
                ("POST", "/v1/appeals", b"{}", {**as_json, "Content_Encoding": "gzip"}),
                ("POST", "/v1/deadlines:calculate", deadline, as_json),
                ("POST", "/v1/deadlines:calculate", b"[]", as_json),
                ("PUT", "/v1/attachments/abc", b"x", {"Content_Type": "application/octet-stream"}),
                ("PUT", "/v1/attachments/" + "0" * 64, b"x",
                 {"Content_Type": "application/octet-stream"}),
                ("POST", "/v1/outbox/999999:retry", b"", {}),
                ("POST", "/agency/nobody", b"{}", as_json)):
            self.check(asking(method, path, data, **headers), f"{method} {path}")

    def test_refusals_of_the_procedure(self):
        stage = self.start_stage("procedure")
        self.assertEqual(stage.stop_agency("minfin"), 0)
        receipt = self.accept(make_appeal("minfin", "lang-1"))
        number, hub_id = receipt["reg_number"], receipt["hub_id"]

        def act(**order):
            return lambda language: stage.request(
                "POST", f"/v1/appeals/{hub_id}:act", json.dumps(order).encode(),
                {"Content-Type": "application/json", "Accept-Language": language})

        for order in ({"action": "forward_whole", "role": "registrar", "body": "zher"},
                      {"action": "decision_sign", "role": "registrar", "outcome": "satisfied"},
                      {"action": "assign", "role": "head", "executor": "nobody"},
                      {"action": "assign", "role": "head"},
                      {"action": "assign", "role": "emperor", "executor": "mf-01"},
                      {"action": "dance", "role": "head"},
                      {"action": "extend", "role": "head", "day": "tomorrow", "reason": "x"},
                      {"role": "head"}):
            self.check(act(**order), json.dumps(order))
        # hubctl asks in the language of its option, or of the terminal.
        words = ["act", number, "forward_whole", "--role", "registrar", "--body", "zher"]
        by_option = hubctl(stage, *words, language="kk")
        done = subprocess.run(
            [HUBCTL, "--url", stage.url, "--key-file", stage.pki / "api-key", *words],
            capture_output=True, text=True, timeout=60,
            env={**os.environ, "LC_ALL": "kk_KZ.UTF-8"}, check=False)
        by_terminal = (done.returncode, done.stdout, done.stderr)
        for code, _, error in (by_option, by_terminal):
            self.assertEqual(code, 1, error)
            self.assertIn("бұл күйде рұқсат етілмейді", error)
            self.assertIn("Хабарламада бап пен қазір рұқсат етілген әрекеттер аталған", error)
        code, output, _ = hubctl(stage, "errors", "model.iin_malformed", language="ru")
        self.assertEqual(code, 0)
        self.assertIn("Проверьте ИИН", output)
