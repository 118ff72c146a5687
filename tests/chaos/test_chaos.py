"""A run of faults; see `faults` for what is broken, `invariants` for what has to hold.

``JDS_CHAOS_SEED`` chooses the order, ``JDS_CHAOS_MINUTES`` makes it longer.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..slurm.handle import Shape, Slurm, is_installed, running_slurm
from .faults import LASTING, PASSING
from .run import ChaosRun

pytestmark = pytest.mark.chaos

MINUTES = float(os.environ.get("JDS_CHAOS_MINUTES") or 0)
SEED = int(os.environ.get("JDS_CHAOS_SEED") or (random.randrange(10**6) if MINUTES else 1))


@pytest.fixture
def own_slurm(monkeypatch: pytest.MonkeyPatch) -> Iterator[Slurm]:
    """A lab for this test alone, whose commands lose patience soon."""
    if not is_installed():
        pytest.skip("Slurm and munge are not installed here")
    with running_slurm(Shape(settings={"MessageTimeout": "3"})) as slurm:
        monkeypatch.setenv("SLURM_CONF", slurm.conf)
        yield slurm


@pytest.mark.timeout(600 + 60 * MINUTES)
def test_every_fault_and_nothing_is_lost(
    own_slurm: Slurm,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    run = ChaosRun(SEED, MINUTES)
    try:
        system = run.run(tmp_path, own_slurm)
    finally:
        run.keep(Path(os.environ.get("JDS_TEST_RESULTS") or tmp_path))
        with capsys.disabled():
            print(f"\n{run.report()}\n{run.repeat()}")
    assert not system.checker.violations, "\n".join(system.events)
    brief = {fault.kind.name for fault in (*LASTING, *PASSING) if fault.kind.brief}
    assert set(run.tried) >= brief
