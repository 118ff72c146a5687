"""A new cluster in the registry: its record, written before anything of it is started."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from typing import Any

from ..errors import Unavailable
from ..model.cluster import ClusterOptions, Scaling, utc_now
from ..model.settings import Settings
from ..process import this_host
from .directory import ClusterDirectory, Files, Record


def new_record(
    settings: Settings,
    options: ClusterOptions,
    scaling: Scaling,
    *,
    name: str,
    batch_system: str,
    scheduler: Mapping[str, Any],
    ends_with: str | None,
) -> Record:
    """What is asked for now, under a new id. ``options`` are resolved; ``scheduler`` is where the
    site's configuration wants schedulers to listen: ``host`` and ``port``."""
    return Record(
        id=new_id(),
        name=name,
        created=utc_now(),
        options=options,
        scaling=scaling,
        batch_system=batch_system,
        host=this_host(),
        settings=settings.for_controller(scheduler["host"], scheduler["port"]),
        ends_with=ends_with,
    )


def new_id() -> str:
    """Eight hexadecimal digits, a letter among them: part of job names, where a number of eight
    digits may be somebody's date."""
    while (made := secrets.token_hex(4)).isdigit():
        pass
    return made


async def write_new(directory: ClusterDirectory, record: Record) -> Files:
    """Make the cluster's directory with its record. Raises `Unavailable`, and leaves nothing."""

    def write() -> None:
        directory.create()
        directory.write(record)

    try:
        await asyncio.to_thread(write)
    except OSError as error:
        await asyncio.to_thread(directory.forget)
        raise Unavailable(f"the cluster's files cannot be written: {error}") from error
    return Files(record, None, None)
