"""Who submits jobs here, and which partitions do not take them, whatever they ask for. Pure but for
`this_user`.

Tried with Slurm 22.05: it refuses all of these at once, whatever ``EnforcePartLimits`` says.
"""

from __future__ import annotations

import contextlib
import grp
import os
import pwd
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass

from ..site import some


@dataclass(frozen=True)
class Submitter:
    """The user and the host that jobs are submitted from."""

    uid: int
    groups: frozenset[str] | None = None
    """The names of the user's Unix groups; None where they are not known."""
    hosts: frozenset[str] = frozenset()
    """The names of this host."""


def this_user() -> Submitter:
    """Return who this process is. Blocks: groups may be kept by another host."""
    host = socket.gethostname()
    return Submitter(
        uid=os.getuid(),
        groups=_groups(),
        hosts=frozenset({host, host.partition(".")[0]}),
    )


def _groups() -> frozenset[str] | None:
    try:
        user = pwd.getpwuid(os.getuid())
        ids = {*os.getgrouplist(user.pw_name, user.pw_gid), *os.getgroups()}
    except (KeyError, OSError):
        return None
    names = set()
    for number in ids:
        with contextlib.suppress(KeyError):
            names.add(grp.getgrgid(number).gr_name)
    return frozenset(names)


def access(
    fields: Mapping[str, str], submitter: Submitter, *, slurm_user: int | None
) -> tuple[str | None, str | None]:
    """Return why a partition refuses every job of the submitter's, and why it may; None if it does not.

    ``fields`` are those of ``scontrol show partition``. Root and Slurm's own user may use what others may
    not. Which name slurmctld has for a host depends on
    its own name service, so that ``AllocNodes`` is never sure to exclude this one.
    """
    refuses = may_refuse = None
    privileged = submitter.uid in (0, slurm_user)
    if fields.get("RootOnly") == "YES" and not privileged:
        refuses = "takes jobs of root alone"
    elif fields.get("DisableRootJobs") == "YES" and submitter.uid == 0:
        refuses = "takes no jobs of root"
    groups = _named(fields.get("AllowGroups"))
    if groups and not privileged:
        those = f"the group{'s' if len(groups) > 1 else ''} {some(groups)}"
        if submitter.groups is None:
            may_refuse = f"takes jobs of {those} alone"
        elif submitter.groups.isdisjoint(groups):
            refuses = refuses or f"takes jobs of {those} alone, and you are not among them"
    hosts = _named(fields.get("AllocNodes"))
    if hosts and not any(is_in_hostlist(host, fields["AllocNodes"]) for host in submitter.hosts):
        this = min(submitter.hosts, key=len, default="another")
        may_refuse = f"takes jobs from {some(hosts)} alone, and this host is {this}"
    return refuses, may_refuse


def _named(text: str | None) -> tuple[str, ...]:
    """Read a list of names or hosts, in which ALL stands for no restriction."""
    return () if text in (None, "ALL", "(null)") else tuple(_entries(text))


def _entries(text: str) -> list[str]:
    """Split at the commas that are in no brackets."""
    return re.findall(r"(?:[^,\[]|\[[^\]]*\])+", text)


def is_in_hostlist(host: str, text: str) -> bool:
    """Return whether a host is in a list as Slurm writes it: ``login1,n[01-16,20],r[1-2]n[1-4]``."""
    return any(_is_entry(host, entry) for entry in _entries(text))


def _is_entry(host: str, entry: str) -> bool:
    parts = re.split(r"\[([^\]]*)\]", entry)  # text and ranges by turns
    pattern = r"(\d+)".join(re.escape(part) for part in parts[::2])
    match = re.fullmatch(pattern, host)
    return match is not None and all(map(_is_in_ranges, match.groups(), parts[1::2]))


def _is_in_ranges(number: str, ranges: str) -> bool:
    """``01-16,20``: the digits of the first number are how many there are at least."""
    for part in ranges.split(","):
        first, _, last = part.partition("-")
        if first.isdecimal() and (last or first).isdecimal():
            padded = f"{int(number):0{len(first)}d}" == number
            if padded and int(first) <= int(number) <= int(last or first):
                return True
    return False
