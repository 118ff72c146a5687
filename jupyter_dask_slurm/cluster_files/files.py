"""The files of one cluster, read together."""

from __future__ import annotations

from dataclasses import dataclass

from ..model.cluster import utc_text
from ..process import this_host
from .directory import ClusterDirectory, Connection, Ended, Record


@dataclass(frozen=True)
class Files:
    """The three files of a cluster's directory, as they lay there together."""

    record: Record
    connection: Connection | None
    ended: Ended | None
    record_lost: bool = False
    """There is a record, but it cannot be read: ``record`` stands in for it."""
    connection_lost: bool = False
    """There is a connection file, but it cannot be read."""


def read_files(directory: ClusterDirectory) -> Files | None:
    """The files, or None when the directory (or its record) is gone.

    One that is there and cannot be read (half written by a full disk, say) makes no cluster
    disappear. Blocks on the file system. Raises OSError when that does not answer.
    """
    record, connection, ended = directory.record(), directory.connection(), directory.ended()
    record_lost = record is None
    if record is None:
        try:
            created = directory.record_file.stat().st_mtime
        except FileNotFoundError:
            return None
        record = stand_in(directory.id, utc_text(created) or "", connection)
    connection_lost = connection is None and directory.connection_file.exists()
    return Files(record, connection, ended, record_lost, connection_lost)


def stand_in(cluster_id: str, created: str, connection: Connection | None) -> Record:
    """A record for a cluster whose own cannot be read: nothing but who it is."""
    return Record(
        id=cluster_id,
        name=cluster_id if connection is None else connection.name,
        created=created,
        options={},
        scaling={},
        batch_system="",
        host=this_host() if connection is None else connection.owner.host,
        owner=None if connection is None else connection.owner,
    )
