"""What stands in a form that is being filled in, of which some may be no value yet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, replace
from typing import Any

from ..errors import FieldProblem, InvalidOptions
from ..model.names import validate_name
from ..model.options import ClusterOptions
from ..model.scaling import Scaling

_NOTHING: dict[str, Any] = {
    "options": None,
    "script": "",
    "lines": [],
    "jobs": 0,
    "cores": 0,
    "memory": 0,
    "workers": 0,
    "exports": None,
    "job_limit": None,
    "checking": [],
}
"""The preview of what cannot be rendered."""
_SAYS_WHERE = {"partition", "account", "qos", "slurm_cluster", "job_extra_directives"}
"""The options that decide which limits count for a job."""


class Entered:
    """What a form asks for, as far as it can be read, and what is wrong with the rest."""

    def __init__(self) -> None:
        self.options = ClusterOptions()
        self.scaling = Scaling()
        self.name: str | None = None
        self.problems: list[FieldProblem] = []

    def read(self, options: object, scaling: object, name: object) -> None:
        """Raise InvalidOptions when the options are none at all."""
        self.options, self.problems = ClusterOptions.read(options)
        wrong = {problem.field for problem in self.problems}
        least = self._least()
        self.options = replace(
            self.options, **{name: least[name] for name in least if name in wrong}
        )
        try:
            self.scaling = Scaling.from_json(scaling)
        except InvalidOptions as error:
            self.problems += error.problems
        try:
            self.name = None if name is None else validate_name(name)
        except InvalidOptions as error:
            self.problems += error.problems

    def _least(self) -> dict[str, Any]:
        """Return what stands in for options without which nothing can be judged. What follows from it is
        not said."""
        return {"cores": self.options.processes or 1, "memory": 10**9}

    def of_others(self, problems: Iterable[FieldProblem]) -> list[FieldProblem]:
        """Return those that do not follow from what could not be read: not about the same field, and none
        at all where it says which limits count."""
        wrong = {problem.field.split(".")[0] for problem in self.problems}
        if wrong & _SAYS_WHERE:
            return []
        return [problem for problem in problems if problem.field.split(".")[0] not in wrong]


def unusable(
    problems: Iterable[FieldProblem], warnings: Iterable[FieldProblem] = ()
) -> dict[str, Any]:
    """Return the answer for a form of which no script can be made."""
    return {
        **_NOTHING,
        "problems": [asdict(problem) for problem in problems],
        "warnings": [asdict(warning) for warning in warnings],
    }
