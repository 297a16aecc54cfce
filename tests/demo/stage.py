"""Starts and stops what a whole exchange needs: SFTP server, three simulated agencies, hubd.

Used by the demo and by the end-to-end tests. Every process is a child of this one and is ended by its
pid; every server that is told its port keeps it when it is started again.
"""
import json
import os
import select
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from ports import free_port  # noqa: F401

ROOT = Path(__file__).resolve().parents[2]
AGENCIES = ROOT / "tests" / "agencies"
# A process started so gets SIGTERM when the one that started it dies, however it dies.
ENDS_WITH_US = ("setpriv", "--pdeathsig", "TERM")


class StageError(Exception):
    pass


class Child:
    def __init__(self, name, arguments, log_path):
        self.name = name
        self.log_path = Path(log_path)
        self._log = open(log_path, "ab")
        self.process = subprocess.Popen(
            [*ENDS_WITH_US, *(str(a) for a in arguments)], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._log, start_new_session=True)

    def first_line(self, seconds):
        """The JSON line a simulator prints when it is ready."""
        deadline = time.monotonic() + seconds
        buffer = b""
        while b"\n" not in buffer:
            left = deadline - time.monotonic()
            if left <= 0 or self.process.poll() is not None:
                raise StageError(f"{self.name} did not start; see {self.log_path}\n{self.tail()}")
            if select.select([self.process.stdout], [], [], min(left, 0.2))[0]:
                piece = os.read(self.process.stdout.fileno(), 4096)
                if not piece:
                    raise StageError(f"{self.name} ended; see {self.log_path}\n{self.tail()}")
                buffer += piece
        return json.loads(buffer.split(b"\n", 1)[0])

    def tail(self, lines=12):
        try:
            return "\n".join(self.log_path.read_text("utf-8", "replace").splitlines()[-lines:])
        except OSError:
            return ""

    def stop(self, seconds=40):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self._log.close()
        self.process.stdout.close()
        return self.process.returncode

    def kill(self):
        self.process.kill()
        self.process.wait()
        self._log.close()
        self.process.stdout.close()


def write_config(target, pki, source=ROOT / "config" / "hub.yaml", more="", replace=None):
    """A copy of the development configuration that stands anywhere and uses the keys of `pki`.

    `more` is put behind it (so an entry of its last list, agencies); `replace`: text -> text."""
    text = Path(source).read_text("utf-8")
    for old, new in {"../certs/dev/": f"{Path(pki).resolve()}/",
                     "law_folder: law": f"law_folder: {ROOT / 'config' / 'law'}",
                     "../contracts/": f"{ROOT}/contracts/",
                     "../adapters/": f"{ROOT}/adapters/", **(replace or {})}.items():
        if old not in text:
            raise StageError(f"{source} holds no '{old}'")
        text = text.replace(old, new)
    Path(target).write_text(text + more, "utf-8")
    return Path(target)


class Stage:
    """folder: data, logs; build: build folder; pki: made by certs/make-dev-pki."""

    def __init__(self, folder, build, pki, seed="1", step_ms=50, faults=None, extra=None,
                 config=ROOT / "config" / "hub.yaml"):
        self.folder = Path(folder)
        self.build = Path(build)
        self.pki = Path(pki)
        self.seed, self.step_ms = str(seed), str(step_ms)
        self.faults = faults or {}
        self.extra = extra or {}
        self.config = config
        self.children = {}
        self.ready = {}
        self.overrides = []
        self.hub_port = 0
        self.logs = self.folder / "logs"
        self.logs.mkdir(parents=True, exist_ok=True)
        self.key = (self.pki / "api-key").read_text().strip()

    def start_agencies(self, hub_port):
        self.hub_port = hub_port
        drop_root = self.folder / "sftp"
        drop_root.mkdir(exist_ok=True)
        hub = f"http://127.0.0.1:{hub_port}/agency"
        common = ["--pki", self.pki, "--seed", self.seed, "--step-ms", self.step_ms]
        self._commands = {
            "sftp": ["sftp_server", "--pki", self.pki, "--folder", drop_root, "--port", free_port()],
            "minfin": ["shep_gateway.py", *common, "--push-url", f"{hub}/minfin",
                       "--data", self.folder / "agency-minfin", "--port", free_port()],
            "akimat": ["akimat.py", *common, "--push-url", f"{hub}/akimat",
                       "--data", self.folder / "agency-akimat", "--port", free_port()],
            "zher": ["zher.py", *common, "--folder", drop_root,
                     "--data", self.folder / "agency-zher"],
        }
        for name in self._commands:
            self._start_agency(name)
        for name in self._commands:
            self.ready[name] = self.children[name].first_line(60)
        self.overrides = [
            f"agencies.minfin.endpoints.gateway.url=http://127.0.0.1:{self.ready['minfin']['port']}/shep/async",
            f"agencies.minfin.endpoints.files.url=http://127.0.0.1:{self.ready['minfin']['port']}/shep/sync",
            f"agencies.akimat.endpoints.api.url=http://127.0.0.1:{self.ready['akimat']['port']}",
            f"agencies.zher.endpoints.drop.url={self.ready['sftp']['url']}",
        ]

    def _start_agency(self, name):
        script, *arguments = self._commands[name]
        interpreter = [] if script == "sftp_server" else ["/usr/bin/python3"]
        if self.faults.get(name):
            arguments += ["--faults", self.faults[name]]
        arguments += self.extra.get(name, [])
        self.children[name] = Child(name, [*interpreter, AGENCIES / script, *arguments],
                                    self.logs / f"{name}.log")

    def stop_agency(self, name):
        return self.children.pop(name).stop()

    def restart_agency(self, name):
        """The stopped agency again, on the port it had."""
        self._start_agency(name)
        self.ready[name] = self.children[name].first_line(60)

    def start_hub(self, overrides=()):
        port_file = self.folder / "hub.port"
        port_file.unlink(missing_ok=True)
        arguments = [self.build / "bin" / "hubd", "--config", self.config, "--port-file", port_file,
                     "--set", f"listen.port={self.hub_port}",
                     "--set", f"data_folder={(self.folder / 'hub').resolve()}"]
        for override in [*self.overrides, *overrides]:
            arguments += ["--set", override]
        hub = Child("hubd", arguments, self.logs / "hubd.log")
        self.children["hub"] = hub
        deadline = time.monotonic() + 60
        while not port_file.exists():
            if hub.process.poll() is not None or time.monotonic() > deadline:
                raise StageError(f"hubd did not start; see {hub.log_path}\n{hub.tail()}")
            time.sleep(0.02)
        self.hub_port = int(port_file.read_text())

    def kill_hub(self):
        """kill -9, as a power cut would; children of the hub find their sockets closed."""
        self.children.pop("hub").kill()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.hub_port}"

    def request(self, method, path, body=None, headers=None):
        """(status, headers, body bytes); never raises for HTTP errors."""
        request = urllib.request.Request(self.url + path, data=body, method=method)
        request.add_header("Authorization", "Bearer " + self.key)
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, error.read()

    def get_json(self, path, language="en"):
        status, _, body = self.request("GET", path, headers={"Accept-Language": language})
        if status != 200:
            raise StageError(f"GET {path}: {status} {body[:400]!r}")
        return json.loads(body)

    def control(self, agency):
        port = self.ready[agency]["control_port"]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/control/state", timeout=30) as answer:
            return json.loads(answer.read())

    def set_faults(self, agency, script):
        port = self.ready[agency]["control_port"]
        request = urllib.request.Request(f"http://127.0.0.1:{port}/control/faults",
                                         data=script.encode(), method="POST")
        urllib.request.urlopen(request, timeout=30).close()

    def upload_files(self, folder, appeal_attachments=None):
        import hashlib
        import mimetypes
        for path in sorted(Path(folder).iterdir()):
            data = path.read_bytes()
            digest = hashlib.sha256(data).hexdigest()
            mime = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
            status, _, body = self.request("PUT", f"/v1/attachments/{digest}", data,
                                           {"Content-Type": mime})
            if status not in (200, 201):
                raise StageError(f"upload of {path.name}: {status} {body[:300]!r}")

    def submit(self, path, language="en"):
        path = Path(path)
        return self.submit_document(path.read_bytes(), path.suffix[1:], language)

    def submit_document(self, document, form="json", language="en"):
        return self.request("POST", "/v1/appeals", document,
                            {"Content-Type": f"application/{form}", "Accept-Language": language})

    def all_appeals(self):
        rows, after = [], ""
        while True:
            page = self.get_json("/v1/appeals?limit=100" +
                                 (f"&after={urllib.parse.quote(after)}" if after else ""))
            rows += page["appeals"]
            after = page.get("next") or ""
            if not after:
                return rows

    def stop(self):
        codes = {}
        for name in ("hub", "minfin", "akimat", "zher", "sftp"):
            child = self.children.pop(name, None)
            if child:
                codes[name] = child.stop()
        return codes


def main_guard(function):
    try:
        sys.exit(function())
    except StageError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
