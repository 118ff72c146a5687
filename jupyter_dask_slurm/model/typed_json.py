"""Dataclasses as JSON objects, read and written by the types of their fields.

A field that is not known is ignored, also in an object within another. A field that is missing has its
default; without a default it has to be there. A value of another type raises `Unreadable`, which names
the field, and never becomes the default.

A field holds text, numbers, true or false, one of some words (``Literal``), a path, another dataclass, a
``tuple`` of any of these, a ``Mapping`` of text to text, or None. A class whose JSON is not simply its
fields says how: ``read_json`` (a class method), ``to_json``, ``JSON_FIELDS``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, NamedTuple, TypeVar, Union, get_args, get_origin, get_type_hints

from ..errors import Unreadable

T = TypeVar("T")
_Read = Callable[[Any, str], Any]
_WORDS: dict[Any, str] = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    NoneType: "null",
}


def write(value: Any) -> dict[str, Any]:
    """Return the JSON object of a dataclass."""
    cls = type(value)
    if hasattr(cls, "to_json"):
        written: dict[str, Any] = value.to_json()
        return written
    values = dict(vars(value))
    for field in _fields(cls):
        if field.read is not None:
            values[field.name] = _written(values[field.name])
    return values


def write_over(value: Any, before: object) -> dict[str, Any]:
    """Return the same, with the fields of the object ``before`` it that are not known here: another
    version wrote them, and will read them again."""
    return _over(type(value), write(value), before)


def read(cls: type[T], data: object, at: str = "") -> T:
    """Return the ``cls`` that an object says, a dataclass. Raise Unreadable, with ``at`` before the name
    of the field."""
    if (special := getattr(cls, "read_json", None)) is not None:
        made: T = special(data, at)
        return made
    if not isinstance(data, Mapping):
        raise Unreadable(at, "not an object")
    within = f"{at}." if at else ""
    values = {}
    for field in _fields(cls):
        if field.name not in data:
            if field.required:
                raise Unreadable(within + field.name, "missing")
            continue
        value = data[field.name]
        if field.read is not None:
            value = field.read(value, within + field.name)
        elif type(value) not in field.types:
            raise Unreadable(within + field.name, f"not {field.words}")
        values[field.name] = value
    return cls(**values)


def read_list(cls: type[T], data: object) -> list[T]:
    """Return one for each object of a list. Raise Unreadable."""
    if not isinstance(data, list):
        raise Unreadable("", "not a list")
    return [read(cls, entry, f"[{index}]") for index, entry in enumerate(data)]


def known(cls: type[Any], data: object) -> object:
    """Return ``data`` without the fields that ``cls`` does not know, unread."""
    if not isinstance(data, Mapping):
        return data
    inner = _inner(cls)
    return {
        key: value if (within := inner[key]) is None else known(within, value)
        for key, value in data.items()
        if key in inner
    }


class _Field(NamedTuple):
    """One field of a dataclass."""

    name: str
    required: bool
    types: frozenset[Any]
    """The types of a value that is taken as it is: exactly these, for True is an int as well."""
    words: str
    """What they are, for a message."""
    read: _Read | None
    """How anything but a plain value is read."""
    inner: type[Any] | None
    """The dataclass that it holds, or None."""


_KNOWN: dict[type[Any], tuple[_Field, ...]] = {}
"""What has been looked up of each dataclass: jobs come in thousands."""


def _fields(cls: type[Any]) -> tuple[_Field, ...]:
    if cls not in _KNOWN:
        hints = get_type_hints(cls)
        _KNOWN[cls] = tuple(
            _field(f.name, hints[f.name], f.default is MISSING and f.default_factory is MISSING)
            for f in fields(cls)
        )
    return _KNOWN[cls]


def _field(name: str, hint: Any, required: bool) -> _Field:
    choices = get_args(hint) if get_origin(hint) in (UnionType, Union) else (hint,)
    others = [choice for choice in choices if choice not in _WORDS]
    types = frozenset(choices) | ({int} if float in choices else frozenset())
    words = " or ".join(_WORDS[choice] for choice in choices if choice in _WORDS)
    if not others:
        return _Field(name, required, types, words, None, None)
    (other,) = others  # with null beside it, at most
    take = _reader(other)
    inner = other if isinstance(other, type) and is_dataclass(other) else None

    def take_or_none(value: Any, at: str) -> Any:
        return None if value is None else take(value, at)

    return _Field(name, required, types, words, take_or_none if words else take, inner)


def _reader(hint: Any) -> _Read:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return lambda value, at: _chosen(arguments, value, at)
    if hint is Path:
        return _path
    if origin is tuple:
        item = _field("", arguments[0], False)
        return lambda value, at: _items(item, value, at)
    if hint == Mapping[str, str]:
        return _texts
    if isinstance(hint, type) and is_dataclass(hint):
        return lambda value, at: read(hint, value, at)
    raise TypeError(f"no rule to read {hint}")


def _chosen(choices: tuple[Any, ...], value: Any, at: str) -> Any:
    if value not in choices:
        raise Unreadable(at, f"none of {', '.join(map(str, choices))}")
    return value


def _path(value: Any, at: str) -> Path:
    if not isinstance(value, str):
        raise Unreadable(at, "not a path")
    return Path(value)


def _items(item: _Field, value: Any, at: str) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise Unreadable(at, "not a list")
    if item.read is not None:
        return tuple(item.read(entry, f"{at}[{index}]") for index, entry in enumerate(value))
    for index, entry in enumerate(value):
        if type(entry) not in item.types:
            raise Unreadable(f"{at}[{index}]", f"not {item.words}")
    return tuple(value)


def _texts(value: Any, at: str) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise Unreadable(at, "not an object")
    for key, text in value.items():
        if type(text) is not str:
            raise Unreadable(f"{at}.{key}", "not text")
    return dict(value)


def _written(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_written(entry) for entry in value]
    if isinstance(value, Path):
        return str(value)
    return write(value) if is_dataclass(value) else value


def _inner(cls: type[Any]) -> Mapping[str, type[Any] | None]:
    """The fields of its JSON, each with the dataclass that it holds, or None."""
    if hasattr(cls, "JSON_FIELDS"):
        declared: Mapping[str, type[Any] | None] = cls.JSON_FIELDS
        return declared
    return {field.name: field.inner for field in _fields(cls)}


def _over(cls: type[Any], data: dict[str, Any], before: object) -> dict[str, Any]:
    if not isinstance(before, Mapping) or hasattr(cls, "read_json"):
        return (
            data  # what such a class writes is whole: a size of two units would contradict itself
        )
    inner = _inner(cls)
    for key, value in before.items():
        if key not in inner:
            data[key] = value
        elif (within := inner[key]) is not None and isinstance(data.get(key), dict):
            data[key] = _over(within, data[key], value)
    return data
