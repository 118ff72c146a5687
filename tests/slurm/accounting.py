"""A lab's accounting: slurmdbd and a MariaDB of its own, which nobody but its user can reach.

The database listens on a Unix socket alone and knows its user by the socket, so there is neither a
port nor a password. slurmdbd has a port of loopback, as the other daemons do.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from .configuration import Layout

DATABASE = "mariadbd"
DAEMON = "slurmdbd"
COMMANDS = (DATABASE, DAEMON, "mariadb-install-db", "my_print_defaults", "sacctmgr")


def database_socket(layout: Layout) -> Path:
    return layout.directory / "db" / "socket"


def slurmdbd_conf(layout: Layout) -> str:
    """The text of slurmdbd.conf, which must lie beside slurm.conf and be readable to its user alone."""
    settings = {
        "DbdHost": layout.host,
        "DbdAddr": "127.0.0.1",
        "DbdPort": str(layout.accounting_port),
        "CommunicationParameters": "NoInAddrAny",
        "SlurmUser": layout.user,
        "AuthType": "auth/munge",
        "AuthInfo": f"socket={layout.munge_socket}",
        "StorageType": "accounting_storage/mysql",
        "StorageHost": "localhost",  # that is: the socket
        "StorageUser": layout.user,
        "PidFile": f"{layout.directory}/pid/slurmdbd",
        "LogFile": str(layout.log(DAEMON)),
        "DebugLevel": "info",
        "CommitDelay": "1",
    }
    return "\n".join(f"{key}={value}" for key, value in settings.items()) + "\n"


def slurm_settings(layout: Layout) -> dict[str, str]:
    """What slurm.conf says of it."""
    return {
        "AccountingStorageType": "accounting_storage/slurmdbd",
        "AccountingStorageHost": "127.0.0.1",
        "AccountingStoragePort": str(layout.accounting_port),
        "AccountingStoragePass": str(layout.munge_socket),
    }


def prepare(layout: Layout) -> None:
    """Write slurmdbd.conf and an empty database. Raises subprocess.CalledProcessError."""
    conf = layout.conf.with_name("slurmdbd.conf")
    conf.touch(mode=0o600)
    conf.write_text(slurmdbd_conf(layout))
    argv = ["mariadb-install-db", "--no-defaults", f"--user={layout.user}", "--skip-test-db"]
    argv += [f"--datadir={_data(layout)}", "--auth-root-authentication-method=socket"]
    with layout.log("mariadb-install-db").open("wb") as log:
        subprocess.run(argv, stdout=log, stderr=log, stdin=subprocess.DEVNULL, check=True)


def accounts_argv(layout: Layout) -> list[list[str]]:
    """The commands that give the lab's user two accounts, and a QOS with limits beside ``normal``."""
    user, add = layout.user, ["sacctmgr", "-i", "add"]
    most = "cpu=8,mem=16G" + (",gres/gpu=1" if layout.gpus else "")
    return [
        [*add, "account", "physics,chemistry", "Description=lab", "Organization=lab"],
        [*add, "qos", "high", "MaxWall=01:00:00", f"MaxTRESPerJob={most}"],
        ["sacctmgr", "-i", "modify", "qos", "high", "set", "Flags=PartitionTimeLimit"],
        [*add, "user", user, "account=physics,chemistry", "qos=normal,high"],
        ["sacctmgr", "-i", "modify", "user", user, "set", "DefaultAccount=physics"],
    ]


def database_argv(layout: Layout) -> list[str]:
    """The arguments of MariaDB; nothing of it has to outlive a crash of the machine."""
    return [
        *("--no-defaults", f"--user={layout.user}", f"--datadir={_data(layout)}"),
        *(f"--socket={database_socket(layout)}", "--skip-networking"),
        *(f"--pid-file={layout.directory}/pid/mariadbd", "--innodb-buffer-pool-size=32M"),
        *("--innodb-flush-log-at-trx-commit=0", "--innodb-lock-wait-timeout=900"),
    ]


def _data(layout: Layout) -> Path:
    return layout.directory / "db"
