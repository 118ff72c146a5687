"""One table says what REST answers for each error of ours."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import pytest

from jupyter_dask_slurm.batch.errors import BatchError, SlurmctldSilent
from jupyter_dask_slurm.errors import DaskSlurmError
from jupyter_dask_slurm.server.errors import status_of

from .conftest import Api, LauncherNeverReady


@pytest.fixture
def launcher() -> LauncherNeverReady:
    return LauncherNeverReady()


def below(cls: type[Exception]) -> Iterator[type[Exception]]:
    for found in cls.__subclasses__():
        yield found
        yield from below(found)


ERRORS = [
    cls for cls in (*below(DaskSlurmError), *below(BatchError)) if not cls.__name__.startswith("_")
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda cls: cls.__name__)
def test_every_error_has_a_status(error: type[Exception]) -> None:
    status = status_of(error.__new__(error))
    assert status is not None
    assert 400 <= status < 600


def test_a_bug_has_none() -> None:
    assert status_of(KeyError("x")) is None


async def test_a_reason_stays_when_its_class_is_renamed(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def silent() -> Any:
        raise SlurmctldSilent(("squeue",), 1, "Unable to contact slurm controller (100% sure)")

    monkeypatch.setattr(api.extension.manager, "orphans", silent)
    answer = await api("GET", "orphans")
    assert answer.status == HTTPStatus.SERVICE_UNAVAILABLE
    assert answer.json == {
        "message": "Unable to contact slurm controller (100% sure)",
        "reason": "ControllerSilent",
    }
