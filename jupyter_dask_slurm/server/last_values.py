"""What the user entered last in the form of a new cluster, for the next one to begin with.

Kept here and not by JupyterLab, whose state comes with a workspace: that may be a file of somebody
else's, and some of these values are shell that runs as the user.
"""

from __future__ import annotations

from pathlib import Path

from ..cluster_files.json_file import read_json, write_json
from ..errors import InvalidOptions, Unavailable, Unreadable
from ..file_threads import FileSystemSilent, in_file_thread
from ..private_files import check_registry

FILE = "last-values.json"
MOST_FIELDS, LONGEST = 100, 20_000
"""Fields that are kept, and characters of each."""


class LastValues:
    """One private file in the registry's directory: the text of each field, by its name."""

    def __init__(self, directory: Path) -> None:
        self._file = directory / FILE

    async def get(self) -> dict[str, str]:
        """Return them; none where none were kept, or they cannot be read."""
        try:
            return await in_file_thread(self._file.parent, self._read)
        except FileSystemSilent:
            return {}

    async def put(self, values: object) -> None:
        """Keep these. Raises InvalidOptions, and `Unavailable` when they cannot be written."""
        try:
            await in_file_thread(self._file.parent, self._write, checked(values))
        except OSError as error:
            raise Unavailable(f"the values cannot be kept: {error}") from error

    def _read(self) -> dict[str, str]:
        try:
            check_registry(self._file.parent)
            return checked(read_json(self._file) or {})
        except (OSError, Unreadable, InvalidOptions):
            return {}

    def _write(self, values: dict[str, str]) -> None:
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        check_registry(self._file.parent)
        write_json(self._file, values)


def checked(values: object) -> dict[str, str]:
    """Return the values, if they are texts by field, and neither too many nor too long. Raise
    InvalidOptions."""
    if not isinstance(values, dict) or len(values) > MOST_FIELDS:
        raise InvalidOptions.of("body", f"at most {MOST_FIELDS} fields")
    for field, text in values.items():
        if not isinstance(text, str) or len(text) > LONGEST:
            raise InvalidOptions.of(field[:MOST_FIELDS], f"a text of at most {LONGEST} characters")
    return values
