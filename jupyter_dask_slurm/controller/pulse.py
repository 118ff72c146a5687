"""A beat that many can wait for."""

from __future__ import annotations

import asyncio


class Pulse:
    """An event that needs no clearing: `next` ends at the first beat after the call."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def beat(self) -> None:
        event, self._event = self._event, asyncio.Event()
        event.set()

    async def next(self) -> None:
        await self._event.wait()
