"""Everything that can go wrong, as a tree.

::

    DaskSlurmError
    ├── InvalidOptions          bad input; says which fields and why
    ├── ClusterNotFound         no cluster of that id or name
    ├── DashboardNotFound       no cluster has its dashboard there
    ├── JobNotFound             the cluster has no such job
    ├── LogNotFound             that log is not there (yet)
    ├── ProfileNotFound         no profile of that name
    ├── NameTaken               a listed cluster has that name
    ├── RequestTooLarge         more than anybody can mean
    ├── RequestTooSlow          it did not arrive in time
    ├── WrongState              the cluster cannot do that now
    ├── TooManyClusters         the administrator's max_clusters is reached
    ├── BrokenSettings          the administrator's cannot be used
    ├── Unreadable              what another program of ours wrote
    │   └── Incompatible            it is of a version that is not understood
    └── Unavailable             somebody we had to ask
        ├── ControllerRefused       answered with an error
        │   └── ControllerIncompatible  of a version that is not understood
        ├── ControllerUnreachable   is not there
        ├── ControllerTimeout       did not answer in time
        └── RendererFailed          the process that renders job scripts

What a batch system answers has a tree of its own, `jupyter_dask_slurm.batch.errors`. The status
codes stand in one table in `jupyter_dask_slurm.server.errors`; nothing below the handlers knows HTTP.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePath


class DaskSlurmError(Exception):
    """Base of all errors of this package; ``str()`` is fit to be shown to a user."""


@dataclass(frozen=True)
class FieldProblem:
    """What is wrong with one field of the input, in words for its author."""

    field: str
    message: str
    doubtful: bool = False
    """Of a warning: the batch system may refuse the jobs, or never start them. Whoever asks for the
    cluster should have seen it."""


class InvalidOptions(DaskSlurmError):
    """Input that cannot be used. ``problems`` names every field that is at fault."""

    def __init__(self, problems: Iterable[FieldProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{p.field}: {p.message}" for p in self.problems))

    @classmethod
    def of(cls, field: str, message: str) -> InvalidOptions:
        """The error for a single field."""
        return cls([FieldProblem(field, message)])


class ClusterNotFound(DaskSlurmError):
    """No cluster of that id or name is known on this state directory. Where ``there`` are others of these
    names, or none, in the directory ``looked_in``, it says so."""

    def __init__(
        self, cluster: str, there: Sequence[str] | None = None, looked_in: PurePath | None = None
    ) -> None:
        self.cluster = cluster
        text = f"there is no cluster {cluster!r}"
        if there is not None:
            import difflib  # not for an idle server

            close = difflib.get_close_matches(cluster, there, 1)
            text += f"; did you mean {close[0]!r}?" if close else ""
            names = ", ".join(there) if there else "none"
            text += (
                f" There is {names} in {looked_in}"
                if close
                else f"; there is {names} in {looked_in}"
            )
        super().__init__(text)


class DashboardNotFound(DaskSlurmError):
    """No cluster has its dashboard at that host and port."""


class JobNotFound(DaskSlurmError):
    """The cluster is known, but it has no job of that id."""


class LogNotFound(DaskSlurmError):
    """The cluster is known, but it has no such log, or that job has written nothing yet."""


class ProfileNotFound(DaskSlurmError):
    """There is no profile of that name."""


class NameTaken(DaskSlurmError):
    """Another listed cluster has that name. ``which`` says more of it where it is not listed yet."""

    def __init__(self, name: str, which: str | None = None) -> None:
        self.name = name
        more = "" if which is None else f" ({which})"
        super().__init__(f"name: a cluster named {name!r} exists already{more}")


class RequestTooLarge(DaskSlurmError):
    """More was sent than anybody can mean."""


class RequestTooSlow(DaskSlurmError):
    """What was sent did not arrive in time."""


class WrongState(DaskSlurmError):
    """The cluster is in a state that does not allow what was asked."""


class TooManyClusters(DaskSlurmError):
    """The administrator's limit on clusters of one user is reached."""


class Unreadable(DaskSlurmError):
    """What another program of ours wrote cannot be read. ``field`` is the one at fault, ``message`` why."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        self.message = message
        super().__init__(f"{field}: {message}" if field else message)


class Incompatible(Unreadable):
    """It was written by a version that this one does not understand, or that does not understand it."""


class BrokenSettings(DaskSlurmError):
    """What the administrator has set cannot be used: nothing is done, rather than without limits."""


class Unavailable(DaskSlurmError):
    """Somebody who had to be asked to answer this request did not help."""


class ControllerRefused(Unavailable):
    """A cluster's controller answered with an error."""


class ControllerIncompatible(ControllerRefused):
    """A cluster's controller is of a version that this one does not understand."""


class ControllerUnreachable(Unavailable):
    """A cluster's controller is not there."""


class ControllerTimeout(Unavailable):
    """A cluster's controller did not answer in time."""


class RendererFailed(Unavailable):
    """The process that renders job scripts could not be started, died, or did not answer."""
