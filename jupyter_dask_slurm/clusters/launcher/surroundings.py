"""What will end a controller that is started beside its caller, as far as that is sure.

A controller has a session of its own and outlives its parent, but it leaves no control group:
whatever ends the group (Slurm a job, systemd a service, a runtime its container) ends it too.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

_JOB = re.compile(r"/(?:slurm|slurmstepd\.scope|[^/]*_slurmstepd\.scope)(?:/uid_\d+)?/job_(\d+)\b")
_SPARING = re.compile(r"(ssh|sshd|sshd@.*|cron|crond|atd|slurmd)\.service")
"""Units that leave what they started alone (``KillMode=process``) when they stop."""
_CONTAINER = re.compile(
    r"/(?:docker|libpod|crio|cri-containerd|containerd)[-/](?:conmon-)?[0-9a-f]{12,64}"
)
_MOUNTS = re.compile(r"/docker/containers/[0-9a-f]{64}/|/overlay-containers/[0-9a-f]{64}/userdata/")
_POD = re.compile(r"/kubepods|/kubelet/pods/")


def ends_with(
    environ: Mapping[str, str], cgroup: str = "", mounts: str = "", *, job_helps: bool = True
) -> str | None:
    """With what a local controller would end, in words for the user; None when nothing is known.

    ``cgroup`` and ``mounts`` are ``/proc/self/cgroup`` and ``/proc/self/mountinfo``. ``job_helps``
    says that a controller in a job of its own is to be had here, and may be advised.
    """
    what = _what(environ, cgroup, mounts)
    if what is None:
        return None
    advice = " One whose controller is placed in a job of its own goes on." if job_helps else ""
    return what + advice


def ends_with_this(
    environ: Mapping[str, str] = os.environ, *, job_helps: bool = True
) -> str | None:
    """The same for a controller that this process would start."""
    texts = (_read("cgroup"), _read("mountinfo"))
    return ends_with(environ, *texts, job_helps=job_helps)


def _what(environ: Mapping[str, str], cgroup: str, mounts: str) -> str | None:
    paths = [line.split(":", 2)[2] for line in cgroup.splitlines() if line.count(":") >= 2]
    tracked = next((match[1] for path in paths if (match := _JOB.search(path))), None)
    # The control group knows better than the environment, which a shell may have kept.
    if job := tracked or environ.get("SLURM_JOB_ID"):
        return (
            f"Jupyter itself runs inside the Slurm job {job}: a cluster started here ends when that "
            "job ends."
        )
    if (
        environ.get("KUBERNETES_SERVICE_HOST")
        or any(map(_POD.search, paths))
        or _POD.search(mounts)
    ):
        return (
            "Jupyter itself runs inside a Kubernetes pod: a cluster started here ends when that pod "
            "ends."
        )
    if any(map(_CONTAINER.search, paths)) or _MOUNTS.search(mounts):
        return (
            "Jupyter itself runs inside a container: a cluster started here ends when that container "
            "is stopped."
        )
    if service := next(filter(None, map(_service, paths)), None):
        return (
            f"Jupyter itself runs inside the systemd service {service}: a cluster started here ends "
            "when that service is stopped, unless its KillMode spares it."
        )
    return None


def _service(path: str) -> str | None:
    """The service that a process of that control group belongs to, if stopping it ends the process.

    Of a scope nothing is said: a login session's processes end with it only where the administrator
    wants that (``KillUserProcesses``).
    """
    units = [part for part in path.split("/") if part.endswith((".service", ".scope"))]
    unit = units[-1] if units else ""
    return unit if unit.endswith(".service") and not _SPARING.fullmatch(unit) else None


def _read(name: str) -> str:
    try:
        return Path("/proc/self", name).read_text(errors="replace")
    except OSError:
        return ""
