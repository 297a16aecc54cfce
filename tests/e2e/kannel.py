"""A real SMS gateway on loopback: Kannel's bearerbox and smsbox, and its fakesmsc in the network's place.

Debian packages kannel and kannel-extras. Every process is a child of the test and is ended by its pid."""
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from e2e import StageError, free_port
from stage import Child

FAKESMSC = "/usr/lib/kannel/test/fakesmsc"
USER, PASSWORD = "otinish", "gate-password-7"
SECONDS_MAX = 60
MESSAGE = re.compile(r"Got message \d+: <(\S+) (\S+) (\S+) (.*)>$")


class Kannel:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir()
        self.admin, self.boxes, self.network, self.sendsms = (free_port() for _ in range(4))
        self.config = self.folder / "kannel.conf"
        self.config.write_text(f"""group = core
admin-port = {self.admin}
admin-interface = 127.0.0.1
admin-password = adm
smsbox-port = {self.boxes}
smsbox-interface = 127.0.0.1
box-allow-ip = 127.0.0.1
box-deny-ip = "*.*.*.*"
dlr-storage = internal

group = smsc
smsc = fake
smsc-id = network
port = {self.network}
connect-allow-ip = 127.0.0.1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {self.sendsms}
sendsms-interface = 127.0.0.1

group = sendsms-user
username = {USER}
password = {PASSWORD}
max-messages = 1
concatenation = false
""")
        self.children = {}

    @property
    def url(self):
        return f"http://127.0.0.1:{self.sendsms}/cgi-bin/sendsms"

    def start(self):
        self._start("bearerbox", ["/usr/sbin/bearerbox", "-v", "1", self.config])
        self._wait(lambda: "Kannel bearerbox" in self._status(), "bearerbox")
        self._start("fakesmsc", [FAKESMSC, "-H", "127.0.0.1", "-r", self.network, "-m", "0",
                                 "1 2 text nop"])
        self._wait(lambda: "Fakesmsc client connected" in self._log("bearerbox"), "fakesmsc")
        self._start("smsbox", ["/usr/sbin/smsbox", "-v", "1", self.config])
        self._wait(lambda: re.search(r"smsbox.*on-line", self._status()), "smsbox")
        self._wait(self._listens, "sendsms")

    def stop(self):
        for name in ("smsbox", "fakesmsc", "bearerbox"):
            if name in self.children:
                self.children.pop(name).stop()

    def messages(self):
        """(sender, receiver, text) of all that the network got."""
        found = []
        for line in self._log("fakesmsc").splitlines():
            match = MESSAGE.search(line)
            if match:
                sender, receiver, coding, data = match.groups()
                if coding == "ucs-2":
                    data = urllib.parse.unquote_to_bytes(data.replace("+", " ")).decode("utf-16-be")
                found.append((sender, receiver, data))
        return found

    def _start(self, name, arguments):
        self.children[name] = Child(name, arguments, self.folder / f"{name}.log")

    def _log(self, name):
        return (self.folder / f"{name}.log").read_text("utf-8", "replace")

    def _status(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.admin}/status.txt?password=adm",
                                        timeout=5) as answer:
                return answer.read().decode("utf-8", "replace")
        except OSError:
            return ""

    def _listens(self):
        try:
            urllib.request.urlopen(self.url, timeout=5).close()
        except urllib.error.HTTPError as error:
            error.close()  # it speaks, and wants a password
        except OSError:
            return False
        return True

    def _wait(self, condition, what):
        deadline = time.monotonic() + SECONDS_MAX
        while not condition():
            for name, child in self.children.items():
                if child.process.poll() is not None:
                    raise StageError(f"{name} ended\n{child.tail()}")
            if time.monotonic() > deadline:
                raise StageError(f"{what} did not start in {SECONDS_MAX} s")
            time.sleep(0.05)
