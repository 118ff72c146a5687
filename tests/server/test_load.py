"""More than a server can do at once, and bodies without an end: bounded, told, and over afterwards."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest

from jupyter_dask_slurm.server import rest
from jupyter_dask_slurm.server.monitor import registry

from .conftest import OPTIONS, Api, LauncherNeverReady

LONGEST = 60.0


@pytest.fixture
def launcher() -> LauncherNeverReady:
    return LauncherNeverReady()


@pytest.fixture
def extension_config(extension_config: dict[str, Any]) -> dict[str, Any]:
    return {**extension_config, "max_clusters": 3}


async def raw(port: int, head: str, base_url: str, headers: dict[str, str]) -> Any:
    """A connection on which so much of a request has been sent."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    own = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    line = f"POST {base_url}dask-slurm/api/clusters HTTP/1.1\r\nHost: localhost\r\n"
    writer.write(f"{line}{own}{head}".encode())
    return reader, writer


@pytest.mark.parametrize("way", ["length", "chunks"])
async def test_a_body_that_is_too_large_is_refused_before_it_is_there(
    api: Api,
    monkeypatch: pytest.MonkeyPatch,
    jp_http_port: int,
    jp_base_url: str,
    jp_auth_header: dict[str, str],
    way: str,
) -> None:
    monkeypatch.setattr(rest, "MAX_BODY", 1000)
    sent = "Content-Length: 1001\r\n\r\n"
    if way == "chunks":
        sent = f"Transfer-Encoding: chunked\r\n\r\n3e9\r\n{'x' * 1001}\r\n"
    reader, writer = await raw(jp_http_port, sent, jp_base_url, jp_auth_header)
    answer = (await asyncio.wait_for(reader.read(), LONGEST)).decode()  # which closes it
    writer.close()
    assert answer.startswith("HTTP/1.1 413 ")
    assert '"a request has at most 1000 bytes", "reason": "RequestTooLarge"' in answer
    assert (await api("GET", "clusters")).json == []


@pytest.mark.parametrize("way", ["length", "chunks"])
async def test_a_body_that_does_not_arrive_ends(
    api: Api,
    monkeypatch: pytest.MonkeyPatch,
    jp_http_port: int,
    jp_base_url: str,
    jp_auth_header: dict[str, str],
    way: str,
) -> None:
    monkeypatch.setattr(rest, "BODY_LIMIT", 0.2)
    sent = "Content-Length: 100\r\n\r\n{"
    if way == "chunks":
        sent = "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n"
    reader, writer = await raw(jp_http_port, sent, jp_base_url, jp_auth_header)
    assert (await api("GET", "clusters")).json == []  # which waits for nobody
    answer = (await asyncio.wait_for(reader.read(), LONGEST)).decode()
    writer.close()
    if way == "length":
        assert answer.startswith("HTTP/1.1 408 ")
        assert "the request did not arrive" in answer


async def test_a_body_in_time_is_not_bound_by_how_long_its_answer_takes(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rest, "BODY_LIMIT", 0.2)

    async def slow(*_: object, **__: object) -> dict[str, Any]:
        await asyncio.sleep(1.0)
        return {"slow": True}

    monkeypatch.setattr(api.extension.manager, "preview", slow)
    answer = await api("POST", "job-script", body={"options": OPTIONS})
    assert (answer.status, answer.json) == (200, {"slow": True})


async def test_of_many_new_clusters_at_once_so_many_are_made_as_there_may_be(
    api: Api, launcher: LauncherNeverReady
) -> None:
    body = {"options": OPTIONS}
    answers = await asyncio.gather(*(api("POST", "clusters", body=body) for _ in range(12)))
    assert Counter(answer.status for answer in answers) == {201: 3, 409: 9}
    refused = {answer.json["reason"] for answer in answers if answer.status == 409}
    assert refused == {"TooManyClusters"}
    listed = (await api("GET", "clusters")).json
    assert len({cluster["name"] for cluster in listed}) == len(listed) == 3
    while len(launcher.launched) < 3:
        await asyncio.sleep(0.01)
    assert sorted(launcher.launched) == sorted(cluster["id"] for cluster in listed)


async def test_many_lists_at_once_look_once(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = await api.create()
    looks = 0
    read = registry._read_registry

    def counted(*arguments: Any) -> Any:
        nonlocal looks
        looks += 1
        return read(*arguments)

    monkeypatch.setattr(registry, "_read_registry", counted)
    monkeypatch.setattr(registry, "SCAN_INTERVAL", 1000.0)
    await api.extension.manager.stop()  # as if this server started now
    answers = await asyncio.gather(*(api("GET", "clusters") for _ in range(100)))
    assert {tuple(one["id"] for one in answer.json) for answer in answers} == {(cluster["id"],)}
    assert looks == 1
