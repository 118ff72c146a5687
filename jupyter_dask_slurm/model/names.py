"""A name for a cluster that nobody named: two words that are easy to say."""

from __future__ import annotations

import secrets
from collections.abc import Collection

_ADJECTIVES = """
amber ample azure bold brave bright brisk calm clear clever cosy crisp deft eager early fair fleet
fond gentle glad golden grand green keen kind light lively loyal lucid lucky mellow merry mild neat
noble proud quick quiet rapid ready rosy ruby sage sharp silver sleek smart solid stout sunny swift
tidy true vivid warm wise witty young
"""
_ANIMALS = """
badger beaver bison bittern condor coral crane curlew dolphin dove eagle egret falcon finch fox
gecko gibbon hare heron hornet ibis jackal kestrel koala lark lemur lion lynx magpie marten mole
moose narwhal newt osprey otter owl panda petrel plover puffin quail raven robin salmon seal shrew
sparrow stoat stork swan tapir tern toad trout vole walrus weasel wombat wren
"""


def new_name(taken: Collection[str]) -> str:
    """A name such as ``quiet-otter`` that is not among those taken."""
    while True:
        name = f"{secrets.choice(_ADJECTIVES.split())}-{secrets.choice(_ANIMALS.split())}"
        for suffix in ("", f"-{secrets.token_hex(2)}"):
            if name + suffix not in taken:
                return name + suffix
