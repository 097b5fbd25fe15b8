"""What fuzzing a target came to: figures by build, what was found and whether it is a bug.

A process that ended badly says little by itself: it may have been killed from outside. Its program is run
again by gcmap, and a failure that repeats is a bug. One that does not is

    crash, leak   a bug all the same: an oracle or a sanitizer spoke
    hang, timeout, oom
                  undecided: a slow machine, or what has gathered over many programs
    killed        the environment's: the out-of-memory killer, a full disk, somebody
"""

import dataclasses
import itertools
import shlex

from . import engine, findings, project, terminal
from .pairs import Pairs
from .points import Points

HEADER = ["target", "build", "loaded", "mutated", "new", "per second", "coverage", "corpus", "time", "found"]
RIGHT = range(2, 9)  # columns aligned to the right


@dataclasses.dataclass
class Tally:
    """What the processes of one build did."""

    loaded: int = 0
    mutated: int = 0
    new: int = 0
    seconds: float = 0.0  # of fuzzing: loading is not in it
    coverage: int = 0
    corpus: int = 0
    found: int = 0
    turns: int = 0        # of processes
    pairs: Pairs = dataclasses.field(default_factory=Pairs)

    def add(self, progress):
        self.loaded += progress.loaded
        self.mutated += progress.mutated
        self.new += progress.new
        self.coverage = max(self.coverage, progress.coverage)
        self.corpus = max(self.corpus, progress.corpus)
        self.turns += 1
        self.pairs.add(progress.pairs)


@dataclasses.dataclass
class Found:
    reproducer: findings.Reproducer
    build: str
    said: str = ""  # by the target


@dataclasses.dataclass
class Outcome:
    campaign: object
    seeds: itertools.count  # one for each process
    tallies: dict = dataclasses.field(default_factory=dict)  # build: Tally
    points: Points = dataclasses.field(default_factory=Points)
    found: list = dataclasses.field(default_factory=list)     # Found
    still: list = dataclasses.field(default_factory=list)     # Found by an earlier run
    excluded: set = dataclasses.field(default_factory=set)    # seeds that fail
    fresh: set = dataclasses.field(default_factory=set)       # names of what this run has added to the corpus
    seen: set = dataclasses.field(default_factory=set)        # names of crashes
    replayed: set = dataclasses.field(default_factory=set)    # builds that have run the project's programs
    later: list = dataclasses.field(default_factory=list)     # rounds that wait for a build
    seed_programs: dict = dataclasses.field(default_factory=dict)  # seed: program of corpus/
    known: object = None
    broken: str = ""      # the environment failed
    undecided: str = ""
    by_user: int = 0      # the signal that ended it

    def __post_init__(self):
        self.known = self.known or self.campaign.known

    def tally(self, build):
        return self.tallies.setdefault(build, Tally())

    def pairs(self):
        """Of all builds together."""
        total = Pairs()
        for tally in self.tallies.values():
            total.add(tally.pairs)
        return total

    @property
    def over(self):
        return bool(self.by_user or self.broken or (self.found and not self.campaign.keep_going))

    @property
    def failed(self):
        return bool(self.found or self.still or self.known.met)

    def idle_builds(self):
        """Builds whose processes mutated nothing."""
        return [build for build, tally in self.tallies.items() if tally.turns and not tally.mutated]

    def verdict(self, build):
        tally = self.tally(build)
        if tally.found:
            return str(tally.found)
        if not tally.turns:
            return "broken" if self.broken else "not run"
        if not tally.mutated:
            return "broken" if self.broken else "nothing mutated"
        return "broken" if self.broken else "undecided" if self.undecided else "none"

    def rows(self):
        for build in self.campaign.builds:
            tally, count = self.tally(build), terminal.count
            per_second = int(tally.mutated / tally.seconds) if tally.seconds else 0
            yield [self.campaign.name, build, count(tally.loaded), count(tally.mutated), count(tally.new), count(per_second), tally.coverage,
                   tally.corpus, terminal.seconds(tally.seconds), self.verdict(build)]

    def records(self):
        """The same for programs: a row of --json per build."""
        for build in self.campaign.builds:
            tally = self.tally(build)
            fault = {"fault": self.campaign.fault} if self.campaign.fault else {}
            yield {"target": self.campaign.target, "build": build, "seconds": round(tally.seconds, 3), "loaded": tally.loaded, "mutated": tally.mutated,
                   "new": tally.new, "executions": tally.loaded + tally.mutated, "coverage": tally.coverage, "found": tally.found, "pairs": tally.pairs.record(), **fault}

    def exit_code(self):
        if self.failed:
            return project.FOUND
        if self.by_user:
            return 128 + self.by_user
        if self.broken:
            return project.USAGE
        return project.UNDECIDED if self.undecided or self.idle_builds() else project.OK


def take_engine(outcome, build, one, origin="", program=None):
    """Looks at how a process ended; `program` is what failed, if it is known better than the process says.
    `origin` says where it comes from, if not from a mutation. Returns the contents of a failing program,
    else None."""
    campaign = outcome.campaign
    if one.died_silently() and program is None:
        outcome.broken = (f"{campaign.name} ({build}) {one.death()}; no program was running. Its output: "
                          f"{project.relative(campaign.state)}/engine-*.log. Again: {repeat_line(campaign)}")
    program = program or one.finding()
    if program is None:
        return None
    how = "hang" if one.progress.verdict.startswith("HANG@") else one.progress.artifact.rpartition("/")[2].partition("-")[0] or "killed"
    kept = findings.keep(program, campaign.crashes)
    contents = kept.read_bytes()
    if kept.name in outcome.seen:
        return contents
    if one.progress.verdict:
        print(f"found{', ' + origin if origin else ''}: {one.progress.verdict}", flush=True)
    if signature := known_signature(outcome, build, kept):
        outcome.known.set_aside(signature, kept)
    else:
        outcome.seen.add(kept.name)
        judge(outcome, build, Failure(how, one.progress.verdict, one.death()), kept, origin)
    return contents


@dataclasses.dataclass
class Failure:
    how: str    # crash, hang, leak, timeout, oom; killed: without an artifact
    said: str   # by the target
    death: str  # of the process, in words


def judge(outcome, build, failure, kept, origin):
    """Repeats and reduces a failure; says what it is."""
    campaign = outcome.campaign
    if failure.how in ("crash", "leak"):
        project.remember_bug()
    reproducer = findings.reduce(campaign.gcmaps(), build, kept, campaign.reproducers, campaign.fault)
    reproducer.origin = origin
    if reproducer.interrupted:
        outcome.by_user = engine.interruption()
    if reproducer.signature or failure.how in ("crash", "leak"):
        project.remember_bug()
        outcome.found.append(Found(reproducer, build, failure.said))
        outcome.tally(build).found += 1
        if campaign.keep_going and reproducer.signature:
            remember(outcome, reproducer, kept)
        return
    where = f"{campaign.name} ({build})"
    again = f"the program it ran does not fail again: {reproducer.repeat_line()}"
    if failure.how == "hang":
        outcome.undecided = f"{where}: {failure.said}, perhaps on a busy machine; {again}"
    elif failure.how == "timeout":
        outcome.undecided = f"{where} took more than {engine.WALL_SECONDS_MAX} s for one program, perhaps on a busy machine; {again}"
    elif failure.how == "oom":
        outcome.undecided = f"{where} reached its limit of memory, perhaps by what gathers over many programs (./dev soak); {again}"
    else:
        outcome.broken = f"{where} {failure.death}; {again}"


def repeat_line(campaign):
    flags = (f" --fault {campaign.fault}" if campaign.fault else "")
    if campaign.state.parent != project.FUZZ_STATE:
        flags += f" --state {shlex.quote(project.relative(campaign.state.parent))}"
    return f"./dev fuzz {campaign.target}{flags}"


def known_signature(outcome, build, program):
    """The signature of a failure that --keep-going sets aside, or None."""
    if not outcome.campaign.keep_going:
        return None
    signature = outcome.campaign.programs.gcmap(build).signature(program)
    return signature if signature in outcome.known.signatures() else None


def remember(outcome, reproducer, kept):
    """A new failure of --keep-going is known from here on, as each build calls it."""
    for gcmap in outcome.campaign.gcmaps().values():
        for program in (kept, reproducer.path):
            signature = gcmap.signature(program)
            if signature and signature not in outcome.known.signatures():
                outcome.known.add(signature)


def exit_code_of(outcomes):
    """The exit code of all together: a bug outweighs an interruption, that the environment, that what
    is undecided."""
    def weight(code):
        return (project.FOUND, 128, project.USAGE, project.UNDECIDED, project.OK).index(128 if code > 128 else code)
    return min((one.exit_code() for one in outcomes), key=weight, default=project.OK)
