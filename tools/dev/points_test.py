"""Tests of points.py."""

import unittest
from unittest import mock

from dev import points


def read(*lines):
    counted = points.Points()
    for line in lines:
        counted.read(line)
    return counted


class Counting(unittest.TestCase):
    def test_ReadsItsOwnLinesOnly(self):
        counted = points.Points()
        self.assertTrue(counted.read("gcmap-point allocation_entered idle=10 mark=3 sweep=0\n"))
        for other in ("gcmap: M3@put: x", "gcmap-point", "gcmap-point a idle=x", "x gcmap-point a idle=1", "#7 gcmap-point a idle=1"):
            self.assertFalse(counted.read(other), other)
        self.assertEqual(counted.counts, {"allocation_entered": {"idle": 10, "mark": 3, "sweep": 0}})

    def test_SumsProcesses(self):
        total = read("gcmap-point a idle=1 mark=0", "gcmap-point b sweep=0")
        total.add(read("gcmap-point a idle=2 mark=0", "gcmap-point c idle=5"))
        self.assertEqual(total.counts, {"a": {"idle": 3, "mark": 0}, "b": {"sweep": 0}, "c": {"idle": 5}})
        self.assertEqual(total.never_hit(), ["a in mark", "b in sweep"])


class Table(unittest.TestCase):
    def test_IsAlignedAndNamesWhatWasNeverHit(self):
        counted = read("gcmap-point allocation_entered idle=1234567 mark=3 sweep=0", "gcmap-point span_swept sweep=12")
        self.assertEqual(counted.lines("heap"), [
            "heap                     idle  mark  sweep",
            "allocation_entered  1,234,567     3      0",
            "span_swept                  -     -     12",
            "never hit: allocation_entered in sweep"])

    def test_AHitEverywhereHasNoLastLine(self):
        self.assertEqual(len(read("gcmap-point a idle=1").lines("x")), 2)
        self.assertEqual(points.Points().lines("x"), [])

    def test_AZeroIsHighlightedAndStaysInItsColumn(self):
        with mock.patch("sys.stdout.isatty", return_value=True, create=True):
            lines = read("gcmap-point a idle=0 mark=10").lines("x")
        self.assertEqual(lines[1], "a     \033[31m0\033[0m    10      -")

    def test_AnUnknownPhaseIsShownLast(self):
        self.assertEqual(read("gcmap-point a rest=4 idle=1").lines("x")[0].split(), ["x", "idle", "mark", "sweep", "rest"])


if __name__ == "__main__":
    unittest.main()
