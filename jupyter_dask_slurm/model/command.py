"""The command that Python is started with: an interpreter, or a program that runs one (``apptainer exec
image.sif python``, ``srun python``); and what stands behind it as it is, for a shell to read."""

from __future__ import annotations

import os
import re
import shlex
import shutil

_NAMED = r"\$\{\w+(?::?[-+=][^\s'\"\\`$;&|<>(){}]*)?\}"
_DATA = re.compile(
    rf"""(?:[^\s'"\\`$;&|<>()]|\\.|'[^']*'|{_NAMED}|\$(?![({{\['"])|"(?:[^"\\`$]|\\.|{_NAMED}|\$(?![({{\[]))*")*"""
)
_NO_BRACES = re.compile(rf"(?:[^${{}}]|{_NAMED}|\$(?!\{{))*")


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


def is_data(word: str) -> bool:
    """Return whether a shell makes of a word, with its quotes, one or more arguments and nothing else:
    it fills in variables and ``~``, and runs nothing."""
    return _DATA.fullmatch(word) is not None and not word.startswith("#")


def has_only_variables(text: str) -> bool:
    """Return whether ``$`` and braces name variables in a text without other characters of a shell."""
    return _NO_BRACES.fullmatch(text) is not None
