"""How a cluster and its jobs look in a notebook."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading
import time
from collections.abc import Callable
from html import escape
from itertools import islice
from typing import TYPE_CHECKING, Any

from distributed.objects import SchedulerInfo

from ..clusters.find import run
from ..clusters.use import follow
from ..clusters.words import JOB_COLUMNS, in_short, job_row, jobs_in_words, table, why_pending
from ..errors import DaskSlurmError
from ..model.cluster import Cluster, Job
from .handle import Handle

if TYPE_CHECKING:
    from .cluster import SLURMCluster

SHOWN_WORKERS = 5
"""As dask's own: a page of thousands is no overview."""
SHORTEST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""Seconds until a cluster that could not be followed is looked at again: at first, and at most."""


class Jobs(list[Job]):
    """The jobs of a cluster, which look like a table."""

    def __repr__(self) -> str:
        return table([JOB_COLUMNS, *map(job_row, self)])

    def _repr_html_(self) -> str:
        return _table(JOB_COLUMNS, map(job_row, self))


def as_html(cluster: Handle) -> str:
    """Return what there is to see of it now; its workers as dask shows them, with links to their pages."""
    html = _html(cluster.state, cluster.status, cluster.dashboard_link)
    try:
        info = dict(cluster.scheduler_info)
        info["workers"] = dict(islice(info["workers"].items(), SHOWN_WORKERS))
        workers: str = SchedulerInfo(info)._repr_html_() if "address" in info else ""
    except (OSError, asyncio.TimeoutError):
        workers = ""  # a scheduler that is busy, or gone
    return html + workers


def _html(state: Cluster, status: str, link: str) -> str:
    rows: list[tuple[str, str]] = []
    if status not in ("failed", "closed"):
        jobs = state.jobs
        rows += [("Jobs", f"{jobs.running} of {jobs.desired}; {jobs_in_words(jobs)}")]
        rows += [("Workers", str(state.workers.connected)), ("Cores", str(state.cores))]
        rows += [("Pending", why)] if (why := why_pending(state)) else []
    rows += [("Problem", problem.message) for problem in state.problems]
    cells = "".join(
        f'<tr><th style="text-align: left">{name}</th>'
        f'<td style="text-align: left; white-space: pre-wrap">{escape(text)}</td></tr>'
        for name, text in rows
    )
    if status in ("failed", "closed"):
        words = ""
    elif link.startswith("/"):
        words = f'<a href="{escape(link)}" target="_blank">Dashboard</a>'
    else:
        words = f"Dashboard: {escape(link)}"
    title = f"<b>{escape(state.name)}</b> {escape(status)}"
    return f"<div>{title}<table>{cells}</table>{words}</div>"


def _table(columns: tuple[str, ...], rows: Any) -> str:
    head = "".join(f"<th>{escape(column.capitalize())}</th>" for column in columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def display_live(cluster: SLURMCluster) -> None:
    """Show a cluster, and keep what is shown up to date for as long as it lives. Where ipywidgets are
    installed there is a slider for its jobs; where output is no notebook's, it is a snapshot."""
    from IPython.display import display

    bundle = {"text/plain": repr(cluster), "text/html": as_html(cluster)}
    if "ipykernel" not in sys.modules or cluster.asynchronous:
        display(bundle, raw=True)
        return
    shown = _widget(cluster, bundle) or _output(bundle)
    threading.Thread(
        target=_keep, args=(cluster, shown), name=f"live-{cluster.name}", daemon=True
    ).start()


def _keep(cluster: SLURMCluster, show: Callable[[Cluster, str, str], None]) -> None:
    """Show the cluster again whenever it changes. The thread of one output."""

    async def watch() -> None:
        async for state in follow(cluster._known()):
            show(state, state.status, _html(state, state.status, cluster.dashboard_link))

    pause = SHORTEST_PAUSE
    with contextlib.suppress(RuntimeError):  # the program ends: no thread can be started any more
        while True:
            # A directory that is just being removed cannot be read, and the next look finds none.
            with contextlib.suppress(DaskSlurmError, OSError):
                run(watch())
            state, status = cluster.state, cluster.status
            show(state, status, _html(state, status, cluster.dashboard_link))
            if status in ("failed", "closed"):
                return
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)


def _output(bundle: dict[str, str]) -> Callable[[Cluster, str, str], None]:
    from IPython.display import display

    handle = display(bundle, raw=True, display_id=True)

    def show(state: Cluster, status: str, html: str) -> None:
        if handle is not None:
            text = f"<SLURMCluster {in_short(state, status)}>"
            handle.update({"text/plain": text, "text/html": html}, raw=True)

    return show


def _widget(
    cluster: SLURMCluster, bundle: dict[str, str]
) -> Callable[[Cluster, str, str], None] | None:
    """Show it with a slider. None without ipywidgets."""
    try:
        import ipywidgets
    except ImportError:
        return None
    from IPython.display import display

    state = cluster.state
    text = ipywidgets.HTML(bundle["text/html"])
    slider = ipywidgets.IntSlider(
        value=state.jobs.desired,
        min=0,
        max=_most(state),
        description="Jobs",
        continuous_update=False,
    )
    said = ipywidgets.HTML()
    following = threading.Event()

    def scale(change: Any) -> None:
        if following.is_set():
            return
        try:
            cluster.scale(jobs=change["new"])
            said.value = ""
        except DaskSlurmError as error:
            said.value = escape(str(error))

    slider.observe(scale, names="value")
    display(ipywidgets.VBox([text, slider, said]))

    def show(state: Cluster, status: str, html: str) -> None:
        text.value = html
        following.set()
        try:
            slider.max = max(slider.max, _most(state))
            slider.value = state.jobs.desired
            slider.disabled = state.scaling.adapt is not None or status in ("failed", "closed")
        finally:
            following.clear()

    return show


def _most(state: Cluster) -> int:
    limit = None if state.job_limit is None else state.job_limit.jobs
    return max(2 * state.jobs.desired, 10 if limit is None else limit)
