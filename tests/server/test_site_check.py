"""A look at the site, followed while it goes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from jupyter_dask_slurm.clusters.doctor import Check, Doctor
from jupyter_dask_slurm.clusters.doctor.check import TITLES

from .conftest import Api, LauncherNeverReady
from .test_rest_api import SPEC, conforms


@pytest.fixture
def launcher() -> LauncherNeverReady:
    return LauncherNeverReady()


class OneAfterTheOther:
    """Stands for what looks; each check comes when it is let go."""

    def __init__(self) -> None:
        self.go = asyncio.Semaphore(0)
        self.asked: list[dict[str, Any]] = []
        self.error: Exception | None = None

    async def checks(
        self, _: Doctor, options: Any, *, tell: Any, **asked: Any
    ) -> AsyncIterator[Check]:
        self.asked.append({"options": options, **asked})
        for check in (
            Check("versions", "ok", "Python 3.11"),
            Check("slurm_commands", "failed", "none", "no such command", "load Slurm"),
        ):
            tell(check.title)
            await self.go.acquire()
            if self.error is not None:
                raise self.error
            yield check


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> OneAfterTheOther:
    made = OneAfterTheOther()
    monkeypatch.setattr(Doctor, "checks", lambda *args, **kwargs: made.checks(*args, **kwargs))
    return made


async def until(api: Api, checks: int, *, running: bool) -> dict[str, Any]:
    while True:
        found: dict[str, Any] = (await api("GET", "site-check")).json
        if len(found["checks"]) == checks and found["running"] == running:
            return found
        await asyncio.sleep(0.01)


async def test_checks_are_seen_as_they_end(api: Api, looks: OneAfterTheOther) -> None:
    before = (await api("GET", "site-check")).json
    assert (before["running"], before["started"], before["checks"]) == (False, None, [])
    begun = (await api("POST", "site-check", body={"options": {"partition": "gpu"}})).json
    conforms(begun, "SiteCheck")
    assert (begun["running"], begun["checks"]) == (True, [])
    looks.go.release()
    found = await until(api, 1, running=True)
    assert found["looking_at"] == "Slurm's commands"
    # Another is not begun meanwhile.
    assert (await api("POST", "site-check", body={"job": False})).json["checks"] == found["checks"]
    looks.go.release()
    found = await until(api, 2, running=False)
    conforms(found, "SiteCheck")
    assert found["checks"][1]["words"] == "no such command"
    assert "\nfailed   Slurm's commands: none\n" in found["text"]
    ((asked,)) = looks.asked
    assert (asked["options"].partition, asked["job"], asked["job_limit"]) == ("gpu", True, 120)


async def test_it_can_be_stopped(api: Api, looks: OneAfterTheOther) -> None:
    await api("POST", "site-check", body={"job": False, "timeout": 600})
    looks.go.release()
    await until(api, 1, running=True)
    assert (await api("DELETE", "site-check")).status == 204
    found = await until(api, 1, running=False)
    assert found["looking_at"] is None
    assert (looks.asked[0]["job"], looks.asked[0]["job_limit"]) == (False, 600)


async def test_what_was_found_stands_where_a_look_fails(api: Api, looks: OneAfterTheOther) -> None:
    await api("POST", "site-check")
    looks.go.release()
    await until(api, 1, running=True)
    looks.error = RuntimeError("unthought of")
    looks.go.release()
    assert (await until(api, 1, running=False))["error"] == "RuntimeError: unthought of"


@pytest.mark.parametrize("body", [{"job": 1}, {"timeout": 0}, {"options": {"cores": 0}}, {"x": 1}])
async def test_what_is_no_request(api: Api, looks: OneAfterTheOther, body: dict[str, Any]) -> None:
    assert (await api("POST", "site-check", body=body)).status == 400
    assert looks.asked == []


def test_every_check_is_described() -> None:
    described = SPEC["components"]["schemas"]["Check"]["properties"]["name"]["enum"]
    assert described == list(TITLES)
