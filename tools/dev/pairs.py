"""What the programs of a run have combined: operations with the states they met, operations with each other.

A fuzz process that is asked to (GCMAP_PAIRS) prints what can be, then the counts in the same order
(harness/program/pair_counts.h):

    gcmap-states map absent.idle absent.mark ...
    gcmap-met put map map 3 0 ...             operation, operand, what its states are of, a count for each
    gcmap-operations make drop put ...
    gcmap-neighbours put 0 2 - ...            how often each of them came after a put; "-": it cannot
"""

import re

from . import terminal

NAMED_MAX = 10  # of those never hit, in print
_LINE = re.compile(r"gcmap-(states|met|operations|neighbours)((?: [\w.-]+)+)$")
_COUNT = re.compile(r"\d+|-")


class Pairs:
    """The counts of one process, or their sum."""

    def __init__(self):
        self.states = {}      # (operation, operand, subject, state): count
        self.neighbours = {}  # (earlier operation, later): count
        self._words = {}      # subject: its states
        self._operations = []

    def __bool__(self):
        return bool(self.states)

    def __eq__(self, other):
        return (self.states, self.neighbours) == (other.states, other.neighbours)

    def __repr__(self):
        return f"Pairs({self.states}, {self.neighbours})"

    def read(self, line):
        """Takes in a line of a fuzz process; returns whether it was about pairs, and whole."""
        found = _LINE.match(line.strip())
        if not found:
            return False
        words = found[2].split()
        if found[1] == "states":
            self._words[words[0]] = words[1:]
        elif found[1] == "operations":
            self._operations = words
        elif found[1] == "met":
            operation, operand, subject = (words + 3 * [""])[:3]
            return _count(self.states, [(operation, operand, subject, state) for state in self._words.get(subject, [])], words[3:])
        else:
            return _count(self.neighbours, [(words[0], later) for later in self._operations], words[1:])
        return True

    def add(self, other):
        _add(self.states, other.states.items())
        _add(self.neighbours, other.neighbours.items())

    def state_never_hit(self):
        """["clone target doubling iterated mark", ...]: what can be and was not, first what is most
        surprising: the operation is frequent, and the state is."""
        surprising = _surprising(self.states, lambda pair: pair[:2], lambda pair: pair[2:])
        return [f"{operation} {operand} {state.replace('.', ' ')}" for operation, operand, _, state in surprising]

    def neighbours_never_hit(self):
        """["clear then clone", ...], in the same order."""
        return [" then ".join(pair) for pair in _surprising(self.neighbours, lambda pair: pair[0], lambda pair: pair[1])]

    def lines(self, title):
        """The shares, then what was never hit, if anything. Nothing where nothing was counted."""
        if not self:
            return []
        never = [("state", self.state_never_hit()), ("neighbours", self.neighbours_never_hit())]
        return [f"{title}  state {_share(self.states)}, neighbours {_share(self.neighbours)}",
                *[f"never hit, {what}: {_first(names)}" for what, names in never if names]]

    def record(self):
        """The same for programs."""
        return {"state": _record(self.states, self.state_never_hit()), "neighbours": _record(self.neighbours, self.neighbours_never_hit())}


def _count(counts, pairs, words):
    """Adds a count for each pair, unless they do not match: a process may die in the middle of a line."""
    if not pairs or len(pairs) != len(words) or not all(map(_COUNT.fullmatch, words)):
        return False
    _add(counts, ((pair, int(word)) for pair, word in zip(pairs, words) if word != "-"))
    return True


def _add(counts, items):
    for pair, count in items:
        counts[pair] = counts.get(pair, 0) + count


def _hit(counts):
    return sum(count > 0 for count in counts.values())


def _share(counts):
    hit, possible = _hit(counts), len(counts)
    return f"{terminal.count(hit)} of {terminal.count(possible)} ({100 * hit // max(possible, 1)} %)"


def _record(counts, never):
    return {"hit": _hit(counts), "possible": len(counts), "never_hit": never}


def _surprising(counts, row, column):
    """The pairs that count zero, by how often both their parts were counted with others."""
    rows, columns = {}, {}
    for pair, count in counts.items():
        _add(rows, [(row(pair), count)])
        _add(columns, [(column(pair), count)])
    return sorted((pair for pair, count in counts.items() if not count), key=lambda pair: -rows[row(pair)] * columns[column(pair)])


def _first(names):
    more = f", and {terminal.count(len(names) - NAMED_MAX)} more" if len(names) > NAMED_MAX else ""
    return ", ".join(names[:NAMED_MAX]) + more
