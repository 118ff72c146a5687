"""Whether jobs and this host reach each other: the scheduler's address from the nodes, and the nodes' logs
from here. What their failures look like, in words. Pure.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from ..cluster_files.directory import STATE_DIR_VARIABLE
from ..interfaces import Interface
from .problems import Notice

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


def loopback_notice(address: str, nodes: Iterable[str], host: str) -> Notice | None:
    """Return what to say of a scheduler that serves at that address, for nodes with those addresses, as
    Slurm writes them; ``host`` is this one."""
    own = urlsplit(address).hostname or ""
    elsewhere = [node for node in nodes if not _is_here(node, host)]
    if not _is_loopback(own) or not elsewhere:
        return None
    return Notice(
        f"The scheduler serves at {address}, which only this host reaches. The nodes are elsewhere "
        f"({elsewhere[0]}): their workers will not find it."
    )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_here(node: str, host: str) -> bool:
    return _is_loopback(node) or node.partition(".")[0] == host.partition(".")[0]
