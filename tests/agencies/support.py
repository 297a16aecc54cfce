"""For the tests of the simulated agencies: a PKI, processes, and the participant's side."""
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from http.server import ThreadingHTTPServer

FOLDER = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(FOLDER))
sys.path.insert(0, FOLDER)

WAIT_MS_MAX = 20_000


def make_pki(folder, *options):
    subprocess.run([os.path.join(ROOT, "certs", "make-dev-pki"), folder, "--quiet", *options],
                   check=True, stdout=subprocess.DEVNULL)
    return folder


def wait_for(condition, what):
    """Waits for an event of another process; the limit only ends a failed test."""
    deadline = time.monotonic() + WAIT_MS_MAX / 1000
    while time.monotonic() < deadline:
        result = condition()
        if result:
            return result
        time.sleep(0.02)
    raise AssertionError(f"did not happen: {what}")


class Process:
    def __init__(self, script, *options):
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", sys.executable, os.path.join(FOLDER, script),
             *map(str, options)],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        line = self.process.stdout.readline()
        if not line:
            self.stop()
            raise AssertionError(f"{script} did not start")
        self.ready = json.loads(line)
        self.port = self.ready.get("port")

    def control(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.ready["control_port"], timeout=20)
        try:
            connection.request(method, path, body)
            reply = connection.getresponse()
            return reply.status, json.loads(reply.read())
        finally:
            connection.close()

    def state(self):
        return self.control("GET", "/control/state")[1]

    def faults(self, script):
        status, answer = self.control("POST", "/control/faults", script)
        assert status == 200, answer

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(20)
        self.process.stdout.close()
        return code


class Case(unittest.TestCase):
    """A test class with its own temporary folder and development PKI."""

    pki_options = ()

    @classmethod
    def setUpClass(cls):
        cls.work = tempfile.mkdtemp(prefix="otinish-agencies-")
        cls.addClassCleanup(shutil.rmtree, cls.work)
        cls.pki = make_pki(os.path.join(cls.work, "pki"), *cls.pki_options)

    @classmethod
    def key(cls, name):
        from simlib.keys import OwnKey
        return OwnKey(os.path.join(cls.pki, name + ".key"), os.path.join(cls.pki, name + ".crt"))

    @classmethod
    def peers(cls, *names):
        from simlib.keys import Peers
        return Peers([os.path.join(cls.pki, name + ".crt") for name in names])

    def start(self, script, *options):
        process = Process(script, "--pki", self.pki, *options)
        self.addCleanup(process.stop)
        return process


class Door:
    """A hub door in the test: keeps what was pushed, answers with what `reply` returns."""

    def __init__(self, reply):
        from simlib import service
        door = self
        self.bodies = []

        class Handler(service.Handler):
            def do_POST(self):
                data = self.body()
                door.bodies.append(data)
                status, body, headers = reply(self, data)
                self.send(status, body, "application/octet-stream", headers)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))
        self.thread.start()

    def url(self, path):
        return f"http://127.0.0.1:{self.server.server_address[1]}{path}"

    def close(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
