"""What a cluster is made from, rendered before there is one and kept with its files."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

Fill = Literal["address", "cert.pem", "key.pem", "worker_preload.py", "private_ports.py"]
"""What is filled in: the scheduler's address, or a file of the cluster's directory that jobs read."""
FILLS: tuple[Fill, ...] = get_args(Fill)


@dataclass(frozen=True)
class Piece:
    """Text, and what is filled in behind it."""

    text: str
    fill: Fill | None = None


@dataclass(frozen=True)
class Template:
    """The script of a cluster's jobs, and where dask's configuration wants its scheduler.

    ``script`` is cut where something of the cluster belongs. Cut rather than marked: whatever text
    users and sites put into it, none can be taken for a place to be filled in. It holds no secret,
    and nothing of one cluster alone. ``scheduler_host`` None is any host, ``scheduler_port`` 0 any
    port.
    """

    script: tuple[Piece, ...]
    scheduler_host: str | None = None
    scheduler_port: int = 0
    automatic_partition: bool = False
    """Whether its partitions were chosen for the user, who asked for none: another will do."""

    def filled(self, directory: str, address: str) -> str:
        """The script of the cluster in that directory, whose scheduler has that address."""
        return self._text(directory, address, shlex.quote)

    def preview(self) -> str:
        """The script with placeholders, which are for people and stay unquoted."""
        return self._text("[cluster]", "tls://[scheduler]", str)

    def otherwise(self, script: str) -> str | None:
        """What to ask for where ``script``, which is this one filled in, is refused: the default
        partition. None where the partitions were not chosen for the user."""
        if not self.automatic_partition:
            return None
        from ..batch.slurm.script import without_partition  # not for an idle server

        return without_partition(script)

    def _text(self, directory: str, address: str, quote: Callable[[str], str]) -> str:
        words: dict[Fill | None, str] = {fill: quote(f"{directory}/{fill}") for fill in FILLS}
        words |= {"address": quote(address), None: ""}
        return "".join(piece.text + words[piece.fill] for piece in self.script)
