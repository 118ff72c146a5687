"""A real JupyterHub with its proxy, and what its users do there."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

import psutil
from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from ..runner.leftovers import MARK
from ..support.clusters import PATIENCE, wait_for
from ..support.ports import free_ports
from ..support.processes import children, kill_all

_HERE = Path(__file__).parent
PROXY = _HERE / "node_modules" / ".bin" / "configurable-http-proxy"
ATTEMPTS = 3
START_LIMIT = 600.0
"""Seconds. A bound against hanging for ever: on a busy machine a server takes minutes."""


def request(url: str, token: str, method: str = "GET", body: Any = None) -> tuple[int, str]:
    """The status and the text of an answer, whatever it is."""
    asked = urllib.request.Request(
        url,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"token {token}"},
    )
    try:
        with urllib.request.urlopen(asked, timeout=PATIENCE) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode(errors="replace")


class Hub:
    """``jupyterhub`` below a directory of its own. ``spawner`` is ``processes`` (of this user's, with home
    directories of their own), ``Unix users`` (which only root can start) or ``jobs`` (batchspawner).
    ``environment`` is what its Spawner gives to servers."""

    def __init__(
        self,
        directory: Path,
        spawner: str,
        environment: Mapping[str, str],
        environ: Mapping[str, str],
    ) -> None:
        self.homes = directory / "homes"
        self.log = directory / "hub.log"
        self._token = secrets.token_hex(16)
        for _ in range(ATTEMPTS):
            ports = free_ports(3)
            self.url = f"http://127.0.0.1:{ports[0]}/jupyter/"
            asked = {
                **dict(zip(("port", "hub_port", "proxy_port"), ports, strict=True)),
                "proxy": [str(PROXY)],
                "token": self._token,
                "spawner": spawner,
                "homes": str(self.homes),
                "environment": dict(environment),
                "env_keep": [MARK, "SLURM_CONF"],
            }
            with self.log.open("a") as log:
                self._process = psutil.Popen(
                    [sys.executable, "-m", "jupyterhub", "-f", str(_HERE / "jupyterhub_config.py")],
                    cwd=directory,
                    env={**environ, "HUB": json.dumps(asked)},
                    stdout=log,
                    stderr=subprocess.STDOUT,
                )
            wait_for(
                "the Hub", lambda: self._process.poll() is not None or self._answers(), START_LIMIT
            )
            if self._process.poll() is None:
                return
        raise AssertionError(self.log.read_text())

    def _answers(self) -> bool:
        # With our own token: another Hub on that port would refuse it.
        with contextlib.suppress(OSError):
            return request(f"{self.url}hub/api/users", self._token)[0] == 200
        return False

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        """What the Hub's own API answers to an administrator; None where that is empty."""
        status, text = request(f"{self.url}hub/api/{path}", self._token, method, body)
        assert status < 400, f"{status} {text}\n{self.log.read_text()}"
        return json.loads(text) if text else None

    def user(self, name: str) -> User:
        self("POST", f"users/{name}")
        return User(self, name, self("POST", f"users/{name}/tokens", {})["token"])

    def end(self) -> None:
        """End it at once, with its proxy, its servers and their kernels: clusters go on."""
        kill_all([self._process, *children(self._process, recursive=True)])
        self._process.wait(timeout=30)


class User:
    """A user of a Hub, with a token of their own, which opens their servers."""

    def __init__(self, hub: Hub, name: str, token: str) -> None:
        self._hub = hub
        self.name = name
        self.token = token

    def start(self, *servers: str) -> None:
        """Start servers side by side: the default one is the empty name."""
        for server in servers:
            self._hub("POST", self._server(server))
        for server in servers:
            wait_for(f"{self.name}'s server", lambda name=server: self.is_ready(name), START_LIMIT)

    def is_ready(self, server: str) -> bool:
        servers = self._hub("GET", f"users/{self.name}")["servers"]
        assert server in servers, f"it failed\n{self._hub.log.read_text()}"
        return bool(servers[server]["ready"])

    def stop(self, server: str = "") -> None:
        self._hub("DELETE", self._server(server))
        wait_for("its end", lambda: server not in self._hub("GET", f"users/{self.name}")["servers"])

    def _server(self, name: str) -> str:
        return f"users/{self.name}/server" + (f"s/{name}" if name else "")

    def url(self, path: str, server: str = "") -> str:
        return f"{self._hub.url}user/{self.name}/" + (f"{server}/" if server else "") + path

    def __call__(self, method: str, path: str, body: Any = None, *, server: str = "") -> Any:
        """What our REST API answers through the Hub's proxy; None where that is empty."""
        url = self.url(f"dask-slurm/api/{path}", server)
        status, text = request(url, self.token, method, body)
        assert status < 400, f"{status} {text}"
        return json.loads(text) if text else None

    def create(self, options: dict[str, Any]) -> dict[str, Any]:
        """A new cluster of one job. A machine that is too busy to make its script in time is asked again."""
        body = {"options": options, "scaling": {"jobs": 1}}

        def created() -> Any:
            status, text = request(self.url("dask-slurm/api/clusters"), self.token, "POST", body)
            assert status in (201, 503), f"{status} {text}"
            return status == 201 and json.loads(text)

        made: dict[str, Any] = wait_for("a cluster", created, START_LIMIT)
        return made

    def until(
        self, path: str, what: str, condition: Callable[[Any], Any], *, server: str = ""
    ) -> Any:
        """The first answer that fulfils ``condition``."""
        return wait_for(
            what, lambda: (now := self("GET", path, server=server)) and condition(now) and now
        )

    @contextlib.asynccontextmanager
    async def websocket(
        self, url: str, *subprotocols: str
    ) -> AsyncIterator[WebSocketClientConnection]:
        asked = HTTPRequest(
            url.replace("http", "ws", 1),
            headers={"Authorization": f"token {self.token}"},
            request_timeout=START_LIMIT,
        )
        websocket = await websocket_connect(asked, subprotocols=list(subprotocols) or None)
        yield websocket
        websocket.close()
        while await asyncio.wait_for(websocket.read_message(), PATIENCE) is not None:
            pass

    def run(self, code: str) -> str:
        """What ``code`` prints in a new kernel of the default server, as a notebook has it."""
        url = self.url("api/kernels")
        status, text = request(url, self.token, "POST", {})
        assert status == 201, text
        kernel = f"{url}/{json.loads(text)['id']}"
        try:
            return asyncio.run(self._run(kernel, code))
        finally:
            request(kernel, self.token, "DELETE")

    async def _run(self, kernel: str, code: str) -> str:
        header = {"msg_id": secrets.token_hex(8), "msg_type": "execute_request", "version": "5.3"}
        header |= {"username": self.name, "session": "a", "date": "2026-11-30T00:00:00Z"}
        content = {"code": code, "silent": False, "allow_stdin": False}
        rest = {"parent_header": {}, "metadata": {}, "buffers": [], "channel": "shell"}
        printed = ""
        async with self.websocket(f"{kernel}/channels") as websocket:
            await websocket.write_message(
                json.dumps({"header": header, "content": content, **rest})
            )
            while True:
                text = await asyncio.wait_for(websocket.read_message(), START_LIMIT)
                assert text is not None, "the kernel's websocket was closed"
                message = json.loads(text)
                if message["parent_header"].get("msg_id") != header["msg_id"]:
                    continue
                kind, content = message["header"]["msg_type"], message["content"]
                assert kind != "error", "\n".join(content["traceback"])
                if kind == "stream" and content["name"] == "stdout":
                    printed += content["text"]
                elif kind == "status" and content["execution_state"] == "idle":
                    return printed
