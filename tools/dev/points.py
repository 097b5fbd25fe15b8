"""How often a run hit each decision point, by the phase of the collection cycle: lost coverage
becomes visible.

A fuzz process prints one line per point when it ends, with every phase in which the point can occur:

    gcmap-point span_swept sweep=1204
    gcmap-point allocation_entered idle=10 mark=3 sweep=0
"""

import re

from . import terminal

_LINE = re.compile(r"gcmap-point (\w+)((?: \w+=\d+)*)\s*$")
_COUNT = re.compile(r"(\w+)=(\d+)")
PHASES = ("idle", "mark", "sweep")  # of the cycle, in its order; mark termination is no place to stop at


class Points:
    """The counts of one process, or their sum. A point lacks the phases in which it cannot occur."""

    def __init__(self):
        self.counts = {}  # point: {phase: count}, in the order first seen

    def __bool__(self):
        return bool(self.counts)

    def __eq__(self, other):
        return self.counts == other.counts

    def __repr__(self):
        return f"Points({self.counts})"

    def read(self, line):
        """Takes in a line of a fuzz process; returns whether it was about a point."""
        found = _LINE.match(line)
        if not found:
            return False
        self._add(found[1], {phase: int(count) for phase, count in _COUNT.findall(found[2])})
        return True

    def add(self, other):
        for point, counts in other.counts.items():
            self._add(point, counts)

    def _add(self, point, counts):
        mine = self.counts.setdefault(point, {})
        for phase, count in counts.items():
            mine[phase] = mine.get(phase, 0) + count

    def never_hit(self):
        """["span_swept in sweep", ...]: where a point can occur and did not."""
        return [f"{point} in {phase}" for point, counts in self.counts.items() for phase, count in counts.items() if not count]

    def lines(self, title):
        """The table, then the line that names what was never hit, if anything. Nothing where nothing
        was counted."""
        if not self.counts:
            return []
        seen = {phase for counts in self.counts.values() for phase in counts}
        phases = [*PHASES, *sorted(seen.difference(PHASES))]
        rows = [[point, *(_cell(counts.get(phase)) for phase in phases)] for point, counts in self.counts.items()]
        lines = terminal.table([title, *phases], rows, right=range(1, len(phases) + 1))
        if never := self.never_hit():
            lines.append(f"never hit: {', '.join(never)}")
        return lines


def _cell(count):
    if count is None:
        return "-"
    return terminal.count(count) if count else terminal.coloured("0", "red")
