"""What a browser sends to a dashboard is told apart as bokeh itself writes it."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from bokeh.document import Document
from bokeh.protocol import Protocol

from jupyter_dask_slurm.server.bokeh_messages import ReadingOnly


class Frames(list[str | bytes]):
    """A connection that keeps what is sent."""

    class write_lock:
        @staticmethod
        async def acquire() -> contextlib.nullcontext[None]:
            return contextlib.nullcontext()

    async def write_message(
        self, frame: str | bytes, binary: bool = False, locked: bool = True
    ) -> None:
        self.append(frame)


async def frames(kind: str, *content: Any, buffers: int = 0) -> Frames:
    message = Protocol().create(kind, *content)
    if buffers:
        message.header["num_buffers"] = buffers
    sent = Frames()
    await message.send(sent)
    for number in range(buffers):
        sent += [f'{{"id": "{number}"}}', b"data"]
    return sent


async def test_only_what_asks_passes() -> None:
    reading = ReadingOnly()
    for sent, passes in (
        (await frames("PULL-DOC-REQ"), True),
        (await frames("PUSH-DOC", Document()), False),
        (await frames("SERVER-INFO-REQ"), True),
        (await frames("PUSH-DOC", Document(), buffers=2), False),
        (await frames("PULL-DOC-REQ"), True),
    ):
        assert len(sent) in (3, 7)
        assert [reading.passes(frame) for frame in sent] == [passes] * len(sent)


@pytest.mark.parametrize(
    "frame",
    [
        b"{}",
        "[]",
        "no json",
        '{"msgtype": "PULL-DOC-REQ", "num_buffers": -1}',
        '{"msgtype": "PULL-DOC-REQ", "num_buffers": true}',
        '{"msgtype": "PULL-DOC-REQ", "num_buffers": "1"}',
    ],
)
def test_where_no_message_begins_nothing_is_guessed(frame: str | bytes) -> None:
    with pytest.raises(ValueError, match=r"not the header|Expecting value"):
        ReadingOnly().passes(frame)
