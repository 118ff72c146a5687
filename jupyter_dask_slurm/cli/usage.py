"""What is written on the command line, as options and sizes; what cannot be read is no request."""

from __future__ import annotations

import argparse
import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..cluster_files.directory import default_state_dir
from ..errors import InvalidOptions
from ..model.durations import parse_timeout, written
from ..model.options import ClusterOptions
from ..model.scaling import UNITS, Scaling


class Usage(Exception):
    """What was asked makes no sense, whatever the site allows; ``of`` says which words."""

    def __init__(self, of: InvalidOptions) -> None:
        self.of = of
        super().__init__(str(of))


@contextlib.contextmanager
def usage() -> Iterator[None]:
    """Take what is wrong within for wrong usage."""
    try:
        yield
    except InvalidOptions as error:
        raise Usage(error) from error


def state_dir(arguments: argparse.Namespace) -> Path:
    given: Path | None = arguments.state_dir
    return default_state_dir() if given is None else given.expanduser().absolute()


def read_options(arguments: argparse.Namespace) -> ClusterOptions:
    """Return the options that describe a cluster. Raises Usage."""
    with usage():
        given = {name: getattr(arguments, name) for name in ("cores", "memory", "walltime")}
        given.update(_assignment(text) for text in arguments.option)
        return ClusterOptions.from_json(written(given))


def read_size(arguments: argparse.Namespace) -> Scaling:
    """Return the size that is asked for. Raises Usage."""
    with usage():
        given = {unit: getattr(arguments, unit) for unit in UNITS}
        return Scaling.from_json(
            {unit: value for unit, value in given.items() if value is not None}
        )


def read_bounds(arguments: argparse.Namespace) -> Scaling:
    """Return the bounds of a cluster that adapts. Raises Usage."""
    names = ("minimum_jobs", "maximum_jobs", "grow_after", "shrink_after")
    with usage():
        return Scaling.from_json({"adapt": {name: getattr(arguments, name) for name in names}})


def seconds(text: str) -> float:
    """Return the seconds of a time-out, for a parser."""
    try:
        return parse_timeout(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _assignment(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals:
        raise InvalidOptions.of("option", f"{text!r} is not NAME=VALUE")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value
