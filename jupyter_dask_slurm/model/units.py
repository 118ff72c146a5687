"""Sizes of memory, as dask reads them. The panel reads the same texts (``clusters/words/format.ts``); one
table tests both."""

from __future__ import annotations

import re
from typing import TypeVar

_Number = TypeVar("_Number", int, float)
_DECIMAL = ("", "k", "M", "G", "T", "P")
_FACTORS = {
    **{unit.lower(): 1000**power for power, unit in enumerate(_DECIMAL)},
    **{f"{unit}b".lower(): 1000**power for power, unit in enumerate(_DECIMAL)},
    **{f"{unit}i".lower(): 1024**power for power, unit in enumerate(_DECIMAL) if unit},
    **{f"{unit}ib".lower(): 1024**power for power, unit in enumerate(_DECIMAL) if unit},
}
MAX_MEMORY = 2**60
"""Bytes. More than that (1 EiB) is a slip, and soon too large for a float."""
_MEMORY = re.compile(r"(?P<number>[0-9]+(?:\.[0-9]*)?|\.[0-9]+)?\s*(?P<unit>[a-zA-Z]*)")


def parse_memory(value: str | int) -> int:
    """Return the bytes of ``"16 GB"`` (16e9), ``"16GiB"`` (16 * 2**30), ``"GB"`` or a plain number of bytes.

    The same as ``dask.utils.parse_bytes`` (a test compares the two), which the Jupyter server must not
    import. Raise ValueError for anything else: negative sizes, and more than `MAX_MEMORY`.
    """
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise ValueError("write a size such as 16 GB")
    if isinstance(value, int):
        if value < 0:
            raise ValueError("memory cannot be negative")
        return _checked(value)
    match = _MEMORY.fullmatch(value.strip())
    if match is None or not value.strip():
        raise ValueError(f"{value!r} is not a size of memory; write for example 16 GB")
    factor = _FACTORS.get(match["unit"].lower())
    if factor is None:
        raise ValueError(
            f"{value!r}: {match['unit']!r} is not a unit of memory; write for example 16 GB"
        )
    return int(_checked(float(match["number"] or 1) * factor))


def _checked(size: _Number) -> _Number:
    if not size <= MAX_MEMORY:  # also what is too large for a float, and so infinite
        raise ValueError("more memory than there can be: at most 1 EiB")
    return size


def with_unit(value: str | int) -> str | None:
    """Return the size that somebody may have meant by a number without a unit, which are bytes: gigabytes,
    or the megabytes that Slurm means. None where that is a size of its own."""
    number = str(value).strip()
    if not number.isascii() or not number.replace(".", "", 1).isdecimal():
        return None
    if not 0 < float(number) < 1024**2:
        return None
    return f"{number} {'GB' if float(number) < 1024 else 'MB'}"
