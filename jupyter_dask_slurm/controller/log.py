"""The log of a controller and of its watchdog: one file, in which every line says whose it is."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable

from ..in_dask.bounded_log import bound_log
from ..logs import about

OURS = (__name__.partition(".")[0], "__main__")
FORMAT = "%(asctime)s %(levelname)s %(about)s: %(message)s"


class AboutCluster(logging.Filter):
    """Adds ``about`` to every record: the cluster, and the logger where that is not one of ours."""

    def __init__(self, cluster_id: str, source: str | None) -> None:
        super().__init__()
        self.cluster_name: Callable[[], str | None] = lambda: None
        """Asked for every line, because a cluster may be renamed."""
        self._cluster_id, self._source = cluster_id, source

    def filter(self, record: logging.LogRecord) -> bool:
        package = record.name.partition(".")[0]
        source = self._source if package in OURS else record.name
        cluster = about(self._cluster_id, self.cluster_name())
        record.about = cluster if source is None else f"{cluster}: {source}"
        return True


def start_log(cluster_id: str, source: str | None = None) -> AboutCluster:
    """Log to standard error from now on, in lines such as ``… INFO cluster 3f9a12bc (blue-otter):
    scaled to 4 jobs``. ``source`` is what of the cluster this process is; None is its controller."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format=FORMAT)
    labels = AboutCluster(cluster_id, source)
    for handler in logging.getLogger().handlers:
        handler.addFilter(labels)
    bound_log()
    return labels
