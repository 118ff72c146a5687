"""What the log of a job says of its end, in logs as they are written."""

from __future__ import annotations

import pytest

from jupyter_dask_slurm.controller.log_words import LONGEST_LINE, cause, ending, last_words

OVER = "Worker tls://10.0.0.2:41 (pid=7) exceeded 95% memory budget. Restarting"
MEMORY = f"2026-11-30 11:00:01,000 - distributed.nanny.memory - WARNING - {OVER}..."
SIGNAL = (
    "2026-11-30 11:00:02,000 - distributed.nanny - INFO - Worker process 7 was killed by signal 15"
)
NO_DASK = """\
Traceback (most recent call last):
  File "<frozen runpy>", line 198, in _run_module_as_main
  File "/site/lib/python3.11/site-packages/distributed/cli/dask_worker.py", line 9, in <module>
    import click
ModuleNotFoundError: No module named 'click'
"""
CHAINED = """\
2026-03-01 10:00:00,123 - distributed.nanny - INFO -         Start Nanny at: 'tls://10.1.0.7:40001'
Traceback (most recent call last):
  File "/env/distributed/comm/tcp.py", line 546, in connect
    stream = await self.client.connect(
             ^^^^^^^^^^^^^^^^^^^^^^^^^^
asyncio.exceptions.CancelledError

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/env/distributed/comm/core.py", line 342, in connect
    comm = await wait_for(
TimeoutError

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/env/distributed/worker.py", line 1450, in start_unsafe
    await self._register_with_scheduler()
OSError: Timed out trying to connect to tls://10.0.0.1:8786 after 30 s

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/env/distributed/core.py", line 668, in start
    raise RuntimeError(f"{type(self).__name__} failed to start.") from exc
RuntimeError: Worker failed to start.
2026-03-01 10:00:31,125 - distributed.dask_worker - INFO - End worker
"""
HANDLED = """\
Traceback (most recent call last):
  File "/home/u/setup.py", line 3, in <module>
    table["gain"]
KeyError: 'gain'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/home/u/setup.py", line 5, in <module>
    raise LookupError(
LookupError: no gain in the table:
  expected one of ['offset']
"""
GROUP = """\
  + Exception Group Traceback (most recent call last):
  |   File "/env/dask_worker.py", line 7, in <module>
  |     main()
  | ExceptionGroup: unhandled errors in a TaskGroup (1 sub-exception)
  +-+---------------- 1 ----------------
    | Traceback (most recent call last):
    |   File "/env/ports.py", line 4, in bind
    | OSError: [Errno 98] Address already in use
    +------------------------------------
"""
UNREADABLE = """\
  File "/home/u/preload.py", line 2
    def f(
         ^
SyntaxError: '(' was never closed
"""
TASK_AND_CRASH = (
    "2026-03-01 10:00:00,123 - distributed.worker - ERROR - Compute Failed\n"
    + HANDLED
    + "2026-03-01 10:02:00,123 - distributed.nanny - INFO - Worker process 4242 was killed by signal 11\n"
    "2026-03-01 10:02:00,200 - distributed.nanny - WARNING - Restarting worker\n"
)
OOM = """\
2026-03-01 10:00:00,123 - distributed.worker - INFO - Starting Worker plugin shuffle
Traceback (most recent call last):
  File "/env/distributed/nanny.py", line 10, in f
distributed.comm.core.CommClosedError: in <TLS closed>: Stream is closed
slurmstepd: error: Detected 1 oom_kill event in StepId=81.batch. Some of the step tasks have been OOM Killed.
slurmstepd: error: *** JOB 81 ON n1 CANCELLED AT 2026-03-01T10:00:02 ***
"""
OUT_OF_TIME = """\
2026-03-01 10:00:00,123 - distributed.dask_worker - INFO - Exiting on signal 15
slurmstepd: error: *** JOB 81 ON n1 CANCELLED AT 2026-03-01T10:00:02 DUE TO TIME LIMIT ***
"""
NO_MODULES = """\
/home/u/.bashrc: line 7: starship: command not found
/var/spool/slurmd/job00081/slurm_script: line 12: module: command not found
/var/spool/slurmd/job00081/slurm_script: line 14: dask: command not found
"""
NO_SUCH_MODULE = """\
Lmod has detected the following error:  The following module(s) are unknown:
"dask/2099.1"

Please check the spelling or version number. Also try "module spider ..."
/var/spool/slurmd/job00081/slurm_script: line 14: dask: command not found
"""
NO_PYTHON = (
    "/var/spool/slurmd/job00081/slurm_script: line 9: /env/bin/python3: No such file or directory\n"
)


@pytest.mark.parametrize(
    ("log", "words"),
    [
        pytest.param(NO_DASK, "ModuleNotFoundError: No module named 'click'", id="traceback"),
        pytest.param(
            CHAINED,
            "OSError: Timed out trying to connect to tls://10.0.0.1:8786 after 30 s",
            id="chained: what only follows from another is not it",
        ),
        pytest.param(HANDLED, "LookupError: no gain in the table:", id="during handling"),
        pytest.param(GROUP, "OSError: [Errno 98] Address already in use", id="group"),
        pytest.param(UNREADABLE, "SyntaxError: '(' was never closed", id="syntax"),
        pytest.param(
            "RuntimeError: Worker failed to start.\n", None, id="words that no traceback leads to"
        ),
        pytest.param(
            "Traceback (most recent call last):\n  File ...\nRuntimeError: Worker failed to start.\n",
            "RuntimeError: Worker failed to start.",
            id="nothing better",
        ),
        pytest.param(
            'site.py", line 9\nTraceback (most recent call last):\n  File "a.py", line 1\n',
            None,
            id="a traceback that is cut",
        ),
        pytest.param(TASK_AND_CRASH, "Worker process 4242 was killed by signal 11", id="crash"),
        pytest.param(
            f"{MEMORY}\n{SIGNAL}\n… - WARNING - Restarting worker\n",
            f"{OVER}; Worker process 7 was killed by signal 15",
            id="the nanny restarts a worker",
        ),
        pytest.param(
            OOM,
            "slurmstepd: error: Detected 1 oom_kill event in StepId=81.batch. "
            "Some of the step tasks have been OOM Killed.",
            id="oom-kill",
        ),
        pytest.param(
            OUT_OF_TIME,
            "slurmstepd: error: *** JOB 81 ON n1 CANCELLED AT 2026-03-01T10:00:02 DUE TO TIME LIMIT ***",
            id="time limit",
        ),
        pytest.param(
            NO_MODULES,
            "/var/spool/slurmd/job00081/slurm_script: line 12: module: command not found",
            id="the first complaint of the script, not of a profile",
        ),
        pytest.param(
            "slurm_script: 3: module: not found\n", "slurm_script: 3: module: not found", id="sh"
        ),
        pytest.param(
            NO_SUCH_MODULE,
            'Lmod has detected the following error:  The following module(s) are unknown: "dask/2099.1"',
            id="a module that is not there",
        ),
        pytest.param(
            "/home/u/.bashrc: line 7: starship: command not found\n",
            "/home/u/.bashrc: line 7: starship: command not found",
            id="only a profile",
        ),
        pytest.param(NO_PYTHON, NO_PYTHON.strip(), id="no Python there"),
        pytest.param(
            "loading   1%\rloading  99%\r\x1b[31mpip: error: no such option\x1b[0m\r\n",
            "pip: error: no such option",
            id="progress bar and colours",
        ),
        pytest.param(
            "10:00:00 - distributed.worker - ERROR - Unable to use interface ib0\n"
            "10:00:01 - distributed.dask_worker - INFO - End worker\n",
            "Unable to use interface ib0",
            id="logged",
        ),
        pytest.param(
            "10:00:01 - distributed.dask_worker - INFO - End worker\n", None, id="nothing"
        ),
        pytest.param(
            "caf\N{REPLACEMENT CHARACTER}: Permission denied\n",
            "caf\N{REPLACEMENT CHARACTER}: Permission denied",
            id="not UTF-8",
        ),
        pytest.param("", None, id="empty"),
        pytest.param("\n \r\n\n", None, id="blank"),
    ],
)
def test_the_line_that_says_why(log: str, words: str | None) -> None:
    assert cause(log) == words


def test_the_last_lines_are_whole_and_can_be_read() -> None:
    assert ending(NO_DASK + "\n\n\x1b[1mbye\x1b[0m\n", 2).splitlines() == [
        "ModuleNotFoundError: No module named 'click'",
        "bye",
    ]
    assert ending("".join(f"\r{k} %" for k in range(9101)) + "\ndone\n", 20) == "9100 %\ndone"
    assert ending("one\ntwo without an end", 1) == "two without an end"
    assert ending("x" * 9999, 1) == "x" * (LONGEST_LINE - 1) + "…"
    assert ending("\a\0 \n", 5) == ""


@pytest.mark.parametrize(
    ("log", "words"),
    [
        (
            f"started\n{MEMORY}\n{SIGNAL}\ndistributed.nanny - WARNING - Restarting worker\n",
            f"{OVER}; Worker process 7 was killed by signal 15",
        ),
        (
            "Fatal Python error: Segmentation fault\n\n… - INFO - Worker process 8 was killed by signal 11",
            "Fatal Python error: Segmentation fault; Worker process 8 was killed by signal 11",
        ),
        (
            "… - INFO - Worker process 8 exited with status 1",
            "Worker process 8 exited with status 1",
        ),
        (f"{SIGNAL}\n{SIGNAL}\n{MEMORY}\n", f"{SIGNAL[-40:]}; {OVER}"),
        ("distributed.worker - INFO - Start worker at: tls://10.0.0.2:41", ""),
        ("", ""),
    ],
)
def test_the_last_words_in_a_log(log: str, words: str) -> None:
    assert last_words(log) == words
