"""What the server knows of one cluster, changed in one place: what is shown follows, and is announced."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ...cluster_files.directory import ClusterDirectory, Files, Record
from ...clusters.views import Sight
from ...model.cluster import Cluster, Problem
from ...model.wire import ControllerState


class Known:
    """`sight` is all that is known, `cluster` what is shown of it."""

    def __init__(
        self, directory: ClusterDirectory, files: Files, *, changed: Callable[[], None]
    ) -> None:
        """``changed`` is called whenever `cluster` or `gone` has changed."""
        self.gone = False
        self.sight = Sight(
            directory,
            files.record,
            files.connection,
            stopping=files.record.unsent.stop,
            failed=files.ended.problem() if files.ended is not None else None,
        )
        self.cluster: Cluster = self.sight.cluster()
        self.settled = asyncio.Event()
        """Set as soon as the cluster's status is more than a guess from its files."""
        self._changed = changed

    @property
    def record(self) -> Record:
        return self.sight.record

    def know(self, **changes: Any) -> None:
        """Change what is known, and say so if something else is shown now."""
        self.sight = replace(self.sight, **changes)
        if not {"told", "failed", "trouble"}.isdisjoint(changes):
            self.settled.set()
        before, self.cluster = self.cluster, self.sight.cluster()
        if self.cluster != before:
            self._changed()

    def believe(self, state: ControllerState, *, afresh: bool = False) -> None:
        """Take a state for what is, unless a newer one came first: answers overtake each other."""
        if afresh or self.sight.told is None or state.revision >= self.sight.revision:
            self.know(told=state.cluster, revision=state.revision, trouble=None)

    def trouble(self, problem: Problem) -> None:
        """Its controller cannot be asked, since the first time that this is said."""
        before = self.sight.trouble
        self.know(trouble=problem if before is None else replace(problem, since=before.since))

    def vanish(self) -> None:
        """It is no more, and nothing of it is listed."""
        self.settled.set()
        if not self.gone:
            self.gone = True
            self._changed()
