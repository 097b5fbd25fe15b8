"""The programs kept in corpus/: which there are, which fault each one is a regression of."""

import re

from . import project

FOLDERS = ("seeds", "regressions")
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
        raise project.Stop(f"{project.relative(corpus)} holds no programs (*.txt in {' or '.join(FOLDERS)}): the corpus is empty",
                           project.FOUND)
    return found
