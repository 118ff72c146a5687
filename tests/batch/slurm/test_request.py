"""What a script asks Slurm for: of several lines for one option the last counts."""

from __future__ import annotations

from typing import Any

import pytest

from jupyter_dask_slurm.batch.slurm.request import read_request

GIB = 1024**3


def script(*directives: str) -> str:
    return "\n".join(["#!/bin/sh", *(f"#SBATCH {d}" for d in directives), "srun true\n"])


OWN = ("-n 1", "--cpus-per-task=2", "--mem=4G", "-t 00:30:00")
"""What dask-jobqueue writes by itself for options."""


@pytest.mark.parametrize(
    ("directives", "expected"),
    [
        ((), {"cores": 2, "memory": 4 * GIB, "walltime": 1800, "partition": None}),
        (("-p long",), {"partition": "long"}),
        (("-p", "long"), {"partition": None}),  # a line of its own: no value, sbatch refuses it
        (("-plong",), {"partition": "long"}),
        (("--partition=a", "--partition b,c"), {"partition": "b,c"}),
        (("--part=long",), {"partition": "long"}),
        (("--qos=long", "-A physics"), {"qos": "long", "account": "physics"}),
        (("-q long -A physics",), {"qos": "long", "account": "physics"}),
        (("--time=12:00:00",), {"walltime": 12 * 3600}),
        (("-t 1-0",), {"walltime": 86400}),
        (("--time=UNLIMITED",), {"walltime": None}),
        (("--cpus-per-task=8",), {"cores": 8}),
        (("--ntasks=4",), {"cores": 8}),
        (("--mem=500",), {"memory": 500 * 1024**2}),
        (("--mem=0",), {"memory": 0}),
        (("--mem=2GB",), {"memory": 2 * GIB}),
        (("--gpus=1",), {"gpus": {None: 1}}),
        (("-G a100:2",), {"gpus": {"a100": 2}}),
        (("-G 2080ti:2",), {"gpus": {"2080ti": 2}}),
        (("--gpus-per-node=a100:1,v100:1",), {"gpus": {"a100": 1, "v100": 1}}),
        (("--gpus-per-task=2", "--ntasks=2"), {"gpus": {None: 4}}),
        (("--gres=gpu:1", "--gpus=2"), {"gpus": {None: 2}}),
        (("--gres=gpu:1", "--gres=none"), {"gpus": {}}),
    ],
)
def test_the_last_line_counts(directives: tuple[str, ...], expected: dict[str, Any]) -> None:
    request = read_request(script(*OWN, *directives))
    assert {name: getattr(request, name) for name in expected} == expected


def test_memory_for_each_core() -> None:
    request = read_request(script("-n 1", "--cpus-per-task=4", "--mem-per-cpu=2G"))
    assert request.memory == 8 * GIB


def test_what_is_left_out_is_left_to_slurm() -> None:
    request = read_request(script())
    assert (request.cores, request.memory, request.walltime, request.gpus) == (None, None, None, {})


def test_what_cannot_be_read_is_left_open() -> None:
    request = read_request(script("--time=soon", "--mem=lots", "--gpus=", "-c some"))
    assert (request.walltime, request.memory, request.cores, request.gpus) == (None, None, None, {})


@pytest.mark.parametrize(
    ("directives", "environ", "expected"),
    [
        ((), {"SBATCH_PARTITION": "long"}, {"partition": "long"}),
        # sbatch would let the variable win; it is left out there, because a line was chosen and seen.
        (("-p debug",), {"SBATCH_PARTITION": "long"}, {"partition": "debug"}),
        ((), {"SBATCH_ACCOUNT": "physics", "SBATCH_QOS": ""}, {"account": "physics", "qos": None}),
        ((), {"SLURM_ACCOUNT": "physics"}, {"account": None}),
        ((), {"SBATCH_TIMELIMIT": "2:00:00"}, {"walltime": 1800}),
        ((), {"SBATCH_GPUS": "2"}, {"gpus": {None: 2}}),
        (("--clusters=wice",), {"SLURM_CLUSTERS": "genius"}, {"clusters": "wice"}),
        (("-M wice",), {}, {"clusters": "wice"}),
        ((), {"SLURM_CLUSTERS": "genius"}, {"clusters": "genius"}),
        ((), {"SLURM_CLUSTERS": "genius", "SBATCH_CLUSTERS": "wice"}, {"clusters": "wice"}),
        # --mem is among the lines: one of its rivals counts no more than another --mem.
        ((), {"SBATCH_MEM_PER_CPU": "1G"}, {"memory": 4 * GIB}),
    ],
)
def test_what_is_exported_fills_in_what_no_line_says(
    directives: tuple[str, ...], environ: dict[str, str], expected: dict[str, Any]
) -> None:
    request = read_request(script(*OWN, *directives), environ)
    assert {name: getattr(request, name) for name in expected} == expected


def test_which_variable_it_was() -> None:
    environ = {"SBATCH_ACCOUNT": "physics", "SBATCH_PARTITION": "long"}
    assert read_request(script("-p debug"), environ).exported == {"--account": "SBATCH_ACCOUNT"}


def test_said_twice() -> None:
    assert read_request(script(*OWN, "--time=12:00:00")).overruled == {"--time": ("00:30:00",)}
    assert read_request(script(*OWN, "-t 00:30:00")).overruled == {}
