"""A real Slurm on one machine: munge, slurmctld and some slurmd, on loopback, on free ports.

::

    python -m tests.slurm.lab --nodes 2 -- squeue          # a command inside, then away with it
    python -m tests.slurm.lab --nodes 2                    # stays up until end of file or a signal
    python -m tests.slurm.lab --accounting -- sacct        # with slurmdbd and a database of its own
    python -m tests.slurm.lab --accounts --gpus 2          # and accounts, a QOS, two GPUs in a partition

It runs as root or as any user, who then is Slurm's administrator and owns all jobs. Nothing is
installed and no system service is touched. Two labs side by side share nothing.

Without a command the first line on standard output is JSON, ``{"SLURM_CONF": …}``, and each line
on standard input is a command, answered by one line (``ok`` or ``error …``)::

    signal slurmctld STOP      send a signal to slurmctld, munged or a node
    start slurmctld            start a daemon again that has ended

This process supervises: daemons are its children in the foreground, what they orphan becomes its
child too, and when it ends, all of them end.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import dataclasses
import itertools
import json
import os
import pwd
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

if not __package__:  # run by path, as a demonstration does
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    __package__ = "tests.slurm"

from ..support.ports import free_ports
from . import accounting
from .configuration import DEAD_NODES, Layout, gres_conf, slurm_conf
from .descendants import become_subreaper, kill_all, reap

_ATTEMPTS = 3
_STARTUP = 60.0
_PR_SET_PDEATHSIG = 1
_SOCKET_PATH_LIMIT = 107
_LONGEST_SOCKET = "spool/n99/n99_999999.4294967291"


class StartFailed(Exception):
    """A daemon ended, or the nodes did not answer in time; says what the logs say."""


class Lab:
    """The daemons of one cluster, all of them children of this process."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.environ = {
            **os.environ,
            "SLURM_CONF": str(layout.conf),
            "MYSQL_UNIX_PORT": str(accounting.database_socket(layout)),  # for slurmdbd
        }
        self.pids: dict[str, int] = {}

    def start(self) -> None:
        """Start everything and return when every node is ready for jobs. Raise StartFailed."""
        _write_files(self.layout)
        self.start_daemon("munged")
        self._await(self.layout.munge_socket.exists, "munged")
        if self.layout.accounting_port is not None:
            self._start_accounting()
        for daemon in ("slurmctld", *self.layout.nodes):
            self.start_daemon(daemon)
        self._await(self._nodes_ready, "the nodes")

    def _start_accounting(self) -> None:
        """Start slurmdbd and its database, before slurmctld, which does not start without."""
        try:
            accounting.prepare(self.layout)
        except (OSError, subprocess.CalledProcessError) as error:
            raise StartFailed(f"the database: {error}\n{self._logs()}") from None
        self.start_daemon(accounting.DATABASE)
        self._await(accounting.database_socket(self.layout).exists, "the database")
        self.start_daemon(accounting.DAEMON)
        self._await(lambda: self._succeeds("sacctmgr", "-n", "list", "cluster"), "slurmdbd")

    def make_accounts(self) -> None:
        """Add accounts, once slurmctld runs and has made its cluster known. Raise StartFailed."""
        for argv in accounting.accounts_argv(self.layout):
            done = subprocess.run(argv, env=self.environ, capture_output=True, text=True)
            # sacctmgr ends with 0 and an error on its standard error, too.
            if done.returncode or done.stderr:
                raise StartFailed(f"{' '.join(argv)}: {done.stdout}{done.stderr}")

    def start_daemon(self, daemon: str) -> None:
        """Start one daemon. Raise ValueError when it runs already or there is no such daemon."""
        if daemon in self.pids:
            raise ValueError(f"{daemon} runs already")
        with self.layout.log(daemon).open("ab") as log:
            process = subprocess.Popen(
                self._argv(daemon),
                env=self.environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )
        self.pids[daemon] = process.pid
        process.returncode = 0  # reaped here, with the orphans, and not by subprocess

    def signal(self, daemon: str, name: str) -> None:
        """Send a signal, by name without SIG; wait for the end of a daemon that it ends."""
        number = signal.Signals[f"SIG{name}"]
        os.kill(self.pids[daemon], number)
        if number in (signal.SIGKILL, signal.SIGTERM):
            self._await(lambda: daemon not in self.pids, f"the end of {daemon}", must_live=False)

    def collect(self) -> dict[int, int]:
        """Reap the processes that have ended; return their wait statuses by pid."""
        ended = reap()
        self.pids = {daemon: pid for daemon, pid in self.pids.items() if pid not in ended}
        return ended

    def _argv(self, daemon: str) -> list[str]:
        munge = self.layout.munge_socket.parent
        if daemon == "munged":
            return [
                _sbin("munged"),
                "--foreground",
                f"--key-file={munge}/key",
                f"--socket={self.layout.munge_socket}",
                f"--pid-file={munge}/pid",
                f"--log-file={munge}/log",
                f"--seed-file={munge}/seed",
                "--num-threads=2",
            ]
        if daemon == "slurmctld":
            return [_sbin("slurmctld"), "-D"]
        if daemon == accounting.DATABASE:
            return [_sbin(daemon), *accounting.database_argv(self.layout)]
        if daemon == accounting.DAEMON:
            return [_sbin(daemon), "-D"]
        if daemon in self.layout.nodes:
            return [_sbin("slurmd"), "-D", "-N", daemon]
        raise ValueError(f"no such daemon: {daemon}")

    def _nodes_ready(self) -> bool:
        argv = ["sinfo", "-h", "-N", "-p", "debug", "-o", "%T"]
        with contextlib.suppress(subprocess.TimeoutExpired):
            answer = subprocess.run(
                argv, env=self.environ, capture_output=True, text=True, timeout=5, check=False
            )
            # A state with an asterisk is that of a node which has not answered yet.
            return answer.stdout.split() == ["idle"] * len(self.layout.nodes)
        return False

    def _succeeds(self, *argv: str) -> bool:
        with contextlib.suppress(subprocess.TimeoutExpired):
            done = subprocess.run(argv, env=self.environ, capture_output=True, timeout=5)
            return done.returncode == 0
        return False

    def _await(self, done: Callable[[], bool], what: str, *, must_live: bool = True) -> None:
        """Poll, because neither a daemon's socket nor a node's state announces itself."""
        deadline = time.monotonic() + _STARTUP
        before = set(self.pids)
        while not done():
            self.collect()
            if must_live and set(self.pids) != before:
                gone = ", ".join(sorted(before - set(self.pids)))
                raise StartFailed(f"{gone} ended\n{self._logs()}")
            if time.monotonic() > deadline:
                raise StartFailed(f"{what}: nothing within {_STARTUP:g} s\n{self._logs()}")
            time.sleep(0.02)

    def _logs(self) -> str:
        logs = sorted(self.layout.log("x").parent.iterdir())
        return "\n".join(f"{path.name}:\n{path.read_text()[-2000:]}" for path in logs)


def _sbin(name: str) -> str:
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin")
    if path is None:
        raise StartFailed(f"{name} is not installed")
    return path


def _die_with_parent() -> None:
    """Let the daemons be killed when this process is: ``preexec_fn`` of each."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _write_files(layout: Layout) -> None:
    for name in ("log", "state", "spool", "pid", "munge"):
        (layout.directory / name).mkdir()
    for node in layout.nodes:
        (layout.directory / "spool" / node).mkdir()
    key = layout.munge_socket.parent / "key"
    key.touch(mode=0o400)
    key.chmod(0o600)
    key.write_bytes(os.urandom(1024))
    key.chmod(0o400)
    if layout.accounting_port is not None:
        (layout.directory / "db").mkdir()
    layout.conf.write_text(slurm_conf(layout))
    if layout.job_submit:
        layout.conf.with_name("job_submit.lua").write_text(layout.job_submit)
    if layout.gpus:
        for path in layout.gpu_files:
            path.touch()
        layout.conf.with_name("gres.conf").write_text(gres_conf(layout))


def make_directory() -> Path:
    """Make a directory whose path leaves room for the sockets in it, and that all users can read."""
    base = Path(tempfile.gettempdir())
    if len(str(base / "slurm-xxxxxxxx" / _LONGEST_SOCKET)) > _SOCKET_PATH_LIMIT:
        base = Path("/tmp")
    directory = Path(tempfile.mkdtemp(prefix="slurm-", dir=base))
    directory.chmod(0o755)
    return directory


def make_layout(directory: Path, options: argparse.Namespace) -> Layout:
    nodes, accounted = options.nodes, options.accounting or options.accounts
    ports = iter(free_ports(2 + nodes + DEAD_NODES))
    layout = Layout(
        directory=directory,
        user=pwd.getpwuid(os.getuid()).pw_name,
        host=socket.gethostname().partition(".")[0],
        slurmctld_port=next(ports),
        accounting_port=next(ports) if accounted else None,
        node_ports=tuple(itertools.islice(ports, nodes)),
        dead_ports=tuple(itertools.islice(ports, DEAD_NODES)),
        gpus=options.gpus,
        node=dict(options.node),
        debug=dict(options.debug),
        lines=options.line,
        job_submit=options.job_submit,
    )
    more = accounting.slurm_settings(layout) if accounted else {}
    return dataclasses.replace(layout, settings={**more, **dict(options.set)})


def start_lab(directory: Path, options: argparse.Namespace) -> Lab:
    """Start in a subdirectory; once more with other ports when a daemon did not like the first ones."""
    for attempt in range(1, _ATTEMPTS + 1):
        place = directory / str(attempt)
        place.mkdir()
        lab = Lab(make_layout(place, options))
        try:
            lab.start()
            if options.accounts:
                lab.make_accounts()
        except StartFailed:
            kill_all()
            if attempt == _ATTEMPTS:
                raise
        else:
            return lab
    raise AssertionError("unreachable")


def carry_out(lab: Lab, command: str) -> str:
    """Carry out one command of standard input; return the answer, one line."""
    try:
        match command.split():
            case ["signal", daemon, name]:
                lab.signal(daemon, name)
            case ["start", daemon]:
                lab.start_daemon(daemon)
            case _:
                return "error: commands are: signal DAEMON NAME, start DAEMON"
    except (KeyError, ValueError, OSError, StartFailed) as error:
        return "error: " + " ".join(str(error).split())
    return "ok"


def serve(lab: Lab, wakeup: int) -> int:
    """Carry out commands until end of file."""
    print(json.dumps({"SLURM_CONF": str(lab.layout.conf)}), flush=True)
    buffer = b""
    while True:
        ready, _, _ = select.select([0, wakeup], [], [])
        if wakeup in ready:
            os.read(wakeup, 4096)
            lab.collect()
        if 0 in ready:
            chunk = os.read(0, 4096)
            if not chunk:
                return 0
            *commands, buffer = (buffer + chunk).split(b"\n")
            for command in commands:
                print(carry_out(lab, command.decode(errors="replace")), flush=True)


def run_command(lab: Lab, argv: list[str], wakeup: int) -> int:
    """Run a command in the lab's environment; return its exit code."""
    process = subprocess.Popen(argv, env=lab.environ)
    process.returncode = 0  # reaped by collect()
    while True:
        os.read(wakeup, 4096)
        ended = lab.collect()
        if process.pid in ended:
            return abs(os.waitstatus_to_exitcode(ended[process.pid]))


def setting(text: str) -> tuple[str, str]:
    key, _, value = text.partition("=")
    return key, value


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--nodes", type=int, default=2, help="how many nodes (default 2)")
    for option, what in [
        ("--set", "a line of slurm.conf"),
        ("--node", "a word of each node's line"),
        ("--debug", "a word of the line of the partition debug"),
    ]:
        parser.add_argument(
            option,
            action="append",
            default=[],
            type=setting,
            metavar="KEY=VALUE",
            help=f"{what}; with an empty value it is left out",
        )
    parser.add_argument(
        "--line", action="append", default=[], metavar="TEXT", help="a further line of slurm.conf"
    )
    parser.add_argument("--job-submit", default="", metavar="TEXT", help="of job_submit.lua")
    parser.add_argument(
        "--accounting", action="store_true", help="with slurmdbd and a database of its own"
    )
    parser.add_argument(
        "--accounts", action="store_true", help="with accounts and a QOS for its user (implies it)"
    )
    parser.add_argument(
        "--gpus", type=int, default=0, help="of the last node, which is then a partition, too"
    )
    parser.add_argument("command", nargs="*", help="what to run inside, after --")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    options = parse(arguments)
    read_end, write_end = os.pipe()
    os.set_blocking(write_end, False)
    signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda received, _: sys.exit(128 + received))

    become_subreaper()
    directory = make_directory()
    try:
        lab = start_lab(directory, options)
        if options.command:
            return run_command(lab, options.command, read_end)
        return serve(lab, read_end)
    except StartFailed as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        left = kill_all()
        shutil.rmtree(directory, ignore_errors=True)
        if left:
            print(f"still there: {left}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
