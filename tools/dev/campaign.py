"""One fuzz target in its two builds on one corpus: what ./dev fuzz does for each target.

The fast build (no sanitizer) finds, the sanitized one (AddressSanitizer, UndefinedBehaviorSanitizer) sees what no
oracle can and confirms. They share the corpus folder: with several processes at the same time, with one in turn.
"""

import dataclasses
import itertools
import pathlib
import shutil
import time

from . import builds, corpus, engine, faults, findings, project, terminal
from .arguments import following
from .gcmap import Gcmap
from .points import Points

FAST_SHARE = 2 / 3             # of the time of one process
UNLIMITED_SECONDS = (60, 960)  # without a time limit: how long a target's first turn is, and its longest


@dataclasses.dataclass
class Campaign:
    """One target, the programs it needs by build, and the state it keeps under .fuzz/."""

    target: str
    binaries: dict  # build: path of the fuzz target
    gcmaps: dict    # build: Gcmap
    state: pathlib.Path
    fault: str | None = None

    @property
    def name(self):
        return f"{self.target} with {self.fault}" if self.fault else self.target

    @property
    def builds(self):
        return list(self.binaries)

    @property
    def confirming(self):
        """The build that replays: the sanitized one, where there is one."""
        return "sanitized" if "sanitized" in self.binaries else "fast"

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
        self.gcmaps[self.confirming].to_binary(programs, self.seeds)
        return programs

    def engine(self, build, number, arguments):
        return engine.Engine([self.binaries[build], *engine.LIMITS, f"-artifact_prefix={self.crashes}/", *arguments],
                             self.state / f"engine-{number}.log", self.state / f"write-ahead-{number}")


def campaigns(targets, kinds, fault, home):
    """Builds what they need. `kinds`: the builds to use, of project.PRESETS."""
    if fault is None:
        directories = {kind: builds.build(project.PRESETS[kind], [*targets, "gcmap_cli"]) for kind in kinds}
        gcmaps = {kind: Gcmap(directory / "harness" / "gcmap", None, kind) for kind, directory in directories.items()}
        return [Campaign(target, {kind: directory / "fuzz" / target for kind, directory in directories.items()}, gcmaps,
                         home / target) for target in targets]
    [planted] = faults.select([fault])
    if planted.test:
        raise project.Stop(f"{fault} blinds the harness: a test sees it, not a fuzzer; ./dev hunt {fault}")
    directories = {kind: faults.build(planted, kind) for kind in kinds}
    gcmaps = {kind: Gcmap(directory / "gcmap", fault, kind) for kind, directory in directories.items()}
    return [Campaign(target, {kind: directory / target for kind, directory in directories.items()}, gcmaps,
                     home / f"{target}-{fault}", fault) for target in targets]


def rounds(kinds, seconds, jobs):
    """[(seconds, [build of each process])]: how a target with these builds spends its time."""
    if len(kinds) == 1:
        return [(seconds, kinds * jobs)]
    if jobs > 1:
        fast = max(1, jobs // 2)
        return [(seconds, ["fast"] * fast + ["sanitized"] * (jobs - fast))]
    return [(seconds * FAST_SHARE, ["fast"]), (seconds * (1 - FAST_SHARE), ["sanitized"])]


def lengths(seconds):
    """Yields `seconds`; without a limit (None) ever longer pieces of time, so that builds and targets take turns."""
    if seconds is not None:
        yield seconds
        return
    length, longest = UNLIMITED_SECONDS
    while True:
        yield length
        length = min(2 * length, longest)


@dataclasses.dataclass
class Tally:
    """What the processes of one build did."""

    executions: int = 0
    seconds: float = 0.0
    coverage: int = 0
    corpus: int = 0
    found: int = 0


@dataclasses.dataclass
class Outcome:
    campaign: Campaign
    seeds: itertools.count  # one for each process
    tallies: dict = dataclasses.field(default_factory=dict)  # build: Tally
    points: Points = dataclasses.field(default_factory=Points)
    reproducers: list = dataclasses.field(default_factory=list)
    broken: str = ""      # an engine ended in failure and left nothing to replay
    by_user: bool = False

    def tally(self, build):
        return self.tallies.setdefault(build, Tally())

    @property
    def over(self):
        return bool(self.by_user or self.reproducers or self.broken)

    def rows(self):
        for build in self.campaign.builds:
            tally = self.tally(build)
            found = str(tally.found) if tally.found else ("broken" if self.broken else "none")
            per_second = int(tally.executions / tally.seconds) if tally.seconds else 0
            yield [self.campaign.name, build, terminal.count(tally.executions), terminal.count(per_second), tally.coverage,
                   tally.corpus, terminal.seconds(tally.seconds), found]


HEADER = ["target", "build", "executions", "per second", "coverage", "corpus", "time", "found"]


def take_findings(outcome, engines):
    """Keeps what the engines [(build, engine)] left, reduces it and says how to see it again."""
    campaign, seen = outcome.campaign, set()
    for build, one in engines:
        if one.died_silently():
            outcome.broken = f"{campaign.name} ({build}) ended with {one.returncode} and left nothing; its output: {campaign.state}/engine-*.log"
        if one.finding() is None:
            continue
        kept = findings.keep(one.finding(), campaign.crashes)
        if kept in seen:
            continue
        seen.add(kept)
        outcome.tally(build).found += 1
        if one.progress.verdict:
            print(f"found: {one.progress.verdict}")
        outcome.reproducers.append(findings.reduce(campaign.gcmaps, build, kept, campaign.state / "reproducers", campaign.fault))


def replay_corpus(outcome, programs):
    """Runs every program of the corpus once."""
    campaign = outcome.campaign
    started, status = time.monotonic(), terminal.Status()
    # Whole, however long.
    one = campaign.engine(campaign.confirming, "replay", ["-max_len=1048576", *sorted(campaign.seeds.iterdir())])
    outcome.by_user = engine.drive([one], None, lambda _: status.update(f"{campaign.name}: replay {one.progress.running}"))
    status.finish(f"{campaign.name}: corpus of {len(programs)} programs replayed, {terminal.seconds(time.monotonic() - started)}")
    outcome.points.add(one.progress.points)
    if one.returncode != 0 and not outcome.by_user:
        one.progress.artifact = one.progress.running
        take_findings(outcome, [(campaign.confirming, one)])


def progress_line(campaign, engines, left, started):
    shown = [one.progress for _, one in engines]
    executions = sum(progress.executions for progress in shown)
    elapsed = max(time.monotonic() - started, 0.001)
    time_left = f", {terminal.seconds(left)} left" if left is not None else ""
    kinds = " and ".join(dict.fromkeys(build for build, _ in engines))
    return (f"{campaign.name}, {kinds}: {terminal.count(executions)} executions, {terminal.count(int(executions / elapsed))}/s, "
            f"coverage {max(progress.coverage for progress in shown)}, corpus {max(progress.corpus for progress in shown)}{time_left}")


def run_round(outcome, kinds, seconds, limit):
    """Processes of these builds at the same time, each with the next seed."""
    campaign = outcome.campaign
    started, status = time.monotonic(), terminal.Status()
    first = campaign.builds.index(kinds[0])  # builds that take turns keep their logs apart
    engines = [(build, campaign.engine(build, number, [*limit, f"-seed={following(next(outcome.seeds), 0)}", "-reload=1", campaign.corpus, campaign.seeds]))
               for number, build in enumerate(kinds, first)]
    outcome.by_user = engine.drive([one for _, one in engines], seconds,
                                   lambda left: status.update(progress_line(campaign, engines, left, started)))
    took = time.monotonic() - started
    status.finish("interrupted" if outcome.by_user else None)
    for build in set(kinds):
        outcome.tally(build).seconds += took
    for build, one in engines:
        tally, progress = outcome.tally(build), one.progress
        tally.executions += progress.executions
        tally.coverage = max(tally.coverage, progress.coverage)
        tally.corpus = max(tally.corpus, progress.corpus)
        outcome.points.add(progress.points)
    take_findings(outcome, engines)


def begin(campaign, seed):
    """Prepares the campaign and replays its corpus."""
    outcome = Outcome(campaign, itertools.count(seed))
    replay_corpus(outcome, campaign.prepare())
    if not outcome.over:
        print(f"{campaign.name}: seed {seed}", flush=True)
    return outcome


def fuzz(outcome, seconds, runs, jobs):
    """Fuzzes for `seconds`, or until every process has done `runs` executions."""
    for share, kinds in rounds(outcome.campaign.builds, seconds, jobs):
        if outcome.over:
            return
        if runs is None:
            run_round(outcome, kinds, share, [f"-max_total_time={max(1, round(share))}"])
        else:
            run_round(outcome, kinds, None, [f"-runs={runs}"])
