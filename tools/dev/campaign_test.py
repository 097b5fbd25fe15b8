"""Tests of campaign.py and of what fuzz.py makes of it: which build is there and runs when, who has
the state."""

import argparse
import itertools
import os
import pathlib
import tempfile
import unittest
from unittest import mock

from dev import campaign, findings, fuzz, outcome, project, turns

BOTH = ["fast", "sanitized"]


def outcome_of(target):
    return outcome.Outcome(campaign.Campaign(target, mock.Mock(kinds=BOTH), pathlib.Path("s")), itertools.count(7))


class Rounds(unittest.TestCase):
    def test_OneProcessIsFastFirstTwoThirdsOfTheTime(self):
        rounds = campaign.rounds(BOTH, 60, 1)
        self.assertEqual([(round(seconds), kinds) for seconds, kinds in rounds], [(40, ["fast"]), (20, ["sanitized"])])

    def test_SeveralProcessesAreOfBothBuildsAtOnce(self):
        for jobs, fast in ((2, 1), (3, 1), (4, 2), (9, 4)):
            [(seconds, kinds)] = campaign.rounds(BOTH, 60, jobs)
            self.assertEqual((seconds, kinds.count("fast"), kinds.count("sanitized")), (60, fast, jobs - fast))

    def test_OneBuildHasAllTheTime(self):
        self.assertEqual(campaign.rounds(["fast"], 60, 2), [(60, ["fast", "fast"])])

    def test_WithoutALimitTurnsGrowLongerAndNeverEnd(self):
        self.assertEqual(list(campaign.lengths(5)), [5])
        self.assertEqual(list(itertools.islice(campaign.lengths(None), 7)), [60, 120, 240, 480, 960, 960, 960])


    def test_WhatWaitsForItsBuildComesLater(self):
        def split(rounds):
            return campaign.in_order_of_readiness(rounds, lambda kind: kind == "fast")
        self.assertEqual(split([(60, ["fast"]), (30, ["sanitized"])]), ([(60, ["fast"])], [(30, ["sanitized"])]))
        self.assertEqual(split([(60, ["fast", "sanitized", "sanitized"])]), ([(60, ["fast"])], [(60, ["sanitized", "sanitized"])]))


class Building(unittest.TestCase):
    def programs(self, kinds):
        started = []

        def start(kind, part, background):
            started.append((kind, part, background))
            return mock.Mock(**{"wait.return_value": pathlib.Path(kind), "poll.return_value": False})
        return campaign.Programs(kinds, start, lambda directory, program: directory / program), started

    def test_TheSecondBuildIsCompiledInTheBackground(self):
        programs, started = self.programs(BOTH)
        self.assertEqual(started, [("fast", (1, 2), False), ("sanitized", (2, 2), True)])
        self.assertEqual((programs.ready("fast"), programs.ready("sanitized")), (True, False))
        self.assertEqual(programs.path("sanitized", "x"), pathlib.Path("sanitized/x"))
        self.assertTrue(programs.ready("sanitized"))

    def test_OneBuildIsNotNumbered(self):
        self.assertEqual(self.programs(["sanitized"])[1], [("sanitized", None, False)])


class Turns(unittest.TestCase):
    """fuzz.fuzz_all with turns that only note what was asked of them."""

    def turns(self, ends, **flags):
        arguments = argparse.Namespace(**{"until_crash": False, "seconds": 60, "runs": None, "jobs": 1, "fault": None, **flags})
        taken = []

        def take(one, length, *_):
            taken.append((one.campaign.target, length))
            ends(one, len(taken))
        with mock.patch.object(turns, "begin", lambda one, *_: outcome_of(one.target)), mock.patch.object(turns, "fuzz", take):
            found = {}
            fuzz.fuzz_all([outcome_of(target).campaign for target in project.TARGETS], arguments, 1, found)
        return taken, found

    def test_EachTargetHasItsTimeEvenAfterAFinding(self):
        taken, found = self.turns(lambda one, _: one.found.append("x"))
        self.assertEqual(taken, [("map_ops_fuzz", 60), ("heap_ops_fuzz", 60)])
        self.assertEqual(len(found), 2)

    def test_OfAPlantedFaultOneFailureIsEnough(self):
        taken, _ = self.turns(lambda one, _: one.found.append("x"), fault="canary")
        self.assertEqual(taken, [("map_ops_fuzz", 60)])

    def test_UntilACrashTheTargetsTakeTurns(self):
        taken, _ = self.turns(lambda one, turn: one.found.append("x") if turn == 4 else None, until_crash=True)
        self.assertEqual(taken, [("map_ops_fuzz", 60), ("heap_ops_fuzz", 60), ("map_ops_fuzz", 120), ("heap_ops_fuzz", 120)])

    def test_CtrlCEndsAllOfThem(self):
        taken, _ = self.turns(lambda one, _: setattr(one, "by_user", 2))
        self.assertEqual(len(taken), 1)


class Locks(unittest.TestCase):
    def test_ASecondRunNamesTheFirstAndAWayOut(self):
        with tempfile.TemporaryDirectory() as home:
            state = pathlib.Path(home) / "map_ops_fuzz"
            with campaign.locked(state):
                with self.assertRaisesRegex(project.Stop, rf"^process {os.getpid()} \(\./dev .*\) that fuzzes in .*--state$") as caught, campaign.locked(state):
                    pass
                self.assertEqual(caught.exception.code, 2)
            with campaign.locked(state):  # it is free again
                pass

    def test_AStateThatIsAFileIsRefused(self):
        with tempfile.NamedTemporaryFile() as file, self.assertRaisesRegex(project.Stop, "^--state: .* is no folder$"), \
                campaign.locked(pathlib.Path(file.name) / "map_ops_fuzz"):
            pass


class Reproducers(unittest.TestCase):
    def test_TheFlagsOfTheRepeatLine(self):
        def line(**words):
            return findings.Reproducer(project.ROOT / "x.txt", "M1@put", 2, **words).repeat_line().rpartition(" ")[0]
        self.assertEqual(line(), "./dev replay")
        self.assertEqual(line(fault="canary", fast=True), "./dev replay --fault canary --fast")


if __name__ == "__main__":
    unittest.main()
