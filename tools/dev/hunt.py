"""./dev hunt: does the harness find every planted fault, how fast, and which oracle speaks?"""

import dataclasses
import shutil
import statistics
import time
from collections import Counter

from . import corpus, engine, faults, findings, project, terminal
from .fuzz import positive, positive_seconds
from .gcmap import Gcmap

TARGET = "map_ops_fuzz"
DEFAULT_TRIALS = 3
DEFAULT_SECONDS = 60
SURVIVOR_SECONDS = 600


@dataclasses.dataclass
class Trial:
    seed: int
    found: bool
    executions: int
    cpu_seconds: float
    reproducer: findings.Reproducer | None = None


@dataclasses.dataclass
class Hunted:
    fault: faults.Fault
    trials: list

    @property
    def found(self):
        return [trial for trial in self.trials if trial.found]

    @property
    def missed(self):
        return not self.fault.survivor and len(self.found) < len(self.trials)

    def best(self):
        """The smallest reproducer."""
        reduced = [trial.reproducer for trial in self.found if trial.reproducer.operations is not None]
        return min(reduced, key=lambda one: one.operations, default=None)

    def row(self):
        found, best = self.found, self.best()
        spoke = Counter(trial.reproducer.signature or "not repeated" for trial in found).most_common(1)
        if self.fault.survivor:
            note = "expected survivor, yet found" if found else "expected survivor"
        else:
            note = "MISSED" if self.missed else ""
        median = statistics.median
        return [self.fault.id, f"{len(found)}/{len(self.trials)}",
                terminal.count(int(median(trial.executions for trial in found))) if found else "-",
                f"{median(trial.cpu_seconds for trial in found):.2f}" if found else "-",
                spoke[0][0] if spoke else "-", self.fault.head["oracle"].split(";")[0],
                best.operations if best else "-", note]


HEADER = ["fault", "found", "executions", "CPU s", "oracle", "expected", "operations", ""]


def start(fault, programs, home, seed, seconds):
    """An engine on a corpus of its own, which starts empty beside the project's."""
    home = home / f"seed-{seed}"
    (home / "corpus").mkdir(parents=True)
    arguments = [f"-seed={seed}", f"-max_total_time={max(1, round(seconds))}", f"-artifact_prefix={home}/"]
    command = [programs / TARGET, *engine.LIMITS, *arguments, home / "corpus", home.parent / "seeds"]
    return engine.Engine(command, home / "log", home / "write-ahead")


def finish(one, seed, gcmap, home, fault):
    trial = Trial(seed, False, one.progress.executions, one.cpu_seconds)
    if one.finding() is not None:
        trial.found = True
        kept = findings.keep(one.finding(), home / "crashes")
        trial.reproducer = findings.reduce(gcmap, kept, home / "reproducers", fault.id)
    elif one.died_silently():
        project.warn(f"{fault.id}, seed {seed}: the fuzzer ended with {one.returncode} and left nothing: {home}/seed-{seed}/log")
    return trial


def hunt(fault, arguments):
    """Runs the trials of one fault. Returns Hunted, or None if the user interrupted."""
    programs = faults.build(fault)
    gcmap = Gcmap(programs / "gcmap")
    home = project.FUZZ_STATE / "hunt" / fault.id
    shutil.rmtree(home, ignore_errors=True)
    (home / "crashes").mkdir(parents=True)
    gcmap.to_binary(corpus.programs(without_fault=fault.id), home / "seeds")
    seconds = arguments.seconds or (SURVIVOR_SECONDS if fault.survivor else DEFAULT_SECONDS)
    seeds = list(range(arguments.seed, arguments.seed + arguments.trials))
    status, trials, started = terminal.Status(), [], time.monotonic()
    for first in range(0, len(seeds), arguments.jobs):
        batch = seeds[first:first + arguments.jobs]
        engines = [start(fault, programs, home, seed, seconds) for seed in batch]

        def tick(_, engines=engines):
            executions = sum(one.progress.executions for one in engines)
            status.update(f"{fault.id}: trial {first + 1} of {len(seeds)}, {terminal.count(executions)} executions, "
                          f"{terminal.seconds(time.monotonic() - started)}")
        if engine.drive(engines, seconds, tick, together=False):
            status.finish("interrupted")
            return None
        trials += [finish(one, seed, gcmap, home, fault) for one, seed in zip(engines, batch)]
    hunted = Hunted(fault, trials)
    status.finish(f"{fault.id}: found {len(hunted.found)} of {len(trials)}, {terminal.seconds(time.monotonic() - started)}")
    return hunted


def run(arguments):
    chosen = faults.select(arguments.fault)
    if not chosen:
        raise project.Stop(f"no faults in {project.relative(project.FAULTS)}")
    last = arguments.seed + arguments.trials - 1
    print(f"{len(chosen)} faults, {arguments.trials} trials each, seeds {arguments.seed} to {last}", flush=True)
    done = []
    for fault in chosen:
        hunted = hunt(fault, arguments)
        if hunted is None:
            break
        done.append(hunted)
    print()
    print("\n".join(terminal.table(HEADER, [hunted.row() for hunted in done], right=(2, 3, 6))))
    print()
    for hunted in done:
        if best := hunted.best():
            print(f"{hunted.fault.id}: {findings.repeat_line(best.path, hunted.fault.id)}")
        elif hunted.missed:
            print(f"{hunted.fault.id}: ./dev fuzz --fault {hunted.fault.id} --until-crash")
    if any(hunted.missed for hunted in done):
        return project.FOUND
    return project.OK if len(done) == len(chosen) else project.USAGE


def add_arguments(parser):
    parser.add_argument("fault", nargs="*", help="ids of faults/ (default: all)")
    parser.add_argument("--trials", type=positive, default=DEFAULT_TRIALS, metavar="n", help=f"per fault (default {DEFAULT_TRIALS})")
    parser.add_argument("--seconds", type=positive_seconds, metavar="n",
                        help=f"time limit of a trial (default {DEFAULT_SECONDS}; {SURVIVOR_SECONDS} for expected survivors)")
    parser.add_argument("--seed", type=positive, default=1, metavar="n", help="of the first trial; the others count up (default 1)")
    parser.add_argument("--jobs", type=positive, default=1, metavar="n", help="trials at a time (default 1)")
