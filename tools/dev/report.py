"""./dev report: a program as one page, self-contained and offline: what it does to maps and heap, step
by step.

The states come from `gcmap states` (docs/REPORT.md), the page from tools/report: its modules are put into one
script, in the order in which they need each other.
"""

import base64
import gzip
import json
import pathlib
import re
import subprocess

from . import arguments as kinds
from . import gcmap, output, project

PAGE = project.ROOT / "tools" / "report"
DEFAULT = "report.html"
IMPORT = re.compile(r'^import [^;]*? from "\./([\w.]+)";\n', re.MULTILINE)
INVARIANTS = project.ROOT / "docs" / "INVARIANTS.md"


def script(folder=PAGE, start="main.js"):
    """The modules of the page as one script: none imports, and each comes after those it needs."""
    modules, order, texts = [], [start], {}
    while order:
        name = order[-1]
        if name not in texts:
            texts[name] = (folder / name).read_text(encoding="utf-8")
        missing = [needed for needed in IMPORT.findall(texts[name]) if needed not in modules]
        if missing and missing[-1] in order:
            raise project.Stop(f"{project.relative(folder / name)} and {missing[-1]} import each other")
        if missing:
            order.append(missing[-1])
            continue
        order.pop()
        modules.append(name)
    return "\n".join(re.sub(r"^export (?=function|async|class|const)", "", IMPORT.sub("", texts[name]), flags=re.MULTILINE)
                     for name in modules)


def page(states, about):
    """The whole page for the lines of `gcmap states`; `about` is what else it knows: {"invariant": ...}."""
    recording = base64.encodebytes(gzip.compress(states, 9, mtime=0)).decode("ascii")
    knows = json.dumps(about).replace("<", "\\u003c")
    parts = {"css": (PAGE / "page.css").read_text(encoding="utf-8"), "recording": recording,
             "script": f"window.gcmapReport = {knows};\n{script()}"}
    template = (PAGE / "page.html").read_text(encoding="utf-8")
    return re.sub(r"/\*\{(\w+)\}\*/", lambda found: parts[found[1]], template)


def verdict_of(states):
    """The last line of `gcmap states`."""
    return json.loads(states.rstrip().rpartition(b"\n")[2])


def statement_of(oracle):
    """What docs/INVARIANTS.md says of an id; empty if it has none."""
    row = re.search(rf"^\| {re.escape(oracle or '-')} \| ([^|]*) \|", INVARIANTS.read_text(encoding="utf-8"), re.MULTILINE)
    return row[1].strip() if row else ""


def record(arguments):
    """The lines of `gcmap states` for the program, as bytes; raises project.Stop if there are none."""
    build = "fast" if arguments.fast else "sanitized"
    command = [str(gcmap.built(arguments.fault, build)), "states", "--last", str(arguments.last)]
    command += (["--any-bytes"] if arguments.any_bytes else []) + ["--", str(arguments.file)]
    asked = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                           env=gcmap.environment(arguments.fault, build))
    if asked.returncode != project.OK:
        said = asked.stderr.decode("utf-8", "replace").strip().splitlines() or [f"gcmap ended with {asked.returncode}"]
        raise project.Stop(re.sub(r"^\S.* states: ", "", said[-1]))
    return asked.stdout


def run(arguments):
    output.check(arguments.output, "-o")
    states = record(arguments)
    verdict = verdict_of(states)
    output.write(arguments.output, page(states, {"invariant": statement_of(verdict.get("oracle"))}))
    came_to = verdict.get("signature", verdict["verdict"])
    print(f"{came_to}: {verdict['detail']}" if verdict.get("detail") else came_to)
    print(f"report: {project.relative(arguments.output)}")
    return project.OK


def add_arguments(parser):
    parser.add_argument("file", metavar="FILE", type=pathlib.Path, help="a program: text, binary, or what a crash left")
    parser.add_argument("-o", dest="output", metavar="file", type=pathlib.Path, default=pathlib.Path(DEFAULT), help=f"the page (default: {DEFAULT})")
    parser.add_argument("--fault", metavar="id", help="with this fault of faults/ planted")
    parser.add_argument("--fast", action="store_true", help="in the build without a sanitizer")
    parser.add_argument("--last", metavar="n", type=kinds.positive, default=1000, help="steps at the end that are shown, if there are more (default: 1000)")
    parser.add_argument("--any-bytes", action="store_true", help="take a file that is no program as a fuzzing engine would")
