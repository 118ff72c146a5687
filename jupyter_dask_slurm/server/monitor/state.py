"""What the server knows of one cluster, in memory and in its files: changed here only, and announced."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from ...cluster_files.directory import ClusterDirectory, Connection, Files
from ...cluster_files.ended import Ended
from ...cluster_files.record import Record
from ...clusters.status import Observed
from ...errors import DaskSlurmError, Unavailable, Unreadable
from ...file_threads import in_file_thread
from ...logs import about, one_line
from ...model.cluster import Cluster, Problem
from ...model.wire import ControllerState
from ...process import Owner

Change = Callable[[Record], Record]
NOTE_PATIENCE = 1.0
"""Seconds that a note is waited for that says what is so already."""
NOTE_PAUSE = 10.0
"""Seconds between two tries to write it."""


class ClusterState:
    """`observed` is all that is known, `cluster` what is shown of it.

    Of the record the file is the truth, because another server may write it, too; what could not be
    written is kept in memory until it can.
    """

    def __init__(
        self,
        directory: ClusterDirectory,
        files: Files,
        *,
        changed: Callable[[], None],
        log: logging.Logger | logging.LoggerAdapter[Any],
    ) -> None:
        """``changed`` is called whenever `cluster` or `gone` has changed."""
        self.directory = directory
        self.observed = Observed.from_files(directory, files)
        self.cluster: Cluster = self.observed.cluster()
        self.gone = False
        """True when nothing is left to list."""
        self.settled = asyncio.Event()
        """Set as soon as the cluster's status is more than a guess from its files."""
        self.unwritten_end: Ended | None = None
        """Why it ended, where the file that says so could not be written."""
        self._changed = changed
        self._log = log
        self._record_lost = False
        self._writing = asyncio.Lock()
        self._unwritten: list[Change] = []
        self._noting: asyncio.Task[None] | None = None
        self._more, self._failed = asyncio.Event(), asyncio.Event()
        """Set when there is more to write, and when that could not be written."""

    @property
    def record(self) -> Record:
        return self.observed.record

    # -- what is learnt ------------------------------------------------------------------------

    def take_files(self, files: Files) -> None:
        """Go by the files as they are now, with what could not be written into them yet."""
        self._record_lost = files.record_lost
        if not files.record_lost:
            files = files._replace(record=self._over(files.record))
        self._know(self.observed.with_files(files))

    def take_report(self, state: ControllerState, *, afresh: bool = False) -> None:
        """Take what the controller says for what is, unless a newer word came first: answers overtake
        each other. With ``afresh`` it may be another controller, which counts from 1."""
        observed = self.observed
        if afresh or observed.reported is None or state.revision >= observed.revision:
            self._know(observed.with_report(state.cluster, state.revision), settled=True)

    def no_answer(self, error: DaskSlurmError) -> None:
        """Its controller does not answer."""
        self._know(self.observed.without_answer(error), settled=True)

    def pending(self, problem: Problem | None) -> None:
        """Its controller waits for that before it starts; None when it has started."""
        self._know(replace(self.observed, pending=problem))

    def stopping(self) -> None:
        """The user has asked for its end."""
        self._know(replace(self.observed, stopping=True))

    def ended(self, ended: Ended) -> None:
        """It is no more, for that reason."""
        self._know(replace(self.observed, ended=ended.problem()), settled=True)

    def vanish(self) -> None:
        """It is no more, and nothing of it is listed."""
        self.settled.set()
        if self._noting is not None:
            self._noting.cancel()
        if not self.gone:
            self.gone = True
            self._changed()

    def _know(self, observed: Observed, *, settled: bool = False) -> None:
        self.observed = observed
        if settled:
            self.settled.set()
        before, self.cluster = self.cluster, observed.cluster()
        if self.cluster != before:
            self._changed()

    # -- what is written -----------------------------------------------------------------------

    async def change_record(self, change: Change) -> None:
        """Change the record, in its file and then in memory. Raises `Unavailable`, with nothing
        changed, when the file cannot be written."""
        async with self._writing:  # or an older record could overtake a newer one
            try:
                record = await in_file_thread(self.directory.registry, self._write, change)
            except (OSError, Unreadable) as error:
                raise Unavailable(
                    f"the files of {self.cluster.name!r} cannot be written: {error}"
                ) from error
            self._know(replace(self.observed, record=record))

    async def note_in_record(self, change: Change) -> None:
        """Change the record to what is so already, whether or not its file can be written."""
        self._know(replace(self.observed, record=change(self.record)))
        self._unwritten.append(change)
        self._more.set()
        self._failed.clear()
        if self._noting is None or self._noting.done():
            self._noting = asyncio.create_task(self._note())
        failed = asyncio.create_task(self._failed.wait())
        # What has been done is not held up by a file system that hangs.
        tries = {self._noting, failed}
        await asyncio.wait(tries, timeout=NOTE_PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        failed.cancel()

    async def _note(self) -> None:
        """Write what is unwritten, however often that has to be tried."""
        told = False
        while self._unwritten:
            self._more.clear()
            try:
                async with self._writing:
                    await in_file_thread(self.directory.registry, self._write, _as_it_is)
            except (OSError, Unreadable):
                if not told:
                    self._log.exception("%s: its record could not be written", self._about())
                told = True
                self._failed.set()
                with suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(self._more.wait(), NOTE_PAUSE)

    async def close(self) -> None:
        """Write no more."""
        if self._noting is not None:
            self._noting.cancel()
            await asyncio.wait({self._noting})

    async def started(self, owner: Owner) -> None:
        """Note the controller that has been started. Unrecorded it runs all the same, and the
        connection file says which it is."""
        place = f"process {owner.pid} on {owner.host}" if owner.job is None else f"job {owner.job}"
        self._log.info("%s: its controller was started, %s", self._about(), place)
        await self.note_in_record(lambda record: replace(record, owner=owner))

    async def restore_record(self) -> None:
        """Write a record that was lost anew, from what the controller says and what is remembered."""
        reported, connection = self.observed.reported, self.observed.connection
        if self._record_lost and reported is not None and connection is not None:
            self._record_lost = False
            made = _record_from(reported, connection)
            await self.note_in_record(lambda record: made if record.is_stand_in else record)

    async def write_end(self, ended: Ended) -> None:
        """Write down why it ended, unless somebody has, remove its keys, and show it. What cannot be
        written is shown all the same."""
        if ended != self.unwritten_end:
            words = one_line(ended.message.partition("\n")[0])
            self._log.info("%s: ended: %s: %s", self._about(), ended.code, words)
        self.unwritten_end = None
        try:
            await in_file_thread(self.directory.registry, self._write_end, ended)
        except OSError:  # where there is no more room, or no more thread
            self.unwritten_end = ended
            self._log.exception("%s: its end could not be recorded", self._about())
        self.ended(ended)

    def _about(self) -> str:
        return about(self.cluster.id, self.cluster.name)

    def _over(self, record: Record) -> Record:
        """Return that record as the file holds it, with what could not be written yet."""
        return _changed(record, self._unwritten)

    def _write(self, change: Change) -> Record:
        """Blocks. Raises OSError and Unreadable."""
        over = list(self._unwritten)  # others may come while this is written
        record = self.directory.change(
            lambda record: change(_changed(record, over)), otherwise=self.record
        )
        del self._unwritten[: len(over)]
        return record

    def _write_end(self, ended: Ended) -> None:
        """Blocks. Raises OSError."""
        try:
            if self.directory.path.exists() and self.directory.ended() is None:
                self.directory.write(ended)
        finally:
            self.directory.remove_keys()


def _as_it_is(record: Record) -> Record:
    return record


def _changed(record: Record, changes: Iterable[Change]) -> Record:
    for change in changes:
        record = change(record)
    return record


def _record_from(reported: Cluster, connection: Connection) -> Record:
    """Return the record of a living cluster, in place of a lost one."""
    return Record(
        id=connection.id,
        name=reported.name,
        created=reported.created,
        options=reported.options,
        scaling=reported.scaling,
        batch_system=reported.batch_system or "",
        host=reported.host or connection.owner.host,
        ends_with=reported.ends_with,
        owner=connection.owner,
    )
