"""Tests of hunt.py: what the table says of found, missed, surviving and tested faults; when a trial ends, and
what it begins with."""

import argparse
import contextlib
import io
import json
import pathlib
import tempfile
import unittest
from unittest import mock

from dev import corpus, engine, faults, findings, hunt, project


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

    def test_WhatNoProgramRepeatsIsCalledAsTheTargetCalledIt(self):
        one = trial(1, 900, "", None)
        one.verdict = "M10@shrink: made for 0 entries with B 4"
        hunted = hunt.Hunted(fault(), [one])
        self.assertEqual("M10@shrink, not repeated", self.row(hunted)["oracle"])
        self.assertEqual(["M10@shrink, not repeated"], [record["oracle"] for record in hunted.records()])
        one.verdict = ""
        self.assertEqual("crash, not repeated", one.oracle)

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

    def test_ATableOfEarlierHuntsHuntsNothing(self):
        self.hunt([fault()], {"x": ([trial(1, 900)], False)})
        parser = argparse.ArgumentParser()
        hunt.add_arguments(parser)
        said = io.StringIO()
        known = faults.Fault(pathlib.Path("x.fault"), {"id": "x", "survivor": "no"}, [])
        with mock.patch.object(faults, "load", return_value={"x": known}), contextlib.redirect_stdout(said):
            self.assertEqual(project.OK, hunt.run(parser.parse_args(["--table", str(self.json)])))
        self.assertIn("| x | 1/1 | 900 | 0.90 | M5@erase | 2 |", said.getvalue())

    def test_AFileThatCannotBeWrittenIsToldBeforeAnyWork(self):
        self.json = self.json.parent / "missing" / "hunt.json"
        with self.assertRaisesRegex(project.Stop, "--json .*there is no folder"):
            self.hunt([fault()], {})


class Searches(unittest.TestCase):
    """When the engines of a trial are ended."""

    def setUp(self):
        self.now = 0
        self.engines = [mock.Mock(returncode=None, cpu_seconds=0.0) for _ in range(2)]
        self.search = hunt.Search(trial(1), self.engines, 60, lambda: self.now)
        patch = mock.patch.object(engine, "stop")
        self.stop = patch.start()
        self.addCleanup(patch.stop)

    def test_TargetsShareTheProcessorTime(self):
        self.engines[0].cpu_seconds, self.engines[1].cpu_seconds = 50, 9
        self.search.follow()
        self.stop.assert_not_called()
        self.engines[1].cpu_seconds = 10
        self.search.follow()
        self.stop.assert_called_with(self.engines, kill=False)

    def test_WhatEndsByItselfEndsTheOthers(self):
        self.engines[1].returncode = 77
        self.search.follow()
        self.stop.assert_called_with(self.engines, kill=False)

    def test_WhoDoesNotEndIsKilled(self):
        self.engines[0].returncode = 77
        for self.now, kill in ((5, False), (5 + engine.GRACE_SECONDS, False), (6 + engine.GRACE_SECONDS, True)):
            self.search.follow()
            self.stop.assert_called_with(self.engines, kill=kill)


class Trials(unittest.TestCase):
    """hunt(), with scripts in the place of targets."""

    FINDS = """echo "#50 NEW cov: 1 ft: 1 corp: 1/1b" >&2; echo "gcmap: M5@erase: 0" >&2
               echo x >crash-1; echo "Test unit written to $PWD/crash-1" >&2; exit 77"""
    SEARCHES = """echo "#700 NEW cov: 1 ft: 1 corp: 1/1b" >&2; : >searching
                  while :; do :; done"""
    WAITS = "while [ ! -e searching ]; do :; done\n"

    def setUp(self):
        home = tempfile.TemporaryDirectory()
        self.addCleanup(home.cleanup)
        self.home = pathlib.Path(home.name)

    def hunt(self, map_ops, heap_ops, *words, clean=""):
        """The trials of a fault, and the programs they began with. `clean`: what is wrong with what they find
        in the library without the fault."""
        for target, script in zip(project.TARGETS, (map_ops, heap_ops)):
            (self.home / target).write_text(f"#!/bin/bash\ncd {self.home}\n{script}\n")
            (self.home / target).chmod(0o755)
        parser = argparse.ArgumentParser()
        hunt.add_arguments(parser)
        arguments = parser.parse_args(words)
        seeds = []
        gcmap = mock.Mock(to_binary=lambda programs, _: seeds.extend(programs))
        hunted = hunt.Hunted(fault(), [hunt.Trial(number) for number in range(1, arguments.trials + 1)])
        reproducer = findings.Reproducer(self.home / "r.txt", "M5@erase", 2, "x", clean=clean)
        with mock.patch.object(faults, "build", return_value=self.home), \
                mock.patch.object(hunt, "Gcmap", return_value=gcmap), \
                mock.patch.object(findings, "reduce", return_value=reproducer), \
                mock.patch.object(project, "FUZZ_STATE", self.home), \
                mock.patch.object(corpus, "programs", return_value=["seed"]), \
                contextlib.redirect_stdout(io.StringIO()):
            self.assertFalse(hunt.hunt(fault(), arguments, hunted))
        return hunted.trials, seeds

    def test_TheTargetThatFindsItEndsTheTrialOfBoth(self):
        (one,), seeds = self.hunt(self.SEARCHES, self.WAITS + self.FINDS, "--trials", "1")
        self.assertEqual((True, True, "heap_ops_fuzz", 750), (one.found, one.ended, one.target, one.executions))
        self.assertEqual((["seed"], "M5@erase: 0"), (seeds, one.verdict))

    def test_ATrialEndsWithItsProcessorTime(self):
        trials, _ = self.hunt(self.SEARCHES, self.SEARCHES, "--trials", "2", "--jobs", "2", "--seconds", "0.1")
        self.assertEqual([(False, True)] * 2, [(one.found, one.ended) for one in trials])
        self.assertGreaterEqual(min(one.cpu_seconds for one in trials), 0.1)

    def test_WithoutSeedsWhereTheCorpusIsToBeEmpty(self):
        (one,), seeds = self.hunt(self.FINDS, self.FINDS, "--trials", "1", "--empty-corpus")
        self.assertEqual((True, []), (one.found, seeds))

    def test_WhatTheCleanLibraryFailsAsWellIsABugAndNoFind(self):
        with mock.patch.object(project, "remember_bug") as bug:
            (one,), _ = self.hunt(self.SEARCHES, self.WAITS + self.FINDS, "--trials", "1", clean="FAILS IT TOO: M5@erase")
        self.assertEqual((False, False), (one.found, one.ended))
        self.assertIn("the library without the fault FAILS IT TOO: M5@erase", one.broken)
        bug.assert_called()

    def test_ATargetThatTheEnvironmentEndsDecidesNothing(self):
        (one,), _ = self.hunt(self.SEARCHES, "exit 2", "--trials", "1")
        self.assertEqual((False, False), (one.found, one.ended))
        self.assertIn("heap_ops_fuzz ended with 2", one.broken)


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
