"""Whether a scheduler serves where nodes can reach it, before any job is submitted. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

from .problems import Notice


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
