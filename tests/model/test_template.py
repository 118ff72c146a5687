"""What a cluster is made from: filled in at the right places, whatever else stands in the script."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_dask_slurm.errors import Unreadable
from jupyter_dask_slurm.model.template import FILLS, Piece, Template
from jupyter_dask_slurm.model.wire import read, write

ADDRESS = "tls://10.0.0.1:4321"
LOOKS_OPEN = (
    "[cluster]/cert.pem tls://[scheduler] {'fill': 'address'} address $address key.pem %s {}"
)
"""What a user may have written, and nobody may fill in."""

pieces = st.builds(Piece, st.text(), st.none() | st.sampled_from(FILLS))
templates = st.builds(
    Template,
    st.lists(pieces).map(tuple),
    st.none() | st.just("login1"),
    st.integers(0, 65535),
)


def test_files_and_address_are_filled_in_for_the_shell() -> None:
    template = Template(
        (
            Piece("worker ", "address"),
            Piece(" --key ", "key.pem"),
            Piece(" --cert ", "cert.pem"),
            Piece("\n"),
        )
    )
    script = template.filled("/home/a b's/c", ADDRESS)
    assert shlex.split(script) == [
        "worker",
        ADDRESS,
        "--key",
        "/home/a b's/c/key.pem",
        "--cert",
        "/home/a b's/c/cert.pem",
    ]
    assert (
        template.filled("/c", ADDRESS) == f"worker {ADDRESS} --key /c/key.pem --cert /c/cert.pem\n"
    )
    assert template.preview() == (
        "worker tls://[scheduler] --key [cluster]/key.pem --cert [cluster]/cert.pem\n"
    )


def test_an_address_is_one_word_that_no_file_can_match() -> None:
    script = Template((Piece("worker ", "address"),)).filled("/c", "tls://[::1]:4321")
    assert script == "worker 'tls://[::1]:4321'"


def test_what_looks_as_if_it_were_open_stays() -> None:
    template = Template((Piece(LOOKS_OPEN, "address"), Piece(LOOKS_OPEN)))
    assert template.filled("/c", ADDRESS) == LOOKS_OPEN + ADDRESS + LOOKS_OPEN
    assert template.preview() == f"{LOOKS_OPEN}tls://[scheduler]{LOOKS_OPEN}"


@settings(suppress_health_check=[HealthCheck.too_slow])  # of a busy machine
@given(templates)
def test_it_is_read_as_it_was_written(template: Template) -> None:
    assert read(Template, json.loads(json.dumps(write(template)))) == template


@pytest.mark.parametrize(
    ("data", "at"),
    [
        (None, ""),
        ({}, "script"),
        ({"script": "#!/bin/sh\n"}, "script"),
        ({"script": ["#!/bin/sh\n"]}, "script[0]"),
        ({"script": [{"fill": "address"}]}, "script[0].text"),
        ({"script": [{"text": "", "fill": "password"}]}, "script[0].fill"),
        ({"script": [{"text": "", "fill": ["address"]}]}, "script[0].fill"),
        ({"script": [], "scheduler_host": 7}, "scheduler_host"),
        ({"script": [], "scheduler_port": "4000"}, "scheduler_port"),
    ],
)
def test_of_what_is_not_understood_nothing_is_submitted(data: Any, at: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read(Template, data)
    assert str(caught.value).startswith(at)
