"""Looks at all that a cluster needs of a site, and says what is wrong with it and how to repair that: for
``jupyter dask-slurm doctor`` and for the server.

Each `Check` is judged by pure functions (`host`, `slurm`, `node`) from what `Doctor` has looked at, and a job
of a minute (`job`) tells how it looks from a node. What a cluster is judged by is judged by the same rules
here: the form's findings, the registry's privacy, the Python's answer.
"""

from .check import Check, Outcome, report
from .doctor import Doctor

__all__ = ["Check", "Doctor", "Outcome", "report"]
