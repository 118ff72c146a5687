"""How large a cluster should be, and what that means in whole jobs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

from ..errors import FieldProblem, InvalidOptions, Unreadable
from . import typed_json
from .durations import timeout_reader
from .units import parse_memory

Unit = Literal["jobs", "cores", "memory"]
UNITS: tuple[Unit, ...] = ("jobs", "cores", "memory")
GROW_AFTER, SHRINK_AFTER = 2, 120
"""Seconds that the tasks must ask for more, or for less, before the cluster follows them. Growing is
cheap; what is given back has to wait in the queue again."""
_read_patience = timeout_reader(0, 24 * 3600)


@dataclass(frozen=True)
class Adapt:
    """The cluster follows its tasks, between two numbers of jobs (both included).

    ``grow_after`` and ``shrink_after`` are in seconds; None is what the administrator set.
    """

    minimum_jobs: int
    maximum_jobs: int
    grow_after: int | None = None
    shrink_after: int | None = None

    def to_json(self) -> dict[str, Any]:
        return dict(vars(self))

    @classmethod
    def from_json(cls, data: object) -> Adapt:
        """Return what somebody chose: ``{"minimum_jobs": 0, "maximum_jobs": 10}``, perhaps with the two
        patiences. Raise InvalidOptions, which names every field at fault.
        """
        if not isinstance(data, Mapping):
            raise InvalidOptions.of(
                "scaling.adapt", 'an object such as {"minimum_jobs": 0, "maximum_jobs": 10}'
            )
        known = ("minimum_jobs", "maximum_jobs", "grow_after", "shrink_after")
        problems = [FieldProblem(f"scaling.adapt.{k}", "unknown") for k in data if k not in known]
        values: dict[str, int | None] = {}
        for key in known:
            value = data.get(key)
            if key.endswith("_after"):
                try:
                    values[key] = None if value is None else _read_patience(value)
                except ValueError as error:
                    problems.append(FieldProblem(f"scaling.adapt.{key}", str(error)))
            elif isinstance(value, bool) or not isinstance(value, int) or value < 0:
                problems.append(FieldProblem(f"scaling.adapt.{key}", "a whole number, 0 or more"))
            else:
                values[key] = value
        if problems:
            raise InvalidOptions(problems)
        adapt = cls(**values)  # type: ignore[arg-type]  # only the patiences may be None
        if adapt.minimum_jobs > adapt.maximum_jobs:
            raise InvalidOptions.of(
                "scaling.adapt.maximum_jobs", f"at least the minimum, {adapt.minimum_jobs}"
            )
        return adapt


@dataclass(frozen=True)
class Scaling:
    """``amount`` of ``unit``: a number of jobs, of cores, or of bytes of memory; or, with ``adapt``,
    what the tasks need."""

    unit: Unit = "jobs"
    amount: int = 0
    adapt: Adapt | None = None

    JSON_FIELDS: ClassVar[Mapping[str, type[Any] | None]] = {
        "jobs": None,
        "cores": None,
        "memory": None,
        "adapt": Adapt,
    }
    """The fields of its JSON, which has one of them."""

    def jobs(self, *, cores: int, memory: int) -> int:
        """Return how many whole jobs hold this much, for jobs of ``cores`` and ``memory`` bytes each; with
        ``adapt`` the fewest.

        Rounded up, as ``dask_jobqueue.JobQueueCluster.scale`` does.
        """
        if self.adapt is not None:
            return self.adapt.minimum_jobs
        per_job = {"jobs": 1, "cores": cores, "memory": memory}[self.unit]
        return -(-self.amount // per_job)

    def most_jobs(self, *, cores: int, memory: int) -> int:
        """Return the most jobs that it can come to; see `jobs`."""
        if self.adapt is not None:
            return self.adapt.maximum_jobs
        return self.jobs(cores=cores, memory=memory)

    @property
    def field(self) -> str:
        """The field that says how large it may be, for a message about it."""
        return f"scaling.{self.unit}" if self.adapt is None else "scaling.adapt.maximum_jobs"

    def with_patience(self, grow_after: int, shrink_after: int) -> Scaling:
        """Return the same, with what ``adapt`` leaves open filled in; seconds."""
        adapt = self.adapt
        if adapt is None:
            return self
        grow = grow_after if adapt.grow_after is None else adapt.grow_after
        shrink = shrink_after if adapt.shrink_after is None else adapt.shrink_after
        return replace(self, adapt=replace(adapt, grow_after=grow, shrink_after=shrink))

    def to_json(self) -> dict[str, Any]:
        if self.adapt is not None:
            return {"adapt": self.adapt.to_json()}
        return {self.unit: self.amount}

    @classmethod
    def read_json(cls, data: object, at: str) -> Scaling:
        """Return what a program of ours wrote, perhaps of another version. Raise Unreadable: a size that
        is not understood is not 0."""
        if not isinstance(data, Mapping):
            raise Unreadable(at, "not an object")
        known = [key for key in cls.JSON_FIELDS if key in data]
        if len(known) != 1:
            found = ", ".join(map(str, data)) or "nothing"
            raise Unreadable(at, f"not one of jobs, cores, memory or adapt, but {found}")
        (key,) = known
        at = f"{at}.{key}" if at else key
        if key == "adapt":
            adapt = typed_json.read(Adapt, data[key], at)
            if not 0 <= adapt.minimum_jobs <= adapt.maximum_jobs:
                raise Unreadable(at, "no limits, from the fewest jobs to the most")
            if min(adapt.grow_after or 0, adapt.shrink_after or 0) < 0:
                raise Unreadable(at, "a time of less than nothing")
            return cls(adapt=adapt)
        amount = data[key]
        if type(amount) is not int or amount < 0:
            raise Unreadable(at, "not a whole number, 0 or more")
        return cls(next(unit for unit in UNITS if unit == key), amount)

    @classmethod
    def from_json(cls, data: object) -> Scaling:
        """Return what somebody chose: ``{"jobs": 2}``, ``{"cores": 48}``, ``{"memory": "200 GB"}`` (or
        bytes) or ``{"adapt": {…}}``, see `Adapt`. Raise InvalidOptions, which names the field.
        """
        if not isinstance(data, Mapping) or len(data) != 1:
            raise InvalidOptions.of(
                "scaling",
                'give one of {"jobs": n}, {"cores": n}, {"memory": "200 GB"}, {"adapt": {…}}',
            )
        ((key, value),) = data.items()
        field = f"scaling.{key}"
        if key == "adapt":
            return cls(adapt=Adapt.from_json(value))
        unit = next((u for u in UNITS if u == key), None)
        if unit is None:
            raise InvalidOptions.of(field, "unknown; scale by jobs, cores or memory, or adapt")
        if unit == "memory":
            try:
                return cls(unit, parse_memory(value))
            except ValueError as error:
                raise InvalidOptions.of(field, str(error)) from None
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise InvalidOptions.of(field, "a whole number, 0 or more")
        return cls(unit, value)
