"""As many jobs as Slurm takes, and how many commands it takes to find out."""

from __future__ import annotations

import pytest

from jupyter_dask_slurm.batch.errors import BatchRefused, BatchSilent, TooManyJobs
from jupyter_dask_slurm.batch.slurm.submit import Submitter

SUBMIT_LIMIT = (
    "sbatch: error: QOSMaxSubmitJobPerUserLimit\\nsbatch: error: Batch job submission failed: Job "
    "violates accounting/QOS policy (job submit limit, user's size and/or time limits)"
)


class Slurmctld:
    """Takes ``room`` jobs in arrays of ``largest`` at most, and refuses what is more."""

    def __init__(
        self, *, room: int = 10_000, largest: int = 10_000, words: str = SUBMIT_LIMIT
    ) -> None:
        self.room, self.largest, self.words = room, largest, words
        self.asked: list[int | None] = []

    async def sbatch(self, part: int | None) -> str:
        self.asked.append(part)
        count = 1 if part is None else part
        if count > self.room:
            raise BatchRefused(self.words)
        if part is not None and part > self.largest:
            raise BatchRefused("arrays are not available in this queue")
        self.room -= count
        return str(100 + len(self.asked))


@pytest.mark.parametrize(
    ("count", "limit", "asked"), [(1000, None, [1000]), (1, None, [1]), (5, 2, [2, 2, 1])]
)
async def test_arrays_as_large_as_may_be(count: int, limit: int | None, asked: list[int]) -> None:
    slurm = Slurmctld()
    submission = await Submitter().submit(slurm.sbatch, count, largest=limit)
    assert (len(submission.ids), submission.error) == (count, None)
    assert slurm.asked == asked


@pytest.mark.parametrize("limit", [0, 1])
async def test_single_jobs_where_there_are_no_arrays(limit: int) -> None:
    slurm = Slurmctld(largest=0)
    submission = await Submitter().submit(slurm.sbatch, 3, largest=limit)
    assert (submission.ids, slurm.asked) == (("101", "102", "103"), [None] * 3)


async def test_where_a_plugin_refuses_even_an_array_of_one_it_is_asked_for_no_other() -> None:
    slurm, submitter = Slurmctld(largest=0), Submitter()
    assert (await submitter.submit(slurm.sbatch, 1, largest=None)).ids == ("102",)
    assert (await submitter.submit(slurm.sbatch, 2, largest=None)).ids == ("103", "104")
    assert slurm.asked == [1, None, None, None]


@pytest.mark.parametrize(
    ("room", "count"), [(4, 5), (2, 12), (1, 2), (7, 1000), (999, 1000), (100, 200)]
)
async def test_as_many_as_fit(room: int, count: int) -> None:
    slurm = Slurmctld(room=room)
    submission = await Submitter().submit(slurm.sbatch, count, largest=None)
    assert len(set(submission.ids)) == room
    assert slurm.room == 0
    assert isinstance(submission.error, TooManyJobs)
    assert (
        str(submission.error) == f"{room} of {count} jobs were accepted, and then: {SUBMIT_LIMIT}"
    )
    assert len(slurm.asked) <= 2 * count.bit_length() + 6


async def test_no_room_at_all_is_a_matter_of_number_too() -> None:
    slurm = Slurmctld(room=0)
    submission = await Submitter().submit(slurm.sbatch, 1, largest=None)
    assert isinstance(submission.error, TooManyJobs)
    assert str(submission.error) == SUBMIT_LIMIT


async def test_room_that_comes_later_is_used_in_one_piece() -> None:
    submitter, slurm = Submitter(), Slurmctld(room=4)
    await submitter.submit(slurm.sbatch, 100, largest=None)
    slurm.room, slurm.asked = 96, []
    await submitter.submit(slurm.sbatch, 96, largest=None)
    assert slurm.asked == [96]


@pytest.mark.parametrize(("largest", "parts"), [(2, [2, 2]), (0, [None] * 4)])
async def test_a_smaller_array_is_found_and_remembered(
    largest: int, parts: list[int | None]
) -> None:
    """The site's words for it are its own: it is found out, once."""
    submitter, slurm = Submitter(), Slurmctld(largest=largest)
    submission = await submitter.submit(slurm.sbatch, 5, largest=None)
    assert (len(submission.ids), submission.error) == (5, None)
    slurm.asked = []
    assert len((await submitter.submit(slurm.sbatch, 4, largest=None)).ids) == 4
    assert slurm.asked == parts


async def test_what_is_not_a_matter_of_number_costs_two_commands() -> None:
    slurm = Slurmctld(room=0, words="our plugin likes no jobs of yours")
    submission = await Submitter().submit(slurm.sbatch, 1000, largest=None)
    assert submission.ids == ()
    assert str(submission.error) == "our plugin likes no jobs of yours"
    assert slurm.asked == [1000, None]


async def test_what_slurm_names_itself_costs_one() -> None:
    slurm = Slurmctld(room=0, words="sbatch: error: Invalid qos specification")
    submission = await Submitter().submit(slurm.sbatch, 1000, largest=None)
    assert str(submission.error) == "sbatch: error: Invalid qos specification"
    assert slurm.asked == [1000]


async def test_an_answer_that_does_not_come_ends_it() -> None:
    async def sbatch(part: int | None) -> str:
        raise BatchSilent("Socket timed out")

    submission = await Submitter().submit(sbatch, 5, largest=None)
    assert isinstance(submission.error, BatchSilent)
