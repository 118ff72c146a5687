"""A second real Unix user."""

from __future__ import annotations

import os
import pwd
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..runner.leftovers import MARK
from . import stranger as stranger_module
from .others import ANOTHER_USER, put_there


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    """A directory that every user may write to, with another user's entries in it. Only root can make
    one: ``tests/run`` has, when it was started as root."""
    made = Path(os.environ.get(MARK, "nowhere"), "shared")
    if made.is_dir():
        return made
    if os.geteuid() != 0:
        pytest.skip("there is no second user: it takes root to act as one")
    put_there(tmp_path / "shared")
    return tmp_path / "shared"


class Stranger:
    """The process of another user's, by its socket: `stranger.py` says what it does."""

    def __init__(self, place: Path, uid: int) -> None:
        self.uid = uid
        """Of the user that it is."""
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(str(place))
        self._lines = self._socket.makefile("rw")

    def connect(self, port: int, count: int) -> str:
        """Have so many connections opened; they stay, and say nothing. Return the id of the user they
        come from, or what went wrong."""
        print(port, count, file=self._lines, flush=True)
        return self._lines.readline().strip()

    def hang_up(self) -> None:
        self._lines.close()
        self._socket.close()


@pytest.fixture
def stranger(tmp_path: Path) -> Iterator[Stranger]:
    """``tests/run`` has started one as root. Else it is another user's if we are root, and ours if not."""
    another = pwd.getpwnam(ANOTHER_USER).pw_uid
    made = Path(os.environ.get(MARK, "nowhere"), "stranger")
    if made.exists():
        one = Stranger(made, another)
        yield one
        one.hang_up()
        return
    place = tmp_path / "stranger"
    argv = [sys.executable, stranger_module.__file__, str(place)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        one = Stranger(place, another if os.geteuid() == 0 else os.getuid())
        yield one
        one.hang_up()
        process.kill()
