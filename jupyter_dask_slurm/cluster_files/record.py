"""A new cluster in the registry: its record, written before anything of it is started."""

from __future__ import annotations

import secrets

from ..errors import Unavailable
from ..model.cluster import ClusterOptions, Scaling, utc_now
from ..model.settings import Settings
from ..model.template import Template
from ..process import this_host
from .directory import ClusterDirectory, Files, Record


def new_record(
    settings: Settings,
    options: ClusterOptions,
    scaling: Scaling,
    *,
    name: str,
    batch_system: str,
    ends_with: str | None,
) -> Record:
    """What is asked for now, under a new id. ``options`` are resolved; ``ends_with`` is with what a
    controller beside this process will end."""
    return Record(
        id=new_id(),
        name=name,
        created=utc_now(),
        options=options,
        scaling=scaling,
        batch_system=batch_system,
        host=this_host(),
        settings=settings.for_controller(),
        ends_with=None if options.placement == "job" else ends_with,
    )


def new_id() -> str:
    """Eight hexadecimal digits, a letter among them: part of job names, where a number of eight
    digits may be somebody's date."""
    while (made := secrets.token_hex(4)).isdigit():
        pass
    return made


def write_new(directory: ClusterDirectory, record: Record, template: Template) -> Files:
    """Make the cluster's directory. Blocks. Raises `Unavailable`, and leaves nothing."""
    try:
        directory.create()
        directory.write(template)
        directory.write(record)  # last: it is what makes the directory a cluster
    except OSError as error:
        directory.forget()
        raise Unavailable(f"the cluster's files cannot be written: {error}") from error
    return Files(record, None, None)
