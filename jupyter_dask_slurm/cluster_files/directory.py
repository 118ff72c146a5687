"""The registry of clusters: one private directory each, and the files in it.

``<state_dir>/<id>/`` is 0700 and holds, each 0600:

``request.json``   what was asked for (`Record`); written by the manager before the controller starts
``cluster.json``   the connection file (`Connection`); written last by the controller: its presence
                   means that the cluster can be used. A valid dask scheduler file.
``ended.json``     why the cluster ended (`Ended`); written by whoever learnt of it first
``cert.pem, key.pem``  the cluster's one key pair, ours and dask's
``controller.log, scheduler.log, jobs/``  logs

The directories are the registry; there is no database to lose. Every file is written whole or not
at all. On a shared home directory other hosts see and write them too.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from ..batch.locks import lock
from ..process import Owner

PROTOCOL = 1
FORGET_TRIES, FORGET_PAUSE = 20, 0.1
"""How often a directory that does not go is removed again, and the seconds between two tries."""
LOCK_LIMIT, LOCK_PAUSE = 2.0, 0.01
"""Seconds that a change of the record waits for another one, and between two tries."""
STATE_DIR_VARIABLE = "JUPYTER_DASK_SLURM_STATE_DIR"
"""Names the registry for who has no trait to ask: a kernel, the command line."""
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Record:
    """What was asked for, kept so that the cluster is listed before and after its controller lives.

    ``options`` are resolved: nothing is left to the configuration.
    """

    id: str
    name: str
    created: str
    options: dict[str, Any]
    scaling: dict[str, Any]
    batch_system: str
    host: str
    settings: dict[str, Any] = field(default_factory=dict)
    """What the administrator set and the controller obeys: ``max_jobs``, ``idle_timeout`` …"""
    ends_with: str | None = None
    owner: Owner | None = None
    """The controller, once its process exists."""
    unsent: dict[str, Any] = field(default_factory=dict)
    """What was asked for while no controller could be told yet: ``scaling``, ``name``, ``stop``.
    The server tells it, and empties this, as soon as the controller answers."""
    protocol: int = PROTOCOL


@dataclass(frozen=True)
class Connection:
    """How to reach a cluster. ``address`` is the scheduler's, so that dask can read the file as
    its own scheduler file; the paths of the TLS files are relative to the directory."""

    id: str
    name: str
    address: str
    control_address: str
    dashboard_address: str
    owner: Owner
    version: str
    cert: str = "cert.pem"
    key: str = "key.pem"
    protocol: int = PROTOCOL


START_AGAIN = "Start again makes a new cluster of the same name, options and size."
"""The advice that fits every end."""


@dataclass(frozen=True)
class Ended:
    """Why a cluster is no more: ``code`` and ``message`` as in a `Problem`; ``when`` in ISO-8601."""

    code: str
    message: str
    when: str
    advice: str | None = None


class ClusterDirectory:
    """The directory of one cluster. Reading answers None where there is no such (readable) file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def id(self) -> str:
        return self.path.name

    @property
    def record_file(self) -> Path:
        return self.path / "request.json"

    @property
    def connection_file(self) -> Path:
        return self.path / "cluster.json"

    @property
    def cert(self) -> Path:
        return self.path / "cert.pem"

    @property
    def key(self) -> Path:
        return self.path / "key.pem"

    @property
    def job_logs(self) -> Path:
        return self.path / "jobs"

    def log(self, source: str) -> Path:
        """The log of ``controller`` or ``scheduler``."""
        return self.path / f"{source}.log"

    def create(self) -> None:
        """Make the directory, private to the user. Raises FileExistsError."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path.mkdir(mode=0o700)

    def record(self) -> Record | None:
        return _load(self.record_file, Record)

    def connection(self) -> Connection | None:
        return _load(self.connection_file, Connection)

    def ended(self) -> Ended | None:
        return _load(self.path / "ended.json", Ended)

    def write(self, what: Record | Connection | Ended) -> None:
        """Write one of the three, whole or not at all."""
        name = {Record: "request.json", Connection: "cluster.json", Ended: "ended.json"}[type(what)]
        write_json(self.path / name, asdict(what))

    @contextlib.contextmanager
    def changing(self) -> Iterator[None]:
        """For who reads the record, changes it and writes it: what another server changes meanwhile
        would be lost. Blocks, for two seconds at most: a server that was stopped in the middle must
        not stop the others. Raises OSError."""
        with locked(self.path / ".lock", f"cluster {self.id}"):
            yield

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


@contextlib.contextmanager
def locked(path: Path, what: str) -> Iterator[None]:
    """Hold the lock of that file for the block. After two seconds go on without it, and log that
    ``what`` is changed all the same: one change at most is lost, where a process that was stopped
    would keep all others waiting for ever. Raises OSError."""
    with open(os.open(path, os.O_RDWR | os.O_CREAT, 0o600)) as stream:
        end = time.monotonic() + LOCK_LIMIT
        while not (held := lock(stream.fileno())) and time.monotonic() < end:
            time.sleep(LOCK_PAUSE)
        if not held:
            words = "%s: another process has held %s for %g s; writing without the lock"
            logger.warning(words, what, path, LOCK_LIMIT)
        yield


def default_state_dir() -> Path:
    """Where the registry is unless a caller knows better: what `STATE_DIR_VARIABLE` says, else
    ``dask-slurm`` in Jupyter's data directory."""
    if named := os.environ.get(STATE_DIR_VARIABLE):
        return Path(named).expanduser().absolute()
    from jupyter_core.paths import jupyter_data_dir

    return Path(jupyter_data_dir(), "dask-slurm")


def directories(state_dir: Path) -> Iterator[ClusterDirectory]:
    """Every directory in the registry that holds a record, oldest name first."""
    try:
        entries = sorted(entry.name for entry in os.scandir(state_dir) if entry.is_dir())
    except FileNotFoundError:
        return
    for name in entries:
        if (state_dir / name / "request.json").exists():
            yield ClusterDirectory(state_dir / name)


def write_json(path: Path, data: Mapping[str, Any]) -> None:
    """Write a private JSON file: to a temporary name, flushed to disk, renamed. 0600."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w") as stream:
            json.dump(data, stream, indent=1)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


_File = TypeVar("_File", Record, Connection, Ended)


def _load(path: Path, cls: type[_File]) -> _File | None:
    try:
        data = json.loads(path.read_bytes())
        if not isinstance(data, dict):
            return None
        if isinstance(data.get("owner"), dict):
            data["owner"] = _made(Owner, data["owner"])
        return _made(cls, data)
    except (OSError, ValueError, TypeError, RecursionError):
        return None


_Made = TypeVar("_Made", Owner, Record, Connection, Ended)


def _made(cls: type[_Made], data: Mapping[str, Any]) -> _Made:
    """A ``cls`` of what it knows in ``data``. Raises TypeError unless all is there, and of its type."""
    values = _known(cls, data)
    hints = get_type_hints(cls)
    for key, value in values.items():
        hint = hints[key]
        choices = get_args(hint) if isinstance(hint, UnionType) else (hint,)
        if type(value) not in [get_origin(choice) or choice for choice in choices]:
            raise TypeError(f"{key} is {value!r}")
    return cls(**values)


def _known(cls: type[Any], data: Mapping[str, Any]) -> dict[str, Any]:
    """The entries of ``data`` that ``cls`` has a field for: another version may write more."""
    names = {f.name for f in fields(cls)}
    return {key: value for key, value in data.items() if key in names}
