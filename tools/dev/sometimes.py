"""What must happen in some test: the GCMAP_SOMETIMES of lib/ (lib/include/gcmap/internal/base/sometimes.h).

    with sometimes.reported(directory / "sometimes.txt") as report:
        ...                                    # test programs append what they hit, and what they missed
    result = sometimes.judge(report, root)     # a test of its own: it fails if all of them missed a site
"""

import contextlib
import os
import re

from . import cases

VARIABLE = "GCMAP_SOMETIMES_FILE"
NAME = "sometimes"  # of the test
_SITE = re.compile(r'^ *GCMAP_SOMETIMES\(.*?"([^"]+)"\s*\);', re.MULTILINE | re.DOTALL)


@contextlib.contextmanager
def reported(path):
    """Processes that are started in here append to `path`, which is empty at first."""
    path.write_text("", encoding="utf-8")
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = str(path)
    try:
        yield path
    finally:
        os.environ.pop(VARIABLE)
        if before is not None:
            os.environ[VARIABLE] = before


def sites(root):
    """The place "file:line" of every site of lib/, by name."""
    found = {}
    for path in sorted(root.joinpath("lib").rglob("*")):
        if path.suffix in (".h", ".cc") and not path.name.endswith("_test.cc"):
            text = path.read_text(encoding="utf-8")
            for site in _SITE.finditer(text):
                found[site[1]] = f"{path.relative_to(root)}:{text.count(chr(10), 0, site.start()) + 1}"
    return found


def judge(report, root):
    """The result of the test: `report` is what all programs have said."""
    lines = [line.partition(" ") for line in report.read_text(encoding="utf-8").splitlines()]
    told, hit = {name for _, _, name in lines}, {name for word, _, name in lines if word == "hit"}
    if not told:
        return cases.Result(NAME, 0, f"no program said what it hit in {report}: is GCMAP_REPORT_SOMETIMES on?\n")
    places = sites(root)
    missed = sorted((told | set(places)) - hit)
    said = [f"{places.get(name, 'a test')}: \"{name}\" never happened: no test takes this path any more\n" for name in missed]
    return cases.Result(NAME, 0, "".join(said) or None)
