"""What hunts came to, as Markdown: the tables of docs/HUNT.md.

    print("\\n".join(lines(read(paths), faults.load())))

`read` takes files of ./dev hunt --json, of one hunt in parts; `lines` makes two tables of them, of the faults
that were written to be hunted (`pair-NN`) and of the others, each below lines that sum it up: how many were
found in their first trial, the median of first trials - one that found nothing counts as longer than any
other - and which were missed or slow. A row has the medians of the trials that found the fault, or, behind
">", what was spent in vain. Faults that a test sees are left out: nothing was hunted. So are expected
survivors that survived.
"""

import json
import math
import statistics
from collections import Counter

from . import project

HEADER = ["fault", "found", "executions", "CPU s", "oracle", "operations"]
RULE = "|---|---:|---:|---:|---|---:|"
SLOW_SECONDS = 10
FIELDS = {"fault", "trial", "found", "executions", "cpu_seconds", "oracle", "operations"}


def read(paths):
    """{fault: its records, by trial}. A file that holds something else, or a trial that another file holds
    too, ends the command."""
    trials = {}
    for path in paths:
        for record in _records(path):
            of_fault = trials.setdefault(record["fault"], {})
            if record["trial"] in of_fault:
                raise project.Stop(f"{project.relative(path)}: trial {record['trial']} of {record['fault']} again")
            of_fault[record["trial"]] = record
    return {fault: [record for _, record in sorted(of_fault.items())] for fault, of_fault in trials.items()}


def _records(path):
    try:
        records = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(records, list) and all(isinstance(one, dict) and one.keys() == FIELDS for one in records):
            return records
    except ValueError:
        pass
    raise project.Stop(f"{project.relative(path)}: that was not written by ./dev hunt --json")


def lines(trials, known):
    """Both tables. `known`: the faults of faults/ by id, which also order the rows."""
    hunted = [(fault, trials[fault.id]) for fault in known.values() if fault.id in trials and not fault.test]
    shown = [(fault, records) for fault, records in hunted if not fault.survivor or any(one["found"] for one in records)]
    pairs = [one for one in shown if one[0].id.startswith("pair-")]
    others = [one for one in shown if one not in pairs]
    tables = [_table(group) for group in (pairs, others) if group]
    return [line for number, table in enumerate(tables) for line in ([""] if number else []) + table]


def _table(hunted):
    rows = [f"| {' | '.join(cells)} |" for cells in (HEADER, *(_row(*one) for one in hunted))]
    return [*_summary(hunted), "", rows[0], RULE, *rows[1:]]


def _summary(hunted):
    first = {fault.id: records[0] for fault, records in hunted}
    missed = [fault for fault, record in first.items() if not record["found"]]
    slow = [fault for fault, record in first.items() if record["found"] and record["cpu_seconds"] > SLOW_SECONDS]
    seconds, executions = (statistics.median(one[figure] if one["found"] else math.inf for one in first.values())
                           for figure in ("cpu_seconds", "executions"))
    yield (f"{len(first) - len(missed)} of {len(first)} found in the first trial; "
           f"median {seconds:.2f} CPU s, {executions:,.0f} executions.")
    if missed:
        yield f"Missed: {', '.join(missed)}."
    if slow:
        yield f"Found after more than {SLOW_SECONDS} CPU s: {', '.join(slow)}."


def _row(fault, records):
    found = [record for record in records if record["found"]]
    vain, counted = ("", found) if found else ("> ", records)
    executions, seconds = (statistics.median(one[figure] for one in counted) for figure in ("executions", "cpu_seconds"))
    oracles = Counter(record["oracle"] for record in found).most_common(1)
    operations = min((record["operations"] for record in found if record["operations"] is not None), default="-")
    return [fault.id, f"{len(found)}/{len(records)}", f"{vain}{executions:,.0f}",
            f"{vain}{seconds:.2f}", oracles[0][0] if oracles else "-", str(operations)]
