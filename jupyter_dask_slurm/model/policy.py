"""What the administrator of a site lets the users of a Jupyter server ask for.

These are guard rails for users who play by them: jobs, controllers and their files are the users' own
processes and files, and whoever starts others by hand is held by Slurm alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from ..errors import FieldProblem, InvalidOptions
from .options import ClusterOptions

_MAXIMA = {
    "max_cores": "cores",
    "max_memory": "memory",
    "max_walltime": "walltime",
    "max_idle_timeout": "idle_timeout",
    "max_age": "maximum_age",
}
"""The bounds that are written, and read, as the options that they bound."""
NAMES = {"partitions": "partition", "accounts": "account", "qos": "qos"}
"""The lists of allowed names, with the option that has one of them as its value."""
OPTIONS = tuple(option.name for option in fields(ClusterOptions))


@dataclass(frozen=True)
class Policy:
    """None, and what is left out, is no bound. Cores, memory (bytes), walltime (seconds) and GPUs are
    those of one job; the two ages are in seconds.

    Of ``partitions``, ``accounts`` and ``qos`` the first is that of jobs that name none. Options that
    are ``fixed`` have that value for everybody. Those that are ``forbidden`` have the value of the
    site's own configuration, or one of the administrator's profiles.
    """

    partitions: tuple[str, ...] | None = None
    accounts: tuple[str, ...] | None = None
    qos: tuple[str, ...] | None = None
    max_cores: int | None = None
    max_memory: int | None = None
    max_walltime: int | None = None
    max_gpus: int | None = None
    max_idle_timeout: int | None = None
    max_age: int | None = None
    fixed: ClusterOptions = field(default_factory=ClusterOptions)
    forbidden: tuple[str, ...] = ()

    @property
    def pinned(self) -> dict[str, Any]:
        """The fixed options and their values."""
        return {name: value for name, value in vars(self.fixed).items() if value is not None}

    @property
    def names(self) -> dict[str, tuple[str, ...]]:
        """The allowed names of each option that is bounded by such."""
        found = {option: getattr(self, name) for name, option in NAMES.items()}
        return {option: allowed for option, allowed in found.items() if allowed is not None}

    @classmethod
    def from_json(cls, data: object) -> Policy:
        """Return what an administrator wrote, checked; a walltime's number is seconds. Raise
        InvalidOptions, which names every field at fault."""
        if not isinstance(data, Mapping):
            raise InvalidOptions.of("policy", 'an object such as {"max_cores": 48}')
        values: dict[str, Any] = {}
        problems: list[FieldProblem] = []
        for key, raw in data.items():
            try:
                if raw is not None:
                    values[key] = _read(key, raw)
            except InvalidOptions as error:
                problems += error.problems
        if problems:
            raise InvalidOptions(problems)
        return cls(**values)


def within(seconds: int, most: int | None) -> int:
    """Return a time after which a cluster ends, where 0 is never, cut to what is allowed."""
    return seconds if most is None or 0 < seconds <= most else most


def _read(key: object, raw: object) -> Any:
    if key in _MAXIMA:
        value = _option(str(key), _MAXIMA[str(key)], raw)
        if not value:
            raise InvalidOptions.of(str(key), "more than 0")
        return value
    if key in NAMES:
        names = _words(str(key), raw)
        if not names:
            raise InvalidOptions.of(str(key), "at least one name")
        return tuple(_option(str(key), NAMES[str(key)], name) for name in names)
    if key == "max_gpus":
        if isinstance(raw, bool) or not isinstance(raw, int) or raw < 0:
            raise InvalidOptions.of("max_gpus", "a whole number, 0 or more")
        return raw
    if key == "fixed":
        return _fixed(raw)
    if key == "forbidden":
        return _forbidden(raw)
    raise InvalidOptions.of(str(key), "unknown")


def _option(key: str, option: str, raw: object) -> Any:
    """Return a value that is read as that option. Raise InvalidOptions, which names the ``key``."""
    try:
        return getattr(ClusterOptions.from_json({option: raw}), option)
    except InvalidOptions as error:
        raise InvalidOptions.of(key, error.problems[0].message) from None


def _words(key: str, raw: object) -> list[str]:
    if not isinstance(raw, (list, tuple)) or not all(isinstance(word, str) for word in raw):
        raise InvalidOptions.of(key, "a list of names")
    return list(raw)


def _fixed(raw: object) -> ClusterOptions:
    try:
        fixed = ClusterOptions.from_json(raw)
    except InvalidOptions as error:
        raise InvalidOptions(
            FieldProblem(f"fixed.{p.field}", p.message) for p in error.problems
        ) from None
    if fixed.partition == "auto":
        message = "auto is none: name one, or say which are allowed (partitions)"
        raise InvalidOptions.of("fixed.partition", message)
    if lists := [n for n, value in vars(fixed).items() if isinstance(value, (tuple, Mapping))]:
        raise InvalidOptions(
            FieldProblem(f"fixed.{name}", "a list cannot be fixed: forbid it") for name in lists
        )
    return fixed


def _forbidden(raw: object) -> tuple[str, ...]:
    words = _words("forbidden", raw)
    if unknown := [word for word in words if word not in OPTIONS]:
        raise InvalidOptions.of("forbidden", f"no option {', '.join(unknown)}")
    return tuple(words)
