"""The errors of a batch system.

::

    BatchError
    ├── BatchRefused        it refused; nothing was changed
    │   ├── CommandFailed       a command of Slurm's ended with an error of its own
    │   └── TooManyJobs         it took some of the jobs, or none, because of their number
    └── BatchSilent         no answer; whether anything was changed is unknown
        ├── CommandTimeout      a command of Slurm's did not end in time and was ended by us
        └── SlurmctldSilent     a command of Slurm's ended because slurmctld did not answer it

A caller may repeat a refused request once its cause is gone. After `BatchSilent` it must poll the
queue before it repeats the request: an ``sbatch`` that timed out has been seen to leave a job in the queue.

The tree stands alone, not under `jupyter_dask_slurm.errors`, because the batch systems import
nothing but the standard library.
"""

from __future__ import annotations

from collections.abc import Sequence


class BatchError(Exception):
    """The batch system did not do what was asked; ``str()`` is fit to be shown to a user."""


class BatchRefused(BatchError):
    """The batch system refused. Nothing was changed; the message is in its own words."""


class BatchSilent(BatchError):
    """The batch system did not answer. Unknown is not dead: what was asked may have been done."""


class _CommandError(BatchError):
    """The command, its exit code and what it wrote; shared by the errors of a command that ended."""

    def __init__(self, argv: Sequence[str], exit_code: int, stderr: str) -> None:
        self.argv = tuple(argv)
        self.exit_code = exit_code
        self.stderr = stderr.strip()
        super().__init__(self.stderr or f"{self.argv[0]} ended with exit code {exit_code}")


class CommandFailed(_CommandError, BatchRefused):
    """A command ended with an error of its own, kept word for word in ``stderr``."""


class TooManyJobs(BatchRefused):
    """Of ``count`` jobs the batch system took ``taken``; ``cause`` is why it refused the next.

    There is room again when a job of the user's ends.
    """

    def __init__(self, taken: int, count: int, cause: BatchRefused) -> None:
        self.taken, self.count, self.cause = taken, count, cause
        some = f"{taken} of {count} jobs were accepted, and then: " if taken else ""
        super().__init__(f"{some}{cause}")


class SlurmctldSilent(_CommandError, BatchSilent):
    """A command ended because it could not reach slurmctld or got no answer from it."""


class CommandTimeout(BatchSilent):
    """A command did not end within ``limit`` seconds and was ended by us.

    ``stderr`` is what it had said until then: ``sbatch`` tells there what it is waiting for.
    """

    def __init__(self, argv: Sequence[str], limit: float, stderr: str = "") -> None:
        self.argv = tuple(argv)
        self.limit = limit
        self.stderr = stderr.strip()
        said = f": {self.stderr}" if self.stderr else ""
        super().__init__(f"{self.argv[0]} did not answer within {limit:g} s{said}")
