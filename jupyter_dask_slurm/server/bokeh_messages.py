"""What a browser says to a dashboard, as far as it only reads. Pure."""

from __future__ import annotations

import json

_READING = frozenset({"PULL-DOC-REQ", "SERVER-INFO-REQ"})
"""The messages that ask for a page's document, and for the server's version. What else a browser sends
(``PATCH-DOC``, ``PUSH-DOC``) changes documents, and calls back into the scheduler."""


class ReadingOnly:
    """Tells of each frame that a browser sends over bokeh's websocket whether it belongs to a message
    that only reads.

    A message is a header, metadata and content, and as many pairs of frames as its header has buffers
    (``bokeh.protocol.message``).
    """

    def __init__(self) -> None:
        self._left = 0
        self._reads = False

    def passes(self, frame: str | bytes) -> bool:
        """Return whether the frame may pass. Raise ValueError for what is no message: where the next one
        begins is not known then."""
        if self._left:
            self._left -= 1
            return self._reads
        header = json.loads(frame) if isinstance(frame, str) else None
        if not isinstance(header, dict):
            raise ValueError("not the header of a message")
        buffers = header.get("num_buffers", 0)
        if type(buffers) is not int or buffers < 0:
            raise ValueError("not the header of a message")
        self._left = 2 + 2 * buffers
        self._reads = header.get("msgtype") in _READING
        return self._reads
