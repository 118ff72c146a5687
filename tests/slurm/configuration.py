"""The slurm.conf of a cluster that lives on one machine. Pure: paths and ports in, text out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

DEAD_NODES = 2
CORES = 16
"""Of each node."""


@dataclass(frozen=True)
class Layout:
    """Where one lab keeps its files, which ports it uses, and how large its nodes claim to be."""

    directory: Path
    user: str
    host: str
    slurmctld_port: int
    node_ports: tuple[int, ...]
    dead_ports: tuple[int, ...]
    """Ports on which nobody listens: those of the nodes that are down."""
    accounting_port: int | None = None
    """slurmdbd's; None where there is no accounting."""
    cores: int = CORES
    memory: int = 64_000
    """MB that each node claims to have; nothing is reserved."""
    gpus: int = 0
    """Of the last node, which is then a partition ``gpu`` of its own, too."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """Lines of slurm.conf that replace ours, for example ``{"MaxArraySize": "0"}``; an empty one leaves
    the line out."""
    node: Mapping[str, str] = field(default_factory=dict)
    """Likewise the words of each node's line, for example ``{"RealMemory": ""}``."""
    debug: Mapping[str, str] = field(default_factory=dict)
    """Likewise the words of the line of the default partition, ``debug``."""
    lines: Sequence[str] = ()
    """Further lines: more partitions."""
    job_submit: str = ""
    """The text of job_submit.lua, where there is such a plugin."""

    @property
    def conf(self) -> Path:
        return self.directory / "slurm.conf"

    @property
    def munge_socket(self) -> Path:
        return self.directory / "munge" / "socket"

    @property
    def nodes(self) -> tuple[str, ...]:
        return tuple(f"n{number}" for number in range(1, len(self.node_ports) + 1))

    @property
    def gpu_files(self) -> tuple[Path, ...]:
        """What stands for the GPUs: to slurmd any file is a device."""
        return tuple(self.directory / f"gpu{number}" for number in range(self.gpus))

    def log(self, daemon: str) -> Path:
        return self.directory / "log" / f"{daemon}.log"


def slurm_conf(layout: Layout) -> str:
    """The text of slurm.conf: loopback only, every wait as short as Slurm allows."""
    directory = layout.directory
    settings = {
        "ClusterName": "lab",
        "SlurmctldHost": f"{layout.host}(127.0.0.1)",
        "SlurmctldPort": str(layout.slurmctld_port),
        "CommunicationParameters": "NoCtldInAddrAny,NoInAddrAny",
        "SlurmUser": layout.user,
        "SlurmdUser": layout.user,
        "AuthType": "auth/munge",
        "AuthInfo": f"socket={layout.munge_socket},cred_expire=10",
        "CredType": "cred/munge",
        "StateSaveLocation": f"{directory}/state",
        "SlurmdSpoolDir": f"{directory}/spool/%n",
        "SlurmctldPidFile": f"{directory}/pid/slurmctld",
        "SlurmdPidFile": f"{directory}/pid/%n",
        "SlurmctldLogFile": str(layout.log("slurmctld")),
        "SlurmdLogFile": str(layout.log("%n")),
        "SlurmctldDebug": "info",
        "SlurmdDebug": "info",
        "ProctrackType": "proctrack/linuxproc",
        "TaskPlugin": "task/none",
        "SwitchType": "switch/none",
        "MpiDefault": "none",
        "PropagateResourceLimits": "NONE",
        "ReturnToService": "1",
        "SlurmdParameters": "config_overrides",
        "SchedulerType": "sched/backfill",
        "SchedulerParameters": "sched_interval=1,batch_sched_delay=0,"
        "bf_interval=1,bf_resolution=1,bf_window=4320",
        "SlurmctldTimeout": "30",
        "SlurmdTimeout": "10",
        "MessageTimeout": "10",
        "KillWait": "2",
        "CompleteWait": "0",
        "InactiveLimit": "0",
        "MinJobAge": "300",
        "MaxArraySize": "10001",
        "MaxJobCount": "20000",
        "SelectType": "select/cons_tres",
        "SelectTypeParameters": "CR_Core_Memory",
        "DefMemPerCPU": "100",
        # There are no cgroups here, so the memory limit is kept by a poll every 2 s.
        "JobAcctGatherType": "jobacct_gather/linux",
        "JobAcctGatherFrequency": "task=2",
        "JobAcctGatherParams": "OverMemoryKill",
        "AccountingStorageType": "accounting_storage/none",
    }
    if layout.gpus:
        settings |= {"GresTypes": "gpu", "AccountingStorageTRES": "gres/gpu"}
    if layout.job_submit:
        settings["JobSubmitPlugins"] = "lua"
    here = f"NodeHostname={layout.host} NodeAddr=127.0.0.1"
    sizes = {"CPUs": str(layout.cores), "RealMemory": str(layout.memory)}
    size = " ".join(_words(sizes, layout.node))
    lines = _words(settings, layout.settings)
    for node, port in zip(layout.nodes, layout.node_ports, strict=True):
        gres = f"Gres=gpu:{layout.gpus} " if layout.gpus and node == layout.nodes[-1] else ""
        lines.append(f"NodeName={node} {here} Port={port} {size} {gres}State=UNKNOWN")
    for number, port in enumerate(layout.dead_ports, start=1):
        lines.append(
            f'NodeName=dead{number} {here} Port={port} {size} State=DOWN Reason="unplugged"'
        )
    alive = f"Nodes={','.join(layout.nodes)}"
    debug = {"Default": "YES", "DefaultTime": "00:05:00", "MaxTime": "00:30:00", "State": "UP"}
    lines += [
        f"PartitionName=debug {alive} {' '.join(_words(debug, layout.debug))}",
        f"PartitionName=long {alive} DefaultTime=01:00:00 MaxTime=2-00:00:00 State=UP",
        f"PartitionName=broken Nodes=dead[1-{len(layout.dead_ports)}] MaxTime=2-00:00:00 State=UP",
    ]
    if layout.gpus:
        lines.append(f"PartitionName=gpu Nodes={layout.nodes[-1]} MaxTime=04:00:00 State=UP")
    return "\n".join([*lines, *layout.lines]) + "\n"


def _words(ours: Mapping[str, str], theirs: Mapping[str, str]) -> list[str]:
    return [f"{key}={value}" for key, value in {**ours, **theirs}.items() if value]


def gres_conf(layout: Layout) -> str:
    """The text of gres.conf. Without files slurmd would count no GPU and drain the node."""
    files = ",".join(map(str, layout.gpu_files))
    return f"NodeName={layout.nodes[-1]} Name=gpu File={files}\n"
