"""The lines of a job script, each with its origin: pure.

The origin of a line is the option that governs it, ``config`` for a line of the site's YAML that no
option of ours governs, ``cluster`` for what every cluster here brings (its address and keys, one
Slurm task a job, workers under a nanny and named by their job). Only an empty line has None.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

_INDENT = "    "
_TOKEN = re.compile(r"""(?:[^\s'"\\]|\\.|'[^']*'|"(?:[^"\\]|\\.)*")+""")
_WORKER_OPTIONS = {
    "--nthreads": "cores",
    "--memory-limit": "memory",
    "--nworkers": "processes",
    "--death-timeout": "death_timeout",
    "--local-directory": "local_directory",
    "--lifetime": "walltime",
    "--lifetime-stagger": "walltime",
    "--interface": "interface",
    "--name": "cluster",
    "--nanny": "cluster",
    "--no-dashboard": "cluster",
    "--preload": "cluster",
    "--protocol": "cluster",
    "--tls-ca-file": "cluster",
    "--tls-cert": "cluster",
    "--tls-key": "cluster",
}
_DIRECTIVES = {
    "-p": "partition",
    "-A": "account",
    "-n": "cluster",
    "-N": "cluster",
    "--cpus-per-task": "cores",
    "--mem": "memory",
    "-t": "walltime",
}
SBATCH_MARK = re.compile(r"(\s*#?\s*SBATCH\b)+", re.IGNORECASE)
"""What a directive begins with where it was copied from a script."""
_STAMPED = {"-J": "name", "--array": "scaling", "-o": "log_directory"}


@dataclass(frozen=True)
class Line:
    """One line of the script, without its line break."""

    text: str
    origin: str | None = None


@dataclass(frozen=True)
class Part:
    """Consecutive words of the worker's command that came from one place."""

    words: tuple[str, ...]
    origin: str | None


def words_of(text: str) -> tuple[str, ...]:
    """The words of a piece of a command line, quotes kept. Raises ValueError for unbalanced ones."""
    shlex.split(text)
    return tuple(_TOKEN.findall(text))


def directive_lines(lines: Sequence[str], origins: Mapping[str, str]) -> list[Line]:
    """SLURMJob's own directives. ``origins`` says better for some than the directive itself does."""
    known = {**_DIRECTIVES, **origins}
    return [Line(text, known.get(option_of(text.removeprefix("#SBATCH ")))) for text in lines]


def option_of(directive: str) -> str:
    """``--mem`` of ``--mem=4G``, ``-t`` of ``-t 00:30:00``."""
    return re.split(r"[\s=]", directive.strip(), maxsplit=1)[0]


def command_lines(command: str, *, start: int, tail: Sequence[Part]) -> list[Line]:
    """The worker's command over several lines, one option each; still one command to the shell.

    Its first ``start`` words are the interpreter and the module, then comes the scheduler's
    address. ``tail`` says whose the last words are; the others are known by their option.
    """
    words = words_of(command)
    owners = [part.origin for part in tail for _ in part.words]
    head = len(words) - len(owners)
    groups: list[tuple[list[str], str | None]] = [
        (list(words[:start]), "python"),
        ([words[start]], "cluster"),
    ]
    for index, word in enumerate(words[start + 1 :], start + 1):
        if re.match(r"--?[A-Za-z]", word):
            owner = owners[index - head] if index >= head else None
            groups.append(([word], owner or _WORKER_OPTIONS.get(option_of(word))))
        else:
            groups[-1][0].append(word)
    texts = [" ".join(group) for group, _ in groups]
    separator = f" \\\n{_INDENT}"
    return [
        Line(text, origin)
        for text, (_, origin) in zip(separator.join(texts).split("\n"), groups, strict=True)
    ]


def stamped_lines(script: str, template: Sequence[Line]) -> list[Line]:
    """The lines of a stamped script: those of its template, and the stamp's own."""
    rest = list(template)
    lines: list[Line] = []
    for text in script.removesuffix("\n").split("\n"):
        # The stamp leaves lines out, too: an earlier job name.
        known = next((n for n, line in enumerate(rest) if line.text == text), None)
        if known is None:
            directive = option_of(text.removeprefix("#SBATCH "))
            lines.append(Line(text, _STAMPED.get(directive)))
        else:
            lines.append(rest[known])
            del rest[: known + 1]
    return lines


def as_directive(line: Line) -> Line | None:
    """Return a directive as SLURMJob takes it, without the mark that it adds; None for a comment, behind
    which Slurm would read nothing."""
    marked = SBATCH_MARK.match(line.text)
    text = line.text[marked.end() if marked else 0 :].strip()
    return replace(line, text=text) if text and not text.startswith("#") else None


def environment_lines(environment: Mapping[str, str] | None) -> list[str]:
    """Return the lines that set variables for what follows."""
    return [f"export {name}={shlex.quote(text)}" for name, text in (environment or {}).items()]


def sbatch_lines(directives: Iterable[Line]) -> str:
    """Return directives as lines of a script."""
    return "".join(f"#SBATCH {line.text}\n" for line in directives)
