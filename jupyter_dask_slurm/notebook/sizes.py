"""How large a cluster should be, in the words of dask's ``scale`` and ``adapt``, as a `Scaling`. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from dask.utils import parse_bytes, parse_timedelta

from ..errors import InvalidOptions
from ..model.durations import parse_timeout
from ..model.options import ClusterOptions
from ..model.scaling import Adapt, Scaling

INTERVAL, WAIT_COUNT = 1.0, 3
"""dask's own: how often it looks, and for how many looks in a row less must be needed."""

_TARGET_DURATION = (
    "is the scheduler's, which reads it when it starts: make the cluster with "
    'environment={"DASK_DISTRIBUTED__ADAPTIVE__TARGET_DURATION": "5s"}'
)


def scaled(
    options: ClusterOptions,
    n: int | None = None,
    jobs: int | None = None,
    memory: str | int | None = None,
    cores: int | None = None,
) -> Scaling:
    """Return the size that ``scale`` is asked for; ``n`` is a number of workers. Of several the largest
    counts, as with dask. Raise InvalidOptions."""
    given: dict[str, Any] = {}
    if n is not None:
        given["jobs"] = jobs_of(whole("n", n), options)
    elif jobs is not None:
        given["jobs"] = whole("jobs", jobs)
    if cores is not None:
        given["cores"] = whole("cores", cores)
    if memory is not None:
        given["memory"] = parse_bytes(memory)
    scalings = [Scaling.from_json({unit: amount}) for unit, amount in given.items()]
    if not scalings:
        raise InvalidOptions.of("scale", "give one of n (workers), jobs, cores and memory")
    if len(scalings) == 1:
        return scalings[0]
    size = {"cores": options.cores or 1, "memory": options.memory or 1}
    return Scaling("jobs", max(scaling.jobs(**size) for scaling in scalings))


def adapting(options: ClusterOptions, most_jobs: int, given: Mapping[str, Any]) -> Scaling:
    """Return the bounds that ``adapt`` is asked for: workers, cores, memory or jobs. Without a maximum it
    is ``most_jobs``. Raise InvalidOptions."""
    left = dict(given)
    low = _bound("minimum", left, options, 0)
    high = _bound("maximum", left, options, most_jobs)
    patience = _patience(left)
    if left.get("target_duration") is not None:
        raise InvalidOptions.of("target_duration", _TARGET_DURATION)
    left.pop("target_duration", None)
    if left:
        raise InvalidOptions.of(next(iter(left)), "adapt has no such argument here")
    return Scaling(adapt=Adapt.from_json({"minimum_jobs": low, "maximum_jobs": high, **patience}))


def jobs_of(workers: int, options: ClusterOptions) -> int:
    """Return how many jobs bring so many workers."""
    return math.ceil(workers / (options.processes or 1))


def _bound(which: str, given: dict[str, Any], options: ClusterOptions, otherwise: int) -> int:
    """Take one bound out of the arguments, in jobs. Of several the last of these counts."""
    found = otherwise
    workers = given.pop(which, None)
    if workers is not None and workers != math.inf:
        workers = whole(which, workers)
        found = jobs_of(workers, options)
        if which == "maximum" and workers >= (options.processes or 1):
            found = workers // (options.processes or 1)
    for unit, size in (("cores", options.cores), ("memory", options.memory)):
        amount = given.pop(f"{which}_{unit}", None)
        if amount is not None:
            amount = parse_bytes(amount) if unit == "memory" else whole(f"{which}_{unit}", amount)
            # No more than was allowed, and no less than was wanted.
            share = amount / (size or 1)
            found = math.ceil(share) if which == "minimum" else math.floor(share)
    jobs = given.pop(f"{which}_jobs", None)
    return found if jobs is None or jobs == math.inf else whole(f"{which}_jobs", jobs)


def _patience(given: dict[str, Any]) -> dict[str, int]:
    """Take out of the arguments how long less, or more, must be needed: in the words of dask's
    ``Adaptive``, or as REST has it. What is left open is the administrator's."""
    found = {
        name: math.ceil(seconds_of(value))
        for name in ("grow_after", "shrink_after")
        if (value := given.pop(name, None)) is not None
    }
    interval, count = given.pop("interval", None), given.pop("wait_count", None)
    if interval is not None or count is not None:
        seconds = INTERVAL if interval is None else seconds_of(interval, default="ms")
        looks = WAIT_COUNT if count is None else count
        found.setdefault("grow_after", math.ceil(seconds))
        found.setdefault("shrink_after", math.ceil(seconds * looks))
    return found


def seconds_of(value: Any, default: str = "s") -> float:
    """Return a time as dask reads it, and in the forms that this package reads besides. ``default`` is the
    unit of a bare number. Raise ValueError."""
    try:
        seconds: float = parse_timedelta(value, default=default)
    except (KeyError, ValueError):
        if not isinstance(value, str):
            raise
        seconds = parse_timeout(value)
    return seconds


def whole(name: str, number: Any) -> int:
    """Return a number of jobs, workers or cores. Raise InvalidOptions."""
    try:
        whole: int = math.ceil(number)
    except (TypeError, ValueError, OverflowError):
        raise InvalidOptions.of(name, "a whole number, 0 or more") from None
    if isinstance(number, bool) or whole < 0:
        raise InvalidOptions.of(name, "a whole number, 0 or more")
    return whole
