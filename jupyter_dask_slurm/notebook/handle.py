"""What dask and IPython ask of a cluster: where it is, with which key, in which loop, how it is.

A handle is live: what it says is asked anew, of the controller's memory. In a loop nobody may be kept
waiting: there it says what was known last.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..cluster_files.directory import default_state_dir
from ..clusters.client_code import dashboard_link
from ..clusters.find import ask, check, read, run
from ..clusters.status import Observed
from ..errors import WrongState
from ..file_threads import in_file_thread
from ..model.cluster import Cluster
from .status import ClusterStatus

if TYPE_CHECKING:
    from distributed.security import Security
    from distributed.utils import LoopRunner
    from tornado.ioloop import IOLoop

MAX_AGE = 0.5
"""Seconds for which a handle says the same without asking again."""
ANSWER_LIMIT = 5.0
"""Seconds for what a busy scheduler says of itself."""
NOT_CONNECTED = "<Not Connected>"


class Handle:
    """One of your clusters."""

    def __init__(
        self,
        state_dir: Path,
        observed: Observed | None = None,
        *,
        name: str | None = None,
        asynchronous: bool = False,
        loop: IOLoop | None = None,
    ) -> None:
        """``observed`` is None of one that is still to be made, of that ``name`` perhaps."""
        self._state_dir = state_dir
        self._observed = observed
        self._looked_at = 0.0 if observed is None else time.monotonic()
        self._over = False
        self._name = name
        self._asynchronous = asynchronous
        self._given_loop = loop
        self._loop_runner: LoopRunner | None = None
        self._asked: list[asyncio.Task[Any]] = []

    # -- how it is -----------------------------------------------------------------------------

    @property
    def state(self) -> Cluster:
        """All that is known of it now."""
        if not self.asynchronous and time.monotonic() - self._looked_at > MAX_AGE:
            run(self._look())
        return self._known().cluster()

    @property
    def id(self) -> str:
        return self._known().directory.id

    @property
    def name(self) -> str | None:
        return self._name if self._observed is None else self.state.name

    @property
    def status(self) -> ClusterStatus:
        """``starting``, ``running``, ``stopping``, ``failed`` or ``unreachable``; ``closed`` when it is no
        more, and ``created`` before it is made. Compares equal to dask's ``Status``, too."""
        if self._observed is None:
            return ClusterStatus("created")
        status = self.state.status
        return ClusterStatus("closed" if self._over else status)

    # -- how it is reached ---------------------------------------------------------------------

    @property
    def scheduler_address(self) -> str:
        connection = None if self._observed is None else self._observed.connection
        return NOT_CONNECTED if connection is None else connection.address

    @property
    def security(self) -> Security:
        """The cluster's own key."""
        from distributed.security import Security

        directory = self._known().directory
        cert, key = str(directory.cert), str(directory.key)
        return Security(
            require_encryption=True, tls_ca_file=cert, tls_client_cert=cert, tls_client_key=key
        )

    @property
    def dashboard_link(self) -> str:
        """Where its dashboard opens: a link through the Jupyter server around this program. Without one it
        says what to look for in JupyterLab: the dashboard's own port asks for the cluster's key."""
        return "" if self._observed is None else dashboard_link(self.id)

    @property
    def scheduler_info(self) -> dict[str, Any]:
        """What the scheduler says of itself and its workers."""
        if self.asynchronous or self.scheduler_address == NOT_CONNECTED:
            return {"workers": {}}
        try:
            info: dict[str, Any] = run(self._identity())
        except FileNotFoundError:  # its key is gone, with the cluster
            info = {"workers": {}}
        return info

    # -- as dask uses it -----------------------------------------------------------------------

    @property
    def loop(self) -> IOLoop:
        """The loop that clients of it run in."""
        if self._loop_runner is None:
            from distributed.utils import LoopRunner

            runner = LoopRunner(loop=self._given_loop, asynchronous=self._asynchronous)
            runner.start()
            self._loop_runner = runner
        loop: IOLoop = self._loop_runner.loop
        return loop

    @property
    def asynchronous(self) -> bool:
        """Whether it is used from a loop that must not be kept waiting: its own, which is dask's."""
        if self._asynchronous:
            return True
        if self._loop_runner is None:
            return False
        try:
            return asyncio.get_running_loop() is self.loop.asyncio_loop  # type: ignore[attr-defined]
        except RuntimeError:
            return False

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Handle) or self._observed is None or other._observed is None:
            return self is other
        return self._observed.directory.path == other._observed.directory.path

    def __hash__(self) -> int:
        return id(self) if self._observed is None else hash(self._observed.directory.path)

    # -- inside --------------------------------------------------------------------------------

    def _do(self, work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        """Do it and return its result; in a loop, return a task of it, for which whoever awaits the
        cluster waits as well."""
        if not self.asynchronous:
            return run(work())
        task = asyncio.ensure_future(work())
        self._asked = [asked for asked in self._asked if not asked.done()]
        self._asked.append(task)
        return task

    def _known(self) -> Observed:
        """Return what is known of it. Raises WrongState before it is made."""
        if self._observed is None:
            raise WrongState("the cluster is not made yet: await it")
        return self._observed

    async def _look(self) -> None:
        """Ask how it is now."""
        if self._observed is None or self._over:
            return
        directory = self._observed.directory
        now = await in_file_thread(directory.registry, read, directory)
        if now is None:
            self._over = True
        else:
            self._observed = await ask(await check(now))
        self._looked_at = time.monotonic()

    async def _identity(self) -> Any:
        """Return what the scheduler says of itself, of any version. Raises OSError and TimeoutError."""
        from distributed.core import rpc

        arguments = self.security.get_connection_args("client")
        async with rpc(self.scheduler_address, connection_args=arguments) as scheduler:
            return await asyncio.wait_for(scheduler.identity(), ANSWER_LIMIT)


def place(state_dir: str | os.PathLike[str] | None) -> Path:
    """Return the registry that is meant."""
    return default_state_dir() if state_dir is None else Path(state_dir).expanduser().absolute()
