"""An adapter in Python: the contract of contracts/adapter/adapter.thrift served over two sockets.

It shows that an adapter needs nothing but Thrift. It "delivers" by giving the message a case number, collects
what it delivered as receipts, and asks the hub's endpoint when it is told to look something up. The generated
code lies beside this file in gen-py (made at build time by `thrift --gen py`).
"""

import json
import os
import struct
import sys
import traceback

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "gen-py"))

from otinish_adapter import Adapter, Host  # noqa: E402
from otinish_adapter.constants import CONTRACT  # noqa: E402
from otinish_adapter.ttypes import (  # noqa: E402
    About, Answer, ExchangeRequest, Inbound, Outcome, Setting)
from thrift.protocol.TBinaryProtocol import TBinaryProtocol  # noqa: E402
from thrift.transport import TTransport  # noqa: E402


class Descriptor(TTransport.TTransportBase):
    """A file descriptor as a Thrift transport."""

    def __init__(self, number):
        self.number = number

    def isOpen(self):
        return True

    def read(self, size):
        data = os.read(self.number, size)
        if not data:
            raise TTransport.TTransportException(TTransport.TTransportException.END_OF_FILE)
        return data

    def write(self, data):
        view = memoryview(data)
        while view:
            view = view[os.write(self.number, view):]

    def flush(self):
        pass


def framed(variable):
    return TBinaryProtocol(TTransport.TFramedTransport(Descriptor(int(os.environ[variable]))))


class Echo:
    """The verbs. Absent fields of an answer stay at the contract's empty values."""

    def __init__(self, host):
        self.host = host
        self.prefix = ""
        self.receipts = []

    def about(self, deadline_ms):
        prefix = Setting(name="prefix", kind="string", mandatory=False, fallback="PY-",
                         meaning="Put before every case number", choices=[], secret=False)
        return About(name="python_echo", version="1.0.0", form="json", delivers=["appeal/1"],
                     verbs=["deliver", "collect", "look_up"], settings=[prefix],
                     thread_safe=False, contract=CONTRACT)

    def configure(self, deadline_ms, configuration):
        settings = json.loads(configuration.settings_json or "{}")
        self.prefix = settings.get("prefix", "PY-")
        return Answer(outcome=Outcome.DONE)

    def probe(self, deadline_ms):
        return Answer(outcome=Outcome.DONE,
                      result_json=json.dumps({"time_left": self.host.time_left() > 0}))

    def deliver(self, deadline_ms, message):
        number = self.prefix + message.message_id
        self.receipts.append(Inbound(
            item_id="receipt-" + message.message_id, type="receipt/1", form="json", body=message.body,
            in_reply_to=message.message_id, external_id=number))
        return Answer(outcome=Outcome.DONE, external_id=number)

    def collect(self, deadline_ms, request):
        done = {settled.item_id for settled in request.settled or []}
        self.receipts = [item for item in self.receipts if item.item_id not in done]
        return Answer(outcome=Outcome.DONE, items=self.receipts[:request.limit],
                      more=len(self.receipts) > request.limit)

    def receive(self, deadline_ms, request):
        return Answer(outcome=Outcome.UNSUPPORTED, code="python_echo.no_door",
                      text="this adapter takes no pushes")

    def look_up(self, deadline_ms, query):
        response = self.host.exchange(ExchangeRequest(
            endpoint="registry", method="GET", path=query.kind, body=query.value.encode()))
        if not response.ok:
            return Answer(outcome=Outcome.RETRY, code=response.code, text=response.text)
        return Answer(outcome=Outcome.DONE, result_json=response.body.decode())


class Told:
    """Verbs whose exceptions reach the operator: the kind and the place. Their words may quote an appeal, and stay here."""

    def __init__(self, verbs):
        self._verbs = verbs

    def __getattr__(self, name):
        verb = getattr(self._verbs, name)
        if name == "about":  # its answer is another one
            return verb

        def told(*arguments):
            try:
                return verb(*arguments)
            except TTransport.TTransportException:
                raise  # the hub hung up
            except Exception as error:
                frames = traceback.extract_tb(error.__traceback__)
                folder = os.path.dirname(os.path.abspath(sys.argv[0]))
                # The adapter's own line, rather than that of a library which it called.
                own = [f for f in frames[1:] if os.path.dirname(os.path.abspath(f.filename)) == folder]
                at = (own or frames)[-1]
                return Answer(outcome=Outcome.FAULT, code="hosting.exception",
                              text=f"{type(error).__name__} in {os.path.basename(at.filename)}:{at.lineno}")

        return told


def main(verbs=Echo):
    host = Host.Client(framed("OTINISH_HOST_FD"))
    processor = Adapter.Processor(Told(verbs(host)))
    protocol = framed("OTINISH_ADAPTER_FD")
    try:
        while True:
            processor.process(protocol, protocol)
    except (TTransport.TTransportException, EOFError, struct.error):
        pass  # the hub hung up: time to go


if __name__ == "__main__":
    main()
