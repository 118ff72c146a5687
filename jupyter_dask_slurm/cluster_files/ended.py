"""Every way in which a cluster ends without being told to: its code, its words, and the way on.

``ended.json``, the card and every message say the same, whichever process learns of it first: the
controller, its watchdog, a Jupyter server, or a command line that only looks.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from ..model.cluster import Problem, utc_now

EndCode = Literal[
    "start_failed",
    "controller_died",
    "controller_terminated",
    "scheduler_died",
    "idle",
    "maximum_age",
    "shut_down",
    "ended_by_force",
    "jobs_unaccounted",
]
START_AGAIN = "Start Again makes a new cluster of the same name, options and size."
"""The advice that fits every end."""
_CANCELLED = "Its jobs were cancelled."
_UNACCOUNTED = (
    "Slurm does not know {why}, which it had accepted: there was nothing that could be cancelled, and no "
    "end of it is known."
)
_LOOK_FOR_THEM = (
    "See whether it is in another of the site's Slurm clusters (squeue -M all --me) or what became of it "
    "(sacct -j), and ask your operators. A worker without its scheduler ends by itself."
)


class _End(NamedTuple):
    message: str
    """``{why}`` is what is known of this one end, in the words of the process that knows it."""
    advice: str = START_AGAIN
    why: str = ""
    """What stands for ``{why}`` when nothing is known."""


_ENDS: dict[EndCode, _End] = {
    "start_failed": _End(
        "{why}", f"Its whole log is under Logs. When the cause is gone: {START_AGAIN}"
    ),
    "controller_died": _End(
        "The cluster's controller is gone. {why}",
        f"What its workers held is lost. {START_AGAIN}",
        "It was killed, or its host was restarted.",
    ),
    "controller_terminated": _End(f"{{why}} {_CANCELLED}"),
    "scheduler_died": _End("{why}"),
    "idle": _End(f"Stopped after {{why}} idle: no task, no client, no waiting job. {_CANCELLED}"),
    "maximum_age": _End(f"Stopped at the age at which clusters end here. {_CANCELLED}"),
    "shut_down": _End(f"A client ended it with client.shutdown(). {_CANCELLED}"),
    "ended_by_force": _End(
        "It was ended by force, but its jobs could not be cancelled: {why}",
        "Its jobs are listed as leftover jobs, and can be cancelled there, once the batch system answers.",
    ),
    "jobs_unaccounted": _End(f"It was stopped. {_UNACCOUNTED}", _LOOK_FOR_THEM),
}


@dataclass(frozen=True)
class Ended:
    """Why a cluster is no more: ``code`` and ``message`` as in a `Problem`; ``when`` in ISO-8601.

    A controller of another version may write a code that is not in the table.
    """

    code: str
    message: str
    when: str
    advice: str | None = None

    @classmethod
    def now(cls, code: EndCode, why: str | None = None) -> Ended:
        """Return that end, as of now. ``why`` is what is known of it, see `_ENDS`."""
        end = _ENDS[code]
        return cls(code, end.message.format(why=why or end.why), utc_now(), end.advice)

    def problem(self) -> Problem:
        """Return the end as a card shows it, with the way on where it names none."""
        return Problem(self.code, self.message, self.when, self.advice or START_AGAIN)

    def with_jobs_unaccounted(self, jobs: str) -> Ended:
        """Return the same, with a word on jobs whose end nobody has seen."""
        words = f"{self.message} {_UNACCOUNTED.format(why=jobs)}"
        return replace(self, message=words, advice=_LOOK_FOR_THEM)

    def with_jobs_cancelled(self) -> Ended:
        """Return the same, with a word on the jobs that were cancelled in its controller's place."""
        if self.code == "start_failed":
            return self  # it had none
        return replace(self, message=f"{self.message} {_CANCELLED}")
