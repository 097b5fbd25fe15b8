"""What ./dev fuzz says at its end: for people, and for programs (--json, --junit).

--json FILE is an array of objects, one for each target and build: `target`, `build`, `seconds` (of fuzzing),
`loaded` and `mutated` (programs that ran), `new` (that reached something no other of the corpus did),
`executions` (loaded and mutated), `coverage` (edges), `found` (failures), `pairs` ({"state": {"hit",
"possible", "never_hit": [names]}, "neighbours": the same}, of these programs and the project's); with --fault
also `fault`.
"""

import json

from . import junit, outcome, output, project, terminal

CORPUS_LARGE = 10_000  # programs; from there on ./dev corpus min is worth its time


def check(arguments):
    """Whether the files can be written, before any work is done."""
    output.check(arguments.json, "--json")
    output.check(arguments.junit, "--junit")


def report(outcomes, arguments):
    summarize(outcomes)
    if arguments.json:
        write_json(arguments.json, outcomes)
    if arguments.junit:
        junit.write(arguments.junit, suites(outcomes))


def summarize(outcomes):
    print()
    rows = [row for one in outcomes for row in one.rows()]
    print("\n".join(terminal.table(outcome.HEADER, rows, right=outcome.RIGHT)))
    for one in outcomes:
        if not any(tally.mutated for tally in one.tallies.values()):
            continue
        for lines in (one.points.lines(f"points of {one.campaign.name}"), one.pairs().lines(f"pairs of {one.campaign.name}")):
            if lines:
                print("\n" + "\n".join(lines))
    for one in outcomes:
        if lines := one.known.lines():
            print(f"\nset aside by --keep-going ({project.relative(one.known.file)}):")
            print("\n".join(lines))
        for found in [*one.still, *one.found]:
            found.reproducer.show()
        for message in filter(None, (one.broken, one.undecided)):
            project.warn(message)
        for build in one.idle_builds():
            if not (one.failed or one.by_user or one.broken):
                project.warn(f"{one.campaign.name}: the {build} build mutated nothing, so that nothing is known; give it more time: --seconds")
        grown = len(one.campaign.grown()) if one.campaign.corpus.is_dir() else 0
        if grown >= CORPUS_LARGE:
            print(f"\n{one.campaign.name}: its corpus holds {terminal.count(grown)} programs; ./dev corpus min keeps those that matter")


def write_json(path, outcomes):
    records = [record for one in outcomes for record in one.records()]
    output.write(path, json.dumps(records, indent=1) + "\n")


def suites(outcomes):
    """A suite a target, a case a build; a failure is the reduced program and the line that repeats it."""
    made = []
    for one in outcomes:
        suite = junit.Suite(f"fuzz.{one.campaign.name}")
        for build in one.campaign.builds:
            suite.case(build, one.tally(build).seconds, failure_text(one, build))
        made.append(suite)
    return made


def failure_text(one, build):
    """What is wrong with a build of a target, or None."""
    parts = []
    for found in [*one.still, *one.found]:
        if found.build == build:
            first, *rest = found.reproducer.lines()
            parts.append("\n".join([(found.reproducer.signature or "not repeated") + first, *filter(None, [found.said]), *rest]))
    if parts:
        return "\n\n".join(parts)
    verdict = one.verdict(build)
    return one.broken or one.undecided or verdict if verdict in ("broken", "undecided", "nothing mutated") else None
