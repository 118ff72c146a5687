"""What will end a local controller: only what is sure is said."""

from __future__ import annotations

import pytest

from jupyter_dask_slurm.clusters.launcher.surroundings import ends_with, ends_with_this

HEX = "3f9a12bc" * 8
UID = "8d6bb1a5-9a1c-4c0e-8f61-5c1f2f3d4e5a"

SLURM_V1 = """\
11:memory:/slurm/uid_1000/job_4711/step_batch/task_0
10:freezer:/slurm/uid_1000/job_4711/step_batch
9:cpuset:/slurm/uid_1000/job_4711/step_batch
1:name=systemd:/system.slice/slurmd.service
"""
SLURM_V2 = "0::/system.slice/slurmstepd.scope/job_4711/step_batch/user/task_0\n"
SLURM_V2_MANY = "0::/system.slice/n1_slurmstepd.scope/job_4711/step_extern/user/task_special\n"
SYSTEMDSPAWNER = "0::/system.slice/jupyter-alice-singleuser.service\n"
SYSTEMDSPAWNER_V1 = """\
12:pids:/system.slice/jupyter-alice-singleuser.service
2:cpu,cpuacct:/
1:name=systemd:/system.slice/jupyter-alice-singleuser.service
0::/system.slice/jupyter-alice-singleuser.service
"""
USER_UNIT = "0::/user.slice/user-1000.slice/user@1000.service/app.slice/jupyter.service\n"
TERMINAL = (
    "0::/user.slice/user-1000.slice/user@1000.service/app.slice/"
    "app-org.gnome.Terminal.slice/vte-spawn-1f0a.scope\n"
)
LOGIN = "0::/user.slice/user-1000.slice/session-3.scope\n"
LOGIN_V1 = """\
8:memory:/user.slice/user-1000.slice/session-3.scope
1:name=systemd:/user.slice/user-1000.slice/session-3.scope
"""
SSHD = "0::/system.slice/ssh.service\n"
SSHD_SOCKET = "0::/system.slice/system-sshd.slice/sshd@4-10.0.0.1:22-10.0.0.9:4242.service\n"
DOCKER_V1 = f"4:memory:/docker/{HEX}\n1:name=systemd:/docker/{HEX}\n"
DOCKER_V2_HOST_NAMESPACE = f"0::/system.slice/docker-{HEX}.scope\n"
PODMAN = f"0::/machine.slice/libpod-{HEX}.scope/container\n"
POD_V1 = f"4:memory:/kubepods/burstable/pod{UID}/{HEX}\n"
POD_V2 = (
    f"0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod{UID.replace('-', '_')}"
    f".slice/cri-containerd-{HEX}.scope\n"
)
NAMESPACED = "0::/\n"
DOCKER_MOUNTS = (
    f"612 590 254:1 /var/lib/docker/containers/{HEX}/hosts /etc/hosts rw - ext4 /dev/vda1 rw\n"
)
POD_MOUNTS = f"731 700 8:1 /var/lib/kubelet/pods/{UID}/etc-hosts /etc/hosts rw - ext4 /dev/sda rw\n"
PLAIN_MOUNTS = "22 1 254:1 / / rw,relatime - ext4 /dev/vda1 rw\n"


@pytest.mark.parametrize(
    ("environ", "cgroup", "mounts", "words"),
    [
        ({"SLURM_JOB_ID": "4711"}, "", "", "the Slurm job 4711"),
        ({"SLURM_JOB_ID": "4711"}, LOGIN, "", "the Slurm job 4711"),
        ({}, SLURM_V1, PLAIN_MOUNTS, "the Slurm job 4711"),
        ({}, SLURM_V2, PLAIN_MOUNTS, "the Slurm job 4711"),
        ({}, SLURM_V2_MANY, PLAIN_MOUNTS, "the Slurm job 4711"),
        ({"SLURM_JOB_ID": "1"}, SLURM_V2, "", "the Slurm job 4711"),
        ({}, SYSTEMDSPAWNER, "", "the systemd service jupyter-alice-singleuser.service"),
        ({}, SYSTEMDSPAWNER_V1, "", "the systemd service jupyter-alice-singleuser.service"),
        ({}, USER_UNIT, "", "the systemd service jupyter.service"),
        ({}, DOCKER_V1, "", "inside a container"),
        ({}, DOCKER_V2_HOST_NAMESPACE, "", "inside a container"),
        ({}, PODMAN, "", "inside a container"),
        ({}, NAMESPACED, DOCKER_MOUNTS, "inside a container"),
        ({}, POD_V1, "", "a Kubernetes pod"),
        ({}, POD_V2, "", "a Kubernetes pod"),
        ({}, NAMESPACED, POD_MOUNTS, "a Kubernetes pod"),
        ({"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, NAMESPACED, "", "a Kubernetes pod"),
    ],
)
def test_what_ends_it(environ: dict[str, str], cgroup: str, mounts: str, words: str) -> None:
    said = ends_with(environ, cgroup, mounts)
    assert said is not None
    assert words in said
    assert "in a job of its own" in said
    alone = ends_with(environ, cgroup, mounts, job_helps=False)
    assert alone is not None
    assert said.startswith(alone)
    assert "in a job of its own" not in alone


@pytest.mark.parametrize(
    "cgroup",
    [LOGIN, LOGIN_V1, TERMINAL, SSHD, SSHD_SOCKET, NAMESPACED, "", "garbage\n", "4:memory\n"],
)
def test_of_what_may_spare_it_nothing_is_said(cgroup: str) -> None:
    assert ends_with({"HOME": "/home/alice"}, cgroup, PLAIN_MOUNTS) is None


def test_this_process_can_be_asked() -> None:
    said = ends_with_this({"SLURM_JOB_ID": "4711"}, job_helps=False)
    assert said is not None
    assert "Slurm job" in said
