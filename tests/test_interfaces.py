"""The network interfaces of a host."""

from __future__ import annotations

import socket
from types import SimpleNamespace

import psutil
import pytest

from jupyter_dask_slurm.interfaces import Interface, interface_names, interfaces

ADDRESSES = {
    "lo": [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")],
    "eth0": [(socket.AF_PACKET, "52:54:00:12:34:56"), (socket.AF_INET, "192.168.1.2")],
    "ib0": [(socket.AF_INET, "10.1.2.3"), (socket.AF_INET6, "fe80::1%ib0")],
    "dummy": [(socket.AF_INET, "127.0.1.1")],
    "usb0": [(socket.AF_INET6, "fe80::2%usb0")],
    "eth1": [(socket.AF_INET, "192.168.1.3")],
}


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> None:
    addresses = {
        name: [SimpleNamespace(family=family, address=address) for family, address in found]
        for name, found in ADDRESSES.items()
    }
    stats = {name: SimpleNamespace(isup=name != "eth1") for name in ADDRESSES}
    monkeypatch.setattr(psutil, "net_if_addrs", lambda: addresses)
    monkeypatch.setattr(psutil, "net_if_stats", lambda: stats)


def test_those_that_another_host_may_reach(host: None) -> None:
    assert interfaces() == [Interface("eth0", "192.168.1.2"), Interface("ib0", "10.1.2.3")]


def test_those_of_this_host_are_in_the_form_that_dask_takes() -> None:
    assert all(socket.inet_aton(interface.address) for interface in interfaces())
    assert "lo" not in {interface.name for interface in interfaces()}


def test_all_that_there_are(host: None) -> None:
    assert interface_names() == set(ADDRESSES)
