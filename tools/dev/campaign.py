"""One fuzz target in its two builds on one corpus: what it needs, what it keeps under .fuzz/, how its time
is spent.

The fast build (no sanitizer) finds, the sanitized one (AddressSanitizer, UndefinedBehaviorSanitizer) sees
what no oracle can and confirms. They share the corpus: with several processes at the same time, with one
in turn.
"""

import contextlib
import dataclasses
import hashlib
import os
import pathlib
import shutil

from . import builds, corpus, engine, faults, project
from .gcmap import Gcmap
from .known import Known

FAST_SHARE = 2 / 3             # of the time of one process
UNLIMITED_SECONDS = (60, 960)  # without a time limit: how long a target's first turn is, and its longest


class Programs:
    """The programs of a run, build by build. The first is compiled at once, the second in the background
    while the first is at work; who needs it waits."""

    def __init__(self, kinds, start, place, fault=None):
        """`start(kind, part, background)` returns a builds.Build whose result is a directory;
        `place(directory, program)` is where a program stands in it."""
        self.kinds, self._place, self._fault = kinds, place, fault
        part = (lambda number: (number, len(kinds))) if len(kinds) > 1 else (lambda number: None)
        self._directories = {kinds[0]: start(kinds[0], part(1), False).wait()}
        self._builds = {kind: start(kind, part(number), True) for number, kind in enumerate(kinds[1:], 2)}

    def ready(self, kind):
        """Whether nobody has to wait for it."""
        return kind in self._directories or self._builds[kind].poll()

    def usable(self, kind):
        """Whether it is there: ready, and it did compile."""
        return self.ready(kind) and (kind in self._directories or not self._builds[kind].failed)

    def path(self, kind, program):
        if kind not in self._directories:
            self._directories[kind] = self._builds[kind].wait()
        return self._place(self._directories[kind], program)

    def gcmap(self, kind):
        return Gcmap(self.path(kind, "gcmap"), self._fault, kind)

    def stop(self):
        """Ends what is still being compiled."""
        for build in self._builds.values():
            if not build.poll():
                build.stop()


def programs(targets, kinds, fault=None):
    """Those of `targets`, with the planted fault if one is named. `kinds`: the builds to use,
    of project.PRESETS."""
    if fault is None:
        return Programs(kinds, lambda kind, part, background: builds.start(project.PRESETS[kind], [*targets, "gcmap_cli"], part=part, background=background),
                        lambda directory, program: directory / ("harness" if program == "gcmap" else "fuzz") / program)
    [planted] = faults.select([fault])
    if planted.test:
        raise project.Stop(f"{fault} blinds the harness: a test sees it, not a fuzzer; ./dev hunt {fault}")
    return Programs(kinds, lambda kind, part, background: faults.start(planted, kind, part, background),
                    lambda directory, program: directory / program, fault)


@dataclasses.dataclass
class Campaign:
    """One target, the programs it needs, and the state it keeps under .fuzz/."""

    target: str
    programs: Programs
    state: pathlib.Path
    fault: str | None = None
    keep_going: bool = False

    @property
    def name(self):
        return f"{self.target} with {self.fault}" if self.fault else self.target

    @property
    def builds(self):
        return self.programs.kinds

    @property
    def confirming(self):
        """The build that repeats: the sanitized one, where there is one."""
        return "sanitized" if "sanitized" in self.builds else "fast"

    @property
    def corpus(self):
        return self.state / "corpus"

    @property
    def fresh(self):
        """What the processes of one round find and hear of from each other; joins the corpus afterwards."""
        return self.state / "fresh"

    @property
    def crashes(self):
        return self.state / "crashes"

    @property
    def reproducers(self):
        return self.state / "reproducers"

    @property
    def seeds(self):
        return self.state / "seeds"

    @property
    def known(self):
        return Known(self.state)

    def gcmaps(self):
        """Those that nobody has to wait for."""
        return {build: self.programs.gcmap(build) for build in self.builds if self.programs.usable(build)}

    def prepare(self):
        """Makes the folders and puts the project's programs, in binary form, into `seeds`; returns
        {seed: program}. A planted build starts from the project's programs alone, whatever earlier runs have
        found."""
        if self.fault:
            shutil.rmtree(self.corpus, ignore_errors=True)
            shutil.rmtree(self.fresh, ignore_errors=True)
        for folder in (self.corpus, self.fresh, self.crashes, self.reproducers):
            folder.mkdir(parents=True, exist_ok=True)
        self.gather()
        shutil.rmtree(self.seeds, ignore_errors=True)
        known = corpus.programs(without_fault=self.fault)
        self.programs.gcmap(self.builds[0]).to_binary(known, self.seeds)
        return {self.seeds / f"{program.parent.name}-{program.stem}.bin": program for program in known}

    def gather(self):
        """Moves what the processes have found into the corpus; returns the names."""
        found = [path for path in self.fresh.iterdir() if path.is_file()]
        for path in found:
            os.replace(path, self.corpus / path.name)
        return {path.name for path in found}

    def grown(self):
        """The programs of the corpus."""
        return sorted(path for path in self.corpus.iterdir() if path.is_file())

    def join(self, path):
        """Moves a program into the corpus, under the name libFuzzer would give it."""
        os.replace(path, self.corpus / hashlib.sha1(path.read_bytes()).hexdigest())

    def engine(self, build, number, arguments, turn=engine.Turn()):
        variables = turn.environment() | (self.known.variables() if self.keep_going else {})
        command = [self.programs.path(build, self.target), *engine.FLAGS, f"-artifact_prefix={self.crashes}/", *arguments]
        return engine.Engine(command, self.state / f"engine-{number}.log", self.state / f"write-ahead-{number}", self.state, variables)

    def listed(self, number, files):
        """The argument that has an engine load these files, of the state's folder, in this order."""
        path = self.state / f"load-{number}"
        # libFuzzer separates them by commas.
        names = [str(file.relative_to(self.state)) for file in files]
        path.write_text(",".join(name for name in names if "," not in name), encoding="utf-8")
        return [f"-seed_inputs=@{path.name}"] if names else []


@contextlib.contextmanager
def locked(state):
    """Nobody else uses the state of a target meanwhile."""
    try:
        with project.locked(state / "lock", f"fuzzes in {project.relative(state)}", wait=False):
            yield
    except project.Held as held:
        raise project.Stop(f"{held.holder}: wait for it, end it, or choose another folder with --state") from held
    except (FileExistsError, NotADirectoryError) as error:
        raise project.Stop(f"--state: {error.filename} is no folder") from error


def rounds(kinds, seconds, jobs):
    """[(seconds, [build of each process])]: how a target with these builds spends its time."""
    if len(kinds) == 1:
        return [(seconds, kinds * jobs)]
    if jobs > 1:
        fast = max(1, jobs // 2)
        return [(seconds, ["fast"] * fast + ["sanitized"] * (jobs - fast))]
    return [(seconds * FAST_SHARE, ["fast"]), (seconds * (1 - FAST_SHARE), ["sanitized"])]


def in_order_of_readiness(rounds_left, ready):
    """The same rounds as two lists: those that can begin, and those that wait for a build that is still
    compiled. Of a round of both builds the part that can begin does."""
    now, later = [], []
    for seconds, kinds in rounds_left:
        able = [kind for kind in kinds if ready(kind)]
        unable = [kind for kind in kinds if not ready(kind)]
        now += [(seconds, able)] if able else []
        later += [(seconds, unable)] if unable else []
    return now, later


def lengths(seconds):
    """Yields `seconds`; without a limit (None) ever longer pieces of time, so that builds and targets
    take turns."""
    if seconds is not None:
        yield seconds
        return
    length, longest = UNLIMITED_SECONDS
    while True:
        yield length
        length = min(2 * length, longest)
