"""The record of one cluster and the word on its end, in their files and in memory."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ...cluster_files.directory import Record
from ...cluster_files.ended import Ended
from ...clusters.views import record_of
from ...errors import Unavailable, Unreadable
from ...logs import about, one_line
from ...process import Owner
from .cleanup import close
from .state import Known

Change = Callable[[Record], Record]


class RecordFile:
    """Changes the record. The file is the truth, because another server may write it, too; what
    could not be written is kept in memory until it can."""

    def __init__(self, known: Known, log: logging.Logger | logging.LoggerAdapter[Any]) -> None:
        self._known = known
        self._log = log
        self._writing = asyncio.Lock()
        self._unwritten: list[Change] = []
        self.lost = False
        """The file is there and cannot be read."""
        self.unwritten_end: Ended | None = None
        """Why it ended, where the file that says so could not be written."""

    def over(self, record: Record) -> Record:
        """That record as the file holds it, with what could not be written yet."""
        for change in self._unwritten:
            record = change(record)
        return record

    async def change(self, change: Change) -> None:
        """Change the record, in its file and then in memory. Raises `Unavailable`, with nothing
        changed, when the file cannot be written."""
        async with self._writing:  # or an older record could overtake a newer one
            try:
                record = await asyncio.to_thread(self._write, change)
            except (OSError, Unreadable) as error:
                raise Unavailable(
                    f"the files of {self._known.cluster.name!r} cannot be written: {error}"
                ) from error
            self._known.know(record=record)

    async def note(self, change: Change) -> None:
        """Change the record to what is so already, whether or not its file can be written."""
        self._known.know(record=change(self._known.record))
        async with self._writing:
            try:
                await asyncio.to_thread(self._write, change)
            except (OSError, Unreadable):
                self._unwritten.append(change)
                self._log.exception("%s: its record could not be written", self._about())

    async def started(self, owner: Owner) -> None:
        """Note the controller that has been started. Unrecorded it runs all the same, and says who it
        is when it is ready."""
        place = f"process {owner.pid} on {owner.host}" if owner.job is None else f"job {owner.job}"
        self._log.info("%s: its controller was started, %s", self._about(), place)
        await self.note(lambda record: replace(record, owner=owner))

    async def restore(self) -> None:
        """Write a record that was lost anew, from what the controller says and what is remembered."""
        sight = self._known.sight
        if self.lost and sight.told is not None and sight.connection is not None:
            self.lost = False
            made = record_of(sight.told, sight.connection)
            await self.note(lambda record: made if record.is_stand_in else record)

    async def close(self, ended: Ended) -> None:
        """Show why it ended, and write it down where that is possible."""
        if ended != self.unwritten_end:
            words = one_line(ended.message.partition("\n")[0])
            self._log.info("%s: ended: %s: %s", self._about(), ended.code, words)
        self.unwritten_end = None
        try:
            await close(self._known.sight.directory, ended)
        except OSError:
            self.unwritten_end = ended
            self._log.exception("%s: its end could not be recorded", self._about())
        self._known.know(failed=ended.problem())

    def _about(self) -> str:
        return about(self._known.cluster.id, self._known.cluster.name)

    def _write(self, change: Change) -> Record:
        """Blocks. Raises OSError and Unreadable."""
        record = self._known.sight.directory.change(
            lambda record: change(self.over(record)), otherwise=self._known.record
        )
        self._unwritten.clear()
        return record
