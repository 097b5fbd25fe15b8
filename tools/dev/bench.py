"""./dev bench: the library beside others that do the same work: maps (bench_map.py) and
collectors (bench_gc.py)."""

import pathlib
import time

from . import bench_gc, bench_map, output, project, side_by_side, terminal
from .arguments import positive

BENCHMARKS = {"map": bench_map, "gc": bench_gc}
MARCH = "x86-64"


def add_arguments(parser):
    parser.add_argument("benchmark", nargs="?", choices=BENCHMARKS, default="map", metavar="benchmark",
                        help=f"one of: {', '.join(BENCHMARKS)} (default: map)")
    defaults = ", ".join(f"{name} {module.DEFAULT_RUNS}" for name, module in BENCHMARKS.items())
    parser.add_argument("--runs", type=positive, metavar="n", help=f"of each system; the median counts (default: {defaults})")
    parser.add_argument("--march", choices=list(side_by_side.MARCHES), default=MARCH, metavar="|".join(side_by_side.MARCHES),
                        help=f"instruction set of all systems (default {MARCH})")
    parser.add_argument("--json", type=pathlib.Path, metavar="file", help="also write every run's figures there")
    for module in BENCHMARKS.values():
        module.add_arguments(parser)


def require_sense(arguments):
    """Stops where an option is another benchmark's, or the file cannot be written."""
    for name, module in BENCHMARKS.items():
        for option in module.OPTIONS:
            if name != arguments.benchmark and getattr(arguments, option):
                raise project.Stop(f"--{option} is an option of ./dev bench {name}")
    output.check(arguments.json, "--json")


def run(arguments):
    require_sense(arguments)
    module = BENCHMARKS[arguments.benchmark]
    arguments.runs = arguments.runs or module.DEFAULT_RUNS
    commands = side_by_side.build(arguments.march, module.PROGRAM, module.SYSTEMS)
    status = terminal.Status()
    began = time.monotonic()
    contexts, cells = module.measure(commands, arguments, side_by_side.Progress(arguments.runs, status))
    status.finish()
    print("\n".join(module.report(arguments, terminal.seconds(time.monotonic() - began), contexts, cells)))
    if arguments.json:
        side_by_side.write(arguments.json, module.record(arguments, contexts, cells))
    return project.OK
