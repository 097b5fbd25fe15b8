"""./dev hunt: does the harness find every planted fault, how fast, and which oracle speaks?

A trial fuzzes each target that can find the fault, all at the same time, until one of them does or they have
used up its processor time. That and its executions are those of all targets together: with nothing else to
do, one core takes as long. A busy machine makes a trial longer and changes nothing else. A trial begins with
the project's programs, save the regressions of the fault, or, with --empty-corpus, with none: a seed may
happen to show the fault, and then a trial says nothing of what is generated.

It runs the fast build alone, unless the head says `build: sanitized`: that build does several times the
executions per second, the oracles speak in it as well, and compiling each fault a second time would take
longer than finding it. So `build: sanitized` is for faults that only a sanitizer sees, and what a hunt finds
is repeated by the build that found it.

A fault whose head names a `test` blinds a verifier or an oracle. It is not fuzzed: the test must pass without
it and fail with it.

A trial that finds nothing within its time decides nothing: exit code 3. One that finds what fails without the
fault as well has found a bug, of the library or the harness, and decides nothing either: exit code 1. So does
a test that passes with its fault, or fails without it: no more time would mend that.

--json FILE is an array with an object for each trial that came to its end, before an interruption too:
`fault`, `trial` (from 1), `found`, `executions`, `cpu_seconds`, `oracle` (signature of what was found; where
no program by itself shows it, what the target said and ", not repeated"), `operations` (of the reduced
program). Of a fault with a test `oracle` is the test; what does not apply is null. --table makes Markdown of
such files (hunt_table.py).
"""

import dataclasses
import json
import pathlib
import shutil
import statistics
import subprocess
import time
from collections import Counter

from . import corpus, engine, faults, findings, hunt_table, output, project, terminal
from .arguments import following, jobs, positive, positive_seconds, seed
from .gcmap import Gcmap

DEFAULT_TRIALS = 3
DEFAULT_SECONDS = 60
SURVIVOR_SECONDS = 600


@dataclasses.dataclass
class Trial:
    seed: int
    found: bool = False
    executions: int = 0
    cpu_seconds: float = 0.0
    reproducer: findings.Reproducer | None = None
    target: str = ""  # that found it
    verdict: str = ""  # as that said it
    broken: str = ""  # an engine that the environment ended
    ended: bool = False  # it found the fault or used up its time

    @property
    def oracle(self):
        """Who spoke, of one that found it. What takes several programs in one process no program repeats."""
        return self.reproducer.signature or f"{self.verdict.partition(':')[0] or 'crash'}, not repeated"


@dataclasses.dataclass
class Hunted:
    fault: faults.Fault
    trials: list

    @property
    def found(self):
        return [trial for trial in self.trials if trial.found]

    @property
    def missed(self):
        return not self.fault.survivor and any(not trial.found for trial in self.trials if trial.ended)

    def best(self):
        """The smallest reproducer."""
        reduced = [trial.reproducer for trial in self.found if trial.reproducer.operations is not None]
        return min(reduced, key=lambda one: one.operations, default=None)

    def row(self):
        found, best = self.found, self.best()
        spoke = Counter(trial.oracle for trial in found).most_common(1)
        by = sorted({trial.target.removesuffix("_ops_fuzz") for trial in found})
        if self.fault.survivor:
            note = "expected survivor, yet found" if found else "expected survivor"
        else:
            note = "MISSED" if self.missed else ""
        median = statistics.median
        return [self.fault.id, f"{len(found)}/{sum(trial.ended for trial in self.trials)}",
                terminal.count(int(median(trial.executions for trial in found))) if found else "-",
                f"{median(trial.cpu_seconds for trial in found):.2f}" if found else "-", ", ".join(by) or "-",
                spoke[0][0] if spoke else "-", self.fault.head["oracle"].split(";")[0],
                best.operations if best else "-", note]

    def records(self):
        for number, trial in enumerate(self.trials, 1):
            if trial.ended:
                yield {"fault": self.fault.id, "trial": number, "found": trial.found, "executions": trial.executions,
                       "cpu_seconds": round(trial.cpu_seconds, 3), "oracle": trial.oracle if trial.found else None,
                       "operations": trial.reproducer.operations if trial.found else None}

    def exit_code(self):
        if any(trial.broken and not trial.found for trial in self.trials):
            return project.USAGE
        return project.UNDECIDED if self.missed else project.OK

    def repeat(self):
        if best := self.best():
            return best.repeat_line()
        return f"./dev fuzz --fault {self.fault.id} --until-crash" if self.missed else None


@dataclasses.dataclass
class Tested:
    """What became of the test of a fault that blinds the harness."""

    fault: faults.Fault
    clean: str    # how the test ended without the fault
    planted: str  # and with it

    @property
    def missed(self):
        return self.clean != "passed" or self.planted not in ("failed", "died")

    def row(self):
        note = f"MISSED: test {self.clean} unplanted" if self.clean != "passed" else "MISSED" if self.missed else ""
        _, suite, name = self.fault.test
        return [self.fault.id, f"test {self.planted}", "-", "-", "-", f"{suite}.{name}", self.fault.head["oracle"].split(";")[0], "-", note]

    def records(self):
        _, suite, name = self.fault.test
        yield {"fault": self.fault.id, "trial": 1, "found": not self.missed, "executions": None, "cpu_seconds": None,
               "oracle": f"{suite}.{name}", "operations": None}

    def exit_code(self):
        return project.FOUND if self.missed else project.OK

    def repeat(self):
        program, suite, name = self.fault.test
        path = project.BUILD / "faults" / self.fault.id / f"tests-{program}" / program
        return f"{project.relative(path)} --gtest_filter={suite}.{name}"


HEADER = ["fault", "found", "executions", "CPU s", "target", "oracle", "expected", "operations", ""]


class Search:
    """The engines of one trial, which has `seconds` of processor time."""

    def __init__(self, trial, engines, seconds, now=time.monotonic):
        self.trial, self.engines = trial, engines
        self._seconds, self._now, self._stopped_at = seconds, now, None

    def follow(self):
        """To be called now and then: ends the engines when one of them has ended or the time is used up."""
        if self._stopped_at is None and self._over():
            self._stopped_at = self._now()
        if self._stopped_at is not None:
            engine.stop(self.engines, kill=self._now() > self._stopped_at + engine.GRACE_SECONDS)

    def _over(self):
        ended = any(one.returncode is not None for one in self.engines)
        return ended or sum(one.cpu_seconds for one in self.engines) >= self._seconds

    def take(self, fault, gcmap, home):
        """Adds what the engines did to the trial."""
        for target, one in zip(fault.targets, self.engines):
            take(one, self.trial, target, fault, gcmap, home)
        self.trial.ended = self.trial.found or not self.trial.broken


def start(programs, target, home, seed):
    """An engine on a corpus of its trial's and target's own, which starts empty beside the seeds."""
    place = home / f"seed-{seed}" / target
    (place / "corpus").mkdir(parents=True)
    arguments = [*engine.FLAGS, f"-seed={seed}", f"-artifact_prefix={place}/"]
    return engine.Engine([programs / target, *arguments, place / "corpus", home / "seeds"], place / "log", place / "write-ahead")


def take(one, trial, target, fault, gcmap, home):
    """Adds what an engine did to its trial."""
    trial.executions += one.progress.executions
    trial.cpu_seconds += one.cpu_seconds
    if one.finding() is not None and not trial.found:
        kept = findings.keep(one.finding(), home / "crashes")
        reproducer = findings.reduce({fault.build: gcmap}, fault.build, kept, home / "reproducers", fault.id)
        if reproducer.clean:
            project.remember_bug()
            trial.broken = (f"{fault.id}, seed {trial.seed}: {project.relative(reproducer.path)} shows {reproducer.signature}, "
                            f"but the library without the fault {reproducer.clean}")
            return project.warn(trial.broken)
        if reproducer.signature or one.progress.artifact.rpartition("/")[2].startswith(("crash-", "leak-")):
            trial.found, trial.target, trial.reproducer, trial.verdict = True, target, reproducer, one.progress.verdict
            return
    if one.failed:
        log = home / f"seed-{trial.seed}" / target / "log"
        trial.broken = f"{fault.id}, seed {trial.seed}: {target} {one.death()}; its output: {project.relative(log)}"
        project.warn(trial.broken)


def hunt(fault, arguments, hunted):
    """Runs the trials of one fault into `hunted`. Returns whether the user interrupted."""
    programs = faults.build(fault, fault.build)
    gcmap = Gcmap(programs / "gcmap", fault.id, fault.build)
    home = project.FUZZ_STATE / "hunt" / fault.id
    shutil.rmtree(home, ignore_errors=True)
    (home / "crashes").mkdir(parents=True)
    (home / "seeds").mkdir()
    if not arguments.empty_corpus:
        gcmap.to_binary(corpus.programs(without_fault=fault.id), home / "seeds")
    limit = arguments.seconds or (SURVIVOR_SECONDS if fault.survivor else DEFAULT_SECONDS)
    trials = hunted.trials
    status, started = terminal.Status(), time.monotonic()
    for first in range(0, len(trials), arguments.jobs):
        searches = [Search(trial, [start(programs, target, home, trial.seed) for target in fault.targets], limit)
                    for trial in trials[first:first + arguments.jobs]]
        engines = [one for search in searches for one in search.engines]

        def tick(_, searches=searches, engines=engines, first=first):
            for search in searches:
                search.follow()
            executions = sum(one.progress.executions for one in engines)
            status.update(f"{fault.id}: trial {first + 1} of {len(trials)}, {terminal.count(executions)} executions, "
                          f"{terminal.seconds(time.monotonic() - started)}")
        if engine.drive(engines, None, tick, together=False):
            status.finish("interrupted")
            return True
        for search in searches:
            search.take(fault, gcmap, home)
    status.finish(f"{fault.id}: found {len(hunted.found)} of {len(trials)}, {terminal.seconds(time.monotonic() - started)}")
    return False


def run_test(binary, suite, name, seconds):
    """How the one test ended: passed, failed, died or hung; or missing, if the program does not know it."""
    command = [str(binary), f"--gtest_filter={suite}.{name}", "--gtest_brief=0", "--gtest_color=no"]
    try:
        result = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                text=True, errors="replace", check=False, timeout=seconds)
    except subprocess.TimeoutExpired:
        return "hung"
    if f"[ RUN      ] {suite}.{name}" not in result.stdout:
        return "missing"
    if result.returncode == 0:
        return "passed" if "[  PASSED  ] 1 test." in result.stdout else "skipped"
    return "failed" if "[  FAILED  ]" in result.stdout else "died"


def clean_tests(chosen, seconds):
    """{test: how it ended} without any fault, of every test that must fail with one."""
    tests = dict.fromkeys(fault.test for fault in chosen if fault.test)
    return {test: run_test(faults.build_test(None, test[0]), *test[1:], seconds) for test in tests}


def test(fault, clean, seconds):
    tested = Tested(fault, clean[fault.test], run_test(faults.build_test(fault, fault.test[0]), *fault.test[1:], seconds))
    print(f"{fault.id}: test {tested.planted}", flush=True)
    if tested.missed:
        project.remember_bug()
    return tested


def show_list(chosen):
    rows = [[fault.id, ", ".join(fault.targets) if not fault.test else " ".join((fault.test[0], ".".join(fault.test[1:]))),
             fault.build if not fault.test else "-", fault.head["invariant"], fault.head["oracle"].split(";")[0],
             fault.head["title"]] for fault in chosen]
    print("\n".join(terminal.table(["fault", "found by", "build", "breaks", "expected", "title"], rows)))
    return project.OK


def run(arguments):
    if arguments.table:
        print("\n".join(hunt_table.lines(hunt_table.read(arguments.table), faults.load())))
        return project.OK
    chosen = faults.select(arguments.fault)
    if not chosen:
        raise project.Stop(f"no faults in {project.relative(project.FAULTS)}")
    if arguments.list:
        return show_list(chosen)
    output.check(arguments.json, "--json")
    last = following(arguments.seed, arguments.trials - 1)
    print(f"{len(chosen)} faults, {arguments.trials} trials each, seeds {arguments.seed} to {last}", flush=True)
    done = []
    try:
        interrupted = hunt_all(chosen, arguments, done)
    finally:
        report([one for one in done if any(one.records())], arguments.json)
    codes = {one.exit_code() for one in done}
    if interrupted and project.FOUND not in codes:
        raise KeyboardInterrupt
    return next((code for code in (project.FOUND, project.USAGE, project.UNDECIDED) if code in codes), project.OK)


def hunt_all(chosen, arguments, done):
    """Adds what becomes of each fault to `done`. Returns whether the user interrupted."""
    test_seconds = arguments.seconds or DEFAULT_SECONDS
    clean = clean_tests(chosen, test_seconds)
    for fault in chosen:
        if fault.test:
            done.append(test(fault, clean, test_seconds))
            continue
        done.append(Hunted(fault, [Trial(following(arguments.seed, number)) for number in range(arguments.trials)]))
        if hunt(fault, arguments, done[-1]):
            return True
    return False


def report(done, path):
    """The table, a line to repeat each fault, and --json."""
    print()
    print("\n".join(terminal.table(HEADER, [one.row() for one in done], right=(2, 3, 7))))
    print()
    for one in done:
        if line := one.repeat():
            print(f"{one.fault.id}: {line}")
    if path:
        output.write(path, json.dumps([record for one in done for record in one.records()], indent=1) + "\n")


def add_arguments(parser):
    parser.add_argument("fault", nargs="*", help="ids of faults/ (default: all)")
    parser.add_argument("--list", action="store_true", help="print what is known of them and hunt nothing")
    parser.add_argument("--table", type=pathlib.Path, nargs="+", metavar="file",
                        help="print what --json wrote there as Markdown and hunt nothing")
    parser.add_argument("--trials", type=positive, default=DEFAULT_TRIALS, metavar="n", help=f"per fault (default {DEFAULT_TRIALS})")
    parser.add_argument("--seconds", type=positive_seconds, metavar="n",
                        help="processor time of a trial, all targets together "
                             f"(default {DEFAULT_SECONDS}; {SURVIVOR_SECONDS} for expected survivors)")
    parser.add_argument("--empty-corpus", action="store_true", help="begin each trial without the project's programs")
    parser.add_argument("--seed", type=seed, default=1, metavar="n", help="of the first trial; the others count up (default 1)")
    parser.add_argument("--jobs", type=jobs, default=1, metavar="n", help="trials at a time (default 1)")
    parser.add_argument("--json", type=pathlib.Path, metavar="file", help="write what came of each trial, a record a trial")
