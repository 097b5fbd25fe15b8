"""./dev cost: what an execution costs, part by part, in both builds.

Measured: user CPU time of whole processes that run a corpus once (`-runs=0`, else with the flags they fuzz
with), the median of several runs. The corpus is the project's and what fuzzing has collected, in ten parts by
the size of the programs. Parts of small programs are run several times, and of large ones an even sample, so
that every process does about as much (PART_PROGRAMS, PART_BYTES) and the time does not depend on how far the
corpus has grown. A process costs something before the first program; the same process with a corpus of one
empty program says how much, and that is taken off. Each part of the corpus gives one ratio; "median" is the
median of the ten, which weighs small and large programs alike, "all" compares the sums.
"""

import dataclasses
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import tempfile
import time

from . import builds, corpus, engine, project, terminal
from .arguments import positive
from .gcmap import Gcmap

# What each program does with a program of operations, from the least to the most.
PROGRAMS = {
    "do_nothing_fuzz": "the engine and the decoder",
    "model_only_fuzz": "+ model",
    "interpreter_only_fuzz": "+ interpreter and library, oracles off",
    **{target: "+ oracles at the cadence of the program" for target in project.TARGETS},
}
BASE = "interpreter_only_fuzz"
RATIO_MAX = 3  # an execution of a target against one of BASE, sanitized
PARTS = 10
PART_PROGRAMS = 500   # copies included: fewer small ones drown in the noise of starting a process
PART_BYTES = 128 << 10  # of all of a part: large programs are fewer
PART_LEAST = 20       # however large
DEFAULT_RUNS = 3
DEFAULT_PROGRAMS = 2000
FLAGS = [*engine.FLAGS, "-runs=0"]

_EXECUTIONS = re.compile(r"stat::number_of_executed_units:\s+(\d+)")


@dataclasses.dataclass
class Cost:
    """Of one program on one part of the corpus."""

    executions: int
    seconds: float


def collect(gcmap, state, home, most):
    """Copies the project's programs and the fuzzers' corpora, at most `most` evenly over all sizes, into
    PARTS folders below `home` by size, several times where they are few; returns how many there are and
    the folders."""
    gcmap.to_binary(corpus.programs(), home / "seeds")
    found = [*(home / "seeds").iterdir()]
    for target in project.TARGETS:
        found += (path for path in sorted((state / target / "corpus").glob("*")) if path.is_file())
    chosen = spread(sorted(found, key=lambda path: (path.stat().st_size, path.name)), most)
    folders = []
    for number, part in enumerate(split(chosen, PARTS)):
        folders.append(home / f"part-{number}")
        folders[-1].mkdir()
        for number_in_part, path in enumerate(filled(part, [min(path.stat().st_size, engine.LENGTH_MAX) for path in part])):
            shutil.copyfile(path, folders[-1] / f"{number_in_part}-{path.name}")
    return len(chosen), folders


def spread(items, most):
    """At most `most` of them, evenly spaced, in their order."""
    if len(items) <= most:
        return items
    return [items[index * len(items) // most] for index in range(most)]


def filled(part, sizes):
    """The items of a part again and again, or an even sample of them, so that they are PART_PROGRAMS, but no
    more than PART_BYTES have room for; at least PART_LEAST all the same."""
    count = min(PART_PROGRAMS, max(PART_LEAST, PART_BYTES * len(part) // max(sum(sizes), 1)))
    return spread(part, count) if count < len(part) else [part[index % len(part)] for index in range(count)]


def split(items, parts):
    """In order, into `parts` lists of nearly equal length; none of them is empty."""
    parts = min(parts, len(items))
    return [items[number * len(items) // parts:(number + 1) * len(items) // parts] for number in range(parts)]


def run_once(binary, folder):
    """The Cost of one process that runs the programs in `folder`."""
    environment = {name: value for name, value in os.environ.items() if name != "GCMAP_WRITE_AHEAD"} | {"ASAN_OPTIONS": engine.ASAN_OPTIONS}
    process = subprocess.Popen([str(binary), *FLAGS, str(folder)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, env=environment, preexec_fn=engine.tied_to_us())
    with process.stderr:
        said = process.stderr.read().decode("utf-8", "replace")
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    executions = _EXECUTIONS.search(said)
    if process.returncode != 0 or not executions:
        last = said.strip().splitlines()[-1:] or ["it said nothing"]
        # libFuzzer turns every signal of the program's own into an exit code: what is left was sent by
        # somebody else.
        code = project.USAGE if process.returncode < 0 else project.FOUND
        raise project.Stop(f"{project.relative(binary)} ended with {process.returncode}: {last[0]}; ./dev fuzz looks into it", code)
    return Cost(int(executions[1]), usage.ru_utime)


def measure(binary, folder, idle, runs):
    """The median of `runs` processes, without what a process costs that has nothing to do."""
    costs = [run_once(binary, folder) for _ in range(runs)]
    return Cost(costs[0].executions, max(statistics.median(cost.seconds for cost in costs) - idle, 1e-6))


def ratios(costs, base):
    """(over all parts, median of the parts) of two programs' costs, part by part."""
    whole = sum(cost.seconds for cost in costs) / sum(cost.seconds for cost in base)
    return whole, statistics.median(cost.seconds / other.seconds for cost, other in zip(costs, base))


HEADER = ["program", "build", "executions", "per second", "all", "median", "", ""]


def rows(kind, measured):
    """{program: [Cost of each part]} -> the rows of one build; ratios are to BASE."""
    for program, costs in measured.items():
        executions, seconds = sum(cost.executions for cost in costs), sum(cost.seconds for cost in costs)
        whole, median = ratios(costs, measured[BASE])
        goal = f"goal: at most {RATIO_MAX}" if kind == "sanitized" and program in project.TARGETS else ""
        yield [program, kind, terminal.count(executions), terminal.count(round(executions / seconds)), f"{whole:.2f}",
               f"{median:.2f}", goal, PROGRAMS[program]]


def run(arguments):
    directories = {kind: builds.build(preset, [*PROGRAMS, "gcmap_cli"], part=(number, len(project.PRESETS)))
                   for number, (kind, preset) in enumerate(project.PRESETS.items(), 1)}
    with tempfile.TemporaryDirectory() as temporary:
        home, status, table, began = pathlib.Path(temporary), terminal.Status(), [], time.monotonic()
        programs, folders = collect(Gcmap(directories["fast"] / "harness" / "gcmap"), arguments.state.resolve(), home, arguments.programs)
        nothing = home / "nothing"
        nothing.mkdir()
        (nothing / "empty").write_bytes(b"\0")
        executions = sum(len([*folder.iterdir()]) for folder in folders)
        print(f"{terminal.count(programs)} programs in {len(folders)} parts by size; of each part up to {PART_PROGRAMS} executions or "
              f"{PART_BYTES >> 10} KiB, sampled evenly: {terminal.count(executions)} executions, {arguments.runs} times", flush=True)
        steps, done = len(directories) * len(PROGRAMS) * len(folders), 0
        for kind, directory in directories.items():
            measured = {}
            for program in PROGRAMS:
                binary = directory / "fuzz" / program
                idle = statistics.median(run_once(binary, nothing).seconds for _ in range(max(arguments.runs, 3)))
                measured[program] = []
                for number, folder in enumerate(folders, 1):
                    status.update(f"cost: {program}, {kind}, part {number} of {len(folders)} ({done * 100 // steps} % of all), "
                                  f"{terminal.seconds(time.monotonic() - began)}")
                    measured[program].append(measure(binary, folder, idle, arguments.runs))
                    done += 1
            table += rows(kind, measured)
        status.finish(f"median of {arguments.runs} runs, user CPU time; ratios to {BASE}, over all programs and the median of the parts; "
                      f"{terminal.seconds(time.monotonic() - began)}\n")
    print("\n".join(terminal.table(HEADER, table, right=(2, 3, 4, 5))))
    return project.OK


def add_arguments(parser):
    parser.add_argument("--runs", type=positive, default=DEFAULT_RUNS, metavar="n", help=f"of each process; the median counts (default {DEFAULT_RUNS})")
    parser.add_argument("--programs", type=positive, default=DEFAULT_PROGRAMS, metavar="n",
                        help=f"at most so many programs of the corpus, evenly over all sizes (default {DEFAULT_PROGRAMS})")
    parser.add_argument("--state", type=pathlib.Path, default=project.FUZZ_STATE, metavar="dir",
                        help="whose corpora are run besides the project's (default .fuzz)")
