"""Sends messages to the hub's door, each until the hub has answered well."""
import http.client
import queue
import ssl
import urllib.parse

from .keys import Refused
from .service import LOG


class Pusher:
    """`send(item, connection, path)` does one attempt and raises Refused, OSError or HTTPException.

    Items of one case keep their order: a worker takes the case, not the item."""

    def __init__(self, url, ca_file, attempts_max, send, give_up, workers=4):
        parts = urllib.parse.urlsplit(url)
        self._host, self._tls = parts.netloc, parts.scheme == "https"
        self.path = parts.path or "/"
        self._context = ssl.create_default_context(cafile=ca_file) if self._tls else None
        self._attempts_max, self._send, self._give_up = attempts_max, send, give_up
        self._queues = [queue.Queue() for _ in range(workers)]
        self._stopping = None

    def put(self, case_id, item):
        self._queues[hash(case_id) % len(self._queues)].put(item)

    def threads(self, stopping):
        self._stopping = stopping
        return [lambda mine=mine: self._run(mine) for mine in self._queues]

    def _connect(self):
        if self._tls:
            return http.client.HTTPSConnection(self._host, timeout=30, context=self._context)
        return http.client.HTTPConnection(self._host, timeout=30)

    def _run(self, mine):
        connection = None
        while not self._stopping.is_set():
            try:
                item = mine.get(timeout=0.2)
            except queue.Empty:
                continue
            for attempt in range(self._attempts_max):
                if self._stopping.is_set():
                    return
                try:
                    connection = connection or self._connect()
                    self._send(item, connection, self.path)
                    break
                except (Refused, OSError, http.client.HTTPException) as error:
                    LOG.info("push attempt %d failed: %s", attempt + 1, type(error).__name__)
                    if connection:
                        connection.close()
                    connection = None
                    self._stopping.wait(min(5.0, 0.1 * 2 ** attempt))
            else:
                self._give_up(item)
