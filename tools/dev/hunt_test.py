"""Tests of hunt.py: what the table says of found, missed, surviving and tested faults; how targets share
the time."""

import argparse
import contextlib
import io
import json
import pathlib
import tempfile
import unittest
from unittest import mock

from dev import faults, findings, hunt, project


def fault(survivor="no"):
    return faults.Fault(pathlib.Path("x.fault"), {"id": "x", "oracle": "M5; or MD", "survivor": survivor}, [])


def trial(seed, executions=None, signature="M5@erase", operations=2, target="map_ops_fuzz"):
    if executions is None:
        return hunt.Trial(seed, executions=1_000_000, cpu_seconds=60.0, ended=True)
    reproducer = findings.Reproducer(pathlib.Path(f"/r/{seed}.txt"), signature, operations, "x")
    return hunt.Trial(seed, True, executions, executions / 1000, reproducer, target, ended=True)


class Table(unittest.TestCase):
    def row(self, hunted):
        return dict(zip(hunt.HEADER, map(str, hunted.row())))

    def test_MediansTheUsualOracleAndTheSmallestProgram(self):
        hunted = hunt.Hunted(fault(), [trial(1, 900), trial(2, 12000, "MD@get", 5, "heap_ops_fuzz"), trial(3, 3000)])
        self.assertEqual(self.row(hunted), {"fault": "x", "found": "3/3", "executions": "3,000", "CPU s": "3.00", "target": "heap, map",
                                            "oracle": "M5@erase", "expected": "M5", "operations": "2", "": ""})
        self.assertFalse(hunted.missed)

    def test_OneTrialThatFindsNothingIsAMiss(self):
        hunted = hunt.Hunted(fault(), [trial(1, 900), trial(2)])
        self.assertTrue(hunted.missed)
        self.assertEqual((self.row(hunted)["found"], self.row(hunted)[""]), ("1/2", "MISSED"))

    def test_NothingFoundAtAll(self):
        row = self.row(hunt.Hunted(fault(), [trial(1)]))
        self.assertEqual((row["executions"], row["oracle"], row["operations"]), ("-", "-", "-"))

    def test_SurvivorsAreExpectedToSurvive(self):
        hunted = hunt.Hunted(fault("nobody reads it"), [trial(1)])
        self.assertFalse(hunted.missed)
        self.assertEqual(self.row(hunted)[""], "expected survivor")
        self.assertEqual(self.row(hunt.Hunted(fault("nobody"), [trial(1, 5)]))[""], "expected survivor, yet found")


class Commands(unittest.TestCase):
    """./dev hunt, with faults that are found, missed and tested as the test says."""

    def setUp(self):
        home = tempfile.TemporaryDirectory()
        self.addCleanup(home.cleanup)
        self.json = pathlib.Path(home.name) / "hunt.json"

    def hunt(self, chosen, outcomes):
        """`outcomes`: of each fault, its trials and whether the user interrupts, or how its test ended."""
        def hunted(fault, _, one):
            one.trials, interrupted = outcomes[fault.id]
            return interrupted

        def tested(fault, clean, _):
            return hunt.Tested(fault, "passed", outcomes[fault.id])
        parser = argparse.ArgumentParser()
        hunt.add_arguments(parser)
        said = io.StringIO()
        with mock.patch.multiple(hunt, hunt=hunted, test=tested, clean_tests=lambda *_: {}), contextlib.redirect_stdout(said), \
                mock.patch.object(faults, "select", return_value=chosen):
            return hunt.run(parser.parse_args(["--json", str(self.json)]))

    def rows(self):
        return json.loads(self.json.read_text())

    @staticmethod
    def blind():
        return faults.Fault(pathlib.Path("y.fault"), {"id": "y", "oracle": "M1", "survivor": "no", "test": "gcmap_map_test Map.Sees"}, [])

    def test_ARowATrial(self):
        self.assertEqual(project.UNDECIDED, self.hunt([fault()], {"x": ([trial(1, 900), trial(2)], False)}))
        self.assertEqual([{"fault": "x", "trial": 1, "found": True, "executions": 900, "cpu_seconds": 0.9, "oracle": "M5@erase", "operations": 2},
                          {"fault": "x", "trial": 2, "found": False, "executions": 1_000_000, "cpu_seconds": 60.0, "oracle": None,
                           "operations": None}], self.rows())

    def test_FoundIsOkAndSoIsASurvivor(self):
        self.assertEqual(project.OK, self.hunt([fault()], {"x": ([trial(1, 900)], False)}))
        self.assertEqual(project.OK, self.hunt([fault("nobody reads it")], {"x": ([trial(1)], False)}))

    def test_ATestThatDoesNotFailWithItsFaultIsAFailureOfTheHarness(self):
        self.assertEqual(project.OK, self.hunt([self.blind()], {"y": "failed"}))
        self.assertEqual(project.FOUND, self.hunt([fault(), self.blind()], {"x": ([trial(1)], False), "y": "passed"}))
        self.assertEqual([False, False], [row["found"] for row in self.rows()])
        self.assertEqual({"fault": "y", "trial": 1, "found": False, "executions": None, "cpu_seconds": None, "oracle": "Map.Sees",
                          "operations": None}, self.rows()[1])

    def test_WhatWasMeasuredBeforeAnInterruptionIsInTheFile(self):
        with self.assertRaises(KeyboardInterrupt):
            self.hunt([self.blind(), fault()], {"y": "failed", "x": ([trial(1, 900), hunt.Trial(2, executions=50), hunt.Trial(3)], True)})
        self.assertEqual([("y", 1), ("x", 1)], [(row["fault"], row["trial"]) for row in self.rows()])

    def test_ATrialThatWasInterruptedIsNoMiss(self):
        hunted = hunt.Hunted(fault(), [trial(1, 900), hunt.Trial(2, executions=50)])
        self.assertEqual((False, "1/1"), (hunted.missed, hunted.row()[1]))

    def test_AFileThatCannotBeWrittenIsToldBeforeAnyWork(self):
        self.json = self.json.parent / "missing" / "hunt.json"
        with self.assertRaisesRegex(project.Stop, "--json .*there is no folder"):
            self.hunt([fault()], {})


class Turns(unittest.TestCase):
    def test_TargetsTakeTurnsThatGrowAndFillTheTime(self):
        self.assertEqual([seconds for _, seconds in hunt.turns(("a", "b"), 60)], [5, 5, 10, 10, 15, 15])
        self.assertEqual(list(hunt.turns(("a", "b"), 4)), [("a", 2), ("b", 2)])
        for seconds in (1, 19, 20, 21, 59, 600):
            self.assertAlmostEqual(sum(turn for _, turn in hunt.turns(("a", "b"), seconds)), seconds)

    def test_OneTargetHasItAll(self):
        self.assertEqual(list(hunt.turns(("a",), 60)), [("a", 60)])


class TestsThatMustFail(unittest.TestCase):
    def run_script(self, *lines, seconds=20):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        path = pathlib.Path(directory.name) / "program"
        path.write_text("#!/bin/sh\n" + "\n".join(lines) + "\n")
        path.chmod(0o755)
        return hunt.run_test(path, "Map", "Sees", seconds)

    def test_HowATestCanEnd(self):
        began = "echo '[ RUN      ] Map.Sees'"
        self.assertEqual(self.run_script(began, "echo '[  PASSED  ] 1 test.'"), "passed")
        self.assertEqual(self.run_script(began, "echo '[  FAILED  ] Map.Sees'; exit 1"), "failed")
        self.assertEqual(self.run_script(began, "kill -ABRT $$"), "died")
        self.assertEqual(self.run_script(began, "exec sleep 60", seconds=0.3), "hung")
        self.assertEqual(self.run_script("echo '[  PASSED  ] 0 tests.'"), "missing")
        self.assertEqual(self.run_script(began, "echo '[  PASSED  ] 0 tests.'"), "skipped")

    def test_OnlyOneThatFailsWithTheFaultAndPassesWithoutCounts(self):
        blind = faults.Fault(pathlib.Path("x.fault"), {"id": "x", "oracle": "M1", "survivor": "no", "test": "gcmap_map_test Map.Sees"}, [])
        for clean, planted, missed in (("passed", "failed", False), ("passed", "died", False), ("passed", "passed", True),
                                       ("passed", "hung", True), ("failed", "failed", True), ("missing", "missing", True)):
            self.assertEqual(hunt.Tested(blind, clean, planted).missed, missed, (clean, planted))
        row = hunt.Tested(blind, "passed", "failed").row()
        self.assertEqual((row[1], row[5], row[-1]), ("test failed", "Map.Sees", ""))
        self.assertEqual(hunt.Tested(blind, "failed", "failed").row()[-1], "MISSED: test failed unplanted")


if __name__ == "__main__":
    unittest.main()
