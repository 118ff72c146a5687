"""Ports for tests: nothing else gets them meanwhile."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from . import ports
from .ports import free_ports, refusing_port


def test_they_are_free_and_differ_and_are_not_the_kernels_to_give(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = tmp_path / "ip_local_port_range"
    given.write_text("20000\t60000\n")
    monkeypatch.setattr(ports, "_GIVEN", given)
    found = free_ports(50)
    assert len(set(found)) == 50
    assert not any(20_000 <= port <= 60_000 for port in found)
    # Where the kernel gives all of them, what it gives has to do.
    given.write_text("1024\t65535\n")
    assert len(set(free_ports(3))) == 3


def test_one_that_is_taken_is_not_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (low, high) = sorted(free_ports(2))
    given = tmp_path / "ip_local_port_range"
    monkeypatch.setattr(ports, "_GIVEN", given)
    monkeypatch.setattr(ports, "_FIRST", low)
    monkeypatch.setattr(ports, "_LAST", high + 1)
    given.write_text(f"{low + 1}\t{high - 1}\n")
    with socket.create_server(("127.0.0.1", low)):
        assert free_ports(1) == [high]


def test_nobody_listens_on_a_refusing_port_and_nobody_can() -> None:
    with refusing_port() as port:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))
        with socket.socket() as other, pytest.raises(OSError, match="in use"):
            other.bind(("127.0.0.1", port))
