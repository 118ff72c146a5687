"""The network interfaces of this host, where controllers and schedulers live."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass

import psutil


@dataclass(frozen=True)
class Interface:
    """``address`` is its IPv4 address, the one that dask takes of an interface."""

    name: str
    address: str


def interfaces() -> list[Interface]:
    """Return those that are up and that another host may reach: not the loopback."""
    up = {name for name, stats in psutil.net_if_stats().items() if stats.isup}
    return [
        Interface(name, address.address)
        for name, addresses in psutil.net_if_addrs().items()
        for address in addresses
        if name in up
        and address.family == socket.AF_INET
        and not ipaddress.ip_address(address.address).is_loopback
    ]


def interface_names() -> set[str]:
    """Return the names of all there are, the loopback and those that are down included."""
    return set(psutil.net_if_addrs())


def address_of(name: str) -> str | None:
    """Return the IPv4 address of an interface, the loopback included; None where it has none."""
    addresses = psutil.net_if_addrs().get(name, ())
    return next((a.address for a in addresses if a.family == socket.AF_INET), None)


def usual_address() -> str | None:
    """Return the address that this host has towards others, as dask finds it where no interface is named
    (``distributed.utils.get_ip``); None where it has no way to them. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as towards:
        try:
            towards.connect(("8.8.8.8", 80))
        except OSError:
            return None
        return str(towards.getsockname()[0])
