"""./dev bench map: the same work on the maps of gcmap, Go 1.19, Abseil and the standard
library (bench/map_work.h)."""

import argparse
import dataclasses
import statistics

from . import side_by_side, terminal
from .side_by_side import SEED

PROGRAM = "map_bench"
OPTIONS = ("entries", "clone")  # of ./dev bench; no other benchmark has them
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


def parse(said):
    """What a process printed -> (its context, {work: Figure})."""
    figures = {}
    for one in said["benchmarks"]:
        figures[one["name"].partition("/")[0]] = Figure(one["cpu_time"] / one["operations"],
                                                        one["real_time"] / one["operations"], one["label"])
    if sorted(figures) != sorted(WORK):
        raise ValueError(f"expected {', '.join(WORK)}; found {', '.join(figures) or 'nothing'}")
    return side_by_side.context_of(said), figures


def kind_for(system, keys, clone):
    """What the system's program calls this kind of keys."""
    return f"{keys}-cloned" if clone and system == "Go" and keys == "str16" else keys


def compare(cell, figures):
    """Stops unless all systems did the same. figures: {system: [Figure]}."""
    side_by_side.compare(cell, {system: [figure.checksum for figure in of] for system, of in figures.items()})


def measure(commands, arguments, progress):
    """commands: {system: its command without operands} -> ({system: context}, {Cell: {system: [Figure]}})."""
    contexts, cells = dict.fromkeys(SYSTEMS), {}
    for run in range(arguments.runs):
        progress.begin(run)
        for keys in KEYS:
            for entries in arguments.entries or DEFAULT_ENTRIES:
                operands = [entries, max(entries, OPERATIONS_MIN), SEED]
                for system in side_by_side.turns(SYSTEMS, run):
                    progress.update(run, keys, f"{terminal.count(entries)} entries", system)
                    command = [*commands[system], kind_for(system, keys, arguments.clone), *operands]
                    contexts[system], figures = side_by_side.run_once(command, parse)
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
    return side_by_side.ratios(ns, SYSTEMS)


def means(middle):
    """[(name, geometric means of the ratios)] for each kind of keys, and for all where there are several."""
    found = [(kind, [ns for cell, ns in middle.items() if cell.keys == kind]) for kind in dict.fromkeys(cell.keys for cell in middle)]
    if len(found) > 1:
        found.append(("all", list(middle.values())))
    return [(name, [statistics.geometric_mean(column) for column in zip(*map(ratios, of))]) for name, of in found]


HEADER = ["keys", "entries", "work", *side_by_side.header(SYSTEMS)]


def table(middle):
    rows = [[cell.keys, terminal.count(cell.entries), cell.work, *(side_by_side.digits(ns[system]) for system in SYSTEMS),
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
    return side_by_side.noise({f"{system}, {cell}": [figure.processor_ns for figure in of]
                               for cell, figures in cells.items() for system, of in figures.items()})


def record(arguments, contexts, cells):
    """What --json keeps."""
    return {"benchmark": "map", "seed": SEED, "runs": arguments.runs, "march": arguments.march, "clone": arguments.clone, "contexts": contexts,
            "cells": [{**dataclasses.asdict(cell), "checksum": figures[SYSTEMS[0]][0].checksum,
                       **{unit: {system: [getattr(figure, unit) for figure in figures[system]] for system in SYSTEMS}
                          for unit in ("processor_ns", "wall_ns")}} for cell, figures in cells.items()]}


def report(arguments, took, contexts, cells):
    """What is printed, in lines."""
    middle = medians(cells)
    lines = [f"ns of processor time per operation, median of {arguments.runs} runs, {took}; keys of seed {SEED}",
             *side_by_side.how_built(contexts), f"{LEGEND} {LEGEND_GO[arguments.clone]}", "", *table(middle), "",
             *(slowest(middle, other) for other in ("Go", "absl"))]
    return lines + [noise(cells)] if arguments.runs > 1 else lines


def sizes(text):
    found = sorted({int(word) for word in text.split(",")})
    if not ENTRIES_MIN <= found[0] <= found[-1] <= ENTRIES_MAX:
        raise argparse.ArgumentTypeError(f"{text}: from {ENTRIES_MIN} to {ENTRIES_MAX}, please")
    return found


sizes.__name__ = "list of whole numbers with commas between"  # as positive.__name__


def add_arguments(parser):
    parser.add_argument("--entries", type=sizes, metavar="n[,n...]",
                        help=f"map: sizes, {ENTRIES_MIN} to {ENTRIES_MAX} (default {','.join(map(str, DEFAULT_ENTRIES))})")
    parser.add_argument("--clone", action="store_true", help="map: Go too inserts copies of strings (default: its maps share the caller's bytes)")
