"""What is wrong with a request, and how messages write durations, sizes and names. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from ..batch.slurm.walltime import format_walltime
from ..errors import FieldProblem, InvalidOptions

MIB = 1024**2


@dataclass(frozen=True)
class Findings:
    """``problems``, which the site is sure to refuse, forbid the cluster; ``warnings`` do not. Those of
    them that are doubtful are to be seen before it is created."""

    problems: tuple[FieldProblem, ...] = ()
    warnings: tuple[FieldProblem, ...] = ()

    def __add__(self, other: Findings) -> Findings:
        return Findings(self.problems + other.problems, self.warnings + other.warnings)

    def raise_problems(self) -> None:
        """Raise InvalidOptions when something forbids the cluster."""
        if self.problems:
            raise InvalidOptions(self.problems)

    @classmethod
    def problem(cls, field: str, message: str) -> Findings:
        """Return a single problem."""
        return cls(problems=(FieldProblem(field, message),))

    @classmethod
    def warning(cls, field: str, message: str) -> Findings:
        """Return a single warning."""
        return cls(warnings=(FieldProblem(field, message),))

    @classmethod
    def doubt(cls, field: str, message: str) -> Findings:
        """Return a single warning that the job may be refused, or never start."""
        return cls(warnings=(FieldProblem(field, message, doubtful=True),))

    @property
    def obstacles(self) -> tuple[FieldProblem, ...]:
        """The problems and the doubtful warnings: without any, the job is expected to run."""
        return self.problems + tuple(warning for warning in self.warnings if warning.doubtful)


def duration(seconds: int) -> str:
    """Return a duration for a message: ``30 min``, ``2 h``, else Slurm's own form."""
    if seconds % 86400 == 0:
        days = seconds // 86400
        return f"{days} day{'s' if days > 1 else ''}"
    if seconds % 3600 == 0:
        return f"{seconds // 3600} h"
    if seconds % 60 == 0 and seconds < 86400:
        return f"{seconds // 60} min" if seconds < 3600 else format_walltime(seconds)
    return format_walltime(seconds)


def size(count: int) -> str:
    """Return a size of memory for a message, in binary units as Slurm counts: ``15.6 GiB``."""
    if count >= 1024**3:
        return f"{count / 1024**3:.4g} GiB"
    return f"{count / MIB:.4g} MiB"
