"""What crosses the boundary of a process: how it is written as JSON, and read.

Server, controller, command line, notebook helper and the process that renders job scripts may be of
different versions: a cluster outlives the server that made it, and two servers may share one
registry. So what one of our programs writes for another (files, the control API, a controller's
order) is read by these rules, whatever it is:

- A field that is not known is ignored, also in an object within another.
- A field that is missing has the default of its dataclass; without a default it has to be there.
- A value of another type than the field's, or one that makes no sense, raises `Unreadable` and never
  becomes a default: a size that is not understood would turn into "no jobs", and be sent.
- ``protocol`` is compared. A program says which protocol it speaks, and the oldest that it still
  understands; two that do not understand each other raise `Incompatible`.

What *people* write (forms, REST, profiles, dask's configuration) is read by
`ClusterOptions.from_json` and `Scaling.from_json`, which refuse unknown fields and say what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from ..errors import Incompatible, Unreadable
from .scaling import UNITS, Adapt, Scaling

PROTOCOL = 2
"""What this version speaks. It grows with what is read or written; what is only added needs no more."""
OLDEST_PROTOCOL = 1
"""The oldest that this version still understands. It grows when something is not to be read as before:
then clusters of older versions cannot be used any more, and say so."""

T = TypeVar("T")
_Read = Callable[[Any, str], Any]


@dataclass(frozen=True)
class Unsent:
    """What was asked of a cluster while its controller could not be told."""

    name: str | None = None
    scaling: Scaling | None = None
    idle_timeout: int | None = None
    stop: bool = False

    def then(self, later: Unsent) -> Unsent:
        """Both; the later one counts where both ask for the same."""
        return Unsent(
            name=self.name if later.name is None else later.name,
            scaling=self.scaling if later.scaling is None else later.scaling,
            idle_timeout=self.idle_timeout if later.idle_timeout is None else later.idle_timeout,
            stop=self.stop or later.stop,
        )

    def to_json(self) -> dict[str, Any]:
        """Only what was asked for: protocol 1 takes a field that is there for a wish."""
        asked: dict[str, Any] = {"stop": True} if self.stop else {}
        if self.name is not None:
            asked["name"] = self.name
        if self.scaling is not None:
            asked["scaling"] = self.scaling.to_json()
        if self.idle_timeout is not None:
            asked["idle_timeout"] = self.idle_timeout
        return asked


def write(value: Any) -> dict[str, Any]:
    """The JSON object of a dataclass."""
    if isinstance(value, (Scaling, Unsent)):
        return value.to_json()
    values = dict(vars(value))
    for field in _fields(type(value)):
        if not field.plain:
            values[field.name] = _written(values[field.name])
    return values


def write_over(value: Any, before: object) -> dict[str, Any]:
    """The same, with the fields of the object that it takes the place of which are not known here:
    another version wrote them, and reads them again."""
    return _over(type(value), write(value), before)


def read(cls: type[T], data: object, at: str = "") -> T:
    """A ``cls``, a dataclass, of what it knows in ``data``. Raises Unreadable, with ``at`` before the
    name of the field."""
    if cls is Scaling:
        return _scaling(data, at)  # type: ignore[return-value]
    if not isinstance(data, Mapping):
        raise Unreadable(at, "not an object")
    values = {}
    within = f"{at}." if at else ""
    for field in _fields(cls):
        if field.name in data:
            values[field.name] = field.read(data[field.name], within + field.name)
        elif field.required:
            raise Unreadable(within + field.name, "missing")
    return cls(**values)


def known(cls: type[Any], data: object) -> object:
    """``data`` without the fields that ``cls`` does not know, for what people may have written, too."""
    if not isinstance(data, Mapping):
        return data
    fields = _inner(cls)
    if cls is Scaling:
        fields = {"jobs": None, "cores": None, "memory": None, "adapt": Adapt}
    return {
        key: value if (inner := fields[key]) is None else known(inner, value)
        for key, value in data.items()
        if key in fields
    }


def check_protocol(data: object) -> None:
    """Raises Incompatible if who wrote this object and this version do not understand each other."""
    if not isinstance(data, Mapping):
        return  # whoever reads it says so
    speaks, oldest = data.get("protocol", PROTOCOL), data.get("oldest_protocol", OLDEST_PROTOCOL)
    for field, value in (("protocol", speaks), ("oldest_protocol", oldest)):
        if type(value) is not int:
            raise Unreadable(field, "not a whole number")
    if oldest > PROTOCOL:
        raise Incompatible(
            "protocol",
            f"it is of a newer version, which speaks protocol {speaks} and understands {oldest} and "
            f"newer; this version speaks {PROTOCOL}",
        )
    if speaks < OLDEST_PROTOCOL:
        raise Incompatible(
            "protocol",
            f"it is of an older version, which speaks protocol {speaks}; this version understands "
            f"{OLDEST_PROTOCOL} and newer",
        )


# -- by the types of the fields ----------------------------------------------------------------------

_WORDS = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    NoneType: "null",
}


@dataclass(frozen=True)
class _Field:
    """One field of a dataclass."""

    name: str
    read: _Read
    required: bool
    plain: bool
    """It holds one value of JSON, and is written as it is."""
    inner: type[Any] | None
    """The dataclass that it holds, or None."""


_FIELDS: dict[type[Any], tuple[_Field, ...]] = {}
"""What has been looked up of each dataclass, for jobs come in thousands."""


def _fields(cls: type[Any]) -> tuple[_Field, ...]:
    known = _FIELDS.get(cls)
    if known is None:
        hints = get_type_hints(cls)
        known = _FIELDS[cls] = tuple(
            _Field(
                name=f.name,
                read=_reader(hints[f.name]),
                required=f.default is MISSING and f.default_factory is MISSING,
                plain=_plain(hints[f.name]),
                inner=next((c for c in _choices(hints[f.name]) if _is_ours(c)), None),
            )
            for f in fields(cls)
        )
    return known


def _inner(cls: type[Any]) -> dict[str, type[Any] | None]:
    return {field.name: field.inner for field in _fields(cls)}


def _is_ours(hint: Any) -> bool:
    return isinstance(hint, type) and is_dataclass(hint)


def _choices(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) if get_origin(hint) in (UnionType, Union) else (hint,)


def _plain(hint: Any) -> bool:
    return all(c in _WORDS or get_origin(c) is Literal for c in _choices(hint))


def _reader(hint: Any) -> _Read:
    choices = _choices(hint)
    (first, *more) = [choice for choice in choices if choice is not NoneType] or [NoneType]
    optional = NoneType in choices
    if not more and first not in _WORDS:
        return _optional(_compound(first)) if optional else _compound(first)
    types = frozenset(choices) | ({int} if float in choices else frozenset())
    words = " or ".join(_WORDS[choice] for choice in choices)

    def take(value: Any, at: str) -> Any:
        if type(value) not in types:  # exactly: True is an int as well
            raise Unreadable(at, f"not {words}")
        return value

    return take


def _optional(take: _Read) -> _Read:
    return lambda value, at: None if value is None else take(value, at)


def _compound(hint: Any) -> _Read:
    if _is_ours(hint):
        return lambda value, at: read(hint, value, at)
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:

        def choose(value: Any, at: str) -> Any:
            if value not in arguments:
                raise Unreadable(at, f"none of {', '.join(map(str, arguments))}")
            return value

        return choose
    if origin is tuple:
        item = _reader(arguments[0])

        def take(value: Any, at: str) -> Any:
            if not isinstance(value, list):
                raise Unreadable(at, "not a list")
            return tuple(item(entry, f"{at}[{index}]") for index, entry in enumerate(value))

        return take
    raise TypeError(f"no rule to read {hint}")


def _written(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_written(entry) for entry in value]
    return write(value) if is_dataclass(value) else value


def _over(cls: type[Any], data: dict[str, Any], before: object) -> dict[str, Any]:
    if cls is Scaling or not isinstance(before, Mapping):
        return data  # a size is one: another unit's would contradict it
    fields = _inner(cls)
    for key, value in before.items():
        if key not in fields:
            data[key] = value
        elif (inner := fields[key]) is not None and isinstance(data.get(key), dict):
            data[key] = _over(inner, data[key], value)
    return data


def _scaling(data: object, at: str) -> Scaling:
    """One of ``jobs``, ``cores``, ``memory``, ``adapt``."""
    if not isinstance(data, Mapping):
        raise Unreadable(at, "not an object")
    known = [key for key in (*UNITS, "adapt") if key in data]
    if len(known) != 1:
        found = ", ".join(map(str, data)) or "nothing"
        raise Unreadable(at, f"not one of jobs, cores, memory or adapt, but {found}")
    (key,) = known
    at = f"{at}.{key}" if at else key
    if key == "adapt":
        adapt = read(Adapt, data["adapt"], at)
        _check(adapt.minimum_jobs >= 0, f"{at}.minimum_jobs")
        _check(adapt.maximum_jobs >= adapt.minimum_jobs, f"{at}.maximum_jobs")
        for patience in ("grow_after", "shrink_after"):
            _check((getattr(adapt, patience) or 0) >= 0, f"{at}.{patience}")
        return Scaling(adapt=adapt)
    amount = data[key]
    if type(amount) is not int:
        raise Unreadable(at, "not a whole number")
    _check(amount >= 0, at)
    return Scaling(next(unit for unit in UNITS if unit == key), amount)


def _check(true: bool, at: str) -> None:
    if not true:
        raise Unreadable(at, "less than it can be")
