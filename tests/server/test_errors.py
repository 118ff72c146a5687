"""One table says what REST answers for each error of ours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import pytest

from jupyter_dask_slurm.batch.errors import BatchError, SlurmctldSilent
from jupyter_dask_slurm.clusters.orphans import Look, Orphan, Unanswered
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


async def test_one_slurm_cluster_that_is_silent_is_said_beside_what_the_others_say(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    unanswered = Unanswered("slurm", "wice", "wice could not be asked:\nno answer…")

    async def orphans() -> Look:
        return Look([Orphan("cccccccc", "beaver", "slurm", 3, 1, 2, None)], (unanswered,))

    monkeypatch.setattr(api.extension.manager, "orphans", orphans)
    answer = await api("GET", "orphans")
    assert [orphan["cluster_id"] for orphan in answer.json] == ["cccccccc"]
    assert json.loads(answer.headers["Unanswered"]) == [unanswered.to_json()]
    gone = await api("DELETE", "orphans", "dddddddd")
    assert (gone.status, gone.json["message"]) == (504, unanswered.message)


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
