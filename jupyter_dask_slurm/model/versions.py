"""Versions that differ between the processes of a cluster and its clients. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

Versions = Mapping[str, "str | None"]
"""By package, as `distributed.versions.get_versions` has them; None is not installed."""
PICKLED = ("python", "dask", "distributed", "cloudpickle", "msgpack")
"""What functions and messages are made and read with: with two versions of one of them, they may be
unreadable on the other side. Other packages matter to the data that are theirs."""
ADVICE = (
    "Functions and data are pickled between them, and tasks may fail (KilledWorker). Choose the "
    "environment of the cluster as the notebook's kernel, or that of the kernel for a new cluster."
)


class Difference(NamedTuple):
    """A package that one process has in another version than the ``scheduler``."""

    package: str
    own: str
    scheduler: str

    @property
    def breaks(self) -> bool:
        """Whether anything at all may be unreadable."""
        return self.package in PICKLED


def differences(own: Versions, scheduler: Versions) -> list[Difference]:
    """Return what differs, what breaks first. What one of them does not tell is left out; releases of one
    minor version of Python read each other."""
    found = [
        Difference(package, _text(own[package]), _text(scheduler[package]))
        for package in sorted(own.keys() & scheduler.keys())
        if _compared(package, own[package]) != _compared(package, scheduler[package])
    ]
    return sorted(found, key=lambda each: (not each.breaks, each.package != "python"))


def in_words(who: str, found: list[Difference]) -> str:
    """Return "the client has python 3.11.7 and dask 2026.1.0, the scheduler python 3.13.1 and …"."""
    own = " and ".join(f"{each.package} {each.own}" for each in found)
    scheduler = " and ".join(f"{each.package} {each.scheduler}" for each in found)
    return f"{who} {own}, the scheduler {scheduler}"


def _compared(package: str, version: str | None) -> str | None:
    if package == "python" and version is not None:
        return ".".join(version.split(".")[:2])
    return version


def _text(version: str | None) -> str:
    """Return a version for people: Python's own has a word and a number behind it (``3.13.1.final.0``)."""
    return "none" if version is None else version.partition(".final")[0]
