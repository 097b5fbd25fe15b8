"""Planted faults: reading faults/<id>-<slug>.fault, checking that they apply, planting and building them.

A fault file is a head of `key: value` lines (a value goes on in lines that begin with a blank; `#` begins
a comment), then blocks of old and new text per file of lib/ or harness/:

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

Optional keys:

    target: heap_ops_fuzz          the one target that can find it (default: each of them)
    build: sanitized               the build that can find it (default: fast)
    test: gcmap_map_test Verifier.SeesM1
                                   a fault of a verifier or an oracle, which blinds the harness instead of breaking
                                   the library: it is not fuzzed; this test of this program must fail
    barrier-half: old              of a fault in the write barrier: the half it drops

A planted program is linked from the objects of the build without a fault, save those that a file of the fault
is part of (relink.py). It stands in build/faults/<id>/<kind>/ until a source changes; `kind` is a build of
./dev fuzz, or tests-<program>.
"""

import dataclasses
import hashlib
import pathlib
import re
import shutil

from . import builds, project, relink

REQUIRED_KEYS = ("id", "title", "source", "mechanism", "invariant", "oracle", "survivor")
OPTIONAL_KEYS = ("target", "build", "test", "barrier-half")
PLANTED = ("lib", "harness")
# CMake target: where it is built.
PROGRAMS = {**{target: f"fuzz/{target}" for target in project.TARGETS}, "gcmap_cli": "harness/gcmap"}
TEST_PROGRAMS = {**{f"gcmap_{layer}_test": f"lib/{layer}" for layer in ("base", "alloc", "gc", "map", "observe")},
                 "gcmap_harness_test": "harness", "gcmap_properties": "properties"}  # where sources lie and where it is built
_TEST = re.compile(r"(\w+) (\w+)\.(\w+)")
# The programs of tests: as quick to compile as can be, every assertion on.
TEST_VARIABLES = {"CMAKE_CXX_COMPILER": "clang++", "CMAKE_EXE_LINKER_FLAGS": "-fuse-ld=lld", "CMAKE_CXX_FLAGS_DEBUG": "-O0 -g0"}
SOURCES = ("lib", "harness", "fuzz", "properties", "cmake", "CMakeLists.txt", "CMakePresets.json")


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

    @property
    def targets(self):
        """The fuzz targets that can find it."""
        return (self.head["target"],) if "target" in self.head else project.TARGETS

    @property
    def build(self):
        return self.head.get("build", "fast")

    @property
    def test(self):
        """(program, suite, name) of the test that must fail; None of a fault that is fuzzed."""
        return _TEST.fullmatch(self.head["test"]).groups() if "test" in self.head else None


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
    head, lines, key = {}, {}, None
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
            head[key], lines[key] = value.strip(), reader.at + 1
        reader.at += 1
    for required in REQUIRED_KEYS:
        if not head.get(required):
            raise reader.error(f"the head has no '{required}: ...'")
    _check_values(reader, head, lines)
    return head


def _check_values(reader, head, lines):
    for key, allowed in (("target", project.TARGETS), ("build", tuple(project.PRESETS))):
        if head.get(key, allowed[0]) not in allowed:
            raise reader.error(f"{key} '{head[key]}' is none of: {', '.join(allowed)}", lines[key])
    if "test" not in head:
        return
    named = _TEST.fullmatch(head["test"])
    if not named or named[1] not in TEST_PROGRAMS:
        raise reader.error(f"test '{head['test']}' is not '<program> <Suite>.<Name>' with a program of: {', '.join(TEST_PROGRAMS)}",
                           lines["test"])
    for key in ("target", "build"):
        if key in head:
            raise reader.error(f"'{key}' does not go with 'test': such a fault is not fuzzed", lines[key])
    if head["survivor"] != "no":
        raise reader.error("a fault with a test is no survivor: the test must fail", lines["test"])


def _read_blocks(reader):
    blocks, file = [], None
    while (line := reader.peek()) is not None:
        opened = reader.at + 1
        if line.startswith("--- "):
            file = line[4:].strip()
            if not file.startswith(tuple(f"{folder}/" for folder in PLANTED)) or ".." in file:
                raise reader.error(f"'{file}' is not a file of lib/ or harness/")
            reader.at += 1
        elif line == "<<<<":
            if file is None:
                raise reader.error("a block before the first '--- file' line")
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
            raise reader.error(f"expected '--- file' or '<<<<', found '{line}'")
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
    """{file: text with the fault} for every file the fault touches. Raises FaultError where it does
    not apply."""
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


def missing_test(fault, root):
    """What is wrong if the test that must fail is not there, else None."""
    program, suite, name = fault.test
    folder = root / TEST_PROGRAMS[program]
    declared = re.compile(rf"^TEST(?:_F)?\(\s*{suite}\s*,\s*{name}\s*\)", re.MULTILINE)
    if any(declared.search(path.read_text(encoding="utf-8")) for path in sorted(folder.rglob("*_test.cc"))):
        return None
    return f"{project.relative(fault.path)}:1: no test {suite}.{name} in {TEST_PROGRAMS[program]}/**/*_test.cc"


def _fingerprint(fault):
    digest = hashlib.sha256(fault.path.read_bytes())
    for source in SOURCES:
        top = project.ROOT / source
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if path.is_file():
                digest.update(str(path).encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()


def start(fault, kind, part=None, background=False):
    """Starts to build the fuzz targets and gcmap with the fault planted, in the build `kind` of
    project.PRESETS. The result is the directory they stand in; see builds.start."""
    return _start(fault, kind, project.BUILD / project.PRESETS[kind], project.PRESETS[kind], {}, PROGRAMS, part, background)


def build(fault, kind):
    """The same, until it is done."""
    return start(fault, kind).wait()


def build_test(fault, program):
    """Builds one test program, without a sanitizer, with the fault planted (None: without any); returns
    its path."""
    directory, place = project.BUILD / "faults" / "clean-tests", f"{TEST_PROGRAMS[program]}/{program}"
    if fault is None:
        return builds.build("dev", [program], directory, TEST_VARIABLES, f"build {program}") / place
    return _start(fault, f"tests-{program}", directory, "dev", TEST_VARIABLES, {program: place}).wait() / program


def _start(fault, kind, directory, preset, variables, programs, part=None, background=False):
    place = project.BUILD / "faults" / fault.id / kind

    def work(build):
        stamp, wanted = place / "stamp", _fingerprint(fault)
        with build.alone_in(directory):  # also guards `place`: nobody else makes these programs without it
            if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
                return place
            builds.make(build, preset, list(programs), directory, variables)
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir(parents=True)
            changed = {str(project.ROOT / name): text for name, text in apply(fault, project.ROOT).items()}
            replaced = relink.write(directory, list(programs.values()), changed, place)
            build.run(["ninja", "-C", place, "-j", project.jobs()])
            if not relink.check(replaced):
                raise project.Stop(f"{project.relative(fault.path)}: planted, it changes nothing in {', '.join(programs)}")
            shutil.rmtree(place / relink.OBJECTS)
            stamp.write_text(wanted, encoding="utf-8")
        return place
    return builds.Build(builds.titled(f"{fault.id}, {kind}", part), work, background)
