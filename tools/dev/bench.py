"""./dev bench: the same work on the maps of gcmap, Go 1.19, Abseil and the standard library, side by side.

Every process times one system once, with one kind of keys and one number of entries; what the work is stands in
bench/map_work.h. The systems take turns, and each run begins with another one, so that whatever else the machine does
meets all of them. What counts is the median of the runs, in processor time: it differs less than time on the clock
where others use the machine. Checksums say that all systems did the same; the command fails if they differ.
"""

import argparse
import dataclasses
import json
import os
import pathlib
import platform
import statistics
import subprocess
import time

from . import builds, engine, project, terminal
from .fuzz import positive

BENCHMARKS = ("map",)
SYSTEMS = ("gcmap", "Go", "absl", "std")
KEYS = ("u64", "str16")
WORK = ("insert", "hit", "miss", "iterate", "churn")
LEGEND = """\
absl: absl::flat_hash_map; std: std::unordered_map; each with its own hash function. Values are u64.
str16: random strings of 16 bytes, given as views. gcmap copies them into its heap, absl and std hold std::string
(an allocation each, as 16 bytes do not fit inside);"""
LEGEND_GO = {False: "Go's map shares the bytes with the caller and allocates nothing.",
             True: "Go is given clones to insert."}

DEFAULT_RUNS = 11
DEFAULT_ENTRIES = (10_000, 1_000_000)
ENTRIES_MIN, ENTRIES_MAX = 1_000, 10_000_000
OPERATIONS_MIN = 1_000_000  # of a piece of work; less is too short to time
SEED = 1  # of the keys
GO = pathlib.Path("/usr/lib/go-1.19/bin/go")
GO_SETTINGS = {"GOMAXPROCS": "1", "GOGC": "100"}

# Instruction sets: what Go calls each, and what /proc/cpuinfo must list.
MARCHES = {"x86-64": ("v1", "sse2"), "x86-64-v3": ("v3", "avx avx2 bmi1 bmi2 f16c fma abm movbe xsave")}


@dataclasses.dataclass(frozen=True)
class Cell:
    """What is compared: a row of the table."""

    keys: str
    entries: int
    work: str

    def __str__(self):
        return f"{self.keys}, {terminal.count(self.entries)} entries, {self.work}"


@dataclasses.dataclass(frozen=True)
class Figure:
    """Of one run of one system."""

    processor_ns: float  # per operation
    wall_ns: float
    checksum: str


def parse(text):
    """What a process printed -> (its context, {work: Figure})."""
    said = json.loads(text)
    figures = {}
    for one in said["benchmarks"]:
        figures[one["name"].partition("/")[0]] = Figure(one["cpu_time"] / one["operations"],
                                                        one["real_time"] / one["operations"], one["label"])
    if sorted(figures) != sorted(WORK):
        raise ValueError(f"expected {', '.join(WORK)}; found {', '.join(figures) or 'nothing'}")
    return {name: said["context"][name] for name in ("compiler", "flags")}, figures


def run_once(command):
    """The same of one process."""
    # Go, Google Benchmark and the allocator of the C library all take settings from the environment.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("GO", "BENCHMARK_", "MALLOC_", "GLIBC_"))}
    result = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                            errors="replace", env={**environment, **GO_SETTINGS}, check=False, preexec_fn=engine.die_with_parent)
    line = " ".join(map(str, command))
    if result.returncode != 0:
        last = result.stderr.strip().splitlines()[-1:] or ["it said nothing"]
        raise project.Stop(f"{line} ended with {result.returncode}: {last[0]}", project.FOUND)
    try:
        return parse(result.stdout)
    except (ValueError, KeyError) as problem:
        raise project.Stop(f"{line} printed no figures: {problem}", project.FOUND) from problem


def compare(cell, figures):
    """Stops unless all systems did the same. figures: {system: [Figure]}."""
    checksums = {system: sorted({figure.checksum for figure in of}) for system, of in figures.items()}
    if len({checksum for each in checksums.values() for checksum in each}) > 1:
        each = ", ".join(f"{system} {' or '.join(found)}" for system, found in checksums.items())
        raise project.Stop(f"checksums differ at {cell}: {each}", project.FOUND)


def turns(run):
    """The systems in the order of this run: each run begins with another one."""
    first = run % len(SYSTEMS)
    return SYSTEMS[first:] + SYSTEMS[:first]


class Progress:
    """How far the runs are, and how long they will take: said when the first has shown it."""

    def __init__(self, runs, status, now=time.monotonic):
        self._runs, self._status, self._now, self._began = runs, status, now, now()
        self._about = ""

    def begin(self, run):
        if run:
            self._about = f" of about {terminal.seconds((self._now() - self._began) / run * self._runs)}"

    def update(self, run, keys, entries, system):
        took = terminal.seconds(self._now() - self._began)
        self._status.update(f"bench: run {run + 1} of {self._runs}, {keys}, {terminal.count(entries)} entries, {system}; {took}{self._about}")


def kind_for(system, keys, clone):
    """What the system's program calls this kind of keys."""
    return f"{keys}-cloned" if clone and system == "Go" and keys == "str16" else keys


def measure(commands, arguments, progress):
    """commands: {system: its command without operands} -> ({system: context}, {Cell: {system: [Figure]}})."""
    contexts, cells = {}, {}
    for run in range(arguments.runs):
        progress.begin(run)
        for keys in KEYS:
            for entries in arguments.entries:
                operands = [entries, max(entries, OPERATIONS_MIN), SEED]
                for system in turns(run):
                    progress.update(run, keys, entries, system)
                    contexts[system], figures = run_once([*commands[system], kind_for(system, keys, arguments.clone), *operands])
                    for work in WORK:
                        cells.setdefault(Cell(keys, entries, work), {}).setdefault(system, []).append(figures[work])
                for work in WORK:
                    compare(Cell(keys, entries, work), cells[Cell(keys, entries, work)])
    return contexts, cells


def medians(cells):
    """{Cell: {system: median ns per operation}}"""
    return {cell: {system: statistics.median(figure.processor_ns for figure in figures[system]) for system in SYSTEMS}
            for cell, figures in cells.items()}


def ratios(ns):
    """{system: ns} -> of gcmap to each of the others, in their order."""
    return [ns[SYSTEMS[0]] / ns[other] for other in SYSTEMS[1:]]


def means(middle):
    """[(name, geometric means of the ratios)] for each kind of keys, and for all where there are several."""
    found = [(kind, [ns for cell, ns in middle.items() if cell.keys == kind]) for kind in dict.fromkeys(cell.keys for cell in middle)]
    if len(found) > 1:
        found.append(("all", list(middle.values())))
    return [(name, [statistics.geometric_mean(column) for column in zip(*map(ratios, of))]) for name, of in found]


HEADER = ["keys", "entries", "work", *SYSTEMS, *(f"{SYSTEMS[0]}/{other}" for other in SYSTEMS[1:])]


def nanoseconds(value):
    """Three digits that count: 4.27, 42.7, 427."""
    return f"{value:.2f}" if value < 9.995 else f"{value:.1f}" if value < 99.95 else f"{value:.0f}"


def table(middle):
    rows = [[cell.keys, terminal.count(cell.entries), cell.work, *(nanoseconds(ns[system]) for system in SYSTEMS),
             *(f"{ratio:.2f}" for ratio in ratios(ns))] for cell, ns in middle.items()]
    for name, each in means(middle):
        rows.append([name, "", "geometric mean", *[""] * len(SYSTEMS), *(f"{ratio:.2f}" for ratio in each)])
    return terminal.table(HEADER, rows, right=(1, *range(3, len(HEADER))))


def slowest(middle, other):
    """The cell in which gcmap is slowest against this system, in a sentence."""
    column = SYSTEMS[1:].index(other)
    cell = max(middle, key=lambda one: ratios(middle[one])[column])
    return f"slowest relative to {other}: {cell}: {ratios(middle[cell])[column]:.2f} times its time"


def noise(cells):
    """How far a median lies above the least of its runs: what differences mean."""
    over = {}
    for cell, figures in cells.items():
        for system, of in figures.items():
            times = [figure.processor_ns for figure in of]
            over[f"{system}, {cell}"] = statistics.median(times) / min(times)
    worst = max(over, key=over.get)
    return f"median over least run: {statistics.median(over.values()):.2f} typically, {over[worst]:.2f} at worst ({worst})"


def record(path, arguments, contexts, cells):
    kept = {"benchmark": arguments.benchmark, "seed": SEED, "runs": arguments.runs, "march": arguments.march, "clone": arguments.clone,
            "contexts": contexts,
            "cells": [{**dataclasses.asdict(cell), "checksum": figures[SYSTEMS[0]][0].checksum,
                       **{unit: {system: [getattr(figure, unit) for figure in figures[system]] for system in SYSTEMS}
                          for unit in ("processor_ns", "wall_ns")}} for cell, figures in cells.items()]}
    path.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


def require_machine(march, machine, cpuinfo):
    """Stops unless this machine has the instruction set."""
    if machine != "x86_64":
        raise project.Stop(f"the benchmark is for x86-64; this machine is {machine}")
    has = next((set(line.split()) for line in cpuinfo.splitlines() if line.startswith("flags")), set())
    lacking = [flag for flag in MARCHES[march][1].split() if flag not in has]
    if lacking:
        raise project.Stop(f"this machine cannot run --march {march}: it lacks {', '.join(lacking)}")


def build(march):
    """{system: its command without operands}, built."""
    require_machine(march, platform.machine(), pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    directory = builds.build("bench", ["map_bench"], project.BUILD / "bench" / march, {"CMAKE_CXX_FLAGS": f"-march={march}"}, "build bench")
    program = directory / "bench" / "map_bench"
    commands = {system: [program, system] for system in SYSTEMS}
    commands["Go"] = [build_go(directory / "go", MARCHES[march][0])]
    return commands


def build_go(directory, level):
    program = directory / "map_bench"
    environment = {**os.environ, "GOAMD64": level, "CGO_ENABLED": "0", "GO111MODULE": "on", "GOFLAGS": "", "GOENV": "off", "GOWORK": "off",
                   "GOPROXY": "off", "GOCACHE": str(directory / "cache")}
    try:
        result = subprocess.run([str(GO), "build", "-buildvcs=false", "-o", str(program), "."], cwd=project.ROOT / "bench" / "go", env=environment,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
    except OSError as problem:
        raise project.Stop(f"no Go 1.19 at {GO}: {problem.strerror}") from problem
    if result.returncode != 0:
        raise project.Stop(f"the Go side of the benchmark does not build:\n{result.stdout.rstrip()}")
    return program


def run(arguments):
    if arguments.json and (arguments.json.is_dir() or not os.access(arguments.json.absolute().parent, os.W_OK)):
        raise project.Stop(f"--json: {arguments.json} cannot be written: it is a folder, or lies in none that can be written to")
    commands = build(arguments.march)
    status = terminal.Status()
    began = time.monotonic()
    contexts, cells = measure(commands, arguments, Progress(arguments.runs, status))
    took = terminal.seconds(time.monotonic() - began)
    status.finish(f"ns of processor time per operation, median of {arguments.runs} runs, {took}; keys of seed {SEED}")
    for systems, context in ((", ".join(system for system in SYSTEMS if system != "Go"), contexts[SYSTEMS[0]]), ("Go", contexts["Go"])):
        print(f"{systems}: {context['compiler']}, {context['flags']}")
    middle = medians(cells)
    print("\n".join([f"{LEGEND} {LEGEND_GO[arguments.clone]}", "", *table(middle), "", *(slowest(middle, other) for other in ("Go", "absl"))]))
    if arguments.runs > 1:
        print(noise(cells))
    if arguments.json:
        record(arguments.json, arguments, contexts, cells)
    return project.OK


def sizes(text):
    found = sorted({int(word) for word in text.split(",")})
    if not ENTRIES_MIN <= found[0] <= found[-1] <= ENTRIES_MAX:
        raise argparse.ArgumentTypeError(f"{text}: from {ENTRIES_MIN} to {ENTRIES_MAX}, please")
    return found


sizes.__name__ = "list of whole numbers with commas between"  # as positive.__name__


def add_arguments(parser):
    parser.add_argument("benchmark", nargs="?", choices=BENCHMARKS, default=BENCHMARKS[0], metavar="benchmark",
                        help=f"one of: {', '.join(BENCHMARKS)} (default: {BENCHMARKS[0]})")
    parser.add_argument("--entries", type=sizes, default=DEFAULT_ENTRIES, metavar="n[,n...]",
                        help=f"sizes of the maps, {ENTRIES_MIN} to {ENTRIES_MAX} (default {','.join(map(str, DEFAULT_ENTRIES))})")
    parser.add_argument("--runs", type=positive, default=DEFAULT_RUNS, metavar="n", help=f"of each system; the median counts (default {DEFAULT_RUNS})")
    parser.add_argument("--march", choices=list(MARCHES), default="x86-64", metavar="|".join(MARCHES),
                        help="instruction set of all systems (default x86-64)")
    parser.add_argument("--clone", action="store_true", help="Go too inserts copies of strings (default: its maps share the caller's bytes)")
    parser.add_argument("--json", type=pathlib.Path, metavar="file", help="also write every run's figures there")
