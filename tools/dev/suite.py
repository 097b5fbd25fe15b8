"""./dev test: everything that must pass, stage by stage."""

import dataclasses
import re
import subprocess
import sys
import time

from . import builds, faults, project, terminal

COMPILERS = {  # of the stage digests: name, preset, variables. Together with asan-ubsan they must agree.
    "clang -O0": ("clang-O0", {"CMAKE_CXX_COMPILER": "clang++", "CMAKE_CXX_FLAGS": "-O0"}),
    "clang -O2": ("clang-O2", {"CMAKE_CXX_COMPILER": "clang++", "CMAKE_CXX_FLAGS": "-O2 -DNDEBUG"}),
    "gcc -O2": ("gcc-O2", {"CMAKE_CXX_COMPILER": "g++", "CMAKE_CXX_FLAGS": "-O2 -DNDEBUG"}),
}


@dataclasses.dataclass
class Count:
    passed: int = 0
    failed: int = 0


def build_stage():
    builds.build("asan-ubsan", [])
    return Count(passed=1)


# " 2/12 Test  #3: house.layers ....   Passed    0.05 sec"; a name may go on after a blank: "...  # GetParam() = 7 ...."
CTEST_LINE = re.compile(r"\s*(\d+)/(\d+) Test\s+#\d+: (\S+) .*?(\**[A-Z][\w ]*?)\s+([\d.]+) sec\s*$")
CTEST_END = re.compile(r"\d+% tests passed, (\d+) tests failed out of (\d+)")


def ctest_stage():
    """The tests of every layer, the corpus, the recordings, the properties and the checks of the house."""
    directory = project.BUILD / "asan-ubsan"
    command = ["ctest", "--test-dir", str(directory), "--parallel", str(project.jobs()), "--output-on-failure", "--timeout", "600"]
    status, count, kept = terminal.Status(), Count(), []
    with builds.output_of(command) as process:
        for line in process.stdout:
            if test := CTEST_LINE.match(line):
                status.update(f"ctest: {test[1]}/{test[2]} {test[3]}")
            if end := CTEST_END.match(line):
                count = Count(int(end[2]) - int(end[1]), int(end[1]))
            kept.append(line)
    status.finish()
    if process.returncode != 0 or count.failed or not count.passed:
        sys.stdout.write("".join(line for line in kept if not _went_well(line)))
        print(f"repeat one: ctest --test-dir {project.relative(directory)} --output-on-failure -R NAME")
        count.failed = max(count.failed, 1)
    return count


def _went_well(line):
    test = CTEST_LINE.match(line)
    return line.lstrip().startswith("Start ") or (test is not None and test[4].endswith("Passed"))


def tsan_stage():
    """The map's tests under ThreadSanitizer, several threads looking up in one map among them."""
    directory = builds.build("tsan", ["gcmap_map_test"])
    return _run([directory / "lib" / "map" / "gcmap_map_test"])


def digests_stage():
    """Every program of the corpus has the same digest under every compiler."""
    binaries = [project.BUILD / "asan-ubsan" / "ci" / "digests"]
    for name, (folder, variables) in COMPILERS.items():
        directory = builds.build("dev", ["digests"], project.BUILD / "digests" / folder,
                                 {"CMAKE_BUILD_TYPE": "None", **variables}, f"build {name}")
        binaries.append(directory / "ci" / "digests")
    return _run([sys.executable, project.ROOT / "ci" / "digests.py", *binaries])


def install_stage():
    """The installed package serves a stranger's project, and the example of the README."""
    return _run([sys.executable, project.ROOT / "ci" / "install_test.py"])


def fuzz_stage():
    """Fuzzing as a user does it: quiet runs, every decision point, Ctrl-C, kill -9, the canary found and reduced."""
    canary = faults.select(["canary"])[0]
    for kind, preset in project.PRESETS.items():
        builds.build(preset, [*project.TARGETS, "gcmap_cli"])
        faults.build(canary, kind)
    return _run([sys.executable, project.ROOT / "ci" / "fuzz_test.py"])


STAGES = {"build": build_stage, "ctest": ctest_stage, "tsan": tsan_stage, "digests": digests_stage, "install": install_stage,
          "fuzz": fuzz_stage}
# How unittest and GoogleTest count what ran, and what failed.
RAN = re.compile(r"^(?:Ran (?=\d+ tests? in)|\[=+\] (?=\d+ tests? from .* ran\.))(\d+)", re.MULTILINE)
BROKEN = re.compile(r"FAILED \((.*)\)|^\[  FAILED  \] (\d+) tests?, listed below", re.MULTILINE)


def _run(command):
    """Runs one script of ci/ or one test program; its output appears if it fails."""
    result = subprocess.run([str(word) for word in command], cwd=project.ROOT, stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
    ran = RAN.search(result.stdout)
    tests = int(ran[1]) if ran else 1
    if result.returncode == 0 and tests:
        return Count(passed=tests)
    print(result.stdout)
    print(f"repeat: {' '.join(project.relative(word) if '/' in str(word) else str(word) for word in command)}")
    broken = BROKEN.search(result.stdout)
    failed = sum(map(int, re.findall(r"\d+", broken[1] or broken[2]))) if broken else 1
    return Count(max(tests - failed, 0), failed)


def run(arguments):
    stages = arguments.stage or list(STAGES)
    for name in stages:
        if name not in STAGES:
            raise project.Stop(f"no stage '{name}'; there are: {', '.join(STAGES)}")
    total, rows, began = Count(), [], time.monotonic()
    for name in stages:
        print(f"{terminal.coloured(name, 'bold')}: {(STAGES[name].__doc__ or 'Everything compiles, warnings are errors.').splitlines()[0]}", flush=True)
        started = time.monotonic()
        try:
            count = STAGES[name]()
        except project.Stop as stop:
            project.warn(stop)
            count = Count(failed=1)
        took = time.monotonic() - started
        total = Count(total.passed + count.passed, total.failed + count.failed)
        verdict = terminal.coloured("ok", "green") if not count.failed else terminal.coloured("FAILED", "red")
        print(f"{name}: {verdict}, {count.passed} passed, {count.failed} failed, {terminal.seconds(took)}\n", flush=True)
        rows.append([name, count.passed, count.failed, terminal.seconds(took)])
        if name == "build" and count.failed:
            break
    rows.append(["all", total.passed, total.failed, terminal.seconds(time.monotonic() - began)])
    print("\n".join(terminal.table(["stage", "passed", "failed", "time"], rows, right=(1, 2, 3))))
    print(f"\n{total.passed} passed, {total.failed} failed")
    return project.FOUND if total.failed else project.OK


def add_arguments(parser):
    parser.add_argument("stage", nargs="*", metavar="stage",
                        help=f"only these, in this order: {', '.join(STAGES)} (default: all)")
