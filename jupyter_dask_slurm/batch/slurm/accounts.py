"""What ``sacctmgr`` prints of a user's accounts and of QOS, read into values. Pure.

Seen with Slurm 22.05. ``-P`` puts a bar between columns; no name in accounting has one.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from ..base import Accounts, QosLimits
from .parse import parse_duration, parse_number

ASSOCIATION_FORMAT = "DefaultAccount,Account,DefaultQOS,QOS"
QOS_FORMAT = "Name,Flags,MaxWall,MaxTRES"

_OVERRIDE = "PartitionTimeLimit"
_SIZE = re.compile(r"(\d+(?:\.\d+)?)([KMGTP]?)")
_MIB = 1024**2


def parse_associations(text: str) -> Accounts:
    """The rows of ``sacctmgr -n -P show user <name> withassoc format=ASSOCIATION_FORMAT``: one for
    each account, or for each partition of an account."""
    accounts: dict[str, None] = {}
    qos: dict[str, None] = {}
    default_account = default_qos = None
    for row in text.splitlines():
        values = row.split("|")
        if len(values) != 4:
            continue
        default, account, own_default_qos, names = values
        default_account = default or None
        if not account:
            continue
        accounts[account] = None
        allowed = [name for name in names.split(",") if name]
        qos.update(dict.fromkeys(allowed))
        if account == default:
            # Slurm takes the only one where none is the default.
            only = allowed[0] if len(allowed) == 1 else None
            default_qos = own_default_qos or only
    return Accounts(
        accounts=tuple(accounts),
        default_account=default_account if default_account in accounts else None,
        qos=tuple(qos),
        default_qos=default_qos,
    )


def parse_qos(text: str, names: Collection[str]) -> dict[str, QosLimits]:
    """The rows of ``sacctmgr -n -P show qos format=QOS_FORMAT`` of those QOS."""
    found = {}
    for row in text.splitlines():
        values = row.split("|")
        if len(values) != 4 or values[0] not in names:
            continue
        name, flags, wall, tres = values
        most = _tres(tres)
        memory = most.get("mem")
        found[name] = QosLimits(
            max_walltime=parse_duration(wall) if wall else None,
            max_cores=parse_number(most.get("cpu", "")),
            max_memory=None if memory is None else parse_size(memory),
            max_gpus=_most_gpus(tres),
            overrides_partition=_OVERRIDE in flags.split(","),
        )
    return found


def parse_size(text: str) -> int | None:
    """Bytes of a size as accounting prints it: ``8G``, ``512M``, a bare number is MiB."""
    match = _SIZE.fullmatch(text)
    if match is None:
        return None
    return int(float(match[1]) * _MIB * 1024.0 ** ("KMGTP".index(match[2] or "M") - 1))


def _tres(text: str) -> Mapping[str, str]:
    """``cpu=4,mem=8G`` → each resource and how much of it."""
    return dict(pair.split("=", 1) for pair in text.split(",") if "=" in pair)


def _most_gpus(text: str) -> int | None:
    """The limit on GPUs of any type. ``gres/gpu=0`` forbids them; of one type alone it says nothing."""
    return parse_number(_tres(text).get("gres/gpu", ""))
