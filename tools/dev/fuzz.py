"""./dev fuzz: build, replay the corpus, fuzz every target in both builds, reduce what was found, sum up."""

import pathlib
import random

from . import campaign, project, terminal
from .arguments import jobs, positive, positive_seconds, seed

DEFAULT_SECONDS = 60


def run(arguments):
    targets = [arguments.target] if arguments.target else list(project.TARGETS)
    kinds = [arguments.build] if arguments.build else list(project.PRESETS)
    first = arguments.seed or random.randrange(1, 1 << 31)
    outcomes = fuzz_all(campaign.campaigns(targets, kinds, arguments.fault, arguments.state.resolve()), arguments, first)
    summarize(outcomes)
    if any(outcome.reproducers for outcome in outcomes):
        return project.FOUND
    return project.USAGE if any(outcome.broken for outcome in outcomes) else project.OK


def fuzz_all(campaigns, arguments, seed):
    """Every target in turn: once, or again and again until the first crash."""
    outcomes = {}
    for length in campaign.lengths(None if arguments.until_crash else arguments.seconds):
        for one in campaigns:
            if one.target not in outcomes:
                outcomes[one.target] = campaign.begin(one, seed)
            outcome = outcomes[one.target]
            campaign.fuzz(outcome, length, arguments.runs, arguments.jobs)
            if outcome.by_user or (arguments.until_crash and outcome.over):
                return list(outcomes.values())
    return list(outcomes.values())


def summarize(outcomes):
    print()
    rows = [row for outcome in outcomes for row in outcome.rows()]
    print("\n".join(terminal.table(campaign.HEADER, rows, right=range(2, 7))))
    for outcome in outcomes:
        if lines := outcome.points.lines(f"points of {outcome.campaign.name}"):
            print("\n" + "\n".join(lines))
    for outcome in outcomes:
        for reproducer in outcome.reproducers:
            reproducer.show()
        if outcome.broken:
            project.warn(outcome.broken)


def add_arguments(parser):
    targets = ", ".join(project.TARGETS)
    parser.add_argument("target", nargs="?", choices=project.TARGETS, metavar="target", help=f"one of: {targets} (default: all)")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--seconds", type=positive_seconds, default=DEFAULT_SECONDS, metavar="n",
                        help=f"time per target (default {DEFAULT_SECONDS})")
    length.add_argument("--runs", type=positive, metavar="n", help="executions per process instead of a time")
    length.add_argument("--until-crash", action="store_true", help="no time limit: end at the first failure, or on Ctrl-C")
    parser.add_argument("--jobs", type=jobs, default=1, metavar="n",
                        help="processes per target; they share the corpus, half of them are of the fast build (default 1: "
                             "first the fast build, two thirds of the time, then the sanitized one)")
    parser.add_argument("--build", choices=list(project.PRESETS), metavar="fast|sanitized", help="only this build (default: both)")
    parser.add_argument("--seed", type=seed, metavar="n", help="of the engine's random numbers (default: a new one, printed)")
    parser.add_argument("--state", type=pathlib.Path, default=project.FUZZ_STATE, metavar="dir",
                        help="where corpus, crashes and reproducers are kept (default .fuzz)")
    parser.add_argument("--fault", metavar="id", help="plant this fault of faults/ first, and start from the project's corpus alone")
