"""The turns of a fuzz target: its programs are replayed, old crashes tried again, then its builds fuzz, round
by round.

The time a round gets is fuzzing time. Before it each process loads the project's programs and what the corpus
holds, for a bounded time: a quarter of what it fuzzes for.
"""

import itertools
import time

from . import corpus, engine, findings, project, terminal
from .arguments import following
from .campaign import in_order_of_readiness, rounds
from .outcome import Found, Outcome, take_engine

LOADING_SHARE = 1 / 4     # of the fuzzing time
LOADING_SECONDS = 5       # without a time
LOADING_SECONDS_MIN = 2
SLACK_SECONDS = 30        # until a process that does not end is interrupted
RETRIED_MAX = 100         # crashes of earlier runs that are tried again
LOADING_FAILURES_MAX = 5  # in a row, with --keep-going; then only the project's programs are loaded


def begin(campaign, seed, failing=()):
    """Prepares the campaign; replays the project's programs and tries old crashes in its first build.
    `failing`: programs that another target has shown to fail, which are left out."""
    outcome = Outcome(campaign, itertools.count(seed))
    outcome.seed_programs = campaign.prepare()
    outcome.excluded |= {path for path, program in outcome.seed_programs.items() if program in failing}
    first_turn(outcome, campaign.builds[0])
    if not outcome.over:
        print(f"{campaign.name}: seed {seed}", flush=True)
    return outcome


def failing_programs(outcomes):
    """The programs of the project that these have shown to fail."""
    return {outcome.seed_programs[path] for outcome in outcomes for path in outcome.excluded if path in outcome.seed_programs}


def first_turn(outcome, build):
    """What comes before a build's first round."""
    if build in outcome.replayed:
        return
    outcome.replayed.add(build)
    outcome.campaign.programs.path(build, outcome.campaign.target)  # waits for it
    replay_corpus(outcome, build)
    if not outcome.over and not outcome.campaign.fault:
        retry_crashes(outcome, build)


def replay_corpus(outcome, build):
    """Runs every program of the project once, whole, however long."""
    campaign, started, status = outcome.campaign, time.monotonic(), terminal.Status()
    left = [seed for seed in sorted(outcome.seed_programs) if seed not in outcome.excluded]
    count, failed = len(left), 0
    while left and not outcome.over:
        one = campaign.engine(build, f"replay-{build}", ["-max_len=1048576", *left])
        outcome.by_user = engine.drive([one], None, lambda _, one=one: status.update(f"{campaign.name}: replay {one.progress.running}"))
        outcome.points.add(one.progress.points)
        outcome.tally(build).pairs.add(one.progress.pairs)
        outcome.known.take_counts(one.progress.known)
        failing = next((seed for seed in left if str(seed) == one.progress.running), None)
        if one.returncode == 0 or outcome.by_user or failing is None:
            take_engine(outcome, build, one)
            break
        status.finish()
        left, failed = left[left.index(failing) + 1:], failed + 1
        outcome.excluded.add(failing)
        origin = f"shown by {project.relative(outcome.seed_programs[failing])}"
        take_engine(outcome, build, one, origin, failing)
        if one.artifact:
            one.artifact.unlink()
    passed = f"{campaign.name}, {build}: corpus of {count} programs replayed, {terminal.seconds(time.monotonic() - started)}"
    status.finish(None if failed or outcome.over else passed)


def retry_crashes(outcome, build):
    """Tries the crashes of earlier runs again. What passes in the confirming build joins the corpus."""
    campaign = outcome.campaign
    gcmap, passing, status = campaign.programs.gcmap(build), [], terminal.Status()
    kept = sorted(path for path in campaign.crashes.iterdir() if path.is_file() and path.name not in outcome.seen)
    for number, path in enumerate(kept[:RETRIED_MAX], 1):
        status.update(f"{campaign.name}, {build}: tries crash {number} of {len(kept)} again")
        signature = gcmap.signature(path)
        if signature is None:
            project.warn(f"{project.relative(path)} came to no verdict and stays where it is")
        elif not signature:
            passing.append(path)
        elif campaign.keep_going and signature in outcome.known.signatures():
            outcome.known.set_aside(signature, path)
        else:
            take_old_crash(outcome, build, path, signature)
    status.finish()
    if len(kept) > RETRIED_MAX:
        project.warn(f"{len(kept) - RETRIED_MAX} more in {project.relative(campaign.crashes)} were not tried again")
    if passing and build == campaign.confirming and (build == "sanitized" or campaign.builds == ["sanitized"]):
        for path in passing:
            campaign.join(path)
        names = ", ".join(path.name for path in passing)
        print(f"{campaign.name}: crashes that pass now, mended or never of the library, joined the corpus: {names}", flush=True)


def take_old_crash(outcome, build, path, signature):
    """A crash of an earlier run that still fails is reported; the target is fuzzed all the same."""
    campaign = outcome.campaign
    outcome.seen.add(path.name)
    reduced = sorted(campaign.reproducers.glob(f"*-{path.stem}.txt"))
    shown = reduced[0] if reduced else path
    operations = findings.operations_of(shown) if reduced else None
    reproducer = findings.Reproducer(shown, signature.partition(" ")[0], operations, campaign.fault, build == "fast",
                                     "found by an earlier run and still failing")
    project.remember_bug()
    outcome.still.append(Found(reproducer, build))
    outcome.tally(build).found += 1


def fuzz(outcome, seconds, mutated, jobs):
    """Fuzzes for `seconds`, or until every process has mutated `mutated` programs. Rounds whose build is
    still being compiled are left to fuzz_later()."""
    campaign = outcome.campaign
    now, later = in_order_of_readiness(rounds(campaign.builds, seconds or 0, jobs), campaign.programs.ready)
    limited = [(None if mutated else share, kinds, mutated) for share, kinds in now]
    outcome.later += [(None if mutated else share, kinds, mutated) for share, kinds in later]
    run_rounds(outcome, limited)


def fuzz_later(outcome):
    """The rounds that had to wait for their build."""
    later, outcome.later = outcome.later, []
    run_rounds(outcome, later)


def run_rounds(outcome, limited):
    for share, kinds, mutated in limited:
        for kind in dict.fromkeys(kinds):
            if not outcome.over:
                first_turn(outcome, kind)
        if not outcome.over:
            run_round(outcome, kinds, share, mutated)


def run_round(outcome, kinds, seconds, mutated):
    """Processes of these builds at the same time, for `seconds` of fuzzing or `mutated` programs each. With
    --keep-going they are started again after a failure until that is used up."""
    failures = 0
    while True:
        used, done, loading = run_processes(outcome, kinds, seconds, mutated, failures >= LOADING_FAILURES_MAX)
        if outcome.over or used is None or not outcome.campaign.keep_going:
            return
        failures = failures + 1 if loading else 0
        if failures > 4 * LOADING_FAILURES_MAX:
            outcome.broken = f"{outcome.campaign.name}: programs of the project's corpus end every process; mend the known failures first"
            return
        seconds = seconds - used if seconds is not None else None
        mutated = mutated - done if mutated is not None else None
        if (seconds is not None and seconds < 1) or (mutated is not None and mutated < 1):
            return


class Clock:
    """When the processes of a round began to fuzz. Loading is not fuzzing."""

    def __init__(self, engines, now=time.monotonic):
        self._engines, self._now, self._since = engines, now, {}

    def look(self):
        for one in self._engines:
            if one.progress.initialized:
                self._since.setdefault(id(one), self._now())

    def seconds(self, one):
        since = self._since.get(id(one))
        return self._now() - since if since is not None else 0.0


def run_processes(outcome, kinds, seconds, mutated, seeds_only):
    """Returns (seconds used, programs mutated, whether it ended while loading), or (None, ...) if
    nothing failed."""
    campaign, status = outcome.campaign, terminal.Status()
    loading = max(seconds * LOADING_SHARE, LOADING_SECONDS_MIN) if seconds is not None else LOADING_SECONDS
    turn = engine.Turn(loading, seconds, mutated)
    first = campaign.builds.index(kinds[0])  # builds that take turns keep their logs apart
    engines, listed = [], {}
    for number, build in enumerate(kinds, first):
        seed = following(next(outcome.seeds), 0)
        seeds = [path for path in sorted(outcome.seed_programs) if path not in outcome.excluded]
        files = corpus.loading_order(seeds, [] if seeds_only else campaign.grown(), outcome.fresh, seed)
        listed.update(dict.fromkeys(files))
        arguments = ["-shuffle=0", "-prefer_small=0", "-reload=1", f"-seed={seed}", *campaign.listed(number, files), campaign.fresh.name]
        engines.append((build, campaign.engine(build, number, arguments, turn)))
    clock = Clock([one for _, one in engines])

    def tick(_):
        clock.look()
        status.update(progress_line(campaign, engines, clock, seconds))
    hard_limit = loading + seconds + SLACK_SECONDS if seconds is not None else None
    outcome.by_user = engine.drive([one for _, one in engines], hard_limit, tick)
    used = max(min(clock.seconds(one), seconds or clock.seconds(one)) for _, one in engines)
    status.finish("interrupted" if outcome.by_user else None)
    outcome.fresh |= campaign.gather()
    take_round(outcome, engines, used)
    failing = [failed_program(outcome, build, one, listed) for build, one in engines]
    if not any(failing):
        return None, 0, False
    return used, min(one.progress.mutated for _, one in engines), not any(one.progress.initialized for _, one in engines)


def take_round(outcome, engines, used):
    """Adds what the processes did to the figures."""
    for build in {build for build, _ in engines}:
        outcome.tally(build).seconds += used
    for build, one in engines:
        outcome.tally(build).add(one.progress)
        outcome.points.add(one.progress.points)
        outcome.known.take_counts(one.progress.known)


def failed_program(outcome, build, one, listed):
    """Takes what a process left; a program it failed on while loading is not loaded again. Returns whether
    there is one."""
    loading = one.failed and not one.progress.initialized
    contents = take_engine(outcome, build, one, "while loading the corpus" if loading else "")
    if contents is None:
        return False
    if loading:
        for path in listed:
            if path.exists() and path.read_bytes()[:engine.LENGTH_MAX] == contents:
                outcome.excluded.add(path)
                if path.parent == outcome.campaign.corpus:
                    path.unlink()  # it is kept among the crashes or the known failures
    return True


def progress_line(campaign, engines, clock, seconds):
    kinds = " and ".join(dict.fromkeys(build for build, _ in engines))
    progress = [one.progress for _, one in engines]
    if not any(one.initialized for one in progress):
        return f"{campaign.name}, {kinds}: loading, {terminal.count(sum(one.executions for one in progress))} programs"
    mutated, elapsed = sum(one.mutated for one in progress), max(clock.seconds(one) for _, one in engines)
    left = f", {terminal.seconds(max(0.0, seconds - elapsed))} left" if seconds is not None else ""
    return (f"{campaign.name}, {kinds}: loaded {terminal.count(sum(one.loaded for one in progress))}, mutated {terminal.count(mutated)}, "
            f"{terminal.count(int(mutated / max(elapsed, 0.001)))}/s, new {terminal.count(sum(one.new for one in progress))}, "
            f"coverage {max(one.coverage for one in progress)}{left}")
