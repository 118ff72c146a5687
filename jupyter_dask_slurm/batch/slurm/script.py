"""Read and write the ``#SBATCH`` lines of a job script. Pure.

Both batch systems read them, so that the same script runs on Slurm and on the embedded queue.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path, PurePath

_MARK = "#SBATCH"

_LONG_NAMES = {
    "-a": "--array",
    "-A": "--account",
    "-c": "--cpus-per-task",
    "-C": "--constraint",
    "-d": "--dependency",
    "-D": "--chdir",
    "-e": "--error",
    "-G": "--gpus",
    "-H": "--hold",
    "-i": "--input",
    "-J": "--job-name",
    "-L": "--licenses",
    "-M": "--clusters",
    "-n": "--ntasks",
    "-N": "--nodes",
    "-o": "--output",
    "-p": "--partition",
    "-q": "--qos",
    "-s": "--oversubscribe",
    "-t": "--time",
    "-w": "--nodelist",
    "-x": "--exclude",
}
_OPTIONS = frozenset(
    f"--{name}"
    for name in re.findall(
        r"[a-z-]+",
        """
    account acctg-freq array batch bb bbf begin chdir cluster-constraint clusters comment
    constraint container contiguous core-spec cores-per-socket cpu-freq cpus-per-gpu
    cpus-per-task deadline delay-boot dependency distribution error exclude exclusive export
    export-file external extra extra-node-info get-user-env gid gpu-bind gpu-freq gpus gpus-per-node
    gpus-per-socket gpus-per-task gres gres-flags help hint hold ignore-pbs input job-name
    kill-on-invalid-dep licenses mail-type mail-user mcs-label mem mem-bind mem-per-cpu
    mem-per-gpu mincpus network nice no-kill no-requeue nodefile nodelist nodes ntasks
    ntasks-per-core ntasks-per-gpu ntasks-per-node ntasks-per-socket open-mode output
    overcommit oversubscribe parsable partition power prefer priority profile propagate qos
    quiet reboot requeue reservation signal sockets-per-node spread-job switches test-only
    thread-spec threads-per-core time time-min tmp tres-per-task uid usage use-min-nodes
    verbose version wait wait-all-nodes wckey wrap
    """,
    )
)
"""The long options of ``sbatch`` (its manual, Slurm 22.05 to 24.05), for `_unabbreviated`."""
_BOURNE_SHELLS = ("bash", "dash", "ksh", "sh", "zsh")
_STAMPED = frozenset({"--job-name", "--array", "--output", "--error"})
"""The options that `stamp` sets. An ``-e`` would keep a job's errors out of its log."""


def stamp(script: str, *, name: str, count: int | None, log_directory: Path) -> str:
    """Return the script as it is submitted: with job name, array and log file.

    ``count`` None is a single job. Earlier directives for the same options are dropped; the new
    ones stand behind the last ``#SBATCH`` line, or behind the first line when there is none.
    """
    lines = _lines(script)
    kept: list[str] = []
    behind = min(1, len(lines))
    header = _header_length(lines)
    for number, line in enumerate(lines):
        if number < header and _is_directive(line):
            remainder = without_stamped(line)
            if remainder is None:
                continue
            kept.append(remainder)
            behind = len(kept)
        else:
            kept.append(line)
    file_name = "%j.log" if count is None else "%A_%a.log"
    log = str(log_directory).replace("%", "%%") + "/" + file_name
    stamped = [f"{_MARK} -J {quoted(name)}"]
    if count is not None:
        stamped.append(f"{_MARK} --array=0-{count - 1}")
    stamped.append(f"{_MARK} -o {quoted(log)}")
    kept[behind:behind] = stamped
    return "\n".join(kept) + "\n"


def directives(script: str) -> dict[str, str]:
    """Return the options in the ``#SBATCH`` lines by long name (``--time``); flags have an empty value.

    The last of several counts, as for Slurm. Lines with unbalanced quotes are skipped.
    """
    return dict(occurrences(script))


def occurrences(script: str) -> Iterator[tuple[str, str]]:
    """Yield every option in the ``#SBATCH`` lines with its value, in order: one may stand twice."""
    lines = _lines(script)
    for line in lines[: _header_length(lines)]:
        if _is_directive(line):
            yield from _options(line)


def interpreter(script: str) -> list[str] | None:
    """Return the command of the script's first line (``#!``), one argument at most; None without one."""
    first = script.partition("\n")[0]
    if not first.startswith("#!"):
        return None
    return first[2:].strip().split(maxsplit=1) or None


def bourne_shell(script: str) -> list[str] | None:
    """Return the command of the script's first line if that is a Bourne shell; None if it is another."""
    command = interpreter(script) or []
    words = [word for part in command for word in part.split()]
    if words and PurePath(words[0]).name == "env":
        words = [word for word in words[1:] if not word.startswith("-")]
    return command if words and PurePath(words[0]).name in _BOURNE_SHELLS else None


def _lines(script: str) -> list[str]:
    """Split at newlines only: a carriage return has to stay, because Slurm refuses it."""
    return script.removesuffix("\n").split("\n")


def _header_length(lines: list[str]) -> int:
    """Return how many lines Slurm reads: it stops at the first that is neither comment nor empty."""
    for number, line in enumerate(lines):
        if line.strip() and not line.lstrip().startswith("#"):
            return number
    return len(lines)


def _is_directive(line: str) -> bool:
    return line.startswith(_MARK) and line[len(_MARK) : len(_MARK) + 1] in ("", " ", "\t")


def _words(line: str) -> list[str]:
    try:
        return shlex.split(line[len(_MARK) :], comments=True)
    except ValueError:
        return []


def _options(line: str) -> Iterator[tuple[str, str]]:
    for group in _groups(line):
        first = group[0]
        if first.startswith("--"):
            option, equals, value = first.partition("=")
            option = _unabbreviated(option)
        else:
            option, value = _LONG_NAMES.get(first[:2], first[:2]), first[2:]
            equals = value
        yield option, value if equals else " ".join(group[1:])


def _groups(line: str) -> Iterator[list[str]]:
    """Yield each option with the value that follows it, if any. ``sbatch`` allows no other words."""
    group: list[str] = []
    for word in _words(line):
        if word.startswith("-") and group:
            yield group
            group = []
        group.append(word)
    if group:
        yield group


def without_partition(script: str) -> str | None:
    """Return the script for the default partition; None where it names none."""
    lines = _lines(script)
    kept = [line for line in lines if not (_is_directive(line) and _names_partition(line))]
    return "\n".join(kept) + "\n" if len(kept) < len(lines) else None


def _names_partition(line: str) -> bool:
    return [option for option, _ in _options(line)] == ["--partition"]


def without_stamped(line: str) -> str | None:
    """Return a ``#SBATCH`` line without the options that `stamp` sets; None when nothing else is on it."""
    groups = list(_groups(line))
    others = [g for g in groups if _name(g[0]) not in _STAMPED]
    if len(others) == len(groups):
        return line
    if not others:
        return None
    return f"{_MARK} " + " ".join(quoted(word) for group in others for word in group)


def _name(word: str) -> str:
    if word.startswith("--"):
        return _unabbreviated(word.partition("=")[0])
    return _LONG_NAMES.get(word[:2], word[:2])


def _unabbreviated(option: str) -> str:
    """Return the whole name of a long option: ``sbatch`` takes any beginning that only one has
    (``getopt_long``)."""
    if option in _OPTIONS:
        return option
    meant = [name for name in _OPTIONS if name.startswith(option)]
    return meant[0] if len(meant) == 1 else option


def quoted(word: str) -> str:
    """Return a word for a ``#SBATCH`` line, in double quotes where it needs them."""
    if all(c.isalnum() or c in "-_./%=:,+@[]~^" for c in word) and word:
        return word
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'
