"""./dev corpus min: keep of what fuzzing has collected what matters.

libFuzzer chooses programs that reach together what all of them do (-merge=1, in the fast build). What is kept
is in the corpus before the rest leaves it, so that an interruption loses nothing; a program that fails is
moved to the crashes, which the next ./dev fuzz tries again. The project's own corpus/ is not touched.
"""

import contextlib
import os
import pathlib
import shutil

from . import campaign, engine, project, terminal

HEADER = ["target", "", "files", "bytes", "features"]


def run(arguments):
    targets = [arguments.target] if arguments.target else list(project.TARGETS)
    home = arguments.state.resolve()
    collected = [target for target in targets if any((home / target / "corpus").glob("*"))]
    if not collected:
        raise project.Stop(f"{project.relative(home)} holds no corpus of {' or '.join(targets)}: ./dev fuzz collects one")
    with contextlib.ExitStack() as held:
        for target in collected:
            held.enter_context(campaign.locked(home / target))
        programs = campaign.programs(collected, ["fast"])
        rows = []
        for target in collected:
            before, after, failing = minimize(campaign.Campaign(target, programs, home / target))
            rows += [[target, "before", *before], ["", "after", *after]]
            if failing:
                project.warn(f"{target}: {failing} programs fail and were moved to {project.relative(home / target / 'crashes')}; "
                             f"./dev fuzz {target} tries them again")
    print("\n".join(terminal.table(HEADER, [[*row[:2], *map(terminal.count, row[2:])] for row in rows], right=(2, 3, 4))))
    return project.OK


def minimize(one):
    """Returns (files, bytes, features) before and after, and how many programs fail."""
    one.crashes.mkdir(parents=True, exist_ok=True)
    one.fresh.mkdir(parents=True, exist_ok=True)
    one.gather()
    chosen, known = one.state / "chosen", {path.name for path in one.crashes.iterdir()}
    shutil.rmtree(chosen, ignore_errors=True)
    chosen.mkdir()
    before = figures(one)
    features = merge(one, chosen)
    if not any(chosen.iterdir()):
        raise project.Stop(f"{one.target}: libFuzzer chose no program; its output: {project.relative(one.state)}/engine-merge.log")
    replace(one.corpus, chosen)
    return (*before, features), (*figures(one), measured(one)), len({path.name for path in one.crashes.iterdir()} - known)


def merge(one, chosen):
    """Copies the programs that matter from the corpus into `chosen`; returns how many features they have."""
    (one.state / "merge").unlink(missing_ok=True)  # of a run that was interrupted
    process = one.engine("fast", "merge", ["-merge=1", f"-merge_control_file={one.state}/merge", chosen, one.corpus])
    return drive(one, process, "chooses").features


def measured(one):
    """The features of the corpus as it is."""
    return drive(one, one.engine("fast", "measure", ["-runs=0", one.corpus]), "measures").features


def drive(one, process, what):
    status = terminal.Status()
    interrupted = engine.drive([process], None, lambda _: status.update(f"{one.target}: {what}, {terminal.count(process.progress.executions)} programs"))
    status.finish()
    if interrupted:
        raise KeyboardInterrupt
    if process.returncode != 0:
        raise project.Stop(f"{one.target}: libFuzzer {process.death()}")
    return process.progress


def replace(corpus, chosen):
    """The programs of `corpus` are those of `chosen`; at every moment it holds at least these."""
    kept = set()
    for path in list(chosen.iterdir()):
        os.replace(path, corpus / path.name)
        kept.add(path.name)
    for path in corpus.iterdir():
        if path.name not in kept:
            path.unlink()
    chosen.rmdir()


def figures(one):
    sizes = [path.stat().st_size for path in one.grown()]
    return len(sizes), sum(sizes)


def add_arguments(parser):
    parser.add_argument("action", choices=["min"], metavar="min", help="minimize what fuzzing has collected")
    parser.add_argument("target", nargs="?", choices=project.TARGETS, metavar="target", help=f"one of: {', '.join(project.TARGETS)} (default: all)")
    parser.add_argument("--state", type=pathlib.Path, default=project.FUZZ_STATE, metavar="dir", help="as of ./dev fuzz (default .fuzz)")
