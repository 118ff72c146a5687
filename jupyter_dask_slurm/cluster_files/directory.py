"""The registry of clusters: one private directory each, and the files in it.

``<state_dir>/<id>/`` is 0700 and holds, each 0600:

``template.json``  what it is made from (`Template`): the script of its jobs, before it has an address
``request.json``   what was asked for (`Record`); written by the manager before the controller starts
``cluster.json``   the connection file (`Connection`); written last by the controller: its presence
                   means that the cluster can be used. A valid dask scheduler file.
``used.json``      what its jobs have used (`Used`); written by the controller every minute
``ended.json``     why the cluster ended (`Ended`); written by the program that learns of it first
``cert.pem, key.pem``  the cluster's one key pair, ours and dask's
``controller.log, scheduler.log, jobs/``  logs
``submitted.txt``  ids of its jobs, where their logs are elsewhere (`submitted`)

The directories are the registry; there is no database to lose. Every file is written whole or not
at all. On a shared home directory other hosts see and write them too.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

from ..errors import InvalidOptions, Unreadable
from ..model import wire
from ..model.cluster import utc_now, utc_text
from ..model.names import controller_job_name, job_name, validate_name
from ..model.template import Template
from ..model.usage import Used
from ..model.wire import OLDEST_PROTOCOL, PROTOCOL
from ..private_files import NotPrivate, check_directory, check_registry
from ..process import Owner
from .ended import Ended
from .json_file import locked, read_json, write_json
from .record import Record, stand_in

FORGET_TRIES, FORGET_PAUSE = 20, 0.1
"""How often a directory that does not go is removed again, and the seconds between two tries."""
STATE_DIR_VARIABLE = "JUPYTER_DASK_SLURM_STATE_DIR"
"""Names the registry where no trait does: for a kernel, and for the command line."""
_ID = re.compile(r"[0-9a-f]{8}")
_JOB_LOGS = "jobs"
CERT, KEY = "cert.pem", "key.pem"


@dataclass(frozen=True)
class Connection:
    """How to reach a cluster. ``address`` is the scheduler's, so that dask can read the file as
    its own scheduler file; the TLS files have the same names in every directory."""

    id: str
    name: str
    address: str
    control_address: str
    dashboard_address: str
    owner: Owner
    version: str
    cert: str = CERT
    key: str = KEY
    protocol: int = PROTOCOL
    oldest_protocol: int = OLDEST_PROTOCOL


class Files(NamedTuple):
    """The files of a cluster's directory, as they lay there together."""

    record: Record
    connection: Connection | None
    ended: Ended | None
    record_lost: bool = False
    """There is a record, but it cannot be read: ``record`` stands in for it."""
    connection_lost: bool = False
    """There is a connection file, but it cannot be read."""
    unreadable: Mapping[str, str] = MappingProxyType({})
    """Why a file cannot be read, by its name."""
    used: Used | None = None


_File = TypeVar("_File", Template, Record, Connection, Ended, Used)
_NAMES: dict[type[Any], str] = {
    Template: "template.json",
    Record: "request.json",
    Connection: "cluster.json",
    Ended: "ended.json",
    Used: "used.json",
}


class ClusterDirectory:
    """The directory of one cluster. What is read is None where there is no such (readable) file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def id(self) -> str:
        return self.path.name

    @property
    def registry(self) -> Path:
        """The directory that holds it and the others."""
        return self.path.parent

    @property
    def record_file(self) -> Path:
        return self.path / _NAMES[Record]

    @property
    def template_file(self) -> Path:
        return self.path / _NAMES[Template]

    @property
    def connection_file(self) -> Path:
        return self.path / _NAMES[Connection]

    @property
    def cert(self) -> Path:
        return self.path / CERT

    @property
    def key(self) -> Path:
        return self.path / KEY

    @property
    def job_logs(self) -> Path:
        return self.path / _JOB_LOGS

    def log(self, source: str) -> Path:
        """Return the log of ``controller`` or ``scheduler``."""
        return self.path / f"{source}.log"

    def create(self) -> None:
        """Make the directory, private to the user. Raise FileExistsError, and NotPrivate where somebody
        else could put another in its place."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        check_registry(self.path.parent)
        self.path.mkdir(mode=0o700)

    @property
    def end_file(self) -> Path:
        return self.path / _NAMES[Ended]

    def record(self) -> Record | None:
        return self._load_or_none(self.record_file, Record)

    def connection(self) -> Connection | None:
        return self._load_or_none(self.connection_file, Connection)

    def ended(self) -> Ended | None:
        return self._load_or_none(self.end_file, Ended)

    def read(self) -> Files | None:
        """Return the files, or None when the directory (or its record) is gone.

        One that is there and cannot be read (half written by a full disk, by a version that is not
        understood, on a file server that is away, or because others could have written it) makes no
        cluster disappear. Blocks on the file system; raises nothing.
        """
        unreadable: dict[str, str] = {}
        try:
            check_directory(self.path)
        except FileNotFoundError:
            return None
        except OSError as error:  # of the three files nothing is believed
            unknown = stand_in(self.id, self._created(), self.id, None)
            return Files(unknown, None, None, True, True, {self.record_file.name: str(error)})

        def load(path: Path, cls: type[_File]) -> _File | None:
            try:
                return self._load(path, cls)
            except (OSError, Unreadable) as error:
                unreadable[path.name] = str(error)
                return None

        record = load(self.record_file, Record)
        connection = load(self.connection_file, Connection)
        ended = load(self.end_file, Ended)
        record_lost = record is None
        if record is None:
            if self.record_file.name not in unreadable:
                return None
            name, owner = self.id, None
            if connection is not None:
                name, owner = connection.name, connection.owner
            record = stand_in(self.id, self._created(), name, owner)
        connection_lost = self.connection_file.name in unreadable
        used = self._load_or_none(self.path / _NAMES[Used], Used)
        return Files(record, connection, ended, record_lost, connection_lost, unreadable, used)

    def _created(self) -> str:
        """Return since when there has been a cluster, without its record."""
        try:
            return utc_text(self.record_file.stat().st_mtime) or utc_now()
        except OSError:
            return utc_now()

    def template(self) -> Template | None:
        """Return what the cluster is made from; None where nothing says so, as in the directories of the
        version before. Raise OSError and Unreadable: half a script must not be submitted."""
        return self._load(self.template_file, Template)

    def write(self, what: Template | Record | Connection | Ended | Used) -> None:
        """Write one of the files, whole or not at all. Raise OSError, also where others could write the
        directory."""
        check_directory(self.path)
        write_json(self.path / _NAMES[type(what)], wire.write(what))

    def change(self, change: Callable[[Record], Record], otherwise: Record) -> Record:
        """Read the record, change it, write it, and return it; what another server changes meanwhile
        would be lost without the lock. ``otherwise`` is changed in place of one that is half written.

        What a newer version wrote into it and is not known here stays. Blocks, for two seconds at
        most: a server that was stopped in the middle must not stop the others. Raise OSError, and
        Unreadable where another version wrote what is not understood here: that is not written over.
        """
        check_directory(self.path)
        with locked(self.path / ".lock", f"cluster {self.id}"):
            try:
                before = read_json(self.record_file)
            except Unreadable:
                before = None
            record = change(otherwise if before is None else self._made(Record, before))
            write_json(self.record_file, wire.write_over(record, before))
            return record

    def _load_or_none(self, path: Path, cls: type[_File]) -> _File | None:
        try:
            return self._load(path, cls)
        except (OSError, Unreadable):
            return None

    def _load(self, path: Path, cls: type[_File]) -> _File | None:
        """Return what a file says; None where there is none. Raise OSError and Unreadable."""
        try:
            check_directory(self.path)
        except FileNotFoundError:
            return None
        data = read_json(path)
        return None if data is None else self._made(cls, data)

    def _made(self, cls: type[_File], data: Mapping[str, Any]) -> _File:
        """Return it from its JSON. Raise Unreadable, also where it is of another cluster."""
        if cls is Record:
            # The others say where to ask, and why it ended: of these, as much as can be read.
            wire.check_protocol(data)
        made = wire.read(cls, data)
        if isinstance(made, (Record, Connection)):
            if made.id != self.id:
                raise Unreadable("id", f"{made.id!r} is another cluster's")
            try:
                validate_name(made.name)
            except InvalidOptions as error:
                raise Unreadable("", str(error)) from None
        if isinstance(made, Connection) and (made.cert, made.key) != (CERT, KEY):
            raise Unreadable("cert, key", f"only {CERT} and {KEY} are used")
        return made

    def remove_keys(self) -> None:
        """After the last job: nothing can connect, or be impersonated, any more."""
        for path in (self.connection_file, self.key, self.cert):
            path.unlink(missing_ok=True)

    def forget(self) -> None:
        """Remove the directory and all in it. A directory that is gone is no error.

        Blocks, for two seconds at most: something of the cluster that is just ending (a job, its
        watchdog) may still write a last file into it.
        """
        for _ in range(FORGET_TRIES):
            shutil.rmtree(self.path, ignore_errors=True)
            if not self.path.exists():
                return
            time.sleep(FORGET_PAUSE)


def default_state_dir() -> Path:
    """Return where the registry is unless a caller knows better: what `STATE_DIR_VARIABLE` says, else
    ``dask-slurm`` in Jupyter's data directory."""
    if named := os.environ.get(STATE_DIR_VARIABLE):
        return Path(named).expanduser().absolute()
    from jupyter_core.paths import jupyter_data_dir

    return Path(jupyter_data_dir(), "dask-slurm")


def directories(
    state_dir: Path, skip: Callable[[str, str], None] = lambda name, why: None
) -> Iterator[ClusterDirectory]:
    """Yield every directory in the registry whose name is an id and that holds a record, oldest name
    first. Raise OSError when the registry itself cannot be read, and NotPrivate when others can write it.

    One of which that cannot be said hides no other. ``skip`` hears the name of each that is somebody
    else's, and why it is left out.
    """
    try:
        check_registry(state_dir)
        names = sorted(entry.name for entry in os.scandir(state_dir))
    except FileNotFoundError:
        return
    for name in filter(_ID.fullmatch, names):
        directory = ClusterDirectory(state_dir / name)
        try:
            check_directory(directory.path)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except NotPrivate as error:
            if error.foreign:
                skip(name, str(error))
                continue
        except OSError:
            pass  # what it is cannot be said: it is shown as unreadable
        try:
            os.lstat(directory.record_file)
        except FileNotFoundError:
            continue
        except OSError:
            pass
        yield directory


def cluster_of_logs(logs: PurePath) -> str | None:
    """Return the id of the cluster, of whatever registry, whose directory is the place for that output of
    its workers or its controller; None where it is none."""
    directory = logs.parent if logs.name == _JOB_LOGS else logs
    return directory.name if _ID.fullmatch(directory.name) else None


def job_name_from_logs(state_dir: Path, logs: PurePath) -> str | None:
    """Return a name for the job whose output goes to that directory, if it is one of a cluster of that
    registry: of its workers or its controller. For jobs that a site has renamed."""
    of_workers = logs.name == _JOB_LOGS
    directory = logs.parent if of_workers else logs
    cluster_id = directory.name
    if directory.parent != state_dir or not _ID.fullmatch(cluster_id):
        return None
    # What the cluster was called does not stand there.
    return (
        job_name(cluster_id, cluster_id, 0)
        if of_workers
        else controller_job_name(cluster_id, cluster_id)
    )
