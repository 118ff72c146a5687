"""What crosses the boundary of a process: how it is written as JSON, and read.

Server, controller, command line, notebook helper and the process that renders job scripts may be of
different versions: a cluster outlives the server that made it, and two servers may share one
registry. So what one of our programs writes for another (files, the control API, a controller's
order) is read by the rules of `jupyter_dask_slurm.model.typed_json`, whatever it is: what is new is
ignored, what is missing has a default, and what makes no sense is an error and never a default. A size
that is not understood would turn into "no jobs", and be sent.

``protocol`` is compared. A program says which protocol it speaks, and the oldest that it still
understands; two that do not understand each other raise `Incompatible`.

What *people* write (forms, REST, profiles, dask's configuration) is read by
`ClusterOptions.from_json` and `Scaling.from_json`, which refuse unknown fields and say what is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import FieldProblem, Incompatible, Unreadable
from .cluster import Cluster
from .scaling import Scaling
from .typed_json import known, read, read_list, write, write_over

__all__ = [
    "OLDEST_PROTOCOL",
    "PROTOCOL",
    "Body",
    "ControllerState",
    "Extension",
    "IdleTimeout",
    "Name",
    "Order",
    "Refusal",
    "Target",
    "Unsent",
    "check_protocol",
    "known",
    "read",
    "read_list",
    "write",
    "write_over",
]

PROTOCOL = 2
"""What this version speaks. It grows with what is read or written; what is only added needs no more."""
OLDEST_PROTOCOL = 1
"""The oldest that this version still understands. It grows when something is not to be read as before:
then clusters of older versions cannot be used any more, and say so."""


@dataclass(frozen=True)
class Unsent:
    """What was asked of a cluster while its controller could not be told."""

    name: str | None = None
    scaling: Scaling | None = None
    idle_timeout: int | None = None
    stop: bool = False

    def then(self, later: Unsent) -> Unsent:
        """Return both; the later one counts where both ask for the same."""
        return Unsent(
            name=self.name if later.name is None else later.name,
            scaling=self.scaling if later.scaling is None else later.scaling,
            idle_timeout=self.idle_timeout if later.idle_timeout is None else later.idle_timeout,
            stop=self.stop or later.stop,
        )

    def to_json(self) -> dict[str, Any]:
        """Return only what was asked for: in protocol 1 a field that is there has been asked for."""
        asked: dict[str, Any] = {"stop": True} if self.stop else {}
        if self.name is not None:
            asked["name"] = self.name
        if self.scaling is not None:
            asked["scaling"] = write(self.scaling)
        if self.idle_timeout is not None:
            asked["idle_timeout"] = self.idle_timeout
        return asked


@dataclass(frozen=True)
class Order:
    """What a controller is told on its standard input. It holds no secret."""

    directory: str
    umask: int | None = None
    """The user's own; the controller's files are more private than that."""
    protocol: int = PROTOCOL
    oldest_protocol: int = OLDEST_PROTOCOL


@dataclass(frozen=True)
class ControllerState:
    """What a controller says of its cluster. ``revision`` grows with every change it reports."""

    revision: int
    cluster: Cluster
    protocol: int = PROTOCOL
    oldest_protocol: int = OLDEST_PROTOCOL


@dataclass(frozen=True)
class Target:
    """``PUT /v1/target``: the size that is wanted."""

    scaling: Scaling


@dataclass(frozen=True)
class Name:
    """``PUT /v1/name``."""

    name: str


@dataclass(frozen=True)
class IdleTimeout:
    """``PUT /v1/idle``: seconds; 0 is never."""

    timeout: int


@dataclass(frozen=True)
class Extension:
    """``POST /v1/idle/extend``: seconds from now; None is one whole time-out."""

    seconds: int | None


@dataclass(frozen=True)
class Refusal:
    """Why the control API did not do what was asked, with the status that its error has."""

    message: str = ""
    reason: str = ""
    """The name of the error's class."""
    problems: tuple[FieldProblem, ...] = ()
    """The fields at fault, where the request was."""


Body = Target | Name | IdleTimeout | Extension
"""What the control API is asked with. Its other requests have an empty object."""


def check_protocol(data: object) -> None:
    """Raise Incompatible unless this version and the one that wrote the object understand each other."""
    if not isinstance(data, Mapping):
        return  # that is an error of reading it
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
