"""The command that Python is started with: an interpreter, or a program that runs one (``apptainer exec
image.sif python``, ``srun python``)."""

from __future__ import annotations

import os
import shlex
import shutil


def python_words(python: str) -> list[str]:
    """Return the words of the command. A file that exists is one word, whatever its name; anything else is
    read as a shell would. Raise ValueError for quotes that do not match.

    The words are quoted one by one wherever a shell reads them: none is ever more than a word.
    """
    if not any(c.isspace() or c in "'\"" for c in python) or os.path.exists(python):
        return [python]
    words = shlex.split(python)
    if not words or not words[0]:
        raise ValueError("a command")
    return words


def scheduler_words(python: str) -> list[str]:
    """Return the words of the command for a scheduler, which is no step of a job: without ``srun``.

    Some of ``srun``'s options have a value of their own behind them, others have none: what it runs is
    the first word that is a program here, or else the first that is no option.
    """
    words = python_words(python)
    if os.path.basename(words[0]) != "srun":
        return words
    others = [n for n, word in enumerate(words) if n > 0 and not word.startswith("-")]
    programs = [n for n in others if shutil.which(words[n]) is not None]
    return words[(programs or others or [0])[0] :]
