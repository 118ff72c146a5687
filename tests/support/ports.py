"""Ports of loopback that are nobody else's."""

from __future__ import annotations

import contextlib
import random
import socket
from collections.abc import Iterator
from pathlib import Path

_FIRST, _LAST = 10_000, 65_535
_GIVEN = Path("/proc/sys/net/ipv4/ip_local_port_range")


def free_ports(count: int, host: str = "127.0.0.1") -> list[int]:
    """Return ports on which nothing listens now, and that the kernel gives to nobody.

    A port that the kernel has chosen may be chosen again, for a connection of any program, before it
    is used here and each time that what listens there is started anew.
    """
    low, high = map(int, _GIVEN.read_text().split())
    ports = [port for port in range(_FIRST, _LAST) if not low <= port <= high]
    random.shuffle(ports)
    found: list[int] = []
    with contextlib.ExitStack() as held:
        while len(found) < count:
            free = held.enter_context(socket.socket())
            with contextlib.suppress(OSError):
                # A kernel that gives all of them is asked.
                free.bind((host, ports.pop() if ports else 0))
                found.append(free.getsockname()[1])
    return found


@contextlib.contextmanager
def refusing_port() -> Iterator[int]:
    """A port on which nobody listens, and nobody can, for as long as the context lasts."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]
