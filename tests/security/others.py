"""What another user of the machine puts where ours looks for clusters. Run as root by ``tests/run``:
``python others.py DIRECTORY``; the tests themselves run as an ordinary user.
"""

from __future__ import annotations

import json
import os
import pwd
import sys
from pathlib import Path

ANOTHER_USER = "nobody"
READABLE, PRIVATE, LINK = "aaaaaaaa", "bbbbbbbb", "cccccccc"
EVIL_NAME = "n\nimport os; os.abort()  #"


def put_there(shared: Path) -> None:
    """Make a directory that every user may write to, as ``/tmp`` is, with entries of another user's."""
    uid = pwd.getpwnam(ANOTHER_USER).pw_uid
    shared.mkdir()
    shared.chmod(0o1777)
    for name, mode in ((READABLE, 0o755), (PRIVATE, 0o700)):
        (shared / name).mkdir()
        for file, address in (("request.json", {}), ("cluster.json", {"address": "tls://evil:1"})):
            says = {"id": name, "name": EVIL_NAME, "created": "2026-11-30T00:00:00Z", **address}
            (shared / name / file).write_text(json.dumps(says))
            os.chown(shared / name / file, uid, -1)
        (shared / name).chmod(mode)
        os.chown(shared / name, uid, -1)
    (shared / LINK).symlink_to(shared / READABLE)
    os.chown(shared / LINK, uid, -1, follow_symlinks=False)
    (shared / ".squeue").mkdir()
    (shared / ".squeue").chmod(0o777)
    os.chown(shared / ".squeue", uid, -1)


if __name__ == "__main__":
    put_there(Path(sys.argv[1]))
