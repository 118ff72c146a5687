"""The server extension: what an administrator sets, and the manager's start and stop."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

from jupyter_server.extension.application import ExtensionApp
from traitlets import Dict, Enum, Int, List, TraitError, Unicode, default, validate

from ..batch.job_environment import KEPT
from ..cluster_files.directory import STATE_DIR_VARIABLE, default_state_dir
from ..clusters.client_code import LINK_VARIABLE, link_template
from ..clusters.site_policy import policy_here
from ..errors import BrokenSettings, InvalidOptions
from ..logs import one_line
from ..model.options import PLACEMENTS, ClusterOptions
from ..model.policy import policy_of
from ..model.profile import read_profiles, written_profiles
from ..model.scaling import GROW_AFTER, SHRINK_AFTER
from ..model.settings import SETTINGS_VARIABLE, Settings
from ..model.units import parse_memory
from ..model.wire import write
from .dashboard_links import dashboard_link_handlers
from .dashboard_proxy import dashboard_handlers
from .errors import MANAGER
from .handlers import default_handlers
from .manager import Action, ClusterManager
from .metrics import CLUSTERS
from .settings_check import check_names

SCHEMA_ID = "https://jupyter-dask-slurm.org/events/cluster/v1"
START_PATIENCE = 2.0
"""Seconds that the start of Jupyter waits for the list of clusters."""
SCHEMA_FILE = Path(__file__).parents[1] / "event_schemas" / "cluster-v1.yml"


class DaskSlurmExtension(ExtensionApp):
    """Dask clusters on Slurm for the users of this server."""

    name = "jupyter_dask_slurm"
    load_other_extensions = True

    state_dir = Unicode(
        help="""Directory of the clusters' files: their keys, connection files and logs. Nobody but its
        user may write it, and it is no symbolic link. The nodes that run the jobs have to see it under
        the same path. Default: the environment's JUPYTER_DASK_SLURM_STATE_DIR, else dask-slurm in
        Jupyter's data directory, which is in the user's home."""
    ).tag(config=True)

    batch_system = Enum(
        ("auto", "slurm", "local"),
        default_value="auto",
        help="""What runs the jobs: "slurm"; "local", a queue of processes on this machine; or
        "auto" (the default): slurm where there is an sbatch command, else local. A Slurm that is there
        and silent is never replaced quietly: the panel says so, and offers the local queue.""",
    ).tag(config=True)

    max_clusters = Int(20, min=0, help="Most clusters a user may have at a time. Default: 20.").tag(
        config=True
    )

    max_jobs = Int(
        10_000,
        min=0,
        help="""Most jobs of one cluster at a time, successors of jobs near their walltime included.
        Default: 10000.""",
    ).tag(config=True)

    idle_timeout = Int(
        8 * 3600,
        min=0,
        help="""Seconds after which a cluster that nobody uses (no task, no client, no job that waits)
        ends by itself, unless its options say otherwise; 0 is never. Default: 28800 (8 hours).""",
    ).tag(config=True)

    maximum_age = Int(
        0,
        min=0,
        help="""Seconds after which a cluster ends whatever it does, unless its options say
        otherwise. Default: 0, never.""",
    ).tag(config=True)

    grow_after = Int(
        GROW_AFTER,
        min=0,
        help="""Seconds that the tasks of a cluster that adapts must ask for more jobs before it
        asks the batch system for them, unless the cluster says otherwise. Default: 2.""",
    ).tag(config=True)

    shrink_after = Int(
        SHRINK_AFTER,
        min=0,
        help="""Seconds that its tasks must need fewer jobs before it gives them back, likewise.
        Default: 120.""",
    ).tag(config=True)

    placement = Enum(
        PLACEMENTS,
        default_value="local",
        help="""Where the controllers of clusters live, unless their options say otherwise: "local"
        (the default), as processes beside the Jupyter server; or "job", each in a Slurm job of its
        own, for sites that end long processes on their login nodes, and for a Jupyter that runs in a
        job itself. The local queue knows "local" alone.""",
    ).tag(config=True)

    controller_partition = Unicode(
        None,
        allow_none=True,
        help="""Partition of such a job; of several, the one in which it may live longest. Its account
        and QOS are those of the cluster's jobs, and so are constraint and reservation where the
        partition is theirs. Default: that of the cluster's jobs.""",
    ).tag(config=True)

    controller_memory = Unicode("1 GB", help='Memory of such a job. Default: "1 GB".').tag(
        config=True
    )

    controller_walltime = Unicode(
        "7-00:00:00",
        help="""Walltime of such a job, which its cluster cannot outlive; cut to what the partition
        allows; "7 days" is the same. Default: "7-00:00:00", a week.""",
    ).tag(config=True)

    local_cores = Int(
        None,
        min=1,
        allow_none=True,
        help="""Cores that the jobs of the local queue may use together. Default: those of this
        machine.""",
    ).tag(config=True)

    local_memory = Unicode(
        None,
        allow_none=True,
        help="""Memory that the jobs of the local queue may use together, for example "16 GB".
        Default: that of this machine.""",
    ).tag(config=True)

    environment_keep: Any = List(
        Unicode(),
        KEPT,
        help="""Patterns of the variables of this server's environment that reach jobs although they are
        Jupyter's own or look like secrets: ["AWS_*", "WANDB_API_KEY"]. Never those that describe the
        job around this server. Default: ["AWS_*"].""",
    ).tag(config=True)

    environment_drop: Any = List(
        Unicode(),
        help="""Patterns of those that do not, beside Jupyter's own and those that look like secrets:
        ["*_PROXY"], or ["*"] for none but those that are kept. Default: none.""",
    ).tag(config=True)

    profiles: Any = Dict(
        help="""Options for forms to begin with, by name: {"Large": {"description": "A whole node",
        "options": {"cores": 48, "memory": "180 GB"}, "scaling": {"jobs": 2}}}. What the options leave
        open comes from dask's configuration. Users save others of their own. Default: none.""",
    ).tag(config=True)

    policy: Any = Dict(
        help="""What users may ask for: {"partitions": ["normal", "long"], "max_cores": 48,
        "max_walltime": "1-00:00:00", "fixed": {"account": "physics"}, "forbidden":
        ["job_script_prologue"], "groups": {"staff": {"max_cores": 96}}}. What it leaves out is that of
        jupyter-dask-slurm.policy in the site's own files of dask's configuration, such as
        /etc/dask/jupyter-dask-slurm.yaml. Guard rails, in the form, the server and the controllers: what
        nobody may do is for Slurm to refuse. Default: no bounds beside max_jobs and max_clusters."""
    ).tag(config=True)

    policy_hook = Unicode(
        None,
        allow_none=True,
        help="""A Python function of the administrator's, as "module:function", which is called with the
        options that a user asks for, a dictionary, and the user's name. It returns the options, changed
        or not, or raises ValueError("cores", "why") to refuse them at that field. Default: none.""",
    ).tag(config=True)

    documentation_url = Unicode(
        None,
        allow_none=True,
        help="""Where the site of this documentation is served to the users of this server, such as
        "https://docs.example.org/dask-slurm/": messages of the panel then link to what explains them.
        Default: none, and no links.""",
    ).tag(config=True)

    broken: str | None = None
    """Why there is no manager: what of the settings cannot be used."""

    # A configuration file of this extension's that is no Python holds limits that nobody has read.
    raise_config_file_errors = True

    @default("state_dir")
    def _default_state_dir(self) -> str:
        return str(default_state_dir())

    @validate("local_memory")
    def _check_local_memory(self, proposal: dict[str, Any]) -> str | None:
        value: str | None = proposal["value"]
        try:
            if value is not None:
                parse_memory(value)
        except ValueError as error:
            raise TraitError(f"local_memory: {error}") from None
        return value

    @validate("policy_hook")
    def _check_policy_hook(self, proposal: dict[str, Any]) -> str | None:
        value: str | None = proposal["value"]
        if value is not None:
            module, _, function = value.partition(":")
            if not all(map(str.isidentifier, (*module.split("."), function))):
                raise TraitError('policy_hook: "module:function"')
        return value

    @validate("documentation_url")
    def _check_documentation_url(self, proposal: dict[str, Any]) -> str | None:
        value: str | None = proposal["value"]
        if value is not None and not value.startswith(("https://", "http://")):
            raise TraitError("documentation_url: an address that begins with https:// or http://")
        return value

    @validate("profiles")
    def _check_profiles(self, proposal: dict[str, Any]) -> dict[str, Any]:
        value: dict[str, Any] = proposal["value"]
        if complaints := read_profiles(written_profiles(value), "administrator")[1]:
            raise TraitError(f"profiles: {'; '.join(complaints)}")
        return value

    @validate("policy")
    def _check_policy(self, proposal: dict[str, Any]) -> dict[str, Any]:
        value: dict[str, Any] = proposal["value"]
        try:
            policy_of(value, lambda group: False)
        except InvalidOptions as error:
            raise TraitError(f"policy: {error}") from None
        return value

    @validate("controller_partition", "controller_memory", "controller_walltime")
    def _check_controller(self, proposal: dict[str, Any]) -> str | None:
        name, value = proposal["trait"].name, proposal["value"]
        try:
            ClusterOptions.from_json({name: value})
        except InvalidOptions as error:
            raise TraitError(str(error)) from None
        return cast("str | None", value)

    def _link_jupyter_server_extension(self, serverapp: Any) -> None:
        """Called by Jupyter first of all: read the settings. With those that cannot be used Jupyter would
        go on, with the defaults in their place."""
        try:
            super()._link_jupyter_server_extension(serverapp)
            check_names(self)
            self._settings()
        except Exception as error:
            self.serverapp, self._linked = serverapp, True
            self.broken = one_line(error)
            self.log.error("%s | not started, its settings are broken: %s", self.name, self.broken)

    def exit(self, exit_status: int | str | None = 0) -> None:
        """Called by traitlets within the handling of a value that a file sets wrongly: the server is
        not to end for it."""
        if isinstance(error := sys.exc_info()[1], TraitError):
            raise error
        super().exit(exit_status)

    def initialize_settings(self) -> None:
        """Make the manager and put it where the handlers look for it."""
        if self.broken is not None:
            self.settings[MANAGER] = BrokenSettings(self.broken)
            # What kernels and terminals create has no other limits either.
            os.environ[SETTINGS_VARIABLE] = json.dumps({"broken": self.broken})
            return
        assert self.serverapp is not None
        assert self.serverapp.event_logger is not None
        self._events = self.serverapp.event_logger
        self._events.register_event_schema(SCHEMA_FILE)
        settings = self._settings()
        # Kernels and terminals inherit these: connect() and the command line look where we do, and
        # the dashboards that dask links to are behind us.
        os.environ[STATE_DIR_VARIABLE] = str(settings.state_dir)
        os.environ[LINK_VARIABLE] = link_template(self.serverapp.base_url)
        # What they create obeys the administrator as well.
        os.environ[SETTINGS_VARIABLE] = json.dumps(write(settings))
        self.manager = ClusterManager(
            settings,
            working_directory=Path(self.serverapp.root_dir),
            emit=self._emit,
            log=self.log,
        )
        self.settings[MANAGER] = CLUSTERS.manager = self.manager

    def initialize_handlers(self) -> None:
        """Add the REST API and the dashboard proxy to Jupyter's application."""
        self.handlers.extend([*default_handlers, *dashboard_handlers, *dashboard_link_handlers])

    async def _start_jupyter_server_extension(self, serverapp: Any) -> None:
        """Called by Jupyter when its loop runs: find the clusters before anybody asks. Jupyter does not
        wait for a home directory that hangs."""
        if self.broken is not None:
            return
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self.manager.start(), START_PATIENCE)

    async def stop_extension(self) -> None:
        """Called by Jupyter when it stops. The clusters go on."""
        if self.broken is None:
            await self.manager.stop()

    def _settings(self) -> Settings:
        job = ClusterOptions.from_json(
            {
                "controller_partition": self.controller_partition,
                "controller_memory": self.controller_memory,
                "controller_walltime": self.controller_walltime,
            }
        )
        return Settings(
            state_dir=Path(self.state_dir).expanduser().absolute(),
            batch_system=self.batch_system,
            max_clusters=self.max_clusters,
            max_jobs=self.max_jobs,
            idle_timeout=self.idle_timeout,
            maximum_age=self.maximum_age,
            grow_after=self.grow_after,
            shrink_after=self.shrink_after,
            placement=self.placement,
            controller_partition=job.controller_partition,
            controller_memory=job.controller_memory or Settings.controller_memory,
            controller_walltime=job.controller_walltime or Settings.controller_walltime,
            local_cores=self.local_cores,
            local_memory=None if self.local_memory is None else parse_memory(self.local_memory),
            environment_keep=tuple(self.environment_keep),
            environment_drop=tuple(self.environment_drop),
            profiles=tuple(read_profiles(written_profiles(self.profiles), "administrator")[0]),
            policy=policy_here(self.policy),
            policy_hook=self.policy_hook,
            policy_hook_python=sys.executable,
            documentation_url=self.documentation_url,
        ).within_policy()

    def _emit(self, action: Action, cluster_id: str, status: str) -> None:
        data = {"action": action, "cluster_id": cluster_id, "status": status}
        self._events.emit(schema_id=SCHEMA_ID, data=data)
