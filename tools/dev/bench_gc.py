"""./dev bench gc: the same work on the collectors of gcmap, Go 1.19 and Boehm (bench/gc_work.h).

Each work has a process of its own. Beside time there are two more figures: what was resident at most, above
what was before the collector was there, and the longest time the mutator stood still between two of its
operations, in processor time of its process. Other work on the machine lengthens that too, if less than on
the clock: so it stands beside that of an idle loop in the same process, which ran as long or a second, and
beside the least of the runs.
"""

import argparse
import dataclasses
import statistics

from . import side_by_side, terminal
from .side_by_side import SEED

PROGRAM = "gc_bench"
OPTIONS = ("work", "live")
SYSTEMS = ("gcmap", "Go", "Boehm")
DEFAULT_RUNS = 5
DEFAULT_LIVE = 256
LIVE_MIN, LIVE_MAX = 1, 4096
LIVE = None  # in SIZES: --live says
SIZES = {"trees": 17, "window": 20_000_000, "mark": LIVE, "held": LIVE, "churn": 500_000}
LEGEND = """\
trees: binary trees of up to {trees} levels, an operation is a node; window: objects of 16 to 128 bytes, the last 131,072
of them survive; mark: whole collections of a random graph of {live} MiB, ns a node of 64 bytes; held: thrice as much is
made and dropped while that graph is held and its edges change; churn: {churn} references in a map (Boehm: absl's), the
oldest replaced, a random one looked up.
peak: MiB resident above an empty process. stall: ms the mutator stood still at most, in processor time; idle: the same of
an idle loop in the same process. A collection that mark asks for is no stall."""


@dataclasses.dataclass(frozen=True)
class Figure:
    """Of one run of one system."""

    processor_ns: float  # per operation
    wall_ns: float
    peak_mib: float
    stall_ms: float
    stall_on_clock_ms: float  # what else the machine did included
    idle_ms: float
    checksum: str


def parse(said):
    """What a process printed -> (its context, Figure)."""
    (one,) = said["benchmarks"]
    operations = one["operations"]
    return side_by_side.context_of(said), Figure(
        processor_ns=one["cpu_time"] / operations, wall_ns=one["real_time"] / operations, peak_mib=one["peak_bytes"] / 2**20,
        stall_ms=one["stall_ns"] / 1e6, stall_on_clock_ms=one["stall_on_clock_ns"] / 1e6, idle_ms=one["idle_ns"] / 1e6, checksum=one["label"])


def size_of(work, arguments):
    return (arguments.live or DEFAULT_LIVE) if SIZES[work] is LIVE else SIZES[work]


def measure(commands, arguments, progress):
    """commands: {system: its command without operands} -> ({system: context}, {work: {system: [Figure]}})."""
    contexts, cells = dict.fromkeys(SYSTEMS), {}
    for run in range(arguments.runs):
        progress.begin(run)
        for work in arguments.work or SIZES:
            figures = cells.setdefault(work, {system: [] for system in SYSTEMS})
            for system in side_by_side.turns(SYSTEMS, run):
                progress.update(run, work, system)
                contexts[system], figure = side_by_side.run_once([*commands[system], work, size_of(work, arguments), SEED], parse)
                figures[system].append(figure)
            side_by_side.compare(work, {system: [figure.checksum for figure in of] for system, of in figures.items()})
    return contexts, cells


@dataclasses.dataclass(frozen=True)
class Row:
    """A kind of row: how the runs' figures become one."""

    name: str
    field: str
    of_runs: object  # [float] -> float
    compared: bool  # there are ratios; otherwise it is there to judge the rows above by
    stall: bool  # not of mark


ROWS = (Row("ns", "processor_ns", statistics.median, compared=True, stall=False),
        Row("peak", "peak_mib", statistics.median, compared=True, stall=False),
        Row("stall", "stall_ms", statistics.median, compared=True, stall=True),
        Row("stall, least run", "stall_ms", min, compared=True, stall=True),
        Row("idle", "idle_ms", statistics.median, compared=False, stall=True),
        Row("idle, least run", "idle_ms", min, compared=False, stall=True))


def rows_of(work):
    return [row for row in ROWS if not row.stall or work != "mark"]


def value(row, figures):
    """{system: [Figure]} -> {system: what stands in the row}."""
    return {system: row.of_runs([getattr(figure, row.field) for figure in of]) for system, of in figures.items()}


def means(cells):
    """[(Row, geometric means of its ratios over the works)] where there are several."""
    found = []
    for row in ROWS:
        columns = [side_by_side.ratios(value(row, figures), SYSTEMS) for work, figures in cells.items() if row.compared and row in rows_of(work)]
        if len(columns) > 1:
            found.append((row, [statistics.geometric_mean(column) for column in zip(*columns)]))
    return found


HEADER = ["work", "figure", *side_by_side.header(SYSTEMS)]


def table(cells):
    rows = []
    for work, figures in cells.items():
        for row in rows_of(work):
            of = value(row, figures)
            ratios = map(side_by_side.digits, side_by_side.ratios(of, SYSTEMS)) if row.compared else [""] * (len(SYSTEMS) - 1)
            rows.append(["" if row is not ROWS[0] else work, row.name, *(side_by_side.digits(of[system]) for system in SYSTEMS), *ratios])
    for row, each in means(cells):
        rows.append(["geometric mean" if row is ROWS[0] else "", row.name, *[""] * len(SYSTEMS), *map(side_by_side.digits, each)])
    return terminal.table(HEADER, rows, right=range(2, len(HEADER)))


def slowest(cells, other):
    """The work in which gcmap is slowest against this system, in a sentence."""
    column = SYSTEMS[1:].index(other)
    times = {work: side_by_side.ratios(value(ROWS[0], figures), SYSTEMS)[column] for work, figures in cells.items()}
    work = max(times, key=times.get)
    return f"slowest relative to {other}: {work}: {times[work]:.2f} times its time"


def noise(cells):
    return side_by_side.noise({f"{system}, {work}": [figure.processor_ns for figure in of]
                               for work, figures in cells.items() for system, of in figures.items()})


def record(arguments, contexts, cells):
    """What --json keeps."""
    fields = [field.name for field in dataclasses.fields(Figure) if field.name != "checksum"]
    return {"benchmark": "gc", "seed": SEED, "runs": arguments.runs, "march": arguments.march, "contexts": contexts,
            "works": [{"work": work, "size": size_of(work, arguments), "checksum": figures[SYSTEMS[0]][0].checksum,
                       **{field: {system: [getattr(figure, field) for figure in figures[system]] for system in SYSTEMS} for field in fields}}
                      for work, figures in cells.items()]}


def report(arguments, took, contexts, cells):
    """What is printed, in lines."""
    legend = LEGEND.format(trees=SIZES["trees"], live=arguments.live or DEFAULT_LIVE, churn=terminal.count(SIZES["churn"]))
    lines = [f"processor time, ns per operation, median of {arguments.runs} runs, {took}; random numbers of seed {SEED}",
             *side_by_side.how_built(contexts), legend, "", *table(cells), "", *(slowest(cells, other) for other in SYSTEMS[1:])]
    return lines + [noise(cells)] if arguments.runs > 1 else lines


def works(text):
    found = text.split(",")
    wrong = [work for work in found if work not in SIZES]
    if wrong:
        raise argparse.ArgumentTypeError(f"no work '{wrong[0]}'; there are: {', '.join(SIZES)}")
    return [work for work in SIZES if work in found]


def live(text):
    found = int(text)
    if not LIVE_MIN <= found <= LIVE_MAX or found & (found - 1):
        raise argparse.ArgumentTypeError(f"{text}: a power of two from {LIVE_MIN} to {LIVE_MAX}, please")
    return found


live.__name__ = "whole number"  # as positive.__name__


def add_arguments(parser):
    parser.add_argument("--work", type=works, metavar="w[,w...]", help=f"gc: only these of {', '.join(SIZES)}")
    parser.add_argument("--live", type=live, metavar="MiB", help=f"gc: size of the graph of mark and held (default {DEFAULT_LIVE})")
