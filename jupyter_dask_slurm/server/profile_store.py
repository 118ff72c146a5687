"""The profiles of a user: the administrator's, those of dask's configuration, and the user's own."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..cluster_files.json_file import locked, read_json, write_json
from ..errors import (
    InvalidOptions,
    ProfileNotFound,
    RendererFailed,
    Unavailable,
    Unreadable,
    WrongState,
)
from ..file_threads import in_file_thread
from ..job_script.client import Renderer
from ..model.profile import Profile, profile_name
from ..model.wire import known

FILE = "profiles.json"


class Profiles:
    """Used by the manager. The user's own are in one private file of the registry's directory, which
    other servers write, too: it is read anew for each question."""

    def __init__(
        self,
        directory: Path,
        of_administrator: tuple[Profile, ...],
        renderer: Renderer,
        log: logging.Logger | logging.LoggerAdapter[Any],
    ) -> None:
        self._directory = directory
        self._file = ProfileFile(directory / FILE, log)
        self._of_administrator = of_administrator
        self._renderer = renderer
        self._log = log
        self._told: set[str] = set()

    async def all(self) -> list[Profile]:
        """In the order of their sources; a user's one hides others of that name. Waits for the
        renderer, and goes without what that cannot tell. Raises FileSystemSilent."""
        own = await in_file_thread(self._directory, self._file.read)
        hidden = {profile.name for profile in own}
        others = [*self._of_administrator, *await self._configured()]
        return [*(profile for profile in others if profile.name not in hidden), *own]

    async def save(self, name: str, body: object) -> Profile:
        """Add or replace one of the user's own. Raises InvalidOptions, and `Unavailable` when it
        cannot be written."""
        profile = Profile.from_json(name, body, source="user")

        def add(entries: dict[str, Any]) -> None:
            entries[profile.name] = profile.body()

        await self._change(add)
        return profile

    async def delete(self, name: str) -> None:
        """Remove one of the user's own; another of that name shows again. Raises ProfileNotFound,
        WrongState when it is not the user's, and `Unavailable`."""
        name = profile_name(name)
        others = {profile.name for profile in await self.all() if profile.source != "user"}

        def remove(entries: dict[str, Any]) -> None:
            if entries.pop(name, None) is None:
                if name in others:
                    raise WrongState(
                        f"the profile {name!r} is the site's: it cannot be deleted here"
                    )
                raise ProfileNotFound(f"there is no profile {name!r}")

        await self._change(remove)

    async def _change(self, change: Callable[[dict[str, Any]], None]) -> None:
        try:
            await in_file_thread(self._directory, self._file.change, change)
        except OSError as error:
            raise Unavailable(f"the profiles cannot be written: {error}") from error

    async def _configured(self) -> list[Profile]:
        try:
            profiles, complaints = await self._renderer.profiles()
        except RendererFailed as error:
            profiles, complaints = [], [str(error)]
        for complaint in complaints:
            if complaint not in self._told:  # once, however often a form is opened
                self._told.add(complaint)
                self._log.warning("A profile of dask's configuration is left out: %s", complaint)
        return profiles


class ProfileFile:
    """A JSON object from name to profile. Blocks."""

    def __init__(self, path: Path, log: logging.Logger | logging.LoggerAdapter[Any]) -> None:
        self._path = path
        self._log = log

    def read(self) -> list[Profile]:
        """Those in the file, in the order in which they were added. Raises nothing."""
        try:
            entries = read_json(self._path) or {}
        except (OSError, Unreadable) as error:
            self._log.warning("The profiles in %s cannot be read: %s", self._path, error)
            return []
        found = []
        for name, body in entries.items():
            try:
                # Written by hand, perhaps, or by a newer version.
                found.append(Profile.from_json(name, known(Profile, body), source="user"))
            except InvalidOptions as error:
                self._log.warning(
                    "The profile %r in %s cannot be read: %s", name, self._path, error
                )
        return found

    def change(self, change: Callable[[dict[str, Any]], None]) -> None:
        """Read, change, write whole. What is not ours to understand stays: an entry as it is, a file
        that is no JSON beside the new one. Raises OSError, and what ``change`` raises."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with locked(self._path.with_name(f".{self._path.name}.lock"), "profiles"):
            broken = False
            try:
                entries = read_json(self._path) or {}
            except Unreadable:
                entries, broken = {}, True
            change(entries)
            if broken:
                os.replace(self._path, self._path.with_name(f"{self._path.name}.broken"))
            write_json(self._path, entries)
