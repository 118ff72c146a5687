"""What the log of a job says of its end: the line that a reader looks for first, and the last lines. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

SHOWN_LINES, READ_LINES = 20, 200
"""Lines of a log that are shown, and in which it is looked for what is known: a traceback is long."""
LONGEST_LINE, MOST_READ = 300, 1000
"""Characters of a line that are shown, and that are looked at."""
MOST_DEATHS = 2

_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_KILLED_BY_SLURM = re.compile(
    r"oom[-_ ]?kill|out[-_ ]of[-_ ]memory handler|[Ee]xceeded \w+ memory limit"
    r"|DUE TO (?:TIME LIMIT|NODE FAILURE|PREEMPTION)"
)
_TRACEBACK = re.compile(r"Traceback \(most recent call last\):$")
_GROUPED = re.compile(r"^ +[|+] ")
"""Before each line of an exception group's traceback."""
_EXCEPTION = re.compile(r"[A-Za-z_][\w.]*(?:: .*|:)?$")
_SYNTAX = re.compile(r"(?:SyntaxError|IndentationError|TabError): ")
"""Python prints these without the words of a traceback where the script itself cannot be read."""
_FOLLOWS = re.compile(
    r"(?:(?:\w+\.)*(?:CancelledError|CommClosedError|StreamClosedError|KeyboardInterrupt|SystemExit)\b"
    r"|(?:\w+\.)*TimeoutError$|(?:\w+\.)*\w+: (?:Nanny|Worker) (?:failed to start|start timed out))"
)
"""Exceptions that only follow from others: where there is another, that one says why."""
_DEATH = re.compile(
    r"(?:Worker [^ ]*.*exceeded \d+% memory budget"
    r"|Worker process \d+ (?:was killed by|exited with)"
    r"|Fatal Python error:|MemoryError|terminate called|Bus error|Segmentation fault).*"
)
"""What is known to be said by a nanny (``distributed.nanny``, ``distributed.worker_memory``), Python's
faulthandler and the C++ runtime when a worker dies."""
_SHELL = re.compile(
    r"command not found|: not found$|No such file or directory|Permission denied|[Cc]annot execute"
    r"|Exec format error|error while loading shared libraries|: No module named |can't open file"
    r"|Disk quota exceeded|No space left on device|Illegal instruction|Unable to locate a modulefile"
    r"|Lmod has detected the following error|module\(s\) (?:are|is) unknown"
    r"|Could not find conda environment"
)
_PROFILE = re.compile(r"(?:\.bash\w*|\.?profile|/etc/profile\.d/\S*): ")
"""A user's or site's profile complains in every job, also in those that work."""
_LOGGED = re.compile(r" - (?:ERROR|CRITICAL) - (.*\S)")
_ERROR = re.compile(r"\b(?:error|ERROR|Error|fatal)\b:")


def readable_lines(log: str) -> list[str]:
    """Return the lines as a terminal shows them in the end, without those that are empty: of a progress
    bar, which is drawn over itself, what stands last; no colours; nothing that is far too long."""
    lines = (_as_shown(line) for line in log.split("\n"))
    return [line for line in lines if line.strip()]


def ending(log: str, lines: int) -> str:
    """Return the last lines."""
    return "\n".join(readable_lines(log)[-lines:])


def cause(log: str) -> str | None:
    """Return the line that says why the job ended: Slurm's of what it killed, or else the exception, the
    nanny's of a worker that died, the shell's, or what is called an error. None where nothing is."""
    lines = readable_lines(log)
    for find in (_by_slurm, _by_python, _by_shell, _logged, _called_error):
        if (found := find(lines)) is not None:
            return found
    return None


def last_words(log: str) -> str:
    """Return what a job's log says of how a worker died last; empty where it says nothing."""
    found = [match[0].rstrip(". ") for line in log.splitlines() if (match := _DEATH.search(line))]
    return "; ".join(found[-MOST_DEATHS:])


def _as_shown(line: str) -> str:
    # A bar that was drawn a thousand times costs no more than one that was drawn once.
    line = line[-MOST_READ:] if "\r" in line else line[:MOST_READ]
    drawn = [part for part in _ESCAPE.sub("", line).split("\r") if part.strip()]
    text = "".join(c for c in (drawn[-1] if drawn else "") if c.isprintable() or c == "\t").rstrip()
    return text if len(text) <= LONGEST_LINE else text[: LONGEST_LINE - 1] + "…"


def _by_slurm(lines: Sequence[str]) -> str | None:
    return _last(line for line in lines if _KILLED_BY_SLURM.search(line))


def _by_python(lines: Sequence[str]) -> str | None:
    """The last exception, or how a worker died if that is said after it."""
    found: list[str] = []
    in_traceback = False
    for i, line in enumerate(lines):
        bare = _GROUPED.sub("", line)
        if _TRACEBACK.search(bare):
            in_traceback = True
        elif _SYNTAX.match(line):
            found.append(line)
            in_traceback = False
        elif in_traceback and _EXCEPTION.match(bare):
            found.append(bare)
            in_traceback = False
        elif _DEATH.search(line):
            found.append(last_words("\n".join(lines[: i + 1])))
    return _last(line for line in found if not _FOLLOWS.match(line)) or _last(found)


def _by_shell(lines: Sequence[str]) -> str | None:
    """The first complaint: the others follow from it."""
    found = [i for i, line in enumerate(lines) if _SHELL.search(line)]
    own = [i for i in found if not _PROFILE.search(lines[i])]
    for i in own or found:
        goes_on = lines[i].endswith(":") and i + 1 < len(lines)
        return f"{lines[i]} {lines[i + 1].strip()}" if goes_on else lines[i].strip()
    return None


def _logged(lines: Sequence[str]) -> str | None:
    return _last(match[1] for line in lines if (match := _LOGGED.search(line)))


def _called_error(lines: Sequence[str]) -> str | None:
    return _last(line.strip() for line in lines if _ERROR.search(line))


def _last(found: Iterable[str]) -> str | None:
    return next(reversed(list(found)), None)
