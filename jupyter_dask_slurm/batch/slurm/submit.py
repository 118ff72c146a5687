"""How many jobs are asked for at once: one array where Slurm takes it, else as many as it takes.

Slurm takes an array whole or not at all. It refuses one for its size (``MaxArraySize``,
``max_array_tasks``), because the user would have more jobs than an association or a QOS allows, or
because the site allows no arrays, not even of one; a plugin may say so in any words. So, unless Slurm's
own words name something else, a refused array is followed by a single job: if that is refused, too, the
number was not the reason.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from ..base import Submission
from ..errors import BatchError, BatchRefused, BatchSilent, TooManyJobs

_SINGLES_AT_ONCE = 4
_SUBMIT_LIMIT_WORDS = ("submit limit", "SubmitJob", "sleeping and retrying")
"""In a refusal for the number of jobs that there are: larger arrays may be possible another time."""
_ANOTHER_REASON = (
    "invalid partition",
    "Invalid account",
    "Invalid qos",
    "Invalid feature",
    "Invalid generic resource",
    "Memory specification can not be satisfied",
    "Requested node configuration is not available",
    "Requested partition configuration not available",
    "Requested time limit is invalid",
    "Required partition not available",
    "User's group not permitted",
    "Access/permission denied",
    "unrecognized option",
)
"""In refusals that have nothing to do with how many jobs there are (``slurm_errno`` of Slurm 22.05)."""

Sbatch = Callable[[int | None], Awaitable[str]]
"""Submit an array of so many tasks, or with None a single job; return its id. Raise BatchError."""


class Submitter:
    """Submits jobs to one Slurm, and remembers how large an array may be."""

    def __init__(self) -> None:
        self._largest: int | None = None

    async def submit(self, sbatch: Sbatch, count: int, *, largest: int | None) -> Submission:
        """Ask for ``count`` jobs. ``largest`` is the site's limit of an array; below 2 there are none.

        Of a refused array as many tasks as Slurm takes are found by halving: with about twice the
        logarithm of ``count`` commands, and with two where the number is not the reason.
        """
        ids: list[str] = []
        try:
            await self._submit(sbatch, count, largest, ids)
        except BatchRefused as error:
            if ids or _is_for_their_number(error):
                error = TooManyJobs(len(ids), count, error)
            return Submission(tuple(ids), error)
        except BatchError as error:
            return Submission(tuple(ids), error)
        return Submission(tuple(ids))

    async def _submit(
        self, sbatch: Sbatch, count: int, largest: int | None, ids: list[str]
    ) -> None:
        """Add the ids of the jobs to ``ids`` as they come. Raise BatchError."""
        limits = [limit for limit in (largest, self._largest) if limit is not None]
        size, refused = min([count, *limits]), False
        arrays = not limits or min(limits) > 1
        while arrays and (left := count - len(ids)):
            part = min(size, left)
            try:
                array = await sbatch(part)
            except BatchRefused as error:
                if any(words in str(error) for words in _ANOTHER_REASON):
                    raise
                if part == 1 and (refused or _is_for_their_number(error)):
                    raise
                if not refused:
                    ids.append(await sbatch(None))
                    refused = True
                size = part // 2
                arrays = size > 1
                if not _is_for_their_number(error):
                    self._largest = size
            else:
                ids += [f"{array}_{index}" for index in range(part)]
        await _submit_singles(sbatch, count, ids)


def _is_for_their_number(error: BatchRefused) -> bool:
    return any(words in str(error) for words in _SUBMIT_LIMIT_WORDS)


async def _submit_singles(sbatch: Sbatch, count: int, ids: list[str]) -> None:
    """Run one command for each job, a few at a time, until there are ``count`` ids or an error."""
    left = count - len(ids)
    found: list[str] = []
    errors: list[BatchError] = []

    async def submit_some() -> None:
        nonlocal left
        while left > 0 and not errors:
            left -= 1
            try:
                found.append(await sbatch(None))
            except BatchError as error:
                errors.append(error)

    await asyncio.gather(*(submit_some() for _ in range(min(left, _SINGLES_AT_ONCE))))
    ids += sorted(found, key=int)
    if errors:
        # A silent one if there is any: only then the caller looks for jobs without an id.
        raise min(errors, key=lambda error: not isinstance(error, BatchSilent))
