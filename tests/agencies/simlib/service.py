"""The common frame of a simulated agency: options, ports, control door, case steps, saved state."""
import argparse
import hashlib
import heapq
import json
import logging
import os
import signal
import socket
import ssl
import struct
import sys
import threading
import time
import traceback
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from . import faults as fault_module
from .keys import OwnKey, Peers

LOCAL_ZONE = timezone(timedelta(hours=5))
BODY_BYTES_MAX = 16 * 1024 * 1024
END_SECONDS_MAX = 10
LOG = logging.getLogger("agency")


def now():
    return datetime.now(timezone.utc)


def local_time(moment=None):
    return (moment or now()).astimezone(LOCAL_ZONE).replace(microsecond=0)


def extended_until():
    """The new last day of a case: after any legal term, and within the two months of APPC 76(5)."""
    return (local_time() + timedelta(days=45)).date().isoformat()


def chance(seed, *parts):
    """A number in [0, 1) that depends on nothing but its arguments."""
    text = "|".join(str(part) for part in (seed, *parts))
    return int.from_bytes(hashlib.sha256(text.encode("utf-8")).digest()[:7], "big") / 2.0 ** 56


def pick(seed, options, *parts):
    return options[int(chance(seed, *parts) * len(options))]


def parser(description, name):
    options = argparse.ArgumentParser(description=description)
    options.add_argument("--host", default="127.0.0.1")
    options.add_argument("--port", type=int, default=0, help="0: any free port (printed)")
    options.add_argument("--control-port", type=int, default=0,
                         help="loopback port of /control/state and /control/faults; 0: any free")
    options.add_argument("--pid-file")
    options.add_argument("--pki", help="folder made by certs/make-dev-pki; gives the key options")
    options.add_argument("--key", help=f"own key, default PKI/{name}.key")
    options.add_argument("--cert", help=f"own certificate, default PKI/{name}.crt")
    options.add_argument("--peer-cert", action="append",
                         help="certificate accepted from the other side, default PKI/hub.crt")
    options.add_argument("--faults", help="fault script: file, JSON or op@when:action;…")
    options.add_argument("--seed", default="1", help="decides outcomes together with message ids")
    options.add_argument("--latency-ms", type=int, default=0, help="added to every answer")
    options.add_argument("--step-ms", type=int, default=300,
                         help="pause between the steps of a case; 0: all steps at once")
    options.add_argument("--extend-share", type=float, default=0.2,
                         help="share of the cases whose term is extended")
    options.add_argument("--data", help="folder where cases outlive a restart")
    options.add_argument("--verbose", action="store_true")
    return options


def add_tls_options(options):
    options.add_argument("--tls-cert", help="serve HTTPS with this certificate")
    options.add_argument("--tls-key")
    options.add_argument("--client-ca", help="demand client certificates of this CA")
    options.add_argument("--push-url", help="the hub's door for pushes of this agency")
    options.add_argument("--push-ca", help="CA of the hub's server certificate")
    options.add_argument("--push-attempts", type=int, default=20)


class Agency:
    """Cases live in self.db (JSON). Every access to it happens under self.lock."""

    ops = {}  # operation -> actions of a fault script
    steps = ("delivered", "registered", "extended", "decided")

    def __init__(self, args, name):
        self.args = args
        self.name = name
        self.lock = threading.RLock()
        self.stopping = threading.Event()
        self.faults = fault_module.Faults(args.faults, self.ops)
        self.own, self.peers = self._load_keys()
        self.foreign = None
        self.requests = {}
        self.refused = {}
        self._due = []
        self._wake = threading.Condition(self.lock)
        self._dirty = False
        self.db = {"cases": {}, "messages": {}, "counters": {}}
        self._load()

    # -- keys
    def _load_keys(self):
        pki = self.args.pki
        key = self.args.key or (pki and os.path.join(pki, f"{self.name}.key"))
        certificate = self.args.cert or (pki and os.path.join(pki, f"{self.name}.crt"))
        peers = self.args.peer_cert or ([os.path.join(pki, "hub.crt")] if pki else [])
        if not key or not certificate or not peers:
            raise SystemExit("--pki, or --key, --cert and --peer-cert, must be given")
        return OwnKey(key, certificate), Peers(peers)

    # -- counters
    def count(self, table, key):
        with self.lock:
            table[key] = table.get(key, 0) + 1

    def number(self, counter):
        """The next number of a counter; call it under the lock."""
        self.db["counters"][counter] = self.db["counters"].get(counter, 0) + 1
        self._dirty = True
        return self.db["counters"][counter]

    def arrived(self, message_id):
        with self.lock:
            entry = self.db["messages"].setdefault(message_id, {"arrived": 0, "case": None})
            entry["arrived"] += 1
            self._dirty = True
            return entry

    # -- case steps
    def open_case(self, case, steps=None):
        """Stores a new case and starts its steps. Call it under the lock."""
        case["steps"] = steps or [step for step in self.steps if step != "extended" or chance(
            self.args.seed, "extend", case["message_id"]) < self.args.extend_share]
        case["state"] = "accepted"
        self.db["cases"][case["case_id"]] = case
        self.db["messages"][case["message_id"]]["case"] = case["case_id"]
        self._dirty = True
        if self.args.step_ms:
            self._schedule(case["case_id"])
        else:
            while case["steps"]:
                self._do_step(case)

    def _schedule(self, case_id):
        heapq.heappush(self._due, (time.monotonic() + self.args.step_ms / 1000, case_id))
        self._wake.notify()

    def _do_step(self, case):
        step = case["steps"].pop(0)
        case["state"] = step
        self.do_step(case, step)
        self._dirty = True

    def do_step(self, case, step):
        raise NotImplementedError

    def stop_case(self, case, state):
        """No further steps, for example after a withdrawal. Call it under the lock."""
        case["steps"] = []
        case["state"] = state
        self._dirty = True

    def _work(self):
        with self.lock:
            while not self.stopping.is_set():
                wait = self._due[0][0] - time.monotonic() if self._due else 0.5
                if wait > 0:
                    self._wake.wait(min(wait, 0.5))
                    continue
                _, case_id = heapq.heappop(self._due)
                case = self.db["cases"][case_id]
                if case["steps"]:
                    try:
                        self._do_step(case)
                    except Exception:  # a broken step must not stop the other cases
                        traceback.print_exc()
                    if case["steps"]:
                        self._schedule(case_id)

    # -- saved state
    def _state_file(self):
        return os.path.join(self.args.data, f"{self.name}.json") if self.args.data else None

    def _load(self):
        path = self._state_file()
        if not path:
            return
        os.makedirs(self.args.data, exist_ok=True)
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                self.db.update(json.load(file))
        for case_id, case in self.db["cases"].items():
            if case["steps"]:
                self._schedule_at_start(case_id)

    def _schedule_at_start(self, case_id):
        heapq.heappush(self._due, (time.monotonic() + self.args.step_ms / 1000, case_id))

    def save(self):
        path = self._state_file()
        if not path:
            return
        with self.lock:
            if not self._dirty:
                return
            self._dirty = False
            text = json.dumps(self.db, ensure_ascii=False)
        with open(path + ".new", "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(path + ".new", path)

    def _save_loop(self):
        pause = 0.3
        while not self.stopping.wait(pause):
            started = time.monotonic()
            self.save()
            # A large state is written rarely: at most a twentieth of the time goes into it.
            pause = max(0.3, 20 * (time.monotonic() - started))

    # -- what the control door shows
    def state(self):
        with self.lock:
            return {"agency": self.name, "requests": dict(self.requests),
                    "refused": dict(self.refused), "cases": len(self.db["cases"]),
                    "messages": json.loads(json.dumps(self.db["messages"])),
                    "case_states": {key: case["state"] for key, case in self.db["cases"].items()},
                    "case_due_dates": {key: case.get("due_date", "")
                                       for key, case in self.db["cases"].items()},
                    "case_applicants": {case["message_id"]: case.get("applicants", [])
                                        for case in self.db["cases"].values()},
                    "faults": self.faults.state()}

    def wrong_key(self):
        """A key nobody knows, for the wrong_key fault; made on first use."""
        with self.lock:
            if self.foreign is None:
                self.foreign = make_foreign_key()
            return self.foreign

    # -- life
    def threads(self):
        return [self._work] + ([self._save_loop] if self.args.data else [])

    def serve(self, server=None, port=None):
        logging.basicConfig(level=logging.INFO if self.args.verbose else logging.WARNING,
                            format=f"%(asctime)s {self.name} %(message)s", stream=sys.stderr)
        control = control_server(self, self.args.control_port)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stopping.set())
        running = [threading.Thread(target=target, daemon=True) for target in self.threads()]
        for each in filter(None, (server, control)):
            running.append(threading.Thread(target=each.serve_forever, args=(0.05,), daemon=True))
        for thread in running:
            thread.start()
        if self.args.pid_file:
            with open(self.args.pid_file, "w", encoding="ascii") as file:
                file.write(f"{os.getpid()}\n")
        ready = {"agency": self.name, "control_port": control.server_address[1],
                 "pid": os.getpid()}
        if server:
            ready["port"] = server.server_address[1]
        elif port is not None:
            ready["port"] = port
        print(json.dumps(ready), flush=True)
        while not self.stopping.wait(0.5):
            pass
        for each in filter(None, (server, control)):
            each.shutdown()
        with self.lock:
            self._wake.notify_all()
        for thread in running:
            thread.join(END_SECONDS_MAX)
        if self.args.pid_file:
            os.unlink(self.args.pid_file)
        # Threads of open connections may still be inside lxml or OpenSSL, which crash when the
        # interpreter is taken down around them. So the process ends here and at once; with the
        # lock held, no case is taken after the last save.
        with self.lock:
            self.save()
            sys.stdout.flush()
            os._exit(0)


def make_foreign_key():
    import subprocess
    import tempfile
    with tempfile.TemporaryDirectory(prefix="otinish-foreign-") as folder:
        key, certificate = os.path.join(folder, "key"), os.path.join(folder, "crt")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=UNKNOWN", "-days", "2",
                        "-keyout", key, "-out", certificate], check=True, capture_output=True)
        return OwnKey(key, certificate)


class Handler(BaseHTTPRequestHandler):
    """One request at a time on a kept-alive connection. Subclasses set `agency` and answer()."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 60
    agency = None

    def log_message(self, format, *args):  # noqa: A002 (name given by the base class)
        LOG.info(format, *args)

    def body_chunks(self):
        """The request body piece by piece, by Content-Length or chunked."""
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            while True:
                size = int(self.rfile.readline(100).split(b";")[0].strip() or b"0", 16)
                while size:
                    piece = self.rfile.read(min(size, 65536))
                    if not piece:
                        raise ConnectionError("the body ended early")
                    size -= len(piece)
                    yield piece
                    if not size:
                        self.rfile.readline(4)
                        break
                else:
                    while self.rfile.readline(1000).strip():
                        pass
                    return
        left = int(self.headers.get("Content-Length") or 0)
        while left:
            piece = self.rfile.read(min(left, 65536))
            if not piece:
                raise ConnectionError("the body ended early")
            left -= len(piece)
            yield piece

    def body(self):
        data = bytearray()
        for piece in self.body_chunks():
            data += piece
            if len(data) > BODY_BYTES_MAX:
                raise ConnectionError("the body is too large")
        return bytes(data)

    def drop(self):
        """Ends the connection with RST, as a crashed peer or a cut line would."""
        self.close_connection = True
        try:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                       struct.pack("ii", 1, 0))
            self.connection.close()
        except OSError:
            pass

    def send(self, status, body, content_type, headers=(), times=1):
        try:
            reason = self.responses[status][0]
        except KeyError:
            reason = "Status"
        lines = [f"HTTP/1.1 {status} {reason}", f"Content-Type: {content_type}",
                 f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers]
        if times > 1 or self.close_connection:
            self.close_connection = True
            lines.append("Connection: close")
        data = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body
        self.wfile.write(data * times)

    def send_json(self, status, value, headers=()):
        self.send(status, json.dumps(value, ensure_ascii=False).encode("utf-8"),
                  "application/json", headers)

    def early_fault(self, plan, body_read=False):
        """Faults before processing. True: the request is finished."""
        wait = self.agency.args.latency_ms + plan.get("delay", {}).get("ms", 0)
        if wait:
            time.sleep(wait / 1000)
        if "reset" in plan:
            self.drop()
            return True
        if "http" in plan:
            if not body_read:
                self.body()
            options = plan["http"]
            headers = [("Retry-After", options["retry_after"])] if "retry_after" in options else []
            self.send(options.get("status", 503), b"Service unavailable\n", "text/plain", headers)
            return True
        return False


def spoiled(body, plan):
    """Faults of the body itself."""
    if "malformed" in plan:
        text = plan["malformed"].get("text")
        return text.encode("utf-8") if text is not None else body[:len(body) // 2]
    if "wrong_charset" in plan:
        return body.decode("utf-8").encode("windows-1251", "replace")
    return body


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    allow_reuse_address = True

    def handle_error(self, request, client_address):
        error = sys.exc_info()[1]
        if not isinstance(error, (ConnectionError, TimeoutError, ssl.SSLError, OSError)):
            traceback.print_exc()


def http_server(agency, handler, args):
    bound = type("Bound" + handler.__name__, (handler,), {"agency": agency})
    server = Server((args.host, args.port), bound)
    if args.tls_cert:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(args.tls_cert, args.tls_key)
        if args.client_ca:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(args.client_ca)
        # The handshake happens in the connection's own thread at its first read.
        server.socket = context.wrap_socket(server.socket, server_side=True,
                                            do_handshake_on_connect=False)
    return server


class ControlHandler(Handler):
    def do_GET(self):
        if self.path == "/control/state":
            self.send_json(200, self.agency.state())
        elif self.path == "/control/faults":
            self.send_json(200, self.agency.faults.state())
        else:
            self.send_json(404, {"error": "not found"})

    def do_POST(self):
        data = self.body()
        if self.path != "/control/faults":
            self.send_json(404, {"error": "not found"})
            return
        try:
            text = data.decode("utf-8").strip()
            self.agency.faults.set(fault_module.load(text) if text else [])
        except (fault_module.BadScript, UnicodeDecodeError) as error:
            self.send_json(422, {"error": str(error)})
            return
        self.send_json(200, self.agency.faults.state())


def control_server(agency, port):
    bound = type("BoundControlHandler", (ControlHandler,), {"agency": agency})
    return Server(("127.0.0.1", port), bound)
