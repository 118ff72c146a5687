"""The configuration of the JupyterHub in the tests. ``HUB`` in its environment is JSON: what a run chose."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from batchspawner import SlurmSpawner
from jupyterhub.spawner import LocalProcessSpawner, SimpleLocalProcessSpawner
from traitlets import Unicode, default

asked: dict[str, Any] = json.loads(os.environ["HUB"])
c: Any = get_config()  # type: ignore[name-defined] # noqa: F821
bin_ = Path(sys.executable).parent


class JobSpawner(SlurmSpawner):
    """batchspawner's, on loopback, with home directories of the test's."""

    ip = Unicode("127.0.0.1")

    @default("req_homedir")
    def _home(self) -> str:
        home = Path(asked["homes"], self.user.name)
        home.mkdir(parents=True, exist_ok=True)
        return str(home)

    def user_env(self, env: dict[str, str]) -> dict[str, str]:
        return {**env, "USER": self.user.name, "HOME": self.req_homedir, "SHELL": "/bin/bash"}


c.JupyterHub.bind_url = f"http://127.0.0.1:{asked['port']}/jupyter/"
c.JupyterHub.hub_ip = "127.0.0.1"
c.JupyterHub.hub_port = asked["hub_port"]
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{asked['proxy_port']}"
c.ConfigurableHTTPProxy.command = asked["proxy"]
c.JupyterHub.log_level = "WARN"
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.JupyterHub.allow_named_servers = True
c.JupyterHub.services = [{"name": "tests", "api_token": asked["token"]}]
scopes = ["admin:users", "admin:servers", "tokens"]
c.JupyterHub.load_roles = [{"name": "tests", "services": ["tests"], "scopes": scopes}]
c.JupyterHub.spawner_class = {
    "processes": SimpleLocalProcessSpawner,
    "Unix users": LocalProcessSpawner,
    "jobs": JobSpawner,
}[asked["spawner"]]

c.Spawner.cmd = [str(bin_ / "jupyterhub-singleuser")]
c.Spawner.disable_user_config = True
c.Spawner.env_keep = ["PATH", "TMPDIR", *asked["env_keep"]]
c.Spawner.environment = asked["environment"]
# Bounds against waiting for ever, not a measure of speed.
c.Spawner.start_timeout = c.Spawner.http_timeout = 600
c.SimpleLocalProcessSpawner.home_dir_template = f"{asked['homes']}/{{username}}"
c.JobSpawner.batchspawner_singleuser_cmd = str(bin_ / "batchspawner-singleuser")
c.JobSpawner.exec_prefix = ""
c.JobSpawner.state_exechost_exp = "127.0.0.1"
c.JobSpawner.batch_script = """#!/bin/bash
#SBATCH --output={{homedir}}/jupyter-%j.log --chdir={{homedir}} --export={{keepvars}}
#SBATCH --cpus-per-task=1 --mem=2G --time=30
exec {{cmd}}
"""
