"""What was asked for: the record of a cluster, written before anything of it is started."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from ..model.cluster import ClusterOptions, Scaling, utc_now
from ..model.settings import ControllerSettings, Settings
from ..model.wire import OLDEST_PROTOCOL, PROTOCOL, Unsent
from ..process import Owner, this_host


@dataclass(frozen=True)
class Record:
    """What was asked for, kept so that the cluster is listed before and after its controller lives.

    ``options`` are resolved: nothing is left to the configuration.
    """

    id: str
    name: str
    created: str
    options: ClusterOptions
    scaling: Scaling
    batch_system: str
    host: str
    settings: ControllerSettings = field(default_factory=ControllerSettings)
    ends_with: str | None = None
    owner: Owner | None = None
    """The controller, once its process exists."""
    unsent: Unsent = field(default_factory=Unsent)
    """The server tells it, and empties this, as soon as the controller answers."""
    protocol: int = PROTOCOL
    oldest_protocol: int = OLDEST_PROTOCOL

    @property
    def slurm_cluster(self) -> str | None:
        """Which of a site's Slurm clusters has its jobs; None is the one that is meant by itself."""
        if self.is_stand_in and self.owner is not None:
            return self.owner.slurm_cluster
        return self.options.slurm_cluster

    @property
    def is_stand_in(self) -> bool:
        """Whether it was made in place of one that cannot be read: then it says nothing of the
        cluster's options and size."""
        return not self.batch_system


def new_record(
    settings: Settings,
    options: ClusterOptions,
    scaling: Scaling,
    *,
    name: str,
    batch_system: str,
    ends_with: str | None,
) -> Record:
    """Return what is asked for now, under a new id. ``options`` are resolved; ``ends_with`` is with what a
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
    """Return eight hexadecimal digits, a letter among them: part of job names, where a number of eight
    digits may be somebody's date."""
    while (made := secrets.token_hex(4)).isdigit():
        pass
    return made


def stand_in(cluster_id: str, created: str, name: str, owner: Owner | None) -> Record:
    """Return a record for a cluster whose own cannot be read: nothing but which one it is."""
    return Record(
        id=cluster_id,
        name=name,
        created=created,
        options=ClusterOptions(),
        scaling=Scaling(),
        batch_system="",
        host=this_host() if owner is None else owner.host,
        owner=owner,
    )
