"""Tests of pairs.py."""

import unittest

from dev import pairs

HEADER = ["gcmap-states map empty.idle empty.mark doubling.idle", "gcmap-operations put get collect"]


def read(*lines):
    counted = pairs.Pairs()
    for line in [*HEADER, *lines]:
        counted.read(line + "\n")
    return counted


class Counting(unittest.TestCase):
    def test_ReadsItsOwnLinesOnly(self):
        counted = read()
        self.assertTrue(counted.read("gcmap-met put map map 3 0 1\n"))
        self.assertTrue(counted.read("gcmap-neighbours put 0 2 -\n"))
        for other in ("gcmap-point a idle=1", "gcmap-met", "x gcmap-met put map map 3 0 1", "gcmap: M3@put: x", "#7 gcmap-met put map map 3 0 1"):
            self.assertFalse(counted.read(other), other)
        self.assertEqual(counted.states, {("put", "map", "map", "empty.idle"): 3, ("put", "map", "map", "empty.mark"): 0, ("put", "map", "map", "doubling.idle"): 1})
        self.assertEqual(counted.neighbours, {("put", "put"): 0, ("put", "get"): 2})

    def test_ALineThatWasCutShortIsNone(self):
        counted = read()
        for line in ("gcmap-met put map map 3 0", "gcmap-met put map map 3 0 x", "gcmap-met put map nothing 1", "gcmap-met put", "gcmap-neighbours put 0 2"):
            self.assertFalse(counted.read(line), line)
        self.assertEqual(counted, pairs.Pairs())

    def test_SumsProcesses(self):
        total = read("gcmap-met put map map 3 0 0", "gcmap-neighbours put 0 2 -")
        total.add(read("gcmap-met put map map 0 1 0", "gcmap-neighbours put 0 1 -", "gcmap-neighbours get 0 - -"))
        self.assertEqual(list(total.states.values()), [3, 1, 0])
        self.assertEqual(total.neighbours, {("put", "put"): 0, ("put", "get"): 3, ("get", "put"): 0})

    def test_WhatIsMostSurprisingComesFirst(self):
        counted = read("gcmap-met put map map 0 9 0", "gcmap-met get map map 5 0 0", "gcmap-met clone target map 1 0 3")
        self.assertEqual(counted.state_never_hit(), ["put map empty idle", "get map empty mark", "clone target empty mark", "put map doubling idle",
                                                     "get map doubling idle"])
        counted = read("gcmap-neighbours get 9 0 0", "gcmap-neighbours put 0 2 1")
        self.assertEqual(counted.neighbours_never_hit(), ["put then put", "get then get", "get then collect"])


class Lines(unittest.TestCase):
    def test_AreTheSharesAndWhatWasNeverHit(self):
        self.assertEqual(read("gcmap-met put map map 3 0 1", "gcmap-neighbours put 0 2 -").lines("pairs of x"), [
            "pairs of x  state 2 of 3 (66 %), neighbours 1 of 2 (50 %)",
            "never hit, state: put map empty mark",
            "never hit, neighbours: put then put"])

    def test_NameAtMostTen(self):
        lines = read(*[f"gcmap-met op{i} map map 1 1 0" for i in range(1234)]).lines("x")
        self.assertEqual(lines[1].count(","), 12)
        self.assertTrue(lines[1].endswith(", and 1,224 more"), lines[1])

    def test_AreOneIfEverythingWasHit(self):
        self.assertEqual(read("gcmap-met put map map 3 1 1", "gcmap-neighbours put 1 - -").lines("x"), ["x  state 3 of 3 (100 %), neighbours 1 of 1 (100 %)"])

    def test_AreNoneIfNothingWasCounted(self):
        self.assertEqual(read().lines("x"), [])

    def test_ARecordHasTheSame(self):
        self.assertEqual(read("gcmap-met put map map 3 0 1", "gcmap-neighbours put 0 2 -").record(), {
            "state": {"hit": 2, "possible": 3, "never_hit": ["put map empty mark"]},
            "neighbours": {"hit": 1, "possible": 2, "never_hit": ["put then put"]}})


if __name__ == "__main__":
    unittest.main()
