"""A home directory that does not answer: Jupyter goes on, and what waits for files is told so in words."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from jupyter_dask_slurm.cluster_files.directory import ClusterDirectory

from ..support.hung_files import HungFiles
from .conftest import OPTIONS, Api, LauncherNeverReady

LONGEST = 60.0
"""Seconds. A bound against hanging for ever."""
pytestmark = pytest.mark.usefixtures("jp_serverapp")


@pytest.fixture
def launcher() -> LauncherNeverReady:
    return LauncherNeverReady()


@pytest.fixture
def home(state_dir: Path) -> HungFiles:
    return HungFiles(state_dir)


async def created(api: Api, state_dir: Path, **body: Any) -> dict[str, Any]:
    """A cluster of which all is written that there is to write."""
    cluster = await api.create(name="known", **body)
    directory = ClusterDirectory(state_dir / cluster["id"])
    while (record := directory.record()) is None or record.owner is None:
        await asyncio.sleep(0.01)
    return cluster


def listed(answer: Any) -> list[str]:
    return [cluster["name"] for cluster in answer.json]


async def test_jupyter_and_others_answer_while_our_requests_wait(
    api: Api, home: HungFiles, jp_fetch: Any, state_dir: Path
) -> None:
    await created(api, state_dir)
    with home.hanging(limit=LONGEST):
        waiting = [
            asyncio.create_task(api("POST", "clusters", body={"name": name, "options": OPTIONS}))
            for name in ("one", "two", "three")
        ]
        waiting += [asyncio.create_task(api("GET", "profiles")) for _ in range(4)]
        # The client of this test has ten connections.
        assert await asyncio.to_thread(home.asked.wait, LONGEST)
        assert (await jp_fetch("api", "status")).code == 200
        # What other extensions, the contents manager and getaddrinfo use.
        loop = asyncio.get_running_loop()
        free = [loop.run_in_executor(None, lambda: "free") for _ in range(40)]
        assert set(await asyncio.gather(*free)) == {"free"}
        assert listed(await api("GET", "clusters")) == ["known"]
        assert not any(task.done() for task in waiting)
    answers = await asyncio.gather(*waiting)
    assert [answer.status for answer in answers] == [201] * 3 + [200] * 4
    assert sorted(listed(await api("GET", "clusters"))) == ["known", "one", "three", "two"]


def cluster_ids(state_dir: Path) -> list[str]:
    return [path.name for path in state_dir.iterdir() if len(path.name) == 8]


REQUESTS: list[tuple[tuple[str, ...], Any, int]] = [
    (("POST", "clusters"), {"options": OPTIONS}, 503),
    (("GET", "clusters", "01234567"), None, 503),  # nobody can say that there is none
    (("GET", "clusters", "{id}"), None, 200),
    (("PATCH", "clusters", "{id}"), {"scaling": {"jobs": 7}}, 503),
    (("DELETE", "clusters", "{id}"), None, 503),
    (("GET", "clusters", "{id}", "jobs"), None, 200),
    (("GET", "clusters", "{id}", "logs"), None, 503),
    (("GET", "orphans"), None, 503),
    (("GET", "profiles"), None, 503),
    (("PUT", "profiles", "mine"), {"options": {}}, 503),
    (("DELETE", "profiles", "mine"), None, 503),
    (("GET", "last-values"), None, 200),
    (("PUT", "last-values"), {"cores": "4"}, 503),
    (("GET", "environments"), None, 200),
    (("GET", "clusters"), None, 200),
]


async def test_every_route_answers_in_words_and_afterwards_all_goes_on(
    api: Api, home: HungFiles, launcher: LauncherNeverReady, state_dir: Path
) -> None:
    cluster = await created(api, state_dir, scaling={"jobs": 1})
    assert (await api("GET", "site")).json["registry"] is None
    with home.hanging():
        for (method, *path), body, status in REQUESTS:
            answer = await api(method, *(part.format(**cluster) for part in path), body=body)
            assert answer.status == status, (method, path, answer.text)
            if status == 503:
                assert f"{state_dir} does not answer" in answer.json["message"]
        assert listed(answer) == ["known"]
        said = (await api("GET", "site")).json["registry"]
        assert said["code"] == "registry_silent"
        assert f"{state_dir} does not answer" in said["message"]
        refused = home.waited
    assert refused <= 8, "threads pile up"
    while (await api("GET", "site")).json["registry"] is not None:
        await asyncio.sleep(0.05)
    # Nothing is lost, and what was told not to be is not there.
    assert listed(await api("GET", "clusters")) == ["known"]
    assert (await api.get(cluster))["scaling"] == {"jobs": 1}
    answer = await api("PATCH", "clusters", cluster["id"], body={"scaling": {"jobs": 2}})
    assert (answer.status, answer.json["scaling"]) == (200, {"jobs": 2})
    assert (await api("GET", "profiles")).json == []
    await api.create(name="next")
    assert sorted(listed(await api("GET", "clusters"))) == ["known", "next"]
    assert launcher.launched[0] == cluster["id"]
    assert len(cluster_ids(state_dir)) == 2


async def test_a_cluster_whose_files_come_too_late_is_not_left_behind(
    api: Api, home: HungFiles, launcher: LauncherNeverReady, state_dir: Path
) -> None:
    await created(api, state_dir)
    with home.hanging():
        answer = await api("POST", "clusters", body={"name": "late", "options": OPTIONS})
        assert answer.status == 503
        assert "the cluster's files cannot be written" in answer.json["message"]
    # By the same name, as whoever was refused will try: what came late is in nobody's way.
    late = await api.create(name="late")
    while len(cluster_ids(state_dir)) > 2:
        await asyncio.sleep(0.05)
    assert sorted(listed(await api("GET", "clusters"))) == ["known", "late"]
    await api.wait(late, lambda _: len(launcher.launched) == 2)


async def test_clusters_that_were_never_read_are_no_empty_list(
    api: Api, home: HungFiles, state_dir: Path
) -> None:
    cluster = await created(api, state_dir)
    await api.extension.manager.stop()  # as if this server started now
    with home.hanging():
        answer = await api("GET", "clusters")
        assert (answer.status, answer.json["reason"]) == (503, "Unavailable")
        assert f"{state_dir} does not answer" in answer.json["message"]
        assert (await api("GET", "site")).json["registry"]["code"] == "registry_silent"
    while (answer := await api("GET", "clusters")).status != 200:
        await asyncio.sleep(0.05)
    assert [one["id"] for one in answer.json] == [cluster["id"]]
