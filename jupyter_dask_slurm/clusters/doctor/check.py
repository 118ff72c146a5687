"""What one look at the site has found, and how it is told. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from ..._version import __version__

Outcome = Literal["ok", "warning", "failed", "skipped"]
"""``warning``: clusters may work all the same. ``skipped``: there was no way, or no need, to look."""
CheckName = Literal[
    "versions",
    "state_dir",
    "slurm_commands",
    "configuration",
    "partitions",
    "account",
    "new_cluster",
    "python",
    "dashboards",
    "limits",
    "processes",
    "test_job",
    "node_state_dir",
    "node_python",
    "address",
    "clocks",
]
TITLES: dict[CheckName, str] = {
    "versions": "Versions",
    "state_dir": "Directory of the clusters",
    "slurm_commands": "Slurm's commands",
    "configuration": "Dask's configuration",
    "partitions": "Partitions",
    "account": "Account",
    "new_cluster": "A new cluster",
    "python": "Python",
    "dashboards": "Dashboards",
    "limits": "Limits of files and processes",
    "processes": "What ends clusters here",
    "test_job": "A test job",
    "node_state_dir": "The directory on the node",
    "node_python": "Python on the node",
    "address": "The way to the scheduler",
    "clocks": "Clocks",
}
ON_NODE: tuple[CheckName, ...] = ("node_state_dir", "node_python", "address", "clocks")
"""Those that only a job can answer."""
_WIDTH = 100


@dataclass(frozen=True)
class Check:
    """``message`` says what was found, ``words`` are those of another program, and ``advice`` is what to
    do."""

    name: CheckName
    outcome: Outcome
    message: str
    words: str | None = None
    advice: str | None = None

    @property
    def title(self) -> str:
        return TITLES[self.name]

    def to_json(self) -> dict[str, Any]:
        """The form of the REST contract."""
        return {
            "name": self.name,
            "title": self.title,
            "outcome": self.outcome,
            "message": self.message,
            "words": self.words,
            "advice": self.advice,
        }

    def text(self) -> str:
        """Return it for a terminal, or a support ticket."""
        lines = _wrapped(f"{self.outcome:<8} {self.title}: {self.message}", "", " " * 9)
        if self.words:
            lines += [f"{'':9}| {line}" for line in self.words.splitlines()]
        if self.advice:
            lines += _wrapped(f"-> {self.advice}", " " * 9, " " * 12)
        return "\n".join(lines)


def _wrapped(text: str, first: str, others: str) -> list[str]:
    """Paths and commands stay whole, to be copied."""
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=first,
        subsequent_indent=others,
        break_long_words=False,
        break_on_hyphens=False,
    )


def report(checks: Iterable[Check], where: str) -> str:
    """Return all that was found on a host as text."""
    body = "\n".join(check.text() for check in checks)
    return f"jupyter-dask-slurm {__version__} on {where}\n{body}\n"
