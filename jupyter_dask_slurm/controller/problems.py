"""What the user should know about a cluster: one problem per code, kept until its cause is gone."""

from __future__ import annotations

from ..model.cluster import Problem, utc_now

ADVICE = {
    "submission_refused": "It is tried again every few minutes. Retry, or another size, tries at once; "
    "what the options ask for can be changed in a new cluster.",
    "jobs_failed": "Nothing more is submitted. Mend what the log shows, then press Retry or scale "
    "again.",
    "jobs_crash": "Retry replaces them at once. A job that is killed for its memory needs more of it.",
    "jobs_vanish": "If this was meant, scale down. Retry replaces them at once.",
    "slurm_silent": "Running work goes on. What you ask for is carried out once Slurm answers.",
    "data_stuck": "What these workers hold has no other worker to move to. Keep more jobs, or "
    "scale to 0 to drop it.",
    "expires_alone": "Save what you need, or scale up so that another job can take it.",
    "never_starts": "Waiting will not help: change the option that the reason names.",
    "jobs_linger": "The node may hang: your operators can see to it. A cluster that is stopping waits "
    "for it; Force stop does not.",
    "scheduler_busy": "It works through a large graph, or its host is overloaded. Scaling goes on.",
    "tasks_unrunnable": "They ask for resources or for workers that are not there. More workers of "
    "this kind do not help.",
    "files_unwritable": "The cluster works on. Free some space, or ask your administrator: after a "
    "restart its files would be out of date.",
}


class Problems:
    """The problems of one cluster. ``since`` is when a problem with that code was first seen."""

    def __init__(self) -> None:
        self._by_code: dict[str, Problem] = {}

    def set(self, code: str, message: str, advice: str | None = None) -> None:
        """``advice`` None is what the code always advises."""
        old = self._by_code.get(code)
        since = old.since if old is not None else utc_now()
        self._by_code[code] = Problem(code, message, since, advice or ADVICE.get(code))

    def show(self, code: str, notice: tuple[str, str | None] | None) -> None:
        """A message with its advice, or None when there is nothing to say any more."""
        if notice is None:
            self.clear(code)
        else:
            self.set(code, *notice)

    def clear(self, *codes: str) -> None:
        for code in codes:
            self._by_code.pop(code, None)

    def __contains__(self, code: str) -> bool:
        return code in self._by_code

    def all(self) -> tuple[Problem, ...]:
        return tuple(self._by_code.values())
