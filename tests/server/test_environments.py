"""Environments from kernel specs."""

from __future__ import annotations

import sys

from jupyter_dask_slurm.server.environments import find_environments

from .conftest import Api

OWN = sys.executable


def spec(*argv: str, language: str = "python", display_name: str = "x") -> dict[str, object]:
    return {"spec": {"argv": list(argv), "language": language, "display_name": display_name}}


def test_interpreters_of_python_kernels() -> None:
    found = find_environments(
        {
            "python3": spec("python", "-m", "ipykernel_launcher", display_name="Python 3"),
            "torch": spec("/opt/torch/bin/python3.12", "-m", "ipykernel", display_name="Torch"),
            "torch2": spec("/opt/torch/bin/python3.12", "-m", "ipykernel", display_name="Again"),
            "julia": spec("/opt/julia/bin/julia", language="julia"),
            "conda": spec("/opt/conda/bin/conda", "run", "python"),
            "empty": spec(),
            "broken": {},
        }
    )
    assert found == [
        {"name": "python3", "display_name": "Python 3 (Jupyter's own)", "python": OWN},
        {"name": "torch", "display_name": "Torch", "python": "/opt/torch/bin/python3.12"},
    ]


def test_the_servers_own_is_there_without_kernels() -> None:
    assert find_environments({}) == [
        {"name": "server", "display_name": "Jupyter's own", "python": OWN}
    ]


async def test_they_are_answered(api: Api) -> None:
    answer = await api("GET", "environments")
    assert answer.status == 200
    assert OWN in [environment["python"] for environment in answer.json]
