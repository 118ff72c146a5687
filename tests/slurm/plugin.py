"""Fixtures: one real Slurm for the whole session, and none of its jobs left after a test."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from .handle import Shape, Slurm, is_installed, running_slurm


@pytest.fixture(scope="session")
def slurm_lab() -> Iterator[Slurm]:
    """A Slurm with two nodes; ``slurm`` is what tests ask for."""
    if not is_installed():
        pytest.skip("Slurm and munge are not installed here")
    with running_slurm(Shape()) as slurm:
        yield slurm


@pytest.fixture
def slurm(slurm_lab: Slurm, monkeypatch: pytest.MonkeyPatch) -> Iterator[Slurm]:
    """``SLURM_CONF`` names a Slurm without jobs; what the test leaves there is cancelled."""
    monkeypatch.setenv("SLURM_CONF", slurm_lab.conf)
    yield slurm_lab
    slurm_lab.restore_slurmctld()
    slurm_lab.cancel_all()


@pytest.fixture
def slurm_with() -> Iterator[Callable[..., Slurm]]:
    """Start another Slurm, of one node: ``slurm_with(MaxArraySize="0")``.

    What begins with a capital letter is a line of slurm.conf, everything else as for `Shape`.
    """
    with contextlib.ExitStack() as stack:

        def start(**options: Any) -> Slurm:
            settings = {name: options.pop(name) for name in list(options) if name[0].isupper()}
            shape = Shape(**{"nodes": 1, "settings": settings, **options})
            if not is_installed(accounting=shape.accounting or shape.accounts):
                pytest.skip("Slurm, munge, slurmdbd or MariaDB are not installed here")
            return stack.enter_context(running_slurm(shape))

        yield start
