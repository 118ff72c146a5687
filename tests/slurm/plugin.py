"""Fixtures: one real Slurm for the whole session, and none of its jobs left after a test."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import pytest

from .handle import Slurm, is_installed, running_slurm


@pytest.fixture(scope="session")
def slurm_lab() -> Iterator[Slurm]:
    """A Slurm with two nodes; ``slurm`` is what tests ask for."""
    if not is_installed():
        pytest.skip("Slurm and munge are not installed here")
    with running_slurm() as slurm:
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
    """Start another Slurm, of one node, with settings of its own: ``slurm_with(MaxArraySize="0")``.

    With ``accounting=True`` it has slurmdbd, and a database; ``accounts`` and ``gpus`` are the lab's.
    """
    with contextlib.ExitStack() as stack:

        def start(
            *, accounting: bool = False, accounts: bool = False, gpus: int = 0, **settings: str
        ) -> Slurm:
            if not is_installed(accounting=accounting or accounts):
                pytest.skip("Slurm, munge, slurmdbd or MariaDB are not installed here")
            lab = running_slurm(
                nodes=1, settings=settings, accounting=accounting, accounts=accounts, gpus=gpus
            )
            return stack.enter_context(lab)

        yield start
