"""Starting a cluster's controller, seeing it become ready or die, and ending it. The server's monitor
uses it; it imports the batch systems, the cluster files and the model.

`Launcher` is the seam where the place of a controller is decided: `LocalLauncher` puts it beside the
caller, `JobLauncher` into a job of its own, `PlacingLauncher` goes by each cluster's option
``placement``.
"""

from .base import Launcher, controller_command, end_of_log
from .in_job import JobLauncher
from .local import LocalLauncher, start_controller
from .placing import PlacingLauncher, launcher_of
from .surroundings import ends_with, ends_with_this

__all__ = [
    "JobLauncher",
    "Launcher",
    "LocalLauncher",
    "PlacingLauncher",
    "controller_command",
    "end_of_log",
    "ends_with",
    "ends_with_this",
    "launcher_of",
    "start_controller",
]
