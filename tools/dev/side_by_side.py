"""What the benchmarks of ./dev bench have in common: how programs are built and run, and what is made of
their figures.

Every process times one system once. The systems take turns, and each run begins with another one, so that
whatever else the machine does meets all of them. What counts is the median of the runs, in processor time: it
differs less than time on the clock where others use the machine. Checksums say that all systems did the same;
the command fails if they differ. The programs print what Google Benchmark prints, those in Go as well.
"""

import json
import os
import pathlib
import platform
import statistics
import subprocess
import time

from . import builds, engine, output, project, terminal

SEED = 1  # of keys and random numbers
GO = pathlib.Path("/usr/lib/go-1.19/bin/go")
# One processor for each, and nothing of what the user may have set.
SETTINGS = {"GOMAXPROCS": "1", "GOGC": "100", "GC_MARKERS": "1"}
SETTINGS_OF_OTHERS = ("GO", "GC_", "BENCHMARK_", "MALLOC_", "GLIBC_")

# Instruction sets: what Go calls each, and what /proc/cpuinfo must list.
MARCHES = {"x86-64": ("v1", "sse2"), "x86-64-v3": ("v3", "avx avx2 bmi1 bmi2 f16c fma abm movbe xsave")}


def run_once(command, parse):
    """What `parse` makes of what a process printed: said -> anything; ValueError and KeyError are the
    program's fault."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(SETTINGS_OF_OTHERS)}
    result = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                            errors="replace", env={**environment, **SETTINGS}, check=False, preexec_fn=engine.tied_to_us())
    line = " ".join(map(str, command))
    if result.returncode != 0:
        last = result.stderr.strip().splitlines()[-1:] or ["it said nothing"]
        raise project.Stop(f"{line} ended with {result.returncode}: {last[0]}", project.FOUND)
    try:
        return parse(json.loads(result.stdout))
    except (ValueError, KeyError) as problem:
        raise project.Stop(f"{line} printed no figures: {problem}", project.FOUND) from problem


def context_of(said):
    return {name: said["context"][name] for name in ("compiler", "flags")}


def compare(cell, checksums):
    """Stops unless all systems did the same. checksums: {system: those of its runs}."""
    found = {system: sorted(set(of)) for system, of in checksums.items()}
    if len({checksum for each in found.values() for checksum in each}) > 1:
        each = ", ".join(f"{system} {' or '.join(of)}" for system, of in found.items())
        raise project.Stop(f"checksums differ at {cell}: {each}", project.FOUND)


def turns(systems, run):
    """The systems in the order of this run: each run begins with another one."""
    first = run % len(systems)
    return systems[first:] + systems[:first]


class Progress:
    """How far the runs are, and how long they will take: said when the first has shown it."""

    def __init__(self, runs, status, now=time.monotonic):
        self._runs, self._status, self._now, self._began = runs, status, now, now()
        self._about = ""

    def begin(self, run):
        if run:
            self._about = f" of about {terminal.seconds((self._now() - self._began) / run * self._runs)}"

    def update(self, run, *what):
        took = terminal.seconds(self._now() - self._began)
        self._status.update(f"bench: run {run + 1} of {self._runs}, {', '.join(what)}; {took}{self._about}")


def digits(value):
    """Three digits that count: 0.0427, 0.43, 4.27, 42.7, 427."""
    if value == 0:
        return "0"
    return f"{value:.3g}" if value < 0.0995 else f"{value:.2f}" if value < 9.995 else f"{value:.1f}" if value < 99.95 else f"{value:.0f}"


def ratios(of, systems):
    """{system: figure} -> of the first system to each of the others, in their order."""
    return [of[systems[0]] / of[other] for other in systems[1:]]


def header(systems):
    """Of the columns that figures and ratios stand in."""
    return [*systems, *(f"{systems[0]}/{other}" for other in systems[1:])]


def noise(times):
    """How far a median lies above the least of its runs: what differences mean. times: {name: those of
    its runs}."""
    over = {name: statistics.median(of) / min(of) for name, of in times.items()}
    worst = max(over, key=over.get)
    return f"median over least run: {statistics.median(over.values()):.2f} typically, {over[worst]:.2f} at worst ({worst})"


def how_built(contexts):
    """Lines: with what each system was built. contexts: {system: context}."""
    same = {}
    for system, context in contexts.items():
        same.setdefault(f"{context['compiler']}, {context['flags']}", []).append(system)
    return [f"{', '.join(systems)}: {how}" for how, systems in same.items()]


def require_machine(march, machine, cpuinfo):
    """Stops unless this machine has the instruction set."""
    if machine != "x86_64":
        raise project.Stop(f"the benchmark is for x86-64; this machine is {machine}")
    has = next((set(line.split()) for line in cpuinfo.splitlines() if line.startswith("flags")), set())
    lacking = [flag for flag in MARCHES[march][1].split() if flag not in has]
    if lacking:
        raise project.Stop(f"this machine cannot run --march {march}: it lacks {', '.join(lacking)}")


def build(march, name, systems):
    """{system: its command without operands}, built. name: of the program, the same in C++ and in Go."""
    require_machine(march, platform.machine(), pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    directory = builds.build("bench", [name], project.BUILD / "bench" / march, {"CMAKE_CXX_FLAGS": f"-march={march}"}, "build bench")
    commands = {system: [directory / "bench" / name, system] for system in systems}
    commands["Go"] = [build_go(directory / "go", name, MARCHES[march][0])]
    return commands


def build_go(directory, name, level):
    program = directory / name
    environment = {**os.environ, "GOAMD64": level, "CGO_ENABLED": "0", "GO111MODULE": "on", "GOFLAGS": "", "GOENV": "off", "GOWORK": "off",
                   "GOPROXY": "off", "GOCACHE": str(directory / "cache")}
    try:
        result = subprocess.run([str(GO), "build", "-buildvcs=false", "-o", str(program), f"./{name}"], cwd=project.ROOT / "bench" / "go",
                                env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                errors="replace", check=False)
    except OSError as problem:
        raise project.Stop(f"no Go 1.19 at {GO}: {problem.strerror}") from problem
    if result.returncode != 0:
        raise project.Stop(f"the Go side of the benchmark does not build:\n{result.stdout.rstrip()}")
    return program


def write(path, kept):
    output.write(path, json.dumps(kept, indent=1) + "\n")
