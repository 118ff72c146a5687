"""What users ask of their clusters, in the Jupyter server's log: one line each, done or refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from jupyter_server.auth.identity import User
from jupyter_server.base.handlers import JupyterHandler

from ..logs import about, count_of_jobs, one_line
from ..model.cluster import Cluster
from ..model.scaling import Scaling

if TYPE_CHECKING:
    from ..clusters.orphans import Orphan


class LoggingHandler(JupyterHandler):
    """Base of the handlers: those that change something say so, and by whom it was asked for."""

    only_asks = False
    """Whether its requests change nothing, whatever their method is."""

    def log_done(self, cluster: Cluster, what: str) -> None:
        """Log what has been done with that cluster."""
        self._log_about(about(cluster.id, cluster.name), what)

    def log_orphans(self, orphans: Sequence[Orphan]) -> None:
        """Log which jobs without a cluster have been cancelled."""
        for orphan in orphans:
            what = f"orphans cancelled, {count_of_jobs(orphan.jobs)} on {orphan.batch_system}"
            self._log_about(about(orphan.cluster_id, orphan.name), what)

    def log_looked(self) -> None:
        """Log that somebody has the site looked at, for which a job is submitted."""
        self._log_about("site", "checked")

    def _log_about(self, subject: str, what: str) -> None:
        self.log.info("%s: %s, asked by %s", subject, what, self._who())

    def log_refused(self, subject: str | None, error: BaseException, *, failed: bool) -> None:
        """Log why nothing was done; what only looks is not worth a line."""
        looks = self.only_asks or self.request.method in ("GET", "HEAD", "OPTIONS")
        log = self.log.debug if looks else self.log.info
        words = "failed" if failed else "refused"
        request = one_line(f"{words} {self.request.method} {self.request.path}")
        prefix = "" if subject is None else f"{subject}: "
        log("%s%s: %s, asked by %s", prefix, request, one_line(error), self._who())

    def _who(self) -> str:
        """Return Jupyter's name for the user, as it stands in its log of requests."""
        user = self.current_user
        return one_line(user.username) if isinstance(user, User) else "nobody known"


def creation_in_words(cluster: Cluster) -> str:
    """Return what was created."""
    return f"created on {cluster.batch_system}, {size_in_words(cluster.scaling)}"


def end_in_words(cluster: Cluster, *, force: bool) -> str:
    """Return what the end of a cluster means, which was as it is given here before."""
    if force:
        return "ended by force"
    return "dismissed" if cluster.status == "failed" else "told to stop"


def change_in_words(scaling: Scaling | None, name: str | None, idle_timeout: int | None) -> str:
    """Return what was changed of a cluster."""
    words = []
    if scaling is not None:
        words.append(size_in_words(scaling))
    if name is not None:
        words.append(f"renamed to {one_line(name)}")
    if idle_timeout is not None:
        words.append(f"idle time-out set to {f'{idle_timeout} s' if idle_timeout else 'never'}")
    return "; ".join(words) or "nothing changed"


def size_in_words(scaling: Scaling) -> str:
    """Return ``scaled to 4 jobs``, in the unit that was asked for."""
    if (adapt := scaling.adapt) is not None:
        limit = count_of_jobs(adapt.maximum_jobs)
        return f"adapts to its tasks, between {adapt.minimum_jobs} and {limit}"
    if scaling.unit == "jobs":
        return f"scaled to {count_of_jobs(scaling.amount)}"
    unit = {"cores": "cores", "memory": "bytes of memory"}[scaling.unit]
    return f"scaled to {scaling.amount} {unit}"
