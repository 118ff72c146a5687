"""Whether jobs and this host reach each other: the scheduler's address from the nodes, and the nodes' logs
from here. What their failures look like, in words. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from ..cluster_files.directory import STATE_DIR_VARIABLE
from ..interfaces import Interface

NO_OUTPUT = "0:53"
"""The exit code of a job whose output Slurm could not open on its node (``RaisedSignal:53`` in ``sacct``)."""
_NOT_CONNECTED = re.compile(
    r"Timed out (?:starting worker|trying to connect|during handshake)"
    r"|failure-to-start-<class '(?:TimeoutError|OSError)'>"
    r"|Waiting to connect to"
)
"""What a worker writes that cannot reach its scheduler (``distributed``: ``worker``, ``nanny``, ``comm``)."""


def not_connected(log: str) -> bool:
    """Return whether the log of a job says that its worker could not reach the scheduler."""
    return _NOT_CONNECTED.search(log) is not None


def connection_advice(address: str, interfaces: Sequence[Interface]) -> str:
    """Return what to do where workers could not reach the scheduler at that address."""
    found = [f"{interface.name} ({interface.address})" for interface in interfaces]
    which = f"This host has {', '.join(found)}. " if found else ""
    return (
        f"The nodes could not reach the scheduler at {address}. {which}Choose an interface that the nodes "
        "reach for the scheduler in a new cluster, or ask your administrator whether a firewall stands "
        "between."
    )


def log_advice(directory: Path, *, own: bool) -> str:
    """Return what to do where nodes could not write their logs to that directory. ``own``: it is the
    cluster's, and was not chosen."""
    what = (
        f"Set {STATE_DIR_VARIABLE} to a directory that they see, and restart Jupyter."
        if own
        else "Choose a log directory that they see."
    )
    return f"The node could not write the log: is {directory} there on the compute nodes? {what}"
