"""The options that dask's configuration gives, asked of the renderer once and kept until its files change.

An open panel asks again and again. It must neither keep a render process alive by that, nor start one each
time for a file that cannot be read.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from ..config_files import State, state_of_files
from ..errors import RendererFailed
from ..file_threads import FileSystemSilent, in_file_thread
from ..job_script.client import Renderer
from ..model.options import ClusterOptions

PATIENCE = 0.5
"""Seconds that a caller waits for a slow file system; without an answer no file has changed."""


class Configured:
    """Used by the previews."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer
        self._defaults: ClusterOptions | None = None
        self._failed = False
        self._files: State | None = None
        self._looking: asyncio.Task[State] | None = None

    async def defaults(self) -> ClusterOptions:
        """Return them; none where they cannot be told: the script says why."""
        files = await self._look()
        changed = self._files is not None and files != self._files
        if self._defaults is None or changed:
            try:
                self._defaults, self._failed = await self._renderer.defaults(), False
            except RendererFailed:
                self._defaults, self._failed = ClusterOptions(), True
        self._files = files
        return self._defaults

    def retry(self) -> None:
        """Ask again where that has failed: a form needs the renderer all the same, and another reason than
        a file may be gone."""
        if self._failed:
            self._defaults = None

    async def stop(self) -> None:
        """Wait no longer for a file system."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.wait({self._looking})

    async def _look(self) -> State | None:
        if self._looking is None:
            self._looking = asyncio.create_task(in_file_thread(Path.home(), state_of_files))
        looking = self._looking
        done, _ = await asyncio.wait({looking}, timeout=PATIENCE)
        if not done or looking.cancelled():
            return self._files
        self._looking = None
        try:
            return looking.result()
        except FileSystemSilent:
            return self._files
