"""Shows how far something is, where somebody can see it: in a line of the terminal that is written over, in
the output of a notebook's cell, or, where output goes to a file, in a line for each change."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Any, Protocol, TextIO


class Progress:
    """Used in a ``with``: what was shown last goes when all went well, and stays with an error."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._screen: _Screen = _Lines(sys.stderr if stream is None else stream)
        if stream is None and (cell := _cell()) is not None:
            self._screen = cell
        self._shown = ""

    def __enter__(self) -> Progress:
        return self

    def show(self, text: str) -> None:
        if text != self._shown:
            self._shown = text
            self._screen.show(text)

    def clear(self) -> None:
        """Leave the place to what is printed next."""
        if self._shown:
            self._screen.end(clear=True)
            self._shown = ""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._shown:
            self._screen.end(clear=error is None)


class _Screen(Protocol):
    def show(self, text: str) -> None: ...

    def end(self, *, clear: bool) -> None: ...


class _Lines:
    """A terminal, or a file."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._terminal = stream.isatty()

    def show(self, text: str) -> None:
        self._stream.write(f"\r\x1b[K{text}" if self._terminal else f"{text}\n")
        self._stream.flush()

    def end(self, *, clear: bool) -> None:
        if self._terminal:
            self._stream.write("\r\x1b[K" if clear else "\n")
            self._stream.flush()


class _Cell:
    """The output of the cell that is executed."""

    def __init__(self, display: Any) -> None:
        self._display = display
        self._handle: Any = None

    def show(self, text: str) -> None:
        data = {"text/plain": text}
        if self._handle is None:
            self._handle = self._display(data, raw=True, display_id=True)
        else:
            self._handle.update(data, raw=True)

    def end(self, *, clear: bool) -> None:
        if clear:
            self._handle.update({"text/plain": ""}, raw=True)


def _cell() -> _Cell | None:
    """Return the output of a notebook's cell, if there is one."""
    if "ipykernel" not in sys.modules:
        return None
    from IPython import get_ipython
    from IPython.display import display

    shell = get_ipython()
    return _Cell(display) if getattr(shell, "kernel", None) is not None else None
