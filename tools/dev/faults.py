"""Planted faults: reading faults/<id>-<slug>.fault, checking that they apply, planting and building them.

A fault file is a head of `key: value` lines (a value goes on in lines that begin with a blank; `#` begins
a comment), then blocks of old and new text per file of lib/:

    id: canary
    title: size() is one too large
    source: none: so plain that not finding it means the harness is broken
    mechanism: the count starts at one
    invariant: M1
    oracle: MD
    survivor: no
    --- lib/map/layout.cc
    <<<<
    old lines
    ====
    new lines
    >>>>

The old lines must occur exactly once in the file, and they are compared whole: no line numbers that rot.

A fault is built in build/faults: `lib` there is a copy of lib/ in which one fault at a time is planted,
`build` its one build directory, so that going from fault to fault compiles only what the two change; the
programs then stand in build/faults/<id>/ until a source changes.
"""

import dataclasses
import fcntl
import hashlib
import pathlib
import re
import shutil

from . import builds, project

REQUIRED_KEYS = ("id", "title", "source", "mechanism", "invariant", "oracle", "survivor")
OPTIONAL_KEYS = ("barrier-half",)
PROGRAMS = {"map_ops_fuzz": "fuzz/map_ops_fuzz", "gcmap_cli": "harness/gcmap"}  # CMake target: where it is built
SOURCES = ("lib", "harness", "fuzz", "cmake", "CMakeLists.txt", "CMakePresets.json")


class FaultError(project.Stop):
    def __init__(self, path, line, message):
        super().__init__(f"{project.relative(path)}:{line}: {message}")


@dataclasses.dataclass
class Block:
    file: str  # relative to the project, e.g. lib/map/grow.cc
    line: int  # of the fault file, for messages
    old: str
    new: str


@dataclasses.dataclass
class Fault:
    path: pathlib.Path
    head: dict
    blocks: list

    @property
    def id(self):
        return self.head["id"]

    @property
    def survivor(self):
        """Nobody is expected to find it; the head says why."""
        return self.head["survivor"] != "no"


class _Reader:
    """A cursor over the lines of a fault file."""

    def __init__(self, path):
        self.path = path
        self.lines = path.read_text(encoding="utf-8").splitlines()
        self.at = 0

    def peek(self):
        return self.lines[self.at] if self.at < len(self.lines) else None

    def error(self, message, line=None):
        return FaultError(self.path, line if line is not None else min(self.at + 1, len(self.lines)), message)

    def until(self, marker, opened):
        """The text up to the line `marker`, which is consumed."""
        first = self.at
        while self.peek() is not None:
            line = self.peek()
            self.at += 1
            if line == marker:
                return "".join(text + "\n" for text in self.lines[first:self.at - 1])
            if line in ("<<<<", "====", ">>>>"):
                raise self.error(f"expected '{marker}', found '{line}'", self.at)
        raise self.error(f"the block opened here has no '{marker}'", opened)


def _read_head(reader):
    head, key = {}, None
    while (line := reader.peek()) is not None and not line.startswith("---"):
        if line.startswith("#") or not line.strip():
            pass
        elif line[0].isspace():
            if key is None:
                raise reader.error("a continued line with no key before it")
            head[key] += " " + line.strip()
        else:
            key, colon, value = line.partition(":")
            if not colon:
                raise reader.error(f"expected 'key: value', found '{line}'")
            if key not in REQUIRED_KEYS + OPTIONAL_KEYS:
                raise reader.error(f"unknown key '{key}'; known: {', '.join(REQUIRED_KEYS + OPTIONAL_KEYS)}")
            if key in head:
                raise reader.error(f"'{key}' is given twice")
            head[key] = value.strip()
        reader.at += 1
    for required in REQUIRED_KEYS:
        if not head.get(required):
            raise reader.error(f"the head has no '{required}: ...'")
    return head


def _read_blocks(reader):
    blocks, file = [], None
    while (line := reader.peek()) is not None:
        opened = reader.at + 1
        if line.startswith("--- "):
            file = line[4:].strip()
            if not file.startswith("lib/") or ".." in file:
                raise reader.error(f"'{file}' is not a file of lib/")
            reader.at += 1
        elif line == "<<<<":
            if file is None:
                raise reader.error("a block before the first '--- lib/...' line")
            reader.at += 1
            old = reader.until("====", opened)
            new = reader.until(">>>>", opened)
            if not old.strip():
                raise reader.error("the old text is empty", opened)
            if old == new:
                raise reader.error("old and new text are the same", opened)
            blocks.append(Block(file, opened, old, new))
        elif line.startswith("#") or not line.strip():
            reader.at += 1
        else:
            raise reader.error(f"expected '--- lib/...' or '<<<<', found '{line}'")
    if not blocks:
        raise reader.error("no blocks of old and new text")
    return blocks


def parse(path):
    reader = _Reader(path)
    head = _read_head(reader)
    fault = Fault(path, head, _read_blocks(reader))
    if path.stem != fault.id and not path.stem.startswith(fault.id + "-"):
        raise FaultError(path, 1, f"the file's name must be {fault.id}-<slug>.fault, after its id")
    return fault


def load(directory=project.FAULTS):
    """Every fault by id, the canary first."""
    found = {}
    for path in sorted(directory.glob("*.fault"), key=lambda path: (not path.stem.startswith("canary"), path.name)):
        fault = parse(path)
        if fault.id in found:
            raise FaultError(path, 1, f"id '{fault.id}' is also that of {project.relative(found[fault.id].path)}")
        found[fault.id] = fault
    return found


def select(ids, directory=project.FAULTS):
    """The faults with these ids; all if none are named."""
    known = load(directory)
    for wanted in ids:
        if wanted not in known:
            raise project.Stop(f"no fault '{wanted}' in {project.relative(directory)}; there are: {', '.join(known) or 'none'}")
    return [known[wanted] for wanted in ids] if ids else list(known.values())


def apply(fault, root):
    """{file: text with the fault} for every file the fault touches. Raises FaultError where it does not apply."""
    changed = {}
    for block in fault.blocks:
        path = root / block.file
        if not path.is_file():
            raise FaultError(fault.path, block.line, f"{block.file} does not exist")
        text = changed.get(block.file)
        if text is None:
            text = path.read_text(encoding="utf-8")
        whole_lines = re.compile("^(?=" + re.escape(block.old) + ")", re.MULTILINE)
        places = [match.start() for match in whole_lines.finditer(text)]
        if len(places) != 1:
            raise FaultError(fault.path, block.line, f"the old text occurs {len(places)} times in {block.file}, not once")
        changed[block.file] = text[:places[0]] + block.new + text[places[0] + len(block.old):]
    return changed


def plant(fault, root, copy):
    """Makes copy/lib equal to root/lib with `fault` in it (None: without any). Writes only what differs, so
    that a build of the copy stays incremental. Returns the files written or removed."""
    changed = apply(fault, root) if fault else {}
    written, wanted = [], set()
    for source in sorted((root / "lib").rglob("*")):
        name = source.relative_to(root)
        if not source.is_file():
            continue
        wanted.add(name)
        text = changed.get(str(name))
        content = source.read_bytes() if text is None else text.encode("utf-8")
        target = copy / name
        if not target.is_file() or target.read_bytes() != content:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
            written.append(str(name))
    for target in sorted((copy / "lib").rglob("*")):
        name = target.relative_to(copy)
        if target.is_file() and name not in wanted:
            target.unlink()
            written.append(str(name))
    return written


def _fingerprint(fault):
    digest = hashlib.sha256(fault.path.read_bytes())
    for source in SOURCES:
        top = project.ROOT / source
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if path.is_file():
                digest.update(str(path).encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()


def build(fault):
    """Builds the programs with the fault planted; returns the directory they stand in."""
    home = project.BUILD / "faults"
    programs = home / fault.id
    stamp, wanted = programs / "stamp", _fingerprint(fault)
    if stamp.exists() and stamp.read_text() == wanted:
        return programs
    home.mkdir(parents=True, exist_ok=True)
    with open(home / "lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        plant(fault, project.ROOT, home)
        # A fault may leave something unused behind: warnings are none of its business.
        variables = {"GCMAP_LIB_DIR": home / "lib", "CMAKE_COMPILE_WARNING_AS_ERROR": "OFF"}
        builds.build("fuzz", list(PROGRAMS), home / "build", variables, f"build {fault.id}")
        programs.mkdir(exist_ok=True)
        stamp.unlink(missing_ok=True)
        for program in PROGRAMS.values():
            shutil.copy2(home / "build" / program, programs)
        stamp.write_text(wanted)
    return programs
