"""What the administrator of a site lets the users of a Jupyter server ask for.

These are guard rails for users who play by them: jobs, controllers and their files are the users' own
processes and files, and whoever starts others by hand is held by Slurm alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from ..errors import FieldProblem, InvalidOptions
from .durations import written
from .options import ClusterOptions
from .profile import profile_name

_MAXIMA = {
    "max_cores": "cores",
    "max_memory": "memory",
    "max_walltime": "walltime",
    "max_idle_timeout": "idle_timeout",
    "max_age": "maximum_age",
}
"""The bounds that are written, and read, as the options that they bound."""
_COUNTS = {"max_gpus": 0, "max_jobs": 0, "max_clusters": 0, "max_cores_per_user": 1}
"""The bounds that are whole numbers, with the least that makes sense."""
NAMES = {"partitions": "partition", "accounts": "account", "qos": "qos"}
"""The lists of allowed names, with the option that has one of them as its value."""
_HIDDEN_NAMES = {f"hidden_{name}": option for name, option in NAMES.items()}
LONGEST_MESSAGE = 500
_ADDRESS = re.compile(r"https?://[^\s<>\"'\\\x00-\x1f\x7f]+")
OPTIONS = tuple(option.name for option in fields(ClusterOptions))


@dataclass(frozen=True)
class Policy:
    """None, and what is left out, is no bound. Cores, memory (bytes), walltime (seconds) and GPUs are
    those of one job; the two ages are in seconds.

    Of ``partitions``, ``accounts`` and ``qos`` the first is that of jobs that name none. The hidden ones
    may be named, and are not offered. Options that are ``fixed`` have that value for everybody. Those that
    are ``forbidden`` have the value of the site's own configuration, or one of the administrator's
    profiles. A form does not show those that are ``hidden``.
    """

    partitions: tuple[str, ...] | None = None
    accounts: tuple[str, ...] | None = None
    qos: tuple[str, ...] | None = None
    hidden_partitions: tuple[str, ...] = ()
    hidden_accounts: tuple[str, ...] = ()
    hidden_qos: tuple[str, ...] = ()
    max_jobs: int | None = None
    """Of one cluster."""
    max_clusters: int | None = None
    max_cores_per_user: int | None = None
    """Of all clusters of a user together."""
    max_cores: int | None = None
    max_memory: int | None = None
    max_walltime: int | None = None
    max_gpus: int | None = None
    max_idle_timeout: int | None = None
    max_age: int | None = None
    fixed: ClusterOptions = field(default_factory=ClusterOptions)
    forbidden: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    default_profile: str | None = None
    """What a form begins with."""
    profiles_only: bool = False
    """Users choose a profile of the site's, and no options beside it."""
    message: str | None = None
    link: str | None = None
    """What the panel shows to everybody, and where it leads."""

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


def least(limit: int, other: int | None) -> int:
    """Return the smaller of two limits, of which the second may be none."""
    return limit if other is None else min(limit, other)


def policy_of(data: Mapping[Any, Any], is_mine: Callable[[str], bool]) -> Policy:
    """Return what an administrator wrote, for a user whose the groups are of which ``is_mine`` says so.

    Of the ``groups`` the first that is the user's counts: what is written of it is put in the place of what
    holds for all others, key by key. Raise InvalidOptions for mistakes in any of them.
    """
    general = {key: value for key, value in data.items() if key != "groups"}
    groups = data.get("groups") or {}
    if not isinstance(groups, Mapping) or not all(isinstance(g, Mapping) for g in groups.values()):
        raise InvalidOptions.of("groups", 'an object such as {"students": {"max_cores": 4}}')
    found = written_policy(general)
    for name, own in reversed(list(groups.items())):
        try:
            policy = written_policy({**general, **own})
        except InvalidOptions as error:
            raise InvalidOptions(
                FieldProblem(f"groups.{name}.{p.field}", p.message) for p in error.problems
            ) from None
        if is_mine(str(name)):
            found = policy
    return found


def written_policy(data: Mapping[Any, Any]) -> Policy:
    """Return what an administrator wrote, without groups: as on a form, a walltime's number is minutes.
    Raise InvalidOptions."""
    fixed, data = data.get("fixed"), written(data)
    if isinstance(fixed, Mapping):
        data["fixed"] = written(fixed)
    return Policy.from_json(data)


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
    if key in _HIDDEN_NAMES:
        hidden = _HIDDEN_NAMES[str(key)]
        return tuple(_option(str(key), hidden, name) for name in _words(str(key), raw))
    if key in _COUNTS:
        least = _COUNTS[str(key)]
        if isinstance(raw, bool) or not isinstance(raw, int) or raw < least:
            raise InvalidOptions.of(str(key), f"a whole number, {least} or more")
        return raw
    if key == "profiles_only":
        if not isinstance(raw, bool):
            raise InvalidOptions.of("profiles_only", "true or false")
        return raw
    if key == "fixed":
        return _fixed(raw)
    if key in ("forbidden", "hidden"):
        return _options(str(key), raw)
    if key in _TEXTS:
        return _TEXTS[str(key)](raw)
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


def _options(key: str, raw: object) -> tuple[str, ...]:
    words = _words(key, raw)
    if unknown := [word for word in words if word not in OPTIONS]:
        raise InvalidOptions.of(key, f"no option {', '.join(unknown)}")
    return tuple(words)


def _profile(raw: object) -> str:
    try:
        return profile_name(raw)
    except InvalidOptions as error:
        raise InvalidOptions.of("default_profile", error.problems[0].message) from None


def _message(raw: object) -> str:
    text = raw.strip() if isinstance(raw, str) else ""
    if not text or len(text) > LONGEST_MESSAGE or not text.replace("\n", "").isprintable():
        words = f"1 to {LONGEST_MESSAGE} characters that can be printed"
        raise InvalidOptions.of("message", words)
    return text


def _link(raw: object) -> str:
    if not isinstance(raw, str) or _ADDRESS.fullmatch(raw) is None:
        raise InvalidOptions.of("link", "an address that begins with https:// or http://")
    return raw


_TEXTS = {"default_profile": _profile, "message": _message, "link": _link}
