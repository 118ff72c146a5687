"""Clusters that are ready at once: their controllers are threads of the test's own process, and so is what
renders their scripts."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from typing import Any

from jupyter_dask_slurm.cluster_files.directory import ClusterDirectory
from jupyter_dask_slurm.job_script.__main__ import answer
from jupyter_dask_slurm.job_script.client import Renderer
from jupyter_dask_slurm.model.cluster import Cluster, Job, JobCounts
from jupyter_dask_slurm.model.wire import Target, read, write
from jupyter_dask_slurm.process import Owner, this_process
from tests.notebook.test_client import Controller, _Answer, connection


class ControllerThatObeys(Controller):
    """A controller without jobs: it becomes as large as it is told to, and goes when it is stopped."""

    def __init__(self, directory: ClusterDirectory, state: Cluster) -> None:
        super().__init__(directory, state)
        self.RequestHandlerClass = _Obey
        self.directory = directory
        self.revision = 1
        self.changed = threading.Condition()
        self.jobs: list[Job] = []

    def become(self, **changes: Any) -> None:
        with self.changed:
            self.state = replace(self.state, **changes)
            self.revision += 1
            self.changed.notify_all()


class _Obey(_Answer):
    server: ControllerThatObeys

    def do_GET(self) -> None:
        if self.path == "/v1/jobs":
            return self._say(200, [write(job) for job in self.server.jobs])
        if "after=" in self.path:
            seen = int(self.path.rpartition("=")[2])
            with self.server.changed:
                self.server.changed.wait_for(lambda: self.server.revision > seen, 10)
        self._state()

    def do_PUT(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        scaling = read(Target, body).scaling
        options = self.server.state.options
        desired = scaling.jobs(cores=options.cores or 1, memory=options.memory or 1)
        self.server.become(scaling=scaling, jobs=JobCounts(desired=desired, pending=desired))
        self._state()

    def do_POST(self) -> None:
        if self.path == "/v1/stop":
            self.server.directory.forget()
        self._say(202, {})
        if self.path == "/v1/stop":
            self.server.become()
            self.server.shutdown()
            self.server.server_close()

    def _state(self) -> None:
        server = self.server
        state = {"protocol": 2, "revision": server.revision, "cluster": write(server.state)}
        self._say(200, state)


class ReadyAtOnce:
    """A launcher whose controllers are threads of this process."""

    def __init__(self) -> None:
        self.controllers: dict[str, ControllerThatObeys] = {}

    async def launch(self, directory: ClusterDirectory) -> Owner:
        record = directory.record()
        assert record is not None
        state = Cluster(
            id=record.id,
            name=record.name,
            status="running",
            created=record.created,
            options=record.options,
            scaling=record.scaling,
        )
        controller = ControllerThatObeys(directory, state)
        self.controllers[record.id] = controller
        threading.Thread(target=controller.serve_forever, daemon=True).start()
        more = {"control_address": controller.address, "address": "tls://127.0.0.1:1234"}
        directory.write(connection(record.id, record.name, **more))
        return this_process()

    async def wait(self, directory: ClusterDirectory, owner: Owner, tell: Any = None) -> bool:
        return True

    async def last_words(self, directory: ClusterDirectory, owner: Owner) -> str:
        return ""

    def of(self, cluster: Any) -> ControllerThatObeys:
        return self.controllers[cluster.id]

    def close(self) -> None:
        for controller in self.controllers.values():
            controller.shutdown()
            controller.server_close()


class RendererHere(Renderer):
    """Renders in this process: starting one takes longer than all the rest."""

    async def _exchange(self, request: dict[str, Any]) -> dict[str, Any]:
        return answer(json.dumps({**request, **self._call}))
