"""What a shell says of a piece of a job script, before a job finds out."""

from __future__ import annotations

import functools
import shutil
import subprocess

LIMIT = 5.0
"""Seconds for a shell to read it."""
_SHELLS = ("bash", "sh", "ksh", "zsh", "dash")


def complaint(shebang: str, lines: tuple[str, ...]) -> str | None:
    """Return why the shell that runs a script cannot read these lines of it, in its words. It runs none
    of them. None where it can, or is not here."""
    shell = next((word for word in shebang[2:].split() if word.split("/")[-1] in _SHELLS), "")
    return _read(shell, "\n".join(lines) + "\n") if shutil.which(shell) else None


@functools.lru_cache(maxsize=16)  # a form asks again for each change of another field
def _read(shell: str, text: str) -> str | None:
    try:
        done = subprocess.run(
            [shell, "-n"], input=text.encode(), capture_output=True, timeout=LIMIT, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    said = done.stderr.decode(errors="replace").strip()
    return (said or f"exit code {done.returncode}") if done.returncode != 0 else said or None
