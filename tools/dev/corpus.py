"""The programs kept in corpus/: which there are, which fault each one is a regression of. And those a fuzzer
has collected: in which order an engine loads them."""

import random
import re

from . import project

FOLDERS = ("seeds", "regressions")
LOADED_MAX = 20_000  # files named to one engine, which opens each of them
_FAULT_LINE = re.compile(r"#\s*fault:\s*(\S+)")


def fault_of(path):
    """The id in the `# fault: <id>` line of the file's leading comment, or None."""
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            if not line.startswith("#"):
                return None
            if found := _FAULT_LINE.match(line):
                return found[1]
    return None


def programs(corpus=project.CORPUS, without_fault=None):
    """Every program in text form, seeds first. `without_fault`: leaves out the regressions of that fault, so
    that an engine has to find it anew. An empty corpus ends the command: nothing would be tested."""
    found = [path for folder in FOLDERS for path in sorted((corpus / folder).rglob("*.txt"))
             if without_fault is None or fault_of(path) != without_fault]
    if not found:
        raise project.Stop(f"{project.relative(corpus)} holds no programs (*.txt in {' or '.join(FOLDERS)}): the corpus is empty")
    return found


def loading_order(seeds, grown, fresh, seed):
    """The files an engine loads, in this order until its time for loading is over: the project's own, then
    those that were collected, one of this run (`fresh`, names) and an older one in turn. Among them chance
    decides, not size: a sample has large programs as well. All of them are paths."""
    chance = random.Random(seed)
    new = [path for path in grown if path.name in fresh]
    old = [path for path in grown if path.name not in fresh]
    chance.shuffle(new)
    chance.shuffle(old)
    turns = [path for pair in zip(new, old) for path in pair]
    rest = new[len(old):] + old[len(new):]
    return [*seeds, *turns, *rest][:max(LOADED_MAX, len(seeds))]
