"""./dev properties: RapidCheck's properties, each in a process of its own, on random input that a seed names.

What fails prints its place, what differed, the reduced program in .fuzz/properties/reproducers, and one line
that repeats it. gcmap_properties says all of it (properties/property.h); here it is started, watched and
summed up.
"""

import dataclasses
import os
import pathlib
import random
import re
import select
import signal
import subprocess
import time

from . import builds, engine, junit, output, project, terminal
from .arguments import positive

SEED_MAX = (1 << 64) - 1  # RapidCheck's
REPRODUCERS = project.FUZZ_STATE / "properties" / "reproducers"
# The fast build of ./dev fuzz has no tests.
FAST_VARIABLES = {"GCMAP_BUILD_TESTS": "ON", "GCMAP_BUILD_FUZZERS": "OFF"}
PROGRESS_SECONDS = 0.1

# What GoogleTest and RapidCheck say besides.
_CHATTER = re.compile(r"\s*(RC_PARAMS=.*|Note: Google Test filter.*|Using configuration: .*|\[[-= A-Z0-9]+\].*|\S+: Failure|Failed|OK, passed .*"
                      r"|\d+ FAILED TESTS?)?$")


@dataclasses.dataclass
class Result:
    name: str
    seconds: float
    output: str
    failure: str | None = None  # what to tell


class Broken(project.Stop):
    """A process that said neither that the property holds nor that it fails."""


def built(build):
    """The program of a build."""
    if build == "fast":
        directory = builds.build(project.PRESETS[build], ["gcmap_properties"], directory=project.BUILD / "properties-fast",
                                 variables=FAST_VARIABLES, label="build properties, fast")
    else:
        directory = builds.build(project.PRESETS[build], ["gcmap_properties"])
    return directory / "properties" / "gcmap_properties"


def places(binary):
    """{name: file:line} of every property."""
    asked = subprocess.run([str(binary), "--list"], stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False)
    found = dict(line.split(" ", 1) for line in asked.stdout.splitlines() if " " in line)
    if asked.returncode != 0 or not found:
        raise project.Stop(f"{project.relative(binary)} lists no properties: {(asked.stderr.strip() or 'it said nothing').splitlines()[-1]}")
    return found


def select_names(names, wanted):
    """The properties that `wanted` names, by suite, name or both; all if it is empty."""
    chosen = []
    for word in wanted:
        fitting = [name for name in names if word in (name, *name.split("."))]
        if not fitting:
            raise project.Stop(f"no property '{word}'; ./dev properties --list shows them")
        chosen += fitting
    return list(dict.fromkeys(chosen)) or list(names)


def parameters(arguments, seed):
    """RC_PARAMS, as RapidCheck reads it."""
    if arguments.reproduce:
        return f"reproduce={arguments.reproduce}"
    return f"seed={seed} max_success={arguments.max_success} max_size={arguments.max_size}"


def run_one(binary, name, params, tick):
    """Runs one property; `tick(seconds)` is called meanwhile. Returns its Result."""
    environment = {**os.environ, "RC_PARAMS": params, "GCMAP_REPRODUCERS": project.relative(REPRODUCERS)}
    command = [str(binary), f"--gtest_filter={name}", "--gtest_color=no"]
    started, said = time.monotonic(), b""
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment,
                          preexec_fn=engine.tied_to_us()) as process:
        try:
            while True:
                tick(time.monotonic() - started)
                if select.select([process.stdout], [], [], PROGRESS_SECONDS)[0]:
                    piece = os.read(process.stdout.fileno(), 1 << 16)
                    if not piece:
                        break
                    said += piece
        except BaseException:
            process.kill()
            raise
    return result_of(name, time.monotonic() - started, said.decode("utf-8", "replace"), process.returncode)


def result_of(name, seconds, said, code):
    """What a process that ended with `code` came to."""
    told = [line for line in said.splitlines() if not _CHATTER.match(line)]
    if code == 0 and f"[       OK ] {name}" in said:
        return Result(name, seconds, "\n".join(told))
    if code == 1 and f"[  FAILED  ] {name}" in said:
        return Result(name, seconds, said, "\n".join(told))
    how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"
    raise Broken(f"{name} {how} and neither holds nor fails: {(told or ['it said nothing'])[-1].strip()}")


def run_all(binary, names, params, results):
    """Runs the properties one by one and adds to `results`."""
    status = terminal.Status()
    for number, name in enumerate(names, 1):
        result = run_one(binary, name, params, lambda seconds, name=name, number=number:
                         status.update(f"properties: {name} ({number} of {len(names)}), {terminal.seconds(seconds)}"))
        results.append(result)
        if result.failure is None:
            status.line(f"holds: {name}, {terminal.seconds(result.seconds)}")
        else:
            project.remember_bug()
            status.line(f"FAILS: {name}, {terminal.seconds(result.seconds)}\n\n{result.failure}\n")
    status.finish()


def report(path, results):
    suite = junit.Suite("properties")
    for result in results:
        suite.case(result.name, result.seconds, result.failure)
    junit.write(path, [suite])


def run(arguments):
    if arguments.reproduce and len(arguments.name) != 1:
        raise project.Stop("--reproduce repeats one property: name it")
    output.check(arguments.junit, "--junit")
    binary = built(arguments.build)
    found = places(binary)
    names = select_names(found, arguments.name)
    if arguments.list:
        print("\n".join(terminal.table(["property", "place"], [[name, found[name]] for name in names])))
        return project.OK
    seed = arguments.seed if arguments.seed is not None else random.SystemRandom().randint(1, (1 << 32) - 1)
    print(f"{len(names)} properties, {'one case' if arguments.reproduce else f'{arguments.max_success} cases each, seed {seed}'}", flush=True)
    results = []
    try:
        run_all(binary, names, parameters(arguments, seed), results)
    finally:  # of what was run before an interruption, too
        if arguments.junit:
            report(arguments.junit, results)
    failed = [result for result in results if result.failure is not None]
    print(f"{len(results) - len(failed)} hold, {len(failed)} fail" + ("" if arguments.reproduce else f" (seed {seed})"))
    return project.FOUND if failed else project.OK


def seed_value(text):
    value = int(text)
    if not 0 <= value <= SEED_MAX:
        raise ValueError
    return value


seed_value.__name__ = "seed of 64 bits"


def add_arguments(parser):
    parser.add_argument("name", nargs="*", help="properties or suites of them (default: all)")
    parser.add_argument("--list", action="store_true", help="print names and places and run nothing")
    parser.add_argument("--seed", type=seed_value, metavar="n", help="of the random input (default: a random one, which is printed)")
    parser.add_argument("--max-success", type=positive, default=100, metavar="n", help="cases of each property (default 100)")
    parser.add_argument("--max-size", type=positive, default=100, metavar="n", help="of the input; a state model's sequence is three times as long (default 100)")
    parser.add_argument("--reproduce", metavar="text", help="run the one case that a repeat line names")
    parser.add_argument("--build", choices=sorted(project.PRESETS), default="sanitized", help="default: sanitized")
    parser.add_argument("--junit", type=pathlib.Path, metavar="file", help="write a JUnit report, a case a property")
