"""The files and the clock of a host as the processes of the run see them; see `seams` for how."""

from __future__ import annotations

import fcntl
import os
import struct
from pathlib import Path

from .seams.sitecustomize import CLOCK, GATE, HOME, SEAMS


class Host:
    """``environ`` is for those who start on it; ``home`` the directory whose files can hang."""

    def __init__(self, directory: Path, home: Path) -> None:
        directory.mkdir()
        (directory / HOME).symlink_to(home)
        self._gate, self._clock = directory / GATE, directory / CLOCK
        self._gate.touch()
        self._clock.write_bytes(struct.pack("d", 0.0))
        self._hung: int | None = None
        paths = [str(Path(__file__).parent / "seams"), os.environ.get("PYTHONPATH")]
        self.environ = {
            SEAMS: str(directory),
            "PYTHONPATH": os.pathsep.join(path for path in paths if path),
        }

    def hang(self) -> None:
        """Let no file at home be opened, looked at, changed or written from now on."""
        self._hung = os.open(self._gate, os.O_RDONLY | os.O_CLOEXEC)
        fcntl.flock(self._hung, fcntl.LOCK_EX)

    def go_on(self) -> None:
        if self._hung is not None:
            os.close(self._hung)
            self._hung = None

    def waiting(self) -> set[int]:
        """The processes that wait for a file, as the kernel says."""
        inode = str(self._gate.stat().st_ino)
        rows = [line.split() for line in Path("/proc/locks").read_text().splitlines()]
        return {int(row[5]) for row in rows if row[1] == "->" and row[6].split(":")[2] == inode}

    def set_clock(self, ahead: float) -> None:
        """Set it so many seconds ahead of what it was."""
        with self._clock.open("r+b") as stream:
            stream.write(struct.pack("d", ahead))
