"""Whether a directory is there, asked of a file system that may not answer."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from ..file_threads import FileSystemSilent, in_file_thread

PATIENCE = 2.0
"""Seconds that a form waits."""
_ANYWHERE = Path("/")


class Directories:
    """Asks one question at a time: a file server that hangs keeps one thread, however often a form asks."""

    def __init__(self) -> None:
        self._looking: asyncio.Future[bool | None] | None = None

    async def there(self, path: str) -> bool | None:
        """Return whether this host has that directory; None where nothing says so in time."""
        if not await self._is_over():
            return None
        self._looking = looking = asyncio.ensure_future(_is_there(path))
        done, _ = await asyncio.wait({looking}, timeout=PATIENCE)
        return looking.result() if done else None

    async def _is_over(self) -> bool:
        """Wait for the last question; return whether it was answered."""
        if self._looking is None or self._looking.done():
            return True
        done, _ = await asyncio.wait({self._looking}, timeout=PATIENCE)
        return bool(done)


async def _is_there(path: str) -> bool | None:
    try:
        return await in_file_thread(_ANYWHERE, os.path.isdir, path)
    except FileSystemSilent:
        return None
