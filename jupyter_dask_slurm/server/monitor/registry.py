"""All clusters of the registry, each with its monitor."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from ...cluster_files.directory import ClusterDirectory, Files, directories
from ...errors import ClusterNotFound, NameTaken, Unavailable
from ...file_threads import FileSystemSilent, in_file_thread
from ...logs import about
from ...model.cluster import Cluster, Problem, utc_now
from ...private_files import NotPrivate

if TYPE_CHECKING:
    from ...clusters.orphans import Presence
    from .cluster import ClusterMonitor

SCAN_INTERVAL = 2.0
"""Seconds for which the registry is not looked through again when clusters are listed."""
SCAN_PATIENCE = 0.25
"""Seconds that a list waits for a registry on a slow file system before it answers without."""
SETTLE_LIMIT = 1.0
"""Seconds that the first answer waits for the controllers found at the start."""
MakeMonitor: TypeAlias = (
    "Callable[[ClusterDirectory, Files, Callable[[ClusterMonitor], None]], ClusterMonitor]"
)
"""Makes the monitor of a cluster, which calls the last of the three when something about it changes."""


class Registry:
    """id → monitor. The directories of the registry are the truth: other servers and the command line
    add to them and take from them."""

    def __init__(
        self,
        state_dir: Path,
        *,
        make_monitor: MakeMonitor,
        changed: Callable[[ClusterMonitor], None],
        log: logging.Logger | logging.LoggerAdapter[Any],
    ) -> None:
        """``changed`` is called when a monitor's `cluster` or `gone` has changed."""
        self._adding = asyncio.Lock()
        """Held while somebody adds to the registry: a scan would find what is half added."""
        self._state_dir = state_dir
        self._make_monitor = make_monitor
        self._tell = changed
        self._log = log
        self._monitors: dict[str, ClusterMonitor] = {}
        self._unusable: set[str] = set()
        self.skipped: dict[str, str] = {}
        """Why what lies in the registry, and is somebody else's, is left out; by its name."""
        self._refusal: str | None = None
        """Why nothing in the registry is believed; None while it is."""
        self._started: asyncio.Task[None] | None = None
        self._scanning: asyncio.Task[bool] | None = None
        self._scanned_at: float | None = None
        """When it was last read; None while it never could be."""
        self._silent: Problem | None = None
        """That its file system does not answer; None while it does."""

    # -- life ----------------------------------------------------------------------------------

    async def start(self) -> None:
        """Read the registry and follow every cluster in it. Later calls wait for the first."""
        if self._started is None:
            self._started = asyncio.create_task(self._start())
        await asyncio.shield(self._started)

    async def _start(self) -> None:
        await self.scan()
        settling = [asyncio.ensure_future(monitor.settled()) for monitor in self.all()]
        if settling:
            _, late = await asyncio.wait(settling, timeout=SETTLE_LIMIT)
            for waiting in late:
                waiting.cancel()

    async def stop(self) -> None:
        """Stop following them. The clusters go on."""
        tasks = [task for task in (self._started, self._scanning) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*(monitor.stop() for monitor in self.all()))
        self._monitors.clear()
        self._started = self._scanning = self._scanned_at = None

    # -- looking -------------------------------------------------------------------------------

    def all(self) -> list[ClusterMonitor]:
        return list(self._monitors.values())

    def check_name(self, name: str) -> None:
        """Raises NameTaken when one that is listed has it."""
        if any(monitor.cluster.name == name for monitor in self.all()):
            raise NameTaken(name)

    async def find(self, cluster_id: str) -> ClusterMonitor:
        """Return one of them; the registry is looked through before it is not found. Raises
        ClusterNotFound, and `Unavailable` when others can write the registry, or it does not answer."""
        await self.start()
        if cluster_id not in self._monitors:
            await self.scan()
            self._raise_refusal()
            self._raise_silence()
        if cluster_id not in self._monitors:
            raise ClusterNotFound(cluster_id)
        return self._monitors[cluster_id]

    async def look(self) -> None:
        """Notice what others have done to the registry, unless that was done just now. Raises
        `Unavailable` when others can write it: what is known goes on, but is no list any more; and
        when it has never been read. What was known before it fell silent is a list."""
        await self.start()
        at = self._scanned_at
        if self._scanning is None and (at is None or time.monotonic() - at > SCAN_INTERVAL):
            self._scanning = asyncio.create_task(self.scan())
        if self._scanning is not None:
            done, _ = await asyncio.wait({self._scanning}, timeout=SCAN_PATIENCE)
            if done:
                self._scanning = None
        self._raise_refusal()
        if self._scanned_at is None:
            self._raise_silence()

    async def silence(self) -> Problem | None:
        """Return that the registry does not answer; None when it does, as far as is known after a look."""
        if self._silent is not None:
            with suppress(Unavailable):
                await self.look()
        return self._silent

    def _raise_silence(self) -> None:
        if self._silent is not None:
            raise Unavailable(str(FileSystemSilent(self._state_dir)))

    def _raise_refusal(self) -> None:
        if self._refusal is not None:
            raise Unavailable(self._refusal)

    async def presence(self) -> Presence:
        """Return which clusters live, as far as anybody can tell. Raises `Unavailable` when the
        registry cannot be read."""
        from ...clusters.orphans import Presence  # which an idle server does not look for

        await self.start()
        if not await self.scan():
            self._raise_refusal()
            self._raise_silence()
            raise Unavailable(f"the registry {self._state_dir} cannot be read")
        living = {monitor.id for monitor in self.all() if monitor.lives}
        dead = {monitor.id for monitor in self.all()} - living
        named = {
            where for monitor in self.all() if (where := monitor.cluster.options.slurm_cluster)
        }
        # Of what is left out nobody knows whether it lives.
        return Presence(living | self._unusable | set(self.skipped), dead, named)

    async def scan(self) -> bool:
        """Notice what others have done to the registry, however long that takes. False, and logged,
        when it cannot be read."""
        async with self._adding:  # or a cluster that is just being created would be found twice
            known, skipped = set(self._monitors), dict[str, str]()
            try:
                found = await in_file_thread(
                    self._state_dir, _read_registry, self._state_dir, known, skipped.__setitem__
                )
            except FileSystemSilent as error:
                if self._silent is None:
                    message = f"{error}. Clusters are shown as they were last known."
                    advice = "When it answers, all goes on by itself."
                    self._silent = Problem("registry_silent", message, utc_now(), advice)
                return False
            except NotPrivate as error:
                if self._refusal != str(error):  # said once, not at every scan
                    self._log.error("nothing is read from the registry: %s", error)
                self._refusal, self._silent = str(error), None
                return False
            except OSError:
                self._silent = None
                self._log.exception("the registry %s cannot be read", self._state_dir)
                return False
            self._scanned_at, self._refusal, self._silent = time.monotonic(), None, None
            for cluster_id in skipped.keys() - self.skipped.keys():
                self._log.warning("left out of the registry: %s", skipped[cluster_id])
            self.skipped = skipped
            self._unusable &= set(found)
            for cluster_id, files in found.items():
                if files is not None:
                    try:
                        self.add(ClusterDirectory(self._state_dir / cluster_id), files).start()
                        self._unusable.discard(cluster_id)
                    except Exception:
                        # One that makes no sense must not take the others from the list.
                        if cluster_id not in self._unusable:  # said once, not at every scan
                            self._log.exception("%s: it cannot be shown", about(cluster_id))
                        self._unusable.add(cluster_id)
        for cluster_id in known - set(found):
            if monitor := self._monitors.get(cluster_id):
                await monitor.lose()
        return True

    # -- adding --------------------------------------------------------------------------------

    @asynccontextmanager
    async def adding(self) -> AsyncIterator[list[Cluster]]:
        """Give all clusters, and let nobody else add one for as long as the block lasts. Raises as
        `look`, and `Unavailable` when the registry does not answer."""
        await self.look()
        self._raise_silence()
        async with self._adding:
            self._raise_silence()  # many may have waited for the first to find that out
            yield [monitor.cluster for monitor in self.all()]

    def add(self, directory: ClusterDirectory, files: Files) -> ClusterMonitor:
        """List one more, not started yet."""
        monitor = self._make_monitor(directory, files, self._changed)
        self._monitors[monitor.id] = monitor
        return monitor

    def _changed(self, monitor: ClusterMonitor) -> None:
        if monitor.gone:
            self._monitors.pop(monitor.id, None)
        self._tell(monitor)


def _read_registry(
    state_dir: Path, known: set[str], skip: Callable[[str, str], None]
) -> dict[str, Files | None]:
    """Return the id of every cluster in the registry, with its files where it is not known. Blocks.
    ``skip`` as for `directories`, and raises as that."""
    found = {directory.id: directory for directory in directories(state_dir, skip)}
    files = {key: None if key in known else found[key].read() for key in found}
    # One that vanished while it was read is not there.
    return {key: value for key, value in files.items() if key in known or value is not None}
