"""What a run left behind, and ending it.

Every process that a suite starts, and what that starts in turn, carries `MARK` in its environment:
so a run knows its own processes, and nobody else's.
"""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

MARK = "JDS_TEST_RUN"


def marked(work: Path) -> dict[int, str]:
    """The live processes that a run started, directly or not: pid and command line."""
    mark = f"{MARK}={work}".encode()
    found = {}
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdecimal() and mark in (entry / "environ").read_bytes().split(b"\0"):
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
                found[int(entry.name)] = command or (entry / "comm").read_text().strip()
        except OSError:
            continue  # gone, or somebody else's
    return found


def sweep(work: Path) -> None:
    """End what a run left, by id, until nothing is left of it."""
    for _ in range(20):
        left = marked(work)
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        if not left:
            return
        time.sleep(0.1)
