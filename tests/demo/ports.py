"""Ports for servers that must be told theirs before they start.

A port the kernel hands out can be handed to a neighbour before the server binds it. So these lie outside the range
the kernel picks from, and each is claimed by an abstract Unix socket until this process ends, however it ends.
"""
import os
import socket
from pathlib import Path

LOWEST = 10240
_claims = []


def _highest():
    try:
        return int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text("ascii").split()[0]) - 1
    except (OSError, ValueError, IndexError):
        return 32767


def _claimed(port):
    claim = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        claim.bind(f"\0otinish-test-port-{port}")
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
    except OSError:
        claim.close()
        return False
    _claims.append(claim)
    return True


def _from_kernel():
    """Where the kernel's own range leaves no room: better a small risk than no port."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        if _claimed(port):
            return port


def free_port():
    highest = _highest()
    if highest < LOWEST + 1000:
        return _from_kernel()
    count = highest - LOWEST + 1
    start = os.getpid() * 16 % count
    for step in range(count):
        port = LOWEST + (start + step) % count
        if _claimed(port):
            return port
    raise OSError("no free port on loopback")
