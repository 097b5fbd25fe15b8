"""./dev fuzz: replay the corpus, fuzz every target, reduce what was found, sum up."""

import dataclasses
import pathlib
import random
import shutil
import time

from . import builds, corpus, engine, faults, findings, project, terminal
from .gcmap import Gcmap

TARGETS = ["map_ops_fuzz"]
DEFAULT_SECONDS = 60


@dataclasses.dataclass
class Campaign:
    """One target in one build: the programs it needs and the state it keeps under .fuzz/."""

    target: str
    binary: pathlib.Path
    gcmap: Gcmap
    state: pathlib.Path
    fault: str | None = None

    @property
    def name(self):
        return f"{self.target} with {self.fault}" if self.fault else self.target

    @property
    def corpus(self):
        return self.state / "corpus"

    @property
    def crashes(self):
        return self.state / "crashes"

    @property
    def seeds(self):
        return self.state / "seeds"

    def prepare(self):
        """Makes the folders and puts the project's programs, in binary form, into `seeds`. A planted build
        starts from the project's programs alone, whatever earlier runs have found."""
        if self.fault:
            shutil.rmtree(self.corpus, ignore_errors=True)
        for folder in (self.corpus, self.crashes, self.state / "reproducers"):
            folder.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(self.seeds, ignore_errors=True)
        programs = corpus.programs(without_fault=self.fault)
        self.gcmap.to_binary(programs, self.seeds)
        return programs

    def engine(self, number, arguments):
        return engine.Engine([self.binary, *engine.LIMITS, f"-artifact_prefix={self.crashes}/", *arguments],
                             self.state / f"engine-{number}.log", self.state / f"write-ahead-{number}")


def campaigns(targets, fault, home):
    if fault is None:
        directory = builds.build("fuzz", [*targets, "gcmap_cli"])
        return [Campaign(target, directory / "fuzz" / target, Gcmap(directory / "harness" / "gcmap"),
                         home / target) for target in targets]
    [planted] = faults.select([fault])
    directory = faults.build(planted)
    return [Campaign(target, directory / target, Gcmap(directory / "gcmap"), home / f"{target}-{fault}", fault)
            for target in targets]


@dataclasses.dataclass
class Outcome:
    campaign: Campaign
    executions: int = 0
    seconds: float = 0.0
    coverage: int = 0
    corpus: int = 0
    reproducers: list = dataclasses.field(default_factory=list)
    broken: str = ""      # the engine ended in failure and left nothing to replay
    by_user: bool = False

    def row(self):
        found = str(len(self.reproducers)) if self.reproducers else ("broken" if self.broken else "none")
        per_second = int(self.executions / self.seconds) if self.seconds else 0
        return [self.campaign.name, terminal.count(self.executions), terminal.count(per_second), self.coverage,
                self.corpus, terminal.seconds(self.seconds), found]


def take_findings(outcome, engines):
    """Keeps what the engines left, reduces it and says how to see it again."""
    campaign, seen = outcome.campaign, set()
    for one in engines:
        if one.died_silently():
            outcome.broken = f"{campaign.name} ended with {one.returncode} and left nothing; its output: {campaign.state}/engine-*.log"
        if one.finding() is None:
            continue
        kept = findings.keep(one.finding(), campaign.crashes)
        if kept in seen:
            continue
        seen.add(kept)
        if one.progress.verdict:
            print(f"found: {one.progress.verdict}")
        outcome.reproducers.append(findings.reduce(campaign.gcmap, kept, campaign.state / "reproducers", campaign.fault))


def replay_corpus(campaign, programs):
    """Runs every program of the corpus once. Returns an Outcome if one failed, else None."""
    files = sorted(campaign.seeds.iterdir())
    started = time.monotonic()
    status = terminal.Status()
    one = campaign.engine("replay", ["-max_len=1048576", *files])  # whole, however long
    by_user = engine.drive([one], None, lambda _: status.update(f"{campaign.name}: replay {one.progress.running}"))
    status.finish(f"{campaign.name}: corpus of {len(programs)} programs replayed, {terminal.seconds(time.monotonic() - started)}")
    if one.returncode == 0:
        return None
    outcome = Outcome(campaign, by_user=by_user)
    if not by_user:
        one.progress.artifact = one.progress.running
        take_findings(outcome, [one])
    return outcome


def progress_line(campaign, engines, left, started):
    shown = [one.progress for one in engines]
    executions = sum(progress.executions for progress in shown)
    elapsed = max(time.monotonic() - started, 0.001)
    time_left = terminal.seconds(left) + " left" if left is not None else "until a crash"
    return (f"{campaign.name}: {terminal.count(executions)} executions, {terminal.count(int(executions / elapsed))}/s, "
            f"coverage {max(progress.coverage for progress in shown)}, corpus {max(progress.corpus for progress in shown)}, {time_left}")


def run_campaign(campaign, seconds, jobs, seed):
    programs = campaign.prepare()
    failed = replay_corpus(campaign, programs)
    if failed:
        return failed
    limit = [f"-max_total_time={max(1, round(seconds))}"] if seconds is not None else []
    started, status = time.monotonic(), terminal.Status()
    print(f"{campaign.name}: seed {seed}", flush=True)
    engines = [campaign.engine(number, [*limit, f"-seed={seed + number}", "-reload=1", campaign.corpus, campaign.seeds])
               for number in range(jobs)]
    by_user = engine.drive(engines, seconds,
                           lambda left: status.update(progress_line(campaign, engines, left, started)))
    took = time.monotonic() - started
    status.finish("interrupted" if by_user else None)
    shown = [one.progress for one in engines]
    outcome = Outcome(campaign, sum(progress.executions for progress in shown), took,
                      max(progress.coverage for progress in shown), max(progress.corpus for progress in shown), by_user=by_user)
    take_findings(outcome, engines)
    return outcome


def run(arguments):
    targets = [arguments.target] if arguments.target else TARGETS
    seconds = None if arguments.until_crash else arguments.seconds
    seed = arguments.seed or random.randrange(1, 1 << 31)
    outcomes = []
    for campaign in campaigns(targets, arguments.fault, arguments.state.resolve()):
        outcomes.append(run_campaign(campaign, seconds, arguments.jobs, seed))
        if outcomes[-1].by_user:
            break
    header = ["target", "executions", "per second", "coverage", "corpus", "time", "found"]
    print()
    print("\n".join(terminal.table(header, [outcome.row() for outcome in outcomes], right=range(1, 6))))
    for outcome in outcomes:
        for reproducer in outcome.reproducers:
            reproducer.show()
        if outcome.broken:
            project.warn(outcome.broken)
    if any(outcome.reproducers for outcome in outcomes):
        return project.FOUND
    return project.USAGE if any(outcome.broken for outcome in outcomes) else project.OK


def add_arguments(parser):
    parser.add_argument("target", nargs="?", choices=TARGETS, metavar="target", help=f"one of: {', '.join(TARGETS)} (default: all)")
    parser.add_argument("--seconds", type=positive_seconds, default=DEFAULT_SECONDS, metavar="n",
                        help=f"time per target (default {DEFAULT_SECONDS})")
    parser.add_argument("--jobs", type=positive, default=1, metavar="n", help="processes per target; they share the corpus (default 1)")
    parser.add_argument("--seed", type=positive, metavar="n", help="of the engine's random numbers (default: a new one, printed)")
    parser.add_argument("--until-crash", action="store_true", help="no time limit: end at the first failure, or on Ctrl-C")
    parser.add_argument("--state", type=pathlib.Path, default=project.FUZZ_STATE, metavar="dir",
                        help="where corpus, crashes and reproducers are kept (default .fuzz)")
    parser.add_argument("--fault", metavar="id", help="plant this fault of faults/ first, and start from the project's corpus alone")


def positive(text):
    value = int(text)
    if value < 1:
        raise ValueError
    return value


def positive_seconds(text):
    value = float(text)
    if not 0 < value < 1e7:
        raise ValueError
    return value


positive.__name__ = "whole number of at least 1"  # argparse shows it: invalid ... value: 'x'
positive_seconds.__name__ = "number of seconds"
