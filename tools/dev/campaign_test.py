"""Tests of campaign.py and of what fuzz.py makes of it: which build runs when, and what the summary says."""

import argparse
import itertools
import pathlib
import unittest
from unittest import mock

from dev import campaign, findings, fuzz, project

BOTH = ["fast", "sanitized"]


def outcome(target="map_ops_fuzz", builds=tuple(BOTH)):
    return campaign.Outcome(campaign.Campaign(target, dict.fromkeys(builds), {}, pathlib.Path("s")), itertools.count(7))


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


class Turns(unittest.TestCase):
    """fuzz.fuzz_all with campaigns that only note what was asked of them."""

    def turns(self, ends, **flags):
        arguments = argparse.Namespace(**{"until_crash": False, "seconds": 60, "runs": None, "jobs": 1, **flags})
        taken = []

        def take(one, length, *_):
            taken.append((one.campaign.target, length))
            ends(one, len(taken))
        with mock.patch.object(campaign, "begin", lambda one, _: outcome(one.target)), mock.patch.object(campaign, "fuzz", take):
            found = fuzz.fuzz_all([outcome(target).campaign for target in project.TARGETS], arguments, 1)
        return taken, found

    def test_EachTargetHasItsTimeEvenAfterAFinding(self):
        taken, found = self.turns(lambda one, _: one.reproducers.append("x"))
        self.assertEqual(taken, [("map_ops_fuzz", 60), ("heap_ops_fuzz", 60)])
        self.assertEqual(len(found), 2)

    def test_UntilACrashTheTargetsTakeTurns(self):
        taken, _ = self.turns(lambda one, turn: one.reproducers.append("x") if turn == 4 else None, until_crash=True)
        self.assertEqual(taken, [("map_ops_fuzz", 60), ("heap_ops_fuzz", 60), ("map_ops_fuzz", 120), ("heap_ops_fuzz", 120)])

    def test_CtrlCEndsAllOfThem(self):
        taken, _ = self.turns(lambda one, _: setattr(one, "by_user", True))
        self.assertEqual(len(taken), 1)

    def test_AFindingOfTheFastBuildEndsTheTarget(self):
        one, ran = outcome(), []

        def run_round(_, kinds, *__):
            ran.append(kinds)
            one.reproducers.append("x")
        with mock.patch.object(campaign, "run_round", run_round):
            campaign.fuzz(one, 60, None, 1)
        self.assertEqual(ran, [["fast"]])

    def test_ANumberOfRunsReplacesTheTime(self):
        limits = []
        with mock.patch.object(campaign, "run_round", lambda *words: limits.append(words[2:])):
            campaign.fuzz(outcome(), 60, 500, 1)
            campaign.fuzz(outcome(builds=["fast"]), 30, None, 1)
        self.assertEqual(limits, [(None, ["-runs=500"]), (None, ["-runs=500"]), (30, ["-max_total_time=30"])])


class Rows(unittest.TestCase):
    def test_OneForEachBuildWithItsOwnFindings(self):
        one = outcome()
        one.tallies["fast"] = campaign.Tally(120000, 40.0, 300, 70, 1)
        self.assertEqual(list(one.rows()), [
            ["map_ops_fuzz", "fast", "120,000", "3,000", 300, 70, "40.0 s", "1"],
            ["map_ops_fuzz", "sanitized", "0", "0", 0, 0, "0.0 s", "none"]])
        one.broken = "it broke"
        self.assertEqual([row[-1] for row in one.rows()], ["1", "broken"])


class Reproducers(unittest.TestCase):
    def test_TheFlagsOfTheRepeatLine(self):
        def line(**words):
            return findings.Reproducer(project.ROOT / "x.txt", "M1@put", 2, **words).repeat_line().rpartition(" ")[0]
        self.assertEqual(line(), "./dev replay")
        self.assertEqual(line(fault="canary", fast=True), "./dev replay --fault canary --fast")


if __name__ == "__main__":
    unittest.main()
