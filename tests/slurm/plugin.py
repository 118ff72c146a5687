"""Fixtures: one real Slurm for the whole session, and none of its jobs left after a test."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest

from .handle import Shape, Slurm, is_installed, running_slurm, wait_for


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


class TwoClusters(NamedTuple):
    """Two Slurm clusters with one slurmdbd: ``-M wice`` reaches the other."""

    genius: Slurm
    """The one that commands speak of by themselves."""
    wice: Slurm
    """It has a partition ``only`` that the other has not."""


@pytest.fixture(scope="session")
def two_clusters_lab() -> Iterator[TwoClusters]:
    if not is_installed(accounting=True):
        pytest.skip("Slurm, munge, slurmdbd or MariaDB are not installed here")
    shape = Shape(nodes=1, accounts=True, settings={"ClusterName": "genius"})
    with running_slurm(shape) as genius:
        settings = {**genius.accounting_settings(), "ClusterName": "wice"}
        shape = Shape(nodes=1, settings=settings, lines=["PartitionName=only Nodes=n1"])
        with running_slurm(shape) as wice:
            # It makes itself known to slurmdbd when it has started.
            wait_for(lambda: genius.run("sinfo", "-h", "-M", "wice", check=False))
            yield TwoClusters(genius, wice)


@pytest.fixture
def two_clusters(
    two_clusters_lab: TwoClusters, monkeypatch: pytest.MonkeyPatch
) -> Iterator[TwoClusters]:
    """``SLURM_CONF`` names one of two Slurm clusters; what the test leaves in either is cancelled."""
    # As much as one has to wait for a database on a busy machine.
    monkeypatch.setattr("jupyter_dask_slurm.batch.slurm.accounts.PATIENCE", 60.0)
    monkeypatch.setattr("jupyter_dask_slurm.clusters.site_cache.PATIENCE", 60.0)
    monkeypatch.setenv("SLURM_CONF", two_clusters_lab.genius.conf)
    yield two_clusters_lab
    for slurm in two_clusters_lab:
        slurm.restore_slurmctld()
        slurm.cancel_all()


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
