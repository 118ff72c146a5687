"""The JupyterLab the journeys go through: Galata's settings, with authentication switched on again."""

import os

from jupyterlab.galata import configure_jupyter_server

c = get_config()  # noqa: F821  # Jupyter puts it there
configure_jupyter_server(c)

c.ServerApp.port = int(os.environ["JDS_UI_PORT"])
c.ServerApp.root_dir = os.environ["JDS_UI_NOTEBOOKS"]
c.ServerApp.disable_check_xsrf = False
c.ServerApp.allow_unauthenticated_access = False
c.ServerApp.allow_root = True
c.IdentityProvider.token = os.environ["JDS_UI_TOKEN"]
# Nothing here may look for the internet.
c.LabApp.news_url = None
c.LabApp.extension_manager = "readonly"

c.DaskSlurmExtension.batch_system = os.environ["JDS_UI_BATCH_SYSTEM"]
c.DaskSlurmExtension.local_cores = 4
c.DaskSlurmExtension.local_memory = "8 GB"
