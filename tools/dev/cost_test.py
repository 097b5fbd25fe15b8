"""Tests of cost.py: how the corpus is divided, what is taken off, and what the ratios are of."""

import pathlib
import tempfile
import unittest
from unittest import mock

from dev import cost, project


class Dividing(unittest.TestCase):
    def test_PartsAreInOrderAndNearlyEqual(self):
        self.assertEqual(cost.split([1, 2, 3, 4, 5, 6, 7], 3), [[1, 2], [3, 4], [5, 6, 7]])
        self.assertEqual(cost.split([1, 2], 10), [[1], [2]])

    def test_ASampleIsSpreadEvenly(self):
        self.assertEqual(cost.spread(list(range(10)), 5), [0, 2, 4, 6, 8])
        self.assertEqual(cost.spread([1, 2], 5), [1, 2])

    def test_PartsOfSmallProgramsAreRunAgainAndOfLargeOnesSampled(self):
        with mock.patch.multiple(cost, PART_PROGRAMS=7, PART_BYTES=100, PART_LEAST=2):
            self.assertEqual(cost.filled(["a", "b", "c"], [1, 1, 2]), ["a", "b", "c", "a", "b", "c", "a"])
            self.assertEqual(cost.filled(["a", "b"], [20, 20]), ["a", "b", "a", "b", "a"])
            self.assertEqual(cost.filled(list(range(10)), [25] * 10), [0, 2, 5, 7])
            self.assertEqual(cost.filled(list(range(4)), [1000] * 4), [0, 2])

    def test_TheCorpusIsTheProjectsAndTheFuzzersBySize(self):
        class FakeGcmap:
            def to_binary(self, _, directory):
                directory.mkdir()
                (directory / "seed").write_bytes(b"x" * 5)
        with tempfile.TemporaryDirectory() as temporary:
            state, home = pathlib.Path(temporary) / "state", pathlib.Path(temporary) / "home"
            home.mkdir()
            for target, size in zip(project.TARGETS, (9, 1)):
                (state / target / "corpus").mkdir(parents=True)
                (state / target / "corpus" / target).write_bytes(b"x" * size)
            with mock.patch.object(cost, "PART_PROGRAMS", 2):
                programs, folders = cost.collect(FakeGcmap(), state, home, 100)
            names = [sorted(path.name for path in folder.iterdir()) for folder in folders]
        self.assertEqual(programs, 3)
        self.assertEqual(names, [[f"{copy}-{name}" for copy in (0, 1)] for name in ("heap_ops_fuzz", "seed", "map_ops_fuzz")])


class Measuring(unittest.TestCase):
    def test_TakesTheMedianAndWhatAnIdleProcessCosts(self):
        seconds = iter((5.0, 1.0, 2.0))
        with mock.patch.object(cost, "run_once", lambda *_: cost.Cost(7, next(seconds))):
            self.assertEqual(cost.measure("b", "f", 0.5, 3), cost.Cost(7, 1.5))

    def test_ReadsExecutionsAndTimeOfAProcess(self):
        with tempfile.TemporaryDirectory() as home:
            program = pathlib.Path(home) / "program"
            program.write_text("#!/bin/sh\necho 'stat::number_of_executed_units: 42' >&2\nfor last; do :; done\n[ \"$last\" != crash ]\n")
            program.chmod(0o755)
            self.assertEqual(cost.run_once(program, "folder").executions, 42)
            with self.assertRaisesRegex(project.Stop, "program ended with 1: stat::") as crash:
                cost.run_once(program, "crash")
            program.write_text("#!/bin/sh\nkill -9 $$\n")
            with self.assertRaisesRegex(project.Stop, "program ended with -9: it said nothing") as killed:
                cost.run_once(program, "folder")
            self.assertEqual((crash.exception.code, killed.exception.code), (project.FOUND, project.USAGE))

    def test_RatiosOverAllAndTheMedianOfTheParts(self):
        base = [cost.Cost(1, 1.0), cost.Cost(1, 2.0), cost.Cost(1, 10.0)]
        ours = [cost.Cost(1, 2.0), cost.Cost(1, 8.0), cost.Cost(1, 10.0)]
        self.assertEqual(cost.ratios(ours, base), (20 / 13, 2.0))

    def test_TheGoalIsForSanitizedTargets(self):
        measured = {program: [cost.Cost(100, 2.0 if program in project.TARGETS else 1.0)] for program in cost.PROGRAMS}
        for kind, goals in (("fast", 0), ("sanitized", len(project.TARGETS))):
            rows = list(cost.rows(kind, measured))
            self.assertEqual(sum("goal" in row[6] for row in rows), goals)
        self.assertEqual(rows[-1][:6], ["heap_ops_fuzz", "sanitized", "100", "50", "2.00", "2.00"])


if __name__ == "__main__":
    unittest.main()
