"""Settings that Jupyter would pass over: names that there are not; and all of them, in its list of
extensions.
"""

from __future__ import annotations

import sys
from difflib import get_close_matches
from typing import TYPE_CHECKING

from traitlets.config import Application

from ..errors import BrokenSettings

if TYPE_CHECKING:
    from .app import DaskSlurmExtension


def check_names(extension: DaskSlurmExtension) -> None:
    """Raise BrokenSettings for a setting that there is not: a limit by another name is none."""
    own = type(extension).__name__
    for section in extension.config:
        if section != own and section.startswith("DaskSlurm"):
            raise BrokenSettings(f"{section}: these settings are called {own}")
    known = extension.trait_names(config=True)
    for name in extension.config[own]:
        if name not in known:
            close = get_close_matches(name, known, n=1)
            meant = f", did you mean {close[0]}?" if close else ""
            raise BrokenSettings(f"{own}.{name}: there is no such setting{meant}")


def check_for_list(made: type[DaskSlurmExtension]) -> None:
    """Raise BrokenSettings where this is ``jupyter server extension list``, which says so, and the
    settings that a server would find cannot be used."""
    listing = sys.modules.get("jupyter_server.extension.serverextension")
    if listing is None or not Application.initialized():
        return
    if isinstance(Application.instance(), listing.ListServerExtensionsApp):
        extension = made()
        server = extension.serverapp_class()
        server.load_config_file()
        extension.log.disabled = True  # The list has it, in its own line.
        extension._link_jupyter_server_extension(server)
        if extension.broken is not None:
            raise BrokenSettings(f"its settings are broken: {extension.broken}")
