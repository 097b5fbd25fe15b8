"""./dev test: everything that must pass, stage by stage."""

import dataclasses
import os
import pathlib
import re
import shlex
import subprocess
import sys
import time

from . import builds, cases, faults, junit, output, project, sometimes, terminal

SANITIZED, FAST = project.PRESETS["sanitized"], project.PRESETS["fast"]
# GCC's build of the library and, for the stage digests, of the harness. The stage install configures the same
# folder without the harness and without its packages first: what was compiled for it is not compiled again.
# Twelve sources are compiled as one here and in the preset `tsan`: reading headers was two thirds of the
# time, and nobody edits a file and builds these again.
GCC_DIRECTORY = project.BUILD / "gcc-O2"
GCC = {"CMAKE_CXX_COMPILER": "g++", "CMAKE_BUILD_TYPE": "None", "CMAKE_CXX_FLAGS": "-O2 -DNDEBUG",
       "CMAKE_UNITY_BUILD": "ON", "CMAKE_UNITY_BUILD_BATCH_SIZE": "12"}
GCC_LIBRARY = {**GCC, "GCMAP_BUILD_TESTS": "OFF", "CMAKE_DISABLE_FIND_PACKAGE_GTest": "ON", "CMAKE_DISABLE_FIND_PACKAGE_ZLIB": "ON"}
GCC_HARNESS = {**GCC, "GCMAP_BUILD_TESTS": "ON", "CMAKE_DISABLE_FIND_PACKAGE_GTest": "OFF", "CMAKE_DISABLE_FIND_PACKAGE_ZLIB": "OFF"}
# Freed memory waits in AddressSanitizer's quarantine. With its 256 MB half of the time of the tests went into
# touching new memory; the heap's own objects are not in it.
ASAN_OPTIONS = "quarantine_size_mb=16"


@dataclasses.dataclass
class Count:
    """What came of a stage. `cases`: its tests where each is known by name. `stopped`: it could not be run to
    its end, which is the environment's fault or a build's, and counts as one failure."""
    passed: int = 0
    failed: int = 0
    cases: list = dataclasses.field(default_factory=list, compare=False)
    stopped: bool = False


def build_stage():
    _build(builds.build, SANITIZED, [])
    return Count(passed=1)


def ctest_stage():
    """The tests of every layer, the corpus, the recordings, the properties and the checks of the house.

    Once all have passed, one more: what must happen in some test did (sometimes.py)."""
    directory, status = project.BUILD / SANITIZED, terminal.Status()

    def report(done, total, result):
        status.update(f"ctest: {done}/{total} {result.name}")
        if result.failure is not None:
            project.remember_bug()
            if result.together is None:
                named = shlex.quote(f"^{re.escape(result.name)}$")
                result.failure += f"repeat: ctest --test-dir {project.relative(directory)} --output-on-failure -R {named}"
            else:
                result.failure += f"repeat: {result.together}"
            status.line(f"{terminal.coloured('FAILED', 'red')} {result.name}\n{result.failure}\n")

    with sometimes.reported(directory / "sometimes.txt") as said:
        results = cases.run(cases.load(directory), report)
    if results and not any(result.failure for result in results):
        results.append(sometimes.judge(said, project.ROOT))
        if results[-1].failure:
            status.line(f"{terminal.coloured('FAILED', 'red')} {results[-1].name}\n{results[-1].failure}")
    status.finish()
    failed = sum(result.failure is not None for result in results)
    return Count(len(results) - failed, failed, results) if results else Count(failed=1)


def tsan_stage():
    """Threads that look up in one map, under ThreadSanitizer: of tests without threads it says nothing."""
    directory = _build(_tsan_build)
    return _run([directory / "lib" / "map" / "gcmap_readers_test"])


def _tsan_build():
    return (_ahead.pop("tsan", None) or _start_tsan()).wait()


def _start_tsan(background=False):
    return builds.start("tsan", ["gcmap_readers_test", "digests"], background=background)


def digests_stage():
    """Every program of the corpus has the same digest under every compiler."""
    directories = [_build(builds.build, preset, ["digests"]) for preset in (SANITIZED, FAST, "tsan")]
    directories.append(_build(builds.build, "dev", ["digests"], GCC_DIRECTORY, GCC_HARNESS, "build gcc -O2"))
    return _run([sys.executable, project.ROOT / "ci" / "digests.py", *(directory / "ci" / "digests" for directory in directories)])


def build_library():
    """The library alone, as ci/install_test.py installs it."""
    builds.build("dev", [], GCC_DIRECTORY, GCC_LIBRARY, "build gcc -O2, the library alone")


def install_stage():
    """The installed package serves a stranger's project, and the example of the README."""
    _build(build_library)
    return _run([sys.executable, project.ROOT / "ci" / "install_test.py"])


def fuzz_stage():
    """Fuzzing as a user does it: quiet runs, decision points, Ctrl-C, kill -9, the canary.

    Most of it keeps one processor busy. The other one compiles for the stage tsan, where that is to come."""
    canary = faults.select(["canary"])[0]
    for kind, preset in project.PRESETS.items():
        _build(builds.build, preset, [*project.TARGETS, "gcmap_cli"])
        _build(faults.build, canary, kind)
    if "tsan" in _to_come:
        _ahead["tsan"] = _start_tsan(background=True)
    return _run([sys.executable, project.ROOT / "ci" / "fuzz_test.py"])


def report_stage():
    """The pages of ./dev report in a browser: stepping, failing slots, large maps, light and dark.

    The states they show are the same bytes in both builds."""
    for preset in (FAST, SANITIZED):
        _build(builds.build, preset, ["gcmap_cli"])
    _build(faults.build, faults.select(["map-11"])[0], "fast")
    return _run([sys.executable, project.ROOT / "ci" / "report_test.py"])


# tsan comes after fuzz, which builds ahead for it; install before digests: see GCC_DIRECTORY.
STAGES = {"build": build_stage, "ctest": ctest_stage, "fuzz": fuzz_stage, "tsan": tsan_stage, "install": install_stage,
          "digests": digests_stage, "report": report_stage}
# What `./dev test` leaves out unless it is told --all, or the name: the stage, and what it needs.
ON_REQUEST = {"report": "a browser"}
# How unittest and GoogleTest count what ran, and what failed.
RAN = re.compile(r"^(?:Ran (?=\d+ tests? in)|\[=+\] (?=\d+ tests? from .* ran\.))(\d+)", re.MULTILINE)
BROKEN = re.compile(r"FAILED \((.*)\)|^\[  FAILED  \] (\d+) tests?, listed below", re.MULTILINE)


_build_seconds = []  # of the present stage
_to_come = []        # the stages after the present one
_ahead = {}          # what is being built for a stage to come, by the stage's name


def _build(function, *words):
    """function(*words), which builds; the time it takes is told beside the stage's."""
    started = time.monotonic()
    try:
        return function(*words)
    finally:
        _build_seconds.append(time.monotonic() - started)


def _run(command, variables=None):
    """Runs one script of ci/ or one test program, with these variables in its environment; its output appears
    if it fails."""
    variables = variables or {}
    started = time.monotonic()
    result = subprocess.run([str(word) for word in command], cwd=project.ROOT, stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False,
                            env={**os.environ, **variables})
    ran = RAN.search(result.stdout)
    tests = int(ran[1]) if ran else 1
    named = [*(f"{name}={value}" for name, value in variables.items()), *command[:2]]
    case = cases.Result(" ".join(project.relative(word) if "/" in str(word) else str(word) for word in named),
                        time.monotonic() - started)
    if result.returncode == 0 and tests:
        return Count(tests, 0, [case])
    set_first = "".join(f"{name}={value} " for name, value in variables.items())
    repeat = f"repeat: {set_first}{' '.join(project.relative(word) if '/' in str(word) else str(word) for word in command)}"
    case.failure = f"{result.stdout}\n{repeat}"
    print(case.failure)
    broken = BROKEN.search(result.stdout)
    failed = sum(map(int, re.findall(r"\d+", broken[1] or broken[2]))) if broken else 1
    return Count(max(tests - failed, 0), failed, [case])


def _stage(name):
    """Runs a stage and says what came of it."""
    print(f"{terminal.coloured(name, 'bold')}: {(STAGES[name].__doc__ or 'Everything compiles, warnings are errors.').splitlines()[0]}", flush=True)
    try:
        count = STAGES[name]()
    except project.Stop as stop:
        project.warn(stop)
        count = Count(failed=1, stopped=True, cases=[cases.Result(name, 0, str(stop))])
    if count.failed and not count.stopped:
        project.remember_bug()
    verdict = terminal.coloured("ok", "green") if not count.failed else terminal.coloured("FAILED", "red")
    print(f"{name}: {verdict}, {count.passed} passed, {count.failed} failed", end=", ")
    return count


def run(arguments):
    if arguments.all and arguments.stage:
        raise project.Stop("--all runs every stage: name none")
    stages = arguments.stage or [name for name in STAGES if arguments.all or name not in ON_REQUEST]
    for name in stages:
        if name not in STAGES:
            raise project.Stop(f"no stage '{name}'; there are: {', '.join(STAGES)}")
    output.check(arguments.junit, "--junit")
    os.environ["ASAN_OPTIONS"] = ":".join(filter(None, [ASAN_OPTIONS, os.environ.get("ASAN_OPTIONS")]))
    counts, rows, suites = [], [], []
    try:
        for done, name in enumerate(stages, 1):
            _build_seconds.clear()
            _to_come[:] = stages[done:]
            started = time.monotonic()
            counts.append(_stage(name))
            took = time.monotonic() - started
            print(f"{terminal.seconds(took)}\n", flush=True)
            rows.append([name, counts[-1].passed, counts[-1].failed, took, sum(_build_seconds)])
            suites.append(_junit(name, counts[-1], took))
            if name == "build" and counts[-1].failed:
                break
    finally:  # also where the user ends it
        for build in _ahead.values():
            build.stop()
        _ahead.clear()
        _sum_up(rows)
        if arguments.junit is not None:
            junit.write(arguments.junit, suites)
    left_out = [f"{name} (needs {ON_REQUEST[name]})" for name in STAGES if name in ON_REQUEST and name not in stages]
    if left_out and not arguments.stage:
        print(f"\nleft out: {', '.join(left_out)}; ./dev test --all runs it too")
    print(f"\n{sum(count.passed for count in counts)} passed, {sum(count.failed for count in counts)} failed")
    if any(count.failed and not count.stopped for count in counts):
        return project.FOUND
    return project.USAGE if any(count.stopped for count in counts) else project.OK


def _sum_up(rows):
    rows = [*rows, ["all", *(sum(row[column] for row in rows) for column in range(1, 5))]]
    lines = [[*row[:3], terminal.seconds(row[3]), terminal.seconds(row[4])] for row in rows]
    print("\n".join(terminal.table(["stage", "passed", "failed", "time", "building"], lines, right=range(1, 5))))


def _junit(name, count, took):
    suite = junit.Suite(name)
    for case in count.cases or [cases.Result(name, took, "" if count.failed else None)]:
        suite.case(case.name, case.seconds, case.failure)
    return suite


def add_arguments(parser):
    parser.add_argument("stage", nargs="*", metavar="stage",
                        help=f"only these, in this order: {', '.join(STAGES)} (default: all but {', '.join(ON_REQUEST)})")
    parser.add_argument("--all", action="store_true", help=f"also what needs more than a compiler: {', '.join(ON_REQUEST)}")
    parser.add_argument("--junit", type=pathlib.Path, metavar="file", help="write a JUnit report: a suite a stage, a case a test")
