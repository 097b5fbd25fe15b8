"""Tests of fuzz_report.py: what is said at the end, for people and for programs."""

import argparse
import contextlib
import io
import itertools
import json
import pathlib
import tempfile
import unittest
from unittest import mock

from dev import campaign, findings, fuzz_report, outcome, project


class Reports(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.home = pathlib.Path(directory.name)
        one = campaign.Campaign("map_ops_fuzz", mock.Mock(kinds=["fast", "sanitized"]), self.home / "map_ops_fuzz")
        self.one = outcome.Outcome(one, itertools.count(7))
        self.one.tallies["fast"] = outcome.Tally(loaded=70, mutated=100, new=3, seconds=4.0, coverage=300, turns=1)

    def found(self):
        program = self.home / "M3-put-abc.txt"
        program.write_text("config version=2\nput m0 1 2\n")
        self.one.found.append(outcome.Found(findings.Reproducer(program, "M3@put", 1, "canary"), "fast", "M3@put: key 1"))
        self.one.tally("fast").found += 1

    def summary(self):
        with contextlib.redirect_stdout(io.StringIO()) as said, contextlib.redirect_stderr(said):
            fuzz_report.summarize([self.one])
        return said.getvalue()

    def test_ABuildThatMutatedNothingIsNamed(self):
        self.one.tallies["sanitized"] = outcome.Tally(loaded=2334, turns=1)
        said = self.summary()
        self.assertIn("map_ops_fuzz: the sanitized build mutated nothing, so that nothing is known", said)
        self.assertRegex(said, r"sanitized +2,334 +0 +0 .* nothing mutated")

    def test_AFailureEndsWithOneLineThatRepeatsIt(self):
        self.found()
        lines = self.summary().rstrip().splitlines()
        self.assertRegex(lines[-1], r"^  repeat: \./dev replay --fault canary \S+M3-put-abc.txt$")
        self.assertIn("    put m0 1 2", lines)

    def test_PairsOfAllBuildsAreCountedTogether(self):
        lines = ["gcmap-states map empty.idle empty.mark empty.sweep", "gcmap-operations put get"]
        for build, counts in (("fast", "1 0 0"), ("sanitized", "0 0 2")):
            for line in [*lines, f"gcmap-met put map map {counts}", "gcmap-neighbours put 0 1"]:
                self.assertTrue(self.one.tally(build).pairs.read(line))
        said = self.summary()
        self.assertIn("pairs of map_ops_fuzz  state 2 of 3 (66 %), neighbours 1 of 2 (50 %)\n"
                      "never hit, state: put map empty mark\n"
                      "never hit, neighbours: put then put\n", said)
        self.assertEqual([record["pairs"]["state"]["hit"] for record in self.one.records()], [1, 1])

    def test_JsonHasARowATargetAndBuild(self):
        path, nothing = self.home / "rows.json", {"hit": 0, "possible": 0, "never_hit": []}
        none = {"state": nothing, "neighbours": nothing}
        fuzz_report.write_json(path, [self.one])
        self.assertEqual(json.loads(path.read_text()), [
            {"target": "map_ops_fuzz", "build": "fast", "seconds": 4.0, "loaded": 70, "mutated": 100, "new": 3, "executions": 170, "coverage": 300, "found": 0, "pairs": none},
            {"target": "map_ops_fuzz", "build": "sanitized", "seconds": 0.0, "loaded": 0, "mutated": 0, "new": 0, "executions": 0, "coverage": 0, "found": 0, "pairs": none}])

    def test_JunitHasTheProgramAndTheRepeatLine(self):
        self.found()
        text = fuzz_report.failure_text(self.one, "fast")
        for part in ("M3@put: key 1", "put m0 1 2", "repeat: ./dev replay --fault canary"):
            self.assertIn(part, text)
        self.assertIsNone(fuzz_report.failure_text(self.one, "sanitized"))
        self.one.tallies["sanitized"] = outcome.Tally(turns=1)
        self.assertEqual(fuzz_report.failure_text(self.one, "sanitized"), "nothing mutated")


class Files(unittest.TestCase):
    def test_WhatCannotBeWrittenIsNoticedBeforeAnyWork(self):
        for flag in ("json", "junit"):
            words = {"json": None, "junit": None, flag: pathlib.Path("/nonexistent/rows")}
            with self.assertRaisesRegex(project.Stop, f"^--{flag} /nonexistent/rows: "):
                fuzz_report.check(argparse.Namespace(**words))


if __name__ == "__main__":
    unittest.main()
