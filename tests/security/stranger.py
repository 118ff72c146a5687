"""Another user of the machine, who opens connections and says nothing.

``python stranger.py SOCKET``: started by root, as ``tests/run`` does, it becomes that user; started by
anybody else it can only stay who it is. Each line that comes by that Unix socket is a port and a number of
connections to it. The answer, once they are open, is the id of the user they come from. They stay open
until the asker hangs up.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import pwd
import resource
import signal
import socket
import sys
from pathlib import Path

ANOTHER_USER = "nobody"
MOST = 4096
_PR_SET_PDEATHSIG = 1


def become_another_user() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(MOST, hard), hard))
    if os.geteuid() == 0:
        user = pwd.getpwnam(ANOTHER_USER)
        os.setgroups([])
        os.setgid(user.pw_gid)
        os.setuid(user.pw_uid)
    # It ends with the process that started it. The change of user would have undone this.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def serve(listener: socket.socket) -> None:
    while True:
        asker, _ = listener.accept()
        with asker, asker.makefile("rw") as lines, contextlib.ExitStack() as held:
            for line in lines:
                port, count = map(int, line.split())
                try:
                    for _ in range(count):
                        one = held.enter_context(socket.socket())
                        one.connect(("127.0.0.1", port))
                except OSError as error:
                    print(error, file=lines, flush=True)
                else:
                    print(os.getuid(), file=lines, flush=True)


if __name__ == "__main__":
    place = Path(sys.argv[1])
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(place))
        place.chmod(0o666)
        listening.listen()
        become_another_user()
        print("ready", flush=True)
        serve(listening)
