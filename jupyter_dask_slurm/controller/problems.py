"""What the user should know about a cluster: one problem per code, kept until its cause is gone."""

from __future__ import annotations

from ..models import Problem, utc_now

ADVICE = {
    "submission_refused": "Change what the message names, then press Retry or scale again.",
    "jobs_failed": "Nothing more is submitted. Mend what the log shows, then press Retry or scale "
    "again.",
    "slurm_silent": "Running work goes on. What you ask for is carried out once Slurm answers.",
    "data_stuck": "What these workers hold has no other worker to move to. Keep more jobs, or "
    "scale to 0 to drop it.",
    "never_starts": "Waiting will not help: change the option that the reason names.",
    "scheduler_busy": "It works through a large graph, or its host is overloaded. Scaling goes on.",
}


class Problems:
    """The problems of one cluster. ``since`` is when a problem with that text was first seen."""

    def __init__(self) -> None:
        self._by_code: dict[str, Problem] = {}

    def set(self, code: str, message: str) -> None:
        old = self._by_code.get(code)
        since = old.since if old is not None else utc_now()
        self._by_code[code] = Problem(code, message, since, ADVICE.get(code))

    def clear(self, *codes: str) -> None:
        for code in codes:
            self._by_code.pop(code, None)

    def __contains__(self, code: str) -> bool:
        return code in self._by_code

    def all(self) -> tuple[Problem, ...]:
        return tuple(self._by_code.values())
