"""How large a cluster should be, and what that means in whole jobs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from .errors import InvalidOptions
from .units import parse_memory

Unit = Literal["jobs", "cores", "memory"]
UNITS: tuple[Unit, ...] = ("jobs", "cores", "memory")


@dataclass(frozen=True)
class Scaling:
    """``amount`` of ``unit``: a number of jobs, of cores, or of bytes of memory."""

    unit: Unit = "jobs"
    amount: int = 0

    def jobs(self, *, cores: int, memory: int) -> int:
        """Whole jobs that hold this much, for jobs of ``cores`` and ``memory`` bytes each.

        Rounded up, as ``dask_jobqueue.JobQueueCluster.scale`` does.
        """
        per_job = {"jobs": 1, "cores": cores, "memory": memory}[self.unit]
        return -(-self.amount // per_job)

    def to_json(self) -> dict[str, Any]:
        return {self.unit: self.amount}

    @classmethod
    def from_json(cls, data: object, *, lenient: bool = False) -> Scaling:
        """Read ``{"jobs": 2}``, ``{"cores": 48}`` or ``{"memory": "200 GB"}`` (or bytes).

        Raises InvalidOptions naming the field. ``lenient`` is for our own JSON, written perhaps by
        another version: what it cannot read is "no jobs".
        """
        try:
            return cls._read(data)
        except InvalidOptions:
            if lenient:
                return cls()
            raise

    @classmethod
    def _read(cls, data: object) -> Scaling:
        if not isinstance(data, Mapping) or len(data) != 1:
            raise InvalidOptions.of(
                "scaling", 'give one of {"jobs": n}, {"cores": n}, {"memory": "200 GB"}'
            )
        ((key, value),) = data.items()
        field = f"scaling.{key}"
        unit = next((u for u in UNITS if u == key), None)
        if unit is None:
            if key == "adapt":
                raise InvalidOptions.of(field, "adaptive scaling is not offered by this version")
            raise InvalidOptions.of(field, "unknown; scale by jobs, cores or memory")
        if unit == "memory":
            try:
                return cls(unit, parse_memory(value))
            except ValueError as error:
                raise InvalidOptions.of(field, str(error)) from None
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise InvalidOptions.of(field, "a whole number, 0 or more")
        return cls(unit, value)
