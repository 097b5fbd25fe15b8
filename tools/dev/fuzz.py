"""./dev fuzz: build, replay the corpus, fuzz every target in both builds, reduce what was found, sum up."""

import contextlib
import pathlib
import random

from . import campaign, fuzz_report, outcome, project, turns
from .arguments import jobs, positive, positive_seconds, seed

DEFAULT_SECONDS = 60


def run(arguments):
    targets = [arguments.target] if arguments.target else list(project.TARGETS)
    kinds = [arguments.build] if arguments.build else list(project.PRESETS)
    first = arguments.seed or random.randrange(1, 1 << 31)
    home = arguments.state.resolve()
    fuzz_report.check(arguments)
    outcomes = {}
    try:
        fuzz_targets(targets, kinds, home, arguments, first, outcomes)
    finally:  # also where the user, or a build that fails, ends it: what was found is told
        if outcomes:
            fuzz_report.report(list(outcomes.values()), arguments)
    return outcome.exit_code_of(list(outcomes.values()))


def fuzz_targets(targets, kinds, home, arguments, first, outcomes):
    """Fuzzes them, alone in their states."""
    with contextlib.ExitStack() as held:
        names = {target: f"{target}-{arguments.fault}" if arguments.fault else target for target in targets}
        for name in names.values():
            held.enter_context(campaign.locked(home / name))
        programs = campaign.programs(targets, kinds, arguments.fault)
        held.callback(programs.stop)
        campaigns = [campaign.Campaign(target, programs, home / name, arguments.fault, arguments.keep_going) for target, name in names.items()]
        fuzz_all(campaigns, arguments, first, outcomes)


def fuzz_all(campaigns, arguments, first, outcomes):
    """Every target in turn: once, or again and again until the first crash. Of a planted fault one failure is
    enough. What becomes of each is added to `outcomes`, by its name."""
    def ended(one):
        return one.by_user or (one.over and (arguments.until_crash or arguments.fault))
    for length in campaign.lengths(None if arguments.until_crash else arguments.seconds):
        for one in campaigns:
            if one.target not in outcomes:
                outcomes[one.target] = turns.begin(one, first, turns.failing_programs(outcomes.values()))
            turns.fuzz(outcomes[one.target], length, arguments.runs, arguments.jobs)
            if ended(outcomes[one.target]):
                return
        for one in outcomes.values():
            turns.fuzz_later(one)
            if ended(one):
                return


def add_arguments(parser):
    targets = ", ".join(project.TARGETS)
    parser.add_argument("target", nargs="?", choices=project.TARGETS, metavar="target", help=f"one of: {targets} (default: all)")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--seconds", type=positive_seconds, default=DEFAULT_SECONDS, metavar="n",
                        help=f"fuzzing time per target (default {DEFAULT_SECONDS}); loading its corpus comes on top, at most a quarter")
    length.add_argument("--runs", type=positive, metavar="n", help="mutated programs per process instead of a time")
    length.add_argument("--until-crash", action="store_true", help="no time limit: end at the first failure, or on Ctrl-C")
    parser.add_argument("--jobs", type=jobs, default=1, metavar="n",
                        help="processes per target; they share the corpus, half of them are of the fast build (default 1: "
                             "first the fast build, two thirds of the time, then the sanitized one)")
    parser.add_argument("--build", choices=list(project.PRESETS), metavar="fast|sanitized", help="only this build (default: both)")
    parser.add_argument("--seed", type=seed, metavar="n", help="of the engine's random numbers (default: a new one, printed)")
    parser.add_argument("--state", type=pathlib.Path, default=project.FUZZ_STATE, metavar="dir",
                        help="where corpus, crashes and reproducers are kept (default .fuzz)")
    parser.add_argument("--keep-going", action="store_true",
                        help="set aside failures whose signature is in .fuzz/<target>/known.txt, add new ones to it, and go on")
    parser.add_argument("--json", type=pathlib.Path, metavar="file", help="write an array of a row per target and build")
    parser.add_argument("--junit", type=pathlib.Path, metavar="file", help="write a JUnit report, a case per target and build")
    parser.add_argument("--fault", metavar="id", help="plant this fault of faults/ first, and start from the project's corpus alone")

