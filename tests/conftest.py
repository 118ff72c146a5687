"""What all Python suites share: which suite a test belongs to follows from what it uses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest

from .support.ports import refusing_port

pytest_plugins = ["tests.slurm.plugin"]

_BY_FIXTURE = {"jp_": "server", "slurm": "slurm"}


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port that refuses every connection as long as the test lasts."""
    with refusing_port() as port:
        yield port


def pytest_collection_modifyitems(items: Iterable[pytest.Item]) -> None:
    for item in items:
        for fixture in getattr(item, "fixturenames", ()):
            for prefix, mark in _BY_FIXTURE.items():
                if fixture.startswith(prefix):
                    item.add_marker(mark)
        if "contract" in item.path.stem:
            item.add_marker("contract")
