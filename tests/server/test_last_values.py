"""What was entered last in the form: kept on the server, in a private file."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import pytest

from jupyter_dask_slurm.server.last_values import FILE, LONGEST

from .conftest import Api, LauncherNeverReady
from .test_rest_api import conforms

VALUES = {"cores": "4", "job_script_prologue": "module load python", "python": "/opt/python"}


@pytest.fixture
def launcher() -> LauncherNeverReady:
    return LauncherNeverReady()


async def test_they_are_kept_for_the_user_alone(api: Api, state_dir: Path) -> None:
    assert (await api("GET", "last-values")).json == {}
    assert (await api("PUT", "last-values", body=VALUES)).status == 204
    answer = (await api("GET", "last-values")).json
    assert answer == VALUES
    conforms(answer, "LastValues", closed=False)
    assert stat.S_IMODE((state_dir / FILE).stat().st_mode) == 0o600
    assert (await api("GET", "clusters")).json == []  # it is no cluster


async def test_what_others_could_have_written_is_none(api: Api, state_dir: Path) -> None:
    await api("PUT", "last-values", body=VALUES)
    kept = state_dir / FILE
    kept.chmod(0o606)
    assert (await api("GET", "last-values")).json == {}
    kept.rename(state_dir / "elsewhere")
    kept.symlink_to(state_dir / "elsewhere")
    assert (await api("GET", "last-values")).json == {}
    kept.unlink()
    kept.write_text('{"cores": 4}')
    assert (await api("GET", "last-values")).json == {}


@pytest.mark.parametrize(
    "body",
    [{"cores": 4}, {"cores": "x" * (LONGEST + 1)}, {str(n): "" for n in range(101)}],
)
async def test_what_is_no_text_too_long_or_too_much_is_refused(api: Api, body: Any) -> None:
    answer = await api("PUT", "last-values", body=body)
    assert (answer.status, answer.json["reason"]) == (400, "InvalidOptions")


async def test_where_they_cannot_be_kept_it_is_said(api: Api, state_dir: Path) -> None:
    await api("PUT", "last-values", body=VALUES)
    os.chmod(state_dir, 0o707)
    answer = await api("PUT", "last-values", body=VALUES)
    assert (answer.status, answer.json["reason"]) == (503, "Unavailable")
    assert f"chmod go-w {state_dir}" in answer.json["message"]
    assert (await api("GET", "last-values")).json == {}
    os.chmod(state_dir, 0o700)
