"""When a job would start: asked of the batch system one at a time, however fast a form is filled in."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from ..batch.base import Estimate
from ..batch.errors import BatchError

FRESH = 30.0
"""Seconds for which an answer is used again."""
PATIENCE = 15.0
"""Seconds that a caller waits at most: one question under way, and its own."""
MOST = 64
"""Answers that are remembered."""
NOT_SAID = Estimate()
"""For whom a later question has taken the place of theirs: nobody has said anything yet."""

Ask = Callable[[str], Awaitable[Estimate]]
Question = tuple[str, str | None]
"""A script, and the one that is asked about where the first is refused."""


class Estimates:
    """One batch system's estimates. Any number of coroutines may ask at once; one question is under
    way, and one may wait for it: the last."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._answers: dict[Question, tuple[float, Estimate]] = {}
        self._running: tuple[Question, asyncio.Future[Estimate]] | None = None
        self._waiting: tuple[Question, asyncio.Future[Estimate]] | None = None
        self._work: asyncio.Task[None] | None = None

    async def get(
        self, script: str, otherwise: str | None = None, *, patience: float = PATIENCE
    ) -> Estimate:
        """The estimate for a single job of that script, or of ``otherwise`` where that is refused, after
        ``patience`` seconds at most.

        Why there is none is its ``message``; it says nothing at all when a later question has taken
        the place of this one. Raises nothing.
        """
        question = script, otherwise
        known = self._answers.get(question)
        if known is not None and time.monotonic() - known[0] < FRESH:
            return known[1]
        answer = self._question(question)
        done, _ = await asyncio.wait({answer}, timeout=patience)
        if not done:
            return Estimate(message=f"there was no answer within {patience:g} s")
        return NOT_SAID if answer.cancelled() else answer.result()

    async def stop(self) -> None:
        """Give up all questions."""
        self._replace(None)
        if self._work is not None:
            self._work.cancel()
            await asyncio.wait({self._work})

    def _question(self, question: Question) -> asyncio.Future[Estimate]:
        """The answer to come to that question, which may have been asked by another already."""
        for asked in (self._running, self._waiting):
            if asked is not None and asked[0] == question:
                return asked[1]
        answer: asyncio.Future[Estimate] = asyncio.get_running_loop().create_future()
        self._replace((question, answer))
        if self._work is None:
            self._work = asyncio.create_task(self._answer_all())
        return answer

    def _replace(self, question: tuple[Question, asyncio.Future[Estimate]] | None) -> None:
        """Let a later question take the place of the one that waits."""
        if self._waiting is not None:
            self._waiting[1].cancel()
        self._waiting = question

    async def _answer_all(self) -> None:
        """Until nobody asks any more."""
        try:
            while self._waiting is not None:
                self._running, self._waiting = self._waiting, None
                question, answer = self._running
                answer.set_result(await self._asked(question))
        finally:
            if self._running is not None:
                self._running[1].cancel()
            self._running = self._work = None

    async def _asked(self, question: Question) -> Estimate:
        script, otherwise = question
        try:
            estimate = await self._ask(script)
            if estimate.message is not None and otherwise is not None:
                other = await self._ask(otherwise)
                estimate = other if other.message is None else estimate
        except BatchError as error:
            return Estimate(message=str(error))  # not remembered: it may answer the next time
        while len(self._answers) >= MOST:
            del self._answers[next(iter(self._answers))]
        self._answers.pop(question, None)
        self._answers[question] = (time.monotonic(), estimate)
        return estimate
