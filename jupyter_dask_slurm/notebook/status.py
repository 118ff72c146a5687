"""A cluster's status: this package's word, that compares equal to dask's as well."""

from __future__ import annotations

from enum import Enum

_AS_DASK = {
    "created": "created",
    "starting": "init",
    "running": "running",
    "unreachable": "running",
    "stopping": "closing",
    "failed": "failed",
    "closed": "closed",
}
"""dask knows no cluster that cannot be asked for a while."""
_GONE_FOR_DASK = ("failed", "closed")
"""A client goes by ``Status.closed``: it does not try to connect again."""


class ClusterStatus(str):
    """Such as ``"running"``, which is ``distributed.core.Status.running``, too: clients ask for that."""

    @property
    def name(self) -> str:
        """dask's word for it."""
        return _AS_DASK.get(self, str(self))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Enum):
            if other.name == "closed":
                return str(self) in _GONE_FOR_DASK
            return other.name == self.name
        return str.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = str.__hash__
