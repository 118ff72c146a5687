"""Under a real JupyterHub: below its base url, behind its proxy, with servers that come and go.

The suites run as one Unix user. So two users of this Hub are told apart by home directories and tokens alone,
unless the tests run as root: then ``JDS_UNIX_USERS="alice bob"`` names two real ones. That another Unix
user's files are left alone is tried in `tests/security`.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ..slurm.handle import Slurm
from ..support.clusters import left_of, wait_for
from ..support.jupyter import OPTIONS
from ..support.processes import kill_all
from .hub import PROXY, Hub, User, request

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(1400),
    pytest.mark.skipif(not PROXY.exists(), reason="tests/hub wants `npm ci`"),
]

UNIX_USERS = os.environ.get("JDS_UNIX_USERS", "").split()
SECRETS = {"DB_PASSWORD": "the-password", "CI_JOB_TOKEN": "the-token"}
FROM_THE_SPAWNER = {**SECRETS, "WANDB_API_KEY": "let-through", "SITE": "the-site"}
TRAITS = {"environment_keep": ["WANDB_API_KEY"], "max_jobs": 7}


@pytest.fixture
def start_hub(tmp_path: Path, slurm: Slurm) -> Iterator[Callable[[str], Hub]]:
    """Start a Hub whose servers have the administrator's settings above."""
    hubs: list[Hub] = []
    site = tmp_path / "site"
    site.mkdir()
    settings = {"ServerApp": {"allow_root": True}, "DaskSlurmExtension": TRAITS}
    (site / "jupyter_server_config.json").write_text(json.dumps(settings))
    if UNIX_USERS:  # pytest's directories are its user's alone
        for directory in (tmp_path, tmp_path.parent):
            directory.chmod(0o711)
    environ = {k: v for k, v in slurm.environ.items() if not k.startswith(("JUPYTER", "JPY"))}

    def start(spawner: str) -> Hub:
        environment = {**FROM_THE_SPAWNER, "JUPYTER_CONFIG_PATH": str(site)}
        hubs.append(Hub(tmp_path, spawner, environment, environ))
        return hubs[-1]

    yield start
    for hub in hubs:
        hub.end()
        for state_dir in hub.homes.glob("*/.local/share/jupyter/dask-slurm"):
            kill_all(left_of(state_dir))


def write_settings(hub: Hub, user: User, text: str) -> None:
    """Settings of the user's own."""
    home = Path(f"~{user.name}").expanduser() if UNIX_USERS else hub.homes / user.name
    config = home / ".jupyter" / "jupyter_server_config.py"
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text(text)
    for path in (config.parent, config) if UNIX_USERS else ():
        shutil.chown(path, user.name)


def connected(jobs: int) -> Callable[[dict[str, Any]], bool]:
    return lambda cluster: cluster["jobs"]["connected"] == jobs


IN_A_NOTEBOOK = """
import json, os
from jupyter_dask_slurm import connect
client = connect({cluster!r}, timeout=300)
environ = client.submit(lambda: dict(__import__("os").environ)).result(timeout=300)
print(json.dumps([client.submit(sum, [1, 2]).result(timeout=300), client.dashboard_link, environ]))
"""


def computes(user: User, cluster: dict[str, Any]) -> tuple[str, dict[str, str]]:
    """The link that dask prints in a notebook, and the environment of a job."""
    answer, link, environ = json.loads(user.run(IN_A_NOTEBOOK.format(cluster=cluster["id"])))
    assert answer == 3
    assert link.startswith("/jupyter/user/")
    return link, environ


def secrets_in(environ: dict[str, str]) -> list[str]:
    """The variables of a job that open a Jupyter, or that the Spawner has for servers alone."""
    names = [name for name in environ if name.startswith(("JUPYTER", "JPY_")) or name in SECRETS]
    return names + [name for name, value in environ.items() if value in SECRETS.values()]


def shows_a_dashboard(user: User, link: str) -> None:
    status, page = request(link, user.token)
    assert status == 200, page
    assert "bokeh" in page.lower()

    async def opens() -> None:
        async with user.websocket(f"{link}/ws", "bokeh", "no.token") as websocket:
            assert websocket.selected_subprotocol == "bokeh"

    asyncio.run(opens())


def test_two_users(start_hub: Callable[[str], Hub], slurm: Slurm) -> None:
    hub = start_hub("Unix users" if UNIX_USERS else "processes")
    alice, bob = map(hub.user, UNIX_USERS or ["alice", "bob"])
    write_settings(hub, alice, "c.DaskSlurmExtension.max_jobs = 9")
    alice.start("", "named")
    bob.start("")
    assert alice("GET", "site")["limits"]["max_jobs"] == 7, "disable_user_config"

    cluster = alice.create(OPTIONS)
    path = f"clusters/{cluster['id']}"
    alice.until(path, "a worker", connected(1))
    link, environ = computes(alice, cluster)
    below = link.partition(f"/user/{alice.name}/")[2]
    shows_a_dashboard(alice, alice.url(below))
    assert {"WANDB_API_KEY": "let-through", "SITE": "the-site"}.items() <= environ.items()
    assert not secrets_in(environ)

    # Nothing of hers is his: neither behind his own address, nor behind hers.
    assert bob("GET", "clusters") == []
    if UNIX_USERS:  # to Slurm they are one, else
        assert bob("GET", "orphans") == []
    for page in (f"dask-slurm/api/{path}", below):
        assert request(bob.url(page), bob.token)[0] == 404
        assert request(alice.url(page), bob.token)[0] == 403

    alice.stop()
    alice.until(path, "it in her other server", connected(1), server="named")
    alice.start("")
    (found,) = alice("GET", "clusters")
    assert (found["id"], found["status"]) == (cluster["id"], "running")
    assert connected(1)(found)
    alice("DELETE", path, server="named")
    wait_for("its end", lambda: alice("GET", "clusters") == [])
    wait_for("nothing left in Slurm", lambda: not slurm.live_jobs())


def test_servers_in_slurm_jobs(start_hub: Callable[[str], Hub], slurm: Slurm) -> None:
    """batchspawner's shape. What ends with such a job is not tried: this lab has no control groups."""
    alice = start_hub("jobs").user("alice")
    alice.start("")
    (servers_job,) = slurm.live_jobs()
    assert servers_job in alice("GET", "site")["ends_with"]
    apart = {"placement": "job", "controller_memory": "512 MB", "controller_walltime": "00:10:00"}
    made = [alice.create({**OPTIONS, **more}) for more in ({"placement": "local"}, apart)]
    paths = [f"clusters/{cluster['id']}" for cluster in made]
    beside, goes_on = (alice.until(path, "a worker", connected(1)) for path in paths)
    assert servers_job in beside["ends_with"]
    assert goes_on["ends_with"] is None
    for cluster in made:
        _, environ = computes(alice, cluster)
        assert not secrets_in(environ)
        assert environ["SLURM_JOB_ID"] != servers_job
    alice("DELETE", paths[0])
    wait_for("its end", lambda: len(alice("GET", "clusters")) == 1)

    alice.stop()
    wait_for("the end of its job", lambda: servers_job not in slurm.live_jobs())
    wait_for("the controller's and a worker's alone", lambda: len(slurm.live_jobs()) == 2)
    alice.start("")
    alice.until(paths[1], "the same worker", connected(1))
    alice("DELETE", paths[1])
    wait_for("its end", lambda: alice("GET", "clusters") == [])
    wait_for("nothing but the server", lambda: len(slurm.live_jobs()) == 1)
